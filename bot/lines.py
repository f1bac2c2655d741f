"""One line a chat: what is owed there leaves in order, all chats at once.

Replies wait in their line for a channel that asks for a pause. Nobody waits for a promise: one that cannot leave now
goes back to the outbox, where it can still be stopped, and is put into words anew when its turn comes.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from bot.channels import Channel, Rendered, SendFailed
from bot.endings import Endings
from bot.pace import Pace
from bot.replies import OwedReply
from bot.waiting import wait_any
from models import chats, group_chats
from models.database import Database
from models.outbox import Settled
from models.rules.delivery import try_again_at

HOLD = timedelta(seconds=30)  # a reply refused for no longer than this is waited for in its chat's line
FRESH = timedelta(seconds=3)  # so long the words of a promise hold: then it may have been stopped, or say too little
SHORT = 1.0  # seconds that a promise may wait for its chat's own rhythm

Chat = tuple[str, str]  # channel and address
Attach = Callable[[Rendered, Mapping[str, Any]], Awaitable[Rendered]]
log = structlog.get_logger("delivery")


class Lines:
    """Sends what this process has claimed. `now` tells the time; `wake` is set when something may be claimed again."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        paces: Mapping[str, Pace],
        now: Callable[[], datetime],
        attach: Attach,
        endings: Endings,
        wake: asyncio.Event,
        reach: Callable[[str], None],
    ) -> None:
        self._db = db
        self._channels = channels
        self._paces = paces
        self._now = now
        self._attach = attach
        self._endings = endings
        self._wake = wake
        self._reach = reach
        self._lines: dict[Chat, deque[OwedReply]] = {}
        self._resting: dict[Chat, datetime] = {}  # until when promises to a chat wait for one that comes before them
        self._under_way: set[int] = set()  # handed to a channel, which has not said yet how it went
        self._stopping = asyncio.Event()
        self._tasks: set[asyncio.Future[None]] = set()

    @property
    def busy(self) -> list[Chat]:
        """Chats for which something is in line."""
        return list(self._lines)

    @property
    def held(self) -> list[int]:
        """Everything in line, by its row of the outbox."""
        return [owed.id for line in self._lines.values() for owed in line]

    def add(self, replies: Sequence[OwedReply]) -> None:
        """Put in line; each leaves as soon as it can."""
        for owed in replies:
            chat = (owed.channel, owed.address)
            if chat in self._lines:
                self._lines[chat].append(owed)
            else:
                self._lines[chat] = deque([owed])
                self._spawn(self._send_line(chat))

    async def _send_line(self, chat: Chat) -> None:
        """A reply that has to be tried again is waited for, so that nothing said later overtakes it."""
        line = self._lines[chat]
        try:
            while line and not self._stopping.is_set():
                owed = line[0]
                if self._must_wait(owed):
                    continue
                if wait := await self._send(owed):
                    line[0] = replace(owed, attempts=owed.attempts + 1, callback_ref="")
                    await wait_any(wait, self._stopping)
                elif line and line[0] is owed:  # else it went back to the outbox
                    line.popleft()
        finally:
            del self._lines[chat]
            for owed in line:  # at a stop: surely not sent, so the next start may send it as it is
                if owed.id not in self._under_way:
                    self._end(owed, "ready", due_at=self._now())

    # --- promises that cannot leave now -------------------------------------------------------------------------------

    def _must_wait(self, owed: OwedReply) -> bool:
        """Whether this promise went back to the outbox: its words have grown old, or its chat may not be written to."""
        if owed.composed_at is None:  # a reply
            return False
        wait, now = self._paces[owed.channel].wait(owed.address), self._now()
        not_before = self._resting.pop((owed.channel, owed.address), now)
        if wait > SHORT or not_before > now:
            self._put_back(owed, max(not_before, now + timedelta(seconds=wait)))
            return True
        if now - owed.composed_at > FRESH:
            self._put_back(owed)
            return True
        return False

    def _put_back(self, owed: OwedReply, due_at: datetime | None = None, error: str = "") -> None:
        """With every promise behind it, and whatever comes before that moment: they would overtake it otherwise.
        `due_at` None: due as it was.
        """
        chat = (owed.channel, owed.address)
        line = self._lines[chat]
        back, replies = [each for each in line if each.bulk], [each for each in line if not each.bulk]
        line.clear()
        line.extend(replies)
        for each in back:
            self._end(each, "ready", error=error if each is owed else "", due_at=due_at)
        if due_at is not None:
            self._resting[chat] = due_at

    # --- one send and its ending --------------------------------------------------------------------------------------

    async def _send(self, owed: OwedReply) -> float:
        """Send once. Returns after how many seconds to try again; 0 when this one is over."""
        channel, pace, wait = self._channels[owed.channel], self._paces[owed.channel], 0.0
        try:
            rendered = await self._attach(owed.rendered, owed.to_make)
            if owed.callback_ref:
                self._spawn(channel.notice(owed.callback_ref, rendered.notice))
            if not owed.changes:
                await pace.chat(owed.address)
                for _ in range(len(rendered.files) + (not owed.bulk)):  # a file counts like a message
                    pace.took()
            self._reach("before send")
            self._under_way.add(owed.id)
            ref = await owed.hand_over(channel, rendered)
            self._reach("reply read")
            self._end(owed, "sent", message_ref=ref)
        except SendFailed as failure:
            wait = await self._failed(owed, failure)
        except Exception as bug:  # ours, not the channel's: this message's fate is unclear, the next one's is not
            log.error("send failed", row=owed.id, exc_info=bug)
            self._end(owed, "unknown", error=type(bug).__name__)
        self._under_way.discard(owed.id)  # not when cancelled: then nobody can know
        return wait

    async def _failed(self, owed: OwedReply, failure: SendFailed) -> float:
        now = self._now()
        if failure.retry_after:
            self._paces[owed.channel].silence(owed.address, failure.retry_after, bulk=owed.bulk)
        log.warning("send failed", row=owed.id, channel=owed.channel, kind=failure.kind, reason=failure.reason)
        if failure.new_address:
            await self._move(owed, failure.new_address, now)
        elif failure.kind == "later" or (failure.kind == "unknown" and owed.changes):
            return self._again(owed, failure, now)
        else:
            self._end(owed, "failed" if failure.kind == "refused" else "unknown", error=failure.reason)
            if failure.gone:
                await self._drop(owed, failure.reason, now)
        return 0.0

    async def _move(self, owed: OwedReply, new_address: str, now: datetime) -> None:
        async with self._db.write() as session:
            await group_chats.move(session, owed.channel, owed.address, new_address)
        if owed.bulk:
            self._put_back(owed, now)
        else:
            self._end(owed, "ready", due_at=now)

    async def _drop(self, owed: OwedReply, reason: str, now: datetime) -> None:
        """Nobody is there: what else waits for this chat, in its line or in the outbox, is not tried there."""
        line, given_up = self._lines[owed.channel, owed.address], [owed.id]
        while len(line) > 1:
            given_up.append(line[-1].id)
            self._end(line.pop(), "failed", error=reason)
        async with self._db.write() as session:
            await chats.refused(session, owed.channel, owed.address, now, reason, given_up)
            await group_chats.left(session, owed.channel, owed.address, now)
        self._wake.set()

    def _again(self, owed: OwedReply, failure: SendFailed, now: datetime) -> float:
        """A short wait of a reply is made in its line, every other one in the outbox."""
        again = try_again_at(now, owed.attempts, failure.retry_after)
        if again is None:
            self._end(owed, "failed", error=failure.reason)
        elif owed.bulk:
            self._put_back(owed, again, failure.reason)
        elif again - now <= HOLD:
            return (again - now).total_seconds()
        else:
            self._end(owed, "ready", error=failure.reason, due_at=again)
        return 0.0

    def _end(
        self, owed: OwedReply, state: str, *, message_ref: str = "", error: str = "", due_at: datetime | None = None
    ) -> None:
        self._endings.note(Settled(owed.id, state, self._now(), message_ref, error, due_at))

    # --- the end of the process ---------------------------------------------------------------------------------------

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Future[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (bug := task.exception()) is not None:
            log.error("send task failed", exc_info=bug)

    async def drain(self, seconds: float) -> None:
        """Let everything in line be sent."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    async def stop(self, seconds: float) -> None:
        """Sends under way may end, what did not begin is left for the next start."""
        self._stopping.set()
        await self.drain(seconds)
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
