"""What an officer's role is limited to (the units of one group, one field of the forms), and what roles reach by it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import groups
from models.programmes import Library
from models.rules.periods import local_day
from models.rules.permissions import Held
from models.tables import Group, Role
from models.zone import zone_of


@dataclass(frozen=True, slots=True)
class Scope:
    """The units of one group, or one field of the forms; or neither, and so everything that the role reaches."""

    group_id: int | None = None
    field: str = ""


EVERYTHING = Scope()


async def held_by(session: AsyncSession, rows: Sequence[Any], now: datetime) -> tuple[Held, ...]:
    """What rows of (kind, unit, group, field, path) hold: a role over a group once for each unit that is in it now.

    The groups are asked for only when such a role is among them: nobody else pays for a second statement.
    """
    group_ids = {row[2] for row in rows if row[2] is not None}
    members = await groups.member_paths(session, group_ids, local_day(now, zone_of(session))) if group_ids else []
    held: list[Held] = []
    for kind, unit_id, group_id, field, path in rows:
        if kind is None:
            continue
        if group_id is None:
            held.append(Held(kind, unit_id, path, field))
        else:
            within = (each for group, each in members if group == group_id and each.startswith(path))
            held += [Held(kind, int(each.rstrip("/").rpartition("/")[2]), each, field) for each in within]
    return tuple(held)


async def groups_held(session: AsyncSession, person_id: int, now: datetime) -> list[str]:
    """The names of the groups that somebody looks after now, whether or not a unit is in them."""
    statement = (
        select(Group.name)
        .join(Role, Role.group_id == Group.id)
        .where(Role.person_id == person_id, or_(Role.until.is_(None), Role.until > now))
        .order_by(Group.name_folded, Group.id)
    )
    return list(dict.fromkeys(await session.scalars(statement)))


async def fields_known(session: AsyncSession, library: Library) -> dict[str, str]:
    """The fields of all forms of the programmes in force, by code, with their labels."""
    return {
        field.code: field.label
        for _, programme in await library.current(session)
        for form in programme.forms
        for field in form.fields
    }


async def described(session: AsyncSession, library: Library, roles: Sequence[Role]) -> dict[int, str]:
    """By id of the role, the name of the group or field that it is limited to; only of roles that are."""
    group_ids = {role.group_id for role in roles if role.group_id is not None}
    names: dict[int, str] = {}
    if group_ids:
        rows = await session.execute(select(Group.id, Group.name).where(Group.id.in_(group_ids)))
        names = {group_id: name for group_id, name in rows}
    fields = await fields_known(session, library) if any(role.field for role in roles) else {}
    found = {role.id: names.get(role.group_id or 0) or fields.get(role.field, role.field) for role in roles}
    return {role_id: words for role_id, words in found.items() if words}
