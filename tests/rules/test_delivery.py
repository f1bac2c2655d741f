"""When a message that was not taken is tried again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from models.rules.delivery import GIVE_UP_AFTER, LONGEST_WAIT, try_again_at

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def test_the_waits_grow_to_the_longest_and_stay_there_until_it_is_given_up() -> None:
    moments = [try_again_at(NOW, attempts, 0) for attempts in range(GIVE_UP_AFTER)]
    waits = [moment - NOW for moment in moments if moment is not None]
    assert len(waits) == GIVE_UP_AFTER
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT
    assert sum(waits, timedelta()) > timedelta(hours=23)
    assert try_again_at(NOW, GIVE_UP_AFTER, 0) is None


def test_a_pause_that_the_channel_asks_for_always_rules() -> None:
    assert try_again_at(NOW, GIVE_UP_AFTER, 600) == NOW + timedelta(minutes=10)
