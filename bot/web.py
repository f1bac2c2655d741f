"""The web side: health and numbers for the operator, the Telegram webhook, and the web chat of the demo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from bot.phones import Demo, Unwelcome, phone_routes, say_so

EVENTS = Gauge("sotayso_events", "Events received, by what became of them", ["state"])
MESSAGES = Gauge("sotayso_messages", "Messages owed, by how their sending ended", ["state"])


class App(Demo, Protocol):
    """What the web side asks of the running bot."""

    async def health(self) -> Mapping[str, Any]:
        """How it is doing, for whoever watches the server; nothing secret."""

    async def telegram_hook(self, request: Request) -> Response:
        """One update from Telegram; it checks the secret itself and answers once the update is on disk."""


def make_web(app: App, *, demo: bool, extra: Sequence[BaseRoute] = ()) -> Starlette:
    """The web application. The web chat asks nobody who they are, so it is there only in the demo.

    `extra`: webhooks of other channels.
    """

    async def health(request: Request) -> Response:
        return JSONResponse(dict(await app.health()), headers={"Cache-Control": "no-store"})

    async def metrics(request: Request) -> Response:
        found = await app.health()
        for gauge, name in ((EVENTS, "inbox"), (MESSAGES, "outbox")):
            gauge.clear()
            for state, number in found.get(name, {}).items():
                gauge.labels(state).set(number)
        return Response(generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    routes: list[BaseRoute] = [
        Route("/healthz", health),
        Route("/metrics", metrics),
        Route("/telegram/{secret}", app.telegram_hook, methods=["POST"]),
        *extra,
    ]
    if demo:
        routes.append(phone_routes(app))
    return Starlette(routes=routes, exception_handlers={Unwelcome: say_so})
