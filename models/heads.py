"""Who files for many units at once, and where to write to each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, Select, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.chats import LAST_USED
from models.owings import WRITERS
from models.people import is_current
from models.rules.permissions import ADMINISTRATOR, COORDINATOR, SECRETARY, TEAM_WRITERS
from models.tables import Account, HandOver, Person, Role, Talk

KINDS_FIRST = (*TEAM_WRITERS, COORDINATOR)  # the leader before those who write with them


@dataclass(frozen=True, slots=True)
class Address:
    """One chat of somebody; `reachable` until the channel refuses."""

    account_id: int
    channel: str
    address: str
    reachable: bool


@dataclass(slots=True)
class Head:
    """Somebody who may file for a unit, with all their chats, the one used last at the end."""

    person_id: int
    name: str
    kind: str
    addresses: list[Address] = field(default_factory=list)

    @property
    def address(self) -> Address | None:
        """Where to write to: the reachable chat used last, as `models.chats.written_to` finds it for one person."""
        return next((each for each in reversed(self.addresses) if each.reachable), None)


async def heads_of_units(
    session: AsyncSession, now: datetime, unit_ids: Sequence[int] | Select[int]
) -> dict[int, list[Head]]:
    """By unit, whoever files for it, the leader first: one statement for thousands of units.

    Whoever has said that they are no longer in charge is left out; the office above looks for a successor.
    """
    given_up = exists().where(
        HandOver.unit_id == Role.unit_id, HandOver.from_person == Role.person_id, HandOver.state == "open"
    )
    found = await _holders(session, now, Role.unit_id.in_(unit_ids), Role.kind.in_(WRITERS), ~given_up)
    return {unit_id: sorted(heads, key=lambda head: KINDS_FIRST.index(head.kind)) for unit_id, heads in found.items()}


async def secretaries(
    session: AsyncSession, unit_ids: Sequence[int] | Select[int], now: datetime
) -> dict[int, list[Head]]:
    """By unit, the secretaries responsible for it (Bí thư phụ trách), longest there first: told before others."""
    return await _holders(session, now, Role.unit_id.in_(unit_ids), Role.kind == SECRETARY)


async def officials(
    session: AsyncSession, unit_ids: Sequence[int] | Select[int], now: datetime
) -> dict[int, list[Head]]:
    """By unit, its coordinators and administrators, longest there first."""
    return await _holders(session, now, Role.unit_id.in_(unit_ids), Role.kind.in_((COORDINATOR, ADMINISTRATOR)))


async def _holders(session: AsyncSession, now: datetime, *conditions: ColumnElement[bool]) -> dict[int, list[Head]]:
    """By unit, whoever holds such a role in it now."""
    statement = (
        select(
            Role.unit_id,
            Role.kind,
            Person.id,
            Person.name,
            Account.id.label("account_id"),
            Account.channel,
            Account.address,
            Account.unreachable,
        )
        .join(Person, Person.id == Role.person_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .outerjoin(Talk, Talk.account_id == Account.id)
        .where(*conditions, is_current(now), Person.erased_at.is_(None))
        .order_by(Role.id, LAST_USED, Account.id)
    )
    found: dict[int, dict[int, Head]] = {}
    for row in await session.execute(statement):
        heads = found.setdefault(row.unit_id, {})
        head = heads.setdefault(row.id, Head(row.id, row.name, row.kind))
        known = {each.account_id for each in head.addresses}  # two roles in one unit bring every chat twice
        if row.account_id is not None and row.account_id not in known:
            head.addresses.append(Address(row.account_id, row.channel, row.address, not row.unreachable))
    return {unit_id: list(heads.values()) for unit_id, heads in found.items()}
