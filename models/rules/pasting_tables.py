"""Tables that were pasted: rows of cells, or one cell a line. Which cell is the label, which the number of the period.

An empty cell must never let the number of a row, or of another column, pass for the value.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from models.rules.pasting_numbers import Amount, months_named, parts
from models.rules.pasting_units import KNOWN
from models.rules.pasting_words import PART, flat, words

Column = Literal["", "row", "label", "unit", "value", "total", "other"]

_NUMBER = re.compile(r"[~<>\u2248]?\s*\d[\d., ]*(?:/\s*\d[\d.,]*)?\s*\+?")
_LONGEST_NONE = 20  # characters of "none" in words
_NONE = frozenset({"khong", "ko", "khong co", "khong phat sinh"})
# Behind a number these are what is counted, not a unit: "11 tình nguyện viên" is a line of its own.
_COUNTED = frozenset({"tinh_nguyen_vien", "tieu_thuong", "hop_tac_xa", "doan_vien", "doi_hinh", "tai_khoan"})
_VALUE = ("ket_qua", "so_luong", "so lieu", "thuc_hien", "thang nay", "trong ky", "trong thang", "ky nay", "tong so")
_TOTAL = frozenset({"tong", "cong", "tong cong", "toan xa", "toan doan"})
_OTHER = (
    "thang_truoc", "ky_truoc", "nam_truoc", "cung_ky", "luy_ke", "dau_nam", "ca_nam", "nam_nay", "chi_tieu", "ke_hoach",
    "muc_tieu", "phan_dau", "du_kien", "uoc", "giao", "thang_sau", "thang_toi", "ky_sau", "sap_toi", "so_voi", "chenh",
    "ghi chu", "ty_le", "ti_le", "tang", "giam",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Row:
    """A label with the numbers that stand beside it (with their units); `doubtful` when it is unclear which counts.

    `is_total`: the numbers add up those of other columns.
    """

    label: str
    values: tuple[str, ...]
    doubtful: bool = False
    is_total: bool = False


@dataclass(frozen=True, slots=True)
class Cells:
    """The rows read from lines of one cell each, and how many lines they took."""

    rows: tuple[Row, ...]
    used: int


def from_columns(lines: Sequence[tuple[str, ...]], own: Collection[int] = ()) -> tuple[Row | None, ...]:
    """Each line of a table as a row. Its heading says which column counts; without one only a single number does.

    A heading, and a row that is empty where the number belongs, have no values; None: the line is no row at all.
    `own`: the months of the report.
    """
    heads: tuple[Column, ...] = ()
    rows: list[Row | None] = []
    aligned = any(not cell for line in lines for cell in line)  # else an empty cell may have been left out
    for line in lines:
        found = _heading(line, own)
        heads = found or heads
        rows.append(Row("", ()) if found else _under(heads, line, aligned))
    return tuple(rows)


def _under(heads: Sequence[Column], line: Sequence[str], aligned: bool) -> Row | None:
    """A row below a heading; one with fewer cells lacks the last ones, one with more follows another heading."""
    if not heads or len(line) > len(heads):
        row = _row(line, ())
        return replace(row, doubtful=True) if row and heads else row
    row = _row((*line, *[""] * (len(heads) - len(line))), heads)
    return replace(row, doubtful=row.doubtful or not aligned) if row and len(line) < len(heads) else row


def from_cells(lines: Sequence[str]) -> Cells | None:
    """A table pasted with one cell a line, or labels and values by turns; None when it is none.

    The numbers of the rows (1, 2, 3 …) are told from values by their place; where a row has no value, the number of
    the next row may look like it, and is doubtful.
    """
    if not begins_cells(lines):
        return None
    rows: list[Row] = []
    count, at, used = 0, 0, 0
    while at < len(lines):
        if _is_counter(lines, at, count):
            count, at = count + 1, at + 1
            continue
        if _is_value(lines[at]) or not _is_label(lines[at]):
            break
        row, at, count = _next_row(lines, at, count)
        if row is None and not count:
            break
        if row is not None:
            rows.append(row)
            used = at
    return Cells(tuple(rows), used) if rows else None


def begins_cells(lines: Sequence[str]) -> bool:
    """Whether a table of one cell a line may begin here: a value stands a few lines on."""
    return any(_is_value(each) for each in lines[1:4])


def _is_counter(lines: Sequence[str], at: int, count: int) -> bool:
    return lines[at] == str(count + 1) and at + 1 < len(lines) and _is_label(lines[at + 1])


def _next_row(lines: Sequence[str], at: int, count: int) -> tuple[Row | None, int, int]:
    """The row whose label stands at `at`, where the next one begins, and how many rows were counted by then."""
    label, at = lines[at], at + 1
    unit = ""
    if at < len(lines) and _is_unit(lines[at]):
        unit, at = lines[at], at + 1
    end = at
    while end < len(lines) and _is_value(lines[end]):
        end += 1
    values, followed = list(lines[at:end]), end < len(lines)
    doubtful = False
    if values and followed and values[-1] == str(count + 1):
        if len(values) > 1:
            values, end = values[:-1], end - 1
        else:
            doubtful, count = True, count + 1
    if not values:
        return None, end, count
    doubtful = doubtful or len(set(values)) > 1
    return Row(label, tuple(f"{each} {unit}".strip() for each in dict.fromkeys(values)), doubtful), end, count


def _heading(line: Sequence[str], own: Collection[int]) -> tuple[Column, ...]:
    """What each column holds, when the line is the heading of a table; nothing when it is not.

    `own`: the months of the report.
    """
    if any(isinstance(each, Amount) for cell in line for each in parts(cell)):
        return ()
    month = _month_of(line, own)
    kinds = tuple(_column(cell, month) for cell in line)
    if "value" not in kinds:  # one column a team, and their total
        kinds = tuple(
            "total" if " ".join(words(cell)) in _TOTAL else kind for cell, kind in zip(line, kinds, strict=True)
        )
    return kinds if {"value", "total"} & set(kinds) or "other" in kinds[1:] else ()


def _month_of(line: Sequence[str], own: Collection[int]) -> int:
    """Where several columns name a month: the report's own, or else the latest; 0 where they do not."""
    months = {month for cell in line for month in months_named(cell)}
    return max(months & set(own) or months) if len(months) > 1 or months & set(own) else 0


def _column(cell: str, month: int) -> Column:
    said = " ".join(words(cell))
    if not said:
        return ""
    if flat(cell) in ("stt", "tt", "so tt", "#"):
        return "row"
    if said in ("dvt", "don vi", "don_vi", "don vi tinh"):
        return "unit"
    if _says(said, _OTHER) or PART & set(parts(cell)):
        return "other"
    if month and (named := months_named(cell)):
        return "value" if named == (month,) else "other"
    return "value" if _says(said, _VALUE) and "noi dung" not in said else "label"


def _says(said: str, phrases: Sequence[str]) -> bool:
    return any(f" {each} " in f" {said} " for each in phrases)


def _row(line: Sequence[str], heads: Sequence[Column]) -> Row | None:
    label = next((place for place, cell in enumerate(line) if _is_label(cell)), None)
    if label is None:
        return None
    places = [place for place in range(len(line)) if place != label and _is_value(line[place])]
    kinds = {"value", "total"} & set(heads) or {"label"}
    if heads:
        places = [place for place in places if heads[place] in kinds]
    else:
        places = [place for place in places if place > label]
    unit = next((cell for place, cell in enumerate(line) if place != label and _is_unit(cell)), "")
    values = tuple(dict.fromkeys(f"{line[place]} {unit}".strip() for place in places))
    if not values:
        return Row(line[label], ()) if heads else None
    skipped = not heads and "" in line[label : places[0]]
    unclear = len(values) > 1 or skipped or (bool(heads) and kinds == {"label"})
    return Row(line[label], values, unclear, "total" in heads)


def has_loose_number(cells: Sequence[str]) -> bool:
    """Whether one of several cells is a number alone, which may be the value of any other."""
    return len(cells) > 1 and any(_is_value(each) for each in cells)


def _is_value(cell: str) -> bool:
    """A number alone or with its unit, or "none" in words."""
    found = _NUMBER.match(cell)
    if not found:
        return len(cell) <= _LONGEST_NONE and " ".join(words(cell)) in _NONE
    rest = words(cell[found.end() :])
    return not rest or (len(rest) == 1 and rest[0] in KNOWN - _COUNTED)


def _is_unit(cell: str) -> bool:
    said = words(cell)
    return len(said) == 1 and said[0] in KNOWN and not any(letter.isdigit() for letter in cell)


def _is_label(cell: str) -> bool:
    """Words without a number that may be a value; "VNeID mức 2" has none."""
    has_letters = any(letter.isalpha() for letter in cell) and not _is_value(cell)
    return has_letters and not any(isinstance(each, Amount) for each in parts(cell))
