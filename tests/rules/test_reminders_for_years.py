"""Hundreds of simulated months with outages, clock steps and holidays: who owes is reminded, and nobody is bothered.

What is right is computed a second time here, with a fixed +07:00 and nothing from the rules.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from models.rules.periods import Monthly, Period, periods_open
from models.rules.reminders import Quiet, Rest, before_rest, due_step, parse_ladder, rest_days, with_working_day

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT = Quiet()
MONTHLY = Monthly(day=25, period_from_day=26)
LADDER = parse_ladder(
    [
        {"day": -7, "at": "07:30"},
        {"day": -3, "at": "07:30"},
        {"day": -1, "at": "07:30"},
        {"day": 0, "at": "08:00"},
        {"day": 0, "at": "16:00", "name": "T-chieu"},
        {"day": 1, "at": "07:30"},
        {"day": 3, "at": "07:30"},
    ]
)

MONTHS_IN_A_RUN, RUNS = 6, 52
FIXED = timezone(timedelta(hours=7))
OFFSETS = [(-7, 7, 30), (-3, 7, 30), (-1, 7, 30), (0, 8, 0), (0, 16, 0), (1, 7, 30), (3, 7, 30)]
TEAMS = range(8)
# the holidays of the made-up calendar: every year the same, Tết near a deadline of January
TET = [(1, day) for day in range(22, 29)]
HOLIDAYS = frozenset(
    date(year, month, day) for year in range(2022, 2035) for month, day in [*TET, (4, 30), (5, 1), (9, 2), (11, 24)]
)


def is_off(day: date) -> bool:
    return day in HOLIDAYS or day.isoweekday() > 5


REST = Rest(NIGHT, rest_days(HOLIDAYS, is_off))


@dataclass
class Office:
    """A small bot of its own: a clock that ticks, stops and steps back; teams that report or never do."""

    chance: random.Random
    now: datetime
    submitted: dict[tuple[int, str], datetime] = field(default_factory=dict)  # the moment each will report
    reported: set[tuple[int, str]] = field(default_factory=set)
    promised: set[tuple[int, str, str]] = field(default_factory=set)
    sent: dict[tuple[int, str], list[tuple[datetime, str]]] = field(default_factory=dict)
    ticks: list[datetime] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)

    def live(self, until: datetime) -> None:
        while self.now < until:
            self.ticks.append(self.now)
            for period in periods_open(MONTHLY, self.now, VIETNAM):
                self.tick(period)
            self.now += self.pause()

    def pause(self) -> timedelta:
        luck, day = self.chance.random(), self.now.astimezone(FIXED).day
        if luck < (0.02 if 15 <= day <= 29 else 0.003):
            return timedelta(minutes=self.chance.randint(60, 72 * 60))
        if luck > 0.985:
            return -timedelta(minutes=self.chance.randint(1, 60))
        return timedelta(minutes=self.chance.randint(5, 60))

    def tick(self, period: Period) -> None:
        if period.key not in self.seen:
            self.seen.add(period.key)
            for team in TEAMS[:-3]:  # the last three never report
                hours = self.chance.randint(-12 * 24, 5 * 24)
                self.submitted[team, period.key] = period.due + timedelta(hours=hours)
        self.reported |= {key for key, moment in self.submitted.items() if moment <= self.now}
        ladder = before_rest(with_working_day(LADDER, period.due, VIETNAM, is_off), period.due, VIETNAM, REST.days)
        step = due_step(ladder, period.due, self.now, REST, VIETNAM)
        if step is None:
            return
        for team in TEAMS:
            key = (team, period.key, step.name)
            if (team, period.key) not in self.reported and key not in self.promised:
                self.promised.add(key)
                self.sent.setdefault((team, period.key), []).append((self.now, step.name))


def steps_of(key: str) -> list[tuple[str, datetime]]:
    """The steps by name, by plain arithmetic: the plan's, and one on the last working day before a due day off.

    One that falls into holidays comes before them, unless that day has one already; one after the deadline stays.
    """
    day = datetime.fromisoformat(f"{key}-25").replace(tzinfo=FIXED)
    found = [
        (step.name, day + timedelta(days=days, hours=hours, minutes=minutes))
        for step, (days, hours, minutes) in zip(LADDER, OFFSETS, strict=True)
    ]
    if is_off(day.date()):
        worked = day - timedelta(days=1)
        while is_off(worked.date()):
            worked -= timedelta(days=1)
        if worked.date() not in [moment.date() for _, moment in found]:
            found.append(("T-lam-viec", worked + timedelta(hours=7, minutes=30)))
    found.sort(key=lambda step: step[1])
    calm = [step for step in found if step[1].date() > day.date() or not in_holidays(step[1].date())]
    for name, moment in [step for step in found if step not in calm]:
        while in_holidays(moment.date()):
            moment -= timedelta(days=1)
        if moment.date() not in [other.date() for _, other in calm]:
            calm.append((name, moment))
    return sorted(calm, key=lambda step: step[1])


def moments(key: str) -> list[datetime]:
    return [moment for _, moment in steps_of(key)]


def in_holidays(day: date) -> bool:
    """A holiday, or a weekend that touches one."""
    if not is_off(day):
        return False
    first = last = day
    while is_off(first - timedelta(days=1)):
        first -= timedelta(days=1)
    while is_off(last + timedelta(days=1)):
        last += timedelta(days=1)
    return any(first + timedelta(days=n) in HOLIDAYS for n in range((last - first).days + 1))


def may_disturb(now: datetime) -> bool:
    here = now.astimezone(FIXED)
    return 7 <= here.hour < 21 and not in_holidays(here.date())


def said_from(step: datetime) -> datetime:
    """When a step may be said: at its moment, or in the morning after the holidays."""
    day = step.date()
    if not in_holidays(day):
        return step
    while in_holidays(day):
        day += timedelta(days=1)
    return datetime(day.year, day.month, day.day, 7, tzinfo=FIXED)


def check_team(office: Office, key: str, team: int) -> None:
    steps, sent = moments(key), office.sent.get((team, key), [])
    names = [name for name, _ in steps_of(key)]
    assert len({name for _, name in sent}) == len(sent)
    assert [name for _, name in sent] == sorted((name for _, name in sent), key=names.index), "went back"
    for index, (moment, name) in enumerate(sent):
        step = steps[names.index(name)]
        assert may_disturb(moment), "at night or on a holiday"
        assert timedelta(0) <= moment - said_from(step) <= timedelta(days=3), "stale"
        assert not any(step < other <= moment for other in steps), "overtaken"
        assert moment < office.submitted.get((team, key), moment + timedelta(1)), "after submitting"
        assert index == 0 or moment - sent[index - 1][0] >= timedelta(hours=2), "two at once"


def awake_for_a_step(office: Office, key: str) -> bool:
    """Whether the bot was up, by day, within two hours of any step: then it had no excuse."""
    return any(
        may_disturb(tick) and any(timedelta(0) <= tick - said_from(step) <= timedelta(hours=2) for step in moments(key))
        for tick in office.ticks
    )


simulated: list[str] = []


# A seed does not shrink to anything simpler: the first failure is shown as it is.
@settings(max_examples=RUNS, deadline=None, database=None, phases=[Phase.generate], report_multiple_bugs=False)
@given(seed=st.integers(0, 2**32), year=st.integers(2023, 2032), month=st.integers(1, 12))
def simulate(seed: int, year: int, month: int) -> None:
    office = Office(random.Random(seed), datetime(year, month, 1, tzinfo=UTC))
    office.live(office.now + timedelta(days=31 * MONTHS_IN_A_RUN))
    whole = [key for key in sorted(office.seen) if moments(key)[0] > office.ticks[0]]
    whole = [key for key in whole if said_from(moments(key)[-1]) + timedelta(days=3) < office.ticks[-1]]
    for key in whole:
        for team in TEAMS:
            check_team(office, key, team)
        for team in TEAMS[-3:]:
            assert office.sent.get((team, key)) or not awake_for_a_step(office, key), "never reminded"
    simulated.extend(whole)


@pytest.mark.slow
def test_in_hundreds_of_months_each_who_owes_is_reminded_and_nobody_twice_late_or_at_night() -> None:
    simulated.clear()
    simulate()
    assert len(simulated) >= 300
