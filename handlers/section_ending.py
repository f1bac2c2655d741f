"""A member looks the section over, says that it is done, or that they cannot do it."""

from __future__ import annotations

from handlers.access import needs
from handlers.menu import go
from handlers.report_sheet import Line, line, refusal_line
from handlers.section_news import tell_asker, tell_ended
from handlers.section_pages import Own, act, facts, over, own, review_page, talked_of
from handlers.section_question import onward, question
from handlers.turn import Handler, Turn
from models import section_requests
from models.messages import Message
from models.rules import Refusal
from models.rules.reports import LONGEST_LINE, item_meant, sentence, way_meant
from models.rules.section_requests import DECLINED, DONE

WHY = "section.why"


@needs("section.write")
async def review(turn: Turn) -> list[Message]:
    mine = await own(turn, turn.press.object)
    return over(turn, mine) if mine.is_over else review_page(turn, mine)


@needs("section.write")
async def at_review(turn: Turn) -> list[Message]:
    """Typed at the list: the number or the code of a question, or a way on."""
    mine = await talked_of(turn)
    if mine.is_over:
        return over(turn, mine)
    try:
        wanted = item_meant(turn.text, mine.part, digits=True) if turn.incoming.kind == "text" else None
    except Refusal as refusal:
        return review_page(turn, mine, refusal_line(refusal))
    if wanted:
        return question(turn, mine, wanted)
    if way_meant(turn.text) == "next":
        return onward(turn, mine, "")
    return review_page(turn, mine, line("report.choose_item", total=len(mine.part)))


@needs("section.write")
async def finish(turn: Turn) -> list[Message]:
    """Done: whoever asked is told, and others asked for the same need not go on."""
    mine = await own(turn, turn.press.object)
    if mine.is_over:
        return over(turn, mine)
    sheet, request = mine.sheet, mine.request
    waiting = await section_requests.open_of_report(turn.session, sheet.report.id)
    others = [one.request for one in waiting if one.request.section == request.section and one.request is not request]
    for each in (request, *others):
        await section_requests.settle(turn.session, each, DONE, sheet.unit.id, by=turn.person_id, now=turn.now)
    await tell_asker(turn, sheet, request)
    await tell_ended(turn, sheet, others)
    turn.end()
    return [Message("section.finished", facts(mine), ((go("menu"),),))]


@needs("section.write")
async def decline(turn: Turn) -> list[Message]:
    mine = await own(turn, turn.press.object)
    return over(turn, mine) if mine.is_over else _ask_why(turn, mine)


def _ask_why(turn: Turn, mine: Own, *before: Line) -> list[Message]:
    turn.ask(WHY, request=mine.request.id)
    rows = ((act(mine, "section.button_no_reason", "refuse"),), (act(mine, "report.button_back", "review"),))
    return [Message("section.ask_why", facts(mine) | {"before": list(before)}, rows, expects="text")]


@needs("section.write")
async def take_why(turn: Turn) -> list[Message]:
    mine = await talked_of(turn)
    if mine.is_over:
        return over(turn, mine)
    if way_meant(turn.text) == "back":
        return review_page(turn, mine)
    try:
        return await _declined(turn, mine, sentence(turn.text if turn.incoming.kind == "text" else "", LONGEST_LINE))
    except Refusal as refusal:
        return _ask_why(turn, mine, refusal_line(refusal))


@needs("section.write")
async def refuse(turn: Turn) -> list[Message]:
    mine = await own(turn, turn.press.object)
    return over(turn, mine) if mine.is_over else await _declined(turn, mine, "")


async def _declined(turn: Turn, mine: Own, reason: str) -> list[Message]:
    await section_requests.settle(
        turn.session, mine.request, DECLINED, mine.sheet.unit.id, by=turn.person_id, now=turn.now
    )
    await tell_asker(turn, mine.sheet, mine.request, reason)
    turn.end()
    return [Message("section.declined", facts(mine), ((go("menu"),),))]


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"section.review": at_review, WHY: take_why}
ACTIONS: dict[str, Handler] = {
    "section.review": review,
    "section.done": finish,
    "section.decline": decline,
    "section.refuse": refuse,
}
