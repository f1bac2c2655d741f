"""`kill -9` in the middle of a visit: the step, the pause and the end are where they were left, and count once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from models.database import Database
from models.tables import Visit
from tests.bench import world
from tests.kill.killing import environment, starting
from tests.standin import BotApi, Person

pytestmark = pytest.mark.slow


async def test_a_visit_outlives_kills_between_its_taps(tmp_path: Path) -> None:
    file = tmp_path / "bot.db"
    await world.make(file, 1, datetime.now(UTC))
    db = Database(f"sqlite+aiosqlite:///{file}")
    async with BotApi() as api, starting(api, tmp_path, environment(api, file)) as bot:
        volunteer = Person(api, world.FIRST_CHAT, "Trưởng đội")
        await bot.start()
        for tap, seen in (
            ("Cư trú", "Đăng ký tạm trú"),
            ("Đăng ký tạm trú", "qua VNeID"),
            ("Bắt đầu hỗ trợ", "trước khi bắt đầu"),
            ("Đã rõ, bắt đầu", "đã có đủ chưa"),
            ("Đủ rồi, bắt đầu", "bước 1/"),
        ):
            if tap == "Cư trú":
                volunteer.say("/huongdan")
                await volunteer.sees("lĩnh vực", timeout=20)
            volunteer.tap(tap)
            await volunteer.sees(seen, timeout=20)
        await bot.kill()
        await bot.start()
        volunteer.tap("Có rồi")
        await volunteer.sees("bước 2/", timeout=20)
        volunteer.tap("Tạm dừng")
        await volunteer.sees("Đã tạm dừng", timeout=20)
        await bot.kill()
        await bot.start()
        volunteer.say("đang dở")
        await volunteer.sees("Đang ở: bước 2/", timeout=20)
        volunteer.tap("Tiếp tục")
        await volunteer.sees("bước 2/", timeout=20)
        volunteer.say("kết thúc")
        await volunteer.sees("kết quả thế nào", timeout=20)
        volunteer.tap("Nộp hồ sơ thành công")
        await volunteer.sees("Mấy hồ sơ", timeout=20)
        await bot.kill()
        await bot.start()
        volunteer.say("2")
        await volunteer.sees("cho mấy người", timeout=20)
        volunteer.tap("1 người")
        await volunteer.sees("Đã ghi lượt hỗ trợ", timeout=20)
        assert await bot.stop() == 0
    assert await _kept(db) == [("G08", "ended", "filed", 1, 2)]
    await db.close()


async def _kept(db: Database) -> list[tuple[str, str, str, int, int]]:
    async with db.read() as session:
        found = await session.scalars(select(Visit).order_by(Visit.id))
        return [(each.guide, each.state, each.outcome, each.people, each.files) for each in found]
