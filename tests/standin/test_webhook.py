"""Updates sent to the bot's own address."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from tests.standin import BotApi, Person


class Hook:
    """A bot's web server: answers as told and remembers who was under way at the same time."""

    def __init__(self) -> None:
        self.got: list[dict[str, Any]] = []
        self.secrets: set[str | None] = set()
        self.answers: list[int] = []
        self.pause = 0.0
        self.busy = self.most_busy = 0
        self.url = ""

    async def take(self, request: web.BaseRequest) -> web.Response:
        self.busy += 1
        self.most_busy = max(self.most_busy, self.busy)
        self.got.append(await request.json())
        self.secrets.add(request.headers.get("X-Telegram-Bot-Api-Secret-Token"))
        await asyncio.sleep(self.pause)
        self.busy -= 1
        return web.Response(status=self.answers.pop(0) if self.answers else 200)

    def texts(self) -> list[str]:
        return [each["message"]["text"] for each in self.got if "message" in each]


@pytest.fixture
async def api() -> AsyncIterator[BotApi]:
    async with BotApi() as running:
        running.webhook.first_wait = 0.02
        yield running


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    made = Hook()
    listener = await asyncio.get_running_loop().create_server(web.Server(made.take), "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/hook"
    yield made
    listener.close()


async def _set(api: BotApi, url: str, **fields: Any) -> dict[str, Any]:
    async with aiohttp.ClientSession() as http:
        answer = await http.post(f"{api.base_url}{api.token}/setWebhook", json={"url": url, **fields})
        body: dict[str, Any] = await answer.json()
        return body


async def _until(true: Callable[[], bool]) -> None:
    for _ in range(300):
        if true():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it never came true")


async def test_one_chat_in_order_one_at_a_time(api: BotApi, hook: Hook) -> None:
    lan = Person(api, 1)
    lan.say("trước khi đặt")
    hook.pause = 0.02
    assert (await _set(api, hook.url, secret_token="kín"))["ok"]
    for text in "abcd":
        lan.say(text)
    await _until(lambda: len(hook.got) == 5 and not api.updates.pending)
    assert hook.texts() == ["trước khi đặt", "a", "b", "c", "d"]
    assert (hook.most_busy, hook.secrets) == (1, {"kín"})


async def test_a_press_and_a_text_of_one_person_can_be_under_way_together(api: BotApi, hook: Hook) -> None:
    lan = Person(api, 1)
    hook.pause = 0.1
    await _set(api, hook.url)
    lan.say("a")
    lan.press(1, "x")
    Person(api, 2).say("b")
    await _until(lambda: len(hook.got) == 3)
    assert hook.most_busy == 3


async def test_it_comes_again_until_it_is_taken(api: BotApi, hook: Hook) -> None:
    hook.answers = [500, 502, 200]
    await _set(api, hook.url)
    Person(api, 1).say("một")
    Person(api, 1).say("hai")
    await _until(lambda: not api.updates.pending)
    assert hook.texts() == ["một", "một", "một", "hai"]
    assert "502" in api.webhook.info()["last_error_message"]
    assert [d.status for d in api.webhook.deliveries] == [500, 502, 200, 200]


async def test_polling_is_refused_while_a_webhook_is_set(api: BotApi, hook: Hook) -> None:
    await _set(api, hook.url)
    async with aiohttp.ClientSession() as http:
        answer = await http.post(f"{api.base_url}{api.token}/getUpdates")
        assert answer.status == 409
        assert "deleteWebhook" in (await answer.json())["description"]
        assert (await (await http.post(f"{api.base_url}{api.token}/deleteWebhook")).json())["ok"]
        assert (await http.post(f"{api.base_url}{api.token}/getUpdates")).status == 200


async def test_an_address_of_strangers_must_be_https(api: BotApi) -> None:
    assert "HTTPS URL" in (await _set(api, "http://example.org/hook"))["description"]


async def test_a_server_that_is_away_loses_nothing(api: BotApi, hook: Hook) -> None:
    await _set(api, "http://127.0.0.1:9/hook")
    Person(api, 1).say("a")
    await _until(lambda: api.webhook.last_error == "Connection refused")
    await _set(api, hook.url)
    await _until(lambda: hook.texts() == ["a"])
