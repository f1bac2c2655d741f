"""Until when: the end of a day typed in many ways, never outside the days to choose from."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.until import read_until, working_days_on

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 24, 9, tzinfo=VIETNAM)
DUE = datetime(2026, 11, 25, 16, 59, 59, tzinfo=UTC)
LAST = DUE + timedelta(days=10)


def day_of(text: str) -> str:
    return f"{read_until(text, NOW, VIETNAM, DUE, LAST).astimezone(VIETNAM):%d/%m %H:%M:%S}"


@pytest.mark.parametrize(
    "text",
    ["28/11", "hết 28/11", "đến hết ngày 28/11/2026", "HET NGAY 28/11", "xin gia hạn đến 28/11", "trước 29/11",
     "trước ngày 29/11", "thứ Bảy 28/11", "28-11-2026", "hạn 28/11"],
)  # fmt: skip
def test_a_day_is_meant_to_its_last_second(text: str) -> None:
    assert day_of(text) == "28/11 23:59:59"


@pytest.mark.parametrize(
    "text, key",
    [
        ("25/11", "until.too_early"),
        ("trước 26/11", "until.too_early"),
        ("06/12", "until.too_far"),
        ("28", "until.doubt"),
        ("thứ bảy", "until.doubt"),
        ("3 ngày", "until.doubt"),
        ("3 ngày nữa", "until.doubt"),
        ("mấy hôm nữa", "date.vague"),
        ("", "date.not_a_date"),
        ("31/11", "date.no_such_day"),
    ],
)
def test_what_may_be_misread_or_cannot_be_is_not_guessed(text: str, key: str) -> None:
    with pytest.raises(Refusal) as no:
        day_of(text)
    assert no.value.key == key


def test_a_weekday_alone_is_the_next_one_and_asked_about() -> None:
    with pytest.raises(Refusal) as no:
        day_of("thứ bảy")
    assert no.value.values["day"] == date(2026, 11, 28)


def test_a_day_of_today_may_end_something_that_begins_now() -> None:
    assert read_until("24/11", NOW, VIETNAM, NOW, LAST).astimezone(VIETNAM).day == 24


@given(st.text(max_size=40) | st.dates(date(2026, 11, 1), date(2027, 1, 31)).map(lambda day: f"hết {day:%d/%m/%Y}"))
def test_whatever_is_typed_the_moment_lies_between_the_two(text: str) -> None:
    try:
        until = read_until(text, NOW, VIETNAM, DUE, LAST)
    except Refusal:
        return
    assert max(DUE, NOW) < until <= LAST


@given(st.dates(date(2020, 1, 1), date(2030, 1, 1)), st.integers(1, 30))
def test_working_days_leave_out_saturdays_and_sundays(day: date, days: int) -> None:
    end = working_days_on(day, days)
    between = [day + timedelta(days=ahead) for ahead in range(1, (end - day).days + 1)]
    assert end.isoweekday() < 6
    assert sum(each.isoweekday() < 6 for each in between) == days
