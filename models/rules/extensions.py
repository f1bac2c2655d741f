"""More time for a report: who may ask for how much, and what may be granted."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from models.rules import Refusal
from models.rules.clocks import Clocks
from models.rules.locks import end_of
from models.rules.periods import local_day


def latest_extension(due: datetime, locks_at: datetime | None, clocks: Clocks, tz: tzinfo) -> datetime:
    """The latest moment to which a deadline may be moved: so many days past it, and before the period locks."""
    most = end_of(local_day(due, tz) + timedelta(days=clocks.extension_days), tz)
    if locks_at is None or most < locks_at:
        return most
    # the lock falls at the end of a day, so the day before is the last whole one
    return end_of(local_day(locks_at, tz) - timedelta(days=1), tz)


def refuse_pointless(due: datetime, latest: datetime, filed: bool, now: datetime) -> None:
    """Raises Refusal extension.filed when the report is there, extension.too_late(last) when no time can be given."""
    if filed:
        raise Refusal("extension.filed")
    if latest <= max(due, now):
        raise Refusal("extension.too_late", last=latest)
