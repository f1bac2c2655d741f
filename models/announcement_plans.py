"""Announcements that come again by the calendar: their plans, as people make, pause and end them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import announcements, audit
from models.announcements import DRAFT, Announced
from models.days_off import OfficeCalendar
from models.rules.audiences import audience_of
from models.rules.periods import ONE_DAY, local_day
from models.rules.recurrence import Occurrence, Recurrence, coming, recurrence_of
from models.tables import Announcement, AnnouncementPlan, PeriodRow, Person, Unit

SHOWN = 3  # moments of a rule that are named
OVER = "over"  # kept beside the body of whoever chases those that are late
YEARS = SHOWN + 1  # so far ahead lie the moments that are named, of what comes once a year


@dataclass(frozen=True, slots=True)
class Planned:
    """A plan with the unit in whose name it speaks; `author`: a name, empty when it is forgotten."""

    plan: AnnouncementPlan
    unit: Unit
    author: str

    @property
    def rule(self) -> Recurrence:
        return recurrence_of(self.plan.rule)


async def find(session: AsyncSession, plan_id: int, *, held: bool = False) -> Planned | None:
    """A plan that has not ended. `held`: as it stands now until the transaction ends."""
    if held:
        await lock(session, plan_id)
    statement = (
        select(AnnouncementPlan, Unit, Person.name)
        .join(Unit, Unit.id == AnnouncementPlan.unit_id)
        .outerjoin(Person, Person.id == AnnouncementPlan.person_id)
        .where(AnnouncementPlan.id == plan_id, AnnouncementPlan.ended_at.is_(None))
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Planned(row[0], row[1], row[2] or "")


async def lock(session: AsyncSession, plan_id: int) -> AnnouncementPlan | None:
    held = select(AnnouncementPlan).where(AnnouncementPlan.id == plan_id).with_for_update()
    return (await session.scalars(held.execution_options(populate_existing=True))).one_or_none()


async def next_of(
    session: AsyncSession, calendar: OfficeCalendar, rule: Recurrence, now: datetime, most: int = SHOWN
) -> list[Occurrence]:
    """The next moments of a rule that begins now."""
    working = await calendar.working_time(session, now, YEARS)
    return list(islice(coming(rule, now, local_day(now, working.tz), working), most))


# --- what people do with them ---------------------------------------------------------------------------------------


async def keep(
    session: AsyncSession,
    calendar: OfficeCalendar,
    draft: Announced,
    title: str,
    rule: Recurrence,
    *,
    by: int,
    now: datetime,
    replaces: Planned | None = None,
) -> AnnouncementPlan:
    """Make a plan of the draft, or the new wording of one; the draft has done its work and goes."""
    body = announcements.body_of(draft.announcement)
    plan = replaces.plan if replaces is not None else AnnouncementPlan(unit_id=draft.unit.id, created_at=now, version=0)
    plan.title, plan.body, plan.rule, plan.person_id = title, body, rule.as_dict(), by
    session.add(plan)
    await _begin(session, calendar, plan, now)
    plan.body = {**body, "late": await _late_in(session, plan)}
    await announcements.discard(session, draft.announcement, now)
    _note(session, plan, "keep", by, now, {"rule": plan.rule})
    return plan


async def pause(
    session: AsyncSession, plan: AnnouncementPlan, now: datetime, *, by: int | None, reason: str = ""
) -> None:
    """Nothing goes out until somebody lets it go on."""
    plan.is_paused, plan.reason, plan.next_at = True, reason, None
    plan.version += 1
    _note(session, plan, "pause", by, now, {"reason": reason})
    await session.flush()


async def resume(
    session: AsyncSession, calendar: OfficeCalendar, plan: AnnouncementPlan, *, by: int, now: datetime
) -> None:
    """It goes on, from now on in the name of whoever says so; what was due in between does not come."""
    plan.person_id = by
    await _begin(session, calendar, plan, now)
    _note(session, plan, "resume", by, now)


async def end(session: AsyncSession, plan: AnnouncementPlan, *, by: int, now: datetime) -> None:
    plan.ended_at, plan.next_at = now, None
    plan.version += 1
    _note(session, plan, "end", by, now)
    await session.flush()


async def reword(session: AsyncSession, planned: Planned, *, by: int, now: datetime) -> Announcement:
    """The speaker's draft of a new wording; the plan goes on as it is until it is kept."""
    plan = planned.plan
    mine = select(Announcement).where(
        Announcement.plan_id == plan.id,
        Announcement.occurs_at.is_(None),
        Announcement.author_id == by,
        Announcement.state == DRAFT,
    )
    draft = await session.scalar(mine.order_by(Announcement.id.desc()).limit(1))
    if draft is None:
        draft = await announcements.begin(session, planned.unit, by, now, plan.body)
        draft.plan_id = plan.id
        await session.flush()
    return draft


async def _begin(session: AsyncSession, calendar: OfficeCalendar, plan: AnnouncementPlan, now: datetime) -> None:
    first = (await next_of(session, calendar, recurrence_of(plan.rule), now, 1))[0]
    plan.next_at, plan.done_on = first.at, first.day - ONE_DAY
    plan.is_paused, plan.reason, plan.missed = False, "", 0
    plan.version += 1
    await session.flush()


async def _late_in(session: AsyncSession, plan: AnnouncementPlan) -> str:
    """Whether the period of whom it chases is over when it first goes out."""
    period = await session.get(PeriodRow, audience_of(plan.body["audience"]).late)
    return OVER if period is not None and plan.next_at is not None and period.due_at < plan.next_at else ""


def _note(
    session: AsyncSession,
    plan: AnnouncementPlan,
    action: str,
    by: int | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    thing, action = f"announcement_plan:{plan.id}", f"announcement_plan.{action}"
    audit.note(session, at=now, person_id=by, action=action, object=thing, unit_id=plan.unit_id, detail=detail)
