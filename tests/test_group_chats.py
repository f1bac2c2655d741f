"""Chats of several people: bound once to one unit, followed through a new title, a new address, going and coming."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs
from telegram import BotCommandScopeAllGroupChats

from bot.app import App
from bot.channels import Rendered
from bot.channels.telegram import Telegram
from handlers import features, group_chat
from models import group_chats, outbox, units
from models.database import Database
from models.messages import Message
from models.rules.delivery import SendFailed
from models.rules.permissions import GRANTS
from models.tables import Account, Audit, GroupChat, Inbox, Obligation, Outbox, Role, Unit
from tests.bench import world
from tests.shipped import words_in
from tests.spine import Post, events, make_app, presses, says
from tests.standin import TOKEN, BotApi

GROUP, SUPER = -4001, -1_000_000_004_001
LEADER, BESIDE, ABOVE = world.FIRST_CHAT, world.FIRST_CHAT + 1, world.FIRST_CHAT + 2
BOT = {"id": 1, "is_bot": True, "first_name": "bot"}


class Refusing(Post):
    """Telegram that refuses every message to the group, in one way."""

    def __init__(self) -> None:
        super().__init__()
        self.refusal: SendFailed | None = None

    async def send(self, address: str, rendered: Rendered, *, card: str = "") -> str:
        if self.refusal is not None and address == str(GROUP):
            raise self.refusal
        return await super().send(address, rendered, card=card)


class Town:
    """Three teams with a leader each; the third one's is the coordinator of all of them."""

    def __init__(self, db: Database, app: App, post: Refusing) -> None:
        self.db, self.app, self.post = db, app, post
        self.count = 0

    @property
    def last(self) -> str:
        return self.post.sent[-1][1].html

    async def happens(self, update: dict[str, Any]) -> dict[str, Any]:
        """It comes in, again if it did already, and all is answered and sent."""
        await self.app.receive("telegram", events([update]))
        await self.app.catch_up()
        return update

    async def private(self, who: int, text: str) -> dict[str, Any]:
        self.count += 1
        return await self.happens(says(self.count, who, text))

    async def presses(self, who: int, label: str) -> dict[str, Any]:
        """Press the newest button of that label in somebody's chat."""
        self.count += 1
        return await self.happens(presses(self.count, who, self.button(who, label).data))

    async def group(self, who: int, text: str = "", chat: int = GROUP, **service: Any) -> dict[str, Any]:
        """Something said in the group, or something it says about itself."""
        self.count += 1
        update = says(self.count, who, text)
        update["message"]["chat"] = {"id": chat, "type": "group", "title": service.get("new_chat_title", "Nhóm đội")}
        return await self.happens({**update, "message": update["message"] | service})

    async def membership(self, before: str, after: str, chat: int = GROUP) -> dict[str, Any]:
        """The bot's own place in the group changes."""
        self.count += 1
        change = {
            "chat": {"id": chat, "type": "group", "title": "Nhóm đội"}, "date": 1_795_000_000,
            "from": {"id": LEADER, "is_bot": False, "first_name": "x"},
            "old_chat_member": member(before), "new_chat_member": member(after),
        }  # fmt: skip
        return await self.happens({"update_id": self.count, "my_chat_member": change})

    def button(self, chat: int, label: str) -> Any:
        rows = [row for address, shown in reversed(self.post.sent) if address == str(chat) for row in shown.rows]
        return next(choice for row in rows for choice in row if label in choice.label)

    def link(self, label: str, chat: int = GROUP) -> str:
        """What a press on the newest link of that label makes a phone send."""
        return f"/start {self.button(chat, label).url.partition('?start=')[2]}"

    def said_to(self, chat: int) -> list[str]:
        return [shown.html for address, shown in self.post.sent if address == str(chat)]

    async def bound(self) -> None:
        """The group belongs to the first team."""
        await self.membership("left", "member")
        await self.private(LEADER, self.link("Gắn nhóm này"))
        await self.presses(LEADER, "Đội hình số 0")

    async def rows(self) -> Sequence[GroupChat]:
        async with self.db.read() as session:
            return (await session.scalars(select(GroupChat).order_by(GroupChat.id))).all()

    async def chat(self) -> GroupChat:
        (only,) = await self.rows()
        return only

    async def unit(self, code: str) -> Unit:
        async with self.db.read() as session:
            found = await units.with_code(session, code)
            assert found is not None
            return found

    async def deeds(self) -> list[str]:
        async with self.db.read() as session:
            found = select(Audit.action).where(Audit.action.startswith("group_chat")).order_by(Audit.id)
            return list(await session.scalars(found))

    async def owe(self) -> None:
        """A message to the group that waits, as an announcement does."""
        async with self.db.write() as session:
            account = (await session.scalars(select(Account).where(Account.address == str(GROUP)))).one()
            later = datetime.now(UTC) + timedelta(days=1)
            await outbox.promise(
                session, Message("group_chat.private"), account=account, once="ann:1:1:1",
                kind=outbox.ANNOUNCED, lane=outbox.ANNOUNCEMENT, at=later,
            )  # fmt: skip

    async def owed(self) -> tuple[str, str]:
        async with self.db.read() as session:
            row = (await session.scalars(select(Outbox).where(Outbox.once == "ann:1:1:1"))).one()
            return row.address, row.state


def member(status: str) -> dict[str, Any]:
    return {"user": BOT, "status": status, **({"is_member": True} if status == "restricted" else {})}


@pytest.fixture(autouse=True)
def logs() -> Iterator[Sequence[Any]]:
    """What is logged is kept, not worded: tracebacks in colour take long."""
    with capture_logs() as kept:
        yield kept


@pytest.fixture
async def town(db: Database, tmp_path: Path) -> Town:
    await world.settle(db, 3, datetime.now(UTC))
    async with db.write() as session:
        await session.execute(update(Role).where(Role.person_id == 3).values(kind="coordinator", unit_id=2))
    post = Refusing()
    return Town(db, make_app(db, tmp_path, post), post)


# --- binding --------------------------------------------------------------------------------------------------------


async def test_the_link_in_the_group_binds_it_in_private_once(town: Town) -> None:
    came = await town.membership("left", "member")
    assert "gắn nhóm này với đơn vị" in town.last
    await town.private(LEADER, town.link("Gắn nhóm này"))
    press = await town.presses(LEADER, "Đội hình số 0")
    chat, team = await town.chat(), await town.unit("D00000")
    assert (chat.unit_id, chat.title, chat.version) == (team.id, "Nhóm đội", 2)
    told = "Nhóm này đã gắn với <b>Đội hình số 0</b>"
    assert [told in said for said in town.said_to(GROUP)] == [False, True]
    for again in (came, press):  # Telegram delivers them once more, after a restart say
        await town.happens(again)
    await town.presses(LEADER, "Đội hình số 0")  # a second tap on the same button
    assert sum(told in said for said in town.said_to(GROUP)) == 1
    assert await town.deeds() == ["group_chat.bind"]
    assert (await town.chat()).version == 2


async def test_a_link_not_drawn_by_us_or_from_before_the_last_binding_opens_nothing(town: Town) -> None:
    await town.membership("left", "member")
    early = town.link("Gắn nhóm này")
    await town.private(LEADER, f"{early[:-2]}AA")
    assert "Nhóm đội" not in town.last
    await town.private(LEADER, early)
    assert "Nhóm đội" in town.last
    await town.presses(LEADER, "Đội hình số 0")
    await town.private(LEADER, early)
    assert "gõ lại /donvi trong nhóm" in town.last


async def test_who_may_act_on_the_other_unit_too_takes_a_group_over_and_nobody_else(town: Town) -> None:
    await town.bound()
    await town.group(BESIDE, "/donvi")
    change = town.link("Đổi đơn vị")
    await town.private(BESIDE, change)
    assert "ngoài phạm vi của anh/chị" in town.last
    assert "số 0" not in town.last
    await town.private(ABOVE, change)
    await town.private(ABOVE, "đội hình số 2")
    await town.presses(ABOVE, "Đội hình số 2")
    assert (await town.chat()).unit_id == (await town.unit("D00002")).id
    await town.private(LEADER, "/donvi")
    await town.group(LEADER, "/donvi")
    await town.private(LEADER, town.link("Đổi đơn vị"))
    assert "ngoài phạm vi của anh/chị" in town.last
    assert (await town.chat()).unit_id == (await town.unit("D00002")).id


async def test_a_group_of_a_closed_unit_is_free_for_the_next(town: Town) -> None:
    await town.bound()
    async with town.db.write() as session:
        closed = update(Unit).where(Unit.code == "D00000").values(closed_on=datetime(2026, 1, 1, tzinfo=UTC).date())
        await session.execute(closed)
    await town.group(BESIDE, "/tiendo")
    assert "đã ngừng hoạt động" in town.last
    await town.private(BESIDE, town.link("Đổi đơn vị"))
    await town.presses(BESIDE, "Đội hình số 1")
    assert (await town.chat()).unit_id == (await town.unit("D00001")).id


async def test_taking_a_group_off_is_told_there_and_a_second_press_changes_nothing(town: Town) -> None:
    await town.bound()
    await town.presses(LEADER, "Nhóm chat")
    await town.presses(LEADER, "Gỡ «Nhóm đội»")
    await town.presses(LEADER, "Gỡ nhóm")
    assert (await town.chat()).unit_id is None
    assert "không còn gắn với <b>Đội hình số 0</b>" in town.said_to(GROUP)[-1]
    await town.presses(LEADER, "Gỡ nhóm")
    assert "Không tìm thấy" in town.last
    assert await town.deeds() == ["group_chat.bind", "group_chat.unbind"]


# --- what happens to a group ----------------------------------------------------------------------------------------


async def test_a_bot_sent_away_waits_for_its_return_and_whoever_bound_it_hears_once(town: Town) -> None:
    await town.bound()
    await town.owe()
    gone = await town.membership("member", "kicked")
    assert (await town.chat()).left_at is not None
    assert await town.owed() == (str(GROUP), "failed")
    await town.happens(gone)
    await town.membership("kicked", "left")  # the ban is lifted, the bot is still out
    async with town.db.write() as session:
        await group_chats.left(session, "telegram", str(GROUP), datetime.now(UTC))  # and a send is refused
    async with town.db.read() as session:
        news = (await session.scalars(select(Outbox).where(Outbox.once.contains(":left:")))).all()
    assert [(row.address, row.kind) for row in news] == [(str(LEADER), outbox.NEWS)]
    await town.membership("left", "restricted")
    chat = await town.chat()
    assert (chat.left_at, chat.unit_id) == (None, (await town.unit("D00000")).id)
    assert "vẫn gắn với <b>Đội hình số 0</b>" in town.last


async def test_a_refusal_that_says_the_bot_is_out_counts_like_being_told(town: Town) -> None:
    await town.bound()
    town.post.refusal = SendFailed("refused", "blocked", gone=True)
    await town.group(LEADER, "/donvi")
    assert (await town.chat()).left_at is not None
    async with town.db.read() as session:
        assert len((await session.scalars(select(Outbox.id).where(Outbox.once.contains(":left:")))).all()) == 1


async def test_when_who_bound_it_may_no_longer_those_in_charge_hear_it(town: Town) -> None:
    await town.bound()
    async with town.db.write() as session:
        await session.execute(update(Role).where(Role.person_id == 1).values(until=datetime(2026, 1, 1, tzinfo=UTC)))
        unit = await units.with_code(session, "D00000")
        assert unit is not None
        session.add(Role(person_id=2, unit_id=unit.id, kind="leader", since=datetime(2026, 1, 1, tzinfo=UTC)))
    await town.membership("member", "left")
    async with town.db.read() as session:
        news = await session.scalars(select(Outbox.address).where(Outbox.once.contains(":left:")))
        assert news.all() == [str(BESIDE)]


async def test_what_cannot_be_read_in_a_group_disturbs_nobody_there(town: Town) -> None:
    for _try in range(4):
        await town.group(LEADER, "/donvi", entities="not a list")
    assert town.post.sent == []
    await town.group(LEADER, "/donvi")
    assert "chưa gắn với đơn vị nào" in town.last


async def test_a_right_more_or_less_and_a_channel_are_nothing_to_us(town: Town) -> None:
    await town.membership("member", "administrator")
    await town.membership("administrator", "restricted")
    assert await town.rows() == []
    assert town.post.sent == []


async def test_a_new_title_is_known_even_from_an_administrator_who_hides(town: Town) -> None:
    await town.bound()
    said = len(town.post.sent)
    sender = {"id": 1_087_968_824, "is_bot": True, "first_name": "Group"}
    hidden: dict[str, Any] = {"from": sender, "sender_chat": {"id": GROUP, "type": "group", "title": "Tên mới"}}
    await town.group(LEADER, new_chat_title="Tên mới", **hidden)
    assert (await town.chat()).title == "Tên mới"
    assert len(town.post.sent) == said
    await town.group(LEADER, "/donvi", **hidden)
    assert "Nhóm này gắn với <b>Đội hình số 0</b>" in town.last


async def test_of_what_people_say_in_a_group_nothing_is_kept(town: Town) -> None:
    await town.group(LEADER, "chào cả nhà")
    await town.group(LEADER, "/baocao")
    await town.private(LEADER, "/donvi")
    async with town.db.read() as session:
        kept = (await session.execute(select(Inbox.chat, Inbox.payload, Inbox.state).order_by(Inbox.id))).all()
        names = await session.scalars(select(Account.name).where(Account.address == str(GROUP)))
    assert [(chat, payload != {}, state) for chat, payload, state in kept] == [
        (str(GROUP), False, "done"),
        (str(GROUP), False, "done"),
        (str(LEADER), True, "done"),
    ]
    assert names.all() == ["Nhóm đội"]


async def test_who_bound_a_group_finds_it_among_their_data(town: Town) -> None:
    await town.bound()
    async with town.db.read() as session:
        (fact,) = await group_chats.facts(session, 1)
    assert (fact["title"], fact["unit"]) == ("Nhóm đội", "Đội hình số 0")
    await town.private(LEADER, "/taikhoan")
    await town.presses(LEADER, "Dữ liệu của tôi")
    assert "Gắn nhóm chat «Nhóm đội» với Đội hình số 0" in town.last


async def test_the_menu_in_a_group_holds_what_is_answered_there(tmp_path: Path) -> None:
    assert set(group_chat.MENU) <= set(group_chat.ANSWERED_HERE)
    async with BotApi() as api:
        channel = Telegram(TOKEN, api.url, tmp_path)
        try:
            await channel.offer_in_groups([(word, "x") for word in group_chat.MENU])
            shown = await channel.bot.get_my_commands(BotCommandScopeAllGroupChats())
        finally:
            await channel.close()
    assert [each.command for each in shown] == list(group_chat.MENU)


async def test_a_teams_group_sees_its_own_report_and_not_what_became_part_of_it(town: Town) -> None:
    await town.bound()
    async with town.db.write() as session:
        team = await units.with_code(session, "D00000")
        assert team is not None
        old = await units.add(session, code="OLD", name="Đội cũ", kind="team", parent=team)
        for period in await session.scalars(select(Obligation.period_id).where(Obligation.unit_id == team.id)):
            session.add(Obligation(period_id=period, unit_id=old.id))
    await town.group(BESIDE, "/tiendo")
    assert town.last.count("📊") == 1
    assert "· Đội hình số 0" in town.last


# --- another address ------------------------------------------------------------------------------------------------


async def test_a_group_that_moved_takes_everything_along_in_one_step(town: Town) -> None:
    await town.bound()
    await town.owe()
    moved = await town.group(LEADER, migrate_to_chat_id=SUPER)
    await town.group(LEADER, chat=SUPER, migrate_from_chat_id=GROUP)
    await town.happens(moved)
    chat = await town.chat()
    assert (chat.address, chat.unit_id) == (str(SUPER), (await town.unit("D00000")).id)
    assert await town.owed() == (str(SUPER), "ready")
    await town.group(LEADER, "/donvi", chat=SUPER)
    assert "Nhóm này gắn với <b>Đội hình số 0</b>" in town.said_to(SUPER)[-1]


async def test_a_refused_send_that_names_the_new_address_moves_the_same(town: Town) -> None:
    await town.bound()
    await town.owe()
    town.post.refusal = SendFailed("later", "migrated", new_address=str(SUPER))
    await town.group(LEADER, "/tiendo")
    assert (await town.chat()).address == str(SUPER)
    assert await town.owed() == (str(SUPER), "ready")
    assert "Đội hình số 0" in town.said_to(SUPER)[-1]
    await town.group(LEADER, migrate_to_chat_id=SUPER)  # and then says so itself
    assert (await town.chat()).address == str(SUPER)


async def test_a_new_address_that_spoke_before_it_was_known_takes_the_binding_over(town: Town) -> None:
    await town.bound()
    await town.membership("left", "member", chat=SUPER)
    await town.group(LEADER, migrate_to_chat_id=SUPER)
    team = (await town.unit("D00000")).id
    assert [(each.address, each.unit_id) for each in await town.rows()] == [(str(GROUP), None), (str(SUPER), team)]
    await town.group(LEADER, "/donvi", chat=SUPER)
    assert "Nhóm này gắn với <b>Đội hình số 0</b>" in town.said_to(SUPER)[-1]


async def test_two_who_bind_at_the_same_moment_leave_one_binding(town: Town) -> None:
    await town.membership("left", "member")
    link = town.link("Gắn nhóm này")
    await town.private(LEADER, link)
    await town.private(BESIDE, link)
    both = []
    for who, label in ((LEADER, "Đội hình số 0"), (BESIDE, "Đội hình số 1")):
        town.count += 1
        both.append(presses(town.count, who, town.button(who, label).data))
    await town.app.receive("telegram", events(both))
    await town.app.catch_up()
    assert (await town.chat()).unit_id == (await town.unit("D00000")).id
    assert await town.deeds() == ["group_chat.bind"]
    assert "ngoài phạm vi của anh/chị" in town.said_to(BESIDE)[-1]


async def test_moving_what_nobody_knows_changes_nothing(db: Database) -> None:
    async with db.write() as session:
        await group_chats.move(session, "telegram", "-1", "-2")
        await group_chats.left(session, "telegram", "-1", datetime.now(UTC))
    async with db.read() as session:
        assert (await session.scalars(select(GroupChat))).all() == []


def test_every_text_about_them_is_said_and_every_text_said_is_there() -> None:
    root = Path(__file__).parents[1]
    told = [*root.glob("handlers/group_chat*.py"), root / "models/group_chats.py"]
    told += root.glob("bot/content/texts/group_chat*.yaml")
    said = {key for path in told for key in re.findall(r'"(group_chat(?:_\w+)?\.\w+)"', path.read_text("utf-8"))}
    actions = {name for name in (*features.ACTIONS, *features.FLOWS, *GRANTS) if name.startswith("group_chat.")}
    menu = {f"group_chat.command_{word}" for word in group_chat.MENU}
    assert (said - actions) | menu == {key for key in words_in().keys if key.startswith("group_chat")}
