"""Steps of guides that somebody found wrong ("Bước này sai"): reported, seen by an office, settled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.rules.guides import Guide
from models.tables import GuideFault, Person, Unit
from models.units import below

OPEN, SETTLED = "open", "settled"


@dataclass(frozen=True, slots=True)
class Listed:
    """A fault with the unit from where it was reported, and the name of who did; empty: a guest."""

    fault: GuideFault
    unit: Unit
    by: str


def _listed() -> Select[GuideFault, Unit, str]:
    return (
        select(GuideFault, Unit, Person.name)
        .join(Unit, Unit.id == GuideFault.unit_id)
        .outerjoin(Person, Person.id == GuideFault.person_id)
    )


async def report(
    session: AsyncSession, guide: Guide, step: str, text: str, unit: Unit, *, by: int | None, now: datetime
) -> GuideFault:
    fault = GuideFault(
        guide=guide.code, edition=guide.edition, step=step, text=text, unit_id=unit.id, person_id=by, at=now,
        state=OPEN, version=1,
    )  # fmt: skip
    session.add(fault)
    await session.flush()
    _note(session, fault, "guide_fault.report", by, now)
    return fault


async def count_of(session: AsyncSession, guide: str, step: str, person_id: int | None) -> int:
    """How many open reports about that step there are of the person; of all guests together when None."""
    who = GuideFault.person_id.is_(None) if person_id is None else GuideFault.person_id == person_id
    statement = select(func.count(GuideFault.id)).where(GuideFault.guide == guide, GuideFault.step == step, who)
    return await session.scalar(statement.where(GuideFault.state == OPEN)) or 0


async def find(session: AsyncSession, fault_id: int) -> Listed | None:
    """One report; nobody else changes it until this transaction ends."""
    held = select(GuideFault).where(GuideFault.id == fault_id).with_for_update()
    await session.execute(held.execution_options(populate_existing=True))
    row = (await session.execute(_listed().where(GuideFault.id == fault_id))).one_or_none()
    return None if row is None else Listed(row[0], row[1], row[2] or "")


async def open_under(session: AsyncSession, path: str, offset: int = 0, limit: int = 100) -> list[Listed]:
    """What waits in the subtree, the longest waiting first; what a correction is on its way for, last."""
    mine = _listed().where(below(path), GuideFault.state == OPEN)
    order = (GuideFault.change_id.is_not(None), GuideFault.id)
    rows = await session.execute(mine.order_by(*order).offset(offset).limit(limit))
    return [Listed(fault, unit, by or "") for fault, unit, by in rows]


async def count_open(session: AsyncSession, path: str) -> int:
    """Those that nobody has done anything about."""
    statement = select(func.count(GuideFault.id)).join(Unit, Unit.id == GuideFault.unit_id)
    waits = (GuideFault.state == OPEN, GuideFault.change_id.is_(None))
    return await session.scalar(statement.where(below(path), *waits)) or 0


async def settle(session: AsyncSession, fault: GuideFault, answer: str, *, by: int, now: datetime) -> None:
    """Closed without a correction, with a word to whoever reported it."""
    fault.state, fault.answer, fault.settled_by, fault.settled_at = SETTLED, answer, by, now
    fault.version += 1
    _note(session, fault, "guide_fault.settle", by, now)
    await session.flush()


def _note(session: AsyncSession, fault: GuideFault, action: str, by: int | None, now: datetime) -> None:
    detail = {"guide": fault.guide, "step": fault.step}
    about = f"guide_fault:{fault.id}"
    audit.note(session, at=now, person_id=by, action=action, object=about, unit_id=fault.unit_id, detail=detail)


async def of_person(session: AsyncSession, person_id: int) -> Sequence[GuideFault]:
    """What somebody reported, and what they settled."""
    mine = or_(GuideFault.person_id == person_id, GuideFault.settled_by == person_id)
    return (await session.scalars(select(GuideFault).where(mine).order_by(GuideFault.id))).all()


async def forget(session: AsyncSession, person_id: int) -> None:
    """Somebody is erased: what they reported stays, without them."""
    for column in (GuideFault.person_id, GuideFault.settled_by):
        bare = update(GuideFault).where(column == person_id).values({column: None})
        await session.execute(bare.execution_options(synchronize_session=False))
