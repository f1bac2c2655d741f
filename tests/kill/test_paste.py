"""`kill -9` between a pasted report and the tap that files it: the text is still there, and is filed as it was read."""

from __future__ import annotations

import signal
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from models.database import Database
from models.tables import Answer
from tests.bench import world
from tests.kill.killing import environment, starting
from tests.standin import BotApi, Person

TEXT = "BÁO CÁO THÁNG\nTình nguyện viên: 15 người\nLượt ra quân: 42 lượt\nHồ sơ nộp thành công: 58 hồ sơ"
PASTED = {"LL02": 15, "LL03": 42, "DVC02": 58}

pytestmark = pytest.mark.slow


async def test_a_pasted_report_outlives_a_kill(tmp_path: Path) -> None:
    file = tmp_path / "bot.db"
    await world.make(file, 1, datetime.now(UTC))
    db = Database(f"sqlite+aiosqlite:///{file}")
    async with BotApi() as api, starting(api, tmp_path, environment(api, file)) as bot:
        leader = Person(api, world.FIRST_CHAT, "Trưởng đội")
        await bot.start()
        leader.say("/baocao")
        await leader.sees("Dán cả báo cáo", timeout=20)
        leader.tap("Dán cả báo cáo")
        await leader.sees("dán nguyên bài", timeout=20)
        leader.say(TEXT)
        await leader.sees("Đọc từ bài dán", timeout=20)
        assert await _filed(db) == {}
        await bot.kill()
        assert bot.status == -signal.SIGKILL
        await bot.start()
        leader.tap("Ghi 3 số")
        await leader.sees("Đã ghi 3 số", timeout=20)
        assert await _filed(db) == PASTED
        assert await bot.stop() == 0
    await db.close()


async def _filed(db: Database) -> dict[str, int]:
    async with db.read() as session:
        found = await session.scalars(select(Answer))
        return {each.indicator: int(each.number) for each in found if each.number is not None}
