"""Visits in the database: whose they are, what counts, what waits for what, and what is left of whoever helped."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.guides import read_all, read_fields
from bot.signing import Signer
from handlers import features, router
from handlers.turn import Press, Turn
from models import own_data, people, privacy, private_words, units, visits, webchat
from models.database import Database
from models.guides import GuideShelf
from models.messages import Button, Incoming, Message
from models.programmes import Library
from models.rules import Refusal
from models.rules.guides import END
from models.rules.visits import GIVEN_UP_AFTER, IDLE, Way
from models.tables import Account, Audit, Inbox, Person, Unit, Visit, WebMessage
from models.visits import Speaker

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
GUIDES = {guide.code: guide for guide in read_all()}
STAY = GUIDES["G08"]  # asks at its first step whether G01 is done


@dataclass
class Counter:
    """Two teams, and one volunteer in both, at a counter."""

    session: AsyncSession
    first: Unit
    second: Unit
    account: Account
    person: Person
    shelf: GuideShelf
    now: datetime = NOW
    heard: int = 0

    @property
    def me(self) -> Speaker:
        return Speaker(self.account.id, self.person.id)

    async def turn(self, press: Press = Press(""), text: str = "", address: str = "") -> list[Message]:  # noqa: B008
        """One event of the volunteer's, or of whoever writes from `address`."""
        self.heard += 1
        account, person, actor, talk = await people.meet(self.session, "webchat", address or "hoa", "", self.now)
        event = f"event-{self.heard}"
        kind: Any = "button" if press.action else "text"
        incoming = Incoming("webchat", account.address, event, kind, self.now, text=text)
        payload = {"text": text}
        self.session.add(
            Inbox(channel="webchat", event_id=event, chat=account.address, payload=payload, received_at=self.now)
        )
        if text:
            body = {"html": text, "files": []}
            await webchat.say(self.session, address=account.address, nonce=event, body=body, at=self.now)
        name = person.name if person else ""
        turn = Turn(self.session, incoming, self.now, account, actor, talk, Library(), name, guides=self.shelf)
        turn.press = press
        answer = await router.route(turn)
        await self.session.flush()
        return answer

    async def press(self, message: Message, label: str) -> Message:
        """The button of that label (without its feature's name) on a message."""
        found = [each for row in message.buttons for each in row if each.label == f"visit.button_{label}"]
        assert found, f"no {label} among {[each.label for row in message.buttons for each in row]}"
        return (await self.turn(as_press(found[0])))[-1]

    async def begin(self, guide: str = "G08", unit: Unit | None = None) -> Message:
        start = Press("visit.start", (unit or self.first).id, 0, guide)
        return (await self.turn(start))[-1]

    async def rows(self) -> list[Visit]:
        return list(await self.session.scalars(select(Visit).order_by(Visit.id)))


def as_press(button: Button) -> Press:
    return Press(button.action, button.object, button.version, button.arg)


@pytest.fixture
async def counter(db: Database) -> AsyncIterator[Counter]:
    async with db.write() as session:
        top = await units.add(session, code="TW", name="Trung ương Đoàn", kind="central", parent=None)
        first = await units.add(session, code="A", name="Đội A", kind="team", parent=top)
        second = await units.add(session, code="B", name="Đội B", kind="team", parent=top)
        account, *_ = await people.meet(session, "webchat", "hoa", "Trần Văn Hoà", NOW)
        person = await people.introduce(session, account, NOW)
        for unit in (first, second):
            await people.grant(session, person.id, unit.id, "member", by=None, now=NOW)
        await session.flush()
        yield Counter(session, first, second, account, person, GuideShelf(read_all(), read_fields()))


async def test_of_two_teams_the_one_chosen_last_is_offered_first_and_the_visit_counts_for_the_chosen(
    counter: Counter,
) -> None:
    asked = (await counter.turn(Press("visit.begin", arg="G08")))[0]
    assert [each.object for row in asked.buttons for each in row if each.action == "visit.start"] == [
        counter.first.id,
        counter.second.id,
    ]
    await counter.begin(unit=counter.second)
    asked = (await counter.turn(Press("visit.begin", arg="G08")))[0]
    assert asked.buttons[0][0].object == counter.second.id
    assert [each.unit_id for each in await counter.rows()] == [counter.second.id]


async def test_a_second_tap_on_the_start_is_no_second_citizen(counter: Counter) -> None:
    await counter.begin()
    shown = await counter.begin()
    assert len(await counter.rows()) == 1
    await counter.press(shown, "ready")
    await counter.begin()
    assert len(await counter.rows()) == 2


async def test_nobody_begins_a_visit_for_a_unit_that_is_not_theirs_or_closed(counter: Counter) -> None:
    top = await counter.session.get_one(Unit, counter.first.parent_id)
    for unit_id in (top.id, 999):
        with pytest.raises(Refusal, match="not_found"):
            await counter.turn(Press("visit.start", unit_id, 0, "G08"))
    counter.second.closed_on = NOW.date()
    with pytest.raises(Refusal, match="not_found"):
        await counter.begin(unit=counter.second)
    with pytest.raises(Refusal, match="not_found"):
        await counter.begin(guide="G00")
    assert await counter.rows() == []


async def test_a_visit_of_somebody_else_is_not_there(counter: Counter) -> None:
    await counter.begin()
    visit = (await counter.rows())[0]
    await people.meet(counter.session, "webchat", "khach", "Khách", NOW)
    before = visit.version
    actions = [action for action in features.ACTIONS if action.startswith("visit.")]
    for action in actions:
        if action in ("visit.begin", "visit.start", "visit.start_alone", "visit.list"):
            continue
        for version in (0, visit.version):
            with pytest.raises(Refusal, match="not_found"):
                await counter.turn(Press(action, visit.id, version, "1"), address="khach")
    assert (visit.version, visit.step, visit.state) == (before, "", "open")
    assert await visits.unended(counter.session, Speaker(visit.account_id or 0, None)) == [visit]


async def test_a_visit_begun_on_one_channel_goes_on_on_another(counter: Counter) -> None:
    await counter.begin()
    other, *_ = await people.meet(counter.session, "telegram", "77", "Hoà", NOW)
    other.person_id = counter.person.id
    found = await visits.unended(counter.session, Speaker(other.id, counter.person.id))
    assert [each.guide for each in found] == ["G08"]


async def test_what_had_to_come_first_is_a_turn_of_its_own_and_leads_back_beyond_the_fork(counter: Counter) -> None:
    shown = await counter.press(await counter.begin(), "ready")
    asking = next(each for row in shown.buttons for each in row if each.values.get("label") == "Chưa có")
    shown = (await counter.turn(as_press(asking)))[0]
    parent, child = await counter.rows()
    assert (child.guide, child.parent_id, child.unit_id, parent.state) == ("G01", parent.id, parent.unit_id, "paused")
    assert await visits.unended(counter.session, counter.me) == [child]
    assert await visits.count_unended(counter.session, counter.me) == 1
    old = (await counter.turn(as_press(asking)))[0]
    assert (old.notice, old.key, old.values["prior"]) == ("access.stale", "visit.preparation", True)
    shown = await counter.press(shown, "ready")
    shown = (await counter.turn(text="kết thúc"))[0]
    asked = await counter.press(shown, "outcome_done")
    assert asked.key == "visit.ask_people"
    back = (await counter.turn(text="4"))[0]  # the whole family needed it
    assert (child.turns, child.people) == (4, 4)
    assert (child.state, child.outcome, parent.state, parent.step) == ("ended", "done", "open", STAY.steps[1].code)
    assert back.values["before"] == "visit.prior_done"


async def test_where_nothing_is_filed_no_file_is_offered_nor_taken(counter: Counter) -> None:
    assert [GUIDES[each].files for each in ("G01", "G08")] == [False, True]
    await counter.press(await counter.begin("G01"), "ready")
    shown = (await counter.turn(text="kết thúc"))[0]
    assert "filed" not in [each.arg for row in shown.buttons for each in row]
    visit = (await counter.rows())[0]
    forged = (await counter.turn(Press("visit.outcome", visit.id, visit.version, "filed")))[0]
    assert (forged.notice, visit.outcome) == ("access.stale", "")


async def test_a_step_that_needs_another_guide_offers_it_and_is_come_back_to(counter: Counter) -> None:
    plain = next(each for each in STAY.steps if each.fork is None)
    first, second = replace(plain, code="mot", guide="G01", next=""), replace(plain, code="hai", guide="", next="end")
    needing = replace(STAY, steps=(first, second), troubles=())
    counter.shelf = GuideShelf([needing if each.code == "G08" else each for each in read_all()], read_fields())
    shown = await counter.press(await counter.begin(), "ready")
    assert shown.values["prior"] == GUIDES["G01"].short_title
    shown = await counter.press(shown, "prior")
    parent, child = await counter.rows()
    shown = await counter.press((await counter.turn(text="kết thúc"))[0], "outcome_done")
    shown = await counter.press(shown, "one_people")
    assert (parent.step, parent.state, child.people, child.state) == ("mot", "open", 1, "ended")
    assert (shown.values["before"], shown.values["prior"]) == ("visit.prior_done", "")
    shown = await counter.press(shown, "done")
    assert (parent.step, shown.values["number"]) == ("hai", 2)


async def test_what_had_to_come_first_and_was_given_up_leaves_the_step_as_it_was(counter: Counter) -> None:
    shown = await counter.press(await counter.begin(), "ready")
    asking = next(each for row in shown.buttons for each in row if each.values.get("label") == "Chưa có")
    await counter.turn(as_press(asking))
    parent, child = await counter.rows()
    shown = (await counter.turn(Press("visit.drop", child.id, child.version)))[0]
    assert (child.state, parent.state, parent.step) == ("dropped", "open", STAY.steps[0].code)
    assert shown.values["before"] == "visit.prior_unfinished"
    asking = next(each for row in shown.buttons for each in row if each.values.get("label") == "Chưa có")
    await counter.turn(as_press(asking))
    child = (await counter.rows())[-1]
    await counter.turn(Press("visit.drop", parent.id, parent.version))
    await counter.session.refresh(child)
    assert (child.state, parent.state) == ("dropped", "dropped")


async def test_a_skipped_step_and_a_trouble_are_noted_where_they_were_met(counter: Counter) -> None:
    guide = next(g for g in GUIDES.values() for s in g.steps[:1] if s.fork is None and Way(g).done().troubles)
    shown = await counter.press(await counter.begin(guide.code), "ready")
    shown = await counter.press(await counter.press(shown, "trouble"), "when")
    shown = await counter.press(shown, "mended")
    await counter.press(await counter.press(shown, "skip"), "skip_later")
    visit, first = (await counter.rows())[0], guide.steps[0].code
    trouble = Way(guide).done().troubles[0].code
    assert visit.trail == [[first, "trouble", trouble], [first, "skipped", "later"]]


async def test_time_between_taps_is_counted_and_pauses_are_not(counter: Counter) -> None:
    shown = await counter.begin()
    counter.now += timedelta(seconds=60)
    shown = await counter.press(shown, "ready")
    counter.now += timedelta(seconds=30)
    shown = await counter.press(shown, "pause")
    counter.now += timedelta(hours=20)
    shown = await counter.press(shown, "resume")
    counter.now += timedelta(hours=3)
    await counter.press(shown, "back")
    assert [each.seconds for each in await counter.rows()] == [90 + int(IDLE.total_seconds())]


async def test_a_press_counts_once_and_an_old_button_shows_the_step(counter: Counter) -> None:
    prepared = await counter.begin()
    await counter.press(prepared, "ready")
    visit = (await counter.rows())[0]
    step, version = visit.step, visit.version
    again = await counter.press(prepared, "ready")
    assert (again.notice, again.key) == ("access.stale", "visit.step")
    assert (visit.step, visit.version) == (step, version)


async def test_an_ended_visit_says_what_it_was_and_is_written_down(counter: Counter) -> None:
    await counter.press(await counter.begin(), "ready")
    shown = (await counter.turn(text="kết thúc"))[0]
    shown = await counter.press(shown, "outcome_filed")
    assert (shown.key, shown.expects) == ("visit.ask_files", "number")
    shown = (await counter.turn(text="2"))[0]
    shown = (await counter.turn(text="3 người"))[0]
    visit = (await counter.rows())[0]
    assert shown.key == "visit.ended"
    assert (visit.state, visit.outcome, visit.files, visit.people) == ("ended", "filed", 2, 3)
    assert (visit.unit_id, visit.person_id, visit.ended_at) == (counter.first.id, counter.person.id, counter.now)
    deeds = await counter.session.scalars(select(Audit.action).where(Audit.object == f"visit:{visit.id}"))
    assert sorted(deeds) == ["visit.begin", "visit.end"]
    over = (await counter.turn(Press("visit.show", visit.id, visit.version)))[0]
    assert over.key == "visit.over"


async def test_whoever_left_the_team_meanwhile_ends_a_visit_that_counts_nowhere(counter: Counter) -> None:
    await counter.press(await counter.begin(), "ready")
    for role in await privacy.roles_of(counter.session, counter.person.id, NOW):
        role.role.until = NOW
    await counter.session.flush()
    shown = await counter.press((await counter.turn(text="kết thúc"))[0], "outcome_done")
    await counter.press(shown, "one_people")
    visit = (await counter.rows())[0]
    assert (visit.state, visit.unit_id) == ("ended", None)


async def test_a_guide_corrected_meanwhile_is_gone_on_with_at_the_nearest_step_before(counter: Counter) -> None:
    shown = await counter.press(await counter.begin(), "ready")
    for label in ("Có rồi", "Từ 30 ngày trở lên"):
        answer = next(each for row in shown.buttons for each in row if each.values.get("label") == label)
        shown = (await counter.turn(as_press(answer)))[0]
    await counter.press(shown, "done")
    visit = (await counter.rows())[0]
    here = visit.step
    shorter = replace(STAY, edition=7, steps=tuple(each for each in STAY.steps if each.code != here))
    counter.shelf = GuideShelf([shorter if each.code == "G08" else each for each in read_all()], read_fields())
    shown = (await counter.turn(Press("visit.show", visit.id)))[0]
    assert (shown.values["before"], shown.values["number"]) == ("visit.step_gone", 3)
    shown = await counter.press(shown, "back")
    assert (visit.step, visit.edition) == (STAY.steps[1].code, 7)
    counter.shelf = GuideShelf([each for each in read_all() if each.code != "G08"], read_fields())
    shown = (await counter.turn(Press("visit.show", visit.id)))[0]
    assert shown.key == "visit.guide_gone"
    shown = await counter.press(await counter.press(shown, "drop_ask"), "drop")
    assert (visit.state, shown.key) == ("dropped", "visit.dropped")


@pytest.mark.parametrize("text", ["CCCD 079203001234", "0912345678", "otp 483920", "mk: hoa1990"])
async def test_what_is_a_citizens_own_is_kept_nowhere(counter: Counter, text: str) -> None:
    await counter.press(await counter.begin(), "ready")
    answer = (await counter.turn(text=text))[0]
    assert answer.values["before"] == "visit.private"
    payloads = [row.payload for row in await counter.session.scalars(select(Inbox).order_by(Inbox.id))]
    await counter.session.refresh((await counter.rows())[0])
    assert payloads[-1] in ({}, {"text": text})
    kept = select(func.count()).select_from(Inbox).where(Inbox.event_id == f"event-{counter.heard}")
    stored = await counter.session.scalar(kept.execution_options(populate_existing=True))
    assert stored == 1
    fresh = await counter.session.scalars(select(Inbox.payload).where(Inbox.event_id == f"event-{counter.heard}"))
    assert fresh.one() == {}
    bubbles = [row.body["html"] for row in await counter.session.scalars(select(WebMessage))]
    assert bubbles[-1] == private_words.TAKEN_OUT
    assert text not in str([(each.trail, each.reason) for each in await counter.rows()])


async def test_what_nobody_came_back_to_is_given_up_after_a_month_and_not_before(counter: Counter) -> None:
    await counter.begin()
    await counter.begin(unit=counter.second)
    kept, left = (await counter.rows())[:2]
    kept.touched_at, left.touched_at = NOW, NOW - timedelta(days=1)
    await counter.session.flush()
    then = NOW + GIVEN_UP_AFTER - timedelta(hours=1)
    assert await visits.drop_forgotten(counter.session, then) == 1
    assert (kept.state, left.state) == ("open", "dropped")
    assert await visits.drop_forgotten(counter.session, then) == 0


async def test_somebody_sees_how_many_visits_they_made_and_erased_leaves_them_to_the_unit(counter: Counter) -> None:
    await counter.press(await counter.begin(), "ready")
    shown = await counter.press((await counter.turn(text="kết thúc"))[0], "outcome_done")
    await counter.press(shown, "one_people")
    await counter.begin()
    facts = [each for each in await own_data.facts(counter.session, counter.person.id) if each["kind"] == "visit"]
    assert [(each["unit"], each["count"]) for each in facts] == [("Đội A", 2)]
    await privacy.erase(counter.session, counter.person.id, event=("webchat", "x"), now=NOW)
    found = (await counter.session.execute(select(Visit.state, Visit.unit_id, Visit.person_id, Visit.account_id))).all()
    assert sorted(found) == [("dropped", counter.first.id, None, None), ("ended", counter.first.id, None, None)]


@pytest.mark.parametrize("guide", list(GUIDES.values()), ids=list(GUIDES))
def test_every_guide_of_the_folder_is_walked_to_its_end_whatever_is_tapped(guide: Any) -> None:
    """Fifty walks of chance through each, by the rules the chat follows; every button of each step fits its room."""
    signer, chance = Signer(b"key"), random.Random(guide.code)
    for _ in range(50):
        way, taps = Way(guide), 0
        while way.step != END:
            taps += 1
            step = way.here
            choices = [way.back(), way.done(), way.skip("already"), way.meet("x")]
            options = len(step.fork.options) if step and step.fork else 0
            choices += [way.choose(str(number)) for number in range(options)]
            weights = [1, 6, 1, 1, *([6] * options)]
            onward = chance.choices(choices, weights)[0]
            assert onward.here is None or onward.here in guide.steps
            assert onward.progress.number <= onward.progress.total <= len(guide.steps)
            way = onward
            assert taps < 2000
    for trouble in guide.troubles:
        assert signer.seal(10**9, Button("x", "visit.mend", 10**7, 99, trouble.code))
