"""The screens of one question: asking it, doubting an answer, the list to jump in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers import visit_count_words
from handlers.consolidation_words import question_lines
from handlers.consolidation_words import question_rows as sum_rows
from handlers.report_lists import lines_page
from handlers.report_sheet import Line, act, ask, back_of, keep, show
from handlers.report_words import answering_rows, answering_values, awaited, notes_before
from handlers.turn import Turn
from handlers.visit_count_words import question_rows as counted_rows
from models import visit_counts
from models.messages import Button, Message
from models.reports import Sheet
from models.rules.folding import shorten
from models.rules.forms import SHORT_LABEL, Indicator, Section, Value
from models.rules.reports import read_value, shown, write_value

PAGE = 8  # indicators on one page of the list
SHORT = 12  # a form up to this long is listed at once, without its sections


async def question(
    turn: Turn,
    sheet: Sheet,
    position: int,
    *before: Line,
    back: str = "",
    numerator: str = "",
    doubted: str = "",
    extra: Sequence[Button] = (),
    chosen: Sequence[str] | None = None,
) -> list[Message]:
    """Ask what stands at `position` (from 1). `back`: the screen to return to when it is answered.

    `chosen`: what is ticked so far, where several things are chosen and nothing is kept yet.
    """
    indicator = sheet.asked[position - 1]
    value = sheet.values.get(indicator.code)
    seen = None if value is None else write_value(value)
    place = {"at": position, "code": indicator.code, "seen": seen, "back": back}
    if indicator.counts:
        await visit_counts.read(turn.session, sheet)
    said = [*before, *notes_before(sheet, indicator.code), *question_lines(sheet, indicator)]
    said += visit_count_words.question_lines(sheet, indicator)
    if indicator.type == "list":
        return lines_page(turn, sheet, position, *said, back=back)
    if not indicator.is_typed_number:
        return _ask_words(turn, sheet, place, said, chosen)
    ask(turn, sheet, "report.number", **place, numerator=numerator, doubted=doubted)
    values = question_values(turn, sheet, position, numerator) | {"before": said}
    rows = question_rows(sheet, position, back)
    same = () if numerator else _same_as_last(sheet, position)
    above = (tuple(extra), same, *sum_rows(sheet, position), *counted_rows(sheet, position))
    return [Message("report.ask", values, _filled(*above, *rows), expects="number")]


def _ask_words(
    turn: Turn, sheet: Sheet, place: dict[str, Any], said: list[Line], chosen: Sequence[str] | None
) -> list[Message]:
    position, back = int(place["at"]), str(place["back"])
    indicator = sheet.asked[position - 1]
    value = sheet.values.get(indicator.code)
    ticked = list(chosen) if chosen is not None else (value.text.split() if value else [])
    ask(turn, sheet, "report.number", **place, numerator="", doubted="", chosen=ticked)

    def put(label: str, written: str, **values: Any) -> Button:
        return act(sheet, label, "read", f"{position}:{written}", **values)

    def tick(label: str, at: str, **values: Any) -> Button:
        return show(sheet, label, "tick", f"{position}:{at}", **values)

    ways = answering_rows(sheet, indicator, put, tick, ticked)
    if indicator.type == "select_multiple":
        ways = (*ways, (act(sheet, "button_ticked", "ticked", position, count=len(ticked)),))
    values = question_values(turn, sheet, position, "") | answering_values(indicator, value) | {"before": said}
    rows = (*ways, *question_rows(sheet, position, back))
    return [Message("report.ask_words", values, rows, expects=awaited(indicator))]


def _same_as_last(sheet: Sheet, position: int) -> tuple[Button, ...]:
    """One tap repeats last month's value, where a value holds on until it changes; a sum starts anew each month."""
    indicator = sheet.asked[position - 1]
    last = sheet.last.get(indicator.code)
    holds = indicator.adds == "last" or indicator.over_time == "last"
    if not holds or not sheet.last_is_adjacent or indicator.code in sheet.values or last is None or last.number is None:
        return ()
    return (act(sheet, "button_same", "set", f"{position}:{write_value(last)}", amount=shown(last)),)


def question_values(turn: Turn, sheet: Sheet, position: int, numerator: str) -> dict[str, Any]:
    """What the text of a question shows; `numerator`: the first half of a rate, once it is given."""
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
        "last": shown(sheet.last[indicator.code], indicator) if indicator.code in sheet.last else "",
        "last_is_adjacent": sheet.last_is_adjacent,
        "current": shown(value, indicator) if value is not None else "",
        "by": sheet.names.get(author or 0, "") if by_other else None,
    }


def _example(indicator: Indicator) -> tuple[Any, Any]:
    return indicator.example, indicator.example_of if indicator.is_rate else None


def question_rows(sheet: Sheet, position: int, back: str) -> tuple[tuple[Button, ...], ...]:
    """The ways past a question: leaving it, on, back, elsewhere. One that must be answered cannot be left empty."""
    indicator = sheet.asked[position - 1]
    value = sheet.values.get(indicator.code)
    first: tuple[Button, ...] = ()
    if value is not None:
        first = (keep(sheet, "next", value, position if not back else f"{position}:{back}", indicator),)
    if not indicator.required and value is None:
        first = (act(sheet, "button_skip", "skip", position),)
    elif not indicator.required and value is not None and not value.is_empty:
        first = (*first, act(sheet, "button_empty", "skip", position))
    if back:
        return _filled(first, (show(sheet, "button_review", "review"), show(sheet, "button_leave", "leave")))
    earlier = show(sheet, "button_back", "go", position - 1) if position > 1 else show(sheet, "button_back", "start")
    if value is None:
        first = (*first, earlier)
        return _filled(first, (show(sheet, "button_jump", "jump"), show(sheet, "button_leave", "leave")))
    jump = (earlier, show(sheet, "button_jump", "jump"))
    return _filled(first, jump, (show(sheet, "button_leave", "leave"),))


def _filled(*rows: tuple[Button, ...]) -> tuple[tuple[Button, ...], ...]:
    return tuple(row for row in rows if row)


def section_of(sheet: Sheet, indicator: Indicator) -> str:
    """The label of the section an indicator stands in."""
    codes = ((section, [each.code for each in section.indicators]) for section in sheet.form.sections)
    return next(section.label for section, inside in codes if indicator.code in inside)


def _sections_asked(sheet: Sheet) -> list[tuple[Section, list[Indicator]]]:
    """The sections of which something is asked, with what is asked."""
    asked = sheet.asked
    found = [(section, [each for each in asked if each in section.indicators]) for section in sheet.form.sections]
    return [(section, inside) for section, inside in found if inside]


def unsure(turn: Turn, sheet: Sheet, position: int, typed: str, options: Sequence[Value]) -> list[Message]:
    """Several things may be meant: offer them as buttons. Typing a number again answers the question anew."""
    indicator = sheet.asked[position - 1]
    unit = indicator.unit
    buttons = tuple(
        (act(sheet, "button_value", "read", f"{position}:{write_value(each)}", amount=amount, unit=unit),)
        for each in options
        if (amount := shown(each, indicator))
    )
    again = show(sheet, "button_again", "go", position)
    values = {
        "label": indicator.short_label,
        "unit": indicator.unit,
        "typed": typed,
        "amount": shown(options[0], indicator),
        "count": len(options),
        "answered": indicator.code in sheet.values,
    }
    rows = (*buttons, (again,), *question_rows(sheet, position, back_of(turn, sheet)))
    key = "report.unsure" if indicator.is_typed_number else "report.unsure_words"
    return [Message(key, values, rows, expects=awaited(indicator))]


def doubtful(turn: Turn, sheet: Sheet, position: int, value: Value, why: str, *before: Line) -> list[Message]:
    """Ask once about a value far from last period's, or a part above its whole. A sentence typed is the reason."""
    indicator = sheet.asked[position - 1]
    seen, back = turn.talk.data.get("seen"), back_of(turn, sheet)
    place = {"at": position, "code": indicator.code, "seen": seen, "back": back}
    ask(turn, sheet, "report.sure", **place, numerator="", doubted=write_value(value))
    values = doubt_values(sheet, indicator, value) | {"before": list(before)}
    yes = act(sheet, "button_yes", "set", f"{position}:{write_value(value)}")
    rows = ((yes, show(sheet, "button_again", "go", position)), *question_rows(sheet, position, back))
    return [Message(f"report.{why}", values, rows, expects="number")]


def doubt_values(sheet: Sheet, indicator: Indicator, value: Value) -> dict[str, Any]:
    """What the text of such a question shows."""
    return {
        "label": indicator.short_label,
        "unit": indicator.unit,
        "amount": shown(value),
        "last": shown(sheet.last.get(indicator.code)),
        "last_is_adjacent": sheet.last_is_adjacent,
        "numerator": indicator.numerator,
        "denominator": indicator.denominator,
    }


def sections(turn: Turn, sheet: Sheet) -> list[Message]:
    """The sections of a long form, to jump to."""
    ask(turn, sheet, "report.list", back=back_of(turn, sheet))
    rows, start = [], 0
    for section, inside in _sections_asked(sheet):
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
    rows, values = [], sheet.values
    for position, each in enumerate(sheet.asked[start : start + size], start=start + 1):
        amount = shorten(shown(values[each.code], each), SHORT_LABEL) if each.code in values else ""
        where = position if sheet.form.is_plain else each.code  # an answer may move what stands further down
        rows.append((show(sheet, "button_item", "go", where, n=position, text=each.short_label, amount=amount),))
    turns = []
    if start > 0:
        turns.append(show(sheet, "button_earlier", "list", max(0, start - size)))
    if start + size < len(sheet.asked):
        turns.append(show(sheet, "button_later", "list", start + size))
    spoken = {"first": start + 1, "last": min(start + size, len(sheet.asked)), "total": len(sheet.asked)}
    ways = (*((tuple(turns),) if turns else ()), (show(sheet, "button_back", "continue"),))
    return [Message("report.listing", spoken, (*rows, *ways), expects="text")]
