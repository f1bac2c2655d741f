"""An invitation lets in exactly whom it allows, and guessing gets nowhere."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import invitations, people, units
from models.database import Database
from models.invitations import Joined, Received
from models.link_codes import Offered
from models.rules import Refusal
from models.rules.invitations import InvitationPolicy, RandomBelow, new_code
from models.rules.permissions import fields_of
from models.scopes import Scope
from models.tables import Account, Audit, Guess, Invitation, Person, Role, Unit

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
POLICY = InvitationPolicy()


def chance(seed: int = 1) -> RandomBelow:
    return random.Random(seed).randrange


async def tree(session: AsyncSession) -> tuple[Unit, Unit, Unit]:
    root = await units.add(session, code="TW", name="Trung ương Đoàn", kind="central", parent=None)
    commune = await units.add(session, code="X", name="Đoàn xã Một", kind="commune", parent=root)
    team = await units.add(session, code="T", name="Đội Sen", kind="team", parent=commune)
    return root, commune, team


async def account(session: AsyncSession, address: str) -> Account:
    return (await people.meet(session, "telegram", address, f"Người {address}", NOW))[0]


async def invite(
    session: AsyncSession, unit: Unit, role: str, *, by: int | None = None, seed: int = 1
) -> invitations.Issued:
    return await invitations.issue(session, unit, role, by=by, policy=POLICY, random=chance(seed), now=NOW)


async def redeem(
    session: AsyncSession, code: str, who: Account, now: datetime = NOW, policy: InvitationPolicy = POLICY
) -> Joined | Refusal:
    outcome = await invitations.redeem(session, code, who, policy=policy, now=now)
    assert not isinstance(outcome, Received | Offered)  # nobody hands anything over or links a chat here
    return outcome


def said(outcome: Joined | Refusal) -> str:
    return outcome.key.removeprefix("invitation.") if isinstance(outcome, Refusal) else "joined"


async def test_a_code_typed_carelessly_lets_in_and_is_kept_only_as_a_hash(db: Database) -> None:
    async with db.write() as session:
        _, _, team = await tree(session)
        issued = await invite(session, team, "leader")
        outcome = await redeem(session, issued.code.lower().replace("-", " "), await account(session, "5"))
        assert isinstance(outcome, Joined)
        assert (outcome.role.kind, outcome.unit.id, outcome.is_new) == ("leader", team.id, True)
        await session.flush()
        bare = issued.code.replace("-", "")
        stored = [str(vars(row)) for row in (await session.scalars(select(Invitation))).all()]
        stored += [str(vars(row)) for row in (await session.scalars(select(Audit))).all()]
    assert not any(bare in row or issued.code in row for row in stored)


async def test_joining_twice_is_harmless_and_uses_nothing_up(db: Database) -> None:
    async with db.write() as session:
        _, _, team = await tree(session)
        issued = await invite(session, team, "leader")
        lan = await account(session, "5")
        assert said(await redeem(session, issued.code, lan)) == "joined"
        again = await redeem(session, issued.code, lan)
        assert isinstance(again, Joined)
        assert not again.is_new
        assert said(await redeem(session, issued.code, await account(session, "6"))) == "used"
        await session.flush()
        assert await session.scalar(select(func.count()).select_from(Role)) == 1
        assert await session.scalar(select(func.count()).select_from(Guess)) == 0  # a spent code is no guess


async def test_somebody_with_a_role_gets_another_one(db: Database) -> None:
    async with db.write() as session:
        _, commune, team = await tree(session)
        lan = await account(session, "5")
        for seed, (unit, role) in enumerate([(team, "leader"), (commune, "coordinator")]):
            assert said(await redeem(session, (await invite(session, unit, role, seed=seed)).code, lan)) == "joined"
        assert lan.person_id is not None
        actor = await people.actor_of(session, lan.person_id, NOW)
        assert [held.kind for held in actor.roles] == ["leader", "coordinator"]
        assert await session.scalar(select(func.count()).select_from(Person)) == 1


async def test_an_officer_joins_with_the_scope_of_the_invitation_and_a_second_scope_adds_to_it(db: Database) -> None:
    async with db.write() as session:
        root, _, team = await tree(session)
        lan = await account(session, "5")
        issued = [
            await invitations.issue(
                session, root, "officer", by=None, policy=POLICY, random=chance(seed), now=NOW, scope=Scope(field=field)
            )
            for seed, field in enumerate(("y-te", "giao-duc", "y-te"))
        ]
        joined = [await redeem(session, each.code, lan) for each in issued]
        assert [isinstance(each, Joined) and each.is_new for each in joined] == [True, True, False]
        assert issued[2].invitation.uses_left == 1  # nothing new came of it, so nothing was used up
        assert lan.person_id is not None
        actor = await people.actor_of(session, lan.person_id, NOW)
        assert fields_of(actor, "report.read", team.path) == frozenset({"y-te", "giao-duc"})


async def test_200_at_once_with_one_code_let_in_one(db: Database) -> None:
    async with db.write() as session:
        _, _, team = await tree(session)
        code = (await invite(session, team, "leader")).code
        for number in range(200):
            await account(session, str(number))

    async def one(number: int) -> str:
        async with db.write() as session:
            return said(await redeem(session, code, await account(session, str(number))))

    outcomes = await asyncio.gather(*(one(number) for number in range(200)))
    assert sorted(set(outcomes)) == ["joined", "used"]
    assert outcomes.count("joined") == 1
    async with db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Role)) == 1
        assert await session.scalar(select(Invitation.uses_left)) == 0


async def test_five_wrong_codes_lock_even_the_right_one_for_an_hour(db: Database) -> None:
    async with db.write() as session:
        _, _, team = await tree(session)
        issued = await invite(session, team, "leader")
        lan = await account(session, "5")
        for seed in range(100, 105):
            assert said(await redeem(session, new_code(chance(seed)), lan)) == "unknown"
        locked = await redeem(session, issued.code, lan)
        assert isinstance(locked, Refusal)
        assert (locked.key, locked.values) == ("invitation.locked", {"minutes": 60})
        assert said(await redeem(session, issued.code, lan, NOW + timedelta(minutes=59))) == "locked"
        assert said(await redeem(session, issued.code, await account(session, "6"))) == "joined"
        other = await invite(session, team, "leader", seed=2)
        assert said(await redeem(session, other.code, lan, NOW + timedelta(hours=1))) == "joined"


async def test_ten_thousand_guesses_hit_nothing(sqlite_db: Database) -> None:
    guess = chance(7)
    async with sqlite_db.write() as session:
        _, _, team = await tree(session)
        for seed in range(200):
            await invite(session, team, "member", seed=1000 + seed)
        guessers = [await account(session, str(number)) for number in range(100)]
        outcomes = [said(await redeem(session, new_code(guess), guessers[number // 100])) for number in range(10_000)]
    for own in range(100):  # each account is locked after its fifth wrong code, and no other account with it
        assert outcomes[own * 100 : own * 100 + 5] == ["unknown"] * 5
        assert set(outcomes[own * 100 + 5 : own * 100 + 100]) == {"locked"}


async def test_a_crowd_of_guessers_is_stopped_all_together(sqlite_db: Database) -> None:
    guess, crowd = chance(9), InvitationPolicy(tries_in_all=50)
    async with sqlite_db.write() as session:
        _, _, team = await tree(session)
        issued = await invite(session, team, "member", seed=1)
        for number in range(50):
            guesser = await account(session, str(number))
            assert said(await redeem(session, new_code(guess), guesser, policy=crowd)) == "unknown"
        assert said(await redeem(session, issued.code, await account(session, "50"), policy=crowd)) == "locked"


async def test_guesses_that_nothing_locks_miss_as_well(sqlite_db: Database) -> None:
    guess = chance(8)
    loose = InvitationPolicy(tries=10**9, tries_in_all=10**9)
    async with sqlite_db.write() as session:
        _, _, team = await tree(session)
        for seed in range(200):
            await invite(session, team, "member", seed=1000 + seed)
        guesser = await account(session, "5")
        outcomes = {said(await redeem(session, new_code(guess), guesser, policy=loose)) for _ in range(500)}
    assert outcomes == {"unknown"}


async def test_a_typing_slip_is_no_guess(db: Database) -> None:
    async with db.write() as session:
        await tree(session)
        lan = await account(session, "5")
        for text in ("", "xin chào", "ABC", "A" * 13, "🙂" * 12):
            assert said(await redeem(session, text, lan)) == "not_a_code"
        await session.flush()
        assert await session.scalar(select(func.count()).select_from(Guess)) == 0


async def test_expired_revoked_and_foreign_invitations_let_nobody_in(db: Database) -> None:
    async with db.write() as session:
        _, _, team = await tree(session)
        lan = await account(session, "5")
        cadre = await people.introduce(session, await account(session, "9"), NOW)
        expired = await invite(session, team, "leader", seed=1)
        assert said(await redeem(session, expired.code, lan, NOW + POLICY.lifetime)) == "expired"
        revoked = await invite(session, team, "leader", seed=2)
        await invitations.revoke(session, revoked.invitation, by=cadre.id, now=NOW)
        await session.flush()
        assert said(await redeem(session, revoked.code, lan)) == "revoked"
        foreign = await invite(session, team, "leader", by=cadre.id, seed=3)  # by somebody who may not
        assert said(await redeem(session, foreign.code, lan)) == "revoked"
        team.closed_on = NOW.date()
        closed = await invite(session, team, "leader", seed=4)
        assert said(await redeem(session, closed.code, lan)) == "revoked"
        await session.flush()
        assert await session.scalar(select(func.count()).select_from(Role)) == 0


async def test_a_code_ends_with_the_role_of_whoever_made_it(db: Database) -> None:
    async with db.write() as session:
        _, commune, team = await tree(session)
        cadre = await people.introduce(session, await account(session, "9"), NOW)
        role, _ = await people.grant(session, cadre.id, commune.id, "coordinator", by=None, now=NOW)
        first = await invite(session, team, "leader", by=cadre.id, seed=1)
        second = await invite(session, team, "leader", by=cadre.id, seed=2)
        assert said(await redeem(session, first.code, await account(session, "5"))) == "joined"
        await people.end_role(session, role, by=None, now=NOW)
        await session.flush()
        assert said(await redeem(session, second.code, await account(session, "6"))) == "revoked"


async def test_the_first_administrator_joins_once_and_only_by_the_latest_code(db: Database) -> None:
    async with db.write() as session:
        root, _, _ = await tree(session)

        async def first(seed: int) -> str | None:
            return await invitations.first_administrator(session, root, policy=POLICY, random=chance(seed), now=NOW)

        old, new = await first(1), await first(2)
        assert old is not None
        assert new is not None
        lan = await account(session, "5")
        assert said(await redeem(session, old, lan)) == "revoked"
        assert said(await redeem(session, new, lan)) == "joined"
        assert await first(3) is None
        assert said(await redeem(session, new, await account(session, "6"))) == "used"


@pytest.mark.parametrize("role, uses", [("leader", 1), ("member", POLICY.uses_member)])
async def test_open_invitations_are_listed_until_they_are_spent(db: Database, role: str, uses: int) -> None:
    async with db.write() as session:
        _, _, team = await tree(session)
        issued = await invite(session, team, role)
        assert issued.invitation.uses_left == uses
        assert await invitations.open_ones(session, team.path, [role], NOW) == [(issued.invitation, team)]
        for number in range(uses):
            assert said(await redeem(session, issued.code, await account(session, str(number)))) == "joined"
        assert await invitations.open_ones(session, team.path, [role], NOW) == []


async def test_open_invitations_of_a_whole_subtree_are_listed_and_counted_but_of_no_other(db: Database) -> None:
    async with db.write() as session:
        root, commune, team = await tree(session)
        made = ((root, "administrator"), (commune, "founder"), (team, "member"), (team, "leader"))
        for seed, (unit, role) in enumerate(made):
            await invite(session, unit, role, seed=seed)
        roles = ("founder", "leader", "member")
        found = await invitations.open_ones(session, root.path, roles, NOW)
        assert [(each.role, unit) for each, unit in found] == [("leader", team), ("member", team), ("founder", commune)]
        assert await invitations.count_open(session, root.path, roles, NOW) == 3
        second = await invitations.open_ones(session, root.path, roles, NOW, offset=1, limit=1)
        assert [each.role for each, _ in second] == ["member"]
        team.closed_on = NOW.date()
        await session.flush()
        assert await invitations.count_open(session, commune.path, roles, NOW) == 1
        assert await invitations.open_ones(session, team.path, roles, NOW) == []
