"""The label of a button typed that several messages brought: which of them is meant is asked, never guessed."""

from __future__ import annotations

from dataclasses import replace

from handlers.access import public
from handlers.menu import go
from handlers.turn import Handler, Turn
from models.messages import Button, Message
from models.pushed import PushedButton


@public
async def which(turn: Turn) -> list[Message]:
    """Each of the buttons again, with when its message came; whoever presses one is asked for the right to it then."""
    rows = tuple((_dated(number, each),) for number, each in enumerate(reversed(turn.pushed), start=1))
    first = turn.pushed[0].button
    values = {"label": first.label, "of": dict(first.values), "count": len(rows)}
    return [Message("pushed.which", values, (*rows, (go("menu"),)), place="new")]


def _dated(number: int, each: PushedButton) -> Button:
    values = {"label": each.button.label, "of": dict(each.button.values), "at": each.at, "number": number}
    return replace(each.button, label="pushed.button_of", values=values)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {}
