"""What the clock starts. Each job is a door: what is to be done is asked of the database, with the moment handed in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time

import structlog

from models import (
    announcement_consent,
    announcement_plan_runs,
    announcement_progress,
    announcement_runs,
    deadlines,
    duty_years,
    escalations,
    handovers,
    locks,
    missed_reminders,
    question_news,
    tidying,
    unit_changes,
    visits,
    weekly_notes,
)
from models.database import Database
from models.days_off import OfficeCalendar
from models.programmes import Library
from models.rules.announcing import AnnouncingPolicy
from models.rules.periods import local_time

log = structlog.get_logger("timetable")


def _nobody() -> None:
    """Nobody sends anything in this process."""


async def _nothing_kept() -> int:
    """Nobody keeps files in this process."""
    return 0


@dataclass(frozen=True, slots=True)
class World:
    """What the jobs work with. `wake` tells the sender that something is owed; `backup` does the file work of a
    copy, `sweep` deletes the files that nothing names and says how many."""

    db: Database
    library: Library
    backup: Callable[[datetime], Awaitable[object]]
    wake: Callable[[], None] = _nobody
    calendar: OfficeCalendar = field(default_factory=OfficeCalendar)
    sweep: Callable[[], Awaitable[int]] = _nothing_kept
    announcing: AnnouncingPolicy = field(default_factory=AnnouncingPolicy)


Job = Callable[[World, datetime], Awaitable[None]]


async def tick(world: World, now: datetime) -> None:
    """Open what begins, tell of an outage, remind whoever is due; the same moment twice does nothing the second time.

    Who is due is looked up beside the writers, not in their way; the promises then go in with one commit.
    """
    async with world.db.write() as session:
        changed = await unit_changes.carry_out(session, now)  # before anything is owed: the heirs owe it
        opened = await deadlines.open_periods(session, world.library, now)
        told = await deadlines.promise_outage_notices(session, world.library, world.calendar, now)
        told += await duty_years.ask(session, world.library, world.calendar, now)
        told += await weekly_notes.promise(session, world.calendar, now)
        told += await handovers.carry_out(session, now)
        told += await question_news.move_overdue(session, world.calendar, now)
        told += await announcement_consent.ask_next(session, world.announcing, now)
        await deadlines.rest_at_night(session, world.library, world.calendar, now)
        await question_news.rest_at_night(session, now)
        since = await deadlines.outage(session, now)
        await missed_reminders.note(session, world.library, world.calendar, since, now)
        await deadlines.remember_tick(session, now)
    async with world.db.read() as session:
        owed = await deadlines.still_owed(session, now)
        facts = await deadlines.due_reminders(session, world.library, world.calendar, now, owed)
        lists = await escalations.due_lists(session, world.library, world.calendar, owed, now)
    if facts or lists:
        async with world.db.write() as session:
            told += await deadlines.promise(session, facts, now)
            told += await escalations.promise(session, lists, now)
    told += await announcement_plan_runs.carry_out(world.db, world.calendar, world.announcing, now)
    if opened or told or changed:
        log.info("ticked", opened=opened, told=told)
        world.wake()


async def announce(world: World, now: datetime) -> None:
    """Begin the announcements that are due, go on with those under way, and show their authors how far they are."""
    done = await announcement_runs.carry_out(world.db, world.announcing, now)
    async with world.db.read() as session:
        watched = await announcement_progress.watched(session, now)
    if watched:
        async with world.db.write() as session:
            done += await announcement_progress.refresh(session, watched, world.announcing, now)
    if done:
        world.wake()


async def tidy(world: World, now: datetime) -> None:
    """Forget what need not be kept, files that nothing names too; give up visits that nobody came back to; note when
    older periods lock."""
    async with world.db.write() as session:
        await locks.set_missing(session, world.library, now)
        forgotten = await tidying.forget_old(session, now)
        dropped = await visits.drop_forgotten(session, now)
    log.info("tidied", visits=dropped, files=await world.sweep(), **forgotten)


async def back_up(world: World, now: datetime) -> None:
    """The daily copy of the database."""
    await world.backup(now)


async def once_a_day(world: World, now: datetime, name: str, at: time, job: Job) -> bool:
    """Do a daily job when its hour has come and it was not done today, so that a machine off at that hour does it
    later.

    Returns whether it was done now. One that failed is tried again at the next look.
    """
    here = local_time(now, world.db.zone)
    async with world.db.read() as session:
        last = await tidying.done_on(session, name)
    if here.time() < at or last == here.date():
        return False
    await job(world, now)
    async with world.db.write() as session:
        await tidying.note_done(session, name, here.date())
    return True
