"""Carrying out a whole list of changes of units, in the order listed: a later row may name what an earlier one made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import trees, unit_changes
from models.rules import Refusal
from models.rules.names import UNIT_ROOM, folded_name
from models.rules.unit_change_list import ChangeRow
from models.rules.unit_changes import CLOSE, MERGE, MOVE, RENAME, SPLIT, Plan, read_unit_name
from models.rules.unit_list import RANK, Fault
from models.tables import Unit
from models.unit_prospects import Prospect, prospect

NEAR = 5  # names offered for one that is not clear
_COLUMNS = {"unit_change.too_early": "day", "unit_change.too_far": "day", "unit_change.not_yet_open": "day"}


@dataclass(frozen=True, slots=True)
class Done:
    """A row and what it did; `planned`: it waits for its day."""

    row: ChangeRow
    prospect: Prospect
    planned: bool


async def load(
    session: AsyncSession, rows: Sequence[ChangeRow], *, by: int | None, now: datetime
) -> tuple[list[Done], list[Fault]]:
    """Carry out or plan each row. With faults the caller takes everything back."""
    done: list[Done] = []
    faults: list[Fault] = []
    for row in rows:
        try:
            plan = await _plan(session, row)
            seen = await prospect(session, plan, now)
            change = await unit_changes.decide(session, plan, by=by, now=now)
        except _Unclear as no:
            faults.append(no.fault)
        except Refusal as no:
            faults.append(Fault(row.number, _COLUMNS.get(no.key, "old"), no.key, no.values))
        else:
            done.append(Done(row, seen, change.state == "planned"))
    return done, faults


class _Unclear(Exception):
    """A name means no unit, or several."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.key)
        self.fault = fault


async def _plan(session: AsyncSession, row: ChangeRow) -> Plan:
    units = [await _one(session, row, "old", each) for each in row.old]
    ids = tuple(unit.id for unit in units)
    if row.kind == RENAME:
        return Plan(RENAME, row.day, ids[:1], names=(read_unit_name(row.new[0].name),), reason=row.basis)
    if row.kind == SPLIT:
        return await _split(session, row, units[0])
    if row.kind in (CLOSE, MOVE):
        into = (await _one(session, row, "new", row.new[0].name)).id if row.new else 0
        return Plan(row.kind, row.day, ids if row.kind == MOVE else ids[:1], into, reason=row.basis)
    there = await _called(session, row.new[0].name)
    kept = [unit for unit in there if RANK[unit.kind] == RANK[units[0].kind]]
    into = next((unit.id for unit in kept if unit.id in ids), kept[0].id if len(kept) == 1 else 0)
    if into:
        return Plan(MERGE, row.day, tuple(each for each in ids if each != into), into, reason=row.basis)
    names = (read_unit_name(row.new[0].name),)
    return Plan(MERGE, row.day, ids, names=names, under=units[0].parent_id or 0, codes=row.codes, reason=row.basis)


async def _split(session: AsyncSession, row: ChangeRow, unit: Unit) -> Plan:
    shares: dict[int, int] = {}
    for place, part in enumerate(row.new):
        for child in part.children:
            shares[(await _one(session, row, "new", child, under=unit)).id] = place
    names = tuple(read_unit_name(part.name) for part in row.new)
    return Plan(SPLIT, row.day, (unit.id,), names=names, shares=shares, codes=row.codes, reason=row.basis)


async def _one(session: AsyncSession, row: ChangeRow, column: str, text: str, under: Unit | None = None) -> Unit:
    """The one open unit meant: by its code, its whole name, or a name it had."""
    found = [unit for unit in await _called(session, text) if under is None or unit.parent_id == under.id]
    if not found:
        path = under.path if under else "/"
        found = [each.unit for each in await trees.former(session, path, text, None, NEAR)]
    if len(found) == 1:
        return found[0]
    names = [f"{unit.code} {unit.name}" for unit in found[:NEAR]]
    key = "unit_change_list.several_units" if found else "unit_change_list.unknown_unit"
    raise _Unclear(Fault(row.number, column, key, {"text": text[:40], "names": names}))


async def _called(session: AsyncSession, text: str) -> list[Unit]:
    """The open units of this code, else of this whole name."""
    coded = await session.scalar(select(Unit).where(Unit.code == text.strip(), Unit.closed_on.is_(None)))
    if coded is not None:
        return [coded]
    named = select(Unit).where(Unit.name_folded == folded_name(text, UNIT_ROOM), Unit.closed_on.is_(None))
    return list(await session.scalars(named.order_by(Unit.path)))
