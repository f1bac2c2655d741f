"""The columns of numbers of a workbook: which there are, what stands in them, and how they are summed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from xlsxwriter.utility import xl_col_to_name

from models.rules.forms import Indicator, Value

FIRST_NUMBER = 6  # column of the first indicator: branch, code, unit, state, cluster and block stand before it
MOST_ARGUMENTS = 250  # of one SUM; Excel takes 255


def number_columns(indicators: Iterable[Indicator]) -> list[tuple[int, str, Indicator, str]]:
    """(column, stable code, indicator, part): one column a number, three a rate: its two numbers and the share."""
    found: list[tuple[int, str, Indicator, str]] = []
    for each in indicators:
        parts = (("number", ".tu"), ("of", ".mau"), ("rate", ".tyle")) if each.is_rate else (("number", ""),)
        for part, ending in parts:
            found.append((FIRST_NUMBER + len(found), each.code + ending, each, part))
    return found


def words_of(each: Indicator) -> dict[str, str | bool]:
    """What the heading of an indicator's columns says."""
    return {"label": each.short_label, "unit": each.unit, "is_rate": each.is_rate}


def part_of(value: Value | None, indicator: Indicator, part: str) -> Decimal | None:
    """The number for a cell; half a rate is missing whole, as in every total."""
    if value is None or not indicator.is_whole(value):
        return None
    if part == "rate":
        assert value.number is not None
        return value.number / value.of if value.of else None
    return value.of if part == "of" else value.number


def sum_of(column: int, ranges: Sequence[tuple[int, int]]) -> str:
    """The formula that adds up these rows (from, to) of a column."""
    name = xl_col_to_name(column)
    spans = [f"{name}{first + 1}" if first == last else f"{name}{first + 1}:{name}{last + 1}" for first, last in ranges]
    while len(spans) > MOST_ARGUMENTS:
        groups = [spans[start : start + MOST_ARGUMENTS] for start in range(0, len(spans), MOST_ARGUMENTS)]
        spans = [f"SUM({','.join(group)})" for group in groups]
    return f"=SUM({','.join(spans)})"
