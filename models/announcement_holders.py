"""Those who have an announcement, or may have it: where to write to each of them now, and the very message it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.announcement_ledger import ARRIVED
from models.chats import LAST_USED
from models.tables import Account, GroupChat, Outbox, Person, Recipient, Talk, Unit

person_now = func.coalesce(Person.merged_into, Recipient.person_id)  # whoever they turned out to be


@dataclass(frozen=True, slots=True)
class Holder:
    """A recipient who has it, or may. `account_id`, `channel`, `address`: the chat to write to now, the one in which it
    stands if that still takes messages; without a channel nothing reaches them any more.

    `ref`: the message in that chat, empty when nobody knows it; `sent_at`: when it was sent.
    """

    recipient_id: int
    person_id: int | None
    group_chat_id: int | None
    unit_id: int | None
    unit_kind: str
    name: str
    account_id: int | None = None
    channel: str = ""
    address: str = ""
    ref: str = ""
    sent_at: datetime | None = None


async def holders(
    session: AsyncSession, announcement_id: int, *which: ColumnElement[bool], limit: int | None = None
) -> list[Holder]:
    """Who has it or may have it, each once: the first `limit` of those that fit."""
    arrived = select(Recipient.id).where(Recipient.announcement_id == announcement_id, Recipient.state.in_(ARRIVED))
    ids = arrived.where(*which).order_by(Recipient.id).limit(limit)
    found: dict[int, Holder] = {}
    for row in await session.execute(_people(ids)):
        known = found.get(row.id)
        if known is None or not known.ref:  # the chat in which it stands, else the last one read: the one used last
            found[row.id] = _holder(row, row.account_id is not None)
    for row in await session.execute(_groups(ids)):
        found[row.id] = _holder(row, row.is_there)
    return list(found.values())


def _holder(row: Any, is_there: bool) -> Holder:
    about = (row.id, row.person_id, row.group_chat_id, row.unit_id, row.unit_kind or "", row.name)
    if not is_there:
        return Holder(*about)
    return Holder(*about, row.account_id, row.channel, row.address, row.message_ref or "", row.settled_at)


def _people(ids: Select[int]) -> Select[*tuple[Any, ...]]:
    """A row for each chat of theirs that takes messages, one without a chat when there is none."""
    takes = and_(Account.person_id == person_now, Account.unreachable == "")
    return (
        select(person_now.label("person_id"), Person.name, Account.id.label("account_id"), *_about(Account))
        .join(Person, Person.id == Recipient.person_id)
        .outerjoin(Account, takes)
        .outerjoin(Outbox, _stands_in(Account))
        .outerjoin(Unit, Unit.id == Recipient.unit_id)
        .outerjoin(Talk, Talk.account_id == Account.id)
        .where(Recipient.id.in_(ids), Person.erased_at.is_(None))
        .order_by(Recipient.id, LAST_USED, Account.id)
    )


def _groups(ids: Select[int]) -> Select[*tuple[Any, ...]]:
    is_there = and_(GroupChat.left_at.is_(None), GroupChat.unit_id.is_not(None)).label("is_there")
    nobody = (Recipient.person_id, Recipient.account_id)
    return (
        select(*nobody, GroupChat.title.label("name"), is_there, *_about(GroupChat))
        .join(GroupChat, GroupChat.id == Recipient.group_chat_id)
        .outerjoin(Outbox, _stands_in(GroupChat))
        .outerjoin(Unit, Unit.id == Recipient.unit_id)
        .where(Recipient.id.in_(ids))
        .order_by(Recipient.id)
    )


def _about(chat: type[Account | GroupChat]) -> tuple[Any, ...]:
    unit = (Recipient.unit_id, Unit.kind.label("unit_kind"))
    return (
        Recipient.id,
        Recipient.group_chat_id,
        *unit,
        chat.channel,
        chat.address,
        Outbox.message_ref,
        Outbox.settled_at,
    )


def _stands_in(chat: type[Account | GroupChat]) -> ColumnElement[bool]:
    here = and_(Outbox.channel == chat.channel, Outbox.address == chat.address)
    return and_(Outbox.id == Recipient.outbox_id, Outbox.state == "sent", here)
