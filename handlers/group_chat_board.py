"""`/tiendo` in a chat of several people: numbers and names of units, and of a team how its own report stands."""

from __future__ import annotations

from typing import Any

from handlers.board import nearest
from handlers.board_view import count_facts, duty_words, moved_facts, view_of
from handlers.turn import Turn
from models import board, owings
from models.board import Branch
from models.messages import Button, Message
from models.owings import Owing
from models.tables import PeriodRow, Unit

BRANCHES = 6  # names on one screen; a group is no place to turn pages


async def screen(turn: Turn, unit: Unit) -> Message:
    """How the period due nearest to now stands."""
    period = await nearest(turn, unit.path)
    rows = _rows(turn, unit)
    if period is None:
        return Message("group_chat_board.no_period", {"unit": unit.name}, rows, place="new")
    if unit.kind == "team":
        return Message("group_chat_board.team", await _team(turn, unit, period), rows, place="new")
    view = await view_of(turn, unit, period)
    found = await board.board(turn.session, unit.path, period.id, turn.now)
    facts = view.facts(turn) | await moved_facts(turn, view, found.owings)
    own = [branch.owing for branch in found.branches if branch.owing is not None and branch.owing.unit_id == unit.id]
    if len(found.branches) == 1 and own:
        return Message("group_chat_board.team", await _lines(turn, unit, period, own), rows, place="new")
    shown = [_branch(each) for each in found.branches[:BRANCHES]]
    values = facts | count_facts(found.counts) | {"branches": shown, "more": len(found.branches) - len(shown)}
    return Message("group_chat_board.office", values, rows, place="new")


def _branch(branch: Branch) -> dict[str, Any]:
    owing = branch.owing
    return {"name": branch.name, "state": owing.state if owing else ""} | count_facts(branch.counts)


async def _team(turn: Turn, unit: Unit, period: PeriodRow) -> dict[str, Any]:
    """Its own report: what became part of the team and what lies beside it is not for its group."""
    found = await owings.pending(turn.session, turn.now, path=unit.path, period_id=period.id)
    return await _lines(turn, unit, period, [each for each in found if each.unit_id == unit.id])


async def _lines(turn: Turn, unit: Unit, period: PeriodRow, found: list[Owing]) -> dict[str, Any]:
    title, _level = await duty_words(turn, period)
    return {"unit": unit.name, "rows": [owings.line(each, title) for each in found]}


def _rows(turn: Turn, unit: Unit) -> tuple[tuple[Button, ...], ...]:
    link = turn.link_to(Button("", "board.unit", unit.id))
    return ((Button("group_chat_board.button_private", url=link),),) if link else ()
