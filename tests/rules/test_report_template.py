"""A filled Excel file: each cell is a value nobody doubts, or a fault that names the cell."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.forms import Value
from models.rules.report_template import MARK, Filled, TemplateKeys, read_filled, template_keys, template_rows
from models.rules.sheets import Cell, CellValue, SheetPage, SheetRows, cell_name
from tests.pastes import form

KEYS = TemplateKeys(7, 12, "2026-11", 3)


def sheet(*rows: tuple[str, Any], head: tuple[str, ...] = KEYS.cells()) -> SheetRows:
    """A file with these values in column F beside their keys in column A."""
    lines: list[tuple[CellValue, ...]] = [head, *((key, None, None, None, None, value) for key, value in rows)]
    cells = [tuple(Cell(cell_name(y, x), value) for x, value in enumerate(line)) for y, line in enumerate(lines)]
    return SheetRows((SheetPage("Báo cáo", tuple(cells)),))


def read(*rows: tuple[str, Any]) -> Filled:
    return read_filled(sheet(*rows), form().indicators)


def test_the_file_says_which_report_it_is_for() -> None:
    assert template_keys(sheet()) == KEYS


@pytest.mark.parametrize("head", [("",), (MARK,), (MARK, "x", "12", "2026-11", "3"), (MARK, "7", "12", "k", "9" * 20)])
def test_a_file_of_somebody_else_is_refused(head: tuple[str, ...]) -> None:
    with pytest.raises(Refusal, match=r"excel\.not_template"):
        template_keys(sheet(head=head))


def test_values_are_found_by_their_keys_wherever_their_rows_are() -> None:
    got = read(("TH01", Decimal(8)), ("LL02", Decimal(15)), ("LL03", None), ("khác", Decimal(1)))
    assert got.values == (("LL02", Value(Decimal(15)), "F3"), ("TH01", Value(Decimal(8)), "F2"))
    assert got.faults == ()


@pytest.mark.parametrize(
    ("typed", "number"), [("1.058", 1058), ("không", 0), (" 15 người ", 15), (Decimal(0), 0), (Decimal("42"), 42)]
)
def test_what_is_typed_as_in_the_chat_is_a_value(typed: CellValue, number: int) -> None:
    assert read(("DVC02", typed)).values[0][1] == Value(Decimal(number))


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("mười", "excel.no_number"),
        ("khoảng 50", "excel.no_number"),
        ("4O", "excel.no_number"),
        (Decimal("1.5"), "excel.whole"),
        (Decimal(-2), "excel.negative"),
        (Decimal(10_000_000), "excel.large"),
        (date(2026, 4, 3), "excel.day"),
    ],
)
def test_a_cell_that_is_no_number_is_named(typed: CellValue, key: str) -> None:
    got = read(("DVC02", typed))
    assert got.values == ()
    assert [(each.key, each.cell) for each in got.faults] == [(key, "F2")]


def test_a_rate_takes_both_its_cells() -> None:
    assert read(("LL05/1", Decimal(180)), ("LL05/2", Decimal(240))).values == (
        ("LL05", Value(Decimal(180), Decimal(240)), "F2, F3"),
    )
    half = read(("LL05/1", Decimal(180)), ("LL05/2", None)).faults
    assert [(each.key, each.cell, each.values["other"]) for each in half] == [("excel.half", "F3", "F2")]
    assert read(("LL05/1", Decimal(0)), ("LL05/2", Decimal(0))).faults[0].key == "excel.zero"


def test_every_number_has_its_row_and_a_rate_two() -> None:
    rows = [key for key, _, _ in template_rows(form().indicators)]
    assert len(rows) == len(set(rows)) == 46 + sum(each.is_rate for each in form().indicators)


CELLS = st.tuples(st.sampled_from(["LL02", "LL05/1", "LL05/2", "TH01"]), st.text() | st.decimals() | st.dates())


@given(st.lists(CELLS))
def test_whatever_stands_in_the_cells_is_a_value_or_a_fault(rows: list[tuple[str, Any]]) -> None:
    kept = [(key, value) for key, value in rows if not isinstance(value, Decimal) or value.is_finite()]
    got = read(*kept)
    assert all(value.number is not None and value.number >= 0 for _, value, _ in got.values)
