"""The web chat over HTTP: phones side by side on one page, and a clock to turn."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bot.channels import RawEvent
from bot.channels.webchat import PHOTOS, Persona, Timepiece, WebChat
from bot.live import Stream, bubble
from bot.loopback import Loopback
from bot.turning import turned
from models import webchat
from models.database import Database

PAGE = Path(__file__).parent / "webchat"
WORDS = "webchat."
SHOWN = 200  # bubbles of each chat on opening the page
LONGEST = 4096  # characters, as on Telegram
LARGEST = 20  # MB in one go: what a Telegram bot can fetch
FRAMING = 64 * 1024  # bytes that names and boundaries may add to the files themselves
MOST_FILES = 10
NONCE = re.compile(r"[\w-]{8,64}", re.ASCII)


class Settings(Protocol):
    @property
    def zone(self) -> ZoneInfo:
        """The office's time zone."""


class Words(Protocol):
    @property
    def keys(self) -> Collection[str]:
        """Every text key there is."""

    def label(self, key: str) -> str:
        """The words of a key, as plain text."""


class Demo(Protocol):
    """What the phones ask of the running bot."""

    @property
    def settings(self) -> Settings: ...
    @property
    def db(self) -> Database: ...
    @property
    def clock(self) -> Timepiece: ...
    @property
    def webchat(self) -> WebChat: ...
    @property
    def words(self) -> Words: ...
    def receive(self, channel: str, events: Sequence[RawEvent]) -> Awaitable[None]: ...
    def turn_clock(self, target: datetime) -> Awaitable[None]: ...
    def personas(self) -> Awaitable[Sequence[Persona]]: ...


class Unwelcome(Exception):
    """What the page asked for cannot be; the sentence is ready to be shown."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence


async def say_so(request: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, Unwelcome)
    return JSONResponse({"error": refusal.sentence}, refusal.status)


def phone_routes(app: Demo) -> Mount:
    """Everything under / that the page needs."""
    words = {key.removeprefix(WORDS): app.words.label(key) for key in app.words.keys if key.startswith(WORDS)}
    words |= {f"day_{day}": app.words.label(f"calendar_words.weekday_{day}") for day in range(7)}
    phones = Phones(app, words)
    guard = Middleware(Loopback, elsewhere=words["error_local"], outdated=words["error_page"])
    routes = [
        Route("/", phones.page),
        Mount("/webchat/static", StaticFiles(directory=PAGE)),
        Route("/webchat/words", phones.words_of_the_page),
        Route("/webchat/state", phones.state),
        Route("/webchat/events", phones.events),
        Route("/webchat/files/{message:int}/{index:int}", phones.file),
        Route("/webchat/phones", phones.add_phone, methods=["POST"]),
        Route("/webchat/clock", phones.turn_clock, methods=["POST"]),
        Route("/webchat/{address}/say", phones.say, methods=["POST"]),
        Route("/webchat/{address}/press", phones.press, methods=["POST"]),
        Route("/webchat/{address}/files", phones.hand_in, methods=["POST"]),
    ]
    return Mount("", routes=routes, middleware=[guard])


class Phones:
    """The endpoints. A refusal is `{"error": sentence}`, ready to be shown."""

    def __init__(self, app: Demo, words: dict[str, str]) -> None:
        self.app = app
        self.chat = app.webchat
        self.words = words

    async def page(self, request: Request) -> Response:
        return FileResponse(PAGE / "index.html", headers={"Cache-Control": "no-cache"})

    async def words_of_the_page(self, request: Request) -> Response:
        return answer(self.words)

    async def state(self, request: Request) -> Response:
        people = await self.people()
        async with self.app.db.read() as session:
            change = await webchat.last_change(session)  # before the bubbles: told twice does no harm, missed does
            chats = {one["address"]: await webchat.latest(session, one["address"], SHOWN) for one in people}
        return answer(
            {
                "now": self.app.clock.now().isoformat(),
                "timezone": self.app.settings.zone.key,
                "change": change,
                "phones": people,
                "messages": {address: [bubble(row) for row in rows] for address, rows in chats.items()},
                "words": self.words,
                "limits": {"megabytes": LARGEST, "files": MOST_FILES, "characters": LONGEST},
                "photos": PHOTOS,
            }
        )

    async def events(self, request: Request) -> Response:
        seen = request.headers.get("last-event-id") or request.query_params.get("after", "")
        stream = Stream(self.chat, self.people, int(seen) if seen.isdecimal() else 0)
        return StreamingResponse(stream.frames(), media_type="text/event-stream", headers={"Cache-Control": "no-store"})

    async def say(self, request: Request) -> Response:
        who, body = await self._speaker(request), await self._json(request)
        text = str(body.get("text", "")).strip()
        if not text:
            raise self._no(400, "error_empty")
        if len(text) > LONGEST:
            raise self._no(413, "error_length", LONGEST)
        return await self._receive(await self.chat.say(who, self._nonce(body), text))

    async def press(self, request: Request) -> Response:
        who, body = await self._speaker(request), await self._json(request)
        card, data = body.get("message_id"), body.get("data")
        if not isinstance(card, int) or not isinstance(data, str) or len(data.encode()) > 64:
            raise self._no(400, "error_page")
        async with self.app.db.read() as session:
            row = await webchat.find(session, card)
        if row is None or row.mine or row.address != who.address:
            raise self._no(404, "error_card")
        return await self._receive(self.chat.press(who, self._nonce(body), card, data))

    async def hand_in(self, request: Request) -> Response:
        who = await self._speaker(request)
        length = request.headers.get("content-length", "")
        if not length.isdecimal():
            raise self._no(411, "error_page")
        if int(length) > LARGEST * 1024 * 1024 + FRAMING:
            async for _ in request.stream():
                pass  # a browser that is still sending would not read the refusal
            raise self._no(413, "error_size", LARGEST)
        files, fields = await self._form(request)
        caption = fields.get("caption", "").strip()
        return await self._receive(await self.chat.hand_in(who, self._nonce(fields), caption, files))

    async def file(self, request: Request) -> Response:
        async with self.app.db.read() as session:
            row = await webchat.find(session, request.path_params["message"])
        listed = row.body["files"] if row else []
        index = request.path_params["index"]
        if index >= len(listed) or not self.chat.path_of(listed[index]["path"]).is_file():
            raise self._no(404, "error_file")
        one = listed[index]
        inline = one["mime"] in PHOTOS
        return FileResponse(
            self.chat.path_of(one["path"]),
            media_type=one["mime"] if inline else "application/octet-stream",
            filename=one["name"],
            content_disposition_type="inline" if inline else "attachment",
            headers={"Content-Security-Policy": "default-src 'none'; sandbox", "Cache-Control": "no-cache"},
        )

    async def add_phone(self, request: Request) -> Response:
        async with self.app.db.write() as session:
            phone = await webchat.add_phone(session, self.words["stranger_name"])
        self.chat.tell("wake")
        return answer({"address": phone["address"], "phones": await self.people()})

    async def turn_clock(self, request: Request) -> Response:
        now = self.app.clock.now()
        target = turned(now, self.app.settings.zone, await self._json(request))
        if target is None:
            raise self._no(400, "error_clock")
        await self.app.turn_clock(target.astimezone(UTC))
        self.chat.tell("wake")
        return answer({"now": self.app.clock.now().isoformat()})

    async def people(self) -> list[dict[str, Any]]:
        """The demo's people, then the phones added by hand. A phone that has joined is the app's to describe."""
        known = {one.address: one for one in await self.app.personas()}
        async with self.app.db.read() as session:
            added = await webchat.phones(session)
        listed = [
            {
                "address": one.address,
                "name": one.name,
                "role": self.app.words.label(one.role) if one.role else "",
                "unit": one.unit,
            }
            for one in known.values()
        ]
        strangers = [
            {**one, "role": self.words["stranger_role"], "unit": ""} for one in added if one["address"] not in known
        ]
        return listed + strangers

    async def _speaker(self, request: Request) -> Persona:
        address = request.path_params["address"]
        for one in await self.people():
            if one["address"] == address:
                return Persona(address, one["name"])
        raise self._no(404, "error_phone")

    async def _json(self, request: Request) -> dict[str, Any]:
        try:
            body = await request.json()
        except ValueError as error:
            raise self._no(400, "error_page") from error
        if not isinstance(body, dict):
            raise self._no(400, "error_page")
        return body

    async def _form(self, request: Request) -> tuple[list[tuple[str, str, bytes]], dict[str, str]]:
        """The files as `(name, type, bytes)`, and the other fields."""
        try:
            form = await request.form(max_files=100, max_fields=20)
        except HTTPException as error:
            raise self._no(400, "error_page") from error
        uploads = [one for one in form.getlist("file") if isinstance(one, UploadFile) and one.filename]
        if not uploads:
            raise self._no(400, "error_no_file")
        if len(uploads) > MOST_FILES:
            raise self._no(413, "error_count", MOST_FILES)
        files = [(one.filename or "", one.content_type or "", await one.read()) for one in uploads]
        return files, {name: value for name, value in form.items() if isinstance(value, str)}

    def _nonce(self, body: Mapping[str, Any]) -> str:
        nonce = body.get("nonce")
        if not isinstance(nonce, str) or not NONCE.fullmatch(nonce):
            raise self._no(400, "error_page")
        return nonce

    async def _receive(self, event: RawEvent) -> Response:
        self.chat.tell("typing", address=event.chat)
        await self.app.receive(self.chat.name, [event])
        return answer({"ok": True})

    def _no(self, status: int, key: str, limit: int = 0) -> Unwelcome:
        sentence = self.words[key].replace("{limit}", f"{limit:,}".replace(",", "."))
        return Unwelcome(status, sentence)


def answer(body: Any) -> JSONResponse:
    return JSONResponse(body, headers={"Cache-Control": "no-store"})
