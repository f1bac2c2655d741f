"""The list of everybody an announcement was for, as .xlsx: who has it, who has not and why, who confirmed it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from bot.files import EXPORTS, XLSX
from bot.whole_files import appearing
from bot.words import Words
from bot.workbook import FORMATS, Sheet
from models import announcement_ledger, announcements
from models.announcement_ledger import SheetRow
from models.announcements import Announced
from models.database import Database
from models.messages import Document
from models.rules import Refusal
from models.rules.announcement_text import plain
from models.rules.folding import shorten

COLUMNS = (
    "place", "name", "unit", "parent", "role", "channel", "state", "reason", "sent_at", "confirmed_at", "chased",
)  # fmt: skip
WIDTHS = (6, 30, 36, 30, 22, 12, 20, 30, 18, 18, 12)
PHONE_WIDTH = 16
QUOTED = 120  # characters of the announcement in the heading
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "constant_memory": True}


async def document(
    db: Database, words: Words, data_dir: Path, announcement_id: int, now: datetime, *, phones: bool
) -> Document:
    """The list as a document for a chat; `phones`: with the numbers of the teams' lists.

    Raises Refusal permission.not_found when there is no such announcement.
    """
    async with db.read() as session:
        found = await announcements.find(session, announcement_id)
        office = found.unit if found is not None else None
        rows = await announcement_ledger.sheet_rows(session, announcement_id, office) if office is not None else []
    if found is None:
        raise Refusal("permission.not_found")
    # whoever may not read the numbers must never be sent the file of somebody who may
    shown = "-phones" if phones else ""
    target = data_dir / EXPORTS / f"announcement-{announcement_id}{shown}.xlsx"
    await asyncio.to_thread(_Page(words, found, db.zone, now, phones).write, target, rows)
    return Document(f"{EXPORTS}/{target.name}", f"thong-bao-{announcement_id}.xlsx", XLSX)


class _Page:
    """The one page of the list."""

    def __init__(self, words: Words, announced: Announced, tz: tzinfo, now: datetime, phones: bool) -> None:
        self.words, self.announced, self.tz, self.now, self.phones = words, announced, tz, now, phones

    def say(self, moment: str, **values: Any) -> str:
        return self.words.label(f"announcement_sheet.{moment}", values)

    def write(self, target: Path, rows: Sequence[SheetRow]) -> None:
        """Write the file at `target`, whole or not at all, however many write it at once."""
        with appearing(target) as half, Workbook(str(half), OPTIONS | {"tmpdir": str(target.parent)}) as book:
            formats = {name: book.add_format(style) for name, style in FORMATS.items()}
            page = Sheet(book, self.say("page"), formats, self.tz)
            self._head(page, len(rows))
            for place, row in enumerate(rows, 1):
                self._row(page, place, row)

    def _head(self, page: Sheet, count: int) -> None:
        announcement, unit = self.announced.announcement, self.announced.unit.name
        about = {"number": announcement.id, "unit": unit, "author": self.announced.author, "at": self.now}
        page.text(0, self.say("title", **about, count=count), "title")
        page.row += 1
        page.text(0, shorten(plain(announcement.text), QUOTED))
        page.row += 2
        columns, widths = (*COLUMNS, "phone"), (*WIDTHS, PHONE_WIDTH)
        shown = len(columns) if self.phones else len(COLUMNS)
        page.heads([self.say(f"head_{name}") for name in columns[:shown]], widths[:shown])

    def _row(self, page: Sheet, place: int, row: SheetRow) -> None:
        entry = row.entry
        known = {"state": entry.state, "reason": entry.reason}
        named = self.words.label("announcement_ledger.name", {"name": entry.name, "is_chat": entry.is_chat})
        page.number(0, place)
        page.text(1, entry.name or (named if entry.is_chat else self.say("erased")))
        page.text(2, entry.unit)
        page.text(3, row.parent)
        page.text(4, self.words.label(f"role.{row.role}") if row.role else "")
        page.text(5, self.words.label("account.channel", {"channel": row.channel}) if row.channel else "")
        page.text(6, self.words.label("announcement_ledger.state", {"part": entry.state}))
        page.text(7, self.words.label("announcement_ledger.reason", known) if entry.reason else "")
        page.moment(8, row.sent_at)
        page.moment(9, entry.confirmed_at)
        page.number(10, entry.chased or None)
        if self.phones:
            page.text(11, entry.phone)
        page.row += 1
