"""The ledger of an announcement as it is written: a row for everybody it is for, a promise for whoever can be written
to.

In chunks with a transaction each: a process killed in between goes on where it was, for a recipient is there once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import outbox
from models.announcement_corrections import reached_by
from models.announcements import SENDING
from models.chats import LAST_USED
from models.database import Database
from models.insertion import insert_once
from models.rules.announcement_endings import FAILED, STOPPED, WAITING
from models.rules.announcing import AnnouncingPolicy
from models.rules.reaches import Reach
from models.tables import Account, Announcement, GroupChat, Outbox, Recipient, Talk, Unit

CHUNK = 500  # recipients in one transaction: everybody else's turns go in between
ROWS = "ann:"  # what the `once` of every promise of an announcement begins with


@dataclass(frozen=True, slots=True)
class Chat:
    """Where to write to a recipient; a group chat has no account. `card`: the message there to be changed in place."""

    account_id: int | None
    channel: str
    address: str
    card: str = ""


async def write_list(db: Database, announcement_id: int, policy: AnnouncingPolicy, now: datetime) -> int:
    """Work out for whom it is and write all of them down; what an earlier try has written stays as it is.

    Once it was stopped the rest is written down as stopped: the ledger says of everybody what became of it for them.
    Returns how many are new.
    """
    new = 0
    reaches = await _reached(db, announcement_id, policy, now)
    for start in range(0, len(reaches), CHUNK):
        async with db.write() as session:
            announcement = await locked(session, announcement_id)
            new += await _write(session, announcement, reaches[start : start + CHUNK], policy.lasts, now)
    async with db.write() as session:
        announcement = await locked(session, announcement_id)
        announcement.listed_at = now
    return new


async def owe_again(db: Database, announcement_id: int, policy: AnnouncingPolicy, now: datetime) -> int:
    """Promise it to those who wait for it once more. Returns how many those were."""
    async with db.read() as session:
        announcement = await session.get_one(Announcement, announcement_id)
        is_waited_for = await session.scalar(_unowed(announcement).limit(1)) is not None
    done = 0
    while is_waited_for:
        async with db.write() as session:
            announcement = await locked(session, announcement_id)
            ids = (await session.scalars(_unowed(announcement).order_by(Recipient.id).limit(CHUNK))).all()
            if announcement.state != SENDING:
                return done
            await _owe_or_fail(session, announcement, ids, policy.lasts, now)
        done += len(ids)
        is_waited_for = len(ids) == CHUNK
    return done


async def _owe_or_fail(
    session: AsyncSession, announcement: Announcement, ids: Sequence[int], lasts: timedelta, now: datetime
) -> None:
    """Whoever has no chat any more since it was sent again has failed as before."""
    chats = await chats_of(session, Recipient.id.in_(ids))
    await owe(session, announcement, chats, lasts, now)
    if chats:
        used = [{"id": row_id, "account_id": chat.account_id} for row_id, chat in chats.items()]
        await session.execute(update(Recipient), used)
    lost = update(Recipient).where(Recipient.id.in_(set(ids) - set(chats)))
    await session.execute(lost.values(state=FAILED, reason="blocked").execution_options(synchronize_session=False))


async def chats_of(session: AsyncSession, *whose: ColumnElement[bool]) -> dict[int, Chat]:
    """Of these recipients, by the id of their row: the chat used last that takes messages now."""
    people = (
        select(Recipient.id, Account.id, Account.channel, Account.address)
        .join(Account, and_(Account.person_id == Recipient.person_id, Account.unreachable == ""))
        .outerjoin(Talk, Talk.account_id == Account.id)
        .where(*whose)
        .order_by(Recipient.id, LAST_USED, Account.id)
    )
    # of several chats of one person the last one read is the one
    found = {row[0]: Chat(row[1], row[2], row[3]) for row in await session.execute(people)}
    groups = (
        select(Recipient.id, GroupChat.channel, GroupChat.address)
        .join(GroupChat, GroupChat.id == Recipient.group_chat_id)
        .where(*whose, GroupChat.left_at.is_(None), GroupChat.unit_id.is_not(None))
    )
    return found | {row[0]: Chat(None, row[1], row[2]) for row in await session.execute(groups)}


async def owe(
    session: AsyncSession, announcement: Announcement, chats: Mapping[int, Chat], lasts: timedelta, now: datetime
) -> None:
    """Promise it to these recipients (by id), whose rows say that they wait. The text is not copied."""
    tries = dict((await session.execute(_unowed(announcement).where(Recipient.id.in_(chats)))).all())
    kind = outbox.ANNOUNCED_URGENT if announcement.is_urgent else outbox.ANNOUNCED
    rows = [
        {
            "once": f"{ROWS}{announcement.id}:{recipient_id}:{tries[recipient_id]}",
            "channel": chat.channel,
            "address": chat.address,
            "lane": outbox.ANNOUNCEMENT,
            "kind": kind,
            "body": {"announcement": announcement.id, "recipient": recipient_id, "account": chat.account_id}
            | ({"card": chat.card} if chat.card else {}),
            "due_at": now,
            "expires_at": now + lasts,
            "created_at": now,
        }
        for recipient_id, chat in chats.items()
        if recipient_id in tries
    ]
    await insert_once(session, Outbox, rows)
    begins = literal(f"{ROWS}{announcement.id}:", String)
    once = begins + cast(Recipient.id, String) + ":" + cast(Recipient.tries, String)
    promised = select(Outbox.id).where(Outbox.once == once).scalar_subquery()
    linked = update(Recipient).where(*_waits_unowed(announcement), Recipient.id.in_(chats)).values(outbox_id=promised)
    await session.execute(linked.execution_options(synchronize_session=False))
    session.info[outbox.PROMISED] = True


async def locked(session: AsyncSession, announcement_id: int) -> Announcement:
    """The announcement, kept from changing until this transaction ends."""
    return await session.get_one(Announcement, announcement_id, with_for_update=True)


async def _reached(db: Database, announcement_id: int, policy: AnnouncingPolicy, now: datetime) -> Sequence[Reach]:
    async with db.read() as session:
        announcement = await session.get_one(Announcement, announcement_id)
        unit = await session.get_one(Unit, announcement.unit_id)
        return await reached_by(session, announcement, unit, policy, now)


async def _write(
    session: AsyncSession, announcement: Announcement, reaches: Sequence[Reach], lasts: timedelta, now: datetime
) -> int:
    rows = [_row(announcement.id, each) for each in reaches]
    if announcement.state != SENDING:
        return await insert_once(session, Recipient, [each | _kept_back(each["state"]) for each in rows])
    new = await insert_once(session, Recipient, rows)
    where = {
        (each.person_id, each.group_chat_id): Chat(each.account_id, each.channel, each.address, each.card)
        for each in reaches
        if each.state == WAITING
    }
    written = select(Recipient.id, Recipient.person_id, Recipient.group_chat_id).where(*_waits_unowed(announcement))
    unowed = await session.execute(written)
    # whoever waits to get it once more is owed it by `owe_again`
    chats = {
        row_id: where[person_id, chat_id] for row_id, person_id, chat_id in unowed if (person_id, chat_id) in where
    }
    await owe(session, announcement, chats, lasts, now)
    return new


def _row(announcement_id: int, reach: Reach) -> dict[str, Any]:
    return {
        "announcement_id": announcement_id,
        "person_id": reach.person_id,
        "group_chat_id": reach.group_chat_id,
        "unit_id": reach.unit_id,
        "account_id": reach.account_id,
        "state": reach.state,
        "reason": reach.reason,
    }


def _kept_back(state: str) -> dict[str, str]:
    return {"state": STOPPED, "reason": STOPPED} if state == WAITING else {}


def _waits_unowed(announcement: Announcement) -> tuple[Any, ...]:
    """Those of this very transaction, and whoever is to get it once more and is not owed it yet."""
    return (
        Recipient.announcement_id == announcement.id,
        Recipient.state == WAITING,
        Recipient.outbox_id.is_(None),
    )


def _unowed(announcement: Announcement) -> Any:
    return select(Recipient.id, Recipient.tries).where(*_waits_unowed(announcement))
