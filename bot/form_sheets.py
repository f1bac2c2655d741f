"""A form as an .xlsx that can be changed and sent back: an XLSForm with our own columns, its headings explained."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from bot.export import in_ascii
from bot.files import EXPORTS, XLSX
from bot.form_columns import CHOICES, LANGUAGE, OWN, SETTINGS, SPOKEN, STANDARD
from bot.whole_files import appearing
from models.messages import Document
from models.rules.forms import Form, Section
from models.rules.indicators import Indicator

WIDTHS = {"label": 44, "hint": 30, "relevant": 28, "constraint": 20, "calculation": 28, "name": 18, "type": 22}
LISTED = {"select_one", "select_multiple"}
Row = Mapping[str, object]


def write_form(form: Form, label: Callable[[str], str]) -> bytes:
    """The form as an XLSForm. Read again, it is the same form, in its next version."""
    kept = BytesIO()
    with Workbook(kept, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        head = book.add_format({"bold": True, "bg_color": "#DDEBF7", "text_wrap": True, "valign": "top"})
        text = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})
        styles = (head, text)
        own = {key: label(f"form.column_{key}") for key in dict.fromkeys(OWN.values())}
        _sheet(book, "survey", (*STANDARD, *own), own, list(_survey(form)), styles)
        _sheet(book, "choices", CHOICES, {}, list(_choices(form)), styles)
        settings = {"form_title": form.title, "form_id": form.code, "version": str(form.version)}
        _sheet(book, "settings", SETTINGS, {}, [settings | {"default_language": LANGUAGE}], styles)
    return kept.getvalue()


def document(data_dir: Path, form: Form, label: Callable[[str], str]) -> Document:
    """The form as a file to send."""
    target = data_dir / EXPORTS / f"mau-{in_ascii(form.code)}-{form.version}.xlsx"
    with appearing(target) as half:
        half.write_bytes(write_form(form, label))
    return Document(f"{EXPORTS}/{target.name}", f"mau-{in_ascii(form.code)}.xlsx", XLSX)


def _sheet(
    book: Workbook,
    name: str,
    columns: Sequence[str],
    own: Mapping[str, str],
    rows: Sequence[Row],
    styles: tuple[Any, Any],
) -> None:
    sheet = book.add_worksheet(name)
    sheet.freeze_panes(1, 0)
    for at, column in enumerate(columns):
        spoken = column in SPOKEN or (name == "choices" and column == "label")
        sheet.set_column(at, at, WIDTHS.get(column, 14))
        sheet.write_string(0, at, own.get(column, f"{column}::{LANGUAGE}" if spoken else column), styles[0])
    for number, row in enumerate(rows, start=1):
        for at, column in enumerate(columns):
            if row.get(column):
                sheet.write_string(number, at, str(row[column]), styles[1])


def _survey(form: Form) -> Iterator[Row]:
    for section in form.sections:
        yield {"type": "begin_group", "name": section.code, "label": section.label, "field": section.field}
        for each in section.indicators:
            yield from _rows(each, section)
        yield {"type": "end_group"}


def _rows(indicator: Indicator, section: Section) -> Iterator[Row]:
    if indicator.type != "list":
        yield _row(indicator, section)
        return
    yield {**_row(indicator, section), "type": "begin_repeat"}
    for each in indicator.questions:
        yield _row(each, section)
    yield {"type": "end_repeat"}


def _row(indicator: Indicator, section: Section) -> Row:
    kind = f"{indicator.type} {indicator.code}" if indicator.type in LISTED else indicator.type
    return {
        "type": kind,
        "name": indicator.code,
        "label": indicator.label,
        "hint": indicator.hint,
        "required": "yes" if indicator.required else "",
        "relevant": indicator.relevant,
        "constraint": indicator.constraint,
        "constraint_message": indicator.constraint_message,
        "calculation": indicator.calculation,
        "unit": indicator.unit,
        "field": indicator.field if indicator.field != section.field else "",
        "adds": indicator.adds if indicator.is_number else "",
        "short": "x" if indicator.short else "",
        "short_label": indicator.short_label,
        "also": "; ".join(indicator.also),
        "example": indicator.example or "",
        "max": indicator.max or "" if indicator.is_number else "",
        "numerator": indicator.numerator,
        "denominator": indicator.denominator,
        "example_of": indicator.example_of or "",
        "over_time": indicator.over_time,
        "source": indicator.source,
        "origins": " ".join(indicator.origins),
    }


def _choices(form: Form) -> Iterator[Row]:
    questions = [one for each in form.indicators for one in (each, *each.questions)]
    for question in questions:
        for choice in question.choices:
            yield {"list_name": question.code, "name": choice.code, "label": choice.label}
