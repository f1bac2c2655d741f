"""What the screens of questions (hỏi đáp) share: whose question it is, from where it is asked, how a list is turned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.menu import go
from handlers.turn import Turn
from models import questions, units, visits
from models.messages import Button
from models.questions import Asker, Listed
from models.rules import Refusal
from models.rules.folding import shorten
from models.rules.permissions import reach_of
from models.tables import Unit

PAGE = 6  # questions on a screen
LABEL = 45  # characters of a question on its button
TEXT, PLACE, KNOWN = "question.text", "question.place", "question.known"  # the flows of asking
ASKING = (TEXT, PLACE, KNOWN)
Rows = tuple[tuple[Button, ...], ...]
MINE = Button("question.button_mine", "question.mine")


def asker(turn: Turn) -> Asker:
    return Asker(turn.account.id, turn.actor.person_id)


async def own(turn: Turn, question_id: int) -> Listed:
    """A question of the speaker's own; for any other the answer is that there is none."""
    found = await questions.find_own(turn.session, question_id, asker(turn))
    if found is None:
        raise Refusal("permission.not_found")
    return found


async def places(turn: Turn) -> list[Unit]:
    """The units from which the speaker may ask, the likeliest first; none for a guest."""
    found = await visits.units_for(turn.session, turn.actor, turn.now)
    if found or not turn.actor.roles:
        return found
    unit = await units.find(turn.session, turn.actor.roles[0].unit_id)
    open_unit = unit if unit is not None and unit.closed_on is None else await units.root(turn.session)
    return [open_unit] if open_unit is not None else []


async def place_of_guest(turn: Turn) -> Unit | None:
    """Where a guest is: where the poster hung that they scanned, else where they said the last time."""
    unit_id = turn.talk.data.get("unit")
    unit = await units.find(turn.session, int(unit_id)) if unit_id else None
    return unit or await questions.last_place(turn.session, turn.account.id)


async def paths_here(turn: Turn) -> list[str]:
    """Of the units whose known answers are for the speaker."""
    if turn.actor.roles:
        return [held.path for held in turn.actor.roles]
    unit = await place_of_guest(turn) or await units.root(turn.session)
    return [unit.path] if unit is not None else []


async def desks(turn: Turn) -> list[Unit]:
    """The offices for which the speaker answers questions."""
    ids = [held.unit_id for held in turn.actor.roles if reach_of(held, "question.answer")]
    found = [await units.find(turn.session, unit_id) for unit_id in dict.fromkeys(ids)]
    return [unit for unit in found if unit is not None and unit.closed_on is None]


def page_number(arg: str) -> int:
    """Where a list begins, as a button of ours carries it."""
    return min(int(arg), 10_000) if arg.isascii() and arg.isdigit() else 0


def turning(action: str, unit_id: int, offset: int, more: bool, head: str = "") -> Rows:
    """The ways to the pages around, as far as there are any."""
    around: list[Button] = []
    if offset:
        around.append(Button("question.button_before", action, unit_id, arg=f"{head}{max(0, offset - PAGE)}"))
    if more:
        around.append(Button("question.button_after", action, unit_id, arg=f"{head}{offset + PAGE}"))
    return (tuple(around),) if around else ()


def line(listed: Listed) -> dict[str, Any]:
    """A question on one line."""
    question = listed.question
    first = question.text.replace("\n", " ")
    return {
        "text": shorten(first, LABEL),
        "by": listed.by,
        "at": question.asked_at,
        "state": question.state,
        "holder": listed.holder,
    }


def ways_on(*buttons: Button) -> Rows:
    """Back into the questions, or away."""
    return ((*buttons, go("menu")),)


def leave(turn: Turn) -> None:
    """Nothing is asked any more, unless a question was typed that could not be sent yet."""
    if not send_now(turn):
        turn.end()


def send_now(turn: Turn) -> Rows:
    """The way to send what was typed, while there is something."""
    waits = turn.talk.flow in ASKING and turn.talk.data.get("text")
    return ((Button("question.button_send_now", "question.go_on"),),) if waits else ()


def buttons_of(found: Sequence[Listed], label: str, action: str) -> Rows:
    return tuple((Button(label, action, each.question.id, values=line(each)),) for each in found)
