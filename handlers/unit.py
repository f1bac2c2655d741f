"""`/donvi`: my unit, what lies below it, and finding a unit by a part of its name."""

from __future__ import annotations

from handlers import start
from handlers.access import needs, public
from handlers.turn import Handler, Turn
from handlers.unit_pages import MENU, ROWS, back_to, list_rows, page, page_number, reach, turning
from models import teams, units
from models.messages import Button, Message
from models.rules.menus import menu_kind


@public
async def home(turn: Turn) -> list[Message]:
    """The speaker's unit, or the choice between several."""
    ids = list(dict.fromkeys(held.unit_id for held in turn.actor.roles))
    turn.end()
    if not ids:
        return await start.begin(turn)
    mine = [await reach(turn, "unit.read", unit_id) for unit_id in ids[: ROWS + 1]]
    if len(mine) == 1:
        return [await page(turn, mine[0])]
    values = {"units": len(ids), "reader": menu_kind(turn.actor)}
    return [Message("unit.choose", values, (*list_rows(mine), MENU), place="new")]


@needs("unit.read")
async def show(turn: Turn) -> list[Message]:
    unit = await reach(turn, "unit.read", turn.press.object)
    turn.end()
    return [await page(turn, unit)]


@needs("board.read")
async def show_list(turn: Turn) -> list[Message]:
    """The units right below, a page at a time."""
    unit = await reach(turn, "board.read", turn.press.object)
    number = page_number(turn)
    found = await units.children(turn.session, unit.id, number * ROWS, ROWS + 1)
    rows = list_rows(found[:ROWS]) + turning("unit.list", unit.id, number, len(found) > ROWS)
    values = {"unit": unit.name, "number": number + 1, "shown": len(found[:ROWS])}
    return [Message("unit.list", values, (*rows, back_to(unit)))]


@needs("team.confirm")
async def show_waiting(turn: Turn) -> list[Message]:
    unit = await reach(turn, "team.confirm", turn.press.object)
    number = page_number(turn)
    found = await teams.waiting(turn.session, unit.path, number * ROWS, ROWS + 1)
    rows = list_rows([each.unit for each in found[:ROWS]])
    more = turning("unit.waiting", unit.id, number, len(found) > ROWS)
    values = {"unit": unit.name, "number": number + 1, "shown": len(rows)}
    return [Message("unit.waiting", values, (*rows, *more, back_to(unit)))]


@needs("board.read")
async def ask_search(turn: Turn) -> list[Message]:
    unit = await reach(turn, "board.read", turn.press.object)
    turn.ask("unit.search", unit=unit.id)
    return [Message("unit.ask_search", {"unit": unit.name}, (_leave(unit.id),), expects="text")]


@needs("board.read")
async def take_search(turn: Turn) -> list[Message]:
    unit = await reach(turn, "board.read", turn.talk.data["unit"])
    found = await units.search(turn.session, unit.path, turn.text, None, ROWS)
    values = {"unit": unit.name, "text": turn.text[:40], "found": len(found), "most": ROWS}
    key = "unit.found" if found else "unit.not_found"
    return [Message(key, values, (*list_rows(found), _leave(unit.id)), expects="text", place="new")]


def _leave(unit_id: int) -> tuple[Button, ...]:
    return (Button("unit.button_back", "unit.show", unit_id), start.CANCEL)


COMMANDS: dict[str, Handler] = {"donvi": home}
FLOWS: dict[str, Handler] = {"unit.search": take_search}
ACTIONS: dict[str, Handler] = {
    "unit.show": show,
    "unit.list": show_list,
    "unit.waiting": show_waiting,
    "unit.search": ask_search,
}
