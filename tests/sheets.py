"""Tables as people send them: rows of plain values made into a file, and read back out of one that the bot sent."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook, load_workbook

from bot.files import CSV, XLSX

Rows = Sequence[Sequence[Any]]


def xlsx(*pages: Rows, titles: Sequence[str] = ()) -> bytes:
    """An Excel file with a page for each table, called by its title or number.

    A text that begins with "=" is a formula, as when somebody types it.
    """
    book = Workbook()
    book.remove(book.active)  # type: ignore[arg-type]  # a new book always has one
    for number, rows in enumerate(pages, 1):
        title = titles[number - 1] if titles else ""
        sheet = book.create_sheet(title or f"Trang {number}")
        for row in rows:
            sheet.append(list(row))
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def csv_file(rows: Rows, mark: str = ",", encoding: str = "utf-8-sig") -> bytes:
    kept = io.StringIO(newline="")
    csv.writer(kept, delimiter=mark).writerows(rows)
    return kept.getvalue().encode(encoding)


def drawn(lines: Sequence[str], name: str) -> tuple[str, str, bytes]:
    """A file (name, type, bytes) from rows drawn in a transcript: `| 1 | Lê Văn An | 1999 |`; digits are numbers.

    `| # survey |` begins a page of that name.
    """
    pages: dict[str, list[list[Any]]] = {}
    for line in lines:
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if cells[0].startswith("#"):
            pages[cells[0].strip("# ")] = []
        else:
            page = next(reversed(pages.values())) if pages else pages.setdefault("", [])
            page.append([_typed(cell) for cell in cells])
    if name.endswith(".csv"):
        return name, CSV, csv_file(next(iter(pages.values())))
    return name, XLSX, xlsx(*pages.values(), titles=tuple(pages))


def filled(content: bytes, entries: str) -> bytes:
    """A report's file with "LL02=15; LL05/1=180; B1=x" filled in: by the code in column A, or by the cell."""
    book = load_workbook(io.BytesIO(content))
    sheet = book.worksheets[0]
    rows = {str(row[0].value): row[5] for row in sheet.iter_rows(min_row=2, max_col=6)}
    for entry in entries.split(";"):
        key, _, value = entry.strip().partition("=")
        (rows.get(key) or sheet[key]).value = _typed(value.strip())
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def _typed(cell: str) -> Any:
    number = cell.isdecimal() and not cell.startswith("0")
    return int(cell) if number else cell or None


def read_back(content: bytes) -> dict[str, list[list[Any]]]:
    """Every page of an Excel file with the values of its rows."""
    book = load_workbook(io.BytesIO(content))
    return {sheet.title: [list(row) for row in sheet.iter_rows(values_only=True)] for sheet in book.worksheets}
