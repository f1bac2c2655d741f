"""Many people at once, each answering as soon as the bot has answered: the load of a measurement."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.standin.chats import Stored
from tests.standin.people import Person

if TYPE_CHECKING:
    from tests.standin.bot_api import BotApi


@dataclass(frozen=True, slots=True)
class Step:
    """One turn: what is said ("[Label]" taps a button), and what the answer must contain ("" anything) to count."""

    says: str
    sees: str = ""


Script = Sequence[Step] | Callable[[int, int], Step]  # or (person, turn) → step


class Crowd:
    """`people` persons go through the script in a circle until `turns` turns are answered in all.

    A turn lasts from the update's being ready to the bot's message or edit with the expected text; `seconds` has one
    entry per turn. `people_by_chat` has the persons by chat id.
    """

    def __init__(
        self, api: BotApi, script: Script, people: int = 50, turns: int = 1000, first_chat: int = 1_000_001
    ) -> None:
        self.api, self.script, self.turns = api, script, turns
        chats = range(first_chat, first_chat + people)
        self.people_by_chat = {chat: Person(api, chat, f"Người {chat - first_chat + 1}") for chat in chats}
        self.seconds: list[float] = []
        self.stuck: list[str] = []  # taps on buttons that were not there
        self.began = self.ended = 0.0
        self._turn = dict.fromkeys(chats, 0)
        self._since: dict[int, float] = {}
        self._done = asyncio.Event()

    async def run(self, timeout: float = 120.0) -> dict[str, Any]:
        """Starts everybody, waits until all turns are answered (or the time is up), and returns `result()`."""
        self.api.chats.on_change.append(self._notice)
        self.began = time.monotonic()
        for person in self.people_by_chat.values():
            self._act(person)
        waiter = asyncio.ensure_future(self._done.wait())
        await asyncio.wait([waiter], timeout=timeout)
        waiter.cancel()
        self.ended = self.ended or time.monotonic()
        self.api.chats.on_change.remove(self._notice)
        return self.result()

    def result(self) -> dict[str, Any]:
        """Turns answered, seconds in all, turns per second, and the percentiles of a turn in milliseconds."""
        span = (self.ended or time.monotonic()) - self.began if self.began else 0.0
        ordered = sorted(self.seconds)
        shares = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
        last = len(ordered) - 1
        times = {name: round(ordered[int(share * last)] * 1000, 2) for name, share in shares.items() if ordered}
        rate = round(len(ordered) / span, 1) if span else 0.0
        is_over = bool(self.ended)
        return {
            "turns": len(ordered),
            "seconds": round(span, 3),
            "rate": rate,
            "ms": times,
            "over": is_over,
            "stuck": self.stuck[:5],
        }

    def _step(self, chat: int) -> Step:
        if callable(self.script):
            return self.script(chat, self._turn[chat])
        return self.script[self._turn[chat] % len(self.script)]

    def _act(self, person: Person) -> None:
        says = self._step(person.id).says
        self._since[person.id] = time.monotonic()
        if not (says.startswith("[") and says.endswith("]")):
            person.say(says)
            return
        try:
            person.tap(says[1:-1])
        except AssertionError as error:
            del self._since[person.id]
            self.stuck.append(str(error))

    def _notice(self, message: Stored) -> None:
        began = self._since.get(message.chat.id)
        if began is None or not message.by_bot or self.ended:
            return
        chat = message.chat.id
        if self._step(chat).sees not in message.text:
            return
        del self._since[chat]
        self.seconds.append(time.monotonic() - began)
        self._turn[chat] += 1
        if len(self.seconds) >= self.turns:
            self.ended = time.monotonic()
            self._done.set()
        else:  # after the bot has its answer, not in the middle of it
            asyncio.get_running_loop().call_soon(self._act, self.people_by_chat[chat])
