"""Changes of units: decided, carried out on their day, called off before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, teams, trees, unit_news, units
from models.insertion import insert_once
from models.rules import Refusal
from models.rules.names import UNIT_ROOM, folded_name
from models.rules.periods import local_day, moment_of
from models.rules.trees import Node
from models.rules.unit_changes import MERGE, RENAME, Plan, carry
from models.tables import Team, Unit, UnitChange, UnitPast
from models.unit_grounds import Ground, check_ground, common_root, estates, ground_of
from models.unit_heirs import pass_on
from models.zone import zone_of

DECISION_ROOM = 80  # characters of a team's founding decision


async def decide(session: AsyncSession, plan: Plan, *, by: int | None, now: datetime) -> UnitChange:
    """Carry a plan out when its day has come, else keep it for that day. Raises as `prospect` does."""
    ground = await ground_of(session, plan, lock=True)
    await check_ground(session, ground, now)
    row = UnitChange(
        kind=plan.kind, on_day=plan.day, body=plan.body(), reason=plan.reason, state="planned",
        unit_id=common_root(ground), created_by=by, created_at=now,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    _note(session, row, "unit.change_planned", by, now)
    if plan.day <= local_day(now, zone_of(session)):
        await _carry_out(session, row, ground, by, now)
    return row


async def carry_out(session: AsyncSession, now: datetime) -> int:
    """Do what is due, the oldest first. What can no longer be done is called off, and whoever planned it is told.

    Two processes may do this at once: a change is taken by one of them, and it is over when that one commits.
    """
    due = (
        select(UnitChange)
        .where(UnitChange.state == "planned", UnitChange.on_day <= local_day(now, zone_of(session)))
        .order_by(UnitChange.on_day, UnitChange.id)
        .with_for_update(skip_locked=True)
    )
    rows = (await session.scalars(due)).all()
    for row in rows:
        try:
            async with session.begin_nested():
                ground = await ground_of(session, plan_of(row), lock=True)
                await check_ground(session, ground, now)
                await _carry_out(session, row, ground, row.created_by, now)
        except Refusal as no:
            row.state, row.done_at = "cancelled", now
            _note(session, row, "unit.change_failed", None, now)
            await unit_news.tell_planner(session, row, no, now)
    await session.flush()
    return len(rows)


async def cancel(session: AsyncSession, row: UnitChange, *, by: int, now: datetime) -> None:
    """Call off what was planned."""
    row.state, row.done_at = "cancelled", now
    _note(session, row, "unit.change_cancelled", by, now)
    await session.flush()


async def find(session: AsyncSession, change_id: int, *, lock: bool = False) -> UnitChange | None:
    statement = select(UnitChange).where(UnitChange.id == change_id)
    return await session.scalar(statement.with_for_update() if lock else statement)


async def planned(session: AsyncSession, path: str) -> list[UnitChange]:
    """What waits for its day among the units of a subtree, the nearest first."""
    statement = (
        select(UnitChange)
        .join(Unit, Unit.id == UnitChange.unit_id)
        .where(UnitChange.state == "planned", units.below(path))
        .order_by(UnitChange.on_day, UnitChange.id)
    )
    return list(await session.scalars(statement))


async def ended_by(session: AsyncSession, unit: Unit) -> UnitChange | None:
    """The change by which a unit ceased."""
    statement = select(UnitChange).where(UnitChange.state == "done", UnitChange.on_day == unit.closed_on)
    changes = await session.scalars(statement.order_by(UnitChange.id.desc()))
    return next((each for each in changes if unit.id in each.body["units"] and each.kind != RENAME), None)


def plan_of(row: UnitChange) -> Plan:
    return Plan.of(row.kind, row.on_day, row.reason, row.body)


async def _carry_out(session: AsyncSession, row: UnitChange, ground: Ground, by: int | None, now: datetime) -> None:
    plan = ground.plan
    people = await unit_news.concerned(session, ground.tree, plan, now)
    made = await _make(session, ground, by, now)
    grown = replace(ground, units=ground.units | {unit.id: unit for unit in made},
                    tree=ground.tree | await trees.nodes(session, made))  # fmt: skip
    ids = tuple(unit.id for unit in made)
    after = carry(plan, grown.tree, ids)
    await _write(session, grown, after, ids)
    done = await pass_on(session, estates(grown, grown.units, ids), plan.day, by=by, now=now)
    row.state, row.done_at = "done", now
    row.body = row.body | {"made": list(ids)}
    _note(session, row, "unit.change", by, now)
    await session.flush()
    await unit_news.tell(session, row, plan, ground.tree, grown.units, people, done, now)


async def _make(session: AsyncSession, ground: Ground, by: int | None, now: datetime) -> list[Unit]:
    """The new units, where the old ones stood."""
    made: list[Unit] = []
    under, first, plan = ground.under, ground.first, ground.plan
    assert under is not None or not plan.new_names(ground.tree)
    for place, name in enumerate(plan.new_names(ground.tree)):
        assert under is not None
        code = plan.codes[place] if place < len(plan.codes) else await teams.free_code(session, under)
        unit = await units.add(session, code=code, name=name, kind=first.kind, parent=under, opened_on=plan.day)
        if first.kind == "team":
            session.add(await _team(session, plan, unit, by, now))
            await session.flush()
        made.append(unit)
    return made


async def _team(session: AsyncSession, plan: Plan, unit: Unit, by: int | None, now: datetime) -> Team:
    """A team made by a change is confirmed by it, from the first moment of its day, so that it owes from then on."""
    declared = select(Team.members).where(Team.unit_id.in_(plan.units), Team.members.is_not(None))
    members = sum(number or 0 for number in await session.scalars(declared)) if plan.kind == MERGE else None
    since = min(now, moment_of(plan.day, time(0), zone_of(session)))
    return Team(
        unit_id=unit.id, state="confirmed", registered_by=by, registered_at=since, decided_by=by, decided_at=since,
        decision_number=plan.reason[:DECISION_ROOM], members=members or None,
    )  # fmt: skip


async def _write(session: AsyncSession, ground: Ground, after: Mapping[int, Node], made: Sequence[int]) -> None:
    """Keep what each unit was until the day, then what it is; a past already kept for that day stays the first one."""
    pasts = []
    for node in after.values():
        unit = ground.units[node.id]
        is_other = (unit.name, unit.parent_id, unit.path) != (node.name, node.parent_id, node.path)
        if is_other and unit.id not in made:
            pasts.append(
                {
                    "unit_id": unit.id, "until": ground.plan.day, "name": unit.name, "name_folded": unit.name_folded,
                    "kind": unit.kind, "parent_id": unit.parent_id, "path": unit.path,
                }
            )  # fmt: skip
        unit.name, unit.name_folded = node.name, folded_name(node.name, UNIT_ROOM)
        unit.parent_id, unit.path = node.parent_id, node.path
        unit.closed_on, unit.successor_id = node.closed_on, node.successor_id
    await insert_once(session, UnitPast, pasts)
    await session.flush()


def _note(session: AsyncSession, row: UnitChange, action: str, by: int | None, now: datetime) -> None:
    detail = {"kind": row.kind, "day": row.on_day.isoformat(), **row.body}
    audit.note(
        session, at=now, person_id=by, action=action, object=f"unit_change:{row.id}", unit_id=row.unit_id, detail=detail
    )
