"""Changing units by chat: merge, split, rename, close, move; question by question, then a look at what will happen."""

from __future__ import annotations

from handlers import menu
from handlers.access import needs
from handlers.turn import Handler, Turn
from handlers.unit_change_answers import ANSWERS, pick
from handlers.unit_change_draft import ALL_STEPS, FLOW, REVIEW, STEPS, Draft, draft_of
from handlers.unit_change_pages import kinds_page, question, review
from handlers.unit_pages import page
from models import deadlines, trees, unit_changes, unit_grounds, units
from models.messages import Message
from models.rules import Refusal
from models.rules.folding import fold
from models.rules.trees import Node
from models.rules.unit_change_limits import touched
from models.rules.unit_changes import CLOSE, MERGE, SPLIT
from models.tables import UnitChange
from models.unit_prospects import Prospect, prospect

# where an answer is mended that only the whole plan shows to be impossible; whatever is not here, at the first step
MENDED_AT = {
    "unit_change.too_early": "day", "unit_change.too_far": "day", "unit_change.not_yet_open": "day",
    "unit_change.name_taken": "into",
}  # fmt: skip


@needs("unit.change")
async def begin(turn: Turn) -> list[Message]:
    """What shall become of this unit?"""
    draft = await draft_of(turn, turn.press.object)
    turn.end()
    return [await kinds_page(turn, draft)]


@needs("unit.change")
async def choose(turn: Turn) -> list[Message]:
    draft = await draft_of(turn, turn.press.object)
    kind = turn.press.arg
    if kind not in STEPS or not await trees.is_settled(turn.session, draft.unit):
        return [await kinds_page(turn, draft, notice="access.stale")]
    turn.ask(FLOW + STEPS[kind][0], unit=draft.unit.id, change=kind)
    return [await question(draft)]


@needs("unit.change")
async def take(turn: Turn) -> list[Message]:
    """An answer, typed. What cannot be read is asked again with the reason; nothing answered before is lost."""
    draft = await draft_of(turn, turn.talk.data["unit"])
    if draft.step == REVIEW:
        return await _confirmed(draft) if _says_yes(draft) else [await _reviewed(draft, "unit_change.type_to_confirm")]
    if turn.incoming.kind != "text":
        return [await question(draft)]
    try:
        done = await ANSWERS[draft.step](draft, turn.text)
    except Refusal as no:
        return [await question(draft, no)]
    return [await _next(draft)] if done else [await question(draft)]


@needs("unit.change")
async def press(turn: Turn) -> list[Message]:
    """A choice of the question on the screen: `arg` is what, at which step, and the value."""
    draft = await draft_of(turn, turn.press.object)
    verb, _, rest = turn.press.arg.partition(":")
    step, _, value = rest.partition(":")
    if turn.talk.data.get("unit") != draft.unit.id or not turn.talk.flow.startswith(FLOW):
        return [await kinds_page(turn, draft, notice="access.stale")]
    if step != draft.step:
        return [await question(draft, notice="access.stale")] if draft.step != REVIEW else [await _reviewed(draft)]
    if verb == "back":
        return [await _back(draft)]
    try:
        done = await pick(draft, verb, value)
    except Refusal as no:
        return [await question(draft, no)]
    return [await _next(draft)] if done else [await question(draft)]


@needs("unit.change")
async def do(turn: Turn) -> list[Message]:
    draft = await draft_of(turn, turn.press.object)
    if turn.talk.data.get("unit") != draft.unit.id or draft.step != REVIEW:
        return [await kinds_page(turn, draft, notice="access.stale")]
    return await _confirmed(draft)


async def _next(draft: Draft) -> Message:
    """On to the next question; after the last one, what will happen."""
    steps = draft.steps(await _has_children(draft))
    place = steps.index(draft.step) + 1
    if place < len(steps):
        draft.go(steps[place])
        return await question(draft)
    draft.go(REVIEW)
    return await _reviewed(draft)


async def _back(draft: Draft) -> Message:
    steps = draft.steps(await _has_children(draft))
    place = len(steps) if draft.step == REVIEW else steps.index(draft.step)
    if not place:
        draft.turn.end()
        return await kinds_page(draft.turn, draft)
    draft.go(steps[place - 1])
    return await question(draft)


async def _has_children(draft: Draft) -> bool:
    return draft.kind == SPLIT and bool(await units.children(draft.turn.session, draft.unit.id, 0, 1))


async def _reviewed(draft: Draft, notice: str = "") -> Message:
    """What would happen; or, when it cannot, the question at which that is mended."""
    try:
        return review(draft, await _prospect(draft), notice)
    except Refusal as no:
        if no.key == "permission.not_found":
            raise
        steps = draft.steps(await _has_children(draft))
        at = MENDED_AT.get(no.key, steps[0])
        draft.go(at if at in steps else steps[0])
        return await question(draft, no)


async def _prospect(draft: Draft) -> Prospect:
    """Raises the refusal of "not there" when the plan reaches beyond what the speaker may change."""
    turn, plan = draft.turn, draft.plan()
    tree: dict[int, Node] = (await unit_grounds.ground_of(turn.session, plan)).tree
    for path in touched(plan, tree):
        turn.allow("unit.change", path)
    return await prospect(turn.session, plan, turn.now)


async def _confirmed(draft: Draft) -> list[Message]:
    turn = draft.turn
    try:
        await _prospect(draft)
        row = await unit_changes.decide(turn.session, draft.plan(), by=turn.person_id, now=turn.now)
    except Refusal as no:
        if no.key == "permission.not_found":
            raise
        return [await _reviewed(draft)]
    turn.end()
    if row.state == "planned":
        values = {"unit": draft.unit.name, "kind": row.kind, "day": row.on_day}
        return [Message("unit_change.planned", values, menu.buttons_for(turn), place="new")]
    await deadlines.open_periods(turn.session, turn.library, turn.now)  # the new units owe at once
    shown = await units.find(turn.session, _heir(row)) if row.kind in (MERGE, SPLIT, CLOSE) else None
    return [await page(turn, shown or draft.unit, notice="unit_change.done")]


def _heir(row: UnitChange) -> int:
    """The unit in which one goes on; 0 when there is none."""
    made: list[int] = row.body.get("made", [])
    return made[0] if made else row.body["into"]


def _says_yes(draft: Draft) -> bool:
    typed = fold(draft.turn.text) if draft.turn.incoming.kind == "text" else ""
    return bool(typed) and typed in {fold(name) for name in draft.data.get("names", ())}


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {FLOW + step: take for step in ALL_STEPS}
ACTIONS: dict[str, Handler] = {
    "unit_change.begin": begin,
    "unit_change.choose": choose,
    "unit_change.press": press,
    "unit_change.do": do,
}
