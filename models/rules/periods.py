"""When a duty is owed: its rule turned into periods with a first day, a last day and one stated moment."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from models.rules import Refusal

END_OF_DAY = time(23, 59, 59)
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Monthly:
    """Due every month on `day` (in a short month on its last day).

    The period begins on `period_from_day` and is named by the month it ends in. `before` reads "trước ngày
    25": due the day before. `months_after` 1 asks in the month that follows the period.
    """

    day: int
    period_from_day: int
    before: bool = False
    months_after: int = 0
    until: time = END_OF_DAY


@dataclass(frozen=True, slots=True)
class Yearly:
    """Due once a year, for the calendar year: `before` 15/12 ends with 14/12. `years_after` 1: a year on."""

    month: int
    day: int
    before: bool = False
    years_after: int = 0
    until: time = END_OF_DAY


@dataclass(frozen=True, slots=True)
class Once:
    """Due a single time. Without `opens` it is owed from a year before: once its programme is loaded."""

    day: date
    before: bool = False
    opens: date | None = None
    until: time = END_OF_DAY


@dataclass(frozen=True, slots=True)
class BeforeActivity:
    """Due at least `days` calendar days before an activity: 10 days before 20/11 is the end of 10/11."""

    days: int
    until: time = END_OF_DAY


Repeating = Monthly | Yearly
Dated = Monthly | Yearly | Once
Rule = Monthly | Yearly | Once | BeforeActivity


@dataclass(frozen=True, slots=True)
class Period:
    """One turn of a duty: local days from `starts` to `ends`, both included; `due` is its last good second.

    `due` and `opens` are UTC.
    """

    key: str
    starts: date
    ends: date
    due: datetime
    opens: datetime


def local_time(moment: datetime, tz: tzinfo) -> datetime:
    """The moment on the office's clock; ValueError without a zone, which would mean the server's own."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs a time zone")
    return moment.astimezone(tz)


def local_day(moment: datetime, tz: tzinfo) -> date:
    """The calendar day of a moment at the office."""
    return local_time(moment, tz).date()


def moment_of(day: date, at: time, tz: tzinfo) -> datetime:
    """The UTC moment at which the office's clock shows `at` on `day`."""
    return datetime.combine(day, at, tz).astimezone(UTC)


def period_at(rule: Dated, day: date, tz: tzinfo) -> Period:
    """The period a local day belongs to. A single deadline has one period, whatever the day."""
    return _once(rule, tz) if isinstance(rule, Once) else _nth(rule, _number_at(rule, day), tz)


def period_of(rule: Dated, key: str, tz: tzinfo) -> Period:
    """The period called `key` ("2026-11", "2026"); raises Refusal programme.bad_period(value, expected)."""
    if not isinstance(rule, Once):
        return _nth(rule, _number_of(rule, key), tz)
    if key != rule.day.isoformat():
        raise Refusal("programme.bad_period", value=key, expected=rule.day.isoformat())
    return _once(rule, tz)


def periods_open(rule: Rule, now: datetime, tz: tzinfo, kept_for: timedelta = timedelta(days=31)) -> list[Period]:
    """The periods that matter now, oldest first: begun, and due no longer ago than `kept_for`.

    A period is owed from its first day, so that its report can be drafted while the work goes on. The
    deadline of an activity hangs on the activity (`activity_period`) and is never listed here.
    """
    if isinstance(rule, BeforeActivity):
        return []
    if isinstance(rule, Once):
        candidates = [_once(rule, tz)]
    else:
        latest = _number_at(rule, local_day(now, tz))
        candidates = [_nth(rule, number, tz) for number in range(latest - _reach(rule, kept_for), latest + 1)]
    return [period for period in candidates if period.opens <= now <= period.due + kept_for]


def next_period(rule: Dated, period: Period, tz: tzinfo) -> Period | None:
    """The period after this one; None after a single deadline."""
    return None if isinstance(rule, Once) else _nth(rule, _number_of(rule, period.key) + 1, tz)


def previous_key(rule: Dated, key: str) -> str | None:
    """The name of the period before ("2027-01" → "2026-12"), for its values; None for a single deadline."""
    return None if isinstance(rule, Once) else _key(rule, _number_of(rule, key) - 1)


def activity_period(rule: BeforeActivity, held_on: date, key: str, opens: datetime, tz: tzinfo) -> Period:
    """The deadline of an activity's plan. `key` names the activity; `opens` is when it became known.

    An activity announced too late has a `due` already past: its plan is taken and marked late.
    """
    starts = min(local_day(opens, tz), held_on)
    due = moment_of(held_on - timedelta(days=rule.days), rule.until, tz)
    return Period(key, starts, held_on, due, opens.astimezone(UTC))


def _once(rule: Once, tz: tzinfo) -> Period:
    last = _stated_day(rule.day, rule.before)
    starts = rule.opens or last - timedelta(days=365)
    due, opens = moment_of(last, rule.until, tz), moment_of(starts, time(0), tz)
    return Period(rule.day.isoformat(), starts, last, due, opens)


# A repeating rule counts its periods: months since year 0 for a monthly one, years for a yearly one.


def _nth(rule: Repeating, number: int, tz: tzinfo) -> Period:
    if isinstance(rule, Monthly):
        starts, ends = _last_day(rule, number - 1) + ONE_DAY, _last_day(rule, number)
        stated = _clamped(number + rule.months_after, rule.day)
    else:
        starts, ends = date(number, 1, 1), date(number, 12, 31)
        stated = _clamped((number + rule.years_after) * 12 + rule.month - 1, rule.day)
    due = moment_of(_stated_day(stated, rule.before), rule.until, tz)
    return Period(_key(rule, number), starts, ends, due, moment_of(starts, time(0), tz))


def _number_at(rule: Repeating, day: date) -> int:
    if isinstance(rule, Yearly):
        return day.year
    month = day.year * 12 + day.month - 1
    return month if day <= _last_day(rule, month) else month + 1


def _number_of(rule: Repeating, key: str) -> int:
    if isinstance(rule, Yearly):
        if re.fullmatch(r"[12][0-9]{3}", key):
            return int(key)
        raise Refusal("programme.bad_period", value=key, expected="2026")
    if re.fullmatch(r"[12][0-9]{3}-(0[1-9]|1[0-2])", key):
        return int(key[:4]) * 12 + int(key[5:]) - 1
    raise Refusal("programme.bad_period", value=key, expected="2026-11")


def _key(rule: Repeating, number: int) -> str:
    return f"{number:04d}" if isinstance(rule, Yearly) else f"{number // 12:04d}-{number % 12 + 1:02d}"


def _reach(rule: Repeating, kept_for: timedelta) -> int:
    """How many periods back one can still matter: a few too many cost nothing, the dates decide."""
    if isinstance(rule, Yearly):
        return kept_for.days // 365 + rule.years_after + 2
    return kept_for.days // 28 + rule.months_after + 2


def _last_day(rule: Monthly, month: int) -> date:
    # Clamping the last day, not the first: a period that ends on the 30th then ends with February.
    return _clamped(month, rule.period_from_day - 1 or 31)


def _clamped(month: int, day: int) -> date:
    year, month_of_year = month // 12, month % 12 + 1
    return date(year, month_of_year, min(day, monthrange(year, month_of_year)[1]))


def _stated_day(day: date, before: bool) -> date:
    return day - ONE_DAY if before else day
