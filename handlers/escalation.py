"""The list of what is late below an office, with what was said last beside each name."""

from __future__ import annotations

from handlers.access import needs
from handlers.board_view import tops
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.turn import Handler, Turn
from handlers.unit_pages import reach
from models import escalations
from models.messages import Button, Message
from models.tables import Unit

PAGE = 6  # names on one screen


@needs("reminder.send")
async def show(turn: Turn) -> list[Message]:
    """The button carries the office; `arg` is the page."""
    return await _page(turn, await reach(turn, "reminder.send", turn.press.object))


@needs("reminder.send")
async def of_mine(turn: Turn) -> list[Message]:
    """The same typed: for the office of the speaker."""
    turn.end()
    mine = [held.unit_id for held in tops(turn)]
    return await _page(turn, await reach(turn, "reminder.send", mine[0] if mine else 0))


async def _page(turn: Turn, unit: Unit) -> list[Message]:
    late = await escalations.late_of(turn.session, unit.path, turn.now)
    pages = max(-(-len(late) // PAGE), 1)
    asked = int(turn.press.arg) if turn.press.arg.isascii() and turn.press.arg.isdigit() else 0
    page = min(asked, pages - 1)
    rows = await escalations.described(turn.session, turn.library, late[page * PAGE : (page + 1) * PAGE], turn.now)
    values = {"unit": unit.name, "rows": rows, "count": len(late), "page": page + 1, "pages": pages}
    buttons = (_around(unit, page, pages), (go("tiendo"), go("menu")))
    return [Message("escalation.list", values, tuple(row for row in buttons if row), place=place_of(turn))]


def _around(unit: Unit, page: int, pages: int) -> tuple[Button, ...]:
    before = (Button("board.button_before", "escalation.list", unit.id, arg=str(page - 1)),) if page else ()
    after = (Button("board.button_after", "escalation.list", unit.id, arg=str(page + 1)),) if page + 1 < pages else ()
    return (*before, *after)


COMMANDS: dict[str, Handler] = {"quahan": of_mine}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"escalation.list": show}
