"""How fast a channel is spoken to: bulk keeps its rhythm and gives way to replies and to a channel that asks for it."""

from __future__ import annotations

import asyncio

import pytest

from bot.pace import Limits, Pace

LIMITS = Limits(bulk_per_second=10, chat_per_second=1, chat_burst=3)


class Time:
    """A clock that goes on exactly as long as somebody sleeps."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0

        async def sleep(seconds: float) -> None:
            self.now += seconds

        monkeypatch.setattr(asyncio, "sleep", sleep)

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Time:
    return Time(monkeypatch)


@pytest.fixture
def pace(clock: Time) -> Pace:
    return Pace(LIMITS, clock)


async def test_replies_use_up_slots_of_the_bulk_rhythm_without_waiting(clock: Time, pace: Pace) -> None:
    began = clock()
    await pace.bulk()
    for _ in range(5):
        pace.took()
    assert clock() == began
    await pace.bulk()
    assert clock() - began == pytest.approx(0.5, abs=0.11)


async def test_a_burst_of_replies_holds_bulk_up_for_a_second_at_most(clock: Time, pace: Pace) -> None:
    began = clock()
    for _ in range(500):
        pace.took()
    await pace.bulk()
    assert clock() - began == pytest.approx(1.0)


async def test_without_a_limit_nothing_waits(clock: Time) -> None:
    free, began = Pace(Limits(0, 0, 1), clock), clock()
    free.took()
    free.silence("1", 5, bulk=True)
    await free.bulk()
    assert clock() == began


async def test_bulk_that_is_refused_to_an_idle_chat_pauses_all_bulk(clock: Time, pace: Pace) -> None:
    began = clock()
    await pace.bulk()
    await pace.chat("1")
    pace.silence("1", 7, bulk=True)
    await pace.bulk()
    assert clock() - began == pytest.approx(7)


async def test_bulk_that_is_refused_to_a_hurried_chat_pauses_that_chat_alone(clock: Time, pace: Pace) -> None:
    began = clock()
    for _ in range(2):
        await pace.chat("1")
    pace.silence("1", 7, bulk=True)
    await pace.bulk()
    assert clock() == began
    await pace.chat("1")
    assert clock() - began == pytest.approx(7)


async def test_a_refused_reply_pauses_its_own_chat_alone(clock: Time, pace: Pace) -> None:
    began = clock()
    await pace.chat("1")
    pace.silence("1", 7)
    await pace.bulk()
    await pace.chat("2")
    assert clock() == began
