"""A question finds an office, moves up after 24 working hours, is answered once, and its answer finds whoever asked."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import known_answers, own_data, privacy, question_desks, question_news, questions, units
from models.database import Database
from models.days_off import OfficeCalendar
from models.guides import GuideShelf
from models.messages import Button, Message
from models.questions import Asked, Asker
from models.rules import Refusal
from models.rules.questions import MOST_OPEN
from models.tables import Account, Audit, KnownAnswer, Outbox, Person, Question, Role, Talk, Unit
from scheduler.jobs import tick
from tests.desk import open_desk
from tests.office import Office, at, open_office

PROVINCE, COMMUNE, TEAM, OTHER = 1, 2, 3, 4
ABOVE, LEADER, CLERK = 1, 3, 500  # people: the province's coordinator, the team's leader, the commune's coordinator
SELF = Asker(LEADER, LEADER)
GUEST = 600  # an account without a person
NOW = at("2026-11-20")
CALENDAR = OfficeCalendar()
TEXT = "Ai xác nhận tạm trú cho trẻ em?"


async def office(db: Database, *, clerk: bool = True) -> Office:
    """A province above one commune with two teams; the commune has a coordinator; a guest has written once."""
    made = await open_office(db, communes=1, teams=2)
    async with db.write() as session:
        if clerk:
            session.add(Person(id=CLERK, name="Cán bộ xã", name_folded="can bo xa", created_at=NOW))
            await session.flush()
            session.add(_account(CLERK, CLERK))
            session.add(Role(person_id=CLERK, unit_id=COMMUNE, kind="coordinator", since=at("2026-01-02")))
        session.add(_account(GUEST, None))
        await session.flush()
        if db.url.startswith("postgresql"):  # the office numbers its people itself; newcomers come after them
            for table in ("unit", "person", "account"):
                await session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)"))
    return made


def _account(number: int, person_id: int | None) -> Account:
    return Account(id=number, channel="webchat", address=str(number), person_id=person_id, seen_at=at("2026-01-02"))


async def asked(
    session: AsyncSession, now: datetime, who: Asker = SELF, where: int = TEAM, words: str = TEXT
) -> tuple[Question, int]:
    """The question with how many people were told of it."""
    unit = await session.get_one(Unit, where)
    working = await CALENDAR.working_time(session, now)
    question, desk = await questions.ask(session, who, Asked(words, unit), working, now)
    return question, await question_news.tell_desk(session, question, desk.people, "question.arrived", now)


async def promised(db: Database, kind: str = question_news.KIND) -> list[tuple[str, int, datetime]]:
    """What is owed about questions: which text, to which account, from when on."""
    async with db.read() as session:
        rows = (await session.scalars(select(Outbox).where(Outbox.kind == kind).order_by(Outbox.id))).all()
    return [
        (row.body["key"], row.body["account"], row.due_at) for row in rows if row.body["key"].startswith("question")
    ]


async def question_in(db: Database) -> Question:
    async with db.read() as session:
        return (await session.scalars(select(Question))).one()


@pytest.mark.parametrize(
    "when, moves",
    [
        (at("2026-11-20"), at("2026-11-26", "09:30")),  # a weekend and the day of culture between
        (at("2026-02-12", "16:00"), at("2026-02-25", "08:00")),  # Tết of 2026
        (at("2027-02-03", "16:00"), at("2027-02-16", "08:00")),  # Tết of 2027
    ],
)
async def test_after_24_working_hours_it_moves_up_once_and_both_sides_hear_it(
    db: Database, when: datetime, moves: datetime
) -> None:
    made = await office(db)
    async with db.write() as session:
        question, told = await asked(session, when)
    assert (question.holder_id, question.moves_at, told) == (COMMUNE, moves, 1)
    await made.tick(moves - timedelta(minutes=1))
    assert (await question_in(db)).holder_id == COMMUNE
    for _ in range(3):
        await made.tick(moves)
    moved = await question_in(db)
    assert (moved.holder_id, moved.moves_at, moved.version) == (PROVINCE, None, 2)
    assert await promised(db) == [
        ("question.arrived", CLERK, when),
        ("question.passed", ABOVE, moves),
        ("question.moved", LEADER, moves),
    ]


async def test_after_an_outage_it_moves_one_level_and_says_so_in_the_morning(db: Database) -> None:
    made = await office(db)
    async with db.write() as session:
        top = await units.add(session, code="TW", name="Trung ương Đoàn", kind="central", parent=None)
        for unit in await session.scalars(select(Unit).where(Unit.id != top.id)):
            unit.path = f"/{top.id}{unit.path}"
            unit.parent_id = unit.parent_id or top.id
        chief = Person(name="Trưởng ban", name_folded="truong ban", created_at=NOW)
        session.add(chief)
        await session.flush()
        session.add(Role(person_id=chief.id, unit_id=top.id, kind="administrator", since=NOW))
        session.add(Account(channel="webchat", address="chief", person_id=chief.id, seen_at=NOW))
        await session.flush()
        await asked(session, NOW)
    night, morning = at("2026-12-20", "23:10"), at("2026-12-21", "07:00")
    await made.tick(night)
    moved = await question_in(db)
    assert (moved.holder_id, moved.moves_at) == (PROVINCE, at("2026-12-24", "09:00"))
    assert [due for key, _, due in await promised(db) if key != "question.arrived"] == [morning, morning]


async def test_who_cannot_be_written_to_is_no_office_to_ask(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        await session.execute(update(Account).where(Account.id == CLERK).values(unreachable="blocked"))
        question, told = await asked(session, NOW)
        assert (question.holder_id, question.moves_at, told) == (PROVINCE, None, 1)


async def test_nobody_is_asked_their_own_question(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        question, _ = await asked(session, NOW, Asker(CLERK, CLERK), COMMUNE)
        assert question.holder_id == PROVINCE
        mine, told = await asked(session, NOW, Asker(ABOVE, ABOVE), PROVINCE)
        assert (mine.holder_id, mine.moves_at, told) == (PROVINCE, None, 0)  # it waits for somebody else there


async def test_an_officer_of_one_group_or_field_is_not_taken_for_the_office(db: Database) -> None:
    await office(db, clerk=False)
    async with db.write() as session:
        unit = await session.get_one(Unit, TEAM)
        session.add(Role(person_id=4, unit_id=COMMUNE, kind="officer", field="TO-CHUC", since=NOW))
        await session.flush()
        found = await question_desks.desks_from(session, unit, NOW, None)
        assert [(desk.unit.id, desk.people) for desk in found] == [(PROVINCE, (ABOVE,))]


async def test_with_nobody_above_left_it_stays_where_it_is(db: Database) -> None:
    made = await office(db)
    async with db.write() as session:
        question, _ = await asked(session, NOW)
        await session.execute(update(Account).where(Account.id == ABOVE).values(unreachable="blocked"))
    assert question.moves_at is not None
    await made.tick(question.moves_at)
    stays = await question_in(db)
    assert (stays.holder_id, stays.moves_at, stays.state) == (COMMUNE, None, "open")


async def test_of_two_answers_at_once_one_counts(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        question, _ = await asked(session, NOW)

    async def answer(by: int) -> bool:
        async with db.write() as session:
            listed = await questions.find(session, question.id, lock=True)
            assert listed is not None
            if listed.question.state != "open":
                return False
            await questions.answer(session, listed.question, f"Lời của {by}", by=by, now=NOW)
            return await question_news.tell_answer(session, listed.question, NOW) is not None

    assert sorted(await asyncio.gather(answer(CLERK), answer(ABOVE))) == [False, True]
    assert len(await promised(db, "news")) == 1


@pytest.mark.parametrize("asker", [Asker(LEADER, LEADER), Asker(GUEST, None)])
async def test_the_answer_goes_to_the_chat_that_asked(db: Database, asker: Asker) -> None:
    await office(db)
    async with db.write() as session:
        question, _ = await asked(session, NOW, asker)
        await questions.answer(session, question, "Có", by=CLERK, now=NOW)
        await question_news.tell_answer(session, question, NOW)
        await question_news.tell_answer(session, question, NOW)
    assert [account for _, account, _ in await promised(db, "news")] == [asker.account_id]


async def test_when_that_chat_refuses_it_goes_to_the_persons_other_one_and_a_guests_nowhere(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        other = Account(channel="telegram", address="33", person_id=LEADER, seen_at=NOW)
        session.add(other)
        await session.flush()
        for asker in (Asker(LEADER, LEADER), Asker(GUEST, None)):
            question, _ = await asked(session, NOW, asker)
            await session.execute(update(Account).where(Account.id == asker.account_id).values(unreachable="blocked"))
            await session.refresh(await session.get_one(Account, asker.account_id))
            await questions.answer(session, question, "Có", by=CLERK, now=NOW)
            sent = await question_news.tell_answer(session, question, NOW)
            assert (sent is None) == (asker.person_id is None)
    assert [account for _, account, _ in await promised(db, "alert")] == [other.id]


@pytest.mark.parametrize("seen, sent", [("22:20", "22:40"), ("20:00", "07:00")])
async def test_at_night_only_who_is_awake_gets_the_answer_at_once(db: Database, seen: str, sent: str) -> None:
    await office(db)
    now = at("2026-11-20", "22:40")
    async with db.write() as session:
        question, _ = await asked(session, NOW)
        account = await session.get_one(Account, LEADER)
        account.seen_at = at("2026-11-20", seen)
        await questions.answer(session, question, "Có", by=CLERK, now=now)
        goes = await question_news.tell_answer(session, question, now)
    assert goes == at("2026-11-20" if sent > seen else "2026-11-21", sent)


async def test_word_to_the_office_is_decided_again_when_it_is_sent(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        question, _ = await asked(session, NOW)
        row = (await session.scalars(select(Outbox).where(Outbox.kind == question_news.KIND))).one()

        async def composed() -> Message | None:
            return await question_news.compose(session, GuideShelf(), dict(row.body))

        await questions.add_line(session, question, f"{TEXT}\nCháu 3 tuổi", by=LEADER, now=NOW)
        message = await composed()
        assert message is not None
        assert message.values["text"] == f"{TEXT}\nCháu 3 tuổi"
        assert message.buttons[0][0].version == question.version
        question.holder_id = PROVINCE
        await session.flush()
        assert await composed() is None
        question.holder_id = COMMUNE
        await questions.withdraw(session, question, by=LEADER, now=NOW)
        assert await composed() is None


async def test_what_still_waits_when_the_night_begins_waits_for_the_morning(db: Database) -> None:
    made = await office(db)
    async with db.write() as session:
        await asked(session, at("2026-11-20", "20:58"))
    await tick(made.world, at("2026-11-20", "20:59"))
    assert [due for *_, due in await promised(db)] == [at("2026-11-21", "07:00")]


async def test_a_day_off_marked_later_gives_the_office_its_time_back(db: Database) -> None:
    desk = await open_desk(db)
    await desk.say("hoa", f"/hoi {TEXT}")
    assert (await question_in(db)).moves_at == at("2026-11-26", "09:30:01")
    await desk.say("quang", "/lich")
    await desk.press("quang", "Ngày nghỉ", "Thêm ngày nghỉ")
    await desk.say("quang", "25/11/2026", "Nghỉ phòng bão")
    assert (await question_in(db)).moves_at == at("2026-11-27", "09:30:01")
    await desk.press("quang", "Bỏ 25/11")
    assert (await question_in(db)).moves_at == at("2026-11-26", "09:30:01")


async def test_all_answered_questions_are_counted_however_many_are_looked_through(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = await open_desk(db)
    monkeypatch.setattr(questions, "SEARCHED", 5)
    monkeypatch.setattr(questions.answered, "__defaults__", (0, 5))
    async with db.write() as session:
        unit = (await session.scalars(select(Unit).where(Unit.name == "Đoàn phường Mỹ Tho"))).one()
        many = {"unit_id": unit.id, "holder_id": unit.id, "guide": "", "step": "", "state": "answered", "version": 1}
        for number in range(8):
            words = {"text": f"Tạm trú {number}", "answer": "Cha mẹ", "asked_at": NOW, "answered_at": NOW}
            session.add(Question(**many, **words))
    page = await desk.tap("tuan", Button("", "question.answered_list", unit.id))
    assert page.values["count"] == 8
    page = await desk.tap("tuan", Button("", "question.answered_list", unit.id, arg="6"))
    assert (page.values["count"], len([row for row in page.buttons if row[0].action == "question.card"])) == (8, 2)
    found = await desk.say("tuan", "tạm trú")
    assert (found.values["count"], found.values["searched"]) == (5, 5)


async def test_whoever_is_erased_leaves_the_question_to_nobody_and_sees_it_before(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        waits, _ = await asked(session, NOW)
        done, _ = await asked(session, NOW, words="Câu này đã trả lời rồi phải không?")
        await questions.answer(session, done, "Phải", by=CLERK, now=NOW)
        facts = [each for each in await own_data.facts(session, LEADER) if each["kind"] == "question"]
        assert [(each["deed"], each["text"]) for each in facts] == [("asked", TEXT), ("asked", done.text)]
        clerk = [each for each in await own_data.facts(session, CLERK) if each["kind"] == "question"]
        assert [(each["deed"], each["text"]) for each in clerk] == [("answered", "Phải")]
        await privacy.erase(session, LEADER, event=("webchat", "none"), now=NOW)
    async with db.read() as session:
        rows = {row.id: row for row in await session.scalars(select(Question))}
    assert {(row.account_id, row.person_id) for row in rows.values()} == {(None, None)}
    assert {number: row.state for number, row in rows.items()} == {waits.id: "withdrawn", done.id: "answered"}


async def test_a_known_answer_is_for_its_unit_and_below_until_it_is_taken_out(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        question, _ = await asked(session, NOW)
        await questions.answer(session, question, "Cha mẹ", by=CLERK, now=NOW)
        kept = await known_answers.keep(session, question, TEXT, "Cha mẹ", by=CLERK, now=NOW)
        assert await known_answers.keep(session, question, "Khác", "Khác", by=ABOVE, now=NOW) is kept
        for path, found in (("/1/2/3/", [kept]), ("/1/2/", [kept]), ("/1/", []), ("/1/9/", [])):
            assert await known_answers.likely(session, "trẻ em tạm trú ai xác nhận", "", [path]) == found
        await known_answers.found_helpful(session, kept.id)
        assert kept.helped == 1
        await known_answers.remove(session, kept, by=CLERK, now=NOW)
        assert await known_answers.likely(session, "trẻ em tạm trú ai xác nhận", "", ["/1/2/3/"]) == []
        assert await known_answers.find(session, kept.id) is None


async def test_every_deed_is_written_down(db: Database) -> None:
    made = await office(db)
    async with db.write() as session:
        question, _ = await asked(session, NOW)
        await questions.add_line(session, question, f"{TEXT}\nGấp", by=LEADER, now=NOW)
        gone, _ = await asked(session, NOW, words="Câu này sẽ được thu hồi ngay")
        await questions.withdraw(session, gone, by=LEADER, now=NOW)
    assert question.moves_at is not None
    await made.tick(question.moves_at)
    async with db.write() as session:
        listed = await questions.find(session, question.id, lock=True)
        assert listed is not None
        await questions.answer(session, listed.question, "Cha mẹ", by=ABOVE, now=NOW)
        kept = await known_answers.keep(session, listed.question, TEXT, "Cha mẹ", by=ABOVE, now=NOW)
        await known_answers.remove(session, kept, by=ABOVE, now=NOW)
    async with db.read() as session:
        wanted = select(Audit.action, Audit.person_id).where(
            Audit.object.in_((f"question:{question.id}", f"question:{gone.id}", f"known_answer:{kept.id}"))
        )
        deeds: list[tuple[str, Any]] = [(action, by) for action, by in await session.execute(wanted.order_by(Audit.id))]
    assert deeds == [
        ("question.ask", LEADER),
        ("question.add", LEADER),
        ("question.ask", LEADER),
        ("question.withdraw", LEADER),
        ("question.move", None),
        ("question.answer", ABOVE),
        ("known_answer.keep", ABOVE),
        ("known_answer.remove", ABOVE),
    ]


# --- at the phones ----------------------------------------------------------------------------------------------------


async def test_who_is_in_two_teams_says_for_which_they_ask(db: Database) -> None:
    desk = await open_desk(db)
    async with db.write() as session:
        hoa = (await session.scalars(select(Person).where(Person.name == "Trần Văn Hoà"))).one()
        other = (await session.scalars(select(Unit).where(Unit.name.contains("Cao Lãnh"), Unit.kind == "team"))).one()
        session.add(Role(person_id=hoa.id, unit_id=other.id, kind="member", since=desk.now))
    assert (await desk.say("hoa", f"/hoi {TEXT}")).key == "question.ask_own_place"
    assert (await desk.press("hoa", "Đội hình chuyển đổi số Cao Lãnh")).key == "question.sent"
    asked_from = await question_in(db)
    assert asked_from.unit_id == other.id


async def test_a_place_of_somebody_elses_is_not_taken_from_a_button(sqlite_db: Database) -> None:
    desk = await open_desk(sqlite_db)
    async with sqlite_db.read() as session:
        other = (await session.scalars(select(Unit).where(Unit.name == "Đoàn phường Cao Lãnh"))).one()
    await desk.say("hoa", "/hoi")
    async with sqlite_db.write() as session:
        talk = (await session.scalars(select(Talk).where(Talk.flow == "question.text"))).one()
        talk.data = {"text": TEXT}
    with pytest.raises(Refusal, match=r"permission\.not_found"):
        await desk.tap("hoa", Button("", "question.place", other.id))
    assert await desk.count(Question) == 0


async def test_only_so_many_questions_wait_and_none_is_lost_by_that(sqlite_db: Database) -> None:
    desk = await open_desk(sqlite_db)
    for number in range(MOST_OPEN):
        assert (await desk.say("hoa", f"/hoi Câu thứ {number} về việc {'abcdefgh'[number] * 9}")).key == "question.sent"
    assert (await desk.say("hoa", f"/hoi {TEXT}")).key == "question.too_many"
    await desk.press("hoa", "Câu hỏi của tôi", "Câu thứ 4", "Thu hồi")
    assert (await desk.press("hoa", "Gửi câu vừa gõ")).key == "question.sent"
    assert await desk.count(Question, Question.text == TEXT) == 1
    assert await desk.count(Question, Question.state == "withdrawn") == 1


async def test_an_old_button_of_a_question_never_sent_asks_for_it_again(sqlite_db: Database) -> None:
    desk = await open_desk(sqlite_db)
    assert (await desk.tap("hoa", Button("", "question.go_on"))).key == "question.ask"
    assert (await desk.say("hoa", TEXT)).key == "question.sent"


async def test_an_old_button_withdraws_nothing(sqlite_db: Database) -> None:
    desk = await open_desk(sqlite_db)
    await desk.say("hoa", f"/hoi {TEXT}")
    withdraw = desk.button("hoa", "Thu hồi")
    await desk.press("hoa", "Thêm ý")
    await desk.say("hoa", "Cháu 3 tuổi")
    assert (await desk.tap("hoa", withdraw)).notice == "access.stale"
    assert await desk.count(Question, Question.state == "open") == 1


async def test_a_helpful_answer_counts_once_a_reading(sqlite_db: Database) -> None:
    desk = await open_desk(sqlite_db)
    async with sqlite_db.write() as session:
        top = (await session.scalars(select(Unit).where(Unit.parent_id.is_(None)))).one()
        session.add(KnownAnswer(unit_id=top.id, text=TEXT, answer="Cha mẹ", at=desk.now))
    await desk.say("hoa", f"/hoi {TEXT}")
    await desk.press("hoa", "Đúng, xem trả lời")
    helped = desk.button("hoa", "Có ích")
    for _ in range(2):
        assert (await desk.tap("hoa", helped)).key == "known_answer.thanks"
    assert await desk.count(KnownAnswer, KnownAnswer.helped == 1) == 1


async def test_private_words_under_a_photo_are_refused_in_answers_too(sqlite_db: Database) -> None:
    desk = await open_desk(sqlite_db)
    await desk.say("hoa", f"/hoi {TEXT}")
    question = await question_in(sqlite_db)

    async def hears_of_both(who: str) -> None:
        assert (await desk.turn(who, "photo", "CCCD 079203001234")).values["before"] == "question.private"
        assert (await desk.turn(who, "photo", "ở đây")).values["before"] == "question.only_text"

    await desk.tap("tuan", Button("", "question.answer", question.id))
    await hears_of_both("tuan")
    await desk.say("tuan", "Cha mẹ nộp ở phường")
    await desk.tap("tuan", Button("", "known.begin", question.id, question.version + 1))
    await desk.tap("tuan", Button("", "known.edit", question.id, arg="answer"))
    await hears_of_both("tuan")
