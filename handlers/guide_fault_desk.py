"""The office looks at what was reported wrong (lỗi được báo): it proposes a correction, or answers why all is well."""

from __future__ import annotations

from typing import Any

from handlers.access import needs, stale
from handlers.guide_desk import back_to_desk
from handlers.guide_offices import office_of, offices
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.private_words import written
from handlers.question_pages import page_number
from handlers.turn import Handler, Turn
from handlers.unit_pages import turning
from models import guide_faults, guide_news
from models.guide_faults import OPEN, Listed
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.folding import shorten
from models.rules.guide_remarks import read_remark

ANSWER = "guide_fault.answer"  # the flow: why nothing is to be changed
PAGE, LABEL = 6, 30  # reports on a screen, characters of one on its button


@needs("guide.propose")
async def show_list(turn: Turn) -> list[Message]:
    unit = await office_of(turn)
    number = page_number(turn.press.arg)
    found = await guide_faults.open_under(turn.session, unit.path, number * PAGE, PAGE + 1)
    turn.end()
    book = await turn.guides.current(turn.session)
    lines = []
    for each in found[:PAGE]:
        guide = book.get(each.fault.guide)
        name = guide.short_title if guide else each.fault.guide
        values = {"guide": name, "text": shorten(each.fault.text, LABEL), "begun": each.fault.change_id is not None}
        lines.append((Button("guide_fault.button_line", "guide_fault.card", each.fault.id, values=values),))
    pages = turning("guide_fault.list", unit.id, number, len(found) > PAGE)
    values = {"unit": unit.name, "count": await guide_faults.count_open(turn.session, unit.path), "some": bool(found)}
    return [
        Message("guide_fault.list", values, (*lines, *pages, (back_to_desk(unit), go("menu"))), place=place_of(turn))
    ]


@needs("guide.propose")
async def show(turn: Turn) -> list[Message]:
    found = await _reached(turn, turn.press.object)
    turn.end()
    return [await _card(turn, found)]


@needs("guide.propose")
async def ask_answer(turn: Turn) -> list[Message]:
    """Nothing is wrong: whoever reported it is told why."""
    found = await _reached(turn, turn.press.object)
    if found.fault.state != OPEN or stale(turn, found.fault.version):
        return [await _card(turn, found, notice="access.stale")]
    turn.ask(ANSWER, fault=found.fault.id, version=found.fault.version)
    return [await _question(turn, found)]


@needs("guide.propose")
async def take_answer(turn: Turn) -> list[Message]:
    found = await _reached(turn, int(turn.talk.data.get("fault", 0)))
    fault = found.fault
    if fault.state != OPEN or fault.version != turn.talk.data.get("version"):
        turn.end()
        return [await _card(turn, found, notice="access.stale")]
    try:
        answer = read_remark(await written(turn, office=True))
    except Refusal as no:
        return [await _question(turn, found, no.key, **no.values)]
    await guide_faults.settle(turn.session, fault, answer, by=turn.person_id, now=turn.now)
    values = await _values(turn, found) | {"answer": answer, "by": turn.name}
    told = Message("guide_fault.answered", values, ((go("huongdan"), go("menu")),))
    once = f"guide_fault:{fault.id}:answered"
    await guide_news.tell(turn.session, [fault.person_id], told, once=once, now=turn.now)
    turn.end()
    return [await _card(turn, found, "guide_fault.settled_now")]


async def _reached(turn: Turn, fault_id: int) -> Listed:
    """A report from the speaker's own office or from below it."""
    found = await guide_faults.find(turn.session, fault_id)
    turn.allow("guide.propose", found.unit.path if found else None)
    assert found is not None
    return found


async def _values(turn: Turn, found: Listed) -> dict[str, Any]:
    fault = found.fault
    guide = (await turn.guides.current(turn.session)).get(fault.guide)
    step = guide.step(fault.step) if guide and guide.has_step(fault.step) else None
    return {
        "guide": guide.short_title if guide else fault.guide,
        "step": step.title if step else "",
        "do": step.do if step else "",
        "text": fault.text,
        "unit": found.unit.name,
        "by": found.by,
        "at": fault.at,
        "rewritten": guide is not None and guide.edition != fault.edition,
    }


async def _card(turn: Turn, found: Listed, before: str = "", notice: str = "") -> Message:
    fault = found.fault
    values = await _values(turn, found) | {
        "before": before, "state": fault.state, "answer": fault.answer, "begun": fault.change_id is not None,
    }  # fmt: skip
    rows: list[tuple[Button, ...]] = []
    if fault.change_id is not None:
        rows.append((Button("guide_fault.button_change", "guide_change.card", fault.change_id),))
    elif fault.state == OPEN:
        rows.append((Button("guide_fault.button_mend", "guide_change.fault", fault.id),))
        rows.append((Button("guide_fault.button_settle", "guide_fault.settle", fault.id, fault.version),))
    own = [each for each in await offices(turn) if found.unit.path.startswith(each.path)]
    back = (Button("guide_fault.button_list", "guide_fault.list", own[-1].id),) if own else ()
    rows += [(*back, go("menu"))]
    return Message("guide_fault.card", values, tuple(rows), notice=notice, place=place_of(turn))


async def _question(turn: Turn, found: Listed, before: str = "", **told: Any) -> Message:
    values = await _values(turn, found) | {"before": before, "told": told}
    back = Button("guide_fault.button_back", "guide_fault.card", found.fault.id)
    return Message("guide_fault.ask_answer", values, ((back, go("huy")),), "text", place=place_of(turn))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {ANSWER: take_answer}
ACTIONS: dict[str, Handler] = {
    "guide_fault.list": show_list,
    "guide_fault.card": show,
    "guide_fault.settle": ask_answer,
}
