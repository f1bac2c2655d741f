"""The answer to a request for more time: yes, another day, or no with a reason; and the list of those that wait."""

from __future__ import annotations

from datetime import datetime

from handlers.access import needs
from handlers.extension import answers, asked_facts, latest
from handlers.menu import go
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from models import extensions, units
from models.alerts import alert_writers
from models.extensions import ASKED, Asked
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.reviews import read_reason, scopes_of
from models.rules.until import read_until

PERMISSION = "extension.decide"
ROWS = 8


async def _reach(turn: Turn, extension_id: int) -> Asked:
    asked = await extensions.find(turn.session, extension_id, lock=True)
    turn.allow(PERMISSION, asked.case.unit.path if asked else None)
    assert asked is not None
    return asked


@needs("board.read")
async def waiting(turn: Turn) -> list[Message]:
    """The requests that wait at a unit and below."""
    unit = await units.find(turn.session, turn.press.object)
    turn.allow("board.read", unit.path if unit else None)
    assert unit is not None
    found = await extensions.waiting(turn.session, scopes_of(turn.actor, PERMISSION, unit.path))
    rows = [await asked_facts(turn, each.case, each.extension, each.name) for each in found[:ROWS]]
    buttons = [
        (Button("extension.button_open", "extension.show", each.extension.id, values=row),)
        for each, row in zip(found[:ROWS], rows, strict=True)
    ]
    values = {"unit": unit.name, "count": len(found), "rows": rows}
    return [Message("extension.list", values, (*buttons, (go("tiendo"), go("menu"))))]


@needs("extension.decide")
async def show(turn: Turn) -> list[Message]:
    return [await _card(turn, await _reach(turn, turn.press.object))]


async def _card(turn: Turn, asked: Asked, *before: Line) -> Message:
    """A request: with its answers while it waits, else what became of it."""
    values = await asked_facts(turn, asked.case, asked.extension, asked.name) | {"before": list(before)}
    if asked.extension.state != ASKED:
        return Message("extension.settled", values, ((go("tiendo"), go("menu")),))
    return Message("extension.show", values, (*answers(asked.extension), (go("tiendo"), go("menu"))))


async def _open(turn: Turn, extension_id: int, version: int) -> tuple[Asked, list[Message] | None]:
    """The request; and its card instead of going on, when it was answered or replaced meanwhile."""
    asked = await _reach(turn, extension_id)
    if asked.extension.state == ASKED and version in (0, asked.extension.version):
        return asked, None
    turn.end()
    return asked, [await _card(turn, asked, line("access.stale"))]


@needs("extension.decide")
async def grant(turn: Turn) -> list[Message]:
    asked, instead = await _open(turn, turn.press.object, turn.press.version)
    return instead or await _grant(turn, asked, asked.extension.wanted_until)


async def _grant(turn: Turn, asked: Asked, until: datetime) -> list[Message]:
    turn.end()
    await extensions.grant(turn.session, asked, until, person_id=turn.person_id, now=turn.now)
    return await _told(turn, asked, "granted")


async def _told(turn: Turn, asked: Asked, outcome: str) -> list[Message]:
    """Whoever files for the unit learns the answer at once."""
    case, extension = asked.case, asked.extension
    values = await asked_facts(turn, case, extension, asked.name) | {"answer": extension.answer, "decider": turn.name}
    report = Button("extension.button_report", "report.open", case.period.id, arg=str(case.unit.id))
    once = f"extension:{extension.id}:{extension.version}"
    told = Message(f"extension.{outcome}", values, ((report,),))
    await alert_writers(turn.session, case.unit, told, once=once, now=turn.now, but=turn.person_id)
    left = await extensions.count_waiting(turn.session, scopes_of(turn.actor, PERMISSION))
    held = next((each for each in turn.actor.roles if case.unit.path.startswith(each.path)), None)
    more = (Button("extension.button_list", "extension.list", held.unit_id, values={"count": left}),) if held else ()
    rows = ((*(more if left else ()), go("tiendo")), (go("menu"),))
    return [Message(f"extension.{outcome}_now", values, rows)]


@needs("extension.decide")
async def ask_other(turn: Turn) -> list[Message]:
    asked, instead = await _open(turn, turn.press.object, turn.press.version)
    return instead or await _ask_day(turn, asked)


async def _ask_day(turn: Turn, asked: Asked, *before: Line) -> list[Message]:
    turn.ask("extension.other", extension=asked.extension.id, version=asked.extension.version)
    values = await asked_facts(turn, asked.case, asked.extension, asked.name)
    values |= {"before": list(before), "last": await latest(turn, asked.case)}
    return [Message("extension.ask_other", values, ((_back(asked), go("menu")),), expects="text")]


def _back(asked: Asked) -> Button:
    return Button("extension.button_back", "extension.show", asked.extension.id)


@needs("extension.decide")
async def take_other(turn: Turn) -> list[Message]:
    """Another day, typed; one that may be misread is asked for again, spelled out."""
    asked, instead = await _open(turn, int(turn.talk.data["extension"]), int(turn.talk.data["version"]))
    if instead is not None:
        return instead
    try:
        text = turn.text if turn.incoming.kind == "text" else ""
        until = read_until(text, turn.now, turn.zone, asked.case.period.due_at, await latest(turn, asked.case))
    except Refusal as refusal:
        return await _ask_day(turn, asked, refusal_line(refusal))
    return await _grant(turn, asked, until)


@needs("extension.decide")
async def ask_why(turn: Turn) -> list[Message]:
    asked, instead = await _open(turn, turn.press.object, turn.press.version)
    return instead or await _ask_why(turn, asked)


async def _ask_why(turn: Turn, asked: Asked, *before: Line) -> list[Message]:
    turn.ask("extension.why", extension=asked.extension.id, version=asked.extension.version)
    values = await asked_facts(turn, asked.case, asked.extension, asked.name) | {"before": list(before)}
    return [Message("extension.ask_why", values, ((_back(asked), go("menu")),), expects="text")]


@needs("extension.decide")
async def take_why(turn: Turn) -> list[Message]:
    asked, instead = await _open(turn, int(turn.talk.data["extension"]), int(turn.talk.data["version"]))
    if instead is not None:
        return instead
    try:
        answer = read_reason(turn.text if turn.incoming.kind == "text" else "")
    except Refusal as refusal:
        return await _ask_why(turn, asked, refusal_line(refusal))
    turn.end()
    await extensions.refuse(turn.session, asked, answer, person_id=turn.person_id, now=turn.now)
    return await _told(turn, asked, "refused")


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"extension.other": take_other, "extension.why": take_why}
ACTIONS: dict[str, Handler] = {
    "extension.list": waiting,
    "extension.show": show,
    "extension.grant": grant,
    "extension.other": ask_other,
    "extension.refuse": ask_why,
}
