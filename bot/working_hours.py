"""Reads content/working_hours.yaml: when offices work, and the days that the calendar of holidays does not know."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.programmes import read_plain
from models.days_off import OfficeCalendar
from models.rules.working_hours import parse_working_hours

FILE = Path(__file__).parent / "content" / "working_hours.yaml"


@cache  # the file comes with the program and does not change while it runs
def read_calendar(file: Path = FILE) -> OfficeCalendar:
    """Raises Refusal days_off.bad_file (`field`, `value`, `expected`) for the first thing wrong."""
    return OfficeCalendar(*parse_working_hours(read_plain(file).value))
