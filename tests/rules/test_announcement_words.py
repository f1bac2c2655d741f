"""What people type about an announcement they got."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.announcement_words import (
    LONGEST_REPLY,
    confirmed_number,
    is_assent,
    percent,
    read_reply,
    replied_number,
)


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
        ("tôi đã nắm", 0),
        ("da nam roi a", 0),
        ("ok đã nắm ạ", 0),
        ("Dạ, em đã nắm thông báo số 3 rồi ạ.", 3),
        ("năm 2026", None),
    ],
)
def test_known_is_said_in_few_words_and_perhaps_with_a_number(typed: str, number: int | None) -> None:
    assert confirmed_number(typed) == number


@pytest.mark.parametrize("typed", ["ok", "Rõ", "đã rõ", "dạ rõ", "vâng", "Vâng ạ!", "dạ", "ok rõ rồi nhé"])
def test_a_yes_is_known_as_one(typed: str) -> None:
    assert is_assent(typed)
    assert confirmed_number(typed) is None


@pytest.mark.parametrize("typed", ["", "ok chưa", "rõ ràng", "vâng nhưng mấy giờ họp", "không", "dạ thưa", "1"])
def test_what_asks_or_denies_is_no_yes(typed: str) -> None:
    assert not is_assent(typed)


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
    assert (percent(part, whole) == 0) == (part == 0)


def test_a_share_is_rounded_to_the_nearest_of_a_hundred() -> None:
    assert [percent(part, 60) for part in (1, 20, 23, 59)] == [2, 33, 38, 98]
