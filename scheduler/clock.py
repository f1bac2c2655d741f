"""The timetable in one list, and the ticker that looks at it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.interval import IntervalTrigger

from scheduler.jobs import Job, World, announce, back_up, once_a_day, tick, tidy


@dataclass(frozen=True, slots=True)
class Entry:
    """A job that is looked at `every` so often; with `at` it is done once a day, from that hour of the office on."""

    name: str
    every: timedelta
    job: Job
    at: time | None = None

    async def run(self, world: World, now: datetime) -> None:
        if self.at is None:
            await self.job(world, now)
        else:
            await once_a_day(world, now, self.name, self.at, self.job)


TIMETABLE = (
    Entry("tick", timedelta(minutes=1), tick),
    Entry("announce", timedelta(seconds=2), announce),
    Entry("backup", timedelta(minutes=10), back_up, at=time(2, 30)),
    Entry("tidy", timedelta(minutes=10), tidy, at=time(3, 30)),
)


def make_ticker(world: World, now: Callable[[], datetime], timetable: Sequence[Entry] = TIMETABLE) -> AsyncIOScheduler:
    """A ticker for the timetable, not started yet. It remembers nothing: what is due is asked of the database each
    time.

    A look that was missed is made up for by the next one, and two looks of one job never overlap.
    """
    # by default a look that is one second late is dropped without a word
    options = {"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    ticker = AsyncIOScheduler(timezone=UTC, job_defaults=options)
    for entry in timetable:
        seconds = int(entry.every.total_seconds())
        ticker.add_job(_look, IntervalTrigger(seconds=seconds, timezone=UTC), (entry, world, now), id=entry.name)
        # without a trigger: once, right at the start, so that what an outage held up waits no longer
        ticker.add_job(_look, None, (entry, world, now), id=f"{entry.name} first")
    return ticker


async def _look(entry: Entry, world: World, now: Callable[[], datetime]) -> None:
    await entry.run(world, now())
