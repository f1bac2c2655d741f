"""Sends what is owed: replies right after their commit, everything else claimed first; and writes down honestly how
each send ended.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import Channel, Rendered
from bot.clock import Clock
from bot.endings import Endings
from bot.lines import Attach, Lines
from bot.pace import Pace
from bot.replies import OwedReply, made_later
from bot.waiting import wait_any
from models import outbox
from models.database import Database
from models.messages import Message, unpack
from models.outbox import Settled
from models.pushed import keep_buttons
from models.tables import Outbox

AT_ONCE = 4  # promises claimed together: a killed process leaves at most these unclear
IDLE = 0.5  # seconds between looks at the outbox when nothing is due

Compose = Callable[[AsyncSession, Outbox, datetime], Awaitable[Message | None]]
Wording = Callable[[Message, int | None], Rendered]
log = structlog.get_logger("delivery")


class Delivery:
    """`compose` decides again at the last second whether a promise still holds; `wording` turns it into words for its
    reader.
    """

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        paces: Mapping[str, Pace],
        clock: Clock,
        compose: Compose,
        wording: Wording,
        attach: Attach,
        reach: Callable[[str], None],
    ) -> None:
        self._db = db
        self._channels = channels
        self._paces = paces
        self._clock = clock
        self._compose = compose
        self._wording = wording
        self._reach = reach
        self.wake = asyncio.Event()
        self._endings = Endings(db, self.wake, reach)
        self._lines = Lines(db, channels, paces, self._now, attach, self._endings, self.wake, reach)

    def _now(self) -> datetime:
        return self._clock.now()

    def reply(self, replies: Sequence[OwedReply]) -> None:
        """Send what this process has claimed: in order inside each chat, all chats at once."""
        self._lines.add(replies)

    # --- promises: claimed, then put in line --------------------------------------------------------------------------

    async def run(self, stop: asyncio.Event) -> None:
        """Send what falls due until told to stop; a database that is away is waited for."""
        while not stop.is_set():
            self.wake.clear()
            try:
                taken = await self.send_due()
            except (SQLAlchemyError, OSError) as error:
                log.error("database away", error=type(error).__name__)
                taken = 0
            if taken == 0:
                await wait_any(IDLE, self.wake, stop)

    async def send_due(self, lane: int = outbox.ANNOUNCEMENT) -> int:
        """One round: claim what is due up to this lane, put it in line at the channel's pace. Returns how many.

        Of a channel that asked for a pause nothing is claimed that nobody waits for.
        """
        silent = [name for name, pace in self._paces.items() if pace.is_silent]
        async with self._db.write() as session:
            now = self._now()
            rows = await outbox.claim(session, now, AT_ONCE, self._lines.busy, lane, silent)
            messages = [await self._composed(session, row, now) for row in rows]
        self._reach("after claim commit")
        for row, message in zip(rows, messages, strict=True):
            if message is None:
                self._endings.note(Settled(row.id, "cancelled", self._now(), error="no longer owed"))
                continue
            if row.channel not in self._channels:
                self._endings.note(Settled(row.id, "failed", self._now(), error="channel not in use"))
                continue
            if row.lane > outbox.REPLY:
                await self._paces[row.channel].bulk()
            self._put_in_line(row, message, now)
        return len(rows)

    async def _composed(self, session: AsyncSession, row: Outbox, now: datetime) -> Message | None:
        if row.lane > outbox.REPLY:
            message = await self._compose(session, row, now)
            if message is not None:
                keep_buttons(row, message)
            return message
        return None if await outbox.is_overtaken(session, row) else unpack(row.body)

    def _put_in_line(self, row: Outbox, message: Message, composed_at: datetime) -> None:
        try:
            rendered = self._wording(message, row.body.get("account"))
        except Exception as bug:  # a text that cannot be worded holds up nobody else's
            log.error("promise not worded", row=row.id, exc_info=bug)
            self._endings.note(Settled(row.id, "failed", self._now(), error=type(bug).__name__))
            return
        is_bulk = row.lane > outbox.REPLY
        owed = OwedReply(
            row.id, row.channel, row.address, replace(rendered, is_bulk=is_bulk), row.body.get("card", ""),
            to_make=made_later(message), attempts=row.attempts,
            composed_at=composed_at if is_bulk else None, delete=row.body.get("delete", ""),
        )  # fmt: skip
        self._lines.add([owed])

    # --- endings ------------------------------------------------------------------------------------------------------

    def take_sent(self) -> list[Settled]:
        """Ordinary endings that the next transaction may note on its way, sparing a commit."""
        return self._endings.take_sent()

    def give_back(self, settled: Sequence[Settled]) -> None:
        """Their transaction was rolled back; they are still to be noted."""
        self._endings.give_back(settled)

    async def settle(self, stop: asyncio.Event) -> None:
        """Write endings down, those of the same moment together."""
        await self._endings.settle(stop)

    async def settle_now(self) -> None:
        """Write down the endings that are known."""
        await self._endings.settle_now()

    async def keep_hold(self) -> None:
        """Whatever this process holds is no dead one's: nobody may call it unclear while it waits here."""
        await self.settle_now()
        if held := self._lines.held:
            async with self._db.write() as session:
                await outbox.renew(session, held, self._now())

    async def drain(self, seconds: float) -> None:
        """Let everything in line be sent; then note the endings."""
        await self._lines.drain(seconds)
        await self.settle_now()

    async def stop(self, seconds: float) -> None:
        """A graceful stop: sends under way may end, what did not begin is left for the next start."""
        await self._lines.stop(seconds)
        await self.settle_now()
