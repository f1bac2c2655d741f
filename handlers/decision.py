"""A team's founding decision: its number and date, and the paper itself, sent and shown back."""

from __future__ import annotations

from datetime import date
from typing import Any

from handlers import menu
from handlers.access import needs, takes_files
from handlers.report_photos import PHOTOS
from handlers.roster_pages import Said, reach_team, said
from handlers.turn import Handler, Turn
from handlers.unit_pages import back_to
from models import decisions
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.periods import local_day
from models.rules.permissions import may
from models.rules.teams import read_step
from models.tables import Unit

PAPER, NUMBER, DATE = "decision.paper", "decision.number", "decision.date"


@needs("roster.read")
async def show(turn: Turn) -> list[Message]:
    return await _page(turn, await reach_team(turn, "roster.read", turn.press.object))


@needs("roster.read")
async def send_paper(turn: Turn) -> list[Message]:
    """The paper as it was sent."""
    unit = await reach_team(turn, "roster.read", turn.press.object)
    team = await decisions.find(turn.session, unit.id)
    if team is None or not team.decision_file:
        return await _page(turn, unit, notice="access.stale")
    turn.ask(PAPER, unit=unit.id)
    kept = {"sha256": team.decision_file, "name": team.decision_file_name}
    values = {"unit": unit.name, "kept_file": kept}
    return [Message("decision.here", values, ((_back(unit),),), place="new")]


@needs("roster.read")
@takes_files
async def take_paper(turn: Turn) -> list[Message]:
    """At the page of the decision: a photo or a PDF is the paper."""
    unit = await reach_team(turn, "roster.read", turn.talk.data["unit"])
    if not may(turn.actor, "roster.write", unit.path):
        return await _page(turn, unit)
    paper = next((file for file in turn.files if file.mime.startswith(PHOTOS)), None)
    if paper is None:
        return await _page(turn, unit, said("decision.paper_wanted"))
    replaced = await decisions.keep_paper(turn.session, unit, paper, by=turn.person_id, now=turn.now)
    return await _page(turn, unit, said("decision.paper_replaced" if replaced else "decision.paper_kept"))


@needs("roster.write")
async def ask_number(turn: Turn) -> list[Message]:
    unit = await reach_team(turn, "roster.write", turn.press.object)
    turn.ask(NUMBER, unit=unit.id)
    return [await _question(turn, unit)]


@needs("roster.write")
async def take_number(turn: Turn) -> list[Message]:
    unit = await reach_team(turn, "roster.write", turn.talk.data["unit"])
    try:
        number = _read(turn, "number")
    except Refusal as no:
        return [await _question(turn, unit, no)]
    turn.ask(DATE, unit=unit.id, number=number)
    return [await _question(turn, unit)]


@needs("roster.write")
async def take_date(turn: Turn) -> list[Message]:
    unit = await reach_team(turn, "roster.write", turn.talk.data["unit"])
    try:
        return await _write(turn, unit, _read(turn, "date"))
    except Refusal as no:
        return [await _question(turn, unit, no)]


@needs("roster.write")
async def press(turn: Turn) -> list[Message]:
    """While number or date is asked: keep what is there, leave the date out, or yes to a doubtful reading."""
    unit = await reach_team(turn, "roster.write", turn.press.object)
    if turn.talk.data.get("unit") != unit.id or turn.talk.flow not in (NUMBER, DATE):
        return await menu.stale(turn)
    verb, _, value = turn.press.arg.partition(":")
    team = await decisions.find(turn.session, unit.id)
    if verb == "keep" and turn.talk.flow == NUMBER and team is not None and team.decision_number:
        turn.ask(DATE, unit=unit.id, number=team.decision_number)
        return [await _question(turn, unit)]
    if verb in ("yes", "skip") and turn.talk.flow == DATE:
        return await _write(turn, unit, value)
    return [await _question(turn, unit, notice="access.stale")]


async def _write(turn: Turn, unit: Unit, day: str) -> list[Message]:
    number, founded = str(turn.talk.data.get("number", "")), date.fromisoformat(day) if day else None
    await decisions.write_number(turn.session, unit, number, founded, by=turn.person_id, now=turn.now)
    return await _page(turn, unit, said("decision.written"))


def _read(turn: Turn, step: str) -> str:
    typed = turn.text if turn.incoming.kind == "text" else ""
    return str(read_step(step, typed, local_day(turn.now, turn.zone)))


async def _question(turn: Turn, unit: Unit, no: Refusal | None = None, notice: str = "") -> Message:
    is_date = turn.talk.flow == DATE
    team = await decisions.find(turn.session, unit.id)
    current = team.decision_number if team else ""
    rows: list[tuple[Button, ...]] = []
    if no is not None and no.key == "team.doubt_date":
        day = no.values["value"]
        rows.append(
            (Button("team.doubt_date_yes", "decision.press", unit.id, arg=f"yes:{day}", values={"value": day}),)
        )
    if is_date:
        rows.append((Button("decision.button_no_date", "decision.press", unit.id, arg="skip:"),))
    elif current:
        rows.append(
            (Button("decision.button_keep", "decision.press", unit.id, arg="keep:", values={"number": current}),)
        )
    values = {"unit": unit.name, "problem": no.key if no else "", "details": no.values if no else {}}
    place: Any = "new" if turn.incoming.kind == "text" else "card"
    key = "decision.ask_date" if is_date else "decision.ask_number"
    return Message(key, values, (*rows, (_back(unit),)), "text", notice=notice, place=place)


async def _page(turn: Turn, unit: Unit, *before: Said, notice: str = "") -> list[Message]:
    turn.ask(PAPER, unit=unit.id)
    team = await decisions.find(turn.session, unit.id)
    writes = may(turn.actor, "roster.write", unit.path)
    has_paper = bool(team and team.decision_file)
    values = {
        "unit": unit.name,
        "before": list(before),
        "number": team.decision_number if team else "",
        "date": team.decision_date if team else None,
        "paper": team.decision_file_name if team else "",
        "has_paper": has_paper,
        "writes": writes,
    }
    paper = (Button("decision.button_paper", "decision.paper", unit.id),) if has_paper else ()
    number = (Button("decision.button_number", "decision.number", unit.id),) if writes else ()
    rows = tuple(row for row in ((*paper, *number),) if row)
    return [Message("decision.show", values, (*rows, back_to(unit)), expects="photo", notice=notice)]


def _back(unit: Unit) -> Button:
    return Button("decision.button_back", "decision.show", unit.id)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {PAPER: take_paper, NUMBER: take_number, DATE: take_date}
ACTIONS: dict[str, Handler] = {
    "decision.show": show,
    "decision.paper": send_paper,
    "decision.number": ask_number,
    "decision.press": press,
}
