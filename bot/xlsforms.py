"""Forms that people write as XLSForm (.xlsx): checked by pyxform, made into our form, refused by row and cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from bot.form_columns import OWN
from bot.xlsform_faults import refusal_of
from bot.xlsform_questions import Questions
from bot.xlsform_recovery import read_through
from bot.xlsform_sheets import Sheet, read_sheets
from handlers.turn import StoredFile
from models.rules import Refusal
from models.rules.forms import Form, parse_form
from models.rules.sheets import SheetRows

# where a part of a question stands whose column is called otherwise
COLUMN_OF = {"code": "name", "choices": "type", "questions": "type", "short_for": "short"}


class FormReader:
    """Reads a form from a file that somebody sent. `label` words what has to stand in a form and nobody wrote."""

    def __init__(self, read_sheet: Callable[[StoredFile], SheetRows], label: Callable[[str], str]) -> None:
        self._read_sheet = read_sheet
        self._label = label

    def __call__(self, file: StoredFile, bases: Sequence[Form]) -> Form:
        """The form, as the next version of the one of its code among `bases`, else as a new one beside the first.

        Raises Refusal sheet.*, form.* and programme.* with `file`, `line` (the row) and `where` (column and cell); of
        several faults form.faults.
        """
        sheets = read_sheets(self._read_sheet(file), file.name)
        return read_through(lambda: self._form(sheets, file.name, bases), sheets)

    def _form(self, sheets: Mapping[str, Sheet], file: str, bases: Sequence[Form]) -> Form:
        survey = _converted(sheets, file)
        base = next((each for each in bases if each.code == survey["id_string"]), None)
        plain = self._plain(survey, sheets["survey"], base, bases[0], file)
        try:
            return parse_form(plain)
        except Refusal as no:
            raise _placed(no, sheets["survey"], plain, file) from None

    def _plain(
        self, survey: Mapping[str, Any], sheet: Sheet, base: Form | None, first: Form, file: str
    ) -> dict[str, Any]:
        """The form as plain data: what an XLSForm has no place for is that of the form before it."""
        kept = (base or first).as_dict()
        title = survey["title"]
        sections = Questions(sheet, kept, kept["sections"] if base else (), self._label, file).sections(
            survey["children"]
        )
        shorts = [each for section in sections for each in section["indicators"] if each.get("short")]
        return {
            **kept,
            "code": survey["id_string"],
            "version": base.version + 1 if base else 1,
            "title": title,
            "source": base.source if base else title,
            "short_for": kept["short_for"] if shorts else [],
            "definitions": kept["definitions"] if base else [],
            "sections": sections,
        }


def _converted(sheets: Mapping[str, Sheet], file: str) -> dict[str, Any]:
    """What pyxform makes of the sheets. Raises Refusal form.* for what it refuses."""
    # heavy, and wanted a few times a year
    from pyxform.errors import PyXFormError
    from pyxform.xls2xform import convert

    try:
        converted: dict[str, Any] = convert(_workbook(sheets), validate=False, form_name="data")._pyxform
    except PyXFormError as error:
        raise refusal_of(error, sheets, file) from None
    return converted


def _workbook(sheets: Mapping[str, Sheet]) -> dict[str, Any]:
    """The sheets as pyxform takes them; our own columns are left out, it would not know them."""
    book: dict[str, Any] = {"sheet_names": list(sheets)}
    for name, sheet in sheets.items():
        own = set(OWN.values()) if name == "survey" else set()
        book[name] = [{key: value for key, value in row.items() if key not in own} for row in sheet.rows]
        book[f"{name}_header"] = [{key: None for key in sheet.columns if key not in own}]
    return book


def _placed(no: Refusal, survey: Sheet, plain: Mapping[str, Any], file: str) -> Refusal:
    """The refusal of a question, with the row and the cell in which it stands."""
    path = no.values.get("path", ())
    if no.values.get("file") or not path:
        return no
    name, key = _named(path, plain)
    return Refusal(no.key, **{**no.values, **survey.place(file, survey.row_of(name), key)})


def _named(path: Sequence[str | int], plain: Mapping[str, Any]) -> tuple[str, str]:
    """The question that a path into the form leads to, and which part of it."""
    place: Any = plain
    name = ""
    for step in path:
        try:
            place = place[step]
        except (KeyError, IndexError, TypeError):
            break
        if isinstance(place, Mapping) and "code" in place:
            name = str(place["code"])
    words = [step for step in path if isinstance(step, str)]
    return name, COLUMN_OF.get(words[-1], words[-1]) if words else ""
