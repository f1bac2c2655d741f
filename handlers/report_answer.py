"""Answering: a number typed, an alternative chosen, a question skipped, jumped to, gone back to."""

from __future__ import annotations

from handlers import visit_count_words
from handlers.access import needs, stale
from handlers.report_edits import edited
from handlers.report_pages import current, filed_screen, onward, stale_screen, start_page
from handlers.report_paste_offer import offered
from handlers.report_photos import take_photos
from handlers.report_questions import doubtful, question, unsure
from handlers.report_sheet import (
    Line,
    act,
    back_of,
    is_same_talk,
    line,
    place_of,
    position_meant,
    refusal_line,
    remember,
    talked_of,
    working,
)
from handlers.report_ways import follow, skipped
from handlers.report_words import still_asked, toggled
from handlers.turn import Handler, Turn
from models import answers, photo_answers, visit_counts
from models.messages import Message
from models.reports import Sheet
from models.rules import Refusal
from models.rules.answers import doubt, is_reason_for
from models.rules.folding import fold, shorten
from models.rules.forms import Value
from models.rules.relevance import dropped
from models.rules.reports import LONGEST_LINE, item_meant, read_value, sentence, shown, way_meant, write_value
from models.rules.written_answers import chosen_text, read_answer

LONGEST_ECHO = 120  # characters of an answer that is said back
NO = frozenset({"khong", "ko", "khong dung", "sai", "sai roi", "nham", "nhap lai"})


@needs("report.write")
async def take_number(turn: Turn) -> list[Message]:
    """Whatever is sent while a number is asked for."""
    sheet = await talked_of(turn)
    other = await no_text(turn, sheet)
    if other is not None:
        return other
    try:
        at = int(turn.talk.data["at"])
        # words may be spelled like the code of a question; where words are asked, they are the answer
        wanted = item_meant(turn.text, sheet.asked, codes=sheet.asked[at - 1].is_typed_number)
        if wanted:
            return await question(turn, sheet, wanted, back=back_of(turn, sheet))
        return await follow(turn, sheet, at) or await _typed(turn, sheet)
    except Refusal as refusal:
        return await offered(turn, sheet) or await current(turn, sheet, refusal_line(refusal))


@needs("report.write")
async def take_sure(turn: Turn) -> list[Message]:
    """Typed at "is that right?": no, another number, or the reason why it is right."""
    sheet = await talked_of(turn)
    other = await no_text(turn, sheet)
    if other is not None:
        return other
    position, doubted = int(turn.talk.data["at"]), read_value(turn.talk.data["doubted"])
    if fold(turn.text) in NO:
        return await question(turn, sheet, position, back=back_of(turn, sheet), doubted=turn.talk.data["doubted"])
    dropped = line("report.doubted_dropped", amount=shown(doubted))
    if way_meant(turn.text) == "next":  # on with this number, or without it: not to be guessed
        return _doubt_again(turn, sheet, position, doubted, dropped)
    try:
        way = await follow(turn, sheet, position, dropped)
        if way is None and is_reason_for(turn.text, sheet.asked[position - 1]):
            return await _keep(turn, sheet, position, doubted, note=sentence(turn.text, LONGEST_LINE))
        return way or await _typed(turn, sheet)
    except Refusal as refusal:
        return _doubt_again(turn, sheet, position, doubted, refusal_line(refusal))


def _doubt_again(turn: Turn, sheet: Sheet, position: int, doubted: Value, said: Line) -> list[Message]:
    why = doubt(doubted, sheet.last.get(sheet.asked[position - 1].code), sheet.form.outliers) or "far"
    return doubtful(turn, sheet, position, doubted, why, said)


async def no_text(turn: Turn, sheet: Sheet) -> list[Message] | None:
    """What answers anything but a text; None when it is one, for the report being asked about."""
    if turn.incoming.kind == "edit":
        return await edited(turn, sheet)
    if not is_same_talk(turn, sheet):
        return await start_page(turn, sheet, line("report.filed_meanwhile"))
    if "at" in turn.talk.data:
        place = place_of(turn, sheet)
        if place is None:  # somebody else's answer has made this question needless
            return await onward(turn, sheet, 0, line("report.not_asked_now"))
        turn.talk.data = {**turn.talk.data, "at": place}
    if turn.incoming.kind in ("photo", "file"):
        return await _photo(turn, sheet)
    if turn.incoming.kind != "text":
        return await current(turn, sheet, line("menu.unsupported"))
    return None


async def _photo(turn: Turn, sheet: Sheet) -> list[Message]:
    """A photo answers a question for one; anywhere else it goes with the report."""
    photos = [file for file in turn.files if file.mime.startswith("image/")]
    position = int(turn.talk.data.get("at", 0))
    if not photos or not position or sheet.asked[position - 1].type != "image":
        return await take_photos(turn, sheet)
    code = sheet.asked[position - 1].code
    value = await photo_answers.keep(turn.session, sheet, photos[0], code, None, person_id=turn.person_id, now=turn.now)
    return await accept(turn, sheet, position, value)


async def _typed(turn: Turn, sheet: Sheet) -> list[Message]:
    data = turn.talk.data
    position = int(data["at"])
    numerator = read_value(data.get("numerator", "")).number
    today = sheet.today or sheet.period.ends_on
    understood = read_answer(turn.text, sheet.asked[position - 1], today, numerator)
    if not understood.sure:
        return unsure(turn, sheet, position, shorten(turn.text, 40), understood.options)
    return await accept(turn, sheet, position, understood.value)


async def accept(turn: Turn, sheet: Sheet, position: int, value: Value) -> list[Message]:
    """A value that was read without doubt: ask for its second half, or whether it is meant, or keep it."""
    indicator = sheet.asked[position - 1]
    still = still_asked(sheet, indicator, value)
    if still is not None:
        return await question(turn, sheet, position, still[0], back=back_of(turn, sheet), numerator=still[1])
    remember(turn, indicator.code, write_value(value))
    if _answered_meanwhile(turn, sheet, position, value):
        return await _clash(turn, sheet, position, value)
    why = doubt(value, sheet.last.get(indicator.code), sheet.form.outliers)
    if why and turn.talk.data.get("doubted") != write_value(value):
        return doubtful(turn, sheet, position, value, why)
    return await _keep(turn, sheet, position, value)


def _answered_meanwhile(turn: Turn, sheet: Sheet, position: int, value: Value) -> bool:
    """Whether somebody else gave another answer since this question was shown."""
    code = sheet.asked[position - 1].code
    there = sheet.values.get(code)
    seen = turn.talk.data.get("seen")
    return there is not None and there != value and write_value(there) != seen and sheet.author(code) != turn.person_id


async def _clash(turn: Turn, sheet: Sheet, position: int, value: Value) -> list[Message]:
    """The other answer stays, under the other's name; one tap puts this one in its place."""
    indicator = sheet.asked[position - 1]
    author = sheet.author(indicator.code)
    name = None if author is None else sheet.names.get(author, "")
    there, typed = shown(sheet.values[indicator.code], indicator), shown(value, indicator)
    said = line("report.answered_meanwhile", name=name, label=indicator.short_label, there=there, typed=typed)
    if not indicator.is_typed_number:  # words do not fit a button; the question is opened again instead
        return await onward(turn, sheet, position, said)
    instead = act(sheet, "button_instead", "set", f"{position}:{write_value(value)}", amount=typed)
    return await onward(turn, sheet, position, said, extra=(instead,))


async def _keep(turn: Turn, sheet: Sheet, position: int, value: Value, note: str = "") -> list[Message]:
    indicator, asked, before = sheet.asked[position - 1], sheet.asked, sheet.values
    if indicator.counts:
        await visit_counts.read(turn.session, sheet)
    answers.keep(turn.session, sheet, indicator.code, value, person_id=turn.person_id, now=turn.now, note=note)
    amount = shorten(shown(value, indicator), LONGEST_ECHO)
    said = [line("report.kept", label=indicator.short_label, amount=amount, unit=indicator.unit, note=note)]
    said += visit_count_words.kept_lines(sheet, indicator)
    if needless := dropped(asked, sheet.asked, before):
        said.append(line("report.set_aside", labels=[each.short_label for each in needless]))
    return await onward(turn, sheet, position, *said)


def _pointed(turn: Turn) -> tuple[int, Value]:
    """The position and the value that a button carries."""
    position, _, value = turn.press.arg.partition(":")
    return int(position), read_value(value or turn.talk.data.get("offered", ""))


@needs("report.write")
async def set_value(turn: Turn) -> list[Message]:
    """A value that was shown on the button: last month's, the doubted one, the one of an edited message."""
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version):
        return await stale_screen(turn, sheet)
    if ":" not in turn.press.arg and turn.talk.flow != "report.offer":
        return await stale_screen(turn, sheet)
    position, value = _pointed(turn)
    return await _keep(turn, sheet, position, value)


@needs("report.write")
async def read_value_chosen(turn: Turn) -> list[Message]:
    """One of the things a typed text may mean."""
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version):
        return await stale_screen(turn, sheet)
    position, value = _pointed(turn)
    return await accept(turn, sheet, position, value)


@needs("report.write")
async def tick(turn: Turn) -> list[Message]:
    """Tick one of several things, or take the tick away; nothing is kept before "done"."""
    sheet = await working(turn, turn.press.object)
    where, _, index = turn.press.arg.partition(":")
    position, data = position_meant(sheet, where), turn.talk.data
    if filed_screen(turn, sheet) or position is None or not is_same_talk(turn, sheet) or data.get("at") != position:
        return await stale_screen(turn, sheet)
    chosen = toggled(data.get("chosen", []), sheet.asked[position - 1], int(index))
    return await question(turn, sheet, position, back=back_of(turn, sheet), chosen=chosen)


@needs("report.write")
async def keep_ticks(turn: Turn) -> list[Message]:
    """What is ticked is the answer; nothing ticked leaves the question empty."""
    sheet = await working(turn, turn.press.object)
    position = int(turn.press.arg)
    if stale(turn, sheet.report.version) or turn.talk.data.get("at") != position:
        return await stale_screen(turn, sheet)
    text = chosen_text(turn.talk.data.get("chosen", []), sheet.asked[position - 1])
    return await accept(turn, sheet, position, Value(text=text)) if text else await skipped(turn, sheet, position)


@needs("report.write")
async def at_offer(turn: Turn) -> list[Message]:
    """Typed while a change is proposed: only a button decides, so that no number lands in the wrong question."""
    sheet = await talked_of(turn)
    other = await no_text(turn, sheet)
    return other if other is not None else await current(turn, sheet, line("report.offer_dropped"))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {
    "report.number": take_number,
    "report.sure": take_sure,
    "report.offer": at_offer,
}
ACTIONS: dict[str, Handler] = {
    "report.set": set_value,
    "report.read": read_value_chosen,
    "report.tick": tick,
    "report.ticked": keep_ticks,
}
