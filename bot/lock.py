"""One process leads: it polls and keeps the timetable. A second one with the same database waits or is refused."""

from __future__ import annotations

import asyncio
import fcntl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path

import structlog
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from models.database import Database

LEADER = 520_112_025  # any number, the same in all processes
WAIT = 2.0  # seconds between tries to take over
WATCH = 5.0  # seconds between looks whether the lock is still held
log = structlog.get_logger("lock")


class AlreadyRunning(Exception):
    """Another process works on the same SQLite file."""


@asynccontextmanager
async def leadership(db: Database, stop: asyncio.Event) -> AsyncIterator[bool]:
    """Held while the block runs; both kinds of lock end by themselves when the process is killed.

    False when the process was told to stop before its turn came. Raises AlreadyRunning.
    """
    if db.is_sqlite:
        with _file_lock(Path(f"{make_url(db.url).database}.lock")):
            yield True
        return
    async with db.engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        while not await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": LEADER}):
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), WAIT)
            if stop.is_set():
                yield False
                return
        watch = asyncio.ensure_future(_watch(connection, stop))
        try:
            yield True
        finally:
            watch.cancel()


async def _watch(connection: AsyncConnection, stop: asyncio.Event) -> None:
    """Whoever loses the connection has lost the lock: another process may lead already, so this one ends."""
    while not stop.is_set():
        await asyncio.sleep(WATCH)
        try:
            await connection.scalar(text("SELECT 1"))
        except (SQLAlchemyError, OSError) as error:
            log.error("leadership lost", error=type(error).__name__)
            stop.set()


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(str(path)) from None
        yield
