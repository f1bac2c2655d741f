"""Announcements as a part of what is known about a person: shown to them, forgotten with them, joined with them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models import announcement_beginning, announcements
from models.announcements import ASKED, DRAFT, PLANNED
from models.tables import Announcement, AnnouncementPlan, AnnouncementTemplate, Recipient, Unit

Fact = dict[str, Any]


async def facts(session: AsyncSession, person_id: int) -> list[Fact]:
    """What somebody wrote, agreed to, keeps for another time; and what they got, by number."""
    return [
        *await _written(session, person_id),
        *await _received(session, person_id),
        *await _kept(session, person_id),
    ]


async def forget(session: AsyncSession, person_id: int, now: datetime) -> None:
    """Drafts go, and what was to be sent is called off; what was sent stays with the bare number, for the ledgers of
    offices add up."""
    coming = select(Announcement).where(Announcement.author_id == person_id, Announcement.state.in_((ASKED, PLANNED)))
    for announcement in await session.scalars(coming.with_for_update()):
        await announcement_beginning.call_off(session, announcement, now)
        await announcements.empty(session, announcement, now)
    mine = select(Announcement).where(Announcement.author_id == person_id, Announcement.state == DRAFT)
    for draft in await session.scalars(mine.with_for_update()):
        await announcements.discard(session, draft, now)
    told = update(Announcement).where(Announcement.author_id == person_id).values(progress={})
    await session.execute(told.execution_options(synchronize_session="fetch"))
    chats = update(Recipient).where(Recipient.person_id == person_id).values(account_id=None, reason="")
    await session.execute(chats.execution_options(synchronize_session="fetch"))


async def join(session: AsyncSession, into: int, gone: int) -> None:
    """Of one announcement that both got, what the one confirmed is confirmed by the other: nobody is chased twice."""
    for mine, other in ((into, gone), (gone, into)):
        theirs = aliased(Recipient)
        when = (
            select(theirs.confirmed_at)
            .where(theirs.announcement_id == Recipient.announcement_id, theirs.person_id == other)
            .scalar_subquery()
        )
        unconfirmed = update(Recipient).where(Recipient.person_id == mine, Recipient.confirmed_at.is_(None))
        await session.execute(unconfirmed.values(confirmed_at=when).execution_options(synchronize_session="fetch"))


async def _written(session: AsyncSession, person_id: int) -> list[Fact]:
    mine = or_(Announcement.author_id == person_id, Announcement.decided_by == person_id)
    statement = select(Announcement, Unit.name).join(Unit, Unit.id == Announcement.unit_id).where(mine)
    found: list[Fact] = []
    for each, unit in await session.execute(statement.order_by(Announcement.id)):
        about = {"kind": "announcement", "number": each.id, "unit": unit}
        if each.author_id == person_id:
            found.append(about | {"deed": "wrote", "at": each.created_at, "text": each.text})
        if each.decided_by == person_id:
            found.append(about | {"deed": "decided", "at": each.decided_at, "text": ""})
    return found


async def _received(session: AsyncSession, person_id: int) -> list[Fact]:
    statement = (
        select(Announcement.id, Unit.name, Announcement.started_at, Recipient.confirmed_at)
        .select_from(Recipient)
        .join(Announcement, Announcement.id == Recipient.announcement_id)
        .join(Unit, Unit.id == Announcement.unit_id)
        .where(Recipient.person_id == person_id)
        .order_by(Announcement.id)
    )
    return [
        {"kind": "announcement_got", "number": number, "unit": unit, "at": at, "confirmed_at": confirmed_at}
        for number, unit, at, confirmed_at in await session.execute(statement)
    ]


async def _kept(session: AsyncSession, person_id: int) -> list[Fact]:
    """Templates and plans that somebody made."""
    found: list[Fact] = []
    template, plan = AnnouncementTemplate, AnnouncementPlan
    for deed, statement in (
        ("template", select(template.title, template.at).where(template.person_id == person_id).order_by(template.id)),
        ("plan", select(plan.title, plan.created_at).where(plan.person_id == person_id).order_by(plan.id)),
    ):
        for title, at in await session.execute(statement):
            found.append({"kind": "announcement_kept", "deed": deed, "title": title, "at": at})
    return found
