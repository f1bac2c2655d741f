"""How sends ended: kept until they are written down, those of the same moment in one commit."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot.waiting import wait_any
from models import outbox
from models.database import Database
from models.outbox import Settled

SETTLE_AFTER = 0.02  # seconds: endings that come close together share one commit
AGAIN = 0.5  # seconds until a database that was away is tried again
log = structlog.get_logger("delivery")


class Endings:
    """`wake` is set when something may be claimed again."""

    def __init__(self, db: Database, wake: asyncio.Event, reach: Callable[[str], None]) -> None:
        self._db = db
        self._wake = wake
        self._reach = reach
        self._kept: list[Settled] = []
        self._ended = asyncio.Event()

    def note(self, settled: Settled) -> None:
        """To be written down soon."""
        self._kept.append(settled)
        self._ended.set()

    def take_sent(self) -> list[Settled]:
        """Ordinary endings that the next transaction may note on its way, sparing a commit."""
        ordinary = [one for one in self._kept if one.state == "sent"]
        self._kept = [one for one in self._kept if one.state != "sent"]
        return ordinary

    def give_back(self, settled: Sequence[Settled]) -> None:
        """Their transaction was rolled back; they are still to be noted."""
        self._kept.extend(settled)
        self._ended.set()

    async def settle(self, stop: asyncio.Event) -> None:
        """Write them down as they come, until told to stop."""
        while not stop.is_set():
            await wait_any(None, self._ended, stop)
            await asyncio.sleep(SETTLE_AFTER)
            try:
                await self.settle_now()
            except (SQLAlchemyError, OSError) as error:
                log.error("database away", error=type(error).__name__)
                await asyncio.sleep(AGAIN)

    async def settle_now(self) -> None:
        """Write down what is known so far."""
        self._ended.clear()
        endings, self._kept = self._kept, []
        if not endings:
            return
        try:
            async with self._db.write() as session:
                await outbox.sent(session, [one for one in endings if one.state == "sent"])
                await outbox.settle(session, [one for one in endings if one.state != "sent"])
                self._reach("before sent commit")
        except BaseException:
            self.give_back(endings)
            raise
        if any(one.state == "ready" for one in endings):
            self._wake.set()
