""" "Bước này sai": whoever reads or walks a step says in one line what is wrong with it; guests too."""

from __future__ import annotations

from typing import Any

from handlers import menu
from handlers.access import public
from handlers.guide_pages import FIND, guide_of, place_of
from handlers.private_words import refused
from handlers.question_pages import place_of_guest, places
from handlers.turn import Handler, Turn
from handlers.visit_pages import LIST, speaker
from models import guide_faults, guide_news, units, visits
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.guide_remarks import MOST_FAULTS, read_remark
from models.rules.guides import Guide, Step
from models.tables import GuideFault, Unit

TEXT = "guide_fault.text"  # the flow: what is wrong is typed


@public
async def begin(turn: Turn) -> list[Message]:
    """`arg` is the guide and the step, "G01.kich-hoat"."""
    code, _, name = turn.press.arg.partition(".")
    guide = await guide_of(turn, code)
    if guide is None or not guide.has_step(name):
        return await menu.stale(turn)
    poster = turn.talk.data.get("unit") if turn.talk.flow == FIND and not turn.actor.roles else None
    turn.ask(TEXT, guide=code, step=name, **({"unit": poster} if poster else {}))
    return [_question(turn, guide, guide.step(name))]


@public
async def take(turn: Turn) -> list[Message]:
    guide = await guide_of(turn, str(turn.talk.data.get("guide", "")))
    name = str(turn.talk.data.get("step", ""))
    if guide is None or not guide.has_step(name):
        return await menu.stale(turn)
    step = guide.step(name)
    if found := await refused(turn):
        return [_question(turn, guide, step, "question.private", kind=found)]
    if turn.incoming.kind != "text":
        return [_question(turn, guide, step, "question.only_text")]
    try:
        text = read_remark(turn.text)
    except Refusal as no:
        return [_question(turn, guide, step, no.key, **no.values)]
    unit = await _place(turn)
    turn.end()
    if unit is None or await guide_faults.count_of(turn.session, guide.code, name, turn.actor.person_id) >= MOST_FAULTS:
        return [await _thanks(turn, guide, step, "", 0)]
    fault = await guide_faults.report(turn.session, guide, name, text, unit, by=turn.actor.person_id, now=turn.now)
    return [await _thanks(turn, guide, step, text, await _tell(turn, fault, unit, guide, step))]


async def _place(turn: Turn) -> Unit | None:
    """From where it is reported; a guest who came by no poster tells the top of the tree."""
    mine = await places(turn)
    found = mine[0] if mine else None if turn.actor.roles else await place_of_guest(turn)
    return found or await units.root(turn.session)


async def _tell(turn: Turn, fault: GuideFault, unit: Unit, guide: Guide, step: Step) -> int:
    people = await guide_news.office_above(turn.session, unit, turn.now, turn.actor.person_id)
    values = {
        "guide": guide.short_title, "step": step.title, "text": fault.text, "unit": unit.name, "at": fault.at,
        "by": turn.name if turn.actor.person_id is not None else "",
    }  # fmt: skip
    rows = ((Button("guide_fault.button_card", "guide_fault.card", fault.id), menu.go("menu")),)
    message = Message("guide_fault.arrived", values, rows)
    return await guide_news.tell(turn.session, people, message, once=f"guide_fault:{fault.id}:arrived", now=turn.now)


def _question(turn: Turn, guide: Guide, step: Step, before: str = "", **told: Any) -> Message:
    values = {"before": before, "told": told, "guide": guide.short_title, "step": step.title}
    rows = ((_back(guide, step), menu.go("huy")),)
    return Message("guide_fault.ask", values, rows, "text", place=place_of(turn))


async def _thanks(turn: Turn, guide: Guide, step: Step, text: str, told: int) -> Message:
    values = {"guide": guide.short_title, "step": step.title, "text": text, "told": told}
    values["known"] = turn.actor.person_id is not None
    unended = await visits.count_unended(turn.session, speaker(turn))
    rows = ((LIST,) if unended else (), (_back(guide, step), menu.go("menu")))
    return Message("guide_fault.thanks", values, tuple(row for row in rows if row), place=place_of(turn))


def _back(guide: Guide, step: Step) -> Button:
    return Button("guide_fault.button_step", "guide.step", arg=f"{guide.code}.{step.code}")


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {TEXT: take}
ACTIONS: dict[str, Handler] = {"guide_fault.begin": begin}
