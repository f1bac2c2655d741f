"""A room with the real bot and people at their phones, on any channel. Only the edge of the world is played."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import select

from bot import demo
from bot.app import App
from bot.channels import Channel
from bot.channels.telegram import Telegram
from bot.channels.webchat import Persona, WebChat
from bot.clock import Clock
from bot.pace import Limits
from bot.service import Service
from bot.settings import Settings
from models.database import Database
from models.rules.folding import fold
from models.tables import WebMessage
from tests.photos import photo
from tests.shipped import words_in
from tests.standin import TOKEN, BotApi, Person

WORLD = Path(__file__).parent / "world.yaml"
START = datetime(2026, 11, 20, 8, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
SECONDS_A_TURN = 2
GROUP, GROUP_TITLE = -4001, "Đội CĐS Mỹ Tho"  # the chat of several people that everybody is in
HOURLY = timedelta(days=1)  # of a longer time only this much passes hour by hour


class StoppedClock(Clock):
    """Time stands still until it is moved, and passes a little with every act."""

    def __init__(self, moment: datetime) -> None:
        super().__init__()
        self._moment = moment

    def now(self) -> datetime:
        return self._moment

    def set(self, moment: datetime) -> None:
        self._moment = moment

    def pass_by(self, seconds: float) -> None:
        self._moment += timedelta(seconds=seconds)


class Phone(Protocol):
    """One person's phone: what they do, and what they have seen since they last did something."""

    async def say(self, text: str) -> None: ...
    async def press(self, label: str) -> None: ...
    async def photo(self, *names: str, caption: str = "") -> None: ...
    async def file(self, name: str, mime: str, content: bytes) -> None: ...
    async def edit(self, old: str, new: str) -> None: ...
    async def seen(self) -> str: ...


def plain(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


class WebPhone:
    def __init__(self, room: Room, who: str) -> None:
        self.room, self.persona = room, Persona(who, room.names.get(who, "Khách"))
        self.count, self.since = 0, 0

    @property
    def chat(self) -> WebChat:
        channel = self.room.app.channels["webchat"]
        assert isinstance(channel, WebChat)
        return channel

    def nonce(self) -> str:
        self.count += 1
        return f"{self.persona.address}-nonce-{self.count:04d}"

    async def rows(self) -> Sequence[WebMessage]:
        async with self.room.app.db.read() as session:
            found = await session.scalars(
                select(WebMessage).where(WebMessage.address == self.persona.address).order_by(WebMessage.change)
            )
            return found.all()

    async def mark(self) -> None:
        rows = await self.rows()
        self.since = rows[-1].change if rows else 0

    async def say(self, text: str) -> None:
        await self.mark()
        await self.room.app.receive("webchat", [await self.chat.say(self.persona, self.nonce(), text)])

    async def press(self, label: str) -> None:
        await self.mark()
        wanted = fold(label)
        for row in sorted((row for row in await self.rows() if not row.mine), key=lambda row: -row.id):
            choices = [choice for line in row.body["rows"] for choice in line if wanted in fold(choice[0])]
            if choices:
                data = sorted(choices, key=lambda choice: fold(choice[0]) != wanted)[0][1]
                await self.room.app.receive("webchat", [self.chat.press(self.persona, self.nonce(), row.id, data)])
                return
        raise AssertionError(f"no button [{label}] on screen:\n{await self.screen()}")

    async def photo(self, *names: str, caption: str = "") -> None:
        await self._hand_in([(name, "image/jpeg", photo(name)) for name in names], caption)

    async def file(self, name: str, mime: str, content: bytes) -> None:
        await self._hand_in([(name, mime, content)])

    async def _hand_in(self, files: Sequence[tuple[str, str, bytes]], caption: str = "") -> None:
        await self.mark()
        await self.room.app.receive("webchat", [await self.chat.hand_in(self.persona, self.nonce(), caption, files)])

    async def edit(self, old: str, new: str) -> None:
        raise NotImplementedError("the web chat has no editing of one's own messages")

    async def screen(self) -> str:
        return "\n".join(_shown(row) for row in await self.rows() if not row.mine)

    async def seen(self) -> str:
        return "\n".join(_shown(row) for row in await self.rows() if not row.mine and row.change > self.since)


class TypingPhone(WebPhone):
    """A phone without buttons: a choice is made by typing its label, as on a channel that knows only text."""

    async def press(self, label: str) -> None:
        rows = [row for row in await self.rows() if not row.mine and row.body["rows"]]
        newest = sorted(rows, key=lambda row: row.change)[-1] if rows else None
        labels = [choice[0] for line in newest.body["rows"] for choice in line] if newest else []
        wanted = fold(label)
        exact = [one for one in labels if fold(one) == wanted]
        found = exact or [one for one in labels if wanted in fold(one)]
        if not found:  # a button of an older message: on such a channel it cannot be pressed at all
            return await super().press(label)
        await self.say(found[0])


class TelegramPhone:
    def __init__(self, room: Room, who: str, api: BotApi) -> None:
        self.room = room
        self.person = Person(api, room.chat_ids[who], room.names.get(who, "Khách"))

    async def say(self, text: str) -> None:
        self.person.say(text)
        await self.room.fetch()

    async def press(self, label: str) -> None:
        self.person.tap(label)
        await self.room.fetch()

    async def photo(self, *names: str, caption: str = "") -> None:
        if len(names) == 1:
            self.person.send_photo(photo(names[0]), caption)
            return await self.room.fetch()
        self.person.send_album(*map(photo, names), caption=caption)
        await self.room.fetch()
        await self.room.settle()  # the album is whole once nothing more of it has come for a while

    async def file(self, name: str, mime: str, content: bytes) -> None:
        self.person.send_document(name, content, mime=mime)
        await self.room.fetch()

    async def edit(self, old: str, new: str) -> None:
        self.person.edit(old, new)
        await self.room.fetch()

    async def seen(self) -> str:
        return "\n".join(str(shown) for shown in self.person.news())


class GroupPhone(TelegramPhone):
    """The same person's phone with the group open. A link there opens the private chat and sends what it carries."""

    def __init__(self, room: Room, who: str, api: BotApi) -> None:
        super().__init__(room, who, api)
        self.who = who
        api.group(GROUP, GROUP_TITLE)
        api.privacy = False  # the bot hears all that is said: it has to tell by itself what is meant for it
        self.person = Person(api, room.chat_ids[who], room.names.get(who, "Khách"), GROUP)

    async def press(self, label: str) -> None:
        link = self.person.link(label)
        await self.room.phone(self.who).say(f"/start {link.partition('?start=')[2]}".strip())

    async def bring_bot(self) -> None:
        self.person.invite_bot()
        await self.room.fetch()

    async def send_bot_away(self) -> None:
        self.person.remove_bot()
        await self.room.fetch()

    async def rename(self, title: str) -> None:
        self.person.chat.title = title
        self.person.send(new_chat_title=title)
        await self.room.fetch()


def _shown(row: WebMessage) -> str:
    lines = [plain(row.body["html"])]
    lines += [" ".join(f"[{choice[0]}]" for choice in line) for line in row.body["rows"]]
    lines += [f"<{file['name']}>" for file in row.body.get("files", ())]
    return "\n".join(lines)


class Room:
    """The bot and everybody's phones. `kind` is telegram, webchat or typing."""

    def __init__(self, app: App, clock: StoppedClock, kind: str, api: BotApi | None) -> None:
        self.app, self.clock, self.kind, self.api = app, clock, kind, api
        self.service = Service(app, is_demo=True)
        plan = demo.read_plan(WORLD)
        self.names = {short: entry["name"] for short, entry in plan["people"].items()}
        self.chat_ids = chat_ids(plan)
        self._phones: dict[str, Phone] = {}
        self._offset = 0

    def phone(self, who: str) -> Phone:
        """Somebody's phone; "lan@nhóm": with the group open, where the channel has groups."""
        if who not in self._phones:
            person, _, group = who.partition("@")
            if self.api is not None and group:
                self._phones[who] = GroupPhone(self, person, self.api)
            elif self.api is not None:
                self._phones[who] = TelegramPhone(self, who, self.api)
            else:
                self._phones[who] = (TypingPhone if self.kind == "typing" else WebPhone)(self, who)
        return self._phones[who]

    async def fetch(self) -> None:
        """One poll, as the channel's own loop does it."""
        channel = self.app.channels["telegram"]
        assert isinstance(channel, Telegram)
        updates = await channel.poll(self._offset)
        await self.app.receive("telegram", [channel.event(update) for update in updates])
        self._offset = updates[-1]["update_id"] + 1

    async def settle(self) -> None:
        await self.app.catch_up()
        self.clock.pass_by(SECONDS_A_TURN)

    async def go_to(self, moment: datetime) -> None:
        """Let time pass: hour by hour at the end, before that by the hours at which days begin and people are told."""
        while moment - self.clock.now() > HOURLY:
            self.clock.set(self._next_stop())
            await self.service.hour_passes()
        await self.service.turn_clock(moment)
        await self.app.catch_up()

    def _next_stop(self) -> datetime:
        here = self.clock.now().astimezone(START.tzinfo)
        return here.replace(hour=here.hour // 8 * 8, minute=0, second=0, microsecond=0) + timedelta(hours=8)


def chat_ids(plan: Mapping[str, Any]) -> dict[str, int]:
    """Everybody's number on Telegram, strangers included."""
    return {short: 1000 + number for number, short in enumerate((*plan["people"], "khach", "thanh"))}


def channel_of(kind: str) -> str:
    return "telegram" if kind == "telegram" else "webchat"


async def furnish(db: Database, kind: str) -> None:
    """Put the world of world.yaml into a database, unless it is there."""
    plan = demo.read_plan(WORLD)
    if kind == "telegram":
        numbers = chat_ids(plan)
        people = {short: {**entry, "address": str(numbers[short])} for short, entry in plan["people"].items()}
        plan = {**plan, "people": people}
    await demo.build(db, START, plan, START.tzinfo or UTC, channel_of(kind))


@asynccontextmanager
async def room(
    db: Database, data_dir: Path, kind: str, limits: Mapping[str, Any] = MappingProxyType({})
) -> AsyncIterator[Room]:
    """A room with the world of world.yaml in it. `limits`: of announcements, where they are others than ours."""
    settings = Settings(_env_file=None, data_dir=data_dir, database_url=db.url)
    clock = StoppedClock(START)
    words = words_in(settings.zone)
    api = BotApi(clock=lambda: clock.now().timestamp()) if kind == "telegram" else None
    if api is not None:
        await api.start()
    channel: Channel = Telegram(TOKEN, api.url, data_dir) if api is not None else WebChat(db, data_dir, clock)
    unhurried = {channel.name: Limits(0, 0, 1)}  # how fast a channel may be spoken to has its own tests
    app = App(settings, db, clock, words, {channel.name: channel}, unhurried)
    app.announcing = app.turns._announcing = replace(app.announcing, **limits)
    made = Room(app, clock, kind, api)
    await furnish(db, kind)
    try:
        if isinstance(channel, Telegram):
            await channel.look_up_name()
            for who in made.chat_ids:
                made.phone(who)
        yield made
    finally:
        await app.delivery.drain(1)
        if isinstance(channel, Telegram):
            await channel.close()
        if api is not None:
            assert api.violations == []
            await api.stop()
        await asyncio.sleep(0)
