"""Hand-overs of units to be found: who gives what to whom, who may receive, and for whom nobody answers any more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models import people, units
from models.rules.handovers import LIVE, handed_role
from models.rules.membership import HEADS
from models.rules.names import is_person_name
from models.rules.permissions import LEADER
from models.tables import Account, HandOver, Person, Role, Team, Unit


@dataclass(frozen=True, slots=True)
class Transfer:
    """A hand-over with its unit and its people; `receiver` is None until somebody is named or has taken the code."""

    row: HandOver
    unit: Unit
    giver: Person
    receiver: Person | None

    @property
    def facts(self) -> dict[str, Any]:
        """As the texts word it. Whoever took a code is called nothing until they have said their name."""
        named = self.receiver is not None and is_person_name(self.receiver.name)
        return {
            "unit": self.unit.name,
            "role": self.row.role,
            "giver": self.giver.name,
            "receiver": self.receiver.name if self.receiver is not None and named else "",
            "by_code": not named and self.row.invitation_id is not None,
            "day": self.row.on_day,
            "stays": self.row.stays,
            "state": self.row.state,
        }


def asked(*conditions: ColumnElement[bool]) -> Select[HandOver, Unit, Person, Person]:
    """The question for hand-overs with all that makes a `Transfer`, oldest first."""
    giver, receiver = aliased(Person), aliased(Person)
    return (
        select(HandOver, Unit, giver, receiver)
        .join(Unit, Unit.id == HandOver.unit_id)
        .join(giver, giver.id == HandOver.from_person)
        .outerjoin(receiver, receiver.id == HandOver.to_person)
        .where(*conditions)
        .order_by(HandOver.id)
    )


async def find(session: AsyncSession, hand_over_id: int, *, lock: bool = False) -> Transfer | None:
    """A hand-over; with `lock` whoever else would change it waits until this transaction ends."""
    statement = asked(HandOver.id == hand_over_id)
    if lock:
        statement = statement.with_for_update(of=HandOver).execution_options(populate_existing=True)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Transfer(*row)


async def live_of(session: AsyncSession, unit_id: int) -> list[Transfer]:
    """The hand-overs of a unit that still wait for something."""
    rows = await session.execute(asked(HandOver.unit_id == unit_id, HandOver.state.in_(LIVE)))
    return [Transfer(*row) for row in rows]


async def waiting_for(session: AsyncSession, person_id: int) -> Transfer | None:
    """The hand-over that has waited longest for this person's word."""
    rows = await session.execute(asked(HandOver.to_person == person_id, HandOver.state == "asked"))
    return next((Transfer(*row) for row in rows), None)


async def by_code(session: AsyncSession, invitation_id: int) -> Transfer | None:
    """The hand-over whose code this invitation is, while the code may still be taken."""
    waits = (HandOver.invitation_id == invitation_id, HandOver.state == "asked", HandOver.to_person.is_(None))
    row = (await session.execute(asked(*waits))).one_or_none()
    return None if row is None else Transfer(*row)


async def candidates(session: AsyncSession, unit: Unit, giver_id: int, now: datetime) -> list[Person]:
    """Who is in the unit, can be written to, and does not answer for it yet: longest there first."""
    reachable = exists().where(Account.person_id == Person.id, Account.unreachable == "")
    others = aliased(Role)
    is_head = exists().where(
        others.person_id == Person.id,
        others.unit_id == unit.id,
        others.kind == handed_role(unit.kind),
        or_(others.until.is_(None), others.until > now),
    )
    statement = (
        select(Person)
        .join(Role, Role.person_id == Person.id)
        .where(Role.unit_id == unit.id, people.is_current(now), Person.id != giver_id, reachable, ~is_head)
        .order_by(Role.id)
    )
    return list(dict.fromkeys(await session.scalars(statement)))


async def headless(
    session: AsyncSession, unit: Unit, now: datetime, offset: int = 0, limit: int | None = None
) -> list[Unit]:
    """The units below for which nobody answers any more: teams without a leader, and whoever has said so."""
    statement = select(Unit).where(*_headless(unit, now)).order_by(Unit.name_folded, Unit.id)
    return list(await session.scalars(statement.offset(offset).limit(limit)))


async def count_headless(session: AsyncSession, unit: Unit, now: datetime) -> int:
    """How many `headless` there are."""
    return await session.scalar(select(func.count(Unit.id)).where(*_headless(unit, now))) or 0


def _headless(unit: Unit, now: datetime) -> tuple[ColumnElement[bool], ...]:
    led = exists().where(Role.unit_id == Unit.id, Role.kind == LEADER, people.is_current(now))
    unsettled = exists().where(Team.unit_id == Unit.id, Team.state != "confirmed")
    same_unit = Role.unit_id == HandOver.unit_id
    others = exists().where(same_unit, Role.kind.in_(HEADS), Role.person_id != HandOver.from_person)
    others = others.where(people.is_current(now))
    given_up = exists().where(HandOver.unit_id == Unit.id, HandOver.state == "open", ~others)
    left_alone = and_(Unit.kind == "team", ~led, ~unsettled)
    return units.below(unit.path), Unit.id != unit.id, Unit.closed_on.is_(None), or_(left_alone, given_up)
