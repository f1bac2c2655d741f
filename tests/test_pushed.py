"""The label of a button that came with a message of its own accord, typed: what it costs and what it may touch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.app import App
from models import chats, outbox
from models.database import Database
from models.messages import Button, Message, pack
from models.pushed import MOST, buttons_sent, keep_buttons
from models.tables import Account, Outbox
from tests.bench import world
from tests.databases import counted
from tests.spine import Post, events, make_app, says

CHAT = world.FIRST_CHAT


@dataclass
class Leader:
    """Somebody at their phone, with a bot that only writes down what it says."""

    app: App
    post: Post
    said: int = 0

    async def say(self, text: str) -> str:
        """Returns what is answered."""
        self.said += 1
        await self.app.receive("telegram", events([says(self.said, CHAT, text)]))
        await self.app.catch_up()
        return self.post.sent[-1][1].html

    async def pushed(self, *buttons: Button, ago: timedelta = timedelta(), name: str = "") -> None:
        """A message that comes by itself, with these buttons."""
        now = datetime.now(UTC) - ago
        message = Message("menu.unknown_command", {"typed": f"/tin {name}", "name": ""}, (buttons,))
        async with self.app.db.write() as session:
            account = (await session.scalars(select(Account).where(Account.address == str(CHAT)))).one()
            await outbox.promise(
                session, message, account=account, once=f"{name}{ago}", kind="alert", lane=outbox.ALERT, at=now
            )
        await self.app.catch_up()

    async def sent(self) -> int:
        async with self.app.db.read() as session:
            return len(await buttons_sent(session, "telegram", str(CHAT), datetime.now(UTC)))


@pytest.fixture
async def lan(db: Database, tmp_path: Path) -> Leader:
    await world.settle(db, 1, datetime.now(UTC))
    post = Post()
    leader = Leader(make_app(db, tmp_path, post), post)
    await leader.say("/huy")
    return leader


def to(command: str, label: str = "reminder.button_report") -> Button:
    return Button(label, "go", arg=command)


async def test_a_label_typed_does_what_the_button_does_on_whatever_screen(lan: Leader) -> None:
    await lan.pushed(to("lich"))
    assert "Lịch" in await lan.say("bao cao NGAY!")


async def test_the_newest_message_is_not_guessed_where_two_bring_the_label(lan: Leader) -> None:
    await lan.pushed(to("lich"), ago=timedelta(hours=3), name="1")
    await lan.pushed(to("baocao"), name="2")
    assert "Có 2 tin" in await lan.say("báo cáo ngay")
    assert "Lịch" in await lan.say("1")


async def test_the_same_button_in_two_messages_is_one(lan: Leader) -> None:
    await lan.pushed(to("lich"), ago=timedelta(hours=3), name="1")
    await lan.pushed(to("lich"), name="2")
    assert "Lịch" in await lan.say("báo cáo ngay")


async def test_what_came_long_ago_or_is_forgotten_is_not_meant(lan: Leader) -> None:
    await lan.pushed(to("lich"), ago=timedelta(hours=25))
    assert await lan.sent() == 0
    await lan.pushed(to("lich"), name="new")
    assert await lan.sent() == 1
    async with lan.app.db.write() as session:
        await chats.empty(session, (await session.scalars(select(Account).limit(1))).one(), 0, datetime.now(UTC))
    assert await lan.sent() == 0


async def test_a_message_that_never_left_brings_nothing(lan: Leader) -> None:
    await lan.pushed(to("lich"))
    async with lan.app.db.write() as session:
        await session.execute(update(Outbox).where(Outbox.lane == outbox.ALERT).values(state="cancelled"))
    assert await lan.sent() == 0


async def test_only_the_last_messages_are_looked_through_and_links_are_no_buttons(lan: Leader) -> None:
    for number in range(MOST + 2):
        link = Button("reminder.button_all", url="https://example.org")
        await lan.pushed(to("lich"), link, ago=timedelta(minutes=number), name=str(number))
    assert await lan.sent() == MOST


async def test_a_label_moves_nobody_whose_number_or_sentence_is_awaited(lan: Leader) -> None:
    await lan.pushed(to("lich", "reminder.button_nothing"))
    for text in ("/baocao", "bắt đầu"):
        await lan.say(text)
    assert "Lịch" not in await lan.say("không phát sinh")
    await lan.say("/hoi")
    assert "Lịch" not in await lan.say("Không phát sinh")


async def test_a_report_turn_asks_the_database_nothing_more(lan: Leader) -> None:
    for text in ("/baocao", "bắt đầu"):
        await lan.say(text)
    asked = []
    for text in ("120", "12 người", "bỏ qua", "quay lại", "0", "/menu", "lịch", "làm căn cước"):
        with counted(lan.app.db) as seen:
            await lan.say(text)
        if any(statement.startswith("SELECT outbox.body, outbox.settled_at") for statement in seen):
            asked.append(text)
    assert asked == ["làm căn cước"]  # what nothing on the screen explains


def test_of_a_message_worded_as_it_is_sent_only_its_buttons_are_kept() -> None:
    body = pack(Message("reminder.before")) | {"account": 1, "owed": [7]}
    row = Outbox(body=body)
    keep_buttons(row, Message("reminder.late", {"name": "Lan"}, ((to("lich"),),)))
    assert row.body == body | {"buttons": [[["reminder.button_report", "go", 0, 0, "lich", {}, ""]]]}
