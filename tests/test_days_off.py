"""The calendar of days off: what the law says, what our file adds, what an administrator says over both."""

from __future__ import annotations

from datetime import date

import pytest

from bot.working_hours import read_calendar
from models import days_off
from models.database import Database
from models.days_off import OFFICE, OfficeCalendar
from tests.office import at, open_office

NOW = at("2026-11-20")
# guides-facts §1h: 9441/TB-BNV for 2026, 10065/VPCP-KGVX for 2027, NQ 28/2026/QH16 for 24/11
OFF = {
    2026: "01-01 01-02 02-16 02-17 02-18 02-19 02-20 04-27 04-30 05-01 08-31 09-01 09-02 11-24",
    2027: "01-01 02-04 02-05 02-08 02-09 02-10 04-16 04-30 05-03 09-02 09-03 11-24",
}
WORKED = {2026: "01-10 08-22", 2027: ""}


@pytest.mark.parametrize("year", OFF)
async def test_the_days_off_are_those_that_the_government_announced(sqlite_db: Database, year: int) -> None:
    async with sqlite_db.read() as session:
        marks = await read_calendar().year_marks(session, year)
    assert [f"{day:%m-%d}" for day, mark in marks.items() if mark.is_off] == OFF[year].split()
    assert [f"{day:%m-%d}" for day, mark in marks.items() if not mark.is_off] == WORKED[year].split()


async def test_what_an_administrator_says_counts_more_until_it_is_taken_back(db: Database) -> None:
    await open_office(db, communes=1, teams=1)
    storm, culture, calendar = date(2026, 11, 25), date(2026, 11, 24), OfficeCalendar()
    async with db.write() as session:
        assert not (await calendar.working_time(session, NOW)).is_off(storm)
        await days_off.mark(session, storm, True, "Nghỉ phòng bão", by=1, now=NOW)
        await days_off.mark(session, culture, False, "Làm bù", by=1, now=NOW)
        await days_off.mark(session, storm, True, "Nghỉ phòng bão số 5", by=1, now=NOW)
    async with db.read() as session:
        working = await calendar.working_time(session, NOW)
        assert working.is_off(storm)
        assert not working.is_off(culture)
        assert (working.marks[storm].name, working.marks[storm].source) == ("Nghỉ phòng bão số 5", OFFICE)
    async with db.write() as session:
        assert await days_off.unmark(session, culture, by=1, now=NOW)
        assert not await days_off.unmark(session, culture, by=1, now=NOW)
    async with db.read() as session:
        assert (await calendar.working_time(session, NOW)).is_off(culture)
