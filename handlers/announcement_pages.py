"""The card of a draft: what the announcement says so far, to whom, how; and every way to change it."""

from __future__ import annotations

from typing import Any

from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.report_sheet import Line
from handlers.turn import Turn
from models import announcements
from models.announcements import DRAFT, Announced
from models.audiences import describe
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.announcement_hosts import hosts_in
from models.rules.announcement_links import host_of
from models.rules.announcement_text import plain, units_of
from models.rules.audiences import audience_of
from models.rules.folding import shorten
from models.tables import Announcement

SPEAK = "announcement.send"
WRITING = "announcement_draft.card"  # the flow in which whatever is typed or sent becomes a part of the draft
SHOWN_TEXT = 160  # characters of the text on the card
SHOWN_NAME = 24  # characters of a file's name
Rows = tuple[tuple[Button, ...], ...]


async def reach(turn: Turn, announcement_id: int) -> Announced:
    """An announcement in whose unit's name the speaker may speak; somebody else's draft is not there."""
    announced = await announcements.find(turn.session, announcement_id)
    turn.allow(SPEAK, None if announced is None else announced.unit.path)
    assert announced is not None
    announcement = announced.announcement
    if announcement.state == DRAFT and announcement.author_id != turn.actor.person_id:
        raise Refusal("permission.not_found")
    return announced


async def reach_draft(turn: Turn, announcement_id: int) -> Announced:
    """A draft of the speaker's, held until the turn ends. Raises announcement.no_draft when it is none any more."""
    await announcements.lock(turn.session, announcement_id)
    announced = await reach(turn, announcement_id)
    if announced.announcement.state != DRAFT:
        raise Refusal("announcement.no_draft", number=announcement_id)
    return announced


async def talked_of(turn: Turn) -> Announced:
    """The draft that the talk is about."""
    return await reach_draft(turn, int(turn.talk.data.get("announcement", 0)))


async def card(turn: Turn, announced: Announced, *before: Line, notice: str = "", undo: str | None = None) -> Message:
    """The hub of a draft. `before`: lines to stand above it. `undo`: the text as it was, when a part came behind it."""
    announcement = announced.announcement
    turn.ask(WRITING, announcement=announcement.id, **({"undo": undo} if undo is not None else {}))
    described = await describe(turn.session, audience_of(announcement.audience), announced.unit)
    values = {
        "before": list(before),
        "number": announcement.id,
        "unit": announced.unit.name,
        "text": shorten(plain(announcement.text), SHOWN_TEXT),
        "length": units_of(announcement.text),
        "files": named_files(announcement),
        "label": announcement.link.get("label", ""),
        "host": host_of(announcement.link.get("url", "")),
        "foreign": foreign_hosts(turn, announced),
        "replaces": announcement.replaces_id,
        "kind": announcement.kind,
        "asks_proof": announcement.asks_proof,
        "is_urgent": announcement.is_urgent,
        "audience": described.values(),
    }
    rows = _rows(announced, undo is not None)
    return Message("announcement_draft.card", values, rows, notice=notice, place=place_of(turn))


def foreign_hosts(turn: Turn, announced: Announced) -> list[str]:
    """Where the announcement leads that somebody else has to agree to."""
    announcement = announced.announcement
    hosts = hosts_in(announcement.text, announcement.link.get("url", ""))
    return [host for host in hosts if not turn.announcing.is_open(host)]


def named_files(announcement: Announcement) -> list[dict[str, Any]]:
    """Its files in their order; a picture is called by its number, for channels give pictures no names."""
    found: list[dict[str, Any]] = []
    for each in announcement.files:
        is_picture = each["mime"].startswith("image/")
        pictures = sum(bool(one["picture"]) for one in found)
        found.append({"name": shorten(each["name"], SHOWN_NAME), "picture": pictures + 1 if is_picture else 0})
    return found


def acts(announced: Announced, label: str, action: str, arg: str = "", **values: Any) -> Button:
    """A button that changes the draft: stale once anything in it has changed."""
    announcement = announced.announcement
    return Button(f"announcement_draft.{label}", action, announcement.id, announcement.version, arg, values)


def back(announced: Announced, label: str = "button_back") -> Button:
    """To the card of the draft."""
    return Button(f"announcement_draft.{label}", "announcement.draft", announced.announcement.id)


def _rows(announced: Announced, can_undo: bool) -> Rows:
    announcement = announced.announcement
    undo = (acts(announced, "button_undo", "announcement.undo_text"),) if can_undo else ()
    text = acts(announced, "button_text", "announcement.text")
    files = acts(announced, "button_files", "announcement.files", count=len(announcement.files))
    link = acts(announced, "button_link", "announcement.link")
    audience = acts(announced, "button_audience", "announcement.audience")
    look = acts(announced, "button_preview", "announcement.preview")
    test = acts(announced, "button_test", "announcement.test")
    night = acts(announced, "button_night", "announcement.night", urgent=announcement.is_urgent)
    kind = acts(announced, "button_kind", "announcement.kind", kind=announcement.kind)
    proof = acts(announced, "button_proof", "announcement.proof", asked=announcement.asks_proof)
    send = acts(announced, "button_send", "announcement.send")
    template = acts(announced, "button_template", "announcement_template.keep")
    again = acts(announced, "button_again", "announcement_plan.begin")
    seldom = (link, night) if announcement.kind == "duty" else (link,)
    last = (acts(announced, "button_discard", "announcement.discard"), go("menu"))
    # what everybody comes for stands on top: a phone shows no more than the first rows beside the text
    road = ((audience, look), (send, test)) if announcement.text else ((audience,),)
    rows = (undo, *road, (text, files), (kind, proof), seldom, (again, template) if announcement.text else (), last)
    return tuple(row for row in rows if row)
