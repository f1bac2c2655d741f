"""The list of an announcement (danh sách): how many are in which state, who they are, why it did not reach them."""

from __future__ import annotations

from typing import Any

from handlers.access import needs
from handlers.announcement_ledger_pages import Rows, View, back_rows, names_or_units, reach, read_view, whole
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.turn import Handler, Turn
from models import announcement_chases, announcement_ledger, announcement_runs
from models.announcement_ledger import CONFIRMED
from models.announcements import Announced
from models.messages import Button, Message
from models.rules.announcement_endings import FAILED, STATES, UNKNOWN
from models.rules.announcement_words import percent
from models.rules.permissions import may

WITH_REASONS = (FAILED, "unreachable", "stopped")


@needs("announcement.send")
async def show(turn: Turn) -> list[Message]:
    """How many are in which state; each opens its names."""
    announced = await reach(turn, turn.press.object)
    number, announcement = announced.announcement.id, announced.announcement
    tally = await announcement_runs.tally(turn.session, number)
    proof = await announcement_ledger.proof(turn.session, number)
    counts = {state: getattr(tally, state) for state in STATES}
    values = {
        "number": number,
        "total": tally.total,
        "counts": counts,
        "asks_proof": announcement.asks_proof,
        "confirmed": proof.confirmed,
        "got": proof.got,
        "percent": percent(proof.confirmed, proof.got),
    }
    parts = {**counts, **({CONFIRMED: proof.confirmed} if announcement.asks_proof else {})}
    states = [_part_button(announced, part, count) for part, count in parts.items() if count]
    rows: Rows = tuple(tuple(states[at : at + 2]) for at in range(0, len(states), 2))
    back = Button("announcement_ledger.button_show", "announcement.show", number)
    values_rows = (*rows, *_deeds(announced, tally.failed, proof.missing), (back, go("menu")))
    return [Message("announcement_ledger.counts", values, values_rows, place=place_of(turn))]


def _part_button(announced: Announced, part: str, count: int) -> Button:
    return whole(announced, part).button("announcement_ledger.button_part", part=part, count=count)


def _deeds(announced: Announced, failed: int, missing: int) -> Rows:
    number = announced.announcement.id
    deeds: list[tuple[Button, ...]] = []
    if failed:
        deeds.append((Button("announcement_again.button_open", "announcement.again", number),))
    if missing and announced.announcement.asks_proof:
        deeds.append((Button("announcement_chase.button_open", "announcement.unconfirmed", number),))
    return (*deeds, (Button("announcement_ledger.button_sheet", "announcement.sheet", number),))


@needs("announcement.send")
async def listed(turn: Turn) -> list[Message]:
    """The names of one part, unit by unit."""
    announced = await reach(turn, turn.press.object)
    view = await read_view(turn, announced, turn.press.arg)
    values, rows = await names_or_units(turn, view)
    values |= {"number": view.number, "part": view.part, "reasons": await _reasons(turn, view)}
    values["elsewhere"] = view.place.unit is None
    up = () if view.is_whole else ((whole(announced, view.part).button("announcement_ledger.button_units"),),)
    deeds = await _deed_about(turn, view)
    return [
        Message("announcement_ledger.listed", values, (*rows, *deeds, *up, *back_rows(announced)), place=place_of(turn))
    ]


async def _reasons(turn: Turn, view: View) -> list[dict[str, Any]]:
    """Why, with how many each, where the whole part is looked at."""
    if not view.is_whole or view.part not in WITH_REASONS:
        return []
    found = await announcement_ledger.reasons(turn.session, view.number, view.part)
    return [{"reason": reason, "count": count} for reason, count in found.items()]


async def _deed_about(turn: Turn, view: View) -> Rows:
    """What can be done about these people."""
    number, announcement = view.number, view.announced.announcement
    if view.part == FAILED:
        return ((Button("announcement_again.button_open", "announcement.again", number),),)
    if view.part == UNKNOWN and announcement.state in announcement_chases.GOING_OUT:
        plan = await announcement_chases.look(turn.session, view.announced, turn.announcing, turn.now)
        label = "announcement_chase.button_open" if announcement.asks_proof else "announcement_chase.button_unsure"
        return ((Button(label, "announcement.unconfirmed", number),),) if plan.people else ()
    return ()


@needs("announcement.send")
async def sheet(turn: Turn) -> list[Message]:
    """Everybody it was for as an .xlsx; with telephone numbers for whoever may read the teams' lists."""
    announced = await reach(turn, turn.press.object)
    wanted = {"announcement": announced.announcement.id, "phones": may(turn.actor, "roster.read", announced.unit.path)}
    values = {"number": announced.announcement.id, "ledger_file": wanted}
    return [Message("announcement_ledger.sheet", values, back_rows(announced), place="new")]


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "announcement.ledger": show,
    "announcement.listed": listed,
    "announcement.sheet": sheet,
}
