"""Reviews: what the level above said about a report, the list of those that wait for it, and saying it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Select, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models import audit
from models.programmes import Library
from models.report_sheet import Sheet, value_of
from models.rules.deadlines import standing
from models.rules.forms import Value
from models.rules.reports import LOOKED_BACK, report_code
from models.rules.reviews import ACCEPTED, RETURNED, SUBMITTED, Concern, Scope, concerns
from models.tables import Answer, Obligation, PeriodRow, Person, Report, Review, Revision, Unit
from models.units import below
from models.zone import zone_of

MOST = 200  # reports looked at in one go, the longest waiting first


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report that was sent and not judged yet; looked through, why it should be read first and its duty's title."""

    report_id: int
    version: int
    code: str
    period_key: str
    unit_name: str
    unit_path: str
    concerns: tuple[Concern, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """One word of the level above, with the name of whoever said it ("": had their data erased)."""

    review: Review
    name: str


async def history(session: AsyncSession, report_id: int) -> list[Said]:
    """Everything that was said about a report, first to last."""
    statement = (
        select(Review, Person.name)
        .outerjoin(Person, Person.id == Review.person_id)
        .where(Review.report_id == report_id)
        .order_by(Review.id)
    )
    return [Said(review, name or "") for review, name in await session.execute(statement)]


async def last_reviewer(session: AsyncSession, report_id: int) -> int | None:
    """Who accepted or returned it last."""
    statement = select(Review.person_id).where(Review.report_id == report_id, Review.kind.in_((ACCEPTED, RETURNED)))
    return await session.scalar(statement.order_by(Review.id.desc()).limit(1))


async def latest_revision(session: AsyncSession, report_id: int) -> int:
    """The number of the revision that counts; 0 when nothing was sent yet."""
    return await session.scalar(select(func.max(Revision.number)).where(Revision.report_id == report_id)) or 0


async def count_waiting(session: AsyncSession, scopes: Sequence[Scope], now: datetime) -> int:
    """How many reports wait to be judged there."""
    if not scopes:
        return 0
    statement = _submitted(scopes, now).with_only_columns(func.count(), maintain_column_froms=True).order_by(None)
    return await session.scalar(statement) or 0


async def waiting(session: AsyncSession, scopes: Sequence[Scope], now: datetime, most: int = MOST) -> list[Waiting]:
    """Those reports, the longest waiting first, without looking into them."""
    if not scopes:
        return []
    rows = await session.execute(_submitted(scopes, now).limit(most))
    return [_waiting(report, period, unit) for report, period, unit, _ in rows]


def _submitted(scopes: Sequence[Scope], now: datetime) -> Select[Report, PeriodRow, Unit, Obligation]:
    return (
        select(Report, PeriodRow, Unit, Obligation)
        .join(PeriodRow, PeriodRow.id == Report.period_id)
        .join(Unit, Unit.id == Report.unit_id)
        .outerjoin(Obligation, (Obligation.period_id == PeriodRow.id) & (Obligation.unit_id == Unit.id))
        .where(inside(scopes), Report.state == SUBMITTED)
        .where(PeriodRow.due_at >= now - timedelta(days=LOOKED_BACK))
        # what is locked cannot be mended any more: there is nothing left to decide
        .where(or_(PeriodRow.locks_at.is_(None), PeriodRow.locks_at > now, Report.unlocked_until > now))
        .order_by(PeriodRow.due_at, Report.submitted_at, Report.id)
    )


def inside(scopes: Sequence[Scope]) -> ColumnElement[bool]:
    """The condition that a unit lies in one of these."""
    return or_(*(below(each.path) & (true() if each.own else Unit.path != each.path) for each in scopes))


def _waiting(report: Report, period: PeriodRow, unit: Unit, found: Sequence[Concern] = (), title: str = "") -> Waiting:
    code = report_code(period.key, report.id)
    return Waiting(report.id, report.version, code, period.key, unit.name, unit.path, tuple(found), title)


async def looked_through(
    session: AsyncSession, library: Library, scopes: Sequence[Scope], now: datetime
) -> list[Waiting]:
    """Those reports with what speaks against accepting them unread: four statements, however many they are."""
    if not scopes:
        return []
    rows = (await session.execute(_submitted(scopes, now).limit(MOST))).all()
    values, notes = await _answers(session, [report.id for report, *_ in rows])
    last_of = await _previous(session, [report.id for report, *_ in rows])
    last, _ = await _answers(session, set(last_of.values()))
    found = []
    for report, period, unit, obligation in rows:
        programme = await library.get(session, report.programme_id)
        form = programme.form(period.form)
        extended = obligation.extended_until if obligation else None
        stands = standing(period.due_at, report.submitted_at, now, zone_of(session), extended)
        against = concerns(
            form.indicators_for(unit.kind),
            values.get(report.id, {}),
            notes.get(report.id, {}),
            last.get(last_of.get(report.id, 0), {}),
            form.outliers,
            no_activity=report.no_activity,
            is_late=stands.kind == "late",
            is_corrected=report.corrected_at is not None,
        )
        found.append(_waiting(report, period, unit, against, programme.duty(period.duty.partition("/")[2]).title))
    return found


async def _answers(
    session: AsyncSession, report_ids: Collection[int]
) -> tuple[dict[int, dict[str, Value]], dict[int, dict[str, str]]]:
    """Values and notes by report and indicator."""
    values: dict[int, dict[str, Value]] = {}
    notes: dict[int, dict[str, str]] = {}
    for row in await session.scalars(select(Answer).where(Answer.report_id.in_(report_ids))):
        values.setdefault(row.report_id, {})[row.indicator] = value_of(row)
        notes.setdefault(row.report_id, {})[row.indicator] = row.note
    return values, notes


async def _previous(session: AsyncSession, report_ids: Collection[int]) -> dict[int, int]:
    """By report, the report of the same unit and duty that was filed for the latest period before."""
    period, earlier, before = aliased(PeriodRow), aliased(Report), aliased(PeriodRow)
    statement = (
        select(Report.id, earlier.id)
        .join(period, period.id == Report.period_id)
        .join(earlier, (earlier.unit_id == Report.unit_id) & earlier.submitted_at.is_not(None))
        .join(before, (before.id == earlier.period_id) & (before.duty == period.duty))
        .where(Report.id.in_(report_ids), before.starts_on < period.starts_on)
        .order_by(before.starts_on)
    )
    return {report_id: earlier_id for report_id, earlier_id in await session.execute(statement)}


async def accept(session: AsyncSession, sheet: Sheet, *, person_id: int, now: datetime) -> None:
    """Take a report as it is. A correction sent later puts it back among those that wait."""
    revision = await latest_revision(session, sheet.report.id)
    _accept(session, sheet.report, revision, person_id, now)
    await session.flush()


def _accept(session: AsyncSession, report: Report, revision: int, person_id: int, now: datetime) -> None:
    report.state, report.reviewed_at, report.return_due_at = ACCEPTED, now, None
    report.version += 1
    say(session, report, ACCEPTED, revision, person_id=person_id, now=now)
    audit.note_report(session, report, "report.accept", at=now, person_id=person_id, detail={"revision": revision})


async def accept_all(session: AsyncSession, chosen: Sequence[Waiting], *, person_id: int, now: datetime) -> int:
    """Accept these as they were when they were looked at; one that changed since is left alone. Returns how many."""
    versions = {each.report_id: each.version for each in chosen}
    statement = select(Report).where(Report.id.in_(versions), Report.state == SUBMITTED).with_for_update()
    numbers = select(Revision.report_id, func.max(Revision.number)).where(Revision.report_id.in_(versions))
    latest = {report_id: number for report_id, number in await session.execute(numbers.group_by(Revision.report_id))}
    fresh = [each for each in await session.scalars(statement) if each.version == versions[each.id]]
    for report in fresh:
        _accept(session, report, latest.get(report.id, 0), person_id, now)
    await session.flush()
    return len(fresh)


async def send_back(
    session: AsyncSession, sheet: Sheet, indicator: str, reason: str, until: datetime, *, person_id: int, now: datetime
) -> Review:
    """Return a report with the reason, about one indicator or the whole ("");  its correction is awaited by `until`."""
    report = sheet.report
    revision = await latest_revision(session, report.id)
    report.state, report.reviewed_at, report.return_due_at = RETURNED, now, until
    report.version += 1
    found = say(session, report, RETURNED, revision, person_id=person_id, now=now, reason=reason, until=until)
    found.indicator = indicator
    detail = {"revision": revision, "indicator": indicator, "until": until.isoformat()}
    audit.note_report(session, report, "report.return", at=now, person_id=person_id, detail=detail)
    await session.flush()
    return found


def say(
    session: AsyncSession,
    report: Report,
    kind: str,
    revision: int,
    *,
    person_id: int,
    now: datetime,
    reason: str = "",
    until: datetime | None = None,
) -> Review:
    """Keep what the level above said about a revision of a report."""
    found = Review(
        report_id=report.id, revision=revision, kind=kind, reason=reason, until=until, person_id=person_id, at=now
    )
    session.add(found)
    return found
