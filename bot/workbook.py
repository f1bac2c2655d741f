"""A summary as an .xlsx that can be added up: numbers are numbers, dates are dates, and no text is ever a formula."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook
from xlsxwriter.utility import xl_rowcol_to_cell

from bot import answer_sheets, counted_sheet, group_sheet
from bot.number_columns import FIRST_NUMBER, number_columns, part_of, sum_of, words_of
from bot.whole_files import appearing
from bot.words import Words
from models.rules.deadlines import standing
from models.rules.folding import clean
from models.rules.groups import BLOCK, CLUSTER
from models.summary import Line, Summary

LONGEST = 32_767  # characters in a cell, Excel's own limit
HEADER = 4  # rows: title, how far, codes, headings
SPELLING = "=+-@\t\r'"  # what a text must not begin with, should the sheet ever be turned into a CSV or typed anew

FORMATS: dict[str, dict[str, Any]] = {
    "title": {"bold": True, "font_size": 14},
    "head": {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DDEBF7", "border": 1},
    "code": {"font_color": "#7F7F7F", "font_size": 9},
    "text": {"valign": "top"},
    "wide": {"text_wrap": True, "valign": "top"},
    "quoted": {"quote_prefix": True, "valign": "top", "text_wrap": True},
    "number": {"num_format": "#,##0.###"},
    "year": {"num_format": "0"},
    "whole": {"num_format": "#,##0"},
    "percent": {"num_format": "0.0%"},
    "date": {"num_format": "dd/mm/yyyy"},
    "moment": {"num_format": "dd/mm/yyyy hh:mm"},
    "sum": {"bold": True, "bg_color": "#F2F2F2"},
    "sum_whole": {"bold": True, "bg_color": "#F2F2F2", "num_format": "#,##0"},
    "sum_number": {"bold": True, "bg_color": "#F2F2F2", "num_format": "#,##0.###"},
    "sum_percent": {"bold": True, "bg_color": "#F2F2F2", "num_format": "0.0%"},
}


def write(found: Summary, words: Words, target: Path, now: datetime, tz: tzinfo) -> None:
    """Write the workbook at `target`, whole or not at all."""
    options = {
        "constant_memory": True,  # rows go to disk as they come: 94,000 teams fit a small server
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "tmpdir": str(target.parent),
    }
    with appearing(target) as half, Workbook(str(half), options) as book:
        book.set_properties({"title": found.title, "created": now.astimezone(tz).replace(tzinfo=None)})
        book.set_calc_mode("auto")
        page = Pages(book, found, words, tz)
        page.totals()
        page.progress(now)
        group_sheet.write(page)
        answer_sheets.write_lists(page)
        counted_sheet.write(page)
        page.remarks()
        page.indicators()


class Sheet:
    """One worksheet, written from top to bottom."""

    def __init__(self, book: Workbook, name: str, formats: dict[str, Any], tz: tzinfo | None) -> None:
        self.tz = tz  # only pages with moments need one
        self.sheet, self.formats, self.row = book.add_worksheet(name), formats, 0

    def text(self, column: int, value: str, form: str = "text") -> None:
        """Always a string, whatever it begins with."""
        kept = clean(value)[:LONGEST]
        if kept:
            style = "quoted" if kept[0] in SPELLING and form in ("text", "wide") else form
            self.sheet.write_string(self.row, column, kept, self.formats[style])

    def number(self, column: int, value: Decimal | int | None, form: str = "") -> None:
        """An empty cell for what is missing: it is not zero."""
        if value is not None:
            exact = Decimal(value)
            whole = exact == exact.to_integral_value()
            plain = int(exact) if whole else float(exact)
            self.sheet.write_number(self.row, column, plain, self.formats[form or ("whole" if whole else "number")])

    def note(self, column: int, text: str) -> None:
        """What is said about the cell, seen when one points at it."""
        if kept := clean(text):
            self.sheet.write_comment(self.row, column, kept)

    def moment(self, column: int, value: datetime | None, form: str = "moment") -> None:
        if value is not None:
            local = value.astimezone(self.tz).replace(tzinfo=None, second=0, microsecond=0)
            self.sheet.write_datetime(self.row, column, local, self.formats[form])

    def formula(self, column: int, text: str, value: float | str, form: str) -> None:
        self.sheet.write_formula(self.row, column, text, self.formats[form], value)

    def heads(self, titles: Iterable[str], widths: Sequence[int]) -> None:
        """The heading of a list, which stays in sight."""
        for column, title in enumerate(titles):
            self.text(column, title, "head")
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)
        self.row += 1
        self.sheet.freeze_panes(self.row, 0)


class Pages:
    """The worksheets of a summary."""

    def __init__(self, book: Workbook, found: Summary, words: Words, tz: tzinfo) -> None:
        self.book, self.found, self.words, self.tz = book, found, words, tz
        self.formats = {name: book.add_format(style) for name, style in FORMATS.items()}
        self.columns = number_columns(found.indicators)

    def say(self, moment: str, **values: Any) -> str:
        return self.words.label(f"export.{moment}", values)

    def sheet(self, name: str) -> Sheet:
        return self.sheet_called(self.say(name))

    def sheet_called(self, name: str) -> Sheet:
        return Sheet(self.book, name, self.formats, self.tz)

    # --- totals -------------------------------------------------------------------------------------------------------

    def totals(self) -> None:
        """A row a unit, a sum a branch, and a sum of the sums."""
        page = self.sheet("sheet_totals")
        self._totals_head(page)
        loose = [line for branch in self.found.branches if branch.single for line in branch.lines]
        parts = [(page.row, page.row + len(loose) - 1)] if loose else []
        for branch in self.found.branches:
            first = page.row
            for line in branch.lines:
                self._unit(page, branch.name, line, grouped=not branch.single)
            if not branch.single:
                ranges = [(first, page.row - 1)]
                parts.append((page.row, page.row))
                self.sum_row(page, self.say("subtotal", unit=branch.name), ranges, branch.lines)
        if parts:
            self.sum_row(page, self.say("total"), parts, self.found.lines)

    def _totals_head(self, page: Sheet) -> None:
        found, counts = self.found, self.found.counts
        page.text(0, self.say("title", key=found.key, unit=found.unit_name), "title")
        page.row = 1
        numbers = {"expected": counts.expected, "filed": counts.filed, "late": counts.late, "owed": counts.owed}
        moved = [{"due": each.due, "units": each.units} for each in found.moved]
        dates = {"starts": found.starts_on, "ends": found.ends_on, "due": found.due_at, "moved": moved}
        page.text(0, self.say("how_far", **dates, **numbers))
        page.row = 2
        for column, code, _, _ in self.columns:
            page.text(column, code, "code")
        page.row = 3
        heads = [self.say(f"head_{name}") for name in ("branch", "code", "unit", "state", "cluster", "block")]
        page.heads([*heads, *self.number_heads()], [28, 14, 34, 18, 22, 22, *[14 for _ in self.columns]])
        page.sheet.freeze_panes(HEADER, 3)

    def number_heads(self) -> list[str]:
        """What stands above the columns of numbers."""
        return [self.say(f"indicator_{part}", **words_of(each)) for _, _, each, part in self.columns]

    def _unit(self, page: Sheet, branch: str, line: Line, *, grouped: bool) -> None:
        if grouped:
            page.sheet.set_row(page.row, None, None, {"level": 1})  # folds away below its branch
        page.text(0, branch)
        page.text(1, line.owing.unit_code)
        page.text(2, line.owing.unit_name)
        page.text(3, self._state(line))
        page.text(4, group_sheet.names_of(self.found.ties, line, CLUSTER))
        page.text(5, group_sheet.names_of(self.found.ties, line, BLOCK))
        for column, _, each, part in self.columns:
            value = line.values.get(each.code)
            if not answer_sheets.write_words(page, column, value, each):
                page.number(column, part_of(value, each, part), "percent" if part == "rate" else "")
                page.note(column, line.notes.get(each.code, "") if part != "rate" else "")
        page.row += 1

    def sum_row(
        self,
        page: Sheet,
        title: str,
        ranges: Sequence[tuple[int, int]],
        lines: Sequence[Line],
        counted: Mapping[int, int] | None = None,
    ) -> None:
        """The sums of these rows, as formulas; `counted` are columns of plain counts with what they come to."""
        page.text(0, title, "sum")
        for column in range(1, FIRST_NUMBER):
            if counted and column in counted:
                page.formula(column, sum_of(column, ranges), counted[column], "sum_whole")
            else:
                page.sheet.write_blank(page.row, column, None, self.formats["sum"])
        for column, _, each, part in self.columns:
            total = self.found.total(each.code, lines)
            if total.number is None:  # nobody answered: no sum, rather than a zero that nobody reported
                page.sheet.write_blank(page.row, column, None, self.formats["sum"])
            elif part == "rate":
                above, below = xl_rowcol_to_cell(page.row, column - 2), xl_rowcol_to_cell(page.row, column - 1)
                share = float(total.value / 100) if total.value is not None else ""
                page.formula(column, f'=IF(N({below})=0,"",{above}/{below})', share, "sum_percent")
            else:
                value = total.of if part == "of" else total.number
                exact = value if value is not None else Decimal(0)
                whole = exact == exact.to_integral_value()
                cached = int(exact) if whole else float(exact)
                page.formula(column, sum_of(column, ranges), cached, "sum_whole" if whole else "sum_number")
        page.row += 1

    def _state(self, line: Line) -> str:
        if line.owing.no_activity and line.owing.submitted_at is not None:
            return self.say("state_nothing")
        return self.say(f"state_{line.owing.state}")

    # --- the other sheets ---------------------------------------------------------------------------------------------

    def progress(self, now: datetime) -> None:
        """Who filed when, and how late."""
        page = self.sheet("sheet_progress")
        names = ("branch", "code", "unit", "state", "due", "submitted", "days_late", "corrected", "nothing", "report")
        page.heads(
            [self.say(f"head_{name}") for name in (*names, "cluster", "block")],
            [28, 14, 34, 18, 17, 17, 10, 17, 30, 18, 22, 22],
        )
        for branch in self.found.branches:
            for line in branch.lines:
                owing = line.owing
                page.text(0, branch.name)
                page.text(1, owing.unit_code)
                page.text(2, owing.unit_name)
                page.text(3, self._state(line))
                page.moment(4, max(owing.due_at, owing.extended_until or owing.due_at))
                page.moment(5, owing.submitted_at)
                stands = standing(owing.due_at, owing.submitted_at, now, self.tz, owing.extended_until)
                late = stands.days if stands.kind in ("late", "overdue") else 0
                page.number(6, late if owing.submitted_at is not None or stands.kind == "overdue" else None)
                page.moment(7, owing.corrected_at)
                page.text(8, owing.no_activity, "wide")
                page.text(9, line.code)
                page.text(10, group_sheet.names_of(self.found.ties, line, CLUSTER))
                page.text(11, group_sheet.names_of(self.found.ties, line, BLOCK))
                page.row += 1

    def remarks(self) -> None:
        """Difficulties and proposals as they were written."""
        page = self.sheet("sheet_remarks")
        names = ("unit", "kind", "remark_code", "remark", "sentence")
        page.heads([self.say(f"head_{name}") for name in names], [34, 14, 14, 30, 80])
        for each in self.found.said:
            page.text(0, each.line.owing.unit_name)
            page.text(1, self.say(f"kind_{each.kind}"))
            page.text(2, each.code)
            page.text(3, each.label, "wide")
            page.text(4, each.text, "wide")
            page.row += 1

    def indicators(self) -> None:
        """What the columns mean and how they add up."""
        page = self.sheet("sheet_indicators")
        names = ("indicator", "label", "measured_in", "adds", "numerator", "denominator", "hint", "source")
        page.heads([self.say(f"head_{name}") for name in names], [10, 60, 14, 30, 40, 40, 60, 40])
        for each in self.found.indicators:
            row = (each.code, each.label, each.unit, self.say(f"adds_{each.adds}"), each.numerator, each.denominator)
            for column, value in enumerate((*row, each.hint, each.source)):
                page.text(column, value, "wide")
            page.row += 1
