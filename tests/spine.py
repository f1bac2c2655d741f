"""The running bot in this process, on the stand-in Bot API or on a channel that only notes what is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bot.app import App, nothing_happens
from bot.channels import Channel, RawEvent, Receive, Rendered
from bot.channels.telegram import Telegram
from bot.channels.telegram.reading import album_of, chat_of, incoming_of
from bot.clock import Clock
from bot.pace import Limits
from bot.settings import Settings
from models.database import Database
from models.messages import Incoming
from tests.bench import world
from tests.shipped import words_in
from tests.standin import TOKEN, BotApi

UNPACED = Limits(bulk_per_second=0, chat_per_second=0, chat_burst=1)
LOOK = 0.1  # seconds between looks at what got stuck


class Post:
    """Telegram's updates come in; what goes out is only written down, as (address, html)."""

    name = "telegram"

    def __init__(self) -> None:
        self.sent: list[tuple[str, Rendered]] = []
        self.deleted: list[tuple[str, str]] = []

    def read(self, payload: dict[str, Any]) -> Incoming | None:
        return incoming_of(payload)

    async def send(self, address: str, rendered: Rendered, *, card: str = "") -> str:
        await asyncio.sleep(0)
        self.sent.append((address, rendered))
        return str(len(self.sent))

    async def delete(self, address: str, ref: str) -> None:
        await asyncio.sleep(0)
        self.deleted.append((address, ref))

    async def notice(self, callback_ref: str, text: str) -> None:
        return

    async def fetch(self, ref: str) -> bytes:
        raise AssertionError("nobody sent a file")

    async def set_menu(self, address: str, commands: Sequence[tuple[str, str]]) -> None:
        return

    async def run(self, receive: Receive, stop: asyncio.Event) -> None:
        await stop.wait()

    def is_group(self, address: str) -> bool:
        return address.startswith("-")

    def link(self, code: str) -> str:
        return f"https://t.me/bot?start={code}"

    async def close(self) -> None:
        return


def make_app(
    db: Database,
    folder: Path,
    channel: Channel,
    reach: Callable[[str], None] = nothing_happens,
    limits: Limits = UNPACED,
    **settings: Any,
) -> App:
    """The bot with one channel, at no pace of its own unless one is given."""
    found = Settings(_env_file=None, data_dir=folder, database_url=db.url, **settings)
    return App(found, db, Clock(), words_in(found.zone), {channel.name: channel}, {channel.name: limits}, reach)


@dataclass
class Spine:
    """A bot at work. `silence` is what `look_after` waits before it speaks of an unclear reply."""

    app: App
    api: BotApi
    channel: Telegram
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def begin(self) -> None:
        app, stop = self.app, self.stop
        works = (
            app.work(stop), app.delivery.run(stop), app.delivery.settle(stop),
            self.channel.run(app.receive, stop), self._look_after(),
        )  # fmt: skip
        self.tasks = [asyncio.ensure_future(work) for work in works]

    async def _look_after(self) -> None:
        while not self.stop.is_set():
            await asyncio.sleep(LOOK)
            await self.app.look_after()

    async def end(self) -> None:
        self.stop.set()
        self.app.wake()
        await asyncio.wait(self.tasks, timeout=5)
        await self.app.delivery.stop(2)
        for task in self.tasks:
            task.cancel()
        ended = await asyncio.gather(*self.tasks, return_exceptions=True)
        assert [one for one in ended if isinstance(one, Exception)] == []


@asynccontextmanager
async def running(db: Database, folder: Path, leaders: int = 3, limits: Limits = UNPACED) -> AsyncIterator[Spine]:
    """A bot polling the stand-in, with leaders who owe a report; their chats begin at world.FIRST_CHAT."""
    await world.settle(db, leaders, datetime.now(UTC))
    async with BotApi() as api:
        channel = Telegram(TOKEN, api.url, folder)
        spine = Spine(make_app(db, folder, channel, limits=limits), api, channel)
        await spine.app.recover()
        spine.begin()
        try:
            yield spine
        finally:
            await spine.end()
            await channel.close()
        assert api.violations == []
        assert api.unplanned == []


def says(update_id: int, chat: int, text: str) -> dict[str, Any]:
    """The update of a typed text."""
    user = {"id": chat, "is_bot": False, "first_name": f"Người {chat}"}
    where = {"id": chat, "type": "private", "first_name": user["first_name"]}
    message = {"message_id": update_id, "from": user, "chat": where, "date": 1_795_000_000 + update_id, "text": text}
    return {"update_id": update_id, "message": message}


def presses(update_id: int, chat: int, data: str) -> dict[str, Any]:
    """The update of a button pressed."""
    message = says(update_id, chat, "")["message"]
    card = {**message, "message_id": 1, "text": "card", "from": {"id": 1, "is_bot": True, "first_name": "bot"}}
    query = {"id": f"q{update_id}", "from": message["from"], "chat_instance": "1", "data": data, "message": card}
    return {"update_id": update_id, "callback_query": query}


def events(updates: Sequence[dict[str, Any]]) -> list[RawEvent]:
    """Updates as the channel hands them to the bot."""
    return [RawEvent(str(update["update_id"]), chat_of(update), update, album_of(update)) for update in updates]
