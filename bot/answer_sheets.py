"""Answers that are no numbers in a workbook: by their labels, days as days; and a worksheet for each list."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from models.rules.forms import Indicator, Value
from models.rules.reports import shown
from models.summary import Listed

if TYPE_CHECKING:
    from bot.workbook import Pages, Sheet

LONGEST_NAME = 31  # characters of a worksheet's name, Excel's own limit
NOT_IN_A_NAME = str.maketrans(dict.fromkeys("[]:*?/\\'", " "))


def write_words(page: Sheet, column: int, value: Value | None, indicator: Indicator) -> bool:
    """Write an answer that is no number. Returns whether the question is of that sort, answered or not."""
    if not indicator.is_number:
        write_answer(page, column, value, indicator)
    return not indicator.is_number


def write_answer(page: Sheet, column: int, value: Value | None, indicator: Indicator) -> None:
    """An answer in words, or a day; an empty cell for what is missing."""
    if value is None or value.is_empty:
        return
    if value.number is not None:
        page.number(column, value.number)
    elif indicator.type == "date" and (day := _day(value.text)):
        page.sheet.write_datetime(page.row, column, day, page.formats["date"])
    else:
        page.text(column, shown(value, indicator), "wide")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def write_lists(pages: Pages) -> None:
    """A worksheet for each list that anybody filed lines of: a row a line."""
    for number, listed in enumerate(pages.found.listed, start=1):
        page = pages.sheet_called(_name(listed, number))
        heads = [pages.say(f"head_{name}") for name in ("branch", "code", "unit", "report")]
        questions = listed.listing.questions
        heads += [f"{each.short_label} ({each.unit})" if each.unit else each.short_label for each in questions]
        page.heads(heads, [28, 14, 34, 18, *[22 for _ in questions]])
        for branch, line, values in listed.rows:
            page.text(0, branch)
            page.text(1, line.owing.unit_code)
            page.text(2, line.owing.unit_name)
            page.text(3, line.code)
            for column, each in enumerate(questions, start=4):
                write_answer(page, column, values.get(each.code), each)
            page.row += 1


def _name(listed: Listed, number: int) -> str:
    """The list's own name; its number keeps two of one name apart."""
    return f"{number}. {listed.listing.short_label.translate(NOT_IN_A_NAME)}"[:LONGEST_NAME].strip()
