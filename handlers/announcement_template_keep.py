"""Keeping an announcement as a template: how it shall be called, and whether it takes the place of one called so."""

from __future__ import annotations

from handlers.access import needs
from handlers.announcement_progress import card, reached
from handlers.announcement_template import typed_title
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from models import announcement_templates, announcements
from models.announcements import DRAFT, Announced
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.announcement_titles import title_from

TITLE, SAME = "announcement_template_keep.title", "announcement_template_keep.same"


@needs("announcement.send")
async def begin(turn: Turn) -> list[Message]:
    """The button on the card of a draft, or of one that was sent."""
    announced = await reached(turn, turn.press.object)
    if not announced.announcement.text:
        return [await card(turn, announced, line("announcement_template_keep.no_text"))]
    return [_ask_title(turn, announced)]


@needs("announcement.send")
async def take_title(turn: Turn) -> list[Message]:
    announced = await _talked_of(turn)
    try:
        title = await typed_title(turn)
    except Refusal as no:
        return [_ask_title(turn, announced, refusal_line(no))]
    return [await _called(turn, announced, title)]


@needs("announcement.send")
async def take_offered(turn: Turn) -> list[Message]:
    """The first words of the text, as the button offers them."""
    announced = await reached(turn, turn.press.object)
    return [await _called(turn, announced, title_from(announced.announcement.text))]


@needs("announcement.send")
async def replace(turn: Turn) -> list[Message]:
    announced = await reached(turn, turn.press.object)
    data = turn.talk.data
    if turn.talk.flow != SAME or data.get("announcement") != announced.announcement.id:
        return [await card(turn, announced, line("access.stale"))]
    return [await _keep(turn, announced, str(data["title"]))]


async def _called(turn: Turn, announced: Announced, title: str) -> Message:
    if not title:
        return await card(turn, announced, line("announcement_template_keep.no_text"))
    same = await announcement_templates.titled(turn.session, announced.unit.id, title)
    if same is None:
        return await _keep(turn, announced, title)
    turn.ask(SAME, announcement=announced.announcement.id, title=same.title)
    sure = _button(announced, "button_replace", "announcement_template.replace")
    values = {"before": [], "title": same.title}
    rows = ((sure,), (_way_back(announced), go("huy")))
    return Message("announcement_template_keep.same", values, rows, expects="text", place=place_of(turn))


async def _keep(turn: Turn, announced: Announced, title: str) -> Message:
    body = announcements.body_of(announced.announcement)
    await announcement_templates.keep(turn.session, announced.unit.id, title, body, by=turn.person_id, now=turn.now)
    return await card(turn, announced, line("announcement_template_keep.kept", title=title))


async def _talked_of(turn: Turn) -> Announced:
    return await reached(turn, int(turn.talk.data.get("announcement", 0)))


def _ask_title(turn: Turn, announced: Announced, *before: Line) -> Message:
    turn.ask(TITLE, announcement=announced.announcement.id)
    offered = title_from(announced.announcement.text)
    take = _button(announced, "button_offered", "announcement_template.called", title=offered)
    values = {"before": list(before), "number": announced.announcement.id, "unit": announced.unit.name}
    rows = ((take,), (_way_back(announced), go("huy")))
    return Message("announcement_template_keep.ask_title", values, rows, expects="text", place=place_of(turn))


def _way_back(announced: Announced) -> Button:
    is_draft = announced.announcement.state == DRAFT
    return _button(announced, "button_back", "announcement.draft" if is_draft else "announcement.show")


def _button(announced: Announced, label: str, action: str, **values: str) -> Button:
    return Button(f"announcement_template_keep.{label}", action, announced.announcement.id, values=values)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {TITLE: take_title, SAME: take_title}
ACTIONS: dict[str, Handler] = {
    "announcement_template.keep": begin,
    "announcement_template.called": take_offered,
    "announcement_template.replace": replace,
}
