"""/tiendo: who has reported. The office goes down from its unit to a single report; a team sees itself."""

from __future__ import annotations

from typing import Any

from handlers.access import needs
from handlers.board_view import (
    View,
    abreast,
    count_facts,
    duty_words,
    may_nudge,
    moved_facts,
    name_row,
    page_turns,
    scope_of,
    tops,
    view_of,
    viewed,
)
from handlers.doors import board_ways
from handlers.menu import go
from handlers.review import work
from handlers.turn import Handler, Turn
from models import board, owings, units
from models.board import Board, Branch
from models.group_board import looked_after
from models.messages import Button, Message
from models.owed_buttons import report_button
from models.owings import Owing
from models.rules import Refusal
from models.rules.permissions import fields_of, may
from models.tables import PeriodRow

BRANCHES = 6  # on one page, each with its button
HALF = 25  # characters of a name whose button takes half of a phone's width
TEAMS = 4  # of one's own
ABREAST = 4  # short buttons in one row


@needs("board.read")
async def show(turn: Turn) -> list[Message]:
    """The board of the speaker's own unit, in the period due nearest to now."""
    turn.end()
    offices = tops(turn)
    if not offices:
        return await _my_teams(turn)
    turn.allow("board.read", offices[0].path)
    if len(offices) > 1:
        found = [unit for held in offices if (unit := await units.find(turn.session, held.unit_id)) is not None]
        rows = [*await _groups(turn)]
        rows += [(Button("board.button_unit", "board.unit", unit.id, values={"name": unit.name}),) for unit in found]
        return [Message("board.which", {}, (*rows, (go("menu"),)))]
    return await _of_unit(turn, offices[0].unit_id)


async def _groups(turn: Turn) -> list[tuple[Button, ...]]:
    """The groups that an officer looks after: one board for all their units."""
    found = await looked_after(turn.session, turn.person_id, turn.now)
    return [(Button("board.button_unit", "group_board.one", each.id, values={"name": each.name}),) for each in found]


@needs("board.read")
async def of_unit(turn: Turn) -> list[Message]:
    return await _of_unit(turn, turn.press.object)


@needs("board.read")
async def open_view(turn: Turn) -> list[Message]:
    """The board of another unit, period or page."""
    view = await viewed(turn, "board.read")
    return [await _screen(turn, view)]


@needs("board.read")
async def sheet(turn: Turn) -> list[Message]:
    """The month as a file; it is made when this turn is over. It has all fields, so it is not for an officer of one."""
    view = await viewed(turn, "board.read")
    if _by_field(turn, view):
        raise Refusal("board.sheet_has_all_fields")
    wanted = {"sheet": {"period": view.period.id, "path": view.unit.path, "scope": scope_of(turn, view.unit.path)}}
    return [Message("board.sheet", view.facts(turn) | wanted, ((view.button("board.button_back"),),), place="new")]


async def _of_unit(turn: Turn, unit_id: int) -> list[Message]:
    unit = await units.find(turn.session, unit_id)
    turn.allow("board.read", unit.path if unit else None)
    assert unit is not None
    period = await nearest(turn, unit.path)
    if period is None:
        return [Message("board.no_period", {"unit": unit.name}, ((go("donvi"), go("lich")), (go("menu"),)))]
    return [await _screen(turn, await view_of(turn, unit, period))]


async def nearest(turn: Turn, path: str) -> PeriodRow | None:
    """Of what is filed from the work itself; of reports made of those only where nothing else is owed."""
    plans = await turn.library.current(turn.session)
    consolidated = [f"{plan.code}/{duty.code}" for _, plan in plans for duty in plan.duties if duty.parts_from]
    first = await board.nearest_period(turn.session, path, turn.now, but=consolidated)
    return first or await board.nearest_period(turn.session, path, turn.now)


async def _screen(turn: Turn, view: View) -> Message:
    scope = scope_of(turn, view.unit.path)
    found = await board.board(turn.session, view.unit.path, view.period.id, turn.now, scope)
    if len(found.branches) == 1 and (owing := found.branches[0].owing) is not None and owing.unit_id == view.unit.id:
        return await _one_unit(turn, view, owing)
    pages = max((len(found.branches) + BRANCHES - 1) // BRANCHES, 1)
    page = min(view.page, pages - 1)
    shown = found.branches[page * BRANCHES : (page + 1) * BRANCHES]
    values = view.facts(turn) | count_facts(found.counts) | {"branches": [_branch(each) for each in shown]}
    values |= await moved_facts(turn, view, found.owings)
    rows = abreast([*_actions(turn, view, found), *await work(turn, view.unit)], 2) + _branch_buttons(view, shown)
    rows += _last_rows(turn, view, page_turns(view, "board.open", page, pages))
    return Message("board.show", values | {"page": page + 1, "pages": pages}, tuple(row for row in rows if row))


def _last_rows(turn: Turn, view: View, turns: tuple[Button, ...]) -> list[tuple[Button, ...]]:
    """The pages, the other ways to look, the ways out: in one row where they fit, for a board is long enough."""
    ways, out = view.button("board.button_ways", "board.ways"), _ways_out(turn, view)
    if len(turns) + 1 + len(out) <= ABREAST:
        return [(*turns, ways, *out)]
    return [(*turns, ways), out]


@needs("board.read")
async def other_ways(turn: Turn) -> list[Message]:
    """The same board in other ways: by group, by field, of other duties, of the months before and after."""
    view = await viewed(turn, "board.read")
    rows = abreast(board_ways(turn, view.unit, view.period.id), 2) + abreast(await _beside(turn, view), 2)
    rows += [tuple(await _periods(turn, view)), (view.button("board.button_back"), go("menu"))]
    return [Message("board.ways", view.facts(turn), tuple(row for row in rows if row))]


async def _one_unit(turn: Turn, view: View, owing: Owing) -> Message:
    heads = await board.heads_of(turn.session, [owing], turn.now)
    values = view.facts(turn) | {"row": name_row(owing, heads.get(owing.unit_id))}
    values |= await moved_facts(turn, view, [owing])
    report = (Button("board.button_report", "report.view", owing.report_id),) if owing.report_id else ()
    if owing.is_owed and may(turn.actor, "report.write", view.unit.path):
        report = (report_button(owing),)
    nudge = (view.button("board.button_nudge", "board.nudge"),) if owing.is_owed and may_nudge(turn, view) else ()
    if owing.locked and may(turn.actor, "report.unlock", view.unit.path):
        nudge = (view.button("unlock.button_unlock", "unlock.unit"),)
    rows = [(*report, *nudge), await work(turn, view.unit), *abreast(await _elsewhere(turn, view), 2)]
    rows.append(_ways_out(turn, view))
    return Message("board.unit", values, tuple(row for row in rows if row))


async def _my_teams(turn: Turn) -> list[Message]:
    """One line a team, and the way to its report."""
    paths = list(dict.fromkeys(held.path for held in turn.actor.roles))
    turn.allow("board.read", paths[0] if paths else None)
    mine: list[Owing] = []
    for path in paths[:TEAMS]:
        mine += await _of_team(turn, path)
    names = await owings.titles(turn.session, turn.library, mine)
    writes = turn.actor.holds(*owings.WRITERS)
    shown = [each for each in mine if writes or each.report_id]
    alone = len(shown) == 1  # of several each button says which it is, so that its label can be typed
    rows = tuple((_to_report(each, writes, "" if alone else names[each.period_id]),) for each in shown)
    lines = [owings.line(each, names[each.period_id]) for each in mine]
    return [Message("board.mine", {"rows": lines}, (*rows, (go("lich"), go("menu"))))]


async def _of_team(turn: Turn, path: str) -> list[Owing]:
    """How a team stands in the period due nearest, and whatever it still owes of other duties."""
    period = await board.nearest_period(turn.session, path, turn.now)
    if period is None:
        return []
    nearest = await owings.pending(turn.session, turn.now, path=path, period_id=period.id)
    known = await owings.pending(turn.session, turn.now, path=path)
    return nearest + [each for each in known if each.is_owed and each.duty != period.duty]


def _to_report(owing: Owing, writes: bool, title: str) -> Button:
    """To write it or to look at it; `title`: of its duty, where it is one of several."""
    if owing.is_owed and writes:
        return report_button(owing, "reminder.button_report_of", title) if title else report_button(owing)
    values = {"key": owing.period_key, "unit": owing.unit_name, "title": title}
    label = "board.button_report_of" if title else "board.button_report"
    return Button(label, "report.view", owing.report_id or 0, values=values)


def _branch(branch: Branch) -> dict[str, Any]:
    owing = branch.owing
    return {"name": branch.name, "state": owing.state if owing else ""} | count_facts(branch.counts)


def _branch_buttons(view: View, branches: tuple[Branch, ...]) -> list[tuple[Button, ...]]:
    buttons = [view.button("board.button_branch", unit=each.unit_id, name=each.name) for each in branches]
    return abreast(buttons, 2 if all(len(each.name) <= HALF for each in branches) else 1)


def _actions(turn: Turn, view: View, found: Board) -> list[Button]:
    buttons = []
    if found.counts.owed:
        buttons.append(view.button("board.button_names", "board.names"))
        if may_nudge(turn, view):
            buttons.append(view.button("board.button_nudge", "board.nudge"))
    if not _by_field(turn, view):
        buttons.append(view.button("board.button_sheet", "board.sheet"))
    return buttons


def _by_field(turn: Turn, view: View) -> bool:
    """Whether the speaker looks after single fields of the forms here."""
    return fields_of(turn.actor, "board.read", view.unit.path) is not None


async def _elsewhere(turn: Turn, view: View) -> list[Button]:
    """The other boards of this unit: of what else is owed about this time, and of the months before and after."""
    return [*await _beside(turn, view), *await _periods(turn, view)]


async def _periods(turn: Turn, view: View) -> list[Button]:
    before, after = await board.neighbours(turn.session, view.unit.path, view.period)
    return [
        Button(label, "board.open", view.unit.id, arg=f"{period.id}.0", values={"key": period.key})
        for label, period in (("board.button_earlier", before), ("board.button_later", after))
        if period is not None
    ]


async def _beside(turn: Turn, view: View) -> list[Button]:
    """The boards of what else is owed here about this time: by other levels, on other occasions."""
    buttons = []
    for period in await board.others(turn.session, view.unit.path, view.period):
        title, level = await duty_words(turn, period)
        values = {"key": period.key, "title": title, "level": level}
        buttons.append(Button("board.button_duty", "board.open", view.unit.id, arg=f"{period.id}.0", values=values))
    return buttons


def _ways_out(turn: Turn, view: View) -> tuple[Button, ...]:
    """Up to the unit above while it is the speaker's to see, and always to the menu."""
    above = [held for held in tops(turn) if view.unit.path.startswith(held.path) and view.unit.path != held.path]
    if not above or view.unit.parent_id is None:
        return (go("menu"),)
    up = above[0].unit_id if view.unit.closed_on else view.unit.parent_id  # what was closed stands below its successor
    return (view.button("board.button_back", unit=up), go("menu"))


COMMANDS: dict[str, Handler] = {"tiendo": show}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "board.unit": of_unit,
    "board.open": open_view,
    "board.sheet": sheet,
    "board.ways": other_ways,
}
