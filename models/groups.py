"""Groups across the tree: an office's clusters (Cụm thi đua) and blocks (khối), and which units are in them when."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.rules import Refusal
from models.rules.groups import KINDS, NAME_ROOM, Span, leave, place_in_list
from models.rules.names import folded_name
from models.tables import Group, GroupUnit, Unit


@dataclass(frozen=True, slots=True)
class Owned:
    """A group of an office; `units`: how many are in it on the day asked about."""

    group: Group
    units: int


@dataclass(frozen=True, slots=True)
class Membership:
    """A unit in a group, now or from a day to come."""

    span: GroupUnit
    unit: Unit


def holds_on(day: date) -> ColumnElement[bool]:
    """The condition that a membership counts on a day."""
    return and_(GroupUnit.since <= day, or_(GroupUnit.until.is_(None), GroupUnit.until > day))


def not_over(day: date) -> ColumnElement[bool]:
    """The condition that a membership counts on a day or will later; one of no day at all never does."""
    ends_later = and_(GroupUnit.until > day, GroupUnit.until > GroupUnit.since)
    return or_(GroupUnit.until.is_(None), ends_later)


def span_of(row: GroupUnit) -> Span:
    return Span(row.group_id, row.since, row.until, row.id)


async def find(session: AsyncSession, group_id: int) -> tuple[Group, Unit] | None:
    """A group with the office whose it is."""
    statement = select(Group, Unit).join(Unit, Unit.id == Group.unit_id).where(Group.id == group_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def owned(
    session: AsyncSession, unit_id: int, day: date, offset: int = 0, limit: int | None = None
) -> list[Owned]:
    """The groups of an office that are not closed, in their order."""
    units = select(func.count()).where(GroupUnit.group_id == Group.id, holds_on(day)).scalar_subquery()
    statement = select(Group, units).where(Group.unit_id == unit_id, Group.closed_on.is_(None))
    found = [Owned(*row) for row in await session.execute(statement)]
    found.sort(key=lambda each: order(each.group))
    return found[offset:] if limit is None else found[offset : offset + limit]


def order(group: Group) -> Any:
    """Sorts groups as people count them: clusters first, by name and number."""
    return place_in_list(group.kind, group.name_folded), group.id


async def members(session: AsyncSession, group_id: int, day: date) -> list[Membership]:
    """Who is in a group on a day or will be later, by name."""
    statement = (
        select(GroupUnit, Unit)
        .join(Unit, Unit.id == GroupUnit.unit_id)
        .where(GroupUnit.group_id == group_id, not_over(day))
        .order_by(Unit.name_folded, Unit.id, GroupUnit.since)
    )
    return [Membership(*row) for row in await session.execute(statement)]


async def units_of(session: AsyncSession, group_id: int, day: date) -> list[Unit]:
    """The units of a group on a day, by name."""
    statement = (
        select(Unit)
        .join(GroupUnit, GroupUnit.unit_id == Unit.id)
        .where(GroupUnit.group_id == group_id, holds_on(day))
        .order_by(Unit.name_folded, Unit.id)
    )
    return list(await session.scalars(statement))


async def groups_of_unit(session: AsyncSession, unit_id: int, day: date) -> list[Group]:
    """The groups in which the very unit is on a day, in their order."""
    statement = (
        select(Group).join(GroupUnit, GroupUnit.group_id == Group.id).where(GroupUnit.unit_id == unit_id, holds_on(day))
    )
    return sorted(await session.scalars(statement), key=order)


async def member_paths(session: AsyncSession, group_ids: Collection[int], day: date) -> list[tuple[int, str]]:
    """(group, path of a unit) for every unit of these groups on a day."""
    statement = (
        select(GroupUnit.group_id, Unit.path)
        .join(Unit, Unit.id == GroupUnit.unit_id)
        .where(GroupUnit.group_id.in_(group_ids), holds_on(day))
        .order_by(GroupUnit.group_id, Unit.path)
    )
    return [(group_id, path) for group_id, path in await session.execute(statement)]


async def make(session: AsyncSession, owner: Unit, kind: str, name: str, *, by: int | None, now: datetime) -> Group:
    """A new group of an office, or a closed one of that kind and name opened again.

    Raises Refusal group.name_taken (`name`, `unit`).
    """
    assert kind in KINDS
    await lock(session, owner.id)
    known = await _called(session, owner.id, name)
    if known is not None and (known.closed_on is None or known.kind != kind):
        raise Refusal("group.name_taken", name=known.name, unit=owner.name)
    group = known or Group(unit_id=owner.id, kind=kind, created_at=now, created_by=by)
    group.name, group.name_folded, group.closed_on = name, folded_name(name, NAME_ROOM), None
    session.add(group)
    await session.flush()
    _note(session, group, "group.reopen" if known else "group.make", by, now, name=name)
    return group


async def rename(session: AsyncSession, group: Group, owner: Unit, name: str, *, by: int, now: datetime) -> None:
    """Call a group otherwise. Raises Refusal group.name_taken (`name`, `unit`)."""
    await lock(session, owner.id)
    known = await _called(session, owner.id, name)
    if known is not None and known.id != group.id:
        raise Refusal("group.name_taken", name=known.name, unit=owner.name)
    _note(session, group, "group.rename", by, now, old=group.name, new=name)
    group.name, group.name_folded = name, folded_name(name, NAME_ROOM)
    await session.flush()


async def close(session: AsyncSession, group: Group, *, by: int, day: date, now: datetime) -> None:
    """End a group on `day`, with every membership in it; the periods before show it as it was."""
    await lock(session, group.unit_id)
    open_ones = select(GroupUnit).where(GroupUnit.group_id == group.id, not_over(day))
    for row in await session.scalars(open_ones):
        row.until = leave(span_of(row), day).until
    group.closed_on = day
    await session.flush()
    _note(session, group, "group.close", by, now, day=day.isoformat())


async def lock(session: AsyncSession, owner_id: int) -> None:
    """Whoever else would change the groups of this office waits until this transaction ends."""
    await session.execute(select(Unit.id).where(Unit.id == owner_id).with_for_update())


async def _called(session: AsyncSession, owner_id: int, name: str) -> Group | None:
    folded = folded_name(name, NAME_ROOM)
    return await session.scalar(select(Group).where(Group.unit_id == owner_id, Group.name_folded == folded))


def _note(session: AsyncSession, group: Group, action: str, by: int | None, now: datetime, **detail: str) -> None:
    audit.note(
        session,
        at=now,
        person_id=by,
        action=action,
        object=f"group:{group.id}",
        unit_id=group.unit_id,
        detail=dict(detail),
    )
