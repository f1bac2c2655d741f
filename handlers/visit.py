"""Helping a citizen: begun on a guide, paused, found again under what is unended, gone on with or given up."""

from __future__ import annotations

from handlers import menu
from handlers.access import needs, public
from handlers.guide_pages import back_to_card, place_of
from handlers.turn import Handler, Turn
from handlers.visit_pages import LIST, button, in_hand, reach, screen, speaker, stale_screen, way_of
from models import units, visits
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.guides import END, Guide
from models.rules.visits import PREPARATION
from models.tables import Unit, Visit
from models.visits import LIVE

PAGE = 6  # visits on a screen
# the rules of conduct at the start of each visit: in full, then in short, so that they fit one screen of a phone
CONDUCT = (
    *("conduct.own_hands", "conduct.secrets", "conduct.id_picture"),
    *("conduct.step_official_app", "conduct.step_caller"),
)
# a guest is mostly the citizen: what the posters and the web pages say
CAUTIONS = ("poster.conduct_secrets", "poster.conduct_own_hands", "poster.conduct_official_app")


@public
async def begin(turn: Turn) -> list[Message]:
    """The rules of conduct, and for which unit the visit is to count; nothing is begun yet."""
    guide = await _guide(turn)
    mine = await visits.units_for(turn.session, turn.actor, turn.now)
    unended = await visits.count_unended(turn.session, speaker(turn))
    turn.end()
    values = {
        "guide": guide.short_title,
        "conduct": list(CONDUCT if turn.actor.roles else CAUTIONS),
        "guest": not turn.actor.roles,
        "unit": mine[0].name if len(mine) == 1 else "",
        "several": len(mine) > 1,
    }
    waiting = ((Button("visit.button_list_of", "visit.list", values={"count": unended}),),) if unended else ()
    rows = (*_starts(guide, mine), *waiting, (back_to_card(guide),))
    return [Message("visit.conduct", values, rows, place=place_of(turn))]


@needs("visit.make")
async def start(turn: Turn) -> list[Message]:
    """A visit that counts for the unit whose button was pressed."""
    unit = await units.find(turn.session, turn.press.object)
    turn.allow("visit.make", unit.path if unit and unit.closed_on is None else None)
    return [await _start(turn, turn.press.object)]


@public
async def start_alone(turn: Turn) -> list[Message]:
    """A visit that counts nowhere: a guest's."""
    return [await _start(turn, None)]


@public
async def show_list(turn: Turn) -> list[Message]:
    """What the speaker has begun and not ended, the last touched first."""
    offset = int(turn.press.arg) if turn.press.arg.isascii() and turn.press.arg.isdigit() else 0
    found = await visits.unended(turn.session, speaker(turn), offset, PAGE + 1)
    turn.end()
    if not found:
        return [Message("visit.nothing_unended", {}, ((menu.go("huongdan"), menu.go("menu")),), place=place_of(turn))]
    if len(found) == 1 and not offset:
        return [await _card(turn, found[0], menu.go("huongdan"))]
    rows = [(await _line(turn, each),) for each in found[:PAGE]]
    earlier = (Button("visit.button_newer", "visit.list", arg=str(max(0, offset - PAGE))),) if offset else ()
    later = (Button("visit.button_older", "visit.list", arg=str(offset + PAGE)),) if len(found) > PAGE else ()
    turning = ((*earlier, *later),) if earlier or later else ()
    return [Message("visit.list", {}, (*rows, *turning, (menu.go("menu"),)), place=place_of(turn))]


@public
async def show_card(turn: Turn) -> list[Message]:
    visit = await reach(turn, turn.press.object)
    return [await _card(turn, visit, LIST)] if visit.state in LIVE else await stale_screen(turn, visit)


@public
async def resume(turn: Turn) -> list[Message]:
    visit, way = await in_hand(turn)
    if way is None:
        return await stale_screen(turn, visit)
    visits.resume(visit, turn.now)
    return [await screen(turn, visit)]


@public
async def pause(turn: Turn) -> list[Message]:
    visit, way = await in_hand(turn)
    if way is None:
        return await stale_screen(turn, visit)
    visits.pause(visit, turn.now)
    turn.end()
    go_on = button("resume", visit)
    rows = ((go_on,), (LIST, menu.go("huongdan")), (menu.go("menu"),))
    return [Message("visit.paused", {"guide": way.guide.short_title}, rows, place=place_of(turn))]


@public
async def ask_drop(turn: Turn) -> list[Message]:
    """Before a visit is given up: that it will count nowhere."""
    visit = await reach(turn, turn.press.object)
    if visit.state not in LIVE:
        return await stale_screen(turn, visit)
    values = await _described(turn, visit)
    return [Message("visit.ask_drop", values, ((button("drop", visit),), (button("keep", visit, "card"),)))]


@public
async def drop(turn: Turn) -> list[Message]:
    """Given up; what it had to come first for is gone on with."""
    visit, _way = await in_hand(turn)
    if visit.state not in LIVE or turn.press.version != visit.version:
        return await stale_screen(turn, visit)
    await visits.drop(turn.session, visit, by=turn.actor.person_id, now=turn.now)
    waiting = await visits.waiting_for(turn.session, visit)
    if waiting is not None and waiting.state in LIVE:
        visits.resume(waiting, turn.now)
        return [await screen(turn, waiting, "visit.prior_unfinished")]
    turn.end()
    return [Message("visit.dropped", {}, ((LIST, menu.go("menu")),))]


async def _guide(turn: Turn) -> Guide:
    guide = (await turn.guides.current(turn.session)).get(turn.press.arg)
    if guide is None:
        raise Refusal("permission.not_found")
    return guide


async def _start(turn: Turn, unit_id: int | None) -> Message:
    guide = await _guide(turn)
    return await screen(turn, await visits.begin(turn.session, guide, speaker(turn), unit_id, turn.now))


def _starts(guide: Guide, mine: list[Unit]) -> tuple[tuple[Button, ...], ...]:
    if not mine:
        return ((Button("visit.button_start", "visit.start_alone", arg=guide.code),),)
    if len(mine) == 1:
        return ((Button("visit.button_start", "visit.start", mine[0].id, arg=guide.code),),)
    label = "visit.button_start_for"
    return tuple((Button(label, "visit.start", unit.id, arg=guide.code, values={"unit": unit.name}),) for unit in mine)


async def _line(turn: Turn, visit: Visit) -> Button:
    return Button("visit.button_line", "visit.card", visit.id, values=await _described(turn, visit))


async def _card(turn: Turn, visit: Visit, others: Button) -> Message:
    turn.end()
    rows = ((button("resume", visit),), (button("drop_ask", visit),), (others, menu.go("menu")))
    return Message("visit.card", await _described(turn, visit), rows, place=place_of(turn))


async def _described(turn: Turn, visit: Visit) -> dict[str, object]:
    way = await way_of(turn, visit)
    waiting = await visits.waiting_for(turn.session, visit)
    after = (await turn.guides.current(turn.session)).get(waiting.guide) if waiting else None
    return {
        "return_to": after.short_title if after else "",
        "guide": way.guide.short_title if way else visit.guide,
        "at": {PREPARATION: "preparation", END: "end"}.get(way.step, "step") if way else "gone",
        "number": way.progress.number if way else 0,
        "total": way.progress.total if way else 0,
        "step": way.here.title if way and way.here else "",
        "began": visit.started_at,
    }


COMMANDS: dict[str, Handler] = {"dangdo": show_list}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "visit.begin": begin,
    "visit.start": start,
    "visit.start_alone": start_alone,
    "visit.list": show_list,
    "visit.card": show_card,
    "visit.resume": resume,
    "visit.pause": pause,
    "visit.drop_ask": ask_drop,
    "visit.drop": drop,
}
