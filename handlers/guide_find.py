"""Looking for a guide by what people call it."""

from __future__ import annotations

from handlers import guide_doors, menu, start, visit_log
from handlers.access import public
from handlers.guide_pages import FIND, card, list_page
from handlers.private_words import refused
from handlers.turn import Handler, Turn
from models.messages import Message
from models.rules.folding import shorten
from models.rules.guide_search import hits
from models.rules.quick_logs import is_line
from models.rules.search_index import is_clear

MOST = 5  # candidates on one screen
STRAY_LINES, STRAY_LETTERS = 3, 300  # more was written for somebody else


@public
async def free_text(turn: Turn) -> list[Message]:
    """A text that nothing waits for: perhaps the name of a guide. Else what is said to whoever is lost.

    Among the guides "5 lượt VNeID" is no name but the visits of a busy day.
    """
    if turn.talk.flow == FIND and turn.incoming.kind == "text" and is_line(turn.text):
        return await visit_log.begin(turn)
    if turn.incoming.kind == "text" and (turn.talk.flow == FIND or await _asks_for_guide(turn)):
        return await results(turn, turn.text)
    return await (menu.lost(turn) if turn.actor.roles else start.begin(turn))


async def results(turn: Turn, wanted: str) -> list[Message]:
    """The guides that fit, the best first; the one that is meant beyond doubt is opened."""
    if kind := await refused(turn):
        return [list_page(turn, "question.private", (), {"kind": kind})]
    book = await turn.guides.current(turn.session)
    found = hits(book, wanted) or hits(book, wanted, looking=True)
    guides = [guide for hit in found[:MOST] if (guide := book.get(hit.code)) is not None]
    if guides and is_clear(found):
        return [await card(turn, guides[0])]
    values = {"wanted": shorten(wanted.strip(), 60)}
    if guides:
        return [list_page(turn, "guide.found", guides, values)]
    return [list_page(turn, "guide.not_found", (), values, guide_doors.find_ways(turn))]


async def _asks_for_guide(turn: Turn) -> bool:
    if len(turn.text) > STRAY_LETTERS or len(turn.text.strip().splitlines()) > STRAY_LINES:
        return False
    return bool(hits(await turn.guides.current(turn.session), turn.text))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {}
