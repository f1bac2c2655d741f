"""`/donvi`: my unit, what lies below it, and finding a unit by a part of its name."""

from __future__ import annotations

from handlers import start
from handlers.access import needs, public
from handlers.turn import Handler, Turn
from handlers.unit_pages import MENU, ROWS, back_to, list_rows, more_page, page, page_number, reach, turning
from models import teams, trees, units
from models.messages import Button, Message
from models.rules.menus import menu_kind


@public
async def home(turn: Turn) -> list[Message]:
    """The speaker's unit, or the choice between several, a page at a time: an officer's group may have dozens."""
    ids = list(dict.fromkeys(held.unit_id for held in turn.actor.roles))
    turn.end()
    if not ids:
        return await start.begin(turn)
    number = page_number(turn) if turn.press.action == "unit.mine" else 0
    mine = [await reach(turn, "unit.read", unit_id) for unit_id in ids[number * ROWS : (number + 1) * ROWS]]
    if len(ids) == 1 and mine:
        return [await page(turn, mine[0])]
    values = {"units": len(ids), "reader": menu_kind(turn.actor)}
    more = turning("unit.mine", 0, number, (number + 1) * ROWS < len(ids))
    return [Message("unit.choose", values, (*list_rows(mine), *more, MENU), place="card" if number else "new")]


@needs("unit.read")
async def show(turn: Turn) -> list[Message]:
    unit = await reach(turn, "unit.read", turn.press.object)
    turn.end()
    return [await page(turn, unit)]


@needs("unit.read")
async def show_more(turn: Turn) -> list[Message]:
    return [more_page(turn, await reach(turn, "unit.read", turn.press.object))]


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
    old = await trees.former(turn.session, unit.path, turn.text, None, ROWS - len(found))
    rows = list_rows(found) + [(_former(each),) for each in old]
    values = {"unit": unit.name, "text": turn.text[:40], "found": len(rows), "most": ROWS}
    key = "unit.found" if rows else "unit.not_found"
    return [Message(key, values, (*rows, _leave(unit.id)), expects="text", place="new")]


def _former(old: trees.Former) -> Button:
    """A unit found by the name it had, or by that of one that became part of it."""
    values = {"unit": old.unit.name, "before": old.name}
    return Button("unit_change.button_former", "unit.show", old.unit.id, values=values)


def _leave(unit_id: int) -> tuple[Button, ...]:
    return (Button("unit.button_back", "unit.show", unit_id), start.CANCEL)


COMMANDS: dict[str, Handler] = {"donvi": home}
FLOWS: dict[str, Handler] = {"unit.search": take_search}
ACTIONS: dict[str, Handler] = {
    "unit.mine": home,
    "unit.show": show,
    "unit.more": show_more,
    "unit.list": show_list,
    "unit.waiting": show_waiting,
    "unit.search": ask_search,
}
