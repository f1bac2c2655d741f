"""The tables' history: one linear road of migrations, walked in one transaction on both databases."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from models.database import Database
from models.tables import Base

MIGRATIONS = Path(__file__).parent / "migrations"
LOCK = 520_112_026  # any number, the same in all processes: two that start together must not both migrate


class UnknownSchema(Exception):
    """The database was made by a newer version of the program; starting on it could damage it."""


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def head() -> str:
    """The newest revision this program knows."""
    found = ScriptDirectory.from_config(_config()).get_current_head()
    assert found is not None
    return found


async def revision(db: Database) -> str | None:
    """The revision of the database; None when it is empty."""
    async with db.engine.connect() as connection:
        return await connection.run_sync(lambda c: MigrationContext.configure(c).get_current_revision())


async def migrate(db: Database) -> None:
    """Bring the database to the newest revision; nothing is kept of a migration that fails. Raises UnknownSchema."""
    current = await revision(db)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if current is not None and current not in known:
        raise UnknownSchema(current)
    if current == head():
        return
    async with db.engine.connect() as connection:
        if db.is_sqlite:
            # a batch migration copies a table and drops the old one: with foreign keys on, its children would go too
            await connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
            await connection.rollback()
        async with connection.begin():
            if not db.is_sqlite:
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            await connection.run_sync(lambda c: command.upgrade(_config(c), "head"))
        if db.is_sqlite:
            await connection.exec_driver_sql("PRAGMA foreign_keys=ON")
            await connection.rollback()


async def differences(db: Database) -> list[str]:
    """What the tables in code and the tables in the database do not share; empty when the migrations are complete."""
    async with db.engine.connect() as connection:
        found = await connection.run_sync(
            lambda c: compare_metadata(MigrationContext.configure(c, opts={"compare_type": True}), Base.metadata)
        )
    return [str(difference) for difference in found]
