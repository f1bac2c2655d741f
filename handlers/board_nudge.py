"""Whoever still owes, by name, and nudging them by hand."""

from __future__ import annotations

from typing import Any

from handlers.access import needs
from handlers.board_view import View, may_nudge, moved_facts, name_row, page_turns, scope_of, tops, viewed
from handlers.menu import go
from handlers.turn import Handler, Turn
from models import board, nudges, units
from models.messages import Message
from models.nudges import Nudge
from models.rules.permissions import may

NAMES = 8  # of units that still owe, on one page


@needs("board.read")
async def names(turn: Turn) -> list[Message]:
    """Who still owes, with the name to call and whether the bot reaches them."""
    view = await viewed(turn, "board.read")
    scope = scope_of(turn, view.unit.path)
    found = await board.board(turn.session, view.unit.path, view.period.id, turn.now, scope)
    owed = found.owed
    pages = max((len(owed) + NAMES - 1) // NAMES, 1)
    page = min(view.page, pages - 1)
    shown = owed[page * NAMES : (page + 1) * NAMES]
    heads = await board.heads_of(turn.session, shown, turn.now)
    rows = [name_row(owing, heads.get(owing.unit_id)) for owing in shown]
    values = view.facts(turn) | {"rows": rows, "count": len(owed), "page": page + 1, "pages": pages}
    values |= await moved_facts(turn, view, found.owings)
    chase = [view.button("board.button_nudge", "board.nudge")] if may_nudge(turn, view) and owed else []
    if owed and may(turn.actor, "due.move", view.unit.path):
        chase.append(view.button("due_change.button_open", "due_change.begin"))
    back = (view.button("board.button_back"), go("menu"))
    buttons = (page_turns(view, "board.names", page, pages), tuple(chase), back)
    return [Message("board.names", values, tuple(row for row in buttons if row))]


@needs("reminder.send")
async def nudge(turn: Turn) -> list[Message]:
    """Before anybody is written to: how many people it would be."""
    view = await viewed(turn, "reminder.send")
    scope = scope_of(turn, view.unit.path)
    plan = await nudges.plan_nudge(turn.session, turn.library, view.unit.path, view.period.id, turn.now, scope)
    back = view.button("board.button_back")
    if not plan.people:
        return [Message("board.nobody_to_nudge", view.facts(turn) | _told(turn, plan), ((back,),))]
    go_on = view.button("board.button_nudge_go", "board.nudge_go", people=plan.people)
    return [Message("board.nudge_sure", view.facts(turn) | _told(turn, plan), ((go_on,), (back,)))]


@needs("reminder.send")
async def nudge_now(turn: Turn) -> list[Message]:
    view = await viewed(turn, "reminder.send")
    by, scope = await _sender(turn, view), scope_of(turn, view.unit.path)
    done = await nudges.nudge(
        turn.session, turn.library, view.unit.path, view.period.id, turn.now,
        by=by, person_id=turn.person_id, scope=scope,
    )  # fmt: skip
    key = "board.nudged" if done.people else "board.nobody_to_nudge"
    rows = ((view.button("board.button_names", "board.names"), view.button("board.button_back")),)
    return [Message(key, view.facts(turn) | _told(turn, done), rows)]


def _told(turn: Turn, plan: Nudge) -> dict[str, Any]:
    return {
        "people": plan.people,
        "units": plan.units,
        "silent": plan.silent,
        "recent": plan.recent,
        "over": plan.over,
        "again_at": plan.again_at,
        "sent_at": plan.sent_at if plan.sent_at > turn.now else None,
    }


async def _sender(turn: Turn, view: View) -> str:
    """In whose name the nudge speaks: the office of the speaker that the unit belongs to."""
    held = next(each for each in tops(turn) if view.unit.path.startswith(each.path))
    unit = await units.find(turn.session, held.unit_id)
    return unit.name if unit else ""


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "board.names": names,
    "board.nudge": nudge,
    "board.nudge_go": nudge_now,
}
