"""What is typed, and which photos are sent, while a list of a report or one line of it stands on the screen."""

from __future__ import annotations

from handlers.access import needs
from handlers.report_edits import edited
from handlers.report_lines import back_to_list, begin_line, mend_in_line, take_in_line, talked_line
from handlers.report_lists import line_page, line_question, line_unsure
from handlers.report_pages import current, left, onward, review, start_page
from handlers.report_photos import take_photos
from handlers.report_sheet import is_same_talk, line, place_of, refusal_line, talked_of
from handlers.turn import Handler, Turn
from models import photo_answers
from models.messages import Message
from models.report_sheet import line_of
from models.reports import Sheet
from models.rules import Refusal
from models.rules.folding import fold, shorten
from models.rules.forms import Indicator, Value
from models.rules.reports import item_meant, way_meant
from models.rules.written_answers import read_answer
from models.tables import ListEntry

ADD = ("them", "them nua", "them dong", "them moi")
DONE = ("xong", "het", "du roi", "da xong")


@needs("report.write")
async def at_line(turn: Turn) -> list[Message]:
    """Typed, or a photo sent, while a question of a line or a line stands on the screen."""
    sheet = await talked_of(turn)
    if turn.incoming.kind == "edit":
        return await edited(turn, sheet)
    if not is_same_talk(turn, sheet):
        return await start_page(turn, sheet, line("report.filed_meanwhile"))
    found = talked_line(turn, sheet)
    if found is None:
        return await current(turn, sheet, line("report.line_gone"))
    listing, entry, question = found
    if turn.incoming.kind in ("photo", "file"):
        return await _photo(turn, sheet, listing, entry, question)
    elsewhere = await _way(turn, sheet, listing, entry, question)
    if elsewhere is not None:
        return elsewhere
    if question is None:
        return _typed_at_line(turn, sheet, listing, entry)
    try:
        understood = read_answer(turn.text, question, sheet.today or sheet.period.ends_on)
    except Refusal as refusal:
        mending = turn.talk.data["mending"]
        return line_question(turn, sheet, listing, entry, question, refusal_line(refusal), mending=mending)
    if not understood.sure:
        return line_unsure(turn, sheet, entry, question, shorten(turn.text, 40), understood.options)
    return await take_in_line(turn, sheet, listing, entry, question, understood.value)


async def _photo(
    turn: Turn, sheet: Sheet, listing: Indicator, entry: ListEntry, question: Indicator | None
) -> list[Message]:
    photos = [file for file in turn.files if file.mime.startswith("image/")]
    if question is None or question.type != "image" or not photos:
        return await take_photos(turn, sheet)
    value = await photo_answers.keep(
        turn.session, sheet, photos[0], question.code, entry.id, person_id=turn.person_id, now=turn.now
    )
    return await take_in_line(turn, sheet, listing, entry, question, value)


async def _way(
    turn: Turn, sheet: Sheet, listing: Indicator, entry: ListEntry, question: Indicator | None
) -> list[Message] | None:
    match way_meant(turn.text):
        case "leave":
            return await left(turn, sheet)
        case "review":
            return await review(turn, sheet)
        case "back" if question is not None:
            return line_page(turn, sheet, listing, entry)
        case "back" | "next" if question is None:
            return back_to_list(turn, sheet, listing)
        case "skip" | "empty" if question is not None:
            return await take_in_line(turn, sheet, listing, entry, question, Value())
    return None


def _typed_at_line(turn: Turn, sheet: Sheet, listing: Indicator, entry: ListEntry) -> list[Message]:
    """The number of the answer to be mended."""
    asked = sheet.course.asked_of(listing, line_of(entry))
    try:
        wanted = item_meant(turn.text, asked, digits=True)
    except Refusal as refusal:
        return line_page(turn, sheet, listing, entry, refusal_line(refusal))
    if wanted is None:
        return line_page(turn, sheet, listing, entry, line("report.choose_item", total=len(asked)))
    return mend_in_line(turn, sheet, listing, entry, wanted)


@needs("report.write")
async def at_lines(turn: Turn) -> list[Message]:
    """Typed at the list: "thêm", "xong", the number of a line."""
    sheet = await talked_of(turn)
    if turn.incoming.kind == "edit":
        return await edited(turn, sheet)
    position = place_of(turn, sheet) if is_same_talk(turn, sheet) else None
    if position is None:
        return await start_page(turn, sheet, line("report.filed_meanwhile"))
    if turn.incoming.kind in ("photo", "file"):
        return await take_photos(turn, sheet)
    listing, typed = sheet.asked[position - 1], fold(turn.text)
    if typed in ADD or typed == fold(f"them {listing.unit}"):
        return await begin_line(turn, sheet, listing)
    way = way_meant(turn.text)
    if typed in DONE or way in ("next", "skip"):
        return await onward(turn, sheet, position)
    if way is not None:
        return await _away(turn, sheet, way)
    lines = sheet.lines(listing.code)
    number = int(typed[:3]) if typed.isdecimal() else 0
    if 1 <= number <= len(lines):
        return line_page(turn, sheet, listing, lines[number - 1])
    return await current(turn, sheet, line("report.choose_line", unit=listing.unit))


async def _away(turn: Turn, sheet: Sheet, way: str) -> list[Message]:
    if way == "leave":
        return await left(turn, sheet)
    return await review(turn, sheet)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"report.lines": at_lines, "report.line": at_line}
ACTIONS: dict[str, Handler] = {}
