""" "Tin nhận được": what the bot sends by itself, and what of it somebody may turn off. All of it is one's own."""

from __future__ import annotations

from handlers import account, menu
from handlers.access import public
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.turn import Handler, Turn
from models import mutes
from models.messages import Button, Message
from models.rules.mutes import KINDS, kinds_for, read_call


@public
async def show(turn: Turn) -> list[Message]:
    if turn.actor.person_id is None:
        return account.stranger(turn)
    turn.end()
    return [await _page(turn)]


@public
async def typed(turn: Turn) -> list[Message]:
    """ "tắt tin tức", "bật bản tin tuần"; without a name the page asks which."""
    if turn.actor.person_id is None:
        return account.stranger(turn)
    turn.end()
    kind, wanted = read_call(turn.text) or ("", True)
    known = kinds_for(turn.actor, (kind,) if wanted else ())
    return [await _turned(turn, kind, wanted) if kind in known else await _page(turn)]


@public
async def turn_off(turn: Turn) -> list[Message]:
    return await _pressed(turn, wanted=False)


@public
async def turn_on(turn: Turn) -> list[Message]:
    return await _pressed(turn, wanted=True)


async def _pressed(turn: Turn, *, wanted: bool) -> list[Message]:
    if turn.actor.person_id is None:
        return account.stranger(turn)
    if turn.press.arg not in KINDS:
        return await menu.stale(turn)
    turn.end()
    return [await _turned(turn, turn.press.arg, wanted)]


async def _turned(turn: Turn, kind: str, wanted: bool) -> Message:
    change = mutes.unmute if wanted else mutes.mute
    await change(turn.session, turn.person_id, kind, turn.now)
    return await _page(turn, f"mute.{'on' if wanted else 'off'}_now", kind)


async def _page(turn: Turn, before: str = "", changed: str = "") -> Message:
    off = await mutes.kinds_of(turn.session, turn.person_id)
    kinds = kinds_for(turn.actor, off)
    values = {"before": before, "changed": changed, "kinds": [{"kind": kind, "off": kind in off} for kind in kinds]}
    rows = tuple((_switch(kind, kind in off),) for kind in kinds)
    return Message("mute.show", values, (*rows, (account.BACK, go("menu"))), place=place_of(turn))


def _switch(kind: str, is_off: bool) -> Button:
    way = "on" if is_off else "off"
    return Button(f"mute.button_{way}", f"mute.{way}", arg=kind, values={"kind": kind})


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"mute.show": show, "mute.off": turn_off, "mute.on": turn_on}
