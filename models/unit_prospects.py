"""What a change of units would do, shown before anybody says yes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.periods import local_day
from models.rules.trees import Node
from models.rules.unit_changes import Plan, carry
from models.tables import Unit
from models.unit_grounds import check_ground, estates, ground_of
from models.unit_heirs import Bequest, bequest
from models.zone import zone_of


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a plan would do, before anybody has said yes.

    `moved`: the open units that come to stand under another one, with its name; `twice`: the names that several of
    those have.
    """

    plan: Plan
    units: tuple[Unit, ...]
    into: Unit | None
    under: Unit | None
    moved: tuple[tuple[Unit, str], ...]
    twice: tuple[str, ...]
    bequest: Bequest
    at_once: bool


async def prospect(session: AsyncSession, plan: Plan, now: datetime) -> Prospect:
    """What would happen. Raises Refusal unit_change.*, permission.not_found when a unit is not there."""
    today = local_day(now, zone_of(session))
    ground = await ground_of(session, plan)
    await check_ground(session, ground, now)
    made = {-n: Node(-n, name, ground.first.kind, None, f"/-{n}/")
            for n, name in enumerate(plan.new_names(ground.tree), start=1)}  # fmt: skip
    after = carry(plan, ground.tree | made, tuple(made))
    names = {each.id: each.name for each in (*ground.tree.values(), *made.values())}
    moved = [
        (ground.units[each.id], names[each.parent_id or 0])
        for each in after.values()
        if each.id in ground.tree and each.closed_on is None and each.parent_id != ground.tree[each.id].parent_id
    ]
    placeholders = {n: Unit(id=n, name=node.name, kind=node.kind) for n, node in made.items()}
    followed = estates(ground, ground.units | placeholders, tuple(made))
    return Prospect(
        plan=plan,
        units=tuple(ground.units[each] for each in plan.units),
        into=ground.units.get(plan.into),
        under=ground.under,
        moved=tuple(moved),
        twice=_twice([unit for unit, _ in moved]),
        bequest=await bequest(session, followed, plan.day, now),
        at_once=plan.day <= today,
    )


def _twice(units: Sequence[Unit]) -> tuple[str, ...]:
    times = Counter(unit.name_folded for unit in units)
    return tuple(dict.fromkeys(unit.name for unit in units if times[unit.name_folded] > 1))
