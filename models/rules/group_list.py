"""A list of groups as an office keeps it, a row a unit: every row is good, or every fault is told at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from models.rules import Refusal
from models.rules.folding import fold, shorten
from models.rules.groups import BLOCK, CLUSTER, read_day, read_group_name
from models.rules.sheets import Cell, Row, SheetPage
from models.rules.unit_list import Fault

COLUMNS = ("group", "kind", "unit", "since", "until")
_NEEDED = ("group", "kind", "unit")
# headings and kinds as offices write them, folded
_HEADINGS: Mapping[str, str] = {
    **{name: "group" for name in ("nhom", "ten nhom", "cum", "ten cum", "cum thi dua", "cum, khoi", "group")},
    **{name: "kind" for name in ("loai", "loai nhom", "kind")},
    **{name: "unit" for name in ("don vi", "ten don vi", "ma don vi", "ma", "unit")},
    **{name: "since" for name in ("tu ngay", "tu", "since")},
    **{name: "until" for name in ("den ngay", "den", "den het ngay", "until")},
}
_KINDS: Mapping[str, str] = {
    **{name: CLUSTER for name in ("cum", "cum thi dua", CLUSTER)},
    **{name: BLOCK for name in ("khoi", BLOCK)},
}


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A unit (by name or code) in a group. `number` is the row as a spreadsheet counts; on `until` it is out again."""

    number: int
    group: str
    kind: str
    unit: str
    since: date
    until: date | None


@dataclass(frozen=True, slots=True)
class GroupList:
    """The rows in the order given, or the faults; never both."""

    rows: tuple[GroupRow, ...]
    faults: tuple[Fault, ...]


def read_groups(page: SheetPage, today: date) -> GroupList:
    """Read a page whose first filled row holds the headings; without a day a unit is in the group from today on.

    In the table the last day stands ("đến ngày"), and it still counts.
    """
    start = next((place for place, row in enumerate(page.rows) if any(cell.text for cell in row)), None)
    if start is None:
        return GroupList((), (Fault(0, "", "group_list.empty"),))
    places = {
        _HEADINGS[fold(cell.text)]: at for at, cell in enumerate(page.rows[start]) if fold(cell.text) in _HEADINGS
    }
    missing = [Fault(start + 1, column, "group_list.no_column") for column in _NEEDED if column not in places]
    if missing:
        return GroupList((), tuple(missing))
    rows: list[GroupRow] = []
    faults: list[Fault] = []
    for number, row in enumerate(page.rows[start + 1 :], start=start + 2):
        if any(cell.text for cell in row):
            found = _Found(number, {column: _cell(row, at) for column, at in places.items()}, today)
            wrong = list(found.faults())
            faults += wrong
            rows += [] if wrong else [found.row()]
    if not rows and not faults:
        faults.append(Fault(0, "", "group_list.empty"))
    return GroupList((), tuple(faults)) if faults else GroupList(tuple(rows), ())


def _cell(row: Row, at: int) -> Cell:
    return row[at] if at < len(row) else Cell("", None)


@dataclass(frozen=True, slots=True)
class _Found:
    """The cells of one row."""

    number: int
    cells: Mapping[str, Cell]
    today: date

    def text(self, column: str) -> str:
        return " ".join(self.cells[column].text.split()) if column in self.cells else ""

    def day(self, column: str) -> date | None:
        """Raises Refusal as models.rules.groups.read_day does."""
        value = self.cells[column].value if column in self.cells else None
        if isinstance(value, datetime):
            return value.date()
        if isinstance(value, date):
            return value
        return read_day(self.text(column), self.today) if self.text(column) else None

    def faults(self) -> Iterator[Fault]:
        try:
            read_group_name(self.text("group"))
        except Refusal as no:
            yield self._fault("group", no.key, no.values)
        if fold(self.text("kind")) not in _KINDS:
            yield self._fault("kind", "group_list.unknown_kind", {"text": shorten(self.text("kind"), 40)})
        if not fold(self.text("unit")):
            yield self._fault("unit", "group_list.no_unit")
        for column in ("since", "until"):
            try:
                self.day(column)
            except Refusal as no:
                yield self._fault(column, no.key, no.values)
                return
        last = self.day("until")
        if last is not None and last < self.since():
            yield self._fault("until", "group_list.ends_first", {"since": self.since(), "until": last})

    def since(self) -> date:
        return self.day("since") or self.today

    def row(self) -> GroupRow:
        last = self.day("until")
        return GroupRow(
            self.number,
            read_group_name(self.text("group")),
            _KINDS[fold(self.text("kind"))],
            self.text("unit"),
            self.since(),
            last + timedelta(days=1) if last else None,
        )

    def _fault(self, column: str, key: str, values: Mapping[str, Any] | None = None) -> Fault:
        return Fault(self.number, column, key, values or {})
