"""A graceful stop in the middle of the work: nothing is left half done, nobody is told of it, no secret is logged."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from models.database import Database
from models.tables import Inbox, Outbox
from tests.bench import world
from tests.kill.killing import environment, starting
from tests.kill.leaders import NOTE, Leaders
from tests.standin import BotApi

LEADERS = 12
STOPS = 3
CODE = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}\b")

pytestmark = pytest.mark.slow


async def test_a_graceful_stop_leaves_nothing_half_done(tmp_path: Path) -> None:
    file = tmp_path / "bot.db"
    await world.make(file, LEADERS, datetime.now(UTC))
    db = Database(f"sqlite+aiosqlite:///{file}")
    async with BotApi() as api, starting(api, tmp_path, environment(api, file, "DEBUG")) as bot:
        chats = range(world.FIRST_CHAT, world.FIRST_CHAT + LEADERS)
        questions = len(world.the_plan().forms[0].indicators_for("team"))
        leaders = Leaders(api, chats, questions, lambda: bot.awake, 1)
        filing = [asyncio.ensure_future(leader.file()) for leader in leaders.all]
        for _ in range(STOPS):
            already = leaders.steps
            await bot.start()
            await asyncio.wait_for(leaders.reach(already + 2 * LEADERS), 20)
            assert await bot.stop() == 0
            await _nothing_under_way(db)
        await bot.start()
        await asyncio.wait_for(asyncio.gather(*filing), 40)
        assert await bot.stop() == 0
        await _nothing_under_way(db)
    await db.close()
    assert [page for leader in leaders.all for page in (*leader.resent, *leader.backwards, *leader.apologies)] == []
    assert api.record.repeated() == {}
    assert [call.text for call in api.record.sent() if NOTE in call.text] == []
    _assert_no_secrets(tmp_path, api.token)


async def _nothing_under_way(db: Database) -> None:
    async with db.read() as session:
        owed = set(await session.scalars(select(Outbox.state).distinct()))
        waiting = await session.scalar(select(func.count()).select_from(Inbox).where(Inbox.state == "poison"))
    assert owed <= {"sent", "cancelled", "ready"}
    assert waiting == 0


def _assert_no_secrets(folder: Path, token: str) -> None:
    log = (folder / "log.txt").read_text(encoding="utf-8")
    codes = CODE.findall((folder / "out.txt").read_text(encoding="utf-8"))
    assert len(codes) == STOPS + 1, "each start printed a code for the first administrator"
    assert "DEBUG" in log.upper()
    for secret in (token, token.partition(":")[2], *codes):
        assert secret not in log
