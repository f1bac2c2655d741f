"""People, their chat identities and their roles."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, chats, scopes
from models.insertion import insert_once
from models.rules.membership import HEADS, head_kinds
from models.rules.names import folded_name, tidy_name
from models.rules.permissions import Actor
from models.scopes import EVERYTHING, Scope
from models.tables import Account, Person, Role, Talk, Unit

NEVER_OPENED = "never opened"  # why an account is unreachable whose holder is expected but has not written yet
SEEN_EVERY = timedelta(minutes=10)  # how exactly we know when somebody last wrote: not worth a write per message


@dataclass(frozen=True, slots=True)
class Membership:
    """One current role with its holder and its unit."""

    role: Role
    person: Person
    unit: Unit


Known = Sequence[Any]  # account, talk and person, once for each role held; nothing for a stranger


async def meet(
    session: AsyncSession, channel: str, address: str, name: str, now: datetime, known: Known = ()
) -> tuple[Account, Person | None, Actor, Talk]:
    """Who is speaking, what they may do, and where their talk stands; a new chat is written down.

    `known`: what `known_in` read of this chat in this same transaction; else it is asked.

    The hot path: one statement for whoever has been here before.
    """
    found = known or await _known(session, channel, address, now)
    if not found:
        await _write_down(session, channel, address, name, now)
        found = await _known(session, channel, address, now)
    account, talk, person = found[0][:3]
    _refresh(account, name, now)
    if person is None:
        return account, None, Actor(None), talk
    return account, person, Actor(person.id, await scopes.held_by(session, [row[3:] for row in found], now)), talk


async def account_id(session: AsyncSession, channel: str, address: str) -> int | None:
    return await session.scalar(select(Account.id).where(Account.channel == channel, Account.address == address))


async def _known(session: AsyncSession, channel: str, address: str, now: datetime) -> Sequence[Any]:
    """Account, talk and person, once for each role held now; no row for a stranger."""
    return (await session.execute(_KNOWN, {"channel": channel, "address": address, "now": now})).all()


async def known_in(
    session: AsyncSession, channel: str, addresses: Collection[str], now: datetime
) -> dict[str, list[Any]]:
    """What is known of many chats at once, by address, for `meet`."""
    found: dict[str, list[Any]] = {}
    for row in await session.execute(_KNOWN_MANY, {"channel": channel, "addresses": list(addresses), "now": now}):
        found.setdefault(row[0].address, []).append(row)
    return found


async def _write_down(session: AsyncSession, channel: str, address: str, name: str, now: datetime) -> None:
    values = {"channel": channel, "address": address, "name": tidy_name(name), "seen_at": now}
    await insert_once(session, Account, values)
    account_id = await session.scalar(select(Account.id).where(Account.channel == channel, Account.address == address))
    assert account_id is not None
    await insert_once(session, Talk, {"account_id": account_id, "updated_at": now})


def _refresh(account: Account, name: str, now: datetime) -> None:
    if name != account.name:
        account.name = tidy_name(name) or account.name
    if account.unreachable:  # whoever writes to us can be written to
        account.unreachable = ""
    if now - account.seen_at >= SEEN_EVERY:
        account.seen_at = now


def is_current(now: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    """The condition that a role holds at `now`."""
    return or_(Role.until.is_(None), Role.until > now)


# asked at every turn, so built once: building it costs more than carrying it out
_ROLE = (Role.kind, Role.unit_id, Role.group_id, Role.field)
_KNOWN_ALL = (
    select(Account, Talk, Person, *_ROLE, Unit.path)
    .join(Talk, Talk.account_id == Account.id)
    .outerjoin(Person, Person.id == Account.person_id)
    .outerjoin(Role, and_(Role.person_id == Person.id, is_current(bindparam("now"))))
    .outerjoin(Unit, Unit.id == Role.unit_id)
    .where(Account.channel == bindparam("channel"))
    .order_by(Role.id)
)
_KNOWN = _KNOWN_ALL.where(Account.address == bindparam("address"))
_KNOWN_MANY = _KNOWN_ALL.where(Account.address.in_(bindparam("addresses", expanding=True)))


async def actor_of(session: AsyncSession, person_id: int, now: datetime) -> Actor:
    """The person with every role they hold now, in the order they were granted."""
    rows = await session.execute(
        select(*_ROLE, Unit.path)
        .join(Unit, Unit.id == Role.unit_id)
        .where(Role.person_id == person_id, is_current(now))
        .order_by(Role.id)
    )
    return Actor(person_id, await scopes.held_by(session, rows.all(), now))


async def find(session: AsyncSession, person_id: int) -> Person | None:
    return await session.get(Person, person_id)


async def account_of(session: AsyncSession, person_id: int) -> Account | None:
    """Where to write to somebody: the reachable account they used last; None when there is none."""
    return await chats.written_to(session, person_id)


async def people_with_role(
    session: AsyncSession, unit_ids: Sequence[int], kinds: Sequence[str], now: datetime
) -> list[Person]:
    """Whoever holds one of these roles in one of these very units now, each person once, longest there first."""
    held = [each.person for each in await memberships(session, unit_ids, kinds, now)]
    return list({person.id: person for person in held}.values())


async def memberships(
    session: AsyncSession, unit_ids: Sequence[int], kinds: Sequence[str] | None, now: datetime
) -> list[Membership]:
    """The current roles in these very units, of these kinds (None: of any), longest held first."""
    statement = (
        select(Role, Person, Unit)
        .join(Person, Person.id == Role.person_id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(Role.unit_id.in_(unit_ids), is_current(now))
        .order_by(Role.id)
    )
    if kinds is not None:
        statement = statement.where(Role.kind.in_(kinds))
    return [Membership(*row) for row in await session.execute(statement)]


async def membership(session: AsyncSession, role_id: int, now: datetime) -> Membership | None:
    """One role, when it is still held."""
    statement = (
        select(Role, Person, Unit)
        .join(Person, Person.id == Role.person_id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(Role.id == role_id, is_current(now))
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Membership(*row)


async def heads_of(session: AsyncSession, unit: Unit, now: datetime) -> list[Person]:
    """Whoever answers for the unit: its leaders or coordinators."""
    return await people_with_role(session, [unit.id], head_kinds(unit.kind), now)


async def heads_above(session: AsyncSession, unit: Unit, now: datetime, but: int) -> list[Person]:
    """Whoever answers for the unit, `but` left out; when there is nobody else, whoever does for the next unit above."""
    ids = [int(part) for part in unit.path.strip("/").split("/")]
    held = await memberships(session, ids, HEADS, now)
    for unit_id in reversed(ids):
        kinds = head_kinds(unit.kind) if unit_id == unit.id else head_kinds("")
        people = {
            each.person.id: each.person
            for each in held
            if each.unit.id == unit_id and each.role.kind in kinds and each.person.id != but
        }
        if people:
            return list(people.values())
    return []


async def lock_heads(session: AsyncSession, unit: Unit, now: datetime) -> int:
    """How many people answer for the unit; others who would change that wait until this transaction ends."""
    await session.execute(select(Unit.id).where(Unit.id == unit.id).with_for_update())
    return len(await heads_of(session, unit, now))


async def has_administrator(session: AsyncSession, now: datetime) -> bool:
    statement = select(Role.id).where(Role.kind == "administrator", is_current(now)).limit(1)
    return await session.scalar(statement) is not None


async def count_people(session: AsyncSession, path: str, now: datetime) -> int:
    """How many people with a role in the subtree at `path` have ever opened the bot."""
    statement = (
        select(func.count(func.distinct(Role.person_id)))
        .join(Unit, Unit.id == Role.unit_id)
        .join(Account, and_(Account.person_id == Role.person_id, Account.unreachable != NEVER_OPENED))
        .where(Unit.path >= path, Unit.path < path[:-1] + "0", is_current(now))
    )
    return await session.scalar(statement) or 0


async def introduce(session: AsyncSession, account: Account, now: datetime) -> Person:
    """The person behind an account, written down on first need under the name the channel tells."""
    if account.person_id is not None:
        person = await session.get(Person, account.person_id)
        if person is not None:
            return person
    name = tidy_name(account.name)
    person = Person(name=name, name_folded=folded_name(name), created_at=now)
    session.add(person)
    await session.flush()
    account.person_id = person.id
    return person


async def rename(session: AsyncSession, person: Person, name: str, now: datetime) -> None:
    """Call somebody by the name they gave, already tidied."""
    person.name, person.name_folded = name, folded_name(name)
    audit.note(session, at=now, person_id=person.id, action="person.rename", object=f"person:{person.id}")


async def grant(
    session: AsyncSession,
    person_id: int,
    unit_id: int,
    kind: str,
    *,
    by: int | None,
    now: datetime,
    scope: Scope = EVERYTHING,
) -> tuple[Role, bool]:
    """Give a role. Returns it, and whether it is new: one already held (in this scope) is left as it is."""
    held = await held_role(session, person_id, unit_id, kind, now, scope)
    if held is not None:
        return held, False
    role = Role(
        person_id=person_id,
        unit_id=unit_id,
        kind=kind,
        group_id=scope.group_id,
        field=scope.field,
        since=now,
        granted_by=by,
    )
    session.add(role)
    await session.flush()
    detail = {"role": kind, "person": person_id}
    audit.note(
        session, at=now, person_id=by, action="role.grant", object=f"role:{role.id}", unit_id=unit_id, detail=detail
    )
    return role, True


async def held_role(
    session: AsyncSession, person_id: int, unit_id: int, kind: str, now: datetime, scope: Scope = EVERYTHING
) -> Role | None:
    """The role of this kind and scope that somebody holds in this very unit."""
    statement = select(Role).where(
        Role.person_id == person_id,
        Role.unit_id == unit_id,
        Role.kind == kind,
        Role.group_id.is_(None) if scope.group_id is None else Role.group_id == scope.group_id,
        Role.field == scope.field,
        is_current(now),
    )
    return await session.scalar(statement.limit(1))


async def end_role(session: AsyncSession, role: Role, *, by: int | None, now: datetime) -> None:
    """End a role now; what was done in it stays."""
    role.until = now
    detail = {"role": role.kind, "person": role.person_id}
    audit.note(
        session,
        at=now,
        person_id=by,
        action="role.end",
        object=f"role:{role.id}",
        unit_id=role.unit_id,
        detail=detail,
    )
