"""The local web chat: phones side by side on one page, no account and no network."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from html import escape
from os import fsync
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from bot.channels import RawEvent, Receive, Rendered, SendFailed
from models import webchat
from models.database import Database
from models.messages import Attachment, Document, Incoming, Kind

UPLOADS = "webchat/uploads"
PHOTOS = ("image/jpeg", "image/png", "image/webp", "image/gif")
SPOKEN: dict[str, Kind] = {"text": "text", "button": "button", "photo": "photo", "file": "file"}
WAITING = 1000  # live events a stalled page may lag behind; bubbles are never lost, they come from the database


class Timepiece(Protocol):
    def now(self) -> datetime:
        """The bot's moment, with a time zone."""


@dataclass(frozen=True, slots=True)
class Persona:
    """One phone on the page: whose it is. `role` is a text key, `unit` a name; both may be empty."""

    address: str
    name: str
    role: str = ""
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Live:
    """Something the open pages should know now. `message` only wakes them: they read the bubbles from the database."""

    event: str
    data: dict[str, Any]


class WebChat:
    """Channel of the demo. What is said is kept as bubbles, so a restart shows the same conversation."""

    name = "webchat"

    def __init__(self, db: Database, data_dir: Path, clock: Timepiece, *, base: str = "http://127.0.0.1:8080") -> None:
        self.db = db
        self.data_dir = data_dir
        self.clock = clock
        self.base = base
        self._pages: set[asyncio.Queue[Live]] = set()

    # What every channel answers to

    def read(self, payload: dict[str, Any]) -> Incoming | None:
        kind = SPOKEN.get(payload["kind"])
        if kind is None:
            return None
        address, nonce = payload["address"], payload["nonce"]
        return Incoming(
            self.name,
            address,
            nonce,
            kind,
            datetime.fromisoformat(payload["at"]),
            text=payload["text"],
            name=payload["name"],
            sender=address,
            attachments=tuple(Attachment(**one) for one in payload["attachments"]),
            message_ref=payload["message_ref"],
            callback_ref=f"{address} {nonce}" if kind == "button" else "",
        )

    async def send(self, address: str, rendered: Rendered, *, card: str = "") -> str:
        """Put a bubble at the end, or change the card in place when the message belongs there."""
        body = {
            "html": rendered.html,
            "rows": [[[one.label, one.data, one.url] for one in row] for row in rendered.rows],
            "files": [await asyncio.to_thread(self._described, one) for one in rendered.files],
            "expects": rendered.expects,
        }
        now, row = self.clock.now(), None
        async with self.db.write() as session:
            if card.isdecimal() and rendered.place == "card":
                row = await webchat.edit(
                    session, int(card), address=address, body=body, at=now, keeps_files=rendered.keeps_files
                )
            if row is None:
                row = await webchat.add(session, address=address, mine=False, body=body, at=now)
        self.tell("message")
        return str(row.id)

    async def delete(self, address: str, ref: str) -> None:
        """The bubble stays where it was counted, with nothing in it; pages show it no more."""
        body = {"html": "", "rows": [], "files": [], "gone": True}
        async with self.db.write() as session:
            if ref.isdecimal():
                await webchat.edit(session, int(ref), address=address, body=body, at=self.clock.now())
        self.tell("message")

    async def notice(self, callback_ref: str, text: str) -> None:
        address, _, nonce = callback_ref.partition(" ")
        self.tell("notice", address=address, nonce=nonce, text=text)

    async def set_menu(self, address: str, commands: Sequence[tuple[str, str]]) -> None:
        """The page asks for the commands itself."""

    async def fetch(self, ref: str) -> bytes:
        if not re.fullmatch(r"[0-9a-f]{64}", ref):
            raise SendFailed("refused", "not an upload")
        try:
            return await asyncio.to_thread((self.data_dir / UPLOADS / ref).read_bytes)
        except FileNotFoundError as error:
            raise SendFailed("refused", "the upload is gone") from error

    async def run(self, receive: Receive, stop: asyncio.Event) -> None:
        """Events come by HTTP, so there is nothing to fetch; on the way out the open pages are let go."""
        try:
            await stop.wait()
        finally:
            self.tell("bye")

    async def close(self) -> None:
        """There is no connection to let go of."""

    def is_group(self, address: str) -> bool:
        return False

    def link(self, code: str) -> str:
        """Opens a new phone on the page with `/start CODE` ready to be sent."""
        return f"{self.base}/?ma={quote(code)}"

    # What a person does on the page

    async def say(self, who: Persona, nonce: str, text: str) -> RawEvent:
        """Keep a typed message as a bubble; returns the event to be received."""
        text = unicodedata.normalize("NFC", text)
        await self._keep(who, nonce, {"html": escape(text), "files": []})
        return self._event(who, nonce, "text", text=text)

    def press(self, who: Persona, nonce: str, message_id: int, data: str) -> RawEvent:
        """A button press leaves no bubble, as on any phone."""
        return self._event(who, nonce, "button", text=data, message_ref=str(message_id))

    async def hand_in(
        self, who: Persona, nonce: str, caption: str, files: Sequence[tuple[str, str, bytes]]
    ) -> RawEvent:
        """Keep files, `(name, type, bytes)`, with one caption. Only photos make a photo, anything else a file."""
        caption = unicodedata.normalize("NFC", caption)
        refs = [await asyncio.to_thread(self._store, content) for _, _, content in files]
        listed = [
            Attachment(ref, unicodedata.normalize("NFC", name), mime, len(content))
            for ref, (name, mime, content) in zip(refs, files, strict=True)
        ]
        shown = [
            {"path": f"{UPLOADS}/{one.ref}", "name": one.name, "mime": one.mime, "size": one.size} for one in listed
        ]
        await self._keep(who, nonce, {"html": escape(caption), "files": shown})
        kind: Kind = "photo" if all(one.mime in PHOTOS for one in listed) else "file"
        attachments = [{"ref": one.ref, "name": one.name, "mime": one.mime, "size": one.size} for one in listed]
        return self._event(who, nonce, kind, text=caption, attachments=attachments)

    # What the open pages hear

    @contextmanager
    def listen(self) -> Iterator[asyncio.Queue[Live]]:
        """A queue of live events for as long as a page is open."""
        queue: asyncio.Queue[Live] = asyncio.Queue(WAITING)
        self._pages.add(queue)
        try:
            yield queue
        finally:
            self._pages.discard(queue)

    def tell(self, event: str, **data: Any) -> None:
        """Tell every open page."""
        for queue in self._pages:
            with suppress(asyncio.QueueFull):
                queue.put_nowait(Live(event, data))

    def path_of(self, relative: str) -> Path:
        """Where a file of a bubble lies; ValueError when that is outside DATA_DIR."""
        root = self.data_dir.resolve()
        path = (root / relative).resolve()
        if not path.is_relative_to(root):
            raise ValueError("outside the data directory")
        return path

    async def _keep(self, who: Persona, nonce: str, body: dict[str, Any]) -> None:
        now = self.clock.now()
        async with self.db.write() as session:
            await webchat.say(session, address=who.address, nonce=nonce, body=body, at=now)
        self.tell("message")

    def _event(self, who: Persona, nonce: str, kind: Kind, **more: Any) -> RawEvent:
        payload = {
            "kind": kind,
            "address": who.address,
            "nonce": nonce,
            "name": who.name,
            "at": self.clock.now().isoformat(),
            "text": "",
            "message_ref": "",
            "attachments": [],
        }
        return RawEvent(nonce, who.address, {**payload, **more})

    def _described(self, document: Document) -> dict[str, Any]:
        try:
            size = self.path_of(document.path).stat().st_size
        except (OSError, ValueError) as error:
            raise SendFailed("refused", f"no such file: {document.name}") from error
        return {"path": document.path, "name": document.name, "mime": document.mime, "size": size}

    def _store(self, content: bytes) -> str:
        """On disk before the bot is told of it, under the name of its content."""
        ref = sha256(content).hexdigest()
        path = self.data_dir / UPLOADS / ref
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            with fresh.open("wb") as file:
                file.write(content)
                file.flush()
                fsync(file.fileno())
            fresh.replace(path)
        return ref
