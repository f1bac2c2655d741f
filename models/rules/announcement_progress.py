"""How an announcement goes on: when the last recipient has it, whether as many were written to as the preview said."""

from __future__ import annotations

from datetime import datetime, timedelta

FEW = 2  # recipients more or fewer than in the preview: not worth a word
PER_CENT = 1  # nor so small a part of many
MANY_MORE = 10  # recipients more than were agreed to
MUCH_MORE = 10  # per cent: so many more than were shown is another announcement
TELLING = 5  # sends after which their pace says something
SOON = timedelta(seconds=3)


def ends_at(started: datetime, now: datetime, done: int, left: int) -> datetime | None:
    """When the last one has it at the pace seen so far; None while that says nothing."""
    if not left or done < TELLING or now - started < SOON:
        return None
    return now + (now - started) / done * left


def differs(expected: int, total: int) -> bool:
    """Whether the number of recipients is another one than the author agreed to, by more than a few."""
    return abs(total - expected) > max(FEW, expected * PER_CENT // 100)


def has_grown(expected: int, total: int) -> bool:
    """Whether it reaches clearly more than somebody agreed to; `expected` 0: nobody was shown a number."""
    return bool(expected) and total - expected > max(MANY_MORE, expected * MUCH_MORE // 100)
