"""What a person may ask of us: to leave a unit, to be forgotten (Law 91/2025/QH15, Art. 4)."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    audit,
    chats,
    guide_work,
    handovers,
    invitations,
    link_codes,
    mutes,
    own_announcements,
    people,
    questions,
    rosters,
    section_requests,
    snoozes,
    visits,
)
from models.people import Membership
from models.rules import Refusal
from models.rules.membership import head_kinds
from models.rules.permissions import ADMINISTRATOR
from models.tables import (
    Account,
    Inbox,
    Invitation,
    Outbox,
    Person,
    Role,
    Unit,
)


@dataclass(frozen=True, slots=True)
class Known:
    """Who somebody is to us: their name, the roles they hold now, the chats they write from."""

    person: Person
    roles: tuple[Membership, ...]
    accounts: tuple[Account, ...]


async def known(session: AsyncSession, person_id: int, now: datetime) -> Known:
    person = await session.get_one(Person, person_id)
    return Known(
        person, tuple(await roles_of(session, person_id, now)), tuple(await chats.of_person(session, person_id))
    )


async def roles_of(session: AsyncSession, person_id: int, now: datetime) -> list[Membership]:
    """The roles somebody holds now, longest held first."""
    statement = (
        select(Role, Person, Unit)
        .join(Person, Person.id == Role.person_id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(Role.person_id == person_id, people.is_current(now))
        .order_by(Role.id)
    )
    return [Membership(*row) for row in await session.execute(statement)]


async def role_of(session: AsyncSession, person_id: int, role_id: int, now: datetime) -> Membership | None:
    """One role, when this very person still holds it."""
    held = await people.membership(session, role_id, now)
    return held if held is not None and held.person.id == person_id else None


# --- to leave -------------------------------------------------------------------------------------------------------


async def is_last_head(session: AsyncSession, held: Membership, now: datetime) -> bool:
    """Whether an open unit would be left to nobody without this role; administrators are counted by themselves."""
    kinds = head_kinds(held.unit.kind)
    if held.role.kind not in kinds or held.unit.closed_on is not None:
        return False
    alike = (ADMINISTRATOR,) if held.role.kind == ADMINISTRATOR else kinds
    answering = await people.memberships(session, [held.unit.id], alike, now)
    return all(each.role.id == held.role.id for each in answering)


async def leave(session: AsyncSession, person_id: int, role_id: int, now: datetime) -> Membership | None:
    """Give up a role of one's own; None when it is no longer held. Raises Refusal account.last_head (`unit`)."""
    held = await role_of(session, person_id, role_id, now)
    if held is None:
        return None
    # of two heads leaving at once the second sees that the first has gone
    await people.lock_heads(session, held.unit, now)
    if await role_of(session, person_id, role_id, now) is None:
        return None
    if await is_last_head(session, held, now):
        raise Refusal("account.last_head", unit=held.unit.name)
    await people.end_role(session, held.role, by=person_id, now=now)
    await session.flush()
    return held


async def units_left_alone(session: AsyncSession, person_id: int, now: datetime) -> list[Unit]:
    """The open units that nobody else answers for."""
    mine = {each.unit.id: each.unit for each in await roles_of(session, person_id, now)}
    alone = []
    for unit in mine.values():
        heads = [person.id for person in await people.heads_of(session, unit, now)]
        if heads == [person_id] and unit.closed_on is None:
            alone.append(unit)
    return alone


# --- to be forgotten ------------------------------------------------------------------------------------------------


async def erase(session: AsyncSession, person_id: int, *, event: tuple[str, str], now: datetime) -> None:
    """Forget a person, whole, in this transaction. Reports and the audit keep the bare number.

    `event` is (channel, event id) of the message that asked for it: it and all before it in that chat are emptied too.
    """
    person = await session.get_one(Person, person_id, with_for_update=True)
    await handovers.forget(session, person_id, now)
    await section_requests.forget(session, person_id, now)
    await visits.forget(session, person_id, now)
    await questions.forget(session, person_id, now)
    await guide_work.forget(session, person_id)
    await own_announcements.forget(session, person_id, now)
    for held in await roles_of(session, person_id, now):
        await people.end_role(session, held.role, by=person_id, now=now)
    made = select(Invitation).where(Invitation.created_by == person_id, Invitation.revoked_at.is_(None))
    for invitation in await session.scalars(made):
        await invitations.revoke(session, invitation, by=person_id, now=now)
    accounts = await chats.of_person(session, person_id)
    persons = [person, *await session.scalars(select(Person).where(Person.merged_into == person_id))]
    names = [*(each.name for each in persons), *(each.name for each in accounts)]
    for name in set(names) - {""}:
        await _take_name_out(session, person_id, name)
    handled = await session.scalar(select(Inbox.id).where(Inbox.channel == event[0], Inbox.event_id == event[1]))
    for account in accounts:
        await chats.empty(session, account, handled or 0 if account.channel == event[0] else 0, now)
        account.person_id, account.name = None, ""
    await chats.clear_talks(session, [account.id for account in accounts], now)
    await rosters.forget(session, person_id)
    await snoozes.forget(session, person_id)
    await link_codes.forget(session, person_id)
    await mutes.forget(session, [each.id for each in persons])
    for each in persons:
        each.name, each.name_folded, each.erased_at = "", "", now
    audit.note(session, at=now, person_id=person_id, action="person.erase", object=f"person:{person_id}")
    await session.flush()


async def _take_name_out(session: AsyncSession, person_id: int, name: str) -> None:
    """Put the bare number in place of the name in messages to others: people of the same units and of those above."""
    paths = select(Unit.path).join(Role, Role.unit_id == Unit.id).where(Role.person_id == person_id)
    around = {int(part) for path in await session.scalars(paths) for part in path.strip("/").split("/")}
    chats = (
        select(Account.channel, Account.address)
        .join(Role, Role.person_id == Account.person_id)
        .where(Role.unit_id.in_(around), Account.person_id != person_id)
        .distinct()
    )
    written, number = json.dumps(name), json.dumps(f"#{person_id}")
    for channel, address in (await session.execute(chats)).all():
        owed = select(Outbox.id, Outbox.body).where(Outbox.channel == channel, Outbox.address == address)
        for row_id, body in (await session.execute(owed)).all():
            if written in (packed := json.dumps(body)):
                bare = json.loads(packed.replace(written, number))
                changed = update(Outbox).where(Outbox.id == row_id).values(body=bare)
                await session.execute(changed.execution_options(synchronize_session=False))
