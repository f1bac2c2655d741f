"""The chats bound to a unit: which they are, since when, and taking one off."""

from __future__ import annotations

from typing import Any

from handlers.access import needs, stale
from handlers.group_chat_binding import GROUPS_ON
from handlers.turn import Handler, Turn
from handlers.unit_pages import ROWS, back_to, page_number, reach, turning
from models import group_chats
from models.group_chats import BIND, Bound
from models.messages import Button, Message
from models.tables import GroupChat, Unit


@needs(BIND)
async def show(turn: Turn) -> list[Message]:
    return [await _page(turn, await reach(turn, BIND, turn.press.object))]


@needs(BIND)
async def ask(turn: Turn) -> list[Message]:
    """Whether the chat is to be taken off."""
    bound, unit = await _reached(turn)
    sure = Button("group_chat_list.button_sure", "group_chat.unbind", bound.chat.id, bound.chat.version)
    back = Button("group_chat_list.button_back", "group_chat.list", unit.id)
    return [Message("group_chat_list.ask", {"title": bound.chat.title, "unit": unit.name}, ((sure,), (back,)))]


@needs(BIND)
async def unbind(turn: Turn) -> list[Message]:
    bound, unit = await _reached(turn)
    if stale(turn, bound.chat.version):
        return [await _page(turn, unit, notice="access.stale")]
    await group_chats.unbind(turn.session, bound, by=turn.person_id, now=turn.now)
    return [await _page(turn, unit, gone=bound.chat.title)]


async def _reached(turn: Turn) -> tuple[Bound, Unit]:
    """The chat and its unit, when the speaker may; one that is bound to none is as if it were not there."""
    bound = await group_chats.find(turn.session, turn.press.object)
    unit = bound.unit if bound else None
    turn.allow(BIND, unit.path if unit else None)
    assert bound is not None
    assert unit is not None
    return bound, unit


async def _page(turn: Turn, unit: Unit, gone: str = "", notice: str = "") -> Message:
    chats = await group_chats.of_unit(turn.session, unit.id)
    number = min(page_number(turn), max(len(chats) - 1, 0) // ROWS) if turn.press.action == "group_chat.list" else 0
    shown = chats[number * ROWS : (number + 1) * ROWS]
    bot = turn.links(GROUPS_ON, "").rpartition("/")[2]
    values = {"unit": unit.name, "gone": gone, "bot": bot, "rows": [_row(each) for each in shown]}
    rows = [(_off(each),) for each in shown]
    more = turning("group_chat.list", unit.id, number, len(chats) > (number + 1) * ROWS)
    return Message("group_chat_list.show", values, (*rows, *more, back_to(unit)), notice=notice)


def _row(chat: GroupChat) -> dict[str, Any]:
    return {"title": chat.title, "since": chat.bound_at, "left": chat.left_at}


def _off(chat: GroupChat) -> Button:
    return Button("group_chat_list.button_off", "group_chat.ask", chat.id, values={"title": chat.title[:40]})


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"group_chat.list": show, "group_chat.ask": ask, "group_chat.unbind": unbind}
