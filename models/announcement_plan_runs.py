"""What the clock does with announcements that come again: one announcement of each moment, by the rules of sending.

A moment is dealt with in the transaction that moves its plan on, and the plan is held: whatever happens in between,
and in however many processes, each moment makes one announcement.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from itertools import takewhile
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    announcement_consent,
    announcement_plan_news,
    announcement_progress,
    announcement_runs,
    announcement_sending,
    announcements,
    people,
)
from models.announcement_plans import OVER, lock, pause
from models.announcements import ASKED, CANCELLED
from models.database import Database
from models.days_off import OfficeCalendar
from models.outbox import NIGHT
from models.rules.announcing import AnnouncingPolicy
from models.rules.audiences import audience_of
from models.rules.periods import local_day
from models.rules.permissions import may
from models.rules.recurrence import Occurrence, occurrences, recurrence_of
from models.tables import Announcement, AnnouncementPlan, PeriodRow, Unit
from models.zone import zone_of

AUTHOR, CLOSED, NOBODY = "author", "closed", "nobody"  # why a plan pauses by itself


async def carry_out(db: Database, calendar: OfficeCalendar, policy: AnnouncingPolicy, now: datetime) -> int:
    """Make an announcement of every plan whose moment has come. Returns how many plans were dealt with.

    After an outage it is one of each plan, however many moments have passed.
    """
    async with db.read() as session:
        due = select(AnnouncementPlan.id).where(AnnouncementPlan.next_at <= now).order_by(AnnouncementPlan.next_at)
        plan_ids = (await session.scalars(due)).all()
    for plan_id in plan_ids:
        async with db.write() as session:
            await _carry_out(session, calendar, plan_id, policy, now)
    return len(plan_ids)


async def _carry_out(
    session: AsyncSession, calendar: OfficeCalendar, plan_id: int, policy: AnnouncingPolicy, now: datetime
) -> None:
    plan = await lock(session, plan_id)
    if plan is None or plan.next_at is None or plan.next_at > now or plan.done_on is None:
        return  # another process was faster
    working = await calendar.working_time(session, now)
    moments = occurrences(recurrence_of(plan.rule), plan.done_on, working)
    due = list(takewhile(lambda each: each.at <= now, moments))
    if due and (reason := await _hindrance(session, plan, now)):
        await _pause_and_tell(session, plan, reason, now)
        return
    if due:
        plan.done_on, plan.missed = due[-1].day, len(due) - 1
    plan.next_at = next(occurrences(recurrence_of(plan.rule), plan.done_on, working)).at
    if due and not await _is_made(session, plan, due[-1]):
        await _announce(session, plan, due[-1], policy, now)


async def _is_made(session: AsyncSession, plan: AnnouncementPlan, moment: Occurrence) -> bool:
    """Whether this moment has come before: the clock was set back, and the plan changed."""
    made = select(Announcement.id).where(Announcement.plan_id == plan.id, Announcement.occurs_at == moment.at)
    return await session.scalar(made) is not None


async def _hindrance(session: AsyncSession, plan: AnnouncementPlan, now: datetime) -> str:
    """Why it may not go out any more; "" when it may."""
    unit = await session.get_one(Unit, plan.unit_id)
    if unit.closed_on is not None and unit.closed_on <= local_day(now, zone_of(session)):
        return CLOSED
    author = await people.find(session, plan.person_id) if plan.person_id else None
    if author is None or author.erased_at is not None:
        return AUTHOR
    actor = await people.actor_of(session, author.id, now)
    return "" if may(actor, "announcement.send", unit.path) else AUTHOR


async def _announce(
    session: AsyncSession, plan: AnnouncementPlan, moment: Occurrence, policy: AnnouncingPolicy, now: datetime
) -> None:
    """Send it off by the rules of sending: who it is for is known only now."""
    unit, author = await session.get_one(Unit, plan.unit_id), plan.person_id
    assert author is not None
    await _let_go_unanswered(session, plan, now)
    made = await announcements.begin(session, unit, author, now, await _body_now(session, plan, now))
    made.plan_id, made.occurs_at = plan.id, moment.at
    await session.flush()
    announced = await announcements.find(session, made.id)
    assert announced is not None
    sending = await announcement_sending.look(session, announced, policy, {}, now)
    if not sending.needs_consent:
        send_at = NIGHT.quiet_until(now, zone_of(session))
        await announcement_runs.plan(session, made, expected=sending.preview.total, send_at=send_at, now=now)
        await _watch(session, made, now)
        return
    desks = await announcement_consent.desks(session, announced, now)
    if desks:
        await announcement_consent.ask(session, announced, sending, desks[:1], by=author, send_at=None, now=now)
        nearest = desks[0]
        await announcement_plan_news.tell_asked(session, plan, made, nearest.names, nearest.unit, now)
    else:
        await announcements.discard(session, made, now)
        await _pause_and_tell(session, plan, NOBODY, now)


async def _watch(session: AsyncSession, made: Announcement, now: datetime) -> None:
    """Its author sees how it goes, as of one sent off by hand."""
    account = await people.account_of(session, made.author_id) if made.author_id else None
    if account is not None:
        announcement_progress.watch(made, account.id, now)


async def _let_go_unanswered(session: AsyncSession, plan: AnnouncementPlan, now: datetime) -> None:
    """What nobody agreed to until the next moment is not asked about any more: the new one takes its place."""
    waiting = select(Announcement).where(
        Announcement.plan_id == plan.id, Announcement.occurs_at.is_not(None), Announcement.state == ASKED
    )
    for each in await session.scalars(waiting.with_for_update()):
        await announcements.change(session, each, now, state=CANCELLED, ended_at=now)


async def _body_now(session: AsyncSession, plan: AnnouncementPlan, now: datetime) -> Mapping[str, Any]:
    """What it says. Who is late is asked of another period of the duty each time, one over or not as the first was."""
    audience = audience_of(plan.body["audience"])
    if not audience.late:
        return plan.body
    duty = select(PeriodRow.duty).where(PeriodRow.id == audience.late).scalar_subquery()
    of_duty = select(PeriodRow.id).where(PeriodRow.duty == duty).limit(1)
    if plan.body.get("late") == OVER:
        wanted = of_duty.where(PeriodRow.due_at < now).order_by(PeriodRow.due_at.desc())
    else:
        wanted = of_duty.where(PeriodRow.due_at >= now).order_by(PeriodRow.due_at)
    period_id = await session.scalar(wanted) or audience.late
    return {**plan.body, "audience": audience.with_choice("late", period_id).as_dict()}


async def _pause_and_tell(session: AsyncSession, plan: AnnouncementPlan, reason: str, now: datetime) -> None:
    await pause(session, plan, now, by=None, reason=reason)
    unit = await session.get_one(Unit, plan.unit_id)
    await announcement_plan_news.tell(session, plan, unit, now)
