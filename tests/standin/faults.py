"""What goes wrong between us and Telegram, on order or by (seeded) chance."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import Any, Literal

from tests.standin.refused import Refused

Kind = Literal["drop", "late", "500", "502", "429", "403", "404", "401", "garbage"]
_PAGES = {"500": "Internal Server Error", "502": "Bad Gateway"}


@dataclass(slots=True)
class Fault:
    """One thing that goes wrong.

    drop     the call takes effect (unless done=False), then the connection is closed without an answer
    late     the call takes effect, the answer comes after `seconds`
    500 502  a proxy's HTML page; the call took effect only with done=True
    429      refused with `retry_after`
    403      refused: "bot was blocked by the user"
    404 401  refused as for a wrong address or token (a captive portal, a proxy)
    garbage  status 200 with a page that is not JSON; the call took effect only with done=True

    `method` "*" is any, "send*" any beginning so; `chat` None is any. `times` None is for ever; `after` lets that many
    matching calls pass first; `chance` 0.1 strikes one matching call in ten.
    """

    kind: Kind
    method: str = "*"
    chat: int | None = None
    times: int | None = 1
    after: int = 0
    chance: float = 1.0
    seconds: float = 1.0
    retry_after: int = 3
    done: bool | None = None

    def concerns(self, method: str, chat: int | None) -> bool:
        """Whether this call is one of those meant."""
        if self.chat is not None and chat != self.chat:
            return False
        return method.startswith(self.method[:-1]) if self.method.endswith("*") else method == self.method

    @property
    def takes_effect(self) -> bool:
        """Whether the call is carried out before things go wrong."""
        if self.done is not None and self.kind in ("drop", "late", "500", "502", "garbage"):
            return self.done
        return self.kind in ("drop", "late")

    def refusal(self) -> Refused | None:
        """The refusal it answers with, if it answers as Telegram does."""
        if self.kind == "429":
            return Refused(429, f"Too Many Requests: retry after {self.retry_after}", retry_after=self.retry_after)
        known = {"403": "Forbidden: bot was blocked by the user", "404": "Not Found", "401": "Unauthorized"}
        return Refused(int(self.kind), known[self.kind]) if self.kind in known else None

    def page(self) -> tuple[int, str]:
        """Status and page of a proxy that answers in Telegram's place."""
        title = _PAGES.get(self.kind, "Welcome to our Wi-Fi")
        return int(self.kind) if self.kind in _PAGES else 200, f"<html><head><title>{title}</title></head></html>"


class Faults:
    """The faults in force. The same seed gives the same faults for the same calls."""

    def __init__(self, seed: int = 1) -> None:
        self.random = random.Random(seed)
        self.latency: tuple[float, float] = (
            0.0,
            0.0,
        )  # seconds, shortest and longest, before each call is carried out
        self.struck = 0
        self._faults: list[Fault] = []

    def add(self, kind: Kind, method: str = "*", **more: Any) -> Fault:
        """Orders a fault (fields as in Fault) and returns it."""
        fault = Fault(kind, method, **more)
        self._faults.append(fault)
        return fault

    def clear(self) -> None:
        """From now on everything goes well, at once."""
        self._faults.clear()
        self.latency = (0.0, 0.0)

    def strike(self, method: str, chat: int | None) -> Fault | None:
        """The fault that befalls this call, if any."""
        for fault in self._faults:
            if fault.concerns(method, chat) and self._hits(fault):
                self.struck += 1
                return fault
        return None

    def _hits(self, fault: Fault) -> bool:
        if fault.after > 0:
            fault.after -= 1
            return False
        if fault.times == 0 or (fault.chance < 1 and self.random.random() >= fault.chance):
            return False
        if fault.times is not None:
            fault.times -= 1
        return True

    async def wait(self) -> None:
        """The way there and back."""
        if self.latency[1] > 0:
            await asyncio.sleep(self.random.uniform(*self.latency))
