"""When an announcement goes out: a moment typed is read or refused, never guessed, and never over."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.announcement_times import (
    FURTHEST,
    as_button,
    is_number,
    offers,
    on_button,
    read_send_time,
    settle,
)
from models.rules.reminders import Quiet

ZONE = ZoneInfo("Asia/Ho_Chi_Minh")
NOW = datetime(2026, 11, 20, 8, 5, tzinfo=ZONE)  # a Friday
MOMENTS = st.integers(0, 2 * 365 * 86_400).map(
    lambda after: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=after)
)


def read(text: str, now: datetime = NOW) -> str:
    return read_send_time(text, now, ZONE).astimezone(ZONE).strftime("%H:%M %d/%m/%Y")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("07:30 mai", "07:30 21/11/2026"),
        ("14:00 25/11", "14:00 25/11/2026"),
        ("14:00, 25/11/2026", "14:00 25/11/2026"),
        ("sáng thứ Hai", "07:30 23/11/2026"),
        ("9h sáng thứ 2 tuần sau", "09:00 23/11/2026"),
        ("thứ Sáu", "07:30 27/11/2026"),
        ("thứ sáu 14h", "14:00 20/11/2026"),
        ("chủ nhật", "07:30 22/11/2026"),
        ("8h", "08:00 21/11/2026"),
        ("14h30", "14:30 20/11/2026"),
        ("2 giờ chiều", "14:00 20/11/2026"),
        ("7 giờ 15 tối nay", "19:15 20/11/2026"),
        ("9h rưỡi mai", "09:30 21/11/2026"),
        ("2 tiếng nữa", "10:05 20/11/2026"),
        ("hẹn lúc 9h ngày 25 tháng 11", "09:00 25/11/2026"),
        ("25/11", "07:30 25/11/2026"),
    ],
)
def test_an_hour_and_a_day_are_read_as_people_type_them(text: str, meant: str) -> None:
    assert read(text) == meant


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "announcement_send.unclear"),
        ("lúc nào rảnh", "announcement_send.unclear"),
        ("9h 10h mai", "announcement_send.unclear"),
        ("25:00", "announcement_send.unclear"),
        ("sáng nay", "announcement_send.past"),
        ("19/11", "announcement_send.past"),
        ("25/11/2029", "announcement_send.too_far"),
        ("3/25", "date.no_such_month"),
        ("cuối tuần", "date.vague"),
    ],
)
def test_what_is_over_too_far_or_not_to_be_read_is_refused_with_a_reason(text: str, key: str) -> None:
    with pytest.raises(Refusal) as refused:
        read(text)
    assert refused.value.key == key


@given(MOMENTS, st.integers(1, 365 * 24 * 60 - 1))
def test_a_moment_written_in_full_is_read_as_it_is(now: datetime, minutes: int) -> None:
    wanted = (now + timedelta(minutes=minutes)).astimezone(ZONE).replace(second=0, microsecond=0)
    if wanted > now:
        assert read_send_time(wanted.strftime("%H:%M %d/%m/%Y"), now, ZONE) == wanted


@given(MOMENTS, st.text(st.sampled_from("0123456789h:/ maisngchềuthứ2"), max_size=20))
def test_whatever_is_typed_is_ahead_and_within_a_year_or_refused(now: datetime, text: str) -> None:
    try:
        moment = read_send_time(text, now, ZONE)
    except Refusal:
        return
    assert now < moment <= now + FURTHEST


@given(MOMENTS, st.booleans())
def test_what_is_not_urgent_never_goes_out_at_night(moment: datetime, urgent: bool) -> None:
    settled = settle(moment, urgent, ZONE, Quiet())
    at = settled.at.astimezone(ZONE).time()
    assert settled.at >= moment
    assert urgent or time(7) <= at < time(21)
    assert settled.moved == (settled.at != moment)
    assert not (urgent and settled.moved)


@given(MOMENTS)
def test_buttons_offer_what_is_ahead_by_day_and_carry_it_whole(now: datetime) -> None:
    offered = offers(now, ZONE)
    assert offered == sorted(set(offered))
    for moment in offered:
        assert not Quiet().is_quiet(moment, ZONE)
        assert on_button(as_button(moment), now) == moment


@pytest.mark.parametrize("minutes", ["", "x", "-5", "0", "1", "9" * 30])
def test_a_button_with_no_moment_ahead_carries_none(minutes: str) -> None:
    assert on_button(minutes, NOW) is None


@pytest.mark.parametrize("typed", ["1234", "1.234", "1234 người", " 1 234 "])
def test_the_number_may_be_typed_in_every_usual_way(typed: str) -> None:
    assert is_number(typed, 1234)


@pytest.mark.parametrize("typed", ["", "1235", "gửi", "không", "123", "1.234 1.234", "một ngàn", "-1234"])
def test_anything_else_is_not_the_number(typed: str) -> None:
    assert not is_number(typed, 1234)
