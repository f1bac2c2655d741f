"""What happens to an announcement between the word of its people and its recipients: whatever has changed meanwhile,
it reaches nobody that nobody agreed to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, update
from structlog.testing import capture_logs

from models import (
    announcement_beginning,
    announcement_consent,
    announcement_listing,
    announcement_progress,
    announcement_proof,
    announcement_runs,
    announcement_sending,
    announcements,
    group_chats,
    owings,
    own_announcements,
)
from models.database import Database
from models.rules.audiences import Audience
from models.tables import Account, Announcement, Group, GroupChat, GroupUnit, Outbox, Recipient, Role
from tests.announcing import AUTHOR, NOW, POLICY, Sender, found, planned, rows, tally
from tests.databases import counted
from tests.office import LOADED, Office, at, named, open_office
from tests.test_announcement_sending import BELOW, COLLEAGUE, MANY, UNDO, Desk, deeds, join, told

LINK = "Xem https://bit.ly/abc"


async def cluster(db: Database, office: Office) -> int:
    """A group of one team."""
    async with db.write() as session:
        made = Group(unit_id=1, kind="cluster", **named("Cụm 1"), created_at=LOADED, created_by=AUTHOR)
        session.add(made)
        await session.flush()
        session.add(GroupUnit(group_id=made.id, unit_id=office.teams[0], since=NOW.date()))
        return made.id


async def grow(db: Database, group_id: int) -> None:
    """Two communes with all their teams join the group."""
    async with db.write() as session:
        session.add_all(GroupUnit(group_id=group_id, unit_id=each, since=NOW.date()) for each in (2, 3))


async def keys(db: Database, kind: str = "alert") -> list[str]:
    """What is owed of a kind, by what it says."""
    async with db.read() as session:
        statement = select(Outbox.body).where(Outbox.kind == kind, Outbox.state == "ready").order_by(Outbox.id)
        return [body["key"] for body in await session.scalars(statement)]


async def ask_next(db: Database, now: datetime = NOW) -> int:
    async with db.write() as session:
        return await announcement_consent.ask_next(session, POLICY, now)


# --- looked at again when it begins -----------------------------------------------------------------------------------


async def test_grown_beyond_a_thousand_teams_it_waits_for_a_second_person(db: Database) -> None:
    office = await open_office(db, teams=MANY)
    await join(db, COLLEAGUE, 1, "coordinator")
    group, desk = await cluster(db, office), Desk(db)
    number = await desk.draft(audience=Audience(groups=(group,)).as_dict())
    await desk.send_off(number, 1)
    assert (await found(db, number)).state == "planned"
    await grow(db, group)
    assert await desk.run(NOW + UNDO) == 0
    held = await found(db, number)
    assert (held.state, held.expected > POLICY.approve_above_teams, held.started_at) == ("asked", True, None)
    assert await keys(db) == ["announcement_held.asked"]
    assert await ask_next(db, NOW + UNDO) == 1
    assert await told(db, announcement_consent.KIND) == [str(COLLEAGUE)]
    await desk.press(str(COLLEAGUE), "announcement.approve", number, held.version)
    assert await desk.run(NOW + UNDO) == held.expected


async def test_clearly_grown_it_is_a_draft_again_and_its_author_hears_it(db: Database) -> None:
    office = await open_office(db, teams=40)
    group, desk = await cluster(db, office), Desk(db)
    number = await desk.draft(audience=Audience(groups=(group,)).as_dict())
    await desk.send_off(number, 1)
    await grow(db, group)
    assert await desk.run(NOW + UNDO) == 0
    assert (await found(db, number)).state == "draft"
    assert await keys(db) == ["announcement_held.grown"]


async def test_a_few_more_recipients_hold_nothing_up(db: Database) -> None:
    await open_office(db, teams=4)
    desk = Desk(db)
    number = await desk.draft()
    await desk.send_off(number, 5)
    await join(db, COLLEAGUE, 2, "coordinator")
    assert await desk.run(NOW + UNDO) == 6


async def test_of_a_question_that_grew_nobody_says_yes_unseen(db: Database) -> None:
    office = await open_office(db, teams=40)
    await join(db, COLLEAGUE, 1, "coordinator")
    group, desk = await cluster(db, office), Desk(db)
    number = await desk.draft(text=LINK, audience=Audience(groups=(group,)).as_dict())
    await desk.send_off(number, 1)
    seen = await found(db, number)
    await grow(db, group)
    shown = await desk.press(str(COLLEAGUE), "announcement.approve", number, seen.version)
    assert shown[-1].values["before"][0]["key"] == "announcement_consent.grown"
    asked = await found(db, number)
    assert (asked.state, asked.decided_by, asked.version > seen.version) == ("asked", None, True)
    assert await desk.run(NOW + UNDO) == 0
    assert await told(db, announcement_consent.KIND) == [str(COLLEAGUE)] * 2
    await desk.press(str(COLLEAGUE), "announcement.approve", number, asked.version)
    assert await desk.run(NOW + UNDO) == asked.expected > 30


async def test_grown_after_the_yes_it_is_asked_again(db: Database) -> None:
    office = await open_office(db, teams=40)
    await join(db, COLLEAGUE, 1, "coordinator")
    group, desk = await cluster(db, office), Desk(db)
    number = await desk.draft(text=LINK, audience=Audience(groups=(group,)).as_dict())
    await desk.send_off(number, 1)
    await desk.press(str(COLLEAGUE), "announcement.approve", number, (await found(db, number)).version)
    await grow(db, group)
    assert await desk.run(NOW + UNDO) == 0
    held = await found(db, number)
    assert (held.state, held.decided_by, held.decided_at) == ("asked", None, None)


async def test_moved_to_another_day_at_the_last_moment_it_does_not_begin(db: Database) -> None:
    await open_office(db, teams=3)
    number = await planned(db)
    async with db.write() as session:  # after the clock has seen that it is due
        locked = await announcements.lock(session, number)
        assert locked is not None
        await announcement_sending.move(session, locked, NOW + timedelta(days=7), AUTHOR, NOW)
    await announcement_beginning.begin(db, number, POLICY, NOW)
    assert (await found(db, number)).state == "planned"


async def test_a_yes_ends_with_the_undo(db: Database) -> None:
    await open_office(db, teams=3)
    await join(db, COLLEAGUE, 1, "coordinator")
    desk = Desk(db)
    number = await desk.draft(text=LINK)
    await desk.send_off(number, 4)
    await desk.press(str(COLLEAGUE), "announcement.approve", number, (await found(db, number)).version)
    await desk.press(str(AUTHOR), "announcement.undo", number, (await found(db, number)).version)
    undone = await found(db, number)
    assert (undone.state, undone.decided_by, undone.decided_at) == ("draft", None, None)


async def test_whoever_turned_out_to_be_its_author_has_not_agreed(db: Database) -> None:
    await open_office(db, teams=3)
    await join(db, COLLEAGUE, 1, "coordinator")
    number = await planned(db, text=LINK, decided_by=AUTHOR, decided_at=NOW)
    await announcement_runs.carry_out(db, POLICY, NOW)
    assert (await found(db, number)).state == "asked"
    assert (await tally(db, number)).total == 0


async def test_without_its_authors_office_it_is_called_off_and_the_desk_hears_it(db: Database) -> None:
    await open_office(db, teams=3)
    await join(db, COLLEAGUE, 1, "coordinator")
    number = await planned(db)
    async with db.write() as session:
        await session.execute(update(Role).where(Role.person_id == AUTHOR).values(until=NOW - timedelta(days=1)))
    await announcement_runs.carry_out(db, POLICY, NOW)
    assert ((await found(db, number)).state, (await tally(db, number)).total) == ("cancelled", 0)
    assert await keys(db, "news") == ["announcement_held.called_off"]
    assert await told(db, "news") == [str(COLLEAGUE)]


@pytest.mark.parametrize("state", ["planned", "asked"])
async def test_whoever_is_forgotten_sends_nothing_any_more(db: Database, state: str) -> None:
    await open_office(db, teams=3)
    await join(db, COLLEAGUE, 1, "coordinator")
    number = await planned(db, NOW + timedelta(days=1))
    async with db.write() as session:
        await session.execute(update(Announcement).values(state=state, asked_at=NOW))
        await own_announcements.forget(session, AUTHOR, NOW)
    ended = await found(db, number)
    assert (ended.state, ended.text) == ("cancelled", "")
    assert await told(db, "news") == [str(COLLEAGUE)]


# --- the question ends by itself --------------------------------------------------------------------------------------


async def test_whom_it_reaches_is_looked_up_only_when_somebody_is_to_be_asked(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_office(db, teams=2)
    await join(db, COLLEAGUE, 2, "coordinator")
    await join(db, BELOW, 2, "coordinator")
    desk, looks = Desk(db), 0
    number = await desk.draft(COLLEAGUE, 2, text=LINK)
    await desk.send_off(number, 2, str(COLLEAGUE))
    look = announcement_sending.look

    async def looking(*given: Any) -> Any:
        nonlocal looks
        looks += 1
        return await look(*given)

    monkeypatch.setattr(announcement_sending, "look", looking)
    asked = [await ask_next(db, NOW + timedelta(minutes=each)) for each in (1, 31, 32, 90)]
    assert (asked, looks) == ([0, 1, 0, 0], 1)


async def test_a_question_that_nobody_answers_for_days_ends_and_its_author_hears_it(db: Database) -> None:
    await open_office(db, teams=3)
    await join(db, COLLEAGUE, 1, "coordinator")
    desk = Desk(db)
    number = await desk.draft(text=LINK)
    await desk.send_off(number, 4)
    assert await ask_next(db, NOW + POLICY.lasts - timedelta(minutes=1)) == 0
    assert await ask_next(db, NOW + POLICY.lasts) == 1
    assert (await found(db, number)).state == "draft"
    assert (await keys(db, "news") + await keys(db))[-1] == "announcement_held.unanswered"
    assert await ask_next(db, NOW + POLICY.lasts) == 0


async def test_with_nobody_left_to_agree_it_is_a_draft_again(db: Database) -> None:
    await open_office(db, teams=3)
    await join(db, COLLEAGUE, 1, "coordinator")
    desk = Desk(db)
    number = await desk.draft(text=LINK)
    await desk.send_off(number, 4)
    async with db.write() as session:
        await session.execute(delete(Role).where(Role.person_id == COLLEAGUE))
    assert await ask_next(db, NOW) == 1
    assert (await found(db, number)).state == "draft"
    assert "announcement_held.nobody" in await keys(db)


# --- whose deed, at which hour ----------------------------------------------------------------------------------------


async def test_the_undo_is_written_down_for_whoever_pressed(db: Database) -> None:
    await open_office(db, teams=3)
    await join(db, COLLEAGUE, 1, "coordinator")
    desk = Desk(db)
    number = await desk.draft()
    await desk.send_off(number, 5)
    await desk.press(str(COLLEAGUE), "announcement.undo", number, (await found(db, number)).version)
    assert (await deeds(db))[-1] == ("announcement.undo", COLLEAGUE)


async def test_news_never_goes_out_at_night(db: Database) -> None:
    await open_office(db, teams=3)
    night = at("2026-11-20", "23:00")
    desk = Desk(db, now=night)
    number = await desk.draft(kind="news")
    await desk.press(str(AUTHOR), "announcement.night", number)
    assert not (await found(db, number)).is_urgent
    async with db.write() as session:  # whatever was once kept
        await session.execute(update(Announcement).values(is_urgent=True))
    await desk.send_off(number, 4)
    assert (await found(db, number)).state == "draft"
    forced = await planned(db, night, kind="news", is_urgent=True)
    assert not (await found(db, forced)).is_urgent
    await desk.run(night + UNDO)
    assert await Sender(db).send_all(night + UNDO) == 0


async def test_what_becomes_news_is_urgent_no_more(db: Database) -> None:
    await open_office(db, teams=3)
    desk = Desk(db)
    number = await desk.draft()
    for deed in ("night", "kind"):
        await desk.press(str(AUTHOR), f"announcement.{deed}", number)
    turned = await found(db, number)
    assert (turned.kind, turned.is_urgent) == ("news", False)


async def test_a_chat_that_is_somebody_elses_by_now_shows_no_card(db: Database) -> None:
    await open_office(db, teams=3)
    await join(db, COLLEAGUE, 1, "coordinator")
    number = await planned(db)
    async with db.write() as session:
        locked = await announcements.lock(session, number)
        assert locked is not None
        announcement_progress.watch(locked, COLLEAGUE, NOW, card="old")  # a chat that was the author's
    await announcement_runs.carry_out(db, POLICY, NOW)
    async with db.write() as session:
        assert await announcement_progress.refresh(session, [number], POLICY, NOW) == 1
    assert await told(db, announcement_progress.KIND) == [str(AUTHOR)]


# --- the ledger -------------------------------------------------------------------------------------------------------


async def test_a_group_that_became_another_one_that_had_spoken_before_gets_it_there(db: Database) -> None:
    await open_office(db, teams=3)
    async with db.write() as session:
        session.add(GroupChat(channel="telegram", address="-1", title="Nhóm", unit_id=1, bound_by=AUTHOR, bound_at=NOW))
    number, sender = await planned(db, audience=Audience(units=(1,), chats=True)), Sender(db)
    await announcement_runs.carry_out(db, POLICY, NOW)
    async with db.write() as session:
        await group_chats.joined(session, "telegram", "-100", "Nhóm")
        await group_chats.move(session, "telegram", "-1", "-100")
    assert await sender.send_all() == 5
    await announcement_runs.carry_out(db, POLICY, NOW)
    assert (await rows(db, number))[-2] == ("sent", "")


@pytest.mark.parametrize("state", ["failed", "unreachable", "muted"])
async def test_whoever_confirms_has_it_and_does_not_get_it_again(db: Database, state: str) -> None:
    office = await open_office(db, teams=3)
    number, sender = await planned(db, asks_proof=True), Sender(db)
    await announcement_runs.carry_out(db, POLICY, NOW)
    await sender.send_all(NOW, "Bad Request")
    await announcement_runs.carry_out(db, POLICY, NOW)
    who = office.teams[0]
    mine = (Recipient.announcement_id == number, Recipient.person_id == who)
    async with db.write() as session:
        await session.execute(update(Recipient).where(*mine).values(state=state))
        row = (await session.scalars(select(Recipient).where(*mine))).one()
        received = await announcement_proof.own(session, row.id, who)
        assert received is not None
        assert await announcement_proof.confirm(session, received, NOW)
    assert (await rows(db, number))[who] == ("sent", "")
    async with db.write() as session:
        await session.execute(update(Recipient).where(*mine).values(state="failed"))  # as an older version left it
        locked = await announcements.lock(session, number)
        assert locked is not None
        assert len(await announcement_runs.reachable_again(session, number)) == 3
        assert await announcement_runs.send_again(session, locked, AUTHOR, NOW) == 3


async def test_one_that_cannot_be_carried_out_holds_up_no_other(db: Database) -> None:
    await open_office(db, teams=3)
    broken_early, broken_late, whole = await planned(db), await planned(db), await planned(db)
    async with db.write() as session:
        await session.execute(update(Announcement).where(Announcement.id == broken_early).values(audience={"units": 5}))
        values = {"audience": {"units": 5}, "state": "sending", "started_at": NOW}
        await session.execute(update(Announcement).where(Announcement.id == broken_late).values(**values))
    with capture_logs() as logs:
        await announcement_runs.carry_out(db, POLICY, NOW)
    assert {each["announcement"] for each in logs if each["log_level"] == "error"} == {broken_early, broken_late}
    assert (await tally(db, whole)).waiting == 4


async def test_stopped_while_it_is_listed_the_ledger_still_says_what_became_of_everybody(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = await open_office(db, teams=7)
    async with db.write() as session:
        await session.execute(update(Account).where(Account.id == office.teams[6]).values(unreachable="blocked"))
    number = await planned(db)
    monkeypatch.setattr(announcement_listing, "CHUNK", 2)
    write = announcement_listing._write

    async def write_and_die(*given: object) -> int:
        new = await write(*given)  # type: ignore[arg-type]
        if new == 0:
            raise ValueError
        await announcement_runs.stop(given[0], given[1], AUTHOR, "", NOW)  # type: ignore[arg-type]
        return new

    monkeypatch.setattr(announcement_listing, "_write", write_and_die)
    await announcement_runs.carry_out(db, POLICY, NOW)
    monkeypatch.setattr(announcement_listing, "_write", write)
    await announcement_runs.carry_out(db, POLICY, NOW)
    ended, counts = await found(db, number), await tally(db, number)
    assert (ended.state, ended.ended_at, ended.listed_at) == ("stopped", NOW, NOW)
    assert (counts.stopped, counts.unreachable, counts.total) == (7, 1, 8)
    assert await Sender(db).send_all() == 0


async def test_killed_after_the_stop_the_rest_is_written_down_later(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_office(db, teams=5)
    number = await planned(db)
    await announcement_beginning.begin(db, number, POLICY, NOW)
    async with db.write() as session:
        locked = await announcements.lock(session, number)
        assert locked is not None
        assert await announcement_runs.stop(session, locked, AUTHOR, "", NOW) == 0
    await announcement_runs.carry_out(db, POLICY, NOW)
    assert ((await tally(db, number)).stopped, (await found(db, number)).ended_at) == (6, NOW)


async def test_to_send_again_takes_one_statement_however_many_it_failed_to_reach(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    await open_office(db, teams=60)
    number, sender = await planned(db), Sender(db)
    await announcement_runs.carry_out(db, POLICY, NOW)
    await sender.send_all(NOW, "Bad Request")
    await announcement_runs.carry_out(db, POLICY, NOW)
    with counted(db) as statements:
        async with db.write() as session:
            locked = await announcements.lock(session, number)
            assert locked is not None
            assert await announcement_runs.send_again(session, locked, AUTHOR, NOW) == 61
    assert len([each for each in statements if "recipient" in each]) == 1
    monkeypatch.setattr(announcement_listing, "CHUNK", 25)
    await announcement_runs.carry_out(db, POLICY, NOW)
    assert await sender.send_all() == 61
    await announcement_runs.carry_out(db, POLICY, NOW)
    assert ((await tally(db, number)).sent, set(sender.got.values())) == (61, {1})


async def test_a_stop_counts_those_too_who_are_not_owed_it_again_yet(db: Database) -> None:
    await open_office(db, teams=4)
    number, sender = await planned(db), Sender(db)
    await announcement_runs.carry_out(db, POLICY, NOW)
    await sender.send_all(NOW, "Bad Request")
    await announcement_runs.carry_out(db, POLICY, NOW)
    async with db.write() as session:
        locked = await announcements.lock(session, number)
        assert locked is not None
        await announcement_runs.send_again(session, locked, AUTHOR, NOW)
        assert await announcement_runs.stop(session, locked, AUTHOR, "", NOW) == 5
    await announcement_runs.carry_out(db, POLICY, NOW)
    assert ((await tally(db, number)).stopped, (await found(db, number)).state) == (5, "stopped")
    assert await sender.send_all() == 0


async def test_whoever_lost_their_chat_since_it_was_sent_again_has_failed_once_more(db: Database) -> None:
    office = await open_office(db, teams=2)
    number, sender = await planned(db), Sender(db)
    await announcement_runs.carry_out(db, POLICY, NOW)
    await sender.send_all(NOW, "Bad Request")
    await announcement_runs.carry_out(db, POLICY, NOW)
    async with db.write() as session:
        locked = await announcements.lock(session, number)
        assert locked is not None
        await announcement_runs.send_again(session, locked, AUTHOR, NOW)
        gone = update(Account).where(Account.person_id == office.teams[0])
        await session.execute(gone.values(unreachable="blocked"))
    await announcement_runs.carry_out(db, POLICY, NOW)
    assert await sender.send_all() == 2
    await announcement_runs.carry_out(db, POLICY, NOW)
    assert (await rows(db, number))[office.teams[0]] == ("failed", "blocked")
    assert (await found(db, number)).state == "sent"


async def test_sent_again_while_it_is_listed_nobody_is_written_to_nowhere(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = await open_office(db, teams=3)
    number, sender = await planned(db), Sender(db)
    await announcement_runs.carry_out(db, POLICY, NOW)
    await sender.send_all(NOW, "Bad Request")
    await announcement_runs.carry_out(db, POLICY, NOW)
    async with db.write() as session:
        locked = await announcements.lock(session, number)
        assert locked is not None
        locked.listed_at = None  # a listing that was cut short, after these
        await announcement_runs.send_again(session, locked, AUTHOR, NOW)
        gone = update(Account).where(Account.person_id == office.teams[0])
        await session.execute(gone.values(unreachable="blocked"))
    await announcement_runs.carry_out(db, POLICY, NOW)
    async with db.read() as session:
        assert await session.scalar(select(func.count()).where(Outbox.address == "")) == 0
    assert await sender.send_all() == 3


async def test_for_one_group_chat_only_its_own_unit_is_looked_at(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    office = await open_office(db, teams=6)
    now = at("2026-11-26", "09:00")
    await office.tick(now, deliver=False)
    period, team = await office.period(), office.teams[0]
    async with db.write() as session:
        session.add(GroupChat(channel="telegram", address="-1", title="Nhóm", unit_id=team, bound_at=now))
    number = await planned(db, now, audience=Audience(units=(1,), chats=True, late=period))
    await announcement_runs.carry_out(db, POLICY, now)
    asked: list[str] = []
    pending = owings.pending

    async def seen(*given: object, **named_: object) -> Sequence[object]:
        asked.append(str(named_["path"]))
        return await pending(*given, **named_)  # type: ignore[arg-type]

    monkeypatch.setattr(owings, "pending", seen)
    async with db.write() as session:
        chat = select(Recipient.id).where(Recipient.announcement_id == number, Recipient.group_chat_id.is_not(None))
        body = {"announcement": number, "recipient": await session.scalar(chat)}
        assert await announcement_runs.compose(session, body, now) is not None
    assert [each.endswith(f"/{team}/") for each in asked] == [True]
