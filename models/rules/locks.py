"""When a report takes no change any more, and for which of three reasons; and how long it may be opened again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal

from models.rules.clocks import Clocks
from models.rules.periods import END_OF_DAY, local_day, moment_of

Reason = Literal["locked", "reopening_over", "waived"]


@dataclass(frozen=True, slots=True)
class Closed:
    """Why nothing can be written: the period is locked `since`; it was opened again and that ended at `since`; or it
    is not owed after all, for the reason `why`.
    """

    reason: Reason
    since: datetime | None = None
    why: str = ""


def why_closed(
    locks_at: datetime | None, unlocked_until: datetime | None, now: datetime, waived: str = "", filed: bool = False
) -> Closed | None:
    """Why a report takes no change at `now`; None while it does. What was filed stays open although waived later."""
    if waived and not filed:
        return Closed("waived", why=waived)
    if locks_at is None or now <= locks_at:
        return None
    if unlocked_until is None:
        return Closed("locked", locks_at)
    return None if now <= unlocked_until else Closed("reopening_over", unlocked_until)


def closes_at(locks_at: datetime | None, unlocked_until: datetime | None, now: datetime) -> datetime | None:
    """The moment at which an open report closes; None when it never does."""
    return locks_at if locks_at is None or now <= locks_at else unlocked_until


def locking_moment(due: datetime, clocks: Clocks, tz: tzinfo) -> datetime | None:
    """The last good second of a period, in UTC; None when it never locks."""
    if clocks.locks_after_days is None:
        return None
    return end_of(local_day(due, tz) + timedelta(days=clocks.locks_after_days), tz)


def end_of(day: date, tz: tzinfo) -> datetime:
    """The last second of a day of the office, in UTC."""
    return moment_of(day, END_OF_DAY, tz)


def unlocking_ends(clocks: Clocks, now: datetime, tz: tzinfo) -> tuple[datetime, datetime]:
    """Until when an unlocking lasts by itself, and at the latest."""
    today = local_day(now, tz)
    usual = min(clocks.unlock_days, clocks.unlock_most_days)
    return end_of(today + timedelta(days=usual), tz), end_of(today + timedelta(days=clocks.unlock_most_days), tz)
