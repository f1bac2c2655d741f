"""The answers of a report in few words, a row each: for its review, and for whoever reads it."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from handlers import consolidation_words, visit_count_words
from handlers.report_lists import line_name
from models.report_sheet import line_of
from models.reports import Sheet
from models.rules.folding import shorten
from models.rules.reports import shown

LONGEST_ANSWER = 60  # characters of one answer among the others


def answer_rows(sheet: Sheet) -> list[dict[str, Any]]:
    """Each question with its value: `amount` is "" when never answered, `was` what a correction would replace.

    `n` is 0 for what is worked out instead of asked.
    """
    asked = sheet.asked
    numbers = {each.code: number for number, each in enumerate(asked, start=1)}
    values, filed, notes = sheet.counted, sheet.filed, sheet.notes
    found, parts = [], sheet.parts_counted
    for each in asked if sheet.form.is_plain else sheet.form.indicators_for(sheet.unit.kind):
        if each.code not in numbers and each.code not in values:
            continue
        value, before = values.get(each.code), filed.get(each.code)
        differs = sheet.is_submitted and value != before
        found.append(
            {
                "n": numbers.get(each.code, 0),
                "label": each.short_label,
                "unit": each.unit,
                "amount": "" if value is None else shorten(shown(value, each), LONGEST_ANSWER),
                "was": shorten(shown(before, each), LONGEST_ANSWER) if differs else "",
                "note": notes.get(each.code, ""),
                "own": consolidation_words.own_of(sheet, each, value),
                "split": visit_count_words.split(value, parts.get(each.code)),
            }
        )
    return found


def read_rows(sheet: Sheet, fields: Collection[str] | None) -> list[dict[str, Any]]:
    """What a reader sees of each question: what counts, with the reason given for it. `fields`: only of these."""
    filed = sheet.filed if sheet.is_submitted else sheet.counted
    return [
        {
            "n": n,
            "label": each.short_label,
            "amount": shorten(shown(filed.get(each.code), each), LONGEST_ANSWER),
            "note": sheet.answers[each.code].note if each.code in sheet.answers else "",
            "own": consolidation_words.own_of(sheet, each, filed.get(each.code)),
            "split": visit_count_words.split(filed.get(each.code), _counted_part(sheet, each.code)),
            "lines": _lines_read(sheet, each.code) if each.type == "list" else [],
        }
        for n, each in enumerate(sheet.readable, start=1)
        if fields is None or each.field in fields
    ]


def _counted_part(sheet: Sheet, code: str) -> Decimal | None:
    """What the bot had counted of the number that counts."""
    return sheet.answers[code].counted if code in sheet.answers else None


def _lines_read(sheet: Sheet, code: str) -> list[str]:
    """The lines of a list that count, named by their first answers."""
    listing = sheet.form.indicator(code)
    return [line_name(listing, dict(line_of(entry))) for entry in sheet.filed_lines(code)]
