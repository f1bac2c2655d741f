"""The one tree of units: finding, adding, moving, and loading a whole list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.rules.folding import clean, fold
from models.rules.names import UNIT_ROOM, folded_name
from models.rules.unit_list import UnitRow
from models.tables import Team, Unit, UnitPast


@dataclass(frozen=True, slots=True)
class Change:
    """What a list changes in a unit that is there already: column, before, after."""

    code: str
    column: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class LoadResult:
    """Rows added, units changed (and how), rows that were there already just so."""

    added: int
    changed: int
    same: int
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Counts:
    """What lies below a unit: open communes, and teams by their state."""

    communes: int
    confirmed: int
    waiting: int


def below(path: str) -> ColumnElement[bool]:
    """The condition that a unit lies in the subtree at `path`, its top included: a range, so that the index serves."""
    return (Unit.path >= path) & (Unit.path < path[:-1] + "0")  # "0" comes right after "/"


async def find(session: AsyncSession, unit_id: int) -> Unit | None:
    return await session.get(Unit, unit_id)


async def root(session: AsyncSession) -> Unit | None:
    return await session.scalar(select(Unit).where(Unit.parent_id.is_(None)).order_by(Unit.id).limit(1))


async def of_kind(session: AsyncSession, kind: str, limit: int) -> list[Unit]:
    """The open units of a kind, by name."""
    statement = select(Unit).where(Unit.kind == kind, Unit.closed_on.is_(None)).order_by(Unit.name_folded, Unit.id)
    return list(await session.scalars(statement.limit(limit)))


async def with_code(session: AsyncSession, code: str) -> Unit | None:
    """The unit with exactly that code, open or closed."""
    return await session.scalar(select(Unit).where(Unit.code == code))


async def by_code_or_name(session: AsyncSession, text: str) -> list[Unit]:
    """The open units meant by a code (exact), else by a whole name, else by a part of one, folded; at most ten."""
    exact = await with_code(session, clean(text))
    if exact is not None:
        return [exact]
    folded = folded_name(text, UNIT_ROOM)
    if not folded:
        return []
    whole = select(Unit).where(Unit.name_folded == folded, Unit.closed_on.is_(None)).order_by(Unit.path).limit(10)
    found = list(await session.scalars(whole))
    return found or await search(session, "/", text, None, 10)


async def search(session: AsyncSession, path: str, text: str, kinds: Sequence[str] | None, limit: int) -> list[Unit]:
    """Open units of the subtree whose folded name holds this part; those with the very marks typed come first."""
    part = fold(text)[:UNIT_ROOM]
    if not part:
        return []
    ends = case((Unit.name_folded.endswith(part, autoescape=True), 0), else_=1)
    statement = (
        select(Unit)
        .where(Unit.closed_on.is_(None), Unit.name_folded.contains(part, autoescape=True))
        .order_by(ends, func.length(Unit.name_folded), Unit.name_folded, Unit.id)
        .limit(limit)
    )
    if path != "/":
        statement = statement.where(below(path))
    if kinds is not None:
        statement = statement.where(Unit.kind.in_(kinds))
    typed = clean(text).casefold()  # whoever types the marks means them
    return sorted(await session.scalars(statement), key=lambda unit: typed not in unit.name.casefold())


async def children(session: AsyncSession, unit_id: int, offset: int = 0, limit: int | None = None) -> list[Unit]:
    """The open units right below, by name; a team counts once it is confirmed."""
    statement = (
        select(Unit)
        .outerjoin(Team, Team.unit_id == Unit.id)
        .where(Unit.parent_id == unit_id, Unit.closed_on.is_(None))
        .where((Team.unit_id.is_(None)) | (Team.state == "confirmed"))
        .order_by(Unit.name_folded, Unit.id)
        .offset(offset)
    )
    return list(await session.scalars(statement if limit is None else statement.limit(limit)))


async def subtree(session: AsyncSession, path: str) -> list[Unit]:
    """Every unit from `path` down, closed ones too, parents before children."""
    return list(await session.scalars(select(Unit).where(below(path)).order_by(Unit.path)))


async def teams_under(session: AsyncSession, path: str) -> list[Unit]:
    """The open teams of the subtree that a coordinator has confirmed, by name."""
    statement = (
        select(Unit)
        .outerjoin(Team, Team.unit_id == Unit.id)
        .where(below(path), Unit.kind == "team", Unit.closed_on.is_(None))
        .where((Team.unit_id.is_(None)) | (Team.state == "confirmed"))  # a listed team needs nobody's word
        .order_by(Unit.name_folded, Unit.id)
    )
    return list(await session.scalars(statement))


async def counts(session: AsyncSession, path: str) -> Counts:
    """What a coordinator asks first about the units below."""
    is_team = Unit.kind == "team"
    settled = Team.unit_id.is_(None) | (Team.state == "confirmed")
    statement = (
        select(
            func.count().filter(Unit.kind == "commune"),
            func.count().filter(is_team & settled),
            func.count().filter(is_team & (Team.state == "waiting")),
        )
        .select_from(Unit)
        .outerjoin(Team, Team.unit_id == Unit.id)
        .where(below(path), Unit.closed_on.is_(None))
    )
    communes, confirmed, waiting = (await session.execute(statement)).one()
    return Counts(communes, confirmed, waiting)


async def add(
    session: AsyncSession, *, code: str, name: str, kind: str, parent: Unit | None, opened_on: date | None = None
) -> Unit:
    """A new unit under `parent` (None: the root), with its path."""
    unit = _new(UnitRow(code, name, kind, ""), parent)
    unit.opened_on = opened_on
    session.add(unit)
    await session.flush()
    _place(unit, parent)
    await session.flush()
    return unit


async def known_rows(session: AsyncSession) -> dict[str, UnitRow]:
    """The tree as a list would have it, by code; a closed unit where it stood when it was closed."""
    units = (await session.execute(select(Unit.id, Unit.code, Unit.name, Unit.kind, Unit.parent_id))).all()
    codes = {row.id: row.code for row in units}
    last = select(UnitPast.unit_id, UnitPast.parent_id).join(Unit, Unit.id == UnitPast.unit_id)
    stood = {unit_id: above for unit_id, above in await session.execute(last.where(UnitPast.until == Unit.closed_on))}
    parents = {row.id: stood.get(row.id, row.parent_id) for row in units}
    return {row.code: UnitRow(row.code, row.name, row.kind, codes.get(parents[row.id] or 0, "")) for row in units}


async def load(
    session: AsyncSession, rows: Sequence[UnitRow], now: datetime, *, dry: bool = False, by: int | None = None
) -> LoadResult:
    """Bring the tree in line with a checked list, parents before children; units not listed stay as they are.

    `dry` only tells what would happen. Loading the same list again changes nothing.
    """
    known = await known_rows(session)
    new = [row for row in rows if row.code not in known]
    changes = tuple(change for row in rows if row.code in known for change in _changes(known[row.code], row))
    changed = len({change.code for change in changes})
    result = LoadResult(len(new), changed, len(rows) - len(new) - changed, changes)
    if not dry and (new or changes):
        by_code = {unit.code: unit for unit in await session.scalars(select(Unit))}
        await _add_all(session, new, by_code)
        await _change_all(session, rows, changes, by_code)
        detail = {"added": len(new), "changed": sorted({change.code for change in changes})[:500]}
        audit.note(session, at=now, person_id=by, action="unit.load", object="unit:list", detail=detail)
        await session.flush()
    return result


def _changes(old: UnitRow, new: UnitRow) -> list[Change]:
    return [
        Change(new.code, column, getattr(old, column), getattr(new, column))
        for column in ("name", "kind", "parent_code")
        if getattr(old, column) != getattr(new, column)
    ]


async def _add_all(session: AsyncSession, rows: Sequence[UnitRow], by_code: dict[str, Unit]) -> None:
    """One level of the tree at a time: a path needs the ids of all above."""
    waiting = list(rows)
    while waiting:
        level = [row for row in waiting if not row.parent_code or row.parent_code in by_code]
        if not level:
            raise LookupError(f"no parent for {waiting[0].code}")
        units = [_new(row, by_code.get(row.parent_code)) for row in level]
        session.add_all(units)
        await session.flush()
        for row, unit in zip(level, units, strict=True):
            _place(unit, by_code.get(row.parent_code))
        await session.flush()
        by_code |= {unit.code: unit for unit in units}
        waiting = [row for row in waiting if row.code not in by_code]


async def _change_all(
    session: AsyncSession, rows: Sequence[UnitRow], changes: Sequence[Change], by_code: dict[str, Unit]
) -> None:
    listed = {row.code: row for row in rows}
    for code in dict.fromkeys(change.code for change in changes):
        unit, row = by_code[code], listed[code]
        unit.name, unit.name_folded, unit.kind = row.name, folded_name(row.name, UNIT_ROOM), row.kind
        unit.parent_id = by_code[row.parent_code].id if row.parent_code else None
    if any(change.column == "parent_code" for change in changes):
        _place_all(list(by_code.values()))
    await session.flush()


def _place_all(units: Sequence[Unit]) -> None:
    """Every path anew, from the parents: two units may have changed places, which no order of single moves survives."""
    by_id = {unit.id: unit for unit in units}
    for unit in units:
        parts, above = [str(unit.id)], unit
        while above.parent_id is not None:
            above = by_id[above.parent_id]
            parts.append(str(above.id))
        path = f"/{'/'.join(reversed(parts))}/"
        if unit.path != path:
            unit.path = path


def _new(row: UnitRow, parent: Unit | None) -> Unit:
    return Unit(
        code=row.code,
        name=row.name,
        name_folded=folded_name(row.name, UNIT_ROOM),
        kind=row.kind,
        parent_id=parent.id if parent else None,
        path="",
    )


def _place(unit: Unit, parent: Unit | None) -> None:
    unit.path = f"{parent.path if parent else '/'}{unit.id}/"
