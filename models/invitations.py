"""Invitations: made, shown once, redeemed exactly as often as they allow, revoked. Only the hash of a code is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, handovers, link_codes, people, transfers
from models.link_codes import Offered
from models.rules import Refusal
from models.rules.invitations import (
    InvitationPolicy,
    RandomBelow,
    code_hash,
    is_locked,
    new_code,
    read_code,
    why_spent,
)
from models.rules.permissions import ADMINISTRATOR, may, may_invite
from models.scopes import EVERYTHING, Scope
from models.tables import Account, Guess, Invitation, Person, Role, Unit
from models.transfers import Transfer
from models.units import below


@dataclass(frozen=True, slots=True)
class Joined:
    """Somebody came in by a code; `is_new` is false when they already held that very role (nothing was used up)."""

    person: Person
    unit: Unit
    role: Role
    is_new: bool
    invited_by: int | None


@dataclass(frozen=True, slots=True)
class Received:
    """Somebody took the code of a hand-over: the unit is theirs from its day on."""

    person: Person
    transfer: Transfer


@dataclass(frozen=True, slots=True)
class Issued:
    """A new invitation with its code, which can be read here and never again."""

    invitation: Invitation
    code: str


async def issue(
    session: AsyncSession,
    unit: Unit,
    role: str,
    *,
    by: int | None,
    policy: InvitationPolicy,
    random: RandomBelow,
    now: datetime,
    scope: Scope = EVERYTHING,
) -> Issued:
    """Invite into a unit, as an officer possibly for a part of it only.

    Whether `by` may do so is asked before; None is the operator at the command line."""
    code = new_code(random)
    invitation = Invitation(
        code_hash=code_hash(code.replace("-", "")),
        unit_id=unit.id,
        role=role,
        group_id=scope.group_id,
        field=scope.field,
        uses_left=policy.uses(role),
        expires_at=now + policy.lifetime,
        created_by=by,
        created_at=now,
    )
    session.add(invitation)
    await session.flush()
    _note(session, invitation, "invitation.make", by, now)
    return Issued(invitation, code)


async def first_administrator(
    session: AsyncSession, root: Unit, *, policy: InvitationPolicy, random: RandomBelow, now: datetime
) -> str | None:
    """The one-time code by which the first administrator joins at the root; None once there is one.

    A code printed by an earlier start and not used ends here, so that exactly one is good.
    """
    if await people.has_administrator(session, now):
        return None
    await session.execute(
        update(Invitation)
        .where(
            Invitation.role == ADMINISTRATOR,
            Invitation.created_by.is_(None),
            Invitation.revoked_at.is_(None),
            Invitation.unit_id == root.id,
        )
        .values(revoked_at=now)
    )
    issued = await issue(session, root, ADMINISTRATOR, by=None, policy=policy, random=random, now=now)
    return issued.code


async def redeem(
    session: AsyncSession, text: str, account: Account, *, policy: InvitationPolicy, now: datetime
) -> Joined | Received | Offered | Refusal:
    """Come in by a code as typed or tapped; one for another chat of its maker is offered, and not used up yet.

    A no is returned, not raised, for a wrong try must be kept when the turn ends: invitation.locked (`minutes`),
    .not_a_code (`text`), .unknown, .revoked, .expired, .used, link.expired, .used.
    """
    bare = read_code(text)
    if locked := await _lock(session, account, policy, now):
        return locked
    if bare is None:
        return Refusal("invitation.not_a_code", text=text[:40])
    invitation = await session.scalar(select(Invitation).where(Invitation.code_hash == code_hash(bare)))
    if invitation is None:
        return await _other_code(session, code_hash(bare), account, now)
    unit = await session.get_one(Unit, invitation.unit_id)
    if already := await _already_in(session, invitation, unit, account, now):
        return already
    transfer = await transfers.by_code(session, invitation.id)
    spent = await _why_not(session, invitation, unit, transfer, now)
    if spent or not await _take_one_use(session, invitation, now):
        return Refusal(f"invitation.{spent or 'used'}")
    if transfer is not None:
        return await _receive(session, invitation, transfer, account, now)
    return await _join(session, invitation, unit, account, now)


async def _other_code(session: AsyncSession, hashed: str, account: Account, now: datetime) -> Offered | Refusal:
    found = await link_codes.by_hash(session, hashed, now)
    if found is None:
        session.add(Guess(account_id=account.id, at=now))
        return Refusal("invitation.unknown")
    return found


async def revoke(session: AsyncSession, invitation: Invitation, *, by: int | None, now: datetime) -> None:
    """From now on the code lets nobody in; whoever came in by it stays."""
    if invitation.revoked_at is None:
        invitation.revoked_at = now
        _note(session, invitation, "invitation.revoke", by, now)


async def find(session: AsyncSession, invitation_id: int) -> tuple[Invitation, Unit] | None:
    statement = select(Invitation, Unit).join(Unit, Unit.id == Invitation.unit_id).where(Invitation.id == invitation_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def open_ones(
    session: AsyncSession, path: str, roles: Sequence[str], now: datetime, offset: int = 0, limit: int | None = None
) -> list[tuple[Invitation, Unit]]:
    """The invitations into the subtree, in these roles, that would still let somebody in, the newest first."""
    statement = (
        select(Invitation, Unit)
        .join(Unit, Unit.id == Invitation.unit_id)
        .where(*_open(path, roles, now))
        .order_by(Invitation.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [(invitation, unit) for invitation, unit in await session.execute(statement)]


async def count_open(session: AsyncSession, path: str, roles: Sequence[str], now: datetime) -> int:
    """How many `open_ones` there are."""
    statement = select(func.count(Invitation.id)).join(Unit, Unit.id == Invitation.unit_id)
    return await session.scalar(statement.where(*_open(path, roles, now))) or 0


def _open(path: str, roles: Sequence[str], now: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        below(path),
        Unit.closed_on.is_(None),
        Invitation.role.in_(roles),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now,
        Invitation.uses_left > 0,
    )


async def _lock(session: AsyncSession, account: Account, policy: InvitationPolicy, now: datetime) -> Refusal | None:
    await session.flush()
    since = now - policy.window
    own = Guess.account_id == account.id
    counted = select(func.count(), func.count().filter(own), func.min(Guess.at).filter(own))
    everybody, mine, oldest = (await session.execute(counted.where(Guess.at > since))).one()
    if not is_locked(mine, everybody, policy):
        return None
    wait = oldest + policy.window - now if mine >= policy.tries else policy.window
    return Refusal("invitation.locked", minutes=max(1, -(-wait // timedelta(minutes=1))))


async def _already_in(
    session: AsyncSession, invitation: Invitation, unit: Unit, account: Account, now: datetime
) -> Joined | None:
    if account.person_id is None:
        return None
    scope = Scope(invitation.group_id, invitation.field)
    mine = await people.held_role(session, account.person_id, unit.id, invitation.role, now, scope)
    if mine is None:
        return None
    person = await session.get_one(Person, account.person_id)
    return Joined(person, unit, mine, False, invitation.created_by)


async def _why_not(
    session: AsyncSession, invitation: Invitation, unit: Unit, transfer: Transfer | None, now: datetime
) -> str:
    if unit.closed_on is not None:
        return "revoked"
    if spent := why_spent(invitation.expires_at, invitation.revoked_at, invitation.uses_left, now):
        return spent
    if invitation.created_by is None:
        return ""
    # a code is worth what its maker may do today: it ends with the role behind it
    maker = await people.actor_of(session, invitation.created_by, now)
    hands_over = transfer is not None and may(maker, "unit.hand_over", unit.path)
    return "" if hands_over or may_invite(maker, invitation.role, unit.path) else "revoked"


async def _take_one_use(session: AsyncSession, invitation: Invitation, now: datetime) -> bool:
    """Compare and set in one statement: of many at once exactly `uses_left` get in."""
    taken = await session.scalar(
        update(Invitation)
        .where(
            Invitation.id == invitation.id,
            Invitation.uses_left > 0,
            Invitation.expires_at > now,
            Invitation.revoked_at.is_(None),
        )
        .values(uses_left=Invitation.uses_left - 1)
        .returning(Invitation.uses_left)
        .execution_options(synchronize_session=False)
    )
    if taken is None:
        return False
    await session.refresh(invitation, ["uses_left"])
    return True


async def _join(session: AsyncSession, invitation: Invitation, unit: Unit, account: Account, now: datetime) -> Joined:
    person = await people.introduce(session, account, now)
    role, is_new = await people.grant(
        session, person.id, unit.id, invitation.role, by=invitation.created_by, now=now,
        scope=Scope(invitation.group_id, invitation.field),
    )  # fmt: skip
    _note(session, invitation, "invitation.redeem", person.id, now)
    return Joined(person, unit, role, is_new, invitation.created_by)


async def _receive(
    session: AsyncSession, invitation: Invitation, transfer: Transfer, account: Account, now: datetime
) -> Received:
    person = await people.introduce(session, account, now)
    _note(session, invitation, "invitation.redeem", person.id, now)
    return Received(person, await handovers.take(session, transfer, person, now))


def _note(session: AsyncSession, invitation: Invitation, action: str, by: int | None, now: datetime) -> None:
    audit.note(
        session,
        at=now,
        person_id=by,
        action=action,
        object=f"invitation:{invitation.id}",
        unit_id=invitation.unit_id,
        detail={"role": invitation.role},
    )
