"""The days of a yearly duty: asked of the top before the year begins, kept, and in force whatever the order."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select

from models import coming, deadlines, duty_years
from models.database import Database
from models.tables import Audit, DutyYear, Obligation, Outbox, PeriodRow
from tests.office import Office, at, every, open_office

DUTY = "DE-AN-CDS/BC-NAM-TINH"
BEFORE = at("2026-12-02", "08:00")
OPENS = at("2027-01-01", "00:00")
BY_PLAN = at("2027-12-14", "23:59:59")
CHOSEN = date(2027, 12, 9)


@pytest.fixture
async def office(db: Database) -> Office:
    return await open_office(db, communes=1, teams=1, levels=True)


async def choose(office: Office, day: date, now: datetime) -> bool:
    """Whether the day could still be chosen."""
    async with office.db.write() as session:
        row = await session.scalar(select(DutyYear).where(DutyYear.duty == DUTY, DutyYear.year == 2027))
        found = await duty_years.find(session, office.library, row.id, now) if row is not None else None
        if found is not None:
            await duty_years.confirm(session, found, day, by=1, now=now)
        return found is not None


async def dues(office: Office) -> list[datetime]:
    """The deadlines of the year's period, wherever it stands."""
    async with office.db.read() as session:
        wanted = select(PeriodRow.due_at).where(PeriodRow.duty == DUTY, PeriodRow.key == "2027")
        return list(await session.scalars(wanted))


async def open_periods(office: Office, now: datetime) -> None:
    async with office.db.write() as session:
        await deadlines.open_periods(session, office.library, now)


async def test_the_top_is_asked_once_by_day_about_everything_that_waits(office: Office) -> None:
    for now in every(at("2026-12-01"), at("2026-12-05"), timedelta(hours=1)):
        await office.tick(now)
    asked = [each for each in office.post if each.message.key == "duty_year.asked"]
    assert [(each.account, each.at) for each in asked] == [(1, at("2026-12-02", "07:00"))]
    assert [(each["year"], each["due"]) for each in asked[0].message.values["days"]] == [(2027, BY_PLAN)] * 2
    async with office.db.read() as session:
        assert len((await session.scalars(select(DutyYear))).all()) == 3  # and the year that is open


async def test_what_is_chosen_holds_when_the_period_opens_and_before_in_the_calendar(office: Office) -> None:
    await office.tick(BEFORE)
    assert await choose(office, CHOSEN, BEFORE)
    async with office.db.read() as session:
        ahead = await coming.coming(session, office.library, at("2027-11-20"))
        deeds = (await session.scalars(select(Audit.detail).where(Audit.action == "duty_year.confirm"))).all()
    assert {each.due for each in ahead if each.duty == DUTY} == {at("2027-12-09", "23:59:59")}
    assert [each["due_on"] for each in deeds] == ["2027-12-09"]
    await open_periods(office, OPENS)
    assert await dues(office) == [at("2027-12-09", "23:59:59")]


async def test_without_a_word_the_plan_holds_and_nothing_stops(office: Office) -> None:
    await office.tick(BEFORE)
    await open_periods(office, OPENS)
    assert await dues(office) == [BY_PLAN]
    async with office.db.read() as session:
        assert await session.scalar(select(Obligation.id).join(PeriodRow).where(PeriodRow.key == "2027")) is not None


@pytest.mark.parametrize("order", ["co", "oc", "coo", "oco", "cco", "cocc", "ooc"])
async def test_the_year_is_there_once_whatever_the_order_of_choosing_and_opening(office: Office, order: str) -> None:
    await office.tick(BEFORE)
    days, could = iter((date(2027, 12, 9), date(2027, 11, 30), date(2027, 12, 20))), []
    for step, deed in enumerate(order):
        now = OPENS + timedelta(minutes=step)
        if deed == "o":
            await open_periods(office, now)
        else:
            could.append((await choose(office, next(days), now), step))
    first = order.index("o")
    assert [did for did, step in could] == [step < first for _, step in could]
    held = [date(2027, 12, 9), date(2027, 11, 30), date(2027, 12, 20)][: order[:first].count("c")]
    wanted = at(held[-1].isoformat(), "23:59:59") if held else BY_PLAN
    assert await dues(office) == [wanted]


async def test_a_message_already_owed_is_not_owed_again(office: Office) -> None:
    await office.tick(BEFORE, deliver=False)
    await office.tick(BEFORE, deliver=False)
    async with office.db.read() as session:
        keys = (await session.scalars(select(Outbox.once).where(Outbox.once.startswith("duty_year:")))).all()
    assert len(keys) == 1
