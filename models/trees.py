"""The tree of units as it was on a day, and units found by the names they had."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.folding import fold
from models.rules.names import UNIT_ROOM
from models.rules.trees import Node, Past, tree_of
from models.tables import PeriodRow, Report, Team, Unit, UnitPast
from models.units import below

MOST_STEPS = 20  # from an old unit to the one that followed it last: longer chains do not occur


@dataclass(frozen=True, slots=True)
class Former:
    """A unit of today, and the name by which it (or one that became part of it) was known."""

    unit: Unit
    name: str


async def pasts_after(session: AsyncSession, day: date) -> dict[int, Past]:
    """What the units that have changed since `day` were on it; empty for nearly every day anybody asks about."""
    statement = select(UnitPast).where(UnitPast.until > day).order_by(UnitPast.until)
    found: dict[int, Past] = {}
    for row in await session.scalars(statement):
        found.setdefault(row.unit_id, past_of(row))
    return found


async def tree_on(session: AsyncSession, day: date, path: str) -> dict[int, Node]:
    """The units of the subtree at `path` (of today) that were there on a day, as they were then."""
    units = await session.scalars(select(Unit).where(below(path)))
    pasts = {unit_id: (past,) for unit_id, past in (await pasts_after(session, day)).items()}
    return tree_of([node_of(unit) for unit in units], pasts, day)


async def name_on(session: AsyncSession, unit: Unit, day: date) -> str:
    """What a unit was called on a day."""
    past = select(UnitPast.name).where(UnitPast.unit_id == unit.id, UnitPast.until > day)
    return await session.scalar(past.order_by(UnitPast.until).limit(1)) or unit.name


async def former(
    session: AsyncSession, path: str, text: str, kinds: Collection[str] | None, limit: int
) -> list[Former]:
    """Open units of the subtree that had this part in a name before, or that took over from a unit with it."""
    part = fold(text)[:UNIT_ROOM]
    if not part:
        return []
    renamed = select(UnitPast.unit_id, UnitPast.name).where(UnitPast.name_folded.contains(part, autoescape=True))
    closed = select(Unit.id, Unit.name).where(
        Unit.name_folded.contains(part, autoescape=True), Unit.successor_id.is_not(None)
    )
    rows = [
        *await session.execute(renamed.order_by(UnitPast.until.desc()).limit(limit * 4)),
        *await session.execute(closed.order_by(Unit.closed_on.desc(), Unit.id).limit(limit * 4)),
    ]
    found: dict[int, Former] = {}
    for unit_id, name in rows:
        unit = await _today(session, unit_id)
        if unit is None or not unit.path.startswith(path) or part in unit.name_folded:
            continue
        if kinds is None or unit.kind in kinds:
            found.setdefault(unit.id, Former(unit, name))
    return list(found.values())[:limit]


async def _today(session: AsyncSession, unit_id: int) -> Unit | None:
    """The open unit in which one goes on: itself, or the last of its successors."""
    unit = await session.get(Unit, unit_id)
    for _ in range(MOST_STEPS):
        if unit is None or unit.closed_on is None:
            return unit
        unit = await session.get(Unit, unit.successor_id) if unit.successor_id else None
    return None


async def merged_into(session: AsyncSession, unit_id: int, limit: int) -> list[Unit]:
    """The closed units whose successor this one is, the latest first."""
    statement = select(Unit).where(Unit.parent_id == unit_id, Unit.closed_on.is_not(None), Unit.successor_id == unit_id)
    return list(await session.scalars(statement.order_by(Unit.closed_on.desc(), Unit.name_folded).limit(limit)))


async def reports_of(session: AsyncSession, unit_id: int, limit: int) -> list[tuple[int, str, str]]:
    """(id, period, state) of the reports of a unit, drafts too, the latest period first."""
    statement = (
        select(Report.id, PeriodRow.key, Report.state)
        .join(PeriodRow, PeriodRow.id == Report.period_id)
        .where(Report.unit_id == unit_id)
        .order_by(PeriodRow.due_at.desc(), Report.id)
        .limit(limit)
    )
    return [(report_id, key, state) for report_id, key, state in await session.execute(statement)]


def node_of(unit: Unit, changed_on: date | None = None) -> Node:
    """The unit as the rules see it."""
    return Node(
        unit.id, unit.name, unit.kind, unit.parent_id, unit.path, unit.opened_on, unit.closed_on, unit.successor_id,
        changed_on,
    )  # fmt: skip


def past_of(row: UnitPast) -> Past:
    return Past(row.until, row.name, row.kind, row.parent_id, row.path)


async def nodes(session: AsyncSession, units: Sequence[Unit]) -> dict[int, Node]:
    """The units as the rules see them, with the day since which each has been what it is."""
    ids = [unit.id for unit in units]
    rows = await session.execute(
        select(UnitPast.unit_id, UnitPast.until).where(UnitPast.unit_id.in_(ids)).order_by(UnitPast.until)
    )
    since = {unit_id: until for unit_id, until in rows}
    return {unit.id: node_of(unit, since.get(unit.id)) for unit in units}


async def is_settled(session: AsyncSession, unit: Unit) -> bool:
    """Whether a unit is no team that still waits for somebody's word."""
    team = await session.get(Team, unit.id) if unit.kind == "team" else None
    return team is None or team.state == "confirmed"
