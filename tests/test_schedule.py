"""The timetable: it only ticks, it makes up for what was missed, and it takes care of copies and old words."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from sqlalchemy import func, select

from bot import backup
from bot.lock import leadership
from models import announcement_runs
from models.database import Database
from models.insertion import insert_once
from models.outbox import ANNOUNCEMENT
from models.rules import Refusal
from models.rules.announcing import AnnouncingPolicy
from models.tables import Account, Announcement, AnnouncementPlan, Guess, Inbox, Outbox
from scheduler.clock import TIMETABLE, Entry, make_ticker
from scheduler.jobs import World, back_up, once_a_day, tick, tidy
from tests.office import Office, at, open_office


async def _nothing(now: datetime) -> None:
    pass


@pytest.fixture
async def office(sqlite_db: Database) -> Office:
    return await open_office(sqlite_db)


async def test_the_ticker_remembers_nothing_and_never_drops_a_look(sqlite_db: Database) -> None:
    world = World(sqlite_db, Office(sqlite_db).library, _nothing)
    ticker = make_ticker(world, lambda: at("2026-11-20"))
    assert isinstance(ticker, AsyncIOScheduler)
    ticker.start(paused=True)
    jobs = ticker.get_jobs()
    ticker.shutdown(wait=False)
    assert {job.id for job in jobs} >= {entry.name for entry in TIMETABLE}
    for job in jobs:
        assert (job.coalesce, job.max_instances, job.misfire_grace_time) == (True, 1, None)


async def test_the_first_look_comes_at_once_with_the_clock_that_was_handed_in(sqlite_db: Database) -> None:
    seen: list[datetime] = []
    looked = asyncio.Event()

    async def job(world: World, now: datetime) -> None:
        seen.append(now)
        looked.set()

    world = World(sqlite_db, Office(sqlite_db).library, _nothing)
    ticker = make_ticker(world, lambda: at("2026-11-20"), [Entry("look", timedelta(hours=1), job)])
    ticker.start()
    await asyncio.wait_for(looked.wait(), 5)
    ticker.shutdown(wait=False)
    assert seen == [at("2026-11-20")]


async def test_a_daily_job_is_done_once_a_day_and_made_up_for_after_its_hour(office: Office) -> None:
    done: list[datetime] = []

    async def job(world: World, now: datetime) -> None:
        done.append(now)

    moments = ("2026-11-20 02:00", "2026-11-20 02:31", "2026-11-20 09:00", "2026-11-22 23:00", "2026-11-23 02:40")
    for moment in moments:
        await once_a_day(office.world, at(*moment.split()), "copy", time(2, 30), job)
    assert [f"{each:%d %H:%M}" for each in done] == ["20 02:31", "22 23:00", "23 02:40"]


async def test_a_daily_job_that_failed_is_tried_again(office: Office) -> None:
    tries: list[int] = []

    async def job(world: World, now: datetime) -> None:
        tries.append(1)
        if len(tries) == 1:
            raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        await once_a_day(office.world, at("2026-11-20", "03:00"), "copy", time(2, 30), job)
    assert await once_a_day(office.world, at("2026-11-20", "03:10"), "copy", time(2, 30), job)
    assert len(tries) == 2


async def test_the_sender_is_woken_when_something_was_promised(office: Office) -> None:
    woken: list[int] = []
    world = World(office.db, office.library, _nothing, lambda: woken.append(1))
    await tick(world, at("2026-11-22", "07:30"))
    await tick(world, at("2026-11-22", "07:31"))
    assert woken == [1]


async def test_old_words_are_forgotten_and_their_keys_kept(db: Database) -> None:
    now = at("2026-11-20")
    office = await open_office(db)
    async with office.db.write() as session:
        for days, state in ((31, "done"), (31, "new"), (29, "done")):
            row = {"channel": "webchat", "event_id": f"{days}{state}", "chat": "5", "payload": {"text": "x"}}
            await insert_once(session, Inbox, row | {"state": state, "received_at": now - timedelta(days=days)})
        for days, state in ((91, "sent"), (91, "ready"), (89, "sent")):
            sent = {"once": f"{days}{state}", "channel": "webchat", "address": "5", "lane": 0, "kind": "reply"}
            when = now - timedelta(days=days)
            await insert_once(
                session, Outbox, sent | {"body": {"key": "x"}, "state": state, "due_at": when, "created_at": when}
            )
        account = await session.scalar(select(Account.id).limit(1))
        for hours in (1, 30):
            await insert_once(session, Guess, {"account_id": account, "at": now - timedelta(hours=hours)})
    await tidy(office.world, now)
    async with office.db.read() as session:
        events = {row.event_id: row.payload for row in await session.scalars(select(Inbox))}
        messages = {row.once: row.body for row in await session.scalars(select(Outbox))}
        guesses = await session.scalar(select(func.count()).select_from(Guess))
    assert events == {"31done": {}, "31new": {"text": "x"}, "29done": {"text": "x"}}
    assert messages == {"91sent": {}, "91ready": {"key": "x"}, "89sent": {"key": "x"}}
    assert guesses == 1


# --- copies -----------------------------------------------------------------------------------------------------------


async def test_a_copy_is_whole_while_the_bot_writes_and_only_the_last_35_are_kept(
    office: Office, tmp_path: Path
) -> None:
    now = at("2026-11-20", "02:30")
    async with office.db.write() as session:
        await insert_once(session, Guess, {"account_id": office.teams[0], "at": now})
        made = [await backup.nightly(office.db, tmp_path, now + timedelta(days=day)) for day in range(37)]
    kept = sorted(path.name for path in (tmp_path / "backups").iterdir())
    assert len(kept) == 35
    assert kept[-1] == made[-1].name == "sotayso-2026-12-26T0230.db"
    with sqlite3.connect(made[-1]) as copy:
        assert copy.execute("SELECT count(*) FROM unit").fetchone() == (7,)
        assert copy.execute("SELECT count(*) FROM guess").fetchone() == (0,)  # not committed yet: not in the copy
    assert made[-1].stat().st_mode & 0o077 == 0


async def test_a_restored_copy_brings_back_what_was_and_sends_nothing_twice(office: Office, tmp_path: Path) -> None:
    await office.tick(at("2026-11-22", "07:30"), deliver=False)
    copy = await backup.save(office.db, tmp_path / "copy.db")
    await office.submit(office.teams[0], at("2026-11-22", "09:00"))
    await office.db.close()
    before = await backup.restore(office.db.url, copy)
    assert before is not None
    again = Office(Database(office.db.url))
    await again.tick(at("2026-11-22", "09:30"))
    assert again.reminders() == []  # promised before the copy: perhaps sent since
    await again.tick(at("2026-11-25", "08:00"))
    assert again.told()[office.teams[0]] == 1  # the report filed after the copy is gone with it
    await again.db.close()
    with sqlite3.connect(before) as kept:
        assert kept.execute("SELECT count(*) FROM report").fetchone() == (1,)


async def test_a_restored_copy_leaves_it_to_people_whether_announcements_go_out(office: Office, tmp_path: Path) -> None:
    planned_for = at("2026-11-22", "10:00")
    plan = {"unit_id": 1, "title": "Họp giao ban", "body": {}, "rule": {}, "created_at": planned_for}
    later = {"unit_id": 1, "created_at": planned_for, "send_at": planned_for, "audience": {"units": [1]}}
    async with office.db.write() as session:
        session.add(Announcement(id=1, state="planned", decided_by=None, **later))
        session.add(Announcement(id=2, state="asked", asked_at=planned_for, **later))
        session.add(Announcement(id=3, state="sending", started_at=planned_for, **later))
        session.add(AnnouncementPlan(id=4, next_at=planned_for, **plan))
    copy = await backup.save(office.db, tmp_path / "copy.db")
    await office.db.close()
    await backup.restore(office.db.url, copy)
    again = Office(Database(office.db.url))
    await again.tick(at("2026-11-22", "12:00"))
    await announcement_runs.carry_out(again.db, AnnouncingPolicy(), at("2026-11-22", "12:00"))
    async with again.db.read() as session:
        states = (await session.scalars(select(Announcement.state).order_by(Announcement.id))).all()
        kept = await session.get_one(AnnouncementPlan, 4)
        assert states == ["draft", "draft", "stopped"]
        assert (kept.is_paused, kept.next_at, kept.reason) == (True, None, "restored")
        assert await session.scalar(select(func.count()).select_from(Outbox).where(Outbox.lane == ANNOUNCEMENT)) == 0
    await again.db.close()


async def test_a_broken_database_can_be_replaced(office: Office, tmp_path: Path) -> None:
    copy = await backup.save(office.db, tmp_path / "copy.db")
    await office.db.close()
    file = Path(office.db.url.partition("///")[2])
    file.write_bytes(b"not a database" * 1000)
    before = await backup.restore(office.db.url, copy)
    assert before is not None
    assert before.read_bytes().startswith(b"not a database")
    with sqlite3.connect(file) as restored:
        assert restored.execute("SELECT count(*) FROM unit").fetchone() == (7,)


@pytest.mark.parametrize("content", [b"", b"garbage" * 500, None])
async def test_cannot_restore_what_is_no_copy_of_ours(office: Office, tmp_path: Path, content: bytes | None) -> None:
    wrong = tmp_path / "wrong.db"
    if content is not None:
        wrong.write_bytes(content)
    with pytest.raises(Refusal, match=r"backup\.(not_whole|no_file)"):
        await backup.restore(office.db.url, wrong)


async def test_cannot_restore_under_a_running_bot(office: Office, tmp_path: Path) -> None:
    copy = await backup.save(office.db, tmp_path / "copy.db")
    async with leadership(office.db, asyncio.Event()):
        with pytest.raises(Refusal, match=r"backup\.busy"):
            await backup.restore(office.db.url, copy)


async def test_postgres_is_told_its_own_way(tmp_path: Path) -> None:
    db = Database("postgresql+asyncpg://nobody@localhost/none")
    with pytest.raises(Refusal, match=r"backup\.postgres"):
        await backup.save(db, tmp_path / "copy.db")
    await db.close()


async def test_the_job_of_copies_hands_the_work_to_whoever_does_it(sqlite_db: Database) -> None:
    asked: list[datetime] = []

    async def note(now: datetime) -> None:
        asked.append(now)

    now = datetime(2026, 11, 20, tzinfo=UTC)
    await back_up(World(sqlite_db, Office(sqlite_db).library, note), now)
    assert asked == [now]
