"""What a board of a period lists: the obligations below a unit, grouped and named by the tree of that period.

Who may see them is today's question, so they are looked for in today's subtree; where they stand and what they are
called is that of the period's last day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import trees
from models.owings import Owing, pending
from models.rules.trees import Past, branch_at, ids_of
from models.tables import PeriodRow, Unit

CHUNK = 10_000  # ids a question: a database takes some 32,000


@dataclass(frozen=True, slots=True)
class Bough:
    """A unit of the period's tree right below the one looked at (or that one itself), with what its units owe.

    `path` is today's, for looking further down.
    """

    unit_id: int
    name: str
    path: str
    owings: tuple[Owing, ...]


async def boughs(session: AsyncSession, now: datetime, *, period_id: int, path: str, scope: str = "") -> list[Bough]:
    """The expected obligations of a period at `path` ("/": everything), by branch.

    `scope`: the path of the office that looks down at `path`. Its view is the tree of the period: what was moved away
    since is still listed where it was. Without it `path` is the office's own: all that it may see today.
    """
    owings = await _within(session, now, period_id, path, scope)
    pasts = await trees.pasts_after(session, owings[0].ends_on) if owings else {}
    top = _top(path)
    known = await _units(session, [owing for owing in owings if top not in ids_of(_place(owing, pasts))], pasts, top)
    grouped: dict[int, list[Owing]] = {}
    for owing in owings:
        branch = branch_at(_place(owing, pasts), top, known)
        grouped.setdefault(branch, []).append(_as_it_was(owing, pasts))
    names = known | await _named(session, [each for each in grouped if each not in known])
    return [
        Bough(unit_id, _name(unit_id, names, pasts), names[unit_id][1], tuple(many))
        for unit_id, many in grouped.items()
        if unit_id in names
    ]


async def _within(session: AsyncSession, now: datetime, period_id: int, path: str, scope: str) -> list[Owing]:
    """What was below the unit on the period's last day, of what the office may see; of a younger unit, what is."""
    period = await session.get(PeriodRow, period_id) if scope not in ("", path) else None
    unit = await session.get(Unit, _top(path)) if period is not None else None
    pasts = await trees.pasts_after(session, period.ends_on) if period is not None else {}
    younger = unit is None or (unit.opened_on is not None and period is not None and unit.opened_on > period.ends_on)
    if not pasts or younger:
        return [each for each in await pending(session, now, path=path, period_id=period_id) if each.is_expected]
    assert unit is not None
    stood = pasts[unit.id].path if unit.id in pasts else unit.path
    found = await pending(session, now, path=scope, period_id=period_id)
    return [each for each in found if each.is_expected and _place(each, pasts).startswith(stood)]


async def _units(
    session: AsyncSession, strangers: Sequence[Owing], pasts: Mapping[int, Past], top: int
) -> dict[int, tuple[str, str]]:
    """Of the units above those that stood elsewhere then: the ones that lie inside the board today."""
    above = {each for owing in strangers for each in ids_of(_place(owing, pasts))}
    known = await _named(session, sorted(above)) if top else {}
    return {unit_id: row for unit_id, row in known.items() if top in ids_of(row[1])}


async def _named(session: AsyncSession, ids: Sequence[int]) -> dict[int, tuple[str, str]]:
    """(name, path) of units, as they are today."""
    found: dict[int, tuple[str, str]] = {}
    for start in range(0, len(ids), CHUNK):
        statement = select(Unit.id, Unit.name, Unit.path).where(Unit.id.in_(ids[start : start + CHUNK]))
        found |= {unit_id: (name, path) for unit_id, name, path in await session.execute(statement)}
    return found


def _place(owing: Owing, pasts: Mapping[int, Past]) -> str:
    return pasts[owing.unit_id].path if owing.unit_id in pasts else owing.unit_path


def _as_it_was(owing: Owing, pasts: Mapping[int, Past]) -> Owing:
    past = pasts.get(owing.unit_id)
    return owing if past is None else replace(owing, unit_name=past.name, unit_kind=past.kind)


def _name(unit_id: int, names: Mapping[int, tuple[str, str]], pasts: Mapping[int, Past]) -> str:
    return pasts[unit_id].name if unit_id in pasts else names[unit_id][0]


def _top(path: str) -> int:
    return int(path.rstrip("/").rpartition("/")[2] or 0)
