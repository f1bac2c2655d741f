"""python -m tests.bench.relay: the stand-in as a process of its own, with a crowd whose places are passed on.

So many people talk at once, each answering as soon as the bot has answered; whoever has gone through the whole script
leaves the place to the next one. So a report is filed once by each leader, as in life, and the load stays even.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import sys
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from tests.standin.bot_api import BotApi
from tests.standin.chats import Stored
from tests.standin.control import Control, Fields
from tests.standin.crowd import Step
from tests.standin.limits import Limits
from tests.standin.people import Person

PERCENTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}


class Relay:
    """`places` people at once out of `chats`, each through the whole script, `pause` seconds between answer and act.

    When all have had their turn they begin anew, if `anew`; else their places stay empty.
    A turn lasts from the update's being ready to the bot's message or edit that holds the step's text.
    """

    def __init__(
        self, api: BotApi, script: Sequence[Step], chats: range, places: int, pause: float = 0.0, anew: bool = False
    ) -> None:
        self.api, self.script, self.chats, self.pause, self.anew = api, script, chats, pause, anew
        self.places = places
        self.turns: list[tuple[float, float]] = []  # (when it ended, how long it took), monotonic seconds
        self.stuck: list[str] = []
        self.finished = 0  # times somebody came to the end of the script
        self.began = time.monotonic()
        self.ran_dry_at: float | None = None
        self._next = 0
        self._at: dict[int, int] = {}  # chat → step
        self._since: dict[int, float] = {}
        self._people: dict[int, Person] = {}
        self._stopped = False

    def start(self) -> None:
        self.api.chats.on_change.append(self._notice)
        for _ in range(self.places):
            self._enter()

    def stop(self) -> None:
        """Nobody says anything more; what was said is still answered, but no longer counted."""
        self._stopped = True
        if self._notice in self.api.chats.on_change:
            self.api.chats.on_change.remove(self._notice)

    def result(self, since: float = 0.0) -> dict[str, Any]:
        """What was answered from `since` seconds after the beginning, while every place was taken."""
        start = self.began + since
        end = min(time.monotonic(), self.ran_dry_at or float("inf"))
        taken = sorted(length for at, length in self.turns if start <= at <= end)
        last, now = len(taken) - 1, time.monotonic()
        return {
            "turns": len(taken),
            "seconds": round(end - start, 3),
            "rate": round(len(taken) / (end - start), 1) if end > start else 0.0,
            "ms": {name: round(taken[int(share * last)] * 1000, 2) for name, share in PERCENTILES.items() if taken},
            "finished": self.finished,
            "stuck": self.stuck[:3],
            "waiting": len(self._since),
            "longest_wait": round(max((now - each for each in self._since.values()), default=0.0), 3),
        }

    def _enter(self) -> None:
        """The next person takes a free place."""
        if self._next >= len(self.chats):
            if not self.anew:
                self.ran_dry_at = self.ran_dry_at or time.monotonic()
                return
            self._next = 0
        chat = self.chats[self._next]
        self._next += 1
        if chat not in self._people:
            self._people[chat] = Person(self.api, chat, f"Người {chat}")
        self._at[chat] = 0
        self._act(chat)

    def _act(self, chat: int) -> None:
        if self._stopped:
            return
        says = self.script[self._at[chat]].says
        self._since[chat] = time.monotonic()
        if not (says.startswith("[") and says.endswith("]")):
            self._people[chat].say(says)
            return
        try:
            self._people[chat].tap(says[1:-1])
        except AssertionError as error:
            del self._since[chat]
            self.stuck.append(str(error))

    def _notice(self, message: Stored) -> None:
        chat = message.chat.id
        began = self._since.get(chat)
        if began is None or not message.by_bot or self.script[self._at[chat]].sees not in message.text:
            return
        del self._since[chat]
        now = time.monotonic()
        self.turns.append((now, now - began))
        self._at[chat] += 1
        loop = asyncio.get_running_loop()
        if self._at[chat] < len(self.script):
            loop.call_later(self.pause, self._act, chat)
            return
        self.finished += 1
        loop.call_later(self.pause, self._leave)

    def _leave(self) -> None:
        if not self._stopped:
            self._enter()


class RelayControl(Control):
    """The stand-in's control verbs, and two more: `relay` and `sends`."""

    def __init__(self, api: BotApi) -> None:
        super().__init__(api)
        self.relay: Relay | None = None
        self._verbs |= {"relay": self.run_relay, "sends": self.sends}

    def run_relay(self, fields: Fields) -> dict[str, Any]:
        """With a `script` starts a relay, with `stop` ends it; tells how far it is (`since` seconds from its start)."""
        if "script" in fields:
            chats = range(fields["first_chat"], fields["first_chat"] + fields["pool"])
            steps = [Step(*step) for step in fields["script"]]
            self.relay = Relay(
                self.api, steps, chats, fields["places"], fields.get("pause", 0.0), fields.get("anew", False)
            )
            self.relay.start()
        assert self.relay, "no relay was started"
        result = self.relay.result(float(fields.get("since", 0.0)))
        if fields.get("stop"):
            self.relay.stop()
        return result

    def sends(self, fields: Fields) -> dict[str, Any]:
        """Messages shown in a range of chats (`first_chat`, `pool`): how many, first and last moment; all 429s.

        `others`: what was sent to other chats between those two moments. `twice`: chats that got more than one. Only
        what came after the moment `after` counts.
        """
        chats = range(int(fields["first_chat"]), int(fields["first_chat"]) + int(fields["pool"]))
        sent = [call for call in self.api.record.sent() if call.at > float(fields.get("after", 0.0))]
        moments = [call.at for call in sent if call.chat in chats]
        times = Counter(call.chat for call in sent if call.chat in chats)
        return {
            "messages": len(moments),
            "first": moments[0] if moments else 0.0,
            "last": moments[-1] if moments else 0.0,
            "others": sum(call.chat not in chats and moments[0] <= call.at <= moments[-1] for call in sent if moments),
            "twice": sum(count > 1 for count in times.values()),
            "too_many": self.api.too_many,
        }


async def serve(options: argparse.Namespace) -> None:
    """Until SIGTERM."""
    api = BotApi(check=False, limits=Limits() if options.limits else None, light=True)
    api.chats.open_doors = True
    RelayControl(api)
    await api.start("127.0.0.1", 0)
    sys.stdout.write(json.dumps({"url": api.url, "token": api.token}) + "\n")
    sys.stdout.flush()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    await stop.wait()
    await api.stop()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m tests.bench.relay", description=__doc__)
    parser.add_argument("--limits", action="store_true", help="Telegram's sending limits")
    asyncio.run(serve(parser.parse_args()))
