"""How a programme states a deadline, and how a unit stands against it."""

from __future__ import annotations

import random
import time as server
from calendar import timegm
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.rules import Refusal
from models.rules.deadlines import Standing, days_left, parse_rule, standing
from models.rules.periods import (
    BeforeActivity,
    Dated,
    Monthly,
    Once,
    Yearly,
    activity_period,
    period_of,
)

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
MONTHLY = Monthly(day=25, period_from_day=26)
YEARLY = Yearly(month=12, day=15, before=True)
DUE = datetime(2026, 11, 25, 16, 59, 59, tzinfo=UTC)  # 25/11/2026 23:59:59 in Việt Nam


def here(year: int, month: int, day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, second, tzinfo=VIETNAM)


@pytest.fixture(params=["UTC", "Asia/Ho_Chi_Minh", "America/Los_Angeles", "Pacific/Kiritimati", "Asia/Kathmandu"])
def any_server_zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", request.param)
    server.tzset()
    yield
    monkeypatch.undo()
    server.tzset()


def test_a_plan_for_an_activity_announced_too_late_is_taken_and_late() -> None:
    known = here(2026, 11, 18, 9)
    period = activity_period(BeforeActivity(10), date(2026, 11, 20), "activity:41", known, VIETNAM)
    assert standing(period.due, known, known, VIETNAM) == Standing("late", 8)


def test_a_deadline_may_end_at_an_hour() -> None:
    rule = parse_rule({"kind": "monthly", "day": 25, "until": "17:00"})
    assert isinstance(rule, Monthly)
    assert period_of(rule, "2026-11", VIETNAM).due == here(2026, 11, 25, 17)


def test_the_last_second_of_the_25th_is_on_time_and_the_next_is_a_day_late() -> None:
    processed = here(2026, 11, 28)
    assert standing(DUE, here(2026, 11, 25, 23, 59, 59), processed, VIETNAM) == Standing("on_time", 0)
    assert standing(DUE, here(2026, 11, 26), processed, VIETNAM) == Standing("late", 1)


def test_a_part_of_the_last_second_is_still_on_time() -> None:
    sent = DUE + timedelta(microseconds=999_999)
    assert standing(DUE, sent, sent, VIETNAM).kind == "on_time"


def test_days_late_are_calendar_days_not_spans_of_24_hours() -> None:
    assert standing(DUE, here(2026, 11, 27, 0, 5), DUE, VIETNAM) == Standing("late", 2)


def test_late_on_the_same_day_counts_as_one_day() -> None:
    assert standing(here(2026, 11, 25, 17), here(2026, 11, 25, 18), DUE, VIETNAM) == Standing("late", 1)


def test_who_has_not_submitted_is_due_then_overdue() -> None:
    assert standing(DUE, None, here(2026, 11, 22, 23), VIETNAM) == Standing("due", 3)
    assert standing(DUE, None, here(2026, 11, 25, 23, 59, 59), VIETNAM) == Standing("due", 0)
    assert standing(DUE, None, here(2026, 11, 26), VIETNAM) == Standing("overdue", 1)


def test_an_extension_moves_what_counts_and_says_so() -> None:
    longer = here(2026, 11, 28, 23, 59, 59)
    assert standing(DUE, here(2026, 11, 28, 8), DUE, VIETNAM, longer) == Standing("on_time", 0, extended=True)
    assert standing(DUE, here(2026, 11, 29, 8), DUE, VIETNAM, longer) == Standing("late", 1, extended=True)
    assert standing(DUE, None, here(2026, 11, 27), VIETNAM, longer) == Standing("due", 1, extended=True)


def test_an_extension_never_shortens() -> None:
    shorter = here(2026, 11, 20)
    assert standing(DUE, here(2026, 11, 25), DUE, VIETNAM, shorter) == Standing("on_time", 0)


def test_days_left_change_at_midnight_of_the_office() -> None:
    assert days_left(DUE, here(2026, 11, 22, 23, 59, 59), VIETNAM) == 3
    assert days_left(DUE, here(2026, 11, 23), VIETNAM) == 2
    assert days_left(DUE, here(2026, 11, 25, 23, 59), VIETNAM) == 0
    assert days_left(DUE, here(2026, 11, 26), VIETNAM) == -1


def test_a_moment_without_zone_is_a_bug_not_a_guess() -> None:
    with pytest.raises(ValueError, match="time zone"):
        days_left(DUE, DUE.replace(tzinfo=None), VIETNAM)


def test_a_thousand_seconds_around_the_deadline_are_judged_right(any_server_zone: None) -> None:
    chance = random.Random(25)
    due = timegm((2026, 11, 25, 16, 59, 59))
    for _ in range(1000):
        sent = due + chance.choice([chance.randint(-3, 3), chance.randint(-4 * 86400, 4 * 86400)])
        late = (sent + 7 * 3600) // 86400 - (due + 7 * 3600) // 86400
        moment = datetime.fromtimestamp(sent, UTC).astimezone()  # in the server's own zone
        expected = Standing("on_time", 0) if sent <= due else Standing("late", late)
        assert standing(DUE, moment, moment + timedelta(days=1), VIETNAM) == expected
        assert days_left(DUE, moment, VIETNAM) == -late


@pytest.mark.parametrize(
    "data, rule",
    [
        ({"kind": "monthly", "day": 25, "period_from_day": 26}, MONTHLY),
        ({"kind": "monthly", "day": 25}, MONTHLY),
        ({"kind": "monthly", "day": 25, "before": True}, Monthly(25, 25, before=True)),
        ({"kind": "monthly", "day": 31}, Monthly(31, 1)),
        ({"kind": "yearly", "month": 12, "day": 15, "before": True}, YEARLY),
        ({"kind": "yearly", "month": 1, "day": 15, "years_after": 1}, Yearly(1, 15, years_after=1)),
        ({"kind": "once", "date": date(2023, 2, 28), "before": True}, Once(date(2023, 2, 28), before=True)),
        ({"kind": "once", "date": "28/2/2023"}, Once(date(2023, 2, 28))),
        ({"kind": "once", "date": "2023-02-28", "until": 960}, Once(date(2023, 2, 28), until=time(16))),
        ({"kind": "before_activity", "days": 10}, BeforeActivity(10)),
    ],
)
def test_a_programme_states_its_rule(data: dict[str, object], rule: Dated | BeforeActivity) -> None:
    assert parse_rule(data) == rule


@pytest.mark.parametrize(
    "data, field",
    [
        ("vào ngày 25", ""),
        ({}, "kind"),
        ({"kind": "weekly"}, "kind"),
        ({"kind": ["monthly"]}, "kind"),
        ({"kind": "monthly"}, "day"),
        ({"kind": "monthly", "day": 32}, "day"),
        ({"kind": "monthly", "day": True}, "day"),
        ({"kind": "monthly", "day": "25"}, "day"),
        ({"kind": "monthly", "day": 25, "period_from": 26}, "period_from"),
        ({"kind": "monthly", "day": 1, "period_from_day": 1, "before": True}, "day"),
        ({"kind": "monthly", "day": 25, "before": "yes"}, "before"),
        ({"kind": "monthly", "day": 25, "before": True, "until": "17:00"}, "until"),
        ({"kind": "monthly", "day": 25, "until": "24:00"}, "until"),
        ({"kind": "monthly", "day": 25, "until": 1440}, "until"),
        ({"kind": "yearly", "month": 13, "day": 1}, "month"),
        ({"kind": "once"}, "date"),
        ({"kind": "once", "date": "30/02/2023"}, "date"),
        ({"kind": "once", "date": date(1, 1, 1)}, "date"),
        ({"kind": "once", "date": datetime(2023, 2, 28, tzinfo=UTC)}, "date"),
        ({"kind": "once", "date": "2023-02-28", "opens": "2023-03-01"}, "opens"),
        ({"kind": "before_activity", "days": -1}, "days"),
    ],
)
def test_cannot_state_a_rule_that_means_nothing(data: object, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_rule(data)
    assert refused.value.key == "programme.bad_rule"
    assert refused.value.values["field"] == field
    assert refused.value.values["expected"]
