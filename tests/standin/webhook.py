"""Delivery to the bot's own address: one update of a queue at a time, again and again until it answers 2xx."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from dataclasses import dataclass
from typing import Any

import aiohttp

from tests.standin.bodies import Params
from tests.standin.refused import Refused
from tests.standin.updates import Pending, Updates

_ADDRESSES = ("https://", "http://127.0.0.1:", "http://localhost:")  # Telegram takes only the first


@dataclass(slots=True)
class Delivery:
    """One attempt: which update, when (monotonic seconds), what came back (0: nobody answered)."""

    update_id: int
    at: float
    status: int


class Webhook:
    """The webhook of one bot. `first_wait`, `longest_wait`, `patience` (for the answer) are seconds, to be changed."""

    def __init__(self, updates: Updates, seed: int = 1) -> None:
        self.updates = updates
        self.first_wait, self.longest_wait, self.patience = 2.0, 60.0, 60.0
        self.url, self.secret, self.max_connections = "", "", 40
        self.last_error = ""
        self.last_error_at = 0
        self.deliveries: list[Delivery] = []
        self._random = random.Random(seed)
        self._queues: dict[int, deque[Pending]] = {}
        self._workers: set[asyncio.Task[None]] = set()
        self._slots = asyncio.Semaphore(40)
        self._session: aiohttp.ClientSession | None = None
        updates.on_add = self._take

    async def set(self, params: Params) -> str:
        """setWebhook, deleteWebhook with an empty address. Raises Refused (400)."""
        url = params.text("url")
        if url and not url.startswith(_ADDRESSES):
            raise Refused(400, "Bad Request: bad webhook: An HTTPS URL must be provided for webhook")
        connections = params.integer("max_connections", 40) or 40
        self.updates.allow(params.data("allowed_updates"))
        if params.flag("drop_pending_updates"):
            self.updates.pending.clear()
        if url == self.url and self.secret == params.text("secret_token"):
            return "Webhook is already set" if url else "Webhook is already deleted"
        await self.stop()
        self.url, self.secret, self.max_connections = (
            url,
            params.text("secret_token"),
            min(100, max(1, connections)),
        )
        self.updates.hooked = bool(url)
        if url:
            self._begin()
        return "Webhook was set" if url else "Webhook was deleted"

    def info(self) -> dict[str, Any]:
        """getWebhookInfo."""
        self.updates.expire()
        info = {
            "url": self.url,
            "has_custom_certificate": False,
            "pending_update_count": len(self.updates.pending),
        }
        if self.url:
            info["max_connections"] = self.max_connections
        if self.updates.allowed is not None:
            info["allowed_updates"] = sorted(self.updates.allowed)
        if self.last_error:
            info.update(last_error_date=self.last_error_at, last_error_message=self.last_error)
        return info

    async def stop(self) -> None:
        """Ends every delivery under way; what was not acknowledged stays."""
        workers, self._workers, self._queues = self._workers, set(), {}
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)
        if self._session:
            await self._session.close()
            self._session = None

    def _begin(self) -> None:
        self.updates.end_poll("Conflict: terminated by setWebhook request")
        self._slots = asyncio.Semaphore(self.max_connections)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self.max_connections),
            timeout=aiohttp.ClientTimeout(self.patience),
        )
        for update in list(self.updates.pending.values()):
            self._take(update)

    def _take(self, update: Pending) -> None:
        queue = self._queues.get(update.queue)
        if queue is not None:
            queue.append(update)
            return
        self._queues[update.queue] = deque([update])
        worker = asyncio.get_running_loop().create_task(self._work(update.queue))
        self._workers.add(worker)
        worker.add_done_callback(self._workers.discard)

    async def _work(self, name: int) -> None:
        queue = self._queues[name]
        while queue:
            await self._deliver(queue[0])
            queue.popleft()
        del self._queues[name]

    async def _deliver(self, update: Pending) -> None:
        wait, failures = self.first_wait, 0
        while self.updates.clock() < update.until and update.update_id in self.updates.pending:
            status, asked = await self._attempt(update)
            if 200 <= status < 300:
                self.updates.pending.pop(update.update_id, None)
                self.updates.confirmed += 1
                return
            failures += 1
            if failures > 1 or asked:  # the first repetition comes at once
                await asyncio.sleep(asked or wait)
                wait = min(wait * 2, self.longest_wait * self._random.uniform(1, 2))
        self.updates.pending.pop(update.update_id, None)

    async def _attempt(self, update: Pending) -> tuple[int, float]:
        assert self._session
        headers = {"X-Telegram-Bot-Api-Secret-Token": self.secret} if self.secret else {}
        asked = 0.0
        async with self._slots:
            try:
                async with self._session.post(
                    self.url, json=update.body, headers=headers, allow_redirects=False
                ) as answer:
                    await answer.read()
                    status, why = (
                        answer.status,
                        f"Wrong response from the webhook: {answer.status} {answer.reason}",
                    )
                    if answer.headers.get("Retry-After", "").isdigit():
                        asked = min(3600.0, float(answer.headers["Retry-After"]))
            except TimeoutError:
                status, why = 0, "Read timeout expired"
            except aiohttp.ClientError as error:
                status, why = (
                    0,
                    "Connection refused" if isinstance(error, aiohttp.ClientConnectorError) else "Connection closed",
                )
        if not 200 <= status < 300:
            self.last_error, self.last_error_at = why, int(self.updates.clock())
        self.deliveries.append(Delivery(update.update_id, asyncio.get_running_loop().time(), status))
        return status, asked
