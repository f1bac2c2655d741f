"""What pyxform says of a form it refuses, as a refusal of ours: which sheet, row and column, and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

from bot.form_columns import WRITABLE
from bot.xlsform_sheets import Sheet
from models.rules import Refusal

_ROW = re.compile(r"\[row : ([0-9]+)\]")
_SHEET = re.compile(r"On the '(\w+)' sheet")
_COLUMN = re.compile(r"'(relevant|constraint|calculation|required|name|type|label|hint)'")
# (what pyxform says, our sentence about it, the column it is about)
_SAYINGS = (
    (re.compile(r"Could not find the name '(?P<name>[^']*)'"), "form.unknown_name", ""),
    (re.compile(r"Reference variables must"), "form.bad_reference", ""),
    (re.compile(r"Unknown question type '(?P<name>[^']*)'"), "form.unknown_type", "type"),
    (re.compile(r"List name not in choices sheet: (?P<name>\S+)"), "form.unknown_list", "type"),
    (re.compile(r"There should be a choices sheet"), "form.no_choices", "type"),
    (re.compile(r"value '(?P<name>[^']*)' is invalid\. Questions, groups"), "form.repeated_name", "name"),
    (re.compile(r"Question or group with no name"), "form.no_name", "name"),
    (re.compile(r"Names must begin with"), "form.bad_name", "name"),
    (re.compile(r"Missing calculation"), "form.no_calculation", "calculation"),
    (re.compile(r"element named '(?P<name>[^']*)' has no label"), "form.no_label", "label"),
    (re.compile(r"Unmatched '(?P<name>[^']*)'"), "form.unmatched", "type"),
)  # fmt: skip


def refusal_of(error: Exception, sheets: Mapping[str, Sheet], file: str) -> Refusal:
    """The refusal form.* for what pyxform refused; form.not_xlsform for what it says in words we do not know."""
    said = str(error)
    found_sheet, found_row = _SHEET.search(said), _ROW.search(said)
    sheet = sheets.get(found_sheet[1] if found_sheet else "survey", sheets["survey"])
    row = int(found_row[1]) if found_row else 0
    for pattern, key, about in _SAYINGS:
        match = pattern.search(said)
        if match:
            name = match.groupdict().get("name") or ""
            column = about or _column(said)
            at = sheet.place(file, row or _row(sheet, key, name), column)
            return Refusal(key, **at, name=name, near=_near(key, name, sheets), known=list(WRITABLE))
    return Refusal("form.not_xlsform", **sheet.place(file, row, _column(said)))


def _column(said: str) -> str:
    found = _COLUMN.search(said)
    return found[1] if found else ""


def _row(sheet: Sheet, key: str, name: str) -> int:
    """Where the thing of that name stands, when pyxform does not say."""
    if key == "form.unknown_type":
        types = [row.get("type", "") for row in sheet.rows]
        return types.index(name) + 2 if name in types else 0
    return sheet.row_of(name)


def _near(key: str, name: str, sheets: Mapping[str, Sheet]) -> str:
    """The nearest name that there is."""
    known = {
        "form.unknown_name": [row["name"] for row in sheets["survey"].rows if row.get("name")],
        "form.unknown_type": list(WRITABLE),
        "form.unknown_list": [row["list_name"] for row in sheets["choices"].rows if row.get("list_name")],
    }
    return "".join(get_close_matches(name.split()[0] if name else "", known.get(key, []), n=1))
