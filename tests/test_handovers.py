"""A unit changes hands once, on its day, with all that belongs to it; nobody is left without a way, nothing twice."""

from __future__ import annotations

import asyncio
import random
from datetime import date, datetime

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import handovers, heads, invitations, people, privacy, transfers, units
from models.database import Database
from models.invitations import Joined, Received
from models.rules import Refusal
from models.rules.invitations import InvitationPolicy
from models.tables import Account, Answer, Audit, HandOver, Outbox, Person, Report, Role, Unit
from models.transfers import Transfer
from tests.office import Office, at, open_office

PROVINCE, COMMUNE, TEAM, OTHER = 1, 2, 3, 4
COORDINATOR, LEADER, DEPUTY = 1, 3, 8  # people; a team's first leader has the number of the team
NOW = at("2026-11-20")
TODAY = NOW.date()
POLICY = InvitationPolicy()


async def office(db: Database) -> Office:
    made = await open_office(db, communes=1, teams=2, leaders=2)
    if db.url.startswith("postgresql"):  # the office numbers its people itself; newcomers come after them
        async with db.write() as session:
            for table in ("person", "account"):
                await session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)"))
    await made.tick(NOW)
    made.post.clear()
    return made


async def arranged(
    session: AsyncSession, *, to: int | None = DEPUTY, on: date = TODAY, stays: bool = True, by: int = LEADER
) -> Transfer:
    unit, giver = await session.get_one(Unit, TEAM), await session.get_one(Person, LEADER)
    invitation = None
    if to is None:
        chance = random.Random(on.toordinal()).randrange
        issued = await invitations.issue(session, unit, "leader", by=by, policy=POLICY, random=chance, now=NOW)
        invitation = issued.invitation
        session.info["code"] = issued.code
    return await handovers.arrange(
        session, unit, giver, to_person=to, invitation=invitation, on_day=on, stays=stays, by=by, now=NOW
    )


async def kinds(db: Database, person_id: int, now: datetime = NOW, unit_id: int = TEAM) -> list[str]:
    async with db.read() as session:
        held = await people.memberships(session, [unit_id], None, now)
    return [each.role.kind for each in held if each.person.id == person_id]


async def told(db: Database, key: str) -> list[int]:
    async with db.read() as session:
        rows = (await session.scalars(select(Outbox).order_by(Outbox.id))).all()
    return [row.body["account"] for row in rows if row.body.get("key") == key]


async def test_on_its_day_the_one_role_ends_and_the_other_begins_and_everybody_hears_it_once(db: Database) -> None:
    made = await office(db)
    async with db.write() as session:
        found = await arranged(session, on=date(2026, 12, 1))
        assert await handovers.accept(session, found, NOW) is False
    await made.tick(at("2026-11-30", "23:50"))
    assert await kinds(db, LEADER) == ["leader"]
    for moment in (at("2026-12-01", "00:10"), at("2026-12-01", "00:10"), at("2026-12-01", "08:00")):
        await made.tick(moment)
    after = at("2026-12-01", "08:00")
    assert (await kinds(db, LEADER, after), await kinds(db, DEPUTY, after)) == (["member"], ["leader"])
    assert sorted(await told(db, "handover.done")) == [COORDINATOR, LEADER]
    assert await told(db, "handover.done_you") == [DEPUTY]
    told_at = {each.at for each in made.post if each.message.key.startswith("handover.done")}
    assert told_at == {after}  # done at midnight, said in the morning
    async with db.read() as session:
        deeds = (
            await session.scalars(select(Audit.action).where(Audit.action.like("role.%")).order_by(Audit.id))
        ).all()
    assert list(deeds) == ["role.end", "role.grant", "role.end", "role.grant"]


async def test_two_processes_at_the_same_moment_carry_it_out_once(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        found = await arranged(session, on=date(2026, 12, 1), stays=False)
        await handovers.accept(session, found, NOW)
    day = at("2026-12-01", "09:00")

    async def one() -> int:
        async with db.write() as session:
            return await handovers.carry_out(session, day)

    assert sorted(await asyncio.gather(one(), one(), one())) == [0, 0, 1]
    assert (await kinds(db, LEADER, day), await kinds(db, DEPUTY, day)) == ([], ["leader"])
    assert len(await told(db, "handover.done_you")) == 1


async def test_drafts_returned_reports_and_reminders_follow_and_the_past_keeps_its_authors(db: Database) -> None:
    made = await office(db)
    report_id = await made.begin(TEAM, NOW)
    async with db.write() as session:
        await session.execute(update(Answer).where(Answer.report_id == report_id).values(person_id=LEADER))
        await session.execute(update(Report).where(Report.id == report_id).values(created_by=LEADER))
        found = await arranged(session, stays=False)
        assert await handovers.accept(session, found, NOW) is True
    await made.tick(at("2026-11-22"))
    assert {each.account for each in made.reminders() if f"Đội {1:04d}" in each.units} == {DEPUTY}
    async with db.read() as session:
        new = await people.actor_of(session, DEPUTY, NOW)
        old = await people.actor_of(session, LEADER, NOW)
        report = await session.get_one(Report, report_id)
        author = await session.scalar(select(Answer.person_id).where(Answer.report_id == report_id))
    assert ([held.kind for held in new.roles], old.roles) == (["leader"], ())
    assert (report.unit_id, report.state, report.created_by, author) == (TEAM, "draft", LEADER, LEADER)
    await made.submit(TEAM, at("2026-11-23"))
    await made.set_state(report_id, "returned")
    before = len(made.post)
    await made.tick(at("2026-11-24", "09:00"))
    await made.tick(at("2026-11-25", "09:00"))
    assert {each.account for each in made.post[before:] if f"Đội {1:04d}" in each.units} <= {DEPUTY}


async def test_a_code_of_the_leader_lets_one_person_take_over_and_nobody_after(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        await arranged(session, to=None)
        code = session.info["code"]
        newcomer, *_ = await people.meet(session, "webchat", "new", "Hạnh", NOW)
        outcome = await invitations.redeem(session, code, newcomer, policy=POLICY, now=NOW)
        assert isinstance(outcome, Received)
        assert outcome.transfer.row.state == "done"
        late, *_ = await people.meet(session, "webchat", "late", "Muộn", NOW)
        refused = await invitations.redeem(session, code, late, policy=POLICY, now=NOW)
        assert isinstance(refused, Refusal)
        again = await invitations.redeem(session, code, newcomer, policy=POLICY, now=NOW)
        assert isinstance(again, Joined)
        assert not again.is_new
    assert await kinds(db, outcome.person.id) == ["leader"]
    assert await kinds(db, LEADER) == ["member"]


async def test_a_code_taken_before_the_day_gives_nothing_until_then(db: Database) -> None:
    made = await office(db)
    async with db.write() as session:
        await arranged(session, to=None, on=date(2026, 11, 23))
        newcomer, *_ = await people.meet(session, "webchat", "new", "Hạnh", NOW)
        outcome = await invitations.redeem(session, session.info["code"], newcomer, policy=POLICY, now=NOW)
        assert isinstance(outcome, Received)
    assert await kinds(db, outcome.person.id) == []
    await made.tick(at("2026-11-23"))
    assert await kinds(db, outcome.person.id, at("2026-11-23")) == ["leader"]


@pytest.mark.parametrize("spoiled", ["cancelled", "giver gone", "giver may not"])
async def test_a_code_of_a_hand_over_that_is_off_lets_nobody_in(db: Database, spoiled: str) -> None:
    await office(db)
    async with db.write() as session:
        found = await arranged(session, to=None)
        if spoiled == "cancelled":
            await handovers.cancel(session, found, by=LEADER, now=NOW)
        else:
            role = await people.held_role(session, LEADER, TEAM, "leader", NOW)
            assert role is not None
            await people.end_role(session, role, by=COORDINATOR, now=NOW)
            if spoiled == "giver may not":
                await people.grant(session, LEADER, TEAM, "deputy", by=COORDINATOR, now=NOW)
        await session.flush()
        newcomer, *_ = await people.meet(session, "webchat", "new", "Hạnh", NOW)
        outcome = await invitations.redeem(session, session.info["code"], newcomer, policy=POLICY, now=NOW)
    assert isinstance(outcome, Refusal)
    assert outcome.key == "invitation.revoked"


async def test_saying_no_changes_nothing_and_the_giver_hears_it(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        found = await arranged(session)
        await handovers.decline(session, found, NOW)
    assert (await kinds(db, LEADER), await kinds(db, DEPUTY)) == (["leader"], ["deputy"])
    assert await told(db, "handover.declined") == [LEADER]
    async with db.write() as session:  # and it may be arranged anew
        assert (await arranged(session, by=COORDINATOR)).row.state == "asked"
        with pytest.raises(Refusal, match=r"handover\.already"):
            await arranged(session)


async def test_who_was_taken_out_meanwhile_hands_nothing_over_while_another_leads(db: Database) -> None:
    made = await office(db)
    async with db.write() as session:
        found = await arranged(session, on=date(2026, 11, 23))
        await handovers.accept(session, found, NOW)
        await people.grant(session, 9, TEAM, "leader", by=COORDINATOR, now=NOW)
        role = await people.held_role(session, LEADER, TEAM, "leader", NOW)
        assert role is not None
        await people.end_role(session, role, by=COORDINATOR, now=NOW)
    await made.tick(at("2026-11-23"))
    async with db.read() as session:
        assert await session.scalar(select(HandOver.state)) == "cancelled"
    assert await kinds(db, DEPUTY, at("2026-11-23")) == ["deputy"]


@pytest.mark.parametrize("erased, state", [(DEPUTY, "cancelled"), (LEADER, "done")])
async def test_an_erased_receiver_calls_it_off_and_an_erased_giver_does_not(
    db: Database, erased: int, state: str
) -> None:
    made = await office(db)
    async with db.write() as session:
        found = await arranged(session, on=date(2026, 11, 23))
        await handovers.accept(session, found, NOW)
        await privacy.erase(session, erased, event=("webchat", "none"), now=NOW)
    await made.tick(at("2026-11-23"))
    async with db.read() as session:
        assert await session.scalar(select(HandOver.state)) == state
        led = await people.heads_of(session, await session.get_one(Unit, TEAM), at("2026-11-23"))
    assert [each.id for each in led] == ([LEADER] if erased == DEPUTY else [DEPUTY])


@pytest.mark.parametrize("erased, other", [(DEPUTY, LEADER), (LEADER, DEPUTY)])
async def test_whoever_is_erased_leaves_nobody_waiting_for_an_answer(db: Database, erased: int, other: int) -> None:
    await office(db)
    async with db.write() as session:
        await arranged(session)
        await privacy.erase(session, erased, event=("webchat", "none"), now=NOW)
    assert await told(db, "handover.called_off") == [other]
    async with db.read() as session:
        assert await session.scalar(select(HandOver.state)) == "cancelled"


async def test_accepting_and_calling_off_at_once_end_in_one_of_the_two(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        number = (await arranged(session)).row.id

    async def settle(deed: str) -> None:
        async with db.write() as session:
            found = await transfers.find(session, number, lock=True)
            assert found is not None
            if found.row.state == "asked" and deed == "accept":
                await handovers.accept(session, found, NOW)
            elif found.row.state == "asked":
                await handovers.cancel(session, found, by=LEADER, now=NOW)

    await asyncio.gather(settle("accept"), settle("cancel"))
    async with db.read() as session:
        state = await session.scalar(select(HandOver.state))
        leaders = await session.scalar(
            select(func.count())
            .select_from(Role)
            .where(Role.unit_id == TEAM, Role.kind == "leader", Role.until.is_(None))
        )
    assert (state, leaders, await kinds(db, DEPUTY)) in (("done", 1, ["leader"]), ("cancelled", 1, ["deputy"]))


async def test_whoever_gave_up_is_reminded_no_more_and_the_unit_waits_above(db: Database) -> None:
    made = await office(db)
    async with db.write() as session:
        province, team = await session.get_one(Unit, PROVINCE), await session.get_one(Unit, TEAM)
        giver = await session.get_one(Person, LEADER)
        assert await transfers.count_headless(session, province, NOW) == 0
        found, count = await handovers.give_up(session, team, giver, NOW)
        again, _ = await handovers.give_up(session, team, giver, NOW)
        assert (count, again.row.id) == (1, found.row.id)
        assert await transfers.headless(session, province, NOW) == [team]
        assert await transfers.count_headless(session, team, NOW) == 0
    assert await told(db, "handover.given_up") == [COORDINATOR]
    await made.tick(at("2026-11-22"))
    assert LEADER not in made.told()
    assert made.told()[DEPUTY] == 1
    async with db.write() as session:  # somebody else leads now: nothing waits any more
        await people.grant(session, DEPUTY, TEAM, "leader", by=COORDINATOR, now=NOW)
        await session.flush()
        assert await transfers.count_headless(session, await session.get_one(Unit, PROVINCE), NOW) == 0


async def test_a_team_without_a_leader_waits_too_but_not_one_that_is_not_confirmed(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        province = await session.get_one(Unit, PROVINCE)
        role = await people.held_role(session, OTHER, OTHER, "leader", NOW)
        assert role is not None
        await people.end_role(session, role, by=None, now=NOW)
        await session.flush()
        assert [unit.id for unit in await transfers.headless(session, province, NOW)] == [OTHER]
        (await session.get_one(Unit, OTHER)).closed_on = NOW.date()
        await session.flush()
        assert await transfers.headless(session, province, NOW) == []


async def test_the_secretaries_of_units_are_found_with_where_to_write(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        for number, (address, unit_id) in enumerate((("bich", COMMUNE), ("phuc", COMMUNE), ("hieu", PROVINCE))):
            account, *_ = await people.meet(session, "webchat", address, address, NOW)
            person = await people.introduce(session, account, NOW)
            role, _ = await people.grant(session, person.id, unit_id, "secretary", by=None, now=NOW)
            if number == 1:
                await people.end_role(session, role, by=None, now=NOW)
        await session.flush()
        found = await heads.secretaries(session, [PROVINCE, COMMUNE, TEAM], NOW)
        assert {unit_id: [each.name for each in many] for unit_id, many in found.items()} == {
            COMMUNE: ["bich"],
            PROVINCE: ["hieu"],
        }
        written_to = found[COMMUNE][0].address
        assert written_to is not None
        assert written_to.address == "bich"


async def test_a_commander_writes_with_the_leader_and_is_reminded(db: Database) -> None:
    made = await office(db)
    async with db.write() as session:
        account, *_ = await people.meet(session, "webchat", "sen", "Sen", NOW)
        sen = await people.introduce(session, account, NOW)
        await people.grant(session, sen.id, TEAM, "commander", by=LEADER, now=NOW)
        assert account.id not in (LEADER, DEPUTY)
        account_id = account.id
    async with db.read() as session:
        writers = (await heads.heads_of_units(session, NOW, [TEAM]))[TEAM]
    assert [each.kind for each in writers] == ["leader", "deputy", "commander"]
    await made.tick(at("2026-11-22"))
    assert made.told()[account_id] == 1


async def test_only_who_is_there_and_can_be_written_to_may_receive(db: Database) -> None:
    await office(db)
    async with db.write() as session:
        team = await session.get_one(Unit, TEAM)
        assert [each.id for each in await transfers.candidates(session, team, LEADER, NOW)] == [DEPUTY]
        await session.execute(update(Account).where(Account.id == DEPUTY).values(unreachable="blocked"))
        assert await transfers.candidates(session, team, LEADER, NOW) == []
        assert (await units.find(session, TEAM)) is team


@pytest.mark.parametrize(("called", "shown"), [("Khách 1", ""), ("", ""), ("Trần Thị Mai", "Trần Thị Mai")])
async def test_whoever_takes_a_code_is_called_nothing_until_they_have_said_their_name(
    sqlite_db: Database, called: str, shown: str
) -> None:
    await office(sqlite_db)
    async with sqlite_db.write() as session:
        found = await arranged(session, to=None)
        taken = Transfer(found.row, found.unit, found.giver, Person(name=called))
    assert taken.facts["receiver"] == shown
    assert taken.facts["by_code"] is (not shown)
