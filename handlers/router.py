"""Who answers what. Read top to bottom."""

from __future__ import annotations

from collections.abc import Collection

from handlers import (
    access,
    announcement_called,
    announcement_reply,
    group_chat,
    guide_find,
    menu,
    mute,
    pushed,
    report_excel,
    report_paste_offer,
    snooze,
    start,
    visit_log,
)
from handlers.features import ACTIONS, COMMANDS, FLOWS
from handlers.turn import Handler, Turn
from models.messages import Incoming, Message
from models.rules import mutes, snoozes
from models.rules.folding import fold
from models.rules.invitations import looks_like_code, looks_like_part_of_code
from models.rules.quick_logs import is_call

# what people type who do not know the word of the command, where nothing is asked of them
SAID: dict[str, str] = {
    **dict.fromkeys(("nopbaocao", "lambaocao", "guibaocao", "baocaothang", "baocaothangnay", "suabaocao"), "baocao"),
    **dict.fromkeys(("xingiahan", "giahan", "hannop", "lichhan", "hanbaocao", "khongphatsinh"), "lich"),
    **dict.fromkeys(("duyet", "duyetbaocao", "choduyet", "aichuanop", "chuanop", "nhac", "nhacbaocao"), "tiendo"),
    **dict.fromkeys(("moinguoi", "moithanhvien", "thanhvien", "danhsach", "danhsachthanhvien", "themdoihinh"), "donvi"),
}


async def route(turn: Turn) -> list[Message]:
    """The answer to one event. Never empty for a person in a private chat: silence is the one wrong answer."""
    if not turn.incoming.private:
        return await group_chat.hear(turn, COMMANDS)
    if turn.incoming.kind == "left":
        return []
    handler = await announcement_reply.meant(turn) or _pressed(turn) or command_typed(turn) or _in_flow(turn)
    if access.asked_of(handler) != access.PUBLIC and not turn.actor.roles:
        return await start.begin(turn)
    return await handler(turn)


def looks_at_files(incoming: Incoming, flow: str, roles: Collection[str]) -> bool:
    """Whether what was sent is looked at by whatever answers it in `flow`, for somebody who holds these roles.

    A filled report may come out of the blue, but as a file: a photo that nothing waits for is answered unseen.
    """
    if not incoming.private:
        return False
    handler = FLOWS.get(flow)
    if handler is not None and access.is_looking(handler):
        return bool(roles) or access.asked_of(handler) == access.PUBLIC
    return report_excel.may_come(flow, roles) and (bool(flow) or incoming.kind == "file")


def is_command(text: str) -> bool:
    """Whether the words, without a slash, are a command: "tiến độ" is, whatever else begins with it."""
    return fold(text).replace(" ", "") in COMMANDS


def _pressed(turn: Turn) -> Handler | None:
    if turn.press.action == "go":
        return COMMANDS.get(turn.press.arg, menu.show)
    return ACTIONS.get(turn.press.action, menu.stale) if turn.press.action else None


def _in_flow(turn: Turn) -> Handler:
    """What answers when the event is neither a button nor a command."""
    if turn.pushed:
        return pushed.which
    if report_excel.may_be_filled(turn):
        return report_excel.take_file
    if turn.talk.flow in FLOWS:
        return FLOWS[turn.talk.flow]
    if turn.incoming.kind == "text" and (
        looks_like_code(turn.text) or (not turn.actor.roles and looks_like_part_of_code(turn.text))
    ):
        return start.take_code
    if report_paste_offer.may_be_report(turn):
        return report_paste_offer.out_of_the_blue
    said = SAID.get(fold(turn.text).replace(" ", "")) if turn.incoming.kind == "text" else None
    if said is not None:
        return COMMANDS[said]
    return announcement_called.called(turn) or guide_find.free_text


def command_typed(turn: Turn) -> Handler | None:
    """The command somebody typed: with or without slash, capitals, diacritics ("/baocao", "Báo cáo", "BAO CAO")."""
    if turn.incoming.kind != "text":
        return None
    typed = turn.text.strip()
    slash = typed.startswith("/")
    word = fold(typed).removeprefix("/").split("@")[0] if slash else fold(typed)
    if slash:
        first, _, _rest = word.partition(" ")
        return COMMANDS.get(first, menu.unknown_command)
    if snoozes.is_call(word):
        return snooze.begin
    if mutes.is_call(word):
        return mute.typed
    if handler := announcement_reply.called(word, turn.talk.expects):
        return handler
    return visit_log.begin if is_call(word) else COMMANDS.get(word.replace(" ", ""))


def routed() -> dict[str, Handler]:
    """Every way in, for the test that each handler says what permission it checks."""
    return {
        **{f"/{word}": handler for word, handler in COMMANDS.items()},
        **{f"flow {name}": handler for name, handler in FLOWS.items()},
        **{f"button {name}": handler for name, handler in ACTIONS.items()},
    }
