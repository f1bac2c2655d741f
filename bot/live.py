"""Server-sent events of the web chat: bubbles from the database in their order, and what is only of the moment."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

from bot.channels.webchat import Live, WebChat
from models import webchat
from models.tables import WebMessage

HEARTBEAT = 15.0  # seconds: below the patience of any proxy, and how often the clock is looked at
CHUNK = 200

Phones = Callable[[], Awaitable[list[dict[str, Any]]]]


def bubble(row: WebMessage) -> dict[str, Any]:
    """A bubble as the page wants it; where a file lies stays here."""
    files = [
        {
            "name": one["name"],
            "mime": one["mime"],
            "size": one["size"],
            "url": f"/webchat/files/{row.id}/{index}",
        }
        for index, one in enumerate(row.body["files"])
    ]
    return {
        "id": row.id,
        "address": row.address,
        "mine": row.mine,
        "html": row.body["html"],
        "rows": row.body.get("rows", []),
        "files": files,
        "expects": row.body.get("expects", "choice"),
        "nonce": row.body.get("nonce", ""),
        "at": row.at.isoformat(),
        "edited": row.edited_at is not None,
        "gone": row.body.get("gone", False),
        "change": row.change,
    }


def frame(event: str, data: Any, change: int | None = None) -> str:
    """One event on the wire. With a change number the browser resumes from it after a break."""
    number = "" if change is None else f"id: {change}\n"
    return f"{number}event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n"


class Stream:
    """What one open page hears, from a change number on."""

    def __init__(self, chat: WebChat, phones: Phones, change: int) -> None:
        self.chat = chat
        self.phones = phones
        self.change = change
        self._shown_phones: list[dict[str, Any]] = []
        self._shown_minute = ""

    async def frames(self) -> AsyncIterator[str]:
        """Until the page leaves or the bot stops."""
        with self.chat.listen() as queue:
            yield "retry: 1000\n\n" + await self._hello()
            while True:
                async for one in self._bubbles():
                    yield one
                for one in await self._surroundings():
                    yield one
                try:
                    live = await asyncio.wait_for(queue.get(), HEARTBEAT)
                except TimeoutError:
                    yield ": still here\n\n"
                    continue
                if live.event == "bye":
                    return
                yield self._of_the_moment(live)

    async def _hello(self) -> str:
        async with self.chat.db.read() as session:
            last = await webchat.last_change(session)
        return frame("hello", {"change": last})

    async def _bubbles(self) -> AsyncIterator[str]:
        while True:
            async with self.chat.db.read() as session:
                rows = await webchat.since(session, self.change, CHUNK)
            for row in rows:
                self.change = row.change
                yield frame("bubble", bubble(row), row.change)
            if len(rows) < CHUNK:
                return

    async def _surroundings(self) -> list[str]:
        """The clock and the phones, when they are not as last told."""
        told = []
        now = self.chat.clock.now().isoformat(timespec="minutes")
        if now != self._shown_minute:
            self._shown_minute = now
            told.append(frame("clock", {"now": now}))
        phones = await self.phones()
        if phones != self._shown_phones:
            self._shown_phones = phones
            told.append(frame("phones", phones))
        return told

    @staticmethod
    def _of_the_moment(live: Live) -> str:
        return "" if live.event in ("message", "wake") else frame(live.event, live.data)
