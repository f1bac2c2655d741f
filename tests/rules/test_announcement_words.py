"""What people type about an announcement they got."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.announcement_words import LONGEST_REPLY, confirmed_number, percent, read_reply, replied_number


@pytest.mark.parametrize(
    "typed, number",
    [
        ("đã nắm", 0),
        ("ĐÃ NẮM", 0),
        ("da nam.", 0),
        ("Đã nắm rõ!", 0),
        ("đã nắm thông báo", 0),
        ("Đã nắm số 12", 12),
        ("đã nắm thông báo số 12", 12),
        ("da nam tb 7", 7),
        ("đã nắm 12", 12),
        ("đã nắm tình hình", None),
        ("chưa nắm", None),
        ("đã nắm số", None),
        ("tôi đã nắm", None),
        ("năm 2026", None),
    ],
)
def test_known_is_said_in_few_words_and_perhaps_with_a_number(typed: str, number: int | None) -> None:
    assert confirmed_number(typed) == number


@pytest.mark.parametrize(
    "typed, number",
    [
        ("trả lời thông báo", 0),
        ("Tra loi thong bao so 12:", 12),
        ("trả lời tb 3", 3),
        ("trả lời", None),
        ("trả lời thông báo giúp tôi", None),
    ],
)
def test_an_answer_is_begun_by_naming_the_announcement(typed: str, number: int | None) -> None:
    assert replied_number(typed) == number


def test_a_short_answer_is_enough_but_an_empty_or_endless_one_is_not() -> None:
    assert read_reply("  Dạ   rõ \n\n em sẽ dự ") == "Dạ rõ\nem sẽ dự"
    with pytest.raises(Refusal, match=r"announcement_reply\.empty"):
        read_reply(" . ")
    with pytest.raises(Refusal, match=r"announcement_reply\.too_long"):
        read_reply("a" * (LONGEST_REPLY + 1))


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_hundred_is_said_only_when_nobody_is_missing(one: int, other: int) -> None:
    part, whole = sorted((one, other))
    assert 0 <= percent(part, whole) <= 100
    assert (percent(part, whole) == 100) == (part == whole > 0)
