"""Which days are off: public holidays as the package `holidays` knows them, then our file, then the administrators."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import cache

import holidays
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.rules.office_rhythm import Rhythm
from models.rules.periods import local_day
from models.rules.working_hours import DayMark, OfficeHours, WorkingTime
from models.tables import DayOff
from models.zone import zone_of

LAW = "holidays"  # the source of a mark that the package gives
OFFICE = "office"  # of one that somebody set in the chat


class OfficeCalendar:
    """When offices work. What an administrator says about a day counts more than the file, the file than the law.

    `rhythm`: what comes again in it by itself.
    """

    def __init__(
        self,
        hours: OfficeHours | None = None,
        marks: Mapping[date, DayMark] | None = None,
        rhythm: Rhythm | None = None,
    ) -> None:
        self._hours = hours or OfficeHours()
        self._marks = dict(marks or {})
        self.rhythm = rhythm or Rhythm()

    async def working_time(self, session: AsyncSession, now: datetime, years: int = 1) -> WorkingTime:
        """The office's clock around that moment: from the year before until so many years after."""
        year = local_day(now, zone_of(session)).year
        return WorkingTime(self._hours, await self.marks(session, range(year - 1, year + years + 1)), zone_of(session))

    async def marks(self, session: AsyncSession, years: Sequence[int]) -> dict[date, DayMark]:
        """What is said about days of these years, in their order."""
        found = {day: mark for year in years for day, mark in _public(year).items()}
        found |= {day: mark for day, mark in self._marks.items() if day.year in years}
        first, last = date(min(years), 1, 1), date(max(years), 12, 31)
        for row in await session.scalars(select(DayOff).where(DayOff.day >= first, DayOff.day <= last)):
            found[row.day] = DayMark(row.is_off, row.name, OFFICE)
        return dict(sorted(found.items()))

    async def year_marks(self, session: AsyncSession, year: int) -> dict[date, DayMark]:
        """What changes a weekday of that year; a holiday on a Saturday changes nothing."""
        marks = await self.marks(session, (year,))
        usual = self._hours.weekdays
        return {day: mark for day, mark in marks.items() if mark.is_off == (day.weekday() in usual)}


@cache
def _public(year: int) -> dict[date, DayMark]:
    known = holidays.country_holidays("VN", years=year, language="vi")
    marks = {day: DayMark(True, str(name), LAW) for day, name in known.items()}
    # days worked in exchange for others; the package keeps them of every year
    return marks | {day: DayMark(False, "", LAW) for day in known.weekend_workdays if day.year == year}


async def mark(session: AsyncSession, day: date, is_off: bool, name: str, *, by: int, now: datetime) -> None:
    """Say about a day that it is off, or worked after all; what was said of it before no longer counts."""
    row = await session.get(DayOff, day)
    if row is None:
        row = DayOff(day=day, is_off=is_off, name=name, person_id=by, at=now)
        session.add(row)
    else:
        row.is_off, row.name, row.person_id, row.at = is_off, name, by, now
    detail = {"off": is_off, "name": name}
    audit.note(session, at=now, person_id=by, action="day_off.mark", object=f"day:{day.isoformat()}", detail=detail)
    await session.flush()


async def unmark(session: AsyncSession, day: date, *, by: int, now: datetime) -> bool:
    """Take back what was said of a day: the law and the file count again. Returns whether there was anything."""
    row = await session.get(DayOff, day)
    if row is None:
        return False
    await session.delete(row)
    audit.note(session, at=now, person_id=by, action="day_off.unmark", object=f"day:{day.isoformat()}")
    await session.flush()
    return True
