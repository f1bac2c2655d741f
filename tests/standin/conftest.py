"""A running stand-in and a bare bot for its own tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.standin import BotApi
from tests.standin.caller import Caller


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as running:
        yield running
        assert not running.unplanned


@pytest.fixture
async def call(api: BotApi) -> AsyncIterator[Caller]:
    caller = Caller(api)
    yield caller
    await caller.http.aclose()
