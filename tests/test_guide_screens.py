"""What somebody sees of the guides: every screen of every guide fits a phone, and says what holds where they are."""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.signing import Signer
from handlers import guide_pages, guide_parts
from handlers.turn import Press, Turn
from models import people
from models.database import Database
from models.messages import Button, Incoming, Message
from models.rules.guides import Guide
from models.tables import GuideCheck, GuideNote, Unit
from tests.desk import MORNING, WORDS, Desk, open_desk
from tests.room import plain

SIGNER = Signer(b"k" * 32)
LINES, LINE = 16, 40  # of a phone held upright, before one scrolls
HIGHEST = 999_999_999_999  # no account, object or version is longer


@pytest.fixture
async def desk(db: Database) -> Desk:
    return await open_desk(db)


@pytest.fixture
async def reader(desk: Desk) -> AsyncIterator[Turn]:
    """A guest with a guide in hand."""
    async with desk.db.write() as session:
        account, _, actor, talk = await people.meet(session, "webchat", "khach", "", MORNING)
        incoming = Incoming("webchat", "khach", "1", "button", MORNING)
        yield Turn(session, incoming, MORNING, account, actor, talk, desk.library, guides=desk.guides)


def lines_of(message: Message) -> int:
    """How many lines the text takes on a phone; every button that is drawn must be one that can be sealed."""
    for row in message.buttons:
        for button in row:
            assert len(WORDS.label(button.label, button.values)) <= 30
            SIGNER.seal(HIGHEST, replace(button, version=button.version or 1))
    text = plain(WORDS.say(message.key, message.values))
    return sum(max(1, math.ceil(len(line) / LINE)) for line in text.split("\n"))


def pages_of(guide: Guide) -> Iterator[str]:
    """What the buttons of the parts of a guide carry, page by page."""
    for part, lines in guide_parts.LISTED.items():
        yield from (f"{guide.code}.{part}.{page}" for page in range(len(guide_pages.pages(lines(guide)))))


async def test_every_screen_of_every_guide_fits_a_phone(reader: Turn) -> None:
    book = await reader.guides.current(reader.session)
    assert lines_of(await guide_pages.fields_page(reader)) <= LINES
    for guide in book.all:
        assert lines_of(await guide_pages.card(reader, guide)) <= LINES, guide.code
        for arg in pages_of(guide):
            reader.press = Press("guide.part", 0, 0, arg)
            [page] = await guide_parts.show(reader)
            assert lines_of(page) <= LINES, arg
        for step in guide.steps:
            assert lines_of(guide_pages.step_page(reader, guide, step)) <= LINES, f"{guide.code}.{step.code}"


@pytest.mark.parametrize(
    "day, words", [(0, "Kiểm tra ngày 20/11/2026"), (30, "Kiểm tra ngày"), (31, "Chưa kiểm tra lại từ")]
)
async def test_a_guide_says_when_it_was_not_checked_for_too_long(desk: Desk, day: int, words: str) -> None:
    desk.now += timedelta(days=day)
    await desk.tap("khach", Button("", "guide.show", arg="G01"))
    assert words in desk.text("khach")


async def test_whoever_checked_a_guide_since_is_believed(desk: Desk) -> None:
    desk.now += timedelta(days=40)
    async with desk.db.write() as session:
        unit_id = await session.scalar(select(Unit.id).limit(1))
        day = MORNING.date() + timedelta(days=35)
        session.add(GuideCheck(guide="G01", checked_on=day, unit_id=unit_id, at=desk.now))
    await desk.tap("khach", Button("", "guide.show", arg="G01"))
    assert "Kiểm tra ngày 25/12/2026" in desk.text("khach")


async def noted(desk: Desk, name: str) -> str:
    """A note about G07 by the unit of that name; its code."""
    async with desk.db.write() as session:
        unit = (await session.scalars(select(Unit).where(Unit.name == name))).one()
        session.add(GuideNote(guide="G07", unit_id=unit.id, kind="fee", text=f"theo {name}", at=MORNING))
        return unit.code


async def test_a_note_is_seen_by_its_unit_and_below_and_by_nobody_else(desk: Desk) -> None:
    for name in ("Tỉnh Đoàn Đồng Tháp", "Đoàn phường Mỹ Tho", "Đoàn phường Cao Lãnh"):
        await noted(desk, name)
    await desk.tap("lan", Button("", "guide.show", arg="G07"))
    assert "theo Tỉnh Đoàn Đồng Tháp" in desk.text("lan")
    assert "theo Đoàn phường Mỹ Tho" in desk.text("lan")
    assert "Cao Lãnh" not in desk.text("lan")
    await desk.tap("khach", Button("", "guide.show", arg="G07"))
    assert "theo" not in desk.text("khach")


async def test_a_guest_sees_what_the_unit_adds_on_whose_wall_the_poster_hangs(desk: Desk) -> None:
    code = await noted(desk, "Đoàn phường Mỹ Tho")
    await desk.say("khach", f"/start g-G07-{code}")
    assert "theo Đoàn phường Mỹ Tho" in desk.text("khach")
    await desk.press("khach", "Các bước", "Về bài")
    assert "theo Đoàn phường Mỹ Tho" in desk.text("khach")


async def test_a_guide_costs_a_report_turn_no_statement(desk: Desk) -> None:
    await desk.say("lan", "/lich")
    assert not [each for each in desk.statements if "guide" in each]
