"""Events received once: stored before the channel is told, in order per chat, set aside when they keep failing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.insertion import insert_once
from models.tables import Inbox

TRIES = 3  # a handler's bug: the third failure sets the event aside
CRASHES = 5  # a process that died: more patience, for the power may have gone each time by chance


async def store(
    session: AsyncSession, channel: str, events: Iterable[tuple[str, str, dict[str, Any], str]], now: datetime
) -> int:
    """Keep raw events as (event id, chat, payload, album); one seen before is left alone. Returns how many are new."""
    rows = [
        {"channel": channel, "event_id": event_id, "chat": chat, "payload": payload, "album": album, "received_at": now}
        for event_id, chat, payload, album in events
    ]
    return await insert_once(session, Inbox, rows)


async def take(session: AsyncSession, limit: int, only: Sequence[int] = ()) -> Sequence[Inbox]:
    """The oldest waiting events, several chats at once, in order inside each; or `only` these, where no other of their
    chat comes before them.

    With several processes on PostgreSQL each passes over what another one is answering, and a chat belongs to the
    transaction that locked it first, so no later event of the chat overtakes.
    """
    waiting = select(Inbox).where(Inbox.state == "new").order_by(Inbox.id).limit(limit)
    if only:
        waiting = waiting.where(Inbox.id.in_(only), ~_earlier_in_chat(only))
    if session.get_bind().dialect.name == "sqlite":
        return (await session.scalars(waiting)).all()
    free = waiting.with_only_columns(Inbox.channel, Inbox.chat).with_for_update(skip_locked=True)
    chats = (await session.execute(free)).all()
    names = sorted({(chat.channel, chat.chat) for chat in chats})
    mine = [name for name in names if await _lock_chat(session, ":".join(name))]
    if not mine:
        return []
    # asked again: what another process did before it let go of a chat is visible only now
    return (await session.scalars(waiting.where(tuple_(Inbox.channel, Inbox.chat).in_(mine)))).all()


def _earlier_in_chat(but: Sequence[int]) -> ColumnElement[bool]:
    earlier = aliased(Inbox)
    same_chat = and_(earlier.channel == Inbox.channel, earlier.chat == Inbox.chat)
    waits = and_(earlier.state == "new", earlier.id < Inbox.id, earlier.id.not_in(but))
    return select(earlier.id).where(same_chat, waits).exists()


async def _lock_chat(session: AsyncSession, chat: str) -> bool:
    found = await session.scalar(text("SELECT pg_try_advisory_xact_lock(1, hashtext(:chat))"), {"chat": chat})
    return bool(found)


async def finish(session: AsyncSession, ids: Sequence[int]) -> None:
    """Done: their effect is in this same transaction."""
    if ids:
        await session.execute(update(Inbox).where(Inbox.id.in_(ids), Inbox.state == "new").values(state="done"))


async def fail(session: AsyncSession, event_id: int, error: str, limit: int = TRIES) -> bool:
    """Count a failure; True when the event has now been set aside."""
    tries = await session.scalar(
        update(Inbox).where(Inbox.id == event_id).values(tries=Inbox.tries + 1, error=error).returning(Inbox.tries)
    )
    if tries is None or tries < limit:
        return False
    await session.execute(update(Inbox).where(Inbox.id == event_id).values(state="poison"))
    return True


async def keep_files(session: AsyncSession, event_id: int, payload: dict[str, Any]) -> None:
    """Note beside the event where its attachments were stored."""
    await session.execute(update(Inbox).where(Inbox.id == event_id).values(payload=payload))


async def find(session: AsyncSession, event_id: int) -> Inbox | None:
    return await session.get(Inbox, event_id)


async def leftovers(session: AsyncSession) -> list[tuple[int, int]]:
    """Events left over from an earlier process with the tries made at them, oldest first."""
    rows = await session.execute(select(Inbox.id, Inbox.tries).where(Inbox.state == "new").order_by(Inbox.id))
    return [(event_id, tries) for event_id, tries in rows]


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many events are in each state, for the health page."""
    rows = await session.execute(select(Inbox.state, func.count()).group_by(Inbox.state))
    return {state: number for state, number in rows}
