"""When the weekly note goes out: on the first working day of its week, from its hour on, never at night."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.programmes import read_plain
from bot.working_hours import RHYTHM
from models.rules import Refusal
from models.rules.office_rhythm import Rhythm, parse_rhythm, week_name
from models.rules.reminders import Quiet
from models.zone import VIETNAM

NIGHTS = Quiet()
DATA: dict[str, Any] = {
    "weekly_note": {"weekday": 0, "at": "07:30", "source": "x"},
    "duty_years": {"days_before": 30, "source": "x"},
}


def due(moment: str, *off: str) -> date | None:
    now = datetime.fromisoformat(moment).replace(tzinfo=VIETNAM)
    return Rhythm().note_due(now, lambda day: day.weekday() > 4 or day.isoformat() in off, NIGHTS, VIETNAM)


def test_it_goes_out_on_monday_at_half_past_seven() -> None:
    assert due("2026-11-23 07:29") is None
    assert due("2026-11-23 07:30") == date(2026, 11, 23)


def test_a_holiday_hands_it_on_to_the_next_working_day() -> None:
    assert due("2026-11-23 09:00", "2026-11-23") is None
    assert due("2026-11-24 07:29", "2026-11-23") is None
    assert due("2026-11-24 07:30", "2026-11-23") == date(2026, 11, 23)


def test_an_outage_is_made_up_for_on_a_later_working_day_of_the_week_and_not_at_night() -> None:
    assert due("2026-11-26 06:00") is None
    assert due("2026-11-26 21:00") is None
    assert due("2026-11-26 10:00") == date(2026, 11, 23)
    assert due("2026-11-28 10:00") is None  # a Saturday


@given(st.timedeltas(timedelta(), timedelta(days=730)), st.sets(st.integers(0, 800), max_size=300))
def test_it_is_always_the_note_of_this_very_week(after: timedelta, holidays: set[int]) -> None:
    now = datetime(2026, 1, 1, tzinfo=VIETNAM) + after
    off = {date(2025, 12, 29) + timedelta(days=each) for each in holidays}
    monday = Rhythm().note_due(now, lambda day: day in off, NIGHTS, VIETNAM)
    if monday is not None:
        assert monday.weekday() == 0
        assert timedelta() <= now.date() - monday < timedelta(days=7)
        assert week_name(monday) == week_name(now.date())
        assert not NIGHTS.is_quiet(now, VIETNAM)
        assert now.date() not in off


def test_the_file_is_read_and_what_is_wrong_in_it_is_named() -> None:
    assert parse_rhythm(read_plain(RHYTHM).value) == parse_rhythm(DATA) == Rhythm()
    for section, field, value in (("weekly_note", "weekday", 7), ("weekly_note", "source", ""), ("duty_years", "x", 1)):
        wrong = DATA | {section: DATA[section] | {field: value}}
        with pytest.raises(Refusal) as no:
            parse_rhythm(wrong)
        assert (no.value.key, no.value.values["field"]) == ("office_rhythm.bad_file", field)
