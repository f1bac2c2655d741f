""" "Nhắc lại 19:00": nothing is said of what one owes until then, and then once what is still owed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from handlers import menu
from handlers.access import public
from handlers.menu import go
from handlers.turn import Handler, Turn
from models import owings, snoozes
from models.messages import Button, Message
from models.owings import Owing
from models.rules import Refusal
from models.rules.reminders import Rest
from models.rules.snoozes import offers, read_snooze, settle
from models.snoozes import WRITTEN, snooze_row

FLOW = "snooze.at"


@public
async def begin(turn: Turn) -> list[Message]:
    """ "nhắc lại" typed, alone or with the hour."""
    if turn.actor.person_id is None:
        return await menu.lost(turn)
    return await _read(turn, await _owed(turn))


@public
async def take_moment(turn: Turn) -> list[Message]:
    """What is typed while an hour is waited for."""
    if turn.incoming.kind != "text":
        return await _ask(turn, Refusal("snooze.unclear", typed=""))
    return await _read(turn, await _owed(turn))


@public
async def press(turn: Turn) -> list[Message]:
    """The button carries the moment; whether it may still be is decided now."""
    try:
        moment = datetime.strptime(turn.press.arg, WRITTEN).replace(tzinfo=UTC)
    except ValueError:
        return await menu.stale(turn)
    if moment <= turn.now:
        return await _ask(turn, Refusal("snooze.past", moment=moment))
    return await _put(turn, await _owed(turn), moment)


async def _owed(turn: Turn) -> list[Owing]:
    if turn.actor.person_id is None:
        return []
    mine = await owings.pending(turn.session, turn.now, person_id=turn.person_id)
    return [each for each in mine if each.is_owed]


async def _read(turn: Turn, owed: list[Owing]) -> list[Message]:
    try:
        moment = read_snooze(turn.text, turn.now, turn.zone)
    except Refusal as no:
        return await _ask(turn, no)
    return await _ask(turn) if moment is None else await _put(turn, owed, moment)


async def _put(turn: Turn, owed: list[Owing], moment: datetime) -> list[Message]:
    due, rest = await snoozes.limits(turn.session, turn.library, turn.calendar, owed, turn.now)
    if rest is None:
        return [_nothing(turn)]
    try:
        found = settle(moment, turn.now, due, rest, turn.zone)
    except Refusal as no:
        return await _ask(turn, no)
    turn.end()
    await snoozes.put(turn.session, turn.person_id, found.until, turn.now)
    values = {"until": found.until, "capped": found.capped, "moved": found.moved, "due": due, "count": len(owed)}
    return [Message("snooze.done", values, ((go("lich"), go("menu")),), place="new")]


def _nothing(turn: Turn) -> Message:
    turn.end()
    return Message("snooze.nothing", {}, ((go("lich"), go("menu")),), place="new")


async def _ask(turn: Turn, no: Refusal | None = None) -> list[Message]:
    """When to be reminded: what may be offered as buttons, any other hour typed."""
    owed = await _owed(turn)
    due, rest = await snoozes.limits(turn.session, turn.library, turn.calendar, owed, turn.now)
    if rest is None:
        return [_nothing(turn)]
    row = _offered(turn, due, rest)
    values: dict[str, Any] = {"problem": no.key if no else "", "details": no.values if no else {}, "due": due}
    if no is not None and no.key == "snooze.too_near":
        return [Message("snooze.refused", values, ((go("baocao"), go("lich")),), place="new")]
    turn.ask(FLOW)
    rows = tuple(each for each in (row, (go("lich"), go("huy"))) if each)
    return [Message("snooze.ask", values, rows, expects="text", place="new")]


def _offered(turn: Turn, due: datetime | None, rest: Rest) -> tuple[Button, ...]:
    return snooze_row(offers(turn.now, due, rest, turn.zone), turn.now, turn.zone)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {FLOW: take_moment}
ACTIONS: dict[str, Handler] = {"snooze.until": press}
