"""The screens of a visit: before the first step, a step, a choice, the end; whatever is asked follows from the row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from handlers import menu
from handlers.access import stale
from handlers.guide_doors import picture_ways
from handlers.guide_pages import Rows, fact_values, pairs, place_of, step_values
from handlers.turn import Turn
from models import visits
from models.guides import GuideBook
from models.messages import Button, Expects, Message
from models.rules import Refusal
from models.rules.guides import END, Guide, Step
from models.rules.visits import (
    PREPARATION,
    REASONS,
    SKIP_REASONS,
    Way,
    asked_at_end,
    outcomes_of,
)
from models.tables import Visit
from models.visits import LIVE, Speaker

STEP, NUMBER = "visit.step", "visit.number"  # the flows: at a step, and while something is counted
LIST = Button("visit.button_list", "visit.list")
PREPARED = 6  # lines of what to prepare on a screen


def speaker(turn: Turn) -> Speaker:
    return Speaker(turn.account.id, turn.actor.person_id)


async def reach(turn: Turn, visit_id: int) -> Visit:
    """A visit of the speaker's own; for any other the answer is that there is none."""
    visit = await visits.find(turn.session, visit_id, speaker(turn))
    if visit is None:
        raise Refusal("permission.not_found")
    return visit


async def in_hand(turn: Turn) -> tuple[Visit, Way | None]:
    """The visit of the pressed button and its way; no way when it cannot be moved by this button any more."""
    visit = await reach(turn, turn.press.object)
    if visit.state not in LIVE or stale(turn, visit.version):
        return visit, None
    return visit, await way_of(turn, visit)


async def way_of(turn: Turn, visit: Visit) -> Way | None:
    """Where the visit stands in its guide as it is now; None when the guide is no longer there."""
    guide = (await turn.guides.current(turn.session)).get(visit.guide)
    return Way.of(guide, visit.step, visit.trail) if guide else None


async def screen(turn: Turn, visit: Visit, before: str = "", notice: str = "", **told: Any) -> Message:
    """What the visit asks now. `before`: a text about what just happened, with the values `told`."""
    if visit.state == visits.PAUSED:
        visit = await visits.in_hand(turn.session, visit)
    if visit.state not in LIVE:
        turn.end()
        return Message("visit.over", {"guide": visit.guide}, ((LIST, menu.go("menu")),), notice=notice)
    book = await turn.guides.current(turn.session)
    guide = book.get(visit.guide)
    turn.ask(STEP, visit=visit.id)
    if guide is None:
        return Message(
            "visit.guide_gone", {"guide": visit.guide}, ((button("drop_ask", visit),), (LIST,)), notice=notice
        )
    way = Way.of(guide, visit.step, visit.trail)
    line = before or ("visit.step_gone" if way.lost else "")
    values = {"guide": guide.short_title, "before": line, "told": told}
    key, more, rows = _page(turn, visit, way, book)
    expects: Expects = "number" if turn.talk.flow == NUMBER else "choice"
    return Message(key, values | more, rows, expects, notice=notice, place=place_of(turn))


async def stale_screen(turn: Turn, visit: Visit) -> list[Message]:
    return [await screen(turn, visit, notice="access.stale")]


def _page(turn: Turn, visit: Visit, way: Way, book: GuideBook) -> tuple[str, dict[str, Any], Rows]:
    if way.step == PREPARATION:
        return _preparation(visit, way.guide)
    if way.step == END:
        return _ending(turn, visit, way)
    step = way.guide.step(way.step)
    return _fork(visit, way, step) if step.fork else _step(visit, way, step, book)


def _preparation(visit: Visit, guide: Guide) -> tuple[str, dict[str, Any], Rows]:
    room = PREPARED if len(guide.prepare) > PREPARED + 1 else PREPARED + 1  # never "and one more"
    values = {
        "things": [fact_values(guide, each) for each in guide.prepare[:room]],
        "more": max(0, len(guide.prepare) - room),
        "prior": visit.parent_id is not None,
    }
    back = (button("back", visit),) if visit.parent_id is not None else ()
    missing = button("missing", visit, "finish", "papers")
    return "visit.preparation", values, ((button("ready", visit, "done"),), (missing,), (*back, button("pause", visit)))


def _step(visit: Visit, way: Way, step: Step, book: GuideBook) -> tuple[str, dict[str, Any], Rows]:
    prior = book.get(way.prior())
    values = {**_where(way, step), "prior": prior.short_title if prior else ""}
    first = (button("prior", visit, values={"guide": prior.short_title}),) if prior else ()
    rows: Rows = (
        *((first,) if first else ()),
        (button("done_prior" if prior else "done", visit, "done"),),
        *((picture,) for picture in picture_ways(way.guide, step)),
        (button("back", visit), button("skip", visit)),
        (button("trouble", visit), button("pause", visit)),
    )
    return "visit.step", values, rows


def _fork(visit: Visit, way: Way, step: Step) -> tuple[str, dict[str, Any], Rows]:
    assert step.fork is not None
    options = [
        (button("option", visit, "choose", str(number), values={"label": option.label}),)
        for number, option in enumerate(step.fork.options)
    ]
    around = ((button("back", visit), button("trouble", visit)), (button("pause", visit), button("finish", visit)))
    return "visit.step", {**_where(way, step), "prior": ""}, (*options, *around)


def _ending(turn: Turn, visit: Visit, way: Way) -> tuple[str, dict[str, Any], Rows]:
    asked = asked_of(visit)
    back = (button("back", visit), button("pause", visit))
    if asked == "outcome":
        choices: Rows = tuple((button(f"outcome_{each}", visit, "outcome", each),) for each in outcomes_of(way.guide))
        return "visit.ask_outcome", {"officer": way.officer}, (*choices, back)
    if asked == "reason":
        reasons = [button(f"reason_{each}", visit, "reason", each) for each in REASONS]
        return "visit.ask_reason", {}, (*pairs(reasons), back)
    turn.ask(NUMBER, visit=visit.id)
    return f"visit.ask_{asked}", {}, ((button(f"one_{asked}", visit, "count", "1"),), back)


def asked_of(visit: Visit) -> str:
    """What the end still asks; for how many people only where they are counted: not of a guest."""
    return asked_at_end(visit.outcome, visit.reason, visit.files, counted=visit.unit_id is not None)


def skip_page(visit: Visit, way: Way, step: Step) -> Message:
    """Why the step is not needed."""
    reasons = [(button(f"skip_{each}", visit, "skipped", each),) for each in SKIP_REASONS]
    values = {"guide": way.guide.short_title} | _where(way, step)
    return Message("visit.ask_skip", values, (*reasons, (button("to_step", visit, "show"),)))


def button(
    label: str, visit: Visit, action: str = "", arg: str = "", values: Mapping[str, Any] | None = None
) -> Button:
    """A button that does something to the visit as it is now."""
    return Button(f"visit.button_{label}", f"visit.{action or label}", visit.id, visit.version, arg, values or {})


def _where(way: Way, step: Step) -> dict[str, Any]:
    progress = way.progress
    return {"number": progress.number, "total": progress.total, "step": step_values(way.guide, step) | {"options": []}}
