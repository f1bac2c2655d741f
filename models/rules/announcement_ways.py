"""How an announcement was corrected or taken back with everybody who had it: the ways, and how many went each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

EDITED, REPLACED = "edited", "replaced"  # a correction: in place, by a message of its own
DELETED, TOLD = "deleted", "told"  # a recall: taken away, told of
FAILED, UNKNOWN, WAITING = "failed", "unknown", "waiting"


@dataclass(frozen=True, slots=True)
class Ways:
    """How many of those who had it, or may have had it, went each way; `never`: who got the correction alone, for the
    first one had not reached them.
    """

    edited: int = 0
    replaced: int = 0
    deleted: int = 0
    told: int = 0
    failed: int = 0
    unknown: int = 0
    waiting: int = 0
    never: int = 0

    @property
    def total(self) -> int:
        """Everybody who had it: always the sum of the ways."""
        return sum(count for way, count in asdict(self).items() if way != "never")


def ways_of(counted: Mapping[str, int], never: int = 0) -> Ways:
    """`counted`: people by way, an empty one for those whose turn is still to come."""
    by_name = {way or WAITING: count for way, count in counted.items()}
    return Ways(**by_name, never=never)
