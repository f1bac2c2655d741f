"""Deciding about a correction at the top of the tree: never its author; the author and who reported it hear of it."""

from __future__ import annotations

from typing import Any

from handlers.access import needs, stale
from handlers.guide_change_card import card, reached
from handlers.guide_change_pages import change_values
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.private_words import written
from handlers.turn import Handler, Turn
from models import guide_changes, guide_news, units
from models.guide_changes import PROPOSED, Listed, proposal_of
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.guide_remarks import read_remark
from models.tables import GuideChange, GuideFault

ANSWER = "guide_change.answer"  # the flow: why it is refused


@needs("guide.approve")
async def approve(turn: Turn) -> list[Message]:
    found = await _to_decide(turn)
    if why := _why_not(turn, found):
        return [await card(turn, found, **why)]
    book = await turn.guides.current(turn.session)
    try:
        guide_changes.tried(turn.session, book, proposal_of(found.change), turn.now)
    except Refusal as no:
        before = "guide_change.moved_before" if no.key in ("guide_change.moved", "guide_change.same") else no.key
        return [await card(turn, found, before)]
    faults = await guide_changes.approve(turn.session, found.change, by=turn.person_id, now=turn.now)
    await _tell_author(turn, found, "guide_change.approved")
    await _thank(turn, found.change, faults)
    turn.end()
    return [await card(turn, await reached(turn, "guide.approve"), "guide_change.approved_now")]


@needs("guide.approve")
async def ask_answer(turn: Turn) -> list[Message]:
    """Refuse it: the reason is asked first."""
    found = await _to_decide(turn)
    if why := _why_not(turn, found):
        return [await card(turn, found, **why)]
    turn.ask(ANSWER, guide_change=found.change.id, version=found.change.version)
    return [await _question(turn, found)]


@needs("guide.approve")
async def take_answer(turn: Turn) -> list[Message]:
    found = await _to_decide(turn, int(turn.talk.data.get("guide_change", 0)))
    change = found.change
    if change.state != PROPOSED or change.version != turn.talk.data.get("version") or _is_own(turn, change):
        turn.end()
        return [await card(turn, found, notice="access.stale")]
    try:
        answer = read_remark(await written(turn, office=True))
    except Refusal as no:
        return [await _question(turn, found, no.key, **no.values)]
    await guide_changes.refuse(turn.session, change, answer, by=turn.person_id, now=turn.now)
    await _tell_author(turn, found, "guide_change.refused")
    turn.end()
    return [await card(turn, await reached(turn, "guide.approve", change.id), "guide_change.refused_now")]


async def _to_decide(turn: Turn, change_id: int = 0) -> Listed:
    """A correction that the speaker decides about: its office, and the top of the tree, must be in reach."""
    found = await reached(turn, "guide.approve", change_id)
    top = await units.root(turn.session)
    turn.allow("guide.approve", top.path if top else None)
    return found


def _why_not(turn: Turn, found: Listed) -> dict[str, str]:
    if found.change.state != PROPOSED or stale(turn, found.change.version):
        return {"notice": "access.stale"}
    return {"before": "guide_change.own"} if _is_own(turn, found.change) else {}


def _is_own(turn: Turn, change: GuideChange) -> bool:
    return change.proposed_by == turn.person_id


async def _tell_author(turn: Turn, found: Listed, key: str) -> None:
    change = found.change
    book = await turn.guides.current(turn.session)
    values = change_values(book, change, found.by, found.unit.name) | {"decider": turn.name, "answer": change.answer}
    rows = ((Button("guide_change.button_card", "guide_change.card", change.id), go("menu")),)
    once = f"guide_change:{change.id}:{change.state}"
    await guide_news.tell(turn.session, [change.proposed_by], Message(key, values, rows), once=once, now=turn.now)


async def _thank(turn: Turn, change: GuideChange, faults: list[GuideFault]) -> None:
    """Whoever reported the step hears that it was mended, and how it reads now."""
    book = await turn.guides.current(turn.session)
    guide = book.get(change.guide)
    for fault in faults:
        values = change_values(book, change, "", "") | {"text": fault.text}
        arg = f"{change.guide}.{fault.step}"
        way = Button("guide_fault.button_step", "guide.step", arg=arg) if guide and guide.has_step(fault.step) else None
        rows = (((way, go("menu")) if way else (go("menu"),)),)
        message = Message("guide_fault.mended", values, rows)
        once = f"guide_fault:{fault.id}:mended"
        await guide_news.tell(turn.session, [fault.person_id], message, once=once, now=turn.now)


async def _question(turn: Turn, found: Listed, before: str = "", **told: Any) -> Message:
    book = await turn.guides.current(turn.session)
    values = change_values(book, found.change, found.by, found.unit.name) | {"before": before, "told": told}
    back = Button("guide_change.button_back", "guide_change.card", found.change.id)
    return Message("guide_change.ask_answer", values, ((back, go("huy")),), "text", place=place_of(turn))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {ANSWER: take_answer}
ACTIONS: dict[str, Handler] = {"guide_change.approve": approve, "guide_change.refuse": ask_answer}
