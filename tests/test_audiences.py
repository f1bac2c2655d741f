"""Whom an announcement reaches: current roles of the office's own subtree, each person once, with the right chat."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audience_choices, chats, merging
from models.audiences import describe, preview, reached, still_meant
from models.database import Database
from models.insertion import insert_once
from models.people import NEVER_OPENED
from models.rules.audience_words import parts_of
from models.rules.audiences import Audience
from models.rules.folding import fold
from models.rules.reaches import Reach
from models.tables import (
    Account,
    Announcement,
    Group,
    GroupChat,
    GroupUnit,
    HandOver,
    Mute,
    Person,
    Recipient,
    Role,
    Talk,
    Unit,
)
from tests.office import Office, at, named, open_office

NOW = at("2026-11-26", "09:00")
WHOLE = Audience((1,))
PROVINCE, NEAR, FAR = 1, 2, 3  # the office, two of its communes
TEAMS = (6, 7, 8, 9, 10, 11, 12, 13)  # 6 and 10 in 2, 7 and 11 in 3, 8 and 12 in 4, 9 and 13 in 5
SECRETARY, BOTH = 101, 102


@pytest.fixture
async def office(db: Database) -> Office:
    """Four communes (2 to 5) with two teams each (6 to 13), a leader with a chat of the same number in each."""
    office = await open_office(db, communes=4, teams=8)
    await office.tick(at("2026-11-10"), deliver=False)
    async with db.write() as session:
        await somebody(session, SECRETARY, (NEAR, "secretary"))
        await somebody(session, BOTH, (FAR, "coordinator"), (7, "member"), (11, "deputy"))
        for number, members in ((1, (2, 3)), (2, (4,))):
            await insert_once(session, Group, {
                "id": number, "unit_id": PROVINCE, "kind": "cluster", "name": f"Cụm {number}",
                "name_folded": f"cum {number}", "created_at": NOW,
            })  # fmt: skip
            rows = [{"group_id": number, "unit_id": each, "since": date(2026, 1, 1)} for each in members]
            await insert_once(session, GroupUnit, rows)
    return office


async def somebody(session: AsyncSession, who: int, *roles: tuple[int, str], chat: bool = True) -> None:
    await insert_once(session, Person, {"id": who, **named(f"Người {who}"), "created_at": NOW})
    if chat:
        await insert_once(session, Account, _chat(who, who))
    rows = [{"person_id": who, "unit_id": unit, "kind": kind, "since": NOW} for unit, kind in roles]
    await insert_once(session, Role, rows)


def _chat(number: int, who: int, **more: Any) -> dict[str, Any]:
    return {"id": number, "channel": "webchat", "address": str(number), "person_id": who, "seen_at": NOW, **more}


async def of(office: Office, audience: Audience, unit_id: int = PROVINCE, kind: str = "duty") -> list[Reach]:
    async with office.db.read() as session:
        return await reached(session, audience, await session.get_one(Unit, unit_id), kind, NOW)


def ids(found: Sequence[Reach]) -> list[int]:
    return sorted(each.person_id or 0 for each in found)


async def test_everybody_below_is_reached_once_however_many_roles_they_hold(office: Office) -> None:
    found = await of(office, WHOLE)
    assert ids(found) == [1, *TEAMS, SECRETARY, BOTH]
    seen = preview(found, {"webchat": 2}, sample=3)
    assert (seen.total, seen.by_channel, seen.teams) == (11, {"webchat": 11}, 8)
    assert (len(seen.names), seen.duration) == (3, timedelta(seconds=5.5))


@pytest.mark.parametrize(
    "audience, people",
    [
        (Audience((1,), roles=("leader",)), TEAMS),
        (Audience((1,), roles=("leader",), kinds=("commune",)), TEAMS),
        (Audience((1,), kinds=("commune",)), (SECRETARY, BOTH)),
        (Audience(groups=(1,), roles=("leader",)), (6, 7, 10, 11)),
        (Audience(groups=(1,), units=(4,), roles=("leader",), but_units=(7,)), (6, 8, 10, 11, 12)),
        (Audience((1,), roles=("leader",), but_groups=(1,), but_people=(8,)), (9, 12, 13)),
        (Audience((2,), people=(9,)), (6, 9, 10, SECRETARY)),
        (Audience((2,), people=(9,), but_units=(5,)), (6, 9, 10, SECRETARY)),
        (Audience(people=(9, 8, 9)), (8, 9)),
        (Audience((7,), roles=("member",)), (BOTH,)),
        (Audience(), ()),
        (Audience(roles=("leader",)), ()),
    ],
)
async def test_what_is_chosen_adds_up_and_what_is_taken_out_is_out(
    office: Office, audience: Audience, people: tuple[int, ...]
) -> None:
    assert tuple(ids(await of(office, audience))) == people


async def test_no_number_reaches_anybody_outside_the_office(office: Office) -> None:
    async with office.db.write() as session:
        session.add(Announcement(id=50, unit_id=PROVINCE, created_at=NOW, state="sent"))
        await session.flush()
        session.add_all([Recipient(announcement_id=50, person_id=who) for who in (6, 7, 8)])
        session.add(GroupChat(id=70, channel="telegram", address="-70", unit_id=FAR))
    everything = Audience(
        units=(1, 2, 3, 7), groups=(1, 2), people=(1, *TEAMS, BOTH), earlier=50, chats=True
    )  # fmt: skip
    assert ids(await of(office, everything, NEAR)) == [6, 10, SECRETARY]
    assert ids(await of(office, Audience(earlier=50), NEAR)) == []
    assert ids(await of(office, Audience(groups=(1,)), NEAR)) == []
    async with office.db.read() as session:
        described = await describe(session, everything, await session.get_one(Unit, NEAR))
    assert (described.units, described.groups, len(described.people)) == (("Xã 001",), (), 2)


async def test_random_audiences_obey_the_bound_the_exclusions_and_the_count(office: Office) -> None:
    chance = Random(7)

    def some(of_them: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(chance.sample(of_them, chance.randint(0, 2)))

    async with office.db.read() as session:
        paths = {unit_id: path for unit_id, path in await session.execute(select(Unit.id, Unit.path))}
        held = (await session.execute(select(Role.person_id, Role.unit_id))).all()
        for _ in range(40):
            audience = Audience(
                some(range(1, 14)), some((1, 2, 99)), some(("team", "commune")),
                some(("leader", "secretary", "member")), chance.choice((0, await office.period())),
                some((*TEAMS, BOTH)), some(range(2, 14)), some((1, 2)), some((*TEAMS, BOTH)),
            )  # fmt: skip
            bound = chance.choice((PROVINCE, NEAR, FAR))
            unit = await session.get_one(Unit, bound)
            found = await reached(session, audience, unit, "duty", NOW)
            assert len({each.person_id for each in found}) == len(found) == preview(found, {}).total
            announcement = Announcement(unit_id=bound, audience=audience.as_dict(), kind="duty")
            for who in {person for person, _ in held}:
                recipient = Recipient(person_id=who)
                assert await still_meant(session, announcement, recipient, NOW) == (who in ids(found))
            for each in found:
                path = paths[each.unit_id]
                assert path.startswith(unit.path)
                assert each.person_id not in audience.but_people
                within = {int(part) for part in path.strip("/").split("/")}
                assert each.person_id in audience.people or not within & set(audience.but_units)


async def test_who_left_is_erased_or_sits_in_a_closed_unit_is_nobody(office: Office) -> None:
    async with office.db.write() as session:
        await session.execute(update(Role).where(Role.person_id == 6).values(until=NOW - timedelta(days=1)))
        await session.execute(update(Person).where(Person.id == 7).values(erased_at=NOW))
        await session.execute(update(Unit).where(Unit.id == 8).values(closed_on=date(2026, 11, 26)))
        await session.execute(update(Unit).where(Unit.id == 9).values(closed_on=date(2026, 11, 27)))
    named_too = Audience((1,), roles=("leader",), people=(6, 7, 8))
    assert ids(await of(office, named_too)) == [9, 10, 11, 12, 13]


async def test_late_are_those_who_answer_for_what_is_owed_now(office: Office) -> None:
    period = await office.period()
    await office.submit(6, NOW, LL02=1)
    late = Audience((1,), late=period)
    # BOTH is deputy of 11 and only a member of 7
    assert ids(await of(office, late)) == [7, 8, 9, 10, 11, 12, 13, BOTH]
    assert ids(await of(office, replace(late, roles=("secretary",)))) == [SECRETARY]
    assert ids(await of(office, replace(late, roles=("coordinator",), but_units=(7, 11)))) == [1]
    await office.submit(10, NOW, LL02=1)
    assert ids(await of(office, replace(late, roles=("secretary",)))) == []
    async with office.db.write() as session:
        session.add(HandOver(unit_id=8, role="leader", from_person=8, on_day=NOW.date(), stays=False, state="open", created_at=NOW))  # fmt: skip  # noqa: E501
    assert 8 not in ids(await of(office, late))


async def test_a_report_filed_a_minute_ago_is_no_longer_late(office: Office) -> None:
    announcement = Announcement(
        unit_id=PROVINCE, audience=Audience((1,), late=await office.period()).as_dict(), kind="duty"
    )
    recipient = Recipient(person_id=6)
    async with office.db.read() as session:
        assert await still_meant(session, announcement, recipient, NOW)
    await office.submit(6, NOW, LL02=1)
    async with office.db.read() as session:
        assert not await still_meant(session, announcement, recipient, NOW)


async def test_the_chat_used_last_is_written_to_and_who_has_none_is_told_why(office: Office) -> None:
    async with office.db.write() as session:
        await insert_once(session, Account, _chat(201, 6, seen_at=NOW - timedelta(days=300)))
        await insert_once(session, Talk, {"account_id": 201, "updated_at": NOW + timedelta(minutes=1)})
        await insert_once(session, Account, _chat(202, 6, unreachable="blocked", seen_at=NOW + timedelta(days=1)))
        await session.execute(update(Account).where(Account.id == 7).values(unreachable="Forbidden: bot was blocked"))
        await session.execute(update(Account).where(Account.id == 8).values(unreachable=NEVER_OPENED))
        await somebody(session, 103, (9, "member"), chat=False)
    found = {each.person_id: each for each in await of(office, WHOLE)}
    assert (found[6].account_id, found[6].address, found[6].state) == (201, "201", "waiting")
    async with office.db.read() as session:
        written = await chats.written_to(session, 6)
    assert written is not None
    assert written.id == 201
    reasons = {who: (found[who].state, found[who].reason, found[who].account_id) for who in (7, 8, 103)}
    assert reasons == {
        7: ("unreachable", "blocked", None),
        8: ("unreachable", "never_started", None),
        103: ("unreachable", "no_chat", None),
    }


async def test_news_may_be_muted_and_a_duty_may_not(office: Office) -> None:
    async with office.db.write() as session:
        session.add(Mute(person_id=6, kind="news", at=NOW))
        session.add(Mute(person_id=7, kind="weekly", at=NOW))
    audience = Audience((1,), roles=("leader",))
    states = {each.person_id: each.state for each in await of(office, audience, kind="news")}
    assert [who for who, state in states.items() if state == "muted"] == [6]
    assert {each.state for each in await of(office, audience)} == {"waiting"}
    announcement = Announcement(unit_id=PROVINCE, audience=audience.as_dict(), kind="news")
    async with office.db.read() as session:
        assert not await still_meant(session, announcement, Recipient(person_id=6), NOW)
        assert await still_meant(session, announcement, Recipient(person_id=7), NOW)


async def test_group_chats_bound_below_are_reached_when_they_are_wanted(office: Office) -> None:
    async with office.db.write() as session:
        for number, unit, left in ((70, NEAR, None), (71, FAR, None), (72, NEAR, NOW), (73, None, None)):
            chat = {"channel": "telegram", "address": f"-{number}", "title": f"Nhóm {number}", "left_at": left}
            session.add(GroupChat(id=number, unit_id=unit, **chat))
    found = await of(office, Audience((NEAR,), kinds=("commune",), chats=True))
    assert [(each.group_chat_id, each.channel, each.address) for each in found if each.group_chat_id] == [
        (70, "telegram", "-70")
    ]
    assert preview(found, {}).chats == 1
    assert [each.group_chat_id for each in await of(office, Audience((NEAR,)))] == [None] * 3
    announcement = Announcement(unit_id=PROVINCE, audience=Audience((1,), chats=True).as_dict(), kind="duty")
    async with office.db.read() as session:
        meant = [
            await still_meant(session, announcement, Recipient(group_chat_id=each), NOW) for each in (70, 71, 72, 73)
        ]
    assert meant == [True, True, False, False]


async def test_those_of_an_earlier_announcement_are_reached_again_and_nobody_else(office: Office) -> None:
    async with office.db.write() as session:
        session.add(GroupChat(id=70, channel="telegram", address="-70", unit_id=NEAR))
        session.add(Announcement(id=50, unit_id=PROVINCE, created_at=NOW, state="sent"))
        await session.flush()
        session.add_all([Recipient(announcement_id=50, person_id=who) for who in (6, 7, 8)])
        session.add(Recipient(announcement_id=50, group_chat_id=70))
        await session.execute(update(Role).where(Role.person_id == 7).values(until=NOW))
    found = await of(office, Audience(earlier=50, but_people=(8,)))
    assert [(each.person_id, each.group_chat_id) for each in found] == [(6, None), (None, 70)]


async def test_two_who_turned_out_to_be_one_are_one(office: Office) -> None:
    async with office.db.write() as session:
        into, gone = await session.get_one(Person, 6), await session.get_one(Person, 7)
        await merging._merge(session, into, gone, NOW)
    assert ids(await of(office, Audience((1,), roles=("leader",)))) == [6, 8, 9, 10, 11, 12, 13]
    assert ids(await of(office, Audience(people=(6, 7)))) == [6]
    assert ids(await of(office, Audience((1,), roles=("leader",), but_people=(7,)))) == [8, 9, 10, 11, 12, 13]


async def test_an_office_may_choose_only_what_is_its_own(office: Office) -> None:
    period = await office.period()
    async with office.db.write() as session:
        session.add(Announcement(id=50, unit_id=PROVINCE, created_at=NOW, state="sent"))
        for who, name in ((6, "Lê Quốc An"), (7, "Lê Quốc Ân")):
            await session.execute(update(Person).where(Person.id == who).values(**named(name)))
    rows = (("units", 3), ("units", 2), ("groups", 1), ("people", 7), ("people", 6), ("late", period), ("earlier", 50))
    async with office.db.read() as session:
        near, top = await session.get_one(Unit, NEAR), await session.get_one(Unit, PROVINCE)
        inside = [await audience_choices.is_inside(session, near, *row, NOW) for row in rows]
        assert inside == [False, True, False, False, True, True, False]
        assert all([await audience_choices.is_inside(session, top, *row, NOW) for row in rows])
        known = await audience_choices.named(session, near)
        parts = parts_of("Đội 0002, Lê Quốc Ân, Đội 0001, chị quốc an, cụm 1", known.ways)
        looked = await audience_choices.look_up(session, near, known, parts, NOW)
        names = [(each.choices[0].name, each.is_there) for each in looked.values() if each.choices]
    # with other marks than were typed it is asked about, and what lies outside is not there
    assert names == [("Lê Quốc An", False), ("Đội 0001", True), ("Lê Quốc An", True)]


async def test_whoever_is_added_by_hand_stays_in_though_their_unit_is_taken_out(office: Office) -> None:
    audience = Audience((PROVINCE,), but_units=(NEAR,)).with_choice("people", SECRETARY)
    assert SECRETARY in {each.person_id for each in await of(office, audience)}
    out = audience.with_choice("people", SECRETARY, without=True)
    assert SECRETARY not in {each.person_id for each in await of(office, out)}
    assert await of(office, audience, unit_id=FAR) == await of(office, replace(audience, people=()), unit_id=FAR)


async def test_a_name_is_found_by_whole_words_and_two_meanings_are_both_offered(office: Office) -> None:
    async with office.db.write() as session:
        await session.execute(update(Unit).where(Unit.id == NEAR).values(name="Cao Lãnh", name_folded="cao lanh"))
        await session.execute(update(Unit).where(Unit.id == FAR).values(name="Tân Bình", name_folded="tan binh"))
        for who, name in ((SECRETARY, "Nguyễn Thị Lan"), (BOTH, "Võ Thanh Bình")):
            folded = {"name": name, "name_folded": fold(name)}
            await session.execute(update(Person).where(Person.id == who).values(**folded))
    async with office.db.read() as session:
        place = await session.get_one(Unit, PROVINCE)
        known = await audience_choices.named(session, place)
        meant = {}
        for text in ("Lan", "Bình", "Tân Bình"):
            parts = parts_of(text, known.ways)
            (found,) = (await audience_choices.look_up(session, place, known, parts, NOW)).values()
            meant[text] = [(each.field, each.id) for each in found.choices]
    assert meant["Lan"] == [("people", SECRETARY)]
    assert meant["Bình"] == [("units", FAR), ("people", BOTH)]
    assert meant["Tân Bình"] == [("units", FAR)]
