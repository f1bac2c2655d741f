"""The register of teams of an office: what teams still lack, list by list, and the whole of it as an Excel file."""

from __future__ import annotations

from handlers.access import needs
from handlers.turn import Handler, Turn
from handlers.unit_pages import ROWS, back_to, list_rows, reach, turning
from models import registers, rosters
from models.messages import Button, Message
from models.registers import GAPS


@needs("roster.read")
async def show(turn: Turn) -> list[Message]:
    unit = await reach(turn, "roster.read", turn.press.object)
    turn.end()
    found = await registers.register(turn.session, unit.path, turn.now)
    people = await rosters.count_people(turn.session, unit.path)
    values = {"unit": unit.name, "teams": found.teams, "people": people, "lacking": dict(found.lacking)}
    rows = [
        (Button(f"register.button_{gap}", "register.list", unit.id, arg=f"{gap}:0", values={"count": count}),)
        for gap, count in found.lacking.items()
        if count
    ]
    sheet = ((Button("register.button_sheet", "register.sheet", unit.id),),) if found.teams else ()
    return [Message("register.show", values, (*rows, *sheet, back_to(unit)))]


@needs("roster.read")
async def show_lacking(turn: Turn) -> list[Message]:
    """The teams that lack one thing, each a button to its page."""
    unit = await reach(turn, "roster.read", turn.press.object)
    gap, _, place = turn.press.arg.partition(":")
    if gap not in GAPS:
        return await show(turn)
    number = int(place) if place.isdecimal() else 0
    found = await registers.lacking(turn.session, unit.path, gap, turn.now, number * ROWS, ROWS + 1)
    more = [
        tuple(Button(each.label, each.action, each.object, arg=f"{gap}:{each.arg}") for each in row)
        for row in turning("register.list", unit.id, number, len(found) > ROWS)
    ]
    values = {"unit": unit.name, "gap": gap, "number": number + 1, "shown": len(found[:ROWS])}
    back = Button("register.button_back", "register.show", unit.id)
    return [Message("register.list", values, (*list_rows(found[:ROWS]), *more, (back,)))]


@needs("roster.read")
async def send_sheet(turn: Turn) -> list[Message]:
    """The list of teams that the plan demands, with their members on a second page."""
    unit = await reach(turn, "roster.read", turn.press.object)
    registers.note_handed_out(turn.session, unit, "register", by=turn.person_id, now=turn.now)
    back = Button("register.button_back", "register.show", unit.id)
    values = {"unit": unit.name, "register_file": {"unit": unit.id}}
    return [Message("register.sheet", values, ((back,),), place="new")]


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "register.show": show,
    "register.list": show_lacking,
    "register.sheet": send_sheet,
}
