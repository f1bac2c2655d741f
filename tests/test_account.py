"""What a person sees of themselves, and what is left of them after they asked to be forgotten."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from handlers import account
from handlers.access import asked_of
from handlers.turn import Press, Turn
from models import inbox, outbox, people, privacy, tidying, units, webchat
from models.database import Database
from models.invitations import issue
from models.messages import Incoming, Message, unpack
from models.programmes import Library
from models.rules.invitations import InvitationPolicy
from models.tables import (
    Account,
    Answer,
    Audit,
    Inbox,
    Invitation,
    Outbox,
    PeriodRow,
    Person,
    ProgrammeRow,
    Remark,
    Report,
    Revision,
    Role,
    Talk,
    Unit,
    WebMessage,
)
from tests.shipped import words_in

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
LAN = "Nguyễn Thị Lan Canary"
CHANCE = random.Random(7)
WORDS = words_in()


@dataclass
class World:
    """A commune with its coordinator tuan, and a team with leader lan and deputy minh."""

    commune: Unit
    team: Unit
    lan: Person
    minh: Person
    tuan: Person


async def settle_in(session: AsyncSession) -> World:
    root = await units.add(session, code="T", name="Tỉnh Đoàn", kind="province", parent=None)
    commune = await units.add(session, code="X", name="Đoàn phường Mỹ Tho", kind="commune", parent=root)
    team = await units.add(session, code="D", name="Đội hình Mỹ Tho", kind="team", parent=commune)
    lan = await join(session, "lan", LAN, team, "leader")
    minh = await join(session, "minh", "Trần Minh", team, "deputy")
    tuan = await join(session, "tuan", "Lê Anh Tuấn", commune, "coordinator")
    return World(commune, team, lan, minh, tuan)


async def join(session: AsyncSession, address: str, name: str, unit: Unit, role: str) -> Person:
    met, _, _, _ = await people.meet(session, "webchat", address, name, NOW)
    person = await people.introduce(session, met, NOW)
    await people.grant(session, person.id, unit.id, role, by=None, now=NOW)
    await session.flush()
    return person


@asynccontextmanager
async def turn_of(
    db: Database, address: str, text: str = "", press: Press | None = None, event: str = "e"
) -> AsyncIterator[Turn]:
    async with db.write() as session:
        met, person, actor, talk = await people.meet(session, "webchat", address, "", NOW)
        incoming = Incoming("webchat", address, event, "button" if press else "text", NOW, text=text)
        name = person.name if person else ""
        turn = Turn(session, incoming, NOW, met, actor, talk, Library(), name=name)
        turn.press = press or turn.press
        yield turn


async def said(db: Database, address: str, text: str, event: str = "e") -> Message:
    async with turn_of(db, address, text, event=event) as turn:
        handler = account.COMMANDS["taikhoan"] if text == "/taikhoan" else account.FLOWS[turn.talk.flow]
        return readable(await handler(turn))


async def pressed(db: Database, address: str, action: str, object: int = 0, arg: str = "") -> Message:
    async with turn_of(db, address, press=Press(action, object, arg=arg)) as turn:
        return readable(await account.ACTIONS[action](turn))


def readable(messages: list[Message]) -> Message:
    """The one screen, once its words have been found for every value and button."""
    (message,) = messages
    WORDS.render(message, lambda button: "sealed")
    return message


def words(message: Message) -> str:
    return WORDS.say(message.key, message.values)


def actions(message: Message) -> list[str]:
    return [button.action for row in message.buttons for button in row]


async def role_id(db: Database, person: Person, unit: Unit) -> int:
    async with db.read() as session:
        wanted = select(Role.id).where(Role.person_id == person.id, Role.unit_id == unit.id)
        return (await session.scalars(wanted)).one()


async def invite(session: AsyncSession, world: World) -> None:
    await issue(
        session, world.team, "member", by=world.lan.id, policy=InvitationPolicy(), random=CHANCE.randrange, now=NOW
    )


async def count(session: AsyncSession, statement: Any) -> int:
    return await session.scalar(select(func.count()).select_from(statement.subquery())) or 0


@pytest.fixture
async def world(db: Database) -> World:
    async with db.write() as session:
        return await settle_in(session)


def test_cannot_reach_anybody_but_oneself() -> None:
    routed = [*account.COMMANDS.values(), *account.FLOWS.values(), *account.ACTIONS.values()]
    assert {asked_of(handler) for handler in routed} == {"public"}
    assert all(len(action) <= 16 for action in account.ACTIONS)


async def test_cannot_see_anything_as_a_stranger(db: Database, world: World) -> None:
    assert (await said(db, "khach", "/taikhoan")).key == "menu.stranger"
    for action in account.ACTIONS:
        assert (await pressed(db, "khach", action, world.lan.id)).key == "menu.stranger"
    for flow in account.FLOWS:
        async with turn_of(db, "khach", "xoá") as turn:
            turn.ask(flow)
            assert readable(await account.FLOWS[flow](turn)).key == "menu.stranger"
            assert turn.talk.flow == ""


async def test_shows_name_roles_and_what_is_kept(db: Database, world: World) -> None:
    screen = await said(db, "lan", "/taikhoan")
    shown = words(screen)
    assert LAN in shown
    assert "Đội hình Mỹ Tho (từ 20/11/2026)" in shown
    received, sent = tidying.EVENTS_FOR.days, tidying.MESSAGES_FOR.days
    assert f"Tin anh/chị gửi cho bot: {received} ngày; tin bot gửi: {sent} ngày" in shown
    assert "Trần Minh" not in shown
    own = ["account.rename", "account.data", "account.leave", "account.erase"]
    assert actions(screen) == [*own, "mine.show", "link.make", "mute.show", "go"]


async def test_corrects_the_name_and_says_so(db: Database, world: World) -> None:
    await pressed(db, "lan", "account.rename")
    screen = await said(db, "lan", "  Nguyễn   Thị Hoa\u200b ")
    assert "Nguyễn Thị Hoa" in words(screen)
    async with db.read() as session:
        person = await session.get_one(Person, world.lan.id)
        assert (person.name, person.name_folded) == ("Nguyễn Thị Hoa", "nguyen thi hoa")
        assert await count(session, select(Audit).where(Audit.action == "person.rename")) == 1


@pytest.mark.parametrize("typed", ["", "12345", "L", "?!", "0912 345 678", "A" * 81])
async def test_cannot_take_a_name_nobody_could_be_called_by(sqlite_db: Database, typed: str) -> None:
    async with sqlite_db.write() as session:
        await settle_in(session)
    await pressed(sqlite_db, "lan", "account.rename")
    screen = await said(sqlite_db, "lan", typed)
    assert screen.key == "account.rename"
    assert screen.values["problem"]
    async with turn_of(sqlite_db, "lan") as turn:
        assert (turn.name, turn.talk.flow) == (LAN, "account.rename")


async def test_gives_every_own_fact_on_pages_and_nobody_elses(db: Database, world: World) -> None:
    async with db.write() as session:
        report = await file_report(session, world)
        for _ in range(9):
            await invite(session, world)
    first = await pressed(db, "lan", "account.data")
    second = await pressed(db, "lan", "account.data", arg="1")
    text = words(first) + words(second)
    assert (first.values["pages"], actions(first)[0]) == (2, "account.data")
    assert f"BC-2026-10-{report.id:04d}" in text
    assert "mở báo cáo; 1 số liệu; 1 khó khăn, kiến nghị; nộp ngày 20/11/2026" in text
    assert text.count("Lời mời vào") == 9
    assert "Trần Minh" not in text
    beyond = await pressed(db, "lan", "account.data", arg="99")
    assert beyond.values["page"] == 2
    hers = await pressed(db, "minh", "account.data")
    assert "1 số liệu" in words(hers)
    assert "nộp ngày" not in words(hers)


async def file_report(session: AsyncSession, world: World) -> Report:
    """A report begun and filed by lan, in which minh gave one number."""
    plan = ProgrammeRow(code="P", version=1, body={}, loaded_at=NOW)
    session.add(plan)
    await session.flush()
    period = PeriodRow(
        programme_id=plan.id, duty="P/D", form="F", key="2026-10", due_at=NOW,
        starts_on=date(2026, 9, 26), ends_on=date(2026, 10, 25),
    )  # fmt: skip
    session.add(period)
    await session.flush()
    lan = world.lan.id
    report = Report(
        period_id=period.id, unit_id=world.team.id, programme_id=plan.id, state="submitted",
        created_at=NOW, created_by=lan, submitted_at=NOW, submitted_by=lan,
    )  # fmt: skip
    session.add(report)
    await session.flush()
    session.add_all(
        [
            Answer(report_id=report.id, indicator="A1", person_id=lan, at=NOW),
            Answer(report_id=report.id, indicator="A2", person_id=world.minh.id, at=NOW),
            Remark(report_id=report.id, kind="difficulty", code="KK1", text="Mạng yếu", person_id=lan, at=NOW),
            Revision(report_id=report.id, number=1, snapshot={}, person_id=lan, at=NOW),
        ]
    )
    await session.flush()
    return report


async def test_leaves_a_unit_only_after_a_second_word(db: Database, world: World) -> None:
    asked = await pressed(db, "minh", "account.leave")
    assert asked.key == "account.confirm"
    async with turn_of(db, "minh") as turn:
        assert turn.actor.holds("deputy")
    held = await role_id(db, world.minh, world.team)
    assert (await pressed(db, "minh", "account.left", held)).key == "account.left"
    async with turn_of(db, "minh") as turn:
        assert turn.actor.roles == ()
        assert turn.actor.person_id == world.minh.id
    again = await pressed(db, "minh", "account.left", held)
    assert (again.key, again.notice) == ("account.show", "access.stale")
    assert "account.leave" not in actions(again)


async def test_cannot_end_somebody_elses_role(db: Database, world: World) -> None:
    held = await role_id(db, world.minh, world.team)
    for action in ("account.confirm", "account.left"):
        assert (await pressed(db, "lan", action, held)).notice == "access.stale"
    async with turn_of(db, "minh") as turn:
        assert turn.actor.holds("deputy")


async def test_cannot_leave_a_unit_to_nobody(db: Database, world: World) -> None:
    asked = await pressed(db, "lan", "account.leave")
    assert asked.key == "account.last_head"
    assert "Lê Anh Tuấn" in words(asked)
    held = await role_id(db, world.lan, world.team)
    assert (await pressed(db, "lan", "account.left", held)).key == "account.last_head"
    async with db.write() as session:
        await join(session, "hoa", "Phạm Hoa", world.team, "leader")
    assert (await pressed(db, "lan", "account.left", held)).key == "account.left"
    office = await role_id(db, world.tuan, world.commune)
    assert (await pressed(db, "tuan", "account.left", office)).key == "account.last_head"


async def test_chooses_among_several_roles(db: Database, world: World) -> None:
    async with db.write() as session:
        await people.grant(session, world.minh.id, world.commune.id, "coordinator", by=None, now=NOW)
    screen = await pressed(db, "minh", "account.leave")
    assert screen.key == "account.choose_role"
    assert actions(screen) == ["account.confirm", "account.confirm", "go"]


async def test_cannot_be_erased_by_any_other_word(db: Database, world: World) -> None:
    await pressed(db, "lan", "account.erase")
    for typed in ("không", "xoá đi", "", "ok"):
        assert (await said(db, "lan", typed)).values["problem"] == "account.not_erased"
    async with db.read() as session:
        assert (await session.get_one(Person, world.lan.id)).name == LAN


async def converse(db: Database, world: World) -> None:
    """Lan has been here on two chats: messages in and out, an open question, an invitation; minh as well."""
    async with db.write() as session:
        second, _, _, _ = await people.meet(session, "telegram", "777", LAN, NOW)
        second.person_id = world.lan.id
        for channel, chat in (("webchat", "lan"), ("telegram", "777"), ("webchat", "minh")):
            await inbox.store(session, channel, [(f"old-{chat}", chat, {"name": LAN}, "")], NOW)
            met = await session.scalar(select(Account).where(Account.channel == channel, Account.address == chat))
            assert met is not None
            for state in ("ready", "sending", "sent", "unknown"):
                once = f"{chat}:{state}"
                message = Message("menu.head", {"name": LAN if chat != "minh" else "Trần Minh"})
                await outbox.promise(session, message, account=met, once=once, kind="alert", lane=0, at=NOW)
                row = (await session.scalars(select(Outbox).where(Outbox.once == once))).one()
                row.state = state
        await inbox.finish(session, list(await session.scalars(select(Inbox.id))))
        await inbox.store(session, "telegram", [("later", "777", {"text": "/start"}, "")], NOW)
        await webchat.add(session, address="lan", mine=True, body={"html": LAN}, at=NOW)
        await webchat.add(session, address="minh", mine=True, body={"html": "minh"}, at=NOW)
        await invite(session, world)
        talk = await session.get_one(Talk, second.id)
        talk.flow, talk.data = "report.number", {"note": LAN}


async def erase_lan(db: Database, typed: str = "Xoá") -> Message:
    await pressed(db, "lan", "account.erase")
    async with db.write() as session:
        await inbox.store(session, "webchat", [("the-word", "lan", {"name": LAN, "text": typed}, "")], NOW)
    return await said(db, "lan", typed, event="the-word")


@pytest.mark.parametrize("typed", ["Xoá", "xóa", "XOA", "«xoá»"])
async def test_the_word_counts_however_it_is_typed(sqlite_db: Database, typed: str) -> None:
    async with sqlite_db.write() as session:
        await settle_in(session)
    assert (await erase_lan(sqlite_db, typed)).key == "account.erased"


async def test_leaves_no_trace_of_an_erased_name(db: Database, world: World) -> None:
    await converse(db, world)
    reply = await erase_lan(db)
    assert reply.key == "account.erased"
    assert LAN not in words(reply)
    chats = ("lan", "777")
    async with db.read() as session:
        handled = select(Inbox.payload).where(Inbox.chat.in_(chats), Inbox.event_id != "later")
        for payload in await session.scalars(handled):
            assert payload == {}
        for body in await session.scalars(select(Outbox.body).where(Outbox.address.in_(chats))):
            assert "Lan" not in json.dumps(body, ensure_ascii=False)
        assert await count(session, select(WebMessage).where(WebMessage.address == "lan")) == 0
        assert LAN not in list(await session.scalars(select(Account.name)))
        for talk in await session.scalars(select(Talk)):
            assert (talk.flow, talk.data) == ("", {})
        for detail in await session.scalars(select(Audit.detail)):
            assert "Lan" not in json.dumps(detail, ensure_ascii=False)
        person = await session.get_one(Person, world.lan.id)
        assert (person.name, person.name_folded, person.erased_at) == ("", "", NOW)


async def test_messages_to_others_keep_a_number_in_place_of_the_name(db: Database, world: World) -> None:
    async with db.write() as session:
        tuan = await people.account_of(session, world.tuan.id)
        assert tuan is not None
        message = Message("start.somebody_joined", {"name": LAN, "role": "leader", "unit": "Đội hình Mỹ Tho"})
        await outbox.promise(session, message, account=tuan, once="join", kind="alert", lane=1, at=NOW)
    await erase_lan(db)
    async with db.read() as session:
        body = await session.scalar(select(Outbox.body).where(Outbox.once == "join"))
        assert body is not None
        assert unpack(body).values == {"name": f"#{world.lan.id}", "role": "leader", "unit": "Đội hình Mỹ Tho"}


async def test_an_erasure_ends_roles_invitations_and_promises(db: Database, world: World) -> None:
    await converse(db, world)
    await erase_lan(db)
    async with db.read() as session:
        assert await privacy.roles_of(session, world.lan.id, NOW) == []
        assert (await session.scalars(select(Invitation.revoked_at))).all() == [NOW]
        for chat in ("lan", "777"):
            rows = await session.execute(select(Outbox.once, Outbox.state).where(Outbox.address == chat))
            states = {once: state for once, state in rows}
            assert states[f"{chat}:ready"] == states[f"{chat}:unknown"] == "cancelled"
            assert states[f"{chat}:sent"] == "sent"
            assert states[f"{chat}:sending"] == "sending"
        assert await outbox.unclear_replies(session) == [
            row for row in await session.scalars(select(Outbox).where(Outbox.once == "minh:unknown"))
        ]
        under_way = await session.scalar(select(Outbox.body).where(Outbox.once == "lan:sending"))
        assert under_way is not None
        assert WORDS.say(unpack(under_way).key)


async def test_an_erasure_touches_nobody_else(db: Database, world: World) -> None:
    await converse(db, world)
    await erase_lan(db)
    async with db.read() as session:
        assert await session.scalar(select(Inbox.payload).where(Inbox.chat == "minh")) == {"name": LAN}
        assert await session.scalar(select(Inbox.payload).where(Inbox.event_id == "later")) == {"text": "/start"}
        assert await session.scalar(select(Outbox.state).where(Outbox.once == "minh:ready")) == "ready"
        assert await count(session, select(WebMessage).where(WebMessage.address == "minh")) == 1
        minh = await session.get_one(Person, world.minh.id)
        assert (minh.name, minh.erased_at) == ("Trần Minh", None)


async def test_an_erased_chat_is_a_strangers_and_may_join_again_as_somebody_new(db: Database, world: World) -> None:
    await erase_lan(db)
    async with turn_of(db, "lan") as turn:
        assert turn.actor.person_id is None
    assert (await said(db, "lan", "/taikhoan")).key == "menu.stranger"
    async with db.write() as session:
        again = await join(session, "lan", "Lan", world.team, "member")
        assert again.id != world.lan.id


async def test_reports_stay_with_a_number_in_place_of_the_name(db: Database, world: World) -> None:
    async with db.write() as session:
        report = await file_report(session, world)
    reply = await erase_lan(db)
    assert str(world.lan.id) in words(reply)
    async with db.read() as session:
        kept = await session.get_one(Report, report.id)
        assert (kept.state, kept.submitted_by) == ("submitted", world.lan.id)
        erased = select(Audit).where(Audit.action == "person.erase", Audit.person_id == world.lan.id)
        assert await count(session, erased) == 1


async def test_whoever_answers_for_the_unit_above_hears_that_a_unit_is_alone(db: Database, world: World) -> None:
    asked = await pressed(db, "lan", "account.erase")
    assert asked.values["alone"] == ["Đội hình Mỹ Tho"]
    assert (await said(db, "lan", "xoa")).key == "account.erased"
    async with db.read() as session:
        (row,) = (await session.scalars(select(Outbox).where(Outbox.kind == "alert"))).all()
        assert row.address == "tuan"
        readable([unpack(row.body)])
        assert "Lan" not in json.dumps(row.body, ensure_ascii=False)


async def test_a_role_already_ended_stays_ended_at_its_own_time(db: Database, world: World) -> None:
    held = await role_id(db, world.minh, world.team)
    await pressed(db, "minh", "account.left", held)
    async with db.write() as session:
        await privacy.erase(session, world.minh.id, event=("webchat", "none"), now=NOW + timedelta(days=1))
    async with db.read() as session:
        assert (await session.get_one(Role, held)).until == NOW
