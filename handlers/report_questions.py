"""The screens of one question: asking it, doubting an answer, the list to jump in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.report_sheet import Line, act, ask, back_of, keep, show
from handlers.turn import Turn
from models.messages import Button, Message
from models.reports import Sheet
from models.rules.forms import Indicator, Value
from models.rules.reports import read_value, shown, write_value

PAGE = 8  # indicators on one page of the list
SHORT = 12  # a form up to this long is listed at once, without its sections


def question(
    turn: Turn,
    sheet: Sheet,
    position: int,
    *before: Line,
    back: str = "",
    numerator: str = "",
    doubted: str = "",
    extra: Sequence[Button] = (),
) -> list[Message]:
    """Ask the indicator at `position` (from 1). `back`: the screen to return to when it is answered."""
    indicator = sheet.asked[position - 1]
    value = sheet.values.get(indicator.code)
    seen = None if value is None else write_value(value)
    ask(turn, sheet, "report.number", at=position, seen=seen, back=back, numerator=numerator, doubted=doubted)
    values = _question_values(turn, sheet, position, numerator) | {"before": list(before)}
    rows = _question_rows(sheet, position, back)
    same = () if numerator else _same_as_last(sheet, position)
    above = tuple(row for row in (tuple(extra), same) if row)
    return [Message("report.ask", values, (*above, *rows), expects="number")]


def _same_as_last(sheet: Sheet, position: int) -> tuple[Button, ...]:
    """One tap repeats last month's value, where a value holds on until it changes; a sum starts anew each month."""
    indicator = sheet.asked[position - 1]
    last = sheet.last.get(indicator.code)
    holds = indicator.adds == "last" or indicator.over_time == "last"
    if not holds or not sheet.last_is_adjacent or indicator.code in sheet.values or last is None or last.number is None:
        return ()
    return (act(sheet, "button_same", "set", f"{position}:{write_value(last)}", amount=shown(last)),)


def _question_values(turn: Turn, sheet: Sheet, position: int, numerator: str) -> dict[str, Any]:
    indicator = sheet.asked[position - 1]
    value, author = sheet.values.get(indicator.code), sheet.author(indicator.code)
    by_other = author is not None and author != turn.actor.person_id
    return {
        "position": position,
        "total": len(sheet.asked),
        "section": section_of(sheet, indicator),
        "label": indicator.label,
        "unit": indicator.unit,
        "hint": indicator.hint,
        "is_rate": indicator.is_rate,
        "numerator": indicator.numerator,
        "denominator": indicator.denominator,
        "numerator_given": shown(read_value(numerator)) if numerator else "",
        "example": shown(Value(*_example(indicator))),
        "last": shown(sheet.last[indicator.code]) if indicator.code in sheet.last else "",
        "last_is_adjacent": sheet.last_is_adjacent,
        "current": shown(value) if value is not None else "",
        "by": sheet.names.get(author or 0, "") if by_other else None,
    }


def _example(indicator: Indicator) -> tuple[Any, Any]:
    return indicator.example, indicator.example_of if indicator.is_rate else None


def _question_rows(sheet: Sheet, position: int, back: str) -> tuple[tuple[Button, ...], ...]:
    value = sheet.values.get(sheet.asked[position - 1].code)
    first: tuple[Button, ...]
    if value is None:
        first = (act(sheet, "button_skip", "skip", position),)
    else:
        stay = keep(sheet, "next", value, position if not back else f"{position}:{back}")
        first = (stay, act(sheet, "button_empty", "skip", position)) if value.number is not None else (stay,)
    if back:
        return (first, (show(sheet, "button_review", "review"), show(sheet, "button_leave", "leave")))
    earlier = show(sheet, "button_back", "go", position - 1) if position > 1 else show(sheet, "button_back", "start")
    if value is None:
        first = (*first, earlier)
        return (first, (show(sheet, "button_jump", "jump"), show(sheet, "button_leave", "leave")))
    jump = (earlier, show(sheet, "button_jump", "jump"))
    return (first, jump, (show(sheet, "button_leave", "leave"),))


def section_of(sheet: Sheet, indicator: Indicator) -> str:
    """The label of the section an indicator stands in."""
    codes = ((section, [each.code for each in section.indicators]) for section in sheet.form.sections)
    return next(section.label for section, inside in codes if indicator.code in inside)


def unsure(turn: Turn, sheet: Sheet, position: int, typed: str, options: Sequence[Value]) -> list[Message]:
    """Several things may be meant: offer them as buttons. Typing a number again answers the question anew."""
    indicator = sheet.asked[position - 1]
    unit = indicator.unit
    buttons = tuple(
        (act(sheet, "button_value", "read", f"{position}:{write_value(each)}", amount=shown(each), unit=unit),)
        for each in options
    )
    again = show(sheet, "button_again", "go", position)
    values = {
        "label": indicator.short_label,
        "unit": indicator.unit,
        "typed": typed,
        "amount": shown(options[0]),
        "count": len(options),
        "answered": indicator.code in sheet.values,
    }
    rows = (*buttons, (again,), *_question_rows(sheet, position, back_of(turn, sheet)))
    return [Message("report.unsure", values, rows, expects="number")]


def doubtful(turn: Turn, sheet: Sheet, position: int, value: Value, why: str, *before: Line) -> list[Message]:
    """Ask once about a value far from last period's, or a part above its whole. A sentence typed is the reason."""
    indicator = sheet.asked[position - 1]
    seen, back = turn.talk.data.get("seen"), back_of(turn, sheet)
    ask(turn, sheet, "report.sure", at=position, seen=seen, back=back, numerator="", doubted=write_value(value))
    values = {
        "before": list(before),
        "label": indicator.short_label,
        "unit": indicator.unit,
        "amount": shown(value),
        "last": shown(sheet.last.get(indicator.code)),
        "last_is_adjacent": sheet.last_is_adjacent,
        "numerator": indicator.numerator,
        "denominator": indicator.denominator,
    }
    yes = act(sheet, "button_yes", "set", f"{position}:{write_value(value)}")
    rows = ((yes, show(sheet, "button_again", "go", position)), *_question_rows(sheet, position, back))
    return [Message(f"report.{why}", values, rows, expects="number")]


def sections(turn: Turn, sheet: Sheet) -> list[Message]:
    """The sections of a long form, to jump to."""
    ask(turn, sheet, "report.list", back=back_of(turn, sheet))
    rows, start = [], 0
    for section, inside in sheet.form.sections_for(sheet.unit.kind):
        done = sum(each.code in sheet.values for each in inside)
        shows = {"text": section.label, "done": done, "total": len(inside)}
        rows.append(show(sheet, "button_section", "list", start, **shows))
        start += len(inside)
    pairs = tuple(tuple(rows[at : at + 2]) for at in range(0, len(rows), 2))
    values = {"count": len(rows), "total": len(sheet.asked)}
    return [Message("report.sections", values, (*pairs, (show(sheet, "button_back", "continue"),)), expects="text")]


def listing(turn: Turn, sheet: Sheet, start: int) -> list[Message]:
    """A page of indicators, each with its value, to jump to: by its button or by its number."""
    ask(turn, sheet, "report.list", back=back_of(turn, sheet))
    size = SHORT if len(sheet.asked) <= SHORT else PAGE
    start = max(0, min(start, len(sheet.asked) - 1))
    rows = []
    for position, each in enumerate(sheet.asked[start : start + size], start=start + 1):
        amount = shown(sheet.values[each.code]) if each.code in sheet.values else ""
        rows.append((show(sheet, "button_item", "go", position, n=position, text=each.short_label, amount=amount),))
    turns = []
    if start > 0:
        turns.append(show(sheet, "button_earlier", "list", max(0, start - size)))
    if start + size < len(sheet.asked):
        turns.append(show(sheet, "button_later", "list", start + size))
    values = {"first": start + 1, "last": min(start + size, len(sheet.asked)), "total": len(sheet.asked)}
    ways = (*((tuple(turns),) if turns else ()), (show(sheet, "button_back", "continue"),))
    return [Message("report.listing", values, (*rows, *ways), expects="text")]
