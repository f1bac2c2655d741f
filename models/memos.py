"""Single facts about the running of the bot."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from models.insertion import insert_once
from models.tables import Memo


async def read(session: AsyncSession, name: str) -> dict[str, Any]:
    """The fact, or nothing at all."""
    found = await session.get(Memo, name, populate_existing=True)
    return dict(found.value) if found else {}


async def write(session: AsyncSession, name: str, value: dict[str, Any]) -> None:
    if not await insert_once(session, Memo, {"name": name, "value": value}):
        await session.execute(update(Memo).where(Memo.name == name).values(value=value))
