"""The web pages of the guides on a port of this machine, with the guides that come with the program."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import uvicorn
from starlette.applications import Starlette

from bot import guides
from bot.guide_web import guide_routes
from bot.settings import Settings
from bot.words import Words
from models import units
from models.database import Database
from models.guides import GuideShelf
from models.tables import GuideNote, Unit
from tests.room import StoppedClock
from tests.shipped import words_in

NOW = datetime(2026, 11, 25, 1, 12, tzinfo=UTC)
BOT = "https://t.me/sotayso_bot?start="


@dataclass
class Reading:
    """A library of guides, and what the poster command needs besides."""

    db: Database
    data_dir: Path
    public_url: str = ""
    shelf: GuideShelf = field(default_factory=lambda: GuideShelf(guides.read_all(), guides.read_fields()))
    clock: StoppedClock = field(default_factory=lambda: StoppedClock(NOW))
    words: Words = field(default_factory=words_in)

    @property
    def settings(self) -> Settings:
        return Settings(_env_file=None, data_dir=self.data_dir, public_url=self.public_url)

    @property
    def guides(self) -> GuideShelf:
        return self.shelf

    def link(self, channel: str, payload: str) -> str:
        return f"{BOT}{payload}" if channel == "telegram" else ""


async def two_units(db: Database) -> tuple[Unit, Unit]:
    """A province with a fee of its own, and a commune with an address, each noted at G08."""
    async with db.write() as session:
        province = await units.add(session, code="82", name="Tỉnh Đoàn Đồng Tháp", kind="province", parent=None)
        commune = await units.add(session, code="28.261/A", name="Đoàn phường An Phú", kind="commune", parent=province)
        said = [(province, "fee", "Miễn phí đến hết năm 2026 <b>"), (commune, "address", "Số 12 Nguyễn Huệ 🏛")]
        session.add_all(
            GuideNote(guide="G08", unit_id=unit.id, kind=kind, text=text, at=NOW) for unit, kind, text in said
        )
    return province, commune


@asynccontextmanager
async def served(reading: Reading, web: Starlette | None = None) -> AsyncIterator[str]:
    """The pages over HTTP, alone or with what else `web` has; gives the address of the server."""
    listening = socket.create_server(("127.0.0.1", 0))
    web = web or Starlette(routes=guide_routes(reading, reading.link))
    server = uvicorn.Server(uvicorn.Config(web, log_level="warning", lifespan="off", timeout_graceful_shutdown=2))
    running = asyncio.create_task(server.serve([listening]))
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await running
        listening.close()
