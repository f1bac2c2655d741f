"""Telegram by python-telegram-bot: raw update → Incoming, Rendered → sendMessage. Nothing else of ours knows Telegram.

PTB's Updater is not used: it lets Telegram forget updates before they are on disk. Here updates are fetched raw,
stored, and only then confirmed with the next poll's offset.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import structlog
from sqlalchemy.exc import SQLAlchemyError
from telegram import Bot, BotCommand, BotCommandScopeAllGroupChats, BotCommandScopeChat
from telegram.constants import ParseMode
from telegram.error import BadRequest, TelegramError

from bot.channels import RawEvent, Receive, Rendered
from bot.channels.telegram.http import Http, failure_of
from bot.channels.telegram.reading import UPDATES, album_of, chat_of, incoming_of
from bot.channels.telegram.sending import Call, Files, in_turn
from models.messages import Incoming
from models.rules.delivery import pieces

POLL_SECONDS = 50  # Bot API: the longest a poll may wait
TEXT_LIMIT = 4096  # UTF-16 units, Bot API sendMessage
log = structlog.get_logger("telegram")


class Telegram:
    """The Telegram channel. `pays`: what is sent to many goes faster than Telegram's free limit, against its stars."""

    name = "telegram"

    def __init__(self, token: str, api_base: str, data_dir: Path, *, pays: bool = False) -> None:
        base = api_base.rstrip("/")
        self._http, self._poll_http = Http(40), Http(2)
        self.bot = Bot(
            token, f"{base}/bot", f"{base}/file/bot", request=self._http, get_updates_request=self._poll_http
        )
        self._files = Files(self.bot, data_dir)
        self._pays = pays
        self.username = ""
        self.polled_at: datetime | None = None

    # --- what comes in ------------------------------------------------------------------------------------------------

    async def run(self, receive: Receive, stop: asyncio.Event) -> None:
        """Poll until told to stop. Whatever goes wrong (no network, a proxy's 404, a revoked token) is waited out."""
        offset, wait = 0, 0.5
        ended = asyncio.ensure_future(stop.wait())
        while not stop.is_set():
            poll = asyncio.ensure_future(self.poll(offset))
            await asyncio.wait((poll, ended), return_when=asyncio.FIRST_COMPLETED)
            if not poll.done():
                poll.cancel()
                break
            try:
                updates = poll.result()
            except TelegramError as error:
                log.warning("poll failed", error=type(error).__name__, wait=wait)
                with suppress(TimeoutError):
                    await asyncio.wait_for(asyncio.shield(ended), wait)
                wait = min(wait * 2, 30.0)
                continue
            wait, self.polled_at = 0.5, datetime.now(UTC)
            if updates:
                if not await self._stored(receive, updates):
                    continue
                offset = updates[-1]["update_id"] + 1
        ended.cancel()

    async def _stored(self, receive: Receive, updates: list[dict[str, Any]]) -> bool:
        """Whether the updates are on disk; if not, the offset stays and Telegram keeps them for us."""
        try:
            await receive(self.name, [self.event(update) for update in updates])
        except (SQLAlchemyError, OSError) as error:
            log.error("updates not stored", error=type(error).__name__)
            await asyncio.sleep(1)
            return False
        return True

    async def poll(self, offset: int) -> list[dict[str, Any]]:
        """Updates from number `offset` on; asking for them tells Telegram that all before it may be forgotten."""
        # raw, not Bot.get_updates: one update that cannot be parsed must not hold up the others
        query = urlencode({"offset": offset, "timeout": POLL_SECONDS, "allowed_updates": json.dumps(UPDATES)})
        url = f"{self.bot.base_url}/getUpdates?{query}"
        payload: Any = await self._poll_http.post(url, read_timeout=POLL_SECONDS + 10)
        return list(payload)

    def event(self, update: dict[str, Any]) -> RawEvent:
        """An update as it goes to the inbox; only its number and its chat are looked at."""
        return RawEvent(str(update["update_id"]), chat_of(update), update, album_of(update))

    def read(self, payload: dict[str, Any]) -> Incoming | None:
        return incoming_of(payload)

    async def fetch(self, ref: str) -> bytes:
        try:
            file = await self.bot.get_file(ref)
            return bytes(await file.download_as_bytearray())
        except TelegramError as error:
            raise failure_of(error) from error

    # --- what goes out ------------------------------------------------------------------------------------------------

    async def send(self, address: str, rendered: Rendered, *, card: str = "") -> str:
        try:
            if card and not rendered.files:
                return await self._edit(address, rendered, card)
            paid = self._pays and rendered.is_bulk
            calls = await self._files.calls(address, rendered.files, paid=paid)
            sent = await in_turn([*calls, *self._texts(address, rendered, paid=paid)])
            return str(sent["message_id"])
        except TelegramError as error:
            raise failure_of(error) from error

    def _texts(self, address: str, rendered: Rendered, *, paid: bool = False) -> list[Call]:
        allowed = {"allow_paid_broadcast": "true"} if paid else {}
        fields = [{"chat_id": address, "text": text, **allowed} for text in pieces(rendered.html, TEXT_LIMIT)]
        fields[-1] |= _keyboard(rendered)
        return [partial(self._call, "sendMessage", **each) for each in fields]

    async def _edit(self, address: str, rendered: Rendered, card: str) -> str:
        try:
            fields = {"chat_id": address, "message_id": card, "text": rendered.html}
            await self._call("editMessageText", **fields, **_keyboard(rendered))
        except BadRequest as error:
            if "not modified" in error.message:
                return card  # it already says so: an earlier try had arrived
            if "edit" not in error.message:
                raise
            sent = await in_turn(self._texts(address, rendered))  # the card is gone or too old
            return str(sent["message_id"])
        return card

    async def delete(self, address: str, ref: str) -> None:
        try:
            await self.bot.delete_message(address, int(ref))
        except TelegramError as error:
            if "to delete not found" not in error.message:  # else an earlier try, or the reader, took it away
                raise failure_of(error) from error

    async def _call(self, method: str, **fields: str) -> Any:
        """A text on its way at each turn: by PTB's request and its errors, without the objects around them."""
        url = f"{self.bot.base_url}/{method}"
        return await self._http.call(url, {**fields, "parse_mode": ParseMode.HTML})

    async def notice(self, callback_ref: str, text: str) -> None:
        try:
            await self.bot.answer_callback_query(callback_ref, text or None)
        except TelegramError as error:
            log.info("notice not shown", error=type(error).__name__)  # older than the 150 s that Telegram waits

    async def set_menu(self, address: str, commands: Sequence[tuple[str, str]]) -> None:
        """Give one chat the commands its person can use."""
        menu = [BotCommand(word, about) for word, about in commands]
        try:
            await self.bot.set_my_commands(menu, BotCommandScopeChat(int(address)))
        except TelegramError as error:
            log.info("menu not set", error=type(error).__name__)

    async def introduce(self, commands: Sequence[tuple[str, str]], about: str, about_short: str) -> None:
        """Fetch our own name; tell Telegram what a newcomer should see. Raises SendFailed when Telegram is away."""
        await self.look_up_name()
        try:
            await self.bot.set_my_commands([BotCommand(word, text) for word, text in commands])
            await self.bot.set_my_description(about)
            await self.bot.set_my_short_description(about_short)
        except TelegramError as error:
            raise failure_of(error) from error

    async def offer_in_groups(self, commands: Sequence[tuple[str, str]]) -> None:
        """The commands shown in every chat of several people. Raises SendFailed when Telegram is away."""
        try:
            await self.bot.set_my_commands(
                [BotCommand(word, text) for word, text in commands], BotCommandScopeAllGroupChats()
            )
        except TelegramError as error:
            raise failure_of(error) from error

    async def look_up_name(self) -> None:
        """Ask Telegram who we are: links need the name. Raises SendFailed."""
        try:
            await self.bot.initialize()
        except TelegramError as error:
            raise failure_of(error) from error
        self.username = self.bot.username

    async def clock_skew(self) -> float | None:
        """How many seconds our clock is ahead of Telegram's, by the Date header of an answer; None when it has none."""
        return await self._http.clock_skew(f"{self.bot.base_url}/getMe")

    async def hook(self, url: str, secret: str) -> None:
        """Ask Telegram to deliver by webhook to `url`; with an empty url, to wait for our polls."""
        try:
            if url:
                await self.bot.set_webhook(url, secret_token=secret, allowed_updates=UPDATES, max_connections=40)
            else:
                await self.bot.delete_webhook(drop_pending_updates=False)
        except TelegramError as error:
            raise failure_of(error) from error

    def is_group(self, address: str) -> bool:
        return address.startswith("-")

    def link(self, code: str) -> str:
        if not self.username:
            return ""
        return f"https://t.me/{self.username}" + (f"?start={code}" if code else "")

    async def close(self) -> None:
        await self._http.shutdown()
        await self._poll_http.shutdown()


def _keyboard(rendered: Rendered) -> dict[str, str]:
    rows = [
        [{"text": c.label, "url": c.url} if c.url else {"text": c.label, "callback_data": c.data} for c in row]
        for row in rendered.rows
    ]
    return {"reply_markup": json.dumps({"inline_keyboard": rows})} if rows else {}
