"""Correcting a guide (sửa bài): which place, what is to stand there, by what paper, and why; then it waits."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from handlers.access import needs
from handlers.guide_change_card import card
from handlers.guide_change_pages import (
    CHOOSE,
    FLOW_OF,
    FLOWS_OF_CHANGE,
    NEW,
    REASON,
    REVIEW,
    SOURCE,
    begun,
    change_values,
    group_page,
    groups_page,
    number_in,
    question,
    review,
    step_page,
)
from handlers.guide_offices import office_in_talk, office_of, offices
from handlers.guide_pages import fields_page, guide_of
from handlers.private_words import refused
from handlers.question_pages import page_number
from handlers.turn import Handler, Turn
from models import guide_changes, guide_faults, guide_news
from models.guide_changes import Proposal
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.guide_changes import GROUPS, needs_source, places, read_source, text_at, tidy
from models.rules.guide_remarks import read_remark
from models.rules.guides import Guide
from models.tables import Unit

READ: Mapping[str, Callable[[str], str]] = {"new": tidy, "source": read_source, "reason": read_remark}


@needs("guide.propose")
async def begin(turn: Turn) -> list[Message]:
    """`arg` is the guide's code."""
    unit = await office_of(turn)
    guide = await guide_of(turn, turn.press.arg.partition(".")[0])
    return [groups_page(turn, guide, unit) if guide else await fields_page(turn)]


@needs("guide.propose")
async def of_fault(turn: Turn) -> list[Message]:
    """What was reported about a step is mended: its places are offered; the report is settled with the correction."""
    found = await guide_faults.find(turn.session, turn.press.object)
    turn.allow("guide.propose", found.unit.path if found else None)
    assert found is not None
    guide = await guide_of(turn, found.fault.guide)
    own = [each for each in await offices(turn) if found.unit.path.startswith(each.path)]
    if guide is None or not own:
        return [await fields_page(turn)]
    turn.ask(CHOOSE, unit=own[-1].id, guide=guide.code, fault=found.fault.id)
    if not guide.has_step(found.fault.step):
        return [groups_page(turn, guide, own[-1], "guide_change.no_place")]
    return [step_page(turn, guide, own[-1], guide.steps.index(guide.step(found.fault.step)))]


@needs("guide.propose")
async def look(turn: Turn) -> list[Message]:
    """A part of the guide: `arg` is "G01.fees", "G01.steps.1" for its second page."""
    unit = await office_of(turn)
    code, _, rest = turn.press.arg.partition(".")
    group, _, page = rest.partition(".")
    guide = await guide_of(turn, code)
    if guide is None:
        return [await fields_page(turn)]
    if group not in GROUPS:
        return [groups_page(turn, guide, unit)]
    return [group_page(turn, guide, unit, group, page_number(page))]


@needs("guide.propose")
async def step(turn: Turn) -> list[Message]:
    """One step: `arg` is "G01.3", the fourth of this edition."""
    unit = await office_of(turn)
    guide = await guide_of(turn, turn.press.arg.partition(".")[0])
    if guide is None:
        return [await fields_page(turn)]
    number = number_in(turn, guide, len(guide.steps))
    if number is None:
        return [groups_page(turn, guide, unit, notice="access.stale")]
    return [step_page(turn, guide, unit, number)]


@needs("guide.propose")
async def choose_again(turn: Turn) -> list[Message]:
    """Words while a place is looked for are no button: it is asked again."""
    unit = await office_in_talk(turn)
    guide = await guide_of(turn, str(turn.talk.data.get("guide", "")))
    return [groups_page(turn, guide, unit, "guide_change.press") if guide else await fields_page(turn)]


@needs("guide.propose")
async def pick(turn: Turn) -> list[Message]:
    """The place is chosen: what stands there is shown in full, and the new text asked."""
    unit = await office_of(turn)
    guide = await guide_of(turn, turn.press.arg.partition(".")[0])
    if guide is None:
        return [await fields_page(turn)]
    listed = tuple(places(guide))
    number = number_in(turn, guide, len(listed))
    if number is None:
        return [groups_page(turn, guide, unit, notice="access.stale")]
    place = listed[number]
    turn.ask(NEW, **begun(turn, guide, unit), place=place, old=text_at(guide, place))
    return [await question(turn, guide, unit)]


@needs("guide.propose")
async def take(turn: Turn) -> list[Message]:
    """The new text, the source or the reason, typed: whichever is asked."""
    unit = await office_in_talk(turn)
    guide = await _guide_in_talk(turn)
    key = next(key for key, flow in FLOW_OF.items() if flow == turn.talk.flow)
    if guide is None:
        return [await fields_page(turn)]
    if found := await refused(turn, office=True):
        return [await question(turn, guide, unit, "question.private", kind=found)]
    if turn.incoming.kind != "text":
        return [await question(turn, guide, unit, "question.only_text")]
    try:
        value = READ[key](turn.text)
        if key == "new":
            await _try(turn, {**turn.talk.data, "new": value})
    except Refusal as no:
        return [await _again(turn, guide, unit, no)]
    turn.ask(turn.talk.flow, **{**turn.talk.data, key: value})
    return [await _onward(turn, guide, unit)]


@needs("guide.propose")
async def at_review(turn: Turn) -> list[Message]:
    """Words at the page to look over are no button: it is shown again."""
    unit = await office_in_talk(turn)
    guide = await _guide_in_talk(turn)
    return [review(turn, guide, unit, "guide_change.press") if guide else await fields_page(turn)]


@needs("guide.propose")
async def edit(turn: Turn) -> list[Message]:
    """Type one of the three again: `arg` is which."""
    unit = await office_of(turn)
    guide = await _guide_in_talk(turn)
    if guide is None or turn.press.arg not in FLOW_OF:
        return [await fields_page(turn)]
    turn.ask(FLOW_OF[turn.press.arg], **turn.talk.data)
    return [await question(turn, guide, unit)]


@needs("guide.propose")
async def keep(turn: Turn) -> list[Message]:
    """What was typed before is meant."""
    unit = await office_of(turn)
    guide = await _guide_in_talk(turn)
    return [await _onward(turn, guide, unit) if guide else await fields_page(turn)]


@needs("guide.propose")
async def empty(turn: Turn) -> list[Message]:
    """Nothing is to stand there any more."""
    unit = await office_of(turn)
    guide = await _guide_in_talk(turn)
    if guide is None:
        return [await fields_page(turn)]
    try:
        await _try(turn, {**turn.talk.data, "new": ""})
    except Refusal as no:
        return [await _again(turn, guide, unit, no)]
    turn.ask(NEW, **{**turn.talk.data, "new": ""})
    return [await _onward(turn, guide, unit)]


@needs("guide.propose")
async def send(turn: Turn) -> list[Message]:
    """Propose it, unless the place was rewritten meanwhile; whoever may approve is told."""
    unit = await office_of(turn)
    guide = await _guide_in_talk(turn)
    if guide is None or turn.talk.flow != REVIEW:
        return [await fields_page(turn)]
    try:
        proposal = await _try(turn, turn.talk.data)
    except Refusal as no:
        return [await _again(turn, guide, unit, no)]
    change = await guide_changes.propose(turn.session, proposal, unit, by=turn.person_id, now=turn.now)
    book = await turn.guides.current(turn.session)
    told = Message(
        "guide_change.arrived",
        change_values(book, change, turn.name, unit.name),
        ((Button("guide_change.button_card", "guide_change.card", change.id),),),
    )
    deciders = await guide_changes.approvers(turn.session, turn.now, turn.person_id)
    await guide_news.tell(turn.session, deciders, told, once=f"guide_change:{change.id}:arrived", now=turn.now)
    turn.end()
    found = await guide_changes.find(turn.session, change.id)
    assert found is not None
    return [await card(turn, found, "guide_change.sent" if deciders else "guide_change.sent_to_nobody")]


async def _onward(turn: Turn, guide: Guide, unit: Unit) -> Message:
    """Whatever is missing is asked next; with everything there, it is looked over."""
    data = turn.talk.data
    if "new" not in data:
        turn.ask(NEW, **data)
    elif needs_source(data["place"], data["old"], data["new"]) and not data.get("source"):
        turn.ask(SOURCE, **data)
    elif not data.get("reason"):
        turn.ask(REASON, **data)
    else:
        turn.ask(REVIEW, **data)
        return review(turn, guide, unit)
    return await question(turn, guide, unit)


async def _again(turn: Turn, guide: Guide, unit: Unit, no: Refusal) -> Message:
    """What is wrong above the same question; a place that reads otherwise by now is shown as it reads."""
    data = turn.talk.data
    standing = text_at(guide, data["place"])
    if standing is None:
        return groups_page(turn, guide, unit, "guide_change.no_place")
    typed = {"new": tidy(turn.text)} if turn.talk.flow == NEW and no.key == "guide_change.moved" and turn.text else {}
    flow = turn.talk.flow if turn.talk.flow in FLOW_OF.values() else NEW
    turn.ask(flow, **{**data, **typed, "old": standing})
    return await question(turn, guide, unit, no.key, **no.values)


async def _try(turn: Turn, data: Mapping[str, object]) -> Proposal:
    place, old, new = str(data["place"]), str(data["old"]), str(data["new"])
    source = str(data.get("source", "")) if needs_source(place, old, new) else ""
    fault = int(str(data.get("fault") or 0))
    proposal = Proposal(str(data["guide"]), place, old, new, str(data.get("reason", "")), source, fault)
    guide_changes.tried(turn.session, await turn.guides.current(turn.session), proposal, turn.now)
    return proposal


async def _guide_in_talk(turn: Turn) -> Guide | None:
    """The guide whose place was chosen; None when this talk is about something else."""
    if turn.talk.flow not in FLOWS_OF_CHANGE or not turn.talk.data.get("place"):
        return None
    return await guide_of(turn, str(turn.talk.data.get("guide", "")))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {CHOOSE: choose_again, NEW: take, SOURCE: take, REASON: take, REVIEW: at_review}
ACTIONS: dict[str, Handler] = {
    "guide_change.begin": begin,
    "guide_change.fault": of_fault,
    "guide_change.look": look,
    "guide_change.step": step,
    "guide_change.place": pick,
    "guide_change.edit": edit,
    "guide_change.keep": keep,
    "guide_change.empty": empty,
    "guide_change.send": send,
}
