"""The running program: starts everything, keeps the channels apart, and stops without leaving work half done."""

from __future__ import annotations

import asyncio
import gc
import hmac
import json
import signal
import socket
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import structlog
import uvicorn
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response

from bot import backup, demo, kept_files
from bot.app import App
from bot.channels import Channel
from bot.channels.telegram import Telegram
from bot.channels.webchat import Persona, WebChat
from bot.clock import keep_clock
from bot.guide_web import guide_routes
from bot.lock import leadership
from bot.web import make_web
from handlers import group_chat
from models.rules.delivery import SendFailed
from scheduler.clock import make_ticker
from scheduler.jobs import World, announce, tick

LARGEST_UPDATE = 1_000_000  # bytes; an update is far smaller
STOP_WITHIN = 5.0  # seconds for sends under way
COLLECT_AFTER = 10_000  # new objects; Python's own 700 is reached several times a turn
LOOK_AFTER = 3.0  # seconds between looks at what got stuck
LOOK_AFTER_AT_MOST = 300.0  # seconds between looks that fail
log = structlog.get_logger("service")


class Service:
    """One process of the bot: `run` returns when it was asked to stop and everything is settled."""

    def __init__(self, app: App, *, is_demo: bool, welcome: Callable[[], Awaitable[None]] | None = None) -> None:
        self.app, self.is_demo, self._welcome = app, is_demo, welcome
        self.settings, self.db, self.clock, self.words = app.settings, app.db, app.clock, app.words
        self.receive, self.health = app.receive, app.health
        self.stop = asyncio.Event()
        self._world = World(
            app.db, app.library, self._back_up, app.delivery.wake.set, app.calendar, self._sweep, app.announcing
        )
        self._turning = asyncio.Lock()

    @property
    def webchat(self) -> WebChat:
        channel = self.app.channels["webchat"]
        assert isinstance(channel, WebChat)
        return channel

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(name, self.stop.set)
        server = self._server()
        with _listening(self.settings.host, self.settings.port) as door:
            web = asyncio.ensure_future(server.serve([door]))
            try:
                async with leadership(self.db, self.stop) as is_leader:
                    if is_leader:
                        await self._lead()
            finally:
                server.should_exit = True
                await web
                await self._close()

    async def _close(self) -> None:
        for channel in self.app.channels.values():
            await channel.close()
        await self.db.close()

    async def _lead(self) -> None:
        app = self.app
        if self._welcome is not None:
            await self._welcome()
        await app.recover()
        _settle_memory()
        ticker = make_ticker(self._world, self.clock.now)
        ticker.start()
        tasks: list[asyncio.Future[object]] = [
            asyncio.ensure_future(work)
            for work in (
                app.work(self.stop),
                app.delivery.run(self.stop),
                app.delivery.settle(self.stop),
                self._look_after(),
                *(self._keep_up(channel) for channel in app.channels.values()),
            )
        ]
        stopped: asyncio.Future[object] = asyncio.ensure_future(self.stop.wait())
        done, _ = await asyncio.wait((stopped, *tasks), return_when=asyncio.FIRST_COMPLETED)
        self.stop.set()
        ticker.shutdown(wait=False)
        app.wake()  # the round under way ends whole, so that no committed reply is forgotten
        await asyncio.wait(tasks[:1], timeout=STOP_WITHIN)
        await app.delivery.stop(STOP_WITHIN)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await app.delivery.settle_now()
        for task in done - {stopped}:
            task.result()  # a task that ended by itself ended by a bug: say so

    async def _keep_up(self, channel: Channel) -> None:
        """One channel from its start on; when it is away it is tried again, and nobody else notices."""
        if isinstance(channel, Telegram):
            await self._introduce(channel)
            if self.settings.public_url:
                await self.stop.wait()
                return
        await channel.run(self.receive, self.stop)
        await self.stop.wait()

    async def _introduce(self, channel: Telegram) -> None:
        wait = 1.0
        while not self.stop.is_set():
            try:
                await channel.introduce(
                    self.app.command_menu("stranger"),
                    self.words.label("menu.about"),
                    self.words.label("menu.about_short"),
                )
                words = [(word, self.words.label(f"group_chat.command_{word}")) for word in group_chat.MENU]
                await channel.offer_in_groups(words)
                await channel.hook(self._hook_url(), self._hook_secret())
                log.info("telegram ready", username=channel.username)
                return
            except SendFailed as failure:
                log.warning("telegram away", reason=failure.reason, wait=wait)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self.stop.wait(), wait)
                wait = min(wait * 2, 60.0)

    def _hook_url(self) -> str:
        return f"{self.settings.public_url}/telegram/hook" if self.settings.public_url else ""

    def _hook_secret(self) -> str:
        return self.settings.webhook_secret.get_secret_value() if self.settings.webhook_secret else ""

    async def telegram_hook(self, request: Request) -> Response:
        """One update from Telegram, answered once it is on disk: until then Telegram keeps it and tries again."""
        given = request.headers.get("x-telegram-bot-api-secret-token", "")
        secret, channel = self._hook_secret(), self.app.channels.get("telegram")
        if not secret or not isinstance(channel, Telegram) or not hmac.compare_digest(given.encode(), secret.encode()):
            return Response(status_code=403)
        body = await request.body()
        if len(body) > LARGEST_UPDATE:
            return Response(status_code=413)
        try:
            event = channel.event(json.loads(body))
        except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
            return Response(status_code=400)
        try:
            await self.receive("telegram", [event])
        except (SQLAlchemyError, OSError):
            return Response(status_code=503, headers={"Retry-After": "5"})
        return Response()

    async def _look_after(self) -> None:
        """What got stuck is looked at again and again; a look that fails is said, and tried again ever later."""
        wait = LOOK_AFTER
        while not self.stop.is_set():
            with suppress(TimeoutError):
                await asyncio.wait_for(self.stop.wait(), wait)
            try:
                await self.app.look_after()
                wait = LOOK_AFTER
            except (SQLAlchemyError, OSError) as error:
                log.error("database away", error=type(error).__name__)
            except Exception:  # a bug of ours about one message left over: everybody else is answered meanwhile
                wait = min(wait * 2, LOOK_AFTER_AT_MOST)
                log.exception("look after failed", wait=wait)

    async def _back_up(self, now: datetime) -> None:
        if self.db.is_sqlite:
            await backup.nightly(self.db, self.settings.data_dir, now)

    async def _sweep(self) -> int:
        return await kept_files.sweep(self.db, self.settings.data_dir)

    # --- the demo's clock and phones ----------------------------------------------------------------------------------

    async def personas(self) -> Sequence[Persona]:
        return await demo.personas(self.db, demo.read_plan(), self.clock.now())

    async def turn_clock(self, target: datetime) -> None:
        """Let time pass hour by hour, so that every reminder goes out at the hour at which it would have."""
        async with self._turning:
            moment = self.clock.now()
            while moment < target:
                moment = min(_next_hour(moment), target.astimezone(UTC))
                self.clock.set(moment)
                await self.hour_passes()
            await keep_clock(self.db, self.clock)

    async def hour_passes(self) -> None:
        """What the timetable starts at this moment of the demo's clock, and what is to be sent then."""
        await tick(self._world, self.clock.now())
        await announce(self._world, self.clock.now())
        while await self.app.delivery.send_due():
            await self.app.delivery.drain(STOP_WITHIN)
        await announce(self._world, self.clock.now())  # what was sent just now stands in its ledger

    def _server(self) -> uvicorn.Server:
        web = make_web(self, demo=self.is_demo, extra=guide_routes(self.app, self.app.turns.link))
        config = uvicorn.Config(
            web, host=self.settings.host, port=self.settings.port, log_config=None, access_log=False,
            timeout_graceful_shutdown=3, lifespan="off",
        )  # fmt: skip
        return WebServer(config)


class AddressTaken(Exception):
    """Another program listens where LISTEN says."""


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """The door is opened before anything is promised; uvicorn itself would end the process with a traceback."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        door = socket.create_server((host.strip("[]"), port), family=family)
    except OSError as error:
        raise AddressTaken(f"{host}:{port}") from error
    with door:
        yield door


class WebServer(uvicorn.Server):
    """uvicorn without its own signal handlers: the service stops everything in the right order."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _settle_memory() -> None:
    """What is there at the start stays; the collector need not look at it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(COLLECT_AFTER)


def _next_hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
