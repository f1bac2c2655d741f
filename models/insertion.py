"""Insert what is not there yet: the same word for both databases."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from models.tables import Base


async def insert_once(session: AsyncSession, table: type[Base], rows: dict[str, Any] | list[dict[str, Any]]) -> int:
    """Insert rows unless their unique key is already there. Returns how many were new."""
    listed = [rows] if isinstance(rows, dict) else rows
    postgres = session.get_bind().dialect.name == "postgresql"
    if not listed:
        return 0
    new = await session.execute(_once(table, postgres), listed)
    return len(new.all())


@cache
def _once(table: type[Base], postgres: bool) -> ReturningInsert[Any]:
    """Built once a table: with its rows in it, a statement would have to be compiled anew each time."""
    insert = postgres_insert if postgres else sqlite_insert
    rows = cast(Table, table.__table__)
    return insert(rows).on_conflict_do_nothing().returning(*rows.primary_key)
