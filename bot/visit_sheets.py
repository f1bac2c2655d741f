"""Somebody's own visits as an .xlsx: a row a month, and a row a visit. Nothing in it is about a citizen.

Nor does what lies on the disk name whose visits they are, so that nothing there has to be found when they are erased.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path

from xlsxwriter import Workbook

from bot.export import in_ascii
from bot.files import EXPORTS, XLSX
from bot.roster_sheets import OPTIONS
from bot.whole_files import appearing
from bot.words import Words
from bot.workbook import FORMATS, Sheet
from models import own_visits
from models.database import Database
from models.guides import GuideBook, GuideShelf
from models.messages import Document
from models.own_visits import Line
from models.rules.own_visits import by_month
from models.visits import Speaker

MONTHS = ("month", "turns", "people", "files", "minutes", "guides")
VISITS = ("ended", "guide", "unit", "how", "outcome", "turns", "people", "files", "minutes")
WIDTHS = (18, 44, 40, 16, 16, 8, 8, 8, 8)


async def document(
    db: Database, shelf: GuideShelf, words: Words, data_dir: Path, speaker: Speaker, name: str
) -> Document:
    """Every ended visit of one person, whichever chat of theirs it was made from."""
    async with db.read() as session:
        lines = await own_visits.own(session, speaker)
        book = await shelf.current(session)
    path = await asyncio.to_thread(_write, data_dir, lines, book, words, db.zone)
    return Document(path, f"luot-ho-tro-{in_ascii(name)}.xlsx", XLSX)


def _write(data_dir: Path, lines: Sequence[Line], book: GuideBook, words: Words, zone: tzinfo) -> str:
    """The file appears whole or not at all."""
    content = _drawn(lines, book, words, zone)
    path = f"{EXPORTS}/visits-{hashlib.sha256(content).hexdigest()[:40]}.xlsx"
    target = data_dir / path
    with appearing(target) as half:
        half.write_bytes(content)
    return path


def _drawn(lines: Sequence[Line], book: GuideBook, words: Words, zone: tzinfo) -> bytes:
    content = io.BytesIO()
    with Workbook(content, {**OPTIONS, "in_memory": True}) as made:
        made.set_properties({"title": words.label("mine.title")})
        formats = {key: made.add_format(style) for key, style in FORMATS.items()}
        _months(Sheet(made, words.label("mine.sheet_months"), formats, zone), lines, words)
        _visits(Sheet(made, words.label("mine.sheet_visits"), formats, zone), lines, book, words)
    return content.getvalue()


def _months(page: Sheet, lines: Sequence[Line], words: Words) -> None:
    page.heads([words.label(f"mine.head_{each}") for each in MONTHS], (12, 10, 10, 10, 10, 10))
    for month in by_month([each.made for each in lines]):
        page.text(0, month.first.strftime("%m/%Y"))
        numbers = (month.turns, month.people, month.files, month.seconds // 60, len(month.guides))
        for column, number in enumerate(numbers, start=1):
            page.number(column, number)
        page.row += 1


def _visits(page: Sheet, lines: Sequence[Line], book: GuideBook, words: Words) -> None:
    page.heads([words.label(f"mine.head_{each}") for each in VISITS], WIDTHS)
    for each in lines:
        guide = book.get(each.made.guide)
        page.moment(0, each.ended_at)
        page.text(1, guide.title if guide else each.made.guide)
        page.text(2, each.unit)
        page.text(3, words.label(f"mine.how_{each.kind}"))
        page.text(4, words.label(f"mine.outcome_{each.outcome}"))
        # a person helped with two guides in one sitting stands at the first of them
        people = None if each.made.within else each.made.people
        numbers = (each.made.turns, people, each.made.files, each.made.seconds // 60)
        for column, number in enumerate(numbers, start=5):
            page.number(column, number)
        page.row += 1
