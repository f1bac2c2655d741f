"""Writing an announcement: a draft from the first words on, and whatever is typed or sent next becomes part of it."""

from __future__ import annotations

from handlers.access import needs, stale, takes_files
from handlers.announcement_draft_files import attach
from handlers.announcement_pages import SPEAK, WRITING, acts, back, card, reach_draft, talked_of
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.private_words import refused
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from handlers.unit_pages import reach
from models import announcements
from models.announcements import Announced
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.announcement_text import read_text
from models.tables import Unit

NEW, TEXT, SURE = "announcement_new.text", "announcement_draft.text", "announcement_draft.sure"


@needs("announcement.send")
async def begin(turn: Turn) -> list[Message]:
    """A new one in the name of a unit: nothing is made before something is typed."""
    unit = await reach(turn, SPEAK, turn.press.object)
    turn.ask(NEW, unit=unit.id)
    return [_ask_first(turn, unit)]


@needs("announcement.send")
@takes_files
async def take_first(turn: Turn) -> list[Message]:
    """The first words, or the first files: from here on there is a draft."""
    unit = await reach(turn, SPEAK, turn.talk.data["unit"])
    try:
        text = "" if turn.files else await _typed(turn)
    except Refusal as no:
        return [_ask_first(turn, unit, refusal_line(no))]
    announcement = await announcements.begin(turn.session, unit, turn.person_id, turn.now, {"text": text})
    announced = await reach_draft(turn, announcement.id)
    if turn.files:
        return await _take_sent(turn, announced)
    return [await card(turn, announced, line("announcement_draft.begun"))]


@needs("announcement.send")
async def show(turn: Turn) -> list[Message]:
    return [await card(turn, await reach_draft(turn, turn.press.object))]


@needs("announcement.send")
@takes_files
async def take_more(turn: Turn) -> list[Message]:
    """At the card: a further paragraph, a picture, a paper."""
    announced = await talked_of(turn)
    if turn.files:
        return await _take_sent(turn, announced)
    before = announced.announcement.text
    try:
        text = await _typed(turn, before)
    except Refusal as no:
        return [await card(turn, announced, refusal_line(no))]
    await announcements.change(turn.session, announced.announcement, turn.now, text=text)
    if not before:
        return [await card(turn, announced, line("announcement_draft.begun"))]
    return [await card(turn, announced, line("announcement_draft.added"), undo=before)]


@needs("announcement.send")
async def undo(turn: Turn) -> list[Message]:
    """Take back the paragraph that came last."""
    announced = await reach_draft(turn, turn.press.object)
    data = turn.talk.data
    same = turn.talk.flow == WRITING and data.get("announcement") == announced.announcement.id and "undo" in data
    if not same or stale(turn, announced.announcement.version):
        return [await card(turn, announced, notice="access.stale")]
    await announcements.change(turn.session, announced.announcement, turn.now, text=data["undo"])
    return [await card(turn, announced, notice="announcement_draft.undone")]


@needs("announcement.send")
async def ask_text(turn: Turn) -> list[Message]:
    """The whole text as it was typed, to be written anew."""
    announced = await reach_draft(turn, turn.press.object)
    return [_ask_text(turn, announced)]


@needs("announcement.send")
async def take_text(turn: Turn) -> list[Message]:
    announced = await talked_of(turn)
    try:
        text = await _typed(turn)
    except Refusal as no:
        return [_ask_text(turn, announced, refusal_line(no))]
    await announcements.change(turn.session, announced.announcement, turn.now, text=text)
    return [await card(turn, announced, line("announcement_draft.rewritten"))]


@needs("announcement.send")
async def ask_discard(turn: Turn) -> list[Message]:
    announced = await reach_draft(turn, turn.press.object)
    turn.ask(SURE, announcement=announced.announcement.id)
    return [_sure(turn, announced)]


@needs("announcement.send")
async def at_sure(turn: Turn) -> list[Message]:
    """Something typed where one of two buttons is awaited."""
    return [_sure(turn, await talked_of(turn), line("announcement_draft.choose_below"))]


@needs("announcement.send")
async def discard(turn: Turn) -> list[Message]:
    announced = await reach_draft(turn, turn.press.object)
    if stale(turn, announced.announcement.version):
        return [await card(turn, announced, notice="access.stale")]
    await announcements.discard(turn.session, announced.announcement, turn.now)
    turn.end()
    home = Button("announcement_home.button_back", "announcement.home", announced.unit.id)
    values = {"number": announced.announcement.id}
    return [Message("announcement_draft.discarded", values, ((home, go("menu")),), place=place_of(turn))]


async def _take_sent(turn: Turn, announced: Announced) -> list[Message]:
    """Files, and what was written under them as a paragraph of the text."""
    said: list[Line] = [await attach(turn, announced)]
    if turn.text.strip():
        try:
            text = await _typed(turn, announced.announcement.text)
            await announcements.change(turn.session, announced.announcement, turn.now, text=text)
        except Refusal as no:
            said.append(refusal_line(no))
    return [await card(turn, announced, *said)]


async def _typed(turn: Turn, before: str = "") -> str:
    """The text with what was typed, free of a citizen's data. Raises announcement.private and those of `read_text`."""
    if private := await refused(turn, office=True):
        raise Refusal("announcement_draft.private", kind=private)
    if turn.incoming.kind == "edit":
        raise Refusal("announcement_draft.edited")
    if turn.incoming.kind != "text" and not turn.files:
        raise Refusal("announcement_draft.only_text")
    return read_text(turn.text, turn.announcing.text_limit, before)


def _ask_first(turn: Turn, unit: Unit, *before: Line) -> Message:
    back_home = Button("announcement_home.button_back", "announcement.home", unit.id)
    values = {"before": list(before), "unit": unit.name, "most": turn.announcing.text_limit}
    return Message("announcement_draft.ask_first", values, ((back_home, go("menu")),), "text", place=place_of(turn))


def _ask_text(turn: Turn, announced: Announced, *before: Line) -> Message:
    announcement = announced.announcement
    turn.ask(TEXT, announcement=announcement.id)
    values = {"before": list(before), "number": announcement.id, "text": announcement.text}
    keep = back(announced, "button_keep")
    return Message("announcement_draft.ask_text", values, ((keep,),), "text", place=place_of(turn))


def _sure(turn: Turn, announced: Announced, *before: Line) -> Message:
    values = {"before": list(before), "number": announced.announcement.id}
    rows = (
        (acts(announced, "button_discard_sure", "announcement.discard_now"),),
        (back(announced, "button_keep_draft"),),
    )
    return Message("announcement_draft.ask_discard", values, rows, place=place_of(turn))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {NEW: take_first, WRITING: take_more, TEXT: take_text, SURE: at_sure}
ACTIONS: dict[str, Handler] = {
    "announcement.begin": begin,
    "announcement.draft": show,
    "announcement.undo_text": undo,
    "announcement.text": ask_text,
    "announcement.discard": ask_discard,
    "announcement.discard_now": discard,
}
