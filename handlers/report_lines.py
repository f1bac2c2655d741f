"""A list inside a report, line by line: add one, answer what is asked of it, mend it, take it out."""

from __future__ import annotations

from handlers.access import needs, stale
from handlers.report_lists import line_name, line_page, line_question, lines_page
from handlers.report_pages import current, filed_screen, stale_screen
from handlers.report_sheet import Line, is_same_talk, line, position_meant, working
from handlers.report_words import toggled
from handlers.turn import Handler, Turn
from models import list_lines
from models.messages import Message
from models.report_sheet import line_of
from models.reports import Sheet
from models.rules.forms import Indicator, Value
from models.rules.relevance import complete
from models.rules.reports import read_value, shown
from models.rules.written_answers import chosen_text
from models.tables import ListEntry


@needs("report.write")
async def show_lines(turn: Turn) -> list[Message]:
    """The list itself, or another page of it."""
    sheet = await working(turn, turn.press.object)
    where, _, page = turn.press.arg.partition(":")
    position = position_meant(sheet, where)
    if position is None or sheet.asked[position - 1].type != "list":
        return await current(turn, sheet)
    back = str(turn.talk.data.get("back", "")) if is_same_talk(turn, sheet) else ""
    return filed_screen(turn, sheet) or lines_page(turn, sheet, position, back=back, page=int(page) if page else None)


@needs("report.write")
async def add_line(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version):
        return await stale_screen(turn, sheet)
    listing = sheet.asked[int(turn.press.arg) - 1]
    return await begin_line(turn, sheet, listing)


async def begin_line(turn: Turn, sheet: Sheet, listing: Indicator) -> list[Message]:
    if len(sheet.lines(listing.code)) >= list_lines.MOST_LINES:
        return await current(turn, sheet, line("report.lines_full", most=list_lines.MOST_LINES))
    entry = await list_lines.begin(turn.session, sheet, listing.code, person_id=turn.person_id, now=turn.now)
    return line_question(turn, sheet, listing, entry, sheet.course.asked_of(listing, {})[0])


def _opened(sheet: Sheet, entry_id: int) -> tuple[Indicator, ListEntry] | None:
    """The list and the line of that number, when it is one of this report that is asked."""
    for listing in sheet.asked:
        entry = list_lines.find(sheet, listing.code, entry_id) if listing.type == "list" else None
        if entry is not None:
            return listing, entry
    return None


def talked_line(turn: Turn, sheet: Sheet) -> tuple[Indicator, ListEntry, Indicator | None] | None:
    """The line that the talk is about, and the question of it that is asked."""
    data = turn.talk.data
    if not is_same_talk(turn, sheet) or turn.talk.flow != "report.line":
        return None
    found = _opened(sheet, int(data["entry"]))
    if found is None:
        return None
    listing, entry = found
    asked = sheet.course.asked_of(listing, line_of(entry))
    return listing, entry, next((each for each in asked if each.code == data["question"]), None)


@needs("report.write")
async def show_line(turn: Turn) -> list[Message]:
    """A line with its answers; one that has none yet is asked for at once."""
    sheet = await working(turn, turn.press.object)
    found = _opened(sheet, int(turn.press.arg))
    filed = filed_screen(turn, sheet)
    if filed is not None or found is None:
        return filed or await current(turn, sheet)
    return line_page(turn, sheet, *found)


@needs("report.write")
async def ask_in_line(turn: Turn) -> list[Message]:
    """One answer of the line on the screen is to be mended."""
    sheet = await working(turn, turn.press.object)
    found = talked_line(turn, sheet)
    if found is None:
        return await stale_screen(turn, sheet)
    return mend_in_line(turn, sheet, found[0], found[1], int(turn.press.arg))


def mend_in_line(turn: Turn, sheet: Sheet, listing: Indicator, entry: ListEntry, number: int) -> list[Message]:
    asked = sheet.course.asked_of(listing, line_of(entry))
    number = max(1, min(number, len(asked)))
    return line_question(turn, sheet, listing, entry, asked[number - 1], mending=True)


@needs("report.write")
async def drop_line(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    found = _opened(sheet, int(turn.press.arg))
    if stale(turn, sheet.report.version) or found is None:
        return await stale_screen(turn, sheet)
    listing, entry = found
    name = line_name(listing, dict(line_of(entry)))
    await list_lines.remove(turn.session, sheet, entry, person_id=turn.person_id, now=turn.now)
    return back_to_list(turn, sheet, listing, line("report.line_dropped", unit=listing.unit, text=name))


def back_to_list(turn: Turn, sheet: Sheet, listing: Indicator, *before: Line) -> list[Message]:
    position = next(place for place, each in enumerate(sheet.asked, start=1) if each.code == listing.code)
    return lines_page(turn, sheet, position, *before, back=str(turn.talk.data.get("back", "")))


@needs("report.write")
async def put_in_line(turn: Turn) -> list[Message]:
    """The answer that stood on a button."""
    sheet = await working(turn, turn.press.object)
    found = talked_line(turn, sheet)
    if stale(turn, sheet.report.version) or found is None or found[2] is None:
        return await stale_screen(turn, sheet)
    return await take_in_line(turn, sheet, *found, read_value(turn.press.arg))


@needs("report.write")
async def skip_in_line(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    found = talked_line(turn, sheet)
    if stale(turn, sheet.report.version) or found is None or found[2] is None:
        return await stale_screen(turn, sheet)
    return await take_in_line(turn, sheet, *found, Value())


@needs("report.write")
async def tick_in_line(turn: Turn) -> list[Message]:
    """Tick one of several things, or take the tick away; nothing is kept before "done"."""
    sheet = await working(turn, turn.press.object)
    found = talked_line(turn, sheet)
    listing, entry, question = found or (None, None, None)
    if listing is None or entry is None or question is None:
        return await stale_screen(turn, sheet)
    chosen = toggled(turn.talk.data["chosen"], question, int(turn.press.arg))
    return line_question(turn, sheet, listing, entry, question, mending=turn.talk.data["mending"], chosen=chosen)


@needs("report.write")
async def keep_ticks_in_line(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    found = talked_line(turn, sheet)
    if stale(turn, sheet.report.version) or found is None or found[2] is None:
        return await stale_screen(turn, sheet)
    text = chosen_text(turn.talk.data["chosen"], found[2])
    return await take_in_line(turn, sheet, *found, Value(text=text))


async def take_in_line(
    turn: Turn, sheet: Sheet, listing: Indicator, entry: ListEntry, question: Indicator | None, value: Value
) -> list[Message]:
    """Keep one answer of a line, unless it must not be empty or is against its constraint; then go on in the line."""
    assert question is not None
    mending = bool(turn.talk.data.get("mending"))
    wrong = _wrong(sheet, listing, entry, question, value)
    if wrong is not None:
        return line_question(turn, sheet, listing, entry, question, wrong, mending=mending)
    entry = await list_lines.answer(
        turn.session, sheet, entry, question.code, value, person_id=turn.person_id, now=turn.now
    )
    said = line("report.line_kept", label=question.short_label, amount=shown(value, question), unit=question.unit)
    return _on(turn, sheet, listing, entry, said, mending=mending)


def _wrong(sheet: Sheet, listing: Indicator, entry: ListEntry, question: Indicator, value: Value) -> Line | None:
    if value.is_empty:
        return line("report.required_one", label=question.short_label) if question.required else None
    whole = complete(listing, {**line_of(entry), question.code: value})
    if not sheet.course.breaks(question, value, whole):
        return None
    return line("report.constraint", label=question.short_label, message=question.constraint_message)


def _on(turn: Turn, sheet: Sheet, listing: Indicator, entry: ListEntry, said: Line, *, mending: bool) -> list[Message]:
    """The next open question of the line; where it is whole, the list again."""
    values = line_of(entry)
    following = next((each for each in sheet.course.asked_of(listing, values) if each.code not in values), None)
    if following is not None:
        return line_question(turn, sheet, listing, entry, following, said, mending=mending)
    return line_page(turn, sheet, listing, entry, said) if mending else back_to_list(turn, sheet, listing, said)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "report.lines": show_lines,
    "report.addline": add_line,
    "report.line": show_line,
    "report.lineask": ask_in_line,
    "report.lineput": put_in_line,
    "report.linetick": tick_in_line,
    "report.lineticked": keep_ticks_in_line,
    "report.lineskip": skip_in_line,
    "report.dropline": drop_line,
}
