"""A bot that only echoes, behind the real web chat, database and server: what the tests of the page talk to."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from bot.channels import Choice, RawEvent, Rendered
from bot.channels.webchat import Persona, WebChat
from bot.settings import Settings
from bot.web import make_web
from bot.words import TEXTS, Words
from models.database import Database
from models.messages import Document, Incoming

MORNING = datetime(2026, 11, 25, 1, 12, tzinfo=UTC)  # 08:12 on the day of the deadline
ROLES = "leader: đội trưởng\nmember: tình nguyện viên\ncoordinator: cán bộ tỉnh\n"
PEOPLE = (
    Persona("lan", "Nguyễn Thị Lan", "role.leader", "Đội hình xã Tân Lập"),
    Persona("minh", "Trần Văn Minh", "role.member", "Đội hình xã Tân Lập"),
    Persona("hoa", "Lê Thu Hoa", "role.coordinator", "Tỉnh Đoàn"),
)
Answer = Callable[["Echo", Incoming], Any]


class StandingClock:
    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def now(self) -> datetime:
        return self.moment


class Echo:
    """Says back what was said; any button changes its own card.

    `events` is what reached the bot, repeats included.
    """

    def __init__(self, db: Database, folder: Path) -> None:
        self.settings = Settings(_env_file=None, data_dir=folder / "data")
        self.db = db
        self.clock = StandingClock(MORNING)
        self.webchat = WebChat(db, self.settings.data_dir, self.clock)
        self.words = Words(self.settings.zone, _texts(folder / "texts"))
        self.events: list[RawEvent] = []
        self.turned: list[datetime] = []
        self.answer: Answer = echo
        self.answering: set[asyncio.Task[None]] = set()

    async def receive(self, channel: str, events: Sequence[RawEvent]) -> None:
        assert channel == "webchat"
        for event in events:
            if event.event_id in [one.event_id for one in self.events]:
                self.events.append(event)
                continue
            self.events.append(event)
            incoming = self.webchat.read(event.payload)
            assert incoming is not None
            task = asyncio.create_task(self.answer(self, incoming))
            self.answering.add(task)
            task.add_done_callback(self.answering.discard)

    async def turn_clock(self, target: datetime) -> None:
        self.turned.append(target)
        self.clock.moment = target

    async def personas(self) -> Sequence[Persona]:
        return PEOPLE

    async def health(self) -> dict[str, Any]:
        return {"ok": True}

    async def telegram_hook(self, request: Request) -> Response:
        return JSONResponse({"secret": request.path_params["secret"]})

    async def keep(self, path: str, content: bytes) -> Document:
        """A file of the bot's own, to be sent."""
        full = self.settings.data_dir / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content)
        return Document(path, full.name, "application/octet-stream")


async def echo(app: Echo, incoming: Incoming) -> None:
    if incoming.kind == "button":
        await app.webchat.notice(incoming.callback_ref, "Đã ghi")
        changed = Rendered("Đã bấm", ((Choice("Bấm nữa", "tick"),),), place="card")
        await app.webchat.send(incoming.address, changed, card=incoming.message_ref)
        return
    said = incoming.text or ", ".join(one.name for one in incoming.attachments)
    await app.webchat.send(incoming.address, Rendered(f"Bot nghe: <b>{said}</b>", ((Choice("Bấm", "tick"),),)))


def _texts(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("webchat.yaml", "calendar_words.yaml"):
        shutil.copy(TEXTS / name, folder / name)
    (folder / "role.yaml").write_text(ROLES, encoding="utf-8")
    return folder


@asynccontextmanager
async def served(app: Echo, *, demo: bool = True, port: int = 0) -> AsyncIterator[str]:
    """The web side on a port of this machine; gives its address."""
    listening = socket.create_server(("127.0.0.1", port))
    config = uvicorn.Config(
        make_web(app, demo=demo), log_level="warning", lifespan="off", ws="none", timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    stop = asyncio.Event()
    running = asyncio.create_task(server.serve([listening]))
    channel = asyncio.create_task(app.webchat.run(app.receive, stop))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        stop.set()
        await channel
        server.should_exit = True
        await running
        listening.close()
