"""Walking through a guide: done, back, skip, a fork's answer, and what has to come first."""

from __future__ import annotations

from handlers.access import public
from handlers.turn import Handler, Turn
from handlers.visit_pages import in_hand, screen, skip_page, speaker, stale_screen
from models import visits
from models.messages import Message
from models.rules.guides import END, Guide
from models.rules.visits import PREPARATION, Way
from models.tables import Visit


@public
async def done(turn: Turn) -> list[Message]:
    visit, way = await in_hand(turn)
    if way is None:
        return await stale_screen(turn, visit)
    return [await _moved(turn, visit, way, way.done())]


@public
async def back(turn: Turn) -> list[Message]:
    """To the step before; at the end first to what was said there, before the first step to what waits for this."""
    visit, way = await in_hand(turn)
    if way is None:
        return await stale_screen(turn, visit)
    if way.step == END and visit.outcome:
        visits.say_outcome(visit, "", "", turn.now)
        return [await screen(turn, visit)]
    waiting = await visits.waiting_for(turn.session, visit)
    if way.step == PREPARATION and waiting is not None:
        await visits.drop(turn.session, visit, by=turn.actor.person_id, now=turn.now)
        visits.resume(waiting, turn.now)
        return [await screen(turn, waiting)]
    return [await _moved(turn, visit, way, way.back())]


@public
async def ask_skip(turn: Turn) -> list[Message]:
    visit, way = await in_hand(turn)
    if way is None or way.here is None or way.here.fork:
        return await stale_screen(turn, visit)
    return [skip_page(visit, way, way.here)]


@public
async def skip(turn: Turn) -> list[Message]:
    visit, way = await in_hand(turn)
    if way is None:
        return await stale_screen(turn, visit)
    return [await _moved(turn, visit, way, way.skip(turn.press.arg))]


@public
async def choose(turn: Turn) -> list[Message]:
    """An answer of the fork; when it says that another guide comes first, that one is begun."""
    visit, way = await in_hand(turn)
    option = way.option(turn.press.arg) if way else None
    if way is None or option is None:
        return await stale_screen(turn, visit)
    first = (await turn.guides.current(turn.session)).get(option.guide)
    if first is not None:
        return [await _begin_first(turn, visit, first)]
    return [await _moved(turn, visit, way, way.choose(turn.press.arg))]


@public
async def walk_prior(turn: Turn) -> list[Message]:
    visit, way = await in_hand(turn)
    first = (await turn.guides.current(turn.session)).get(way.prior()) if way else None
    if first is None:
        return await stale_screen(turn, visit)
    return [await _begin_first(turn, visit, first)]


async def _begin_first(turn: Turn, visit: Visit, guide: Guide) -> Message:
    made = await visits.begin(turn.session, guide, speaker(turn), visit.unit_id, turn.now, parent=visit)
    return await screen(turn, made)


async def _moved(turn: Turn, visit: Visit, way: Way, onward: Way) -> Message:
    if onward is way:
        return await screen(turn, visit, "visit.choose")
    visits.move(visit, onward, turn.now)
    return await screen(turn, visit)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "visit.done": done,
    "visit.back": back,
    "visit.skip": ask_skip,
    "visit.skipped": skip,
    "visit.choose": choose,
    "visit.prior": walk_prior,
}
