"""Reports: which one is owed, opened, worked on, filed, corrected. A report is one form of one unit for one period."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Select, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models import audit, consolidation, consolidation_sent, visit_counts
from models.insertion import insert_once
from models.programmes import Library
from models.report_sheet import CORRECTING, Sheet, value_of
from models.rules.locks import why_closed
from models.rules.periods import local_day
from models.rules.reports import LOOKED_BACK, Owed
from models.rules.reviews import RETURNED
from models.tables import Answer, ListEntry, Obligation, PeriodRow, Person, Report, Review, Revision, Team, Unit
from models.zone import zone_of

__all__ = [
    "CORRECTING",
    "Due",
    "Sheet",
    "begin",
    "due_reports",
    "load",
    "names_of",
    "read_ahead",
    "teams_of",
]

AHEAD = "reports read ahead"  # where a session keeps them


@dataclass(frozen=True, slots=True)
class Due:
    """A report that a unit owes, with what a list of them shows. `report_id` is None until somebody begins it.

    `duty`, `key`, `programme_id`: of its period.
    """

    owed: Owed
    unit_name: str
    ends_on: date
    report_id: int | None
    state: str
    duty: str
    key: str
    programme_id: int


async def due_reports(session: AsyncSession, unit_ids: Collection[int], now: datetime) -> list[Due]:
    """What these units owe or have filed in periods already begun, latest first. Teams not confirmed owe nothing."""
    today = local_day(now, zone_of(session))
    statement = (
        select(PeriodRow, Unit, Report)
        .join(Obligation, Obligation.period_id == PeriodRow.id)
        .join(Unit, Unit.id == Obligation.unit_id)
        .outerjoin(Team, Team.unit_id == Unit.id)
        .outerjoin(Report, and_(Report.period_id == PeriodRow.id, Report.unit_id == Unit.id))
        .where(Unit.id.in_(unit_ids), PeriodRow.form != "", Obligation.waived == "")
        .where(PeriodRow.starts_on <= today, PeriodRow.ends_on >= today - timedelta(days=LOOKED_BACK))
        .where(or_(Team.unit_id.is_(None), Team.state == "confirmed"))
        .order_by(PeriodRow.starts_on.desc(), Unit.id)
    )
    return [_due(period, unit, report, now) for period, unit, report in await session.execute(statement)]


def _due(period: PeriodRow, unit: Unit, report: Report | None, now: datetime) -> Due:
    filed = report is not None and report.submitted_at is not None and report.state != RETURNED
    closed = why_closed(period.locks_at, report.unlocked_until if report else None, now)
    owed = Owed(period.id, unit.id, period.starts_on, period.due_at, filed, closed is not None)
    report_id, state = (report.id, report.state) if report else (None, "")
    return Due(owed, unit.name, period.ends_on, report_id, state, period.duty, period.key, period.programme_id)


async def teams_of(session: AsyncSession, unit_ids: Collection[int]) -> Sequence[tuple[str, str]]:
    """(name, state) of the units in which somebody writes reports; a unit that is no team has the state ""."""
    statement = select(Unit.name, Team.state).outerjoin(Team, Team.unit_id == Unit.id)
    rows = await session.execute(statement.where(Unit.id.in_(unit_ids)).order_by(Unit.id))
    return [(name, state or "") for name, state in rows]


async def begin(session: AsyncSession, period_id: int, unit_id: int, *, person_id: int, now: datetime) -> int:
    """The report of a unit for a period, made when it is not there yet. Returns its id.

    From here on the report keeps its period and the version of its form, however long the writing takes.
    """
    wanted = select(Report.id).where(Report.period_id == period_id, Report.unit_id == unit_id)
    found = await session.scalar(wanted)
    if found is not None:
        return found
    programme_id = await session.scalar(select(PeriodRow.programme_id).where(PeriodRow.id == period_id))
    row = {
        "period_id": period_id,
        "unit_id": unit_id,
        "programme_id": programme_id,
        "created_at": now,
        "created_by": person_id,
    }
    new = await insert_once(session, Report, row)
    report_id = (await session.scalars(wanted)).one()
    if new:
        thing = f"report:{report_id}"
        audit.note(session, at=now, person_id=person_id, action="report.begin", object=thing, unit_id=unit_id)
    return report_id


async def read_ahead(session: AsyncSession, library: Library, report_ids: Collection[int]) -> None:
    """Read, and hold against other writers, the reports that this transaction is about to be asked for one by one;
    and what their units' visits come to.

    `load` takes each of them once. A report filed already is left to `load`.
    """
    if not report_ids:
        return
    found = (await session.execute(_MANY_LOCKED, {"reports": sorted(report_ids)})).all()
    rows = {row[0].id: row for row in found if row[0].submitted_at is None}
    wanted = {report_id for row in rows.values() for report_id in (row[0].id, row[3]) if report_id is not None}
    answers: dict[int | None, list[Any]] = {}
    for row in await session.execute(_ANSWERS, {"reports": list(wanted)}):
        answers.setdefault(row[0].report_id, []).append(row)
    session.info[AHEAD] = {
        report_id: (row, [*answers.get(report_id, ()), *answers.get(row[3], ())]) for report_id, row in rows.items()
    }
    counting = [
        (unit.id, period.starts_on, period.ends_on)
        for report, period, unit, *_ in rows.values()
        if (await library.get(session, report.programme_id)).form(period.form).visited
    ]
    await visit_counts.read_ahead(session, counting)


async def load(session: AsyncSession, library: Library, report_id: int, *, lock: bool = False) -> Sheet | None:
    """A report with its answers and last period's; None when there is none. `lock` keeps two writers apart."""
    found, answers = session.info.get(AHEAD, {}).pop(report_id, None) or await _read(session, report_id, lock)
    if found is None:
        return None
    report, period, unit = found[0], found[1], found[2]
    programme = await library.get(session, report.programme_id)
    sheet = Sheet(report, period, unit, programme.form(period.form), obligation=found[4])
    sheet.title = programme.duty(period.duty.partition("/")[2]).title
    sheet.parts = await consolidation.consolidated(session, programme, period, unit, library.kept)
    _add_answers(sheet, answers)
    if sheet.is_submitted:
        sheet.correction = await session.scalar(
            select(Revision).where(Revision.report_id == report_id, Revision.number == CORRECTING)
        )
        await _add_correctors(session, sheet)
    if sheet.parts is not None and sheet.is_submitted:
        sheet.moved = await consolidation_sent.moved_since(session, report, sheet.form, sheet.parts)
    if sheet.form.lists:
        sheet.entries = list(await session.scalars(_ENTRIES, {"report": report_id}))
    if report.state == RETURNED:
        sheet.returned = await session.scalar(_LAST_RETURN, {"report": report_id})
    return sheet


async def _read(session: AsyncSession, report_id: int, lock: bool) -> tuple[Any, Sequence[Any]]:
    statement = _WITH_PERIOD_LOCKED if lock else _WITH_PERIOD
    found = (await session.execute(statement, {"report": report_id})).one_or_none()
    if found is None:
        return None, ()
    return found, (await session.execute(_ANSWERS, {"reports": [report_id, found[3] or 0]})).all()


def _with_period() -> Select[Report, PeriodRow, Unit, int | None, Obligation]:
    earlier, earlier_period = aliased(Report), aliased(PeriodRow)
    previous = (
        select(earlier.id)
        .join(earlier_period, earlier_period.id == earlier.period_id)
        .where(earlier.unit_id == Report.unit_id, earlier.submitted_at.is_not(None))
        .where(earlier_period.duty == PeriodRow.duty, earlier_period.starts_on < PeriodRow.starts_on)
        .order_by(earlier_period.starts_on.desc())
        .limit(1)
        .correlate(Report, PeriodRow)
        .scalar_subquery()
    )
    return (
        select(Report, PeriodRow, Unit, previous, Obligation)
        .join(PeriodRow, PeriodRow.id == Report.period_id)
        .join(Unit, Unit.id == Report.unit_id)
        .outerjoin(Obligation, and_(Obligation.period_id == Report.period_id, Obligation.unit_id == Report.unit_id))
    )


# asked at every turn of a report, so built once: building them costs more than carrying them out
_WITH_PERIOD = _with_period().where(Report.id == bindparam("report"))
# what this process read before it had the lock may be old
_WITH_PERIOD_LOCKED = _WITH_PERIOD.with_for_update(of=Report).execution_options(populate_existing=True)
_MANY_LOCKED = (
    _with_period()
    .where(Report.id.in_(bindparam("reports", expanding=True)))
    .order_by(Report.id)  # always in the same order: two processes that want the same ones do not block each other
    .with_for_update(of=Report)
    .execution_options(populate_existing=True)
)
_ENTRIES = (
    select(ListEntry)
    .where(ListEntry.report_id == bindparam("report"))
    .order_by(ListEntry.id)
    .execution_options(populate_existing=True)
)
_LAST_RETURN = (
    select(Review)
    .where(Review.report_id == bindparam("report"), Review.kind == RETURNED)
    .order_by(Review.id.desc())
    .limit(1)
)
_ANSWERS = (
    select(Answer, Person.name, PeriodRow.ends_on)
    .join(Report, Report.id == Answer.report_id)
    .join(PeriodRow, PeriodRow.id == Report.period_id)
    .outerjoin(Person, Person.id == Answer.person_id)
    .where(Answer.report_id.in_(bindparam("reports", expanding=True)))
    .execution_options(populate_existing=True)
)


def _add_answers(sheet: Sheet, rows: Sequence[Any]) -> None:
    for answer, name, ends_on in rows:
        if answer.report_id != sheet.report.id:
            sheet.last[answer.indicator] = value_of(answer)
            sheet.last_is_adjacent = ends_on + timedelta(days=1) == sheet.period.starts_on
            continue
        sheet.answers[answer.indicator] = answer
        if answer.person_id is not None:
            sheet.names[answer.person_id] = name


async def _add_correctors(session: AsyncSession, sheet: Sheet) -> None:
    """Who gave the values that wait in the correction, by who they turned out to be since."""
    people = set(sheet.correction.snapshot["people"].values()) if sheet.correction else set()
    if not (unknown := people - sheet.names.keys()):
        return
    whole = aliased(Person)
    now_known = func.coalesce(whole.id, Person.id), func.coalesce(whole.name, Person.name)
    found = select(Person.id, *now_known).outerjoin(whole, whole.id == Person.merged_into)
    for said, person_id, name in await session.execute(found.where(Person.id.in_(unknown))):
        sheet.merged[said] = person_id
        sheet.names[person_id] = name


async def names_of(session: AsyncSession, person_ids: Collection[int]) -> dict[int, str]:
    """What these people are called; "" whoever had their data erased."""
    if not person_ids:
        return {}
    rows = await session.execute(select(Person.id, Person.name).where(Person.id.in_(person_ids)))
    return {person_id: name for person_id, name in rows}
