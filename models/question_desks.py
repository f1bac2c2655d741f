"""Who answers questions (hỏi đáp): the offices above whoever asks that have somebody the bot can write to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import units
from models.people import is_current
from models.rules.permissions import OFFICE_ROLES
from models.rules.trees import ids_of
from models.tables import Account, Person, Question, Role, Unit


@dataclass(frozen=True, slots=True)
class Desk:
    """An office with the people there who answer questions and can be written to; perhaps nobody."""

    unit: Unit
    people: tuple[int, ...] = ()


async def desks_from(session: AsyncSession, unit: Unit, now: datetime, but: int | None) -> list[Desk]:
    """The offices from the unit up that have somebody for questions, the nearest first.

    `but`: who asks; nobody is asked their own question. An officer of one group, or of one field of the reports, is
    not counted: a question belongs to neither.
    """
    ids = ids_of(unit.path)
    reachable = exists().where(Account.person_id == Role.person_id, Account.unreachable == "")
    statement = (
        select(Unit, Role.person_id)
        .join(Role, Role.unit_id == Unit.id)
        .join(Person, Person.id == Role.person_id)
        .where(Unit.id.in_(ids), Unit.closed_on.is_(None), Role.kind.in_(OFFICE_ROLES), is_current(now), reachable)
        .where(Role.group_id.is_(None), Role.field == "", Person.erased_at.is_(None))
        .order_by(Role.id)
    )
    found: dict[int, tuple[Unit, list[int]]] = {}
    for office, person_id in await session.execute(statement):
        if person_id != but:
            found.setdefault(office.id, (office, []))[1].append(person_id)
    return [Desk(found[each][0], tuple(dict.fromkeys(found[each][1]))) for each in reversed(ids) if each in found]


async def top_desk(session: AsyncSession, unit: Unit) -> Desk:
    """The top of the tree, where a question waits that nobody can be asked yet."""
    top = await units.find(session, ids_of(unit.path)[0])
    assert top is not None
    return Desk(top)


async def desks_above(session: AsyncSession, question: Question, now: datetime) -> list[Desk]:
    """Where the question may go next, the nearest first: above the office that has it."""
    holder = await session.get_one(Unit, question.holder_id)
    found = await desks_from(session, holder, now, question.person_id)
    return [desk for desk in found if desk.unit.id != holder.id]


async def desk_of(session: AsyncSession, unit: Unit, now: datetime, but: int | None) -> Desk | None:
    """The very unit as a desk; None when nobody there can be asked."""
    found = await desks_from(session, unit, now, but)
    return found[0] if found and found[0].unit.id == unit.id else None
