"""The worksheet of what the bot counted from visits and what was declared beside it: a row a number of a unit."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.workbook import Pages

HEADS = ("branch", "code", "unit", "indicator", "label", "number", "counted", "declared")
WIDTHS = (28, 14, 34, 10, 44, 12, 12, 12)


def write(pages: Pages) -> None:
    """Write the sheet, when any number has a counted part."""
    found = pages.found
    rows = [(branch.name, line) for branch in found.branches for line in branch.lines if line.counted]
    if not rows:
        return
    page = pages.sheet("sheet_counted")
    page.heads([pages.say(f"head_{name}") for name in HEADS], WIDTHS)
    for branch, line in rows:
        for each in found.indicators:
            value, counted = line.values.get(each.code), line.counted.get(each.code)
            if value is None or value.number is None or counted is None:
                continue
            words = (branch, line.owing.unit_code, line.owing.unit_name, each.code, each.short_label)
            for column, text in enumerate(words):
                page.text(column, text)
            for column, number in enumerate((value.number, counted, value.number - counted), start=len(words)):
                page.number(column, number)
            page.row += 1
