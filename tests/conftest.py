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


# the longest first, so that no worker is left alone with one of them at the end
LONGEST = ("tests/kill/", "tests/test_months.py", "tests/test_reach.py", "tests/browser/", "tests/test_talks.py")
APART = ("tests/kill/", "tests/test_months.py", "tests/test_reach.py", "tests/test_talks.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((n for n, at in enumerate(LONGEST) if item.nodeid.startswith(at)), len(LONGEST)))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file goes to one worker whole, for what its tests share; what shares nothing goes to whoever is free."""
    if config.getvalue("dist") != "loadfile":
        return None
    config.option.loadscopereorder = False  # the order is ours
    by_file = LoadFileScheduling(config, log)
    file_of = by_file._split_scope
    by_file._split_scope = lambda test: test if test.startswith(APART) else file_of(test)
    return by_file
