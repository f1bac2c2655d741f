"""Simulated months (T1): each team that owes is reminded, each step once, and nobody by night, on a holiday, asleep,
after filing, or of a deadline that no longer is.

What is right is computed a second time here, by plain arithmetic and with nothing of the rules.
"""

from __future__ import annotations

import os
import random
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from functools import cache

import pytest

from models.database import Database
from models.zone import VIETNAM
from tests.months import SECOND, Life
from tests.office import Delivered, at, is_night, open_office

MONTHS = int(os.environ.get("MONTHS", "0"))  # so many longer runs, each with another seed
STEPS = ((-7, 7.5), (-3, 7.5), (-1, 7.5), (0, 8), (0, 16), (1, 7.5), (3, 7.5))
STALE = timedelta(days=3)
HELD_UP = timedelta(days=1)  # so much later a sender may be that was held up, while no further step is due
YEAR = [f"2026-{month:02d}" for month in range(1, 12)]
# the days of 2026 near a deadline that the law makes free; a weekend that touches one belongs to it
FREE = {
    *(date(2026, 2, day) for day in range(16, 21)),
    date(2026, 4, 27),
    date(2026, 4, 30),
    date(2026, 5, 1),
    *(date(2026, 8, 31) + timedelta(days=day) for day in range(3)),
    date(2026, 11, 24),
}
Step = tuple[str, int, datetime, datetime]  # the month, the team, its deadline, the moment


def is_off(day: date, marked: frozenset[date]) -> bool:
    return day.isoweekday() > 5 or day in FREE or day in marked


@cache
def is_silent_day(day: date, marked: frozenset[date]) -> bool:
    """Free, or a weekend that touches a free day."""
    if not is_off(day, marked):
        return False
    near = [day]
    for way in (timedelta(days=1), timedelta(days=-1)):
        other = day + way
        while is_off(other, marked):
            near.append(other)
            other += way
    return any(each in FREE or each in marked for each in near)


class Judge:
    """Reads what was sent and says what must not be."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self.off = frozenset(life.off)
        self.told: dict[int, set[Step]] = defaultdict(set)
        self.lists: Counter[tuple[int, date]] = Counter()
        self.again: set[tuple[int, date]] = set()
        self.woken: set[tuple[int, datetime]] = set()
        self.reminded: set[tuple[str, int]] = set()
        self.kinds: Counter[str] = Counter()

    def is_silent(self, moment: datetime) -> bool:
        return is_night(moment) or is_silent_day(moment.astimezone(VIETNAM).date(), self.off)

    def said_from(self, step: datetime) -> datetime:
        """A step that falls into a holiday is said on the morning after it."""
        day = step.astimezone(VIETNAM).date()
        if not is_silent_day(day, self.off):
            return step
        while is_silent_day(day, self.off):
            day += timedelta(days=1)
        return at(day.isoformat(), "07:00")

    def steps(self, key: str, team: int, number: int) -> list[datetime]:
        """The ladder of a team's deadline: before a day off one step more, on the last day worked; and what falls
        into a holiday up to the deadline comes before it, on a day without a step."""
        deadline = self.life.deadline(key, team, number)
        day = deadline.astimezone(VIETNAM).date()
        rungs = set(STEPS)
        if is_off(day, self.off):
            worked = next(-n for n in range(1, 31) if not is_off(day - timedelta(days=n), self.off))
            if worked not in {rung for rung, _ in STEPS}:
                rungs.add((worked, 7.5))
        calm = {rung for rung in rungs if rung[0] > 0 or not is_silent_day(day + timedelta(days=rung[0]), self.off)}
        for rung, hour in sorted(rungs - calm):
            while is_silent_day(day + timedelta(days=rung), self.off):
                rung -= 1
            if rung not in {other for other, _ in calm}:
                calm.add((rung, hour))
        rungs = calm
        start, since = at(day.isoformat(), "00:00"), self.life.told_at(key, team, number)
        moments = sorted(start + timedelta(days=rung, hours=hour) for rung, hour in rungs)
        return [each for each in moments if since is None or each > since]

    def latest(self, key: str, team: int, number: int, now: datetime) -> Step | None:
        passed = [each for each in self.steps(key, team, number) if each <= now]
        return (key, team, self.life.deadline(key, team, number), passed[-1]) if passed else None

    # --- each message -------------------------------------------------------------------------------------------------

    def hear(self, number: int, each: Delivered) -> None:
        by_hand, person = bool(each.message.values["by"]), each.account % SECOND
        assert not is_night(each.at), "at night"
        assert by_hand or not self.is_silent(each.at), "on a holiday"
        steps = [step for item in each.message.values["items"] if (step := self._item(number, each, item))]
        if each.message.key == "reminder.late":
            assert each.message.values["items"][0]["kind"] == "overdue"
        self.kinds["by hand" if by_hand else each.message.key] += 1
        if not by_hand:  # what an office writes by hand is no step
            self._by_itself(number, each, person, steps)
            self.told[person].update(steps)

    def _item(self, number: int, each: Delivered, item: dict[str, object]) -> Step | None:
        life, key, team = self.life, str(item["key"]), self.life.team_called(str(item["unit"]))
        assert life.filed.get((key, team), number + 1) > number, "after filing"
        deadline = life.deadline(key, team, number)
        assert item["due"] == deadline, "of a deadline that is none"
        assert item["kind"] != "overdue" or each.at > deadline, "late before the deadline"
        self.reminded.add((key, team))
        return self.latest(key, team, number, each.at)

    def _by_itself(self, number: int, each: Delivered, person: int, steps: list[Step]) -> None:
        day, until = each.at.astimezone(VIETNAM).date(), self.life.sleeps_until(person, number)
        assert until is None or until <= each.at, "asleep"
        if self._is_woken(person, each.at, until):
            self.kinds["woken"] += 1
            return
        fresh = [step for step in steps if step not in self.told[person]]
        assert fresh, "a step twice"
        assert any(each.at - self.said_from(step[3]) <= STALE + HELD_UP for step in fresh), "stale"
        self.lists[person, day] += 1
        on_its_day = any(step[2].astimezone(VIETNAM).date() == day for step in steps)
        assert self.lists[person, day] <= (2 if on_its_day else 1), "a second list on one day"

    def _is_woken(self, person: int, now: datetime, until: datetime | None) -> bool:
        """The first message after a wish is the one that was wished for, unless it is long ago."""
        if until is None or (person, until) in self.woken:
            return False
        self.woken.add((person, until))
        return now - self.said_from(until) <= STALE

    # --- nobody is forgotten ------------------------------------------------------------------------------------------

    def owed_long_enough(self) -> set[tuple[str, int]]:
        """Whose deadline had a step that the bot was up for."""
        reports = [(key, team) for key in self.life.keys for team in self.life.office.teams]
        return {(key, team) for key, team in reports if any(self._calls(key, team, *tick) for tick in self.life.ticks)}

    def _calls(self, key: str, team: int, number: int, now: datetime) -> bool:
        until = self.life.sleeps_until(team, number)
        if self.is_silent(now) or self.life.filed.get((key, team), number + 1) <= number:
            return False
        steps = self.steps(key, team, number)
        passed = [self.said_from(each) for each in steps if each <= now]
        if not passed or (until is not None and until > now):
            return False
        missed_by = now - passed[-1]
        ahead = [each for each in steps if each > now]
        is_far = not ahead or self.said_from(ahead[0]) - now >= timedelta(hours=2)
        return missed_by <= timedelta(hours=2) or (missed_by <= STALE and is_far)


async def lived(db: Database, seed: int, keys: list[str], *, communes: int, teams: int) -> Judge:
    """Months of an office of that size, each message judged."""
    office = await open_office(db, communes=communes, teams=teams)
    life = Life(office, random.Random(seed))
    await life.furnish()
    for key in keys:
        await life.live(key)
    judge = Judge(life)
    for number, each in enumerate(office.post):
        if each.kind == "reminder":
            judge.hear(number, each)
    owed = judge.owed_long_enough()
    assert owed <= judge.reminded, sorted(owed - judge.reminded)
    assert len(owed) > len(keys) * teams * 0.5  # else nothing was proved
    return judge


@pytest.mark.slow
@pytest.mark.parametrize(
    ("seed", "keys"),
    [(20261125, ["2026-02", "2026-04", "2026-07"]), (20261126, ["2026-08", "2026-10", "2026-11"])],
    ids=["spring", "autumn"],
)
async def test_three_hundred_months_with_all_that_happens(sqlite_db: Database, seed: int, keys: list[str]) -> None:
    judge = await lived(sqlite_db, seed, keys, communes=4, teams=50)
    assert min(judge.kinds[kind] for kind in ("woken", "by hand", "reminder.late", "reminder.before")) > 4
    assert judge.life.longer
    assert judge.life.off


@pytest.mark.slow
@pytest.mark.parametrize("db", ["postgres"], indirect=True)
@pytest.mark.parametrize("seed", [1, 2])
async def test_a_few_months_on_postgres(db: Database, seed: int) -> None:
    await lived(db, seed, YEAR[seed : seed + 1], communes=2, teams=10)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(MONTHS))
async def test_many_more_months(db: Database, seed: int) -> None:
    await lived(db, 1000 + seed, sorted(random.Random(seed).sample(YEAR, 4)), communes=3, teams=25)
