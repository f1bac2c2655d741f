"""A whole list at once: the template, what a list sent back would change, and writing it once somebody agrees."""

from __future__ import annotations

from typing import Any

from handlers.access import needs, takes_files
from handlers.roster_pages import LIST, back_to_list, list_page, reach_team, said, said_no, template_button
from handlers.turn import Handler, StoredFile, Turn
from handlers.unit_pages import ROWS, page_number, turning
from models import registers, rosters
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.periods import local_day
from models.rules.roster_plans import Mended, RosterPlan, plan_roster
from models.rules.roster_tables import Fault, read_pasted, read_sheet
from models.tables import Unit

FLOW = "roster.file"
MOST_PASTED = 20_000  # characters kept while somebody makes up their mind
NAMES, CHANGES, FAULTS = 4, 3, 3  # shown of each kind before anybody agrees


@needs("roster.write")
async def template(turn: Turn) -> list[Message]:
    """The list as an Excel file to fill in; sent back at this very page."""
    unit = await reach_team(turn, "roster.write", turn.press.object)
    turn.ask(LIST, unit=unit.id, part="")
    registers.note_handed_out(turn.session, unit, "roster", by=turn.person_id, now=turn.now)
    values = {"unit": unit.name, "roster_file": {"unit": unit.id}}
    return [Message("roster.template", values, ((back_to_list(unit),),), expects="photo")]


async def take_list(turn: Turn, unit: Unit) -> list[Message]:
    """Read what was sent, and say what it would change; nothing is written. The caller has asked for permission."""
    source: dict[str, Any] = {"text": turn.text[:MOST_PASTED]}
    if turn.files:
        file = turn.files[0]
        source = {"file": [file.sha256, file.name, file.mime, file.size]}
    try:
        plan = await _plan(turn, unit, source)
    except Refusal as no:
        turn.ask(LIST, unit=unit.id, part="")
        rows = ((template_button(unit),), (back_to_list(unit),))
        values = {"unit": unit.name, "problem": no.key, "details": no.values}
        return [Message("roster.unread", values, rows, expects="photo", place="new")]
    turn.ask(FLOW, unit=unit.id, source=source)
    return [_preview(turn, unit, plan)]


@needs("roster.write")
@takes_files
async def take(turn: Turn) -> list[Message]:
    """While a list waits for a word: another list takes its place, anything else shows it again."""
    unit = await reach_team(turn, "roster.write", turn.talk.data["unit"])
    if turn.files or (turn.incoming.kind == "text" and "\n" in turn.text):
        return await take_list(turn, unit)
    return await _again(turn, unit)


@needs("roster.write")
async def preview(turn: Turn) -> list[Message]:
    return await _again(turn, await reach_team(turn, "roster.write", turn.press.object))


@needs("roster.write")
async def carry_out(turn: Turn) -> list[Message]:
    """Write exactly what was shown; when the list has changed since, show what it would be now."""
    unit = await reach_team(turn, "roster.write", turn.press.object)
    if not _is_waiting(turn, unit):
        return await list_page(turn, unit, notice="access.stale")
    await rosters.lock(turn.session, unit.id)
    try:
        plan = await _plan(turn, unit, turn.talk.data["source"])
    except Refusal as no:
        return await list_page(turn, unit, said_no(no))
    if plan.mark != turn.press.arg:
        return [_preview(turn, unit, plan, said("roster.changed_meanwhile"))]
    await rosters.carry_out(turn.session, unit.id, plan, by=turn.person_id, now=turn.now)
    done = said("roster.carried_out", new=len(plan.new), mended=len(plan.mended), faults=len(plan.faults))
    return await list_page(turn, unit, done)


@needs("roster.write")
async def faults(turn: Turn) -> list[Message]:
    """Everything that is wrong in what was sent, a page at a time."""
    unit = await reach_team(turn, "roster.write", turn.press.object)
    if not _is_waiting(turn, unit):
        return await list_page(turn, unit, notice="access.stale")
    try:
        plan = await _plan(turn, unit, turn.talk.data["source"])
    except Refusal as no:
        return await list_page(turn, unit, said_no(no))
    number = page_number(turn)
    shown = plan.faults[number * ROWS : (number + 1) * ROWS]
    values = {"unit": unit.name, "faults": [_fault(each) for each in shown], "count": len(plan.faults)}
    rows = turning("roster.faults", unit.id, number, len(plan.faults) > (number + 1) * ROWS)
    back = Button("roster.button_preview", "roster.preview", unit.id)
    return [Message("roster.faults", values, (*rows, (back,)), expects="photo")]


async def _again(turn: Turn, unit: Unit) -> list[Message]:
    if not _is_waiting(turn, unit):
        return await list_page(turn, unit, notice="access.stale")
    try:
        return [_preview(turn, unit, await _plan(turn, unit, turn.talk.data["source"]))]
    except Refusal as no:
        return await list_page(turn, unit, said_no(no))


def _is_waiting(turn: Turn, unit: Unit) -> bool:
    return turn.talk.flow == FLOW and turn.talk.data.get("unit") == unit.id and "source" in turn.talk.data


async def _plan(turn: Turn, unit: Unit, source: dict[str, Any]) -> RosterPlan:
    year = local_day(turn.now, turn.zone).year
    if "file" in source:
        table = read_sheet(turn.read_sheet(StoredFile(*source["file"])), year)
    else:
        table = read_pasted(source["text"], year)
    return plan_roster(table, await rosters.known_lines(turn.session, unit.id))


def _preview(turn: Turn, unit: Unit, plan: RosterPlan, *before: dict[str, Any]) -> Message:
    values = {
        "unit": unit.name,
        "before": list(before),
        "new": len(plan.new),
        "names": [line.name for line in plan.new[:NAMES]],
        "mended": len(plan.mended),
        "changes": [_change(each) for each in plan.mended[:CHANGES]],
        "same": plan.same,
        "left": plan.left,
        "skipped": len({fault.row for fault in plan.faults}),
        "faults": [_fault(each) for each in plan.faults[:FAULTS]],
        "more": max(0, len(plan.faults) - FAULTS),
    }
    rows: list[tuple[Button, ...]] = []
    if plan.changes:
        sure = Button("roster.button_write", "roster.write", unit.id, arg=plan.mark, values={"count": plan.changes})
        rows.append((sure,))
    if len(plan.faults) > FAULTS:
        rows.append((Button("roster.button_faults", "roster.faults", unit.id, arg="0"),))
    drop = Button("roster.button_drop", "roster.show", unit.id)
    place: Any = "card" if turn.incoming.kind == "button" else "new"
    return Message("roster.preview", values, (*rows, (drop,)), expects="photo", place=place)


def _change(each: Mended) -> dict[str, Any]:
    """The first field that changes, in words of before and after."""
    field = each.fields[0]
    before, after = getattr(each.before, field), getattr(each.after, field)
    return {"name": each.before.name, "field": field, "before": before, "after": after, "more": len(each.fields) - 1}


def _fault(fault: Fault) -> dict[str, Any]:
    return {"row": fault.row, "cell": fault.cell, "key": fault.key, "values": dict(fault.values)}


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {FLOW: take}
ACTIONS: dict[str, Handler] = {
    "roster.template": template,
    "roster.preview": preview,
    "roster.write": carry_out,
    "roster.faults": faults,
}
