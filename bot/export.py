"""The month as a table: for the command line into a folder, for a chat as a document."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from pathlib import Path

from bot import workbook
from bot.words import Words
from models import summary
from models.database import Database
from models.messages import Document
from models.programmes import Library
from models.rules import Refusal
from models.rules.folding import fold
from models.summary import Summary

MIME = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KNOWN = 24  # periods named when an unknown one was asked for


async def export(
    db: Database,
    library: Library,
    words: Words,
    period_key: str,
    out_dir: Path,
    now: datetime,
    scope_path: str | None = None,
) -> list[Path]:
    """Write a file for each duty with a period of that name. Raises Refusal export.unknown_period, export.no_folder."""
    async with db.read() as session:
        periods = [(row.id, row.duty) for row in await summary.periods_called(session, period_key)]
        known = await summary.known_periods(session, KNOWN)
        path = scope_path or await summary.whole_tree(session)
    if not periods:
        raise Refusal("export.unknown_period", period=period_key, known=known)
    try:
        await asyncio.to_thread(out_dir.mkdir, parents=True, exist_ok=True)
    except OSError:
        raise Refusal("export.no_folder", folder=str(out_dir)) from None
    targets = [out_dir / f"{in_ascii(duty)}-{in_ascii(period_key)}.xlsx" for _, duty in periods]
    for (period_id, _), target in zip(periods, targets, strict=True):
        await _write(db, library, words, period_id, path, target, now)
    return targets


async def sheet(
    db: Database,
    library: Library,
    words: Words,
    data_dir: Path,
    period_id: int,
    path: str,
    now: datetime,
    scope: str = "",
) -> Document:
    """The period of one subtree as a document for a chat; the newest one takes the place of the one before.

    `scope`: the office that looks, as `models.branches.boughs` has it; two offices may see different parts of a unit.
    """
    unit_id, office = (each.strip("/").rpartition("/")[2] for each in (path, scope or path))
    kept = Path("exports") / f"{period_id}-{unit_id}-{office}.xlsx"
    await asyncio.to_thread((data_dir / kept).parent.mkdir, parents=True, exist_ok=True)
    found = await _write(db, library, words, period_id, path, data_dir / kept, now, scope)
    name = f"bao-cao-{in_ascii(found.key)}-{in_ascii(found.unit_name)}.xlsx"
    return Document(kept.as_posix(), name, MIME)


async def _write(
    db: Database,
    library: Library,
    words: Words,
    period_id: int,
    path: str,
    target: Path,
    now: datetime,
    scope: str = "",
) -> Summary:
    async with db.read() as session:
        found = await summary.summary(session, library, period_id, path, now, scope)
    if found is None:
        raise Refusal("permission.not_found")
    await asyncio.to_thread(workbook.write, found, words, target, now, db.zone)
    return found


def in_ascii(text: str) -> str:
    """A text as the name of a file that every system takes: "Xã Mỹ Tho" is "xa-my-tho"."""
    return re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:80]
