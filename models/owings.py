"""Who still owes what: one question with one answer, read by the reminders, the board, the calendar and the sheet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.people import is_current
from models.programmes import Library
from models.rules.deadlines import Standing, is_past, standing
from models.rules.locks import why_closed
from models.rules.periods import local_day
from models.rules.permissions import GRANTS
from models.rules.reports import LOOKED_BACK
from models.rules.reviews import ACCEPTED, RETURNED
from models.tables import Answer, Evidence, Obligation, PeriodRow, ProgrammeRow, Remark, Report, Role, Team, Unit
from models.units import below
from models.zone import zone_of

State = Literal["missing", "draft", "submitted", "late", "returned", "waived", "closed"]

# whoever may file a unit's report is whoever is reminded of it
WRITERS = tuple(GRANTS["report.write"])
KEPT_FOR = timedelta(days=31)  # after this long a deadline is history to the timetable; its people can still file
FILED: tuple[State, ...] = ("submitted", "late")
OWED: tuple[State, ...] = ("missing", "draft", "returned")


@dataclass(frozen=True, slots=True)
class Owing:
    """One obligation of one unit for one period, and how it stands.

    `state`: missing (nothing begun, or opened and nothing put in), draft, returned (sent back to be mended), submitted
    (in time), late; waived, or closed when the unit did not live to the end of the period: those two count nowhere.
    `report_id`: None while it is missing, for then there is nothing to look at. `gone`: the unit is closed by now, so
    that nobody is left to be reminded. `announced_at`: when the duty or the team came to be, or its deadline was moved,
    whichever was later. `standing`: against the moment that counts now, `deadline`. `locked`: too late to do anything.
    """

    obligation_id: int
    period_id: int
    period_key: str
    duty: str
    programme_id: int
    ends_on: date
    due_at: datetime
    unit_id: int
    unit_name: str
    unit_code: str
    unit_kind: str
    unit_path: str
    state: State
    standing: Standing
    report_id: int | None
    submitted_at: datetime | None
    corrected_at: datetime | None
    no_activity: str
    nudged_at: datetime | None
    announced_at: datetime
    gone: bool
    extended_until: datetime | None = None
    return_due_at: datetime | None = None
    locked: bool = False
    accepted: bool = False

    @property
    def is_owed(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.state in OWED and not self.gone and not self.locked

    @property
    def deadline(self) -> datetime:
        """The moment that counts now: for the correction of what was sent back, else with the time granted."""
        if self.return_due_at is not None:
            return self.return_due_at
        return max(self.due_at, self.extended_until or self.due_at)

    @property
    def is_moved(self) -> bool:
        """Whether that is another moment than the period's."""
        return self.deadline != self.due_at

    @property
    def is_punctual(self) -> bool:
        """Whether it was on time without more time granted."""
        return self.submitted_at is not None and not is_past(self.due_at, self.submitted_at)

    @property
    def is_expected(self) -> bool:
        return self.state not in ("waived", "closed")


async def pending(
    session: AsyncSession,
    now: datetime,
    *,
    path: str | None = None,
    person_id: int | None = None,
    period_id: int | None = None,
    returned: bool = False,
    unfinished: bool = False,
) -> list[Owing]:
    """How every obligation stands at `now`, the earliest deadline first: of a subtree, of whoever files for a unit,
    of a period.

    Without a period: those due no longer ago than a report may be filed (of a person), or than the timetable cares
    (else). `returned`: instead those sent back whose correction is awaited, however long ago their period was due.
    `unfinished`: without what was filed or forgiven, which the database then need not hand over.
    """
    statement = _question()
    if unfinished:
        open_still = and_(Report.submitted_at.is_(None), Obligation.waived == "")
        statement = statement.where(or_(Report.state == RETURNED, open_still))
    if path is not None:
        statement = statement.where(below(path))
    if person_id is not None:
        mine = select(Role.unit_id).where(Role.person_id == person_id, Role.kind.in_(WRITERS), is_current(now))
        statement = statement.where(Unit.id.in_(mine))
    if period_id is not None:
        statement = statement.where(PeriodRow.id == period_id)
    elif returned:
        statement = statement.where(Report.return_due_at >= now - KEPT_FOR)
    else:
        back = KEPT_FOR if person_id is None else timedelta(days=LOOKED_BACK)
        statement = statement.where(PeriodRow.due_at >= now - back)
    tz = zone_of(session)
    today = local_day(now, tz)
    return [_owing(row, now, today, tz) for row in await session.execute(statement)]


async def still_owed(session: AsyncSession, now: datetime) -> list[Owing]:
    """All that anybody still has to do something about, corrections included."""
    found = [*await pending(session, now, unfinished=True), *await pending(session, now, returned=True)]
    return [owing for owing in {each.obligation_id: each for each in found}.values() if owing.is_owed]


@cache  # asked at every look of the timetable and for every reminder: building it costs more than carrying it out
def _question() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Obligation.id.label("obligation_id"),
            Obligation.waived,
            Obligation.nudged_at,
            Obligation.extended_until,
            Obligation.extended_at,
            PeriodRow.id.label("period_id"),
            PeriodRow.key,
            PeriodRow.duty,
            PeriodRow.programme_id,
            PeriodRow.ends_on,
            PeriodRow.due_at,
            PeriodRow.locks_at,
            Unit.id.label("unit_id"),
            Unit.name,
            Unit.code,
            Unit.kind,
            Unit.path,
            Unit.closed_on,
            Report.id.label("report_id"),
            Report.state,
            Report.submitted_at,
            Report.corrected_at,
            Report.no_activity,
            Report.reviewed_at,
            Report.return_due_at,
            Report.unlocked_until,
            _is_begun().label("is_begun"),
            Team.state.label("team_state"),
            func.coalesce(Team.decided_at, Team.registered_at).label("known_at"),
            ProgrammeRow.loaded_at,
        )
        .join(PeriodRow, PeriodRow.id == Obligation.period_id)
        .join(ProgrammeRow, ProgrammeRow.id == PeriodRow.programme_id)
        .join(Unit, Unit.id == Obligation.unit_id)
        .outerjoin(Team, Team.unit_id == Unit.id)
        .outerjoin(Report, and_(Report.period_id == PeriodRow.id, Report.unit_id == Unit.id))
        .order_by(PeriodRow.due_at, PeriodRow.id, Unit.path)
    )


def _is_begun() -> ColumnElement[bool]:
    """Whether something stands in a report not filed yet: an answer (a question skipped is one), a remark or a photo.

    Whoever only opened it and looked is told the same as before: that it still has to be done.
    """
    inside = (exists().where(part.report_id == Report.id) for part in (Answer, Remark, Evidence))
    return and_(Report.submitted_at.is_(None), or_(*inside))


def _owing(row: Row[*tuple[Any, ...]], now: datetime, today: date, tz: tzinfo) -> Owing:
    stands = standing(row.due_at, row.submitted_at, now, tz, row.extended_until)
    state = _state(row, stands)
    back = row.return_due_at if state == "returned" else None
    if back is not None:
        stands = standing(back, None, now, tz)
    return Owing(
        obligation_id=row.obligation_id,
        period_id=row.period_id,
        period_key=row.key,
        duty=row.duty,
        programme_id=row.programme_id,
        ends_on=row.ends_on,
        due_at=row.due_at,
        unit_id=row.unit_id,
        unit_name=row.name,
        unit_code=row.code,
        unit_kind=row.kind,
        unit_path=row.path,
        state=state,
        standing=stands,
        report_id=None if state == "missing" else row.report_id,
        submitted_at=row.submitted_at,
        corrected_at=row.corrected_at,
        no_activity=row.no_activity or "",
        nudged_at=row.nudged_at,
        announced_at=_announced_at(row, back is not None),
        gone=row.closed_on is not None and row.closed_on <= today,
        extended_until=row.extended_until,
        return_due_at=back,
        locked=why_closed(row.locks_at, row.unlocked_until, now) is not None,
        accepted=row.state == ACCEPTED,
    )


def _announced_at(row: Row[*tuple[Any, ...]], returned: bool) -> datetime:
    moments: tuple[datetime | None, ...] = (row.loaded_at, row.known_at, row.extended_at)
    moments += (row.reviewed_at,) if returned else ()
    return max(moment for moment in moments if moment is not None)


def _state(row: Row[*tuple[Any, ...]], stands: Standing) -> State:
    """What was filed counts whatever happened to the unit afterwards; what was not is forgiven to one that is no
    more."""
    if row.state == RETURNED:
        return "returned"
    if row.submitted_at is not None:
        return "late" if stands.kind == "late" else "submitted"
    if row.waived:
        return "waived"
    if (row.closed_on is not None and row.closed_on <= row.ends_on) or row.team_state not in (None, "confirmed"):
        return "closed"
    return "draft" if row.is_begun else "missing"


async def titles(session: AsyncSession, library: Library, owings: Sequence[Owing]) -> dict[int, str]:
    """The title of the duty behind each period, by period id."""
    found: dict[int, str] = {}
    for owing in owings:
        if owing.period_id not in found:
            programme = await library.get(session, owing.programme_id)
            found[owing.period_id] = programme.duty(owing.duty.partition("/")[2]).title
    return found


def line(owing: Owing, title: str) -> dict[str, Any]:
    """An obligation as the texts word it."""
    return {
        "key": owing.period_key,
        "title": title,
        "unit": owing.unit_name,
        "due": owing.deadline,
        "extended": owing.extended_until if owing.state != "returned" else None,
        "locked": owing.locked,
        "accepted": owing.accepted,
        "state": owing.state,
        "kind": owing.standing.kind,
        "days": owing.standing.days,
        "submitted_at": owing.submitted_at,
        "corrected_at": owing.corrected_at,
        "nothing": bool(owing.no_activity),
    }
