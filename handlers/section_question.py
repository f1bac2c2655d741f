"""The screens of one question of a section that a member is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.report_questions import doubt_values, question_values
from handlers.report_sheet import Line
from handlers.report_words import answering_rows, answering_values, awaited
from handlers.section_pages import Own, act, facts, review_page
from handlers.turn import Turn
from models.messages import Button, Message
from models.rules.folding import shorten
from models.rules.forms import Indicator, Value
from models.rules.reports import shown, write_value
from models.rules.section_requests import next_open


def question(
    turn: Turn,
    mine: Own,
    place: int,
    *before: Line,
    numerator: str = "",
    extra: Sequence[Button] = (),
    chosen: Sequence[str] | None = None,
) -> list[Message]:
    """Ask what stands at `place` (from 1) of the section. `chosen`: what is ticked, where nothing is kept yet."""
    indicator, sheet = mine.part[place - 1], mine.sheet
    value = sheet.values.get(indicator.code)
    ticked = list(chosen) if chosen is not None else (value.text.split() if value else [])
    _ask(turn, mine, "section.number", indicator, numerator=numerator, chosen=ticked)
    values = question_values(turn, sheet, sheet.asked.index(indicator) + 1, numerator)
    values |= {"before": [*before, *_why(turn, mine, before)], "position": place, "total": len(mine.part)}
    ways = (*(((tuple(extra)),) if extra else ()), *_same(mine, place, numerator), *_answers(mine, place, ticked))
    rows = (*ways, *_past(mine, place))
    if indicator.is_typed_number:
        return [Message("report.ask", values, rows, expects="number")]
    values |= answering_values(indicator, value)
    return [Message("report.ask_words", values, rows, expects=awaited(indicator))]


def _ask(turn: Turn, mine: Own, flow: str, indicator: Indicator, **data: Any) -> None:
    value = mine.sheet.values.get(indicator.code)
    seen = None if value is None else write_value(value)
    turn.ask(flow, request=mine.request.id, code=indicator.code, seen=seen, **data)


def _why(turn: Turn, mine: Own, before: Sequence[Line]) -> list[Line]:
    """Above the first question shown: whose report this is, and what was said with the request."""
    if before or turn.press.action != "section.open":
        return []
    return [{"key": "section.above", "fill": facts(mine)}]


def _same(mine: Own, place: int, numerator: str) -> tuple[tuple[Button, ...], ...]:
    """One tap repeats last month's value, where a value holds on until it changes."""
    indicator, sheet = mine.part[place - 1], mine.sheet
    last = sheet.last.get(indicator.code)
    holds = indicator.adds == "last" or indicator.over_time == "last"
    if numerator or not holds or not sheet.last_is_adjacent or indicator.code in sheet.values:
        return ()
    if last is None or last.number is None:
        return ()
    return ((act(mine, "report.button_same", "set", f"{place}:{write_value(last)}", amount=shown(last)),),)


def _answers(mine: Own, place: int, ticked: Sequence[str]) -> tuple[tuple[Button, ...], ...]:
    indicator = mine.part[place - 1]
    if indicator.is_typed_number:
        return ()

    def put(label: str, written: str, **values: Any) -> Button:
        return act(mine, f"report.{label}", "read", f"{place}:{written}", **values)

    def tick(label: str, at: str, **values: Any) -> Button:
        return act(mine, f"report.{label}", "tick", f"{place}:{at}", **values)

    rows = answering_rows(mine.sheet, indicator, put, tick, ticked)
    if indicator.type != "select_multiple":
        return rows
    return (*rows, (act(mine, "report.button_ticked", "ticked", place, count=len(ticked)),))


def _past(mine: Own, place: int) -> tuple[tuple[Button, ...], ...]:
    """The ways past a question: leaving it, back, to the list of them."""
    indicator = mine.part[place - 1]
    skip: tuple[Button, ...] = ()
    if indicator.code in mine.sheet.values:
        skip = (act(mine, "section.button_next", "next", place),)
    elif not indicator.required:
        skip = (act(mine, "report.button_skip", "skip", place),)
    back = (act(mine, "report.button_back", "go", place - 1),) if place > 1 else ()
    return ((*skip, *back), (act(mine, "report.button_review", "review"),))


def unsure(turn: Turn, mine: Own, place: int, typed: str, options: Sequence[Value]) -> list[Message]:
    """Several things may be meant: offer them."""
    indicator = mine.part[place - 1]
    buttons = tuple(
        (act(mine, "report.button_value", "read", f"{place}:{write_value(each)}", amount=shown(each, indicator),
             unit=indicator.unit),)
        for each in options
    )  # fmt: skip
    values = {
        "label": indicator.short_label,
        "unit": indicator.unit,
        "typed": shorten(typed, 40),
        "amount": shown(options[0], indicator),
        "count": len(options),
        "answered": indicator.code in mine.sheet.values,
    }
    key = "report.unsure" if indicator.is_typed_number else "report.unsure_words"
    return [Message(key, values, (*buttons, *_past(mine, place)), expects=awaited(indicator))]


def doubtful(turn: Turn, mine: Own, place: int, value: Value, why: str, *before: Line) -> list[Message]:
    """Ask once about a value far from last period's, or a part above its whole. A sentence typed is the reason."""
    indicator, sheet = mine.part[place - 1], mine.sheet
    seen = turn.talk.data.get("seen")
    _ask(turn, mine, "section.sure", indicator, doubted=write_value(value))
    turn.talk.data = {**turn.talk.data, "seen": seen}
    values = doubt_values(sheet, indicator, value) | {"before": list(before)}
    yes = act(mine, "report.button_yes", "set", f"{place}:{write_value(value)}")
    rows = ((yes, act(mine, "report.button_again", "go", place)), *_past(mine, place))
    return [Message(f"report.{why}", values, rows, expects="number")]


def onward(turn: Turn, mine: Own, code: str, *before: Line) -> list[Message]:
    """After the question of that code: the next open one, or all of them to look over."""
    following = next_open(mine.part, mine.sheet.values, code)
    return review_page(turn, mine, *before) if following is None else question(turn, mine, following, *before)
