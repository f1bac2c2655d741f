"""What stands on the screens of a report made of reports: the sums, whose they are, and what changed since it was sent.

Any other report has none of it, and pays nothing for it.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from handlers.report_sheet import Line, line, show
from models.consolidation import Source
from models.messages import Button
from models.reports import Sheet
from models.rules.consolidation import own_part, value_of
from models.rules.deadlines import is_past
from models.rules.forms import Indicator, Value
from models.rules.reports import shown, write_value
from models.rules.totals import Total

NAMES = 4  # of those that have not filed yet, on a screen that is about something else
LINES = 5  # indicators whose sum changed, on the card

Rows = tuple[tuple[Button, ...], ...]


def start_lines(sheet: Sheet) -> list[Line]:
    """From how many reports the sums come, and who is missing."""
    if sheet.parts is None:
        return []
    if sheet.is_submitted:
        return moved_lines(sheet)
    return [line("consolidation.sources", **sources(sheet))]


def sources(sheet: Sheet) -> dict[str, Any]:
    """How many of those below filed, how many reports stand in for others, the first of those who did not."""
    assert sheet.parts is not None
    near, awaited = sheet.parts.near, sheet.parts.awaited
    return {
        "level": sheet.parts.level,
        "filed": len(near),
        "expected": len(near) + len(awaited),
        "stand_ins": len(sheet.parts.parts) - len(near),
        "missing": len(awaited),
        "awaited": [name_of(sheet, each) for each in awaited[:NAMES]],
    }


def name_of(sheet: Sheet, source: Source) -> dict[str, Any]:
    """Whose report it is; of the very unit, and of another period, which one."""
    return {
        "name": "" if source.unit_id == sheet.unit.id else source.unit_name,
        "key": "" if source.period_key == sheet.period.key else source.period_key,
        "returned": source.state == "returned",
    }


def start_rows(sheet: Sheet) -> Rows:
    """Take all sums at once, or look at the reports they come from."""
    if sheet.parts is None:
        return ()
    parts = show_parts(sheet)
    if sheet.is_submitted:
        return (*update_rows(sheet), (parts,))
    if not takeable(sheet):
        return ((parts,),)
    return ((_act(sheet, "button_take_all", "take_all"), parts),)


def takeable(sheet: Sheet) -> dict[str, Value]:
    """The sums of what nobody has answered or skipped yet."""
    if sheet.parts is None:
        return {}
    open_ones = [each for each in sheet.asked if each.is_number and each.code not in sheet.values]
    found = {each.code: value_of(sheet.parts.total(each)) for each in open_ones}
    return {code: value for code, value in found.items() if value.number is not None}


def question_lines(sheet: Sheet, indicator: Indicator) -> list[Line]:
    """The sum beside the question, and how far the answer that is there lies from it."""
    if sheet.parts is None or not indicator.is_number:
        return []
    total = sheet.parts.total(indicator)
    said = line(
        "consolidation.at_question",
        amount=shown(value_of(total)) if total.counted else "",
        unit="" if indicator.is_rate else indicator.unit,
        counted=total.counted,
        reports=len(sheet.parts.parts),
        measure=indicator.unit,
        own=own(total, sheet.values.get(indicator.code)),
    )
    return [said]


def question_rows(sheet: Sheet, position: int) -> Rows:
    """One tap takes the sum; another shows what it is made of."""
    indicator = sheet.asked[position - 1]
    if sheet.parts is None or not indicator.is_number or not sheet.parts.parts:
        return ()
    value = value_of(sheet.parts.total(indicator))
    parts = show_parts(sheet, indicator.code)
    if value.number is None or value == sheet.values.get(indicator.code):
        return ((parts,),)
    arg = f"{position}:{write_value(value)}"
    take = Button(
        "consolidation.button_take", "report.set", sheet.report.id, sheet.report.version, arg, {"amount": shown(value)}
    )
    return ((take, parts),)


def own(total: Total, value: Value | None) -> str:
    """What the unit added to the sum ("34") or took from it ("-5"); empty when nothing."""
    if not total.counted:
        return ""
    difference = own_part(value, value_of(total))
    return "" if difference is None else shown(difference)


def own_of(sheet: Sheet, indicator: Indicator, value: Value | None) -> str:
    """The same against the sum as it was when the report was sent, or as it is while it is being written."""
    if sheet.parts is None or not indicator.is_number:
        return ""
    parts = sheet.moved.sent if sheet.moved and value == sheet.filed.get(indicator.code) else sheet.parts
    return own(parts.total(indicator), value)


def moved_lines(sheet: Sheet, fields: Collection[str] | None = None) -> list[Line]:
    """What became different below since the report was sent; `fields`: the only ones that the reader looks after."""
    moved = sheet.moved
    if moved is None or not moved.count:
        return []
    seen = [(sheet.form.indicator(code), *pair) for code, pair in moved.totals.items()]
    sums = [
        {"label": each.short_label, "old": shown(value_of(old)), "new": shown(value_of(new))}
        for each, old, new in seen
        if fields is None or each.field in fields
    ]
    who = {
        "changed": [name_of(sheet, each) for each in moved.changed[:NAMES]],
        "new": [name_of(sheet, each) for each in moved.new[:NAMES]],
        "gone": [name_of(sheet, each) for each in moved.gone[:NAMES]],
    }
    more = max(len(sums) - LINES, 0)
    return [line("consolidation.moved", count=moved.count, sums=sums[:LINES], more=more, **who)]


def update_rows(sheet: Sheet) -> Rows:
    """One tap lays the new sums into a correction; nothing is sent by it."""
    if sheet.moved is None or not sheet.moved.totals:
        return ()
    return ((_act(sheet, "button_update", "update"),),)


def show_parts(sheet: Sheet, code: str = "") -> Button:
    """To the reports behind the sums, or behind one of them."""
    return Button(
        "consolidation.button_parts", "consolidation.parts", sheet.report.id, arg=f"{code}.0" if code else "0"
    )


def part_row(sheet: Sheet, source: Source, value: Value | None) -> dict[str, Any]:
    """A report below: whose, how it stands, and its number when the page is about one indicator."""
    late = source.submitted_at is not None and is_past(source.due_at, source.submitted_at)
    state = source.state if source.submitted_at is None or source.state == "returned" else "late" if late else "filed"
    return name_of(sheet, source) | {"state": state, "amount": "" if value is None else shown(value)}


def to_question(sheet: Sheet, code: str) -> Button:
    """Back to the question whose parts were looked at."""
    position = [each.code for each in sheet.asked].index(code) + 1
    return show(sheet, "button_back", "go", position)


def _act(sheet: Sheet, label: str, action: str) -> Button:
    return Button(f"consolidation.{label}", f"consolidation.{action}", sheet.report.id, sheet.report.version)
