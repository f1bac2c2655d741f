"""Insert what is not there yet: the same word for both databases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, func, literal_column
from sqlalchemy.dialects.postgresql import insert as postgres_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.dml import ReturningInsert

from models.tables import Base


async def insert_once(session: AsyncSession, table: type[Base], rows: dict[str, Any] | list[dict[str, Any]]) -> int:
    """Insert rows unless their unique key is already there. Returns how many were new."""
    listed = [rows] if isinstance(rows, dict) else rows
    if not listed:
        return 0
    new = await session.execute(_once(table, _is_postgres(session)), listed)
    return len(new.all())


async def insert_selected(
    session: AsyncSession, table: type[Base], columns: Sequence[str], rows: Select[*tuple[Any, ...]]
) -> None:
    """Insert what a question finds, unless its unique key is already there: no row comes through this process."""
    insert = postgres_insert if _is_postgres(session) else sqlite_insert
    named = cast(Table, table.__table__)
    await session.execute(insert(named).from_select(list(columns), rows).on_conflict_do_nothing())


def json_object(session: AsyncSession, values: Mapping[str, ColumnElement[Any]]) -> ColumnElement[Any]:
    """A JSON object made by the database; the names are ours, never a user's."""
    make = func.json_build_object if _is_postgres(session) else func.json_object
    return make(*(part for name, value in values.items() for part in (literal_column(f"'{name}'"), value)))


def _is_postgres(session: AsyncSession) -> bool:
    return session.get_bind().dialect.name == "postgresql"


@cache
def _once(table: type[Base], postgres: bool) -> ReturningInsert[Any]:
    """Built once a table: with its rows in it, a statement would have to be compiled anew each time."""
    insert = postgres_insert if postgres else sqlite_insert
    rows = cast(Table, table.__table__)
    return insert(rows).on_conflict_do_nothing().returning(*rows.primary_key)
