"""What Telegram owes the bot: updates kept until they are confirmed, fetched by long poll."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.standin.bodies import Params
from tests.standin.refused import Refused

_NOT_UNASKED = frozenset({"chat_member", "message_reaction", "message_reaction_count"})  # only on explicit wish
_OTHER = "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"
_HOOKED = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


@dataclass(slots=True)
class Pending:
    """One update on its way. `queue`: only one update of a queue is under way by webhook at a time."""

    update_id: int
    queue: int
    until: float
    body: dict[str, Any]


class Updates:
    """The queue of one bot. By `clock`, messages wait 24 hours and button presses 150 seconds (`callback_life`)."""

    def __init__(self, clock: Callable[[], float] = time.time, first_id: int = 1000) -> None:
        self.clock = clock
        self.pending: dict[int, Pending] = {}
        self.allowed: frozenset[str] | None = None
        self.message_life, self.callback_life = 86_400.0, 150.0
        self.conflicts = 0
        self.confirmed = 0
        self.hooked = False  # a webhook is set
        self.on_add: Callable[[Pending], None] | None = None
        self._next_id = first_id
        self._poll: asyncio.Future[None] | None = None
        self._newest = 0
        self._in_order = True

    def add(self, kind: str, content: dict[str, Any], queue: int) -> int:
        """Puts an update in the queue and returns its id; 0 when the bot did not ask for that kind."""
        if kind in _NOT_UNASKED if self.allowed is None else kind not in self.allowed:
            return 0
        update_id, self._next_id = self._next_id, self._next_id + 1
        life = self.callback_life if kind == "callback_query" else self.message_life
        self.put(Pending(update_id, queue, self.clock() + life, {"update_id": update_id, kind: content}))
        return update_id

    def put(self, update: Pending) -> None:
        """Puts an update in as it is: once more (a redelivery), out of order, or broken on purpose."""
        self._in_order = self._in_order and update.update_id > self._newest
        self._newest = max(self._newest, update.update_id)
        self.pending[update.update_id] = update
        if self.hooked and self.on_add:
            self.on_add(update)
        elif self._poll and not self._poll.done():
            self._poll.set_result(None)

    def expire(self) -> None:
        """Drops what has waited too long."""
        now = self.clock()
        for update in [each for each in self.pending.values() if each.until <= now]:
            del self.pending[update.update_id]

    async def get(self, params: Params) -> list[dict[str, Any]]:
        """getUpdates. Raises Refused (409) when a webhook is set, or when another poll takes this one's place."""
        if self.hooked:
            raise self._conflict(_HOOKED)
        offset, limit = params.integer("offset"), min(100, max(1, params.integer("limit", 100)))
        timeout = min(50, max(0, params.integer("timeout")))
        self.allow(params.data("allowed_updates"))
        if self._poll and not self._poll.done():
            self._poll.set_exception(self._conflict(_OTHER))
        offset = self._from_the_end(offset) if offset < 0 else offset
        self._confirm(offset)
        found = self._batch(offset, limit)
        if found or not timeout:
            return found
        await self._wait(timeout)
        return self._batch(offset, limit)

    def allow(self, kinds: list[str] | None) -> None:
        """Which kinds of update the bot wants from now on; None leaves it, [] is the usual choice."""
        if kinds is not None:
            self.allowed = frozenset(kinds) or None

    def end_poll(self, why: str) -> None:
        """Ends a waiting poll with 409."""
        if self._poll and not self._poll.done():
            self._poll.set_exception(self._conflict(why))

    async def _wait(self, timeout: float) -> None:
        poll = self._poll = asyncio.get_running_loop().create_future()
        try:
            await asyncio.wait_for(poll, timeout)
        except TimeoutError:
            return
        finally:
            if self._poll is poll:
                self._poll = None

    def _batch(self, offset: int, limit: int) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        now = self.clock()
        old: list[int] = []
        for update in self.pending.values():
            if update.until <= now:
                old.append(update.update_id)
            elif update.update_id >= offset:
                found.append(update.body)
                if len(found) == limit:
                    break
        for update_id in old:
            del self.pending[update_id]
        return found

    def _confirm(self, offset: int) -> None:
        done = []
        for update_id in self.pending:
            if update_id < offset:
                done.append(update_id)
            elif self._in_order:
                break
        for update_id in done:
            del self.pending[update_id]
        self.confirmed += len(done)

    def _from_the_end(self, offset: int) -> int:
        waiting = sorted(self.pending)
        return waiting[max(0, len(waiting) + offset)] if waiting else 0

    def _conflict(self, why: str) -> Refused:
        self.conflicts += 1
        return Refused(409, why)
