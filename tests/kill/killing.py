"""Starting the bot and killing it: at a moment by chance, at a named point, or while its request is under way."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.processes import free_port
from tests.standin import BotApi

ROOT = Path(__file__).parents[2]
IN_FLIGHT = "request written, no reply yet"
# where the bot can be killed on its way from an update to its answer; the last five are about sending
POINTS = (
    "after fetch",
    "before inbox commit",
    "after inbox commit",
    "before next poll",
    "inside effect",
    "before effect commit",
    "after effect commit",
    "inside recovery",
    "before send",
    IN_FLIGHT,
    "reply read",
    "after claim commit",  # right after a kill that leaves something to claim
    "before sent commit",
)
STARTING, WORKING = 1.5, 0.6  # seconds: the longest wait for a kill by chance, from the start and from the first poll
REACH_WITHIN = 8.0  # seconds for a point to be passed often enough
UNTIL_STOPPED = 10.0


@dataclass(frozen=True, slots=True)
class Kill:
    """One kill: at the `nth` passing of `point`, or `after` so many seconds from the start or, `awake`, from a poll."""

    point: str = ""
    nth: int = 0
    after: float = 0.0
    awake: bool = False


def plan(kills: int, rounds: int, seed: int) -> list[Kill]:
    """`kills` at moments by chance, one in four of them during the start, and `rounds` at each named point."""
    chance = random.Random(seed)
    named = [Kill(point, 1 if number == 0 else chance.randint(2, 3)) for number in range(rounds) for point in POINTS]
    mixed = [
        Kill(after=chance.uniform(0, STARTING))
        if chance.random() < 0.25
        else Kill("", 0, chance.uniform(0, WORKING), True)
        for _ in range(kills)
    ]
    places = sorted(chance.sample(range(len(mixed) + len(named)), len(named)))
    for place, kill in zip(places, named, strict=True):
        mixed.insert(place, kill)
    return mixed


@dataclass
class Bot:
    """The bot of a test. `deaths` are the moments (monotonic) it was killed at; `missed` points never passed."""

    api: BotApi
    starter: Process
    deaths: list[float] = field(default_factory=list)
    missed: list[Kill] = field(default_factory=list)
    reached: list[str] = field(default_factory=list)
    status: int | None = None
    pid: int = 0
    _up_since: float = 0.0

    @property
    def awake(self) -> float:
        """For how many seconds it has been fetching updates; 0 when it is not."""
        return time.monotonic() - self._up_since if self._up_since else 0.0

    async def start(self, kill: Kill | None = None) -> None:
        """Start it; `kill` is a trap at a named point."""
        trap = f"{kill.nth} {kill.point}" if kill and kill.point else "0"
        assert self.starter.stdin
        self.starter.stdin.write(trap.encode() + b"\n")
        self.pid, self.status = (await self._told())["started"], None
        self._listen = asyncio.ensure_future(self._until_ended())
        self._watch = asyncio.ensure_future(self._until_awake(len(self.api.record.calls)))

    async def live_and_die(self, kill: Kill) -> None:
        """One life, to its violent end."""
        await self.start(kill)
        if kill.point == IN_FLIGHT:
            await self._kill_in_flight()
        elif kill.point:
            await asyncio.wait((self._listen,), timeout=REACH_WITHIN)
            if self.status is None:
                self.missed.append(kill)
        else:
            if kill.awake:
                await asyncio.wait((self._watch, self._listen), return_when=asyncio.FIRST_COMPLETED)
            await asyncio.wait((self._listen,), timeout=kill.after)
        assert self.status in (None, -signal.SIGKILL), f"the bot ended by itself with {self.status}"
        await self.kill()
        self.deaths.append(time.monotonic())

    async def stop(self) -> int | None:
        """Ask it to stop, as systemd does. Returns its exit status; None when it did not stop in time."""
        os.kill(self.pid, signal.SIGTERM)
        await asyncio.wait((self._listen,), timeout=UNTIL_STOPPED)
        self._up_since = 0.0
        return self.status

    async def _kill_in_flight(self) -> None:
        """Kill it once Telegram has carried out a message and before the answer to it is on its way back."""
        before = len(self.api.record.calls)
        self.api.faults.add("late", "sendMessage", seconds=0.3)
        until = time.monotonic() + REACH_WITHIN
        while time.monotonic() < until and self.status is None:
            if any(call.fault == "late" and call.done for call in self.api.record.calls[before:]):
                self.reached.append(IN_FLIGHT)
                break
            await asyncio.sleep(0.005)
        self.api.faults.clear()

    async def kill(self) -> None:
        """Kill it now."""
        self._up_since = 0.0
        self._watch.cancel()
        if self.status is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)
            await self._listen
        await asyncio.sleep(0.05)  # what it wrote with its last breath arrives now, not in its next life

    async def close(self) -> None:
        """Nothing of it is left."""
        if self.pid and self.status is None:
            await self.kill()
        if self.starter.stdin:
            self.starter.stdin.close()
        await self.starter.wait()

    async def _until_ended(self) -> None:
        while self.status is None:
            told = await self._told()
            if "reached" in told:
                self.reached.append(told["reached"])
            self.status = told.get("ended", self.status)

    async def _until_awake(self, looked: int) -> None:
        calls = self.api.record.calls
        while not any(call.method == "getUpdates" for call in calls[looked:]):
            looked = len(calls)
            await asyncio.sleep(0.02)
        self._up_since = time.monotonic()

    async def _told(self) -> dict[str, Any]:
        assert self.starter.stdout
        line = await self.starter.stdout.readline()
        assert line, "the starter is gone"
        told: dict[str, Any] = json.loads(line)
        return told


def environment(api: BotApi, file: Path, log_level: str = "INFO") -> dict[str, str]:
    """The settings of a bot on this stand-in and this SQLite file."""
    return {
        "TELEGRAM_BOT_TOKEN": api.token,
        "TELEGRAM_API_BASE": api.url,
        "DATABASE_URL": f"sqlite+aiosqlite:///{file}",
        "DATA_DIR": str(file.parent / "data"),
        "LISTEN": f"127.0.0.1:{free_port()}",
        "LOG_LEVEL": log_level,
    }


@asynccontextmanager
async def starting(api: BotApi, folder: Path, settings: Mapping[str, str]) -> AsyncIterator[Bot]:
    """A bot to be started with these settings, run in `folder`, where its log.txt and out.txt lie."""
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    arguments: Sequence[str] = ("-m", "tests.kill.process", str(folder))
    starter = await asyncio.create_subprocess_exec(
        sys.executable, *arguments, cwd=folder, stdin=PIPE, stdout=PIPE,
        env={**inherited, "PYTHONPATH": str(ROOT), **settings},
    )  # fmt: skip
    bot = Bot(api, starter)
    try:
        yield bot
    finally:
        await bot.close()
