"""Who of the bot stands on which line of a team's list: said by hand where the name alone did not tell."""

from __future__ import annotations

from handlers.access import needs, stale
from handlers.roster import number_of
from handlers.roster_pages import entry_page, list_page, reach_team, said
from handlers.turn import Handler, Turn
from handlers.unit_pages import ROWS, Rows, turning
from models import rosters
from models.messages import Button, Message
from models.tables import Person, RosterEntry, Unit


@needs("roster.write")
async def strangers(turn: Turn) -> list[Message]:
    """Whoever is in the team's bot and on no line yet, to choose from."""
    unit, entry, page = await _reach(turn)
    if entry is None:
        return await list_page(turn, unit, notice="access.stale")
    free = await rosters.strangers(turn.session, unit.id, turn.now)
    shown = free[page * ROWS : (page + 1) * ROWS]
    rows: Rows = [(_choice(unit, entry, person),) for person in shown]
    rows += [
        tuple(Button(b.label, b.action, b.object, entry.version, f"{entry.id}:{b.arg}") for b in row)
        for row in turning("roster.strangers", unit.id, page, len(free) > (page + 1) * ROWS)
    ]
    back = Button("roster.button_keep", "roster.line", unit.id, arg=str(entry.id))
    values = {"unit": unit.name, "name": entry.name, "count": len(free)}
    return [Message("roster.strangers", values, (*rows, (back,)))]


@needs("roster.write")
async def link(turn: Turn) -> list[Message]:
    unit, entry, chosen = await _reach(turn)
    free = {person.id: person for person in await rosters.strangers(turn.session, unit.id, turn.now)}
    if entry is None or chosen not in free:
        return await list_page(turn, unit, notice="access.stale")
    await rosters.link(turn.session, entry, chosen, by=turn.person_id, now=turn.now)
    return await entry_page(turn, unit, entry, said("roster.linked", name=entry.name, person=free[chosen].name))


@needs("roster.write")
async def unlink(turn: Turn) -> list[Message]:
    unit, entry, _ = await _reach(turn)
    if entry is None or entry.person_id is None:
        return await list_page(turn, unit, notice="access.stale")
    await rosters.unlink(turn.session, entry, by=turn.person_id, now=turn.now)
    return await entry_page(turn, unit, entry, said("roster.unlinked", name=entry.name))


async def _reach(turn: Turn) -> tuple[Unit, RosterEntry | None, int]:
    """The line, unless the button is stale; and the other number that the button carries."""
    unit = await reach_team(turn, "roster.write", turn.press.object)
    number, _, other = turn.press.arg.partition(":")
    entry = await rosters.find(turn.session, unit.id, number_of(number))
    return unit, None if entry is None or stale(turn, entry.version) else entry, number_of(other)


def _choice(unit: Unit, entry: RosterEntry, person: Person) -> Button:
    arg = f"{entry.id}:{person.id}"
    return Button("roster.button_person", "roster.link", unit.id, entry.version, arg, {"name": person.name})


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"roster.strangers": strangers, "roster.link": link, "roster.unlink": unlink}
