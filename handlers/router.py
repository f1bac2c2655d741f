"""Who answers what. Read top to bottom."""

from __future__ import annotations

from collections.abc import Collection

from handlers import (
    access,
    account,
    board,
    board_nudge,
    calendar,
    consolidation,
    days_off,
    decision,
    due_change,
    escalation,
    evidence,
    extension,
    extension_decision,
    field_board,
    form,
    group,
    group_board,
    group_members,
    guide,
    guide_change,
    guide_change_card,
    guide_change_decision,
    guide_check,
    guide_desk,
    guide_fault,
    guide_fault_desk,
    guide_find,
    guide_note,
    guide_parts,
    guide_picture,
    guide_poster,
    handover,
    handover_answer,
    handover_resign,
    invitation,
    invitation_scope,
    known_answer,
    linking,
    member,
    menu,
    mine,
    question,
    question_answer,
    question_desk,
    question_own,
    register,
    report,
    report_answer,
    report_excel,
    report_extras,
    report_lines,
    report_moves,
    report_paste,
    report_paste_doubts,
    report_paste_offer,
    report_submit,
    report_typed_lines,
    review,
    review_return,
    roster,
    roster_card,
    roster_file,
    roster_links,
    round,
    round_change,
    section_answer,
    section_ending,
    section_request,
    snooze,
    start,
    team,
    team_decision,
    unit,
    unit_change,
    unit_change_planned,
    unit_closed,
    unlock,
    visit,
    visit_count,
    visit_end,
    visit_log,
    visit_steps,
    visit_trouble,
    visit_words,
)
from handlers.turn import Handler, Turn
from models.messages import Incoming, Message
from models.rules import snoozes
from models.rules.folding import fold
from models.rules.invitations import looks_like_code, looks_like_part_of_code
from models.rules.quick_logs import is_call

FEATURES = (
    start,
    menu,
    guide,
    guide_find,
    guide_parts,
    guide_picture,
    guide_poster,
    guide_desk,
    guide_check,
    guide_change,
    guide_change_card,
    guide_change_decision,
    guide_fault,
    guide_fault_desk,
    guide_note,
    visit,
    visit_steps,
    visit_trouble,
    visit_end,
    visit_words,
    report,
    report_answer,
    report_extras,
    report_lines,
    report_excel,
    report_moves,
    report_paste,
    report_paste_doubts,
    report_paste_offer,
    report_submit,
    report_typed_lines,
    evidence,
    section_request,
    section_answer,
    section_ending,
    consolidation,
    visit_count,
    visit_log,
    mine,
    board,
    board_nudge,
    escalation,
    due_change,
    review,
    review_return,
    unlock,
    calendar,
    snooze,
    days_off,
    extension,
    extension_decision,
    group_board,
    field_board,
    unit,
    form,
    unit_change,
    unit_change_planned,
    unit_closed,
    group,
    group_members,
    round,
    round_change,
    invitation,
    invitation_scope,
    handover,
    handover_answer,
    handover_resign,
    team,
    team_decision,
    member,
    roster,
    roster_card,
    roster_file,
    roster_links,
    decision,
    register,
    account,
    linking,
    question,
    question_own,
    question_desk,
    question_answer,
    known_answer,
)

COMMANDS: dict[str, Handler] = {word: handler for feature in FEATURES for word, handler in feature.COMMANDS.items()}
FLOWS: dict[str, Handler] = {flow: handler for feature in FEATURES for flow, handler in feature.FLOWS.items()}
ACTIONS: dict[str, Handler] = {name: handler for feature in FEATURES for name, handler in feature.ACTIONS.items()}

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
        return await menu.in_group(turn) if _command(turn) else []
    if turn.incoming.kind == "left":
        return []
    handler = _pressed(turn) or _command(turn) or _in_flow(turn)
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
    return guide_find.free_text


def _command(turn: Turn) -> Handler | None:
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
    return visit_log.begin if is_call(word) else COMMANDS.get(word.replace(" ", ""))


def routed() -> dict[str, Handler]:
    """Every way in, for the test that each handler says what permission it checks."""
    return {
        **{f"/{word}": handler for word, handler in COMMANDS.items()},
        **{f"flow {name}": handler for name, handler in FLOWS.items()},
        **{f"button {name}": handler for name, handler in ACTIONS.items()},
    }
