"""What time it is for the bot: the machine's clock, plus what the demo's clock was turned forward."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from models import memos
from models.database import Database

OFFSET = "clock"


class Clock:
    """`offset` is zero except in the demo, where a visitor turns the clock to watch reminders go out."""

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self.offset = offset

    def now(self) -> datetime:
        return datetime.now(UTC) + self.offset

    def set(self, moment: datetime) -> None:
        """From now on it is `moment`, and time goes on from there."""
        self.offset = moment - datetime.now(UTC)


async def keep_clock(db: Database, clock: Clock) -> None:
    """A restart goes on with the time that was set."""
    async with db.write() as session:
        await memos.write(session, OFFSET, {"seconds": clock.offset.total_seconds()})


async def kept_clock(db: Database) -> Clock:
    async with db.read() as session:
        kept = await memos.read(session, OFFSET)
    return Clock(timedelta(seconds=kept.get("seconds", 0.0)))
