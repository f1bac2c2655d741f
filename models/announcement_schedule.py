"""Everything that an office and those below it will send: announcements planned once, and what comes again."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.announcement_plans import Planned
from models.announcements import ASKED, CANCELLED, DRAFT, PLANNED, Announced
from models.days_off import OfficeCalendar
from models.rules.announcement_endings import SENT
from models.rules.recurrence import Occurrence, occurrences
from models.rules.working_hours import WorkingTime
from models.tables import Announcement, AnnouncementPlan, Person, Recipient, Unit
from models.units import below


@dataclass(frozen=True, slots=True)
class Coming:
    """One line of the list: either an announcement planned once, or a moment of a plan.

    `at`: in UTC; None for a plan that is paused. `is_moved`: by a public holiday.
    """

    at: datetime | None
    announced: Announced | None = None
    planned: Planned | None = None
    is_moved: bool = False


@dataclass(frozen=True, slots=True)
class Result:
    """How the last announcement of a plan went: to how many, and how many have it."""

    announcement_id: int
    state: str
    at: datetime
    total: int
    sent: int


async def listed(session: AsyncSession, calendar: OfficeCalendar, path: str, days: int, now: datetime) -> list[Coming]:
    """In the order of time: all of the next `days` days, then the next moment of plans that come later, then the plans
    that are paused."""
    until = now + timedelta(days=days)
    working = await calendar.working_time(session, now, days // 366 + 2)
    plans = await _plans(session, below(path))
    once = [Coming(each.announcement.send_at, announced=each) for each in await _once(session, path, until)]
    running = [each for each in plans if not each.plan.is_paused]
    again = [each for plan in running for each in _moments(plan, until, working)]
    dated = sorted((*once, *again), key=lambda each: (each.at is None, each.at))
    return [*dated, *(Coming(None, planned=each) for each in plans if each.plan.is_paused)]


def _moments(planned: Planned, until: datetime, working: WorkingTime) -> list[Coming]:
    """Those of the window; of a plan that has none there, the next."""
    assert planned.plan.done_on is not None
    near = list(takewhile(lambda each: each.at <= until, occurrences(planned.rule, planned.plan.done_on, working)))
    found = near or list(islice(occurrences(planned.rule, planned.plan.done_on, working), 1))
    return [Coming(each.at, planned=planned, is_moved=each.is_moved) for each in found]


async def moments_of(
    session: AsyncSession, calendar: OfficeCalendar, planned: Planned, most: int, now: datetime
) -> list[Occurrence]:
    """The next moments of a plan that is running."""
    if planned.plan.done_on is None or planned.plan.is_paused:
        return []
    working = await calendar.working_time(session, now, most + 1)
    return list(islice(occurrences(planned.rule, planned.plan.done_on, working), most))


async def _plans(session: AsyncSession, where: ColumnElement[bool]) -> list[Planned]:
    statement = (
        select(AnnouncementPlan, Unit, Person.name)
        .join(Unit, Unit.id == AnnouncementPlan.unit_id)
        .outerjoin(Person, Person.id == AnnouncementPlan.person_id)
        .where(where, AnnouncementPlan.ended_at.is_(None))
        .order_by(AnnouncementPlan.id)
    )
    return [Planned(plan, unit, name or "") for plan, unit, name in await session.execute(statement)]


async def _once(session: AsyncSession, path: str, until: datetime) -> list[Announced]:
    statement = (
        select(Announcement, Unit, Person.name)
        .join(Unit, Unit.id == Announcement.unit_id)
        .outerjoin(Person, Person.id == Announcement.author_id)
        .where(below(path), Announcement.state.in_((ASKED, PLANNED)), Announcement.send_at <= until)
        .order_by(Announcement.id)
    )
    return [Announced(one, unit, name or "") for one, unit, name in await session.execute(statement)]


async def results(session: AsyncSession, plan_ids: Collection[int]) -> dict[int, Result]:
    """By plan, how its last announcement went; a plan that has made none yet is missing."""
    last = (
        select(func.max(Announcement.id))
        .where(Announcement.plan_id.in_(plan_ids), Announcement.occurs_at.is_not(None))
        .where(Announcement.state.not_in((DRAFT, CANCELLED)))
        .group_by(Announcement.plan_id)
    )
    has_it = func.count(Recipient.id).filter(Recipient.state == SENT)
    statement = (
        select(Announcement, func.count(Recipient.id), has_it)
        .outerjoin(Recipient, Recipient.announcement_id == Announcement.id)
        .where(Announcement.id.in_(last))
        .group_by(Announcement.id)
    )
    found: dict[int, Result] = {}
    for one, total, sent in await session.execute(statement):
        at = one.started_at or one.send_at or one.created_at
        assert one.plan_id is not None
        found[one.plan_id] = Result(one.id, one.state, at, total if one.listed_at else one.expected, sent)
    return found
