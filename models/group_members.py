"""Units entering and leaving groups: the right ones found by their names, and every change kept with its day."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, and_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, units
from models.groups import Membership, lock, not_over, span_of
from models.rules.groups import CLUSTER, Candidate, Entry, Span, enter, leave, looks_like, meant
from models.tables import Group, GroupUnit, Unit

MOST_MEANT = 6  # units to choose from when a name is not clear
_MOST_READ = 50  # of those further down that hold the name


@dataclass(frozen=True, slots=True)
class Named:
    """A name as typed, and the units it may mean: one when it is clear. `is_there`: some unit is called so."""

    text: str
    units: tuple[Candidate, ...]
    is_there: bool

    @property
    def is_clear(self) -> bool:
        return self.is_there and len(self.units) == 1


@dataclass(frozen=True, slots=True)
class Move:
    """What entering means for one unit: `left` are the groups it leaves for it."""

    unit: Unit
    entry: Entry
    left: tuple[str, ...]


async def named(session: AsyncSession, owner: Unit, texts: Sequence[str]) -> list[Named]:
    """Which units below an office the names mean; for one that is not there, those called nearly so."""
    near = {unit.id: unit for unit in await units.children(session, owner.id)}
    coded = await session.scalars(select(Unit).where(Unit.code.in_(texts), Unit.closed_on.is_(None)))
    by_code = [unit for unit in coded if unit.path.startswith(owner.path)]
    found = []
    for text in texts:
        further = [*by_code, *await units.search(session, owner.path, text, None, _MOST_READ)]
        whole = near | {unit.id: unit for unit in further if unit.id != owner.id}
        found.append(_named(text, [_candidate(unit, owner) for unit in whole.values()]))
    return found


def named_among(members: Sequence[Membership], owner: Unit, texts: Sequence[str]) -> list[Named]:
    """Which members of a group the names mean."""
    inside = list({each.unit.id: _candidate(each.unit, owner) for each in members}.values())
    return [_named(text, inside) for text in texts]


def _named(text: str, candidates: Sequence[Candidate]) -> Named:
    found = meant(text, candidates)
    return Named(text, (found or looks_like(text, candidates, MOST_MEANT))[:MOST_MEANT], bool(found))


def _candidate(unit: Unit, owner: Unit) -> Candidate:
    return Candidate(unit.id, unit.name, unit.name_folded, unit.code, unit.parent_id == owner.id)


async def plan(
    session: AsyncSession, group: Group, unit_ids: Collection[int], since: date, until: date | None = None
) -> list[Move]:
    """What would become of these units' memberships if they entered on that day, by name."""
    held: dict[int, list[tuple[Span, str]]] = {}
    for row, name in await session.execute(_exclusive(group, unit_ids, since)):
        held.setdefault(row.unit_id, []).append((span_of(row), name))
    moves = []
    for unit in await session.scalars(_by_name(unit_ids)):
        spans = held.get(unit.id, [])
        entry = enter(Span(group.id, since, until), [span for span, _ in spans])
        changed = {span.id for span in entry.changed if span.group_id != group.id}
        moves.append(Move(unit, entry, tuple(name for span, name in spans if span.id in changed)))
    return moves


def _by_name(unit_ids: Collection[int]) -> Select[Unit]:
    return select(Unit).where(Unit.id.in_(unit_ids)).order_by(Unit.name_folded, Unit.id)


def _exclusive(group: Group, unit_ids: Collection[int], day: date) -> Select[GroupUnit, str]:
    """The memberships of which a unit may have but one at a time: in any cluster of this owner, or in this block."""
    same = Group.id == group.id
    if group.kind == CLUSTER:
        same = and_(Group.unit_id == group.unit_id, Group.kind == CLUSTER)
    return (
        select(GroupUnit, Group.name)
        .join(Group, Group.id == GroupUnit.group_id)
        .where(same, GroupUnit.unit_id.in_(unit_ids), not_over(day))
        .order_by(GroupUnit.since, GroupUnit.id)
    )


async def admit(
    session: AsyncSession,
    group: Group,
    unit_ids: Collection[int],
    since: date,
    until: date | None = None,
    *,
    by: int | None,
    now: datetime,
) -> list[Move]:
    """Units enter a group on a day; the cluster they were in ends for them on that day. Returns what was done."""
    await lock(session, group.unit_id)
    moves = [move for move in await plan(session, group, unit_ids, since, until) if not move.entry.is_same]
    await _change(session, moves)
    for move in moves:
        if (added := move.entry.added) is not None:
            row = GroupUnit(group_id=group.id, unit_id=move.unit.id, since=added.since, until=added.until)
            session.add(row)
    await session.flush()
    _note(session, group, "group.admit", [move.unit.id for move in moves], since, by, now)
    return moves


async def plan_leaving(session: AsyncSession, group: Group, unit_ids: Collection[int], day: date) -> list[Move]:
    """What would become of the memberships of these units in the group if they left it on that day, by name."""
    ends: dict[int, list[Span]] = {}
    units_left: dict[int, Unit] = {}
    for row, unit in await session.execute(_inside(group, unit_ids, day)):
        ends.setdefault(unit.id, []).append(leave(span_of(row), day))
        units_left[unit.id] = unit
    return [Move(unit, Entry(None, tuple(ends[unit_id])), ()) for unit_id, unit in units_left.items()]


async def dismiss(
    session: AsyncSession, group: Group, unit_ids: Collection[int], day: date, *, by: int | None, now: datetime
) -> list[Unit]:
    """Units leave a group on a day. Returns those that were in it."""
    await lock(session, group.unit_id)
    moves = await plan_leaving(session, group, unit_ids, day)
    await _change(session, moves)
    await session.flush()
    _note(session, group, "group.dismiss", [move.unit.id for move in moves], day, by, now)
    return [move.unit for move in moves]


def _inside(group: Group, unit_ids: Collection[int], day: date) -> Select[GroupUnit, Unit]:
    return (
        select(GroupUnit, Unit)
        .join(Unit, Unit.id == GroupUnit.unit_id)
        .where(GroupUnit.group_id == group.id, GroupUnit.unit_id.in_(unit_ids), not_over(day))
        .order_by(Unit.name_folded, Unit.id, GroupUnit.since)
    )


async def _change(session: AsyncSession, moves: Sequence[Move]) -> None:
    for span in (span for move in moves for span in move.entry.changed):
        (await session.get_one(GroupUnit, span.id)).until = span.until


def _note(
    session: AsyncSession, group: Group, action: str, unit_ids: Sequence[int], day: date, by: int | None, now: datetime
) -> None:
    if unit_ids:
        detail = {"units": list(unit_ids), "day": day.isoformat()}
        about = f"group:{group.id}"
        audit.note(session, at=now, person_id=by, action=action, object=about, unit_id=group.unit_id, detail=detail)
