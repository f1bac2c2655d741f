"""How many announcements somebody may send off in a day without a second person's word."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.announcements import ASKED, PLANNED, SENDING, SENT, STOPPED
from models.rules.announcing import AnnouncingPolicy
from models.rules.periods import local_day, moment_of
from models.tables import Announcement
from models.zone import zone_of

COUNTED = (ASKED, PLANNED, SENDING, SENT, STOPPED)  # what was recalled or replaced is taken back


async def left_on(
    session: AsyncSession, author_id: int, policy: AnnouncingPolicy, moment: datetime, *, but: int = 0
) -> int:
    """How many more announcements of somebody may go out on that day of the office. `but`: one that is not counted.

    Corrections and what goes out by its plan count for nothing.
    """
    zone = zone_of(session)
    since = moment_of(local_day(moment, zone), time(), zone)
    goes_out = func.coalesce(Announcement.send_at, Announcement.asked_at)
    statement = (
        select(func.count())
        .where(Announcement.author_id == author_id, Announcement.state.in_(COUNTED), Announcement.id != but)
        .where(Announcement.occurs_at.is_(None), Announcement.replaces_id.is_(None))
        .where(goes_out >= since, goes_out < since + timedelta(days=1))
    )
    return max(0, policy.daily_limit - (await session.scalar(statement) or 0))


async def is_full(session: AsyncSession, announcement: Announcement, policy: AnnouncingPolicy, at: datetime) -> bool:
    """Whether its author has none left for it on that day; a correction is never held up by how much was sent."""
    if announcement.replaces_id is not None or announcement.occurs_at is not None or announcement.author_id is None:
        return False
    return not await left_on(session, announcement.author_id, policy, at, but=announcement.id)
