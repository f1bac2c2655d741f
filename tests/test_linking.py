"""One person with several chats: linked by a code, told everything once, made one of two, and a chat taken away."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from handlers import linking
from handlers.turn import Press, Turn
from models import (
    alerts,
    chats,
    invitations,
    link_codes,
    merging,
    outbox,
    own_data,
    people,
    privacy,
    question_news,
    questions,
    units,
    visits,
)
from models.database import Database
from models.days_off import OfficeCalendar
from models.link_codes import Made, Offered
from models.messages import Incoming, Message
from models.outbox import Settled
from models.programmes import Library
from models.questions import Asked, Asker
from models.rules import Refusal
from models.rules.invitations import InvitationPolicy
from models.tables import (
    Account,
    Audit,
    Guess,
    HandOver,
    LinkCode,
    Outbox,
    Person,
    Question,
    Role,
    RosterEntry,
    Snooze,
    Talk,
    Unit,
    Visit,
    WebMessage,
)
from models.visits import Speaker
from scheduler.jobs import tick
from tests.office import Office, at, every, open_office

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
POLICY = InvitationPolicy()
CHANCE = random.Random(7)


@dataclass
class World:
    """A team with leader lan (on Telegram) and deputy minh (on Zalo), who may be one person; beside it another."""

    team: Unit
    other: Unit
    lan: Person
    minh: Person


async def chat(session: AsyncSession, channel: str, address: str, now: datetime = NOW) -> Account:
    return (await people.meet(session, channel, address, f"Máy {address}", now))[0]


async def join(session: AsyncSession, channel: str, name: str, unit: Unit, role: str) -> Person:
    account = await chat(session, channel, name)
    person = await people.introduce(session, account, NOW)
    await people.rename(session, person, f"Người {name}", NOW)
    await people.grant(session, person.id, unit.id, role, by=None, now=NOW)
    await session.flush()
    return person


@pytest.fixture
async def world(db: Database) -> World:
    async with db.write() as session:
        commune = await units.add(session, code="X", name="Đoàn xã", kind="commune", parent=None)
        team = await units.add(session, code="D", name="Đội một", kind="team", parent=commune)
        other = await units.add(session, code="E", name="Đội hai", kind="team", parent=commune)
        lan = await join(session, "telegram", "lan", team, "leader")
        return World(team, other, lan, await join(session, "zalo", "minh", team, "deputy"))


async def code_of(session: AsyncSession, person: Person, now: datetime = NOW) -> Made:
    asked_in = (await chats.of_person(session, person.id))[0]
    return await link_codes.make(session, asked_in, policy=POLICY, random=CHANCE.randrange, now=now)


async def type_code(
    session: AsyncSession, code: str, account: Account, now: datetime = NOW
) -> Offered | Refusal | invitations.Joined | invitations.Received:
    return await invitations.redeem(session, code, account, policy=POLICY, now=now)


async def link(session: AsyncSession, person: Person, account: Account, now: datetime = NOW) -> Refusal | None:
    made = await code_of(session, person, now)
    offered = await type_code(session, made.code, account, now)
    assert isinstance(offered, Offered)
    return await merging.join(session, offered, account, now)


def no_of(outcome: object) -> str:
    """Why not; empty when it went well."""
    return outcome.key if isinstance(outcome, Refusal) else ""


# --- codes ----------------------------------------------------------------------------------------------------------


async def test_a_chat_of_another_channel_becomes_the_same_person_with_the_same_roles(
    db: Database, world: World
) -> None:
    async with db.write() as session:
        assert await link(session, world.lan, await chat(session, "zalo", "z")) is None
        _, person, actor, _ = await people.meet(session, "zalo", "z", "", NOW)
        _, _, before, _ = await people.meet(session, "telegram", "lan", "", NOW)
        assert person is not None
        assert (person.id, actor) == (world.lan.id, before)
        noted = await session.scalars(select(Audit.action).where(Audit.action.startswith("link.")))
        assert sorted(noted) == ["link.join", "link.make"]


async def test_of_many_chats_at_once_exactly_one_gets_in_by_a_code(db: Database, world: World) -> None:
    async with db.write() as session:
        code = (await code_of(session, world.lan)).code
        for number in range(12):
            await chat(session, "zalo", f"z{number}")

    async def try_it(number: int) -> bool:
        async with db.write() as session:
            account = await chat(session, "zalo", f"z{number}")
            offered = await type_code(session, code, account)
            return isinstance(offered, Offered) and await merging.join(session, offered, account, NOW) is None

    assert sum(await asyncio.gather(*(try_it(number) for number in range(12)))) == 1
    async with db.read() as session:
        assert len(await chats.of_person(session, world.lan.id)) == 2


async def test_a_code_that_two_have_typed_is_used_by_the_first(db: Database, world: World) -> None:
    async with db.write() as session:
        code = (await code_of(session, world.lan)).code
        first, second = [await chat(session, "zalo", address) for address in ("z1", "z2")]
        offers = [await type_code(session, code, account) for account in (first, second)]
        refusals = [
            no_of(await merging.join(session, offered, account, NOW))
            for offered, account in zip(offers, (first, second), strict=True)
            if isinstance(offered, Offered)
        ]
        assert refusals == ["", "link.used"]
        assert (first.person_id, second.person_id) == (world.lan.id, None)


async def test_a_code_ends_after_its_minutes_by_use_and_by_the_next_one(db: Database, world: World) -> None:
    async with db.write() as session:
        stranger = await chat(session, "zalo", "z")
        early, late = NOW + POLICY.link_lifetime - timedelta(seconds=1), NOW + POLICY.link_lifetime
        first = (await code_of(session, world.lan)).code
        assert isinstance(await type_code(session, first, stranger, early), Offered)
        assert no_of(await type_code(session, first, stranger, late)) == "link.expired"
        second = (await code_of(session, world.lan)).code
        assert no_of(await type_code(session, first, stranger)) == "link.expired"
        offered = await type_code(session, second, stranger)
        assert isinstance(offered, Offered)
        assert await merging.join(session, offered, stranger, NOW) is None
        assert no_of(await type_code(session, second, await chat(session, "zalo", "y"))) == "link.used"


async def test_a_code_is_kept_as_a_hash_and_guessed_no_better_than_an_invitation(db: Database, world: World) -> None:
    async with db.write() as session:
        code = (await code_of(session, world.lan)).code
        kept = (await session.scalars(select(LinkCode))).one()
        assert code.replace("-", "") not in str(vars(kept))
        thief = await chat(session, "zalo", "thief")
        for number in range(POLICY.tries):
            assert no_of(await type_code(session, f"AAAA-BBBB-222{number}", thief)) == "invitation.unknown"
        assert no_of(await type_code(session, code, thief)) == "invitation.locked"
        assert len((await session.scalars(select(Guess))).all()) == POLICY.tries


async def test_of_two_codes_asked_for_at_once_one_is_good(db: Database, world: World) -> None:
    async def ask(number: int) -> str:
        async with db.write() as session:
            return (await code_of(session, world.lan)).code

    codes = await asyncio.gather(*(ask(number) for number in range(6)))
    async with db.write() as session:
        stranger = await chat(session, "zalo", "z")
        good = [isinstance(await type_code(session, each, stranger), Offered) for each in codes]
    assert sum(good) == 1


async def test_nobody_has_more_chats_than_the_most(db: Database, world: World) -> None:
    async with db.write() as session:
        for number in range(chats.MOST - 1):
            assert await link(session, world.lan, await chat(session, "zalo", f"z{number}")) is None
        one_more = await chat(session, "zalo", "one more")
        assert no_of(await link(session, world.lan, one_more)) == "link.too_many"
        assert one_more.person_id is None


# --- two people who are one -----------------------------------------------------------------------------------------


async def merge(session: AsyncSession, world: World) -> Refusal | None:
    return await link(session, world.lan, await chat(session, "zalo", "minh"))


async def test_of_two_who_use_each_others_codes_at_once_one_becomes_the_other(db: Database, world: World) -> None:
    async with db.write() as session:
        code_of_lan, code_of_minh = [(await code_of(session, person)).code for person in (world.lan, world.minh)]
    met = asyncio.Barrier(2)

    async def use(channel: str, who: str, code: str) -> str:
        async with db.write() as session:
            account = await chat(session, channel, who)
            offered = await type_code(session, code, account)
            if not db.is_sqlite:
                await met.wait()
            return no_of(await merging.join(session, offered, account, NOW)) if isinstance(offered, Offered) else "gone"

    said = await asyncio.gather(use("telegram", "lan", code_of_minh), use("zalo", "minh", code_of_lan))
    assert "" in said
    async with db.read() as session:
        merged = [each for each in await session.scalars(select(Person)) if each.merged_into is not None]
        (gone,) = merged
        assert set(await session.scalars(select(Account.person_id))) == {gone.merged_into}
        assert len(await privacy.roles_of(session, gone.merged_into or 0, NOW)) == 2


async def test_a_code_typed_before_two_were_made_one_says_that_they_are(db: Database, world: World) -> None:
    async with db.write() as session:
        (hers,) = await chats.of_person(session, world.lan.id)
        offered = await type_code(session, (await code_of(session, world.minh)).code, hers)
        assert isinstance(offered, Offered)
        assert await merge(session, world) is None
        assert no_of(await merging.join(session, offered, hers, NOW)) == "link.already"
        assert hers.person_id == world.lan.id


async def test_two_who_are_one_have_the_roles_of_both_and_not_one_more(db: Database, world: World) -> None:
    async with db.write() as session:
        await people.grant(session, world.lan.id, world.other.id, "member", by=None, now=NOW)
        await people.grant(session, world.minh.id, world.other.id, "member", by=None, now=NOW)
        before = {
            (each.unit.id, each.role.kind)
            for person in (world.lan, world.minh)
            for each in await privacy.roles_of(session, person.id, NOW)
        }
        assert await merge(session, world) is None
        for channel, address in (("telegram", "lan"), ("zalo", "minh")):
            _, person, actor, _ = await people.meet(session, channel, address, "", NOW)
            assert person is not None
            assert person.id == world.lan.id
            held = [(role.unit_id, role.kind) for role in actor.roles]
            assert (set(held), len(held)) == (before, len(before))
        ended = (await session.scalars(select(Role).where(Role.until.is_not(None)))).all()
        assert [role.unit_id for role in ended] == [world.other.id]


async def test_whatever_bore_the_one_number_bears_the_other_but_for_the_audit(db: Database, world: World) -> None:
    lan, minh = world.lan.id, world.minh.id
    async with db.write() as session:
        session.add_all([Snooze(person_id=each, until=NOW, at=NOW) for each in (lan, minh)])
        session.add(
            RosterEntry(unit_id=world.other.id, number=1, name="A", name_folded="a", duty="member", since=NOW,
                        person_id=minh)
        )  # fmt: skip
        await session.flush()
        audited = (await session.execute(select(Audit.id, Audit.person_id))).all()
        assert await merge(session, world) is None
        for column in merging._person_columns():
            left = (await session.scalars(select(column).where(column == minh))).all()
            assert left == ([minh] if column.table.name == "snooze" else []), column
        assert set(audited) <= set((await session.execute(select(Audit.id, Audit.person_id))).all())
        gone = await session.get_one(Person, minh, populate_existing=True)
        assert gone.merged_into == lan
        told = {(each["kind"], each.get("name")) for each in await own_data.facts(session, lan)}
        assert ("merged", "Người minh") in told


async def test_all_tables_that_name_a_person_are_known(db: Database) -> None:
    found = {f"{column.table.name}.{column.name}" for column in merging._person_columns()}
    assert {"role.person_id", "role.granted_by", "report.submitted_by", "hand_over.to_person"} <= found


async def test_a_hand_over_between_the_two_comes_first(db: Database, world: World) -> None:
    async with db.write() as session:
        session.add(
            HandOver(
                unit_id=world.team.id, role="leader", from_person=world.lan.id, to_person=world.minh.id,
                state="asked", on_day=date(2026, 11, 20), stays=False, created_at=NOW,
            )
        )  # fmt: skip
        await session.flush()
        assert no_of(await merge(session, world)) == "link.hand_over"


async def test_who_asks_to_be_forgotten_is_forgotten_under_both_names(db: Database, world: World) -> None:
    async with db.write() as session:
        assert await merge(session, world) is None
        await privacy.erase(session, world.lan.id, event=("zalo", "e"), now=NOW)
    async with db.read() as session:
        assert set(await session.scalars(select(Person.name))) == {""}
        assert set(await session.scalars(select(Account.person_id))) == {None}
        assert (await session.scalars(select(LinkCode))).all() == []


async def say(session: AsyncSession, address: str, press: Press | None = None) -> tuple[Turn, Message]:
    """A press in a Zalo chat, as the bot answers it; without a press, an ordinary text."""
    account, person, actor, talk = await people.meet(session, "zalo", address, "", NOW)
    incoming = Incoming("zalo", address, "e", "button" if press else "text", NOW, text="gì đó")
    turn = Turn(session, incoming, NOW, account, actor, talk, Library(), name=person.name if person else "")
    turn.press = press or turn.press
    handler = linking.ACTIONS[turn.press.action] if press else linking.FLOWS[talk.flow]
    return turn, (await handler(turn))[0]


async def test_two_people_are_made_one_only_after_yes_in_the_chat_that_was_asked(db: Database, world: World) -> None:
    async with db.write() as session:
        made = await code_of(session, world.lan)
        account, _, actor, talk = await people.meet(session, "zalo", "minh", "", NOW)
        offered = await type_code(session, made.code, account)
        assert isinstance(offered, Offered)
        yes = Press("link.merge", offered.row.id)
        assert (await say(session, "minh", yes))[1].key == "link.chats"
        turn = Turn(session, Incoming("zalo", "minh", "e", "text", NOW), NOW, account, actor, talk, Library())
        assert [each.key for each in await linking.offer(turn, offered)] == ["link.merge"]
        assert account.person_id == world.minh.id
        await chat(session, "zalo", "stranger")
        assert (await say(session, "stranger", yes))[1].key == "menu.stranger"
        assert (await say(session, "minh", Press("link.merge", offered.row.id + 1)))[1].key == "link.chats"
        talk.flow, talk.data = "link.merge", {"link": offered.row.id}
        assert (await say(session, "minh"))[1].key == "link.merge"
        turn, answer = await say(session, "minh", yes)
        assert (answer.key, turn.person_id) == ("link.joined", world.lan.id)
        told = (await session.scalars(select(Outbox))).one()
        assert (told.address, told.body["key"]) == ("lan", "link.told")


@pytest.mark.parametrize("address", ["minh", "stranger"])
async def test_somebody_without_a_role_is_told_whose_the_code_is_and_asked(
    db: Database, world: World, address: str
) -> None:
    async with db.write() as session:
        held = (await privacy.roles_of(session, world.minh.id, NOW))[0]
        await people.end_role(session, held.role, by=None, now=NOW)
        await session.flush()
        made = await code_of(session, world.lan)
        account, _, actor, talk = await people.meet(session, "zalo", address, "", NOW)
        was = account.person_id
        offered = await type_code(session, made.code, account)
        assert isinstance(offered, Offered)
        turn = Turn(session, Incoming("zalo", address, "e", "text", NOW), NOW, account, actor, talk, Library())
        (asked,) = await linking.offer(turn, offered)
        assert (asked.key, asked.values["name"], account.person_id) == ("link.confirm", "Người lan", was)
        assert (await say(session, address))[1].key == "link.confirm"
        turn, answer = await say(session, address, Press("link.merge", offered.row.id))
        assert (answer.key, turn.actor.holds("leader")) == ("link.joined", True)


# --- a chat taken away ----------------------------------------------------------------------------------------------


async def test_a_chat_taken_away_is_a_strangers_and_empty_and_the_person_stays(db: Database, world: World) -> None:
    async with db.write() as session:
        gone = await chat(session, "webchat", "old phone")
        assert await link(session, world.lan, gone) is None
        session.add(WebMessage(address="old phone", mine=True, body={}, at=NOW, change=1))
        talk = await session.get_one(Talk, gone.id)
        talk.flow, talk.data = "report.answer", {"report": 1}
        await session.flush()
        assert await chats.unlink(session, world.lan.id, gone.id, NOW) is gone
    async with db.write() as session:
        _, person, actor, talk = await people.meet(session, "webchat", "old phone", "", NOW)
        assert (person, actor.roles, talk.flow, talk.data) == (None, (), "", {})
        assert (await session.scalars(select(WebMessage))).all() == []
        assert (await people.actor_of(session, world.lan.id, NOW)).holds("leader")


async def test_what_was_asked_and_done_in_a_chat_taken_away_goes_with_the_person(db: Database, world: World) -> None:
    async with db.write() as session:
        gone = await chat(session, "zalo", "lost phone")
        assert await link(session, world.lan, gone) is None
        asked = Asked("Giấy khai sinh cần mang gì?", world.team)
        question, _ = await questions.ask(
            session, Asker(gone.id, world.lan.id), asked, await OfficeCalendar().working_time(session, NOW), NOW
        )
        visit = Visit(
            guide="G01", edition=1, unit_id=world.team.id, person_id=world.lan.id, account_id=gone.id, started_at=NOW
        )
        session.add(visit)
        await session.flush()
        await chats.unlink(session, world.lan.id, gone.id, NOW)
    async with db.write() as session:
        stranger, hers = Asker(gone.id, None), Asker(0, world.lan.id)
        assert await questions.count_own(session, stranger) == 0
        assert [each.question.id for each in await questions.own(session, hers)] == [question.id]
        to = await question_news.chat_of_asker(session, await session.get_one(Question, question.id))
        assert to is not None
        assert to.address == "lan"
        assert await visits.find(session, visit.id, Speaker(gone.id, None)) is None
        assert await visits.find(session, visit.id, Speaker(0, world.lan.id)) is not None


async def test_a_code_asked_for_before_a_chat_is_taken_away_brings_nobody_back(db: Database, world: World) -> None:
    async with db.write() as session:
        gone = await chat(session, "zalo", "lost phone")
        assert await link(session, world.lan, gone) is None
        code = (await link_codes.make(session, gone, policy=POLICY, random=CHANCE.randrange, now=NOW)).code
        await chats.unlink(session, world.lan.id, gone.id, NOW)
        assert no_of(await type_code(session, code, gone)) == "link.expired"


async def test_the_last_chat_that_can_be_written_to_stays(db: Database, world: World) -> None:
    async with db.write() as session:
        (first,) = await chats.of_person(session, world.lan.id)
        with pytest.raises(Refusal, match=r"link\.last"):
            await chats.unlink(session, world.lan.id, first.id, NOW)
        second = await chat(session, "zalo", "z")
        assert await link(session, world.lan, second) is None
        second.unreachable = "blocked"
        await session.flush()
        with pytest.raises(Refusal, match=r"link\.last"):
            await chats.unlink(session, world.lan.id, first.id, NOW)
        assert await chats.unlink(session, world.lan.id, second.id, NOW) is second


async def test_nobody_takes_away_the_chat_of_another(db: Database, world: World) -> None:
    async with db.write() as session:
        (hers,) = await chats.of_person(session, world.minh.id)
        assert await chats.unlink(session, world.lan.id, hers.id, NOW) is None
        assert hers.person_id == world.minh.id


# --- one message a fact ---------------------------------------------------------------------------------------------


async def test_the_chat_used_last_is_written_to_to_the_second(db: Database, world: World) -> None:
    async with db.write() as session:
        second = await chat(session, "zalo", "z")
        assert await link(session, world.lan, second) is None
        (first,) = [each for each in await chats.of_person(session, world.lan.id) if each.id != second.id]
        for used, seconds in ((first, 1), (second, 2), (first, 3)):
            talk = await session.get_one(Talk, used.id)
            talk.updated_at = NOW + timedelta(seconds=seconds)
            await session.flush()
            found = await people.account_of(session, world.lan.id)
            assert found is used


async def test_what_waits_for_a_chat_that_refuses_goes_to_the_next_one(db: Database, world: World) -> None:
    async with db.write() as session:
        second = await chat(session, "zalo", "z", NOW + timedelta(hours=1))
        assert await link(session, world.lan, second) is None
        for number in range(3):
            await alerts.alert(session, [world.lan.id], Message("menu.lost"), once=f"fact:{number}", now=NOW)
        claimed = await outbox.claim(session, NOW, 1)
        await chats.refused(session, "zalo", "z", NOW, "blocked", [row.id for row in claimed])
        await outbox.settle(session, [Settled(row.id, "failed", NOW, error="blocked") for row in claimed])
    async with db.read() as session:
        rows = (await session.execute(select(Outbox.channel, Outbox.state))).all()
        assert Counter((channel, state) for channel, state in rows) == {("zalo", "failed"): 3, ("telegram", "ready"): 3}
        assert set(await session.scalars(select(Outbox.address).where(Outbox.state == "ready"))) == {"lan"}


async def test_what_waits_for_a_chat_that_was_left_goes_to_the_next_one_and_stays_there(
    db: Database, world: World
) -> None:
    async with db.write() as session:
        second = await chat(session, "zalo", "z", NOW + timedelta(hours=1))
        assert await link(session, world.lan, second) is None
        await alerts.alert(session, [world.lan.id], Message("menu.lost"), once="fact", now=NOW)
        await chats.left(session, second, NOW)
        await session.flush()
        assert second.unreachable == "blocked"
        await people.meet(session, "zalo", "z", "", NOW)
    async with db.write() as session:
        assert [row.address for row in await outbox.claim(session, NOW, 9)] == ["lan"]


@dataclass
class Crowd:
    """Leaders with several phones each, who use them, lose them and block the bot as they please."""

    office: Office
    chance: random.Random
    blocked: set[str] = field(default_factory=set)
    got: Counter[tuple[int, str]] = field(default_factory=Counter)  # (person, fact) -> how often it arrived
    made: int = 0

    @property
    def leaders(self) -> list[int]:
        return self.office.teams[1:]  # the first has one phone and never touches it: what they get is what is due

    async def stir(self, now: datetime) -> None:
        """Some of them do something with their phones."""
        async with self.office.db.write() as session:
            for person_id in self.leaders:
                mine = list(await chats.of_person(session, person_id))
                deed = self.chance.choice(("", "", "use", "use", "link", "unlink", "block"))
                chosen = self.chance.choice(mine)
                if deed == "use":
                    await self._use(session, chosen, now)
                elif deed == "link" and len(mine) < chats.MOST:
                    self.made += 1
                    fresh = await self._buy(session, now)
                    person = await session.get_one(Person, person_id)
                    assert await link(session, person, fresh, now) is None
                elif deed == "unlink" and len([each for each in mine if self._works(each)]) > 1:
                    await self._unlink(session, person_id, chosen, now)
                elif deed == "block" and len([each for each in mine if self._works(each)]) > 1:
                    self.blocked.add(chosen.address)

    async def _buy(self, session: AsyncSession, now: datetime) -> Account:
        """A phone that nobody has used yet; numbered far from those of the office, which PostgreSQL did not count."""
        channel, number = self.chance.choice(("zalo", "webchat")), 10_000 + self.made
        session.add(Account(id=number, channel=channel, address=f"new {number}", seen_at=now))
        await session.flush()
        session.add(Talk(account_id=number, updated_at=now))
        await session.flush()
        return await session.get_one(Account, number)

    def _works(self, account: Account) -> bool:
        return not account.unreachable and account.address not in self.blocked

    async def _use(self, session: AsyncSession, account: Account, now: datetime) -> None:
        self.blocked.discard(account.address)
        await people.meet(session, account.channel, account.address, "", now)
        await session.execute(update(Talk).where(Talk.account_id == account.id).values(updated_at=now))

    async def _unlink(self, session: AsyncSession, person_id: int, account: Account, now: datetime) -> None:
        others = [each for each in await chats.of_person(session, person_id) if each.id != account.id]
        if any(self._works(each) for each in others):
            await chats.unlink(session, person_id, account.id, now)

    async def deliver(self, now: datetime) -> None:
        """What the sender does; a chat that is blocked refuses for good."""
        while True:
            async with self.office.db.write() as session:
                rows = await outbox.claim(session, now, 1)
                for row in rows:
                    await self._send(session, row, now)
            if not rows:
                return

    async def _send(self, session: AsyncSession, row: Outbox, now: datetime) -> None:
        message = await self.office._composed(session, row, now)
        if message is not None and row.address in self.blocked:
            await outbox.settle(session, [Settled(row.id, "failed", now)])
            await chats.refused(session, row.channel, row.address, now, "blocked", [row.id])
            return
        await outbox.settle(session, [Settled(row.id, "sent" if message else "cancelled", now)])
        holder = await session.scalar(select(Account.person_id).where(Account.id == row.body["account"]))
        if message is not None and holder is not None:
            self.got[holder, self._fact(row, holder)] += 1

    def _fact(self, row: Outbox, holder: int) -> str:
        """What was said, in words that are the same for everybody."""
        if row.kind != "reminder":
            return row.once.partition(":person:")[0]
        _, period, step, *_ = row.once.split(":")
        return f"{period} {step}"


@pytest.mark.parametrize("seed", range(3))
async def test_whoever_has_several_chats_gets_each_thing_exactly_once(db: Database, seed: int) -> None:
    office = await open_office(db, teams=7)
    crowd = Crowd(office, random.Random(seed))
    for number, now in enumerate(every(at("2026-11-21", "06:10"), at("2026-11-29"), timedelta(hours=4))):
        await tick(office.world, now)
        if number % 4 == 0:
            async with db.write() as session:
                everybody = office.teams
                await alerts.alert(session, everybody, Message("menu.lost"), once=f"fact:{number}", now=now)
        await crowd.deliver(now)
        await crowd.stir(now)
    due = {fact for person, fact in crowd.got if person == office.teams[0]}
    assert len(due) > 12
    assert crowd.made > 5
    risen = {each: times for each, times in crowd.got.items() if each[1].startswith("escalate:")}
    assert risen == {(1, "escalate:T+3:2026-11-25"): 1}  # what is late goes up to the province
    noted = {(1, "weekly:2026-W48:1"): 1}  # and the office hears of its week
    assert crowd.got == {(person, fact): 1 for person in office.teams for fact in due} | risen | noted
