"""The day of a yearly duty in one year: what is typed, and what it becomes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.duty_years import ChosenDays, limits, moved, read_due_on, year_ahead
from models.rules.periods import Monthly, Yearly, local_day, period_of, periods_open
from models.zone import VIETNAM

RULE = Yearly(12, 15, before=True)
DUTY = "KH/BC-NAM"
NOW = datetime(2026, 12, 2, 8, tzinfo=VIETNAM)
YEAR = period_of(RULE, "2027", VIETNAM)


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("trước 10/12", "2027-12-09"),
        ("hết 20/12", "2027-12-20"),
        ("10/12/2027", "2027-12-10"),
        ("trước ngày 10/12/2027", "2027-12-09"),
        ("31/12", "2027-12-31"),
        ("1/1", "2027-01-01"),
    ],
)
def test_a_day_without_a_year_is_one_of_the_year_that_is_spoken_of(typed: str, day: str) -> None:
    assert read_due_on(typed, YEAR, NOW, VIETNAM) == date.fromisoformat(day)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("10/12/2026", "until.too_early"),
        ("trước 1/1", "until.too_early"),
        ("10/1/2028", "until.too_far"),
        ("năm sau", "date.not_a_date"),
    ],
)
def test_a_day_outside_the_year_is_refused_and_nothing_is_guessed(typed: str, why: str) -> None:
    with pytest.raises(Refusal) as no:
        read_due_on(typed, YEAR, NOW, VIETNAM)
    assert no.value.key == why


def test_a_year_is_asked_about_thirty_days_before_it_begins() -> None:
    begins = datetime(2027, 1, 1, tzinfo=VIETNAM)
    assert year_ahead(RULE, begins - timedelta(days=30, seconds=1), 30, VIETNAM) is None
    assert year_ahead(RULE, begins - timedelta(days=30), 30, VIETNAM) == YEAR
    assert year_ahead(RULE, begins, 30, VIETNAM) is None


@given(st.dates(date(2027, 1, 1), date(2027, 12, 31)), st.integers(0, 500))
def test_a_moved_year_is_open_from_its_first_day_until_a_month_after_the_chosen_one(day: date, after: int) -> None:
    first, last = limits(YEAR, VIETNAM)
    assert first <= day <= last
    chosen = ChosenDays({(DUTY, "2027"): day})
    now = YEAR.opens + timedelta(days=after)
    found = [each for each in chosen.periods_open(DUTY, RULE, now, VIETNAM) if each.key == "2027"]
    held = moved(YEAR, RULE, day, VIETNAM)
    assert found == ([held] if now <= held.due + timedelta(days=31) else [])
    assert local_day(held.due, VIETNAM) == day


@given(st.timedeltas(timedelta(), timedelta(days=1100)))
def test_what_was_not_chosen_stays_as_the_plan_says(after: timedelta) -> None:
    now = datetime(2026, 1, 1, tzinfo=VIETNAM) + after
    chosen = ChosenDays({("KH/KHAC", "2027"): date(2027, 3, 1), (DUTY, "2027-01"): date(2027, 3, 1)})
    for rule in (RULE, Monthly(25, 26)):
        assert chosen.periods_open(DUTY, rule, now, VIETNAM) == periods_open(rule, now, VIETNAM)
