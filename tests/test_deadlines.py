"""Deadlines at work: what is opened, who still owes, who is reminded when, on the real database."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from models import days_off, deadlines, nudges, owings, programmes, snoozes
from models.coming import coming
from models.database import Database
from models.insertion import insert_once
from models.tables import (
    Account,
    Answer,
    Evidence,
    Memo,
    Obligation,
    Outbox,
    PeriodRow,
    Remark,
    Report,
    Role,
    Team,
    Unit,
)
from models.zone import VIETNAM as OFFICE
from tests.office import Office, at, every, is_night, open_office
from tests.shipped import words_in

DUE = datetime(2026, 11, 25, 16, 59, 59, tzinfo=UTC)


@pytest.fixture
async def office(db: Database) -> Office:
    return await open_office(db)


async def states(office: Office, now: datetime, **asked: Any) -> dict[str, str]:
    async with office.db.read() as session:
        return {each.unit_name: each.state for each in await deadlines.pending(session, now, **asked)}


# --- opening ----------------------------------------------------------------------------------------------------------


async def test_a_period_opens_on_its_first_day_for_every_confirmed_team(office: Office) -> None:
    await office.tick(at("2026-10-25", "23:00"))
    assert await office.count(PeriodRow) == 2  # September's is due for a month yet, October's runs
    await office.tick(at("2026-10-26", "00:01"))
    async with office.db.read() as session:
        period = (await session.scalars(select(PeriodRow).where(PeriodRow.key == "2026-11"))).one()
        owers = (await session.scalars(select(Obligation.unit_id).where(Obligation.period_id == period.id))).all()
    assert (period.duty, period.form, period.due_at) == ("DE-AN-CDS/BC-THANG", "BC-CĐS-TN", DUE)
    assert (period.starts_on, period.ends_on) == (date(2026, 10, 26), date(2026, 11, 25))
    assert sorted(owers) == office.teams


async def test_opening_twice_adds_nothing(office: Office) -> None:
    now = at("2026-11-20")
    async with office.db.write() as session:
        first = await deadlines.open_periods(session, office.library, now)
        second = await deadlines.open_periods(session, office.library, now)
    assert first == 8
    assert second == 0


@pytest.mark.parametrize("confirmed, owes", [("2026-11-24", True), ("2026-11-25", True), ("2026-11-26", False)])
async def test_a_team_confirmed_later_owes_what_was_not_due_yet(office: Office, confirmed: str, owes: bool) -> None:
    async with office.db.write() as session:
        await session.execute(update(Team).where(Team.unit_id == office.teams[0]).values(state="waiting"))
    await office.tick(at("2026-11-20"))
    assert "Đội 0001" not in await states(office, at("2026-11-20"))
    async with office.db.write() as session:
        decided = {"state": "confirmed", "decided_at": at(confirmed, "10:00")}
        await session.execute(update(Team).where(Team.unit_id == office.teams[0]).values(**decided))
    await office.tick(at("2026-11-27"))
    assert ("Đội 0001" in await states(office, at("2026-11-27"), period_id=await office.period())) is owes


async def test_nobody_owes_what_was_due_before_the_plan_was_loaded(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db)
    await office.tick(at("2025-12-26"))
    assert await office.count(PeriodRow) == 1
    async with office.db.read() as session:
        assert (await session.scalars(select(PeriodRow.key))).all() == ["2026-01"]


async def test_a_unit_closed_before_the_period_ends_owes_nothing_and_its_successor_does(office: Office) -> None:
    closing = {"closed_on": date(2026, 11, 10)}
    async with office.db.write() as session:
        await session.execute(update(Unit).where(Unit.id == office.teams[0]).values(**closing))
        await session.execute(update(Unit).where(Unit.id == office.teams[1]).values(opened_on=date(2026, 11, 10)))
    await office.tick(at("2026-11-20"))
    assert set(await states(office, at("2026-11-20"), period_id=await office.period("2026-10"))) == {
        "Đội 0001", "Đội 0003", "Đội 0004"
    }  # fmt: skip
    assert set(await states(office, at("2026-11-20"), period_id=await office.period())) == {
        "Đội 0002", "Đội 0003", "Đội 0004"
    }  # fmt: skip


# --- who owes ---------------------------------------------------------------------------------------------------------


async def test_each_obligation_stands_in_exactly_one_state(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, teams=7)
    await office.tick(at("2026-11-20"))
    period, now = await office.period(), at("2026-11-27")
    one, two, three, four, five, six, _ = office.teams
    await office.begin(one, at("2026-11-21"))
    await office.submit(two, at("2026-11-25", "23:59:59"))
    await office.submit(three, at("2026-11-26", "00:00"))
    await office.set_state(await office.submit(four, at("2026-11-24")), "returned")
    async with office.db.write() as session:
        waive = update(Obligation).where(Obligation.period_id == period, Obligation.unit_id == five)
        await session.execute(waive.values(waived="thiên tai"))
        await session.execute(update(Unit).where(Unit.id == six).values(closed_on=date(2026, 11, 25)))
    assert await states(office, now, period_id=period) == {
        "Đội 0001": "draft",
        "Đội 0002": "submitted",
        "Đội 0003": "late",
        "Đội 0004": "returned",
        "Đội 0005": "waived",
        "Đội 0006": "closed",
        "Đội 0007": "missing",
    }


@pytest.mark.parametrize("part", ["nothing", "answer", "remark", "photo"])
async def test_a_report_only_opened_is_not_begun(sqlite_db: Database, part: str) -> None:
    office = await open_office(sqlite_db, teams=1)
    await office.tick(at("2026-11-20"))
    report, when = await office.open(office.teams[0], at("2026-11-21")), at("2026-11-21")
    parts = {
        "answer": Answer(report_id=report, indicator="LL02", at=when),
        "remark": Remark(report_id=report, kind="difficulty", code="KK1", text="", at=when),
        "photo": Evidence(report_id=report, sha256="a" * 64, name="", mime="image/jpeg", size=1, at=when),
    }
    async with office.db.write() as session:
        session.add_all([parts[part]] if part in parts else [])
    async with office.db.read() as session:
        found = await owings.pending(session, when, period_id=await office.period())
    expected = ("missing", None) if part == "nothing" else ("draft", report)
    assert [(each.state, each.report_id) for each in found] == [expected]


async def test_a_reminder_speaks_only_of_buttons_that_it_has(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, teams=2, decided_at=at("2026-11-01"))
    await office.tick(at("2026-11-20"))
    await office.begin(office.teams[0], at("2026-11-20"))
    await office.open(office.teams[1], at("2026-11-20"))
    await office.tick(at("2026-11-25", "08:00"))
    words = words_in(OFFICE)
    today = {each.account: each.message for each in office.reminders() if each.message.key == "reminder.today"}
    labels = {
        who: [button.label for row in message.buttons for button in row if button.label == "reminder.button_nothing"]
        for who, message in today.items()
    }
    said = {who: "Không phát sinh" in words.say(message.key, message.values) for who, message in today.items()}
    assert (labels[office.teams[0]], said[office.teams[0]]) == ([], False)
    assert (labels[office.teams[1]], said[office.teams[1]]) == (["reminder.button_nothing"], True)


async def test_a_correction_never_makes_a_report_late(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, teams=1)
    await office.tick(at("2026-11-20"))
    report = await office.submit(office.teams[0], at("2026-11-24"))
    async with office.db.write() as session:
        await session.execute(update(Report).where(Report.id == report).values(corrected_at=at("2026-11-28")))
    assert await states(office, at("2026-11-29"), period_id=await office.period()) == {"Đội 0001": "submitted"}


async def test_pending_keeps_to_the_person_and_to_the_subtree(office: Office) -> None:
    await office.tick(at("2026-11-20"))
    period = await office.period()
    assert list(await states(office, at("2026-11-20"), person_id=office.teams[2])) == ["Đội 0003"]
    assert list(await states(office, at("2026-11-20"), path="/1/2/", period_id=period)) == ["Đội 0001", "Đội 0003"]
    assert await states(office, at("2026-11-20"), person_id=1) == {}  # the province itself owes no monthly report


# --- reminding --------------------------------------------------------------------------------------------------------


async def test_cannot_be_reminded_a_second_after_filing(office: Office) -> None:
    await office.tick(at("2026-11-22", "06:00"))
    await office.submit(office.teams[0], at("2026-11-22", "09:00:00"))
    await office.tick(at("2026-11-22", "09:00:01"))
    assert sorted(each.account for each in office.reminders()) == office.teams[1:]
    assert await office.count(Outbox) == len(office.teams) - 1  # not even promised


async def test_cannot_be_reminded_when_filing_comes_between_the_promise_and_the_sending(office: Office) -> None:
    await office.tick(at("2026-11-22", "07:30"), deliver=False)
    await office.submit(office.teams[0], at("2026-11-22", "09:00:00"))
    await office.deliver(at("2026-11-22", "09:00:01"))
    assert sorted(each.account for each in office.reminders()) == office.teams[1:]


async def test_the_same_tick_twice_adds_no_row(office: Office) -> None:
    await office.tick(at("2026-11-22", "07:30"), deliver=False)
    before = [await office.count(table) for table in (Outbox, Obligation, PeriodRow)]
    assert before[0] == len(office.teams)
    await office.tick(at("2026-11-22", "07:30"), deliver=False)
    await office.tick(at("2026-11-22", "07:31"), deliver=False)
    assert [await office.count(table) for table in (Outbox, Obligation, PeriodRow)] == before


async def test_two_processes_that_saw_the_same_promise_once(office: Office) -> None:
    now = at("2026-11-22", "07:30")
    await office.tick(at("2026-11-22", "06:00"))
    async with office.db.read() as session:
        mine = await deadlines.due_reminders(session, office.library, office.calendar, now)
        yours = await deadlines.due_reminders(session, office.library, office.calendar, now)
    for plan in (mine, yours):
        async with office.db.write() as session:
            await deadlines.promise(session, plan, now)
    assert await office.count(Outbox) == len(office.teams)


async def test_after_three_days_down_over_the_25th_each_who_owes_hears_once_and_not_by_night(office: Office) -> None:
    await office.tick(at("2026-11-23", "09:00"))
    office.post.clear()
    await office.submit(office.teams[0], at("2026-11-23", "10:00"))
    for now in every(at("2026-11-26", "23:10"), at("2026-11-27", "20:59"), timedelta(minutes=20)):
        await office.tick(now)
    assert office.told() == Counter(office.teams[1:])
    assert not any(is_night(each.at) for each in office.post)
    assert {each.message.key for each in office.reminders()} == {"reminder.late"}


async def test_after_an_outage_whoever_owes_is_told_once_that_messages_may_be_lost(office: Office) -> None:
    await office.tick(at("2026-11-20", "12:00"))
    await office.submit(office.teams[0], at("2026-11-20", "12:30"))
    office.post.clear()
    for now in every(at("2026-11-21", "22:00"), at("2026-11-22", "12:00"), timedelta(minutes=30)):
        await office.tick(now)
    notices = [each for each in office.post if each.kind == "news"]
    assert sorted(each.account for each in notices) == office.teams  # the first team owes October's still
    assert {(each.message.values["since"], each.message.values["until"]) for each in notices} == {
        (at("2026-11-20", "12:00"), at("2026-11-21", "22:00"))
    }
    assert not any(is_night(each.at) for each in notices)


async def test_an_ordinary_night_is_no_outage(office: Office) -> None:
    await office.tick(at("2026-11-20", "12:00"))
    await office.tick(at("2026-11-21", "11:00"))
    assert [each for each in office.post if each.kind == "news"] == []


async def test_one_message_lists_all_that_a_person_owes(db: Database) -> None:
    office = await open_office(db, decided_at=at("2026-11-01"))
    async with office.db.write() as session:
        role = {"person_id": office.teams[0], "kind": "leader", "since": at("2026-01-01")}
        await insert_once(session, Role, [role | {"unit_id": unit} for unit in office.teams[1:3]])
    for now in every(at("2026-11-22", "06:00"), at("2026-11-22", "12:00"), timedelta(minutes=10)):
        await office.tick(now)
    mine = [each for each in office.reminders() if each.account == office.teams[0]]
    assert len(mine) == 1
    assert sorted(mine[0].units) == ["Đội 0001", "Đội 0002", "Đội 0003"]


async def test_filing_for_one_unit_does_not_bring_the_other_one_up_again(office: Office) -> None:
    async with office.db.write() as session:
        role = {"person_id": office.teams[0], "unit_id": office.teams[1], "kind": "leader", "since": at("2026-01-01")}
        await insert_once(session, Role, role)
    await office.tick(at("2026-11-22", "07:30"))
    await office.submit(office.teams[0], at("2026-11-22", "08:00"))
    for now in every(at("2026-11-22", "08:01"), at("2026-11-23", "07:00"), timedelta(hours=1)):
        await office.tick(now)
    assert office.told()[office.teams[0]] == 1


async def test_deputies_are_reminded_as_well_and_nobody_without_a_chat(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, teams=2, leaders=2)
    async with office.db.write() as session:
        await session.execute(update(Account).where(Account.id == office.teams[0]).values(unreachable="blocked"))
    await office.tick(at("2026-11-22", "07:30"))
    assert len(office.reminders()) == 3
    assert office.teams[0] not in office.told()


async def test_a_second_chat_opened_after_the_reminder_is_not_reminded_again(office: Office) -> None:
    await office.tick(at("2026-11-22", "07:30"))
    async with office.db.write() as session:
        other = {
            "id": 900,
            "channel": "zalo",
            "address": "z",
            "person_id": office.teams[0],
            "seen_at": at("2026-11-22", "08:00"),
        }
        await insert_once(session, Account, other)
    await office.tick(at("2026-11-22", "08:01"))
    assert 900 not in office.told()
    await office.tick(at("2026-11-25", "08:00"))
    assert office.told()[900] == 1  # the next step goes where they were last seen


async def test_a_chat_that_refused_gives_way_to_another_one_of_the_same_person(office: Office) -> None:
    team = office.teams[0]
    await office.tick(at("2026-11-22", "07:30"), deliver=False)
    async with office.db.write() as session:
        other = {"id": 900, "channel": "zalo", "address": "z", "person_id": team, "seen_at": at("2026-01-01")}
        await insert_once(session, Account, other)
        await session.execute(update(Account).where(Account.id == team).values(unreachable="blocked"))
        await session.execute(update(Outbox).where(Outbox.address == str(team)).values(state="failed"))
    await office.tick(at("2026-11-22", "07:31"))
    assert (office.told()[900], office.told()[team]) == (1, 0)


async def test_what_waits_at_nightfall_goes_out_in_the_morning_if_still_owed(office: Office) -> None:
    await office.tick(at("2026-11-22", "20:30"), deliver=False)
    for minute in ("20:59", "21:00", "22:30", "06:59"):
        day = "2026-11-23" if minute < "12" else "2026-11-22"
        await office.tick(at(day, minute))
    assert office.reminders() == []
    await office.submit(office.teams[0], at("2026-11-22", "23:00"))
    await office.tick(at("2026-11-23", "07:00"))
    assert office.told() == Counter(office.teams[1:])


async def test_cannot_compose_a_reminder_by_night_whoever_asks(office: Office) -> None:
    await office.tick(at("2026-11-22", "20:30"), deliver=False)
    async with office.db.read() as session:
        body = (await session.scalars(select(Outbox.body).limit(1))).one()
        said = [
            await deadlines.compose_reminder(session, office.library, office.calendar, body["account"], body, now)
            for now in (at("2026-11-22", "20:59"), at("2026-11-22", "21:00"), at("2026-11-23", "06:59"))
        ]
    assert [message is not None for message in said] == [True, False, False]


async def test_a_reminder_speaks_of_the_moment_it_is_sent(office: Office) -> None:
    await office.tick(at("2026-11-22", "07:30"))
    await office.tick(at("2026-11-25", "08:00"))
    await office.tick(at("2026-11-26", "07:30"))
    said = [each.message for each in office.reminders() if each.account == office.teams[0]]
    assert [message.key for message in said] == ["reminder.before", "reminder.today", "reminder.late"]
    assert [message.values["items"][0]["days"] for message in said] == [3, 0, 1]


async def test_a_team_that_is_closed_by_now_is_left_in_peace(office: Office) -> None:
    await office.tick(at("2026-11-25", "06:00"))
    async with office.db.write() as session:
        await session.execute(update(Unit).where(Unit.id == office.teams[0]).values(closed_on=date(2026, 11, 26)))
    await office.tick(at("2026-11-26", "07:30"))
    assert office.teams[0] not in {each.account for each in office.reminders() if each.at > at("2026-11-26")}


# --- days off ---------------------------------------------------------------------------------------------------------


async def test_on_a_public_holiday_nothing_goes_out_by_itself_and_the_next_step_says_it(office: Office) -> None:
    for now in every(at("2026-11-23", "21:30"), at("2026-11-25", "12:00"), timedelta(minutes=30)):
        await office.tick(now)  # the 24th is Ngày Văn hóa Việt Nam: T-1 would fall on it
    said = [each for each in office.reminders() if each.at > at("2026-11-23", "21:00")]
    assert {each.at.astimezone(OFFICE).date() for each in said} == {date(2026, 11, 25)}
    assert office.told() == Counter(office.teams)
    assert {each.message.key for each in said} == {"reminder.today"}


async def test_what_waits_when_a_holiday_begins_is_decided_again_when_it_ends(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db)
    async with office.db.write() as session:
        await days_off.mark(session, date(2026, 11, 23), True, "Bão", by=1, now=at("2026-11-22"))
    await office.tick(at("2026-11-22", "20:30"), deliver=False)
    for now in every(at("2026-11-22", "20:59"), at("2026-11-25", "06:59"), timedelta(hours=1)):
        await office.tick(now)
    assert office.reminders() == []
    await office.submit(office.teams[0], at("2026-11-23", "10:00"))
    await office.tick(at("2026-11-25", "08:00"))
    assert office.told() == Counter(office.teams[1:])


async def test_a_deadline_on_a_day_off_stays_and_is_spoken_of_a_working_day_earlier(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, teams=1, decided_at=at("2026-09-26"))
    for now in every(at("2026-10-21", "08:30"), at("2026-10-26", "20:00"), timedelta(hours=1)):
        await office.tick(now)  # 25/10/2026 is a Sunday
    said = [(each.at.astimezone(OFFICE).date().day, each.message.key) for each in office.reminders()]
    assert said[:3] == [(22, "reminder.before"), (23, "reminder.before"), (24, "reminder.before")]
    assert [key for _, key in said[3:]] == ["reminder.today", "reminder.today", "reminder.late"]
    items = [each.message.values["items"][0] for each in office.reminders()]
    assert {item["day_off"] for item in items} == {True}
    assert {item["due"] for item in items} == {at("2026-10-25", "23:59:59")}


async def test_a_plan_may_remind_on_holidays_and_each_duty_by_steps_of_its_own(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, teams=1, decided_at=at("2026-11-01"))
    async with office.db.write() as session:
        plan = next(each for _, each in await office.library.current(session) if each.code == "DE-AN-CDS")
        ladder = ({"name": "T-1", "day": -1, "at": "10:00"},)
        duties = tuple(replace(duty, ladder=ladder) for duty in plan.duties)
        quiet = replace(plan.quiet, on_holidays=True)
        await programmes.store(session, replace(plan, duties=duties, quiet=quiet).as_dict(), at("2026-11-02"))
    for now in every(at("2026-11-15", "07:00"), at("2026-11-29", "20:00"), timedelta(hours=1)):
        await office.tick(now)
    assert [each.at for each in office.reminders()] == [at("2026-11-24", "10:00")]


async def test_a_nudge_by_hand_comes_on_a_holiday_too(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, teams=1)
    now = at("2026-11-24", "09:00")
    await office.tick(now)
    async with office.db.write() as session:
        await nudges.nudge(session, office.library, "/1/", await office.period(), now, by="Tỉnh Đoàn", person_id=1)
    await office.tick(now)
    assert [each.message.key for each in office.reminders()] == ["reminder.nudge"]


# --- reminded again later ---------------------------------------------------------------------------------------------


async def test_whoever_sleeps_hears_nothing_and_then_one_message(db: Database) -> None:
    office = await open_office(db, decided_at=at("2026-11-01"))
    who = office.teams[0]
    await office.tick(at("2026-11-25", "08:00"), deliver=False)
    async with office.db.write() as session:  # after the promise, before the sending
        await snoozes.put(session, who, at("2026-11-25", "19:00"), at("2026-11-25", "08:00"))
    for now in every(at("2026-11-25", "08:00"), at("2026-11-25", "19:00"), timedelta(minutes=30)):
        await office.tick(now)
    assert office.told()[who] == 0
    assert office.told()[office.teams[1]] == 2  # at 08:00 and at 16:00
    for now in every(at("2026-11-25", "19:00"), at("2026-11-25", "21:00"), timedelta(minutes=15)):
        await office.tick(now)
    assert office.told()[who] == 1
    await office.tick(at("2026-11-26", "07:30"))
    assert office.told()[who] == 2  # the ladder goes on


async def test_whoever_has_filed_is_not_woken(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, teams=1, decided_at=at("2026-11-01"))
    await office.tick(at("2026-11-22", "07:30"))
    async with office.db.write() as session:
        await snoozes.put(session, office.teams[0], at("2026-11-22", "19:00"), at("2026-11-22", "08:00"))
    await office.submit(office.teams[0], at("2026-11-22", "18:59"))
    await office.tick(at("2026-11-22", "19:00"))
    assert office.told() == Counter(office.teams)


async def test_a_wish_that_an_outage_slept_over_is_not_made_up_for_at_night(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, teams=1, decided_at=at("2026-11-01"))
    await office.tick(at("2026-11-22", "07:30"))
    async with office.db.write() as session:
        await snoozes.put(session, office.teams[0], at("2026-11-22", "19:00"), at("2026-11-22", "08:00"))
    await office.tick(at("2026-11-22", "21:30"))
    assert office.told()[office.teams[0]] == 1
    for now in every(at("2026-11-23", "07:00"), at("2026-11-23", "20:00"), timedelta(hours=1)):
        await office.tick(now)
    assert office.told()[office.teams[0]] == 2


async def test_a_nudge_by_hand_reaches_whoever_sleeps(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, teams=1, decided_at=at("2026-11-01"))
    now = at("2026-11-20", "09:00")
    await office.tick(now)
    before = office.told()[office.teams[0]]
    async with office.db.write() as session:
        await snoozes.put(session, office.teams[0], at("2026-11-20", "19:00"), now)
        await nudges.nudge(session, office.library, "/1/", await office.period(), now, by="Tỉnh Đoàn", person_id=1)
    await office.tick(now)
    assert office.told()[office.teams[0]] == before + 1


# --- nudging by hand --------------------------------------------------------------------------------------------------


async def test_a_nudge_reaches_whoever_owes_in_the_subtree_once_an_hour(office: Office) -> None:
    now = at("2026-11-10", "09:00")
    await office.tick(now)
    await office.submit(office.teams[0], now)
    period = await office.period()
    async with office.db.write() as session:
        first = await nudges.nudge(session, office.library, "/1/2/", period, now, by="Xã 001", person_id=1)
    later = now + timedelta(minutes=59)
    async with office.db.write() as session:
        second = await nudges.nudge(session, office.library, "/1/2/", period, later, by="Xã 001", person_id=1)
    assert (first.people, first.units, first.recent) == (1, 1, 0)
    assert (second.people, second.recent, second.again_at) == (0, 1, now + timedelta(hours=1))
    await office.deliver(later)
    assert office.told() == Counter([office.teams[2]])  # the deadline is far, yet the nudge is said
    assert office.post[0].message.key == "reminder.nudge"
    async with office.db.read() as session:
        third = await nudges.plan_nudge(session, office.library, "/1/2/", period, now + timedelta(hours=1))
    assert third.people == 1


async def test_a_nudge_by_night_waits_for_the_morning(office: Office) -> None:
    await office.tick(at("2026-11-20"))
    office.post.clear()
    period, now = await office.period(), at("2026-11-20", "22:00")
    async with office.db.write() as session:
        done = await nudges.nudge(session, office.library, "/1/", period, now, by="Tỉnh Đoàn", person_id=1)
    assert done.sent_at == at("2026-11-21", "07:00")
    await office.tick(now + timedelta(minutes=1))
    assert office.post == []
    await office.tick(at("2026-11-21", "07:00"))
    assert office.told() == Counter(office.teams)


# --- what is coming ---------------------------------------------------------------------------------------------------


async def test_the_calendar_lists_dated_duties_within_sixty_days_and_those_without_a_date(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, levels=True)
    async with office.db.read() as session:
        found = await coming(session, office.library, at("2026-11-20"))
    dated = [(each.key, each.days) for each in found if each.due]
    assert dated == [("2026-11", 5)] * 2 + [("2026", 24)] * 2 + [("2026-12", 35)] * 2  # each level has its own
    assert {each.kind for each in found if not each.due} == {"notice", "activity"}
    assert not any("2023" in each.title for each in found)


# --- lines ------------------------------------------------------------------------------------------------------------


async def test_titles_and_lines_say_what_the_texts_need(office: Office) -> None:
    await office.tick(at("2026-11-20"))
    async with office.db.read() as session:
        mine = await deadlines.pending(session, at("2026-11-22"), person_id=office.teams[0])
        names = await owings.titles(session, office.library, mine)
    line = owings.line(mine[-1], names[mine[-1].period_id])
    assert (line["key"], line["unit"], line["kind"], line["days"]) == ("2026-11", "Đội 0001", "due", 3)
    assert line["due"].astimezone(OFFICE) == DUE
    assert line["title"].startswith("Báo cáo")


async def test_the_last_tick_is_remembered(office: Office) -> None:
    await office.tick(at("2026-11-20"))
    await office.tick(at("2026-11-21"))
    async with office.db.read() as session:
        memo = await session.get(Memo, deadlines.LAST_TICK)
    assert memo is not None
    assert datetime.fromisoformat(memo.value["at"]) == at("2026-11-21")
