"""What a transaction means, on both databases."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, insert, select, text, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError, StatementError

from models import audit, inbox, schema
from models.database import Database
from models.tables import Audit, Inbox, Memo, Person
from models.tables.columns import Amount
from tests.databases import Databases

NOW = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@pytest.mark.parametrize("spoil", ["", "CREATE TABLE extra (id int)", "UPDATE alembic_version SET version_num = '9'"])
async def test_a_database_lent_again_is_as_new(all_databases: Databases, kind: str, spoil: str) -> None:
    for _ in range(2):
        async with all_databases.fresh(kind) as db:
            async with db.write() as session:
                session.add(Person(name="Lan", name_folded="lan", created_at=NOW))
                audit.note(session, at=NOW, person_id=1, action="a", object="b")
                if spoil:
                    await session.execute(text(spoil))
            async with db.read() as session:
                assert (await session.scalars(select(Person.id))).all() == [1]
                assert (await session.scalars(select(Audit.id))).all() == [1]


async def test_nothing_of_a_failed_transaction_stays(db: Database) -> None:
    with pytest.raises(RuntimeError):
        async with db.write() as session:
            async with session.begin_nested():
                session.add(Memo(name="half", value={}))
            raise RuntimeError
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Memo)) == 0


async def test_a_savepoint_that_fails_takes_only_its_own_with_it(db: Database) -> None:
    async with db.write() as session:
        session.add(Memo(name="kept", value={}))
        await session.flush()
        with pytest.raises(RuntimeError):
            async with session.begin_nested():
                session.add(Memo(name="gone", value={}))
                await session.flush()
                raise RuntimeError
    async with db.read() as session:
        assert (await session.scalars(select(Memo.name))).all() == ["kept"]


async def count(db: Database) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count()).select_from(Memo)) or 0


async def test_a_statement_that_fails_leaves_nothing_and_stops_nobody(db: Database) -> None:
    with pytest.raises(DBAPIError):
        async with db.write() as session:
            await session.execute(insert(Memo).values(name="half", value={}))
            await session.execute(text("SELECT nothing FROM nowhere"))
    assert await count(db) == 0
    async with db.write() as session:
        session.add(Memo(name="whole", value={}))
    assert await count(db) == 1


@pytest.mark.parametrize("pauses", range(12))
async def test_a_task_cancelled_anywhere_leaves_all_or_nothing_and_no_lock(db: Database, pauses: int) -> None:
    async def write() -> None:
        async with db.write() as session:
            for number in range(3):
                await session.execute(insert(Memo).values(name=str(number), value={}))
                await asyncio.sleep(0)

    task = asyncio.create_task(write())
    for _ in range(pauses):
        await asyncio.sleep(0.0005 * (pauses % 3))
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    async with asyncio.timeout(5), db.write() as session:
        session.add(Memo(name="after", value={}))
    assert await count(db) in (1, 4)


async def test_a_task_cancelled_while_it_waits_to_write_leaves_no_lock(sqlite_db: Database) -> None:
    async def write() -> None:
        async with sqlite_db.write() as session:
            session.add(Memo(name="never", value={}))

    other = sqlite3.connect(sqlite_db.url.partition("///")[2], isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    task = asyncio.create_task(write())
    await asyncio.sleep(0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    other.execute("COMMIT")
    other.close()
    async with asyncio.timeout(5), sqlite_db.write() as session:
        session.add(Memo(name="after", value={}))
    assert await count(sqlite_db) == 1


async def test_a_long_transaction_lets_others_go_first(sqlite_db: Database) -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    task = asyncio.create_task(other())
    async with sqlite_db.write() as session:
        before = turns
        for _ in range(300):
            await session.execute(select(Memo))
        assert turns > before + 3
    task.cancel()


async def test_an_answer_of_many_rows_is_whole(db: Database) -> None:
    async with db.write() as session:
        session.add_all(Memo(name=f"{number:04d}", value={}) for number in range(1000))
        await session.flush()
        assert len((await session.execute(select(Memo.name))).all()) == 1000
        assert len((await session.execute(select(Memo.name).limit(200))).all()) == 200


async def test_twenty_tasks_counting_together_lose_nothing(db: Database) -> None:
    async with db.write() as session:
        session.add(Memo(name="count", value={"n": 0}))

    async def add(times: int) -> None:
        for _ in range(times):
            async with db.write() as session:
                row = await session.scalar(select(Memo).where(Memo.name == "count").with_for_update())
                assert row is not None
                row.value = {"n": row.value["n"] + 1}

    await asyncio.gather(*(add(10) for _ in range(20)))
    async with db.read() as session:
        assert (await session.scalar(select(Memo.value))) == {"n": 200}


async def test_an_event_seen_twice_is_stored_once(db: Database) -> None:
    for _ in range(2):
        async with db.write() as session:
            new = await inbox.store(session, "telegram", [("7", "1", {"a": 1}, ""), ("8", "1", {}, "")], NOW)
    assert new == 0
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Inbox)) == 2


async def test_moments_keep_their_zone_and_amounts_their_thousandths(db: Database) -> None:
    assert Amount().process_result_value(1234567, sqlite.dialect()) == Decimal("1234.567")
    async with db.write() as session:
        await inbox.store(session, "telegram", [("7", "1", {}, "")], NOW)
    async with db.read() as session:
        assert await session.scalar(select(Inbox.received_at)) == NOW


async def test_a_moment_without_a_zone_is_refused(sqlite_db: Database) -> None:
    with pytest.raises(StatementError, match="time zone"):
        async with sqlite_db.write() as session:
            await inbox.store(session, "telegram", [("7", "1", {}, "")], datetime(2026, 11, 20))  # noqa: DTZ001


async def test_the_trail_of_deeds_cannot_be_rewritten(db: Database) -> None:
    async with db.write() as session:
        audit.note(session, at=NOW, person_id=1, action="report.submit", object="report:1")
    for change in (update(Audit).values(action="other"), text("DELETE FROM audit")):
        with pytest.raises(DBAPIError, match="append-only"):
            async with db.write() as session:
                await session.execute(change)


async def test_migrating_again_changes_nothing_and_an_unknown_schema_is_refused(db: Database) -> None:
    await schema.migrate(db)
    assert await schema.revision(db) == schema.head()
    async with db.write() as session:
        await session.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))
    with pytest.raises(schema.UnknownSchema):
        await schema.migrate(db)


async def test_the_migrations_make_exactly_the_tables_we_use(db: Database) -> None:
    assert await schema.differences(db) == []
