"""Announcements as they go out: everybody once, whatever happens in between, and a ledger that always adds up."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from models import (
    announcement_beginning,
    announcement_flow,
    announcement_limits,
    announcement_listing,
    announcement_runs,
    announcements,
    chats,
    outbox,
)
from models.database import Database
from models.rules.announcing import AnnouncingPolicy
from models.rules.audiences import Audience
from models.tables import Account, Announcement, Audit, GroupChat, Mute, Outbox, Recipient, Role
from tests.announcing import AUTHOR, NOW, POLICY, Sender, another_chat, count_rows, found, planned, rows, tally
from tests.databases import Databases, counted
from tests.office import at, open_office

SOON = NOW + timedelta(minutes=1)


class Killed(Exception):
    """The process died here."""


async def carry_out(db: Database) -> int:
    return await announcement_runs.carry_out(db, POLICY, NOW)


async def again(db: Database, announcement_id: int) -> int:
    async with db.write() as session:
        locked = await announcements.lock(session, announcement_id)
        assert locked is not None
        count = await announcement_runs.send_again(session, locked, AUTHOR, NOW)
    await carry_out(db)
    return count


async def stop(db: Database, announcement_id: int) -> int:
    async with db.write() as session:
        locked = await announcements.lock(session, announcement_id)
        assert locked is not None
        return await announcement_runs.stop(session, locked, AUTHOR, "gửi nhầm", NOW)


async def unblock(db: Database) -> None:
    async with db.write() as session:
        await session.execute(update(Account).values(unreachable=""))


# --- from its moment to its end -------------------------------------------------------------------------------------


async def test_nothing_begins_before_its_moment(db: Database) -> None:
    await open_office(db, teams=3)
    number = await planned(db, SOON)
    assert await carry_out(db) == 0
    assert (await found(db, number)).state == "planned"
    assert await count_rows(db, number) == 0


async def test_undone_before_it_began_it_is_a_draft_again_and_reaches_nobody(db: Database) -> None:
    await open_office(db, teams=3)
    number = await planned(db, SOON)
    async with db.write() as session:
        locked = await announcements.lock(session, number)
        assert locked is not None
        assert await announcement_runs.undo(session, locked, AUTHOR, NOW)
        assert (locked.state, locked.send_at) == ("draft", None)
    await announcement_runs.carry_out(db, POLICY, SOON)
    assert await Sender(db).send_all(SOON) == 0


async def test_what_has_begun_is_not_undone(db: Database) -> None:
    await open_office(db, teams=3)
    number = await planned(db)
    await carry_out(db)
    async with db.write() as session:
        locked = await announcements.lock(session, number)
        assert locked is not None
        assert not await announcement_runs.undo(session, locked, AUTHOR, NOW)


async def test_everybody_gets_it_once_and_then_it_is_over(db: Database) -> None:
    await open_office(db, teams=4)
    number, sender = await planned(db), Sender(db)
    assert await carry_out(db) == 5
    assert (await tally(db, number)).waiting == 5
    assert await sender.send_all() == 5
    assert await carry_out(db) == 5
    ended = await found(db, number)
    assert (ended.state, ended.ended_at, ended.listed_at) == ("sent", NOW, NOW)
    assert (await tally(db, number)).sent == 5
    assert set(sender.got.values()) == {1}
    assert await carry_out(db) == 0
    assert await sender.send_all() == 0


async def test_the_text_stands_once_whoever_it_is_for(db: Database) -> None:
    await open_office(db, teams=4)
    await planned(db)
    await carry_out(db)
    async with db.read() as session:
        bodies = (await session.scalars(select(Outbox.body))).all()
    assert len(bodies) == 5
    assert {tuple(sorted(body)) for body in bodies} == {("account", "announcement", "recipient")}


async def test_whom_nothing_reaches_or_who_muted_the_news_has_a_row_and_no_message(db: Database) -> None:
    office = await open_office(db, teams=4)
    blocked, muted = office.teams[:2]
    async with db.write() as session:
        await session.execute(update(Account).where(Account.id == blocked).values(unreachable="blocked"))
        session.add(Mute(person_id=muted, kind="news", at=NOW))
    number, sender = await planned(db, kind="news"), Sender(db)
    await carry_out(db)
    assert await sender.send_all() == 3
    await carry_out(db)
    found_rows = await rows(db, number)
    assert found_rows[blocked] == ("unreachable", "blocked")
    assert found_rows[muted][0] == "muted"
    assert (await tally(db, number)).total == 5
    assert (await found(db, number)).state == "sent"


async def test_nobody_at_all_is_an_end_too(db: Database) -> None:
    await open_office(db, teams=2)
    number = await planned(db, audience=Audience())
    await carry_out(db)
    assert (await tally(db, number)).total == 0
    assert (await found(db, number)).state == "sent"


async def test_whoever_is_no_longer_meant_at_the_second_of_sending_gets_nothing(db: Database) -> None:
    office = await open_office(db, teams=3)
    number, sender = await planned(db), Sender(db)
    await carry_out(db)
    gone = office.teams[0]
    async with db.write() as session:
        await session.execute(update(Role).where(Role.person_id == gone).values(until=NOW - timedelta(minutes=1)))
    await sender.send_all()
    await carry_out(db)
    assert sender.got[gone] == 0
    assert (await rows(db, number))[gone] == ("stopped", "not_meant")


async def test_it_waits_for_the_morning_unless_it_is_urgent(db: Database) -> None:
    await open_office(db, teams=2)
    night = at("2026-11-20", "22:00")
    calm, urgent = await planned(db, night), await planned(db, night, is_urgent=True)
    await announcement_runs.carry_out(db, POLICY, night)
    assert await Sender(db).send_all(night) == 3
    await announcement_runs.carry_out(db, POLICY, night)
    assert ((await tally(db, calm)).waiting, (await tally(db, urgent)).sent) == (3, 3)


async def test_what_could_not_be_delivered_in_time_has_failed_and_says_so(db: Database) -> None:
    await open_office(db, teams=2)
    number = await planned(db)
    await carry_out(db)
    late = NOW + AnnouncingPolicy().lasts
    async with db.write() as session:
        await outbox.drop_expired(session, late)
    await announcement_runs.carry_out(db, POLICY, late)
    assert set((await rows(db, number)).values()) == {("failed", "expired")}


async def test_a_group_chat_is_a_recipient_like_a_person(db: Database) -> None:
    await open_office(db, teams=2)
    async with db.write() as session:
        session.add(GroupChat(channel="telegram", address="-100", title="Nhóm", unit_id=1, bound_at=NOW))
    number, sender = await planned(db, audience=Audience(units=(1,), chats=True)), Sender(db)
    await carry_out(db)
    assert await sender.send_all() == 4
    await carry_out(db)
    assert (await rows(db, number))[-1] == ("sent", "")


async def test_the_day_has_a_limit_for_everybody(db: Database) -> None:
    await open_office(db, teams=1)
    for _ in range(2):
        await planned(db)
    async with db.read() as session:
        assert await announcement_limits.left_on(session, AUTHOR, POLICY, NOW) == POLICY.daily_limit - 2
        assert await announcement_limits.left_on(session, AUTHOR, POLICY, NOW + timedelta(days=1)) == POLICY.daily_limit
        assert await announcement_limits.left_on(session, AUTHOR + 1, POLICY, NOW) == POLICY.daily_limit


@pytest.mark.parametrize("change", [{"state": "recalled"}, {"state": "replaced"}, {"replaces_id": 1}])
async def test_what_was_taken_back_or_corrects_another_does_not_count(db: Database, change: dict[str, Any]) -> None:
    await open_office(db, teams=1)
    await planned(db)
    number = await planned(db)
    async with db.write() as session:
        await session.execute(update(Announcement).where(Announcement.id == number).values(**change))
    async with db.read() as session:
        assert await announcement_limits.left_on(session, AUTHOR, POLICY, NOW) == POLICY.daily_limit - 1


async def test_many_endings_take_few_statements(db: Database) -> None:
    await open_office(db, teams=60)
    number, sender = await planned(db), Sender(db)
    await carry_out(db)
    await sender.send_all()
    with counted(db) as statements:
        assert await carry_out(db) == 61
    assert len([each for each in statements if each.startswith("UPDATE recipient")]) == 1
    assert (await tally(db, number)).sent == 61


# --- stopped, killed, sent again ------------------------------------------------------------------------------------


async def test_a_stop_keeps_back_whatever_no_channel_has(db: Database) -> None:
    await open_office(db, teams=5)
    number, sender = await planned(db), Sender(db)
    await carry_out(db)
    await sender.claim(NOW, 3)
    await sender.end(NOW, "sent", 2)  # and one is just being sent
    assert await stop(db, number) == 3
    assert await sender.send_all() == 0
    assert (await tally(db, number)).stopped == 3
    await sender.end(NOW, "sent")
    await carry_out(db)
    assert (await tally(db, number)).sent == 3
    stopped = await found(db, number)
    assert (stopped.state, stopped.reason, stopped.ended_at) == ("stopped", "gửi nhầm", NOW)
    assert await stop(db, number) == 0


async def test_a_listing_under_way_ends_with_the_stop(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    await open_office(db, teams=5)
    number = await planned(db)
    monkeypatch.setattr(announcement_listing, "CHUNK", 2)
    write = announcement_listing._write

    async def write_and_stop(*given: object) -> int:
        new = await write(*given)  # type: ignore[arg-type]
        await announcement_runs.stop(given[0], given[1], AUTHOR, "", NOW)  # type: ignore[arg-type]
        return new

    monkeypatch.setattr(announcement_listing, "_write", write_and_stop)
    await carry_out(db)
    assert await Sender(db).send_all() == 0
    assert (await tally(db, number)).stopped == await count_rows(db, number) == 6
    assert (await found(db, number)).ended_at == NOW


async def test_killed_between_two_chunks_it_goes_on_and_nobody_is_there_twice(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_office(db, teams=6)
    number, sender = await planned(db), Sender(db)
    monkeypatch.setattr(announcement_listing, "CHUNK", 2)
    write, lives = announcement_listing._write, iter((1, 1, 1, 9))
    left = 0

    async def write_until_killed(*given: object) -> int:
        nonlocal left
        if left == 0:
            raise Killed
        left -= 1
        return await write(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(announcement_listing, "_write", write_until_killed)
    for left in lives:
        if left == 9:
            await carry_out(db)
        else:
            with pytest.raises(Killed):
                await carry_out(db)
            left = 0
    assert await sender.send_all() == 7
    await carry_out(db)
    assert set(sender.got.values()) == {1}
    assert (await tally(db, number)).sent == 7


async def test_sent_again_it_goes_to_those_alone_whom_it_failed_to_reach(db: Database) -> None:
    await open_office(db, teams=9)
    number, sender = await planned(db), Sender(db)
    await carry_out(db)
    await sender.claim(NOW)
    await sender.end(NOW, "blocked", 3)
    await sender.end(NOW, "unknown", 1)
    await sender.end(NOW, "Bad Request: not now", 1)
    await sender.end(NOW, "sent")
    await carry_out(db)
    before = await tally(db, number)
    assert (before.sent, before.failed, before.unknown, before.total) == (5, 4, 1, 10)
    assert await again(db, number) == 1  # whoever blocked us is not tried again
    assert await sender.send_all() == 1
    await carry_out(db)
    after = await tally(db, number)
    assert (after.sent, after.failed, after.unknown, after.total) == (6, 3, 1, 10)
    await unblock(db)
    assert await again(db, number) == 3
    assert await sender.send_all() == 3
    await carry_out(db)
    assert (await tally(db, number)).sent == 9
    assert set(sender.got.values()) == {1}
    assert await again(db, number) == 0
    assert (await found(db, number)).state == "sent"


async def test_whoever_has_another_chat_gets_it_there(db: Database) -> None:
    office = await open_office(db, teams=2)
    someone = office.teams[0]
    spare = await another_chat(db, someone)
    number, sender = await planned(db, audience=Audience(people=(someone,))), Sender(db)
    await carry_out(db)
    await sender.claim(NOW)
    await sender.end(NOW, "blocked")
    assert (await rows(db, number))[someone] == ("waiting", "")
    [moved] = await sender.claim(NOW)
    assert moved.address == f"spare-{someone}"
    await sender.end(NOW, "sent")
    await carry_out(db)
    async with db.read() as session:
        [row] = (await session.scalars(select(Recipient))).all()
    assert (row.state, row.account_id, row.outbox_id) == ("sent", spare, moved.id)


async def test_the_ledger_follows_a_promise_to_another_chat_even_when_it_was_over(db: Database) -> None:
    office = await open_office(db, teams=1)
    someone = office.teams[0]
    spare = await another_chat(db, someone)
    number, sender = await planned(db, audience=Audience(people=(someone,))), Sender(db)
    await carry_out(db)
    [row] = await sender.claim(NOW)
    async with db.write() as session:
        await outbox.settle(session, [outbox.Settled(row.id, "failed", NOW, error="blocked")])
    await carry_out(db)
    assert (await rows(db, number))[someone] == ("failed", "blocked")
    assert (await found(db, number)).state == "sent"
    async with db.write() as session:  # the sender comes to it only now
        await chats.refused(session, row.channel, row.address, NOW, "blocked", [row.id])
    assert (await rows(db, number))[someone] == ("waiting", "")
    sender.claimed.clear()
    [moved] = await sender.claim(NOW)
    assert (moved.address, moved.body["account"]) == (f"spare-{someone}", spare)
    await sender.end(NOW, "sent")
    await carry_out(db)
    assert (await rows(db, number))[someone] == ("sent", "")
    assert (await found(db, number)).state == "sent"
    assert sender.got[someone] == 1


async def test_every_deed_is_written_down(db: Database) -> None:
    await open_office(db, teams=2)
    number, sender = await planned(db), Sender(db)
    await carry_out(db)
    await sender.claim(NOW)
    await sender.end(NOW, "Bad Request", 1)
    await carry_out(db)
    await again(db, number)
    await stop(db, number)
    async with db.read() as session:
        actions = await session.scalars(select(Audit.action).where(Audit.object == f"announcement:{number}"))
        assert [each.removeprefix("announcement.") for each in actions] == ["begin", "plan", "again", "stop"]


@pytest.mark.parametrize("state", ["stopped", "recalled", "replaced", "sent"])
async def test_what_was_taken_back_is_put_into_no_words_any_more(sqlite_db: Database, state: str) -> None:
    await open_office(sqlite_db, teams=2)
    number = await planned(sqlite_db)
    await carry_out(sqlite_db)
    async with sqlite_db.write() as session:
        await session.execute(update(Announcement).where(Announcement.id == number).values(state=state))
    assert await Sender(sqlite_db).send_all() == 0


async def test_whoever_has_it_is_not_told_by_a_promise_that_was_left_over(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, teams=2)
    number, sender = await planned(sqlite_db), Sender(sqlite_db)
    await carry_out(sqlite_db)
    someone = office.teams[0]
    async with sqlite_db.write() as session:
        await session.execute(update(Recipient).where(Recipient.person_id == someone).values(state="sent"))
    assert await sender.send_all() == 2
    assert sender.got[someone] == 0
    await carry_out(sqlite_db)
    assert (await rows(sqlite_db, number))[someone] == ("sent", "")  # whatever became of that promise


async def test_whoever_proved_that_it_arrived_stays_so_when_others_end_as_they_did(db: Database) -> None:
    await open_office(db, teams=2)
    number, sender = await planned(db), Sender(db)
    await carry_out(db)
    await sender.claim(NOW)
    await sender.end(NOW, "unknown", 1)
    await carry_out(db)
    async with db.write() as session:
        await session.execute(update(Recipient).where(Recipient.state == "unknown").values(state="sent"))
    await sender.end(NOW, "unknown")
    await carry_out(db)
    ended = await tally(db, number)
    assert (ended.sent, ended.unknown) == (1, 2)


async def test_no_more_is_claimed_than_was_asked_for(db: Database) -> None:
    await open_office(db, teams=30)
    await planned(db)
    await carry_out(db)
    sender = Sender(db)
    assert [len(await sender.claim(NOW, 4)) for _ in range(9)] == [4] * 7 + [3, 0]


async def test_it_is_not_over_while_it_is_being_listed(sqlite_db: Database) -> None:
    await open_office(sqlite_db, teams=2)
    number = await planned(sqlite_db)
    await announcement_beginning.begin(sqlite_db, number, POLICY, NOW)
    await announcement_flow.carry_over(sqlite_db, number, NOW)
    assert (await found(sqlite_db, number)).state == "sending"
    await carry_out(sqlite_db)
    assert (await tally(sqlite_db, number)).waiting == 3


# --- whatever happens, in whatever order ----------------------------------------------------------------------------

DEEDS = st.one_of(
    st.tuples(st.sampled_from(("sent", "unknown", "blocked", "refused")), st.integers(1, 4)),
    st.tuples(st.sampled_from(("claim", "list", "kill")), st.integers(1, 4)),
    st.tuples(st.sampled_from(("again", "unblock", "stop")), st.just(1)),
)


async def _live(db: Database, deeds: Sequence[tuple[str, int]], patch: pytest.MonkeyPatch) -> None:
    office = await open_office(db, communes=1, teams=6)
    await another_chat(db, office.teams[0])
    async with db.write() as session:
        await session.execute(update(Account).where(Account.id == office.teams[1]).values(unreachable="blocked"))
        session.add(Mute(person_id=office.teams[2], kind="news", at=NOW))
    number, sender = await planned(db, kind="news"), Sender(db)
    patch.setattr(announcement_listing, "CHUNK", 2)
    for deed, many in deeds:
        await _do(db, number, sender, deed, many, patch)
        counted_so_far = await tally(db, number)
        assert counted_so_far.total == await count_rows(db, number) <= 7
        assert max(sender.got.values(), default=0) <= 1
    was_stopped = (await found(db, number)).state == "stopped"
    await sender.end(NOW, "sent")
    await carry_out(db)
    await sender.send_all()
    await carry_out(db)
    ended, last = await found(db, number), await tally(db, number)
    assert (ended.state, ended.ended_at is not None) == ("stopped" if was_stopped else "sent", True)
    assert last.waiting == 0
    assert last.total == 7
    assert last.sent + last.unknown == sum(sender.got.values())
    assert max(sender.got.values(), default=0) <= 1
    async with db.read() as session:
        open_rows = select(func.count()).where(Outbox.state.in_(("ready", "sending")))
        assert await session.scalar(open_rows) == 0


async def _do(db: Database, number: int, sender: Sender, deed: str, many: int, patch: pytest.MonkeyPatch) -> None:
    match deed:
        case "claim":
            await sender.claim(NOW, many)
        case "list":
            await carry_out(db)
        case "kill":
            await _killed_at(db, many, patch)
        case "again":
            await again(db, number)
        case "unblock":
            await unblock(db)
        case "stop":
            await stop(db, number)
        case outcome:
            await sender.end(NOW, outcome, many)


async def _killed_at(db: Database, chunk: int, patch: pytest.MonkeyPatch) -> None:
    """The process dies in the middle of a chunk."""
    write, passed = announcement_listing._write, 0

    async def write_until_killed(*given: object) -> int:
        nonlocal passed
        passed += 1
        new = await write(*given)  # type: ignore[arg-type]
        if passed == chunk:
            raise Killed
        return new

    with patch.context() as here:
        here.setattr(announcement_listing, "_write", write_until_killed)
        try:
            await carry_out(db)
        except Killed:
            return


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
@given(deeds=st.lists(DEEDS, max_size=14))
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
def test_whatever_happens_the_ledger_adds_up_and_nobody_gets_it_twice(
    all_databases: Databases, kind: str, deeds: list[tuple[str, int]]
) -> None:
    async def story() -> None:
        with pytest.MonkeyPatch.context() as patch:
            async with all_databases.fresh(kind) as db:
                await _live(db, deeds, patch)

    asyncio.run(story())
