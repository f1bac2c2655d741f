"""`python -m bot units FILE.csv|FILE.xlsx --changes`: mergers, splits, new names as a resolution lists them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from bot.sheets_in import read_list
from bot.units import Outcome, Say, faulty
from handlers.unit_change_pages import facts
from models import unit_change_list
from models.database import Database
from models.rules import Refusal
from models.rules.periods import local_day
from models.rules.unit_change_list import read_changes
from models.unit_change_list import Done


async def load_changes(database: Database, say: Say, *, file: Path, dry: bool = False, now: datetime) -> Outcome:
    """Carry out a table of changes, whole or not at all; with `dry` only tell what would happen."""
    try:
        table = read_list(file, "unit_change_list.unreadable")
    except Refusal as no:
        return Outcome(False, (say(no.key, no.values),), {"error": no.key, **no.values})
    listed = read_changes(table.pages[0], local_day(now, database.zone))
    if listed.faults:
        return faulty(listed.faults, say, "unit_change_list.at", "unit_change_list.nothing_done")
    async with database.write() as session:
        savepoint = await session.begin_nested()
        done, faults = await unit_change_list.load(session, listed.rows, by=None, now=now)
        lines = [say("unit_change_list.row", _line(each)) for each in done]
        await (savepoint.rollback() if dry or faults else savepoint.commit())
    if faults:
        return faulty(faults, say, "unit_change_list.at", "unit_change_list.nothing_done")
    return _loaded(done, lines, dry, say)


def _line(done: Done) -> dict[str, Any]:
    found = facts(done.prospect)
    below = sum(each["count"] for each in found["moved"])
    return {**found, "row": done.row.number, "planned": done.planned, "below": below}


def _loaded(done: Sequence[Done], lines: Sequence[str], dry: bool, say: Say) -> Outcome:
    counted = {"changes": len(done), "planned": sum(each.planned for each in done), "dry": dry}
    last = say("unit_change_list.would_do" if dry else "unit_change_list.done", counted)
    return Outcome(True, (*lines, last), counted)
