"""What an office sees of those whom an announcement failed to reach, and what it can do about them."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from models import announcement_runs, announcements
from models.database import Database
from models.messages import Button
from models.rules import Refusal
from models.rules.audiences import Audience
from models.tables import Account, Outbox, Person, Question, Recipient, Role, RosterEntry, Talk, Unit
from tests.announcing import NOW, POLICY, Sender
from tests.desk import Desk, open_desk

PROVINCE = "Tỉnh Đoàn Đồng Tháp"


async def sent(desk: Desk, endings: Sequence[str], **fields: object) -> int:
    """An announcement of the province to everybody below it, whose recipients (by id) ended so, the rest are sent."""
    async with desk.db.write() as session:
        unit = (await session.scalars(select(Unit).where(Unit.name == PROVINCE))).one()
        author = (await session.scalars(select(Person.id).where(Person.name == "Lê Quốc An"))).one()
        body = {"text": "Họp lúc 8 giờ.", "audience": Audience(units=(unit.id,)).as_dict(), **fields}
        made = await announcements.begin(session, unit, author, NOW, body)
        await announcement_runs.plan(session, made, expected=0, send_at=NOW, now=NOW)
    await announcement_runs.carry_out(desk.db, POLICY, NOW)
    sender = Sender(desk.db)
    while await sender.claim(NOW, len(endings) or 1000):
        for each in [*endings, *["sent"] * 1000][: len(sender.claimed)]:
            await sender.end(NOW, each, 1)
        endings = ()
    await announcement_runs.carry_out(desk.db, POLICY, NOW)
    return made.id


async def open_page(desk: Desk, action: str, number: int, who: str = "an") -> str:
    await desk.tap(who, Button("x", action, number))
    return desk.text(who)


async def test_failures_are_listed_with_the_reason_and_a_number_to_phone(db: Database) -> None:
    desk = await open_desk(db)
    number = await sent(desk, ["blocked", "Bad Request: chat not found", "429 retry_after"])
    async with db.write() as session:
        found = select(Recipient).where(Recipient.state == "failed").order_by(Recipient.id)
        first = (await session.scalars(found)).first()
        assert first is not None
        line = {"number": 9, "name": "X", "name_folded": "x", "duty": "member", "since": NOW, "phone": "0912345678"}
        session.add(RosterEntry(unit_id=first.unit_id, person_id=first.person_id, **line))
    assert "Gửi lỗi: 3" in await open_page(desk, "announcement.ledger", number)
    await desk.press("an", "Gửi lỗi (3)")
    shown = desk.text("an")
    for word in ("chặn bot", "chưa mở bot", "kênh quá tải", "☎ 0912345678", "để gọi điện"):
        assert word in shown


async def test_sending_again_reaches_whom_it_can_and_names_the_rest(db: Database) -> None:
    desk = await open_desk(db)
    number = await sent(desk, ["blocked", "blocked", "429 retry_after"])
    shown = await open_page(desk, "announcement.again", number)
    assert "Gửi lại được cho <b>1</b> người" in shown
    assert "2 người: chặn bot" in shown
    before = await desk.count(Outbox)
    go = desk.button("an", "Gửi lại cho 1 người")
    await desk.tap("an", go)
    assert "Đang gửi lại thông báo số" in desk.text("an")
    await announcement_runs.carry_out(desk.db, POLICY, NOW)
    assert await desk.count(Outbox) == before + 1
    await desk.tap("an", go)  # the very same button once more
    await announcement_runs.carry_out(desk.db, POLICY, NOW)
    assert await desk.count(Outbox) == before + 1
    assert await desk.count(Recipient, Recipient.state == "waiting") == 1
    await desk.tap("an", Button("x", "announcement.again", number))
    assert "Chưa gửi lại được cho ai trong 2 người" in desk.text("an")


async def test_of_an_announcement_that_was_stopped_nothing_is_sent_again(db: Database) -> None:
    desk = await open_desk(db)
    number = await sent(desk, ["429 retry_after"])
    async with db.write() as session:
        locked = await announcements.lock(session, number)
        assert locked is not None
        locked.state = "stopped"
    assert "đã dừng hoặc đã thu hồi" in await open_page(desk, "announcement.again", number)
    await desk.tap("an", Button("x", "announcement.again_go", number))
    assert await desk.count(Recipient, Recipient.state == "waiting") == 0


async def test_the_unclear_are_asked_with_another_text_when_no_proof_was_wanted(db: Database) -> None:
    desk = await open_desk(db)
    number = await sent(desk, ["unknown", "unknown"])
    await open_page(desk, "announcement.ledger", number)
    await desk.press("an", "Không rõ đã tới chưa (2)", "Nhắc lại người không rõ")
    assert "Nhắc được 2 người" in desk.text("an")
    await desk.press("an", "Nhắc 2 người")
    assert "Đang nhắc <b>2</b> người" in desk.text("an")
    assert await desk.count(Outbox, Outbox.kind == "chase") == 2


async def test_many_names_stand_under_their_units(db: Database) -> None:
    desk = await open_desk(db)
    async with db.write() as session:
        team = (await session.scalars(select(Unit).where(Unit.name == "Đội hình chuyển đổi số Cao Lãnh"))).one()
        for place in range(20):
            person = Person(name=f"Bạn {place:02d}", name_folded=f"ban {place:02d}", created_at=NOW)
            session.add(person)
            await session.flush()
            session.add(Role(person_id=person.id, unit_id=team.id, kind="member", since=NOW))
            session.add(Account(channel="webchat", address=f"ban{place}", person_id=person.id, seen_at=NOW))
    number = await sent(desk, [])
    await open_page(desk, "announcement.ledger", number)
    await desk.press("an", "Đã gửi (28)")
    assert "Chọn đơn vị để xem tên" in desk.text("an")
    await desk.press("an", "Tại Tỉnh Đoàn Đồng Tháp (2)")
    assert "Lê Quốc An" in desk.text("an")
    await desk.press("an", "Xem cả danh sách", "Đoàn phường Cao Lãnh (21)", "Đội hình chuyển đổi số Cao Lãnh (21)")
    seen = desk.text("an")
    await desk.press("an", "Tiếp")
    seen += desk.text("an")
    await desk.press("an", "Tiếp")
    seen += desk.text("an")
    assert all(f"Bạn {place:02d}" in seen for place in range(20))
    assert "Võ Thanh Bình" in seen


@pytest.mark.parametrize("who", ["tuan", "lan", "phuc"])
async def test_whoever_may_not_speak_for_the_office_sees_none_of_it(sqlite_db: Database, who: str) -> None:
    desk = await open_desk(sqlite_db)
    number = await sent(desk, ["429 retry_after"])
    for action in ("ledger", "listed", "sheet", "again", "again_go", "unconfirmed", "chase"):
        with pytest.raises(Refusal, match=r"permission\.not_found"):
            await desk.tap(who, Button("x", f"announcement.{action}", number))


async def test_a_units_number_that_is_not_the_offices_leads_nowhere(db: Database) -> None:
    desk = await open_desk(db)
    number = await sent(desk, [])
    async with db.write() as session:
        top = (await session.scalars(select(Unit).where(Unit.parent_id.is_(None)))).one()
    for unit_id in (top.id, -top.id, 99_999):
        with pytest.raises(Refusal, match=r"permission\.not_found"):
            await desk.tap("an", Button("x", "announcement.listed", number, arg=f"1.{unit_id}.0"))
    for odd in ("", "x.y.z", "99.0.0", "1.0.-5", "1"):
        await desk.tap("an", Button("x", "announcement.listed", number, arg=odd))


async def test_a_draft_has_no_list(db: Database) -> None:
    desk = await open_desk(db)
    number = await sent(desk, [])
    async with db.write() as session:
        locked = await announcements.lock(session, number)
        assert locked is not None
        locked.state = "draft"
        await session.execute(update(Recipient).values(confirmed_at=NOW))
    with pytest.raises(Refusal, match=r"permission\.not_found"):
        await desk.tap("an", Button("x", "announcement.ledger", number))


# --- typed where the announcement stands ----------------------------------------------------------------------------


async def received(desk: Desk, number: int, name: str) -> Recipient:
    async with desk.db.read() as session:
        mine = select(Recipient).join(Person, Person.id == Recipient.person_id)
        return (await session.scalars(mine.where(Recipient.announcement_id == number, Person.name == name))).one()


async def stands_as(desk: Desk, number: int, name: str, ref: str) -> None:
    """The announcement is this message in that person's chat."""
    mine = await received(desk, number, name)
    async with desk.db.write() as session:
        await session.execute(update(Outbox).where(Outbox.id == mine.outbox_id).values(message_ref=ref))


async def test_the_channels_own_answer_to_its_message_is_a_reply_and_leaves_what_is_asked(db: Database) -> None:
    desk = await open_desk(db)
    number = await sent(desk, [])
    await stands_as(desk, number, "Nguyễn Thị Lan", "41")
    await desk.say("lan", "/hoi")
    await desk.turn("lan", "text", "Đội em xin dự muộn", reply_ref="41")
    assert f"Đã gửi trả lời</b> về thông báo số {number}" in desk.text("lan")
    async with db.read() as session:
        question = (await session.scalars(select(Question))).one()
        assert (question.announcement_id, question.text) == (number, "Đội em xin dự muộn")
    await desk.say("lan", "Máy quét ở phường hỏng thì nộp hồ sơ thế nào?")
    assert "Đã gửi câu hỏi" in desk.text("lan")


async def test_an_answer_to_any_other_message_is_what_it_says(db: Database) -> None:
    desk = await open_desk(db)
    number = await sent(desk, [])
    await stands_as(desk, number, "Nguyễn Thị Lan", "41")
    await desk.turn("lan", "text", "thực đơn nào đó", reply_ref="40")
    await desk.turn("minh", "text", "của người khác", reply_ref="41")
    assert await desk.count(Question) == 0


async def test_what_should_not_be_kept_is_refused_beside_what_is_asked(db: Database) -> None:
    desk = await open_desk(db)
    number = await sent(desk, [])
    await stands_as(desk, number, "Nguyễn Thị Lan", "41")
    await desk.say("lan", "/hoi")
    await desk.turn("lan", "text", "gọi 0912345678", reply_ref="41")
    assert "giống số điện thoại" in desk.text("lan")
    async with db.read() as session:
        assert "question.text" in set(await session.scalars(select(Talk.flow)))
    assert await desk.count(Question) == 0


async def test_an_answer_to_what_was_recalled_can_still_be_given_but_not_confirmed(db: Database) -> None:
    desk = await open_desk(db)
    number = await sent(desk, [], asks_proof=True)
    mine = await received(desk, number, "Nguyễn Thị Lan")
    async with db.write() as session:
        locked = await announcements.lock(session, number)
        assert locked is not None
        locked.state = "recalled"
    await desk.tap("lan", Button("x", "announcement.confirm", mine.id))
    assert "đã được thu hồi" in desk.text("lan")
    assert (await received(desk, number, "Nguyễn Thị Lan")).confirmed_at is None


async def test_a_button_of_somebody_elses_is_not_there(db: Database) -> None:
    desk = await open_desk(db)
    number = await sent(desk, [], asks_proof=True)
    mine = await received(desk, number, "Nguyễn Thị Lan")
    for who, action in ((who, action) for who in ("minh", "an", "khach") for action in ("confirm", "reply", "read")):
        with pytest.raises(Refusal, match=r"permission\.not_found"):
            await desk.tap(who, Button("x", f"announcement.{action}", mine.id))
    assert await desk.count(Recipient, Recipient.confirmed_at.is_not(None)) == 0
