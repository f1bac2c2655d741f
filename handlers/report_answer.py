"""Answering: a number typed, an alternative chosen, a question skipped, jumped to, gone back to."""

from __future__ import annotations

from handlers.access import needs, stale
from handlers.report_edits import edited
from handlers.report_pages import current, filed_screen, onward, review, stale_screen, start_page
from handlers.report_photos import take_photos
from handlers.report_questions import doubtful, listing, question, unsure
from handlers.report_sheet import Line, act, back_of, is_same_talk, line, refusal_line, remember, talked_of, working
from handlers.report_ways import all_items, follow, follow_beside, skipped
from handlers.turn import Handler, Turn
from models import answers
from models.messages import Message
from models.reports import Sheet
from models.rules import Refusal
from models.rules.answers import doubt, is_half, is_reason, understand
from models.rules.folding import fold, shorten
from models.rules.forms import Value
from models.rules.reports import LONGEST_LINE, item_meant, read_value, sentence, shown, way_meant, write_value

NO = frozenset({"khong", "ko", "khong dung", "sai", "sai roi", "nham", "nhap lai"})


@needs("report.write")
async def take_number(turn: Turn) -> list[Message]:
    """Whatever is sent while a number is asked for."""
    sheet = await talked_of(turn)
    other = await _no_text(turn, sheet)
    if other is not None:
        return other
    try:
        wanted = item_meant(turn.text, sheet.asked)
        if wanted:
            return question(turn, sheet, wanted, back=back_of(turn, sheet))
        return await follow(turn, sheet, int(turn.talk.data["at"])) or await _typed(turn, sheet)
    except Refusal as refusal:
        return await current(turn, sheet, refusal_line(refusal))


@needs("report.write")
async def take_sure(turn: Turn) -> list[Message]:
    """Typed at "is that right?": no, another number, or the reason why it is right."""
    sheet = await talked_of(turn)
    other = await _no_text(turn, sheet)
    if other is not None:
        return other
    position, doubted = int(turn.talk.data["at"]), read_value(turn.talk.data["doubted"])
    if fold(turn.text) in NO:
        return question(turn, sheet, position, back=back_of(turn, sheet), doubted=turn.talk.data["doubted"])
    dropped = line("report.doubted_dropped", amount=shown(doubted))
    if way_meant(turn.text) == "next":  # on with this number, or without it: not to be guessed
        return _doubt_again(turn, sheet, position, doubted, dropped)
    try:
        way = await follow(turn, sheet, position, dropped)
        if way is None and _is_reason(turn, sheet, position):
            return await _keep(turn, sheet, position, doubted, note=sentence(turn.text, LONGEST_LINE))
        return way or await _typed(turn, sheet)
    except Refusal as refusal:
        return _doubt_again(turn, sheet, position, doubted, refusal_line(refusal))


def _doubt_again(turn: Turn, sheet: Sheet, position: int, doubted: Value, said: Line) -> list[Message]:
    why = doubt(doubted, sheet.last.get(sheet.asked[position - 1].code), sheet.form.outliers) or "far"
    return doubtful(turn, sheet, position, doubted, why, said)


def _is_reason(turn: Turn, sheet: Sheet, position: int) -> bool:
    try:
        understand(turn.text, sheet.asked[position - 1])
    except Refusal:
        return is_reason(turn.text, refused=True)
    return is_reason(turn.text, refused=False)


async def _no_text(turn: Turn, sheet: Sheet) -> list[Message] | None:
    """What answers anything but a text; None when it is one, for the report being asked about."""
    if turn.incoming.kind == "edit":
        return await edited(turn, sheet)
    if not is_same_talk(turn, sheet):
        return start_page(turn, sheet, line("report.filed_meanwhile"))
    if turn.incoming.kind in ("photo", "file"):
        return await take_photos(turn, sheet)
    if turn.incoming.kind != "text":
        return await current(turn, sheet, line("menu.unsupported"))
    return None


async def _typed(turn: Turn, sheet: Sheet) -> list[Message]:
    data = turn.talk.data
    position = int(data["at"])
    numerator = read_value(data.get("numerator", "")).number
    understood = understand(turn.text, sheet.asked[position - 1], numerator)
    if not understood.sure:
        return unsure(turn, sheet, position, shorten(turn.text, 40), understood.options)
    return await _accept(turn, sheet, position, understood.value)


async def _accept(turn: Turn, sheet: Sheet, position: int, value: Value) -> list[Message]:
    """A value that was read without doubt: ask for its second half, or whether it is meant, or keep it."""
    indicator = sheet.asked[position - 1]
    if is_half(value, indicator):
        kept = line("report.numerator_kept", label=indicator.numerator, amount=shown(value))
        back = back_of(turn, sheet)
        return question(turn, sheet, position, kept, back=back, numerator=write_value(value))
    remember(turn, position, write_value(value))
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
    there = shown(sheet.values[indicator.code])
    said = line("report.answered_meanwhile", name=name, label=indicator.short_label, there=there, typed=shown(value))
    instead = act(sheet, "button_instead", "set", f"{position}:{write_value(value)}", amount=shown(value))
    return await onward(turn, sheet, position, said, extra=(instead,))


async def _keep(turn: Turn, sheet: Sheet, position: int, value: Value, note: str = "") -> list[Message]:
    indicator = sheet.asked[position - 1]
    answers.keep(turn.session, sheet, indicator.code, value, person_id=turn.person_id, now=turn.now, note=note)
    said = line("report.kept", label=indicator.short_label, amount=shown(value), unit=indicator.unit, note=note)
    return await onward(turn, sheet, position, said)


def _pointed(turn: Turn) -> tuple[int, Value]:
    """The position and the value that a button carries."""
    position, _, value = turn.press.arg.partition(":")
    return int(position), read_value(value)


@needs("report.write")
async def set_value(turn: Turn) -> list[Message]:
    """A value that was shown on the button: last month's, the doubted one, the one of an edited message."""
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version):
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
    return await _accept(turn, sheet, position, value)


@needs("report.write")
async def skip(turn: Turn) -> list[Message]:
    """Leave a question empty: it is shown as a dash and never counted as zero."""
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version):
        return await stale_screen(turn, sheet)
    return await skipped(turn, sheet, int(turn.press.arg))


@needs("report.write")
async def go_to(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    filed = filed_screen(turn, sheet)
    if filed is not None:
        return filed
    position, data = int(turn.press.arg), turn.talk.data
    doubted = data.get("doubted", "") if data.get("at") == position else ""  # asked about once, not at every try
    return question(turn, sheet, position, back=back_of(turn, sheet), doubted=doubted)


@needs("report.write")
async def edit(turn: Turn) -> list[Message]:
    """A question opened from the review, which it returns to."""
    sheet = await working(turn, turn.press.object)
    return filed_screen(turn, sheet) or question(turn, sheet, int(turn.press.arg), back="review")


@needs("report.write")
async def move_on(turn: Turn) -> list[Message]:
    """Keep the answer that is there, and go on from it."""
    sheet = await working(turn, turn.press.object)
    position, _, back = turn.press.arg.partition(":")
    filed = filed_screen(turn, sheet)
    if filed is not None:
        return filed
    return await review(turn, sheet) if back else await onward(turn, sheet, int(position))


@needs("report.write")
async def show_current(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    return await current(turn, sheet)


@needs("report.write")
async def jump(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    return filed_screen(turn, sheet) or all_items(turn, sheet)


@needs("report.write")
async def list_page(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    return filed_screen(turn, sheet) or listing(turn, sheet, int(turn.press.arg))


@needs("report.write")
async def at_list(turn: Turn) -> list[Message]:
    """Typed at the list: the number or the code of an item."""
    sheet = await talked_of(turn)
    other = await _no_text(turn, sheet)
    if other is not None:
        return other
    try:
        wanted = item_meant(turn.text, sheet.asked, digits=True)
    except Refusal as refusal:
        return await current(turn, sheet, refusal_line(refusal))
    if wanted is None:
        choose = line("report.choose_item", total=len(sheet.asked))
        return await follow_beside(turn, sheet) or await current(turn, sheet, choose)
    return question(turn, sheet, wanted, back=back_of(turn, sheet))


@needs("report.write")
async def at_offer(turn: Turn) -> list[Message]:
    """Typed while a change is proposed: only a button decides, so that no number lands in the wrong question."""
    sheet = await talked_of(turn)
    other = await _no_text(turn, sheet)
    return other if other is not None else await current(turn, sheet, line("report.offer_dropped"))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {
    "report.number": take_number,
    "report.sure": take_sure,
    "report.list": at_list,
    "report.offer": at_offer,
}
ACTIONS: dict[str, Handler] = {
    "report.set": set_value,
    "report.read": read_value_chosen,
    "report.skip": skip,
    "report.go": go_to,
    "report.edit": edit,
    "report.next": move_on,
    "report.current": show_current,
    "report.jump": jump,
    "report.list": list_page,
}
