"""Who wants to be reminded later, and until when nothing is said to them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, tzinfo

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.days_off import OfficeCalendar
from models.messages import Button
from models.owings import Owing
from models.programmes import Library
from models.rules.periods import local_day
from models.rules.reminders import Rest
from models.tables import Snooze
from models.timings import timings

WRITTEN = "%Y%m%d%H%M"  # a moment in UTC, as a button carries it
KEPT = timedelta(days=3)  # after an outage that long a wish of somebody is history


async def put(session: AsyncSession, person_id: int, until: datetime, now: datetime) -> None:
    """From now on nothing is said of what they owe, until then; a later wish takes the place of an earlier one."""
    row = await session.get(Snooze, person_id)
    if row is None:
        session.add(Snooze(person_id=person_id, until=until, at=now))
    else:
        row.until, row.at = until, now
    detail = {"until": until.isoformat()}
    audit.note(
        session, at=now, person_id=person_id, action="reminder.snooze", object=f"person:{person_id}", detail=detail
    )
    await session.flush()


async def asleep_until(session: AsyncSession, person_id: int, now: datetime) -> datetime | None:
    """Until when this person wants to hear nothing; None: they may be spoken to."""
    until = await session.scalar(select(Snooze.until).where(Snooze.person_id == person_id))
    return until if until is not None and until > now else None


async def lately(session: AsyncSession, now: datetime) -> dict[int, datetime]:
    """By person, until when they sleep, or when they woke not long ago."""
    rows = await session.execute(select(Snooze.person_id, Snooze.until).where(Snooze.until > now - KEPT))
    return {person_id: until for person_id, until in rows}


async def forget(session: AsyncSession, person_id: int) -> None:
    await session.execute(delete(Snooze).where(Snooze.person_id == person_id))


async def limits(
    session: AsyncSession, library: Library, calendar: OfficeCalendar, owed: Sequence[Owing], now: datetime
) -> tuple[datetime | None, Rest | None]:
    """The nearest deadline still ahead of what is owed, and when nothing goes out by itself; None: nothing is owed."""
    known = await timings(session, library, calendar, owed, now)
    ahead = [each.deadline for each in owed if each.deadline > now and known[each.period_id].has_begun(each, now)]
    rest = known[owed[0].period_id].rest if owed else None
    return min(ahead, default=None), rest


def snooze_row(moments: Sequence[datetime], now: datetime, tz: tzinfo) -> tuple[Button, ...]:
    """A button for each moment, with its hour and whether it is today."""
    today = local_day(now, tz)
    return tuple(
        Button(
            "snooze.button_until",
            "snooze.until",
            arg=each.astimezone(UTC).strftime(WRITTEN),
            values={"at": each, "today": local_day(each, tz) == today},
        )
        for each in moments
    )
