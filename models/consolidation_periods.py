"""What the reports of one period come to in the subtree of a unit: added up by the database, kept until one changes."""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import BigInteger, ColumnElement, Row, and_, case, func, or_, select, type_coerce
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.consolidation import Place, held_by, is_summed
from models.rules.forms import Form, Value
from models.rules.totals import Total
from models.rules.trees import Past, ids_of
from models.tables import Answer, PeriodRow, Report, Unit, UnitPast
from models.trees import past_of
from models.units import below

CHUNK = 10_000  # ids a question: a database takes some 32,000
OFFICES = 8  # whose sums are kept, those looked at last
EMPTY = -(2**62)  # of a kept number: there is none
UnitRow = tuple[int, str, str, date | None, date | None]  # id, name, path, opened_on, closed_on
FILED = and_(Report.submitted_at.is_not(None), Report.state != "returned")


@dataclass(frozen=True, slots=True)
class Source:
    """A report below: whose, of when, how it stands. `state` "missing": nothing of it was begun.

    `left`: its unit was no longer below at the end of the whole time.
    """

    report_id: int | None
    unit_id: int
    unit_name: str
    place: Place
    period_key: str
    state: str
    submitted_at: datetime | None
    due_at: datetime
    left: bool = False

    @property
    def counts(self) -> bool:
        """Whether it was filed, and not sent back since."""
        return self.submitted_at is not None and self.state != "returned"


@dataclass(frozen=True, slots=True)
class Sums:
    """The numbers answered: how many and their sum; of those with a denominator the same, and the denominators'."""

    count: int = 0
    number: Decimal = Decimal(0)
    rates: int = 0
    rated: Decimal = Decimal(0)
    of: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Block:
    """The parts of one period. `sums`: by indicator. `lasts`: of those whose latest value counts, number and
    denominator in thousandths, in the order of the parts.
    """

    key: Hashable
    parts: tuple[Source, ...]
    sums: Mapping[str, Sums] = field(default_factory=dict)
    lasts: Mapping[str, tuple[array[int], array[int]]] = field(default_factory=dict)
    units: tuple[int, ...] = ()

    def last(self, code: str, at: int) -> Value:
        number, of = (each[at] for each in self.lasts[code])
        return Value(None if number == EMPTY else exact(number), None if of == EMPTY else exact(of))


def exact(thousandths: int) -> Decimal:
    return (Decimal(thousandths) / 1000).normalize() + 0


@dataclass(slots=True)
class Office:
    """What is kept of one report of an office: the blocks by period, and what those looked at last came to."""

    blocks: dict[int, Block] = field(default_factory=dict)
    _added: tuple[Block, ...] = ()
    _totals: dict[str, Total] = field(default_factory=dict)

    def totals(self, blocks: tuple[Block, ...]) -> dict[str, Total]:
        """The totals of just these blocks, as far as anybody has asked for them."""
        if len(blocks) != len(self._added) or any(a is not b for a, b in zip(blocks, self._added, strict=True)):
            self._added, self._totals = blocks, {}
        return self._totals


class Kept:
    """The sums of the offices looked at last. A block says what it was made of, and is made anew when that changed."""

    def __init__(self) -> None:
        self._offices: OrderedDict[tuple[int, int], Office] = OrderedDict()

    def of(self, period_id: int, unit_id: int) -> Office:
        found = self._offices.setdefault((period_id, unit_id), Office())
        self._offices.move_to_end((period_id, unit_id))
        while len(self._offices) > OFFICES:
            self._offices.popitem(last=False)
        return found


class Ground:
    """The units that belong to an office at any time of a period, and where each of them stood on a day of it.

    `units`: as they are now. `pasts`: of those that have changed since, the earliest first.
    """

    def __init__(self, unit: Unit, ends: date, units: Sequence[Row[*UnitRow]], pasts: Mapping[int, list[Past]]) -> None:
        self.unit, self._ends = unit, ends
        self._units = {each.id: each for each in units}
        self._pasts = pasts
        moved = tuple((unit_id, tuple(found)) for unit_id, found in sorted(pasts.items()))
        self.key = hash((moved, tuple(map(tuple, units))))
        self.strangers = [each.id for each in units if not each.path.startswith(unit.path)]

    @property
    def condition(self) -> ColumnElement[bool]:
        here = below(self.unit.path)
        return or_(here, Unit.id.in_(self.strangers)) if self.strangers else here

    def knows(self, unit_id: int) -> bool:
        return unit_id in self._units

    def name(self, unit_id: int) -> str:
        name: str = self._units[unit_id].name
        return name

    def path(self, unit_id: int, day: date) -> str:
        now: str = self._units[unit_id].path
        then = next((past.path for past in self._pasts.get(unit_id, ()) if past.until > day), now)
        return held_by(then, self._heirs(ids_of(then), ids_of(now), day)) if then != now else now

    def _heirs(self, then: tuple[int, ...], now: tuple[int, ...], day: date) -> set[int]:
        """Whoever stands above it now and was not there yet, and whoever took over from one that stood above it."""
        known = self._units
        young = {each for each in now if each in known and (known[each].opened_on or day) > day}
        ceased = [known[each].path for each in then if each in known and known[each].closed_on is not None]
        return young | {each for path in ceased for each in ids_of(path)}

    def holds(self, path: str) -> bool:
        return self.unit.id in ids_of(path)

    def has_left(self, unit_id: int) -> bool:
        return unit_id in self._pasts and not self.holds(self.path(unit_id, self._ends))


async def ground_of(session: AsyncSession, unit: Unit, period: PeriodRow) -> Ground:
    pasts: dict[int, list[Past]] = {}
    found = select(UnitPast).where(UnitPast.until > period.starts_on).order_by(UnitPast.until)
    for row in await session.scalars(found):
        pasts.setdefault(row.unit_id, []).append(past_of(row))
    once = {each for each, many in pasts.items() if any(unit.id in ids_of(past.path) for past in many)}
    rows = select(Unit.id, Unit.name, Unit.path, Unit.opened_on, Unit.closed_on).order_by(Unit.path)
    units = list((await session.execute(rows.where(below(unit.path)))).all())
    for some in chunks(sorted(once - {each.id for each in units})):
        units += (await session.execute(rows.where(Unit.id.in_(some)))).all()
    return Ground(unit, period.ends_on, units, {each.id: pasts[each.id] for each in units if each.id in pasts})


async def prints(session: AsyncSession, ground: Ground, period_ids: Collection[int]) -> dict[int, Hashable]:
    """By period something that differs whenever a report filed below has changed: each change makes a version grow."""
    statement = (
        select(
            Report.period_id,
            func.count(),
            func.sum(Report.version),
            func.sum(Report.id * Report.version),
            func.max(Report.submitted_at),
            func.max(Report.corrected_at),
        )
        .join(Unit, Unit.id == Report.unit_id)
        .where(Report.period_id.in_(period_ids), FILED, ground.condition)
        .group_by(Report.period_id)
    )
    return {period_id: tuple(rest) for period_id, *rest in await session.execute(statement)}


async def made(
    session: AsyncSession,
    ground: Ground,
    period: PeriodRow,
    level: int,
    form: Form,
    key: Hashable,
    wanted: Callable[[Sequence[Place]], Sequence[bool]],
) -> Block:
    """The parts of a period, of all that was filed in it those that are `wanted`."""
    statement = (
        select(Report.id, Report.unit_id, Report.state, Report.submitted_at)
        .join(Unit, Unit.id == Report.unit_id)
        .where(Report.period_id == period.id, FILED, ground.condition)
        .order_by(Unit.path)
    )
    found: list[Source] = []
    for report_id, unit_id, state, submitted_at in await session.execute(statement):
        path = ground.path(unit_id, period.ends_on)
        if ground.holds(path):
            place = Place(path, period.starts_on, period.ends_on, level)
            found.append(
                Source(
                    report_id, unit_id, ground.name(unit_id), place, period.key, state, submitted_at, period.due_at,
                    ground.has_left(unit_id),
                )
            )  # fmt: skip
    is_wanted = wanted([each.place for each in found])
    parts = tuple(each for each, is_part in zip(found, is_wanted, strict=True) if is_part)
    ids = [each.report_id or 0 for each in parts]
    units = tuple(each.unit_id for each in parts)
    return Block(key, parts, await _sums(session, ids), await _lasts(session, ids, form), units)


async def _sums(session: AsyncSession, ids: Sequence[int]) -> dict[str, Sums]:
    found: dict[str, Sums] = {}
    rated = case((Answer.denominator.is_not(None), Answer.number))
    for some in chunks(ids):
        statement = (
            select(
                Answer.indicator,
                func.count(),
                func.sum(Answer.number),
                func.count(Answer.denominator),
                func.sum(rated),
                func.sum(Answer.denominator),
            )
            .where(Answer.report_id.in_(some), Answer.number.is_not(None))
            .group_by(Answer.indicator)
        )
        for code, count, number, rates, with_of, of in await session.execute(statement):
            found[code] = together(
                found.get(code, Sums()), Sums(count, number, rates, with_of or Decimal(0), of or Decimal(0))
            )
    return found


def together(one: Sums, other: Sums) -> Sums:
    return Sums(
        one.count + other.count,
        one.number + other.number,
        one.rates + other.rates,
        one.rated + other.rated,
        one.of + other.of,
    )


async def _lasts(session: AsyncSession, ids: Sequence[int], form: Form) -> dict[str, tuple[array[int], array[int]]]:
    codes = [each.code for each in form.indicators if each.is_number and not is_summed(each)]
    if not codes or not ids:
        return {}
    at = {report_id: place for place, report_id in enumerate(ids)}
    found = {code: (array("q", [EMPTY]) * len(ids), array("q", [EMPTY]) * len(ids)) for code in codes}
    whole = (type_coerce(Answer.number, BigInteger), type_coerce(Answer.denominator, BigInteger))
    for some in chunks(ids):
        statement = select(Answer.report_id, Answer.indicator, *whole).where(Answer.report_id.in_(some))
        rows = await session.execute(statement.where(Answer.indicator.in_(codes), Answer.number.is_not(None)))
        for report_id, code, number, of in rows:
            numbers, denominators = found[code]
            numbers[at[report_id]] = number
            denominators[at[report_id]] = EMPTY if of is None else of
    return found


def chunks(ids: Sequence[int]) -> list[Sequence[int]]:
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]
