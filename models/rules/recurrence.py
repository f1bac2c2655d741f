"""What comes again by the calendar: the rule as people type it ("thứ Hai hằng tuần 08:00"), and its next moments."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any

from models.rules import Refusal
from models.rules.announcement_times import take_clock
from models.rules.folding import clean, fold, shorten
from models.rules.periods import ONE_DAY, moment_of
from models.rules.reminders import Quiet
from models.rules.working_hours import LONGEST_REST, WorkingTime

WEEKLY, MONTHLY, YEARLY = "weekly", "monthly", "yearly"
EVERY = (WEEKLY, MONTHLY, YEARLY)
LAST_DAY = 31  # of a month, however many days it has
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)  # days of each month in the longest year
_WORDS = {"tuan": WEEKLY, "thang": MONTHLY, "nam": YEARLY}

_EVERY = re.compile(
    r"\b(?:hang|moi) (?P<every>tuan|thang|nam)\b|\b(?:1 |mot )lan (?:1 |mot )(?P<once>tuan|thang|nam)\b"
)
_FILLING = re.compile(r"\b(?:luc|vao|gui|nhac|dinh ky|hang|moi|cua|trong)\b")
_WEEKDAY = re.compile(r"(?:ngay )?(?:(?:thu ?|t)(?P<name>hai|ba|tu|nam|sau|bay|[2-7])|chu nhat|cn)")
_NAMES = {"hai": 1, "ba": 2, "tu": 3, "nam": 4, "sau": 5, "bay": 6} | {str(day): day - 1 for day in range(2, 8)}
_MONTH_END = re.compile(r"(?:ngay )?cuoi(?: cung)?(?: thang)?")
_MONTH_DAY = re.compile(r"(?P<word>ngay |mung |mong )?(?P<day>[0-9]{1,2})")
_DATE = re.compile(r"(?:ngay )?(?P<day>[0-9]{1,2})(?:[/.-]| thang )(?P<month>[0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class Recurrence:
    """Every week on weekday `day` (1 is Monday), every month on `day`, or every year on `day` of `month`; at `at` by
    the office's clock. A day that a month has not is its last one."""

    every: str
    day: int
    at: time
    month: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As it is kept beside the plan."""
        return {"every": self.every, "day": self.day, "month": self.month, "at": self.at.strftime("%H:%M")}

    def days_from(self, first: date) -> Iterator[date]:
        """The days of the rule from `first` on, none twice."""
        if self.every == WEEKLY:
            day = first + timedelta(days=(self.day - first.isoweekday()) % 7)
            while True:
                yield day
                day += 7 * ONE_DAY
        year, month = first.year, first.month if self.every == MONTHLY else self.month
        while True:
            day = date(year, month, min(self.day, monthrange(year, month)[1]))
            if day >= first:
                yield day
            year, month = (year + (month == 12), month % 12 + 1) if self.every == MONTHLY else (year + 1, month)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One moment of a rule, in UTC. `day`: of the rule; `is_moved`: that is a public holiday, so it comes later."""

    at: datetime
    day: date
    is_moved: bool


def recurrence_of(kept: Mapping[str, Any]) -> Recurrence:
    """What `Recurrence.as_dict` gave."""
    return Recurrence(kept["every"], int(kept["day"]), time.fromisoformat(kept["at"]), int(kept["month"]))


def occurrences(rule: Recurrence, done_on: date, working: WorkingTime) -> Iterator[Occurrence]:
    """The moments of the rule's days after `done_on`, each later than the one before.

    A day marked as off (public holiday, Tết) waits for the next working day; two that meet there are one. A weekend
    that is no holiday is a day like any other: whoever chose Sunday means it.
    """
    last: datetime | None = None
    # days before `done_on` may have been moved behind it
    for day in rule.days_from(done_on - timedelta(days=LONGEST_REST)):
        on = _working_day(day, working)
        at = moment_of(on, rule.at, working.tz)
        if last is not None and at <= last:
            continue
        last = at
        if day > done_on:
            yield Occurrence(at, day, on != day)


def coming(rule: Recurrence, now: datetime, today: date, working: WorkingTime) -> Iterator[Occurrence]:
    """The moments after `now`, for a rule that begins (again) today."""
    begins = today - timedelta(days=LONGEST_REST)
    return (each for each in occurrences(rule, begins, working) if each.at > now)


def _working_day(day: date, working: WorkingTime) -> date:
    mark = working.marks.get(day)
    if mark is None or not mark.is_off:
        return day
    later = (day + number * ONE_DAY for number in range(1, LONGEST_REST))
    return next((each for each in later if not working.is_off(each)), day)


# --- as it is typed, or put together by buttons ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """What is known of a rule so far: 0, "" and None stand for what was not said yet."""

    every: str = ""
    day: int = 0
    month: int = 0
    at: time | None = None

    @property
    def rule(self) -> Recurrence | None:
        """The whole rule; None while something is missing."""
        return None if self.lacks or self.at is None else Recurrence(self.every, self.day, self.at, self.month)

    @property
    def lacks(self) -> str:
        """What has to be asked next: every, day, at; "" for nothing."""
        return "every" if not self.every else "day" if not self.day else "at" if self.at is None else ""

    def as_arg(self) -> str:
        """As a button carries it."""
        clock = "" if self.at is None else self.at.strftime("%H%M")
        return f"{self.every[:1]}{self.day}.{self.month}.{clock}"


def wish_of(arg: str) -> Wish:
    """What `Wish.as_arg` gave; nothing known when it is none."""
    found = re.fullmatch(r"([wmy]?)([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})?", arg)
    if found is None:
        return Wish()
    every = next((each for each in EVERY if found[1] and each.startswith(found[1])), "")
    at = time(int(found[4][:2]), int(found[4][2:])) if found[4] and found[4] < "2360" else None
    return Wish(every, int(found[2]), int(found[3]), at)


def wish_for(rule: Recurrence) -> Wish:
    return Wish(rule.every, rule.day, rule.month, rule.at)


def read_wish(text: str, known: Wish, quiet: Quiet) -> Wish:
    """What is known after this was typed too: "thứ Hai hằng tuần 08:00", "ngày 20 hằng tháng", "26/3 7h30", "8h".

    Raises Refusal announcement_plan.unclear(typed), .night(at) for an hour of silence, .no_day(typed) for a day that
    never comes.
    """
    typed = shorten(" ".join(clean(text).split()), 40)
    said = " ".join(fold(text).replace(",", " ").split()).strip(" .!")
    named = {_WORDS[each["every"] or each["once"]] for each in _EVERY.finditer(said)}
    try:
        at, rest = take_clock(" ".join(_EVERY.sub(" ", said).split()))
    except ValueError as error:
        raise Refusal("announcement_plan.unclear", typed=typed) from error
    every = named.pop() if len(named) == 1 else ""
    rest = " ".join(_FILLING.sub(" ", rest).split())
    found = _day_in(rest, every or known.every)
    if named or (rest and found is None) or (found and every and found.every != every) or not (rest or every or at):
        raise Refusal("announcement_plan.unclear", typed=typed)
    return _joined(known, replace(found or Wish(every), at=at), typed, quiet)


def _joined(known: Wish, said: Wish, typed: str, quiet: Quiet) -> Wish:
    if said.at is not None and (quiet.start <= said.at or said.at < quiet.end):
        raise Refusal("announcement_plan.night", at=said.at.strftime("%H:%M"))
    if not _exists(said):
        raise Refusal("announcement_plan.no_day", typed=typed)
    at = known.at if said.at is None else said.at
    if not said.every or (said.every == known.every and not said.day):
        return replace(known, at=at)
    return replace(said, at=at)


def _day_in(rest: str, every: str) -> Wish | None:
    """The day that the words name; a bare number is a day of the month only where one is asked for."""
    if found := _WEEKDAY.fullmatch(rest):
        return Wish(WEEKLY, _NAMES[found["name"]] if found["name"] else 7)
    if _MONTH_END.fullmatch(rest):
        return Wish(MONTHLY, LAST_DAY)
    if found := _DATE.fullmatch(rest):
        return Wish(YEARLY, int(found["day"]) or LAST_DAY + 1, int(found["month"]))
    found = _MONTH_DAY.fullmatch(rest)
    if found and (found["word"] or every == MONTHLY):
        return Wish(MONTHLY, int(found["day"]) or LAST_DAY + 1)
    return None


def _exists(wish: Wish) -> bool:
    if wish.every == YEARLY and wish.day:
        return 1 <= wish.month <= 12 and 1 <= wish.day <= _LONGEST[wish.month - 1]
    return wish.day <= (7 if wish.every == WEEKLY else LAST_DAY)
