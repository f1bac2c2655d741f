"""What a report made of reports comes to: its parts from below, as they stand now, and as they stood when it was sent.

A part is a report that was filed and is not sent back. Where a nearer level filed none, the reports below that one
stand in for it, so that nothing is counted twice and nothing that was filed is lost.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.insertion import insert_once
from models.rules.consolidation import Piece, Place, add_parts, paths_above, uncovered
from models.rules.forms import Form, Indicator, Value
from models.rules.programmes import Programme
from models.rules.reports import read_value
from models.rules.totals import Total
from models.tables import Answer, Obligation, Part, PeriodRow, Report, Revision, Team, Unit
from models.units import below

CHUNK = 500  # ids a question
NOTHING = Value()


@dataclass(frozen=True, slots=True)
class Source:
    """A report below: whose, of when, how it stands. `state` "missing": nothing of it was begun."""

    report_id: int | None
    unit_id: int
    unit_name: str
    place: Place
    period_key: str
    state: str
    submitted_at: datetime | None
    due_at: datetime

    @property
    def counts(self) -> bool:
        """Whether it was filed, and not sent back since."""
        return self.submitted_at is not None and self.state != "returned"


@dataclass(frozen=True, slots=True)
class Consolidated:
    """`parts` are counted; `awaited` should be filed at the nearest level and are not (or were sent back).

    `level`: the kind of unit that owes the nearest level. `values`: by part, its answers.
    """

    level: str
    parts: tuple[Source, ...]
    awaited: tuple[Source, ...]
    values: Mapping[int, Mapping[str, Value]] = field(default_factory=dict)

    @property
    def near(self) -> tuple[Source, ...]:
        """The parts of the nearest level."""
        return tuple(each for each in self.parts if each.place.level == 0)

    def total(self, indicator: Indicator) -> Total:
        """What an indicator comes to over all parts."""
        pieces = (Piece(each.place, self.value(each, indicator.code)) for each in self.parts)
        return add_parts(indicator, pieces)

    def value(self, part: Source, code: str) -> Value:
        return self.values.get(part.report_id or 0, {}).get(code, NOTHING)


async def consolidated(
    session: AsyncSession, programme: Programme, period: PeriodRow, unit: Unit
) -> Consolidated | None:
    """The parts of a unit's report for a period; None when its duty is not made of others."""
    chain = programme.parts_of(period.duty.partition("/")[2])
    if not chain:
        return None
    names = [f"{programme.code}/{duty.code}" for duty in chain]
    sources = [_source(row, 0) for row in await session.execute(_owed(names[0], period, unit))]
    for level, name in enumerate(names[1:], start=1):
        sources += await _stand_ins(session, name, level, period, unit, [each.place for each in sources if each.counts])
    filed = [each for each in sources if each.counts]
    counted = uncovered([each.place for each in filed])
    parts = tuple(each for each, is_part in zip(filed, counted, strict=True) if is_part)
    awaited = tuple(each for each in sources if each.place.level == 0 and not each.counts)
    values = await _answers(session, [each.report_id for each in parts if each.report_id is not None])
    return Consolidated(chain[0].owed_by[0], parts, awaited, values)


def _of_duty(name: str, unit: Unit) -> Select[*tuple[Any, ...]]:
    """What is owed of a duty below a unit, with its report if there is one."""
    return (
        select(
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
        .select_from(Obligation)
        .join(PeriodRow, PeriodRow.id == Obligation.period_id)
        .join(Unit, Unit.id == Obligation.unit_id)
        .outerjoin(Team, Team.unit_id == Unit.id)
        .outerjoin(Report, and_(Report.period_id == PeriodRow.id, Report.unit_id == Unit.id))
        .where(PeriodRow.duty == name, below(unit.path))
        .order_by(Unit.path, PeriodRow.ends_on)
    )


def _within(period: PeriodRow) -> ColumnElement[bool]:
    """The condition that a period ends within another one: a month belongs to the year that it ends in."""
    return and_(PeriodRow.ends_on >= period.starts_on, PeriodRow.ends_on <= period.ends_on)


FILED = and_(Report.submitted_at.is_not(None), Report.state != "returned")


def _owed(name: str, period: PeriodRow, unit: Unit) -> Select[*tuple[Any, ...]]:
    """What is owed at the nearest level, filed or not; whoever closed or was let off, or is a team not confirmed, is
    not awaited."""
    expected = and_(
        Obligation.waived == "",
        or_(Unit.closed_on.is_(None), Unit.closed_on > PeriodRow.ends_on),
        or_(Team.unit_id.is_(None), Team.state == "confirmed"),
    )
    return _of_duty(name, unit).where(_within(period), or_(FILED, expected))


async def _stand_ins(
    session: AsyncSession, name: str, level: int, period: PeriodRow, unit: Unit, nearer: Sequence[Place]
) -> list[Source]:
    """What was filed at a level further down, where no nearer report contains it: the rest is not even read."""
    inside = select(PeriodRow.id, PeriodRow.ends_on).where(PeriodRow.duty == name, _within(period))
    units = (await session.execute(select(Unit.id, Unit.path).where(below(unit.path)))).all() if nearer else []
    found: list[Source] = []
    known: dict[frozenset[str], list[list[int] | None]] = {}
    for period_id, ends in (await session.execute(inside)).all():
        covers = frozenset(each.path for each in nearer if each.starts <= ends <= each.ends)
        if covers not in known:
            known[covers] = _left_over([(unit_id, path) for unit_id, path in units], covers)
        statement = _of_duty(name, unit).where(PeriodRow.id == period_id, FILED)
        for ids in known[covers]:
            only = statement if ids is None else statement.where(Unit.id.in_(ids))
            found += [_source(row, level) for row in await session.execute(only)]
    return found


def _left_over(units: Sequence[tuple[int, str]], covers: Collection[str]) -> list[list[int] | None]:
    """The units that lie in none of the covered subtrees, in handfuls; [None] means all there are."""
    if not covers:
        return [None]
    ids = [unit_id for unit_id, path in units if not any(each in covers for each in (path, *paths_above(path)))]
    return [ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK)]


def _source(row: Row[*tuple[Any, ...]], level: int) -> Source:
    return Source(
        report_id=row.report_id,
        unit_id=row.id,
        unit_name=row.name,
        place=Place(row.path, row.starts_on, row.ends_on, level),
        period_key=row.key,
        state=row.state or "missing",
        submitted_at=row.submitted_at,
        due_at=row.due_at,
    )


async def _answers(session: AsyncSession, report_ids: Sequence[int]) -> dict[int, dict[str, Value]]:
    found: dict[int, dict[str, Value]] = {}
    wanted = select(Answer.report_id, Answer.indicator, Answer.number, Answer.denominator)
    for start in range(0, len(report_ids), CHUNK):
        statement = wanted.where(Answer.report_id.in_(report_ids[start : start + CHUNK]), Answer.number.is_not(None))
        for report_id, code, number, of in await session.execute(statement):
            found.setdefault(report_id, {})[code] = Value(number, of)
    return found


# --- as it was sent ---------------------------------------------------------------------------------------------------


async def freeze(session: AsyncSession, report_id: int, revision: int, parts: Consolidated | None) -> None:
    """Write down which revision of which part stands behind a revision of a report that is being sent."""
    ids = [each.report_id for each in parts.parts if each.report_id is not None] if parts else []
    numbers = await _latest(session, ids)
    rows = [
        {"report_id": report_id, "revision": revision, "from_report_id": each, "from_revision": numbers.get(each, 1)}
        for each in ids
    ]
    if rows:
        await insert_once(session, Part, rows)


async def _latest(session: AsyncSession, report_ids: Sequence[int]) -> dict[int, int]:
    """The number of the last revision that was sent, by report."""
    found: dict[int, int] = {}
    for start in range(0, len(report_ids), CHUNK):
        ids = report_ids[start : start + CHUNK]
        statement = select(Revision.report_id, func.max(Revision.number)).where(Revision.report_id.in_(ids))
        rows = await session.execute(statement.where(Revision.number > 0).group_by(Revision.report_id))
        found |= {report_id: number for report_id, number in rows}
    return found


@dataclass(frozen=True, slots=True)
class Moved:
    """What became different below since a report was sent: the parts `changed`, filed since (`new`), or no longer
    counted (`gone`); and by indicator the total sent and the total now."""

    changed: tuple[Source, ...]
    new: tuple[Source, ...]
    gone: tuple[Source, ...]
    totals: Mapping[str, tuple[Total, Total]]
    sent: Consolidated

    @property
    def count(self) -> int:
        return len(self.changed) + len(self.new) + len(self.gone)


async def moved_since(session: AsyncSession, report: Report, form: Form, parts: Consolidated) -> Moved:
    """How the parts of a sent report differ from those behind its last revision."""
    frozen = await _frozen(session, report.id)
    ids = [each.report_id for each in parts.parts if each.report_id is not None]
    numbers = await _latest(session, ids)
    by_id = {each.report_id: each for each in parts.parts}
    changed = [each for each in ids if each in frozen and numbers.get(each, 1) != frozen[each]]
    new = [each for each in ids if each not in frozen]
    gone = await _sources(session, [each for each in frozen if each not in by_id])
    then = await _snapshots(session, {each: frozen[each] for each in (*changed, *(one.report_id or 0 for one in gone))})
    sent = Consolidated(
        parts.level,
        (*(each for each in parts.parts if each.report_id in frozen), *gone),
        (),
        {**parts.values, **then},
    )
    pairs = {each.code: (sent.total(each), parts.total(each)) for each in form.indicators if each.is_number}
    totals = {
        code: pair for code, pair in pairs.items() if (pair[0].number, pair[0].of) != (pair[1].number, pair[1].of)
    }
    return Moved(tuple(by_id[each] for each in changed), tuple(by_id[each] for each in new), tuple(gone), totals, sent)


async def _frozen(session: AsyncSession, report_id: int) -> dict[int, int]:
    last = select(func.max(Revision.number)).where(Revision.report_id == report_id).scalar_subquery()
    wanted = select(Part.from_report_id, Part.from_revision).where(Part.report_id == report_id, Part.revision == last)
    return {from_report: revision for from_report, revision in await session.execute(wanted)}


async def _sources(session: AsyncSession, report_ids: Collection[int]) -> list[Source]:
    """Reports that were parts when it was sent, as they stand now."""
    if not report_ids:
        return []
    statement = (
        select(
            Unit.id, Unit.name, Unit.path, PeriodRow.key, PeriodRow.starts_on, PeriodRow.ends_on, PeriodRow.due_at,
            Report.id.label("report_id"), Report.state, Report.submitted_at,
        )
        .join(PeriodRow, PeriodRow.id == Report.period_id)
        .join(Unit, Unit.id == Report.unit_id)
        .where(Report.id.in_(report_ids))
        .order_by(Unit.path)
    )  # fmt: skip
    return [_source(row, 0) for row in await session.execute(statement)]


async def _snapshots(session: AsyncSession, revisions: Mapping[int, int]) -> dict[int, dict[str, Value]]:
    """What these revisions of these reports said."""
    statement = select(Revision.report_id, Revision.number, Revision.snapshot).where(
        Revision.report_id.in_(list(revisions)), Revision.number.in_(set(revisions.values()))
    )
    return {
        report_id: {code: read_value(text) for code, text in snapshot["answers"].items() if isinstance(text, str)}
        for report_id, number, snapshot in await session.execute(statement)
        if revisions[report_id] == number
    }
