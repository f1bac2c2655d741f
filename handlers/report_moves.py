"""Moving about in a report: past a question, to another, to the list of them all."""

from __future__ import annotations

from handlers.access import needs, stale
from handlers.report_answer import no_text
from handlers.report_pages import current, filed_screen, onward, review, stale_screen
from handlers.report_questions import listing, question
from handlers.report_sheet import back_of, line, position_meant, refusal_line, talked_of, working
from handlers.report_ways import all_items, follow_beside, skipped
from handlers.turn import Handler, Turn
from models.messages import Message
from models.rules import Refusal
from models.rules.reports import item_meant


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
    position, data = position_meant(sheet, turn.press.arg), turn.talk.data
    if position is None:
        return await onward(turn, sheet, 0, line("report.not_asked_now"))
    doubted = data.get("doubted", "") if data.get("at") == position else ""  # asked about once, not at every try
    return await question(turn, sheet, position, back=back_of(turn, sheet), doubted=doubted)


@needs("report.write")
async def edit(turn: Turn) -> list[Message]:
    """A question opened from the review, which it returns to."""
    sheet = await working(turn, turn.press.object)
    filed, position = filed_screen(turn, sheet), position_meant(sheet, turn.press.arg)
    if position is None:
        return filed or await review(turn, sheet, line("report.not_asked_now"))
    return filed or await question(turn, sheet, position, back="review")


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
    other = await no_text(turn, sheet)
    if other is not None:
        return other
    try:
        wanted = item_meant(turn.text, sheet.asked, digits=True)
    except Refusal as refusal:
        return await current(turn, sheet, refusal_line(refusal))
    if wanted is None:
        choose = line("report.choose_item", total=len(sheet.asked))
        return await follow_beside(turn, sheet) or await current(turn, sheet, choose)
    return await question(turn, sheet, wanted, back=back_of(turn, sheet))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"report.list": at_list}
ACTIONS: dict[str, Handler] = {
    "report.skip": skip,
    "report.go": go_to,
    "report.edit": edit,
    "report.next": move_on,
    "report.current": show_current,
    "report.jump": jump,
    "report.list": list_page,
}
