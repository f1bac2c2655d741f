"""What goes out: once, in order, honestly; whatever the network, the limits and the people do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from bot import recovery
from bot.channels.telegram import http
from models import outbox
from models.database import Database
from models.messages import Message
from models.rules import delivery
from models.tables import Account, Outbox
from tests.bench import world
from tests.kill.leaders import NOTE, Leader, Leaders
from tests.spine import Spine, running
from tests.standin import Person
from tests.standin.chats import BLOCKED
from tests.standin.faults import Kind

FIRST = world.FIRST_CHAT
GROUP = -4001
BRISK = (0.0, 0.02)


@pytest.fixture(autouse=True)
def logs() -> Iterator[Sequence[Any]]:
    """What is logged is kept, not worded: a hundred tracebacks in colour take a minute."""
    with capture_logs() as kept:
        yield kept


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same waits, shorter."""
    monkeypatch.setattr(http, "SEND_SECONDS", 0.4)
    monkeypatch.setattr(recovery, "QUIET", timedelta(seconds=0.5))
    monkeypatch.setattr(delivery, "FIRST_WAIT", timedelta(seconds=0.2))


async def all_file(spine: Spine, count: int, seconds: float = 40, *, may_repeat: bool = False) -> list[Leader]:
    """Everybody files the report; whatever a person would be confused by is an error.

    `may_repeat`: where answers are slow on purpose, somebody may lose patience and say a thing again.
    """
    questions = len(world.the_plan().forms[0].indicators_for("team"))
    leaders = Leaders(spine.api, range(FIRST, FIRST + count), questions, lambda: 1e9, 1)
    for leader in leaders.all:
        leader.think, leader.photo = BRISK, False
    await asyncio.wait_for(asyncio.gather(*(leader.file() for leader in leaders.all)), seconds)
    for leader in leaders.all:
        assert (leader.backwards, leader.apologies) == ([], [])
        assert may_repeat or leader.resent == []
    return leaders.all


async def promise(db: Database, address: int, texts: int) -> None:
    """So many different promises to one chat, due now."""
    now = datetime.now(UTC)
    async with db.write() as session:
        found = await session.scalar(select(Account).where(Account.address == str(address)))
        account = found or Account(channel="telegram", address=str(address), seen_at=now)
        session.add(account)
        await session.flush()
        for number in range(texts):
            message = Message("menu.unknown_command", {"typed": f"/{number}", "name": ""})
            await outbox.promise(
                session, message, account=account, once=f"{address}:{number}", kind="alert", lane=outbox.ALERT, at=now
            )


async def states(db: Database, address: int) -> list[str]:
    async with db.read() as session:
        found = await session.scalars(select(Outbox.state).where(Outbox.address == str(address)).order_by(Outbox.id))
        return list(found)


async def settled(db: Database, address: int, wanted: list[str]) -> None:
    until = time.monotonic() + 5
    while (now := await states(db, address)) != wanted:
        assert time.monotonic() < until, now
        await asyncio.sleep(0.05)


async def test_a_429_makes_its_own_chat_wait_and_no_other(sqlite_db: Database, tmp_path: Path) -> None:
    async with running(sqlite_db, tmp_path) as spine:
        spine.api.faults.add("429", "sendMessage", chat=FIRST, retry_after=2)
        people = [Person(spine.api, FIRST + number) for number in range(3)]
        began = time.monotonic()
        for person in people:
            person.say("/menu")
        await asyncio.gather(*(person.sees("Sổ Tay Số", timeout=1) for person in people[1:]))
        await people[0].sees("Sổ Tay Số")
        refused, answered = spine.api.record.of("sendMessage", FIRST)
        assert refused.code == 429
        assert answered.at - refused.at >= 2
        assert time.monotonic() - began < 4


async def test_what_is_said_later_does_not_overtake_what_waits(sqlite_db: Database, tmp_path: Path) -> None:
    async with running(sqlite_db, tmp_path) as spine:
        lan = Person(spine.api, FIRST)
        spine.api.faults.add("429", "sendMessage", retry_after=1)
        lan.say("/baocao")
        await asyncio.sleep(0.3)
        lan.say("bắt đầu")
        await lan.sees("1/12")
        first, second = [shown for shown in lan.screen if shown.by_bot]
        assert "Báo cáo tháng" in first.text
        assert "1/12" in second.text


async def test_storms_of_429_lose_nothing(sqlite_db: Database, tmp_path: Path) -> None:
    async with running(sqlite_db, tmp_path, leaders=20) as spine:
        spine.api.faults.add("429", "*", times=40, chance=0.2, retry_after=1)
        await all_file(spine, 20, seconds=90, may_repeat=True)
        last: dict[int | None, float] = {}
        for call in spine.api.record.calls:
            if call.method == "sendMessage":
                assert call.at >= last.get(call.chat, 0.0), "sent before the pause was over"
                if call.code == 429:
                    last[call.chat] = call.at + 1
        assert spine.api.record.repeated() == {}


@pytest.mark.parametrize("kind, done", [("drop", True), ("drop", False), ("502", True), ("502", False), ("late", True)])
async def test_a_reply_of_unknown_fate_is_followed_by_one_note_and_never_repeated(
    sqlite_db: Database, tmp_path: Path, impatient: None, kind: Kind, done: bool
) -> None:
    async with running(sqlite_db, tmp_path) as spine:
        lan = Person(spine.api, FIRST)
        spine.api.faults.add(kind, "sendMessage", done=done, seconds=1.0)
        lan.say("/baocao")
        note = await lan.sees(NOTE)
        assert "Báo cáo tháng" in note.text
        assert "Bắt đầu" in note.labels
        lan.tap("Bắt đầu", note.message_id)
        await lan.sees("1/12")
        await asyncio.sleep(0.8)
        assert sum(NOTE in shown.text for shown in lan.screen if shown.by_bot) <= 1
        assert len(spine.api.record.sent(FIRST)) == (2 if done else 1)


async def test_an_edit_of_unknown_fate_is_simply_made_again(
    sqlite_db: Database, tmp_path: Path, impatient: None
) -> None:
    async with running(sqlite_db, tmp_path) as spine:
        lan = Person(spine.api, FIRST)
        lan.say("/baocao")
        await lan.sees("Bắt đầu")
        spine.api.faults.add("drop", "editMessageText")
        spine.api.faults.add("502", "editMessageText")
        lan.tap("Bắt đầu")
        await lan.sees("1/12")
        await settled(sqlite_db, FIRST, ["sent", "sent"])
        assert len(spine.api.record.of("editMessageText")) == 3
        assert len(lan.screen) == 2  # their command and the one card


async def test_a_bad_network_costs_nobody_a_number(sqlite_db: Database, tmp_path: Path, impatient: None) -> None:
    async with running(sqlite_db, tmp_path, leaders=15) as spine:
        spine.api.faults.add("drop", "sendMessage", times=None, chance=0.1)
        spine.api.faults.add("late", "sendMessage", times=None, chance=0.05, seconds=0.8)
        spine.api.faults.add("502", "send*", times=None, chance=0.02)
        spine.api.faults.add("drop", "editMessageText", times=None, chance=0.1)
        leaders = await all_file(spine, 15)
        assert spine.api.faults.struck > 10
        assert all(leader.code for leader in leaders)
        assert spine.api.record.repeated() == {}


async def test_an_outage_of_telegram_is_waited_out(sqlite_db: Database, tmp_path: Path) -> None:
    async with running(sqlite_db, tmp_path) as spine:
        lan = Person(spine.api, FIRST)
        lan.say("/menu")
        await lan.sees("Sổ Tay Số")
        await spine.api.stop()
        await promise(sqlite_db, FIRST + 1, 1)
        await asyncio.sleep(1)
        await spine.api.start(port=int(spine.api.url.rpartition(":")[2]))
        minh = Person(spine.api, FIRST + 1)
        await minh.sees("/0", timeout=12, anywhere=True)
        lan.say("/baocao")
        await lan.sees("Báo cáo tháng", timeout=12)
        assert spine.api.record.repeated() == {}


async def test_whoever_blocks_us_is_tried_once_and_welcomed_back(db: Database, tmp_path: Path) -> None:
    async with running(db, tmp_path) as spine:
        lan = Person(spine.api, FIRST)
        lan.chat.refusal = BLOCKED  # we are not told
        await promise(db, FIRST, 9)
        await settled(db, FIRST, ["failed"] * 9)
        assert len(spine.api.record.of("sendMessage", FIRST)) == 1
        async with db.read() as session:
            assert await session.scalar(select(Account.unreachable).where(Account.address == str(FIRST))) == "blocked"
        lan.say("/menu")
        await lan.sees("Sổ Tay Số")
        async with db.read() as session:
            assert await session.scalar(select(Account.unreachable).where(Account.address == str(FIRST))) == ""


async def test_messages_follow_a_group_that_moved(db: Database, tmp_path: Path) -> None:
    async with running(db, tmp_path) as spine:
        spine.api.group(GROUP)
        new = spine.api.migrate(GROUP)
        await promise(db, GROUP, 3)
        await settled(db, new, ["sent"] * 3)
        assert [call.text for call in spine.api.record.sent(new)] != []
        assert spine.api.record.repeated() == {}
        assert await states(db, GROUP) == []
