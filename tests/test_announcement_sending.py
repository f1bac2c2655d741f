"""Sending an announcement off: nothing goes out without the word that it needs, and until it begins it is undone.

Reliability A11: more than a thousand teams without a second person 0 sends; one's own word 0; undone in time 0.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update

from handlers import features
from handlers.announcement_doors import announcement_ways
from handlers.turn import Press, Turn
from models import announcement_consent, announcement_progress, announcement_runs, announcements, outbox, people
from models.database import Database
from models.messages import Incoming, Message
from models.outbox import Settled
from models.programmes import Library
from models.rules import Refusal
from models.rules.audiences import Audience
from models.tables import Account, Announcement, Audit, Outbox, Person, Role, Unit
from tests.announcing import AUTHOR, NOW, POLICY, Sender, found, planned, tally
from tests.office import LOADED, at, named, open_office

COLLEAGUE, ABOVE, BELOW = 90_001, 90_002, 90_003
UNDO = POLICY.undo
MANY = POLICY.approve_above_teams + 1


@dataclass
class Desk:
    """People who press and type, each in their own chat."""

    db: Database
    now: datetime = NOW

    async def press(self, who: str, action: str, number: int, version: int = 0, arg: str = "") -> list[Message]:
        return await self._turn(who, Press(action, number, version, arg), "")

    async def say(self, who: str, text: str) -> list[Message]:
        return await self._turn(who, Press(""), text)

    async def _turn(self, who: str, press: Press, text: str) -> list[Message]:
        async with self.db.write() as session:
            account, person, actor, talk = await people.meet(session, "webchat", who, "", self.now)
            kind: Any = "text" if text else "button"
            incoming = Incoming(
                "webchat", who, "1", kind, self.now, text=text, message_ref="" if text else f"card-{who}"
            )
            name = person.name if person else ""
            turn = Turn(session, incoming, self.now, account, actor, talk, Library(), name=name, announcing=POLICY)
            turn.press = press
            handler = features.ACTIONS[press.action] if press.action else features.FLOWS[talk.flow]
            return await handler(turn)

    async def draft(self, author: int = AUTHOR, unit: int = 1, **fields: Any) -> int:
        body = {"text": "Họp lúc 8 giờ.", "audience": Audience(units=(unit,)).as_dict()} | fields
        async with self.db.write() as session:
            made = await announcements.begin(session, await session.get_one(Unit, unit), author, self.now, body)
            return made.id

    async def send_off(self, number: int, count: int, who: str = str(AUTHOR)) -> list[Message]:
        """As its author does it: the page, now, and the number when it is asked."""
        await self.press(who, "announcement.send", number)
        shown = await self.press(who, "announcement.now", number)
        return await self.say(who, str(count)) if shown[-1].key == "announcement_send.ask_number" else shown

    async def run(self, now: datetime) -> int:
        """What the clock does from now on; how many messages to recipients are owed."""
        await announcement_runs.carry_out(self.db, POLICY, now)
        async with self.db.read() as session:
            owed = select(func.count()).select_from(Outbox).where(Outbox.lane == outbox.ANNOUNCEMENT)
            return await session.scalar(owed) or 0


async def join(db: Database, person_id: int, unit_id: int, kind: str) -> None:
    """Somebody more with a chat and a role."""
    async with db.write() as session:
        session.add(Person(id=person_id, **named(f"Người {person_id}"), created_at=LOADED))
        await session.flush()
        account = Account(id=person_id, channel="webchat", address=str(person_id), person_id=person_id, seen_at=LOADED)
        session.add_all([account, Role(person_id=person_id, unit_id=unit_id, kind=kind, since=LOADED)])


async def told(db: Database, kind: str) -> list[str]:
    """To whom messages of a kind are owed, in the order in which they were."""
    async with db.read() as session:
        statement = select(Outbox.address).where(Outbox.kind == kind, Outbox.state == "ready").order_by(Outbox.id)
        return list(await session.scalars(statement))


async def deeds(db: Database) -> list[tuple[str, int | None]]:
    async with db.read() as session:
        rows = await session.execute(select(Audit.action, Audit.person_id).order_by(Audit.id))
        return [(action, by) for action, by in rows if action.startswith("announcement.")]


# --- A11: the second person -----------------------------------------------------------------------------------------


async def test_to_more_than_a_thousand_teams_nothing_goes_out_without_a_second_person(db: Database) -> None:
    await open_office(db, teams=MANY)
    await join(db, COLLEAGUE, 1, "coordinator")
    desk = Desk(db)
    number = await desk.draft()
    shown = await desk.send_off(number, MANY + 2)
    assert shown[-1].values["before"][0]["key"] == "announcement_consent.asking"
    assert (await found(db, number)).state == "asked"
    assert await desk.run(NOW + timedelta(days=2)) == 0
    assert await told(db, announcement_consent.KIND) == [str(COLLEAGUE)]
    waiting = await found(db, number)
    await desk.press(str(COLLEAGUE), "announcement.approve", number, waiting.version)
    assert await desk.run(NOW + UNDO) == MANY + 2
    assert (await found(db, number)).decided_by == COLLEAGUE


async def test_ones_own_word_counts_for_nothing_in_no_chat_of_theirs(db: Database) -> None:
    await open_office(db, teams=2)
    await join(db, COLLEAGUE, 1, "coordinator")
    desk = Desk(db)
    number = await desk.draft(text="Xem https://bit.ly/abc")
    async with db.write() as session:
        session.add(Account(id=90_100, channel="webchat", address="other", person_id=AUTHOR, seen_at=LOADED))
    await desk.send_off(number, 3)
    asked = await found(db, number)
    for chat in (str(AUTHOR), "other"):
        shown = await desk.press(chat, "announcement.approve", number, asked.version)
        assert shown[-1].values["before"][0]["key"] == "announcement_consent.own"
    assert "other" not in await told(db, announcement_consent.KIND)
    assert (await found(db, number)).state == "asked"
    assert await desk.run(NOW + timedelta(days=2)) == 0


async def test_with_nobody_to_ask_it_stays_a_draft(db: Database) -> None:
    await open_office(db, teams=2)
    await join(db, BELOW, 2, "coordinator")  # of a commune below: not at or above the author's unit
    desk = Desk(db)
    number = await desk.draft(text="Xem https://bit.ly/abc")
    shown = await desk.send_off(number, 3)
    assert shown[-1].values["before"][0]["key"] == "announcement_consent.nobody"
    assert (await found(db, number)).state == "draft"
    assert await desk.run(NOW + timedelta(days=2)) == 0


async def test_the_word_is_for_the_version_that_was_seen(db: Database) -> None:
    await open_office(db, teams=2)
    await join(db, COLLEAGUE, 1, "administrator")
    desk = Desk(db)
    number = await desk.draft(text="Xem https://bit.ly/abc")
    await desk.send_off(number, 3)
    seen = (await found(db, number)).version
    await desk.press(str(AUTHOR), "announcement.mend", number, seen)
    async with db.write() as session:
        locked = await announcements.lock(session, number)
        assert locked is not None
        await announcements.change(session, locked, NOW, text="Xem https://bit.ly/xyz")
    await desk.send_off(number, 3)
    shown = await desk.press(str(COLLEAGUE), "announcement.approve", number, seen)
    assert shown[-1].values["before"][0]["key"] == "announcement_consent.answered"
    assert (await found(db, number)).state == "asked"
    assert await desk.run(NOW + timedelta(days=2)) == 0


async def test_an_old_question_is_not_sent_any_more(db: Database) -> None:
    await open_office(db, teams=2)
    await join(db, COLLEAGUE, 1, "administrator")
    desk = Desk(db)
    number = await desk.draft(text="Xem https://bit.ly/abc")
    await desk.send_off(number, 3)
    async with db.write() as session:
        body = await session.scalar(select(Outbox.body).where(Outbox.kind == announcement_consent.KIND))
        assert body is not None
        assert await announcement_consent.compose(session, body) is not None
    await desk.press(str(AUTHOR), "announcement.mend", number, (await found(db, number)).version)
    async with db.write() as session:
        assert await announcement_consent.compose(session, body) is None
    await desk.send_off(number, 3)  # asked again: that is another question
    async with db.write() as session:
        assert await announcement_consent.compose(session, body) is None


async def test_where_nobody_answers_the_office_above_is_asked_as_well_once(db: Database) -> None:
    await open_office(db, teams=2)
    await join(db, COLLEAGUE, 2, "coordinator")
    await join(db, BELOW, 2, "coordinator")
    desk = Desk(db)
    number = await desk.draft(COLLEAGUE, 2, text="Xem https://bit.ly/abc")
    await desk.send_off(number, 2, str(COLLEAGUE))
    nearest = await told(db, announcement_consent.KIND)
    asked_later = []
    for minutes in (0, 29, 30, 31, 90):
        async with db.write() as session:
            asked_later.append(await announcement_consent.ask_next(session, POLICY, NOW + timedelta(minutes=minutes)))
    assert nearest == [str(BELOW)]
    assert asked_later == [0, 0, 1, 0, 0]
    assert await told(db, announcement_consent.KIND) == [str(BELOW), str(AUTHOR)]


async def test_at_night_nobody_is_asked_and_nobody_is_late_with_an_answer(db: Database) -> None:
    await open_office(db, teams=2)
    await join(db, COLLEAGUE, 2, "coordinator")
    await join(db, BELOW, 2, "coordinator")
    late, morning = at("2026-11-20", "22:00"), at("2026-11-21", "07:00")
    desk = Desk(db, late)
    number = await desk.draft(COLLEAGUE, 2, text="Xem https://bit.ly/abc")
    await desk.press(str(COLLEAGUE), "announcement.send", number)
    minutes = str(int(morning.timestamp()) // 60)
    await desk.press(str(COLLEAGUE), "announcement.at", number, arg=minutes)
    await desk.press(str(COLLEAGUE), "announcement.go", number)
    assert (await found(db, number)).state == "asked"
    async with db.write() as session:
        due = await session.scalar(select(Outbox.due_at).where(Outbox.kind == announcement_consent.KIND))
        assert due == morning
        assert await announcement_consent.ask_next(session, POLICY, morning) == 0
        assert await announcement_consent.ask_next(session, POLICY, morning + timedelta(minutes=30)) == 1


# --- undo, the number, the limit ------------------------------------------------------------------------------------


async def test_undone_within_its_minute_nobody_gets_anything(db: Database) -> None:
    await open_office(db, teams=3)
    desk = Desk(db)
    number = await desk.draft()
    await desk.send_off(number, 4)
    assert await desk.run(NOW + UNDO - timedelta(seconds=1)) == 0
    desk.now = NOW + UNDO - timedelta(seconds=1)
    await desk.press(str(AUTHOR), "announcement.undo", number, (await found(db, number)).version)
    assert (await found(db, number)).state == "draft"
    assert await desk.run(NOW + timedelta(days=1)) == 0


async def test_above_the_limit_only_the_very_number_sends(db: Database) -> None:
    await open_office(db, teams=POLICY.type_number_above)
    desk, count = Desk(db), POLICY.type_number_above + 1
    number = await desk.draft()
    for typed in (str(count - 1), "gửi", f"{count}0"):
        shown = await desk.send_off(number, typed)  # type: ignore[arg-type]
        assert shown[-1].key == "announcement_send.ask_number"
    assert (await found(db, number)).state == "draft"
    await desk.press(str(AUTHOR), "announcement.go", number)  # a button of another page is no way around it
    assert (await found(db, number)).state == "draft"
    await desk.send_off(number, count)
    sent_off = await found(db, number)
    assert (sent_off.state, sent_off.expected, sent_off.send_at) == ("planned", count, NOW + UNDO)


async def test_one_more_than_a_day_allows_waits_for_another_day(db: Database) -> None:
    await open_office(db, teams=2)
    desk = Desk(db)
    for _ in range(POLICY.daily_limit):
        await desk.send_off(await desk.draft(), 3)
    number = await desk.draft()
    shown = await desk.send_off(number, 3)
    assert shown[-1].values["before"][0]["key"] == "announcement_send.limit"
    assert (await found(db, number)).state == "draft"
    await desk.say(str(AUTHOR), "08:00 mai")
    await desk.press(str(AUTHOR), "announcement.go", number)
    assert (await found(db, number)).send_at == at("2026-11-21", "08:00")


async def test_one_more_than_a_day_allows_goes_out_when_a_second_person_agrees(db: Database) -> None:
    await open_office(db, teams=2)
    await join(db, COLLEAGUE, 1, "coordinator")
    desk = Desk(db)
    for _ in range(POLICY.daily_limit):
        await desk.send_off(await desk.draft(), 3)
    number = await desk.draft()
    shown = await desk.press(str(AUTHOR), "announcement.send", number)
    assert shown[-1].values["full_day"] == NOW
    await desk.send_off(number, 3)
    assert (await found(db, number)).state == "asked"
    await desk.press(str(COLLEAGUE), "announcement.approve", number, (await found(db, number)).version)
    assert (await found(db, number)).state == "planned"
    await desk.run(NOW + UNDO)
    assert {(await found(db, each)).state for each in range(1, number + 1)} == {"sending"}


async def test_what_was_agreed_to_is_not_moved_without_being_agreed_to_again(db: Database) -> None:
    await open_office(db, teams=2)
    await join(db, COLLEAGUE, 1, "coordinator")
    desk = Desk(db)
    number = await desk.draft(text="Xem https://bit.ly/abc")
    await desk.send_off(number, 3)
    await desk.press(str(COLLEAGUE), "announcement.approve", number, (await found(db, number)).version)
    before = await found(db, number)
    shown = await desk.press(str(AUTHOR), "announcement.move", number, before.version)
    assert shown[-1].values["before"][0]["key"] == "announcement_move.agreed"
    assert (await found(db, number)).send_at == before.send_at


# --- stop, and whose it is ------------------------------------------------------------------------------------------


async def test_whoever_may_send_in_its_name_may_stop_it_and_its_author_hears_who_did(db: Database) -> None:
    await open_office(db, teams=4)
    await join(db, COLLEAGUE, 1, "administrator")
    desk, sender = Desk(db), Sender(db)
    number = await planned(db)
    await desk.run(NOW)
    await sender.claim(NOW, most=2)
    await sender.end(NOW, "sent")
    await desk.press(str(COLLEAGUE), "announcement.stop", number, version=1)  # no button is too old for a brake
    await announcement_runs.carry_out(db, POLICY, NOW)
    assert astuple(await tally(db, number))[:5] == (0, 2, 0, 0, 4)
    async with db.write() as session:
        assert await outbox.claim(session, NOW, 1) != []  # the word to its author goes first
        left = select(func.count()).where(Outbox.lane == outbox.ANNOUNCEMENT, Outbox.state == "ready")
        assert await session.scalar(left) == 0
    assert (await deeds(db))[-1] == ("announcement.stop", COLLEAGUE)


async def stopped_halfway(db: Database) -> tuple[Desk, Sender, int]:
    """Two have it, one is just being written to, three are kept back."""
    await open_office(db, teams=5)
    desk, sender, number = Desk(db), Sender(db), await planned(db)
    await desk.run(NOW)
    await sender.claim(NOW, most=2)
    await sender.end(NOW, "sent")
    await sender.claim(NOW, most=1)
    await desk.press(str(AUTHOR), "announcement.stop", number)
    return desk, sender, number


async def test_after_a_stop_it_goes_on_to_those_kept_back_and_to_each_of_them_once(db: Database) -> None:
    desk, sender, number = await stopped_halfway(db)
    early = await desk.press(str(AUTHOR), "announcement.go_on", number)
    assert early[-1].values["before"][0]["key"] == "announcement_progress.still_stopping"
    await sender.end(NOW, "sent")
    await desk.press(str(AUTHOR), "announcement.go_on", number)
    await desk.run(NOW)
    assert astuple(await tally(db, number))[:5] == (3, 3, 0, 0, 0)
    assert await sender.send_all() == 3
    await desk.run(NOW)
    assert astuple(await tally(db, number))[:5] == (0, 6, 0, 0, 0)
    assert (await found(db, number)).state == "sent"


async def test_given_up_after_a_stop_nobody_gets_it_any_more(db: Database) -> None:
    desk, sender, number = await stopped_halfway(db)
    await sender.end(NOW, "sent")
    await desk.run(NOW)
    await desk.press(str(AUTHOR), "announcement.give_up", number)
    shown = await desk.press(str(AUTHOR), "announcement.go_on", number)
    assert "announcement.go_on" not in {button.action for row in shown[-1].buttons for button in row}
    await desk.run(NOW)
    assert await sender.send_all() == 0
    assert astuple(await tally(db, number))[:5] == (0, 3, 0, 0, 3)


STATES = ("draft", "asked", "planned", "sending", "sent", "stopped", "refused")
_DEEDS = ("send", "now", "later", "at", "go", "show", "undo", "stop", "go_on", "give_up", "mend", "move", "move_to")
DEEDS = (*_DEEDS, "consent", "approve", "refuse", "draft", "preview", "audience", "discard_now")


@pytest.mark.parametrize("state", STATES)
async def test_whatever_number_a_button_carries_another_office_sees_and_does_nothing(
    sqlite_db: Database, state: str
) -> None:
    office = await open_office(sqlite_db, teams=2)
    await join(sqlite_db, BELOW, 3, "coordinator")
    desk = Desk(sqlite_db)
    number = await planned(sqlite_db, state=state)
    async with sqlite_db.write() as session:
        await session.execute(update(Announcement).values(state=state))
    before = await found(sqlite_db, number)
    for who in (str(BELOW), str(office.teams[0]), "stranger"):
        for deed in DEEDS:
            with pytest.raises(Refusal) as refused:
                await desk.press(who, f"announcement.{deed}", number)
            assert refused.value.key == "permission.not_found", (who, deed)
    after = await found(sqlite_db, number)
    assert (after.state, after.version) == (before.state, before.version)


# --- the author's card ----------------------------------------------------------------------------------------------


async def refresh(db: Database, now: datetime) -> list[Outbox]:
    """What the clock owes to cards now, sent at once with the handle "pushed"."""
    async with db.write() as session:
        ids = await announcement_progress.watched(session, now)
        await announcement_progress.refresh(session, ids, POLICY, now)
    return await waiting_cards(db)


async def waiting_cards(db: Database) -> list[Outbox]:
    async with db.read() as session:
        kind = (Outbox.kind == announcement_progress.KIND, Outbox.state == "ready")
        return list(await session.scalars(select(Outbox).where(*kind).order_by(Outbox.id)))


async def deliver(db: Database, rows: list[Outbox], now: datetime) -> list[Message]:
    async with db.write() as session:
        made = [await announcement_progress.compose(session, row.body, now, announcement_ways) for row in rows]
        await outbox.settle(session, [Settled(row.id, "sent", now, message_ref="pushed") for row in rows])
    return [message for message in made if message is not None]


async def begun(db: Database, teams: int = 4) -> tuple[Desk, int]:
    """One that was sent off by a button and is being sent to `teams` + 1 people."""
    await open_office(db, teams=teams)
    desk = Desk(db)
    number = await desk.draft()
    await desk.send_off(number, teams + 1)
    desk.now = NOW + UNDO
    await desk.run(desk.now)
    return desk, number


async def send_some(db: Database, many: int, now: datetime) -> None:
    """So many recipients get it now."""
    async with db.write() as session:
        due = (Outbox.lane == outbox.ANNOUNCEMENT, Outbox.state == "ready")
        rows = (await session.scalars(select(Outbox.id).where(*due).order_by(Outbox.id).limit(many))).all()
        await outbox.sent(session, [Settled(row_id, "sent", now) for row_id in rows])
    await announcement_runs.carry_out(db, POLICY, now)


async def test_the_card_pressed_is_edited_while_it_goes_out_and_ends_with_the_final_numbers(db: Database) -> None:
    desk, _ = await begun(db)
    now = desk.now
    [first] = await refresh(db, now)
    assert (first.lane, first.body["card"]) == (outbox.ALERT, f"card-{AUTHOR}")
    [shown] = await deliver(db, [first], now)
    assert (shown.place, shown.values["state"], shown.values["done"]) == ("card", "sending", 0)
    await send_some(db, 2, now)
    assert await refresh(db, now + timedelta(seconds=POLICY.progress_seconds - 1)) == []
    now += timedelta(seconds=POLICY.progress_seconds)
    [second] = await refresh(db, now)
    await send_some(db, 1, now)
    again = await refresh(db, now + timedelta(minutes=1))
    assert [row.id for row in again] == [second.id]  # one at a time: it says what is when it goes
    [shown] = await deliver(db, [second], now)
    assert shown.values["tally"]["sent"] == 3
    await send_some(db, 9, now + timedelta(minutes=1))
    now += timedelta(minutes=1)
    [last] = await refresh(db, now)
    [shown] = await deliver(db, [last], now)
    assert (shown.values["state"], shown.values["ended_at"], shown.values["tally"]["sent"]) == ("sent", now, 5)
    assert await refresh(db, now + timedelta(hours=1)) == []


async def test_without_news_the_card_is_left_alone(db: Database) -> None:
    desk, _ = await begun(db)
    await deliver(db, await refresh(db, desk.now), desk.now)
    assert await refresh(db, desk.now + timedelta(minutes=1)) == []


async def test_a_card_on_which_its_reader_went_on_is_not_taken_from_under_them(db: Database) -> None:
    desk, number = await begun(db)
    await deliver(db, await refresh(db, desk.now), desk.now)
    async with db.write() as session:
        gone = {"key": "announcement_ledger.card", "values": {}, "buttons": [], "card": "pushed"}
        row = {"channel": "webchat", "address": str(AUTHOR), "lane": outbox.REPLY, "kind": "reply", "body": gone}
        moment = desk.now + timedelta(seconds=1)
        session.add(Outbox(once="reply:1", state="sent", due_at=moment, created_at=moment, **row))
    now = desk.now + timedelta(minutes=1)
    await send_some(db, 1, now)
    assert await refresh(db, now) == []
    await send_some(db, 9, now)
    [last] = await refresh(db, now)
    assert last.body["card"] == ""  # a message of its own
    await desk.press(str(AUTHOR), "announcement.show", number)


async def test_more_or_fewer_than_in_the_preview_is_said_on_the_card(db: Database) -> None:
    office = await open_office(db, teams=10)
    desk = Desk(db)
    number = await desk.draft()
    await desk.send_off(number, 11)
    async with db.write() as session:
        await session.execute(update(Role).where(Role.person_id.in_(office.teams[:4])).values(until=NOW))
    await desk.run(NOW + UNDO)
    [shown] = await desk.press(str(AUTHOR), "announcement.show", number)
    assert (shown.values["expected"], shown.values["total"]) == (11, 7)
