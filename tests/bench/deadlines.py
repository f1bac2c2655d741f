"""How long the timetable, the board and the month's table take for 5,000 teams on SQLite. Printed, never asserted."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.export import export
from bot.words import Words
from models import board, deadlines
from models.database import Database
from models.insertion import insert_once
from models.schema import migrate
from models.tables import Answer, Report
from tests.office import Office, at, open_office

TEAMS, COMMUNES = 5_000, 102
SHORT = ("LL02", "LL03", "DVC01", "DVC02", "DVC03", "DVC07", "TT05", "TT06", "TM01", "AT01", "BD02", "TH01")
NOW = at("2026-11-25", "08:00")


@contextmanager
def timed(name: str, found: dict[str, float]) -> Iterator[None]:
    start = time.perf_counter()
    yield
    found[name] = time.perf_counter() - start


async def measure(folder: Path, teams: int = TEAMS) -> dict[str, float]:
    """Seconds by what was done, half of the teams having filed."""
    db = Database(f"sqlite+aiosqlite:///{folder / 'bench.db'}")
    await migrate(db)
    office = await open_office(db, communes=COMMUNES, teams=teams, decided_at=at("2026-11-01"))
    found: dict[str, float] = {}
    async with db.write() as session:
        with timed("open the period", found):
            await deadlines.open_periods(session, office.library, NOW)
    period = await office.period()
    await _file_half(office, period)
    read: dict[str, Callable[[Any], Awaitable[object]]] = {
        "who owes": lambda session: deadlines.pending(session, NOW),
        "due reminders": lambda session: deadlines.due_reminders(session, office.library, office.calendar, NOW),
        "board": lambda session: board.board(session, "/1/", period, NOW),
    }
    for name, question in read.items():
        async with db.read() as session:
            with timed(name, found):
                await question(session)
    with timed("tick that promises all", found):
        await office.tick(NOW, deliver=False)
    with timed("tick with nothing to do", found):
        await office.tick(NOW, deliver=False)
    with timed("table of the month", found):
        await export(db, office.library, Words(ZoneInfo("Asia/Ho_Chi_Minh")), "2026-11", folder, NOW)
    await db.close()
    return found


async def _file_half(office: Office, period: int) -> None:
    half = office.teams[::2]
    reports = [
        {"id": team, "period_id": period, "unit_id": team, "programme_id": 1, "state": "submitted"}
        | {"created_at": NOW, "submitted_at": NOW}
        for team in half
    ]
    answers = [
        {"report_id": team, "indicator": code, "number": Decimal(team % 97), "at": NOW}
        for team in half
        for code in SHORT
    ]
    async with office.db.write() as session:
        await insert_once(session, Report, reports)
        await insert_once(session, Answer, answers)


async def report(quick: bool = False) -> dict[str, float]:
    """Print the timings in milliseconds, and return them."""
    teams = TEAMS // 5 if quick else TEAMS
    with tempfile.TemporaryDirectory() as folder:
        seconds = await measure(Path(folder), teams)
    found = {name: round(each * 1000, 1) for name, each in seconds.items()}
    print(f"\nDeadlines of {teams} teams on SQLite, synchronous=FULL")
    for name, each in found.items():
        print(f"  {name:<26}{each:>9.0f} ms")
    return found


if __name__ == "__main__":
    asyncio.run(report("--quick" in sys.argv))
