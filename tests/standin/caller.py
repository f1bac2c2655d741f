"""A bot without a library."""

from __future__ import annotations

from typing import Any

import httpx

from tests.standin.bot_api import BotApi


class Caller:
    """Posts JSON and gives back the whole answer, whatever it says."""

    def __init__(self, api: BotApi) -> None:
        self.api = api
        self.http = httpx.AsyncClient(timeout=5, trust_env=False)

    async def __call__(self, method: str, **fields: Any) -> dict[str, Any]:
        answer = await self.http.post(f"{self.api.base_url}{self.api.token}/{method}", json=fields)
        body: dict[str, Any] = answer.json()
        assert answer.status_code == body.get("error_code", 200)
        return body

    async def ids(self, **fields: Any) -> list[int]:
        """The ids of the updates that getUpdates brings."""
        return [update["update_id"] for update in (await self("getUpdates", **fields))["result"]]
