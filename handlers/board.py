"""/tiendo: who has reported. The office goes down from its unit to a single report; a team sees itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from handlers.access import needs
from handlers.menu import go
from handlers.turn import Handler, Turn
from models import board, nudges, owings, units
from models.board import Board, Branch, Counts
from models.heads import Head
from models.messages import Button, Message
from models.nudges import Nudge
from models.owings import Owing
from models.reminders import report_button
from models.rules.deadlines import standing
from models.rules.permissions import ADMINISTRATOR, COORDINATOR, Held
from models.tables import PeriodRow, Unit

BRANCHES = 6  # on one page, each with its button
HALF = 25  # characters of a name whose button takes half of a phone's width
NAMES = 8  # of units that still owe, on one page
TEAMS = 4  # of one's own


@dataclass(frozen=True, slots=True)
class View:
    """A unit and a period that the speaker may look at, and which page of it."""

    unit: Unit
    period: PeriodRow
    page: int = 0

    def button(self, label: str, action: str = "board.open", *, page: int = 0, unit: int = 0, **values: Any) -> Button:
        """A button that looks at the same period: here, or at another unit."""
        return Button(label, action, unit or self.unit.id, arg=f"{self.period.id}.{page}", values=values)

    def facts(self, turn: Turn) -> dict[str, Any]:
        stands = standing(self.period.due_at, None, turn.now, turn.zone)
        when = {"key": self.period.key, "due": self.period.due_at, "kind": stands.kind, "days": stands.days}
        return {"unit": self.unit.name} | when


@needs("board.read")
async def show(turn: Turn) -> list[Message]:
    """The board of the speaker's own unit, in the period due nearest to now."""
    turn.end()
    tops = _tops(turn)
    if not tops:
        return await _my_teams(turn)
    turn.allow("board.read", tops[0].path)
    if len(tops) > 1:
        found = [unit for held in tops if (unit := await units.find(turn.session, held.unit_id)) is not None]
        rows = [(Button("board.button_unit", "board.unit", unit.id, values={"name": unit.name}),) for unit in found]
        return [Message("board.which", {}, (*rows, (go("menu"),)))]
    return await _of_unit(turn, tops[0].unit_id)


@needs("board.read")
async def of_unit(turn: Turn) -> list[Message]:
    return await _of_unit(turn, turn.press.object)


@needs("board.read")
async def open_view(turn: Turn) -> list[Message]:
    """The board of another unit, period or page."""
    view = await _view(turn, "board.read")
    return [await _screen(turn, view)]


@needs("board.read")
async def names(turn: Turn) -> list[Message]:
    """Who still owes, with the name to call and whether the bot reaches them."""
    view = await _view(turn, "board.read")
    owed = (await board.board(turn.session, view.unit.path, view.period.id, turn.now)).owed
    pages = max((len(owed) + NAMES - 1) // NAMES, 1)
    page = min(view.page, pages - 1)
    shown = owed[page * NAMES : (page + 1) * NAMES]
    heads = await board.heads_of(turn.session, shown, turn.now)
    rows = [_name_row(owing, heads.get(owing.unit_id)) for owing in shown]
    values = view.facts(turn) | {"rows": rows, "count": len(owed), "page": page + 1, "pages": pages}
    nudge = (view.button("board.button_nudge", "board.nudge"),) if _may_nudge(turn, view) and owed else ()
    buttons = (_pages(view, "board.names", page, pages), nudge, (view.button("board.button_back"), go("menu")))
    return [Message("board.names", values, tuple(row for row in buttons if row))]


@needs("reminder.send")
async def nudge(turn: Turn) -> list[Message]:
    """Before anybody is written to: how many people it would be."""
    view = await _view(turn, "reminder.send")
    plan = await nudges.plan_nudge(turn.session, turn.library, view.unit.path, view.period.id, turn.now)
    back = view.button("board.button_back")
    if not plan.people:
        return [Message("board.nobody_to_nudge", view.facts(turn) | _told(turn, plan), ((back,),))]
    go_on = view.button("board.button_nudge_go", "board.nudge_go", people=plan.people)
    return [Message("board.nudge_sure", view.facts(turn) | _told(turn, plan), ((go_on,), (back,)))]


@needs("reminder.send")
async def nudge_now(turn: Turn) -> list[Message]:
    view = await _view(turn, "reminder.send")
    by = await _sender(turn, view)
    done = await nudges.nudge(
        turn.session, turn.library, view.unit.path, view.period.id, turn.now, by=by, person_id=turn.person_id
    )
    key = "board.nudged" if done.people else "board.nobody_to_nudge"
    rows = ((view.button("board.button_names", "board.names"), view.button("board.button_back")),)
    return [Message(key, view.facts(turn) | _told(turn, done), rows)]


@needs("board.read")
async def sheet(turn: Turn) -> list[Message]:
    """The month as a file; it is made when this turn is over."""
    view = await _view(turn, "board.read")
    wanted = {"sheet": {"period": view.period.id, "path": view.unit.path}}
    return [Message("board.sheet", view.facts(turn) | wanted, ((view.button("board.button_back"),),), place="new")]


def _tops(turn: Turn) -> list[Held]:
    """The offices of the speaker, without those inside another one."""
    held = {each.path: each for each in turn.actor.roles if each.kind in (ADMINISTRATOR, COORDINATOR)}
    return [each for path, each in held.items() if not any(path != other and path.startswith(other) for other in held)]


async def _of_unit(turn: Turn, unit_id: int) -> list[Message]:
    unit = await units.find(turn.session, unit_id)
    turn.allow("board.read", unit.path if unit else None)
    assert unit is not None
    period = await board.nearest_period(turn.session, unit.path, turn.now)
    if period is None:
        return [Message("board.no_period", {"unit": unit.name}, ((go("donvi"), go("lich")), (go("menu"),)))]
    return [await _screen(turn, View(unit, period))]


async def _view(turn: Turn, action: str) -> View:
    """What the pressed button points at, if the speaker may."""
    unit = await units.find(turn.session, turn.press.object)
    turn.allow(action, unit.path if unit else None)
    period_id, _, page = turn.press.arg.partition(".")
    period = await board.period(turn.session, int(period_id))
    if unit is None or period is None:
        turn.allow(action, None)
    assert unit is not None
    assert period is not None
    return View(unit, period, int(page or 0))


async def _screen(turn: Turn, view: View) -> Message:
    found = await board.board(turn.session, view.unit.path, view.period.id, turn.now)
    if len(found.branches) == 1 and (owing := found.branches[0].owing) is not None and owing.unit_id == view.unit.id:
        return await _one_unit(turn, view, owing)
    pages = max((len(found.branches) + BRANCHES - 1) // BRANCHES, 1)
    page = min(view.page, pages - 1)
    shown = found.branches[page * BRANCHES : (page + 1) * BRANCHES]
    values = view.facts(turn) | _counts(found.counts) | {"branches": [_branch(each) for each in shown]}
    rows = [*_actions(turn, view, found), *_branch_buttons(view, shown), _pages(view, "board.open", page, pages)]
    rows += [await _periods(turn, view), _ways_out(turn, view)]
    return Message("board.show", values | {"page": page + 1, "pages": pages}, tuple(row for row in rows if row))


async def _one_unit(turn: Turn, view: View, owing: Owing) -> Message:
    heads = await board.heads_of(turn.session, [owing], turn.now)
    values = view.facts(turn) | {"row": _name_row(owing, heads.get(owing.unit_id))}
    report = (Button("board.button_report", "report.view", owing.report_id),) if owing.report_id else ()
    nudge = (view.button("board.button_nudge", "board.nudge"),) if owing.is_owed and _may_nudge(turn, view) else ()
    rows = ((*report, *nudge), await _periods(turn, view), _ways_out(turn, view))
    return Message("board.unit", values, tuple(row for row in rows if row))


async def _my_teams(turn: Turn) -> list[Message]:
    """One line a team, and the way to its report."""
    paths = list(dict.fromkeys(held.path for held in turn.actor.roles))
    turn.allow("board.read", paths[0] if paths else None)
    mine: list[Owing] = []
    for path in paths[:TEAMS]:
        period = await board.nearest_period(turn.session, path, turn.now)
        if period is not None:
            mine += await owings.pending(turn.session, turn.now, path=path, period_id=period.id)
    names = await owings.titles(turn.session, turn.library, mine)
    writes = turn.actor.holds(*owings.WRITERS)
    rows = tuple((_to_report(each, writes),) for each in mine if writes or each.report_id)
    lines = [owings.line(each, names[each.period_id]) for each in mine]
    return [Message("board.mine", {"rows": lines}, (*rows, (go("lich"), go("menu"))))]


def _to_report(owing: Owing, writes: bool) -> Button:
    if owing.is_owed and writes:
        return report_button(owing)
    return Button("board.button_report", "report.view", owing.report_id or 0)


def _counts(counts: Counts) -> dict[str, int]:
    return {
        "expected": counts.expected,
        "filed": counts.filed,
        "on_time": counts.on_time,
        "late": counts.late,
        "draft": counts.draft,
        "returned": counts.returned,
        "missing": counts.missing,
        "nothing": counts.nothing,
    }


def _branch(branch: Branch) -> dict[str, Any]:
    owing = branch.owing
    return {"name": branch.name, "state": owing.state if owing else ""} | _counts(branch.counts)


def _name_row(owing: Owing, head: Head | None) -> dict[str, Any]:
    head_facts = {"head": head.name if head else "", "reachable": head is not None and head.address is not None}
    return owings.line(owing, "") | head_facts


def _branch_buttons(view: View, branches: tuple[Branch, ...]) -> list[tuple[Button, ...]]:
    buttons = [view.button("board.button_branch", unit=each.unit_id, name=each.name) for each in branches]
    return _abreast(buttons, 2 if all(len(each.name) <= HALF for each in branches) else 1)


def _abreast(buttons: list[Button], width: int) -> list[tuple[Button, ...]]:
    return [tuple(buttons[at : at + width]) for at in range(0, len(buttons), width)]


def _pages(view: View, action: str, page: int, pages: int) -> tuple[Button, ...]:
    before = (view.button("board.button_before", action, page=page - 1),) if page else ()
    after = (view.button("board.button_after", action, page=page + 1),) if page + 1 < pages else ()
    return (*before, *after)


def _actions(turn: Turn, view: View, found: Board) -> list[tuple[Button, ...]]:
    buttons = []
    if found.counts.owed:
        buttons.append(view.button("board.button_names", "board.names"))
        if _may_nudge(turn, view):
            buttons.append(view.button("board.button_nudge", "board.nudge"))
    return _abreast([*buttons, view.button("board.button_sheet", "board.sheet")], 2)


def _may_nudge(turn: Turn, view: View) -> bool:
    office = any(view.unit.path.startswith(held.path) for held in _tops(turn))
    return office and nudges.may_nudge(view.period.due_at, turn.now)


async def _periods(turn: Turn, view: View) -> tuple[Button, ...]:
    before, after = await board.neighbours(turn.session, view.unit.path, view.period)
    return tuple(
        Button(label, "board.open", view.unit.id, arg=f"{period.id}.0", values={"key": period.key})
        for label, period in (("board.button_earlier", before), ("board.button_later", after))
        if period is not None
    )


def _ways_out(turn: Turn, view: View) -> tuple[Button, ...]:
    """Up to the unit above while it is the speaker's to see, and always to the menu."""
    above = [held for held in _tops(turn) if view.unit.path.startswith(held.path) and view.unit.path != held.path]
    if not above or view.unit.parent_id is None:
        return (go("menu"),)
    return (view.button("board.button_back", unit=view.unit.parent_id), go("menu"))


def _told(turn: Turn, plan: Nudge) -> dict[str, Any]:
    return {
        "people": plan.people,
        "units": plan.units,
        "silent": plan.silent,
        "recent": plan.recent,
        "again_at": plan.again_at,
        "sent_at": plan.sent_at if plan.sent_at > turn.now else None,
    }


async def _sender(turn: Turn, view: View) -> str:
    """In whose name the nudge speaks: the office of the speaker that the unit belongs to."""
    held = next(each for each in _tops(turn) if view.unit.path.startswith(each.path))
    unit = await units.find(turn.session, held.unit_id)
    return unit.name if unit else ""


COMMANDS: dict[str, Handler] = {"tiendo": show}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "board.unit": of_unit,
    "board.open": open_view,
    "board.names": names,
    "board.nudge": nudge,
    "board.nudge_go": nudge_now,
    "board.sheet": sheet,
}
