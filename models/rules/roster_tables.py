"""A whole list of members, as a table or as pasted lines: every line read, or said where it is wrong and why."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.rules import Refusal
from models.rules.folding import clean, fold
from models.rules.rosters import FIELDS, MOST_LINES, RosterLine, is_same_bearer, read_duty, read_field
from models.rules.sheets import Cell, Row, SheetPage, SheetRows

HEADING_WITHIN = 30  # rows from the top: above it stand the titles of an office
# headings as offices write them, folded
_HEADINGS: Mapping[str, str] = {
    **{word: "number" for word in ("tt", "stt", "so tt", "so thu tu")},
    **{word: "name" for word in ("ho va ten", "ho ten", "ten", "ho va ten thanh vien", "ten thanh vien", "thanh vien")},
    **{word: "surname" for word in ("ho va ten dem", "ho dem", "ho va dem", "ho va ten lot", "ho lot", "ho")},
    **{word: "year" for word in ("nam sinh", "ngay sinh", "ngay thang nam sinh", "sinh nam", "ns", "ngay thang sinh")},
    **{word: "duty" for word in ("chuc vu", "nhiem vu", "vai tro", "chuc danh", "chuc vu trong doi", "chuc vu doi")},
    **{
        word: "phone" for word in ("dien thoai", "so dien thoai", "sdt", "dt", "so dt", "di dong", "dien thoai di dong")
    },
    **{word: "note" for word in ("ghi chu",)},
    **{word: "key" for word in ("ma dong",)},
}
_FOOT = ("tong cong", "tong so", "danh sach nay", "danh sach co", "nguoi lap")
_LABELS = frozenset(("sn", "ns", "sinh", "sinh nam", "nam sinh", "sdt", "dt", "dien thoai", "so dien thoai"))
_NUMBERING = re.compile(r"^\s*(?:[0-9]{1,3}\s*[.):/-]\s*|[0-9]{1,3}\s+|[-+*\u2022\u2013]\s*)")
_APART = re.compile(r"\t|[,;|]|\s[-\u2013\u2014]\s|\s{2,}")
_PHONE = re.compile(r"(?<![0-9])(?:\+?84|0)[0-9](?:[ .-]?[0-9]){7,9}(?![0-9])")
_YEAR = re.compile(r"(?<![0-9/.-])(?:[0-9]{1,2}[/.-][0-9]{1,2}[/.-])?(?:19|20)[0-9]{2}(?![0-9])")


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong in a cell (`cell`, or else line `row` of what was pasted); `key` words it and its mend."""

    row: int
    cell: str
    key: str
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TypedLine:
    """A line as it was sent: `said` are the fields that are not empty; `key` is that of a template's line, else 0."""

    row: int
    cell: str  # of the name
    line: RosterLine
    said: frozenset[str]
    key: int = 0


@dataclass(frozen=True, slots=True)
class RosterTable:
    """The lines that can be read, and what is wrong with the others."""

    lines: tuple[TypedLine, ...]
    faults: tuple[Fault, ...]


def read_sheet(sheet: SheetRows, this_year: int) -> RosterTable:
    """The lines of the first page with a heading for names.

    Raises Refusal roster.no_heading, roster.no_lines, roster.too_many (`most`, `found`).
    """
    for page in sheet.pages:
        if places := _heading(page):
            top, columns = places
            return _checked([_table_line(page, number, columns, this_year) for number in _body(page, top, columns)])
    raise Refusal("roster.no_heading")


def read_pasted(text: str, this_year: int) -> RosterTable:
    """The lines of a text, a person a line, the fields in any order. Raises as `read_sheet` does."""
    rows = [row for row in re.split(r"[\r\n\v\f\x85\u2028\u2029]+", text) if clean(row)]
    cells = [tuple(Cell("", part.strip() or None) for part in row.split("\t")) for row in rows]
    page = SheetPage("", tuple(cells))
    if _heading(page):
        return read_sheet(SheetRows((page,)), this_year)
    found = [(number, row) for number, row in enumerate(rows, 1) if not _is_title(row)]
    return _checked([_pasted_line(number, row, this_year) for number, row in found])


def is_list(text: str) -> bool:
    """Whether a text is meant as a list of people rather than as one name: several lines, or one with several parts."""
    rows = [row for row in text.splitlines() if clean(row)]
    return len(rows) > 1 or any(_APART.search(clean_edges(row)) or _YEAR.search(row) for row in rows)


def clean_edges(text: str) -> str:
    return _NUMBERING.sub("", text).strip()


def _checked(found: Sequence[TypedLine | list[Fault]]) -> RosterTable:
    if not found:
        raise Refusal("roster.no_lines")
    if len(found) > MOST_LINES:
        raise Refusal("roster.too_many", most=MOST_LINES, found=len(found))
    lines: list[TypedLine] = []
    faults = [fault for each in found if isinstance(each, list) for fault in each]
    by_name: dict[str, list[TypedLine]] = {}
    for each in found:
        if isinstance(each, list):
            continue
        alike = by_name.setdefault(each.line.folded, [])
        twin = next((other for other in alike if is_same_bearer(other.line, each.line)), None)
        if twin is not None:
            values = {"name": each.line.name, "other": twin.cell or str(twin.row), "is_cell": bool(twin.cell)}
            faults.append(Fault(each.row, each.cell, "roster.twice_in_file", values))
            continue
        alike.append(each)
        lines.append(each)
    return RosterTable(tuple(lines), tuple(sorted(faults, key=lambda fault: fault.row)))


# --- tables -----------------------------------------------------------------------------------------------------------


def _heading(page: SheetPage) -> tuple[int, dict[str, int]] | None:
    """The row of the headings, and the column of each field."""
    for number, row in enumerate(page.rows[:HEADING_WITHIN]):
        columns: dict[str, int] = {}
        for column, cell in enumerate(row):
            meant = _HEADINGS.get(_heading_words(cell.text))
            if meant is not None:
                columns.setdefault(meant, column)
        if "name" in columns and not _is_a_duty_beside_others(row, columns):
            return number, columns
    return None


def _is_a_duty_beside_others(row: Row, columns: Mapping[str, int]) -> bool:
    """Whether "Thành viên" stands there as somebody's duty and not above a column of names."""
    filled = [cell for cell in row if cell.text]
    return len(columns) == 1 and len(filled) > 1 and _is_duty(row[columns["name"]].text)


def _heading_words(text: str) -> str:
    return " ".join(re.sub(r"\(.*?\)|[^a-z0-9 ]", " ", fold(text)).split())


def _body(page: SheetPage, top: int, columns: Mapping[str, int]) -> Iterator[int]:
    """The numbers of the rows below the headings that say something of a person, until the foot of the list."""
    wanted = [column for name, column in columns.items() if name not in ("number", "key")]
    for number, row in enumerate(page.rows[top + 1 :], top + 1):
        first = next((cell.text for cell in row if cell.text and not cell.text.isdecimal()), "")
        if fold(first).startswith(_FOOT):
            return
        filled = [row[column] for column in wanted if column < len(row) and (row[column].text or row[column].formula)]
        if filled and not _repeats_numbers(row):
            yield number


def _repeats_numbers(row: Row) -> bool:
    """Whether this is the line of column numbers, (1) (2) (3), that offices put below their headings."""
    marks = [cell.text.strip("()[] ") for cell in row if cell.text]
    return len(marks) > 1 and marks == [str(number) for number in range(1, len(marks) + 1)]


def _table_line(page: SheetPage, number: int, columns: Mapping[str, int], this_year: int) -> TypedLine | list[Fault]:
    cells = {name: page.cell(number, column) for name, column in columns.items()}
    formulas = [cells[name] for name in (*FIELDS, "surname") if name in cells and cells[name].formula]
    if formulas:
        return [Fault(number + 1, cell.name, "roster.formula", {"text": cell.formula[:40]}) for cell in formulas]
    texts = {name: cell.text for name, cell in cells.items()}
    if "surname" in texts:
        texts["name"] = f"{texts['surname']} {texts['name']}".strip()
    where = {name: cells[name].name for name in FIELDS if name in cells}
    key = texts.get("key", "")
    return _line(number + 1, texts, where, this_year, int(key) if key.isascii() and key.isdecimal() else 0)


def _line(
    row: int, texts: Mapping[str, str], where: Mapping[str, str], this_year: int, key: int = 0
) -> TypedLine | list[Fault]:
    """The line with its fields read, or everything that is wrong with it."""
    values: dict[str, Any] = {}
    faults = []
    for name in FIELDS:
        try:
            values[name] = read_field(name, texts.get(name, ""), this_year)
        except Refusal as no:
            faults.append(Fault(row, where.get(name, ""), no.key, no.values))
    if faults:
        return faults
    said = frozenset(name for name in FIELDS if clean(texts.get(name, "")))
    return TypedLine(row, where.get("name", ""), RosterLine(**values), said, key)


# --- pasted lines -----------------------------------------------------------------------------------------------------


def _is_title(row: str) -> bool:
    return clean(row).endswith(":") or fold(clean_edges(row)).startswith(("danh sach", *_FOOT))


def _pasted_line(number: int, row: str, this_year: int) -> TypedLine | list[Fault]:
    rest, texts = clean_edges(row), {}
    for name, pattern in (("phone", _PHONE), ("year", _YEAR)):
        if found := pattern.search(rest):
            texts[name] = found[0]
            rest = f"{rest[: found.start()]}\t{rest[found.end() :]}"
    parts = [part.strip(" .:()-\u2013\u2014") for part in _APART.split(rest)]
    words = [part for part in parts if part]
    texts["name"], duty = _without_duty(words[0] if words else "")
    notes = []
    for word in words[1:]:
        if not duty and _is_duty(word):
            duty = word
        elif word.isdecimal():  # neither a year nor a phone number, so one of them mistyped
            texts.setdefault("year" if len(word) < 6 else "phone", word)
        elif fold(word) not in _LABELS:
            notes.append(word)
    return _line(number, {**texts, "duty": duty, "note": ", ".join(notes)}, {}, this_year)


def _without_duty(text: str) -> tuple[str, str]:
    """The name, and the duty that stands behind it without any mark between ("Lê Văn An đội phó")."""
    words = text.split()
    for length in (4, 3, 2):
        tail = " ".join(words[-length:])
        if len(words) >= length + 2 and _is_duty(tail):
            return " ".join(words[:-length]), tail
    return text, ""


def _is_duty(text: str) -> bool:
    try:
        read_duty(text)
    except Refusal:
        return False
    return True
