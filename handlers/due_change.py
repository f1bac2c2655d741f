"""Moving a deadline for an office with all below it: until when, why, shown whole before anybody is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from handlers import menu
from handlers.access import needs
from handlers.board_view import View, view_of, viewed
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from handlers.unit_pages import reach
from models import board, due_changes
from models.due_changes import Moving
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.reviews import read_reason
from models.rules.until import read_until

UNTIL, WHY, SURE = "due_change.until", "due_change.why", "due_change.sure"


@needs("due.move")
async def begin(turn: Turn) -> list[Message]:
    """The button of the board: the unit, and "period.page"."""
    view = await viewed(turn, "due.move")
    return [await _ask_until(turn, view)]


@needs("due.move")
async def take_until(turn: Turn) -> list[Message]:
    view = await _talked_of(turn)
    moving = await _moving(turn, view)
    try:
        typed = turn.text if turn.incoming.kind == "text" else ""
        due = read_until(typed, turn.now, turn.zone, moving.due, moving.last)
    except Refusal as no:
        return [await _ask_until(turn, view, refusal_line(no))]
    turn.ask(WHY, unit=view.unit.id, period=view.period.id, was=moving.due.isoformat(), due=due.isoformat())
    return [await _page(turn, view, "due_change.ask_why", due=due)]


@needs("due.move")
async def take_why(turn: Turn) -> list[Message]:
    view = await _talked_of(turn)
    due = datetime.fromisoformat(turn.talk.data["due"])
    try:
        reason = read_reason(turn.text if turn.incoming.kind == "text" else "")
    except Refusal as no:
        return [await _page(turn, view, "due_change.ask_why", refusal_line(no), due=due)]
    was = turn.talk.data["was"]
    turn.ask(SURE, unit=view.unit.id, period=view.period.id, was=was, due=due.isoformat(), reason=reason)
    return [await _sure(turn, view)]


@needs("due.move")
async def take_nothing(turn: Turn) -> list[Message]:
    """Typed where a button is awaited: the same page again."""
    return [await _sure(turn, await _talked_of(turn), line("due_change.choose_below"))]


@needs("due.move")
async def move(turn: Turn) -> list[Message]:
    view = await viewed(turn, "due.move")
    data = turn.talk.data
    if turn.talk.flow != SURE or (data.get("unit"), data.get("period")) != (view.unit.id, view.period.id):
        return await menu.stale(turn)
    await due_changes.hold(turn.session, view.period)
    moving, due = await _moving(turn, view), datetime.fromisoformat(data["due"])
    if moving.due != datetime.fromisoformat(data["was"]):  # what was confirmed is not what stands now
        return [await _ask_until(turn, view, line("due_change.moved_meanwhile", was=moving.due))]
    if not moving.due < due <= moving.last or due <= turn.now:
        return [await _ask_until(turn, view, line("access.stale"))]
    told = await due_changes.move(
        turn.session, turn.library, view.unit, view.period, due, data["reason"], by=turn.person_id, now=turn.now
    )
    turn.end()
    values = view.facts(turn) | {"was": moving.due, "new": due, "told": told, "units": moving.units}
    return [Message("due_change.done", values, ((view.button("board.button_back"), go("menu")),))]


async def _talked_of(turn: Turn) -> View:
    unit = await reach(turn, "due.move", int(turn.talk.data["unit"]))
    period = await board.period(turn.session, int(turn.talk.data.get("period", 0)))
    if period is None:
        turn.allow("due.move", None)
    assert period is not None
    return await view_of(turn, unit, period)


async def _moving(turn: Turn, view: View) -> Moving:
    return await due_changes.look(turn.session, turn.library, view.unit, view.period, turn.now)


async def _ask_until(turn: Turn, view: View, *before: Line) -> Message:
    moving = await _moving(turn, view)
    if moving.last <= max(moving.due, turn.now) or not moving.units:
        turn.end()
        values = view.facts(turn) | {"was": moving.due, "last": moving.last, "units": moving.units}
        return Message("due_change.too_late", values, ((view.button("board.button_back"), go("menu")),))
    turn.ask(UNTIL, unit=view.unit.id, period=view.period.id)
    return await _page(turn, view, "due_change.ask_until", *before, moving=moving)


async def _page(
    turn: Turn,
    view: View,
    key: str,
    *before: Line,
    due: datetime | None = None,
    moving: Moving | None = None,
    rows: tuple[tuple[Button, ...], ...] = (),
) -> Message:
    found = moving or await _moving(turn, view)
    values: dict[str, Any] = view.facts(turn) | {
        "before": list(before),
        "was": found.due,
        "last": found.last,
        "units": found.units,
        "open": found.open,
        "new": due,
        "reason": turn.talk.data.get("reason", ""),
    }
    back = (view.button("board.button_back"), go("huy"))
    return Message(key, values, (*rows, back), expects="text", place=place_of(turn))


async def _sure(turn: Turn, view: View, *before: Line) -> Message:
    found = await _moving(turn, view)
    go_on = view.button("due_change.button_go", "due_change.go", units=found.units)
    due = datetime.fromisoformat(turn.talk.data["due"])
    return await _page(turn, view, "due_change.sure", *before, due=due, moving=found, rows=((go_on,),))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {UNTIL: take_until, WHY: take_why, SURE: take_nothing}
ACTIONS: dict[str, Handler] = {"due_change.begin": begin, "due_change.go": move}
