"""What a report made of reports comes to: its parts from below, as they stand now.

A part is a report that was filed and is not sent back. Where a nearer level filed none, the reports below that one
stand in for it, so that nothing is counted twice and nothing that was filed is lost. A report belongs where its unit
stood on the last day of the report's period.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Row, Select, and_, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.consolidation_periods import (
    EMPTY,
    FILED,
    Block,
    Ground,
    Kept,
    Office,
    Source,
    Sums,
    chunks,
    exact,
    ground_of,
    made,
    prints,
    together,
)
from models.rules.consolidation import Piece, Place, add_parts, is_covered, is_summed
from models.rules.forms import Form, Indicator, Value
from models.rules.programmes import Programme
from models.rules.totals import Total
from models.rules.trees import ids_of
from models.tables import Answer, Obligation, PeriodRow, Report, Team, Unit

__all__ = ["Consolidated", "Source", "answers", "consolidated", "source_of", "sources"]

NOTHING = Value()
Values = Mapping[int, Mapping[str, Value]]


@dataclass(frozen=True)
class Consolidated:
    """`blocks` hold what is counted; `awaited` should be filed at the nearest level and are not (or were sent back).

    `level`: the kind of unit that owes the nearest level. `without`: the answers of parts that do not count after all,
    by report; `besides`: parts that count too, with their answers.
    """

    level: str
    blocks: tuple[Block, ...]
    awaited: tuple[Source, ...]
    ground: Ground
    without: Values = field(default_factory=dict)
    besides: tuple[tuple[Source, Mapping[str, Value]], ...] = ()
    totals: dict[str, Total] = field(default_factory=dict)

    @cached_property
    def parts(self) -> tuple[Source, ...]:
        found = [each for block in self.blocks for each in block.parts if each.report_id not in self.without]
        return (*found, *(source for source, _ in self.besides))

    @cached_property
    def near(self) -> tuple[Source, ...]:
        """The parts of the nearest level."""
        blocks = [each for each in self.blocks if each.parts and each.parts[0].place.level == 0]
        return tuple(each for block in blocks for each in block.parts)

    def total(self, indicator: Indicator) -> Total:
        """What an indicator comes to over all parts, as `models.rules.consolidation.add_parts` says."""
        if indicator.code not in self.totals:
            added = self._sum(indicator) if is_summed(indicator) else self._last(indicator)
            self.totals[indicator.code] = added
        return self.totals[indicator.code]

    def _sum(self, indicator: Indicator) -> Total:
        code, found = indicator.code, Sums()
        for block in self.blocks:
            found = together(found, block.sums.get(code, Sums()))
        for values in self.without.values():
            found = together(found, _alone(values.get(code, NOTHING), -1))
        for _, values in self.besides:
            found = together(found, _alone(values.get(code, NOTHING), 1))
        parts = sum(len(each.parts) for each in self.blocks) - len(self.without) + len(self.besides)
        counted, number = (found.rates, found.rated) if indicator.is_rate else (found.count, found.number)
        if not counted:
            return Total(None, None, None, 0, parts)
        if not indicator.is_rate:
            return Total(number, number, None, counted, parts - counted)
        return Total(number * 100 / found.of if found.of else None, number, found.of, counted, parts - counted)

    def _last(self, indicator: Indicator) -> Total:
        """Of each unit the latest. Only those of which several parts speak, or that lie in each other, are looked at
        one by one.
        """
        special = self._special
        found, empty = self._plain_last(indicator, special)
        rest = add_parts(indicator, self._latest(indicator, special))
        count, missing = found.count + rest.counted, empty + rest.missing
        if not count:
            return Total(None, None, None, 0, missing)
        number = found.number + (rest.number or 0)
        if not indicator.is_rate:
            return Total(number, number, None, count, missing)
        of = found.of + (rest.of or 0)
        return Total(number * 100 / of if of else None, number, of, count, missing)

    @cached_property
    def _special(self) -> set[int]:
        sources = [each for block in self.blocks for each in block.parts]
        units = {each.unit_id for each in sources}
        above = {unit for path in {each.place.path for each in sources} for unit in ids_of(path)[:-1]} & units
        inside = {each.unit_id for each in sources if above and not above.isdisjoint(ids_of(each.place.path))}
        changed = {each.unit_id for each in sources if self.without and each.report_id in self.without}
        left = {each.unit_id for each in sources if each.left}
        return inside | changed | left | {each.unit_id for each, _ in self.besides}

    def _plain_last(self, indicator: Indicator, special: set[int]) -> tuple[Sums, int]:
        """The sum of the latest whole values of all other units, in whole thousandths; and how many have none."""
        seen, units = set(special), set(special)
        number = of = 0
        for block in sorted(self.blocks, key=_ends, reverse=True):
            units |= set(block.units)
            if indicator.code in block.lasts:
                for unit, each, part in zip(block.units, *block.lasts[indicator.code], strict=True):
                    if each != EMPTY and unit not in seen and (part != EMPTY or not indicator.is_rate):
                        seen.add(unit)
                        number, of = number + each, of + part * indicator.is_rate
        return Sums(len(seen) - len(special), exact(number), of=exact(of)), len(units) - len(seen)

    def _latest(self, indicator: Indicator, special: set[int]) -> list[Piece]:
        """Of each of these units the latest whole value, or that it has none."""
        found: dict[int, Piece] = {}
        for source, value in self._values(indicator.code, special):
            known = found.get(source.unit_id)
            if known is None or not indicator.is_whole(known.value):
                found[source.unit_id] = Piece(source.place, value, source.left)
        return list(found.values())

    def _values(self, code: str, special: set[int]) -> list[tuple[Source, Value]]:
        """What the parts of these units say of an indicator, the latest first."""
        found = [
            (each, block.last(code, at) if code in block.lasts else NOTHING)
            for block in (self.blocks if special else ())
            for at, each in enumerate(block.parts)
            if each.unit_id in special and each.report_id not in self.without
        ]
        found += [(each, values.get(code, NOTHING)) for each, values in self.besides]
        return sorted(found, key=lambda each: each[0].place.ends, reverse=True)


def _ends(block: Block) -> Any:
    return block.parts[0].place.ends


def _alone(value: Value, times: int) -> Sums:
    if value.number is None:
        return Sums()
    if value.of is None:
        return Sums(times, times * value.number)
    return Sums(times, times * value.number, times, times * value.number, times * value.of)


async def consolidated(
    session: AsyncSession, programme: Programme, period: PeriodRow, unit: Unit, kept: Kept
) -> Consolidated | None:
    """The parts of a unit's report for a period; None when its duty is not made of others."""
    chain = programme.parts_of(period.duty.partition("/")[2])
    if not chain:
        return None
    names = [f"{programme.code}/{duty.code}" for duty in chain]
    ground = await ground_of(session, unit, period)
    within = await _within(session, names, period)
    printed = await prints(session, ground, [each.id for each in within])
    office = kept.of(period.id, unit.id)
    blocks: list[Block] = []
    filed: list[Place] = []  # of the nearer levels
    for level, name in enumerate(names):
        nearer = list(filed)
        for each in (one for one in within if one.duty == name and one.id in printed):
            block = await _block(session, ground, programme.form(period.form), each, level, nearer, printed, office)
            if block.parts:
                blocks.append(block)
                filed += [part.place for part in block.parts] if level + 1 < len(names) else []
    awaited = await _awaited(session, ground, names[0], period)
    return Consolidated(chain[0].owed_by[0], tuple(blocks), awaited, ground, totals=office.totals(tuple(blocks)))


async def _within(session: AsyncSession, names: Sequence[str], period: PeriodRow) -> Sequence[PeriodRow]:
    """The periods that end within another one: a month belongs to the year that it ends in."""
    inside = and_(PeriodRow.ends_on >= period.starts_on, PeriodRow.ends_on <= period.ends_on)
    statement = select(PeriodRow).where(PeriodRow.duty.in_(names), inside).order_by(PeriodRow.ends_on)
    return (await session.scalars(statement)).all()


async def _block(
    session: AsyncSession,
    ground: Ground,
    form: Form,
    period: PeriodRow,
    level: int,
    nearer: Sequence[Place],
    printed: Mapping[int, Any],
    office: Office,
) -> Block:
    """The block of a period: the one that is kept, if it was made of what is there now."""
    covers = frozenset(each.unit for each in nearer if each.starts <= period.ends_on <= each.ends)
    key = (printed[period.id], ground.key, covers)

    def wanted(places: Sequence[Place]) -> list[bool]:
        by_unit = {each.unit: each for each in nearer if each.starts <= period.ends_on <= each.ends}
        return [
            not is_covered(place, [by_unit[one] for one in ids_of(place.path) if one in by_unit]) for place in places
        ]

    known = office.blocks.get(period.id)
    if known is None or known.key != key:
        known = office.blocks[period.id] = await made(session, ground, period, level, form, key, wanted)
    return known


async def _awaited(session: AsyncSession, ground: Ground, name: str, period: PeriodRow) -> tuple[Source, ...]:
    """What is owed at the nearest level and not filed; whoever closed or was let off, or is a team not confirmed, is
    not awaited.
    """
    expected = and_(
        Obligation.waived == "",
        or_(Unit.closed_on.is_(None), Unit.closed_on > PeriodRow.ends_on),
        or_(Team.unit_id.is_(None), Team.state == "confirmed"),
        or_(Report.id.is_(None), not_(FILED)),
    )
    inside = and_(PeriodRow.ends_on >= period.starts_on, PeriodRow.ends_on <= period.ends_on)
    statement = (
        sources()
        .select_from(Obligation)
        .join(PeriodRow, PeriodRow.id == Obligation.period_id)
        .join(Unit, Unit.id == Obligation.unit_id)
        .outerjoin(Team, Team.unit_id == Unit.id)
        .outerjoin(Report, and_(Report.period_id == PeriodRow.id, Report.unit_id == Unit.id))
        .where(PeriodRow.duty == name, inside, expected, ground.condition)
        .order_by(Unit.path, PeriodRow.ends_on)
    )
    found = [source_of(row, ground) for row in await session.execute(statement)]
    return tuple(each for each in found if ground.holds(each.place.path))


def sources() -> Select[*tuple[Any, ...]]:
    """The columns that `source_of` reads."""
    return select(
        Unit.id,
        Unit.name,
        Unit.path,
        PeriodRow.key,
        PeriodRow.starts_on,
        PeriodRow.ends_on,
        PeriodRow.due_at,
        Report.id.label("report_id"),
        Report.state,
        Report.submitted_at,
    )


def source_of(row: Row[*tuple[Any, ...]], ground: Ground) -> Source:
    path = ground.path(row.id, row.ends_on) if ground.knows(row.id) else row.path
    return Source(
        report_id=row.report_id,
        unit_id=row.id,
        unit_name=row.name,
        place=Place(path, row.starts_on, row.ends_on, 0),
        period_key=row.key,
        state=row.state or "missing",
        submitted_at=row.submitted_at,
        due_at=row.due_at,
    )


async def answers(session: AsyncSession, report_ids: Sequence[int]) -> dict[int, dict[str, Value]]:
    """The numbers that these reports say, by report and indicator."""
    found: dict[int, dict[str, Value]] = {}
    wanted = select(Answer.report_id, Answer.indicator, Answer.number, Answer.denominator)
    for some in chunks(report_ids):
        statement = wanted.where(Answer.report_id.in_(some), Answer.number.is_not(None))
        for report_id, code, number, of in await session.execute(statement):
            found.setdefault(report_id, {})[code] = Value(number, of)
    return found
