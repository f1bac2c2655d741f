"""Announcements from the side of whoever got them: their last ones, and those they have not confirmed yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.announcement_ledger import ARRIVED
from models.announcements import RECALLED, REPLACED, SENDING, SENT, STOPPED, Announced
from models.tables import Announcement, Person, Recipient, Unit

OUT = (SENDING, SENT, STOPPED)  # what was taken back or replaced holds no more
OVER = (RECALLED, REPLACED)  # whoever had one of these finds it again, with what became of it
NOT_OUT = ("waiting", "stopped")  # recipients to whom it has not gone


@dataclass(frozen=True, slots=True)
class Received:
    """An announcement with this person's row of its ledger."""

    recipient: Recipient
    announced: Announced

    @property
    def number(self) -> int:
        """What the announcement is called by."""
        return self.announced.announcement.id

    @property
    def holds(self) -> bool:
        """Whether it was neither taken back nor replaced."""
        return self.announced.announcement.state in OUT

    @property
    def is_open(self) -> bool:
        """Whether it waits for being confirmed."""
        return self.holds and self.announced.announcement.asks_proof and self.recipient.confirmed_at is None


async def count(session: AsyncSession, person_id: int) -> tuple[int, int]:
    """How many announcements are there for this person, and how many of them wait for being confirmed."""
    counted = select(func.count(), func.coalesce(func.sum(case((_waits(), 1), else_=0)), 0))
    mine = counted.select_from(Recipient).join(Announcement, Announcement.id == Recipient.announcement_id)
    total, waiting = (await session.execute(mine.where(_theirs(person_id)))).one()
    return int(total), int(waiting)


async def latest(session: AsyncSession, person_id: int, offset: int, limit: int) -> Sequence[Received]:
    """Those that wait for being confirmed first, then the latest.

    Also those that no channel could bring or that were muted: here they can be read after all.
    """
    order = (case((_waits(), 0), else_=1), Announcement.id.desc())
    rows = await session.execute(_rows().where(_theirs(person_id)).order_by(*order).offset(offset).limit(limit))
    return [_received(row) for row in rows]


async def find(session: AsyncSession, person_id: int, recipient_id: int) -> Received | None:
    """One of them, when it is this very person's."""
    row = (await session.execute(_rows().where(_theirs(person_id), Recipient.id == recipient_id))).one_or_none()
    return None if row is None else _received(row)


async def chosen(session: AsyncSession, *which: ColumnElement[bool], limit: int | None = None) -> list[Received]:
    """Those that fit, the latest first, whoever got them and whatever became of them since."""
    rows = await session.execute(_rows().where(*which).order_by(Recipient.id.desc()).limit(limit))
    return [_received(row) for row in rows]


def _rows() -> Select[*tuple[Any, ...]]:
    return (
        select(Recipient, Announcement, Unit, Person.name)
        .join(Announcement, Announcement.id == Recipient.announcement_id)
        .join(Unit, Unit.id == Announcement.unit_id)
        .outerjoin(Person, Person.id == Announcement.author_id)
    )


async def replaced_by(session: AsyncSession, announcement_ids: Sequence[int]) -> dict[int, int]:
    """Of those that were replaced: the number of the correction that took their place."""
    if not announcement_ids:
        return {}
    took = (Announcement.replaces_id.in_(announcement_ids), Announcement.started_at.is_not(None))
    rows = await session.execute(select(Announcement.replaces_id, Announcement.id).where(*took))
    return {old: new for old, new in rows if old is not None}


def _theirs(person_id: int) -> ColumnElement[bool]:
    is_out = and_(Announcement.state.in_(OUT), Recipient.state.not_in(NOT_OUT))
    was_out = and_(Announcement.state.in_(OVER), Recipient.state.in_(ARRIVED))
    return and_(Recipient.person_id == person_id, or_(is_out, was_out))


def _waits() -> ColumnElement[bool]:
    return and_(Announcement.state.in_(OUT), Announcement.asks_proof.is_(True), Recipient.confirmed_at.is_(None))


def _received(row: Any) -> Received:
    recipient, announcement, unit, author = row
    return Received(recipient, Announced(announcement, unit, author or ""))
