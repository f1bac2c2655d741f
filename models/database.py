"""Opens SQLite or PostgreSQL so that a transaction means the same on both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import tzinfo
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from models.sqlite import SqliteConnection
from models.zone import VIETNAM

SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    # NORMAL survives a killed process but not a power cut, and Telegram has already forgotten the update
    "synchronous=FULL",
    "busy_timeout=5000",
    "foreign_keys=ON",
    "temp_store=MEMORY",
    "journal_size_limit=67108864",
)


class UnsafeDatabase(Exception):
    """The database would acknowledge before the data is on disk; the start is refused with this sentence."""


class Database:
    """One engine, two doors: `write()` for the transaction of an event, `read()` for looking beside the writers."""

    def __init__(self, url: str, zone: tzinfo = VIETNAM) -> None:
        self.url, self.zone = url, zone
        self.is_sqlite = url.startswith("sqlite")
        self.engine = _sqlite_engine(url) if self.is_sqlite else _postgres_engine(url)
        self._writers = async_sessionmaker(self.engine, expire_on_commit=False, autoflush=False, info={"zone": zone})
        self._readers = async_sessionmaker(
            self.engine.execution_options(read=True), expire_on_commit=False, autoflush=False, info={"zone": zone}
        )
        # SQLite has one writer; waiting in line here is fair, waiting in SQLite's busy loop is not
        self._line = asyncio.Lock() if self.is_sqlite else None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncSession]:
        """A transaction that commits when the block ends and rolls back when it raises."""
        if self._line is None:
            async with self._writers() as session, session.begin():
                yield session
            return
        async with self._line, self._writers() as session, session.begin():
            yield session

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A snapshot to look at; nothing written in it is kept."""
        async with self._readers() as session:
            yield session

    async def refuse_unsafe(self) -> None:
        """Stop the start when commits would not survive a power cut."""
        async with self.engine.connect() as connection:
            if self.is_sqlite:
                level = (await connection.execute(text("PRAGMA synchronous"))).scalar_one()
                safe = int(level) >= 2
            else:
                safe = (await connection.execute(text("SHOW synchronous_commit"))).scalar_one() != "off"
        if not safe:
            raise UnsafeDatabase(self.url.partition("@")[2] or self.url)

    async def close(self) -> None:
        await self.engine.dispose()


def _sqlite_engine(url: str) -> AsyncEngine:
    engine = create_async_engine(url, hide_parameters=True, pool_size=5, connect_args={"timeout": 5})

    @event.listens_for(engine.sync_engine, "do_connect")
    def _open(dialect: Any, _record: Any, args: Any, options: Any) -> SqliteConnection:
        return SqliteConnection(dialect.dbapi, dialect.dbapi.connect(*args, **options).driver_connection)

    @event.listens_for(engine.sync_engine, "connect")
    def _connect(dbapi: Any, _record: Any) -> None:
        dbapi.isolation_level = (
            None  # we say BEGIN ourselves: the driver's own way does not roll back after a savepoint
        )
        cursor = dbapi.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute("PRAGMA " + pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        # writers take the lock at once: a deferred BEGIN that writes later fails with "database is locked"
        reading = connection.get_execution_options().get("read", False)
        opened = connection.connection.dbapi_connection
        assert isinstance(opened, SqliteConnection)
        opened.here = not reading
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _postgres_engine(url: str) -> AsyncEngine:
    return create_async_engine(
        url,
        hide_parameters=True,  # an error must not carry names or codes into the log
        pool_size=10,
        max_overflow=5,
        pool_pre_ping=True,
        connect_args={
            "server_settings": {
                "application_name": "so-tay-so",
                "jit": "off",
                "idle_in_transaction_session_timeout": "30000",
                "statement_timeout": "30000",
            }
        },
    )
