"""The clocks of a report: which figures its duty gives, who may open it again after the lock, and doing so."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, people
from models.people import Membership
from models.programmes import Library
from models.report_sheet import Sheet
from models.rules.clocks import Clocks
from models.rules.permissions import GRANTS
from models.rules.reviews import ACCEPTED, SUBMITTED
from models.tables import PeriodRow, Review

UNLOCKED = "unlocked"


async def clocks_of(session: AsyncSession, library: Library, period: PeriodRow) -> Clocks:
    """The figures of the duty behind a period, as the plan said them when it opened."""
    programme = await library.get(session, period.programme_id)
    return programme.duty(period.duty.partition("/")[2]).clocks


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
    found = Review(
        report_id=report.id,
        revision=revision,
        kind=UNLOCKED,
        reason=reason,
        until=until,
        person_id=person_id,
        at=now,
    )
    session.add(found)
    detail = {"until": until.isoformat(), "accepted": was_accepted}
    audit.note_report(session, report, "report.unlock", at=now, person_id=person_id, detail=detail)
    await session.flush()
    return found
