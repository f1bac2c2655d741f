"""Lists of members and registers of teams as .xlsx: one to fill in and send back, one to hand on."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from bot.export import in_ascii
from bot.files import EXPORTS, XLSX
from bot.whole_files import appearing
from bot.words import Words
from bot.workbook import FORMATS, Sheet
from models import registers, rosters, units
from models.database import Database
from models.messages import Document
from models.registers import Entered
from models.rules import Refusal
from models.rules.roster_plans import KnownLine
from models.rules.rosters import COMMANDER, DEPUTY, DUTIES, LEADER, MOST_LINES, OLDEST, YOUNGEST, RosterLine
from models.tables import Unit

COLUMNS = ("number", "name", "year", "duty", "phone", "note", "key")
WIDTHS = (6, 30, 12, 20, 16, 34, 10)
TEAM_COLUMNS = ("number", "team", "unit", "decision", "leader", "members", "command", "note")
TEAM_WIDTHS = (6, 40, 30, 26, 26, 12, 44, 34)
MEMBER_COLUMNS = ("number", "team", "unit", "name", "year", "duty", "phone", "note")
MEMBER_WIDTHS = (6, 40, 30, 30, 10, 20, 16, 34)
OPTIONS = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
# what may be done on the protected sheet besides filling in; no password, so that an office can still take it off
ALLOWED = {"format_columns": True, "format_rows": True, "sort": True, "autofilter": True}


async def template(db: Database, words: Words, data_dir: Path, unit_id: int, now: datetime) -> Document:
    """The list of a team as a file to fill in. Raises Refusal permission.not_found when the team is gone."""
    async with db.read() as session:
        unit = await units.find(session, unit_id)
        known = await rosters.known_lines(session, unit_id)
        parent = await units.find(session, (unit.parent_id if unit else 0) or 0)
    if unit is None:
        raise Refusal("permission.not_found")
    target = await asyncio.to_thread(_target, data_dir, f"roster-{unit_id}.xlsx")
    page = Template(words, unit, parent, now.astimezone(db.zone).year)
    await asyncio.to_thread(page.write, target, known)
    return Document(f"{EXPORTS}/{target.name}", f"danh-sach-{in_ascii(unit.name)}.xlsx", XLSX)


async def register(db: Database, words: Words, data_dir: Path, unit_id: int, now: datetime) -> Document:
    """The register of teams of a subtree as a document for a chat."""
    target = await asyncio.to_thread(_target, data_dir, f"register-{unit_id}.xlsx")
    unit = await write_register(db, words, unit_id, target, now)
    return Document(f"{EXPORTS}/{target.name}", f"so-doi-hinh-{in_ascii(unit.name)}.xlsx", XLSX)


async def write_register(db: Database, words: Words, unit_id: int, target: Path, now: datetime) -> Unit:
    """Write the register of teams of a subtree. Raises Refusal permission.not_found when the unit is gone."""
    async with db.read() as session:
        unit = await units.find(session, unit_id)
        entered = await registers.entered(session, unit.path, now) if unit else []
    if unit is None:
        raise Refusal("permission.not_found")
    await asyncio.to_thread(Register(words, unit, db.zone, now).write, target, entered)
    return unit


async def into_folder(db: Database, words: Words, unit_id: int, out_dir: Path, now: datetime) -> Path:
    """Write the register of teams of a subtree into a folder. Raises Refusal export.no_folder."""
    try:
        await asyncio.to_thread(out_dir.mkdir, parents=True, exist_ok=True)
    except OSError:
        raise Refusal("export.no_folder", folder=str(out_dir)) from None
    async with db.read() as session:
        unit = await units.find(session, unit_id)
    target = out_dir / f"so-doi-hinh-{in_ascii(unit.code if unit else '')}.xlsx"
    await write_register(db, words, unit_id, target, now)
    return target


def _target(data_dir: Path, name: str) -> Path:
    (data_dir / EXPORTS).mkdir(parents=True, exist_ok=True)
    return data_dir / EXPORTS / name


class Template:
    """The file that a team fills in: what is there already, room for the rest, and headings that cannot be lost."""

    def __init__(self, words: Words, unit: Unit, parent: Unit | None, this_year: int) -> None:
        self.words, self.unit, self.parent, self.this_year = words, unit, parent, this_year

    def say(self, moment: str, **values: Any) -> str:
        return self.words.label(f"roster_sheet.{moment}", values)

    def write(self, target: Path, known: Sequence[KnownLine]) -> None:
        """Write the file at `target`, whole or not at all."""
        with appearing(target) as half, Workbook(str(half), OPTIONS) as book:
            formats = {name: book.add_format(style) for name, style in FORMATS.items()}
            open_cell = book.add_format({"locked": False, "num_format": "@", "border": 4})
            open_year = book.add_format({"locked": False, "num_format": "0", "border": 4})
            page = Sheet(book, self.say("page"), formats, None)
            self._head(page)
            for place in range(MOST_LINES):
                line = known[place] if place < len(known) else None
                self._row(page, place + 1, line, open_cell, open_year)
            self._rules(page)

    def _head(self, page: Sheet) -> None:
        titles = (
            (self.say("title"), "title"),
            (self.say("unit", unit=self.unit.name, parent=self.parent.name if self.parent else ""), "text"),
            (self.say("hint"), "text"),
            (self.say("privacy"), "text"),
        )
        for text, form in titles:
            page.text(0, text, form)
            page.row += 1
        page.heads([self.say(f"head_{name}") for name in COLUMNS], WIDTHS)
        page.sheet.set_column(len(COLUMNS) - 1, len(COLUMNS) - 1, None, None, {"hidden": True})

    def _row(self, page: Sheet, place: int, known: KnownLine | None, open_cell: Any, open_year: Any) -> None:
        row, sheet = page.row, page.sheet
        line = known.line if known else RosterLine("", "")
        duty = self.words.label(f"roster.duty_{line.duty}") if line.duty else ""
        sheet.write_number(row, 0, place, page.formats["whole"])
        for column, text in ((1, line.name), (3, duty), (4, line.phone), (5, line.note)):
            sheet.write_string(row, column, text, open_cell) if text else sheet.write_blank(
                row, column, None, open_cell
            )
        if line.year is None:
            sheet.write_blank(row, 2, None, open_year)
        else:
            sheet.write_number(row, 2, line.year, open_year)
        if known:
            sheet.write_number(row, 6, known.number, page.formats["whole"])
        page.row += 1

    def _rules(self, page: Sheet) -> None:
        last, first = page.row - 1, page.row - MOST_LINES
        years = {"oldest": self.this_year - OLDEST, "youngest": self.this_year - YOUNGEST}
        duties = [self.words.label(f"roster.duty_{duty}") for duty in DUTIES]
        page.sheet.data_validation(
            first, 2, last, 2,
            {"validate": "integer", "criteria": "between", "minimum": years["oldest"], "maximum": years["youngest"],
             "error_title": self.say("wrong"), "error_message": self.say("wrong_year", **years)},
        )  # fmt: skip
        page.sheet.data_validation(
            first, 3, last, 3,
            {"validate": "list", "source": duties, "error_title": self.say("wrong"),
             "error_message": self.say("wrong_duty")},
        )  # fmt: skip
        page.sheet.protect("", ALLOWED)


class Register:
    """The list of teams as the plan demands it, and their members on a second page."""

    def __init__(self, words: Words, unit: Unit, tz: tzinfo, now: datetime) -> None:
        self.words, self.unit, self.tz, self.now = words, unit, tz, now

    def say(self, moment: str, **values: Any) -> str:
        return self.words.label(f"roster_sheet.{moment}", values)

    def write(self, target: Path, entered: Sequence[Entered]) -> None:
        """Write the file at `target`, whole or not at all."""
        options = OPTIONS | {"constant_memory": True, "tmpdir": str(target.parent)}
        with appearing(target) as half, Workbook(str(half), options) as book:
            formats = {name: book.add_format(style) for name, style in FORMATS.items()}
            self._teams(Sheet(book, self.say("page_teams"), formats, self.tz), entered)
            self._members(Sheet(book, self.say("page_members"), formats, self.tz), entered)

    def _title(self, page: Sheet, title: str) -> None:
        page.text(0, self.say(title, unit=self.unit.name, day=self.now), "title")
        page.row += 2

    def _teams(self, page: Sheet, entered: Sequence[Entered]) -> None:
        self._title(page, "title_teams")
        page.heads([self.say(f"head_{name}") for name in TEAM_COLUMNS], TEAM_WIDTHS)
        for number, team in enumerate(entered, 1):
            leaders = [line.name for line in team.lines if line.duty == LEADER] or team.heads
            page.number(0, number)
            page.text(1, team.name)
            page.text(2, team.parent)
            page.text(3, self.say("decision", number=team.number, date=team.date), "wide")
            page.text(4, ", ".join(leaders), "wide")
            page.number(5, len(team.lines) or team.declared)
            page.text(6, "; ".join(self._command(team.lines)), "wide")
            page.text(7, self.say("note", has_file=team.has_file, lines=len(team.lines)), "wide")
            page.row += 1

    def _command(self, lines: Sequence[RosterLine]) -> list[str]:
        inside = [line for duty in (DEPUTY, COMMANDER) for line in lines if line.duty == duty]
        return [f"{line.name} ({self.words.label(f'roster.duty_{line.duty}').lower()})" for line in inside]

    def _members(self, page: Sheet, entered: Sequence[Entered]) -> None:
        self._title(page, "title_members")
        page.heads([self.say(f"head_{name}") for name in MEMBER_COLUMNS], MEMBER_WIDTHS)
        for team in entered:
            for number, line in enumerate(team.lines, 1):
                page.number(0, number)
                page.text(1, team.name)
                page.text(2, team.parent)
                page.text(3, line.name)
                page.number(4, line.year, "year")
                page.text(5, self.words.label(f"roster.duty_{line.duty}"))
                page.text(6, line.phone)
                page.text(7, line.note, "wide")
                page.row += 1
