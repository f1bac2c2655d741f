"""Dates as people type them, the day first: a day nobody doubts, one to ask about, or a refusal and why."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from models.rules import Refusal
from models.rules.date_words import (
    ONE_DATE,
    Written,
    read_relative,
    read_written,
    with_named_month,
    without_weekday,
)
from models.rules.folding import clean, fold, has_hidden, shorten
from models.rules.number_units import without_courtesy

Period = tuple[date, date]

_LONGEST = 100  # characters
_FAR = timedelta(days=2 * 366)  # a typed year further away than this is asked about
_YEARS = range(1900, 2101)
_TYPED = str.maketrans(
    {0xFF10 + digit: str(digit) for digit in range(10)}
    | {0xFF0F: "/", 0xFF0E: ".", 0xFF0D: "-", 0x2013: "-", 0x2014: "-", 0x2212: "-", 0x2010: "-", 0x2011: "-"}
)
_TIME = re.compile(
    r"[ ,]*\b(?:luc )?[0-9]{1,2}(?:h[0-9]{0,2}|:[0-9]{2}(?::[0-9]{2})?| gio(?: [0-9]{1,2})?)(?![0-9])[ ,]*"
)
_VAGUE = re.compile(
    r"\b(?:dau|giua|cuoi) (?:thang|tuan|nam)|\b(?:tuan|thang) (?:truoc|nay|sau|roi)|\bhom no\b|\bmay hom\b"
)
_LUNAR = re.compile(r"\b(?:am lich|al|ram|tet|thang gieng|thang chap)\b")
_MONTH_ALONE = re.compile(
    r"(?:thang|thg|th) ?[0-9]{1,2}(?:[ /-]*(?:nam )?[0-9]{4})?|[0-9]{1,2}[/.-][0-9]{4}|(?:nam )?[0-9]{4}"
)


@dataclass(frozen=True, slots=True)
class DateReading:
    """The day that was typed; when not `sure`, ask "did you mean `value`?" first."""

    value: date
    sure: bool


def read_date(
    text: str, *, today: date, period: Period | None = None, planned: bool = False, past: bool = False
) -> DateReading:
    """Read one day; a missing year comes from `period` (first and last day) or is the nearest to `today`.

    A day after `today` or outside `period` is asked about; with `planned` (an activity to come) one before it.
    With `past` (a founding, however long ago) a missing year is that of the latest such day, and is asked about.
    Raises `Refusal` with `date.not_a_date`, `.no_such_day`, `.no_such_month`, `.no_such_year`, `.day_missing`,
    `.several`, `.vague`, `.lunar` or `.weekday_differs`; values `text` (as typed, shortened), `suggestion`
    (a date or nothing) and the numbers that each names.
    """
    asked = _Question(shorten(clean(text), 40), today, period, planned, past)
    rows = [clean(row) for row in re.split("[\t\n\r\v\f\x85\u2028\u2029]+", text.translate(_TYPED))]
    plain = without_courtesy(" ; ".join(row for row in rows if row))
    if len(plain) > _LONGEST or any(char.isnumeric() and not "0" <= char <= "9" for char in plain):
        raise asked.refuse("not_a_date")
    folded = re.sub(r" ?/ ?", "/", fold(plain).strip(" ./,;"))
    reading = _read(folded, asked)
    return DateReading(reading.value, reading.sure and not has_hidden(text))


def format_date(day: date) -> str:
    """The day as Vietnamese people write it: "25/11/2026"."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def weekday_number(day: date) -> int:
    """1 for Monday to 7 for Sunday; the name of the day is wording."""
    return day.isoweekday()


@dataclass(frozen=True, slots=True)
class _Question:
    """What the day is asked for, and what to say when it cannot be read."""

    shown: str
    today: date
    period: Period | None
    planned: bool
    past: bool = False

    def refuse(self, moment: str, suggestion: date | None = None, **numbers: int) -> Refusal:
        shown = format_date(suggestion) if suggestion else ""
        return Refusal(f"date.{moment}", text=self.shown, suggestion=shown, **numbers)

    def contains(self, day: date) -> bool:
        return self.period is not None and self.period[0] <= day <= self.period[1]

    def weighed(self, day: date, sure: bool) -> DateReading:
        """The day, asked about when it lies where nobody would expect it."""
        wrong_side = day < self.today if self.planned else day > self.today
        outside = self.period is not None and not self.contains(day)
        return DateReading(day, sure and not wrong_side and not outside and abs(day - self.today) <= _FAR)

    def nearest(self, days: list[date]) -> date:
        return min(days, key=lambda day: (abs(day - self.today), day))


def _read(text: str, asked: _Question) -> DateReading:
    if _LUNAR.search(text):
        raise asked.refuse("lunar")
    if relative := read_relative(text, asked.today):
        return asked.weighed(*relative)
    bare, weekday = without_weekday(text)
    timeless = _TIME.sub(" ", bare).strip()
    written = read_written(with_named_month(timeless, asked.today))
    if written is None:
        return DateReading(_inside(timeless, asked), sure=False)
    reading = _dated(written, asked)
    if weekday is not None and weekday != reading.value.isoweekday():
        actual = reading.value.isoweekday()
        raise asked.refuse("weekday_differs", reading.value, weekday=weekday, actual=actual)
    return DateReading(reading.value, reading.sure and timeless == bare)


def _inside(text: str, asked: _Question) -> date:
    """The one date among other words, to be asked about."""
    if _MONTH_ALONE.fullmatch(text):
        raise asked.refuse("day_missing")
    found = ONE_DATE.findall(text)
    rest = ONE_DATE.sub(" ", text)
    if len(found) > 1 or (found and re.search("[0-9]", rest)):
        raise asked.refuse("several")
    written = read_written(found[0]) if found else None
    if written is not None:
        return _dated(written, asked).value
    if _VAGUE.search(text):
        raise asked.refuse("vague")
    numbers = re.findall(r"\b[0-9]{1,2}\b", text)
    looks_like_two = len(numbers) > 1 and re.search(r"[0-9] ?(?:-|,|;|va|den|toi|hoac|hay) ?(?:ngay )?[0-9]", text)
    raise asked.refuse("several" if looks_like_two else "not_a_date")


def _dated(written: Written, asked: _Question) -> DateReading:
    if written.month is None:
        return _day_of_some_month(written, asked)
    if not 1 <= written.month <= 12:
        raise _no_such_month(written, asked)
    if written.year is None:
        return _day_of_some_year(written.day, written.month, written.usual, asked)
    if written.year not in _YEARS:
        raise asked.refuse("no_such_year", year=written.year)
    return asked.weighed(_existing(written.year, written.month, written.day, asked), written.usual)


def _day_of_some_year(day: int, month: int, usual: bool, asked: _Question) -> DateReading:
    years = (asked.today.year - 1, asked.today.year, asked.today.year + 1)
    days = [date(year, month, day) for year in years if 1 <= day <= calendar.monthrange(year, month)[1]]
    if inside := [each for each in days if asked.contains(each)]:
        return asked.weighed(inside[-1], usual and len(inside) == 1)
    if asked.past and (gone := _latest_gone(day, month, asked.today)):
        return DateReading(gone, sure=False)
    this_year = _existing(asked.today.year, month, day, asked)
    nearest = asked.nearest(days)
    return asked.weighed(nearest, usual and nearest == this_year)


def _latest_gone(day: int, month: int, today: date) -> date | None:
    """The latest such day up to today; nine years back, for 29 February may be missing for eight."""
    years = range(today.year, today.year - 9, -1)
    days = (date(year, month, day) for year in years if 1 <= day <= calendar.monthrange(year, month)[1])
    return next((each for each in days if each <= today), None)


def _day_of_some_month(written: Written, asked: _Question) -> DateReading:
    """ "On the 25th": of the month reported on, or else of this month; a day still to come (or gone) is asked about."""
    if not 1 <= written.day <= 31:
        raise asked.refuse("no_such_day", day=written.day, month=0, year=0, last_day=31)
    this_month = asked.today.year * 12 + asked.today.month - 1
    months = [divmod(this_month + step, 12) for step in range(-14, 3)]
    days = [
        date(year, month + 1, written.day)
        for year, month in months
        if written.day <= calendar.monthrange(year, month + 1)[1]
    ]
    if inside := [day for day in days if asked.contains(day)]:
        return asked.weighed(inside[-1], written.usual and len(inside) == 1)
    expected = [day for day in days if (day >= asked.today if asked.planned else day <= asked.today)]
    day = asked.nearest(expected)
    return asked.weighed(day, written.usual and (day.year, day.month) == (asked.today.year, asked.today.month))


def _existing(year: int, month: int, day: int, asked: _Question) -> date:
    last_day = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last_day:
        raise asked.refuse("no_such_day", day=day, month=month, year=year, last_day=last_day)
    return date(year, month, day)


def _no_such_month(written: Written, asked: _Question) -> Refusal:
    """The refusal of a 25th month; when the other way round is a day, that is the suggestion ("3/25")."""
    month = written.month or 0
    year = written.year if written.year in _YEARS else asked.today.year
    suggestion = None
    if 1 <= written.day <= 12 and year is not None and 1 <= month <= calendar.monthrange(year, written.day)[1]:
        suggestion = date(year, written.day, month)
    return asked.refuse("no_such_month", suggestion, month=month)
