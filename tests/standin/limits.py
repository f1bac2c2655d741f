"""Telegram's sending limits: over all chats, in one chat, in one group."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from tests.standin.refused import Refused


@dataclass(slots=True)
class Limits:
    """Rates in messages; None switches one off. `burst` and `chat_burst` are how many pass at once after a rest.

    `reply_window`: a message sent within so many seconds after that chat last spoke is a reply and counts only
    against its own chat (0: everything counts). `retry_after` fixes the answer of a 429 in whole seconds; otherwise it
    is the time that is really left.
    """

    overall: float | None = 30.0
    burst: int = 30
    per_chat: float | None = 1.0
    chat_burst: int = 3
    per_group: int | None = 20
    group_seconds: float = 60.0
    reply_window: float = 0.0
    retry_after: int | None = None


class Gate:
    """Counts what passes. Refuses with 429; whoever comes again before `retry_after` is over is refused again."""

    def __init__(self, limits: Limits | None) -> None:
        self.limits = limits
        self.refusals = 0
        self._overall = _Bucket()
        self._chats: dict[int, _Bucket] = {}
        self._groups: dict[int, deque[float]] = {}
        self._shut: dict[int, float] = {}

    def pass_through(self, chat: int, is_group: bool, is_reply: bool, now: float) -> None:
        """One message to one chat at a monotonic moment. Raises Refused (429)."""
        if (limits := self.limits) is None:
            return
        wait = max(self._shut.get(chat, 0.0), 0.0 if is_reply else self._shut.get(0, 0.0)) - now
        if wait > 0:
            raise self.refuse(wait)
        if is_group and limits.per_group:
            self._check_group(chat, limits.per_group, limits.group_seconds, now)
        bucket = self._chats.setdefault(chat, _Bucket()) if limits.per_chat and not is_group else None
        if bucket and limits.per_chat and (wait := bucket.wait(limits.per_chat, limits.chat_burst, now)):
            raise self.refuse(wait, chat, now)
        if limits.overall and not is_reply:
            if wait := self._overall.wait(limits.overall, limits.burst, now):
                raise self.refuse(wait, 0, now)
            self._overall.take()
        if bucket:
            bucket.take()
        if is_group and limits.per_group:
            self._groups[chat].append(now)

    def refuse(self, wait: float, shut: int | None = None, now: float = 0.0) -> Refused:
        """The 429 for a wait in seconds; `shut` keeps that chat (0: all) closed until it is over."""
        self.refusals += 1
        fixed = self.limits.retry_after if self.limits else None
        seconds = fixed or max(1, math.ceil(wait))
        if shut is not None:
            self._shut[shut] = now + seconds
        return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)

    def _check_group(self, chat: int, most: int, seconds: float, now: float) -> None:
        recent = self._groups.setdefault(chat, deque())
        while recent and recent[0] <= now - seconds:
            recent.popleft()
        if len(recent) >= most:
            raise self.refuse(recent[0] + seconds - now, chat, now)


@dataclass(slots=True)
class _Bucket:
    tokens: float = -1.0  # not used yet: full
    at: float = 0.0

    def wait(self, rate: float, size: int, now: float) -> float:
        """Seconds until one may pass; 0 now."""
        self.tokens = float(size) if self.tokens < 0 else min(float(size), self.tokens + (now - self.at) * rate)
        self.at = now
        return 0.0 if self.tokens >= 1 - 1e-9 else (1 - self.tokens) / rate

    def take(self) -> None:
        self.tokens = max(0.0, self.tokens - 1)
