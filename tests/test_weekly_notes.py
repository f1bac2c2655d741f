"""The weekly note: once a week to whoever runs an office, as things stand at its hour; what was missed stands in it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import func, select

from models import days_off, missed_reminders, mutes, outbox, people
from models.database import Database
from models.rules.mutes import NEWS, WEEKLY
from models.tables import Audit, MissedReminder, Outbox
from tests.office import Delivered, Office, at, every, open_office

FRIDAY, MONDAY = at("2026-11-20", "09:00"), at("2026-11-23", "07:30")
HALF_HOUR = timedelta(minutes=30)


@pytest.fixture
async def office(db: Database) -> Office:
    office = await open_office(db, communes=2, teams=4)
    await office.tick(FRIDAY)
    return office


def notes(office: Office) -> list[Delivered]:
    return [each for each in office.post if each.message.key == "weekly.note"]


async def pass_time(office: Office, start: datetime, end: datetime) -> None:
    for now in every(start, end, HALF_HOUR):
        await office.tick(now)


async def test_it_comes_once_on_monday_morning_with_what_is_due(office: Office) -> None:
    await office.submit(office.teams[0], FRIDAY)
    await pass_time(office, at("2026-11-22", "18:00"), at("2026-11-24", "12:00"))
    assert [(each.account, each.at) for each in notes(office)] == [(1, MONDAY)]
    values = notes(office)[0].message.values
    assert [(each["key"], each["units"]) for each in values["due"]] == [("2026-11", 3)]
    assert (values["first"], values["last"]) == (date(2026, 11, 23), date(2026, 11, 29))
    assert (values["silent"], values["left_alone"], values["extensions"], values["missed"]) == (0, 0, 0, 0)


async def test_a_day_off_hands_it_on_to_the_next_working_day(office: Office) -> None:
    async with office.db.write() as session:
        await days_off.mark(session, date(2026, 11, 23), True, "Nghỉ bão", by=1, now=FRIDAY)
    await pass_time(office, at("2026-11-22", "18:00"), at("2026-11-25", "12:00"))
    assert [each.at for each in notes(office)] == [at("2026-11-25", "07:30")]  # the 24th is a holiday


async def test_after_an_outage_it_comes_once_and_a_new_bot_has_missed_nothing(office: Office) -> None:
    assert notes(office) == []
    await pass_time(office, at("2026-11-26", "06:00"), at("2026-11-27", "09:00"))
    assert [each.at for each in notes(office)] == [at("2026-11-26", "07:00")]


async def test_it_says_what_is_true_when_it_is_sent_and_nothing_is_not_said(office: Office) -> None:
    await office.tick(MONDAY, deliver=False)
    for team in office.teams:
        await office.submit(team, MONDAY, "2026-10")  # long overdue
        await office.submit(team, MONDAY)
    await office.deliver(MONDAY)
    assert notes(office) == []
    async with office.db.read() as session:
        states = (await session.scalars(select(Outbox.state).where(Outbox.kind == outbox.WEEKLY))).all()
    assert states == ["cancelled"]


@pytest.mark.parametrize("moment", [FRIDAY, MONDAY])
async def test_whoever_turned_it_off_gets_none_even_when_it_waits_already(office: Office, moment: datetime) -> None:
    if moment == MONDAY:
        await office.tick(MONDAY, deliver=False)
    async with office.db.write() as session:
        await mutes.mute(session, 1, WEEKLY, moment)
        await mutes.mute(session, 1, WEEKLY, moment)
        assert await mutes.muted(session, [1, 2], WEEKLY) == {1}
        assert await mutes.muted(session, [1, 2], NEWS) == set()
    await pass_time(office, MONDAY, MONDAY + timedelta(hours=2))
    assert notes(office) == []
    async with office.db.write() as session:
        await mutes.unmute(session, 1, WEEKLY, moment)
        assert await mutes.kinds_of(session, 1) == {}
        await session.flush()
        deeds = (await session.scalars(select(Audit.action).where(Audit.action.startswith("message.")))).all()
    assert sorted(deeds) == ["message.mute", "message.unmute"]


async def test_it_waits_for_the_morning_and_ends_with_its_week(office: Office) -> None:
    await office.tick(at("2026-11-27", "20:59"), deliver=False)
    await office.deliver(at("2026-11-27", "21:30"))
    assert notes(office) == []
    await office.deliver(at("2026-11-30", "07:00"))
    assert notes(office) == []


async def test_teams_without_anybody_or_whom_no_chat_reaches_are_counted(office: Office) -> None:
    async with office.db.write() as session:
        await outbox.drop_for(session, "webchat", str(office.teams[0]), FRIDAY, "blocked")
        role = await people.held_role(session, office.teams[1], office.teams[1], "leader", FRIDAY)
        assert role is not None
        await people.end_role(session, role, by=1, now=FRIDAY)
    await office.tick(MONDAY)
    values = notes(office)[0].message.values
    assert (values["silent"], values["left_alone"]) == (1, 1)


# --- what the bot stood still for -----------------------------------------------------------------------------------


async def missed(office: Office) -> list[tuple[int, str]]:
    async with office.db.read() as session:
        rows = await session.execute(select(MissedReminder.obligation_id, MissedReminder.step))
        return sorted((obligation, step) for obligation, step in rows)


async def test_a_step_too_old_to_be_said_is_kept_once_and_told_in_the_note(db: Database) -> None:
    office = await open_office(db, communes=2, teams=4)
    await pass_time(office, at("2026-11-16"), at("2026-11-16", "12:00"))
    back = at("2026-11-27", "22:00")  # a night: what could be said in the morning is measured against the morning
    for now in (back, back + HALF_HOUR, at("2026-11-30", "07:30")):
        await office.tick(now)
    kept = await missed(office)
    assert {step for _, step in kept} >= {"T-7", "T-3"}
    assert len({obligation for obligation, _ in kept}) == 4
    async with db.read() as session:
        assert await missed_reminders.count(session, "/1/", back) == 4
        assert await missed_reminders.count(session, "/1/", back + HALF_HOUR) == 0
        deeds = await session.scalar(select(func.count()).where(Audit.action == "reminder.missed"))
    assert deeds == 1
    assert notes(office)[-1].message.values["missed"] == 4


async def test_a_step_that_is_still_said_or_that_was_filed_is_not_missed(db: Database) -> None:
    office = await open_office(db, communes=1, teams=2)
    await pass_time(office, at("2026-11-16"), at("2026-11-18", "12:00"))
    await office.submit(office.teams[0], at("2026-11-18", "10:00"))
    await office.tick(at("2026-11-20", "10:00"))  # nothing fell between
    assert await missed(office) == []
    await office.tick(at("2026-12-10", "10:00"))
    assert len({obligation for obligation, _ in await missed(office)}) == 1  # who filed lost nothing


async def test_without_an_outage_nothing_is_missed(office: Office) -> None:
    for now in every(FRIDAY, at("2026-12-01"), timedelta(hours=6)):
        await office.tick(now)
    assert await missed(office) == []
