"""One line a chat: replies wait in it; what nobody waits for goes back to the outbox, where it can still be stopped."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from structlog.testing import capture_logs

from bot import recovery
from bot.channels import Channel, Rendered, SendFailed
from bot.clock import Clock
from bot.delivery import Delivery
from bot.lines import FRESH
from bot.pace import SEVERAL, Limits, Pace
from bot.replies import OwedReply
from models import announcement_runs, announcements, outbox
from models.database import Database
from models.messages import Message
from models.rules.announcement_endings import Tally
from models.rules.delivery import FIRST_WAIT
from models.tables import Account, Outbox
from tests.announcing import AUTHOR, NOW, POLICY, Sender, planned, tally
from tests.office import open_office

PAUSE = 9.0  # seconds
PEOPLE = 5  # of an office with four teams
HERE, OTHER = "webchat", "other"  # channels; the first one is that of the office


@pytest.fixture(autouse=True)
def logs() -> Iterator[Sequence[Any]]:
    with capture_logs() as kept:
        yield kept


class Time:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.moment = NOW

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return (self.moment - NOW).total_seconds()

    def passes(self, seconds: float) -> None:
        self.moment += timedelta(seconds=seconds)


class Scripted:
    """A channel that asks for a `pause` at so many messages to a chat (0: it is away then), or keeps a message until it
    is let through.
    """

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.tried: list[str] = []
        self.pauses: dict[str, int] = {}
        self.pause = PAUSE
        self.asked, self.gate = asyncio.Event(), asyncio.Event()
        self.gate.set()

    async def send(self, address: str, rendered: Rendered, *, card: str = "") -> str:
        self.tried.append(rendered.html)
        self.asked.set()
        await self.gate.wait()
        if self.pauses.get(address, 0):
            self.pauses[address] -= 1
            raise SendFailed("later", "retry_after", retry_after=self.pause)
        self.sent.append(rendered.html)
        return str(len(self.sent))


class Office:
    """A sender of promises whose time, channels and pauses are all in the test's hands."""

    def __init__(self, db: Database) -> None:
        self.db, self.time = db, Time()
        self.channels = {name: Scripted() for name in (HERE, OTHER)}
        self.paces = {name: Pace(Limits(10_000, 0, 1), self.time.monotonic) for name in self.channels}
        self.withdrawn: set[str] = set()  # promises that are owed no longer
        self.as_worded: Callable[[], None] = lambda: None
        channels, clock = cast(Mapping[str, Channel], self.channels), cast(Clock, self.time)
        self.delivery = Delivery(
            db, channels, self.paces, clock, self._compose, self._word, self._attach, lambda _point: None
        )

    async def _compose(self, session: AsyncSession, row: Outbox, now: datetime) -> Message | None:
        if row.kind == outbox.ANNOUNCED:
            return await announcement_runs.compose(session, row.body, now)
        return None if row.once in self.withdrawn else Message(row.once)

    def _word(self, message: Message, _account: int | None) -> Rendered:
        self.as_worded()
        return Rendered(message.key)

    async def _attach(self, rendered: Rendered, _wanted: Mapping[str, Any]) -> Rendered:
        return rendered

    async def send_all(self) -> int:
        """Everything that is due at this moment. Returns how many were claimed."""
        claimed = 0
        while taken := await self.delivery.send_due():
            claimed += taken
            await self.delivery.drain(5)
        return claimed

    async def owe(self, *onces: str, address: str = "lan", channel: str = HERE) -> None:
        async with self.db.write() as session:
            where = (Account.channel == channel, Account.address == address)
            account = await session.scalar(select(Account).where(*where))
            if account is None:
                account = Account(channel=channel, address=address, seen_at=NOW)
                session.add(account)
                await session.flush()
            for once in onces:
                at = self.time.now()
                await outbox.promise(
                    session, Message(once), account=account, once=once, kind="alert", lane=outbox.ALERT, at=at
                )

    async def addresses(self) -> Sequence[str]:
        async with self.db.read() as session:
            return (await session.scalars(select(Outbox.address).order_by(Outbox.id))).all()

    async def states(self) -> dict[str, str]:
        async with self.db.read() as session:
            return {once: state for once, state in await session.execute(select(Outbox.once, Outbox.state))}

    async def stop(self, announcement_id: int) -> int:
        async with self.db.write() as session:
            held = await announcements.lock(session, announcement_id)
            assert held is not None
            return await announcement_runs.stop(session, held, AUTHOR, "gửi nhầm", self.time.now())


@pytest.fixture
def office(db: Database) -> Office:
    return Office(db)


async def under_way(office: Office) -> int:
    """An announcement whose list is whole."""
    await open_office(office.db, teams=PEOPLE - 1)
    number = await planned(office.db)
    await announcement_runs.carry_out(office.db, POLICY, NOW)
    return number


async def counted(office: Office, number: int) -> Tally:
    await announcement_runs.carry_out(office.db, POLICY, office.time.now())
    return await tally(office.db, number)


# --- a stop reaches what waits --------------------------------------------------------------------------------------


async def test_a_stop_reaches_what_a_pause_holds_up(office: Office) -> None:
    number, channel = await under_way(office), office.channels[HERE]
    channel.pauses = dict.fromkeys(await office.addresses(), 1)
    await office.send_all()
    assert 0 < len(channel.tried) <= PEOPLE
    assert set((await office.states()).values()) == {"ready"}
    assert await office.stop(number) == PEOPLE
    office.time.passes(PAUSE + 1)
    assert await office.send_all() == 0
    assert channel.sent == []
    assert (await counted(office, number)).stopped == PEOPLE


async def test_without_a_stop_everybody_has_it_once_the_pause_is_over(office: Office) -> None:
    number, channel = await under_way(office), office.channels[HERE]
    channel.pauses = dict.fromkeys(await office.addresses(), 1)
    for _ in range(PEOPLE):
        await office.send_all()
        office.time.passes(PAUSE)
    assert len(channel.sent) == PEOPLE
    assert (await counted(office, number)).sent == PEOPLE


async def held_up(office: Office, *promises: str) -> Scripted:
    """Promises to a chat for which a slow reply came in between, as they were put into words."""
    channel = office.channels[HERE]
    channel.gate.clear()
    await office.owe(*promises)
    replies = [OwedReply(90_000, HERE, "lan", Rendered("reply"))]
    office.as_worded = lambda: office.delivery.reply([replies.pop()] if replies else [])
    assert await office.delivery.send_due() == len(promises)
    return channel


async def test_words_that_grew_old_in_the_line_are_found_anew(office: Office) -> None:
    channel = await held_up(office, "a", "b")
    office.withdrawn = {"a"}
    office.time.passes(FRESH.total_seconds() + 1)
    channel.gate.set()
    await office.delivery.drain(5)
    assert channel.sent == ["reply"]
    await office.send_all()
    assert channel.sent == ["reply", "b"]
    assert await office.states() == {"a": "cancelled", "b": "sent"}


async def test_words_that_are_fresh_leave_right_behind_the_reply(office: Office) -> None:
    channel = await held_up(office, "a", "b")
    channel.gate.set()
    await office.delivery.drain(5)
    assert channel.sent == ["reply", "a", "b"]


async def test_of_two_promises_to_one_chat_the_second_does_not_overtake_the_first(office: Office) -> None:
    channel = office.channels[HERE]
    channel.pauses["lan"] = 1
    await office.owe("a", "b")
    await office.send_all()
    await office.owe("c")
    await office.send_all()
    assert channel.sent == []
    office.time.passes(PAUSE)
    await office.send_all()
    assert channel.sent == ["a", "b", "c"]
    assert channel.tried == ["a", "a", "b", "c"]


async def test_what_stands_behind_a_promise_that_found_no_network_does_not_overtake_it(office: Office) -> None:
    channel = office.channels[HERE]
    channel.pauses["lan"], channel.pause = 1, 0.0
    await office.owe("a", "b")
    await office.send_all()
    await office.owe("c")
    await office.send_all()
    assert (channel.sent, channel.tried) == ([], ["a"])
    office.delivery.reply([OwedReply(90_000, HERE, "lan", Rendered("reply"))])
    await office.delivery.drain(5)
    assert channel.sent == ["reply"]
    office.time.passes(FIRST_WAIT.total_seconds())
    await office.send_all()
    assert channel.sent == ["reply", "a", "b", "c"]


# --- whom one pause holds up ----------------------------------------------------------------------------------------


async def test_the_pause_of_one_chat_holds_up_nobody_else(office: Office) -> None:
    channel = office.channels[HERE]
    channel.pauses["lan"] = 1
    await office.owe("to lan")
    for name in "abcdef":
        await office.owe(f"to {name}", address=name)
    await office.send_all()
    assert sorted(channel.sent) == [f"to {name}" for name in "abcdef"]
    assert (await office.states())["to lan"] == "ready"


async def test_a_pause_of_a_whole_channel_holds_up_neither_another_channel_nor_replies(office: Office) -> None:
    names = [f"chat {number}" for number in range(SEVERAL)]
    office.channels[HERE].pauses = dict.fromkeys(names, 1)
    for name in names:
        await office.owe(name, address=name)
    await office.send_all()
    assert office.paces[HERE].is_silent
    await office.owe("later", address="minh")
    await office.owe("elsewhere", address="minh", channel=OTHER)
    office.delivery.reply([OwedReply(90_000, HERE, "hoa", Rendered("reply"))])
    assert await office.send_all() == 1
    assert (office.channels[HERE].sent, office.channels[OTHER].sent) == (["reply"], ["elsewhere"])
    assert len(office.channels[HERE].tried) == SEVERAL + 1
    office.time.passes(PAUSE)
    await office.send_all()
    assert sorted(office.channels[HERE].sent) == sorted([*names, "later", "reply"])


async def test_a_pause_that_begins_in_the_middle_of_a_round_is_seen_by_the_rest_of_it(office: Office) -> None:
    channel, pace = office.channels[HERE], office.paces[HERE]
    for name in ("a", "b"):
        await office.owe(name, address=name)

    def refused() -> None:
        for number in range(SEVERAL):
            pace.silence(str(number), 600, bulk=True)

    office.as_worded = refused
    await office.send_all()
    assert channel.tried == []
    assert await office.states() == {"a": "ready", "b": "ready"}


# --- what a living process holds ------------------------------------------------------------------------------------


async def test_what_waits_in_a_line_longer_than_its_lease_is_not_called_unclear(office: Office) -> None:
    channel = office.channels[HERE]
    channel.gate.clear()
    await office.owe("a")
    await office.delivery.send_due()
    await channel.asked.wait()
    for _ in range(9):
        office.time.passes(outbox.LEASE.total_seconds() * 3 / 4)
        await office.delivery.keep_hold()
        assert await recovery.close_interrupted(office.db, office.time.now(), everything=False) == 0
    channel.gate.set()
    await office.delivery.drain(5)
    assert await office.states() == {"a": "sent"}


async def test_an_ending_that_is_known_already_is_not_called_unclear(office: Office) -> None:
    await office.owe("a")
    await office.delivery.send_due()
    await office.channels[HERE].asked.wait()
    office.time.passes(outbox.LEASE.total_seconds() + 1)
    await office.delivery.keep_hold()
    assert await recovery.close_interrupted(office.db, office.time.now(), everything=False) == 0
    assert await office.states() == {"a": "sent"}


async def test_what_a_dead_process_held_is_called_unclear(office: Office) -> None:
    office.channels[HERE].gate.clear()
    await office.owe("a")
    await office.delivery.send_due()
    await office.channels[HERE].asked.wait()
    office.time.passes(outbox.LEASE.total_seconds() + 1)
    assert await recovery.close_interrupted(office.db, office.time.now(), everything=False) == 1
    office.channels[HERE].gate.set()
    await office.delivery.drain(5)
    assert await office.states() == {"a": "sent"}, "it was alive after all, and what it says is true"


async def test_a_word_that_comes_late_puts_the_ledger_right(office: Office) -> None:
    number, sender = await under_way(office), Sender(office.db)
    await sender.claim(NOW)
    office.time.passes(outbox.LEASE.total_seconds() + 1)
    assert await recovery.close_interrupted(office.db, office.time.now(), everything=False) == PEOPLE
    assert (await counted(office, number)).unknown == PEOPLE
    await sender.end(office.time.now(), "sent", PEOPLE - 1)
    mended = await counted(office, number)
    assert (mended.sent, mended.unknown, mended.total) == (PEOPLE - 1, 1, PEOPLE)
