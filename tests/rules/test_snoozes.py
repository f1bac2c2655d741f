"""To be reminded again later: what is understood, and how late it may be."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.reminders import Quiet, Rest
from models.rules.snoozes import BEFORE_DUE, is_call, offers, read_snooze, settle

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT = Quiet()
NOW = datetime(2026, 11, 22, 8, tzinfo=VIETNAM)  # a Sunday
DUE = datetime(2026, 11, 25, 23, 59, 59, tzinfo=VIETNAM)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    "text, moment",
    [
        ("nhắc lại 19h", at(22, 19)),
        ("Nhắc lại lúc 19:30 hôm nay.", at(22, 19, 30)),
        ("nhac lai 7h toi", at(22, 19)),
        ("nhắc lại tối nay", at(22, 19)),
        ("nhắc lại 3 giờ chiều", at(22, 15)),
        ("nhắc lại chiều mai 14h15", at(23, 14, 15)),
        ("nhắc lại 7h", at(23, 7)),  # passed today: the next one
        ("sáng mai", at(23, 7, 30)),
        ("mai", at(23, 7, 30)),
        ("mai 9h", at(23, 9)),
        ("9 giờ 30 phút sáng mai", at(23, 9, 30)),
        ("2 tiếng nữa", at(22, 10)),
        ("nhắc lại 45 phút nữa", at(22, 8, 45)),
        ("ngày kia", at(24, 7, 30)),
    ],
)
def test_a_moment_as_people_type_it(text: str, moment: datetime) -> None:
    assert read_snooze(text, NOW, VIETNAM) == moment


@pytest.mark.parametrize("text", ["nhắc lại", "Nhắc lại giúp em"])
def test_the_words_alone_ask_when(text: str) -> None:
    assert is_call(text)
    assert read_snooze(text, NOW, VIETNAM) is None


@pytest.mark.parametrize("text", ["nhắc lại 25h", "nhắc lại 19", "nhắc lại 12h75", "hôm nào cũng được", "19"])
def test_cannot_guess_at_a_moment(text: str) -> None:
    with pytest.raises(Refusal, match=r"snooze\.unclear"):
        read_snooze(text, NOW, VIETNAM)


def test_an_hour_of_today_that_has_passed_is_refused() -> None:
    with pytest.raises(Refusal, match=r"snooze\.past"):
        read_snooze("7h hôm nay", NOW, VIETNAM)


@pytest.mark.parametrize(
    "text, is_one",
    [
        ("nhắc lại 19h", True),
        ("nhắc lại sáng mai", True),
        ("nhắc lại các hộ chưa cài VNeID", False),
        ("nhắc lại 3 hộ chưa cài", False),
        ("12", False),
        ("sáng mai", False),
    ],
)
def test_only_a_whole_line_is_a_call(text: str, is_one: bool) -> None:
    assert is_call(text) is is_one


def test_a_snooze_ends_before_the_deadline_and_says_so() -> None:
    found = settle(at(26, 9), at(25, 8), DUE, NIGHT, VIETNAM)
    assert (found.until, found.capped) == (at(25, 20, 30), True)
    with pytest.raises(Refusal, match=r"snooze\.too_near"):
        settle(at(25, 23), at(25, 20, 45), DUE, NIGHT, VIETNAM)


def test_a_snooze_into_the_night_or_a_holiday_ends_when_that_does() -> None:
    night = settle(at(22, 22), NOW, DUE, NIGHT, VIETNAM)
    assert (night.until, night.moved, night.capped) == (at(23, 7), True, False)
    holiday = settle(at(24, 9), NOW, DUE, Rest(NIGHT, frozenset({date(2026, 11, 24)})), VIETNAM)
    assert (holiday.until, holiday.moved) == (at(25, 7), True)


def test_what_is_overdue_can_be_put_off_for_three_days_at_most() -> None:
    found = settle(at(30, 9), at(26, 9), DUE, NIGHT, VIETNAM)
    assert (found.until, found.capped) == (at(29, 9), True)


def test_buttons_offer_this_evening_and_tomorrow_morning_as_far_as_they_may() -> None:
    assert offers(NOW, DUE, NIGHT, VIETNAM) == [at(22, 19), at(23, 7, 30)]
    assert offers(at(25, 8), DUE, NIGHT, VIETNAM) == [at(25, 19)]
    assert offers(at(25, 20), DUE, NIGHT, VIETNAM) == []
    assert offers(at(22, 18, 30), DUE, Rest(NIGHT, frozenset({date(2026, 11, 23)})), VIETNAM) == []


moments = st.integers(0, 60 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(
    now=moments,
    wish=st.integers(1, 20 * 24 * 60),
    ahead=st.one_of(st.none(), st.integers(-5 * 24 * 60, 20 * 24 * 60)),
    days=st.frozensets(st.dates(date(2026, 1, 1), date(2026, 3, 1)), max_size=20),
)
def test_cannot_sleep_over_a_deadline_nor_wake_in_silence(
    now: datetime, wish: int, ahead: int | None, days: frozenset[date]
) -> None:
    rest = Rest(NIGHT, days)
    due = None if ahead is None else now + timedelta(minutes=ahead)
    try:
        found = settle(now + timedelta(minutes=wish), now, due, rest, VIETNAM)
    except Refusal:
        return
    assert found.until > now
    assert not rest.is_quiet(found.until, VIETNAM)
    if due is not None and due > now:
        assert found.until <= due - BEFORE_DUE
