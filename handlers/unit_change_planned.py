"""Changes of units that wait for their day: listed, looked at, called off."""

from __future__ import annotations

from typing import Any

from handlers.access import needs
from handlers.turn import Handler, Turn
from handlers.unit_change_pages import facts, planned_button
from handlers.unit_pages import ROWS, back_to, reach
from models import unit_changes, unit_choices, unit_grounds
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.permissions import may
from models.rules.unit_change_limits import touched
from models.tables import Unit, UnitChange
from models.unit_prospects import prospect


@needs("board.read")
async def show_list(turn: Turn) -> list[Message]:
    """What is planned among the units of an office, the nearest first."""
    unit = await reach(turn, "board.read", turn.press.object)
    turn.end()
    return [await _list(turn, unit)]


@needs("unit.change")
async def show(turn: Turn) -> list[Message]:
    """What a planned change will do, as things stand now; or why it no longer can be done."""
    unit, row = await _planned(turn)
    if row is None:
        return [Message("unit_change.gone", {"unit": unit.name}, (back_to(unit),), notice="access.stale")]
    cancel = Button("unit_change.button_cancel", "unit_change.cancel", unit.id, arg=str(row.id))
    values: dict[str, Any] = {"unit": unit.name, "problem": "", "details": {}}
    try:
        values |= facts(await prospect(turn.session, unit_changes.plan_of(row), turn.now))
    except Refusal as no:
        values |= {"problem": no.key, "details": no.values, "kind": row.kind, "day": row.on_day}
        return [Message("unit_change.hindered", values, ((cancel,), back_to(unit)))]
    return [Message("unit_change.waiting", values, ((cancel,), back_to(unit)))]


@needs("unit.change")
async def cancel(turn: Turn) -> list[Message]:
    unit, row = await _planned(turn, lock=True)
    if row is None:
        return [Message("unit_change.gone", {"unit": unit.name}, (back_to(unit),), notice="access.stale")]
    await unit_changes.cancel(turn.session, row, by=turn.person_id, now=turn.now)
    values = {"unit": unit.name, "kind": row.kind, "day": row.on_day}
    return [Message("unit_change.cancelled", values, (back_to(unit),))]


async def _planned(turn: Turn, *, lock: bool = False) -> tuple[Unit, UnitChange | None]:
    """The planned change of a unit; only for whoever may change every unit in it. None when it waits no longer."""
    unit = await reach(turn, "unit.change", turn.press.object)
    row = await unit_changes.find(turn.session, int(turn.press.arg), lock=lock)
    if row is None or row.state != "planned" or unit.id not in row.body["units"]:
        return unit, None
    plan = unit_changes.plan_of(row)
    ground = await unit_grounds.ground_of(turn.session, plan)
    for path in touched(plan, ground.tree):
        turn.allow("unit.change", path)
    return unit, row


async def _list(turn: Turn, unit: Unit) -> Message:
    """Everybody of the office reads it; a button for whoever may call it off."""
    found = await unit_changes.planned(turn.session, unit.path)
    lines, rows = [], []
    for row in found[:ROWS]:
        about = await unit_choices.of_ids(turn.session, row.body["units"])
        lines.append({"kind": row.kind, "day": row.on_day, "units": [each.name for each in about]})
        if may(turn.actor, "unit.change", about[0].path):
            rows.append((planned_button(about[0].id, row),))
    values = {"unit": unit.name, "rows": lines, "more": max(len(found) - ROWS, 0)}
    return Message("unit_change.list", values, (*rows, back_to(unit)))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "unit_change.list": show_list,
    "unit_change.planned": show,
    "unit_change.cancel": cancel,
}
