"""What an announcement is: part of a duty or news, with proof or without, at night too or not. A press turns one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from handlers.access import needs, stale
from handlers.announcement_pages import card, reach_draft
from handlers.turn import Handler, Turn
from models import announcements
from models.messages import Message
from models.tables import Announcement

DUTY, NEWS = "duty", "news"


@needs("announcement.send")
async def turn_kind(turn: Turn) -> list[Message]:
    """News may be muted by whoever gets it, what belongs to a duty may not."""
    return await _turned(turn, lambda one: {"kind": NEWS, "is_urgent": False} if one.kind == DUTY else {"kind": DUTY})


@needs("announcement.send")
async def turn_proof(turn: Turn) -> list[Message]:
    return await _turned(turn, lambda one: {"asks_proof": not one.asks_proof})


@needs("announcement.send")
async def turn_night(turn: Turn) -> list[Message]:
    """News waits for the morning, whatever a button says."""
    return await _turned(turn, lambda one: {"is_urgent": one.kind == DUTY and not one.is_urgent})


async def _turned(turn: Turn, change: Callable[[Announcement], dict[str, Any]]) -> list[Message]:
    announced = await reach_draft(turn, turn.press.object)
    if stale(turn, announced.announcement.version):
        return [await card(turn, announced, notice="access.stale")]
    await announcements.change(turn.session, announced.announcement, turn.now, **change(announced.announcement))
    return [await card(turn, announced)]


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "announcement.kind": turn_kind,
    "announcement.proof": turn_proof,
    "announcement.night": turn_night,
}
