"""An office keeps the guides right: what is due, what was reported, what waits; and one guide with what can be done."""

from __future__ import annotations

from handlers.access import needs
from handlers.guide_offices import KEEP, desk_button, office_of, offices
from handlers.guide_pages import back_to_card, checked_values, fields_page, guide_of, place_of
from handlers.menu import go
from handlers.turn import Handler, Turn
from models import guide_changes, guide_checks, guide_faults, guide_notes
from models.messages import Button, Message
from models.rules.guides import Guide
from models.tables import Unit

MOST = 4  # other offices of the speaker's on a screen


@needs("guide.propose")
async def show(turn: Turn) -> list[Message]:
    """What waits for the office."""
    unit = await office_of(turn)
    turn.end()
    return [await desk_page(turn, unit)]


async def desk_page(turn: Turn, unit: Unit, before: str = "", notice: str = "") -> Message:
    book = await turn.guides.current(turn.session)
    today = turn.now.astimezone(turn.zone).date()
    counts = {
        "guide_check.list": len(await guide_checks.due(turn.session, book, today)),
        "guide_fault.list": await guide_faults.count_open(turn.session, unit.path),
        "guide_change.list": await guide_changes.count_waiting(turn.session, unit.path),
    }
    if unit.parent_id is None:
        counts["guide_change.lost"] = len(book.outdated)
    ways = [
        (desk_button(action, unit, count),)
        for action, count in counts.items()
        if count or action != "guide_change.lost"
    ]
    values = {"unit": unit.name, "before": before, "top": unit.parent_id is None}
    return Message(
        "guide_desk.home", values, (*ways, (go("huongdan"), go("menu"))), notice=notice, place=place_of(turn)
    )


@needs("guide.propose")
async def guide(turn: Turn) -> list[Message]:
    """One guide: `arg` is its code."""
    unit = await office_of(turn)
    found = await guide_of(turn, turn.press.arg)
    if found is None:
        return [await fields_page(turn)]
    return [await guide_page(turn, found, unit)]


async def guide_page(turn: Turn, guide: Guide, unit: Unit, before: str = "", notice: str = "") -> Message:
    """What the office can do about the guide; whoever has several offices changes over here."""
    turn.end()
    notes = await guide_notes.of_unit(turn.session, guide.code, unit)
    values = {
        "before": before,
        "title": guide.title,
        "edition": guide.edition,
        "unit": unit.name,
        "portal": guide.portal,
        "notes": [{"kind": each.kind, "text": each.text} for each in notes],
        **await checked_values(turn, guide),
    }
    other = [each for each in await offices(turn, KEEP) if each.id != unit.id][:MOST]
    rows = (
        (Button("guide_check.button_done", "guide_check.done", unit.id, arg=guide.code),),
        (Button("guide_change.button_begin", "guide_change.begin", unit.id, arg=guide.code),),
        (Button("guide_note.button_open", "guide_note.list", unit.id, arg=guide.code),),
        *((_change_over(each, guide),) for each in other),
        (back_to_card(guide), back_to_desk(unit)),
    )
    return Message("guide_desk.guide", values, rows, notice=notice, place=place_of(turn))


def back_to_desk(unit: Unit) -> Button:
    return Button("guide_desk.button_back", "guide_desk.show", unit.id)


def back_to_guide(unit: Unit, guide: Guide) -> Button:
    return Button("guide_desk.button_back_guide", "guide_desk.guide", unit.id, arg=guide.code)


def _change_over(unit: Unit, guide: Guide) -> Button:
    return Button("guide_desk.button_other", "guide_desk.guide", unit.id, arg=guide.code, values={"unit": unit.name})


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"guide_desk.show": show, "guide_desk.guide": guide}
