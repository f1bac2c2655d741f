"""What somebody has done as a volunteer, month by month: turns, people, files, hours, guides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo

from models.rules.periods import Monthly, Period, period_at
from models.rules.programmes import Programme

CALENDAR = Monthly(day=31, period_from_day=1)


@dataclass(frozen=True, slots=True)
class Made:
    """One ended visit of somebody's own: on which local day; `within`: a part of another, of the same citizen."""

    on: date
    guide: str
    within: bool
    turns: int
    people: int
    files: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month: `first` is its first day; `guides`: codes with their turns, the most used first."""

    first: date
    turns: int
    people: int
    files: int
    seconds: int
    guides: tuple[tuple[str, int], ...]


def by_month(made: Iterable[Made]) -> list[Month]:
    """The months in which something was done, the latest first. Two guides in one sitting are still one person."""
    months: dict[date, list[Made]] = {}
    for each in made:
        months.setdefault(each.on.replace(day=1), []).append(each)
    return [_month(first, months[first]) for first in sorted(months, reverse=True)]


def _month(first: date, made: list[Made]) -> Month:
    guides: Counter[str] = Counter()
    for each in made:
        guides[each.guide] += each.turns
    return Month(
        first=first,
        turns=sum(each.turns for each in made),
        people=sum(each.people for each in made if not each.within),
        files=sum(each.files for each in made),
        seconds=sum(each.seconds for each in made),
        guides=tuple(sorted(guides.items(), key=lambda pair: (-pair[1], pair[0]))),
    )


def months_back(day: date, count: int) -> date:
    """The first day of the month that lies `count` months before the one of `day`."""
    months = day.year * 12 + day.month - 1 - count
    return date(months // 12, months % 12 + 1, 1)


def counted_by(programmes: Iterable[Programme], kind: str, code: str, today: date) -> Monthly:
    """The months by which the visits of a unit of this kind and code are reported; else those of the calendar."""
    for programme in programmes:
        for duty in programme.duties_on(today):
            rule = duty.timing()
            owes = kind in duty.owed_by and (not duty.units or code in duty.units)
            if isinstance(rule, Monthly) and owes and duty.form and programme.form(duty.form).visited:
                return rule
    return CALENDAR


def period_back(rule: Monthly, today: date, count: int, tz: tzinfo) -> Period:
    """The period that lies `count` before the one of `today`."""
    period = period_at(rule, today, tz)
    for _ in range(count):
        period = period_at(rule, period.starts - timedelta(days=1), tz)
    return period
