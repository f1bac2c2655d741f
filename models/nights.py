"""What was promised by day and still waits when the night or a holiday begins."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import or_, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import escalations
from models.days_off import OfficeCalendar
from models.programmes import Library
from models.reminders import KIND
from models.rules.reminders import STEPS_BEGIN
from models.tables import Outbox
from models.timings import holidays_of, rest_of
from models.zone import zone_of

NIGHTFALL = timedelta(minutes=2)  # what still waits this short a time before the night waits for the morning


async def rest_at_night(session: AsyncSession, library: Library, calendar: OfficeCalendar, now: datetime) -> int:
    """What was promised by day and still waits when the night begins waits for the morning, and is looked at again
    then. What nobody sends by hand waits for the end of the holidays too."""
    moved = 0
    tz, days = zone_of(session), holidays_of(await calendar.working_time(session, now))
    by_itself = or_(Outbox.once.startswith(STEPS_BEGIN), Outbox.kind == escalations.KIND)
    for nights in {programme.quiet for _, programme in await library.current(session)}:
        for rest, which in ((rest_of(nights, days), by_itself), (nights, ~by_itself)):
            morning = rest.quiet_until(now + NIGHTFALL, tz)
            if morning <= now + NIGHTFALL:
                continue
            ours = Outbox.kind.in_((KIND, escalations.KIND))
            waiting = (ours, which, Outbox.state == "ready", Outbox.due_at < morning)
            result = await session.execute(update(Outbox).where(*waiting).values(due_at=morning).returning(Outbox.id))
            moved += len(result.all())
    return moved
