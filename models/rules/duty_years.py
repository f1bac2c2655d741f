"""Yearly duties in one year: the day that the plan says, and the day that the office at the top has chosen instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta, tzinfo

from models.rules.locks import end_of
from models.rules.periods import (
    Dated,
    Period,
    Rule,
    Yearly,
    local_day,
    moment_of,
    next_period,
    period_at,
    periods_open,
)
from models.rules.until import read_until

KEPT_FOR = timedelta(days=31)
ONE_YEAR = timedelta(days=366)  # no further than this a day of a year is moved


@dataclass(frozen=True, slots=True)
class ChosenDays:
    """The days that were confirmed, by duty ("programme/duty") and year: what is not there is due as the plan says."""

    days: Mapping[tuple[str, str], date] = field(default_factory=dict)

    def period(self, duty: str, rule: Dated, period: Period, tz: tzinfo) -> Period:
        """The period with the deadline that holds; only that of a yearly duty is ever another than the plan's."""
        day = self.days.get((duty, period.key))
        return moved(period, rule, day, tz) if day is not None and isinstance(rule, Yearly) else period

    def periods_open(
        self, duty: str, rule: Rule, now: datetime, tz: tzinfo, kept_for: timedelta = KEPT_FOR
    ) -> list[Period]:
        """As `models.rules.periods.periods_open`, by the deadlines that hold."""
        if not isinstance(rule, Yearly):
            return periods_open(rule, now, tz, kept_for)
        found = [self.period(duty, rule, each, tz) for each in periods_open(rule, now, tz, kept_for + ONE_YEAR)]
        return [each for each in found if now <= each.due + kept_for]


def moved(period: Period, rule: Yearly, due_on: date, tz: tzinfo) -> Period:
    """The same year with another last good day; the hour stays the plan's."""
    return replace(period, due=moment_of(due_on, rule.until, tz))


def year_ahead(rule: Yearly, now: datetime, days: int, tz: tzinfo) -> Period | None:
    """The year that begins in at most so many days."""
    period = next_period(rule, period_at(rule, local_day(now, tz), tz), tz)
    return period if period is not None and period.opens - now <= timedelta(days=days) else None


def limits(period: Period, tz: tzinfo) -> tuple[date, date]:
    """The days that may be chosen: of the calendar year in which the plan asks for it, and not before its period."""
    year = local_day(period.due, tz).year
    return max(period.starts, date(year, 1, 1)), date(year, 12, 31)


def read_due_on(text: str, period: Period, now: datetime, tz: tzinfo) -> date:
    """The last good day that was typed: "trước 10/12" is the 9th; a day without a year is one of that year.

    Raises Refusal until.too_early, until.too_far, until.doubt, date.* as `models.rules.until.read_until` does.
    """
    first, last = limits(period, tz)
    begins = max(moment_of(first, time(), tz), now)
    return local_day(read_until(text, begins, tz, begins, end_of(last, tz), (first, last)), tz)
