"""The pages of groups: those of an office, and one group with its units."""

from __future__ import annotations

from datetime import date, timedelta

from handlers.turn import Turn
from handlers.unit_pages import ROWS, Rows, back_to, page_number, turning
from models import groups
from models.groups import Membership
from models.messages import Button, Message
from models.rules.groups import KINDS
from models.rules.periods import local_day
from models.rules.permissions import may
from models.tables import Group, Unit


def today_of(turn: Turn) -> date:
    return local_day(turn.now, turn.zone)


async def reach_group(turn: Turn, action: str, group_id: int) -> tuple[Group, Unit]:
    """The group with its owner, when the speaker may do `action` to the owner; else the refusal that tells nothing."""
    found = await groups.find(turn.session, group_id)
    turn.allow(action, found[1].path if found else None)
    assert found is not None
    return found


async def list_page(turn: Turn, unit: Unit, notice: str = "") -> Message:
    number, today = page_number(turn), today_of(turn)
    found = await groups.owned(turn.session, unit.id, today, number * ROWS, ROWS + 1)
    own = await groups.groups_of_unit(turn.session, unit.id, today)
    rows: Rows = [
        (Button("group.button_group", "group.show", each.group.id, values=_label(each)),) for each in found[:ROWS]
    ]
    if may(turn.actor, "group.manage", unit.path):
        rows.append(tuple(Button(f"group.button_make_{kind}", "group.begin", unit.id, arg=kind) for kind in KINDS))
    values = {"unit": unit.name, "number": number + 1, "shown": len(found[:ROWS]), "own": [each.name for each in own]}
    more = turning("group.list", unit.id, number, len(found) > ROWS)
    return Message("group.list", values, (*rows, *more, back_to(unit)), notice=notice)


def _label(each: groups.Owned) -> dict[str, object]:
    return {"name": each.group.name, "units": each.units}


async def group_page(turn: Turn, group: Group, owner: Unit, *, number: int = 0, notice: str = "") -> Message:
    """One group with its units, a page at a time."""
    today = today_of(turn)
    inside = await groups.members(turn.session, group.id, today)
    shown = inside[number * ROWS : (number + 1) * ROWS]
    values = {
        "group": group.name,
        "kind": group.kind,
        "unit": owner.name,
        "closed": group.closed_on,
        "count": len({each.unit.id for each in inside if each.span.since <= today}),
        "rows": [_line(each, today) for each in shown],
        "first": number * ROWS,
    }
    rows = [*_work(turn, group, owner, len(inside))]
    rows += turning("group.show", group.id, number, len(inside) > (number + 1) * ROWS)
    back = Button("unit.button_back", "group.list", owner.id)
    board = Button("group.button_board", "group_board.one", group.id)
    return Message("group.show", values, (*rows, (board, back)), notice=notice)


def _work(turn: Turn, group: Group, owner: Unit, inside: int) -> Rows:
    if group.closed_on is not None or not may(turn.actor, "group.manage", owner.path):
        return []
    drop = (Button("group.button_drop", "group.drop", group.id),) if inside else ()
    more = (
        Button("group.button_rename", "group.rename", group.id),
        Button("group.button_close", "group.close", group.id),
    )
    return [(Button("group.button_add", "group.add", group.id), *drop), more]


def _line(each: Membership, today: date) -> dict[str, object]:
    return {
        "name": each.unit.name,
        "since": each.span.since if each.span.since > today else None,
        "last": last_day(each.span.until),
    }


def last_day(until: date | None) -> date | None:
    """The last day that counts, as people say it."""
    return until - timedelta(days=1) if until else None
