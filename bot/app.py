"""Wires everything together: what comes in is stored, answered in one transaction, and only then replied to."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from bot import albums, files, guides, making, recovery
from bot.announcing import read_policy
from bot.channels import Channel, RawEvent, Rendered
from bot.clock import Clock
from bot.composing import Composer
from bot.delivery import Delivery
from bot.pace import Limits, Pace
from bot.replies import OwedReply
from bot.settings import Settings
from bot.sheets_in import SheetReader
from bot.signing import Signer, signing_key
from bot.turns import Batch, NewMenu, Turns
from bot.words import Words
from bot.working_hours import read_calendar
from bot.xlsforms import FormReader
from models import evidence, file_names, inbox, outbox
from models.database import Database
from models.guides import GuideShelf
from models.messages import Attachment, Incoming, Message
from models.programmes import Library
from models.rules import Refusal
from models.rules.delivery import SendFailed
from models.rules.menus import commands_of
from models.tables import Inbox

FETCH_TRIES = 3
SEND_WITHIN = 10.0  # seconds
LOOK_AGAIN = 2.0  # seconds: with several processes, another's unfinished work is seen this late at most
log = structlog.get_logger("app")


def nothing_happens(_point: str) -> None:
    """The named points of the road, where a test may kill the process; outside tests nothing happens there."""


class App:
    """The running bot. `receive` is the one door in for every channel."""

    def __init__(
        self,
        settings: Settings,
        db: Database,
        clock: Clock,
        words: Words,
        channels: Mapping[str, Channel],
        limits: Mapping[str, Limits],
        reach: Callable[[str], None] = nothing_happens,
    ) -> None:
        self.settings, self.db, self.clock, self.words = settings, db, clock, words
        self.channels = channels
        self.library = Library()
        self.guides = GuideShelf(guides.read_all(), guides.read_fields(), guides.read_words())
        self.calendar = read_calendar()
        self.announcing = read_policy()
        self._reach = reach
        self._signer = Signer(signing_key(settings.data_dir))
        self._sheets = SheetReader(settings.data_dir)
        self._forms = FormReader(self._sheets, words.label)
        self.turns = Turns(
            db,
            channels,
            words,
            self._signer,
            clock,
            self.library,
            self.guides,
            self.calendar,
            reach,
            self._sheets,
            self._forms,
            self.announcing,
            {name: limits[name].bulk_per_second for name in channels},
        )
        paces = {name: Pace(limits[name], time.monotonic, each.is_group) for name, each in channels.items()}
        compose = Composer(self.library, self.guides, self.calendar, channels)
        self.delivery = Delivery(db, channels, paces, clock, compose, self._word, self._attach, reach)
        self._arrived = asyncio.Event()
        self._fetching: set[int] = set()
        self._background: set[asyncio.Future[None]] = set()

    # --- in -----------------------------------------------------------------------------------------------------------

    async def receive(self, channel: str, events: Sequence[RawEvent]) -> None:
        """Store raw events. When this returns they are on disk, and the channel may be told so."""
        self._reach("before inbox commit")
        async with self.db.write() as session:
            raws = [(event.event_id, event.chat, event.payload, event.album) for event in events]
            await inbox.store(session, channel, raws, self.clock.now())
        self._reach("after inbox commit")
        self._arrived.set()

    async def work(self, stop: asyncio.Event) -> None:
        """Answer what waits until told to stop; a database that is away is waited for."""
        while not stop.is_set():
            self._arrived.clear()
            try:
                busy = await self.answer_waiting()
            except (SQLAlchemyError, OSError) as error:
                log.error("database away", error=type(error).__name__)
                await asyncio.sleep(0.5)
                continue
            except Exception:  # a bug of ours outside any one event: nothing was committed, the next round tries again
                log.exception("round failed")
                await asyncio.sleep(0.5)
                continue
            if not busy:
                await _wait(self._arrived, LOOK_AGAIN)

    def wake(self) -> None:
        """Look at the inbox now."""
        self._arrived.set()

    async def answer_waiting(self, only: Sequence[int] = ()) -> bool:
        """One round: answer (`only` these events), commit, hand the replies over for sending.

        Returns whether there was anything to do.
        """
        noted = self.delivery.take_sent()
        try:
            replies, batch = await self.turns.answer_waiting(noted, only)
        except BaseException:
            self.delivery.give_back(noted)
            raise
        self.delivery.reply(replies)
        if batch.promised:
            self.delivery.wake.set()
        if batch.held:
            asyncio.get_running_loop().call_later(albums.QUIET.total_seconds(), self._arrived.set)
        self._after(batch)
        return bool(batch.done) or batch.failed

    def _after(self, batch: Batch) -> None:
        for event, incoming in batch.to_fetch:
            if event.id not in self._fetching:
                self._fetching.add(event.id)
                self._spawn(self._fetch(event, incoming))
        for menu in batch.menus:
            self._spawn(self._offer(menu))

    async def _fetch(self, event: Inbox, incoming: Incoming) -> None:
        """Bring an event's attachments to our disk; only then is it answered."""
        try:
            stored = [await self._one_file(event.channel, attachment) for attachment in incoming.attachments]
            async with self.db.write() as session:
                await inbox.keep_files(session, event.id, event.payload | {"stored": stored})
        except (SQLAlchemyError, OSError) as error:  # a full disk, a database away: fetched again, nothing is lost
            log.error("attachment not kept", event=event.id, error=type(error).__name__)
            await asyncio.sleep(LOOK_AGAIN)
        finally:
            self._fetching.discard(event.id)
            self._arrived.set()

    async def _one_file(self, channel: str, attachment: Attachment) -> dict[str, Any]:
        try:
            if attachment.size > files.LARGEST:
                raise files.too_large(attachment.size)
            content = await self._fetched(channel, attachment.ref)
            kept = await asyncio.to_thread(files.keep, self.settings.data_dir, content, attachment.name)
            await asyncio.to_thread(self._sheets.prepare, kept)
        except Refusal as refusal:
            return {"problem": refusal.key, "values": refusal.values}
        return {"sha256": kept.sha256, "name": kept.name, "mime": kept.mime, "size": kept.size}

    async def _fetched(self, channel: str, ref: str) -> bytes:
        for attempt in range(FETCH_TRIES):
            try:
                return await self.channels[channel].fetch(ref)
            except SendFailed as failure:
                log.warning("attachment not fetched", channel=channel, reason=failure.reason)
                await asyncio.sleep(attempt + 0.5)
        raise Refusal("trouble.file_lost")

    async def _offer(self, menu: NewMenu) -> None:
        await self.channels[menu.channel].set_menu(menu.address, self.command_menu(menu.kind))

    def command_menu(self, kind: str) -> list[tuple[str, str]]:
        """The commands of a menu with their descriptions."""
        return [(word, self.words.label(f"menu.command_{word}")) for word in commands_of(kind)]

    async def catch_up(self) -> None:
        """Go on until everything that waits is answered and everything that is due is sent."""
        busy = True
        while busy:
            busy = await self.answer_waiting() or bool(self._fetching)
            if self._background:
                await asyncio.wait(set(self._background))
            await self.delivery.drain(SEND_WITHIN)
            busy = bool(await self.delivery.send_due()) or busy
            await self.delivery.drain(SEND_WITHIN)

    # --- out ----------------------------------------------------------------------------------------------------------

    def _word(self, message: Message, account_id: int | None) -> Rendered:
        return self.words.render(message, lambda button: self._signer.seal(account_id or 0, button))

    async def _attach(self, rendered: Rendered, wanted: Mapping[str, Any]) -> Rendered:
        if not wanted:
            return rendered
        made = await making.make(self, wanted)
        return replace(rendered, files=(*rendered.files, *made))

    # --- starting over ------------------------------------------------------------------------------------------------

    async def recover(self) -> None:
        """Before anything new: close what a killed process left open, and answer what it left unanswered."""
        now = self.clock.now()
        self._reach("inside recovery")
        interrupted = await recovery.close_interrupted(self.db, now, everything=self.db.is_sqlite)
        self._reach("inside recovery")
        notes = await recovery.owe_notes(self.db, now, "trouble.restarted")
        self._reach("inside recovery")
        while await self.delivery.send_due(outbox.REPLY):  # first in line: no answer to something later overtakes them
            pass
        waiting = await recovery.suspects(self.db)
        for group in waiting:
            self._reach("inside recovery")
            await recovery.count_tries(self.db, group, now)
            await self.answer_waiting(only=group)
        if interrupted or waiting:
            log.info("recovered", interrupted=interrupted, notes=notes, waiting=sum(map(len, waiting)))

    async def look_after(self) -> None:
        """Now and then: replies whose fate the network hid get their note; late reminders and old tables go."""
        now = self.clock.now()
        if not self.db.is_sqlite:
            await self.delivery.keep_hold()
            await recovery.close_interrupted(self.db, now, everything=False)
        notes = await recovery.owe_notes(self.db, now, "trouble.unclear", settled_before=now - recovery.QUIET)
        async with self.db.write() as session:
            await outbox.drop_expired(session, now)
            kept = await evidence.hashes(session, files.XLSX)
            kept |= await file_names.in_announcements(session, files.XLSX)
        if notes:
            self.delivery.wake.set()
        await asyncio.to_thread(files.forget_tables, self.settings.data_dir, kept)

    async def health(self) -> dict[str, Any]:
        """How it is doing, for whoever watches the server."""
        async with self.db.read() as session:
            waiting, owed = await inbox.counts(session), await outbox.counts(session)
        polled = {name: getattr(channel, "polled_at", None) for name, channel in self.channels.items()}
        return {
            "ok": True,
            "now": self.clock.now().isoformat(),
            "inbox": waiting,
            "outbox": owed,
            "polled": {name: moment.isoformat() for name, moment in polled.items() if moment},
        }

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return


__all__ = ["App", "OwedReply", "nothing_happens"]
