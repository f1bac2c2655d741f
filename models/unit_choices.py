"""Which units a typed name may mean when one is to be merged with, moved under, or to take over."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import trees, units
from models.rules.groups import Candidate, meant
from models.tables import Unit

MOST_READ = 60  # units that hold the name, before the rule chooses among them
MOST_SHOWN = 6


async def choices(
    session: AsyncSession, office: Unit, near: int | None, text: str, kinds: Sequence[str], but: Collection[int]
) -> list[Unit]:
    """The open, settled units of these kinds in an office's subtree, the office included: one when it is clear.

    `near`: the unit below which a name is meant first; `but`: those that are out of the question. A name of former
    days means the unit of today.
    """
    coded = select(Unit).where(Unit.code == text.strip(), Unit.closed_on.is_(None))
    found = [office, *await session.scalars(coded), *await units.search(session, office.path, text, kinds, MOST_READ)]
    known = {
        unit.id: unit
        for unit in found
        if unit.id not in but and unit.kind in kinds and unit.path.startswith(office.path)
    }
    clear = [known[each.id] for each in meant(text, [_candidate(unit, near) for unit in known.values()])]
    if not clear:
        old = await trees.former(session, office.path, text, kinds, MOST_SHOWN)
        clear = [each.unit for each in old if each.unit.id not in but]
    return [unit for unit in clear[:MOST_SHOWN] if await trees.is_settled(session, unit)]


async def of_ids(session: AsyncSession, ids: Sequence[int]) -> list[Unit]:
    """These units, in this order."""
    found = {unit.id: unit for unit in await session.scalars(select(Unit).where(Unit.id.in_(ids)))}
    return [found[each] for each in ids if each in found]


def _candidate(unit: Unit, near: int | None) -> Candidate:
    return Candidate(unit.id, unit.name, unit.name_folded, unit.code, unit.parent_id == near)
