"""The board by groups ("Theo cụm, khối"): how far each cluster and block is, and its units one by one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.access import needs
from handlers.board import nearest
from handlers.board_view import View, abreast, count_facts, moved_facts, page_turns, view_of, viewed
from handlers.menu import go
from handlers.turn import Handler, Turn
from models import board, group_board, groups
from models.board import Branch, Counts, count
from models.group_board import GroupBoard, GroupLine
from models.messages import Button, Message
from models.rules.periods import local_day
from models.rules.permissions import may
from models.tables import Group, Unit

GROUPS = 4  # on one page, two lines each
UNITS = 6


@needs("group.read")
async def show(turn: Turn) -> list[Message]:
    """Every group of an office in the period shown, and what is in none."""
    view = await viewed(turn, "group.read")
    found = await group_board.group_board(turn.session, view.unit, view.period, turn.now)
    pages = max((len(found.lines) + GROUPS - 1) // GROUPS, 1)
    page = min(view.page, pages - 1)
    shown = found.lines[page * GROUPS : (page + 1) * GROUPS]
    values = view.facts(turn) | {
        "rows": [_line(each) for each in shown],
        "outside": _share(found.outside_counts) if found.kind and found.outside else None,
        "outside_kind": found.kind,
        "page": page + 1,
        "pages": pages,
    }
    values |= await moved_facts(turn, view, found.owings)
    rows = [*abreast(_buttons(turn, view, found, shown), 2), page_turns(view, "group_board.show", page, pages)]
    way_out = (view.button("board.button_back"), go("menu"))
    return [Message("group.board", values, tuple(row for row in (*rows, way_out) if row))]


@needs("group.read")
async def one(turn: Turn) -> list[Message]:
    """The units of a group; for an officer who looks after it, exactly those that are theirs."""
    group, owner = await _reach(turn)
    view = await _view(turn, owner)
    if view is None:
        return [Message("board.no_period", {"unit": group.name}, ((go("donvi"), go("lich")), (go("menu"),)))]
    found = await group_board.units_board(turn.session, group, owner, view.period, turn.now)
    mine = [each for each in found if may(turn.actor, "board.read", each.path)]
    back = _way_back(turn, view)
    arg = "group_board.one"
    return [await _units_page(turn, view, mine, (arg, group.id), {"title_of_group": group.name}, back)]


@needs("group.read")
async def outside(turn: Turn) -> list[Message]:
    """What is in none of the clusters, by the units right below."""
    view = await viewed(turn, "group.read")
    found = await group_board.group_board(turn.session, view.unit, view.period, turn.now)
    name = {"title_of_group": "", "outside_kind": found.kind}
    way = ("group_board.outside", view.unit.id)
    return [await _units_page(turn, view, found.outside, way, name, _way_back(turn, view))]


async def _reach(turn: Turn) -> tuple[Group, Unit]:
    """The group pressed: for whoever may read its owner, and for the officers whose role is limited to it."""
    found = await groups.find(turn.session, turn.press.object)
    path = found[1].path if found else None
    if found is not None and not may(turn.actor, "group.read", found[1].path):
        after = await group_board.looked_after(turn.session, turn.actor.person_id or 0, turn.now)
        if found[0] in after:
            path = await _first_of_mine(turn, found[0])
    turn.allow("group.read", path)
    assert found is not None
    return found


async def _first_of_mine(turn: Turn, group: Group) -> str | None:
    paths = await groups.member_paths(turn.session, [group.id], local_day(turn.now, turn.zone))
    return next((path for _, path in paths if may(turn.actor, "group.read", path)), None)


async def _view(turn: Turn, owner: Unit) -> View | None:
    """The owner of the group in the period that the button names, else in the one due nearest."""
    period_id, _, page = turn.press.arg.partition(".")
    if period_id.isdecimal():
        period = await board.period(turn.session, int(period_id))
        if period is None:
            turn.allow("group.read", None)
    else:
        period = await nearest(turn, owner.path)
    return None if period is None else await view_of(turn, owner, period, int(page) if page.isdecimal() else 0)


async def _units_page(
    turn: Turn,
    view: View,
    branches: Sequence[Branch],
    way: tuple[str, int],
    name: dict[str, Any],
    back: tuple[Button, ...],
) -> Message:
    pages = max((len(branches) + UNITS - 1) // UNITS, 1)
    page = min(view.page, pages - 1)
    shown = branches[page * UNITS : (page + 1) * UNITS]
    owings = [owing for branch in branches for owing in branch.owings]
    values = {"outside_kind": ""} | view.facts(turn) | name | _share(count(owings))
    values |= await moved_facts(turn, view, owings)
    values |= {"rows": [{"name": each.name} | _share(each.counts) for each in shown], "page": page + 1, "pages": pages}
    buttons = [view.button("board.button_branch", unit=each.unit_id, name=each.name) for each in shown]
    turns = page_turns(view, way[0], page, pages)
    turns = tuple(Button(each.label, each.action, way[1], arg=each.arg) for each in turns)
    rows = (*abreast(buttons, 2), turns, (*back, go("menu")))
    return Message("group.board_units", values, tuple(row for row in rows if row))


def _way_back(turn: Turn, view: View) -> tuple[Button, ...]:
    if not may(turn.actor, "group.read", view.unit.path):
        return (go("tiendo"),)
    return (view.button("board.button_back", "group_board.show"),)


def _buttons(turn: Turn, view: View, found: GroupBoard, shown: Sequence[GroupLine]) -> list[Button]:
    at = f"{view.period.id}.0"
    buttons = [
        Button("group.button_board_of", "group_board.one", each.group.id, arg=at, values={"name": each.group.name})
        for each in shown
    ]
    if found.kind and found.outside:
        label = f"group.button_outside_{found.kind}"
        buttons.append(view.button(label, "group_board.outside"))
    if not found.lines and may(turn.actor, "group.manage", view.unit.path):
        buttons.append(Button("group.button_open", "group.list", view.unit.id))
    return buttons


def _line(each: GroupLine) -> dict[str, Any]:
    return {"name": each.group.name, "units": each.units} | _share(each.counts)


def _share(counts: Counts) -> dict[str, Any]:
    """The counts, and how much of what is expected was filed, in percent; of nothing there is no share."""
    rate = round(100 * counts.filed / counts.expected) if counts.expected else None
    return count_facts(counts) | {"rate": rate}


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "group_board.show": show,
    "group_board.one": one,
    "group_board.outside": outside,
}
