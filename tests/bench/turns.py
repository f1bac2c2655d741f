"""Turns per second through the whole path, ours beside the others: same people, same form, same stand-in."""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench import contenders, processes, world
from tests.bench.contenders import OURS, Contender
from tests.bench.processes import Running, Telegram

PLACES = 50  # people at once
STRANGER = 1  # a chat of nobody known
WARM = 1.5  # seconds before anything is counted


@dataclass(frozen=True, slots=True)
class Size:
    """How long each bot is measured, how often, and how many teams there are."""

    seconds: float
    rounds: int
    teams: int


@dataclass(frozen=True, slots=True)
class Round:
    """One bot, once. `per_processor_second`: turns by the bot's own processor time, whatever else the machine does."""

    rate: float
    p50: float
    p99: float
    per_processor_second: float
    standin_processor: float
    memory: float
    turns: int
    reports: int


@dataclass(frozen=True, slots=True)
class Measured:
    """A bot over all rounds: the medians, and the lowest and highest rate."""

    name: str
    title: str
    keeps: str
    rate: float
    lowest: float
    highest: float
    p50: float
    p99: float
    per_processor_second: float
    standin_processor: float
    memory: float
    turns: int
    reports: int


async def measure(size: Size, template: Path, folder: Path) -> list[Measured]:
    """Every bot in turn, `rounds` times round, so that a slow minute of the machine meets all of them."""
    bots = contenders.present()
    rounds: dict[str, list[Round]] = {bot.name: [] for bot in bots}
    for number in range(size.rounds):
        for bot in bots:
            rounds[bot.name].append(await _round(bot, size, template, folder / f"{bot.name}-{number}"))
    return [_measured(bot, rounds[bot.name]) for bot in bots]


async def _round(bot: Contender, size: Size, template: Path, folder: Path) -> Round:
    folder.mkdir(parents=True)
    if bot is OURS:
        shutil.copyfile(template, contenders.database(folder))
    async with processes.telegram() as telegram:
        async with contenders.start(bot, telegram, folder, unpaced=True) as running:
            await first_answer(bot, telegram, running)
            found = await _load(bot, size, telegram, running)
        if bot is OURS:
            check_kept(contenders.database(folder), found.reports)
    return found


async def first_answer(bot: Contender, telegram: Telegram, running: Running, seconds: float = 60.0) -> float:
    """Waits until a bot answers a stranger; returns the seconds since it was spawned. Raises when it does not."""
    loop = asyncio.get_running_loop()
    await telegram.remote.say(chat=STRANGER, text=bot.greeting)
    seen = asyncio.ensure_future(telegram.remote.sees(chat=STRANGER, text="", timeout=seconds))
    ended = asyncio.ensure_future(running.process.wait())
    try:
        await asyncio.wait((seen, ended), return_when=asyncio.FIRST_COMPLETED)
        took = loop.time() - running.began
        running.check()
        seen.result()
        return took
    finally:
        for each in (seen, ended):
            each.cancel()


async def _load(bot: Contender, size: Size, telegram: Telegram, running: Running) -> Round:
    script = world.report_script() if bot.asks else [("120", "120")]
    pool = size.teams if bot.asks else PLACES
    await telegram.remote.relay(
        script=script, first_chat=world.FIRST_CHAT, pool=pool, places=PLACES, anew=bot is not OURS
    )
    await asyncio.sleep(WARM)
    before, standin = running.processor, processes.processor_of(telegram.pid)
    warm = await telegram.remote.relay(since=0)
    await asyncio.sleep(size.seconds)
    spent, standin = running.processor - before, processes.processor_of(telegram.pid) - standin
    found = await telegram.remote.relay(since=warm["seconds"], stop=True)
    memory = running.memory
    running.check()
    if found["stuck"] or not found["turns"]:
        raise RuntimeError(f"{bot.title}: nobody was answered as the form says: {found}")
    await asyncio.sleep(0.5)  # what was said last is still answered
    return Round(
        rate=found["rate"],
        p50=found["ms"]["p50"],
        p99=found["ms"]["p99"],
        per_processor_second=round(found["turns"] / spent, 1),
        standin_processor=round(standin / found["seconds"], 2),
        memory=round(memory, 1),
        turns=found["turns"],
        reports=found["finished"],
    )


def check_kept(database: Path, acknowledged: int) -> None:
    """Raises RuntimeError unless every report whose receipt was seen is in the database with all its numbers."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as connection:
        (reports,) = connection.execute("SELECT count(*) FROM report WHERE submitted_at IS NOT NULL").fetchone()
        (answers,) = connection.execute(
            "SELECT count(*) FROM answer JOIN report ON report.id = report_id WHERE submitted_at IS NOT NULL"
        ).fetchone()
    if reports < acknowledged or answers != reports * len(world.questions()["asked"]):
        raise RuntimeError(f"{acknowledged} receipts were seen, {reports} reports with {answers} numbers are kept")


def _measured(bot: Contender, rounds: list[Round]) -> Measured:
    middle = {
        name: round(median(getattr(each, name) for each in rounds), 2)
        for name in ("rate", "p50", "p99", "per_processor_second", "standin_processor", "memory")
    }
    rates = [each.rate for each in rounds]
    return Measured(
        bot.name,
        bot.title,
        bot.keeps,
        lowest=min(rates),
        highest=max(rates),
        turns=sum(each.turns for each in rounds),
        reports=sum(each.reports for each in rounds) if bot.asks else 0,
        **middle,
    )
