"""The board: how far a period is, in a subtree, branch by branch, with the names."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.branches import boughs
from models.heads import Head, heads_of_units
from models.owings import FILED, OWED, Owing
from models.rules.folding import fold
from models.tables import Obligation, PeriodRow, Unit
from models.units import below

BESIDE = timedelta(days=60)  # boards of other duties due within this time of each other are offered side by side
MOST_BESIDE = 4


@dataclass(frozen=True, slots=True)
class Counts:
    """`expected` = on_time + late + draft + returned + missing; of those filed, `nothing` had nothing to report.

    `extended`: were granted more time. `punctual`: were on time without it. `accepted`: were looked at and accepted.
    """

    expected: int = 0
    on_time: int = 0
    late: int = 0
    draft: int = 0
    returned: int = 0
    missing: int = 0
    nothing: int = 0
    extended: int = 0
    punctual: int = 0
    accepted: int = 0

    @property
    def filed(self) -> int:
        return self.on_time + self.late

    @property
    def owed(self) -> int:
        return self.expected - self.filed


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit right below the board's own (or that unit itself, when it owes) with all that lies under it."""

    unit_id: int
    name: str
    path: str
    counts: Counts
    owings: tuple[Owing, ...]

    @property
    def owing(self) -> Owing | None:
        """The obligation of the unit itself, when nothing lies below it."""
        return self.owings[0] if len(self.owings) == 1 and self.owings[0].unit_id == self.unit_id else None


@dataclass(frozen=True, slots=True)
class Board:
    """One period in one subtree. `branches` are sorted: the one with the largest share still owed first."""

    period_id: int
    path: str
    counts: Counts
    branches: tuple[Branch, ...]

    @property
    def owings(self) -> tuple[Owing, ...]:
        return tuple(owing for branch in self.branches for owing in branch.owings)

    @property
    def owed(self) -> tuple[Owing, ...]:
        """What is not filed yet, by unit, those with nothing begun first."""
        found = [owing for owing in self.owings if owing.state in OWED]
        return tuple(sorted(found, key=lambda owing: (OWED.index(owing.state), fold(owing.unit_name))))


async def board(session: AsyncSession, unit_path: str, period_id: int, now: datetime, scope: str = "") -> Board:
    """The board of a subtree as the units stood in that period. Three statements, however many units it has.

    `scope`: the path of the office that looks down at the unit; without it the unit is the office's own.
    """
    found = await boughs(session, now, period_id=period_id, path=unit_path, scope=scope)
    branches = [Branch(each.unit_id, each.name, each.path, count(each.owings), each.owings) for each in found]
    counts = count(owing for branch in branches for owing in branch.owings)
    return Board(period_id, unit_path, counts, tuple(sorted(branches, key=worst_first)))


def count(owings: Iterable[Owing]) -> Counts:
    """How many stand how."""
    counted = [owing for owing in owings if owing.is_expected]
    states = [(owing.state, bool(owing.no_activity)) for owing in counted]
    number = {state: sum(each == state for each, _ in states) for state in (*FILED, *OWED)}
    return Counts(
        expected=len(states),
        on_time=number["submitted"],
        late=number["late"],
        draft=number["draft"],
        returned=number["returned"],
        missing=number["missing"],
        nothing=sum(nothing and state in FILED for state, nothing in states),
        extended=sum(owing.extended_until is not None for owing in counted),
        punctual=sum(owing.is_punctual and owing.state in FILED for owing in counted),
        accepted=sum(owing.accepted for owing in counted),
    )


def worst_first(branch: Branch) -> tuple[float, int, str]:
    """Sorts branches: the one with the largest share still owed first, those that owe nothing at all last."""
    return (-branch.counts.owed / max(branch.counts.expected, 1), -branch.counts.owed, fold(branch.name))


async def heads_of(session: AsyncSession, owings: Sequence[Owing], now: datetime) -> dict[int, Head]:
    """By unit, the first of those who file for it: the name to call, and whether the bot reaches them."""
    heads = await heads_of_units(session, now, [owing.unit_id for owing in owings])
    return {unit_id: next((h for h in many if h.address is not None), many[0]) for unit_id, many in heads.items()}


async def period(session: AsyncSession, period_id: int) -> PeriodRow | None:
    return await session.get(PeriodRow, period_id)


async def nearest_period(
    session: AsyncSession, path: str, now: datetime, but: Collection[str] = ()
) -> PeriodRow | None:
    """The period a coordinator means without saying: of those owed in the subtree, the one due nearest to now.

    `but`: duties that are not meant.
    """
    meant = PeriodRow.duty.not_in(but)
    before = await session.scalar(_periods(path, meant & (PeriodRow.due_at <= now), latest=True))
    after = await session.scalar(_periods(path, meant & (PeriodRow.due_at > now), latest=False))
    if before is None or after is None:
        return before or after
    return before if now - before.due_at <= after.due_at - now else after


async def neighbours(session: AsyncSession, path: str, at: PeriodRow) -> tuple[PeriodRow | None, PeriodRow | None]:
    """The period before and the one after, of the same duty, as far as it is owed in the subtree."""
    earlier = (PeriodRow.due_at < at.due_at) | ((PeriodRow.due_at == at.due_at) & (PeriodRow.id < at.id))
    later = (PeriodRow.due_at > at.due_at) | ((PeriodRow.due_at == at.due_at) & (PeriodRow.id > at.id))
    same = PeriodRow.duty == at.duty
    before = await session.scalar(_periods(path, same & earlier, latest=True))
    return before, await session.scalar(_periods(path, same & later, latest=False))


async def others(session: AsyncSession, path: str, at: PeriodRow) -> list[PeriodRow]:
    """Of every other duty owed in the subtree the period due nearest to this one, the nearest first."""
    near = (PeriodRow.due_at > at.due_at - BESIDE) & (PeriodRow.due_at < at.due_at + BESIDE)
    statement = _periods(path, near & (PeriodRow.duty != at.duty), latest=True).limit(None)
    found: dict[str, PeriodRow] = {}
    for row in sorted(await session.scalars(statement), key=lambda row: (abs(row.due_at - at.due_at), row.id)):
        found.setdefault(row.duty, row)
    return list(found.values())[:MOST_BESIDE]


def _periods(path: str, condition: ColumnElement[bool], *, latest: bool) -> Select[PeriodRow]:
    owed = select(Obligation.period_id).join(Unit, Unit.id == Obligation.unit_id).where(below(path))
    order = (PeriodRow.due_at.desc(), PeriodRow.id.desc()) if latest else (PeriodRow.due_at, PeriodRow.id)
    return select(PeriodRow).where(condition, PeriodRow.id.in_(owed)).order_by(*order).limit(1)
