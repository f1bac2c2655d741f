"""Visits noted down in one go, taken back on the same day, and whose they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.rules import Refusal
from models.rules.guides import Guide
from models.rules.periods import local_day, moment_of
from models.rules.quick_logs import QuickLog
from models.rules.visits import FILED, FINISHED
from models.tables import Visit
from models.visits import ENDED, Speaker
from models.zone import zone_of

QUICK, UNDONE = "quick", "undone"


async def note(
    session: AsyncSession, log: QuickLog, guide: Guide, speaker: Speaker, unit_id: int, now: datetime
) -> Visit:
    """One row for all of them; how long they took is not known."""
    visit = Visit(
        kind=QUICK,
        guide=guide.code,
        edition=guide.edition,
        unit_id=unit_id,
        person_id=speaker.person_id,
        account_id=speaker.account_id,
        state=ENDED,
        outcome=FILED if log.files else FINISHED,
        turns=log.turns,
        people=log.people,
        files=log.files,
        seconds=0,
        trail=[],
        started_at=now,
        touched_at=now,
        ended_at=now,
        version=1,
    )
    session.add(visit)
    await session.flush()
    _audit(session, visit, "visit.log", speaker.person_id, now)
    return visit


async def undo(session: AsyncSession, visit: Visit, *, by: int | None, now: datetime) -> None:
    """Take a line back: it counts nowhere from now on.

    Raises Refusal log.already_undone, log.too_late(on): of another day than today, for reports may stand on it.
    """
    zone = zone_of(session)
    if visit.state == UNDONE:
        raise Refusal("log.already_undone")
    if visit.kind != QUICK or visit.ended_at is None:
        raise Refusal("permission.not_found")
    if local_day(visit.ended_at, zone) != local_day(now, zone):
        raise Refusal("log.too_late", on=local_day(visit.ended_at, zone))
    visit.state = UNDONE
    visit.version += 1
    _audit(session, visit, "visit.undo", by, now)


async def today(session: AsyncSession, speaker: Speaker, now: datetime) -> int:
    """How many turns the speaker has helped with today, walked through or noted down."""
    midnight = moment_of(local_day(now, zone_of(session)), time(), zone_of(session))
    wanted = select(func.sum(Visit.turns)).where(speaker.owns, Visit.state == ENDED, Visit.ended_at >= midnight)
    return int(await session.scalar(wanted) or 0)


async def guides_used(session: AsyncSession, speaker: Speaker, most: int) -> Sequence[str]:
    """The guides that the speaker used last, the latest first."""
    last = func.max(Visit.id)
    wanted = select(Visit.guide).where(speaker.owns).group_by(Visit.guide).order_by(last.desc()).limit(most)
    return (await session.scalars(wanted)).all()


def _audit(session: AsyncSession, visit: Visit, action: str, by: int | None, now: datetime) -> None:
    detail = {"guide": visit.guide, "turns": visit.turns, "people": visit.people, "files": visit.files}
    thing = f"visit:{visit.id}"
    audit.note(session, at=now, person_id=by, action=action, object=thing, unit_id=visit.unit_id, detail=detail)
