"""A list of units as an office keeps it (CSV), read whole: either every row is good, or every fault is told at once."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from models.rules.folding import clean, fold, shorten

COLUMNS = ("code", "name", "kind", "parent_code")
CODE_ROOM, NAME_ROOM = 40, 200
_CODE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._/-]*")

# header names as offices write them, folded
_HEADERS: Mapping[str, str] = {
    **{name: "code" for name in ("code", "ma", "ma don vi", "ma dv")},
    **{name: "name" for name in ("name", "ten", "ten don vi", "don vi")},
    **{name: "kind" for name in ("kind", "loai", "loai don vi", "cap")},
    **{
        name: "parent_code"
        for name in ("parent_code", "parent code", "ma cap tren", "ma don vi cap tren", "don vi cap tren", "truc thuoc")
    },
}
_KINDS: Mapping[str, str] = {
    **{name: "central" for name in ("central", "trung uong", "tw")},
    **{name: "province" for name in ("province", "tinh", "thanh pho", "cap tinh", "tinh doan", "thanh doan")},
    **{name: "district" for name in ("district", "huyen", "quan", "thi xa", "cap huyen")},
    **{name: "commune" for name in ("commune", "xa", "phuong", "dac khu", "thi tran", "cap xa")},
    **{name: "affiliated" for name in ("affiliated", "truc thuoc", "don vi truc thuoc", "truong", "co quan")},
    **{name: "team" for name in ("team", "doi hinh", "doi", "to", "doi hinh tinh nguyen")},
}
# how deep a kind stands: a parent always stands higher than its child; an affiliated unit may hang under another one
RANK: Mapping[str, int] = {"central": 0, "province": 1, "district": 2, "affiliated": 3, "commune": 3, "team": 4}


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit as listed. `parent_code` is empty for the root alone."""

    code: str
    name: str
    kind: str
    parent_code: str


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong at a row (as a spreadsheet counts; 0: the whole file) and a column; `key` words it and its mend."""

    row: int
    column: str
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class UnitList:
    """The rows, parents before children, or the faults; never both."""

    rows: tuple[UnitRow, ...]
    faults: tuple[Fault, ...]


Known = Mapping[str, UnitRow]  # the units already in the tree, by code
_Numbered = list[tuple[int, UnitRow]]


def read_units(content: bytes, known: Known | None = None) -> UnitList:
    """Read a CSV file (UTF-8, with or without byte order mark; cells apart by `,` `;` or tab) against the tree."""
    faults: list[Fault] = []
    rows = _parse(content, faults)
    if not faults and not rows:
        faults.append(Fault(0, "", "unit_list.empty"))
    if not faults or rows:
        faults += check_tree(rows, known or {})
    if faults:
        return UnitList((), tuple(sorted(faults, key=lambda fault: fault.row)))
    return UnitList(tuple(in_order([row for _, row in rows])), ())


def in_order(rows: list[UnitRow]) -> list[UnitRow]:
    """The rows with every parent before its children, else in the order given. The rows must hold no circle."""
    by_code = {row.code: row for row in rows}

    def depth(row: UnitRow) -> int:
        steps = 0
        while row.parent_code in by_code:
            row, steps = by_code[row.parent_code], steps + 1
        return steps

    return sorted(rows, key=depth)


def check_tree(rows: _Numbered, known: Known) -> list[Fault]:
    """Every fault between the rows, and between them and the units already known."""
    first: dict[str, int] = {}
    faults = []
    for number, row in rows:
        if row.code in first:
            values = {"code": row.code, "other": first[row.code]}
            faults.append(Fault(number, "code", "unit_list.code_twice", values))
        first.setdefault(row.code, number)
    whole = {**known, **{row.code: row for _, row in rows}}
    roots = [row.code for row in whole.values() if row.kind == "central" and not row.parent_code]
    for number, row in rows:
        faults += _check_parent(number, row, whole, roots)
    for child in known.values():  # not listed themselves, but what they hang under may change its kind
        if child.code not in first and child.parent_code in first:
            parent = whole[child.parent_code]
            if not may_hang_under(child.kind, parent.kind):
                values = {"code": parent.code, "child": child.name, "kind": child.kind, "parent_kind": parent.kind}
                faults.append(Fault(first[parent.code], "kind", "unit_list.wrong_for_child", values))
    return faults


def _check_parent(number: int, row: UnitRow, whole: Known, roots: list[str]) -> Iterator[Fault]:
    def fault(key: str, **values: Any) -> Fault:
        return Fault(number, "parent_code", f"unit_list.{key}", {"code": row.code, **values})

    if not row.parent_code:
        if row.kind != "central":
            yield fault("no_parent", root=roots[0] if roots else "")
        elif roots[0] != row.code:
            yield fault("second_root", root=roots[0])
        return
    parent = whole.get(row.parent_code)
    if parent is None:
        yield fault("unknown_parent", parent=row.parent_code)
    elif _runs_in_a_circle(row, whole):
        yield fault("circle", parent=row.parent_code)
    elif not may_hang_under(row.kind, parent.kind):
        yield fault("wrong_parent", parent=parent.name, kind=row.kind, parent_kind=parent.kind)


def may_hang_under(kind: str, parent: str) -> bool:
    """Whether a unit of the one kind may stand right below one of the other."""
    both_affiliated = kind == parent == "affiliated"
    return both_affiliated or RANK[parent] < RANK[kind]


def _runs_in_a_circle(row: UnitRow, whole: Known) -> bool:
    seen = {row.code}
    above = whole.get(row.parent_code)
    while above is not None and above.code not in seen:
        seen.add(above.code)
        above = whole.get(above.parent_code)
    return above is not None and above.code == row.code


def _parse(content: bytes, faults: list[Fault]) -> _Numbered:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        faults.append(Fault(0, "", "unit_list.not_utf8"))
        return []
    if "\0" in text:
        faults.append(Fault(0, "", "unit_list.not_a_table"))
        return []
    try:
        table = list(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True))
    except csv.Error:
        faults.append(Fault(0, "", "unit_list.not_a_table"))
        return []
    start = next((index for index, cells in enumerate(table) if any(map(clean, cells))), len(table))
    if start == len(table):
        return []
    places = _places(table[start], start + 1, faults)
    return [] if faults else _rows(table, start, places, faults)


def _delimiter(text: str) -> str:
    header = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=header.count)


def _places(header: list[str], number: int, faults: list[Fault]) -> dict[str, int]:
    places: dict[str, int] = {}
    for index, cell in enumerate(header):
        column = _HEADERS.get(fold(cell))
        if column in places:
            faults.append(Fault(number, column or "", "unit_list.column_twice", {"header": shorten(clean(cell), 40)}))
        elif column:
            places[column] = index
    faults += [Fault(number, column, "unit_list.no_column") for column in COLUMNS if column not in places]
    return places


def _rows(table: list[list[str]], start: int, places: dict[str, int], faults: list[Fault]) -> _Numbered:
    rows: _Numbered = []
    for number, cells in enumerate(table[start + 1 :], start=start + 2):
        if not any(map(clean, cells)):
            continue
        if len(cells) > len(table[start]) and any(map(clean, cells[len(table[start]) :])):
            faults.append(Fault(number, "", "unit_list.too_many_cells", {"most": len(table[start])}))
            continue
        found = {column: _cell(cells, index) for column, index in places.items()}
        wrong = list(_check_cells(number, found))
        faults += wrong
        if not wrong:
            rows.append((number, UnitRow(**{**found, "kind": _KINDS[fold(found["kind"])]})))
    return rows


def _cell(cells: list[str], index: int) -> str:
    return " ".join(clean(cells[index]).split()) if index < len(cells) else ""


def _check_cells(number: int, found: Mapping[str, str]) -> Iterator[Fault]:
    def fault(column: str, key: str, **values: Any) -> Fault:
        return Fault(number, column, f"unit_list.{key}", {"text": shorten(found[column], 40), **values})

    if not found["code"]:
        yield fault("code", "no_code")
    for column in ("code", "parent_code"):
        code = found[column]
        if code and (len(code) > CODE_ROOM or not _CODE.fullmatch(code)):
            yield fault(column, "bad_code", most=CODE_ROOM)
    if not fold(found["name"]):
        yield fault("name", "no_name")
    elif len(found["name"]) > NAME_ROOM:
        yield fault("name", "long_name", most=NAME_ROOM)
    if fold(found["kind"]) not in _KINDS:
        yield fault("kind", "unknown_kind" if found["kind"] else "no_kind")
