"""Putting an announcement right that went out: a draft that begins with what it said and takes its place when sent."""

from __future__ import annotations

from handlers import announcement_pages
from handlers.access import needs
from handlers.announcement_progress import card, reached
from handlers.report_sheet import line
from handlers.turn import Handler, Turn
from models import announcement_corrections, announcements
from models.messages import Message
from models.received_announcements import OUT


@needs("announcement.send")
async def begin(turn: Turn) -> list[Message]:
    """One correction of each: where a colleague's is on its way, that one is shown."""
    announced = await reached(turn, turn.press.object, lock=True)
    number = announced.announcement.id
    held = await announcement_corrections.on_its_way(turn.session, number)
    if held is not None:
        return [await card(turn, held, line("announcement_replace.there", number=number))]
    if announced.announcement.state not in OUT:
        return [await card(turn, announced, line("announcement_replace.over"))]
    made = await announcement_corrections.begin(turn.session, announced, turn.person_id, turn.now)
    draft = await announcements.find(turn.session, made.id)
    assert draft is not None
    return [await announcement_pages.card(turn, draft, line("announcement_replace.begun", number=number))]


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"announcement.replace": begin}
