"""The screens of a list inside a report: its lines, one line, one question of a line."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from handlers.report_sheet import Line, act, ask, show
from handlers.report_words import answering_rows, answering_values, awaited
from handlers.turn import Turn
from models.list_lines import MOST_LINES, find
from models.messages import Button, Message
from models.report_sheet import line_of
from models.reports import Sheet
from models.rules.folding import shorten
from models.rules.forms import SHORT_LABEL, Indicator
from models.rules.relevance import is_whole_line
from models.rules.reports import read_value, shown, write_value
from models.tables import ListEntry

PAGE = 8  # lines on one page
NAMED = 2  # answers by which a line is called


def line_name(listing: Indicator, values: dict[str, Any]) -> str:
    """What a line is called: its first answers."""
    given = [
        shown(values[each.code], each) for each in listing.questions if each.code in values and each.type != "image"
    ]
    return shorten(" · ".join(given[:NAMED]), SHORT_LABEL)


def written_line(listing: Indicator, text: str) -> str:
    """A line as a snapshot keeps it, in few words; nothing for none."""
    return line_name(listing, {code: read_value(each) for code, each in json.loads(text).items()}) if text else ""


def lines_page(
    turn: Turn, sheet: Sheet, position: int, *before: Line, back: str = "", page: int | None = None
) -> list[Message]:
    """The lines of a list so far, each to be opened, and the way to add another."""
    listing = sheet.asked[position - 1]
    value = sheet.values.get(listing.code)
    seen = None if value is None else write_value(value)
    ask(turn, sheet, "report.lines", at=position, code=listing.code, seen=seen, back=back)
    lines = sheet.lines(listing.code)
    last = max(0, (len(lines) - 1) // PAGE)
    page = last if page is None else max(0, min(page, last))
    items = [_item(sheet, listing, number, entry) for number, entry in enumerate(lines, start=1)]
    items = items[page * PAGE : (page + 1) * PAGE]
    values = {
        "before": list(before),
        "position": position,
        "total": len(sheet.asked),
        "label": listing.label,
        "hint": listing.hint,
        "unit": listing.unit,
        "items": items,
        "count": len(lines),
        "required": listing.required,
        "full": len(lines) >= MOST_LINES,
    }
    opened = [(show(sheet, "button_line", "line", each["id"], n=each["n"], text=each["text"]),) for each in items]
    rows = (*_adding(sheet, position, len(lines)), *opened, _turning(sheet, position, page, last))
    return [
        Message("report.lines", values, (*(row for row in rows if row), *_away(sheet, position, back)), expects="text")
    ]


def _item(sheet: Sheet, listing: Indicator, number: int, entry: ListEntry) -> dict[str, Any]:
    values = dict(line_of(entry))
    return {
        "n": number,
        "id": entry.id,
        "text": line_name(listing, values),
        "half": not is_whole_line(sheet.course, listing, values),
    }


def _adding(sheet: Sheet, position: int, count: int) -> tuple[tuple[Button, ...], ...]:
    listing = sheet.asked[position - 1]
    add = () if count >= MOST_LINES else (act(sheet, "button_add_line", "addline", position, unit=listing.unit),)
    if count:
        return (add, (show(sheet, "button_lines_done", "next", position),))
    if listing.required:
        return (add,)
    return (add, (act(sheet, "button_no_lines", "set", f"{position}:0", unit=listing.unit),))


def _turning(sheet: Sheet, position: int, page: int, last: int) -> tuple[Button, ...]:
    before = (show(sheet, "button_earlier", "lines", f"{position}:{page - 1}"),) if page else ()
    after = (show(sheet, "button_later", "lines", f"{position}:{page + 1}"),) if page < last else ()
    return (*before, *after)


def _away(sheet: Sheet, position: int, back: str) -> tuple[tuple[Button, ...], ...]:
    leave = show(sheet, "button_leave", "leave")
    if back:
        return ((show(sheet, "button_review", "review"), leave),)
    earlier = show(sheet, "button_back", "go", position - 1) if position > 1 else show(sheet, "button_back", "start")
    return ((earlier, show(sheet, "button_jump", "jump"), leave),)


def line_page(turn: Turn, sheet: Sheet, listing: Indicator, entry: ListEntry, *before: Line) -> list[Message]:
    """One line with its answers, each to be mended, and the way to take it out."""
    _ask_in_line(turn, sheet, listing, entry)
    values = line_of(entry)
    asked = sheet.course.asked_of(listing, values)
    rows: list[dict[str, Any]] = [
        {"n": n, "label": each.short_label, "amount": shown(values[each.code], each) if each.code in values else ""}
        for n, each in enumerate(asked, start=1)
    ]
    mend = tuple(show(sheet, "button_number", "lineask", each["n"], n=each["n"]) for each in rows)
    spoken = {"before": list(before), "unit": listing.unit, "n": _number(sheet, listing, entry), "rows": rows}
    pairs = tuple(mend[at : at + 6] for at in range(0, len(mend), 6))
    last = (act(sheet, "button_drop_line", "dropline", entry.id, unit=listing.unit), _to_list(sheet, turn))
    return [Message("report.line", spoken, (*pairs, last), expects="text")]


def line_question(
    turn: Turn,
    sheet: Sheet,
    listing: Indicator,
    entry: ListEntry,
    question: Indicator,
    *before: Line,
    mending: bool = False,
    chosen: Sequence[str] | None = None,
) -> list[Message]:
    """Ask one thing of one line."""
    values = line_of(entry)
    value = values.get(question.code)
    ticked = list(chosen) if chosen is not None else (value.text.split() if value else [])
    _ask_in_line(turn, sheet, listing, entry, question=question.code, mending=mending, chosen=ticked)
    asked = sheet.course.asked_of(listing, values)
    spoken = answering_values(question, value) | {
        "before": list(before),
        "list": listing.unit,
        "n": _number(sheet, listing, entry),
        "position": asked.index(question) + 1,
        "total": len(asked),
        "unit": question.unit,
        "example": shown_example(question),
    }

    def put(label: str, written: str, **words: Any) -> Button:
        return act(sheet, label, "lineput", written, **words)

    def tick(label: str, at: str, **words: Any) -> Button:
        return show(sheet, label, "linetick", at, **words)

    rows = answering_rows(sheet, question, put, tick, ticked)
    if question.type == "select_multiple":
        rows = (*rows, (act(sheet, "button_ticked", "lineticked", count=len(ticked)),))
    skip = () if question.required else (act(sheet, "button_skip", "lineskip"),)
    away = (*skip, show(sheet, "button_back", "line", entry.id), show(sheet, "button_leave", "leave"))
    return [Message("report.ask_line", spoken, (*rows, away), expects=awaited(question))]


def line_again(turn: Turn, sheet: Sheet, listing: Indicator, *before: Line) -> list[Message]:
    """The screen of a line that the talk stands on, as it is now; the list where the line is gone."""
    data = turn.talk.data
    entry = find(sheet, listing.code, int(data["entry"]))
    if entry is None:
        position = next(place for place, each in enumerate(sheet.asked, start=1) if each.code == listing.code)
        return lines_page(turn, sheet, position, *before, back=data.get("back", ""))
    asked = sheet.course.asked_of(listing, line_of(entry))
    question = next((each for each in asked if each.code == data["question"]), None)
    if question is None:
        return line_page(turn, sheet, listing, entry, *before)
    mending, chosen = bool(data["mending"]), list(data["chosen"])
    return line_question(turn, sheet, listing, entry, question, *before, mending=mending, chosen=chosen)


def line_unsure(
    turn: Turn, sheet: Sheet, entry: ListEntry, question: Indicator, typed: str, options: Sequence[Any]
) -> list[Message]:
    """Several things may be meant in a line: offer them as buttons. Typing again answers anew."""
    buttons = tuple(
        (act(sheet, "button_value", "lineput", write_value(each), amount=shown(each, question), unit=question.unit),)
        for each in options
    )
    values = {
        "label": question.short_label,
        "typed": typed,
        "amount": shown(options[0], question),
        "count": len(options),
    }
    away = (show(sheet, "button_back", "line", entry.id),)
    return [Message("report.unsure_words", values, (*buttons, away), expects=awaited(question))]


def shown_example(question: Indicator) -> str:
    return str(question.example) if question.is_typed_number else ""


def _ask_in_line(
    turn: Turn,
    sheet: Sheet,
    listing: Indicator,
    entry: ListEntry,
    *,
    question: str = "",
    mending: bool = False,
    chosen: Sequence[str] = (),
) -> None:
    at = next(place for place, each in enumerate(sheet.asked, start=1) if each.code == listing.code)
    back = turn.talk.data.get("back", "") if turn.talk.data.get("report") == sheet.report.id else ""
    ask(
        turn, sheet, "report.line", at=at, code=listing.code, back=back, entry=entry.id, question=question,
        mending=mending, chosen=list(chosen),
    )  # fmt: skip


def _number(sheet: Sheet, listing: Indicator, entry: ListEntry) -> int:
    return sheet.lines(listing.code).index(entry) + 1


def _to_list(sheet: Sheet, turn: Turn) -> Button:
    return show(sheet, "button_to_list", "lines", turn.talk.data["at"])
