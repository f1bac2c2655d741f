"""How an announcement goes on: when it is over, whether as many were written to as were shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.announcement_progress import differs, ends_at

START = datetime(2026, 11, 20, 1, tzinfo=UTC)


def test_the_end_follows_from_the_pace_so_far() -> None:
    assert ends_at(START, START + timedelta(seconds=10), 250, 500) == START + timedelta(seconds=30)


@pytest.mark.parametrize(("seconds", "done", "left"), [(10, 250, 0), (1, 30, 500), (10, 2, 500)])
def test_no_end_is_foretold_from_too_little(seconds: int, done: int, left: int) -> None:
    assert ends_at(START, START + timedelta(seconds=seconds), done, left) is None


@given(st.integers(0, 10**5), st.integers(-2, 2))
def test_a_few_more_or_fewer_are_not_worth_a_word(expected: int, more: int) -> None:
    assert not differs(expected, max(expected + more, 0))


@given(st.integers(1, 10**5))
def test_a_tenth_fewer_and_more_than_two_is(expected: int) -> None:
    total = expected - max(3, expected // 10)
    assert differs(expected, total) or total < 0
