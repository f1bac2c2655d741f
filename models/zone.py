"""The office's time zone, by which days and deadlines are counted: the setting TIMEZONE, carried by every session."""

from __future__ import annotations

from datetime import tzinfo
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")  # one zone for the whole country, no summer time


def zone_of(session: AsyncSession) -> tzinfo:
    """The zone of the office whose database this is."""
    zone: tzinfo = session.info.get("zone", VIETNAM)
    return zone
