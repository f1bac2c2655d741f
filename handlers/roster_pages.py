"""The pages of a team's list of members: the list a page at a time, and one line with all that is done with it."""

from __future__ import annotations

from typing import Any

from handlers.turn import Turn
from handlers.unit_pages import ROWS, Rows, back_to, reach, turning
from models import decisions, people, rosters
from models.messages import Button, Message
from models.rosters import Listed
from models.rules import Refusal
from models.rules.permissions import may
from models.tables import RosterEntry, Unit

LIST = "roster.list"
Said = dict[str, Any]


def said(key: str, **values: Any) -> Said:
    """A sentence to stand above a page: what has just been done, or what was wrong."""
    return {"key": key, "values": values}


def said_no(no: Refusal) -> Said:
    return said(no.key, **no.values)


async def reach_team(turn: Turn, action: str, unit_id: int) -> Unit:
    """The team, when the speaker may do `action` there; only teams have a list of members."""
    unit = await reach(turn, action, unit_id)
    if unit.kind != "team":
        raise Refusal("permission.not_found")
    return unit


async def reach_entry(turn: Turn, unit: Unit, entry_id: int) -> RosterEntry:
    """A line of this very list; one of another list does not exist."""
    entry = await rosters.find(turn.session, unit.id, entry_id)
    if entry is None:
        raise Refusal("roster.gone")
    return entry


def may_write(turn: Turn, unit: Unit) -> bool:
    return may(turn.actor, "roster.write", unit.path)


async def list_page(
    turn: Turn, unit: Unit, *before: Said, number: int = 0, part: str = "", notice: str = ""
) -> list[Message]:
    """The lines, a page at a time; what is typed or sent now is about this list."""
    turn.ask(LIST, unit=unit.id, part=part)
    shown = await rosters.lines(turn.session, unit.id, turn.now, offset=number * ROWS, limit=ROWS + 1, part=part)
    counted = await rosters.shares(turn.session, unit.id, turn.now, part)
    team = await decisions.find(turn.session, unit.id)
    values = {
        "unit": unit.name,
        "before": list(before),
        "lines": counted.lines,
        "joined": counted.joined,
        "declared": team.members if team else None,
        "number": number + 1,
        "part": part,
        "writes": may_write(turn, unit),
    }
    rows: Rows = [_line_row(unit, each, number * ROWS + place) for place, each in enumerate(shown[:ROWS], 1)]
    rows += turning(LIST, unit.id, number, len(shown) > ROWS)
    if part:
        rows.append((Button("roster.button_whole", "roster.show", unit.id),))
    if may_write(turn, unit):
        rows.append((Button("roster.button_add", "roster.add", unit.id), template_button(unit)))
    return [Message("roster.list", values, (*rows, back_to(unit)), notice=notice)]


def _line_row(unit: Unit, each: Listed, place: int) -> tuple[Button, ...]:
    values = {"place": place, "name": each.entry.name, "duty": each.entry.duty, "joined": each.joined}
    return (Button("roster.button_line", "roster.line", unit.id, arg=str(each.entry.id), values=values),)


def template_button(unit: Unit) -> Button:
    return Button("roster.button_template", "roster.template", unit.id)


def back_to_list(unit: Unit) -> Button:
    return Button("roster.button_list", "roster.show", unit.id)


async def entry_page(turn: Turn, unit: Unit, entry: RosterEntry, *before: Said, notice: str = "") -> list[Message]:
    turn.ask(LIST, unit=unit.id, part="")
    person = await people.find(turn.session, entry.person_id) if entry.person_id else None
    here = await people.memberships(turn.session, [unit.id], None, turn.now) if person else []
    values = {
        "unit": unit.name,
        "before": list(before),
        "name": entry.name,
        "duty": entry.duty,
        "year": entry.birth_year,
        "phone": entry.phone,
        "note": entry.note,
        "person": person.name if person else "",
        "linked": person is not None,
        "joined": any(each.person.id == entry.person_id for each in here),
        "since": entry.since,
    }
    rows = _entry_rows(unit, entry) if may_write(turn, unit) else []
    return [Message("roster.line", values, (*rows, (back_to_list(unit),)), notice=notice)]


def _entry_rows(unit: Unit, entry: RosterEntry) -> Rows:
    def act(label: str, action: str, arg: str) -> Button:
        return Button(f"roster.button_{label}", f"roster.{action}", unit.id, entry.version, arg)

    number = str(entry.id)
    edits = [act(f"edit_{name}", "edit", f"{name}:{number}") for name in ("name", "duty", "year", "phone", "note")]
    link = act("unlink", "unlink", number) if entry.person_id else act("strangers", "strangers", f"{number}:0")
    return [tuple(edits[:2]), tuple(edits[2:4]), (edits[4], link), (act("strike", "ask_strike", number),)]
