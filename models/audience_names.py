"""An audience in names: what was chosen for an announcement, as its card says it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.audiences import Audience
from models.tables import Group, PeriodRow, Person, Role, Unit
from models.units import below


@dataclass(frozen=True, slots=True)
class Described:
    """An audience in names, for wording; what is not the office's to see has none.

    `office`: who speaks. `whole`: all of it is meant. `late`: the key of the period.
    """

    office: str = ""
    whole: bool = False
    units: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    late: str = ""
    people: tuple[str, ...] = ()
    but_units: tuple[str, ...] = ()
    but_groups: tuple[str, ...] = ()
    but_people: tuple[str, ...] = ()
    earlier: int = 0
    chats: bool = False

    def values(self) -> dict[str, Any]:
        """As the texts word it."""
        return asdict(self)


async def describe(session: AsyncSession, audience: Audience, unit: Unit) -> Described:
    """Everything chosen, by name; `unit`: the office that speaks."""
    period = await session.get(PeriodRow, audience.late) if audience.late else None
    owner = Group.unit_id.in_(select(Unit.id).where(below(unit.path)))
    inside = Person.id.in_(select(Role.person_id).join(Unit, Unit.id == Role.unit_id).where(below(unit.path)))
    return Described(
        office=unit.name,
        whole=unit.id in audience.units,
        units=await _names(session, Unit, audience.units, below(unit.path)),
        groups=await _names(session, Group, audience.groups, owner),
        kinds=audience.kinds,
        roles=audience.roles,
        late=period.key if period is not None else "",
        people=await _names(session, Person, audience.people, inside),
        but_units=await _names(session, Unit, audience.but_units, below(unit.path)),
        but_groups=await _names(session, Group, audience.but_groups, owner),
        but_people=await _names(session, Person, audience.but_people, inside),
        earlier=audience.earlier,
        chats=audience.chats,
    )


async def _names(
    session: AsyncSession, table: type[Unit | Group | Person], ids: Sequence[int], allowed: ColumnElement[bool]
) -> tuple[str, ...]:
    """The names of these, in the order chosen."""
    if not ids:
        return ()
    rows = await session.execute(select(table.id, table.name).where(table.id.in_(ids), allowed))
    known = {each: name for each, name in rows}
    return tuple(known[each] for each in ids if each in known)
