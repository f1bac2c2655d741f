"""`python -m bot units FILE.csv|FILE.xlsx --changes`: mergers, splits, new names as a resolution lists them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.files import CSV, XLSX
from bot.sheets_in import read_table
from bot.units import MOST_SHOWN, Outcome, Say
from handlers.unit_change_pages import facts
from models import unit_change_list
from models.database import Database
from models.rules import Refusal
from models.rules.periods import local_day
from models.rules.sheets import SheetRows
from models.rules.unit_change_list import read_changes
from models.rules.unit_list import Fault
from models.unit_change_list import Done


async def load_changes(database: Database, say: Say, *, file: Path, dry: bool = False, now: datetime) -> Outcome:
    """Carry out a table of changes, whole or not at all; with `dry` only tell what would happen."""
    try:
        table = _read(file)
    except Refusal as no:
        return Outcome(False, (say(no.key, no.values),), {"error": no.key, **no.values})
    listed = read_changes(table.pages[0], local_day(now, database.zone))
    if listed.faults:
        return _faulty(listed.faults, say)
    async with database.write() as session:
        savepoint = await session.begin_nested()
        done, faults = await unit_change_list.load(session, listed.rows, by=None, now=now)
        lines = [say("unit_change_list.row", _line(each)) for each in done]
        await (savepoint.rollback() if dry or faults else savepoint.commit())
    return _faulty(faults, say) if faults else _loaded(done, lines, dry, say)


def _read(file: Path) -> SheetRows:
    """Raises Refusal unit_change_list.unreadable, or sheet.* when it is no table or too large."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Refusal("unit_change_list.unreadable", file=str(file)) from error
    return read_table(content, XLSX if content.startswith(b"PK") else CSV)


def _line(done: Done) -> dict[str, Any]:
    found = facts(done.prospect)
    below = sum(each["count"] for each in found["moved"])
    return {**found, "row": done.row.number, "planned": done.planned, "below": below}


def _faulty(faults: Sequence[Fault], say: Say) -> Outcome:
    lines = [
        say("unit_change_list.at", {"row": f.row, "column": f.column, "fault": f.key, "details": dict(f.values)})
        for f in faults[:MOST_SHOWN]
    ]
    data = [{"row": f.row, "column": f.column, "key": f.key, **f.values} for f in faults]
    return Outcome(False, (*lines, say("unit_change_list.nothing_done", {"faults": len(faults)})), {"faults": data})


def _loaded(done: Sequence[Done], lines: Sequence[str], dry: bool, say: Say) -> Outcome:
    counted = {"changes": len(done), "planned": sum(each.planned for each in done), "dry": dry}
    last = say("unit_change_list.would_do" if dry else "unit_change_list.done", counted)
    return Outcome(True, (*lines, last), counted)
