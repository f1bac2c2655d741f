"""Changing rows by the database alone, without bringing them here."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import Update


async def changed(session: AsyncSession, statement: Update) -> int:
    """Carry out an UPDATE; objects of the session do not hear of it. Returns how many rows it met."""
    quiet = statement.execution_options(synchronize_session=False)
    return cast("CursorResult[Any]", await session.execute(quiet)).rowcount
