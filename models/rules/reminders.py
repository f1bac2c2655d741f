"""When to nudge whoever still owes: a ladder of steps around a deadline, silence at night, nothing stale.

Which step was already sent is not known here: the step's name stands in the once-key of its promise, so that
asking again, a second process or a clock that stepped back changes nothing. A step may be sent later than its
moment, so the sentence takes the days from `deadlines.days_left`, not from the step's name.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from models.rules import Refusal
from models.rules.deadlines import Fields
from models.rules.periods import ONE_DAY, local_day, local_time, moment_of

STALE_AFTER = timedelta(days=3)
APART = timedelta(hours=2)
LONGEST_REST = timedelta(days=30)  # a calendar that is off for longer is a wrong calendar


@dataclass(frozen=True, slots=True)
class Step:
    """One rung: a name for the once-key ("T-7"), days from the day it is due (negative: before), the hour."""

    name: str
    offset_days: int
    at: time

    def moment(self, due: datetime, tz: tzinfo) -> datetime:
        """When this step falls for a deadline, in UTC."""
        return moment_of(local_day(due, tz) + timedelta(days=self.offset_days), self.at, tz)


Ladder = tuple[Step, ...]  # in the order of time


@dataclass(frozen=True, slots=True)
class Quiet:
    """The hours of the office in which nothing is sent by itself: `start` is quiet, `end` no longer is.

    `on_holidays`: reminders go out on public holidays as on any other day; else those days are quiet as a whole.
    """

    start: time = time(21)
    end: time = time(7)
    on_holidays: bool = False

    def is_quiet(self, now: datetime, tz: tzinfo) -> bool:
        at = local_time(now, tz).time()
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end

    def quiet_until(self, now: datetime, tz: tzinfo) -> datetime:
        """The first moment, from `now` on, at which something may be sent, in UTC."""
        if not self.is_quiet(now, tz):
            return now.astimezone(UTC)
        here = local_time(now, tz)
        day = here.date() if here.time() < self.end else here.date() + ONE_DAY
        return moment_of(day, self.end, tz)


@dataclass(frozen=True, slots=True)
class Rest:
    """The nights of an office, and the days on which it is left in peace: lễ, Tết with the weekends in between."""

    nights: Quiet
    days: frozenset[date] = frozenset()

    def is_quiet(self, now: datetime, tz: tzinfo) -> bool:
        return local_day(now, tz) in self.days or self.nights.is_quiet(now, tz)

    def quiet_until(self, now: datetime, tz: tzinfo) -> datetime:
        """The first moment, from `now` on, at which something may be sent, in UTC."""
        moment = self.nights.quiet_until(now, tz)
        day = local_day(moment, tz)
        if day not in self.days:
            return moment
        while day in self.days:
            day += ONE_DAY
        return self.nights.quiet_until(moment_of(day, time(), tz), tz)


def rest_days(holidays: Collection[date], is_off: Callable[[date], bool]) -> frozenset[date]:
    """The holidays, with the days off that touch them: a weekend within Tết belongs to Tết.

    A holiday that is worked after all is none. `is_off` says of any day whether the office works.
    """
    found = {day for day in holidays if is_off(day)}
    for day in sorted(found):
        for way in (ONE_DAY, -ONE_DAY):
            near = day + way
            while near not in found and is_off(near) and abs(near - day) <= LONGEST_REST:
                found.add(near)
                near += way
    return frozenset(found)


def parse_ladder(data: object) -> Ladder:
    """The `reminders` of a duty, e.g. `[{day: -7, at: "07:30"}, {day: 0, at: "16:00", name: T-chieu}]`.

    A step without a name is called by its day ("T-7", "T", "T+1"). Raises Refusal programme.bad_ladder(field,
    value, expected); two steps of one name or one moment are refused, for one of them would never be sent.
    """
    if not isinstance(data, list):
        raise Refusal("programme.bad_ladder", field="", value=data, expected='[{day: -7, at: "07:30"}]')
    steps = [_parse_step(Fields(row, "programme.bad_ladder")) for row in data]
    for index, step in enumerate(steps):
        others = steps[:index]
        if step.name in [other.name for other in others]:
            raise Refusal("programme.bad_ladder", field="name", value=step.name, expected=f"{step.name}-2")
        if (step.offset_days, step.at) in [(other.offset_days, other.at) for other in others]:
            raise Refusal("programme.bad_ladder", field="at", value=f"{step.at:%H:%M}", expected='"16:00"')
    return tuple(sorted(steps, key=lambda step: (step.offset_days, step.at)))


def due_step(
    ladder: Ladder,
    due: datetime,
    now: datetime,
    quiet: Quiet | Rest,
    tz: tzinfo,
    announced_at: datetime | None = None,
    stale_after: timedelta = STALE_AFTER,
) -> Step | None:
    """The one step that should have been sent by now, or None: nothing yet, too old, or it is night.

    Only the latest counts: after three missed steps one is sent. Steps up to `announced_at` (when the duty,
    or the unit, came to be) were said by the announcement itself: so short notice shortens the ladder. A step
    missed by more than two hours, or held back by a holiday, gives way to the next one when that is less than two
    hours off.
    """
    if quiet.is_quiet(now, tz):
        return None
    steps = _after_announcement(ladder, due, tz, announced_at)
    passed = [step for step in steps if step.moment(due, tz) <= now]
    if not passed:
        return None
    moment = passed[-1].moment(due, tz)
    if now - quiet.quiet_until(moment, tz) > stale_after:  # a rest is no delay
        return None
    if now - moment > APART and len(passed) < len(steps):
        following = quiet.quiet_until(steps[len(passed)].moment(due, tz), tz)
        if following - now < APART:
            return None
    return passed[-1]


def missed_steps(
    ladder: Ladder,
    due: datetime,
    since: datetime,
    now: datetime,
    quiet: Quiet | Rest,
    tz: tzinfo,
    announced_at: datetime | None = None,
    stale_after: timedelta = STALE_AFTER,
) -> Ladder:
    """The steps that fell to an outage from `since` until now and can be said no more, not even when the night or the
    holiday of now is over: what `due_step` lets go for its age."""
    speaks_at = quiet.quiet_until(now, tz)
    steps = _after_announcement(ladder, due, tz, announced_at)
    meant = [(step, quiet.quiet_until(step.moment(due, tz), tz)) for step in steps]
    return tuple(step for step, then in meant if since < then <= now and speaks_at - then > stale_after)


def next_reminder(
    ladder: Ladder,
    due: datetime,
    now: datetime,
    quiet: Quiet | Rest,
    tz: tzinfo,
    announced_at: datetime | None = None,
) -> datetime | None:
    """The next moment at which a further step becomes due, in UTC, taking it that those before were sent."""
    meant = [step.moment(due, tz) for step in _after_announcement(ladder, due, tz, announced_at)]
    said = [quiet.quiet_until(moment, tz) for moment in meant]
    held = [then - moment > APART for moment, then in zip(meant, said, strict=True)]
    gives_way = [late and after - then < APART for late, then, after in zip(held, said, said[1:], strict=False)]
    moments = [then for then, away in zip(said, [*gives_way, False], strict=False) if not away]
    return next((moment for moment in moments if moment > now), None)


def with_working_day(ladder: Ladder, due: datetime, tz: tzinfo, is_off: Callable[[date], bool]) -> Ladder:
    """The ladder with a step "T-lam-viec" more, on the last working day before a deadline on a day off.

    The deadline itself stays. Nothing is added without steps before it, or when one falls on that day.
    """
    day = local_day(due, tz)
    before = [step for step in ladder if step.offset_days < 0]
    if not before or not is_off(day):
        return ladder
    offset = next((-days for days in range(1, 31) if not is_off(day - timedelta(days=days))), 0)
    if offset == 0 or any(step.offset_days == offset for step in ladder):
        return ladder
    extra = Step("T-lam-viec", offset, before[-1].at)
    return tuple(sorted((*ladder, extra), key=lambda step: (step.offset_days, step.at)))


def before_rest(ladder: Ladder, due: datetime, tz: tzinfo, days: Collection[date]) -> Ladder:
    """The ladder whose steps up to the day it is due come on the last day before `days` when they fall on one.

    A step keeps its name, so that it is said once whenever a holiday was marked. No day gets two for it: the day's own
    step, or the first of those moved there, speaks for the others. A step after the deadline waits for the end of the
    holiday instead: moved before the deadline, it would speak of a delay that is none.
    """
    day = local_day(due, tz)
    moved = {step.name: _offset_before(step.offset_days, day, days) for step in ladder if step.offset_days <= 0}
    taken = {step.offset_days for step in ladder if moved.get(step.name, step.offset_days) == step.offset_days}
    found: list[Step] = []
    for step in ladder:
        offset = moved.get(step.name, step.offset_days)
        if offset == step.offset_days or offset not in taken:
            found.append(Step(step.name, offset, step.at))
            taken.add(offset)
    return tuple(sorted(found, key=lambda step: (step.offset_days, step.at)))


def _offset_before(offset: int, due_day: date, days: Collection[date]) -> int:
    while due_day + timedelta(days=offset) in days:
        offset -= 1
    return offset


STEPS_BEGIN = "remind:"  # with this every key of `once_key` begins


def once_key(period: str, step: Step, unit: int, account: int, extended: date | None = None) -> str:
    """This step, for this unit, to this account. An extension (its new day) starts the ladder anew."""
    turn = period if extended is None else f"{period}+{extended.isoformat()}"
    return f"{STEPS_BEGIN}{turn}:{step.name}:{unit}:{account}"


def once_key_in(key: str, account: int) -> str:
    """The key of the same step, told to another account."""
    return f"{key.rpartition(':')[0]}:{account}"


def nudge_allowed(last_nudge_at: datetime | None, now: datetime, every: timedelta = timedelta(hours=1)) -> bool:
    """Whether a coordinator may nudge by hand again."""
    return last_nudge_at is None or now - last_nudge_at >= every


def _parse_step(fields: Fields) -> Step:
    day, at, name = fields.number("day", -90, 90), fields.clock("at"), fields.take("name")
    if at is None:
        raise fields.refuse("at", None, '"07:30"')
    if name is None:
        name = f"T{day:+d}" if day else "T"
    # The name becomes part of a once-key, whose parts are divided by colons.
    if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z0-9+_-]{1,16}", name):
        raise fields.refuse("name", name, "T-7 (A–Z a–z 0–9 + - _)")
    fields.finish()
    return Step(name, day, at)


def _after_announcement(ladder: Ladder, due: datetime, tz: tzinfo, announced_at: datetime | None) -> Ladder:
    if announced_at is None:
        return ladder
    return tuple(step for step in ladder if step.moment(due, tz) > announced_at)
