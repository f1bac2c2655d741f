"""In a chat of several people: what the bot says there. Nothing personal, and nothing at all to what people say."""

from __future__ import annotations

from collections.abc import Collection

from handlers import group_chat_board
from handlers.group_chat_binding import begin_button
from handlers.turn import Handler, Turn
from models import group_chats
from models.group_chats import Bound
from models.messages import Button, Message
from models.rules import snoozes
from models.rules.folding import fold
from models.rules.invitations import looks_like_code
from models.rules.quick_logs import is_call

# without a slash only these are meant for the bot: people say "lịch" and "hỏi" to each other
MENU = ("tiendo", "donvi")  # shown to all there
SAID_TO_US = ("gannhom", "donvi", "tiendo", "baocao", "taikhoan")


async def hear(turn: Turn, commands: Collection[str]) -> list[Message]:
    """The answer to whatever happens there; mostly none."""
    happened = HAPPENED.get(turn.incoming.kind)
    if happened is not None:
        return await happened(turn)
    if turn.incoming.kind != "text":
        return []
    if looks_like_code(turn.text.partition(" ")[2] if turn.text.startswith("/") else turn.text):
        return [_privately(turn, "group_chat.code", turn.links(turn.incoming.channel, ""))]
    word = _called(turn, commands)
    if word in ANSWERED_HERE:
        return await ANSWERED_HERE[word](turn)
    return [_privately(turn, "group_chat.private", turn.link_to(Button("", "go", arg=word)))] if word else []


def _called(turn: Turn, commands: Collection[str]) -> str:
    """The command that is meant for us; "" for ordinary talk, and for what another bot is told to do."""
    said = fold(turn.text)
    if said.startswith("/"):
        word, _, whom = said.split()[0].removeprefix("/").partition("@")
        ours = fold(turn.links(turn.incoming.channel, "")).rpartition("/")[2]
        return word if word in commands and whom in ("", ours) else ""
    if snoozes.is_call(said) or is_call(said):
        return "menu"
    word = said.replace(" ", "")
    return word if word in SAID_TO_US else ""


def _privately(turn: Turn, key: str, link: str) -> Message:
    rows = ((Button("menu.button_private", url=link),),) if link else ()
    return Message(key, {}, rows, place="new")


# --- what happens -----------------------------------------------------------------------------------------------------


async def _joined(turn: Turn) -> list[Message]:
    bound = await group_chats.joined(turn.session, turn.incoming.channel, turn.incoming.address, turn.incoming.name)
    return [_standing(turn, bound, "group_chat.back" if bound.unit else "group_chat.hello")]


async def _left(turn: Turn) -> list[Message]:
    await group_chats.left(turn.session, turn.incoming.channel, turn.incoming.address, turn.now)
    return []


async def _titled(turn: Turn) -> list[Message]:
    bound = await group_chats.at(turn.session, turn.incoming.channel, turn.incoming.address)
    if bound is not None:
        group_chats.retitle(bound.chat, turn.incoming.name)
    return []


async def _moved(turn: Turn) -> list[Message]:
    await group_chats.move(turn.session, turn.incoming.channel, turn.incoming.address, turn.text)
    return []


# --- what is asked ----------------------------------------------------------------------------------------------------


async def _which_unit(turn: Turn) -> list[Message]:
    bound = await _here(turn)
    return [_standing(turn, bound, "group_chat.bound" if bound.unit else "group_chat.not_bound")]


async def _progress(turn: Turn) -> list[Message]:
    bound = await _here(turn)
    if bound.unit is None:
        return [_standing(turn, bound, "group_chat.not_bound")]
    if bound.unit.closed_on is not None:
        return [_standing(turn, bound, "group_chat.closed")]
    return [await group_chat_board.screen(turn, bound.unit)]


async def _here(turn: Turn) -> Bound:
    return await group_chats.meet(turn.session, turn.incoming.channel, turn.incoming.address, turn.incoming.name)


def _standing(turn: Turn, bound: Bound, key: str) -> Message:
    """To which unit the chat belongs, and the way to bind it, in private."""
    values = {"unit": bound.unit.name} if bound.unit else {}
    button = begin_button(turn, bound)
    return Message(key, values, ((button,),) if button else (), place="new")


HAPPENED: dict[str, Handler] = {"joined": _joined, "left": _left, "titled": _titled, "moved": _moved}
ANSWERED_HERE: dict[str, Handler] = {
    "gannhom": _which_unit,
    "donvi": _which_unit,
    "start": _which_unit,
    "trogiup": _which_unit,
    "help": _which_unit,
    "tiendo": _progress,
}
