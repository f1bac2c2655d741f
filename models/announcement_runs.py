"""How an announcement goes out: planned, begun by the clock, stopped, sent again; and how many have it.

The ledger (`Recipient`) has a row for everybody it is for, so the sum of its states is always their number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import ColumnElement, exists, func, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    announcement_beginning,
    announcement_corrections,
    announcement_flow,
    announcement_listing,
    announcement_recall,
    announcements,
    audit,
    outbox,
)
from models.announcement_listing import Chat
from models.announcement_messages import group_message_of, message_of
from models.audiences import still_meant
from models.changes import changed
from models.database import Database
from models.messages import Message
from models.rules import Refusal
from models.rules.announcement_endings import FAILED, WAITING, Tally, tally_of
from models.rules.announcing import AnnouncingPolicy
from models.rules.mutes import NEWS
from models.tables import Account, Announcement, GroupChat, Recipient

log = structlog.get_logger("announcements")

KINDS = (outbox.ANNOUNCED, outbox.ANNOUNCED_URGENT)  # promises that `compose` puts into words
# what a broken row or a database that is busy brings: of the moment or of the one announcement
WRONG = (Refusal, SQLAlchemyError, AttributeError, LookupError, TypeError, ValueError)
UNDER_WAY = ("sending", "stopped", "recalled", "replaced")  # there may be endings that the ledger does not know yet


# --- what people do with it -----------------------------------------------------------------------------------------


async def plan(
    session: AsyncSession, announcement: Announcement, *, expected: int, send_at: datetime, now: datetime
) -> None:
    """Send it off at `send_at`; until then it can be undone. `expected`: how many recipients the preview showed.

    News is never so urgent that it goes out at night.
    """
    announcement.state, announcement.expected, announcement.send_at = "planned", expected, send_at
    announcement.is_urgent = announcement.is_urgent and announcement.kind != NEWS
    announcement.version += 1
    _note(session, announcement, "plan", announcement.author_id, now, {"at": send_at.isoformat(), "expected": expected})


async def undo(session: AsyncSession, announcement: Announcement, by: int, now: datetime) -> bool:
    """Make a draft of it again, that nobody has agreed to; False when it has begun."""
    if announcement.state != "planned":
        return False
    announcement.state, announcement.send_at = "draft", None
    announcement.decided_by, announcement.decided_at = None, None
    announcement.version += 1
    _note(session, announcement, "undo", by, now)
    return True


async def stop(session: AsyncSession, announcement: Announcement, by: int, reason: str, now: datetime) -> int:
    """Nobody gets it from now on but those to whom it is just being sent. Returns how many of the ledger will not.

    It stops nothing (0) that is not being sent.
    """
    if announcement.state != "sending":
        return 0
    announcement.state, announcement.reason = "stopped", reason[:300]
    announcement.version += 1
    kept_back = await announcement_flow.cancel_waiting(session, announcement, now)
    await announcement_flow.end_if_over(session, announcement, now)
    _note(session, announcement, "stop", by, now, {"kept_back": kept_back})
    return kept_back


async def send_again(session: AsyncSession, announcement: Announcement, by: int, now: datetime) -> int:
    """Once more to those alone whom it failed to reach and who have a chat that takes it now. Returns how many.

    Whoever has it already, or may have it, is left in peace. The clock owes it to them.
    """
    if announcement.state not in ("sending", "sent"):
        return 0
    writes = exists().where(Account.person_id == Recipient.person_id, Account.unreachable == "")
    bound = (GroupChat.left_at.is_(None), GroupChat.unit_id.is_not(None))
    statement = (
        update(Recipient)
        .where(*_failed(announcement.id), or_(writes, exists().where(GroupChat.id == Recipient.group_chat_id, *bound)))
        .values(state=WAITING, reason="", outbox_id=None, tries=Recipient.tries + 1)
    )
    count = await changed(session, statement)
    if count:
        announcement.state, announcement.ended_at = "sending", None
        announcement.version += 1
        _note(session, announcement, "again", by, now, {"recipients": count})
    return count


def _note(
    session: AsyncSession,
    announcement: Announcement,
    action: str,
    by: int | None,
    now: datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    audit.note(
        session, at=now, person_id=by, action=f"announcement.{action}", object=f"announcement:{announcement.id}",
        unit_id=announcement.unit_id, detail=detail,
    )  # fmt: skip


# --- how it stands --------------------------------------------------------------------------------------------------


async def tally(session: AsyncSession, announcement_id: int) -> Tally:
    """How many recipients are in each state; a message sent may be counted as waiting for a few seconds."""
    statement = (
        select(Recipient.state, func.count(), func.count(Recipient.confirmed_at))
        .where(Recipient.announcement_id == announcement_id)
        .group_by(Recipient.state)
    )
    rows = (await session.execute(statement)).all()
    return tally_of({state: count for state, count, _ in rows}, sum(confirmed for _, _, confirmed in rows))


async def reachable_again(session: AsyncSession, announcement_id: int) -> dict[int, Chat]:
    """Of those whom it failed to reach, by the id of their row: the chat used last that takes messages now."""
    return await announcement_listing.chats_of(session, *_failed(announcement_id))


def _failed(announcement_id: int) -> tuple[ColumnElement[bool], ...]:
    """Whom it did not reach; whoever has confirmed it knows it all the same."""
    return Recipient.announcement_id == announcement_id, Recipient.state == FAILED, Recipient.confirmed_at.is_(None)


# --- what the clock and the sender do with it -----------------------------------------------------------------------


async def carry_out(db: Database, policy: AnnouncingPolicy, now: datetime) -> int:
    """Begin what is due, go on with the lists that are not whole, bring the ledgers up to date.

    Returns how many recipients were listed or have come to an end. Whatever interrupts it, the next time goes on; one
    that cannot be dealt with holds up none of the others.
    """
    async with db.read() as session:
        due = await _due(session, now)
    for announcement_id in due:
        with _noted(announcement_id):
            await announcement_beginning.begin(db, announcement_id, policy, now)
    async with db.read() as session:
        under_way = await _under_way(session)
    done = 0
    for announcement_id, state, is_listed in under_way:
        with _noted(announcement_id):
            done += await _go_on(db, announcement_id, state, is_listed, policy, now)
    return done + await announcement_flow.hear_late(db, now)


async def _go_on(
    db: Database, announcement_id: int, state: str, is_listed: bool, policy: AnnouncingPolicy, now: datetime
) -> int:
    done = 0
    if not is_listed and (state != "sending" or await announcement_flow.is_clear(db, announcement_id, now)):
        done += await announcement_listing.write_list(db, announcement_id, policy, now)
    if state == "sending":
        done += await announcement_listing.owe_again(db, announcement_id, policy, now)
    done += await announcement_flow.carry_over(db, announcement_id, now)
    if state == "recalled":
        done += await announcement_recall.carry_on(db, announcement_id, policy, now)
    return done


@contextmanager
def _noted(announcement_id: int) -> Iterator[None]:
    """What goes wrong with one announcement is written down for whoever runs the program."""
    try:
        yield
    except WRONG:
        log.exception("announcement not carried out", announcement=announcement_id)


async def _due(session: AsyncSession, now: datetime) -> list[int]:
    statement = select(Announcement.id).where(Announcement.state == "planned", Announcement.send_at <= now)
    return list(await session.scalars(statement.order_by(Announcement.send_at, Announcement.id)))


async def _under_way(session: AsyncSession) -> list[tuple[int, str, bool]]:
    """Announcements that have begun and not ended: their states, and whether their ledger is whole."""
    statement = (
        select(Announcement.id, Announcement.state, Announcement.listed_at)
        .where(Announcement.state.in_(UNDER_WAY), Announcement.ended_at.is_(None))
        .order_by(Announcement.id)
    )
    rows = await session.execute(statement)
    return [(row_id, state, listed_at is not None) for row_id, state, listed_at in rows]


async def compose(session: AsyncSession, body: Mapping[str, Any], now: datetime, link: str = "") -> Message | None:
    """The message for one recipient at the second of sending; None when it is not for them any more.

    `link`: opens the private chat, for whoever reads it in a group.
    """
    announced = await announcements.find(session, body["announcement"])
    recipient = await session.get(Recipient, body["recipient"])
    if announced is None or recipient is None or recipient.state != WAITING:
        return None
    announcement = announced.announcement
    has_old = await announcement_corrections.has_old(session, announcement, recipient)
    if announcement.state != "sending" or not (has_old or await still_meant(session, announcement, recipient, now)):
        return None
    replaces, is_edit = announcement.replaces_id or 0 if has_old else 0, bool(body.get("card"))
    if recipient.person_id is None:
        return group_message_of(announced, link, replaces=replaces, is_edit=is_edit)
    return message_of(announced, recipient_id=recipient.id, replaces=replaces, is_edit=is_edit)
