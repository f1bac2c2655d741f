"""How fast a channel may be spoken to: one rhythm over all chats for what nobody waits for, one for each chat."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

MADE_UP = 0.15  # seconds: a sender that is late by no more loses none of its slots
SEVERAL = 3  # chats that are refused within TOGETHER seconds: the pause is meant for the whole channel
TOGETHER = 2.0
MINUTE = 60.5  # seconds: a little longer, for what is counted is when a message arrives, not when it leaves


@dataclass(frozen=True, slots=True)
class Limits:
    """A channel's own limits, from content/channels.yaml, where each has its source. Zero means no limit."""

    bulk_per_second: float  # one at least
    chat_per_second: float
    chat_burst: int
    group_per_minute: int = 0  # in a chat of several people, beside the rhythm of every chat
    edits: bool = False  # a message that was sent can be changed in place
    delete_within_hours: int | None = None  # of sending a message it can be taken away; None: never


def _nobodys(_address: str) -> bool:
    """A channel without chats of several people."""
    return False


class Pace:
    """Gives out the moments at which a message may leave (a leaky bucket kept as one number per chat)."""

    def __init__(
        self, limits: Limits, monotonic: Callable[[], float], is_group: Callable[[str], bool] = _nobodys
    ) -> None:
        self._limits = limits
        self._monotonic = monotonic
        self._is_group = is_group
        self._group_slots: dict[str, deque[float]] = {}
        self._bulk_free_at = 0.0
        self._second: deque[float] = deque(maxlen=max(1, int(limits.bulk_per_second)))  # of what was given out last
        self._chat_free_at: dict[str, float] = {}
        self._silent_until: dict[str, float] = {}
        self._refused_at: dict[str, float] = {}
        self._all_silent_until = 0.0

    async def bulk(self) -> None:
        """Wait for the next slot of the rhythm over all chats."""
        if not self._limits.bulk_per_second:
            return
        now = self._monotonic()
        slot = max(self._next_slot(now), self._second_is_over())
        self._bulk_free_at = slot + 1 / self._limits.bulk_per_second
        self._second.append(max(slot, now))
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
        self._second.append(now)

    def _next_slot(self, now: float) -> float:
        # the rhythm keeps its average, never its debts
        return max(self._bulk_free_at, now - MADE_UP)

    def _second_is_over(self) -> float:
        """When there is room in the second again, however much was made up for."""
        return self._second[0] + 1 if len(self._second) == self._second.maxlen else 0.0

    async def chat(self, address: str) -> None:
        """Wait until this chat may be spoken to: a short burst, then its own rhythm; and never before `silence` is
        over.
        """
        now = self._monotonic()
        wait = max(self._silent_until.get(address, 0.0) - now, self._chat_wait(address, now))
        self._take_slot(address, now)
        if self._limits.group_per_minute and self._is_group(address):
            wait = self._group_wait(address, now, wait)
            self._group_slots[address].append(now + max(wait, 0.0))
        if wait > 0:
            await asyncio.sleep(wait)

    def wait(self, address: str) -> float:
        """How many seconds a message to this chat that nobody waits for would have to wait now; takes no slot."""
        now = self._monotonic()
        silent = max(self._all_silent_until, self._silent_until.get(address, 0.0)) - now
        wait = max(silent, self._chat_wait(address, now))
        if self._limits.group_per_minute and self._is_group(address):
            wait = self._group_wait(address, now, wait)
        return max(wait, 0.0)

    @property
    def is_silent(self) -> bool:
        """Whether the channel asked for a pause of everything that nobody waits for."""
        return self._all_silent_until > self._monotonic()

    def _chat_wait(self, address: str, now: float) -> float:
        if not self._limits.chat_per_second:
            return 0.0
        burst = (self._limits.chat_burst - 1) / self._limits.chat_per_second
        return max(self._chat_free_at.get(address, 0.0), now) - now - burst

    def _take_slot(self, address: str, now: float) -> None:
        if not self._limits.chat_per_second:
            return
        start = max(self._chat_free_at.get(address, 0.0), now)
        self._chat_free_at[address] = start + 1 / self._limits.chat_per_second
        if len(self._chat_free_at) > 10_000:
            self._forget(now)

    def _group_wait(self, address: str, now: float, wait: float) -> float:
        """As long as a minute with so many messages in it lasts; counted from the moments given out."""
        slots = self._group_slots.setdefault(address, deque(maxlen=self._limits.group_per_minute))
        start = now + max(wait, 0.0)
        return (max(start, slots[0] + MINUTE) if len(slots) == slots.maxlen else start) - now

    def silence(self, address: str, seconds: float, *, bulk: bool = False) -> None:
        """The channel asked for a pause at a message to this chat.

        A `bulk` message to a chat that got nothing else just now may have been refused for all of them together: once
        several chats are, one right after the other, all of them wait. A group has a limit of its own, which others may
        have used up.
        """
        now = self._monotonic()
        self._silent_until[address] = now + seconds
        if not bulk or not self._limits.bulk_per_second or self._is_group(address) or self._was_hurried(address):
            return
        just_now = {chat: at for chat, at in self._refused_at.items() if now - at <= TOGETHER}
        self._refused_at = {**just_now, address: now}
        if len(self._refused_at) >= SEVERAL:
            self._all_silent_until = max(self._all_silent_until, now + seconds)

    def _was_hurried(self, address: str) -> bool:
        """Whether more than one message went to this chat within its own interval."""
        if not self._limits.chat_per_second:
            return False
        return self._chat_free_at.get(address, 0.0) - self._monotonic() > 1 / self._limits.chat_per_second

    def _forget(self, now: float) -> None:
        self._chat_free_at = {chat: free for chat, free in self._chat_free_at.items() if free > now}
        self._silent_until = {chat: end for chat, end in self._silent_until.items() if end > now}
        self._group_slots = {
            chat: slots for chat, slots in self._group_slots.items() if slots and slots[-1] + MINUTE > now
        }
