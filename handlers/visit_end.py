"""The end of a visit: how it came out, why not, how many applications, for how many people."""

from __future__ import annotations

from handlers import menu
from handlers.access import public
from handlers.guide_pages import place_of
from handlers.turn import Handler, Turn
from handlers.visit_pages import asked_of, in_hand, screen, speaker, stale_screen, way_of
from models import units, visits
from models.messages import Button, Message
from models.rules.guides import END
from models.rules.permissions import may
from models.rules.visits import (
    MOST,
    OFFICER,
    REASONS,
    SUCCESSES,
    UNFINISHED,
    Way,
    outcomes_of,
)
from models.tables import Visit
from models.visits import LIVE


@public
async def finish(turn: Turn) -> list[Message]:
    """End it here; `arg`: unfinished, or why it is."""
    visit, way = await in_hand(turn)
    if way is None:
        return await stale_screen(turn, visit)
    visits.move(visit, way.finish(), turn.now)
    why = turn.press.arg
    if why:
        visits.say_outcome(visit, UNFINISHED, why if why in REASONS else "", turn.now)
    return [await _next(turn, visit, way)]


@public
async def say_outcome(turn: Turn) -> list[Message]:
    visit, way = await in_hand(turn)
    if way is None or way.step != END or turn.press.arg not in outcomes_of(way.guide):
        return await stale_screen(turn, visit)
    visits.say_outcome(visit, turn.press.arg, OFFICER if way.officer else "", turn.now)
    return [await _next(turn, visit, way)]


@public
async def say_reason(turn: Turn) -> list[Message]:
    visit, way = await in_hand(turn)
    if way is None or visit.outcome != UNFINISHED or turn.press.arg not in REASONS:
        return await stale_screen(turn, visit)
    visits.say_outcome(visit, UNFINISHED, turn.press.arg, turn.now)
    return [await _next(turn, visit, way)]


@public
async def count(turn: Turn) -> list[Message]:
    """The usual number, on a button."""
    visit, way = await in_hand(turn)
    number = turn.press.arg
    if way is None or not number.isascii() or not number.isdigit() or not 1 <= int(number) <= MOST:
        return await stale_screen(turn, visit)
    return [await counted(turn, visit, way, int(number))]


async def counted(turn: Turn, visit: Visit, way: Way, number: int) -> Message:
    """So many applications, or people: whichever is being asked. Anything else asked shows its question again."""
    asked = asked_of(visit)
    if way.step != END or asked not in ("files", "people"):
        return await screen(turn, visit)
    if asked == "files":
        visits.say_files(visit, number, turn.now)
        return await _next(turn, visit, way)
    return await _end(turn, visit, way, number)


async def _next(turn: Turn, visit: Visit, way: Way) -> Message:
    """The next question of the end, or the end itself."""
    return await screen(turn, visit) if asked_of(visit) else await _end(turn, visit, way, 1)


async def _end(turn: Turn, visit: Visit, way: Way, people: int) -> Message:
    unit = await units.find(turn.session, visit.unit_id) if visit.unit_id is not None else None
    if unit is not None and not may(turn.actor, "visit.make", unit.path):
        visit.unit_id, unit = None, None  # no longer of this team: it is not theirs to count for it
    await visits.end(turn.session, visit, people, by=turn.actor.person_id, now=turn.now)
    waiting = await visits.waiting_for(turn.session, visit)
    if waiting is not None and waiting.state in LIVE:
        return await _back_to(turn, waiting, visit)
    turn.end()
    values = {
        "guide": way.guide.short_title,
        "unit": unit.name if unit else "",
        "guest": not turn.actor.roles,
        "outcome": visit.outcome,
        "reason": visit.reason,
        "people": visit.people,
        "files": visit.files,
        "minutes": max(1, round(visit.seconds / 60)),
    }
    again = Button("visit.button_again", "visit.begin", arg=visit.guide)
    rest = await visits.count_unended(turn.session, speaker(turn))
    others = (Button("visit.button_list_of", "visit.list", values={"count": rest}),) if rest else ()
    return Message("visit.ended", values, ((again,), (*others, menu.go("menu"))), place=place_of(turn))


async def _back_to(turn: Turn, waiting: Visit, first: Visit) -> Message:
    """Go on with the visit that waited, at the very step: beyond the fork when its answer asked for this guide."""
    visits.resume(waiting, turn.now)
    way = await way_of(turn, waiting)
    if way is None or first.outcome not in SUCCESSES:
        return await screen(turn, waiting, "visit.prior_unfinished")
    visits.move(waiting, way.through(first.guide), turn.now)
    return await screen(turn, waiting, "visit.prior_done")


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "visit.finish": finish,
    "visit.outcome": say_outcome,
    "visit.reason": say_reason,
    "visit.count": count,
}
