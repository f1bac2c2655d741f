"""One's own visits by month: turns, people, files, time and guides."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as some

from bot.programmes import read_all
from models.rules.own_visits import CALENDAR, Made, by_month, counted_by, months_back, period_back

DAYS = some.dates(date(2025, 1, 1), date(2027, 12, 31))
MADE = some.builds(
    Made,
    on=DAYS,
    guide=some.sampled_from(["G01", "G08"]),
    within=some.booleans(),
    turns=some.integers(1, 200),
    people=some.integers(1, 200),
    files=some.integers(0, 200),
    seconds=some.integers(0, 10_000),
)


@given(some.lists(MADE))
def test_the_months_together_are_everything_that_was_made(made: list[Made]) -> None:
    months = by_month(made)
    assert sum(each.turns for each in months) == sum(each.turns for each in made)
    assert sum(each.seconds for each in months) == sum(each.seconds for each in made)
    assert sum(turns for each in months for _, turns in each.guides) == sum(each.turns for each in made)
    assert [each.first for each in months] == sorted({each.on.replace(day=1) for each in made}, reverse=True)


def test_two_guides_in_one_sitting_are_one_person_and_two_turns() -> None:
    day = date(2026, 11, 20)
    (month,) = by_month([Made(day, "G08", False, 1, 1, 1, 600), Made(day, "G01", True, 1, 1, 0, 300)])
    assert (month.turns, month.people, month.files, month.seconds) == (2, 1, 1, 900)
    assert month.guides == (("G01", 1), ("G08", 1))


@given(DAYS, some.integers(0, 48))
def test_so_many_months_back_and_on_again_is_the_same_month(day: date, count: int) -> None:
    assert months_back(months_back(day, count), -count) == day.replace(day=1)


def test_a_month_before_january_is_december() -> None:
    assert months_back(date(2027, 1, 31), 1) == date(2026, 12, 1)


def test_a_team_s_visits_go_by_the_period_of_the_report_that_counts_them() -> None:
    today, zone = date(2026, 12, 2), ZoneInfo("Asia/Ho_Chi_Minh")
    rule = counted_by(read_all(), "team", "", today)
    found = [period_back(rule, today, count, zone) for count in (0, 1)]
    assert [(each.starts, each.ends) for each in found] == [
        (date(2026, 11, 26), date(2026, 12, 25)),
        (date(2026, 10, 26), date(2026, 11, 25)),
    ]
    assert counted_by([], "team", "", today) == CALENDAR


@given(DAYS, some.integers(0, 30))
def test_without_such_a_report_the_periods_are_the_months_of_the_calendar(day: date, count: int) -> None:
    period = period_back(CALENDAR, day, count, ZoneInfo("Asia/Ho_Chi_Minh"))
    assert period.starts == months_back(day, count)
    assert period.ends < months_back(day, count - 1)
