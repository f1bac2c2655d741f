"""What comes again by itself in an office: on which morning of the week its note goes out, how long before a year its
dates are asked for. The numbers are those of content/office_rhythm.yaml.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

from models.rules.deadlines import Fields
from models.rules.periods import END_OF_DAY, ONE_DAY, local_day, moment_of
from models.rules.reminders import Quiet

_BAD = "office_rhythm.bad_file"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`weekday`, `at`: when the weekly note goes out (0 is Monday). `year_days`: days before a year begins."""

    weekday: int = 0
    at: time = time(7, 30)
    year_days: int = 30

    def note_due(self, now: datetime, is_off: Callable[[date], bool], nights: Quiet, tz: tzinfo) -> date | None:
        """The Monday of the week whose note may go out now; None: not yet, at night, or on a day off.

        A day off hands it on to the next working day of its week; a later day of the week makes up for an outage.
        """
        today = local_day(now, tz)
        monday = monday_of(today)
        days = [monday + timedelta(days=each) for each in range(self.weekday, 7)]
        first = next((day for day in days if not is_off(day)), None)
        if first is None or is_off(today) or nights.is_quiet(now, tz) or now < moment_of(first, self.at, tz):
            return None
        return monday

    def has_begun(self, now: datetime, tz: tzinfo) -> bool:
        """Whether the usual hour of this week's note is over, whatever the day off."""
        return now >= moment_of(monday_of(local_day(now, tz)) + timedelta(days=self.weekday), self.at, tz)


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def end_of_week(monday: date, tz: tzinfo) -> datetime:
    """The last second of the week that begins on that Monday, in UTC."""
    return moment_of(monday + 6 * ONE_DAY, END_OF_DAY, tz)


def week_name(monday: date) -> str:
    """The ISO name of a week: "2026-W48"."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02d}"


def parse_rhythm(data: object) -> Rhythm:
    """`{weekly_note: {weekday: 0, at: "07:30", source: …}, duty_years: {days_before: 30, source: …}}`.

    Raises Refusal office_rhythm.bad_file (`field`, `value`, `expected`) for the first thing wrong.
    """
    fields = Fields(data, _BAD)
    note, years = Fields(fields.take("weekly_note"), _BAD), Fields(fields.take("duty_years"), _BAD)
    fields.finish()
    at = note.clock("at")
    if at is None:
        raise note.refuse("at", None, '"07:30"')
    found = Rhythm(note.number("weekday", 0, 6), at, years.number("days_before", 1, 180))
    for each in (note, years):
        source = each.take("source")
        if not isinstance(source, str) or not source.strip():
            raise each.refuse("source", source, "…")
        each.finish()
    return found
