"""A team's list of members: looking, finding, striking out; what is typed or sent at the list itself."""

from __future__ import annotations

from handlers import roster_file
from handlers.access import needs, stale, takes_files
from handlers.roster_pages import entry_page, list_page, may_write, reach_entry, reach_team, said
from handlers.turn import Handler, Turn
from handlers.unit_pages import page_number
from models import rosters
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.folding import clean, shorten
from models.rules.roster_tables import is_list
from models.tables import RosterEntry, Unit

MOST_TYPED = 40  # characters of a name looked for


@needs("roster.read")
async def show(turn: Turn) -> list[Message]:
    return await list_page(turn, await reach_team(turn, "roster.read", turn.press.object))


@needs("roster.read")
async def turn_page(turn: Turn) -> list[Message]:
    """Another page of what is shown: the whole list, or what was looked for."""
    unit = await reach_team(turn, "roster.read", turn.press.object)
    part = turn.talk.data.get("part", "") if turn.talk.data.get("unit") == unit.id else ""
    return await list_page(turn, unit, number=page_number(turn), part=str(part))


@needs("roster.read")
@takes_files
async def take(turn: Turn) -> list[Message]:
    """At the list: a file or a pasted list is read, anything else typed is a part of a name."""
    unit = await reach_team(turn, "roster.read", turn.talk.data["unit"])
    is_file, typed = bool(turn.files), turn.text if turn.incoming.kind == "text" else ""
    if is_file or is_list(typed):
        if not may_write(turn, unit):
            return await list_page(turn, unit, said("roster.only_read"))
        return await roster_file.take_list(turn, unit)
    part = shorten(" ".join(clean(typed).split()), MOST_TYPED)
    if not part:
        return await list_page(turn, unit)
    counted = await rosters.shares(turn.session, unit.id, turn.now, part)
    if not counted.lines:
        return await list_page(turn, unit, said("roster.not_found", text=part))
    return await list_page(turn, unit, part=part)


@needs("roster.read")
async def show_line(turn: Turn) -> list[Message]:
    unit = await reach_team(turn, "roster.read", turn.press.object)
    try:
        return await entry_page(turn, unit, await reach_entry(turn, unit, number_of(turn.press.arg)))
    except Refusal:
        return await list_page(turn, unit, notice="access.stale")


@needs("roster.write")
async def ask_strike(turn: Turn) -> list[Message]:
    """Show whom it concerns before anything happens."""
    unit, entry = await _changing(turn)
    if entry is None:
        return await list_page(turn, unit, notice="access.stale")
    number = str(entry.id)
    sure = Button("roster.button_strike_sure", "roster.strike", unit.id, entry.version, number)
    keep = Button("roster.button_keep", "roster.line", unit.id, arg=number)
    return [
        Message("roster.ask_strike", {"unit": unit.name, "name": entry.name, "duty": entry.duty}, ((sure,), (keep,)))
    ]


@needs("roster.write")
async def strike(turn: Turn) -> list[Message]:
    unit, entry = await _changing(turn)
    if entry is None:
        return await list_page(turn, unit, notice="access.stale")
    await rosters.strike(turn.session, entry, by=turn.person_id, now=turn.now)
    return await list_page(turn, unit, said("roster.struck", name=entry.name))


async def _changing(turn: Turn) -> tuple[Unit, RosterEntry | None]:
    """The line a button would change; None when it is gone or has been changed since the button was drawn."""
    unit = await reach_team(turn, "roster.write", turn.press.object)
    entry = await rosters.find(turn.session, unit.id, number_of(turn.press.arg))
    return unit, None if entry is None or stale(turn, entry.version) else entry


def number_of(arg: str) -> int:
    """The number of a line in what a button carries; 0 is none."""
    return int(arg) if arg.isascii() and arg.isdecimal() else 0


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"roster.list": take}
ACTIONS: dict[str, Handler] = {
    "roster.show": show,
    "roster.list": turn_page,
    "roster.line": show_line,
    "roster.ask_strike": ask_strike,
    "roster.strike": strike,
}
