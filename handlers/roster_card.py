"""Putting one person on a team's list by chat, a question a field, and mending a field of a line that is there."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from handlers import menu, roster_file
from handlers.access import needs, stale, takes_files
from handlers.roster import number_of
from handlers.roster_pages import back_to_list, entry_page, list_page, reach_entry, reach_team, said
from handlers.start import CANCEL
from handlers.turn import Handler, Turn
from models import rosters
from models.messages import Button, Expects, Message
from models.rules import Refusal
from models.rules.periods import local_day
from models.rules.roster_tables import is_list
from models.rules.rosters import DUTIES, FIELDS, RosterLine, is_same_bearer, read_field
from models.tables import RosterEntry, Unit

FLOW = "roster.ask_"
STEPS = ("name", "duty", "year", "phone")  # of a new line; a note is added later, should one be needed
MAY_SKIP = ("year", "phone", "note")
AWAITED: dict[str, Expects] = {"duty": "choice", "year": "number", "phone": "number"}


@needs("roster.write")
async def begin(turn: Turn) -> list[Message]:
    unit = await reach_team(turn, "roster.write", turn.press.object)
    turn.ask(FLOW + STEPS[0], unit=unit.id, entry=0, draft={})
    return [await _question(turn, unit)]


@needs("roster.write")
async def edit(turn: Turn) -> list[Message]:
    """Ask for one field of a line again."""
    unit = await reach_team(turn, "roster.write", turn.press.object)
    field, _, number = turn.press.arg.partition(":")
    entry = await rosters.find(turn.session, unit.id, number_of(number))
    if entry is None or stale(turn, entry.version) or field not in FIELDS:
        return await list_page(turn, unit, notice="access.stale")
    turn.ask(FLOW + field, unit=unit.id, entry=entry.id, draft={})
    return [await _question(turn, unit)]


@needs("roster.write")
@takes_files
async def take(turn: Turn) -> list[Message]:
    """An answer, typed. What cannot be read is asked again with the reason."""
    unit = await reach_team(turn, "roster.write", turn.talk.data["unit"])
    field, is_text = _field(turn), turn.incoming.kind == "text"
    if turn.files or (is_text and field == "name" and is_list(turn.text)):
        return await roster_file.take_list(turn, unit)
    if not is_text:
        return [await _question(turn, unit)]
    try:
        value = read_field(field, turn.text, local_day(turn.now, turn.zone).year)
    except Refusal as no:
        return [await _question(turn, unit, no)]
    return await _keep(turn, unit, field, value)


@needs("roster.write")
async def press(turn: Turn) -> list[Message]:
    """A duty chosen, a field left empty, or a step back: `arg` is what, where the talk stands, and the value."""
    unit = await reach_team(turn, "roster.write", turn.press.object)
    verb, _, rest = turn.press.arg.partition(":")
    field, _, value = rest.partition(":")
    if not turn.talk.flow.startswith(FLOW) or turn.talk.data.get("unit") != unit.id:
        return await menu.stale(turn)
    if field != _field(turn):
        return [await _question(turn, unit, notice="access.stale")]
    if verb == "duty" and field == "duty" and value in DUTIES:
        return await _keep(turn, unit, field, value)
    if verb == "skip" and field in MAY_SKIP:
        return await _keep(turn, unit, field, None if field == "year" else "")
    if verb == "back" and not turn.talk.data["entry"] and field in STEPS[1:]:
        turn.talk.flow = FLOW + STEPS[STEPS.index(field) - 1]
    return [await _question(turn, unit)]


async def _keep(turn: Turn, unit: Unit, field: str, value: str | int | None) -> list[Message]:
    data = turn.talk.data
    if data["entry"]:
        return await _mend(turn, unit, await reach_entry(turn, unit, data["entry"]), field, value)
    turn.talk.data = {**data, "draft": {**data["draft"], field: value}}
    if field != STEPS[-1]:
        turn.talk.flow = FLOW + STEPS[STEPS.index(field) + 1]
        return [await _question(turn, unit)]
    return await _add(turn, unit, RosterLine(**turn.talk.data["draft"]))


async def _add(turn: Turn, unit: Unit, line: RosterLine) -> list[Message]:
    try:
        await _refuse_twin(turn, unit, line, 0)
        entry = await rosters.add(turn.session, unit.id, line, by=turn.person_id, now=turn.now)
    except Refusal as no:
        if no.key != "roster.already_there":
            raise
        turn.talk.flow = FLOW + "year"  # a birth year is what tells two people of one name apart
        return [await _question(turn, unit, no)]
    done = said("roster.added", name=entry.name, joined=entry.person_id is not None)
    return await list_page(turn, unit, done)


async def _mend(turn: Turn, unit: Unit, entry: RosterEntry, field: str, value: str | int | None) -> list[Message]:
    changed: dict[str, Any] = {field: value}
    line = replace(rosters.line_of(entry), **changed)
    try:
        await _refuse_twin(turn, unit, line, entry.id)
    except Refusal as no:
        return [await _question(turn, unit, no)]
    if line != rosters.line_of(entry):
        await rosters.mend(turn.session, entry, line, by=turn.person_id, now=turn.now)
    return await entry_page(turn, unit, entry, said("roster.mended"))


async def _refuse_twin(turn: Turn, unit: Unit, line: RosterLine, but: int) -> None:
    """Raises Refusal roster.already_there (`name`, `year`, `duty`) when the list names this person on another line."""
    await rosters.lock(turn.session, unit.id)
    for each in await rosters.known_lines(turn.session, unit.id):
        if each.number != but and is_same_bearer(each.line, line):
            there = each.line
            raise Refusal("roster.already_there", name=there.name, year=there.year, duty=there.duty)


async def _question(turn: Turn, unit: Unit, no: Refusal | None = None, notice: str = "") -> Message:
    """The screen of the field at which the talk stands."""
    field, data = _field(turn), turn.talk.data
    entry = await reach_entry(turn, unit, data["entry"]) if data["entry"] else None
    name = entry.name if entry else data["draft"].get("name", "")
    values = {
        "unit": unit.name,
        "name": name,
        "current": getattr(rosters.line_of(entry), field) if entry else None,
        "number": STEPS.index(field) + 1 if field in STEPS and entry is None else 0,
        "steps": len(STEPS),
        "problem": no.key if no else "",
        "details": no.values if no else {},
    }
    place: Any = "new" if turn.incoming.kind == "text" else "card"
    rows = (*_choices(unit, field), _ways_out(unit, field, entry))
    return Message(f"roster.ask_{field}", values, rows, AWAITED.get(field, "text"), notice=notice, place=place)


def _choices(unit: Unit, field: str) -> tuple[tuple[Button, ...], ...]:
    if field == "duty":
        buttons = [Button(f"roster.duty_{each}", "roster.press", unit.id, arg=f"duty:duty:{each}") for each in DUTIES]
        return tuple(buttons[:2]), tuple(buttons[2:])
    if field in MAY_SKIP:
        return ((Button("roster.button_skip", "roster.press", unit.id, arg=f"skip:{field}"),),)
    return ()


def _ways_out(unit: Unit, field: str, entry: RosterEntry | None) -> tuple[Button, ...]:
    if entry is not None:
        return (Button("roster.button_keep", "roster.line", unit.id, arg=str(entry.id)),)
    back = Button("roster.button_back", "roster.press", unit.id, arg=f"back:{field}")
    return (back_to_list(unit) if field == STEPS[0] else back, CANCEL)


def _field(turn: Turn) -> str:
    return turn.talk.flow.removeprefix(FLOW)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {FLOW + field: take for field in FIELDS}
ACTIONS: dict[str, Handler] = {"roster.add": begin, "roster.edit": edit, "roster.press": press}
