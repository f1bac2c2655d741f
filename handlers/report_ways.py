"""Ways on and out typed as words where a number is asked: "tiep", "bo qua", "quay lai", "luu"."""

from __future__ import annotations

from handlers.report_pages import left, onward, review, start_page
from handlers.report_questions import SHORT, listing, question, sections
from handlers.report_sheet import Line, back_of, line
from handlers.turn import Turn
from models import answers
from models.messages import Message
from models.reports import Sheet
from models.rules.forms import Value
from models.rules.relevance import dropped
from models.rules.reports import shown, way_meant, write_value


async def follow(turn: Turn, sheet: Sheet, position: int, *before: Line) -> list[Message] | None:
    """Do at the question at `position` what was typed in words; None when the text names no way."""
    value = sheet.values.get(sheet.asked[position - 1].code)
    is_as_seen = turn.talk.data.get("seen") == (None if value is None else write_value(value))
    match way_meant(turn.text):
        case None | "send":
            return None
        case "leave":
            return await left(turn, sheet, *before)
        case "review":
            return await review(turn, sheet, *before)
        case "jump":
            return all_items(turn, sheet)
        case "back":
            return await _earlier(turn, sheet, position, *before)
        case "empty" if is_as_seen:
            return await skipped(turn, sheet, position)
        case "skip" if value is None:
            return await skipped(turn, sheet, position)
        case "empty" | "skip" | "next":
            return await _on(turn, sheet, position)


async def follow_beside(turn: Turn, sheet: Sheet) -> list[Message] | None:
    """The same at the review and at the list of items."""
    match way_meant(turn.text):
        case "leave":
            return await left(turn, sheet)
        case "next":
            return await onward(turn, sheet, 0)
        case "back":
            return await start_page(turn, sheet) if turn.talk.flow == "report.review" else await onward(turn, sheet, 0)
    return None


async def skipped(turn: Turn, sheet: Sheet, position: int) -> list[Message]:
    """Leave a question empty, and go on."""
    indicator, asked, before = sheet.asked[position - 1], sheet.asked, sheet.values
    if indicator.required:
        needed = line("report.required_one", label=indicator.short_label)
        return await question(turn, sheet, position, needed, back=back_of(turn, sheet))
    answers.keep(turn.session, sheet, indicator.code, Value(), person_id=turn.person_id, now=turn.now)
    said = [line("report.skipped", label=indicator.short_label)]
    if needless := dropped(asked, sheet.asked, before):
        said.append(line("report.set_aside", labels=[each.short_label for each in needless]))
    return await onward(turn, sheet, position, *said)


def all_items(turn: Turn, sheet: Sheet) -> list[Message]:
    """Every item to jump to; a long form by its sections."""
    return listing(turn, sheet, 0) if len(sheet.asked) <= SHORT else sections(turn, sheet)


async def _earlier(turn: Turn, sheet: Sheet, position: int, *before: Line) -> list[Message]:
    if back_of(turn, sheet):
        return await review(turn, sheet, *before)
    if position == 1:
        return await start_page(turn, sheet, *before)
    return await question(turn, sheet, position - 1, *before)


async def _on(turn: Turn, sheet: Sheet, position: int) -> list[Message]:
    """Nothing is changed: an answer stays, a question without one stays open."""
    indicator = sheet.asked[position - 1]
    value = sheet.values.get(indicator.code)
    if value is not None:
        kept = line("report.edit_kept", label=indicator.short_label, amount=shown(value, indicator), n=position)
        return await onward(turn, sheet, position, kept)
    still_open = line("report.left_open", label=indicator.short_label, n=position)
    if sheet.next_open(indicator.code) == indicator:
        return await review(turn, sheet, still_open)
    return await onward(turn, sheet, position, still_open)
