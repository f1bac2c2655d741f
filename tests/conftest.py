"""What every test may ask for: a fresh database of either kind, a world of units and people, a bot to talk to."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

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


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file goes to one worker whole, for what its tests share; the talks share nothing and go to whoever is free."""
    if config.getvalue("dist") != "loadfile":
        return None
    by_file = LoadFileScheduling(config, log)
    file_of = by_file._split_scope
    by_file._split_scope = lambda test: test if "/test_talks.py::" in test else file_of(test)
    return by_file
