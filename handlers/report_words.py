"""What a question that is not about a number shows: the ways to answer it, by buttons and in words."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

from handlers.report_sheet import Line, line
from models.messages import Button, Expects
from models.reports import Sheet
from models.rules.answers import is_half
from models.rules.forms import Indicator, Value
from models.rules.reports import shown, write_value

Rows = tuple[tuple[Button, ...], ...]
Put = Callable[..., Button]  # (label, value as written, what the label says) -> a button that answers
NARROW = 14  # characters of a label; two such buttons stand in one row
DAYS_BACK = 2  # days offered by a button: today and yesterday
_AWAITED: Mapping[str, Expects] = {"select_one": "choice", "image": "photo", "integer": "number", "decimal": "number"}


def awaited(indicator: Indicator) -> Expects:
    """What kind of answer the question waits for. A digit is a place in a list only where one is chosen."""
    return _AWAITED.get(indicator.type, "text")


def answering_values(indicator: Indicator, value: Value | None) -> dict[str, Any]:
    """What the text of such a question needs to say how it is answered."""
    return {
        "kind": indicator.type,
        "label": indicator.label,
        "hint": indicator.hint,
        "choices": [each.label for each in indicator.choices],
        "required": indicator.required,
        "current": shown(value, indicator) if value is not None else "",
    }


def answering_rows(sheet: Sheet, indicator: Indicator, put: Put, toggle: Put, chosen: Collection[str]) -> Rows:
    """The buttons that answer it: a choice each, a tick each, the last days."""
    match indicator.type:
        case "select_one":
            buttons = [
                put("button_choice", write_value(Value(text=each.code)), text=each.label) for each in indicator.choices
            ]
            return paired(buttons, indicator)
        case "select_multiple":
            ticks = [
                toggle("button_tick", str(at), text=each.label, ticked=each.code in chosen)
                for at, each in enumerate(indicator.choices)
            ]
            return paired(ticks, indicator)
        case "date":
            return (tuple(_day(sheet, put, back) for back in range(DAYS_BACK)),)
    return ()


def _day(sheet: Sheet, put: Put, back: int) -> Button:
    day = (sheet.today or sheet.period.ends_on) - timedelta(days=back)
    return put(f"button_day_{back}", write_value(Value(text=day.isoformat())), day=day)


def paired(buttons: Sequence[Button], indicator: Indicator) -> Rows:
    """Two in a row where their labels are short."""
    width = 2 if all(len(each.label) <= NARROW for each in indicator.choices) else 1
    return tuple(tuple(buttons[at : at + width]) for at in range(0, len(buttons), width))


def toggled(chosen: Sequence[str], indicator: Indicator, index: int) -> list[str]:
    """What is ticked after the choice at `index` was pressed."""
    code = indicator.choices[index].code
    return [each for each in chosen if each != code] if code in chosen else [*chosen, code]


def notes_before(sheet: Sheet, code: str) -> tuple[Line, ...]:
    """What the form says just before a question; "" for what it says at the end."""
    if sheet.form.is_plain:
        return ()
    return tuple(line("report.form_note", text=each) for each in sheet.course.notes.get(code, ()))


def still_asked(sheet: Sheet, indicator: Indicator, value: Value) -> tuple[Line, str] | None:
    """Why a value that was read does not answer the question yet, and the first half of a rate if that is what it is.

    None when it does.
    """
    if is_half(value, indicator):
        return line("report.numerator_kept", label=indicator.numerator, amount=shown(value)), write_value(value)
    if indicator.constraint and sheet.course.breaks(indicator, value):
        label, message = indicator.short_label, indicator.constraint_message
        return line("report.constraint", label=label, message=message), ""
    return None
