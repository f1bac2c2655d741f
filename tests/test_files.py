"""Files people send: what can be read is kept, and one that cannot takes no other with it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
from sqlalchemy import func, select

from bot import files
from bot.channels.webchat import WebChat
from models.database import Database
from models.rules import Refusal
from models.tables import Evidence
from tests.room import PHOTO, Room, TypingPhone, room

TABLE = ("bang.xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK\x03\x04 a table")
GOOD = ("hop.jpg", "image/jpeg", PHOTO)


async def hand_in(played: Room, sent: Sequence[tuple[str, str, bytes]]) -> str:
    phone, chat = played.phone("lan"), played.app.channels["webchat"]
    assert isinstance(phone, TypingPhone)
    assert isinstance(chat, WebChat)
    await phone.mark()
    await played.app.receive("webchat", [await chat.hand_in(phone.persona, phone.nonce(), "", sent)])
    await played.settle()
    return await phone.seen()


async def begun(played: Room) -> None:
    for text in ("/baocao", "Bắt đầu"):
        await played.phone("lan").say(text)
        await played.settle()


async def kept(db: Database) -> int:
    async with db.read() as session:
        return await session.scalar(select(func.count()).select_from(Evidence)) or 0


def test_cannot_keep_a_table_for_no_report_takes_one() -> None:
    with pytest.raises(Refusal) as refused:
        files.kind_of(TABLE[2])
    assert refused.value.key == "trouble.file_kind"


async def test_one_bad_file_takes_no_good_one_with_it(db: Database, tmp_path: Path) -> None:
    async with room(db, tmp_path, "typing") as played:
        await begun(played)
        seen = await hand_in(played, [TABLE, GOOD])
        assert seen.index("Bot chỉ nhận ảnh") < seen.index("Đã nhận 1 ảnh (1/10)") < seen.index("Câu 1/12")
        assert "Excel" not in seen
        assert await kept(db) == 1


async def test_a_bad_file_alone_shows_a_way_on_and_leaves_the_question_open(db: Database, tmp_path: Path) -> None:
    async with room(db, tmp_path, "typing") as played:
        await begun(played)
        seen = await hand_in(played, [TABLE])
        assert "Bot chỉ nhận ảnh" in seen
        assert "[Menu]" in seen
        assert await kept(db) == 0
        await played.phone("lan").say("1")
        await played.settle()
        assert "tháng này 1: đúng không" in await played.phone("lan").seen()
