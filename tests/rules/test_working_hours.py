"""The office's clock counts only its hours: nights, weekends, holidays pass by it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.working_hours import DayMark, OfficeHours, WorkingTime, parse_working_hours

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
BERLIN = ZoneInfo("Europe/Berlin")  # where the clocks change
CULTURE_DAY = {date(2026, 11, 24): DayMark(True, "Ngày Văn hoá Việt Nam")}
OFFICE = WorkingTime(OfficeHours(), CULTURE_DAY, HANOI)
HOUR = timedelta(hours=1)

FIRST, LAST = datetime(2025, 1, 1), datetime(2028, 12, 31)  # noqa: DTZ001  (drawn in UTC)
moments = st.datetimes(FIRST, LAST, timezones=st.just(UTC))
spans = st.timedeltas(timedelta(), timedelta(hours=80))
marked = st.dictionaries(st.dates(date(2025, 1, 1), date(2029, 1, 1)), st.builds(DayMark, st.booleans()), max_size=20)
offices = st.builds(WorkingTime, st.just(OfficeHours()), marked, st.sampled_from([HANOI, BERLIN]))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


@pytest.mark.parametrize(
    "start, hours, end",
    [
        ("2026-11-20 08:00", 2, "2026-11-20 10:00"),
        ("2026-11-20 10:30", 2, "2026-11-20 14:30"),  # over lunch
        ("2026-11-20 16:30", 1, "2026-11-23 08:00"),  # over a weekend
        ("2026-11-20 08:00", 24, "2026-11-26 09:30"),  # over a weekend and the day of culture
        ("2026-11-21 22:00", 1, "2026-11-23 08:30"),  # asked at night on a Saturday
        ("2026-11-20 13:30", 3.5, "2026-11-20 17:00"),  # what fills the day ends with the day
        ("2026-11-20 17:00", 0.5, "2026-11-23 08:00"),
        ("2026-11-20 03:00", 0, "2026-11-20 03:00"),
    ],
)
def test_working_time_passes_only_while_the_office_works(start: str, hours: float, end: str) -> None:
    assert OFFICE.add(at(start), hours * HOUR) == at(end)


@pytest.mark.parametrize(
    "moment, opens",
    [
        ("2026-11-20 09:15", "2026-11-20 09:15"),
        ("2026-11-20 11:30", "2026-11-20 13:30"),
        ("2026-11-20 17:00", "2026-11-23 07:30"),
        ("2026-11-23 18:00", "2026-11-25 07:30"),
    ],
)
def test_the_next_working_moment_is_now_or_when_the_office_opens(moment: str, opens: str) -> None:
    assert OFFICE.next_moment(at(moment)) == at(opens)


def test_a_marked_saturday_is_worked_and_a_marked_tuesday_is_not() -> None:
    swapped = WorkingTime(OfficeHours(), {date(2026, 11, 21): DayMark(False), **CULTURE_DAY}, HANOI)
    assert not swapped.is_off(date(2026, 11, 21))
    assert swapped.is_off(date(2026, 11, 22))
    assert swapped.is_off(date(2026, 11, 24))
    assert swapped.add(at("2026-11-20 16:30"), HOUR) == at("2026-11-21 08:00")


def test_no_time_is_taken_back() -> None:
    with pytest.raises(ValueError):
        OFFICE.add(at("2026-11-20 08:00"), -HOUR)


def test_a_calendar_in_which_nobody_works_is_told_from_a_long_holiday() -> None:
    idle = WorkingTime(OfficeHours(), {date(2026, 1, 1) + timedelta(days=n): DayMark(True) for n in range(365)}, HANOI)
    with pytest.raises(ValueError):
        idle.add(at("2026-02-01 08:00"), HOUR)


@given(offices, moments, spans, spans)
def test_adding_two_spans_is_adding_their_sum(
    office: WorkingTime, start: datetime, one: timedelta, two: timedelta
) -> None:
    assert office.add(office.add(start, one), two) == office.add(start, one + two)


@given(offices, moments, moments, spans)
def test_who_asks_later_is_not_answered_earlier(
    office: WorkingTime, one: datetime, other: datetime, span: timedelta
) -> None:
    first, second = sorted((one, other))
    assert office.add(first, span) <= office.add(second, span)


@given(offices, moments, spans)
def test_between_the_start_and_the_end_lies_what_was_added(
    office: WorkingTime, start: datetime, span: timedelta
) -> None:
    end = office.add(start, span)
    assert office.between(start, end) == span
    assert end >= start


@given(offices, moments, spans.filter(bool))
def test_the_end_lies_in_office_hours_whatever_the_clocks_do(
    office: WorkingTime, start: datetime, span: timedelta
) -> None:
    here = office.add(start, span).astimezone(office.tz)
    assert not office.is_off(here.date())
    assert any(opens < here.time() <= closes for opens, closes in office.hours.spans)


@given(offices, moments)
def test_the_next_working_moment_is_worked_and_nothing_lies_before_it(office: WorkingTime, moment: datetime) -> None:
    opens = office.next_moment(moment)
    here = opens.astimezone(office.tz)
    assert opens >= moment
    assert not office.is_off(here.date())
    assert any(start <= here.time() < end for start, end in office.hours.spans)
    assert office.between(moment, opens) == timedelta()
    assert office.next_moment(opens) == opens


GOOD: dict[str, Any] = {
    "hours": {"weekdays": [0, 1, 2, 3, 4], "spans": ["08:00-12:00", "13:00-17:00"], "source": "Quyết định số 1"},
    "days": [{"day": "2026-01-10", "is_off": False, "name": "Làm bù", "source": "9441/TB-BNV"}],
}


def test_the_file_of_hours_is_read() -> None:
    hours, days = parse_working_hours(GOOD)
    assert hours == OfficeHours(((time(8), time(12)), (time(13), time(17))), frozenset(range(5)))
    assert days == {date(2026, 1, 10): DayMark(False, "Làm bù", "9441/TB-BNV")}


@pytest.mark.parametrize(
    "changed, field",
    [
        ({"hours": {**GOOD["hours"], "spans": ["12:00-08:00"]}}, "spans"),
        ({"hours": {**GOOD["hours"], "spans": ["08:00-12:00", "11:00-17:00"]}}, "spans"),
        ({"hours": {**GOOD["hours"], "spans": ["sáng"]}}, "spans"),
        ({"hours": {**GOOD["hours"], "weekdays": [7]}}, "weekdays"),
        ({"hours": {**GOOD["hours"], "source": ""}}, "source"),
        ({"days": {"day": "2026-01-10"}}, "days"),
        ({"days": [{"is_off": True, "name": "x", "source": "y"}]}, "day"),
        ({"days": [{**GOOD["days"][0], "why": "z"}]}, "why"),
        ({"days": [{**GOOD["days"][0], "source": ""}]}, "source"),
    ],
)
def test_what_is_wrong_in_the_file_of_hours_is_named(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refusal) as no:
        parse_working_hours(GOOD | changed)
    assert (no.value.key, no.value.values["field"]) == ("days_off.bad_file", field)
