"""The board of a period by groups: how far each cluster and block is, its units one by one, and who is in no cluster.

Groups are those of the period's last day, and so is the tree in which their units stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.board import Branch, Counts, count, worst_first
from models.branches import boughs
from models.groups import order
from models.owings import Owing
from models.people import is_current
from models.rules.groups import BLOCK, CLUSTER
from models.rules.permissions import OFFICER
from models.tables import Group, PeriodRow, Role, Unit
from models.ties import ties


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group with what the units in it owe; `units`: how many are in it."""

    group: Group
    units: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class GroupBoard:
    """The groups of an office in a period, clusters before blocks.

    `outside` counts the units in none of the clusters (in none of the blocks where there are no clusters): each unit
    of the office counts in one cluster or there, once. `kind`: of which kind that is; empty where there is no group.
    `owings`: all of the office, in a group or not.
    """

    lines: tuple[GroupLine, ...]
    outside: tuple[Branch, ...]
    kind: str
    owings: tuple[Owing, ...]

    @property
    def outside_counts(self) -> Counts:
        return count(owing for branch in self.outside for owing in branch.owings)


async def group_board(session: AsyncSession, owner: Unit, period: PeriodRow, now: datetime) -> GroupBoard:
    """The board of a period by the groups of an office."""
    tied = await ties(session, owner.path, period.ends_on)
    own = [group for group in tied.groups.values() if group.unit_id == owner.id]
    kind = CLUSTER if any(group.kind == CLUSTER for group in own) else BLOCK if own else ""
    settled = {group.id for group in own if group.kind == kind}
    inside: dict[int, list[Owing]] = {group.id: [] for group in own}
    outside: list[Branch] = []
    owings: list[Owing] = []
    for bough in await boughs(session, now, period_id=period.id, path=owner.path):
        owings += bough.owings
        loose = []
        for owing in bough.owings:
            found = [group.id for group in tied.over(owing.unit_id, owing.unit_path) if group.id in inside]
            for group_id in found:
                inside[group_id].append(owing)
            if not settled.intersection(found):
                loose.append(owing)
        if loose:
            outside.append(Branch(bough.unit_id, bough.name, bough.path, count(loose), tuple(loose)))
    lines = tuple(GroupLine(group, len(tied.members(group)), count(inside[group.id])) for group in own)
    return GroupBoard(lines, tuple(sorted(outside, key=worst_first)), kind, tuple(owings))


async def units_board(
    session: AsyncSession, group: Group, owner: Unit, period: PeriodRow, now: datetime
) -> list[Branch]:
    """The units of a group in a period with what lies below each, the one with the largest share owed first."""
    tied = await ties(session, owner.path, period.ends_on)
    found: dict[int, list[Owing]] = {unit_id: [] for unit_id in tied.members(group)}
    for bough in await boughs(session, now, period_id=period.id, path=owner.path):
        for owing in bough.owings:
            if group in tied.over(owing.unit_id, owing.unit_path):
                found[tied.member_over(group, owing.unit_id, owing.unit_path)].append(owing)
    paths = await session.execute(select(Unit.id, Unit.path).where(Unit.id.in_(list(found))))
    branches = [
        Branch(unit_id, tied.names[unit_id], path, count(found[unit_id]), tuple(found[unit_id]))
        for unit_id, path in paths
    ]
    return sorted(branches, key=worst_first)


async def looked_after(session: AsyncSession, person_id: int, now: datetime) -> list[Group]:
    """The groups to which somebody's roles as an officer are limited."""
    statement = (
        select(Group)
        .join(Role, Role.group_id == Group.id)
        .where(Role.person_id == person_id, Role.kind == OFFICER, is_current(now), Group.closed_on.is_(None))
    )
    return sorted(set(await session.scalars(statement)), key=order)
