"""What is typed during a visit: a way on in one's own words, or a number where one is asked. No word is kept."""

from __future__ import annotations

from handlers import visit as visits_begun
from handlers import visit_end, visit_steps, visit_trouble
from handlers.access import public
from handlers.private_words import refused
from handlers.turn import Handler, Press, Turn
from handlers.visit_pages import NUMBER, STEP, reach, screen, way_of
from models.messages import Message
from models.rules import Refusal
from models.rules.numbers import read_number
from models.rules.visits import MOST, way_meant
from models.visits import LIVE

WAYS: dict[str, Handler] = {
    "done": visit_steps.done,
    "back": visit_steps.back,
    "skip": visit_steps.ask_skip,
    "trouble": visit_trouble.show,
    "pause": visits_begun.pause,
    "finish": visit_end.finish,
}


@public
async def take_words(turn: Turn) -> list[Message]:
    """At a step: whatever is no button."""
    visit = await reach(turn, turn.talk.data.get("visit", 0))
    if found := await refused(turn):
        return [await screen(turn, visit, "visit.private", kind=found)]
    way = await way_of(turn, visit) if visit.state in LIVE else None
    if turn.incoming.kind != "text" or way is None:
        return [await screen(turn, visit, "visit.only_words")]
    meant = way_meant(turn.text)
    if not meant and way.here is not None and not way.here.fork:
        return [await screen(turn, visit, "visit.words")]
    if not meant or not way.leads(meant):
        return [await screen(turn, visit, "visit.choose")]
    turn.press = Press("", visit.id, visit.version)
    return await WAYS[meant](turn)


@public
async def take_number(turn: Turn) -> list[Message]:
    """Where people or applications are counted: a digit is a number, a word is a way."""
    visit = await reach(turn, turn.talk.data.get("visit", 0))
    if found := await refused(turn):
        return [await screen(turn, visit, "visit.private", kind=found)]
    way = await way_of(turn, visit) if visit.state in LIVE else None
    if turn.incoming.kind != "text" or way is None:
        return [await screen(turn, visit, "visit.only_words")]
    meant = way_meant(turn.text)
    if meant in ("back", "pause"):
        turn.press = Press("", visit.id, visit.version)
        return await WAYS[meant](turn)
    try:
        return [await visit_end.counted(turn, visit, way, _read(turn.text))]
    except Refusal as no:
        return [await screen(turn, visit, no.key, **no.values)]


def _read(text: str) -> int:
    """Raises Refusal number.*, visit.number_range (`most`)."""
    reading = read_number(text, whole=True)
    if not reading.sure or not 1 <= reading.value <= MOST:
        raise Refusal("visit.number_range", most=MOST)
    return int(reading.value)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {STEP: take_words, NUMBER: take_number}
ACTIONS: dict[str, Handler] = {}
