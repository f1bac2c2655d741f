"""The columns of a form written as an XLSForm: the standard's own, and those that this program adds."""

from __future__ import annotations

from collections.abc import Mapping

# XLSForm's columns; "label" and "hint" may say a language behind "::"
STANDARD = ("type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message", "calculation")
SPOKEN = ("label", "hint", "constraint_message")
CHOICES = ("list_name", "name", "label")
SETTINGS = ("form_title", "form_id", "version", "default_language")
LANGUAGE = "Vietnamese (vi)"

# our own columns: what a cell says of the question, by the folded name of its column
OWN: Mapping[str, str] = {
    "don vi tinh": "unit",
    "mang": "section",
    "linh vuc": "field",
    "cong don": "adds",
    "ngan": "short",
    "ten ngan": "short_label",
    "ten khac": "also",
    "vi du": "example",
    "toi da": "max",
    "tu so": "numerator",
    "mau so": "denominator",
    "vi du mau so": "example_of",
    "ty le qua cac ky": "over_time",
    "nguon": "source",
    "nguon goc so": "origins",
}

# XLSForm's types and ours
TYPES: Mapping[str, str] = {
    "integer": "integer",
    "decimal": "decimal",
    "text": "text",
    "select one": "select_one",
    "select all that apply": "select_multiple",
    "date": "date",
    "photo": "image",
    "image": "image",
    "note": "note",
    "calculate": "calculate",
    "repeat": "list",
}
# what people write in the column "type"
WRITABLE = ("integer", "decimal", "text", "select_one", "select_multiple", "date", "image", "note", "calculate")

ADDS: Mapping[str, str] = {"cong": "sum", "tong": "sum", "cuoi ky": "last", "so cuoi ky": "last", "ty le": "rate"}
OVER_TIME: Mapping[str, str] = {"cong": "sum", "cuoi ky": "last"}
YES = frozenset({"x", "1", "yes", "true", "true()", "co"})
NO = frozenset({"", "0", "no", "false", "false()", "khong"})
