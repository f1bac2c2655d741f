"""Announcements corrected and taken back: everybody who had one hears so once, by the way that their chat allows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from bot.announcing import read_policy
from bot.channels import Rendered, SendFailed
from bot.channels.telegram import Telegram
from bot.channels.webchat import WebChat
from bot.clock import Clock
from models import (
    announcement_corrections,
    announcement_listing,
    announcement_recall,
    announcement_runs,
    announcements,
    chats,
    correction_news,
    outbox,
    webchat,
)
from models.database import Database
from models.outbox import Settled
from models.rules.announcement_ways import Ways
from models.rules.announcing import AnnouncingPolicy
from models.tables import Account, Announcement, Audit, GroupChat, Mute, Outbox, Person, Recipient, Role
from tests.announcing import AUTHOR, NOW, POLICY, another_chat, found, planned, tally
from tests.databases import Databases
from tests.office import at, open_office
from tests.standin import TOKEN, BotApi
from tests.standin import Person as Somebody

NEVER, REFUSED, GONE, UNCLEAR = "never", "refused", "gone", "unclear"


@dataclass
class Chats:
    """Every chat as its reader sees it, and a sender that changes it as a channel does. `fails`: how a chat behaves:
    takes nothing (never), changes nothing that stands (refused), is gone, or tells nobody how it went (unclear).
    """

    db: Database
    seen: dict[str, dict[str, int]] = field(default_factory=dict)  # address → message → number of the announcement
    told: Counter[str] = field(default_factory=Counter)  # addresses that heard of a recall
    called: Counter[str] = field(default_factory=Counter)  # addresses that heard of a change in place
    fails: dict[str, str] = field(default_factory=dict)
    next: int = 100

    async def deliver(self, now: datetime = NOW, most: int = 10_000) -> int:
        """Claim, put into words and send until nothing is due."""
        sent = 0
        while most > sent:
            async with self.db.write() as session:
                taken = await outbox.claim(session, now, min(1000, most - sent))
                wanted = [(row, await self._composed(session, row, now)) for row in taken]
            if not taken:
                break
            for row, is_wanted in wanted:
                await self._end(row, now, is_wanted=is_wanted)
            sent += len(taken)
        return sent

    async def _composed(self, session: Any, row: Outbox, now: datetime) -> bool:
        if row.kind in announcement_recall.KINDS:
            return await announcement_recall.compose(session, row.body) is not None
        if row.kind in correction_news.KINDS:
            return await correction_news.compose(session, row.body) is not None
        return await announcement_runs.compose(session, row.body, now) is not None

    async def _end(self, row: Outbox, now: datetime, *, is_wanted: bool) -> None:
        ending, is_gone = self._sent(row, now) if is_wanted else (Settled(row.id, "cancelled", now, error="x"), False)
        async with self.db.write() as session:
            await outbox.settle(session, [ending])
            if is_gone:
                await chats.refused(session, row.channel, row.address, now, "blocked", [row.id])

    def _sent(self, row: Outbox, now: datetime) -> tuple[Settled, bool]:
        how, here = self.fails.get(row.address, ""), self.seen.setdefault(row.address, {})
        if how in (NEVER, GONE):
            return Settled(row.id, "failed", now, error="blocked" if how == GONE else "Bad Request"), how == GONE
        if (ref := row.body.get("delete")) is not None:
            if how == REFUSED and ref in here:
                return Settled(row.id, "failed", now, error="message can't be deleted"), False
            here.pop(ref, None)
            return Settled(row.id, "sent", now), False
        ref = row.body.get("card", "")
        if ref not in here or how == REFUSED:
            self.next += 1
            ref = str(self.next)
        if row.kind in announcement_recall.KINDS:
            self.told[row.address] += 1
        elif row.kind in correction_news.KINDS:
            self.called[row.address] += 1
        else:
            here[ref] = int(row.body["announcement"])
        return (
            (Settled(row.id, "unknown", now), False) if how == UNCLEAR else (Settled(row.id, "sent", now, ref), False)
        )

    def having(self, number: int) -> list[str]:
        """The addresses in which the announcement stands, as often as it does."""
        return [address for address, here in self.seen.items() for each in here.values() if each == number]


async def tick(db: Database, now: datetime = NOW) -> None:
    await announcement_runs.carry_out(db, POLICY, now)


async def out(db: Database, chats_: Chats, now: datetime = NOW, **fields: Any) -> int:
    """An announcement that has gone out to the end."""
    number = await planned(db, now, **fields)
    await tick(db, now)
    await chats_.deliver(now)
    await tick(db, now)
    return number


async def corrected(db: Database, old: int, now: datetime = NOW, **fields: Any) -> int:
    """A correction of it that is due now."""
    async with db.write() as session:
        held = await announcements.find(session, old)
        assert held is not None
        draft = await announcement_corrections.begin(session, held, AUTHOR, now)
        for name, value in ({"text": "Họp lúc 9 giờ."} | fields).items():
            setattr(draft, name, value)
        await announcement_runs.plan(session, draft, expected=0, send_at=now, now=now)
        return draft.id


async def recalled(db: Database, number: int, now: datetime = NOW) -> int:
    async with db.write() as session:
        held = await announcements.lock(session, number)
        assert held is not None
        return await announcement_recall.recall(session, held, AUTHOR, "Sai ngày họp", now)


async def settle(db: Database, chats_: Chats, now: datetime = NOW) -> None:
    """Until nothing is left to be done."""
    for _ in range(4):
        await tick(db, now)
        await chats_.deliver(now)
    await tick(db, now)


async def ways(db: Database, number: int) -> Ways:
    """Of a correction, or of a recall."""
    async with db.read() as session:
        one = await session.get_one(Announcement, number)
        if one.state == "recalled":
            return await announcement_recall.ways(session, number)
        return await announcement_corrections.ways(session, one)


def shown(found_ways: Ways) -> dict[str, int]:
    return {way: count for way, count in asdict(found_ways).items() if count}


async def on_telegram(db: Database) -> None:
    async with db.write() as session:
        await session.execute(update(Account).values(channel="telegram"))


async def addresses(db: Database) -> list[str]:
    async with db.read() as session:
        return list(await session.scalars(select(Account.address).order_by(Account.id)))


# --- a correction ---------------------------------------------------------------------------------------------------


async def test_whoever_has_it_sees_it_changed_the_others_get_another_or_their_first(db: Database) -> None:
    await open_office(db, teams=222)
    post = Chats(db)
    everybody = await addresses(db)
    post.fails = dict.fromkeys(everybody[1:10], NEVER) | dict.fromkeys(everybody[10:30], UNCLEAR)
    old = await out(db, post)
    assert (await tally(db, old)).sent + (await tally(db, old)).unknown == 214
    post.fails = dict.fromkeys(everybody[30:44], REFUSED)
    new = await corrected(db, old)
    await settle(db, post)
    assert shown(await ways(db, new)) == {"edited": 180, "replaced": 34, "never": 9}
    assert Counter(post.having(new)) == dict.fromkeys(everybody, 1)
    assert set(post.called.values()) == {1}, "whose message was changed where it stands hears so once"
    assert set(post.called) == set(everybody) - set(everybody[1:44])
    assert (await found(db, old)).state == "replaced"
    assert (await found(db, new)).state == "sent"


async def test_what_waited_of_the_old_one_is_not_sent_and_gets_the_new_one_as_its_first(db: Database) -> None:
    await open_office(db, teams=5)
    post = Chats(db)
    old = await planned(db)
    await tick(db)
    await post.deliver(most=2)
    new = await corrected(db, old)
    await tick(db)
    assert (await tally(db, old)).stopped == 4
    await settle(db, post)
    assert shown(await ways(db, new)) == {"edited": 2, "never": 4}
    assert (await tally(db, old)).stopped == 4
    assert post.having(old) == []
    assert (await found(db, old)).ended_at == NOW


async def test_nobody_is_written_down_while_the_old_one_is_still_being_sent(db: Database) -> None:
    await open_office(db, teams=3)
    post = Chats(db)
    old = await planned(db)
    await tick(db)
    async with db.write() as session:
        [under_way] = await outbox.claim(session, NOW, 1)
    new = await corrected(db, old)
    await tick(db)
    assert ((await found(db, old)).state, (await tally(db, new)).total) == ("replaced", 0)
    async with db.write() as session:
        await outbox.settle(session, [Settled(under_way.id, "sent", NOW, "7")])
    post.seen[under_way.address] = {"7": old}
    await settle(db, post)
    assert shown(await ways(db, new)) == {"edited": 1, "never": 3}


async def test_files_stand_apart_so_a_message_of_its_own_replaces_them(db: Database) -> None:
    await open_office(db, teams=2)
    post = Chats(db)
    paper = [{"sha256": "ab", "name": "Mẫu.pdf", "mime": "application/pdf", "size": 1}]
    old = await out(db, post, files=paper)
    new = await corrected(db, old, files=[])
    await settle(db, post)
    assert shown(await ways(db, new)) == {"replaced": 3}


async def test_whoever_left_or_muted_the_news_since_still_hears_that_it_was_wrong(db: Database) -> None:
    office = await open_office(db, teams=3)
    post = Chats(db)
    old = await out(db, post, kind="news")
    left, muted, erased = office.teams
    async with db.write() as session:
        await session.execute(update(Role).where(Role.person_id == left).values(until=NOW - timedelta(minutes=1)))
        session.add(Mute(person_id=muted, kind="news", at=NOW))
        await session.execute(update(Person).where(Person.id == erased).values(erased_at=NOW))
        await session.execute(update(Account).where(Account.person_id == erased).values(person_id=None))
    new = await corrected(db, old)
    await settle(db, post)
    assert shown(await ways(db, new)) == {"edited": 3, "failed": 1}


async def test_a_chat_gone_since_is_replaced_by_the_other_one_and_never_edited_there(db: Database) -> None:
    office = await open_office(db, teams=1)
    someone = office.teams[0]
    post = Chats(db)
    old = await out(db, post)
    await another_chat(db, someone)
    [address] = [each for each in await addresses(db) if not each.startswith("spare") and each != "1"][-1:]
    post.seen[f"spare-{someone}"] = {ref: 0 for ref in post.seen[address]}  # another message by the same number
    post.fails[address] = GONE
    new = await corrected(db, old)
    await settle(db, post)
    assert shown(await ways(db, new)) == {"edited": 1, "replaced": 1}
    assert 0 in post.seen[f"spare-{someone}"].values()


async def test_a_correction_is_corrected_and_the_newest_is_what_holds(db: Database) -> None:
    await open_office(db, teams=2)
    post = Chats(db)
    numbers = [await out(db, post)]
    for _ in range(2):
        numbers.append(await corrected(db, numbers[-1]))
        await settle(db, post)
    assert shown(await ways(db, numbers[2])) == {"edited": 3}
    assert set(post.having(numbers[2])) == set(await addresses(db))
    async with db.write() as session:
        newest = await announcement_corrections.newest(session, numbers[0])
        assert newest is not None
        assert newest.id == numbers[2]


async def test_killed_between_two_chunks_nobody_is_corrected_twice(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_office(db, teams=6)
    post = Chats(db)
    old = await out(db, post)
    new = await corrected(db, old)
    monkeypatch.setattr(announcement_listing, "CHUNK", 2)
    await _killed_and_on(db, monkeypatch, announcement_listing, "_write")
    await settle(db, post)
    assert shown(await ways(db, new)) == {"edited": 7}
    assert len(post.having(new)) == 7


# --- a recall -------------------------------------------------------------------------------------------------------


async def test_what_can_be_deleted_is_the_others_are_told_once(db: Database) -> None:
    await open_office(db, teams=222)
    post = Chats(db)
    everybody = await addresses(db)
    post.fails = dict.fromkeys(everybody[1:8], NEVER) | dict.fromkeys(everybody[8:28], UNCLEAR)
    number = await out(db, post)
    post.fails = dict.fromkeys(everybody[28:52], REFUSED) | dict.fromkeys(everybody[52:54], GONE)
    assert await recalled(db, number) == 0
    await settle(db, post)
    assert shown(await ways(db, number)) == {"deleted": 170, "told": 44, "failed": 2}
    assert set(post.having(number)) == set(everybody[8:54])
    assert dict(post.told) == dict.fromkeys(everybody[8:52], 1)
    one = await found(db, number)
    assert (one.state, one.reason, one.ended_at) == ("recalled", "Sai ngày họp", NOW)


async def test_later_than_the_channel_allows_everybody_is_told(db: Database) -> None:
    await open_office(db, teams=3)
    await on_telegram(db)
    post = Chats(db)
    number, later = await out(db, post), NOW + timedelta(hours=48)
    await recalled(db, number, later)
    await settle(db, post, later)
    assert shown(await ways(db, number)) == {"told": 4}
    assert sum(post.told.values()) == len(post.having(number)) == 4


async def test_what_waited_goes_to_nobody_and_what_was_being_sent_is_taken_back_too(db: Database) -> None:
    await open_office(db, teams=4)
    post = Chats(db)
    number = await planned(db)
    await tick(db)
    async with db.write() as session:
        [under_way] = await outbox.claim(session, NOW, 1)
    assert await recalled(db, number) == 4
    await settle(db, post)
    assert (await found(db, number)).ended_at is None
    async with db.write() as session:
        await outbox.settle(session, [Settled(under_way.id, "sent", NOW, "7")])
    post.seen[under_way.address] = {"7": number}
    await settle(db, post)
    assert shown(await ways(db, number)) == {"deleted": 1}
    assert post.having(number) == []
    assert (await tally(db, number)).stopped == 4
    assert (await found(db, number)).ended_at == NOW
    assert await recalled(db, number) == 0


async def test_at_night_messages_vanish_but_nobody_is_woken_unless_it_was_urgent(db: Database) -> None:
    await open_office(db, teams=3)
    post, night = Chats(db), at("2026-11-20", "22:00")
    everybody = await addresses(db)
    calm, urgent = await out(db, post), await out(db, post, is_urgent=True)
    post.fails = dict.fromkeys(everybody[:2], REFUSED)
    for number in (calm, urgent):
        await recalled(db, number, night)
    await settle(db, post, night)
    assert shown(await ways(db, urgent)) == {"deleted": 2, "told": 2}
    assert shown(await ways(db, calm)) == {"deleted": 2, "waiting": 2}
    await settle(db, post, at("2026-11-21", "07:30"))
    assert shown(await ways(db, calm)) == {"deleted": 2, "told": 2}


async def test_whose_chat_is_gone_hears_of_it_in_the_other(db: Database) -> None:
    office = await open_office(db, teams=1)
    someone = office.teams[0]
    post = Chats(db)
    number = await out(db, post)
    await another_chat(db, someone)
    async with db.read() as session:
        address = await session.scalar(select(Account.address).where(Account.person_id == someone).limit(1))
    post.fails[str(address)] = GONE
    await recalled(db, number)
    await settle(db, post)
    assert shown(await ways(db, number)) == {"deleted": 1, "told": 1}
    assert post.told == {f"spare-{someone}": 1}


async def test_told_in_the_other_chat_even_when_the_first_goes_only_then(db: Database) -> None:
    office = await open_office(db, teams=1)
    someone = office.teams[0]
    await on_telegram(db)
    post, later = Chats(db), NOW + timedelta(days=3)
    number = await out(db, post)
    await another_chat(db, someone)
    async with db.write() as session:
        address = await session.scalar(select(Account.address).where(Account.person_id == someone).limit(1))
    post.fails[str(address)] = GONE
    await recalled(db, number, later)
    await settle(db, post, later)
    assert shown(await ways(db, number)) == {"told": 2}
    assert post.told[f"spare-{someone}"] == 1
    assert (await found(db, number)).ended_at is not None


async def test_a_group_chat_is_taken_back_like_a_person(db: Database) -> None:
    await open_office(db, teams=1)
    async with db.write() as session:
        for address in ("-100", "-200"):
            session.add(GroupChat(channel="telegram", address=address, title="Nhóm", unit_id=1, bound_at=NOW))
    post = Chats(db)
    everything = {"units": [1], "chats": True}
    number = await planned(db)
    async with db.write() as session:
        await session.execute(update(Announcement).where(Announcement.id == number).values(audience=everything))
    await settle(db, post)
    new = await corrected(db, number)
    await settle(db, post)
    assert shown(await ways(db, new)) == {"edited": 4}
    post.fails["-100"] = REFUSED
    async with db.write() as session:
        await session.execute(update(GroupChat).where(GroupChat.address == "-200").values(left_at=NOW))
    await recalled(db, new)
    await settle(db, post)
    assert shown(await ways(db, new)) == {"deleted": 2, "told": 1, "failed": 1}


async def test_killed_between_two_chunks_nobody_is_told_twice(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await open_office(db, teams=6)
    await on_telegram(db)
    post, later = Chats(db), NOW + timedelta(days=3)
    number = await out(db, post)
    await recalled(db, number, later)
    monkeypatch.setattr(announcement_recall, "CHUNK", 2)
    await _killed_and_on(db, monkeypatch, announcement_recall, "_owe_some", later)
    await settle(db, post, later)
    assert shown(await ways(db, number)) == {"told": 7}
    assert set(post.told.values()) == {1}


async def test_both_are_written_down_and_only_what_is_out_is_taken_back(db: Database) -> None:
    await open_office(db, teams=1)
    post = Chats(db)
    old = await out(db, post)
    new = await corrected(db, old)
    assert await recalled(db, new) == 0
    assert (await found(db, new)).state == "planned"
    await settle(db, post)
    await recalled(db, new)
    await settle(db, post)
    async with db.read() as session:
        deeds = (await session.execute(select(Audit.object, Audit.action))).all()
    assert (f"announcement:{old}", "announcement.replace") in deeds
    assert (f"announcement:{new}", "announcement.recall") in deeds
    assert post.having(old) == post.having(new) == []


class Killed(Exception):
    """The process died here."""


async def _killed_and_on(db: Database, patch: pytest.MonkeyPatch, module: Any, name: str, now: datetime = NOW) -> None:
    """It dies after every single call of the function, until nothing of it is left to be done."""
    real: Callable[..., Any] = getattr(module, name)
    left = 0

    async def until_killed(*given: Any) -> Any:
        nonlocal left
        if not left:
            raise Killed
        left -= 1
        return await real(*given)

    patch.setattr(module, name, until_killed)
    for _ in range(3):
        left = 1
        with pytest.raises(Killed):
            await tick(db, now)
    left = 99
    await tick(db, now)


# --- whatever happens -----------------------------------------------------------------------------------------------

HOW = st.lists(st.sampled_from(("", NEVER, REFUSED, GONE, UNCLEAR)), min_size=7, max_size=7)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(HOW, HOW, st.booleans(), st.integers(0, 7))
async def test_the_ways_are_always_as_many_as_had_it(
    all_databases: Databases, first: Sequence[str], then: Sequence[str], is_recall: bool, gone_out: int
) -> None:
    async with all_databases.fresh("sqlite") as db:
        await open_office(db, communes=1, teams=6)
        post = Chats(db)
        everybody = await addresses(db)
        post.fails = dict(zip(everybody, first, strict=True))
        old = await planned(db)
        await tick(db)
        await post.deliver(most=gone_out)
        post.fails = dict(zip(everybody, then, strict=True))
        new = old
        if is_recall:
            await tick(db)
            await recalled(db, old)
        else:
            new = await corrected(db, old)
        await settle(db, post)
        counted, ledger = await ways(db, new), await tally(db, old)
        assert counted.total == ledger.sent + ledger.unknown
        assert (counted.waiting, ledger.waiting) == (0, 0)
        assert (await found(db, new)).ended_at == NOW
        assert max(Counter(post.having(new)).values(), default=0) <= 1
        assert max(post.told.values(), default=0) <= 1
        async with db.read() as session:
            twice = select(Recipient.person_id).group_by(Recipient.announcement_id, Recipient.person_id)
            assert (await session.scalars(twice.having(func.count() > 1))).all() == []


# --- the channels ---------------------------------------------------------------------------------------------------


def test_the_policy_knows_what_channels_can_do() -> None:
    policy = read_policy()
    assert (policy.edits, policy.deletes) == (AnnouncingPolicy().edits, AnnouncingPolicy().deletes)
    assert policy.may_delete("telegram", NOW - timedelta(hours=47), NOW)
    assert not policy.may_delete("telegram", NOW - timedelta(hours=48), NOW)
    assert policy.may_delete("webchat", NOW - timedelta(days=900), NOW)
    assert not policy.may_delete("zalo", NOW, NOW)


async def test_telegram_deletes_what_is_there_is_content_when_it_is_not_and_says_when_it_cannot(tmp_path: Path) -> None:
    moment = [1_795_000_000.0]
    async with BotApi(clock=lambda: moment[0]) as api:
        channel, chat = Telegram(TOKEN, api.url, tmp_path), Somebody(api, 5)
        ref = await channel.send("5", Rendered("Họp lúc 8 giờ."))
        await channel.delete("5", ref)
        assert chat.screen == []
        await channel.delete("5", ref)
        ref = await channel.send("5", Rendered("Họp lúc 9 giờ."))
        moment[0] += 49 * 3600
        with pytest.raises(SendFailed) as failed:
            await channel.delete("5", ref)
        assert (failed.value.kind, failed.value.gone) == ("refused", False)
        await channel.close()
        assert api.violations == []


async def test_the_web_chat_shows_a_deleted_bubble_no_more(sqlite_db: Database, tmp_path: Path) -> None:
    channel = WebChat(sqlite_db, tmp_path, Clock())
    ref = await channel.send("lan", Rendered("Họp lúc 8 giờ."))
    await channel.delete("minh", ref)
    await channel.delete("lan", "999")
    async with sqlite_db.read() as session:
        [row] = await webchat.latest(session, "lan", 5)
        assert row.body["html"] == "Họp lúc 8 giờ."
    await channel.delete("lan", ref)
    async with sqlite_db.read() as session:
        [row] = await webchat.latest(session, "lan", 5)
    assert (row.body["html"], row.body["gone"]) == ("", True)
