"""The Excel file of one report, filled in by somebody and sent back: where everything stands, and what is in it.

A hidden first row says which report it is, a hidden first column which question each row asks, so that labels may be
renamed and rows moved.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from models.rules import Refusal
from models.rules.folding import fold, shorten
from models.rules.forms import Indicator, Value
from models.rules.numbers import format_number, read_number
from models.rules.sheets import Cell, SheetPage, SheetRows

MARK = "so-tay-so/bao-cao"
KEYS_ROW, KEYS_COLUMN = 0, 0
VALUE_COLUMN = 5  # F; before it: key, number, label, unit, last period's value
PART, WHOLE = "/1", "/2"  # behind the code: the two rows of a rate
_NONE = frozenset({"khong", "ko", "khong co", "khong phat sinh"})


@dataclass(frozen=True, slots=True)
class TemplateKeys:
    """Which report a file is for, as its hidden row says; somebody else's word, to be checked."""

    report: int
    unit: int
    period: str
    programme: int

    def cells(self) -> tuple[str, ...]:
        return (MARK, str(self.report), str(self.unit), self.period, str(self.programme))


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a cell is no value: `key` words it, `cell` is its name."""

    key: str
    cell: str
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Filled:
    """The values of a file by indicator with the cells they stand in; what is wrong stands in `faults`."""

    values: tuple[tuple[str, Value, str], ...]
    faults: tuple[Fault, ...]


def template_keys(rows: SheetRows) -> TemplateKeys:
    """Which report the file is for. Raises Refusal excel.not_template when it is none of ours."""
    page = _page(rows)
    texts = [page.cell(KEYS_ROW, column).text for column in range(1, 5)] if page else []
    if not page or not all(texts[place].isdecimal() and len(texts[place]) < 16 for place in (0, 1, 3)):
        raise Refusal("excel.not_template")
    return TemplateKeys(int(texts[0]), int(texts[1]), texts[2], int(texts[3]))


def read_filled(rows: SheetRows, asked: Sequence[Indicator]) -> Filled:
    """What was filled in of what is asked. An empty cell says nothing; one that is no number is a fault."""
    page = _page(rows)
    cells = _value_cells(page) if page else {}
    values: list[tuple[str, Value, str]] = []
    faults: list[Fault] = []
    for indicator in (each for each in asked if each.is_typed_number):
        try:
            found = _rate(indicator, cells) if indicator.is_rate else _number(indicator, cells.get(indicator.code))
        except _Wrong as wrong:
            faults.append(wrong.fault)
            continue
        if found is not None:
            values.append((indicator.code, *found))
    return Filled(tuple(values), tuple(faults))


class _Wrong(Exception):
    def __init__(self, key: str, cell: Cell, **values: Any) -> None:
        super().__init__(key)
        shown = shorten(cell.text, 30)
        self.fault = Fault(f"excel.{key}", cell.name, {"cell": cell.name, "text": shown, **values})


def _page(rows: SheetRows) -> SheetPage | None:
    return next((page for page in rows.pages if page.cell(KEYS_ROW, KEYS_COLUMN).text == MARK), None)


def _value_cells(page: SheetPage) -> dict[str, Cell]:
    """The cells to fill in, by the key in their row. A key that comes twice counts once: where it comes first."""
    found: dict[str, Cell] = {}
    for row in range(1, len(page.rows)):
        key = page.cell(row, KEYS_COLUMN).text
        if key:
            found.setdefault(key, page.cell(row, VALUE_COLUMN))
    return found


def _number(indicator: Indicator, cell: Cell | None) -> tuple[Value, str] | None:
    if cell is None or _is_empty(cell):
        return None
    return Value(_read(indicator, cell)), cell.name


def _rate(indicator: Indicator, cells: Mapping[str, Cell]) -> tuple[Value, str] | None:
    part, whole = cells.get(indicator.code + PART), cells.get(indicator.code + WHOLE)
    if part is None or whole is None or (_is_empty(part) and _is_empty(whole)):
        return None
    for here, other in ((part, whole), (whole, part)):
        if _is_empty(here):
            raise _Wrong("half", here, other=other.name)
    number, of = _read(indicator, part), _read(indicator, whole)
    if of == 0:
        raise _Wrong("zero", whole)
    return Value(number, of), f"{part.name}, {whole.name}"


def _is_empty(cell: Cell) -> bool:
    return not cell.text and not cell.formula


def _read(indicator: Indicator, cell: Cell) -> Decimal:
    """The number in a cell; what a question of the chat would ask about once more is wrong here."""
    whole = indicator.type != "decimal"
    if cell.formula and cell.value is None:
        raise _Wrong("formula", cell)
    if isinstance(cell.value, date):
        raise _Wrong("day", cell)
    number = cell.value if isinstance(cell.value, Decimal) else _typed(cell, whole)
    if number < 0:
        raise _Wrong("negative", cell)
    if whole and number != number.to_integral_value():
        raise _Wrong("whole", cell)
    if indicator.max and number > indicator.max:
        raise _Wrong("large", cell, most=format_number(indicator.max))
    return number


def _typed(cell: Cell, whole: bool) -> Decimal:
    if fold(cell.text) in _NONE:
        return Decimal(0)
    try:
        reading = read_number(cell.text, whole=whole)
    except Refusal:
        raise _Wrong("no_number", cell) from None
    if not reading.sure:
        raise _Wrong("no_number", cell)
    return reading.value


def template_rows(asked: Sequence[Indicator]) -> Iterator[tuple[str, Indicator, str]]:
    """The rows to fill in: key, indicator, and the label of the row where it is not the indicator's own."""
    for each in asked:
        if each.is_typed_number and each.is_rate:
            yield each.code + PART, each, each.numerator
            yield each.code + WHOLE, each, each.denominator
        elif each.is_typed_number:
            yield each.code, each, ""
