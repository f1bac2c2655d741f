"""A stand-in that runs as a process of its own, moved from here."""

from __future__ import annotations

from typing import Any, Self

import aiohttp


class Remote:
    """Speaks to /control/ of a running stand-in: `await remote.say(chat=1, text="12")`, `await remote.state()`.

    Any verb of control.py is a method here; it returns the result, and raises AssertionError with the stand-in's words.
    """

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session:
            await self._session.close()

    async def do(self, verb: str, **fields: Any) -> Any:
        """One verb with its fields."""
        assert self._session, "use it as `async with Remote(url) as remote:`"
        async with self._session.post(f"{self.url}/control/{verb}", json=fields) as answer:
            body = await answer.json()
        if not body["ok"]:
            raise AssertionError(body.get("error") or body.get("description"))
        return body["result"]

    def __getattr__(self, verb: str) -> Any:
        if verb.startswith("_"):
            raise AttributeError(verb)

        async def call(**fields: Any) -> Any:
            return await self.do(verb, **fields)

        return call
