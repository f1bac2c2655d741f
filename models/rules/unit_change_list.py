"""A list of changes of units as an office keeps it, a row a change: every row is good, or every fault is told."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from models.rules import Refusal
from models.rules.folding import fold, shorten
from models.rules.groups import read_day
from models.rules.sheets import Cell, SheetPage
from models.rules.unit_changes import BASIS_ROOM, CLOSE, MERGE, MOVE, RENAME, SPLIT, read_names, read_unit_name
from models.rules.unit_list import CODE_ROOM, Fault

COLUMNS = ("kind", "old", "new", "day", "basis", "codes")
_NEEDED = ("kind", "old", "new", "day")
# headings and kinds as offices write them, folded
_HEADINGS: Mapping[str, str] = {
    **{name: "kind" for name in ("loai", "loai thay doi", "viec", "kind")},
    **{name: "old" for name in ("don vi cu", "don vi", "cu", "tu don vi", "old")},
    **{name: "new" for name in ("don vi moi", "ten moi", "moi", "don vi nhan", "cap tren moi", "new")},
    **{name: "day" for name in ("ngay", "tu ngay", "ngay hieu luc", "hieu luc", "day")},
    **{name: "basis" for name in ("can cu", "van ban", "nghi quyet", "basis")},
    **{name: "codes" for name in ("ma moi", "ma don vi moi", "ma", "code")},
}
_KINDS: Mapping[str, str] = {
    **{name: MERGE for name in ("sap nhap", "gop", "hop nhat", "nhap", MERGE)},
    **{name: SPLIT for name in ("tach", "chia", "chia, tach", "chia tach", SPLIT)},
    **{name: RENAME for name in ("doi ten", RENAME)},
    **{name: CLOSE for name in ("giai the", "ket thuc hoat dong", "dong", CLOSE)},
    **{name: MOVE for name in ("chuyen", "chuyen don vi", "chuyen cap tren", MOVE)},
}
_PARTS = re.compile(r"[\n;|]+")


@dataclass(frozen=True, slots=True)
class Part:
    """A unit to be, by name (or code, when it is there), and what goes to it in a split."""

    name: str
    children: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change as listed; units by name or code. `number` is the row as a spreadsheet counts."""

    number: int
    kind: str
    old: tuple[str, ...]
    new: tuple[Part, ...]
    day: date
    basis: str
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ChangeList:
    """The rows in the order given, or the faults; never both."""

    rows: tuple[ChangeRow, ...]
    faults: tuple[Fault, ...]


def read_changes(page: SheetPage, today: date) -> ChangeList:
    """Read a page whose first filled row holds the headings."""
    start = next((place for place, row in enumerate(page.rows) if any(cell.text for cell in row)), None)
    if start is None:
        return ChangeList((), (Fault(0, "", "unit_change_list.empty"),))
    heads = [fold(cell.text) for cell in page.rows[start]]
    places = {_HEADINGS[head]: at for at, head in enumerate(heads) if head in _HEADINGS}
    missing = [Fault(start + 1, column, "unit_change_list.no_column") for column in _NEEDED if column not in places]
    if missing:
        return ChangeList((), tuple(missing))
    rows: list[ChangeRow] = []
    faults: list[Fault] = []
    for number, row in enumerate(page.rows[start + 1 :], start=start + 2):
        if any(cell.text for cell in row):
            found = _Found(number, {column: row[at] for column, at in places.items() if at < len(row)}, today)
            wrong = list(found.faults())
            faults += wrong
            rows += [] if wrong else [found.row()]
    if not rows and not faults:
        faults.append(Fault(0, "", "unit_change_list.empty"))
    return ChangeList((), tuple(faults)) if faults else ChangeList(tuple(rows), ())


@dataclass(frozen=True, slots=True)
class _Found:
    """The cells of one row."""

    number: int
    cells: Mapping[str, Cell]
    today: date

    def text(self, column: str) -> str:
        return self.cells[column].text.strip() if column in self.cells else ""

    @property
    def kind(self) -> str:
        return _KINDS.get(fold(self.text("kind")), "")

    def day(self) -> date:
        """Raises Refusal as models.rules.groups.read_day does."""
        value = self.cells["day"].value if "day" in self.cells else None
        if isinstance(value, datetime):
            return value.date()
        return value if isinstance(value, date) else read_day(self.text("day"), self.today)

    def parts(self) -> tuple[Part, ...]:
        if self.kind != SPLIT:
            return (Part(" ".join(self.text("new").split())),) if self.text("new") else ()
        cut = [each.partition(":") for each in _PARTS.split(self.text("new")) if each.strip()]
        return tuple(Part(" ".join(name.split()), tuple(read_names(below))) for name, _, below in cut)

    def faults(self) -> Iterator[Fault]:
        if not self.kind:
            yield self._fault("kind", "unit_change_list.unknown_kind", {"text": shorten(self.text("kind"), 40)})
        if not read_names(self.text("old")):
            yield self._fault("old", "unit_change_list.no_unit")
        if not self.parts() and self.kind != CLOSE:
            yield self._fault("new", "unit_change_list.no_new")
        for part in self.parts():
            try:
                read_unit_name(part.name) if self.kind in (SPLIT, RENAME) else None
            except Refusal as no:
                yield self._fault("new", no.key, no.values)
        try:
            self.day()
        except Refusal as no:
            yield self._fault("day", "unit_change_list.doubt_day" if no.key == "group.doubt_day" else no.key, no.values)
        if len(self.text("basis")) > BASIS_ROOM:
            yield self._fault("basis", "unit_change.basis_unclear", {"most": BASIS_ROOM})
        if any(len(code) > CODE_ROOM for code in read_names(self.text("codes"))):
            yield self._fault(
                "codes", "unit_list.bad_code", {"text": shorten(self.text("codes"), 40), "most": CODE_ROOM}
            )

    def row(self) -> ChangeRow:
        basis = " ".join(self.text("basis").split())
        codes = tuple(read_names(self.text("codes")))
        return ChangeRow(
            self.number, self.kind, tuple(read_names(self.text("old"))), self.parts(), self.day(), basis, codes
        )

    def _fault(self, column: str, key: str, values: Mapping[str, Any] | None = None) -> Fault:
        return Fault(self.number, column, key, values or {})
