"""What the bot did: every call with its moment, and the questions a test asks about them."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

SENDS = frozenset({"sendMessage", "sendDocument", "sendPhoto", "sendMediaGroup"})


@dataclass(slots=True)
class Call:
    """One call. `at` is monotonic seconds; `done`: it took effect, even if no answer arrived (`fault` says why)."""

    at: float
    method: str
    params: dict[str, Any]
    chat: int | None = None
    code: int = 0
    description: str = ""
    fault: str = ""
    done: bool = False
    message_id: int | None = None

    @property
    def text(self) -> str:
        """The text or caption as the bot wrote it."""
        return str(self.params.get("text") or self.params.get("caption") or "")

    @property
    def sent(self) -> bool:
        """A new message really appeared in the chat."""
        return self.done and self.method in SENDS


@dataclass
class Record:
    """All calls in order. With `light` the fields of the calls are not kept (for long measurements)."""

    light: bool = False
    calls: list[Call] = field(default_factory=list)

    def add(self, call: Call) -> None:
        """Notes a call."""
        if self.light:
            call.params = {}
        self.calls.append(call)

    def of(self, method: str = "", chat: int | None = None) -> list[Call]:
        """The calls of one method, to one chat, or both."""
        return [c for c in self.calls if (not method or c.method == method) and (chat is None or c.chat == chat)]

    def sent(self, chat: int | None = None) -> list[Call]:
        """The messages that really appeared (to one chat, or to all)."""
        return [c for c in self.calls if c.sent and (chat is None or c.chat == chat)]

    def repeated(self) -> dict[tuple[int | None, str], int]:
        """Texts that appeared more than once in one chat: (chat, text) → how often."""
        counts = Counter((c.chat, c.text) for c in self.calls if c.sent)
        return {key: count for key, count in counts.items() if count > 1}

    def peak(self, seconds: float = 1.0, chat: int | None = None) -> int:
        """The most messages that appeared within any stretch of that length."""
        window: deque[float] = deque()
        most = 0
        for call in self.sent(chat):
            window.append(call.at)
            while window[0] <= call.at - seconds:
                window.popleft()
            most = max(most, len(window))
        return most

    def per_second(self, method: str = "") -> list[int]:
        """How many calls began in each second since the first (sent messages when no method is named)."""
        calls = self.of(method) if method else self.sent()
        if not calls:
            return []
        start = calls[0].at
        counts = Counter(int(c.at - start) for c in calls)
        return [counts[second] for second in range(max(counts) + 1)]

    def clear(self) -> None:
        """Forgets what was noted so far."""
        self.calls.clear()
