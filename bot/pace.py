"""How fast a channel may be spoken to: one rhythm over all chats for what nobody waits for, one for each chat."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """A channel's own limits, from content/channels.yaml, where each has its source. Zero means no limit."""

    bulk_per_second: float
    chat_per_second: float
    chat_burst: int


class Pace:
    """Gives out the moments at which a message may leave (a leaky bucket kept as one number per chat)."""

    def __init__(self, limits: Limits, monotonic: Callable[[], float]) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._bulk_free_at = 0.0
        self._chat_free_at: dict[str, float] = {}
        self._silent_until: dict[str, float] = {}

    async def bulk(self) -> None:
        """Wait for the next slot of the rhythm over all chats."""
        if not self._limits.bulk_per_second:
            return
        now = self._monotonic()
        slot = self._next_slot(now)
        self._bulk_free_at = slot + 1 / self._limits.bulk_per_second
        if slot > now:
            await asyncio.sleep(slot - now)

    def took(self) -> None:
        """A reply leaves at once: it waits for no slot but uses one up, so that bulk does not come on top of it."""
        if not self._limits.bulk_per_second:
            return
        now = self._monotonic()
        free_at = self._next_slot(now) + 1 / self._limits.bulk_per_second
        # limits are by the second: bulk waits no longer than that for a burst of replies
        self._bulk_free_at = max(self._bulk_free_at, min(free_at, now + 1))

    def _next_slot(self, now: float) -> float:
        # a slot missed by less than one interval is not lost: the rhythm keeps its average, never its debts
        return max(self._bulk_free_at, now - 1 / self._limits.bulk_per_second)

    async def chat(self, address: str) -> None:
        """Wait until this chat may be spoken to: a short burst, then its own rhythm; and never before `silence` is
        over.
        """
        now = self._monotonic()
        wait = max(self._silent_until.get(address, 0.0) - now, self._chat_wait(address, now))
        if wait > 0:
            await asyncio.sleep(wait)

    def _chat_wait(self, address: str, now: float) -> float:
        if not self._limits.chat_per_second:
            return 0.0
        interval = 1 / self._limits.chat_per_second
        start = max(self._chat_free_at.get(address, 0.0), now)
        self._chat_free_at[address] = start + interval
        if len(self._chat_free_at) > 10_000:
            self._forget(now)
        return start - now - interval * (self._limits.chat_burst - 1)

    def silence(self, address: str, seconds: float, *, bulk: bool = False) -> None:
        """The channel asked for a pause at a message to this chat.

        A `bulk` message to a chat that got nothing else just now was refused for all of them together: they all wait.
        """
        until = self._monotonic() + seconds
        self._silent_until[address] = until
        if bulk and not self._was_hurried(address):
            self._bulk_free_at = max(self._bulk_free_at, until)

    def _was_hurried(self, address: str) -> bool:
        """Whether more than one message went to this chat within its own interval."""
        if not self._limits.chat_per_second:
            return False
        return self._chat_free_at.get(address, 0.0) - self._monotonic() > 1 / self._limits.chat_per_second

    def _forget(self, now: float) -> None:
        self._chat_free_at = {chat: free for chat, free in self._chat_free_at.items() if free > now}
        self._silent_until = {chat: end for chat, end in self._silent_until.items() if end > now}
