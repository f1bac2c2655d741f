"""Corrections of guides: proposed by an office, approved or refused by somebody else at the top of the tree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, people, units
from models.guides import GuideBook
from models.rules import Refusal
from models.rules.guide_changes import corrected, text_at
from models.rules.guide_files import check_shelf
from models.rules.permissions import GRANTS
from models.tables import GuideChange, GuideFault, Person, Unit
from models.units import below
from models.zone import zone_of

PROPOSED, APPROVED, REFUSED, WITHDRAWN = "proposed", "approved", "refused", "withdrawn"


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to stand where, and why. `source`: the day and the paper behind figures; `fault`: a report of it."""

    guide: str
    place: str
    old: str
    new: str
    reason: str
    source: str = ""
    fault: int = 0


@dataclass(frozen=True, slots=True)
class Listed:
    """A correction with its office, the name of its author, and of who decided."""

    change: GuideChange
    unit: Unit
    by: str
    decider: str = ""


def _listed() -> Select[GuideChange, Unit, Any, Any]:
    author, decider = Person.__table__.alias("author"), Person.__table__.alias("decider")
    return (
        select(GuideChange, Unit, author.c.name, decider.c.name)
        .join(Unit, Unit.id == GuideChange.unit_id)
        .outerjoin(author, author.c.id == GuideChange.proposed_by)
        .outerjoin(decider, decider.c.id == GuideChange.decided_by)
    )


async def find(session: AsyncSession, change_id: int) -> Listed | None:
    """One correction; nobody else changes it until this transaction ends."""
    held = select(GuideChange).where(GuideChange.id == change_id).with_for_update()
    await session.execute(held.execution_options(populate_existing=True))
    row = (await session.execute(_listed().where(GuideChange.id == change_id))).one_or_none()
    return None if row is None else Listed(row[0], row[1], row[2] or "", row[3] or "")


async def open_at(session: AsyncSession, guide: str, place: str) -> GuideChange | None:
    """The correction of that place that waits already."""
    there = (GuideChange.guide == guide, GuideChange.place == place, GuideChange.state == PROPOSED)
    return await session.scalar(select(GuideChange).where(*there).order_by(GuideChange.id).limit(1))


async def of_unit(session: AsyncSession, path: str, offset: int = 0, limit: int = 100) -> list[Listed]:
    """The corrections of the subtree: those that wait, then the others, each the latest first."""
    order = (GuideChange.state != PROPOSED, GuideChange.id.desc())
    rows = await session.execute(_listed().where(below(path)).order_by(*order).offset(offset).limit(limit))
    return [Listed(change, unit, by or "", decider or "") for change, unit, by, decider in rows]


async def count_waiting(session: AsyncSession, path: str) -> int:
    statement = select(func.count(GuideChange.id)).join(Unit, Unit.id == GuideChange.unit_id)
    return await session.scalar(statement.where(below(path), GuideChange.state == PROPOSED)) or 0


async def of_ids(session: AsyncSession, ids: Sequence[int]) -> list[Listed]:
    rows = await session.execute(_listed().where(GuideChange.id.in_(ids)).order_by(GuideChange.id))
    return [Listed(change, unit, by or "", decider or "") for change, unit, by, decider in rows]


async def approvers(session: AsyncSession, now: datetime, but: int | None) -> list[int]:
    """Who may approve: whoever holds such a role at the top of the tree, never the author."""
    top = await units.root(session)
    kinds = tuple(GRANTS["guide.approve"])
    held = await people.people_with_role(session, [top.id], kinds, now) if top is not None else []
    return [each.id for each in held if each.id != but]


# --- a correction's life --------------------------------------------------------------------------------------------


def tried(session: AsyncSession, book: GuideBook, proposal: Proposal, now: datetime) -> None:
    """Refuse what could not be in force: guide_change.no_place, moved, same, empty, too_long, … or guide_file.*."""
    guide = book.get(proposal.guide)
    standing = text_at(guide, proposal.place) if guide is not None else None
    if guide is None or standing is None:
        raise Refusal("guide_change.no_place")
    if standing != proposal.old:
        raise Refusal("guide_change.moved")
    after = corrected(guide, proposal.place, proposal.new, now.astimezone(zone_of(session)).date(), proposal.source)
    if text_at(after, proposal.place) == standing:
        raise Refusal("guide_change.same")
    if proposal.place == "short_title":  # no other place stands beside those of other guides
        try:
            check_shelf([each if each.code != guide.code else after for each in book.all], book.fields)
        except Refusal:
            raise Refusal("guide_change.twice") from None


async def propose(session: AsyncSession, proposal: Proposal, unit: Unit, *, by: int, now: datetime) -> GuideChange:
    change = GuideChange(
        guide=proposal.guide, place=proposal.place, old=proposal.old, new=proposal.new, reason=proposal.reason,
        source=proposal.source, state=PROPOSED, unit_id=unit.id, proposed_by=by, proposed_at=now, version=1,
    )  # fmt: skip
    session.add(change)
    await session.flush()
    if proposal.fault:
        await session.execute(
            update(GuideFault)
            .where(GuideFault.id == proposal.fault, GuideFault.state == "open", GuideFault.guide == proposal.guide)
            .values(change_id=change.id, version=GuideFault.version + 1)
        )
    _note(session, change, "guide_change.propose", by, now)
    return change


async def withdraw(session: AsyncSession, change: GuideChange, *, by: int, now: datetime) -> None:
    change.state = WITHDRAWN
    change.version += 1
    await _free_faults(session, change)
    _note(session, change, "guide_change.withdraw", by, now)


async def refuse(session: AsyncSession, change: GuideChange, answer: str, *, by: int, now: datetime) -> None:
    _decide(change, REFUSED, by, now)
    change.answer = answer
    await _free_faults(session, change)
    _note(session, change, "guide_change.refuse", by, now)


async def approve(session: AsyncSession, change: GuideChange, *, by: int, now: datetime) -> list[GuideFault]:
    """The new text is in force from the next look on. Returns the faults that it settled."""
    latest = await session.scalar(select(func.max(GuideChange.decided_at)).where(GuideChange.state == APPROVED))
    # the shelf lays corrections over one another in the order of their approval
    _decide(change, APPROVED, by, max(now, latest) if latest is not None else now)
    faults = (
        await session.scalars(
            select(GuideFault).where(GuideFault.change_id == change.id, GuideFault.state == "open").with_for_update()
        )
    ).all()
    for fault in faults:
        fault.state, fault.settled_by, fault.settled_at = "settled", by, now
        fault.version += 1
    _note(session, change, "guide_change.approve", by, now)
    await session.flush()
    return list(faults)


async def _free_faults(session: AsyncSession, change: GuideChange) -> None:
    """What was reported waits for somebody again."""
    mine = (GuideFault.change_id == change.id, GuideFault.state == "open")
    freed = update(GuideFault).where(*mine).values(change_id=None, version=GuideFault.version + 1)
    await session.execute(freed.execution_options(synchronize_session="fetch"))
    await session.flush()


def _decide(change: GuideChange, state: str, by: int, now: datetime) -> None:
    change.state, change.decided_by, change.decided_at = state, by, now
    change.version += 1


def _note(session: AsyncSession, change: GuideChange, action: str, by: int, now: datetime) -> None:
    detail = {"guide": change.guide, "place": change.place}
    about = f"guide_change:{change.id}"
    audit.note(session, at=now, person_id=by, action=action, object=about, unit_id=change.unit_id, detail=detail)


# --- what is kept about people --------------------------------------------------------------------------------------


async def of_person(session: AsyncSession, person_id: int) -> Sequence[GuideChange]:
    """The corrections that somebody proposed, and those that they decided."""
    mine = or_(GuideChange.proposed_by == person_id, GuideChange.decided_by == person_id)
    return (await session.scalars(select(GuideChange).where(mine).order_by(GuideChange.id))).all()


async def forget(session: AsyncSession, person_id: int) -> None:
    """Somebody is erased: what they proposed has no author any more; what they decided, no decider."""
    for column in (GuideChange.proposed_by, GuideChange.decided_by):
        bare = update(GuideChange).where(column == person_id).values({column: None})
        await session.execute(bare.execution_options(synchronize_session=False))


def proposal_of(change: GuideChange) -> Proposal:
    return Proposal(change.guide, change.place, change.old, change.new, change.reason, change.source)
