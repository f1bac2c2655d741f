"""A unit that is no more: what became of it, and the way on."""

from __future__ import annotations

from handlers.access import needs
from handlers.menu import go
from handlers.turn import Handler, Turn
from models import trees, unit_changes, units
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.permissions import may
from models.tables import Unit

REPORTS = 6  # of its last ones, each with a button
UNITS = 20


async def closed_page(turn: Turn, unit: Unit, notice: str = "") -> Message:
    """When and why it ceased, and its successor for whoever may see that one."""
    successor = await units.find(turn.session, unit.successor_id) if unit.successor_id else None
    change = await unit_changes.ended_by(turn.session, unit)
    filed = await trees.reports_of(turn.session, unit.id, REPORTS) if may(turn.actor, "report.read", unit.path) else []
    values = {
        "unit": unit.name,
        "reports": len(filed),
        "day": unit.closed_on,
        "kind": change.kind if change else "",
        "reason": change.reason if change else "",
        "successor": successor.name if successor else "",
    }
    on: tuple[Button, ...] = ()
    if successor is not None and may(turn.actor, "unit.read", successor.path):
        on = (Button("unit.button_unit", "unit.show", successor.id, values={"unit": successor.name}),)
    old = [
        (Button("unit_change.button_report", "report.view", report, values={"key": key, "state": state}),)
        for report, key, state in filed
    ]
    return Message("unit_change.ceased", values, tuple(row for row in (*old, on, (go("menu"),)) if row), notice=notice)


@needs("unit.read")
async def before(turn: Turn) -> list[Message]:
    """The units that became part of this one."""
    unit = await units.find(turn.session, turn.press.object)
    turn.allow("unit.read", unit.path if unit else None)
    assert unit is not None
    found = await trees.merged_into(turn.session, unit.id, UNITS)
    rows = [(Button("unit.button_unit", "unit.show", each.id, values={"unit": each.name}),) for each in found]
    back = Button("unit.button_back", "unit.show", unit.id)
    return [Message("unit_change.before", {"unit": unit.name, "count": len(found)}, (*rows, (back,)))]


async def before_row(turn: Turn, unit: Unit) -> tuple[tuple[Button, ...], ...]:
    """The way to what became part of a unit; nothing when nothing did."""
    found = await trees.merged_into(turn.session, unit.id, 1)
    return ((Button("unit_change.button_before", "unit_change.before", unit.id),),) if found else ()


def refuse_closed(unit: Unit, action: str) -> None:
    """What was closed is read and no longer worked with. Raises Refusal unit_change.closed (`name`, `day`)."""
    if unit.closed_on is not None and not action.endswith(".read"):
        raise Refusal("unit_change.closed", name=unit.name, day=unit.closed_on)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"unit_change.before": before}
