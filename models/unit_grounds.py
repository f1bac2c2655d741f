"""The units that a change is about: read once, checked, and who would follow whom."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import trees, units
from models.rules import Refusal
from models.rules.names import UNIT_ROOM, folded_name
from models.rules.periods import local_day
from models.rules.trees import Node
from models.rules.unit_change_limits import check
from models.rules.unit_changes import CLOSE, MERGE, RENAME, SPLIT, Plan
from models.tables import Unit, UnitChange
from models.unit_heirs import Estate
from models.zone import zone_of


@dataclass(frozen=True, slots=True)
class Ground:
    """The units that a plan is about: as the database has them, and as the rules see them."""

    plan: Plan
    units: dict[int, Unit]
    tree: dict[int, Node]

    @property
    def first(self) -> Unit:
        return self.units[self.plan.units[0]]

    @property
    def under(self) -> Unit | None:
        """Where new units are made."""
        return self.units.get(self.plan.under or self.first.parent_id or 0)


async def ground_of(session: AsyncSession, plan: Plan, *, lock: bool = False) -> Ground:
    """The units named, all that lies below those changed, and the parents under which new ones are made."""
    named = list(await session.scalars(select(Unit).where(Unit.id.in_(plan.about))))
    if len(named) != len(plan.about):
        raise Refusal("permission.not_found")
    subtrees = [units.below(unit.path) for unit in named if unit.id in plan.units]
    above = {unit.parent_id for unit in named if unit.id in plan.units and unit.parent_id is not None}
    wanted = select(Unit).where(or_(Unit.id.in_({*plan.about, *above}), *subtrees)).order_by(Unit.id)
    if lock:  # whoever else would change these units waits, and what is read here is what they are
        wanted = wanted.with_for_update().execution_options(populate_existing=True)
    found = {unit.id: unit for unit in await session.scalars(wanted)}
    return Ground(plan, found, await trees.nodes(session, list(found.values())))


async def planned_for(session: AsyncSession, unit_id: int) -> list[UnitChange]:
    """What waits for its day and would change this very unit, the nearest first."""
    statement = select(UnitChange).where(UnitChange.state == "planned").order_by(UnitChange.on_day, UnitChange.id)
    return [row for row in await session.scalars(statement) if unit_id in row.body["units"]]


async def check_ground(session: AsyncSession, ground: Ground, now: datetime) -> None:
    plan = ground.plan
    check(plan, ground.tree, local_day(now, zone_of(session)))
    for unit_id in {*plan.units, *([plan.into] if plan.into else [])}:
        if not await trees.is_settled(session, ground.units[unit_id]):
            raise Refusal("unit_change.not_confirmed", name=ground.units[unit_id].name)
    names = plan.names if plan.kind == RENAME else plan.new_names(ground.tree)
    for name in names:
        await _refuse_taken(session, ground, name)


async def _refuse_taken(session: AsyncSession, ground: Ground, name: str) -> None:
    """Two units of one kind under one roof are not called the same; those that cease make room for their name."""
    under = ground.under
    statement = select(Unit.id).where(
        Unit.parent_id == (under.id if under else None), Unit.kind == ground.first.kind, Unit.closed_on.is_(None),
        Unit.name_folded == folded_name(name, UNIT_ROOM), Unit.id.not_in(ground.plan.units),
    )  # fmt: skip
    if await session.scalar(statement.limit(1)) is not None:
        raise Refusal("unit_change.name_taken", name=name, parent=under.name if under else "")


def estates(ground: Ground, known: Mapping[int, Unit], made: Sequence[int]) -> list[Estate]:
    """Who follows whom."""
    plan = ground.plan
    ceasing = plan.ceasing(ground.tree)
    if plan.kind == SPLIT:
        parts = [known[each] for each in plan.parts(ground.tree, made) if each != plan.units[0]]
        return [Estate(ground.first, tuple(parts), bool(ceasing))]
    if plan.kind not in (MERGE, CLOSE):
        return []
    heir = plan.into or (made[0] if made else 0)
    heirs = (known[heir],) if heir else ()
    return [Estate(ground.units[each], heirs, True) for each in ceasing]


def common_root(ground: Ground) -> int:
    """The unit in whose subtree it all happens: the lowest one above every unit named."""
    paths = [ground.units[each].path.strip("/").split("/") for each in ground.plan.about]
    shared = []
    for level in zip(*paths, strict=False):
        if len(set(level)) > 1:
            break
        shared.append(int(level[0]))
    if len(shared) > 1 and shared[-1] in ground.plan.units:
        shared.pop()
    return shared[-1]
