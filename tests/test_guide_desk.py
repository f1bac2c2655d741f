"""Keeping guides right, at the real handlers: every place can be reached, nobody decides beyond their right."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select

from bot.signing import Signer
from handlers import guide_change_pages
from handlers.turn import Turn
from models import guide_changes, people
from models.database import Database
from models.guide_changes import Proposal
from models.messages import Button, Incoming, Message
from models.rules import Refusal
from models.rules.guide_changes import GROUPS, group_of, kind_of, places, places_of_step
from models.rules.guide_remarks import MOST_FAULTS
from models.tables import GuideChange, GuideFault, GuideNote, Outbox, Person, Role, Unit
from tests.desk import MORNING, WORDS, Desk, open_desk

SIGNER = Signer(b"k" * 32)
HIGHEST = 999_999_999_999
COMMUNE = "Đoàn phường Mỹ Tho"


@pytest.fixture
async def desk(db: Database) -> Desk:
    return await open_desk(db)


async def unit_named(desk: Desk, name: str) -> Unit:
    async with desk.db.read() as session:
        return (await session.scalars(select(Unit).where(Unit.name == name))).one()


@pytest.fixture
async def keeper(desk: Desk) -> AsyncIterator[Turn]:
    """The commune's coordinator, about to correct something."""
    async with desk.db.write() as session:
        account, _, actor, talk = await people.meet(session, "webchat", "tuan", "", MORNING)
        incoming = Incoming("webchat", "tuan", "1", "button", MORNING)
        yield Turn(session, incoming, MORNING, account, actor, talk, desk.library, guides=desk.guides)


def drawn(message: Message) -> list[Button]:
    """The buttons of a screen, each of which can be sealed and has its words."""
    WORDS.say(message.key, message.values)
    buttons = [button for row in message.buttons for button in row]
    for button in buttons:
        assert WORDS.label(button.label, button.values)
        SIGNER.seal(HIGHEST, replace(button, version=button.version or 1))
    return buttons


def picked(buttons: list[Button]) -> set[str]:
    return {each.arg for each in buttons if each.action == "guide_change.place"}


async def test_every_place_of_a_guide_can_be_picked(desk: Desk, keeper: Turn) -> None:
    unit = await unit_named(desk, COMMUNE)
    book = await keeper.guides.current(keeper.session)
    for guide in book.all[:: len(book.all) // 5]:  # a few of every sort
        found = set()
        drawn(guide_change_pages.groups_page(keeper, guide, unit))
        for group in set(GROUPS) - {"steps"}:
            page, buttons = 0, drawn(guide_change_pages.group_page(keeper, guide, unit, group, 0))
            found |= picked(buttons)
            while any(each.label == "guide.button_page_after" for each in buttons):
                page, buttons = page + 1, drawn(guide_change_pages.group_page(keeper, guide, unit, group, page + 1))
                found |= picked(buttons)
        for number in range(len(guide.steps)):
            found |= picked(drawn(guide_change_pages.step_page(keeper, guide, unit, number)))
        assert found == {f"{guide.code}.{at}" for at in range(len(tuple(places(guide))))}, guide.code
        assert all(f"guide_change.place_{kind_of(each)}" in WORDS.keys for each in places(guide))
        assert {group_of(each) for step in guide.steps for each in places_of_step(step)} == {"steps"}


async def proposed(desk: Desk, who: str = "tuan", unit: str = COMMUNE) -> GuideChange:
    office = await unit_named(desk, unit)
    async with desk.db.write() as session:
        _, person, *_ = await people.meet(session, "webchat", who, "", MORNING)
        assert person is not None
        guide = (await desk.guides.current(session)).all[0]
        new = Proposal("G01", "summary", guide.summary, f"Gọn hơn {who}", "Cho dễ đọc")
        return await guide_changes.propose(session, new, office, by=person.id, now=MORNING)


async def state_of(desk: Desk, change: GuideChange) -> str:
    async with desk.db.read() as session:
        return (await session.scalars(select(GuideChange.state).where(GuideChange.id == change.id))).one()


@pytest.mark.parametrize("who", ["tuan", "an", "bich", "lan", "khach"])
@pytest.mark.parametrize("deed", ["approve", "refuse"])
async def test_a_forged_decision_from_below_the_top_is_nothing(desk: Desk, who: str, deed: str) -> None:
    change = await proposed(desk)
    await desk.say(who, "/menu")
    if who == "khach":  # a stranger is only greeted
        await desk.tap(who, Button("", f"guide_change.{deed}", change.id, change.version))
    else:
        with pytest.raises(Refusal) as no:
            await desk.tap(who, Button("", f"guide_change.{deed}", change.id, change.version))
        assert no.value.key == "permission.not_found"
    assert await state_of(desk, change) == "proposed"


async def test_nobody_approves_their_own(desk: Desk) -> None:
    change = await proposed(desk, "quang", "Trung ương Đoàn")
    for deed in ("approve", "refuse"):
        await desk.tap("quang", Button("", f"guide_change.{deed}", change.id, change.version))
        assert "để người khác duyệt" in desk.text("quang")
    assert await state_of(desk, change) == "proposed"


async def test_nobody_withdraws_anothers(desk: Desk) -> None:
    change = await proposed(desk)
    await desk.tap("an", Button("", "guide_change.withdraw", change.id, change.version))
    assert await state_of(desk, change) == "proposed"
    await desk.tap("tuan", Button("", "guide_change.withdraw", change.id, change.version))
    assert await state_of(desk, change) == "withdrawn"


async def test_an_old_button_decides_nothing(desk: Desk) -> None:
    change = await proposed(desk)
    await desk.tap("quang", Button("", "guide_change.approve", change.id, change.version + 5))
    assert desk.screens["quang"].notice == "access.stale"
    assert await state_of(desk, change) == "proposed"
    await desk.tap("quang", Button("", "guide_change.approve", change.id, change.version))
    await desk.tap("quang", Button("", "guide_change.refuse", change.id, change.version))
    assert desk.screens["quang"].notice == "access.stale"
    assert await state_of(desk, change) == "approved"


async def test_a_place_chosen_in_an_older_edition_is_chosen_again(desk: Desk) -> None:
    unit = await unit_named(desk, COMMUNE)
    await desk.tap("tuan", Button("", "guide_change.place", unit.id, 9, "G01.3"))
    assert desk.screens["tuan"].notice == "access.stale"
    for arg in ("G01.99999", "G01.x", "G01.", "G99.1", "G01.²"):
        await desk.tap("tuan", Button("", "guide_change.place", unit.id, 1, arg))
        assert desk.screens["tuan"].key in ("guide_change.choose", "guide.fields")


async def test_what_was_typed_stays_when_the_place_moved_meanwhile(desk: Desk) -> None:
    unit = await unit_named(desk, COMMUNE)
    await desk.tap("tuan", Button("", "guide_change.place", unit.id, 1, "G01.2"))
    await desk.say("tuan", "Tóm tắt của phường", "Cho gọn")
    change = await proposed(desk, "an", "Tỉnh Đoàn Đồng Tháp")
    await desk.tap("quang", Button("", "guide_change.approve", change.id, change.version))
    await desk.press("tuan", "Gửi đề nghị")
    assert "vừa được người khác sửa" in desk.text("tuan")
    assert "Đang ghi: Gọn hơn an" in desk.text("tuan")
    assert "Đã gõ: «Tóm tắt của phường»" in desk.text("tuan")
    await desk.press("tuan", "Giữ nội dung đã gõ", "Gửi đề nghị")
    assert "Đã gửi đề nghị" in desk.text("tuan")
    async with desk.db.read() as session:
        mine = (await session.scalars(select(GuideChange).order_by(GuideChange.id.desc()))).first()
    assert mine is not None
    assert (mine.old, mine.new) == ("Gọn hơn an", "Tóm tắt của phường")


async def test_a_corrected_text_is_only_text(desk: Desk) -> None:
    unit = await unit_named(desk, COMMUNE)
    await desk.tap("tuan", Button("", "guide_change.place", unit.id, 1, "G01.2"))
    await desk.say("tuan", '<b>Đậm</b> {{ 7*7 }} <a href="x">', "Thử chữ lạ")
    await desk.press("tuan", "Gửi đề nghị")
    change = (await _changes(desk))[0]
    await desk.tap("quang", Button("", "guide_change.approve", change.id, change.version))
    await desk.tap("khach", Button("", "guide.show", arg="G01"))
    assert "&lt;b&gt;Đậm&lt;/b&gt; {{ 7*7 }} &lt;a href=" in desk.text("khach")


async def _changes(desk: Desk) -> list[GuideChange]:
    async with desk.db.read() as session:
        return list(await session.scalars(select(GuideChange).order_by(GuideChange.id)))


async def test_private_words_are_refused_in_reports_notes_and_corrections(desk: Desk) -> None:
    unit = await unit_named(desk, COMMUNE)
    number = "CCCD 079203001234 của bác"
    await desk.tap("hoa", Button("", "guide_fault.begin", arg="G01.tim-ung-dung"))
    await desk.say("hoa", number)
    assert "giống số giấy tờ" in desk.text("hoa")
    await desk.tap("tuan", Button("", "guide_note.begin", unit.id, arg="G01.other"))
    await desk.say("tuan", number)
    assert "giống số giấy tờ" in desk.text("tuan")
    await desk.tap("tuan", Button("", "guide_change.place", unit.id, 1, "G01.2"))
    await desk.say("tuan", number)
    assert "giống số giấy tờ" in desk.text("tuan")
    assert [await desk.count(each) for each in (GuideFault, GuideNote, GuideChange)] == [0, 0, 0]


async def test_private_words_under_a_photo_are_refused_before_the_photo_is(desk: Desk) -> None:
    unit = await unit_named(desk, COMMUNE)
    change = await proposed(desk, "an", "Tỉnh Đoàn Đồng Tháp")
    await desk.tap("hoa", Button("", "guide_fault.begin", arg="G01.tim-ung-dung"))
    await desk.say("hoa", "Nút này nay tên khác")
    async with desk.db.read() as session:
        fault = (await session.scalars(select(GuideFault))).one()
    asking = (
        ("tuan", Button("", "guide_note.begin", unit.id, arg="G01.other")),
        ("tuan", Button("", "guide_change.place", unit.id, 1, "G01.2")),
        ("an", Button("", "guide_fault.settle", fault.id, fault.version)),
        ("quang", Button("", "guide_change.refuse", change.id, change.version)),
    )
    for who, button in asking:
        assert (await desk.tap(who, button)).expects == "text"
        assert (await desk.turn(who, "photo", "CCCD 079203001234")).values["before"] == "question.private"
        assert (await desk.turn(who, "photo", "ở đây")).values["before"] == "question.only_text"


async def test_guests_cannot_bury_an_office_in_reports_of_one_step(desk: Desk) -> None:
    for number in range(MOST_FAULTS + 3):
        await desk.tap(f"khach{number}", Button("", "guide_fault.begin", arg="G01.tim-ung-dung"))
        await desk.say(f"khach{number}", f"Không thấy nút {number}")
    assert "đã được báo nhiều lần" in desk.text(f"khach{MOST_FAULTS}")
    assert await desk.count(GuideFault) == MOST_FAULTS
    assert await desk.count(GuideFault, GuideFault.person_id.is_not(None)) == 0
    assert await desk.count(Outbox, Outbox.once.like("guide_fault:%")) == MOST_FAULTS  # one person decides there


async def test_whoever_keeps_guides_for_two_offices_chooses_for_which(desk: Desk) -> None:
    other = await unit_named(desk, "Đoàn phường Cao Lãnh")
    async with desk.db.write() as session:
        person = (await session.scalars(select(Person).where(Person.name == "Đỗ Anh Tuấn"))).one()
        session.add(Role(person_id=person.id, unit_id=other.id, kind="coordinator", since=MORNING))
    await desk.say("tuan", "/huongdan")
    assert desk.button("tuan", "Giữ bài luôn đúng · Đoàn phường Cao Lãnh").object == other.id
    await desk.tap("tuan", Button("", "guide_desk.guide", arg="G01"))
    await desk.press("tuan", "Làm cho Đoàn phường Cao Lãnh", "Ghi chú của đơn vị", "Thêm phí")
    await desk.say("tuan", "Miễn phí đến hết năm")
    assert "ghi chú của Đoàn phường Cao Lãnh" in desk.text("tuan")
    assert await desk.count(GuideNote, GuideNote.unit_id == other.id) == 1


async def test_nobody_but_an_office_is_asked_about_its_desk(desk: Desk) -> None:
    await desk.say("lan", "/huongdan")
    assert not [each for each in desk.statements if "guide_fault" in each or "guide_check" in each]
    assert not [each for row in desk.screens["lan"].buttons for each in row if each.action.startswith("guide_desk")]
