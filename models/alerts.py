"""A word to people at once: to each one's reachable chat, once for each fact."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import outbox, people
from models.heads import heads_of_units
from models.messages import Message
from models.tables import Unit


async def alert(
    session: AsyncSession,
    person_ids: Iterable[int],
    message: Message,
    *,
    once: str,
    now: datetime,
    kind: str = "alert",
) -> int:
    """Promise the message to these people. `once` names the fact; of the kind `outbox.NEWS` it waits for the morning.
    Returns how many have a chat that takes it.
    """
    told = 0
    for person_id in dict.fromkeys(person_ids):
        account = await people.account_of(session, person_id)
        if account is not None:
            key = f"{once}:person:{person_id}"
            await outbox.promise(session, message, account=account, once=key, kind=kind, lane=outbox.ALERT, at=now)
            told += 1
    return told


async def alert_writers(
    session: AsyncSession, unit: Unit, message: Message, *, once: str, now: datetime, but: int
) -> int:
    """The same to everybody who files for the unit; `but`, who brought it about, is not told."""
    heads = (await heads_of_units(session, now, [unit.id])).get(unit.id, [])
    return await alert(
        session, [head.person_id for head in heads if head.person_id != but], message, once=once, now=now
    )
