"""Which kinds of message people want no more of."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.insertion import insert_once
from models.tables import Mute


async def muted(session: AsyncSession, person_ids: Collection[int] | Select[int], kind: str) -> set[int]:
    """Those of these people who want nothing of this kind; many are better asked for as a question within this one."""
    wanted = select(Mute.person_id).where(Mute.kind == kind, Mute.person_id.in_(person_ids))
    return set(await session.scalars(wanted))


async def kinds_of(session: AsyncSession, person_id: int) -> dict[str, datetime]:
    """What one person has turned off, and when."""
    rows = await session.execute(select(Mute.kind, Mute.at).where(Mute.person_id == person_id).order_by(Mute.kind))
    return {kind: at for kind, at in rows}


async def mute(session: AsyncSession, person_id: int, kind: str, now: datetime) -> None:
    """From now on nothing of this kind; said twice it is said once."""
    if await insert_once(session, Mute, {"person_id": person_id, "kind": kind, "at": now}):
        _note(session, person_id, "message.mute", kind, now)


async def unmute(session: AsyncSession, person_id: int, kind: str, now: datetime) -> None:
    gone = delete(Mute).where(Mute.person_id == person_id, Mute.kind == kind).returning(Mute.kind)
    if (await session.execute(gone)).all():
        _note(session, person_id, "message.unmute", kind, now)


async def forget(session: AsyncSession, person_ids: Collection[int]) -> None:
    await session.execute(delete(Mute).where(Mute.person_id.in_(person_ids)))


def _note(session: AsyncSession, person_id: int, action: str, kind: str, now: datetime) -> None:
    about = f"person:{person_id}"
    audit.note(session, at=now, person_id=person_id, action=action, object=about, detail={"kind": kind})
