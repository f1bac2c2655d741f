"""The three sheets of an XLSForm as rows of texts by column, each of which still knows its cell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from bot.form_columns import CHOICES, LANGUAGE, OWN, SETTINGS, STANDARD
from models.rules import Refusal
from models.rules.folding import fold
from models.rules.sheets import SheetPage, SheetRows

KNOWN: Mapping[str, tuple[str, ...]] = {
    "survey": (*STANDARD, *OWN.values()),
    "choices": CHOICES,
    "settings": SETTINGS,
}


@dataclass(slots=True)
class Sheet:
    """One sheet: its rows by column (of the row below the headings first), and where each column stands."""

    name: str
    page: SheetPage | None = None
    rows: list[dict[str, str]] = field(default_factory=list)
    columns: dict[str, int] = field(default_factory=dict)  # our name of a column -> its place
    heads: dict[str, str] = field(default_factory=dict)  # our name -> the heading as it was written

    def place(self, file: str, row: int, column: str = "") -> dict[str, Any]:
        """Where a row (from 1, as Excel counts) and a column stand, as a refusal says it."""
        at = self.columns.get(column)
        where = self.heads.get(column, column)
        if self.page is not None and at is not None and row:
            where = f"{where} ({self.page.cell(row - 1, at).name})"
        return {"file": f"{file}, {self.name}", "line": row, "where": where, "column": column}

    def row_of(self, name: str) -> int:
        """The row (from 1) of the question of that name; 0 when there is none."""
        return next((at for at, row in enumerate(self.rows, start=2) if row.get("name") == name), 0)


def read_sheets(table: SheetRows, file: str) -> dict[str, Sheet]:
    """The three sheets, by name. Raises Refusal form.* for what is missing or has no meaning here."""
    pages = {fold(page.title): page for page in table.pages}
    if "survey" not in pages:
        raise Refusal("form.no_survey", file=file, found=[page.title for page in table.pages if page.title])
    sheets = {name: _sheet(name, pages.get(name), file) for name in KNOWN}
    settings = sheets["settings"].rows
    if not settings or not settings[0].get("form_id"):
        raise Refusal("form.no_id", file=file)
    return sheets


def _sheet(name: str, page: SheetPage | None, file: str) -> Sheet:
    found = Sheet(name, page)
    if page is None or not page.rows:
        return found
    for at, cell in enumerate(page.rows[0]):
        column = _column(cell.text)
        is_ours = cell.text.endswith(f"::{LANGUAGE}")
        if cell.text and (is_ours or column not in found.columns):  # of several languages, Vietnamese
            found.columns[column], found.heads[column] = at, cell.text
    for row in page.rows[1:]:
        cells = {column: row[at].text for column, at in found.columns.items() if at < len(row)}
        found.rows.append({column: text for column, text in cells.items() if text})
    for number, values in enumerate(found.rows, start=2):
        for column in values:
            if column not in KNOWN[name]:
                near = "".join(get_close_matches(column, KNOWN[name], n=1))
                raise Refusal("form.unknown_column", **found.place(file, number, column), near=near)
    return found


def _column(head: str) -> str:
    """Our name of a column: XLSForm's without its language, ours by its Vietnamese name."""
    bare = head.partition("::")[0].strip()
    lower = bare.lower().replace(" ", "_")
    return lower if lower in (*STANDARD, *CHOICES, *SETTINGS) else OWN.get(fold(bare), bare)
