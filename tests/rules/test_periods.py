"""The rule of a duty turned into periods."""

from __future__ import annotations

import time as server
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.periods import (
    BeforeActivity,
    Dated,
    Monthly,
    Once,
    Yearly,
    activity_period,
    local_day,
    next_period,
    period_at,
    period_of,
    periods_open,
    previous_key,
)

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
MONTHLY = Monthly(day=25, period_from_day=26)
YEARLY = Yearly(month=12, day=15, before=True)
DUE = datetime(2026, 11, 25, 16, 59, 59, tzinfo=UTC)  # 25/11/2026 23:59:59 in Việt Nam

monthly_rules = st.builds(
    Monthly,
    day=st.integers(1, 31),
    period_from_day=st.integers(1, 31),
    before=st.booleans(),
    months_after=st.integers(0, 2),
)
repeating_rules = st.one_of(monthly_rules, st.builds(Yearly, month=st.integers(1, 12), day=st.integers(1, 31)))


def here(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=VIETNAM)


@pytest.fixture(params=["UTC", "Asia/Ho_Chi_Minh", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu"])
def any_server_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    server.tzset()
    yield
    monkeypatch.undo()
    server.tzset()


def test_the_november_period_runs_from_the_26th_of_october_to_the_25th_of_november() -> None:
    period = period_at(MONTHLY, date(2026, 11, 1), VIETNAM)
    assert (period.key, period.starts, period.ends) == ("2026-11", date(2026, 10, 26), date(2026, 11, 25))
    assert period.due == DUE
    assert period.opens == here(2026, 10, 26)


def test_moments_of_a_period_are_kept_in_utc() -> None:
    period = period_at(MONTHLY, date(2026, 11, 1), VIETNAM)
    assert period.due.tzinfo is UTC
    assert period.opens.tzinfo is UTC


@pytest.mark.parametrize(
    "day, key",
    [
        (date(2026, 11, 25), "2026-11"),
        (date(2026, 11, 26), "2026-12"),
        (date(2026, 12, 25), "2026-12"),
        (date(2026, 12, 26), "2027-01"),
        (date(2026, 12, 31), "2027-01"),
        (date(2028, 2, 29), "2028-03"),
    ],
)
def test_a_case_of_the_26th_belongs_to_next_months_report(day: date, key: str) -> None:
    assert period_at(MONTHLY, day, VIETNAM).key == key


@pytest.mark.parametrize("year, last", [(2026, 28), (2028, 29), (2100, 28), (2000, 29)])
def test_a_deadline_on_the_31st_falls_on_the_last_day_of_february(year: int, last: int) -> None:
    period = period_of(Monthly(31, 1), f"{year}-02", VIETNAM)
    assert local_day(period.due, VIETNAM) == date(year, 2, last)
    assert (period.starts, period.ends) == (date(year, 2, 1), date(year, 2, last))


def test_a_month_may_be_due_in_the_month_that_follows() -> None:
    period = period_of(Monthly(day=5, period_from_day=1, months_after=1), "2026-12", VIETNAM)
    assert (period.starts, period.ends) == (date(2026, 12, 1), date(2026, 12, 31))
    assert period.due == here(2027, 1, 5, 23, 59, 59)


def test_before_the_15th_of_december_means_the_end_of_the_14th() -> None:
    period = period_at(YEARLY, date(2022, 6, 1), VIETNAM)
    assert period.due == here(2022, 12, 14, 23, 59, 59)
    assert (period.key, period.starts, period.ends) == ("2022", date(2022, 1, 1), date(2022, 12, 31))


def test_on_a_day_includes_that_day_and_before_it_does_not() -> None:
    assert period_at(Once(date(2023, 3, 20)), date(2023, 3, 1), VIETNAM).due == here(2023, 3, 20, 23, 59, 59)
    assert period_at(Once(date(2023, 3, 20), True), date(2023, 3, 1), VIETNAM).due == here(2023, 3, 19, 23, 59, 59)


def test_before_the_1st_of_march_ends_on_the_leap_day() -> None:
    assert period_at(Once(date(2028, 3, 1), before=True), date(2028, 1, 1), VIETNAM).due.date() == date(2028, 2, 29)


def test_a_plan_is_due_ten_calendar_days_before_its_activity() -> None:
    known = here(2026, 11, 1, 9)
    period = activity_period(BeforeActivity(10), date(2026, 11, 20), "activity:41", known, VIETNAM)
    assert period.due == here(2026, 11, 10, 23, 59, 59)
    assert (period.key, period.starts, period.ends) == ("activity:41", date(2026, 11, 1), date(2026, 11, 20))


@settings(max_examples=25, deadline=None)
@given(repeating_rules)
def test_periods_tile_twenty_years_and_every_day_is_in_exactly_one(rule: Dated) -> None:
    period = period_at(rule, date(2020, 1, 1), VIETNAM)
    day = period.starts
    while day < date(2040, 1, 1):
        assert period.starts == day <= period.ends
        for offset in range((period.ends - period.starts).days + 1):
            assert period_at(rule, day + timedelta(days=offset), VIETNAM) == period
        following = next_period(rule, period, VIETNAM)
        assert following is not None
        assert following.starts == period.ends + timedelta(days=1)
        assert following.due > period.due
        assert previous_key(rule, following.key) == period.key
        assert period_of(rule, period.key, VIETNAM) == period
        period, day = following, following.starts


def test_a_period_belongs_to_the_office_whatever_the_zone_of_the_server(any_server_zone: None) -> None:
    assert [p.key for p in periods_open(MONTHLY, here(2026, 12, 25, 23, 59, 59), VIETNAM)] == [
        "2026-11",
        "2026-12",
    ]
    assert [p.key for p in periods_open(MONTHLY, here(2026, 12, 26), VIETNAM)][1:] == ["2026-12", "2027-01"]


def test_without_zone_data_a_fixed_offset_gives_the_same_periods() -> None:
    fixed = timezone(timedelta(hours=7))
    for month in range(1, 13):
        key = f"2026-{month:02d}"
        assert period_of(MONTHLY, key, fixed) == period_of(MONTHLY, key, VIETNAM)


def test_a_period_opens_on_its_first_day_and_stays_until_it_no_longer_matters() -> None:
    keys = [p.key for p in periods_open(MONTHLY, here(2026, 11, 30), VIETNAM)]
    assert keys == ["2026-11", "2026-12"]
    long = [p.key for p in periods_open(MONTHLY, here(2026, 11, 30), VIETNAM, kept_for=timedelta(days=60))]
    assert long == ["2026-10", "2026-11", "2026-12"]


def test_a_period_due_months_later_is_not_forgotten() -> None:
    rule = Monthly(day=5, period_from_day=1, months_after=2)
    assert [p.key for p in periods_open(rule, here(2026, 11, 4), VIETNAM)] == [
        "2026-08",
        "2026-09",
        "2026-10",
        "2026-11",
    ]


def test_a_single_duty_is_open_from_its_first_day_until_a_month_after() -> None:
    rule = Once(date(2023, 2, 28), before=True, opens=date(2023, 2, 20))
    assert periods_open(rule, here(2023, 2, 19, 23, 59), VIETNAM) == []
    assert [p.key for p in periods_open(rule, here(2023, 2, 20), VIETNAM)] == ["2023-02-28"]
    assert len(periods_open(rule, here(2023, 3, 29), VIETNAM)) == 1
    assert periods_open(rule, here(2023, 4, 2), VIETNAM) == []


def test_a_single_duty_without_opening_day_is_open_at_once() -> None:
    assert len(periods_open(Once(date(2023, 2, 28)), here(2022, 11, 1), VIETNAM)) == 1


def test_a_single_duty_has_no_neighbours() -> None:
    rule = Once(date(2023, 2, 28))
    period = period_of(rule, "2023-02-28", VIETNAM)
    assert next_period(rule, period, VIETNAM) is None
    assert previous_key(rule, period.key) is None


def test_an_activitys_deadline_is_not_in_the_calendar() -> None:
    assert periods_open(BeforeActivity(10), here(2026, 11, 1), VIETNAM) == []


def test_the_month_before_january_is_december_of_last_year() -> None:
    assert previous_key(MONTHLY, "2027-01") == "2026-12"
    assert previous_key(YEARLY, "2027") == "2026"


@pytest.mark.parametrize("key", ["2026-13", "2026-1", "11/2026", "2026", "", "2026-11-01", "2026-١١"])
def test_cannot_ask_for_a_month_by_another_form_of_name(key: str) -> None:
    with pytest.raises(Refusal) as refused:
        period_of(MONTHLY, key, VIETNAM)
    assert (refused.value.key, refused.value.values["value"]) == ("programme.bad_period", key)
