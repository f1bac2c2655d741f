"""`kill -9` while an announcement goes out: everybody has it once, and of whom nobody can know the ledger says so."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.delivery import AT_ONCE
from models import announcement_runs, announcements
from models.database import Database
from models.tables import Account, Recipient
from tests.bench import world
from tests.kill import killing
from tests.kill.killing import IN_FLIGHT, Kill, environment, starting
from tests.standin import BotApi
from tests.standin import Person as Somebody

RECIPIENTS = 240
TEXT = "Họp lúc 8 giờ"
# while it is listed or begins; in the middle of sending; with a request under way; before it is written that it is sent
KILLS = (
    Kill("after claim commit", 3),
    Kill(after=1.0, awake=True),
    Kill(IN_FLIGHT, 1),
    Kill("before sent commit", 6),
)
ALL_SENT_WITHIN = 90.0  # seconds

pytestmark = [pytest.mark.kill, pytest.mark.slow, pytest.mark.timeout(400)]


async def test_killed_again_and_again_everybody_has_it_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(killing, "REACH_WITHIN", 60.0)  # a busy machine takes long to start
    file = tmp_path / "bot.db"
    await world.make(file, RECIPIENTS, datetime.now(UTC))
    db = Database(f"sqlite+aiosqlite:///{file}")
    number = await _planned(db)
    async with BotApi() as api, starting(api, tmp_path, environment(api, file)) as bot:
        for each in range(RECIPIENTS):
            Somebody(api, world.FIRST_CHAT + each)
        for kill in KILLS:
            await bot.live_and_die(kill)
        assert not bot.missed
        await bot.start()
        await _until_over(db, number)
        assert await bot.stop() == 0
    arrived = Counter(str(call.chat) for call in api.record.sent() if TEXT in call.text)
    ledger = await _ledger(db, number)
    await db.close()
    assert len(ledger) == RECIPIENTS
    assert set(arrived.values()) == {1}
    assert {state for state in ledger.values()} <= {"sent", "unknown"}
    assert {chat for chat, state in ledger.items() if state == "sent"} <= set(arrived)
    # a kill leaves unclear what was claimed, and what was sent whose ending was not written yet
    assert sum(state == "unknown" for state in ledger.values()) <= 2 * AT_ONCE * len(KILLS)


async def _planned(db: Database) -> int:
    now = datetime.now(UTC)
    async with db.write() as session:
        # urgent: whatever the hour at which the tests run
        return (await world.sent_off(session, f"{TEXT}.", now, is_urgent=True)).id


async def _until_over(db: Database, number: int) -> None:
    until = time.monotonic() + ALL_SENT_WITHIN
    while True:
        async with db.read() as session:
            found = await announcements.find(session, number)
            counted = await announcement_runs.tally(session, number)
        assert found is not None
        if found.announcement.state == "sent":
            return
        assert time.monotonic() < until, counted
        await asyncio.sleep(0.2)


async def _ledger(db: Database, number: int) -> dict[str, str]:
    """State by chat."""
    statement = select(Account.address, Recipient.state).join(Recipient, Recipient.account_id == Account.id)
    async with db.read() as session:
        rows = await session.execute(statement.where(Recipient.announcement_id == number))
        return {address: state for address, state in rows}
