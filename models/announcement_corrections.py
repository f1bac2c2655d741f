"""A correction: an announcement that takes the place of one that went out, with everybody who has that one.

Where the channel can, the very message is changed in place; everybody else who has it gets another one, and whoever the
first did not reach gets the correction like any announcement.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models import announcements
from models.announcement_holders import Holder, holders, person_now
from models.announcement_ledger import ARRIVED
from models.announcements import CANCELLED, DRAFT, REFUSED, REPLACED, Announced
from models.audiences import NO_CHAT, reached
from models.received_announcements import OUT
from models.rules import announcement_ways as by
from models.rules.announcement_endings import SENT, UNKNOWN, WAITING
from models.rules.announcement_ways import Ways, ways_of
from models.rules.announcing import AnnouncingPolicy
from models.rules.audiences import audience_of
from models.rules.reaches import Reach
from models.tables import Announcement, Outbox, Person, Recipient, Unit


async def begin(session: AsyncSession, old: Announced, by_whom: int, now: datetime) -> Announcement:
    """A draft that says what the old one says, to be written right. One that the person has begun is gone on with."""
    number = old.announcement.id
    mine = select(Announcement).where(Announcement.replaces_id == number, Announcement.author_id == by_whom)
    begun = await session.scalar(mine.where(Announcement.state == DRAFT).order_by(Announcement.id.desc()).limit(1))
    if begun is not None:
        return begun
    draft = await announcements.begin(session, old.unit, by_whom, now, announcements.body_of(old.announcement))
    draft.replaces_id = number
    await session.flush()
    return draft


async def on_its_way(session: AsyncSession, announcement_id: int) -> Announced | None:
    """The correction of it that was sent off, or asked for, already."""
    there = Announcement.state.not_in((DRAFT, REFUSED, CANCELLED))
    found = await session.scalar(
        select(Announcement.id).where(Announcement.replaces_id == announcement_id, there).order_by(Announcement.id)
    )
    return None if found is None else await announcements.find(session, found)


async def newest(session: AsyncSession, announcement_id: int) -> Announcement | None:
    """What holds in its place: its correction, or the correction of that one; None: nothing does."""
    found: Announcement | None = None
    while (held := await on_its_way(session, announcement_id)) is not None and held.announcement.started_at is not None:
        found, announcement_id = held.announcement, held.announcement.id
    return found if found is not None and found.state in OUT else None


# --- for whom it is -------------------------------------------------------------------------------------------------


async def reached_by(
    session: AsyncSession, announcement: Announcement, unit: Unit, policy: AnnouncingPolicy, now: datetime
) -> list[Reach]:
    """Everybody an announcement is for: its audience, and whoever has the one that it replaces, where they have it."""
    reaches = await reached(session, audience_of(announcement.audience), unit, announcement.kind, now)
    old = await session.get(Announcement, announcement.replaces_id) if announcement.replaces_id else None
    if old is None:
        return reaches
    channels = () if old.files or announcement.files or old.state not in (*OUT, REPLACED) else policy.edits
    meant: Mapping[Any, Reach] = {(each.person_id, each.group_chat_id): each for each in reaches}
    having = (_reach(each, channels, unit) for each in await holders(session, old.id))
    return list({**meant, **{(each.person_id, each.group_chat_id): each for each in having}}.values())


def _reach(holder: Holder, channels: tuple[str, ...], unit: Unit) -> Reach:
    """They have to hear of it, whatever office they hold by now and whatever they muted."""
    who = (holder.person_id, holder.group_chat_id, holder.unit_id or unit.id)
    if not holder.channel:
        return Reach(*who, None, "", "", "unreachable", NO_CHAT, holder.name, holder.unit_kind)
    card = holder.ref if holder.channel in channels else ""
    chat = (holder.account_id, holder.channel, holder.address)
    return Reach(*who, *chat, "waiting", "", holder.name, holder.unit_kind, card)


async def has_files(session: AsyncSession, correction: Announcement) -> bool:
    """Whether it or the one it replaces has files: they stand in messages of their own, so nothing is changed there."""
    if correction.replaces_id is None:
        return False
    old = await session.get(Announcement, correction.replaces_id)
    return bool(correction.files or (old is not None and old.files))


async def has_old(session: AsyncSession, announcement: Announcement, recipient: Recipient) -> bool:
    """Whether this recipient has, or may have, the announcement that this one replaces."""
    if announcement.replaces_id is None:
        return False
    same = (
        person_now == recipient.person_id if recipient.person_id else Recipient.group_chat_id == recipient.group_chat_id
    )
    statement = (
        select(Recipient.id)
        .outerjoin(Person, Person.id == Recipient.person_id)
        .where(Recipient.announcement_id == announcement.replaces_id, Recipient.state.in_(ARRIVED), same)
    )
    return await session.scalar(statement.limit(1)) is not None


# --- how it went ----------------------------------------------------------------------------------------------------


async def ways(session: AsyncSession, announcement: Announcement) -> Ways:
    """How those who had the one it replaces got this one; `never`: who got this one alone."""
    counted: dict[str, int] = {}
    new = aliased(Recipient)
    same_chat = and_(Recipient.group_chat_id.is_not(None), new.group_chat_id == Recipient.group_chat_id)
    for is_person, same in ((True, new.person_id == person_now), (False, same_chat)):
        for way, count in await session.execute(_counted(announcement, is_person, same, new)):
            counted[way] = counted.get(way, 0) + count
    got = select(func.count()).where(Recipient.announcement_id == announcement.id, Recipient.state == SENT)
    before = counted.get(by.EDITED, 0) + counted.get(by.REPLACED, 0)
    return ways_of(counted, (await session.scalar(got) or 0) - before)


def _counted(announcement: Announcement, is_person: bool, same: ColumnElement[bool], new: Any) -> Any:
    was, now = aliased(Outbox), aliased(Outbox)
    stands = and_(was.message_ref != "", was.message_ref == now.message_ref, was.address == now.address)
    way = case(
        (and_(new.state == SENT, stands), by.EDITED),
        (new.state == SENT, by.REPLACED),
        (new.state == UNKNOWN, by.UNKNOWN),
        (new.state == WAITING, by.WAITING),
        else_=by.FAILED,
    )
    kind = Recipient.person_id.is_not(None) if is_person else Recipient.person_id.is_(None)
    return (
        select(way, func.count())
        .select_from(Recipient)
        .outerjoin(Person, Person.id == Recipient.person_id)
        .outerjoin(new, and_(new.announcement_id == announcement.id, same))
        .outerjoin(was, was.id == Recipient.outbox_id)
        .outerjoin(now, now.id == new.outbox_id)
        .where(Recipient.announcement_id == announcement.replaces_id, Recipient.state.in_(ARRIVED), kind)
        .group_by(way)
    )
