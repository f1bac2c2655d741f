"""Tables that people send: what stands in them is read exactly, and no file keeps others waiting."""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook
from openpyxl.utils import get_column_letter

from bot import files
from bot.files import CSV, XLSX
from bot.sheets_in import LARGEST, MOST_COLUMNS, MOST_PAGES, MOST_ROWS, SheetReader, read_table
from models.rules import Refusal
from models.rules.sheets import cell_name
from tests import photos
from tests.sheets import Rows, csv_file, xlsx

MOMENT = datetime(2026, 1, 2, 3, 4)  # noqa: DTZ001  # a spreadsheet knows no time zones


def refusal(content: bytes, mime: str = XLSX) -> str:
    with pytest.raises(Refusal) as refused:
        read_table(content, mime)
    return refused.value.key


def saved(book: Workbook) -> bytes:
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def texts(content: bytes, mime: str) -> list[list[str]]:
    return [[cell.text for cell in row] for row in read_table(content, mime).pages[0].rows]


def test_cells_keep_their_names_and_their_kinds() -> None:
    rows: Rows = [["Họ tên", 1999, 1.5], [], [date(2026, 11, 25), MOMENT, True]]
    (page,) = read_table(xlsx(rows), XLSX).pages
    assert [cell.value for cell in page.rows[0]] == ["Họ tên", Decimal(1999), Decimal("1.5")]
    assert page.rows[1] == ()
    assert [cell.value for cell in page.rows[2]] == [date(2026, 11, 25), MOMENT, "TRUE"]
    assert [cell.text for cell in page.rows[2]] == ["25/11/2026", "02/01/2026 03:04", "TRUE"]
    assert [cell.name for cell in page.rows[2]] == ["A3", "B3", "C3"]
    assert page.cell(6, 2).name == "C7"
    assert page.cell(6, 2).text == ""


def test_a_formula_is_told_apart_from_what_it_looks_like() -> None:
    cell = read_table(xlsx([["=1+2"]]), XLSX).pages[0].rows[0][0]
    assert (cell.formula, cell.value) == ("=1+2", None)  # never computed here


def test_a_word_in_unicode_composed_or_not_is_one_word() -> None:
    assert texts(xlsx([["Đo\u0302\u0323i"]]), XLSX) == [["Đội"]]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_csv_is_read_however_it_was_saved(mark: str, encoding: str) -> None:
    rows = [["Họ và tên", "Năm sinh"], ["Lê Văn An", "1999"]]
    content = csv_file(rows, mark, encoding)
    assert files.kind_of(content, "danh-sach.CSV")[0] == CSV
    assert texts(content, CSV) == rows


def test_every_page_is_read_and_a_hidden_one_says_so() -> None:
    book = load_workbook(io.BytesIO(xlsx([["một"]], [["hai"]])))
    book.worksheets[1].sheet_state = "hidden"
    pages = read_table(saved(book), XLSX).pages
    assert [(page.title, page.is_hidden) for page in pages] == [("Trang 1", False), ("Trang 2", True)]


@given(st.integers(0, 5000), st.integers(0, 700))
def test_cells_are_named_as_a_spreadsheet_names_them(row: int, column: int) -> None:
    assert cell_name(row, column) == f"{get_column_letter(column + 1)}{row + 1}"


@given(st.binary(max_size=400))
def test_whatever_bytes_come_are_read_or_refused(content: bytes) -> None:
    for mime in (XLSX, CSV):
        with suppress(Refusal):
            read_table(content, mime)


# --- too much ---------------------------------------------------------------------------------------------------------


def test_a_table_as_long_and_wide_as_allowed_is_read() -> None:
    assert len(texts(xlsx([[1]] * MOST_ROWS), XLSX)) == MOST_ROWS
    assert len(texts(xlsx([[1] * MOST_COLUMNS]), XLSX)[0]) == MOST_COLUMNS


@pytest.mark.parametrize(
    "content",
    [
        xlsx([[1]] * (MOST_ROWS + 1)),
        xlsx([[1] * (MOST_COLUMNS + 1)]),
        xlsx(*[[[1]]] * (MOST_PAGES + 1)),
        xlsx([[1] * MOST_COLUMNS] * 1000),
    ],
    ids=["rows", "columns", "pages", "cells"],
)
def test_a_table_beyond_the_limits_is_refused(content: bytes) -> None:
    assert refusal(content) == "sheet.too_much"


def test_a_file_too_large_is_refused_before_it_is_opened() -> None:
    assert refusal(b"PK" * LARGEST) == "sheet.too_large"


def test_a_row_far_below_costs_nothing() -> None:
    book = load_workbook(io.BytesIO(xlsx([["đầu"]])))
    book.worksheets[0]["A1048576"] = "cuối"
    assert texts(saved(book), XLSX) == [["đầu"]]


def altered(part: str, content: bytes, rows: Rows = ((1,),)) -> bytes:
    """An honest file with one of its parts replaced."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(xlsx(rows))) as old, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return kept.getvalue()


def test_a_file_that_lies_about_its_size_is_read_whole() -> None:
    with zipfile.ZipFile(io.BytesIO(xlsx([["một", "hai"], ["ba"]]))) as honest:
        page = honest.read("xl/worksheets/sheet1.xml")
    assert b'ref="A1:B2"' in page
    lying = altered("xl/worksheets/sheet1.xml", page.replace(b'ref="A1:B2"', b'ref="A1:A1"'), [["một", "hai"], ["ba"]])
    assert texts(lying, XLSX) == [["một", "hai"], ["ba"]]


def test_a_bomb_is_not_unpacked() -> None:
    bomb = altered("xl/worksheets/sheet1.xml", b" " * 30_000_000)
    assert len(bomb) < 100_000
    assert refusal(bomb) == "sheet.too_much"


def test_an_entity_that_grows_is_not_followed() -> None:
    laughs = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
    text = b'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "ha">' + laughs + b"]><workbook>&l9;</workbook>"
    assert refusal(altered("xl/workbook.xml", text)) == "sheet.unreadable"


def test_a_broken_file_is_refused() -> None:
    assert refusal(altered("xl/worksheets/sheet1.xml", b"<worksheet><sheetData><row>")) == "sheet.unreadable"
    assert refusal(b"PK\x03\x04 a table") == "sheet.unreadable"


# --- what is kept -----------------------------------------------------------------------------------------------------


def test_an_old_or_locked_excel_file_is_told_how_to_save_it() -> None:
    with pytest.raises(Refusal) as refused:
        files.kind_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 old", "cu.xls")
    assert refused.value.key == "sheet.old_excel"


def test_cannot_keep_a_zip_or_a_text_under_another_name() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as zipped:
        zipped.writestr("anything.txt", "x")
    for content, name in ((packed.getvalue(), "a.xlsx"), (b"ho,ten", "a.txt"), (b"a\0b", "a.csv")):
        with pytest.raises(Refusal) as refused:
            files.kind_of(content, name)
        assert refused.value.key == "trouble.file_kind"


def test_a_table_kept_is_read_from_where_it_lies(tmp_path: Path) -> None:
    reader = SheetReader(tmp_path)
    kept = files.keep(tmp_path, xlsx([["An"]]), "a.xlsx")
    reader.prepare(kept)
    assert reader(kept).pages[0].rows[0][0].text == "An"
    photo = files.keep(tmp_path, photos.photo("a.jpg"), "a.jpg")
    reader.prepare(photo)
    with pytest.raises(Refusal) as refused:
        reader(photo)
    assert refused.value.key == "sheet.not_a_table"
