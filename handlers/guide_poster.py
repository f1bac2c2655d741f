"""The poster of a guide (tờ quét mã) as a PDF in the chat, for the office where it is to hang."""

from __future__ import annotations

from collections.abc import Sequence

from handlers import menu
from handlers.access import needs
from handlers.guide_pages import back_to_card, fields_page, guide_of, reading
from handlers.turn import Handler, Turn
from models import units
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.folding import shorten
from models.rules.guides import Guide
from models.rules.permissions import reach_of
from models.tables import Unit

WHERE = "poster.where"  # the flow: whoever looks after many offices types which one
MOST = 8  # units to choose from on a screen


@needs("poster.make")
async def send(turn: Turn) -> list[Message]:
    """The poster of the guide `arg` for the unit `object`; without one for the speaker's own, or asked which."""
    if turn.press.object:
        unit = await units.find(turn.session, turn.press.object)
        turn.allow("poster.make", unit.path if unit and unit.closed_on is None else None)
        own = [unit] if unit else []
    else:
        own = await _own_units(turn)
    guide = await guide_of(turn, turn.press.arg)
    if guide is None:
        return [await fields_page(turn)]
    if turn.press.object or (len(own) == 1 and own[0].kind == "team"):
        reading(turn)
        return [_made(guide, own[0])]
    office = next((unit for unit in own if unit.kind != "team"), None)
    if office is not None:
        turn.ask(WHERE, unit=office.id, guide=guide.code)
    return [_choice(guide, own, office)]


@needs("poster.make")
async def look_up(turn: Turn) -> list[Message]:
    """The name of an office, typed: those below the speaker's own that are called so."""
    office = await units.find(turn.session, turn.talk.data["unit"])
    turn.allow("poster.make", office.path if office else None)
    guide = await guide_of(turn, turn.talk.data.get("guide", ""))
    if office is None or guide is None:
        return [await fields_page(turn)]
    wanted = turn.text.strip()
    found = await units.search(turn.session, office.path, wanted, None, MOST) if turn.incoming.kind == "text" else []
    return [_choice(guide, found or [office], office, "found" if found else "not_found", shorten(wanted, 60))]


async def _own_units(turn: Turn) -> list[Unit]:
    """The units in which the speaker has a role that makes posters. Refuses when there is none."""
    held = [each for each in turn.actor.roles if reach_of(each, "poster.make")]
    found = [await units.find(turn.session, number) for number in dict.fromkeys(each.unit_id for each in held)]
    open_ones = [unit for unit in found if unit is not None and unit.closed_on is None]
    if not open_ones:
        raise Refusal("permission.not_found")
    return open_ones


def _made(guide: Guide, unit: Unit) -> Message:
    wanted = {"poster_file": {"guide": guide.code, "unit": unit.id}}
    values = {"title": guide.title, "unit": unit.name, **wanted}
    return Message("poster.sent", values, ((back_to_card(guide), menu.go("menu")),), place="new")


def _choice(guide: Guide, listed: Sequence[Unit], office: Unit | None, looked: str = "", wanted: str = "") -> Message:
    """Where it is to hang. `office`: below it any other may be looked for; `looked`: what came of the last look."""
    rows = [
        (Button("poster.button_unit", "poster.send", unit.id, arg=guide.code, values={"name": unit.name}),)
        for unit in listed[:MOST]
    ]
    values = {"title": guide.title, "looked": looked, "wanted": wanted, "may_look": office is not None}
    back = (back_to_card(guide), menu.go("menu"))
    return Message("poster.ask", values, (*rows, back), expects="text" if office else "choice")


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {WHERE: look_up}
ACTIONS: dict[str, Handler] = {"poster.send": send}
