"""Sends what is owed: replies right after their commit, everything else claimed first; and writes down honestly how
each send ended.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import Channel, Rendered, SendFailed
from bot.clock import Clock
from bot.pace import Pace
from bot.replies import OwedReply, made_later
from models import chats, outbox
from models.database import Database
from models.messages import Message, unpack
from models.outbox import Settled
from models.rules.delivery import try_again_at
from models.tables import Outbox

AT_ONCE = 4  # promises claimed together: a killed process leaves at most these unclear
IDLE = 0.5  # seconds between looks at the outbox when nothing is due
HOLD = timedelta(seconds=30)  # a send refused for no longer than this is waited for in its chat's line
SETTLE_AFTER = 0.02  # seconds: endings that come close together share one commit

Compose = Callable[[AsyncSession, Outbox, datetime], Awaitable[Message | None]]
Wording = Callable[[Message, int | None], Rendered]
Attach = Callable[[Rendered, Mapping[str, Any]], Awaitable[Rendered]]
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
        self._attach = attach
        self._reach = reach
        self._lines: dict[tuple[str, str], deque[OwedReply]] = {}
        self._under_way: set[int] = set()  # handed to a channel, which has not said yet how it went
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Future[None]] = set()
        self._endings: list[Settled] = []
        self._ended = asyncio.Event()
        self.wake = asyncio.Event()

    # --- one line a chat ----------------------------------------------------------------------------------------------

    def reply(self, replies: Sequence[OwedReply]) -> None:
        """Send what this process has claimed: in order inside each chat, all chats at once."""
        for owed in replies:
            chat = (owed.channel, owed.address)
            if chat in self._lines:
                self._lines[chat].append(owed)
            else:
                self._lines[chat] = deque([owed])
                self._spawn(self._send_line(chat))

    async def _send_line(self, chat: tuple[str, str]) -> None:
        """Whatever has to be tried again is waited for, so that nothing said later overtakes it."""
        line = self._lines[chat]
        try:
            while line and not self._stopping.is_set():
                wait = await self._send(line[0])
                if wait:
                    line[0] = replace(line[0], attempts=line[0].attempts + 1, callback_ref="")
                    await _wait_any(wait, self._stopping)
                    if line[0].bulk:
                        await self._paces[chat[0]].bulk()
                else:
                    line.popleft()
        finally:
            del self._lines[chat]
            for owed in line:  # at a stop: surely not sent, so the next start may send it as it is
                if owed.id not in self._under_way:
                    self._end(Settled(owed.id, "ready", self._clock.now(), due_at=self._clock.now()))

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
                await _wait_any(IDLE, self.wake, stop)

    async def send_due(self, lane: int = outbox.ANNOUNCEMENT) -> int:
        """One round: claim what is due up to this lane, put it in line at the channel's pace. Returns how many."""
        async with self._db.write() as session:
            now = self._clock.now()
            rows = await outbox.claim(session, now, AT_ONCE, list(self._lines), lane)
            messages = [await self._composed(session, row, now) for row in rows]
        self._reach("after claim commit")
        for row, message in zip(rows, messages, strict=True):
            if message is None:
                self._end(Settled(row.id, "cancelled", self._clock.now(), error="no longer owed"))
                continue
            if row.channel not in self._channels:
                self._end(Settled(row.id, "failed", self._clock.now(), error="channel not in use"))
                continue
            if row.lane > outbox.REPLY:
                await self._paces[row.channel].bulk()
            self._put_in_line(row, message)
        return len(rows)

    async def _composed(self, session: AsyncSession, row: Outbox, now: datetime) -> Message | None:
        if row.lane > outbox.REPLY:
            return await self._compose(session, row, now)
        return None if await outbox.is_overtaken(session, row) else unpack(row.body)

    def _put_in_line(self, row: Outbox, message: Message) -> None:
        try:
            rendered = self._wording(message, row.body.get("account"))
        except Exception as bug:  # a text that cannot be worded holds up nobody else's
            log.error("promise not worded", row=row.id, exc_info=bug)
            self._end(Settled(row.id, "failed", self._clock.now(), error=type(bug).__name__))
            return
        owed = OwedReply(
            row.id, row.channel, row.address, rendered, row.body.get("card", ""), to_make=made_later(message),
            attempts=row.attempts, bulk=row.lane > outbox.REPLY,
        )  # fmt: skip
        self.reply([owed])

    # --- one send and its ending --------------------------------------------------------------------------------------

    async def _send(self, owed: OwedReply) -> float:
        """Send once. Returns after how many seconds to try again; 0 when this one is over."""
        channel, pace, wait = self._channels[owed.channel], self._paces[owed.channel], 0.0
        try:
            rendered = await self._attach(owed.rendered, owed.to_make)
            if owed.callback_ref:
                self._spawn(channel.notice(owed.callback_ref, rendered.notice))
            if not owed.card:
                await pace.chat(owed.address)
                if not owed.bulk:
                    pace.took()
            self._reach("before send")
            self._under_way.add(owed.id)
            ref = await channel.send(owed.address, rendered, card=owed.card)
            self._reach("reply read")
            self._end(Settled(owed.id, "sent", self._clock.now(), message_ref=ref))
        except SendFailed as failure:
            wait = await self._failed(owed, failure)
        except Exception as bug:  # ours, not the channel's: this message's fate is unclear, the next one's is not
            log.error("send failed", row=owed.id, exc_info=bug)
            self._end(Settled(owed.id, "unknown", self._clock.now(), error=type(bug).__name__))
        self._under_way.discard(owed.id)  # not when cancelled: then nobody can know
        return wait

    async def _failed(self, owed: OwedReply, failure: SendFailed) -> float:
        now = self._clock.now()
        if failure.retry_after:
            self._paces[owed.channel].silence(owed.address, failure.retry_after, bulk=owed.bulk)
        log.warning("send failed", row=owed.id, channel=owed.channel, kind=failure.kind, reason=failure.reason)
        if failure.new_address:
            async with self._db.write() as session:
                await outbox.move_address(session, owed.channel, owed.address, failure.new_address)
            self._end(Settled(owed.id, "ready", now, due_at=now))
        elif failure.kind == "later" or (failure.kind == "unknown" and owed.card):
            return self._again(owed, failure, now)
        else:
            state = "failed" if failure.kind == "refused" else "unknown"
            self._end(Settled(owed.id, state, now, error=failure.reason))
            if failure.gone:
                await self._drop(owed, failure.reason, now)
        return 0.0

    async def _drop(self, owed: OwedReply, reason: str, now: datetime) -> None:
        """Nobody is there: what else waits for this chat, in its line or in the outbox, is not tried there."""
        line, given_up = self._lines[owed.channel, owed.address], [owed.id]
        while len(line) > 1:
            given_up.append(line.pop().id)
            self._end(Settled(given_up[-1], "failed", now, error=reason))
        async with self._db.write() as session:
            await chats.refused(session, owed.channel, owed.address, now, reason, given_up)
        self.wake.set()

    def _again(self, owed: OwedReply, failure: SendFailed, now: datetime) -> float:
        """A short wait is made in the line, a long one in the outbox."""
        again = try_again_at(now, owed.attempts, failure.retry_after)
        if again is not None and again - now <= HOLD:
            return (again - now).total_seconds()
        state = "failed" if again is None else "ready"
        self._end(Settled(owed.id, state, now, error=failure.reason, due_at=again))
        return 0.0

    def _end(self, settled: Settled) -> None:
        self._endings.append(settled)
        self._ended.set()

    def take_sent(self) -> list[Settled]:
        """Ordinary endings that the next transaction may note on its way, sparing a commit."""
        ordinary = [one for one in self._endings if one.state == "sent"]
        self._endings = [one for one in self._endings if one.state != "sent"]
        return ordinary

    def give_back(self, settled: Sequence[Settled]) -> None:
        """Their transaction was rolled back; they are still to be noted."""
        self._endings.extend(settled)
        self._ended.set()

    async def settle(self, stop: asyncio.Event) -> None:
        """Write endings down, those of the same moment together."""
        while not stop.is_set():
            await _wait_any(None, self._ended, stop)
            await asyncio.sleep(SETTLE_AFTER)
            try:
                await self.settle_now()
            except (SQLAlchemyError, OSError) as error:
                log.error("database away", error=type(error).__name__)
                await asyncio.sleep(IDLE)

    async def settle_now(self) -> None:
        self._ended.clear()
        endings, self._endings = self._endings, []
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
            self.wake.set()

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Future[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            log.error("send task failed", exc_info=bug)

    async def drain(self, seconds: float) -> None:
        """Let everything in line be sent; then note the endings."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        await self.settle_now()

    async def stop(self, seconds: float) -> None:
        """A graceful stop: sends under way may end, what did not begin is left for the next start."""
        self._stopping.set()
        await self.drain(seconds)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.settle_now()


async def _wait_any(seconds: float | None, *events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
