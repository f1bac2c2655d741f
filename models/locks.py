"""The clocks of a report: which figures its duty gives, who may open it again after the lock, and doing so."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, people, reviews
from models.people import Membership
from models.programmes import Library
from models.report_sheet import Sheet
from models.rules.clocks import Clocks
from models.rules.locks import end_of, locking_moment
from models.rules.periods import local_day
from models.rules.permissions import GRANTS
from models.rules.reviews import ACCEPTED, SUBMITTED
from models.tables import PeriodRow, Review
from models.zone import zone_of

UNLOCKED = "unlocked"
NOTICE = timedelta(days=7)


async def clocks_of(session: AsyncSession, library: Library, period: PeriodRow) -> Clocks:
    """The figures of the duty behind a period, as the plan said them when it opened."""
    programme = await library.get(session, period.programme_id)
    return programme.duty(period.duty.partition("/")[2]).clocks


async def set_missing(session: AsyncSession, library: Library, now: datetime) -> int:
    """Say when periods lock that were opened before their plan said so. Returns how many that were.

    Nobody is locked out from one day to the next: at the earliest a week from now.
    """
    tz = zone_of(session)
    soonest = end_of(local_day(now, tz) + NOTICE, tz)
    found = 0
    for _, programme in await library.current(session):
        for duty in programme.duties:
            without = (PeriodRow.duty == f"{programme.code}/{duty.code}", PeriodRow.locks_at.is_(None))
            wanted = select(PeriodRow).where(*without) if duty.clocks.locks_after_days is not None else None
            for period in [] if wanted is None else await session.scalars(wanted):
                moment = locking_moment(period.due_at, duty.clocks, tz)
                period.locks_at = max(moment or soonest, soonest)
                audit.note(session, at=now, person_id=None, action="period.lock", object=f"period:{period.id}")
                found += 1
    return found


async def unlockers(session: AsyncSession, path: str, now: datetime) -> list[Membership]:
    """Whoever may open a locked report of the unit at `path` again, the nearest first."""
    above = [int(part) for part in path.strip("/").split("/")][:-1]
    held = await people.memberships(session, above, tuple(GRANTS["report.unlock"]), now)
    return sorted(held, key=lambda each: -len(each.unit.path))


async def unlock(
    session: AsyncSession, sheet: Sheet, reason: str, until: datetime, *, person_id: int, revision: int, now: datetime
) -> Review:
    """Open a locked report for changes until a moment, at which it closes by itself. An acceptance is taken back."""
    report = sheet.report
    was_accepted = report.state == ACCEPTED
    report.unlocked_until = until
    if was_accepted:
        report.state = SUBMITTED
    report.version += 1
    found = reviews.say(session, report, UNLOCKED, revision, person_id=person_id, now=now, reason=reason, until=until)
    detail = {"until": until.isoformat(), "accepted": was_accepted}
    audit.note_report(session, report, "report.unlock", at=now, person_id=person_id, detail=detail)
    await session.flush()
    return found
