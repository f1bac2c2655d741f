"""From spawning the process to the first answer that somebody sees; and what the process weighs when nobody talks."""

from __future__ import annotations

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench import contenders, processes, world
from tests.bench.contenders import ECHO, FORM, OURS, Contender
from tests.bench.turns import PLACES, first_answer

SETTLED = 2.0  # seconds after which memory is looked at
LOADED = 1.5  # seconds of load before the kill


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds from spawn to the first answer (median of `times`; the slowest in `longest`), and MB at rest.

    `everybody`: seconds until all who were waiting when the process was killed had their answer.
    """

    what: str
    seconds: float
    longest: float
    times: int
    memory: float | None = None
    everybody: float | None = None


async def measure(times: int, template: Path, folder: Path) -> list[Measured]:
    """Ours on an empty folder, on a province, after `kill -9` under load; the others beside it."""

    def with_world(here: Path) -> None:
        shutil.copyfile(template, contenders.database(here))

    return [
        await _often("Sổ Tay Số, empty folder (creates the database)", times, folder / "empty", OURS, _nothing),
        await _often("Sổ Tay Số, a loaded province", times, folder / "loaded", OURS, with_world),
        await _after_kill("Sổ Tay Số, after kill -9 under load", times, template, folder / "killed"),
        await _often(ECHO.title, times, folder / "echo", ECHO, _nothing),
        await _often(FORM.title, times, folder / "form", FORM, _nothing),
    ]


def _nothing(_folder: Path) -> None:
    """Nothing to prepare."""


async def _often(what: str, times: int, folder: Path, bot: Contender, prepare: Callable[[Path], None]) -> Measured:
    async def once(here: Path) -> tuple[float, float]:
        prepare(here)
        async with processes.telegram() as telegram, contenders.start(bot, telegram, here) as running:
            took = await first_answer(bot, telegram, running)
            await asyncio.sleep(SETTLED)
            return took, running.memory

    found = await _repeat(times, folder, once)
    return Measured(what, *_times([took for took, _ in found]), memory=round(median(m for _, m in found), 1))


async def _after_kill(what: str, times: int, template: Path, folder: Path) -> Measured:
    async def once(here: Path) -> tuple[float, float]:
        shutil.copyfile(template, contenders.database(here))
        async with processes.telegram() as telegram:
            async with contenders.start(OURS, telegram, here, unpaced=True) as running:
                await first_answer(OURS, telegram, running)
                await telegram.remote.relay(
                    script=world.report_script(), first_chat=world.FIRST_CHAT, pool=500, places=PLACES
                )
                await asyncio.sleep(LOADED)
                await running.kill()
            async with contenders.start(OURS, telegram, here, unpaced=True) as again:
                took = await first_answer(OURS, telegram, again)
                while (await telegram.remote.relay())["longest_wait"] >= time.monotonic() - again.began:
                    again.check()
                    await asyncio.sleep(0.02)
                return took, time.monotonic() - again.began

    found = await _repeat(times, folder, once)
    return Measured(
        what, *_times([took for took, _ in found]), everybody=round(max(everybody for _, everybody in found), 2)
    )


async def _repeat(
    times: int, folder: Path, once: Callable[[Path], Awaitable[tuple[float, float]]]
) -> list[tuple[float, float]]:
    found = []
    for number in range(times):
        here = folder / str(number)
        here.mkdir(parents=True)
        found.append(await once(here))
    return found


def _times(seconds: list[float]) -> tuple[float, float, int]:
    return round(median(seconds), 2), round(max(seconds), 2), len(seconds)
