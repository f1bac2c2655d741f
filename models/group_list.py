"""Loading a whole list of groups: who enters which on which day, and what of it is there already."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, group_members, groups
from models.rules.folding import fold
from models.rules.group_list import GroupRow
from models.rules.groups import CLUSTER
from models.rules.unit_list import Fault
from models.tables import Group, Unit


@dataclass(frozen=True, slots=True)
class Change:
    """A row that changes something: the groups that the unit leaves for this one, if any."""

    number: int
    unit: str
    group: str
    since: date
    left: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Loaded:
    """Memberships that are new, that change another or their own end, that were there just so; and groups made."""

    added: int
    changed: int
    same: int
    groups: int
    changes: tuple[Change, ...]
    faults: tuple[Fault, ...] = ()


async def load(
    session: AsyncSession, owner: Unit, rows: Sequence[GroupRow], *, by: int | None, now: datetime
) -> Loaded:
    """Bring the groups of an office in line with a list; units not listed stay where they are.

    Earlier days first, so that of two clusters the later one takes a unit over. With faults nothing is changed.
    """
    found, faults = await _units(session, owner, rows)
    faults += await _kinds(session, owner, rows)
    faults += _twice(rows, found)
    if faults:
        return Loaded(0, 0, 0, 0, (), tuple(sorted(faults, key=lambda fault: fault.row)))
    made = await _groups(session, owner, rows, by=by, now=now)
    counted = Counter[str]()
    changes = []
    for row in sorted(rows, key=lambda row: row.since):
        group = made[fold(row.group)][0]
        moves = await group_members.admit(session, group, [found[row.unit].id], row.since, row.until, by=by, now=now)
        left = tuple(name for move in moves for name in move.left)
        is_change = bool(left) or any(move.entry.added is None for move in moves)
        counted["changed" if is_change else "added" if moves else "same"] += 1
        if moves:
            changes.append(Change(row.number, found[row.unit].name, group.name, row.since, left))
    new = sum(is_new for _, is_new in made.values())
    detail = {**counted, "groups": new}
    audit.note(session, at=now, person_id=by, action="group.load", object="group:list", unit_id=owner.id, detail=detail)
    listed = tuple(sorted(changes, key=lambda each: each.number))
    return Loaded(counted["added"], counted["changed"], counted["same"], new, listed)


async def _units(session: AsyncSession, owner: Unit, rows: Sequence[GroupRow]) -> tuple[dict[str, Unit], list[Fault]]:
    """By the text of the list, the unit meant; a fault for whatever is not clear."""
    named = await group_members.named(session, owner, list(dict.fromkeys(row.unit for row in rows)))
    by_text = {each.text: each for each in named}
    ids = [each.units[0].id for each in named if each.is_clear]
    units = {unit.id: unit for unit in await session.scalars(select(Unit).where(Unit.id.in_(ids)))}
    found: dict[str, Unit] = {}
    faults = []
    for row in rows:
        each = by_text[row.unit]
        if each.is_clear:
            found[row.unit] = units[each.units[0].id]
        else:
            key = "group_list.several_units" if each.is_there else "group_list.unknown_unit"
            values = {"text": row.unit[:60], "names": [f"{unit.code} {unit.name}" for unit in each.units]}
            faults.append(Fault(row.number, "unit", key, values))
    return found, faults


async def _kinds(session: AsyncSession, owner: Unit, rows: Sequence[GroupRow]) -> list[Fault]:
    """A group is of one kind: in the list, and in the list as it is in the database."""
    known = {
        group.name_folded: group.kind for group in await session.scalars(select(Group).where(Group.unit_id == owner.id))
    }
    return [
        Fault(row.number, "kind", "group_list.other_kind", {"group": row.group})
        for row in rows
        if known.setdefault(fold(row.group), row.kind) != row.kind
    ]


def _twice(rows: Sequence[GroupRow], found: dict[str, Unit]) -> list[Fault]:
    """Nobody can say which of two clusters is meant from the same day on."""
    first: dict[tuple[int, date], GroupRow] = {}
    faults = []
    for row in rows:
        if row.kind != CLUSTER or row.unit not in found:
            continue
        other = first.setdefault((found[row.unit].id, row.since), row)
        if fold(other.group) != fold(row.group):
            faults.append(Fault(row.number, "unit", "group_list.two_clusters", {"other": other.number}))
    return faults


async def _groups(
    session: AsyncSession, owner: Unit, rows: Sequence[GroupRow], *, by: int | None, now: datetime
) -> dict[str, tuple[Group, bool]]:
    """By folded name, the group and whether it is new (or open again)."""
    statement = select(Group).where(Group.unit_id == owner.id, Group.closed_on.is_(None))
    found = {group.name_folded: (group, False) for group in await session.scalars(statement)}
    for row in rows:
        if fold(row.group) not in found:
            made = await groups.make(session, owner, row.kind, row.group, by=by, now=now)
            found[fold(row.group)] = (made, True)
    return found
