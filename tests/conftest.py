"""What every test may ask for: a fresh database of either kind, a world of units and people, a bot to talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from models.database import Database
from tests.databases import Databases, databases


@pytest.fixture(scope="session")
def all_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    yield from databases(tmp_path_factory.mktemp("databases"))


@pytest.fixture(params=["sqlite", "postgres"])
async def db(request: pytest.FixtureRequest, all_databases: Databases) -> AsyncIterator[Database]:
    """An empty database at the newest schema, once as SQLite and once as PostgreSQL."""
    async with all_databases.fresh(request.param) as fresh:
        yield fresh


@pytest.fixture
async def sqlite_db(all_databases: Databases) -> AsyncIterator[Database]:
    async with all_databases.fresh("sqlite") as fresh:
        yield fresh
