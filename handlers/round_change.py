"""A round already open: looked at, given another deadline, or closed early; whoever is concerned is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from handlers import menu
from handlers.access import needs
from handlers.report_sheet import Line, line, refusal_line
from handlers.round_pages import act, page
from handlers.start import CANCEL
from handlers.turn import Handler, Turn
from handlers.unit_pages import reach
from models import alerts, outbox, rounds
from models.messages import Message
from models.rounds import Round
from models.rules import Refusal
from models.rules.rounds import last_moment
from models.rules.until import read_until
from models.tables import Unit

MOVING = "round.move"


@needs("round.open")
async def show(turn: Turn) -> list[Message]:
    unit, found, _ = await _pressed(turn)
    turn.end()
    return [await page(turn, unit, found)]


@needs("round.open")
async def ask_move(turn: Turn) -> list[Message]:
    unit, found, _ = await _pressed(turn)
    if not found.open:
        return [await page(turn, unit, found, line("access.stale"))]
    turn.ask(MOVING, unit=unit.id, round=found.period.id)
    return [_ask_due(turn, unit, found)]


@needs("round.open")
async def take_move(turn: Turn) -> list[Message]:
    """A day was typed: what it would mean, before anybody is told."""
    unit = await reach(turn, "round.open", int(turn.talk.data["unit"]))
    found = await _round(turn, unit, int(turn.talk.data.get("round", 0)))
    try:
        typed = turn.text if turn.incoming.kind == "text" else ""
        due = read_until(typed, turn.now, turn.zone, turn.now, last_moment(turn.now))
    except Refusal as no:
        return [_ask_due(turn, unit, found, refusal_line(no))]
    turn.talk.data = {**turn.talk.data, "due": due.isoformat()}
    values = {"title": found.title, "old": found.period.due_at, "new": due}
    rows = ((act(unit, found, "move_go"),), (act(unit, found, "show", label="back"), CANCEL))
    return [Message("round.move_sure", values, rows, expects="text", place="new")]


@needs("round.open")
async def move(turn: Turn) -> list[Message]:
    unit, found, _ = await _pressed(turn)
    data = turn.talk.data
    if turn.talk.flow != MOVING or data.get("round") != found.period.id or "due" not in data or not found.open:
        return await menu.stale(turn)
    due = datetime.fromisoformat(data["due"])
    told = await rounds.move(turn.session, turn.library, unit, found, due, by=turn.person_id, now=turn.now)
    turn.end()
    return [await page(turn, unit, found, line("round.moved", told=told))]


@needs("round.open")
async def ask_close(turn: Turn) -> list[Message]:
    unit, found, _ = await _pressed(turn)
    if not found.open:
        return [await page(turn, unit, found, line("access.stale"))]
    screen = await page(turn, unit, found)
    rows = ((act(unit, found, "close_go"),), (act(unit, found, "show", label="back"),))
    return [Message("round.close_sure", screen.values, rows)]


@needs("round.open")
async def close(turn: Turn) -> list[Message]:
    unit, found, _ = await _pressed(turn)
    if not found.open:
        return [await page(turn, unit, found, line("access.stale"))]
    freed = await rounds.close(turn.session, unit, found, by=turn.person_id, now=turn.now)
    told = await rounds.heads_to_tell(turn.session, freed, turn.now)
    message = Message("round.closed_for_you", {"title": found.title, "by": unit.name}, place="new")
    once = f"round:{found.period.id}:closed"
    await alerts.alert(turn.session, told, message, once=once, now=turn.now, kind=outbox.NEWS)
    closed = await _round(turn, unit, found.period.id)
    return [await page(turn, unit, closed, line("round.closed", units=len(freed)))]


async def _pressed(turn: Turn) -> tuple[Unit, Round, str]:
    """The office on the button, its round, and what else the button says."""
    unit = await reach(turn, "round.open", turn.press.object)
    period_id, _, rest = turn.press.arg.partition(":")
    return unit, await _round(turn, unit, int(period_id)), rest


async def _round(turn: Turn, unit: Unit, period_id: int) -> Round:
    found = await rounds.find(turn.session, turn.library, unit, period_id)
    if found is None:
        turn.allow("round.open", None)
    assert found is not None
    return found


def _ask_due(turn: Turn, unit: Unit, found: Round, *before: Line) -> Message:
    values = {"title": found.title, "due": found.period.due_at, "before": list(before)}
    place: Any = "new" if turn.incoming.kind == "text" else "card"
    rows = ((act(unit, found, "show", label="back"), CANCEL),)
    return Message("round.ask_move", values, rows, expects="text", place=place)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {MOVING: take_move}
ACTIONS: dict[str, Handler] = {
    "round.show": show,
    "round.move": ask_move,
    "round.move_go": move,
    "round.close": ask_close,
    "round.close_go": close,
}
