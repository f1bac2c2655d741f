"""Whom an announcement reaches: the people and group chats of an audience, each once, and where to write to them.

Asked for the preview, again when it begins, and for one recipient at the second of sending.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models import groups, owings
from models.audience_names import Described, describe
from models.chats import BLOCKED, LAST_USED
from models.people import NEVER_OPENED, is_current
from models.rules.audiences import TEAM, WRITERS, Audience, Debtors, Post, Selection, audience_of, debtors_of
from models.rules.mutes import NEWS
from models.rules.periods import local_day
from models.rules.reaches import Preview, Reach, State, preview
from models.tables import (
    Account,
    Announcement,
    Group,
    GroupChat,
    HandOver,
    Mute,
    Person,
    Recipient,
    Role,
    Talk,
    Unit,
)
from models.units import below
from models.zone import zone_of

__all__ = ["Described", "Preview", "Reach", "describe", "preview", "reached", "still_meant"]

OVER = aliased(Unit)  # right above a unit
MOST_TOPS = 30  # subtrees of which alone the roles are read; of more, all roles of the office are
NO_CHAT, NEVER_STARTED = "no_chat", "never_started"


async def reached(session: AsyncSession, audience: Audience, unit: Unit, kind: str, now: datetime) -> list[Reach]:
    """Everybody an announcement of `unit` is for, each person and each chat once.

    Current roles in open units of its subtree alone count, whatever ids the audience names. `kind`: of the
    announcement. A few statements, however many people there are.
    """
    if audience.is_empty:
        return []
    day = local_day(now, zone_of(session))
    chosen = await _select(session, audience, unit, now)
    by_hand = await _today(session, audience.people)
    rows = await session.execute(_posts(audience, chosen, unit, by_hand, now, day))
    found = _people(rows, chosen, await _muted(session, kind))
    return [*found, *await _chats(session, audience, chosen, unit, day)]


async def still_meant(session: AsyncSession, announcement: Announcement, recipient: Recipient, now: datetime) -> bool:
    """Whether an announcement under way is still for this recipient: a report filed a minute ago is no longer late,
    whoever left the office or muted the news gets nothing more."""
    audience, unit = audience_of(announcement.audience), await session.get_one(Unit, announcement.unit_id)
    day, who = local_day(now, zone_of(session)), recipient.person_id
    if who is None:
        place = select(Unit.path).join(GroupChat, GroupChat.unit_id == Unit.id)
        path = await session.scalar(place.where(GroupChat.id == recipient.group_chat_id))
        if path is None:  # it belongs to no unit any more
            return False
        chosen = await _select(session, audience, unit, now, (path,))
        return bool(await _chats(session, audience, chosen, unit, day, recipient.group_chat_id or 0))
    if await _muted(session, announcement.kind, who):
        return False
    by_hand = await _today(session, audience.people)
    anyhow = Selection(unit.path, frozenset((unit.id,)))
    posts = _posts(replace(audience, late=0), anyhow, unit, by_hand, now, day).where(Role.person_id == who)
    held = [Post(*row[:8]) for row in await session.execute(posts)]
    chosen = await _select(session, audience, unit, now, {post.path for post in held})
    return any(chosen.takes(post) for post in held)


# --- what the audience's numbers mean today -------------------------------------------------------------------------


async def _select(
    session: AsyncSession, audience: Audience, unit: Unit, now: datetime, within: Iterable[str] | None = None
) -> Selection:
    """The audience with its groups resolved. `within`: the paths below which alone it matters who is late."""
    roots, but = await _members(session, audience, unit, now)
    but_people = await _today(session, audience.but_people)
    chosen = Selection(
        unit.path,
        roots | set(audience.units),
        but | set(audience.but_units),
        frozenset(audience.kinds),
        frozenset(audience.roles),
        frozenset(but_people),
    )
    if not audience.late:
        return chosen
    paths = (unit.path,) if within is None else within
    return replace(chosen, debtors=await _debtors(session, audience.late, chosen.but, paths, now))


async def _members(
    session: AsyncSession, audience: Audience, unit: Unit, now: datetime
) -> tuple[frozenset[int], frozenset[int]]:
    """The units of the groups meant and of those taken out; only the groups of offices in the subtree count."""
    meant = {*audience.groups, *audience.but_groups}
    if not meant:
        return frozenset(), frozenset()
    owned = select(Group.id).join(Unit, Unit.id == Group.unit_id).where(Group.id.in_(meant), below(unit.path))
    known = set(await session.scalars(owned))
    paths = await groups.member_paths(session, known, local_day(now, zone_of(session)))
    units = [(group_id, int(path.rstrip("/").rpartition("/")[2])) for group_id, path in paths]
    return (
        frozenset(unit_id for group_id, unit_id in units if group_id in audience.groups),
        frozenset(unit_id for group_id, unit_id in units if group_id in audience.but_groups),
    )


async def _today(session: AsyncSession, person_ids: Sequence[int]) -> set[int]:
    """These people, and who they turned out to be: whoever was taken out stays so under another number."""
    if not person_ids:
        return set()
    into = select(Person.merged_into).where(Person.id.in_(person_ids), Person.merged_into.is_not(None))
    return {*person_ids, *(each for each in await session.scalars(into) if each)}


async def _debtors(
    session: AsyncSession, period_id: int, but: frozenset[int], within: Iterable[str], now: datetime
) -> Debtors:
    owed = [each for path in within for each in await owings.pending(session, now, path=path, period_id=period_id)]
    gone = await session.execute(select(HandOver.unit_id, HandOver.from_person).where(HandOver.state == "open"))
    paths = (each.unit_path for each in owed if each.is_owed)
    return debtors_of(paths, but, ((unit_id, person_id) for unit_id, person_id in gone))


# --- people ---------------------------------------------------------------------------------------------------------


def _posts(
    audience: Audience, chosen: Selection, unit: Unit, by_hand: Collection[int], now: datetime, day: date
) -> Select[*tuple[Any, ...]]:
    """Every role that may bring its holder in, once for each of their chats, the one used last at the end.

    A little more than is meant: `Selection.takes` decides.
    """
    earlier = _recipients(audience.earlier, unit, Recipient.person_id)
    chosen_by_name = Role.person_id.in_(by_hand) if by_hand else false()
    named = or_(chosen_by_name, Role.person_id.in_(earlier) if audience.earlier else false())
    return (
        select(
            Role.person_id,
            Role.kind,
            Role.unit_id,
            Unit.path,
            Unit.kind,
            OVER.kind,
            named.label("named"),
            chosen_by_name.label("chosen_by_name"),
            Person.name,
            Account.id,
            Account.channel,
            Account.address,
            Account.unreachable,
        )
        .join(Unit, Unit.id == Role.unit_id)
        .outerjoin(OVER, OVER.id == Unit.parent_id)
        .join(Person, Person.id == Role.person_id)
        .outerjoin(Account, Account.person_id == Person.id)
        .outerjoin(Talk, Talk.account_id == Account.id)
        .where(below(unit.path), _is_open(day), is_current(now), Person.erased_at.is_(None))
        .where(or_(named, _narrowed(chosen)))
        .order_by(Role.id, LAST_USED, Account.id)
    )


def _narrowed(chosen: Selection) -> ColumnElement[bool]:
    """What of the roles to read at all: those of the right kinds, in units of the right kinds."""
    roles = chosen.roles or (WRITERS if chosen.debtors is not None else ())
    if not chosen.roots:
        return false()
    tops = [Unit.path.contains(f"/{each}/") for each in sorted(chosen.roots)]
    return and_(
        Role.kind.in_(roles) if roles else true(),
        Unit.kind.in_({*chosen.kinds, TEAM}) if chosen.kinds else true(),
        or_(*tops) if len(tops) <= MOST_TOPS else true(),
    )


def _is_open(day: date) -> ColumnElement[bool]:
    return or_(Unit.closed_on.is_(None), Unit.closed_on > day)


def _recipients(earlier: int, unit: Unit, column: Any) -> Select[Any]:
    """For whom an earlier announcement of the same office was."""
    statement = select(column).join(Announcement, Announcement.id == Recipient.announcement_id)
    return statement.where(Announcement.id == earlier, Announcement.unit_id == unit.id, column.is_not(None))


@dataclass(slots=True)
class _Found:
    """Somebody who is meant, while their rows are read; `where`: the chat written to, or why there is none."""

    post: Post
    name: str
    where: tuple[int | None, str, str] = (None, "", "")
    reason: str = NO_CHAT


def _people(rows: Iterable[Any], chosen: Selection, muted: Collection[int]) -> list[Reach]:
    found: dict[int, _Found] = {}
    for *held, name, account_id, channel, address, unreachable in rows:
        known = found.get(held[0])
        if known is None:
            post = Post(*held)
            if not chosen.takes(post):
                continue
            known = found[post.person_id] = _Found(post, name)
        if account_id is None:
            continue
        if not unreachable:  # the last one read is the one used last
            known.where, known.reason = (account_id, channel, address), ""
        elif known.reason:
            known.reason = NEVER_STARTED if unreachable == NEVER_OPENED else BLOCKED
    return [_reach(each, each.post.person_id in muted) for each in found.values()]


def _reach(found: _Found, muted: bool) -> Reach:
    account_id, channel, address = found.where
    state: State = "muted" if muted else "unreachable" if found.reason else "waiting"
    post, reason = found.post, "" if muted else found.reason
    return Reach(post.person_id, None, post.unit_id, account_id, channel, address, state, reason, found.name, post.kind)


async def _muted(session: AsyncSession, kind: str, person_id: int | None = None) -> frozenset[int]:
    """Who wants no announcement of this kind: none that is part of a duty may be muted."""
    if kind != NEWS:
        return frozenset()
    statement = select(Mute.person_id).where(Mute.kind == NEWS)
    if person_id is not None:
        statement = statement.where(Mute.person_id == person_id)
    return frozenset(await session.scalars(statement))


# --- group chats ----------------------------------------------------------------------------------------------------


async def _chats(
    session: AsyncSession, audience: Audience, chosen: Selection, unit: Unit, day: date, only: int | None = None
) -> list[Reach]:
    """The group chats meant; one that the bot had to leave is none. `only`: of this one alone."""
    if not audience.chats and not audience.earlier:
        return []
    named = GroupChat.id.in_(_recipients(audience.earlier, unit, Recipient.group_chat_id))
    statement = (
        select(GroupChat, Unit, named)
        .join(Unit, Unit.id == GroupChat.unit_id)
        .where(below(unit.path), _is_open(day), GroupChat.left_at.is_(None))
        .where(named if not audience.chats else true())
        .order_by(GroupChat.id)
    )
    if only is not None:
        statement = statement.where(GroupChat.id == only)
    return [
        Reach(None, chat.id, place.id, None, chat.channel, chat.address, "waiting", "", chat.title, place.kind)
        for chat, place, is_named in await session.execute(statement)
        if chosen.takes_chat(place.id, place.path, place.kind, bool(is_named))
    ]
