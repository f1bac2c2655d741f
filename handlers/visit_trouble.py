"""Something goes wrong at a step: which trouble it is, how it is mended, and who helps when that was not enough."""

from __future__ import annotations

from handlers.access import public
from handlers.guide_doors import step_ways
from handlers.guide_pages import Rows, fact_values, pairs, place_of
from handlers.turn import Handler, Turn
from handlers.visit_pages import button, in_hand, reach, screen, stale_screen
from models import visits
from models.messages import Button, Message
from models.rules.folding import shorten
from models.rules.guides import Trouble
from models.rules.visits import Way
from models.tables import Visit

LABEL = 60  # characters of a trouble on its button
HELPERS = 2  # lines of when an officer is needed, and of hotlines


@public
async def show(turn: Turn) -> list[Message]:
    """The troubles of this step, then those that may come up anywhere; when none is known, who helps."""
    visit, way = await in_hand(turn)
    if way is None or way.here is None:
        return await stale_screen(turn, visit)
    if not way.troubles:
        return [_helpers(turn, visit, way)]
    troubles: list[tuple[Button, ...]] = [
        (button("when", visit, "mend", each.code, {"when": shorten(each.when, LABEL)}),) for each in way.troubles
    ]
    other = (button("other_trouble", visit, "stuck"),)
    values = {"guide": way.guide.short_title, "title": way.here.title}
    doors = pairs(step_ways(turn, way.guide, way.here))
    rows = (*troubles, other, *doors, (button("to_step", visit, "show"), button("finish", visit)))
    return [Message("visit.troubles", values, rows, place=place_of(turn))]


@public
async def mend(turn: Turn) -> list[Message]:
    """What helps against the chosen trouble; that it came up is noted."""
    visit, way = await in_hand(turn)
    trouble = _known(way, turn.press.arg) if way else None
    if way is None or trouble is None:
        return await stale_screen(turn, visit)
    visits.move(visit, way.meet(trouble.code), turn.now)
    values = {"guide": way.guide.short_title, "when": trouble.when, "mend": trouble.mend, "officer": trouble.officer}
    rows = ((button("mended", visit, "show"),), (button("stuck", visit),))
    return [Message("visit.mend", values, rows)]


@public
async def stuck(turn: Turn) -> list[Message]:
    """Nothing helped: when to go to an officer, whom to call, and the way to end here."""
    visit, way = await in_hand(turn)
    if way is None:
        return await stale_screen(turn, visit)
    return [_helpers(turn, visit, way)]


@public
async def show_step(turn: Turn) -> list[Message]:
    """Back to where the visit stands."""
    return [await screen(turn, await reach(turn, turn.press.object))]


def _helpers(turn: Turn, visit: Visit, way: Way) -> Message:
    guide = way.guide
    values = {
        "guide": guide.short_title,
        "officer_when": list(guide.officer_when[:HELPERS]),
        "hotlines": [fact_values(guide, each) for each in guide.hotlines[:HELPERS]],
    }
    return Message("visit.stuck", values, _ways_out(turn, visit, way), place=place_of(turn))


def _ways_out(turn: Turn, visit: Visit, way: Way) -> Rows:
    doors = step_ways(turn, way.guide, way.here) if way.here else []
    end = button("end_unfinished", visit, "finish", "unfinished")
    return (*pairs(doors), (button("to_step", visit, "show"), end))


def _known(way: Way, code: str) -> Trouble | None:
    return next((each for each in way.troubles if each.code == code), None)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "visit.trouble": show,
    "visit.mend": mend,
    "visit.stuck": stuck,
    "visit.show": show_step,
}
