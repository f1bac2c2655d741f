"""Which units are in which groups on one day, and what follows for all that lies below them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.groups import holds_on, order
from models.rules.groups import Tie, groups_over
from models.rules.trees import ids_of
from models.tables import Group, GroupUnit, Unit
from models.trees import pasts_after
from models.units import below


@dataclass(frozen=True, slots=True)
class Ties:
    """The memberships of a day in a subtree. `groups` stand in their order.

    `names`: of the units in them, as they were called then. `places`: where those units of the tree stood then that
    have been moved since. `above`: the units above the subtree, whose groups it sees only a part of.
    """

    groups: Mapping[int, Group]
    by_unit: Mapping[int, Sequence[Tie]]
    names: Mapping[int, str]
    places: Mapping[int, str]
    above: frozenset[int]

    def own(self) -> list[Group]:
        """The groups of which the subtree holds all units."""
        return [group for group in self.groups.values() if group.unit_id not in self.above]

    def over(self, unit_id: int, path: str) -> tuple[Group, ...]:
        """The groups in which a unit counts that is at `path` today."""
        return tuple(self.groups[group_id] for group_id in groups_over(self._place(unit_id, path), self.by_unit))

    def members(self, group: Group) -> list[int]:
        """The units that are in the group themselves, by name."""
        found = [unit_id for unit_id, many in self.by_unit.items() if any(tie.group_id == group.id for tie in many)]
        return sorted(found, key=lambda unit_id: (self.names[unit_id], unit_id))

    def member_over(self, group: Group, unit_id: int, path: str) -> int:
        """By which of its units something at `path` today is in the group: the nearest."""
        place = reversed(ids_of(self._place(unit_id, path)))
        return next(each for each in place if any(tie.group_id == group.id for tie in self.by_unit.get(each, ())))

    def _place(self, unit_id: int, path: str) -> str:
        return self.places.get(unit_id, path)


async def ties(session: AsyncSession, path: str, day: date) -> Ties:
    """The memberships on a day of the units in the subtree at `path` ("/": of all), and of the units above it."""
    ids = ids_of(path)
    within = [or_(below(path), Unit.id.in_(ids))] if ids else []
    statement = (
        select(Unit.id, Unit.name, Group)
        .join(GroupUnit, GroupUnit.unit_id == Unit.id)
        .join(Group, Group.id == GroupUnit.group_id)
        .where(holds_on(day), *within)
    )
    groups: dict[int, Group] = {}
    by_unit: dict[int, list[Tie]] = {}
    names: dict[int, str] = {}
    rows = [(unit_id, name, group) for unit_id, name, group in await session.execute(statement)]
    for unit_id, name, group in sorted(rows, key=lambda row: order(row[2])):
        groups[group.id], names[unit_id] = group, name
        by_unit.setdefault(unit_id, []).append(Tie(group.id, group.unit_id, group.kind))
    pasts = await pasts_after(session, day) if groups else {}
    names |= {unit_id: pasts[unit_id].name for unit_id in names if unit_id in pasts}
    places = {unit_id: past.path for unit_id, past in pasts.items()}
    return Ties(groups, by_unit, names, places, frozenset(ids[:-1]))
