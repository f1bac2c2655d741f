"""Reading on behind a fault: something harmless is put in its place, so that whoever wrote the form hears of the rest.

What is read on is never used; it is only looked through for further faults.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, MutableMapping
from typing import TypeVar

from bot.xlsform_sheets import Sheet
from models.rules import Refusal

MOST = 10  # faults told at once
LOOKS = 20  # at the form: a fault that follows from another one is not told, but has to be passed over too
GROUPS = ("begin", "end")  # rows that make the shape of the form: behind a fault of theirs nothing means anything
ONCE = ("form.no_choices",)  # faults of a whole sheet
T = TypeVar("T")
Row = MutableMapping[str, str]


def read_through(read: Callable[[], T], sheets: Mapping[str, Sheet]) -> T:
    """What `read` makes of the sheets. Raises its one Refusal, or form.faults with up to MOST of them."""
    found: list[Refusal] = []
    doubtful: set[str] = set()  # names of questions that were faulty: what refers to them is not judged
    for _ in range(LOOKS):
        try:
            done = read()
        except Refusal as no:
            row = _row(no, sheets["survey"])
            if not (_follows(no, row, doubtful) or (no.key in ONCE and any(each.key == no.key for each in found))):
                found.append(no)
            if row is None or len(found) == MOST or not _passed(no, row, doubtful):
                break
        else:
            if not found:
                return done
            break
    if len(found) == 1:
        raise found[0]
    found.sort(key=lambda each: int(each.values.get("line") or 0))
    raise Refusal("form.faults", faults=[{"key": each.key, "fill": each.values} for each in found], most=MOST)


def _row(no: Refusal, survey: Sheet) -> Row | None:
    """The row of a fault; None for what stands on another sheet, or nowhere."""
    line = int(no.values.get("line") or 0)
    if not str(no.values.get("file", "")).endswith(f", {survey.name}") or not 2 <= line < len(survey.rows) + 2:
        return None
    row = survey.rows[line - 2]
    return None if row.get("type", "").startswith(GROUPS) else row


def _follows(no: Refusal, row: Row | None, doubtful: set[str]) -> bool:
    said = row.get(str(no.values.get("column", "")), "") if row is not None else ""
    return any(f"${{{name}}}" in said for name in doubtful)


def _passed(no: Refusal, row: Row, doubtful: set[str]) -> bool:
    """Whether something harmless now stands where the fault was."""
    column, line, before = str(no.values.get("column", "")), no.values["line"], dict(row)
    if column in ("name", "type", ""):
        doubtful.add(row.get("name", ""))
        doubtful.discard("")
        name = f"cau_{line}" if column == "name" else row.get("name", f"cau_{line}")
        row.clear()
        row.update({"type": "integer", "name": name, "label": name, "unit": name})
    elif column in ("label", "unit"):
        row[column] = str(line)
    elif column == "calculation":
        row[column] = "1"
    else:
        row.pop(column, None)
    return dict(row) != before
