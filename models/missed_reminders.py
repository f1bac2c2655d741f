"""Steps of the reminders that the bot stood still for: too old to be said, so kept and told to the coordinator."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.days_off import OfficeCalendar
from models.insertion import insert_once
from models.owings import still_owed
from models.programmes import Library
from models.rules.trees import ids_of
from models.tables import MissedReminder, Obligation, Unit
from models.timings import timings
from models.units import below


async def note(
    session: AsyncSession, library: Library, calendar: OfficeCalendar, since: datetime | None, now: datetime
) -> int:
    """Keep what was missed between `since`, when the timetable stood still (None: it did not), and now.

    Found out twice it is kept once. Returns how many steps are new.
    """
    if since is None:
        return 0
    owed = await still_owed(session, now)
    known = await timings(session, library, calendar, owed, now)
    rows = [
        {"obligation_id": each.obligation_id, "step": step.name, "due_at": each.deadline, "at": now}
        for each in owed
        for step in known[each.period_id].missed(each, since, now)
    ]
    new = await insert_once(session, MissedReminder, rows)
    if new:
        tops = {ids_of(each.unit_path)[0] for each in owed}
        detail = {"since": since.isoformat(), "steps": new, "tops": sorted(tops)}
        audit.note(session, at=now, person_id=None, action="reminder.missed", object="timetable", detail=detail)
    return new


async def count(session: AsyncSession, path: str, since: datetime) -> int:
    """How many reports of a subtree lost a step that was found out from that moment on."""
    statement = (
        select(func.count(func.distinct(MissedReminder.obligation_id)))
        .join(Obligation, Obligation.id == MissedReminder.obligation_id)
        .join(Unit, Unit.id == Obligation.unit_id)
        .where(below(path), MissedReminder.at >= since)
    )
    return await session.scalar(statement) or 0
