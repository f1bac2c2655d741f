"""Taking back an announcement that went out: why, "really?" with how many have it, and what became of it."""

from __future__ import annotations

from handlers.access import needs
from handlers.announcement_progress import card, reached, tell_author, watch
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from models import announcement_recall, announcement_runs
from models.announcements import Announced
from models.messages import Button, Message
from models.received_announcements import OUT
from models.rules import Refusal
from models.rules.reviews import read_reason

WHY, SURE = "announcement_recall.why", "announcement_recall.sure"


@needs("announcement.send")
async def ask_why(turn: Turn) -> list[Message]:
    announced, instead = await _opened(turn, turn.press.object)
    return instead or [_why(turn, announced)]


@needs("announcement.send")
async def take_why(turn: Turn) -> list[Message]:
    announced, instead = await _talked_of(turn)
    if instead is not None:
        return instead
    try:
        reason = read_reason(turn.text if turn.incoming.kind == "text" else "")
    except Refusal as no:
        return [_why(turn, announced, refusal_line(no))]
    turn.ask(SURE, announcement=announced.announcement.id, reason=reason)
    return [await _sure(turn, announced)]


@needs("announcement.send")
async def at_sure(turn: Turn) -> list[Message]:
    """Something typed where one of two buttons is awaited."""
    announced, instead = await _talked_of(turn)
    return instead or [await _sure(turn, announced, line("announcement_recall.choose_below"))]


@needs("announcement.send")
async def recall(turn: Turn) -> list[Message]:
    """Whoever may send in this name may take it back; no button is too old for it, but the reason must be there."""
    announced, instead = await _opened(turn, turn.press.object, lock=True)
    if instead is not None:
        return instead
    announcement, data = announced.announcement, turn.talk.data
    if turn.talk.flow != SURE or data.get("announcement") != announcement.id:
        return [_why(turn, announced)]
    await announcement_recall.recall(turn.session, announcement, turn.person_id, data["reason"], turn.now)
    await tell_author(turn, announced, "announcement_recall.recalled_by")
    watch(turn, announced)
    return [await card(turn, announced, line("announcement_recall.done", number=announcement.id))]


async def _opened(turn: Turn, announcement_id: int, *, lock: bool = False) -> tuple[Announced, list[Message] | None]:
    """The announcement; and what to show instead when there is nothing to take back."""
    announced = await reached(turn, announcement_id, lock=lock)
    if announced.announcement.state in OUT:
        return announced, None
    return announced, [await card(turn, announced, line("announcement_recall.over"))]


async def _talked_of(turn: Turn) -> tuple[Announced, list[Message] | None]:
    return await _opened(turn, int(turn.talk.data.get("announcement", 0)))


def _why(turn: Turn, announced: Announced, *before: Line) -> Message:
    turn.ask(WHY, announcement=announced.announcement.id)
    rows = ((_keep(announced), go("huy")),)
    return Message(
        "announcement_recall.ask_why", _about(announced, *before), rows, expects="text", place=place_of(turn)
    )


async def _sure(turn: Turn, announced: Announced, *before: Line) -> Message:
    announcement = announced.announcement
    tally = await announcement_runs.tally(turn.session, announcement.id)
    values = _about(announced, *before) | {
        "reason": turn.talk.data["reason"],
        "having": tally.sent + tally.unknown,
        "waiting": tally.waiting,
        "files": len(announcement.files),
    }
    sure = Button("announcement_recall.button_sure", "announcement.recall_now", announcement.id)
    return Message("announcement_recall.ask_sure", values, ((sure,), (_keep(announced),)), place=place_of(turn))


def _keep(announced: Announced) -> Button:
    return Button("announcement_recall.button_keep", "announcement.show", announced.announcement.id)


def _about(announced: Announced, *before: Line) -> dict[str, object]:
    return {"number": announced.announcement.id, "unit": announced.unit.name, "before": list(before)}


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {WHY: take_why, SURE: at_sure}
ACTIONS: dict[str, Handler] = {"announcement.recall": ask_why, "announcement.recall_now": recall}
