"""Pasting the whole report as one text: it is read, shown line by line, and written only when somebody agrees."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.access import needs, stale
from handlers.report_pages import filed_screen, onward, start_page
from handlers.report_paste_doubts import ask_doubts
from handlers.report_paste_pages import Draft, beside, draft_of, invitation, mark_of, review_page
from handlers.report_sheet import Line, is_same_talk, line, position_meant, refusal_line, talked_of, working
from handlers.turn import Handler, Turn
from models import answers
from models.messages import Message
from models.reports import Sheet
from models.rules import Refusal
from models.rules.answers import doubt
from models.rules.pasting import LONGEST
from models.rules.pasting_review import Item, decided, says_file
from models.rules.reports import read_value, way_meant, write_value


@needs("report.write")
async def begin(turn: Turn) -> list[Message]:
    """The buttons "paste" and "more": what is pasted next is read, together with what waits already."""
    sheet = await working(turn, turn.press.object)
    return invitation(turn, sheet, draft_of(turn, sheet))


@needs("report.write")
async def take_text(turn: Turn) -> list[Message]:
    """What is sent where a text is awaited."""
    sheet = await talked_of(turn)
    other = await _no_text(turn, sheet)
    if other is not None:
        return other
    draft = draft_of(turn, sheet)
    if not draft.text and way_meant(turn.text) in ("back", "leave", "next"):
        return await start_page(turn, sheet)
    return _read_on(turn, sheet, draft)


@needs("report.write")
async def at_review(turn: Turn) -> list[Message]:
    """Typed at the lines: "ghi", "3 = 45", "bỏ 3", or more of the report."""
    sheet = await talked_of(turn)
    other = await _no_text(turn, sheet)
    if other is not None:
        return other
    draft, page = draft_of(turn, sheet), int(turn.talk.data.get("page", 0))
    if says_file(turn.text):
        return await _file(turn, sheet, draft, draft.items(sheet, draft.read(sheet).found))
    if way_meant(turn.text) in ("back", "leave"):
        return await start_page(turn, sheet, line("paste.dropped"))
    try:
        meant = decided(turn.text, sheet.asked)
    except Refusal as refusal:
        return review_page(turn, sheet, draft, refusal_line(refusal), page=page)
    if meant is not None:
        return review_page(turn, sheet, draft.with_picked(*meant), page=page)
    if draft.is_file:
        return review_page(turn, sheet, draft, line("paste.choose"), page=page)
    return _read_on(turn, sheet, draft)


async def _no_text(turn: Turn, sheet: Sheet) -> list[Message] | None:
    """What answers anything but a text; the text pasted so far goes on waiting."""
    if not is_same_talk(turn, sheet):
        return await start_page(turn, sheet, line("report.filed_meanwhile"))
    if turn.incoming.kind == "text":
        return None
    return _again(turn, sheet, draft_of(turn, sheet), await beside(turn, sheet))


def _again(turn: Turn, sheet: Sheet, draft: Draft, *before: Line) -> list[Message]:
    if not draft.is_empty:
        return review_page(turn, sheet, draft, *before)
    return invitation(turn, sheet, draft, *before)


def _read_on(turn: Turn, sheet: Sheet, draft: Draft) -> list[Message]:
    """Read what was pasted together with what came before it."""
    known = {each.code: each.options for each in draft.read(sheet).found} if draft.text else {}
    joined = draft.joined(turn.text)
    pasted = joined.read(sheet)
    if {each.code: each.options for each in pasted.found} != known:
        return review_page(turn, sheet, joined, pasted=pasted)
    said = line("paste.nothing_new" if draft.text else "paste.nothing_read", most=LONGEST)
    return review_page(turn, sheet, draft, said) if draft.text else invitation(turn, sheet, draft, said)


@needs("report.write")
async def show_review(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    return filed_screen(turn, sheet) or _again(turn, sheet, draft_of(turn, sheet))


@needs("report.write")
async def show_page(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    draft = draft_of(turn, sheet)
    if draft.is_empty:
        return invitation(turn, sheet, draft, line("access.stale"))
    return review_page(turn, sheet, draft, page=int(turn.press.arg))


@needs("report.write")
async def pick(turn: Turn) -> list[Message]:
    """One of the values that an unclear line may mean; it is only chosen, not yet written."""
    sheet = await working(turn, turn.press.object)
    where, _, value = turn.press.arg.partition(":")
    position, draft = position_meant(sheet, where), draft_of(turn, sheet)
    if position is None or draft.is_empty:
        return _again(turn, sheet, draft, line("access.stale"))
    code, page = sheet.asked[position - 1].code, int(turn.talk.data.get("page", 0))
    return review_page(turn, sheet, draft.with_picked(code, read_value(value)), page=page)


@needs("report.write")
async def file(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    draft = draft_of(turn, sheet)
    lines = draft.items(sheet, draft.read(sheet).found)
    if stale(turn, sheet.report.version) or mark_of(lines) != turn.press.arg or draft.is_empty:
        return _again(turn, sheet, draft, line("access.stale"))
    return await _file(turn, sheet, draft, lines)


async def _file(turn: Turn, sheet: Sheet, draft: Draft, lines: Sequence[Item]) -> list[Message]:
    """Write what is chosen; a number far from last month's is asked about first, then comes the rest of the report."""
    if not any(each.is_new for each in lines):
        return _again(turn, sheet, draft, line("paste.nothing_chosen"))
    doubts, count, wrong = [], 0, []
    for each in lines:
        value, indicator = each.chosen, each.indicator
        if value is None or not each.is_new:
            continue
        if indicator.constraint and sheet.course.breaks(indicator, value):
            wrong.append(indicator.short_label)
        elif doubt(value, sheet.last.get(indicator.code), sheet.form.outliers):
            doubts.append([indicator.code, write_value(value)])
        else:
            answers.keep(turn.session, sheet, indicator.code, value, person_id=turn.person_id, now=turn.now)
            count += 1
    said = line("paste.filed", count=count, doubts=len(doubts), wrong=wrong)
    return ask_doubts(turn, sheet, doubts, said) if doubts else await onward(turn, sheet, 0, said)


@needs("report.write")
async def drop(turn: Turn) -> list[Message]:
    """Nothing of what was pasted is written."""
    sheet = await working(turn, turn.press.object)
    return await start_page(turn, sheet, line("paste.dropped"))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"paste.text": take_text, "paste.review": at_review}
ACTIONS: dict[str, Handler] = {
    "paste.open": begin,
    "paste.more": begin,
    "paste.review": show_review,
    "paste.page": show_page,
    "paste.pick": pick,
    "paste.file": file,
    "paste.drop": drop,
}
