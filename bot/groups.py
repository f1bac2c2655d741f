"""`python -m bot groups FILE.csv|FILE.xlsx`: the clusters and blocks of an office as it keeps them in a table."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncSession

from bot.sheets_in import read_list
from bot.units import MOST_SHOWN, Outcome, Say, faulty
from models import group_list, units
from models.database import Database
from models.group_list import Loaded
from models.rules import Refusal
from models.rules.group_list import read_groups
from models.rules.periods import local_day
from models.tables import Unit


async def load_groups(
    database: Database, say: Say, *, file: Path, owner_id: int, dry: bool = False, now: datetime
) -> Outcome:
    """Load a table of groups of the office `owner_id`; with `dry` only tell what would change."""
    try:
        table = read_list(file, "group_list.unreadable")
    except Refusal as no:
        return Outcome(False, (say(no.key, no.values),), {"error": no.key, **no.values})
    listed = read_groups(table.pages[0], local_day(now, database.zone))
    if listed.faults:
        return faulty(listed.faults, say, "group_list.at", "group_list.nothing_loaded")
    async with database.write() as session:
        owner = await units.find(session, owner_id)
        assert owner is not None
        savepoint = await session.begin_nested()
        result = await group_list.load(session, owner, listed.rows, by=None, now=now)
        await (savepoint.rollback() if dry else savepoint.commit())
    if result.faults:
        return faulty(result.faults, say, "group_list.at", "group_list.nothing_loaded")
    return _loaded(result, dry, say)


async def only_office(session: AsyncSession) -> Unit:
    """The province whose groups they must be when nobody says; the root where there is no province.

    Raises Refusal group_list.whose when there are several.
    """
    found = await units.of_kind(session, "province", 2)
    root = await units.root(session)
    if len(found) > 1 or root is None:
        raise Refusal("group_list.whose")
    return found[0] if found else root


def _loaded(result: Loaded, dry: bool, say: Say) -> Outcome:
    shown = [say("group_list.change", asdict(change)) for change in result.changes[:MOST_SHOWN]]
    if len(result.changes) > MOST_SHOWN:
        shown.append(say("group_list.more_changes", {"more": len(result.changes) - MOST_SHOWN}))
    counted = {
        "added": result.added, "changed": result.changed, "same": result.same, "groups": result.groups, "dry": dry
    }  # fmt: skip
    lines = (*shown, say("group_list.would_load" if dry else "group_list.loaded", counted))
    return Outcome(True, lines, {**counted, "changes": [asdict(change) for change in result.changes]})
