"""Where a visitor of the demo may turn the bot's clock: forward only, and not too far to follow."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta, tzinfo
from typing import Any

MORNING = time(8)


def turned(now: datetime, zone: tzinfo, wish: Mapping[str, Any]) -> datetime | None:
    """Where the clock shall stand: some hours on, some days on, or the next morning of a day of the month.

    None when the wish is none of these, or too large.
    """
    match wish:
        case {"hours": int(hours)} if 1 <= hours <= 24:
            return now + timedelta(hours=hours)
        case {"days": int(days)} if 1 <= days <= 31:
            return now.astimezone(zone) + timedelta(days=days)
        case {"day": int(day)} if 1 <= day <= 28:
            return _next_morning(now.astimezone(zone), day)
    return None


def _next_morning(here: datetime, day: int) -> datetime:
    morning = datetime.combine(here.date().replace(day=day), MORNING, here.tzinfo)
    if morning > here:
        return morning
    following = (morning.replace(day=1) + timedelta(days=31)).replace(day=day)
    return following
