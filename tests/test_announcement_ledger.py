"""Who has an announcement and who said so: the ledger adds up, a word counts once, asking again bothers nobody else."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession
from xlsxwriter import Workbook

from bot import announcement_sheets
from bot.channels.telegram.reading import incoming_of
from models import (
    announcement_chases,
    announcement_ledger,
    announcement_proof,
    announcement_replies,
    announcement_runs,
    announcements,
    outbox,
    people,
    question_news,
    questions,
)
from models.announcement_chases import Chase
from models.announcement_ledger import CONFIRMED, ELSEWHERE, PARTS, UNCONFIRMED, Place
from models.announcements import Announced
from models.database import Database
from models.days_off import OfficeCalendar
from models.messages import Message
from models.outbox import Settled
from models.questions import Asker
from models.received_announcements import Received
from models.rules.announcement_endings import STATES
from models.tables import Account, Announcement, Audit, Outbox, Person, Question, Recipient, Role, RosterEntry, Unit
from tests.announcing import AUTHOR, NOW, POLICY, Sender, another_chat, planned, tally
from tests.desk import WORDS
from tests.office import Office, at, open_office
from tests.spine import says

COMMUNES, TEAMS = 2, 6  # the province is 1, communes 2 and 3, teams and their leaders from 4 on
LATER = timedelta(hours=4)
CALENDAR = OfficeCalendar()


async def sent(db: Database, outcome: str = "sent", **fields: Any) -> int:
    """An announcement that asks for proof and has ended so for every leader and for the coordinator."""
    number = await planned(db, **{"asks_proof": True, **fields})
    await announcement_runs.carry_out(db, POLICY, NOW)
    await Sender(db).send_all(NOW, outcome)
    await announcement_runs.carry_out(db, POLICY, NOW)
    return number


async def office(db: Database) -> Office:
    made = await open_office(db, communes=COMMUNES, teams=TEAMS)
    if db.url.startswith("postgresql"):  # the office numbers its people itself; newcomers come after them
        async with db.write() as session:
            for table in ("unit", "person", "account"):
                await session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)"))
    return made


async def found(session: AsyncSession, number: int) -> Announced:
    announced = await announcements.find(session, number)
    assert announced is not None
    return announced


async def own(session: AsyncSession, number: int, person_id: int) -> Received:
    mine = select(Recipient.id).where(Recipient.announcement_id == number, Recipient.person_id == person_id)
    received = await announcement_proof.own(session, (await session.scalars(mine)).one(), person_id)
    assert received is not None
    return received


async def confirm(db: Database, number: int, *people: int, now: datetime = NOW) -> list[bool]:
    async with db.write() as session:
        return [await announcement_proof.confirm(session, await own(session, number, each), now) for each in people]


async def chase(db: Database, number: int, now: datetime) -> Chase:
    async with db.write() as session:
        await announcements.lock(session, number)
        return await announcement_chases.chase(session, await found(session, number), POLICY, by=AUTHOR, now=now)


async def look(db: Database, number: int, now: datetime) -> Chase:
    async with db.read() as session:
        return await announcement_chases.look(session, await found(session, number), POLICY, now)


async def delivered(db: Database, now: datetime) -> dict[int, Message]:
    """What is asked again, by account, as the sender finds it at its second."""
    got: dict[int, Message] = {}
    async with db.write() as session:
        for row in await outbox.claim(session, now, 1000):
            message = await announcement_chases.compose(session, row.body) if row.kind == outbox.CHASED else None
            if message is not None:
                got[row.body["account"]] = message
            await outbox.settle(session, [Settled(row.id, "sent" if message else "cancelled", now)])
    return got


async def set_states(db: Database, number: int, states: Sequence[str]) -> None:
    async with db.write() as session:
        mine = select(Recipient).where(Recipient.announcement_id == number).order_by(Recipient.person_id)
        for recipient, state in zip(await session.scalars(mine), states, strict=False):
            recipient.state = state


# --- the word -------------------------------------------------------------------------------------------------------


async def test_a_word_counts_once_whichever_chat_it_comes_from(db: Database) -> None:
    made = await office(db)
    number, who = await sent(db), made.teams[0]
    await another_chat(db, who)
    assert await confirm(db, number, who) == [True]
    assert await confirm(db, number, who, now=NOW + LATER) == [False]
    async with db.read() as session:
        recipient = (await session.scalars(select(Recipient).where(Recipient.confirmed_at.is_not(None)))).one()
        deeds = select(func.count()).where(Audit.action == "announcement.confirm")
        assert (recipient.person_id, recipient.confirmed_at) == (who, NOW)
        assert await session.scalar(deeds) == 1


async def test_what_somebody_else_got_is_not_there(db: Database) -> None:
    made = await office(db)
    number = await sent(db)
    async with db.write() as session:
        theirs = (await own(session, number, made.teams[0])).recipient.id
        assert await announcement_proof.own(session, theirs, made.teams[1]) is None
        assert await announcement_proof.own(session, theirs, None) is None
        assert await announcement_proof.own(session, 10_000, made.teams[0]) is None


async def test_whoever_confirms_an_unclear_one_has_it(db: Database) -> None:
    made = await office(db)
    number, who = await sent(db, "unknown"), made.teams[0]
    total = (await tally(db, number)).total
    await confirm(db, number, who)
    counted = await tally(db, number)
    assert (counted.sent, counted.unknown, counted.confirmed, counted.total) == (1, total - 1, 1, total)


async def test_the_channels_doubt_comes_too_late_for_whoever_has_said_so(db: Database) -> None:
    made = await office(db)
    number = await planned(db, asks_proof=True)
    await announcement_runs.carry_out(db, POLICY, NOW)
    await Sender(db).send_all(NOW, "unknown")  # the ledger has not heard of it yet
    await confirm(db, number, made.teams[0])
    await announcement_runs.carry_out(db, POLICY, NOW)
    async with db.read() as session:
        mine = select(Recipient.state).where(Recipient.person_id == made.teams[0])
        assert (await session.scalars(mine)).one() == "sent"


async def test_open_ones_of_a_person_are_those_that_hold_and_wait(db: Database) -> None:
    made = await office(db)
    who = made.teams[0]
    first, second, quiet = await sent(db), await sent(db), await sent(db, asks_proof=False)
    async with db.write() as session:
        assert [each.number for each in await announcement_proof.unconfirmed_of(session, who)] == [second, first]
        assert [each.number for each in await announcement_proof.latest_of(session, who, 2)] == [quiet, second]
    await confirm(db, second, who)
    async with db.write() as session:
        await session.execute(update(Announcement).where(Announcement.id == first).values(state="recalled"))
        assert await announcement_proof.unconfirmed_of(session, who) == []
        theirs = await announcement_proof.own_of(session, first, who)
        assert theirs is not None
        assert not theirs.holds
        assert not (await own(session, first, who)).holds


# --- the list -------------------------------------------------------------------------------------------------------


@given(
    states=st.lists(st.sampled_from(STATES), min_size=7, max_size=7),
    said=st.lists(st.booleans(), min_size=7, max_size=7),
)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_part_adds_up_from_its_units_down_to_its_names(
    sqlite_db: Database, states: list[str], said: list[bool]
) -> None:
    async with sqlite_db.read() as session:
        number = await session.scalar(select(func.max(Announcement.id)))
    if number is None:
        await office(sqlite_db)
        number = await sent(sqlite_db)
    await set_states(sqlite_db, number, states)
    async with sqlite_db.write() as session:
        mine = select(Recipient).where(Recipient.announcement_id == number).order_by(Recipient.person_id)
        for recipient, yes in zip(await session.scalars(mine), said, strict=True):
            recipient.confirmed_at = NOW if yes else None
    async with sqlite_db.read() as session:
        top = (await found(session, number)).unit
        counts = {part: await announcement_ledger.count(session, number, top, part, Place(top)) for part in PARTS}
        assert sum(counts[state] for state in STATES) == counts[CONFIRMED] + counts[UNCONFIRMED] == 7
        for part in PARTS:
            below = await announcement_ledger.branches(session, number, top, part, top)
            assert sum(each.count for each in below) == counts[part]
            for each in below:
                unit = await session.get_one(Unit, each.unit_id)
                place = Place(unit, alone=unit.id == top.id)
                assert await announcement_ledger.count(session, number, top, part, place) == each.count
                names = await announcement_ledger.entries(session, number, top, part, place, 0, 100)
                assert len(names) == each.count


async def test_pages_of_names_leave_nobody_out_and_show_nobody_twice(db: Database) -> None:
    await office(db)
    number = await sent(db)
    async with db.read() as session:
        top = (await found(session, number)).unit
        pages = [
            await announcement_ledger.entries(session, number, top, "sent", Place(top), offset, 3)
            for offset in (0, 3, 6)
        ]
        ids = [each.id for page in pages for each in page]
        assert len(ids) == len(set(ids)) == TEAMS + 1


async def test_a_unit_that_moved_away_is_listed_apart_and_an_erased_person_without_a_name(db: Database) -> None:
    made = await office(db)
    number = await sent(db)
    async with db.write() as session:
        other = Unit(code="KHAC", name="Tỉnh khác", name_folded="tinh khac", kind="province", path="/900/", id=900)
        session.add(other)
        await session.flush()
        moved = await session.get_one(Unit, made.teams[0])
        moved.path, moved.parent_id = f"/900/{moved.id}/", 900
        (await session.get_one(Person, made.teams[1])).name = ""
    async with db.read() as session:
        top = (await found(session, number)).unit
        below = await announcement_ledger.branches(session, number, top, "sent", top)
        assert [(each.unit_id, each.count) for each in below if each.unit_id == ELSEWHERE] == [(ELSEWHERE, 1)]
        elsewhere = await announcement_ledger.entries(session, number, top, "sent", Place(None), 0, 10)
        assert [each.name for each in elsewhere] == [f"Người {made.teams[0]}"]
        all_names = await announcement_ledger.entries(session, number, top, "sent", Place(top), 0, 10)
        assert len(all_names) == TEAMS + 1
        assert [each.name for each in all_names].count("") == 1


async def test_a_number_to_phone_comes_from_lists_of_this_subtree_alone(db: Database) -> None:
    made = await office(db)
    number, who = await sent(db, "Forbidden: bot was blocked by the user"), made.teams[0]
    async with db.write() as session:
        other = Unit(code="KHAC", name="Tỉnh khác", name_folded="tinh khac", kind="province", path="/900/", id=900)
        session.add(other)
        await session.flush()
        line = {"number": 1, "name": "A", "name_folded": "a", "duty": "leader", "person_id": who, "since": NOW}
        session.add(RosterEntry(unit_id=who, phone="0912345678", **line))
        session.add(RosterEntry(unit_id=900, phone="0999999999", **line))
    async with db.read() as session:
        top = (await found(session, number)).unit
        listed = await announcement_ledger.entries(session, number, top, "failed", Place(top), 0, 10)
        assert {each.phone for each in listed} == {"", "0912345678"}
        assert await announcement_ledger.reasons(session, number, "failed") == {"blocked": TEAMS + 1}


async def test_the_sheet_lists_everybody_and_no_name_is_a_formula(db: Database, tmp_path: Path) -> None:
    made = await office(db)
    number, who = await sent(db), made.teams[0]
    await confirm(db, number, made.teams[1])
    async with db.write() as session:
        (await session.get_one(Person, who)).name = "=1+1"
        line = {"number": 1, "name": "A", "name_folded": "a", "duty": "leader", "person_id": who, "since": NOW}
        session.add(RosterEntry(unit_id=who, phone="0912345678", **line))
    for phones in (True, False):
        made_file = await announcement_sheets.document(db, WORDS, tmp_path, number, NOW, phones=phones)
        page = openpyxl.load_workbook(tmp_path / made_file.path).active
        assert page is not None
        rows = [list(row) for row in page.iter_rows(min_row=4)]
        heads = [cell.value for cell in rows[0]]
        assert (heads[-1] == "Điện thoại") == phones
        assert len(rows) == TEAMS + 2
        named = {row[1].value: row for row in rows[1:]}
        assert named["=1+1"][1].data_type == "s"
        assert ("0912345678" in [cell.value for cell in named["=1+1"]]) == phones
        said = [row[9].value for row in rows[1:] if row[9].value]
        assert len(said) == 1


async def test_two_who_ask_for_the_sheet_at_once_both_get_it_whole(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office(db)
    number, write, others = await sent(db), announcement_sheets._Page.write, 1

    def write_while_another_does(page: Any, target: Path, rows: Any) -> None:
        class Slow(Workbook):  # type: ignore[misc]
            def close(self) -> None:
                nonlocal others
                super().close()
                if others:
                    others = 0
                    write(page, target, rows)

        monkeypatch.setattr(announcement_sheets, "Workbook", Slow)
        write(page, target, rows)

    monkeypatch.setattr(announcement_sheets._Page, "write", write_while_another_does)
    made_file = await announcement_sheets.document(db, WORDS, tmp_path, number, NOW, phones=False)
    assert others == 0
    assert openpyxl.load_workbook(tmp_path / made_file.path).active is not None
    assert [path.name for path in (tmp_path / made_file.path).parent.iterdir()] == [Path(made_file.path).name]


async def test_whoever_may_not_read_the_numbers_never_gets_the_sheet_of_somebody_who_may(
    db: Database, tmp_path: Path
) -> None:
    await office(db)
    number = await sent(db)
    files = [
        await announcement_sheets.document(db, WORDS, tmp_path, number, NOW, phones=phones) for phones in (False, True)
    ]
    assert files[0].path != files[1].path


# --- asking again ---------------------------------------------------------------------------------------------------


async def test_only_the_silent_are_asked_again_in_another_text_and_at_most_twice(db: Database) -> None:
    made = await office(db)
    number = await sent(db)
    await confirm(db, number, *made.teams[:4])
    assert (await chase(db, number, NOW)).people == 3
    asked = await delivered(db, NOW)
    assert sorted(asked) == [AUTHOR, *made.teams[4:]]
    assert {each.key for each in asked.values()} == {"announcement_chase.ask"}
    assert {each.values["times"] for each in asked.values()} == {1}
    plan = await chase(db, number, NOW + timedelta(hours=3))
    assert plan.again_at == NOW + LATER
    assert await delivered(db, NOW + timedelta(hours=3)) == {}
    assert (await chase(db, number, NOW + LATER)).people == 3
    assert {each.values["times"] for each in (await delivered(db, NOW + LATER)).values()} == {2}
    third = await chase(db, number, NOW + 2 * LATER)
    assert (third.people, third.spent) == (0, 3)
    async with db.write() as session:  # who came late to it is asked alone, not those asked twice
        (await own(session, number, made.teams[0])).recipient.confirmed_at = None
    assert (await chase(db, number, NOW + 2 * LATER)).people == 1
    assert list(await delivered(db, NOW + 2 * LATER)) == [made.teams[0]]


async def test_pressed_twice_at_once_it_asks_once(db: Database) -> None:
    await office(db)
    number = await sent(db)
    plans = [await chase(db, number, NOW) for _ in range(2)]
    assert [plan.again_at for plan in plans] == [None, NOW + LATER]
    async with db.read() as session:
        owed = select(func.count()).where(Outbox.kind == outbox.CHASED)
        assert await session.scalar(owed) == TEAMS + 1


async def test_whoever_confirmed_a_second_ago_or_is_gone_is_not_asked(db: Database) -> None:
    made = await office(db)
    number = await sent(db)
    await chase(db, number, NOW)
    await confirm(db, number, made.teams[0])
    async with db.write() as session:
        (await session.get_one(Account, made.teams[1])).unreachable = "blocked"
        (await session.get_one(Account, made.teams[2])).person_id = None
    assert sorted(await delivered(db, NOW)) == [AUTHOR, *made.teams[3:]]


async def test_of_what_was_taken_back_nobody_is_asked(db: Database) -> None:
    await office(db)
    number = await sent(db)
    await chase(db, number, NOW)
    async with db.write() as session:
        await session.execute(update(Announcement).values(state="recalled"))
    assert await delivered(db, NOW) == {}


async def test_at_night_it_waits_for_the_morning(db: Database) -> None:
    await office(db)
    number = await sent(db)
    night, morning = at("2026-11-20", "22:00"), at("2026-11-21", "07:00")
    assert (await chase(db, number, night)).sent_at == morning
    assert await delivered(db, at("2026-11-21", "06:59")) == {}
    assert len(await delivered(db, morning)) == TEAMS + 1


async def test_a_chase_of_the_evening_that_was_not_sent_is_not_sent_at_night(db: Database) -> None:
    await office(db)
    number = await sent(db)
    await chase(db, number, at("2026-11-20", "20:59"))
    assert await delivered(db, at("2026-11-20", "21:30")) == {}
    assert len(await delivered(db, at("2026-11-21", "07:00"))) == TEAMS + 1


async def test_without_proof_only_the_unclear_are_asked(db: Database) -> None:
    await office(db)
    number = await sent(db, asks_proof=False)
    assert (await look(db, number, NOW)).people == 0
    await set_states(db, number, ["unknown", "unknown", "failed"])
    assert (await chase(db, number, NOW)).people == 2
    assert {each.key for each in (await delivered(db, NOW)).values()} == {"announcement_chase.unsure"}


async def test_people_without_a_chat_are_counted_apart(db: Database) -> None:
    made = await office(db)
    number = await sent(db)
    async with db.write() as session:
        (await session.get_one(Account, made.teams[0])).unreachable = "blocked"
    plan = await chase(db, number, NOW)
    assert (plan.people, plan.silent) == (TEAMS, 1)
    spare = await another_chat(db, made.teams[0])
    assert (await chase(db, number, NOW + LATER)).people == TEAMS + 1
    assert spare in await delivered(db, NOW + LATER)


# --- answers --------------------------------------------------------------------------------------------------------


async def replied(db: Database, number: int, who: int, words: str = "Dạ rõ") -> tuple[Question, int]:
    async with db.write() as session:
        received = await own(session, number, who)
        asked = await announcement_replies.asked_by(session, received, words)
        working = await CALENDAR.working_time(session, NOW)
        made = await announcement_replies.reply(session, Asker(who, who), received, asked, working, NOW)
        return made.question, made.told


async def told(db: Database) -> list[int]:
    async with db.read() as session:
        rows = await session.scalars(select(Outbox).where(Outbox.kind == question_news.KIND).order_by(Outbox.id))
        return [row.body["account"] for row in rows]


async def colleague(db: Database) -> int:
    async with db.write() as session:
        session.add(Person(id=500, name="Đồng nghiệp", name_folded="dong nghiep", created_at=NOW))
        await session.flush()
        session.add(Account(id=500, channel="webchat", address="500", person_id=500, seen_at=NOW))
        session.add(Role(person_id=500, unit_id=1, kind="coordinator", since=at("2026-01-02")))
    return 500


async def test_an_answer_lies_at_the_desk_that_sent_it_and_the_author_hears_it(db: Database) -> None:
    made = await office(db)
    await colleague(db)
    number, who = await sent(db, "unknown"), made.teams[0]
    question, count = await replied(db, number, who)
    assert (question.holder_id, question.unit_id, question.announcement_id, count) == (1, who, number, 1)
    assert await told(db) == [AUTHOR]
    async with db.write() as session:
        assert (await own(session, number, who)).recipient.state == "sent"


async def test_when_the_author_left_their_colleagues_hear_it(db: Database) -> None:
    made = await office(db)
    other = await colleague(db)
    number = await sent(db)
    async with db.write() as session:
        await session.execute(update(Role).where(Role.person_id == AUTHOR).values(until=NOW))
    question, count = await replied(db, number, made.teams[0])
    assert (question.holder_id, count, await told(db)) == (1, 1, [other])


async def test_the_desk_sees_which_announcement_is_answered(db: Database) -> None:
    made = await office(db)
    number = await sent(db)
    question, _ = await replied(db, number, made.teams[0])
    async with db.read() as session:
        listed = await questions.find(session, question.id)
        assert listed is not None
        message = question_news.desk_message("question.arrived", listed)
    assert f"Về thông báo số {number}" in WORDS.say(message.key, message.values)


def test_telegrams_own_answer_names_the_message_it_answers() -> None:
    update = says(1, 7, "Dạ rõ")
    update["message"]["reply_to_message"] = {"message_id": 41, "date": 1, "chat": update["message"]["chat"]}
    incoming = incoming_of(update)
    assert incoming is not None
    assert (incoming.reply_ref, incoming.text) == ("41", "Dạ rõ")
    plain = incoming_of(says(2, 7, "Dạ rõ"))
    assert plain is not None
    assert plain.reply_ref == ""


async def test_a_message_of_the_chat_is_known_as_an_announcement_by_its_number_there(db: Database) -> None:
    made = await office(db)
    number, who = await sent(db), made.teams[0]
    async with db.write() as session:
        recipient = (await own(session, number, who)).recipient
        await session.execute(update(Outbox).where(Outbox.id == recipient.outbox_id).values(message_ref="41"))
        where = ("webchat", str(who))
        assert await announcement_proof.answered_message(session, *where, "41") == recipient.id
        assert await announcement_proof.answered_message(session, *where, "42") == 0
        assert await announcement_proof.answered_message(session, "webchat", str(made.teams[1]), "41") == 0


@pytest.mark.parametrize("later", [timedelta(seconds=-1), timedelta(seconds=1)])
async def test_one_is_meant_for_an_announcement_only_when_nothing_was_shown_after_it(
    db: Database, later: timedelta
) -> None:
    made = await office(db)
    number, who = await sent(db), made.teams[0]
    async with db.write() as session:
        *_, talk = await people.meet(session, "webchat", str(who), "", NOW)
        talk.updated_at = NOW - later
        shown = await announcement_proof.shown_last(session, "webchat", str(who), talk, NOW)
        assert bool(shown) == (later > timedelta())
        assert shown in (0, (await own(session, number, who)).recipient.id)
