"""What stands in a table that somebody sent: pages of rows of cells, as plain values with the names of their cells."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from models.rules.folding import clean

CellValue = str | Decimal | date | None  # None: nothing stands there


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell. `name` is what the person sees in the corner ("C7").

    A number is exact as typed, a date without a clock is a `date`, with one a `datetime`, anything else a text without
    control characters. `formula` is kept beside the value it had when the file was saved.
    """

    name: str
    value: CellValue
    formula: str = ""

    @property
    def text(self) -> str:
        """The value as a person would have typed it; empty when nothing stands there."""
        match self.value:
            case None:
                return ""
            case datetime():
                return self.value.strftime("%d/%m/%Y %H:%M")
            case date():
                return self.value.strftime("%d/%m/%Y")
            case Decimal():
                return format(self.value, "f")
        return clean(self.value)


Row = tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class SheetPage:
    """One page of a file: its rows from the first to the last that holds anything, each from column A on.

    Row 1 is `rows[0]`: rows left empty in between stand there as empty tuples.
    """

    title: str
    rows: tuple[Row, ...]
    is_hidden: bool = False

    def cell(self, row: int, column: int) -> Cell:
        """The cell at these places, both counted from 0; an empty one where the file has none."""
        if row < len(self.rows) and column < len(self.rows[row]):
            return self.rows[row][column]
        return Cell(cell_name(row, column), None)


@dataclass(frozen=True, slots=True)
class SheetRows:
    """Everything that stands in a file of tables. A .csv has one page without a title."""

    pages: tuple[SheetPage, ...]


def cell_name(row: int, column: int) -> str:
    """The name of the cell at these places, both counted from 0: `cell_name(6, 2)` is "C7"."""
    letters = ""
    column += 1
    while column:
        column, letter = divmod(column - 1, 26)
        letters = chr(65 + letter) + letters
    return f"{letters}{row + 1}"
