"""What a team says of itself when it is registered."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.teams import read_step

TODAY = date(2026, 11, 26)


@pytest.mark.parametrize(
    "typed, day",
    [
        ("15/3", date(2026, 3, 15)),
        ("26/11", date(2026, 11, 26)),
        ("27/11", date(2025, 11, 27)),
        ("25/12", date(2025, 12, 25)),
        ("29/2", date(2024, 2, 29)),
        ("15 tháng 3", date(2026, 3, 15)),
    ],
)
def test_a_founding_day_without_a_year_is_the_latest_one_gone_by_and_is_asked_about(typed: str, day: date) -> None:
    with pytest.raises(Refusal) as no:
        read_step("date", typed, TODAY)
    assert (no.value.key, no.value.values["value"]) == ("team.doubt_date", day)


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_no_founding_day_without_a_year_lies_ahead_or_longer_ago_than_it_must(day: date, today: date) -> None:
    with pytest.raises(Refusal) as no:
        read_step("date", f"{day.day}/{day.month}", today)
    meant = no.value.values["value"]
    assert no.value.key == "team.doubt_date"
    assert (meant.day, meant.month) == (day.day, day.month)
    assert timedelta() <= today - meant <= timedelta(days=8 * 366 if (day.day, day.month) == (29, 2) else 365)


def test_a_founding_day_with_its_year_is_taken_as_it_stands() -> None:
    assert read_step("date", "15/3/2026", TODAY) == "2026-03-15"
    with pytest.raises(Refusal, match=r"date_future"):
        read_step("date", "15/3/2027", TODAY)
    with pytest.raises(Refusal, match=r"no_such_day"):
        read_step("date", "31/2", TODAY)
