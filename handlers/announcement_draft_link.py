"""The one button of an announcement that leads out of the chat; the host it leads to is said back."""

from __future__ import annotations

from handlers.access import needs, stale
from handlers.announcement_pages import acts, back, card, reach_draft, talked_of
from handlers.guide_pages import place_of
from handlers.private_words import refused
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from models import announcements
from models.announcements import Announced
from models.messages import Message
from models.rules import Refusal
from models.rules.announcement_links import LONGEST_LABEL, host_of, read_link

LINK = "announcement_draft.link"


@needs("announcement.send")
async def ask_link(turn: Turn) -> list[Message]:
    return [_page(turn, await reach_draft(turn, turn.press.object))]


@needs("announcement.send")
async def take_link(turn: Turn) -> list[Message]:
    announced = await talked_of(turn)
    try:
        if private := await refused(turn, office=True):
            raise Refusal("announcement_draft.private", kind=private)
        link = read_link(turn.text if turn.incoming.kind == "text" else "")
    except Refusal as no:
        return [_page(turn, announced, refusal_line(no))]
    kept = {"label": link.label, "url": link.url}
    await announcements.change(turn.session, announced.announcement, turn.now, link=kept)
    return [await card(turn, announced, line("announcement_draft.link_kept", host=link.host))]


@needs("announcement.send")
async def drop(turn: Turn) -> list[Message]:
    announced = await reach_draft(turn, turn.press.object)
    if stale(turn, announced.announcement.version):
        return [await card(turn, announced, notice="access.stale")]
    await announcements.change(turn.session, announced.announcement, turn.now, link={})
    return [await card(turn, announced, notice="announcement_draft.link_dropped")]


def _page(turn: Turn, announced: Announced, *before: Line) -> Message:
    link = announced.announcement.link
    turn.ask(LINK, announcement=announced.announcement.id)
    values = {
        "before": list(before),
        "number": announced.announcement.id,
        "label": link.get("label", ""),
        "host": host_of(link.get("url", "")),
        "most": LONGEST_LABEL,
    }
    away = (acts(announced, "button_drop_link", "announcement.drop_link"),) if link else ()
    rows = (*((away,) if away else ()), (back(announced),))
    return Message("announcement_draft.ask_link", values, rows, "text", place=place_of(turn))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {LINK: take_link}
ACTIONS: dict[str, Handler] = {"announcement.link": ask_link, "announcement.drop_link": drop}
