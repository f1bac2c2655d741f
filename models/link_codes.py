"""Codes by which one person's other chat becomes theirs: made, shown once, used once. Only the hash is kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.rules import Refusal
from models.rules.invitations import InvitationPolicy, RandomBelow, code_hash, new_code, why_spent
from models.tables import Account, LinkCode, Person


@dataclass(frozen=True, slots=True)
class Made:
    """A new code, which can be read here and never again."""

    code: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Offered:
    """A code that is still good, and whose chat the one that typed it would become; nothing is used up yet."""

    row: LinkCode
    person: Person


async def make(
    session: AsyncSession, account: Account, *, policy: InvitationPolicy, random: RandomBelow, now: datetime
) -> Made:
    """A code asked for in this chat. The one before it ends here, so that exactly one is good."""
    assert account.person_id is not None
    # of two asking at once, the second ends the code of the first
    await session.execute(select(Person.id).where(Person.id == account.person_id).with_for_update())
    await end(session, account.person_id, now)
    code, expires = new_code(random), now + policy.link_lifetime
    row = LinkCode(
        code_hash=code_hash(code.replace("-", "")), person_id=account.person_id, account_id=account.id,
        created_at=now, expires_at=expires,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    audit.note(session, at=now, person_id=account.person_id, action="link.make", object=f"account:{account.id}")
    return Made(code, expires)


async def end(session: AsyncSession, person_id: int, now: datetime) -> None:
    """No code that somebody asked for lets a chat in any more."""
    mine = update(LinkCode).where(LinkCode.person_id == person_id, LinkCode.used_at.is_(None))
    live = mine.where(LinkCode.expires_at > now).values(expires_at=now)
    await session.execute(live.execution_options(synchronize_session=False))


async def by_hash(session: AsyncSession, hashed: str, now: datetime) -> Offered | Refusal | None:
    """What a typed code offers; None when it is no such code. A no is returned: link.expired, link.used."""
    known = select(LinkCode).where(LinkCode.code_hash == hashed).execution_options(populate_existing=True)
    return await _offered(session, await session.scalar(known), now)


async def by_number(session: AsyncSession, code_id: int, now: datetime) -> Offered | Refusal | None:
    """The same for a code that was typed before and is asked about since."""
    return await _offered(session, await session.get(LinkCode, code_id, populate_existing=True), now)


async def _offered(session: AsyncSession, row: LinkCode | None, now: datetime) -> Offered | Refusal | None:
    if row is None:
        return None
    if spent := why_spent(row.expires_at, None, int(row.used_at is None), now):
        return Refusal(f"link.{spent}")
    person = await session.get_one(Person, row.person_id)
    return Offered(row, person)


async def take(session: AsyncSession, row: LinkCode, account: Account, now: datetime) -> bool:
    """Use the code up. Compare and set in one statement: of many chats at once exactly one gets in."""
    taken = await session.scalar(
        update(LinkCode)
        .where(LinkCode.id == row.id, LinkCode.used_at.is_(None), LinkCode.expires_at > now)
        .values(used_at=now, used_by=account.id)
        .returning(LinkCode.id)
        .execution_options(synchronize_session=False)
    )
    return taken is not None


async def forget(session: AsyncSession, person_id: int) -> None:
    """Nothing is left of the codes that somebody asked for."""
    mine = delete(LinkCode).where(LinkCode.person_id == person_id)
    await session.execute(mine.execution_options(synchronize_session=False))
