"""Chats of several people: which unit each belongs to, and what becomes of that when it is renamed, moved or left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models import alerts, audit, heads, outbox, people
from models.insertion import insert_once
from models.messages import Button, Message
from models.rules.folding import clean
from models.rules.permissions import may
from models.tables import Account, GroupChat, Recipient, Unit

BIND = "group_chat.bind"
TITLE_ROOM = 120  # characters, as the table keeps them; Telegram allows 128


@dataclass(frozen=True, slots=True)
class Bound:
    """A chat of several people with the unit it belongs to; None: to none (any more)."""

    chat: GroupChat
    unit: Unit | None

    @property
    def holder(self) -> Unit | None:
        """The unit that has the chat: one that was closed holds on to nothing."""
        return self.unit if self.unit is not None and self.unit.closed_on is None else None


async def meet(session: AsyncSession, channel: str, address: str, title: str) -> Bound:
    """The chat as it is now called, written down when it is new."""
    found = await at(session, channel, address)
    if found is None:
        await insert_once(session, GroupChat, {"channel": channel, "address": address, "title": _short(title)})
        found = await at(session, channel, address)
        assert found is not None
    retitle(found.chat, title)
    return found


async def at(session: AsyncSession, channel: str, address: str) -> Bound | None:
    """The chat at an address; None when nobody has asked anything of the bot there."""
    chat = await session.scalar(_locked().where(GroupChat.channel == channel, GroupChat.address == address))
    return None if chat is None else await _with_unit(session, chat)


async def find(session: AsyncSession, chat_id: int) -> Bound | None:
    """The chat by its number, kept from everybody else until the transaction ends."""
    chat = await session.scalar(_locked().where(GroupChat.id == chat_id))
    return None if chat is None else await _with_unit(session, chat)


async def of_unit(session: AsyncSession, unit_id: int) -> Sequence[GroupChat]:
    """The chats bound to this very unit, the oldest binding first."""
    bound = select(GroupChat).where(GroupChat.unit_id == unit_id).order_by(GroupChat.bound_at, GroupChat.id)
    return (await session.scalars(bound)).all()


async def facts(session: AsyncSession, person_id: int) -> list[dict[str, Any]]:
    """The chats that somebody bound and that are bound still, as facts about them."""
    mine = select(GroupChat, Unit.name).join(Unit, Unit.id == GroupChat.unit_id).where(GroupChat.bound_by == person_id)
    rows = (await session.execute(mine.order_by(GroupChat.id))).all()
    return [{"kind": "group_chat", "title": chat.title, "unit": unit, "at": chat.bound_at} for chat, unit in rows]


# --- binding --------------------------------------------------------------------------------------------------------


async def bind(session: AsyncSession, chat: GroupChat, unit: Unit, *, by: int, now: datetime) -> None:
    """From now on what is for the unit's chats goes there, and the chat sees the unit's numbers."""
    before = chat.unit_id
    chat.unit_id, chat.bound_by, chat.bound_at = unit.id, by, now
    chat.version += 1
    _note(session, chat, "group_chat.bind", unit.id, by=by, now=now, before=before)
    await _tell_chat(session, chat, Message("group_chat_binding.told", {"unit": unit.name}), now)


async def unbind(session: AsyncSession, bound: Bound, *, by: int, now: datetime) -> None:
    """The chat belongs to no unit any more, and is told."""
    chat, unit = bound.chat, bound.unit
    assert unit is not None
    _free(chat)
    await session.flush()
    _note(session, chat, "group_chat.unbind", unit.id, by=by, now=now)
    if chat.left_at is None:
        await _tell_chat(session, chat, Message("group_chat_list.told", {"unit": unit.name}), now)


# --- what happens to a chat -----------------------------------------------------------------------------------------


async def joined(session: AsyncSession, channel: str, address: str, title: str) -> Bound:
    """The bot is in it, for the first time or again; what it was bound to it is bound to still."""
    bound = await meet(session, channel, address, title)
    if bound.chat.left_at is not None:
        bound.chat.left_at = None
        bound.chat.version += 1
    return bound


async def left(session: AsyncSession, channel: str, address: str, now: datetime) -> None:
    """The bot is no longer in it: whoever bound it hears so, or who answers for the unit now; the binding stays."""
    bound = await at(session, channel, address)
    if bound is None or bound.chat.left_at is not None:
        return
    chat, unit = bound.chat, bound.unit
    chat.left_at = now
    chat.version += 1
    if unit is not None:
        rows = ((Button("group_chat_list.button_open", "group_chat.list", unit.id),),)
        told = Message("group_chat.left", {"title": chat.title, "unit": unit.name}, rows)
        once = f"group_chat:{chat.id}:left:{chat.version}"
        whom = await _answering(session, chat, unit, now)
        await alerts.alert(session, whom, told, once=once, now=now, kind=outbox.NEWS)


def retitle(chat: GroupChat, title: str) -> None:
    """The chat as it is called now."""
    if title and chat.title != _short(title):
        chat.title = _short(title)


async def move(session: AsyncSession, channel: str, old: str, new: str) -> None:
    """The chat has another address: what is owed to it and what it is bound to go there together.

    A chat that was met at the new address before this was known takes the binding over, unless it has one of its own.
    """
    await outbox.move_address(session, channel, old, new)
    bound, there = await at(session, channel, old), await at(session, channel, new)
    if bound is None:
        return
    chat = bound.chat
    if there is None:
        chat.address, chat.left_at = new, None
        return
    if there.unit is None and bound.unit is not None:
        there.chat.unit_id, there.chat.bound_by, there.chat.bound_at = chat.unit_id, chat.bound_by, chat.bound_at
        there.chat.version += 1
    await _ledgers_follow(session, chat, there.chat)
    _free(chat)


async def _ledgers_follow(session: AsyncSession, old: GroupChat, new: GroupChat) -> None:
    """The announcements that the chat got, or waits for, are those of its new row, unless that one has them too."""
    other = aliased(Recipient)
    has_it = exists().where(other.announcement_id == Recipient.announcement_id, other.group_chat_id == new.id)
    moved = update(Recipient).where(Recipient.group_chat_id == old.id, ~has_it).values(group_chat_id=new.id)
    await session.execute(moved.execution_options(synchronize_session=False))


def _free(chat: GroupChat) -> None:
    chat.unit_id = chat.bound_by = chat.bound_at = None
    chat.version += 1


async def _answering(session: AsyncSession, chat: GroupChat, unit: Unit, now: datetime) -> list[int]:
    """Whoever bound the chat while they may still do so; else who files for the unit."""
    if chat.bound_by is not None and may(await people.actor_of(session, chat.bound_by, now), BIND, unit.path):
        return [chat.bound_by]
    return [head.person_id for head in (await heads.heads_of_units(session, now, [unit.id])).get(unit.id, [])]


async def _tell_chat(session: AsyncSession, chat: GroupChat, message: Message, now: datetime) -> None:
    here = (Account.channel == chat.channel, Account.address == chat.address, Account.unreachable == "")
    account = await session.scalar(select(Account).where(*here))
    if account is not None:
        once = f"group_chat:{chat.id}:{message.key}:{chat.version}"
        await outbox.promise(session, message, account=account, once=once, kind="alert", lane=outbox.ALERT, at=now)


async def _with_unit(session: AsyncSession, chat: GroupChat) -> Bound:
    return Bound(chat, None if chat.unit_id is None else await session.get(Unit, chat.unit_id))


def _locked() -> Select[GroupChat]:
    return select(GroupChat).with_for_update()


def _note(
    session: AsyncSession,
    chat: GroupChat,
    action: str,
    unit_id: int,
    *,
    by: int,
    now: datetime,
    before: int | None = None,
) -> None:
    detail = {"before": before} if before is not None else {}
    thing = f"group_chat:{chat.id}"
    audit.note(session, at=now, person_id=by, action=action, object=thing, unit_id=unit_id, detail=detail)


def _short(title: str) -> str:
    return clean(title)[:TITLE_ROOM]
