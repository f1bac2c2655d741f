"""The processes of a measurement: the stand-in and a bot, each on its own, each ended whatever happens."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from tests.standin.remote import Remote

ROOT = Path(__file__).parents[2]
MB = 1_000_000
STOP_WITHIN = 10.0  # seconds that a process has to end by itself


@dataclass(frozen=True, slots=True)
class Telegram:
    """A running stand-in."""

    url: str
    token: str
    remote: Remote
    pid: int


@dataclass(slots=True)
class Running:
    """A bot's process; `began` is the moment it was spawned (monotonic seconds)."""

    process: Process
    began: float
    log: Path

    @property
    def memory(self) -> float:
        """Resident memory with all its children, in MB (10⁶ bytes)."""
        own = psutil.Process(self.process.pid)
        return float(sum(each.memory_info().rss for each in (own, *own.children(recursive=True)))) / MB

    @property
    def processor(self) -> float:
        """Processor seconds used so far."""
        return processor_of(self.process.pid)

    def check(self) -> None:
        """Raises RuntimeError with the end of its log when it is no more."""
        if self.process.returncode is not None:
            raise RuntimeError(f"the bot ended ({self.process.returncode}):\n{self.log.read_text()[-3000:]}")

    async def kill(self) -> None:
        """SIGKILL, in the middle of whatever it does."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()


def processor_of(pid: int) -> float:
    """Processor seconds that a process has used."""
    times = psutil.Process(pid).cpu_times()
    return float(times.user + times.system)


@asynccontextmanager
async def telegram(*options: str) -> AsyncIterator[Telegram]:
    """The stand-in on a free port of this machine."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.bench.relay", *options, stdout=PIPE, cwd=ROOT
    )
    try:
        assert process.stdout
        where = json.loads(await process.stdout.readline())
        async with Remote(where["url"]) as remote:
            yield Telegram(where["url"], where["token"], remote, process.pid)
    finally:
        await end(process)


@asynccontextmanager
async def bot(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> AsyncIterator[Running]:
    """A bot's process, run in `folder` so that no .env of this project is read; its log lies there."""
    folder.mkdir(parents=True, exist_ok=True)
    log = folder / "log.txt"
    inherited = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG", "TMPDIR")}
    with log.open("ab") as out:
        began = time.monotonic()
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *arguments,
            cwd=folder,
            stdout=out,
            stderr=out,
            env={**inherited, "PYTHONPATH": str(ROOT), **(environment or {})},
        )
    try:
        yield Running(process, began, log)
    finally:
        await end(process)


async def end(process: Process) -> None:
    """Asks a process to stop, and stops it when it does not."""
    if process.returncode is not None:
        return
    with suppress(ProcessLookupError):
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), STOP_WITHIN)
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])
