"""One event, one transaction, one effect: what came in is answered, and the answer is owed, before anything leaves.

Events waiting at the same moment share one commit (and one wait for the disk). When one of them is refused or fails,
nothing is kept and all are answered again, each in a savepoint of its own: so each happens whole or not at all.
"""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from bot import ahead, albums
from bot.channels import Channel
from bot.clock import Clock
from bot.pressing import press
from bot.replies import Done, OwedReply, made_later, reply_row
from bot.signing import Signer
from bot.words import Words
from handlers import menu, router
from handlers.turn import StoredFile, Turn, no_form, no_table
from models import chats, inbox, outbox, people
from models.database import Database
from models.days_off import OfficeCalendar
from models.guides import GuideShelf
from models.messages import Incoming, Message, pack
from models.programmes import Library
from models.rules import Refusal
from models.rules.announcing import AnnouncingPolicy
from models.rules.forms import Form
from models.rules.menus import menu_kind, menu_mark
from models.rules.sheets import SheetRows
from models.tables import Inbox, Talk

BATCH = 100  # getUpdates hands over at most as many
USUAL = AnnouncingPolicy()  # what holds where nobody says otherwise
log = structlog.get_logger("turns")


@dataclass(frozen=True, slots=True)
class NewMenu:
    """A chat whose person can now use other commands than its menu shows."""

    channel: str
    address: str
    kind: str


@dataclass(slots=True)
class Batch:
    """What is known while a transaction is open."""

    session: AsyncSession
    now: datetime
    done: list[Done] = field(default_factory=list)
    blocked: set[tuple[str, str]] = field(default_factory=set)  # chats whose next event has to wait
    to_fetch: list[tuple[Inbox, Incoming]] = field(default_factory=list)
    menus: list[NewMenu] = field(default_factory=list)
    held: bool = False  # an album waits for the rest of it
    failed: bool = False  # an event failed and is to be tried again
    promised: bool = False  # something is owed to others than the speakers


Stored = Sequence[Mapping[str, Any]]  # what became of the attachments: kept, or the problem with it
Answered = Callable[[Batch, Inbox, Incoming, Stored], Awaitable[Done]]


class Disturbed(Exception):
    """An event that was answered without a savepoint was refused or failed."""


class Turns:
    """Answers what waits in the inbox. `reach` is called at the named points where a test may kill the process."""

    def __init__(
        self,
        db: Database,
        channels: Mapping[str, Channel],
        words: Words,
        signer: Signer,
        clock: Clock,
        library: Library,
        guides: GuideShelf,
        calendar: OfficeCalendar,
        reach: Callable[[str], None],
        read_sheet: Callable[[StoredFile], SheetRows] = no_table,
        read_form: Callable[[StoredFile, Sequence[Form]], Form] = no_form,
        announcing: AnnouncingPolicy = USUAL,
        rates: Mapping[str, float] = MappingProxyType({}),
    ) -> None:
        self._db = db
        self._channels = channels
        self._words = words
        self._signer = signer
        self._clock = clock
        self._library = library
        self._guides = guides
        self._calendar = calendar
        self._reach = reach
        self._read_sheet = read_sheet
        self._read_form = read_form
        self._announcing = announcing
        self._rates = rates

    async def answer_waiting(
        self, settled: Sequence[outbox.Settled] = (), only: Sequence[int] = ()
    ) -> tuple[list[OwedReply], Batch]:
        """Answer waiting events (or `only` these) in one transaction, which also notes how earlier sends ended."""
        try:
            return await self._round(self._trusting, settled, only)
        except Disturbed:
            return await self._round(self._careful, settled, only)

    async def _round(
        self,
        answer: Callable[[Batch, Sequence[Inbox]], Awaitable[None]],
        settled: Sequence[outbox.Settled],
        only: Sequence[int],
    ) -> tuple[list[OwedReply], Batch]:
        async with self._db.write() as session:
            batch = Batch(session, self._clock.now())
            await outbox.sent(session, settled)
            await answer(batch, await inbox.take(session, BATCH, only))
            rows = [row for done in batch.done for row in done.rows]
            ids = await outbox.owe_replies(session, rows)
            self._forget_talk(batch)
            await inbox.finish(session, [done.event.id for done in batch.done])
            batch.promised = outbox.has_promised(session)
            self._reach("before effect commit")
        self._reach("after effect commit")
        replies = [reply for done in batch.done for reply in done.replies]
        return [replace(reply, id=row_id) for reply, row_id in zip(replies, ids, strict=True)], batch

    def _forget_talk(self, batch: Batch) -> None:
        """What people say to each other in a chat of several is not kept once it is looked at."""
        for done in batch.done:
            if self._channels[done.event.channel].is_group(done.event.chat):
                done.event.payload = {}

    async def _trusting(self, batch: Batch, events: Sequence[Inbox]) -> None:
        """As if all will go well. If it does not, nothing of the batch is kept, and all of it is answered with care."""
        session = batch.session
        try:
            prepared, rest = await ahead.read(
                session, self._library, self._channels, self._signer.open, events, batch.now
            )
            touched: set[str | int] = set()
            for each in prepared:
                if each.about & touched:
                    await session.flush()  # whoever comes to the same report sees what came before
                touched |= each.about
                incoming = self._dated(each.event, each.incoming)
                batch.done.append(await self._turn(batch, each.event, incoming, known=each.known))
            await session.flush()
            ahead.forget(session)
            for events in albums.gathered(rest):
                await self._one(batch, events, self._turn)
                await session.flush()  # the next event sees what this one did
        except Exception as cause:
            raise Disturbed from cause

    async def _careful(self, batch: Batch, events: Sequence[Inbox]) -> None:
        """Each in a savepoint of its own: what goes wrong with one takes nothing of the others with it."""
        for together in albums.gathered(events):
            try:
                await self._one(batch, together, self._in_savepoint)
            except Exception as bug:
                await self._trouble(batch, together[0], bug)

    async def _one(self, batch: Batch, events: Sequence[Inbox], answered: Answered) -> None:
        """Answer an event, or the events of an album as one."""
        event = events[0]
        chat = (event.channel, event.chat)
        if chat in batch.blocked:
            return
        heard = [(each, self._channels[each.channel].read(each.payload)) for each in events]
        parts = [(each, self._dated(each, incoming)) for each, incoming in heard if incoming is not None]
        missing = [(each, part) for each, part in parts if part.attachments and "stored" not in each.payload]
        missing = await _looked_at(batch, missing)
        batch.to_fetch += missing
        batch.held = batch.held or not albums.is_whole(events, batch.now)
        if missing or not albums.is_whole(events, batch.now):
            batch.blocked.add(chat)
            return
        if parts:
            stored = [one for each in events for one in each.payload.get("stored", ())]
            batch.done.append(await answered(batch, event, albums.as_one([part for _, part in parts]), stored))
        batch.done += [Done(each) for each in (events[1:] if parts else events)]

    def _dated(self, event: Inbox, incoming: Incoming) -> Incoming:
        """A press carries no date of its own: the moment it reached our disk stands for it."""
        return replace(incoming, at=event.received_at) if incoming.kind == "button" else incoming

    async def _in_savepoint(self, batch: Batch, event: Inbox, incoming: Incoming, stored: Stored) -> Done:
        try:
            async with batch.session.begin_nested():
                return await self._turn(batch, event, incoming, stored)
        except Refusal as refusal:
            # the person can mend it: nothing of the turn is kept, and the question on their screen stays open
            account_id = await people.account_id(batch.session, incoming.channel, incoming.address)
            talk = await batch.session.get(Talk, account_id) if account_id else None
            ways = menu.ways_on(talk.flow if talk else "")
            refused = Message(refusal.key, refusal.values, (ways,), place="new")
            return self._owed(event, incoming, account_id, batch.now, [refused])

    async def _turn(
        self, batch: Batch, event: Inbox, incoming: Incoming, stored: Stored = (), known: people.Known = ()
    ) -> Done:
        account, person, actor, talk = await people.meet(
            batch.session, incoming.channel, incoming.address, incoming.name, batch.now, known
        )
        turn = Turn(
            session=batch.session, incoming=incoming, now=batch.now, account=account, actor=actor, talk=talk,
            library=self._library, guides=self._guides, calendar=self._calendar, files=_kept(stored), links=self.link,
            name=person.name if person else "", read_sheet=self._read_sheet, read_form=self._read_form,
            announcing=self._announcing, rates=self._rates, payload=self._signer.payload,
        )  # fmt: skip
        await press(turn, self._signer, self._words)
        if incoming.kind == "left":
            await chats.left(batch.session, account, batch.now)
        self._reach("inside effect")
        problems = _problems(stored, talk.flow) if incoming.private else []
        routed = bool(turn.files) or not problems  # one bad file takes no good one with it
        messages = [*problems, *(await router.route(turn) if routed else ())]
        done = self._owed(event, incoming, account.id, batch.now, messages)
        if incoming.private and done.replies and routed:  # else the question on their screen stays open
            screen = done.replies[-1].rendered
            talk.choices = [[choice.label, choice.data] for row in screen.rows for choice in row if choice.data]
            talk.expects = screen.expects
            talk.updated_at = batch.now
        kind = menu_kind(turn.actor)
        if incoming.private and account.menu != menu_mark(kind):
            account.menu = menu_mark(kind)
            batch.menus.append(NewMenu(incoming.channel, incoming.address, kind))
        return done

    def _owed(
        self, event: Inbox, incoming: Incoming, account_id: int | None, now: datetime, messages: Sequence[Message]
    ) -> Done:
        """The replies of one event: the first one takes the place of the card whose button was pressed."""
        done = Done(event)
        for number, message in enumerate(messages):
            rendered = self._words.render(message, lambda button: self._signer.seal(account_id or 0, button))
            on_card = incoming.kind == "button" and message.place == "card" and number == 0
            card = incoming.message_ref if on_card else ""
            body = pack(message) | {"account": account_id, "card": card}
            done.rows.append(reply_row(event, incoming.address, now, number, body))
            done.replies.append(
                OwedReply(
                    0, incoming.channel, incoming.address, rendered, card, incoming.callback_ref, made_later(message)
                )
            )
        return done

    async def _trouble(self, batch: Batch, event: Inbox, bug: Exception) -> None:
        batch.blocked.add((event.channel, event.chat))
        batch.failed = True
        code = secrets.token_hex(3).upper()
        set_aside = await inbox.fail(batch.session, event.id, type(bug).__name__)
        log.error("turn failed", inbox=event.id, code=code, set_aside=set_aside, exc_info=bug)
        if not set_aside or self._channels[event.channel].is_group(event.chat):  # there nobody knows whose it was
            return
        account_id = await people.account_id(batch.session, event.channel, event.chat)
        message = Message("trouble.bug", {"code": code}, ((menu.go("menu"),),), place="new")
        row = reply_row(event, event.chat, batch.now, 0, pack(message) | {"account": account_id, "card": ""})
        rendered = self._words.render(message, lambda button: self._signer.seal(account_id or 0, button))
        batch.done.append(Done(event, [row], [OwedReply(0, event.channel, event.chat, rendered)]))

    def link(self, channel: str, code: str) -> str:
        """The address that joins with `code` on a channel; empty when the channel is not in use."""
        known = self._channels.get(channel)
        return known.link(code) if known else ""


async def _looked_at(batch: Batch, sent: list[tuple[Inbox, Incoming]]) -> list[tuple[Inbox, Incoming]]:
    """Of what one chat has sent, what its answer looks at; the rest is answered without being fetched."""
    if not sent:
        return sent
    channel, address = sent[0][1].channel, sent[0][1].address
    known = (await people.known_in(batch.session, channel, [address], batch.now)).get(address, [])
    flow = known[0].Talk.flow if known else ""
    roles = {row.kind for row in known if row.kind}
    return [(event, part) for event, part in sent if router.looks_at_files(part, flow, roles)]


def _problems(stored: Stored, flow: str) -> list[Message]:
    """Why an attachment could not be kept, for the person who sent it; with a way on when nothing else follows."""
    broken = [one for one in stored if "problem" in one]
    rows = () if _kept(stored) else (menu.ways_on(flow),)
    return [Message(one["problem"], one["values"], rows, place="new") for one in broken[:1]]


def _kept(stored: Stored) -> tuple[StoredFile, ...]:
    return tuple(StoredFile(**one) for one in stored if "problem" not in one)
