"""Copies of the SQLite database: taken while the bot runs, checked before they count, the last 35 kept; and the way
back."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from itertools import count
from pathlib import Path

from sqlalchemy.engine import make_url

from bot.lock import AlreadyRunning, leadership
from models.database import Database
from models.rules import Refusal
from models.rules.periods import local_time

KEPT = 35  # one a day: five weeks, so that a monthly period can be looked back on from beginning to end
PREFIX = "sotayso-"
SUFFIX = ".db"
BUSY = 10.0  # seconds to wait for a writer


async def nightly(db: Database, data_dir: Path, now: datetime) -> Path:
    """Today's copy under DATA_DIR/backups; of older ones the last 35 are kept. Raises Refusal backup.*."""
    folder = data_dir / "backups"
    stamp = f"{local_time(now, db.zone):%Y-%m-%dT%H%M}"
    made = await save(db, folder / f"{PREFIX}{stamp}{SUFFIX}")
    await asyncio.to_thread(_drop_oldest, folder)
    return made


async def save(db: Database, target: Path) -> Path:
    """A checked copy of the database as one file, whole or not at all. Raises Refusal backup.*."""
    return await asyncio.to_thread(_save, _file_of(db.url), target)


async def restore(database_url: str, source: Path) -> Path | None:
    """Put a copy in place of the database. Returns where what stood there before is kept; None when nothing did.

    Raises Refusal backup.* when the copy is none of ours or not whole, or when the bot is still running.
    """
    file = _file_of(database_url)
    await asyncio.to_thread(_check, source, "backup.not_whole")
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        async with leadership(Database(database_url), asyncio.Event()):
            return await asyncio.to_thread(_put_back, source, file)
    except AlreadyRunning:
        raise Refusal("backup.busy") from None


def is_sqlite(database_url: str) -> bool:
    return make_url(database_url).get_backend_name() == "sqlite"


def _file_of(database_url: str) -> Path:
    if not is_sqlite(database_url):
        raise Refusal("backup.postgres")
    return Path(make_url(database_url).database or "")


def _save(file: Path, target: Path) -> Path:
    if not file.exists():
        raise Refusal("backup.no_database", file=str(file))
    target.parent.mkdir(parents=True, exist_ok=True)
    half = target.with_name(target.name + ".part")
    _copy(file, half)
    _check(half, "backup.not_whole")
    with half.open("rb") as written:
        os.fsync(written.fileno())
    half.replace(target)
    return target


def _copy(origin: Path, target: Path) -> None:
    target.unlink(missing_ok=True)
    target.touch(mode=0o600)  # it holds names and reports: nobody else on the machine reads it
    with closing(_opened(origin)) as source, closing(sqlite3.connect(target)) as copy:
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")  # one file, whatever the origin's way of writing


def _put_back(source: Path, file: Path) -> Path | None:
    new = file.with_name(file.name + ".new")
    _copy(source, new)
    with closing(sqlite3.connect(new)) as database:
        _let_go(database)
    before = _set_aside(file) if file.exists() else None
    for left_over in ("-wal", "-shm"):
        file.with_name(file.name + left_over).unlink(missing_ok=True)
    new.replace(file)
    return before


LET_GO = (
    (
        "outbox",
        "UPDATE outbox SET state = 'unknown', error = 'restored', settled_at = due_at"
        " WHERE state IN ('ready', 'sending') AND lane > 0",
    ),
    (
        "announcement",
        "UPDATE announcement SET state = 'draft', send_at = NULL, asked_at = NULL, decided_by = NULL,"
        " decided_at = NULL, version = version + 1 WHERE state IN ('asked', 'planned')",
    ),
    (
        "announcement",  # whom its list does not name yet may have had it since
        "UPDATE announcement SET state = 'stopped', reason = '', version = version + 1"
        " WHERE state = 'sending' AND listed_at IS NULL",
    ),
    (
        "announcement_plan",
        "UPDATE announcement_plan SET is_paused = 1, reason = 'restored', next_at = NULL, version = version + 1"
        " WHERE next_at IS NOT NULL",
    ),
)


def _set_aside(file: Path) -> Path:
    """A copy of the database as it is, beside it, under a name not taken yet."""
    names = (file.with_name(f"{file.stem}-before-restore-{number}{SUFFIX}") for number in count(1))
    kept = next(name for name in names if not name.exists())
    try:
        return _save(file, kept)
    except (Refusal, sqlite3.DatabaseError):  # it may well be broken: that is when people restore
        shutil.copyfile(file, kept)
        return kept


def _let_go(database: sqlite3.Connection) -> None:
    """What was waiting to be sent when the copy was made may have been sent since: nobody is written to twice.

    What was to go out later is a draft again, and what comes again by the calendar is paused: people decide.
    """
    known = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    with database:
        for table, statement in LET_GO:
            if table in known:
                database.execute(statement)


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, timeout=BUSY)


def _check(file: Path, refusal: str) -> None:
    if not file.is_file():
        raise Refusal("backup.no_file", file=str(file))
    try:
        with closing(_opened(file)) as copy:
            whole = copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            tables = {name for (name,) in copy.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    except sqlite3.DatabaseError:
        whole, tables = False, set()
    if not whole or not {"unit", "report", "outbox"} <= tables:
        raise Refusal(refusal, file=str(file))


def _drop_oldest(folder: Path) -> None:
    for old in sorted(folder.glob(f"{PREFIX}*{SUFFIX}"))[:-KEPT]:
        old.unlink()
