"""How what is owed is reminded of: the ladder of its duty, the nights, the days on which an office is left in peace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from models.days_off import OfficeCalendar
from models.owings import Owing
from models.programmes import Library
from models.rules.escalations import Rises, due_rises
from models.rules.periods import local_day
from models.rules.programmes import Programme
from models.rules.reminders import (
    Ladder,
    Quiet,
    Rest,
    Step,
    before_rest,
    due_step,
    missed_steps,
    next_reminder,
    rest_days,
    with_working_day,
)
from models.rules.working_hours import WorkingTime

_Case = tuple[datetime, datetime | None, datetime]  # deadline, announced, now


@dataclass(frozen=True, slots=True)
class Timing:
    """How a duty is reminded of: its ladder, its nights and holidays, after how long a missed step is let go.

    `nights`: what somebody sends by hand waits for these alone. `rest`: what goes out by itself also waits for the
    end of a holiday.
    """

    ladder: Ladder
    nights: Quiet
    rest: Rest
    stale_after: timedelta
    working: WorkingTime
    rises: Rises
    # thousands of units share a deadline: what was found for one is kept for the others
    _ladders: dict[datetime, Ladder] = field(default_factory=dict, compare=False, repr=False)
    _firsts: dict[datetime, datetime] = field(default_factory=dict, compare=False, repr=False)
    _steps: dict[_Case, Step | None] = field(default_factory=dict, compare=False, repr=False)
    _nexts: dict[_Case, datetime | None] = field(default_factory=dict, compare=False, repr=False)

    def ladder_of(self, deadline: datetime) -> Ladder:
        """With a step more, one working day earlier, for a deadline on a day off; none on a holiday before it."""
        if deadline not in self._ladders:
            found = with_working_day(self.ladder, deadline, self.working.tz, self.working.is_off)
            self._ladders[deadline] = before_rest(found, deadline, self.working.tz, self.rest.days)
        return self._ladders[deadline]

    def step(self, owing: Owing, now: datetime) -> Step | None:
        case = self._case(owing, now)
        if case not in self._steps:
            deadline, announced_at, _ = case
            ladder, tz = self.ladder_of(deadline), self.working.tz
            self._steps[case] = due_step(ladder, deadline, now, self.rest, tz, announced_at, self.stale_after)
        return self._steps[case]

    def next(self, owing: Owing, now: datetime) -> datetime | None:
        """When the next reminder of it goes out, if it is still owed then."""
        case = self._case(owing, now)
        if case not in self._nexts:
            deadline, announced_at, _ = case
            ladder, tz = self.ladder_of(deadline), self.working.tz
            self._nexts[case] = next_reminder(ladder, deadline, now, self.rest, tz, announced_at)
        return self._nexts[case]

    def missed(self, owing: Owing, since: datetime, now: datetime) -> Ladder:
        """The steps that fell to an outage since then and can be said no more."""
        deadline, announced_at, _ = self._case(owing, now)
        ladder, tz = self.ladder_of(deadline), self.working.tz
        return missed_steps(ladder, deadline, since, now, self.rest, tz, announced_at, self.stale_after)

    def _case(self, owing: Owing, now: datetime) -> _Case:
        """What alone decides about it: when a duty came to be matters only from its first step on."""
        is_late_news = self.has_begun(owing, owing.announced_at)
        return owing.deadline, owing.announced_at if is_late_news else None, now

    def has_begun(self, owing: Owing, now: datetime) -> bool:
        """Whether the deadline is near enough to be spoken of: its first step has passed."""
        ladder = self.ladder_of(owing.deadline)
        if not ladder:
            return True
        if owing.deadline not in self._firsts:
            self._firsts[owing.deadline] = ladder[0].moment(owing.deadline, self.working.tz)
        return self._firsts[owing.deadline] <= now

    def expires(self, owing: Owing, step: Step, now: datetime) -> datetime:
        """Until when a step may still be said: the next one says it better."""
        said_from = self.rest.quiet_until(step.moment(owing.deadline, self.working.tz), self.working.tz)
        return self.next(owing, now) or max(said_from + self.stale_after, now + timedelta(minutes=1))

    def is_again(self, owing: Owing, step: Step, now: datetime) -> bool:
        """Whether the ladder speaks a second time on this very day, whatever was said before on it."""
        earlier = (each.at < step.at for each in self.ladder_of(owing.deadline) if each.offset_days == step.offset_days)
        meant_for = local_day(step.moment(owing.deadline, self.working.tz), self.working.tz)
        return any(earlier) and meant_for == local_day(now, self.working.tz)

    def due_rises(self, owing: Owing, now: datetime) -> Rises:
        """The steps up that are due for what is late."""
        return due_rises(self.rises, owing.deadline, now, self.rest, self.working.tz, self.stale_after)

    def is_due_on_day_off(self, owing: Owing) -> bool:
        return self.working.is_off(local_day(owing.deadline, self.working.tz))


async def timings(
    session: AsyncSession, library: Library, calendar: OfficeCalendar, owings: Sequence[Owing], now: datetime
) -> dict[int, Timing]:
    """How each period is reminded of, by period id: as the version of its programme in force says, else its own
    version."""
    current = {programme.code: programme for _, programme in await library.current(session)}
    working = await calendar.working_time(session, now)
    days = holidays_of(working)
    found: dict[int, Timing] = {}
    known: dict[str, Timing] = {}
    for owing in owings:
        if owing.period_id in found:
            continue
        if owing.duty not in known:
            code, _, duty = owing.duty.partition("/")
            programme = current.get(code) or await library.get(session, owing.programme_id)
            known[owing.duty] = _timing(programme, duty, working, days)
        found[owing.period_id] = known[owing.duty]
    return found


def _timing(programme: Programme, duty: str, working: WorkingTime, days: frozenset[date]) -> Timing:
    nights, stale_after = programme.quiet, timedelta(days=programme.stale_after_days)
    rest = rest_of(nights, days)
    return Timing(programme.steps(duty), nights, rest, stale_after, working, programme.rises(duty))


def holidays_of(working: WorkingTime) -> frozenset[date]:
    """The public holidays around now, with the weekends that touch them."""
    return rest_days([day for day, mark in working.marks.items() if mark.is_off], working.is_off)


def rest_of(nights: Quiet, days: frozenset[date]) -> Rest:
    """When nothing goes out by itself."""
    return Rest(nights, frozenset() if nights.on_holidays else days)
