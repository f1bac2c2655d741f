"""Announcements (thông báo) of an office: drafts that nothing typed into is lost from, and the list of all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.rules import Refusal
from models.tables import Announcement, Person, Unit

DRAFT, ASKED, PLANNED, SENDING, SENT = "draft", "asked", "planned", "sending", "sent"
STOPPED, REFUSED, RECALLED, REPLACED, CANCELLED = "stopped", "refused", "recalled", "replaced", "cancelled"
BODY = ("text", "link", "files", "kind", "audience", "asks_proof")
# the lists of an office, in the order in which they are looked for
LISTS: Mapping[str, tuple[str, ...]] = {
    "drafts": (DRAFT, REFUSED),
    "planned": (ASKED, PLANNED),
    "sending": (SENDING,),
    "done": (SENT, STOPPED, RECALLED, REPLACED),
}


@dataclass(frozen=True, slots=True)
class Announced:
    """An announcement with the unit in whose name it speaks; `author`: a name, empty when it is forgotten."""

    announcement: Announcement
    unit: Unit
    author: str


async def begin(
    session: AsyncSession, unit: Unit, author_id: int, now: datetime, body: Mapping[str, Any] | None = None
) -> Announcement:
    """A new draft in the name of the unit; `body` as `body_of` gives it."""
    given = {name: value for name, value in (body or {}).items() if name in BODY}
    announcement = Announcement(unit_id=unit.id, author_id=author_id, created_at=now, **given)
    session.add(announcement)
    await session.flush()
    _note(session, announcement, "announcement.begin", now)
    return announcement


def body_of(announcement: Announcement) -> dict[str, Any]:
    """What it says, to whom and how, as templates and plans keep it."""
    return {name: getattr(announcement, name) for name in BODY}


async def find(session: AsyncSession, announcement_id: int) -> Announced | None:
    statement = (
        select(Announcement, Unit, Person.name)
        .join(Unit, Unit.id == Announcement.unit_id)
        .outerjoin(Person, Person.id == Announcement.author_id)
        .where(Announcement.id == announcement_id)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Announced(row[0], row[1], row[2] or "")


async def lock(session: AsyncSession, announcement_id: int) -> Announcement | None:
    """The announcement as it stands now, held against everybody else until the transaction ends."""
    held = select(Announcement).where(Announcement.id == announcement_id).with_for_update()
    return (await session.scalars(held.execution_options(populate_existing=True))).one_or_none()


async def change(
    session: AsyncSession, announcement: Announcement, now: datetime, *, by: int | None = None, **fields: Any
) -> None:
    """Set these fields; buttons drawn before are stale from now on. `by`: who does it, else the author."""
    for name, value in fields.items():
        setattr(announcement, name, value)
    announcement.version += 1
    _note(session, announcement, "announcement.change", now, by, {"fields": sorted(fields)})
    await session.flush()


async def discard(session: AsyncSession, announcement: Announcement, now: datetime) -> None:
    """Throw a draft away with all it holds. Its number stays taken, so that no old button ever means another one.

    Raises Refusal announcement.no_draft (`number`) when it has been sent off meanwhile.
    """
    if announcement.state != DRAFT:
        raise Refusal("announcement.no_draft", number=announcement.id)
    await empty(session, announcement, now)


async def empty(session: AsyncSession, announcement: Announcement, now: datetime) -> None:
    """What it said is gone, and it with it."""
    nothing: dict[str, Any] = {"text": "", "link": {}, "files": [], "audience": {}}
    await change(session, announcement, now, state=CANCELLED, ended_at=now, **nothing)


async def count_by_list(session: AsyncSession, paths: Sequence[str], author_id: int) -> dict[str, int]:
    """How many stand in each of LISTS for somebody who speaks for the subtrees at `paths`."""
    statement = select(Announcement.state, func.count()).join(Unit).where(_seen_by(paths, author_id))
    counted = {state: number for state, number in await session.execute(statement.group_by(Announcement.state))}
    return {name: sum(counted.get(state, 0) for state in states) for name, states in LISTS.items()}


async def of_office(
    session: AsyncSession, paths: Sequence[str], author_id: int, name: str, offset: int = 0, limit: int | None = None
) -> list[Announced]:
    """One of LISTS: what is done by when it went out, the latest first; what is planned by when it will.

    Drafts are seen by their author alone, the rest by who speaks for the unit.
    """
    went_out = func.coalesce(Announcement.send_at, Announcement.started_at, Announcement.created_at)
    orders: dict[str, ColumnElement[Any]] = {"planned": Announcement.send_at.asc(), "done": went_out.desc()}
    order = orders.get(name, Announcement.id.desc())
    statement = (
        select(Announcement, Unit, Person.name)
        .join(Unit, Unit.id == Announcement.unit_id)
        .outerjoin(Person, Person.id == Announcement.author_id)
        .where(Announcement.state.in_(LISTS[name]), _seen_by(paths, author_id))
        .order_by(order, Announcement.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [
        Announced(announcement, unit, author or "") for announcement, unit, author in await session.execute(statement)
    ]


def _seen_by(paths: Sequence[str], author_id: int) -> ColumnElement[bool]:
    below = or_(*(Unit.path.startswith(path, autoescape=True) for path in paths))
    return and_(below, or_(Announcement.state != DRAFT, Announcement.author_id == author_id))


def _note(
    session: AsyncSession,
    announcement: Announcement,
    action: str,
    now: datetime,
    by: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    audit.note(
        session,
        at=now,
        person_id=by or announcement.author_id,
        action=action,
        object=f"announcement:{announcement.id}",
        unit_id=announcement.unit_id,
        detail=detail,
    )
