"""A morning on which every team is reminded: how much of the limit is used, and how long those wait who write then."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bot.opening import read_limits
from tests.bench import contenders, processes, world
from tests.bench.contenders import OURS
from tests.bench.processes import Running, Telegram
from tests.bench.turns import check_kept

REPORTERS, AT_ONCE = 12, 4  # leaders who file their report during the run, so many of them at a time
PAUSE = 1.5  # seconds until a person has read the answer and typed the next one


@dataclass(frozen=True, slots=True)
class Measured:
    """`rate`: all messages from the first reminder to the last; `due`, `sent`: without those who report meanwhile."""

    due: int
    sent: int
    limit: float
    rate: float
    share: float
    seconds: float
    first_after: float
    too_many: int
    reply_turns: int
    reply_p50: float
    reply_p95: float
    reply_max: float
    reports: int
    memory: float


async def measure(teams: int, folder: Path) -> Measured:
    """`teams` reminders fall due at one moment; the stand-in keeps Telegram's limits."""
    folder.mkdir(parents=True)
    moment = world.reminder_moment(datetime.now(UTC))
    await world.make(contenders.database(folder), teams, moment)
    forward = (moment - datetime.now(UTC)).total_seconds()
    async with processes.telegram("--limits") as telegram:
        async with contenders.start(OURS, telegram, folder, forward=forward) as running:
            found = await _watch(teams, telegram, running)
        check_kept(contenders.database(folder), found.reports)
    return found


async def _watch(teams: int, telegram: Telegram, running: Running) -> Measured:
    limit = read_limits()["telegram"].bulk_per_second
    others = {"first_chat": world.FIRST_CHAT, "pool": teams - REPORTERS}
    await telegram.remote.relay(
        script=world.report_script(),
        first_chat=world.FIRST_CHAT + teams - REPORTERS,
        pool=REPORTERS,
        places=AT_ONCE,
        pause=PAUSE,
    )
    until = time.monotonic() + teams / limit * 1.5 + 20
    sends = await telegram.remote.sends(**others)
    while sends["messages"] < teams - REPORTERS and time.monotonic() < until:
        await asyncio.sleep(0.5)
        running.check()
        sends = await telegram.remote.sends(**others)
    replies = await telegram.remote.relay(stop=True)
    seconds = sends["last"] - sends["first"]
    rate = (sends["messages"] + sends["others"] - 1) / seconds if seconds else 0.0
    times = replies["ms"]
    return Measured(
        due=teams - REPORTERS,
        sent=sends["messages"],
        limit=limit,
        rate=round(rate, 2),
        share=round(rate / limit, 4),
        seconds=round(seconds, 1),
        first_after=round(sends["first"] - running.began, 2),
        too_many=sends["too_many"],
        reply_turns=replies["turns"],
        reply_p50=times.get("p50", 0.0),
        reply_p95=times.get("p95", 0.0),
        reply_max=times.get("max", 0.0),
        reports=replies["finished"],
        memory=round(running.memory, 1),
    )
