"""Who has not confirmed an announcement (ai chưa xác nhận), and asking these people again."""

from __future__ import annotations

from typing import Any

from handlers.access import needs, stale
from handlers.announcement_ledger_pages import Rows, back_rows, names_or_units, reach, whole
from handlers.guide_pages import place_of
from handlers.turn import Handler, Turn
from models import announcement_chases, announcement_ledger, announcements
from models.announcement_chases import GOING_OUT, Chase
from models.announcement_ledger import UNCONFIRMED
from models.announcements import Announced
from models.messages import Button, Message
from models.rules.announcement_endings import UNKNOWN
from models.rules.announcement_words import percent


@needs("announcement.send")
async def show(turn: Turn) -> list[Message]:
    """How far the proof is, who is missing where, and whether they may be asked again now."""
    return [await _page(turn, await reach(turn, turn.press.object))]


@needs("announcement.send")
async def chase(turn: Turn) -> list[Message]:
    announced = await reach(turn, turn.press.object)
    announcement = announced.announcement
    await announcements.lock(turn.session, announcement.id)
    if stale(turn, announcement.version) or announcement.state not in GOING_OUT:
        return [await _page(turn, announced, notice="access.stale")]
    plan = await announcement_chases.chase(turn.session, announced, turn.announcing, by=turn.person_id, now=turn.now)
    if plan.again_at is not None or not plan.people:
        return [await _page(turn, announced)]
    values = _plan_values(turn, announced, plan) | {"later": plan.sent_at > turn.now}
    left = await announcement_chases.look(turn.session, announced, turn.announcing, turn.now)
    values["next_at"] = left.again_at if left.people else None
    return [Message("announcement_chase.done", values, back_rows(announced), place=place_of(turn))]


async def _page(turn: Turn, announced: Announced, notice: str = "") -> Message:
    announcement = announced.announcement
    plan = await announcement_chases.look(turn.session, announced, turn.announcing, turn.now)
    view = whole(announced, UNCONFIRMED if announcement.asks_proof else UNKNOWN)
    values, rows = await names_or_units(turn, view)
    proof = await announcement_ledger.proof(turn.session, announcement.id)
    values |= _plan_values(turn, announced, plan) | {
        "got": proof.got,
        "confirmed": proof.confirmed,
        "missing": proof.missing,
        "arrived": proof.arrived,
        "percent": percent(proof.confirmed, proof.got),
    }
    ask = _ask_rows(announced, plan)
    key = "announcement_chase.show"
    return Message(key, values, (*ask, *rows, *back_rows(announced)), notice=notice, place=place_of(turn))


def _plan_values(turn: Turn, announced: Announced, plan: Chase) -> dict[str, Any]:
    return {
        "number": announced.announcement.id,
        "asks_proof": announced.announcement.asks_proof,
        "going_out": announced.announcement.state in GOING_OUT,
        "people": plan.people,
        "silent": plan.silent,
        "spent": plan.spent,
        "again_at": plan.again_at,
        "sent_at": plan.sent_at,
        "limit": turn.announcing.chase_limit,
    }


def _ask_rows(announced: Announced, plan: Chase) -> Rows:
    announcement = announced.announcement
    if plan.again_at is not None or not plan.people or announcement.state not in GOING_OUT:
        return ()
    values = {"count": plan.people}
    return (
        (
            Button(
                "announcement_chase.button_go",
                "announcement.chase",
                announcement.id,
                announcement.version,
                values=values,
            ),
        ),
    )


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"announcement.unconfirmed": show, "announcement.chase": chase}
