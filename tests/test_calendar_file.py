"""The deadlines as an .ics, read back: each once, under a name that stays, moved ones newer, done ones silent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from icalendar import Calendar
from sqlalchemy import select, update

from bot.calendar_file import SHOWN_FOR, drawn
from models import due_changes, due_dates
from models.database import Database
from models.due_dates import DueDate
from models.rules.periods import Monthly, Period, local_day, local_time, moment_of, next_period, period_at
from models.tables import Account, Obligation, PeriodRow, Role, Unit
from models.zone import VIETNAM
from tests.office import MONTHLY, Office, at, open_office
from tests.shipped import words_in

NOW = at("2026-11-20", "09:00")
WORDS = words_in()
NAME = MONTHLY.replace("/", ".")


def read_back(days: Sequence[DueDate], now: datetime = NOW) -> Any:
    """A calendar; what stands in it is of many kinds."""
    return Calendar.from_ical(drawn(days, WORDS, VIETNAM, now))


def events(calendar: Any) -> dict[str, Any]:
    found = list(calendar.walk("VEVENT"))
    assert Counter(str(each["uid"]) for each in found).most_common(1)[0][1] == 1
    return {str(each["uid"]): each for each in found}


@pytest.fixture
async def office(db: Database) -> Office:
    office = await open_office(db, communes=2, teams=4, levels=True)
    await office.tick(NOW)
    return office


async def of(office: Office, person_id: int, now: datetime = NOW) -> list[DueDate]:
    async with office.db.read() as session:
        return await due_dates.year_ahead(session, office.library, person_id, now)


async def test_a_leader_gets_every_month_of_the_year_ahead_once(office: Office) -> None:
    days = [each for each in await of(office, office.teams[0]) if each.due >= NOW]
    rule = Monthly(25, 26)
    wanted: list[tuple[str, datetime]] = []
    period: Period | None = period_at(rule, local_day(NOW, VIETNAM), VIETNAM)
    while period is not None and period.due <= NOW + due_dates.AHEAD:
        wanted.append((period.key, period.due))
        period = next_period(rule, period, VIETNAM)
    assert [(each.key, each.due) for each in days] == wanted
    assert {each.unit for each in days} == {"Đội 0001"}


async def test_a_period_that_opens_keeps_its_name(office: Office) -> None:
    before = {each.key: each.uid for each in await of(office, office.teams[0])}
    later = at("2026-12-10")
    await office.tick(later)
    after = {each.key: each.uid for each in await of(office, office.teams[0], later)}
    assert after["2026-12"] == before["2026-12"]


async def test_an_office_gets_the_days_of_its_teams_once_and_not_for_each_team(office: Office) -> None:
    days = await of(office, 1)
    monthly = [each.key for each in days if each.uid.startswith(f"{NAME}-2") and each.due >= NOW]
    assert (len(monthly), len(set(monthly))) == (12, 12)
    assert {each.unit for each in days} <= {"", "Tỉnh Đoàn Đồng Tháp"}
    assert ("2026", at("2026-12-14", "23:59:59")) in [(each.key, each.due) for each in days if each.unit]


async def test_a_moved_deadline_is_newer_under_the_same_name_and_a_filed_one_is_silent(office: Office) -> None:
    team, moved = office.teams[0], at("2026-11-28", "23:59:59")
    uid = next(each.uid for each in await of(office, team) if each.key == "2026-11")
    first = events(read_back(await of(office, team)))[uid]
    async with office.db.write() as session:
        unit = await session.get_one(Unit, 1)
        period = await session.get_one(PeriodRow, await office.period())
        await due_changes.move(session, office.library, unit, period, moved, "nghỉ lễ", by=1, now=NOW)
    second = events(read_back(await of(office, team)))[uid]
    await office.submit(team, at("2026-11-22"))
    third = events(read_back(await of(office, team, at("2026-11-23"))))[uid]
    assert first["sequence"] == 0 < second["sequence"] < third["sequence"]
    assert second.decoded("dtend") == moved.replace(second=0)
    assert [len(each.walk("VALARM")) for each in (first, second, third)] == [2, 2, 0]
    assert str(third["summary"]).startswith("✅ Đã nộp")
    everybody = next(each for each in await of(office, 1) if each.uid.startswith(f"{NAME}-2026-11@"))
    assert everybody.due == moved


async def test_nobody_gets_what_others_owe(office: Office) -> None:
    async with office.db.write() as session:
        await session.execute(update(Role).where(Role.person_id == office.teams[1]).values(until=NOW))
    assert await of(office, office.teams[1]) == []
    theirs = {each.unit for each in await of(office, office.teams[0])}
    assert theirs == {"Đội 0001"}
    async with office.db.read() as session:
        assert (await session.scalars(select(Account.id))).all()
        assert (await session.scalars(select(Obligation.id))).all()


@settings(max_examples=60, deadline=None)
@given(st.dates(date(2026, 1, 1), date(2028, 12, 31)), st.times(), st.booleans())
def test_a_phone_wakes_at_eight_the_day_before_and_on_the_day(day: date, clock: time, filed: bool) -> None:
    due = moment_of(day, clock.replace(microsecond=0, tzinfo=None), VIETNAM)
    one = DueDate("a@sotayso", "Báo cáo, hằng tháng; «thử»", "2026-11", due, "Đội <A> & B", filed)
    calendar = read_back([one])
    event = events(calendar)["a@sotayso"]
    start, end = event.decoded("dtstart"), event.decoded("dtend")
    assert end == local_time(due, VIETNAM).replace(second=0)
    assert end - start == SHOWN_FOR
    assert event["dtstart"].params["TZID"] == "Asia/Ho_Chi_Minh"
    assert [str(each["tzid"]) for each in calendar.walk("VTIMEZONE")] == ["Asia/Ho_Chi_Minh"]
    assert "Đội <A> & B" in str(event["summary"])
    wakes = [start + each.decoded("trigger") for each in event.walk("VALARM")]
    mornings = [moment_of(day - timedelta(days=1), time(8), VIETNAM), moment_of(day, time(8), VIETNAM)]
    assert wakes == ([] if filed else [each for each in mornings if each < start])
