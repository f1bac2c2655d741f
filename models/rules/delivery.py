"""What a failed send means, and when to try again."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from html import unescape
from typing import Literal

Failure = Literal["refused", "later", "unknown"]

FIRST_WAIT = timedelta(seconds=5)
LONGEST_WAIT = timedelta(minutes=10)
MOST_DOUBLINGS = 20  # long past the longest wait; a hundred of them are more than a time can hold
GIVE_UP_AFTER = 150  # tries: with doubling from 5 s to 10 min, about a day, as long as Telegram keeps messages for us

_TAG = re.compile(r"<[^>]*>")


class SendFailed(Exception):
    """The channel did not take a message.

    `refused`: never will (blocked, gone). `later`: surely not delivered, try again after `retry_after` seconds.
    `unknown`: nobody can know whether it was delivered.
    """

    def __init__(
        self, kind: Failure, reason: str, *, retry_after: float = 0.0, new_address: str = "", gone: bool = False
    ) -> None:
        super().__init__(reason)
        self.kind = kind
        self.reason = reason
        self.retry_after = retry_after
        self.new_address = new_address  # a group that became a supergroup answers with its new address
        self.gone = gone  # the person cannot be reached at all (blocked, deleted), not only by this message


def try_again_at(now: datetime, attempts: int, retry_after: float) -> datetime | None:
    """When to send again; None when it is time to give up. The channel's own `retry_after` (seconds) always rules."""
    if retry_after > 0:
        return now + timedelta(seconds=retry_after)
    if attempts >= GIVE_UP_AFTER:
        return None
    doublings: int = 2 ** min(max(attempts - 1, 0), MOST_DOUBLINGS)
    return now + min(FIRST_WAIT * doublings, LONGEST_WAIT)


def pieces(html: str, limit: int) -> list[str]:
    """A long message cut at line ends into parts of at most `limit` UTF-16 units each, as Telegram counts: without
    tags, an escaped letter as the letter.

    Our texts never carry a tag over a line end, so a cut between lines leaves whole tags.
    """
    if 2 * len(html) <= limit:  # a letter takes at most two units
        return [html]
    parts: list[str] = []
    part: list[str] = []
    size = 0
    for bit in (bit for line in html.split("\n") for bit in _bits(line, limit)):
        more = _units(bit)
        if part and size + 1 + more > limit:
            parts.append("\n".join(part))
            part, size = [], 0
        size += more + (1 if part else 0)
        part.append(bit)
    return [*parts, "\n".join(part)]


def _bits(line: str, limit: int) -> list[str]:
    if _units(line) <= limit:
        return [line]
    size = limit // 2
    return [line[start : start + size] for start in range(0, len(line), size)]


def _units(html: str) -> int:
    return len(unescape(_TAG.sub("", html)).encode("utf-16-le")) // 2
