"""Reads content/working_hours.yaml and office_rhythm.yaml: when offices work, what comes again in them by itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from bot.programmes import read_plain
from models.days_off import OfficeCalendar
from models.rules.office_rhythm import parse_rhythm
from models.rules.working_hours import parse_working_hours

FILE = Path(__file__).parent / "content" / "working_hours.yaml"
RHYTHM = Path(__file__).parent / "content" / "office_rhythm.yaml"


@cache  # the file comes with the program and does not change while it runs
def read_calendar(file: Path = FILE, rhythm: Path = RHYTHM) -> OfficeCalendar:
    """Raises Refusal days_off.bad_file, office_rhythm.bad_file (`field`, `value`, `expected`) for the first thing
    wrong."""
    hours, days = parse_working_hours(read_plain(file).value)
    return OfficeCalendar(hours, days, parse_rhythm(read_plain(rhythm).value))
