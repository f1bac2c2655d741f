"""An announcement to a whole province: how much of the limit is used, that kills repeat nothing, and how long those
wait who write meanwhile.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from pathlib import Path
from typing import Any

from bot.opening import read_limits
from models.database import Database
from models.zone import VIETNAM as OFFICE
from tests.bench import contenders, processes, world
from tests.bench.contenders import OURS
from tests.bench.processes import Telegram

AT_ONCE = 4  # leaders who file their report at a time
PAUSE = 1.5  # seconds until a person has read the answer and typed the next one
QUIET_DAY = 12  # of a month: no step of a reminder falls near it
TEXT = "Mời các đội hình họp lúc **8 giờ** thứ Hai tại hội trường."


@dataclass(frozen=True, slots=True)
class Size:
    """`reporters`: of the recipients, those who file a report during the run."""

    recipients: int
    kills: int
    reporters: int


@dataclass(frozen=True, slots=True)
class Measured:
    """`recipients`: rows of the ledger; `arrived`, `twice`: as the chats show it of those who say nothing meanwhile."""

    recipients: int
    arrived: int
    silent: int
    unclear: int
    twice: int
    kills: int
    limit: float
    rate: float
    share: float
    seconds: float
    too_many: int
    reply_turns: int
    reply_p50: float
    reply_p95: float
    reply_max: float
    memory: float


@dataclass(slots=True)
class Lives:
    """What the lives of the bot sent, each from its first message to its last (monotonic seconds)."""

    first: float = 0.0
    last: float = 0.0
    messages: int = 0
    seconds: float = 0.0
    memory: float = 0.0

    def add(self, sends: dict[str, Any], memory: float) -> None:
        if sends["messages"]:
            self.first = self.first or sends["first"]
            self.last = sends["last"]
            self.messages += sends["messages"] + sends["others"] - 1
            self.seconds += sends["last"] - sends["first"]
        self.memory = max(self.memory, memory)


async def measure(size: Size, folder: Path) -> Measured:
    """The stand-in keeps Telegram's limits. Raises RuntimeError when the ledger is not whole in the end."""
    folder.mkdir(parents=True)
    moment = _quiet_moment(datetime.now(UTC))
    await world.make(contenders.database(folder), size.recipients, moment)
    await _plan(folder, moment)
    forward = (moment - datetime.now(UTC)).total_seconds()
    async with processes.telegram("--limits") as telegram:
        await telegram.remote.relay(
            script=world.report_script(),
            first_chat=world.FIRST_CHAT + size.recipients - size.reporters,
            pool=size.reporters,
            places=AT_ONCE,
            pause=PAUSE,
        )
        lives = Lives()
        for life in range(size.kills + 1):
            await _live(size, telegram, folder, forward, lives, until=size.recipients * (life + 1) // (size.kills + 1))
        return await _measured(size, telegram, folder, lives)


async def _live(size: Size, telegram: Telegram, folder: Path, forward: float, lives: Lives, *, until: int) -> None:
    """One life of the bot, killed once so many have the announcement; the last one ends by itself."""
    is_last = until >= size.recipients
    everybody = {"first_chat": world.FIRST_CHAT, "pool": size.recipients - size.reporters}
    patience = time.monotonic() + size.recipients / 30 * 2 + 120
    async with contenders.start(OURS, telegram, folder, forward=forward) as running:
        while time.monotonic() < patience:
            await asyncio.sleep(0.5)
            running.check()
            sends = await telegram.remote.sends(**everybody)
            if _is_over(folder) if is_last else sends["messages"] >= until:
                break
        lives.add(await telegram.remote.sends(**everybody, after=lives.last), running.memory)
        if not is_last:
            await running.kill()


async def _measured(size: Size, telegram: Telegram, folder: Path, lives: Lives) -> Measured:
    replies = await telegram.remote.relay(stop=True)
    silent = size.recipients - size.reporters
    sends = await telegram.remote.sends(first_chat=world.FIRST_CHAT, pool=silent)
    states = _states(folder)
    if sum(states.values()) != size.recipients or set(states) - {"sent", "unknown"}:
        raise RuntimeError(f"the ledger of {size.recipients} ended as {states}")
    limit = read_limits()["telegram"].bulk_per_second
    rate, times = lives.messages / lives.seconds if lives.seconds else 0.0, replies["ms"]
    return Measured(
        recipients=sum(states.values()),
        arrived=sends["messages"],
        silent=silent,
        unclear=states.get("unknown", 0),
        twice=sends["twice"],
        kills=size.kills,
        limit=limit,
        rate=round(rate, 2),
        share=round(rate / limit, 4),
        seconds=round(lives.last - lives.first, 1),
        too_many=sends["too_many"],
        reply_turns=replies["turns"],
        reply_p50=times.get("p50", 0.0),
        reply_p95=times.get("p95", 0.0),
        reply_max=times.get("max", 0.0),
        memory=round(lives.memory, 1),
    )


async def _plan(folder: Path, moment: datetime) -> None:
    db = Database(f"sqlite+aiosqlite:///{contenders.database(folder)}")
    async with db.write() as session:
        await world.sent_off(session, TEXT, moment)
    await db.close()


def _quiet_moment(now: datetime) -> datetime:
    """The next morning of a day on which nobody is reminded of anything."""
    day = now.astimezone(OFFICE).date() + timedelta(days=1)
    while day.day != QUIET_DAY:
        day += timedelta(days=1)
    return datetime.combine(day, clock(10), OFFICE).astimezone(UTC)


def _states(folder: Path) -> dict[str, int]:
    with sqlite3.connect(f"file:{contenders.database(folder)}?mode=ro", uri=True) as connection:
        return dict(connection.execute("SELECT state, count(*) FROM recipient GROUP BY state").fetchall())


def _is_over(folder: Path) -> bool:
    with sqlite3.connect(f"file:{contenders.database(folder)}?mode=ro", uri=True) as connection:
        return bool(connection.execute("SELECT count(*) FROM announcement WHERE state = 'sent'").fetchone()[0])
