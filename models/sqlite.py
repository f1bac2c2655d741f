"""SQLite's statements carried out where they are asked for; what waits for the disk or for a lock goes to a thread."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from typing import Any

from sqlalchemy.dialects.sqlite.aiosqlite import AsyncAdapt_aiosqlite_connection, AsyncAdapt_aiosqlite_cursor
from sqlalchemy.util.concurrency import await_

HOLD = 0.005  # seconds after which a transaction lets others of the event loop go first
AT_ONCE = 200  # rows fetched here; what a longer answer has left is fetched in a thread


class SqliteConnection(AsyncAdapt_aiosqlite_connection):
    """aiosqlite's connection. While `here` is set (a writing transaction, docs/decisions.md) its statements do not go
    through aiosqlite's thread, which takes longer than they do; BEGIN, COMMIT and ROLLBACK always go there.
    """

    _connection: Any

    def __init__(self, dbapi: Any, connection: Any) -> None:
        super().__init__(dbapi, connection)
        self.here = False
        self.paused_at = 0.0

    def cursor(self, server_side: bool = False) -> Any:
        return _Cursor(self) if self.here and not server_side else super().cursor(server_side)

    def rollback(self) -> None:
        if self._connection._connection and self._connection.in_transaction:
            super().rollback()

    def pause(self) -> None:
        """Let others of the event loop go first, now and then."""
        now = time.monotonic()
        if now - self.paused_at > HOLD:
            self.paused_at = now
            await_(asyncio.sleep(0))
        else:
            await_(_nothing())


async def _nothing() -> None:
    """SQLAlchemy refuses a driver that never awaits."""


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    """sqlite3's own cursor in the clothes of aiosqlite's."""

    _awaitable_cursor_close = False
    _adapt_connection: SqliteConnection
    _cursor: Any

    def _make_new_cursor(self, connection: Any) -> Any:
        return connection._conn.cursor()

    def _aenter_cursor(self, cursor: Any) -> Any:
        return cursor

    def execute(self, operation: Any, parameters: Any = None) -> Any:
        if operation.startswith("BEGIN"):
            await_(self._connection.execute(operation))
            return
        self._adapt_connection.pause()
        self._cursor.execute(operation, parameters or ())
        if self._cursor.description:
            rows = self._cursor.fetchmany(AT_ONCE)
            self._rows = deque(rows)
            if len(rows) == AT_ONCE:
                self._rows.extend(await_(asyncio.to_thread(self._cursor.fetchall)))

    def executemany(self, operation: Any, seq_of_parameters: Any) -> Any:
        self._adapt_connection.pause()
        self._cursor.executemany(operation, seq_of_parameters)
