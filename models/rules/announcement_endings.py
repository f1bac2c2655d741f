"""What became of an announcement for each of those it is for: the states of the ledger, and how sends end there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields

WAITING, SENT, FAILED, UNKNOWN = "waiting", "sent", "failed", "unknown"
STOPPED, UNREACHABLE, MUTED = "stopped", "unreachable", "muted"

UNDER_WAY = ("ready", "sending")  # states of a promise whose end is still to come
# why the outbox let go of a promise that nobody refused
WAS_STOPPED, EXPIRED, NO_LONGER_OWED = "stopped", "expired", "no longer owed"
GIVEN_UP = "given_up"  # why whoever was kept back by a stop will never get it
# what the channel's own words for a refusal mean, by what stands in them
_SAID = {
    "blocked": "blocked",
    "chat not found": "never_started",
    "never opened": "never_started",
    "deactivated": "deactivated",
    "removed": "removed",
    "retry_after": "overload",
    "connect": "network",
    "channel not in use": "channel_off",
}


def ending_of(state: str, error: str, *, is_cut: bool = False) -> tuple[str, str]:
    """State and reason code of a recipient whose promise ended in `state`, with what the outbox noted as `error`.

    `is_cut`: the announcement was stopped or taken back meanwhile.
    Codes of the failed: blocked, never_started, deactivated, removed (the bot, from a group), overload (429 until it
    was given up), network (the channel was away until then), expired, refused (any other no), channel_off. Of the
    stopped: stopped, not_meant (no longer one of those it is for), erased (their chat was taken away).
    """
    if state == "cancelled":
        return _let_go(WAS_STOPPED if is_cut and error == NO_LONGER_OWED else error)
    if state == "failed":
        said = error.lower()
        return FAILED, next((code for words, code in _SAID.items() if words in said), "refused")
    return (UNKNOWN, "") if state == "unknown" else (SENT, "")


def _let_go(error: str) -> tuple[str, str]:
    if error == EXPIRED:
        return FAILED, "expired"
    return STOPPED, {WAS_STOPPED: "stopped", NO_LONGER_OWED: "not_meant"}.get(error, "erased")


@dataclass(frozen=True, slots=True)
class Tally:
    """How many recipients are in each state; `confirmed`: how many of all have said that they know."""

    waiting: int = 0
    sent: int = 0
    failed: int = 0
    unknown: int = 0
    stopped: int = 0
    unreachable: int = 0
    muted: int = 0
    confirmed: int = 0

    @property
    def total(self) -> int:
        """Everybody the announcement is for: always the sum of the states."""
        return sum(getattr(self, state) for state in STATES)

    @property
    def is_over(self) -> bool:
        """Whether nobody waits any more."""
        return not self.waiting


STATES = tuple(each.name for each in fields(Tally) if each.name != "confirmed")


def tally_of(counted: Mapping[str, int], confirmed: int) -> Tally:
    """`counted`: rows by state; raises TypeError for a state that there is not."""
    return Tally(**counted, confirmed=confirmed)
