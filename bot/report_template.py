"""The Excel file of one report: what is asked, last period's values, and cells to fill in and send back."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from xlsxwriter import Workbook

from bot import files
from bot.export import in_ascii
from bot.files import EXPORTS, XLSX
from bot.roster_sheets import ALLOWED, OPTIONS
from bot.whole_files import appearing
from bot.words import Words
from bot.workbook import FORMATS, Sheet
from models import reports
from models.database import Database
from models.messages import Document
from models.programmes import Library
from models.reports import Sheet as ReportSheet
from models.rules import Refusal
from models.rules.forms import Indicator, Value
from models.rules.report_template import VALUE_COLUMN, WHOLE, TemplateKeys, template_rows

COLUMNS = ("number", "label", "unit", "last", "value")  # from column B on
WIDTHS = (6, 62, 14, 14, 14)


async def template(db: Database, library: Library, words: Words, data_dir: Path, report_id: int) -> Document:
    """The file of a report. Raises Refusal permission.not_found when the report is gone."""
    async with db.read() as session:
        sheet = await reports.load(session, library, report_id)
    if sheet is None:
        raise Refusal("permission.not_found")
    target = await asyncio.to_thread(_target, data_dir, f"report-{report_id}.xlsx")
    await asyncio.to_thread(Template(words, sheet).write, target)
    name = f"mau-bao-cao-{in_ascii(sheet.period.key)}-{in_ascii(sheet.unit.name)}.xlsx"
    return Document(f"{EXPORTS}/{target.name}", name, XLSX)


def _target(data_dir: Path, name: str) -> Path:
    (data_dir / EXPORTS).mkdir(parents=True, exist_ok=True)
    files.forget_tables(data_dir)
    return data_dir / EXPORTS / name


class Template:
    """The one page of the file: keys that nobody sees, headings that cannot be changed, cells that can."""

    def __init__(self, words: Words, sheet: ReportSheet) -> None:
        self.words, self.sheet = words, sheet

    def say(self, moment: str, **values: Any) -> str:
        return self.words.label(f"excel.{moment}", values)

    def write(self, target: Path) -> None:
        """Write the file at `target`, whole or not at all."""
        with appearing(target) as half, Workbook(str(half), OPTIONS) as book:
            formats = {name: book.add_format(style) for name, style in FORMATS.items()}
            self.open_cell = book.add_format({"locked": False, "num_format": "#,##0.###", "border": 1})
            page = Sheet(book, self.say("page"), formats, None)
            self._head(page)
            for number, row in enumerate(template_rows(self.sheet.asked), 1):
                self._row(page, number, *row)
            page.sheet.protect("", ALLOWED)

    def _head(self, page: Sheet) -> None:
        sheet, period = self.sheet, self.sheet.period
        keys = TemplateKeys(sheet.report.id, sheet.unit.id, period.key, sheet.report.programme_id)
        for column, text in enumerate(keys.cells()):
            page.text(column, text, "code")
        page.sheet.set_row(page.row, None, None, {"hidden": True})
        page.row += 1
        about = {"unit": sheet.unit.name, "starts": period.starts_on, "ends": period.ends_on, "code": sheet.code}
        titles = (
            (self.say("title", title=sheet.form.title), "title"),
            (self.say("unit", **about), "text"),
            (self.say("hint", column=self.say("head_value")), "text"),
        )
        for text, form in titles:
            page.text(1, text, form)
            page.row += 1
        page.heads(["", *(self.say(f"head_{name}") for name in COLUMNS)], (2, *WIDTHS))
        page.sheet.set_column(0, 0, None, None, {"hidden": True})

    def _row(self, page: Sheet, number: int, key: str, indicator: Indicator, part: str) -> None:
        page.text(0, key, "code")
        page.number(1, number)
        page.text(2, self.say("part", label=indicator.label, part=part) if part else indicator.label, "wide")
        page.text(3, "" if part else indicator.unit)
        last = self.sheet.last.get(indicator.code, Value())
        page.number(4, last.of if key.endswith(WHOLE) else last.number)
        page.sheet.write_blank(page.row, VALUE_COLUMN, None, self.open_cell)
        whole, most = indicator.type != "decimal", indicator.max or 10**12
        page.sheet.data_validation(
            page.row, VALUE_COLUMN, page.row, VALUE_COLUMN,
            {"validate": "integer" if whole else "decimal", "criteria": "between", "minimum": 0, "maximum": most,
             "error_title": self.say("wrong"),
             "error_message": self.say("wrong_whole" if whole else "wrong_number", most=most)},
        )  # fmt: skip
        page.row += 1
