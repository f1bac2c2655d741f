"""A draft at the desk: only its author's, no button too old, nothing typed is lost, a test once for each press."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models import people
from models.database import Database
from models.messages import Button
from models.rules import Refusal
from models.tables import Announcement, Outbox, Person, Unit
from tests.announcing import NOW
from tests.desk import Desk, open_desk

PROVINCE = "Tỉnh Đoàn Đồng Tháp"
TESTS = Outbox.kind == "announcement_test"
# every button on a draft
TEXT_ACTS = ("draft", "text", "undo_text", "preview", "test", "discard", "discard_now")
ACTS = (*TEXT_ACTS, "files", "drop_file", "link", "drop_link", "kind", "proof", "night")


async def a_draft(desk: Desk, text: str = "Họp lúc 8 giờ.", who: str = "an") -> int:
    await desk.say(who, "/thongbao")
    await desk.press(who, "Soạn thông báo")
    await desk.say(who, text)
    return (await newest(desk)).id


async def newest(desk: Desk) -> Announcement:
    async with desk.db.read() as session:
        return (await session.scalars(select(Announcement).order_by(Announcement.id.desc()))).first()  # type: ignore[return-value]


async def test_a_colleague_of_the_same_office_finds_no_draft_of_mine(db: Database) -> None:
    desk = await open_desk(db)
    number = await a_draft(desk)
    async with db.write() as session:
        colleague = (await session.scalars(select(Person).where(Person.name == "Đỗ Anh Tuấn"))).one()
        unit = (await session.scalars(select(Unit).where(Unit.name == PROVINCE))).one()
        await people.grant(session, colleague.id, unit.id, "coordinator", by=None, now=NOW)
    before = await newest(desk)
    for act in ACTS:
        with pytest.raises(Refusal, match="not_found"):
            await desk.tap("tuan", Button("x", f"announcement.{act}", number))
    after = await newest(desk)
    assert (after.version, after.state, after.text) == (before.version, before.state, before.text)


async def test_a_button_drawn_before_the_last_change_does_nothing(db: Database) -> None:
    desk = await open_desk(db)
    await a_draft(desk)
    old = [desk.button("an", label) for label in ("Loại", "Xin xác nhận", "Gửi ban đêm", "Gửi thử")]
    await desk.say("an", "Mang theo sổ.")
    before = await newest(desk)
    for button in old:
        await desk.tap("an", button)
    after = await newest(desk)
    assert (after.version, after.kind, after.asks_proof) == (before.version, "duty", False)
    assert await desk.count(Outbox, TESTS) == 0


async def test_a_test_goes_out_once_for_each_press(db: Database) -> None:
    desk = await open_desk(db)
    await a_draft(desk)
    for pressed in (1, 2):
        await desk.press("an", "Gửi thử")
        assert await desk.count(Outbox, TESTS) == pressed


async def test_a_text_too_long_says_by_how_much_and_the_rest_stays(db: Database) -> None:
    desk = await open_desk(db)
    await a_draft(desk, "Kính gửi các đội.")
    await desk.say("an", "a" * 3490)
    assert "nhiều nhất là 3.500: thừa 9" in desk.text("an")
    assert (await newest(desk)).text == "Kính gửi các đội."
    await desk.say("an", "a" * 3481)
    assert (await newest(desk)).text.endswith("aaa")


async def test_a_citizens_number_is_neither_kept_nor_lost_without_a_word(db: Database) -> None:
    desk = await open_desk(db)
    await a_draft(desk)
    await desk.say("an", "Bác Ba, CCCD 079090001234")
    assert "không được giữ lại" in desk.text("an")
    assert (await newest(desk)).text == "Họp lúc 8 giờ."


async def test_a_draft_sent_off_meanwhile_is_none_any_more(db: Database) -> None:
    desk = await open_desk(db)
    number = await a_draft(desk)
    async with db.write() as session:
        (await session.get_one(Announcement, number)).state = "planned"
    for act in ("text", "kind", "discard_now", "test"):
        with pytest.raises(Refusal, match="no_draft"):
            await desk.tap("an", Button("x", f"announcement.{act}", number))
    with pytest.raises(Refusal, match="no_draft"):
        await desk.say("an", "Thêm một câu nữa.")
    assert (await newest(desk)).text == "Họp lúc 8 giờ."
