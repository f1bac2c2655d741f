"""Announcements (`/thongbao`): for an office the place to write them and to find them again, for others what came."""

from __future__ import annotations

from typing import Any

from handlers import announcement_received
from handlers.access import needs, public
from handlers.announcement_pages import SPEAK
from handlers.guide_pages import pairs, place_of
from handlers.menu import go
from handlers.turn import Handler, Turn
from handlers.unit_pages import reach
from models import announcements, received_announcements, unit_choices
from models.announcements import DRAFT, LISTS, Announced
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.announcement_text import plain
from models.rules.folding import shorten
from models.rules.permissions import GRANTS
from models.tables import Unit

ROWS = 6  # announcements on one screen
SHOWN = 34  # characters of a text on a button


@public
async def show(turn: Turn) -> list[Message]:
    """An office comes to its announcements, of several offices the speaker says which; everybody else to what came."""
    speaking = await offices(turn)
    if not speaking:
        return [await announcement_received.page(turn, 0)]
    turn.end()
    if len(speaking) == 1:
        return [await _home(turn, speaking[0])]
    rows = [(Button("announcement_home.button_office", "announcement.home", each.id, values={"unit": each.name}),)
            for each in speaking]  # fmt: skip
    last = (*await _received(turn), go("menu"))
    return [Message("announcement_home.which", {}, (*rows, last), place=place_of(turn))]


@needs("announcement.send")
async def home(turn: Turn) -> list[Message]:
    """The announcements of one office."""
    unit = await reach(turn, SPEAK, turn.press.object)
    turn.end()
    return [await _home(turn, unit)]


@needs("announcement.send")
async def show_list(turn: Turn) -> list[Message]:
    """One list of an office: `arg` is its name and the page, "done.2"."""
    unit = await reach(turn, SPEAK, turn.press.object)
    name, _, page = turn.press.arg.partition(".")
    if name not in LISTS:
        raise Refusal("permission.not_found")
    turn.end()
    counts = await announcements.count_by_list(turn.session, [unit.path], turn.person_id)
    at = min(int(page) if page.isdecimal() else 0, max(counts[name] - 1, 0) // ROWS)
    found = await announcements.of_office(turn.session, [unit.path], turn.person_id, name, at * ROWS, ROWS)
    around = [
        Button(label, "announcement.list", unit.id, arg=f"{name}.{to}")
        for label, to in (("announcement_home.button_before", at - 1), ("announcement_home.button_after", at + 1))
        if 0 <= to * ROWS < counts[name]
    ]
    rows = [(_line(each, unit),) for each in found]
    back = Button("announcement_home.button_back", "announcement.home", unit.id)
    values = {"unit": unit.name, "list": name, "count": counts[name]}
    shown = tuple(row for row in (*rows, tuple(around), (back, go("menu"))) if row)
    return [Message("announcement_home.list", values, shown, place=place_of(turn))]


async def _home(turn: Turn, unit: Unit) -> Message:
    counts = await announcements.count_by_list(turn.session, [unit.path], turn.person_id)
    lists = [
        Button(
            f"announcement_home.button_{name}", "announcement.list", unit.id, arg=f"{name}.0", values={"count": many}
        )
        for name, many in counts.items()
        if many
    ]
    write = (Button("announcement_home.button_write", "announcement.begin", unit.id),)
    schedule = Button("announcement_schedule.button_open", "announcement_schedule.list", unit.id, arg="0")
    templates = Button("announcement_template.button_open", "announcement_template.list", unit.id, arg="0")
    rows = (write, *pairs(lists), (schedule, templates), await _received(turn), (go("menu"),))
    values: dict[str, Any] = {"unit": unit.name, **counts}
    return Message("announcement_home.home", values, tuple(row for row in rows if row), place=place_of(turn))


async def offices(turn: Turn) -> list[Unit]:
    """The open units in whose name the speaker may speak."""
    ids = turn.actor.units(*GRANTS[SPEAK])
    return [unit for unit in await unit_choices.of_ids(turn.session, ids) if unit.closed_on is None]


async def _received(turn: Turn) -> tuple[Button, ...]:
    total, waiting = await received_announcements.count(turn.session, turn.person_id)
    button = Button("announcement_home.button_received", "announcement.received", arg="0", values={"waiting": waiting})
    return (button,) if total else ()


def _line(announced: Announced, unit: Unit) -> Button:
    """An announcement on a button: its card is the draft's, or shows how it goes."""
    announcement = announced.announcement
    values = {
        "number": announcement.id,
        "text": shorten(plain(announcement.text), SHOWN),
        "state": announcement.state,
        "at": announcement.send_at or announcement.created_at,
        "unit": "" if announced.unit.id == unit.id else announced.unit.name,
    }
    action = "announcement.draft" if announcement.state == DRAFT else "announcement.show"
    return Button("announcement_home.button_line", action, announcement.id, values=values)


COMMANDS: dict[str, Handler] = {"thongbao": show}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"announcement.home": home, "announcement.list": show_list}
