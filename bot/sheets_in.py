"""Tables that people send, .xlsx and .csv: read into plain rows, within limits that no honest file comes near."""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any

from bot.files import CSV, XLSX, path_of
from handlers.turn import StoredFile
from models.rules import Refusal
from models.rules.folding import clean
from models.rules.sheets import Cell, CellValue, Row, SheetPage, SheetRows, cell_name

LARGEST = 2 * 1024 * 1024  # bytes of a file
MOST_UNPACKED = 20 * 1024 * 1024  # bytes of what an .xlsx packs: a bomb says more
MOST_PAGES, MOST_ROWS, MOST_COLUMNS = 5, 2000, 60
MOST_CELLS = 40_000  # filled ones: more would keep others waiting
MOST_VISITED = 20_000  # rows, empty ones too
LONGEST = 4000  # characters of a cell
ENCODINGS = ("utf-8-sig", "cp1258")  # what Excel in Vietnam saves a .csv in


class SheetReader:
    """Reads files kept under DATA_DIR. The newest few stay read, so that a turn finds ready what the edge has read."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._ready = lru_cache(maxsize=4)(self._read)

    def __call__(self, file: StoredFile) -> SheetRows:
        """What stands in the file. Raises Refusal sheet.* when it is no table, broken, or larger than the limits."""
        return self._ready(file.sha256, file.mime)

    def prepare(self, file: StoredFile) -> None:
        """Read a table before its turn begins; what is wrong with it is said there."""
        if file.mime in (XLSX, CSV):
            try:
                self(file)
            except Refusal:
                return

    def _read(self, sha256: str, mime: str) -> SheetRows:
        if mime not in (XLSX, CSV):
            raise Refusal("sheet.not_a_table")
        try:
            content = path_of(self._data_dir, sha256, mime).read_bytes()
        except OSError:
            raise Refusal("trouble.file_lost") from None
        return read_table(content, mime)


def read_table(content: bytes, mime: str) -> SheetRows:
    """The rows of a table.

    Raises Refusal sheet.unreadable, sheet.too_large (`megabytes`), sheet.too_much (`pages`, `rows`, `columns`).
    """
    if len(content) > LARGEST:
        raise Refusal("sheet.too_large", megabytes=LARGEST // 1024 // 1024)
    if mime == CSV:
        return SheetRows((_page("", _csv_lines(content)),))
    _refuse_bomb(content)
    try:
        return _workbook(content)
    except Refusal:
        raise
    except Exception:  # openpyxl meets a broken file with whatever error its parts happen to raise
        raise Refusal("sheet.unreadable") from None


def read_list(file: Path, unreadable: str) -> SheetRows:
    """A table on this machine, of either kind. Raises Refusal `unreadable` (`file`), or as `read_table` does."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise Refusal(unreadable, file=str(file)) from error
    return read_table(content, XLSX if content.startswith(b"PK") else CSV)


def _refuse_bomb(content: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            unpacked = sum(part.file_size for part in packed.infolist())
    except zipfile.BadZipFile:
        raise Refusal("sheet.unreadable") from None
    if unpacked > MOST_UNPACKED:
        raise _too_much()


def _workbook(content: bytes) -> SheetRows:
    found = _pages(content, with_values=False)
    if not any(cell.formula for page in found for row in page.rows for cell in row):
        return SheetRows(tuple(found))
    saved = _pages(content, with_values=True)
    return SheetRows(tuple(_with_saved(page, values) for page, values in zip(found, saved, strict=True)))


def _pages(content: bytes, *, with_values: bool) -> list[SheetPage]:
    from openpyxl import load_workbook  # eight megabytes, wanted only when somebody sends a table

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about parts of a file that are of no use here
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=with_values, keep_links=False)
        try:
            sheets = book.worksheets
            if len(sheets) > MOST_PAGES:
                raise _too_much()
            return [_page(sheet.title, _lines(sheet), is_hidden=sheet.sheet_state != "visible") for sheet in sheets]
        finally:
            book.close()


def _lines(sheet: Any) -> Iterator[list[Any]]:
    sheet.reset_dimensions()  # a file may lie about its size
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS + 1)):
        if number == MOST_VISITED:
            return
        wide = max((at for at, cell in enumerate(row, 1) if cell.value is not None), default=0)
        yield [(cell.value, cell.data_type == "f") for cell in row[:wide]]


def _page(title: str, lines: Iterable[Sequence[tuple[Any, bool]]], *, is_hidden: bool = False) -> SheetPage:
    rows: list[Row] = []
    last = filled = 0
    for number, line in enumerate(lines):
        row = tuple(_cell(number, column, *found) for column, found in enumerate(line))
        wide = max((at for at, cell in enumerate(row, 1) if cell.value is not None or cell.formula), default=0)
        filled += sum(cell.value is not None for cell in row)
        last = number + 1 if wide else last
        if wide > MOST_COLUMNS or last > MOST_ROWS or filled > MOST_CELLS:
            raise _too_much()
        if number < MOST_ROWS:
            rows.append(row[:wide])
    return SheetPage(clean(title), tuple(rows[:last]), is_hidden)


def _cell(row: int, column: int, value: Any, is_formula: bool) -> Cell:
    formula = str(getattr(value, "text", value))[:LONGEST] if is_formula else ""
    return Cell(cell_name(row, column), None if is_formula else _value(value), formula)


def _with_saved(page: SheetPage, saved: SheetPage) -> SheetPage:
    """The page with what each formula came to when the file was saved."""
    rows = (
        tuple(
            Cell(cell.name, saved.cell(at, column).value, cell.formula) if cell.formula else cell
            for column, cell in enumerate(row)
        )
        for at, row in enumerate(page.rows)
    )
    return SheetPage(page.title, tuple(rows), page.is_hidden)


def _value(value: Any) -> CellValue:
    match value:
        case None:
            return None
        case bool():
            return str(value).upper()
        case int() | float():
            return _exact(value)
        case datetime():
            return value.date() if value.time() == time() else value
        case date():
            return value
    return clean(str(value)[:LONGEST]) or None


def _exact(value: int | float) -> CellValue:
    number = Decimal(repr(value))
    if not number.is_finite():
        return str(value)
    return Decimal(int(number)) if number == number.to_integral_value() else number


def _csv_lines(content: bytes) -> Iterator[list[tuple[Any, bool]]]:
    text = csv_text(content)
    first = text.partition("\n")[0]
    mark = max(";", "\t", ",", key=first.count)
    csv.field_size_limit(LARGEST)
    try:
        for number, line in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=mark)):
            if number == MOST_VISITED:
                return
            yield [(value, False) for value in line[: MOST_COLUMNS + 1]]
    except csv.Error:
        raise Refusal("sheet.unreadable") from None


def csv_text(content: bytes) -> str:
    """The characters of a .csv in whichever encoding it was saved. Raises Refusal sheet.unreadable."""
    if content.startswith(b"\xff\xfe"):
        return content.decode("utf-16", errors="replace")
    for encoding in ENCODINGS:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise Refusal("sheet.unreadable")


def _too_much() -> Refusal:
    return Refusal("sheet.too_much", pages=MOST_PAGES, rows=MOST_ROWS, columns=MOST_COLUMNS)
