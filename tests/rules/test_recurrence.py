"""What comes again by the calendar: a rule typed is read or refused, and its moments go on for ever, each once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.periods import local_day, local_time
from models.rules.recurrence import (
    MONTHLY,
    WEEKLY,
    YEARLY,
    Recurrence,
    Wish,
    coming,
    occurrences,
    read_wish,
    recurrence_of,
    wish_for,
    wish_of,
)
from models.rules.reminders import Quiet
from models.rules.working_hours import DayMark, OfficeHours, WorkingTime

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
TET = [date(2027, 2, 4) + timedelta(days=number) for number in range(9)]  # Thursday to Friday of the week after
DAYS = st.dates(date(2023, 1, 1), date(2032, 12, 31))
HOURS = st.times(time(7), time(20, 59)).map(lambda each: each.replace(second=0, microsecond=0))
RULES = st.one_of(
    st.builds(Recurrence, st.just(WEEKLY), st.integers(1, 7), HOURS),
    st.builds(Recurrence, st.just(MONTHLY), st.integers(1, 31), HOURS),
    st.dates(date(2024, 1, 1), date(2024, 12, 31)).flatmap(
        lambda day: st.builds(Recurrence, st.just(YEARLY), st.just(day.day), HOURS, st.just(day.month))
    ),
)
ZONES = st.sampled_from([ZONE, ZoneInfo("UTC"), ZoneInfo("Europe/Berlin")])


def working(off: Iterable[date] = (), zone: ZoneInfo = ZONE) -> WorkingTime:
    return WorkingTime(OfficeHours(), {day: DayMark(True) for day in off}, zone)


def days(rule: Recurrence, first: date, most: int) -> list[date]:
    return list(islice(rule.days_from(first), most))


# --- as it is typed -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "wish"),
    [
        ("thứ Hai hằng tuần 08:00", Wish(WEEKLY, 1, 0, time(8))),
        ("ngày 20 hằng tháng 07:30", Wish(MONTHLY, 20, 0, time(7, 30))),
        ("26/3 hằng năm 08:00", Wish(YEARLY, 26, 3, time(8))),
        ("HANG TUAN THU 2 8H", Wish(WEEKLY, 1, 0, time(8))),
        ("mỗi thứ Năm lúc 14h30", Wish(WEEKLY, 4, 0, time(14, 30))),
        ("sáng thứ hai", Wish(WEEKLY, 1, 0, time(7, 30))),
        ("cn 9h", Wish(WEEKLY, 7, 0, time(9))),
        ("Chủ nhật hàng tuần", Wish(WEEKLY, 7)),
        ("mùng 1 hằng tháng 7h30", Wish(MONTHLY, 1, 0, time(7, 30))),
        ("20 hàng tháng", Wish(MONTHLY, 20)),
        ("cuối tháng 16:00", Wish(MONTHLY, 31, 0, time(16))),
        ("ngày 26 tháng 3 hàng năm lúc 8 giờ", Wish(YEARLY, 26, 3, time(8))),
        ("29/2 hằng năm 8h", Wish(YEARLY, 29, 2, time(8))),
        ("mỗi tháng 1 lần", None),
        ("1 lần 1 tuần", Wish(WEEKLY)),
        ("hằng tháng", Wish(MONTHLY)),
        ("2h chiều", Wish("", 0, 0, time(14))),
    ],
)
def test_a_rule_is_read_in_the_words_people_use(text: str, wish: Wish | None) -> None:
    if wish is None:
        with pytest.raises(Refusal):
            read_wish(text, Wish(), Quiet())
    else:
        assert read_wish(text, Wish(), Quiet()) == wish


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "unclear"),
        ("thỉnh thoảng", "unclear"),
        ("20", "unclear"),
        ("thứ 2 và thứ 5", "unclear"),
        ("thứ hai hằng tháng", "unclear"),
        ("thứ năm hằng năm 8h", "unclear"),
        ("hằng tuần hằng tháng 8h", "unclear"),
        ("thứ hai 8h hoặc 9h", "unclear"),
        ("thứ hai 25h", "unclear"),
        ("thứ Hai hằng tuần 22:00", "night"),
        ("ngày 5 hằng tháng 06:59", "night"),
        ("thứ hai 21:00", "night"),
        ("31/2 hằng năm", "no_day"),
        ("25/13", "no_day"),
        ("0/3 hằng năm 8h", "no_day"),
        ("ngày 32 hằng tháng", "no_day"),
        ("ngày 0 hằng tháng", "no_day"),
    ],
)
def test_what_is_no_rule_is_refused_and_never_guessed(text: str, key: str) -> None:
    with pytest.raises(Refusal) as no:
        read_wish(text, Wish(), Quiet())
    assert no.value.key == f"announcement_plan.{key}"


def test_what_is_typed_next_joins_what_was_known() -> None:
    weekly = read_wish("hằng tuần", Wish(), Quiet())
    assert (weekly.lacks, weekly.rule) == ("day", None)
    tuesday = read_wish("thứ 3", weekly, Quiet())
    assert tuesday.lacks == "at"
    whole = read_wish("8h", tuesday, Quiet())
    assert whole.rule == Recurrence(WEEKLY, 2, time(8))
    assert read_wish("14h", whole, Quiet()).rule == Recurrence(WEEKLY, 2, time(14))
    assert read_wish("ngày 5", whole, Quiet()).rule == Recurrence(MONTHLY, 5, time(8))
    assert read_wish("5", Wish(MONTHLY), Quiet()) == Wish(MONTHLY, 5)


@given(RULES)
def test_a_rule_comes_back_from_where_it_is_kept_and_from_a_button(rule: Recurrence) -> None:
    assert recurrence_of(rule.as_dict()) == rule
    assert wish_of(wish_for(rule).as_arg()).rule == rule


@pytest.mark.parametrize("arg", ["", "x1.0.", "w1", "w1.0.2475", "drafts.0", "w1.0.99999"])
def test_a_button_that_is_none_is_no_rule(arg: str) -> None:
    assert wish_of(arg).rule is None


# --- its moments ----------------------------------------------------------------------------------------------------


@given(RULES, DAYS)
def test_the_days_of_a_rule_follow_each_other_and_fit_it(rule: Recurrence, first: date) -> None:
    found = days(rule, first, 15)
    assert found[0] >= first
    for one, other in pairwise(found):
        gap = (other - one).days
        assert {WEEKLY: gap == 7, MONTHLY: 28 <= gap <= 31, YEARLY: 365 <= gap <= 366}[rule.every]
    for day in found:
        if rule.every == WEEKLY:
            assert day.isoweekday() == rule.day
        else:
            last_of_month = (day + timedelta(days=1)).day == 1
            assert day.day == rule.day or (last_of_month and day.day < rule.day)
            assert rule.every == MONTHLY or day.month == rule.month


def test_a_day_that_a_month_has_not_is_its_last() -> None:
    end = Recurrence(MONTHLY, 31, time(8))
    assert days(end, date(2028, 1, 31), 4) == [
        date(2028, 1, 31),
        date(2028, 2, 29),
        date(2028, 3, 31),
        date(2028, 4, 30),
    ]
    leap = Recurrence(YEARLY, 29, time(8), 2)
    assert days(leap, date(2026, 3, 1), 3) == [date(2027, 2, 28), date(2028, 2, 29), date(2029, 2, 28)]


@given(RULES, DAYS, st.sets(st.integers(0, 400), max_size=40), ZONES)
def test_moments_are_strictly_later_at_the_hour_of_the_office_and_never_on_a_holiday(
    rule: Recurrence, first: date, off: set[int], zone: ZoneInfo
) -> None:
    holidays = {first + timedelta(days=number) for number in off}
    found = list(islice(occurrences(rule, first, working(holidays, zone)), 12))
    assert all(one.at < other.at and one.day < other.day for one, other in pairwise(found))
    for each in found:
        here = local_time(each.at, zone)
        assert here.time() == rule.at
        assert each.day > first
        assert here.date() >= each.day
        assert here.date() not in holidays
        assert each.is_moved == (here.date() != each.day) == (each.day in holidays)


@given(RULES, DAYS, st.sets(st.integers(0, 60), max_size=20), st.integers(1, 6))
def test_going_on_from_any_moment_gives_the_same_moments(
    rule: Recurrence, first: date, off: set[int], done: int
) -> None:
    calendar = working({first + timedelta(days=number) for number in off})
    found = list(islice(occurrences(rule, first, calendar), 10))
    assert list(islice(occurrences(rule, found[done - 1].day, calendar), 10 - done)) == found[done:]


@given(RULES, DAYS, st.times(), ZONES)
def test_a_rule_that_begins_now_comes_after_now(rule: Recurrence, day: date, clock: time, zone: ZoneInfo) -> None:
    now = datetime.combine(day, clock, zone)
    first = next(iter(coming(rule, now, local_day(now, zone), working((), zone))))
    assert first.at > now
    assert (first.at - now) <= timedelta(days=367)


def test_two_moments_that_meet_behind_a_long_holiday_are_one() -> None:
    rule = Recurrence(WEEKLY, 4, time(8))  # Thursdays: the 4th and the 11th of February are Tết, both wait
    found = list(islice(occurrences(rule, date(2027, 1, 28), working(TET)), 3))
    assert [(each.day, local_day(each.at, ZONE)) for each in found] == [
        (date(2027, 2, 4), date(2027, 2, 15)),
        (date(2027, 2, 18), date(2027, 2, 18)),
        (date(2027, 2, 25), date(2027, 2, 25)),
    ]


def test_a_weekend_that_is_no_holiday_is_meant() -> None:
    sunday = next(iter(occurrences(Recurrence(WEEKLY, 7, time(8)), date(2026, 11, 20), working())))
    assert (local_day(sunday.at, ZONE), sunday.is_moved) == (date(2026, 11, 22), False)
