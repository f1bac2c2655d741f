"""Announcements on Telegram as it is: people who block the bot, groups that move, pauses asked for, files."""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from structlog.testing import capture_logs
from telegram.error import BadRequest, Forbidden, TelegramError

from bot.channels import Rendered, SendFailed
from bot.channels.telegram import Telegram, sending
from bot.pace import Limits
from models import announcement_corrections, announcement_recall, announcement_runs, announcements, outbox
from models.database import Database
from models.messages import Document
from models.rules.announcement_endings import Tally
from models.rules.announcing import AnnouncingPolicy
from models.tables import Account, Announcement, GroupChat, Outbox, Recipient, Talk
from tests.bench import world
from tests.photos import photo
from tests.spine import Spine, running
from tests.standin import TOKEN, BotApi
from tests.standin import Person as Somebody
from tests.standin.chats import BLOCKED, DEACTIVATED, KICKED

MANY = int(os.environ.get("RECIPIENTS", "120"))  # 5000 for the whole of it
FIRST, GROUP, SPARE = world.FIRST_CHAT, -5001, 7_000_000
FILE = "files/ab/" + "ab" * 32
PICTURE, PAPER = f"{FILE}.jpg", f"{FILE}.pdf"


@pytest.fixture(autouse=True)
def logs() -> Iterator[Sequence[Any]]:
    with capture_logs() as kept:
        yield kept


def everybody(spine: Spine, count: int) -> list[Somebody]:
    """The leaders, who have all written to the bot once."""
    return [Somebody(spine.api, FIRST + number) for number in range(count)]


async def announced(spine: Spine, *, chats: bool = False) -> int:
    """An announcement to everybody, due now and begun."""
    db, now = spine.app.db, datetime.now(UTC)
    async with db.write() as session:
        # urgent: whatever the hour at which the tests run
        made = await world.sent_off(session, "Họp lúc 8 giờ.", now, chats=chats, is_urgent=True)
    await announcement_runs.carry_out(db, AnnouncingPolicy(), now)
    spine.app.delivery.wake.set()
    return made.id


async def over(spine: Spine, number: int, seconds: float = 60) -> Tally:
    """Until nobody waits any more."""
    until = time.monotonic() + seconds
    while True:
        await announcement_runs.carry_out(spine.app.db, AnnouncingPolicy(), datetime.now(UTC))
        async with spine.app.db.read() as session:
            found = await announcements.find(session, number)
            counted = await announcement_runs.tally(session, number)
        assert found is not None
        if found.announcement.state == "sent":
            return counted
        assert time.monotonic() < until, counted
        await asyncio.sleep(0.1)


async def again(spine: Spine, number: int) -> int:
    async with spine.app.db.write() as session:
        locked = await announcements.lock(session, number)
        assert locked is not None
        count = await announcement_runs.send_again(session, locked, locked.author_id or 0, datetime.now(UTC))
    spine.app.delivery.wake.set()
    return count


async def reasons(db: Database, number: int) -> Counter[tuple[str, str]]:
    async with db.read() as session:
        listed = select(Recipient.state, Recipient.reason).where(Recipient.announcement_id == number)
        return Counter((state, reason) for state, reason in await session.execute(listed))


def arrived(api: BotApi) -> Counter[int | None]:
    """How often the announcement stands in each chat."""
    return Counter(call.chat for call in api.record.sent() if "Họp lúc 8 giờ" in call.text)


async def test_three_of_ten_blocked_seven_have_it_and_nobody_gets_it_twice(db: Database, tmp_path: Path) -> None:
    async with running(db, tmp_path, leaders=10) as spine:
        people = everybody(spine, 10)
        for person, refusal in zip(people, (BLOCKED, BLOCKED, DEACTIVATED), strict=False):
            person.chat.refusal = refusal
        number = await announced(spine)
        counted = await over(spine, number)
        assert (counted.sent, counted.failed, counted.total) == (7, 3, 10)
        assert (await reasons(db, number))["failed", "blocked"] == 2
        assert (await reasons(db, number))["failed", "deactivated"] == 1
        assert await again(spine, number) == 0
        people[0].chat.refusal = ""
        people[0].say("/menu")
        await people[0].sees("Sổ Tay Số")
        assert await again(spine, number) == 1
        assert (await over(spine, number)).sent == 8
        assert arrived(spine.api) == {FIRST + each: 1 for each in (0, 3, 4, 5, 6, 7, 8, 9)}
        assert len(spine.api.record.of("sendMessage", FIRST + 1)) == 1


@pytest.mark.parametrize("only", [None, FIRST + 3], ids=["everywhere", "one chat"])
async def test_pauses_that_telegram_asks_for_lose_nothing(
    sqlite_db: Database, tmp_path: Path, only: int | None
) -> None:
    async with running(sqlite_db, tmp_path, leaders=12) as spine:
        everybody(spine, 12)
        spine.api.faults.add("429", "sendMessage", chat=only, times=6, chance=0.5 if only is None else 1, retry_after=1)
        counted = await over(spine, await announced(spine))
        assert (counted.sent, counted.total) == (12, 12)
        assert set(arrived(spine.api).values()) == {1}
        last: dict[int | None, float] = {}
        for call in spine.api.record.of("sendMessage"):
            assert call.at >= last.get(call.chat, 0.0), "sent before the pause was over"
            if call.code == 429:
                last[call.chat] = call.at + 1


async def test_among_many_the_blocked_and_the_moved_cost_one_call_each(sqlite_db: Database, tmp_path: Path) -> None:
    """One in ten has blocked the bot, half of those can be written to elsewhere; one group in a hundred has moved."""
    async with running(sqlite_db, tmp_path, leaders=MANY) as spine:
        gone = [person.id for person in everybody(spine, MANY)[: MANY // 10]]
        for chat in gone:
            spine.api.chats.find(chat).refusal = BLOCKED
        with_another = gone[::2]
        await _other_chats(spine, with_another)
        moved = await _groups(spine, max(1, MANY // 100))
        number = await announced(spine, chats=True)
        counted = await over(spine, number, seconds=30 + MANY / 10)
        assert counted.total == MANY + len(moved)
        assert counted.failed == len(gone) - len(with_another)
        assert counted.sent == counted.total - counted.failed
        calls = Counter(int(call.params["chat_id"]) for call in spine.api.record.of("sendMessage"))
        assert {calls[chat] for chat in gone} == {1}
        assert max(calls[chat] for chat in moved) <= 1  # none when the group's own word of it was read first
        assert {calls[chat] for chat in moved.values()} == {1}
        assert set(arrived(spine.api).values()) == {1}


async def _other_chats(spine: Spine, chats: Sequence[int]) -> None:
    """A second chat for each of these people, which they have used less lately."""
    async with spine.app.db.write() as session:
        for chat in chats:
            Somebody(spine.api, SPARE + chat)
            old = (await session.scalars(select(Account).where(Account.address == str(chat)))).one()
            other = Account(channel="telegram", address=str(SPARE + chat), person_id=old.person_id, seen_at=old.seen_at)
            session.add(other)
        talks = select(Account.id).where(Account.address.in_([str(chat) for chat in chats]))
        await session.execute(update(Talk).where(Talk.account_id.in_(talks)).values(updated_at=datetime.now(UTC)))


async def _groups(spine: Spine, count: int) -> dict[int, int]:
    """Groups bound to the top of the tree that have become supergroups without our knowing: old → new."""
    moved = {}
    async with spine.app.db.write() as session:
        for number in range(count):
            old = spine.api.group(GROUP - number).id
            session.add(GroupChat(channel="telegram", address=str(old), unit_id=1, bound_at=datetime.now(UTC)))
            moved[old] = spine.api.migrate(old)
    return moved


async def test_a_group_that_threw_the_bot_out_is_listed_with_the_reason(sqlite_db: Database, tmp_path: Path) -> None:
    async with running(sqlite_db, tmp_path, leaders=1) as spine:
        everybody(spine, 1)
        spine.api.group(GROUP).refusal = KICKED
        async with sqlite_db.write() as session:
            session.add(GroupChat(channel="telegram", address=str(GROUP), unit_id=1, bound_at=datetime.now(UTC)))
        number = await announced(spine, chats=True)
        await over(spine, number)
        assert await reasons(sqlite_db, number) == {("sent", ""): 1, ("failed", "removed"): 1}


async def test_replies_leave_before_the_rest_of_an_announcement(sqlite_db: Database, tmp_path: Path) -> None:
    limits = Limits(bulk_per_second=20, chat_per_second=0, chat_burst=1)  # so the forty take two seconds
    async with running(sqlite_db, tmp_path, 40, limits) as spine:
        lan = everybody(spine, 40)[-1]
        number = await announced(spine)
        lan.say("/menu")
        await lan.sees("Sổ Tay Số", anywhere=True)
        async with sqlite_db.read() as session:
            behind = await session.scalar(select(Outbox.id).where(Outbox.lane == outbox.ANNOUNCEMENT).limit(1))
        assert behind is not None
        await over(spine, number)
        reply = next(call for call in spine.api.record.of("sendMessage") if "Sổ Tay Số" in call.text)
        last = max(call.at for call in spine.api.record.sent() if "Họp lúc" in call.text)
        assert reply.at < last


# --- corrected and taken back ----------------------------------------------------------------------------------------


async def settled(spine: Spine, number: int, seconds: float = 60) -> None:
    """Until all about it is over, be it its recall."""
    until = time.monotonic() + seconds
    while True:
        await announcement_runs.carry_out(spine.app.db, AnnouncingPolicy(), datetime.now(UTC))
        async with spine.app.db.read() as session:
            found = await announcements.find(session, number)
        assert found is not None
        if found.announcement.ended_at is not None:
            return
        assert time.monotonic() < until, found.announcement.state
        await asyncio.sleep(0.1)


async def corrected(spine: Spine, old: int) -> int:
    now = datetime.now(UTC)
    async with spine.app.db.write() as session:
        held = await announcements.find(session, old)
        assert held is not None
        author = held.announcement.author_id
        assert author is not None
        made = await announcement_corrections.begin(session, held, author, now)
        made.text, made.is_urgent = "Họp lúc 9 giờ.", True
        await announcement_runs.plan(session, made, expected=0, send_at=now, now=now)
    await announcement_runs.carry_out(spine.app.db, AnnouncingPolicy(), now)
    spine.app.delivery.wake.set()
    return made.id


async def test_a_correction_stands_where_the_old_one_stood_and_comes_anew_where_that_is_gone(
    db: Database, tmp_path: Path
) -> None:
    async with running(db, tmp_path, leaders=6) as spine:
        people = everybody(spine, 6)
        old = await announced(spine)
        await settled(spine, old)
        for person in people[:2]:  # they took it away themselves
            [message] = [each for each in person.chat.messages.values() if "Họp lúc 8" in each.text]
            spine.api.chats.delete(person.chat, message.message_id)
        spine.api.faults.add("drop", "editMessageText", times=1)  # an edit whose fate is unclear is made again
        new = await corrected(spine, old)
        await settled(spine, new)
        async with db.read() as session:
            ways = await announcement_corrections.ways(session, await session.get_one(Announcement, new))
        assert (ways.edited, ways.replaced, ways.total) == (4, 2, 6)
        for person in people:
            shown = [each.text for each in person.screen if "Họp lúc" in each.text]
            # whoever has it where the old one stood is told so in one line more; nobody reads the old hour any more
            assert len(shown) == (1 if person in people[:2] else 2)
            assert all("9 giờ" in text and "8 giờ" not in text for text in shown)


async def test_a_recall_takes_every_message_away(db: Database, tmp_path: Path) -> None:
    async with running(db, tmp_path, leaders=6) as spine:
        people = everybody(spine, 6)
        number = await announced(spine)
        await settled(spine, number)
        people[0].chat.refusal = BLOCKED
        spine.api.faults.add("429", "deleteMessage", times=2, retry_after=1)
        async with db.write() as session:
            held = await announcements.lock(session, number)
            assert held is not None
            await announcement_recall.recall(session, held, held.author_id or 0, "Sai ngày họp", datetime.now(UTC))
        spine.app.delivery.wake.set()
        await settled(spine, number)
        async with db.read() as session:
            ways = await announcement_recall.ways(session, number)
        assert (ways.deleted, ways.failed, ways.total) == (5, 1, 6)
        assert [each for person in people[1:] for each in person.screen if "Họp lúc" in each.text] == []


# --- files, pauses inside one message, what is paid for -------------------------------------------------------------


class Sending:
    """The channel alone, with two files of many recipients and one of a single person."""

    def __init__(self, folder: Path, api: BotApi, *, pays: bool = False) -> None:
        for path, content in ((PICTURE, photo("hop.jpg")), (PAPER, b"%PDF-1.7"), ("exports/lan.xlsx", b"PK")):
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        self.api, self.channel = api, Telegram(TOKEN, api.url, folder, pays=pays)

    async def send(self, chat: int, *paths: str, bulk: bool = True) -> str:
        kinds = {".jpg": "image/jpeg", ".pdf": "application/pdf", ".xlsx": "application/vnd.ms-excel"}
        files = tuple(Document(path, Path(path).name, kinds[Path(path).suffix]) for path in paths)
        Somebody(self.api, chat)
        return await self.channel.send(str(chat), Rendered("Họp lúc 8 giờ.", files=files, is_bulk=bulk))

    def uploads(self) -> int:
        return len(self.api.files.by_id)


async def test_a_file_for_many_is_uploaded_once_even_when_several_begin_together(tmp_path: Path) -> None:
    async with BotApi() as api:
        chats = Sending(tmp_path, api)
        await asyncio.gather(*(chats.send(chat, PICTURE, PAPER) for chat in range(1, 9)))
        assert chats.uploads() == 2
        assert len(api.record.of("sendPhoto")) == len(api.record.of("sendDocument")) == 8
        assert len(arrived(api)) == 8
        await chats.channel.close()


async def test_a_file_made_for_one_person_is_never_somebody_elses(tmp_path: Path) -> None:
    async with BotApi() as api:
        chats = Sending(tmp_path, api)
        await chats.send(1, "exports/lan.xlsx")
        (tmp_path / "exports/lan.xlsx").write_bytes(b"PK something else")
        await chats.send(2, "exports/lan.xlsx")
        assert chats.uploads() == 2
        await chats.channel.close()


async def test_a_handle_that_telegram_has_forgotten_is_uploaded_again(tmp_path: Path) -> None:
    async with BotApi() as api:
        chats = Sending(tmp_path, api)
        await chats.send(1, PAPER)
        api.files.by_id.clear()
        await chats.send(2, PAPER)
        await chats.send(3, PAPER)
        assert chats.uploads() == 1
        assert arrived(api) == {1: 1, 2: 1, 3: 1}
        await chats.channel.close()


async def test_several_files_take_one_call_as_several_photos_do(tmp_path: Path) -> None:
    async with BotApi() as api:
        chats = Sending(tmp_path, api)
        await chats.send(1, PAPER, "exports/lan.xlsx")
        [album] = api.record.of("sendMediaGroup")
        assert album.done
        await chats.send(2, PICTURE, PICTURE, PAPER)
        assert [call.method for call in api.record.of(chat=2)] == ["sendMediaGroup", "sendDocument", "sendMessage"]
        await chats.channel.close()


async def test_a_pause_between_a_file_and_its_text_repeats_neither(tmp_path: Path) -> None:
    async with BotApi() as api:
        chats = Sending(tmp_path, api)
        api.faults.add("429", "sendMessage", retry_after=1)
        await chats.send(1, PAPER)
        assert len(api.record.of("sendDocument", 1)) == 1
        assert arrived(api) == {1: 1}
        await chats.channel.close()


async def test_a_message_cut_off_in_its_middle_is_not_begun_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "PATIENCE", 0.5)
    async with BotApi() as api:
        chats = Sending(tmp_path, api)
        api.faults.add("429", "sendMessage", retry_after=1)
        with pytest.raises(SendFailed) as failed:
            await chats.send(1, PAPER)
        assert failed.value.kind == "unknown"
        await chats.channel.close()


@pytest.mark.parametrize("no, gone", [(Forbidden("bot was blocked by the user"), True), (BadRequest("odd"), False)])
async def test_a_text_refused_behind_its_files_leaves_it_open_so_that_they_are_not_sent_again(
    no: TelegramError, gone: bool
) -> None:
    async def files() -> None:
        return

    async def text() -> None:
        raise no

    with pytest.raises(SendFailed) as failed:
        await sending.in_turn([files, text])
    assert (failed.value.kind, failed.value.gone) == ("unknown", gone)
    with pytest.raises(TelegramError):  # nothing got through: a plain no
        await sending.in_turn([text, files])


@pytest.mark.parametrize("pays, bulk, paid", [(True, True, True), (True, False, False), (False, True, False)])
async def test_only_what_goes_to_many_is_paid_for_and_only_when_that_is_wanted(
    tmp_path: Path, pays: bool, bulk: bool, paid: bool
) -> None:
    async with BotApi() as api:
        chats = Sending(tmp_path, api, pays=pays)
        await chats.send(1, PICTURE, PAPER, bulk=bulk)
        await chats.send(2, PICTURE, PICTURE, bulk=bulk)
        with suppress(KeyError):
            assert {bool(call.params.get("allow_paid_broadcast")) for call in api.record.sent()} == {paid}
        assert api.violations == []
        await chats.channel.close()
