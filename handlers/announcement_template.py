"""Templates of announcements: found, used, called otherwise, removed."""

from __future__ import annotations

from handlers import announcement_pages
from handlers.access import needs, stale
from handlers.announcement_pages import SPEAK
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.private_words import refused
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from handlers.unit_pages import reach
from models import announcement_templates, announcements
from models.announcement_templates import Kept
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.announcement_text import plain
from models.rules.announcement_titles import read_title
from models.rules.folding import shorten
from models.rules.permissions import may
from models.rules.trees import ids_of
from models.tables import Unit

ROWS = 6  # templates on one screen
SHOWN = 500  # characters of the text on the card; the draft shows the rest
RENAME = "announcement_template.rename"


@needs("announcement.send")
async def show_list(turn: Turn) -> list[Message]:
    """Those of the office and of the offices above; `arg`: the page."""
    unit = await reach(turn, SPEAK, turn.press.object)
    turn.end()
    return [await _list(turn, unit, int(turn.press.arg) if turn.press.arg.isdecimal() else 0)]


@needs("announcement.send")
async def show(turn: Turn) -> list[Message]:
    """One of them, for the office that looks at it; `arg`: the template."""
    unit, kept = await _known(turn)
    turn.end()
    return [_card(turn, unit, kept)]


@needs("announcement.send")
async def use(turn: Turn) -> list[Message]:
    """A draft begun from it. Whom it is for is taken over from the office's own alone."""
    unit, kept = await _known(turn)
    body = dict(kept.template.body)
    if kept.unit.id != unit.id:
        body.pop("audience", None)
    made = await announcements.begin(turn.session, unit, turn.person_id, turn.now, body)
    draft = await announcement_pages.reach_draft(turn, made.id)
    return [await announcement_pages.card(turn, draft, line("announcement_template.used", title=kept.template.title))]


@needs("announcement.send")
async def ask_name(turn: Turn) -> list[Message]:
    kept = await _own(turn, turn.press.object)
    return [_ask_name(turn, kept)]


@needs("announcement.send")
async def take_name(turn: Turn) -> list[Message]:
    kept = await _own(turn, int(turn.talk.data.get("template", 0)))
    try:
        title = await typed_title(turn)
    except Refusal as no:
        return [_ask_name(turn, kept, refusal_line(no))]
    template = kept.template
    if await announcement_templates.titled(turn.session, kept.unit.id, title, but=template.id):
        return [_ask_name(turn, kept, line("announcement_template.taken", title=title))]
    await announcement_templates.rename(turn.session, template, title, by=turn.person_id, now=turn.now)
    turn.end()
    return [_card(turn, kept.unit, kept, line("announcement_template.renamed"))]


@needs("announcement.send")
async def ask_remove(turn: Turn) -> list[Message]:
    kept = await _own(turn, turn.press.object)
    turn.end()
    template = kept.template
    sure = Button(
        "announcement_template.button_remove_sure", "announcement_template.gone", template.id, template.version
    )
    values = {"title": template.title}
    return [Message("announcement_template.ask_remove", values, ((sure,), (_back_to(kept),)), place=place_of(turn))]


@needs("announcement.send")
async def remove(turn: Turn) -> list[Message]:
    kept = await _own(turn, turn.press.object)
    if stale(turn, kept.template.version):
        return [_card(turn, kept.unit, kept, line("access.stale"))]
    await announcement_templates.remove(turn.session, kept.template, by=turn.person_id, now=turn.now)
    turn.end()
    return [await _list(turn, kept.unit, 0, line("announcement_template.removed", title=kept.template.title))]


async def typed_title(turn: Turn) -> str:
    """Raises announcement_draft.private, .only_text and those of `read_title`."""
    if private := await refused(turn, office=True):
        raise Refusal("announcement_draft.private", kind=private)
    return read_title(turn.text if turn.incoming.kind == "text" else "")


async def _known(turn: Turn) -> tuple[Unit, Kept]:
    """The office, and a template that it may use: its own, or of an office above."""
    unit = await reach(turn, SPEAK, turn.press.object)
    number = int(turn.press.arg) if turn.press.arg.isdecimal() else 0
    kept = await announcement_templates.find(turn.session, number)
    if kept is None or kept.unit.id not in ids_of(unit.path):
        raise Refusal("permission.not_found")
    return unit, kept


async def _own(turn: Turn, template_id: int) -> Kept:
    """A template of an office that the speaker speaks for, held."""
    kept = await announcement_templates.find(turn.session, template_id, lock=True)
    turn.allow(SPEAK, None if kept is None else kept.unit.path)
    assert kept is not None
    return kept


async def _list(turn: Turn, unit: Unit, page: int, *before: Line) -> Message:
    count = await announcement_templates.count(turn.session, unit)
    at = min(page, max(count - 1, 0) // ROWS)
    found = await announcement_templates.known_to(turn.session, unit, at * ROWS, ROWS)
    around = tuple(
        Button(label, "announcement_template.list", unit.id, arg=str(to))
        for label, to in (("announcement_home.button_before", at - 1), ("announcement_home.button_after", at + 1))
        if 0 <= to * ROWS < count
    )
    rows = [(_line(each, unit),) for each in found]
    home = (Button("announcement_home.button_back", "announcement.home", unit.id), go("menu"))
    values = {"before": list(before), "unit": unit.name, "count": count}
    shown = tuple(row for row in (*rows, around, home) if row)
    return Message("announcement_template.list", values, shown, place=place_of(turn))


def _line(kept: Kept, unit: Unit) -> Button:
    values = {"title": kept.template.title, "unit": "" if kept.unit.id == unit.id else kept.unit.name}
    label = "announcement_template.button_line"
    return Button(label, "announcement_template.show", unit.id, arg=str(kept.template.id), values=values)


def _card(turn: Turn, unit: Unit, kept: Kept, *before: Line) -> Message:
    template = kept.template
    use_it = Button("announcement_template.button_use", "announcement_template.use", unit.id, arg=str(template.id))
    change = (
        Button("announcement_template.button_rename", "announcement_template.rename", template.id),
        Button("announcement_template.button_remove", "announcement_template.remove", template.id),
    )
    back = Button("announcement_template.button_list", "announcement_template.list", unit.id, arg="0")
    values = {
        "before": list(before),
        "title": template.title,
        "unit": kept.unit.name,
        "text": shorten(plain(template.body["text"]), SHOWN),
        "files": len(template.body.get("files", ())),
        "at": template.at,
    }
    own = (change,) if may(turn.actor, SPEAK, kept.unit.path) else ()
    return Message("announcement_template.card", values, ((use_it,), *own, (back, go("menu"))), place=place_of(turn))


def _ask_name(turn: Turn, kept: Kept, *before: Line) -> Message:
    turn.ask(RENAME, template=kept.template.id)
    values = {"before": list(before), "title": kept.template.title}
    rows = ((_back_to(kept), go("huy")),)
    return Message("announcement_template.ask_name", values, rows, expects="text", place=place_of(turn))


def _back_to(kept: Kept) -> Button:
    label, number = "announcement_template.button_back", str(kept.template.id)
    return Button(label, "announcement_template.show", kept.unit.id, arg=number)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {RENAME: take_name}
ACTIONS: dict[str, Handler] = {
    "announcement_template.list": show_list,
    "announcement_template.show": show,
    "announcement_template.use": use,
    "announcement_template.rename": ask_name,
    "announcement_template.remove": ask_remove,
    "announcement_template.gone": remove,
}
