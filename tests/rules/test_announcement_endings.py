"""How the end of a promise reads in the ledger of its announcement."""

from __future__ import annotations

import pytest

from models.rules.announcement_endings import STATES, Tally, ending_of, tally_of


@pytest.mark.parametrize(
    "state, error, state_there, reason",
    [
        ("sent", "", "sent", ""),
        ("unknown", "interrupted", "unknown", ""),
        ("failed", "blocked", "failed", "blocked"),
        ("failed", "Chat not found", "failed", "never_started"),
        ("failed", "never opened", "failed", "never_started"),
        ("failed", "deactivated", "failed", "deactivated"),
        ("failed", "removed", "failed", "removed"),
        ("failed", "retry_after", "failed", "overload"),
        ("failed", "ClientConnectorError", "failed", "network"),
        ("failed", "channel not in use", "failed", "channel_off"),
        ("failed", "Message is too long", "failed", "refused"),
        ("cancelled", "expired", "failed", "expired"),
        ("cancelled", "stopped", "stopped", "stopped"),
        ("cancelled", "no longer owed", "stopped", "not_meant"),
        ("cancelled", "erased", "stopped", "erased"),
    ],
)
def test_every_ending_has_a_state_and_a_code(state: str, error: str, state_there: str, reason: str) -> None:
    assert ending_of(state, error) == (state_there, reason)


def test_what_was_claimed_while_it_was_stopped_was_stopped() -> None:
    assert ending_of("cancelled", "no longer owed", is_cut=True) == ("stopped", "stopped")
    assert ending_of("cancelled", "expired", is_cut=True) == ("failed", "expired")


def test_the_states_add_up_to_everybody() -> None:
    counted = {state: number for number, state in enumerate(STATES, start=1)}
    assert tally_of(counted, confirmed=2).total == sum(counted.values())
    assert Tally().total == 0
    assert Tally(sent=3).is_over
    assert not Tally(waiting=1).is_over


def test_a_state_that_there_is_not_is_no_part_of_any_sum() -> None:
    with pytest.raises(TypeError):
        tally_of({"lost": 1}, confirmed=0)
