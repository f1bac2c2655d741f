"""When an office works: its hours, its days off, and the clock that counts only those hours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from itertools import pairwise

from models.rules import Refusal
from models.rules.deadlines import Fields
from models.rules.periods import ONE_DAY, local_day, moment_of

LONGEST_REST = 60  # days; a calendar in which nobody works for so long is a wrong calendar
_BAD = "days_off.bad_file"


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The spans of a working day, in order and apart, and the weekdays that have them (0 is Monday)."""

    spans: tuple[tuple[time, time], ...] = ((time(7, 30), time(11, 30)), (time(13, 30), time(17)))
    weekdays: frozenset[int] = frozenset(range(5))


@dataclass(frozen=True, slots=True)
class DayMark:
    """What the calendar says about a day: off, or worked although its weekday is off. `source`: who says so."""

    is_off: bool
    name: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class WorkingTime:
    """The hours of an office with the days that are marked otherwise than their weekday, in the zone of the office.

    Moments come out in UTC. Raises ValueError where nobody works for LONGEST_REST days.
    """

    hours: OfficeHours
    marks: Mapping[date, DayMark]
    tz: tzinfo

    def is_off(self, day: date) -> bool:
        mark = self.marks.get(day)
        return mark.is_off if mark is not None else day.weekday() not in self.hours.weekdays

    def next_moment(self, moment: datetime) -> datetime:
        """The moment itself while the office works, else when it opens again."""
        return next(self._spans_from(moment))[0]

    def add(self, moment: datetime, span: timedelta) -> datetime:
        """When so much working time has passed since `moment`; nothing added is the moment itself.

        A span that fills the day ends when the office closes, not when it opens again.
        """
        if span < timedelta():
            raise ValueError(span)
        if not span:
            return moment.astimezone(UTC)
        for start, end in self._spans_from(moment):
            if end - start >= span:
                return start + span
            span -= end - start
        raise AssertionError("the spans never end")

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much working time lies between two moments; none when `end` is not later."""
        worked = timedelta()
        for opens, closes in self._spans_from(start):
            if opens >= end:
                break
            worked += min(closes, end) - opens
        return worked

    def _spans_from(self, moment: datetime) -> Iterator[tuple[datetime, datetime]]:
        """What is left of the span at that moment, then every later one."""
        day, rest = local_day(moment, self.tz), 0
        while True:
            if self.is_off(day):
                rest += 1
                if rest > LONGEST_REST:
                    raise ValueError(day)
            else:
                rest = 0
                for opens, closes in self.hours.spans:
                    end = moment_of(day, closes, self.tz)
                    if end > moment:
                        yield max(moment_of(day, opens, self.tz), moment.astimezone(UTC)), end
            day += ONE_DAY


def parse_working_hours(data: object) -> tuple[OfficeHours, dict[date, DayMark]]:
    """`{hours: {weekdays: [0, …], spans: ["07:30-11:30", …], source: …}, days: [{day, is_off, name, source}, …]}`.

    Raises Refusal days_off.bad_file (`field`, `value`, `expected`) for the first thing wrong.
    """
    fields = Fields(data, _BAD)
    hours = _hours(Fields(fields.take("hours"), _BAD))
    rows = fields.take("days")
    fields.finish()
    if not isinstance(rows, list):
        raise Refusal(_BAD, field="days", value=rows, expected="- {day: 2026-01-10, is_off: false, …}")
    return hours, dict(_day(Fields(row, _BAD)) for row in rows)


def _hours(fields: Fields) -> OfficeHours:
    weekdays, spans = fields.take("weekdays"), fields.take("spans")
    _text(fields, "source")
    fields.finish()
    if not isinstance(weekdays, list) or not weekdays or not set(weekdays) <= set(range(7)):
        raise fields.refuse("weekdays", weekdays, "[0, 1, 2, 3, 4]")
    read = [_span(fields, each) for each in spans] if isinstance(spans, list) else []
    if not read or any(later[0] <= before[1] for before, later in pairwise(read)):
        raise fields.refuse("spans", spans, '["07:30-11:30", "13:30-17:00"]')
    return OfficeHours(tuple(read), frozenset(weekdays))


def _span(fields: Fields, written: object) -> tuple[time, time]:
    ends: Sequence[str] = str(written).split("-")
    try:
        opens, closes = (time.fromisoformat(each) for each in ends)
    except ValueError:
        raise fields.refuse("spans", written, "07:30-11:30") from None
    if closes <= opens:
        raise fields.refuse("spans", written, "07:30-11:30")
    return opens, closes


def _day(fields: Fields) -> tuple[date, DayMark]:
    day = fields.day("day")
    if day is None:
        raise fields.refuse("day", None, "2026-11-24")
    mark = DayMark(fields.flag("is_off"), _text(fields, "name"), _text(fields, "source"))
    fields.finish()
    return day, mark


def _text(fields: Fields, name: str) -> str:
    value = fields.take(name)
    if not isinstance(value, str) or not value.strip():
        raise fields.refuse(name, value, "…")
    return value.strip()
