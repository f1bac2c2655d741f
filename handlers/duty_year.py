"""The yearly duties of the year ahead: their days are kept as the plan says or moved, at the top of the tree."""

from __future__ import annotations

from handlers import menu
from handlers.access import needs, stale
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from handlers.unit_pages import reach
from models import duty_years
from models.duty_years import YearDay
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.duty_years import limits, read_due_on
from models.rules.periods import local_day
from models.rules.permissions import ADMINISTRATOR, COORDINATOR
from models.rules.trees import ids_of
from models.tables import Unit

DAY = "duty_year.day"  # the flow that waits for a day


async def door(turn: Turn) -> tuple[Button, ...]:
    """The way in, for whoever runs the whole tree, while there is a day to choose."""
    top = next((held for held in turn.actor.roles if _runs_all(held.kind, held.path)), None)
    if top is None:
        return ()
    days = await duty_years.listed(turn.session, turn.library, turn.now)
    waiting = sum(not each.is_confirmed for each in days)
    return (Button("duty_year.button_open", "duty_year.list", top.unit_id, values={"count": waiting}),) if days else ()


def _runs_all(kind: str, path: str) -> bool:
    return kind in (ADMINISTRATOR, COORDINATOR) and len(ids_of(path)) == 1


async def _top(turn: Turn, unit_id: int) -> Unit:
    """The top of the tree: the days of a year are everybody's."""
    unit = await reach(turn, "duty.confirm", unit_id)
    if unit.parent_id is not None:
        raise Refusal("duty_year.not_here")
    return unit


@needs("duty.confirm")
async def show(turn: Turn) -> list[Message]:
    unit = await _top(turn, turn.press.object)
    turn.end()
    return [await _page(turn, unit)]


@needs("duty.confirm")
async def keep(turn: Turn) -> list[Message]:
    """The plan's own day holds; `arg` is the day's number."""
    unit = await _top(turn, turn.press.object)
    day = await _chosen(turn, turn.press.arg)
    if day is None or stale(turn, day.row.version):
        return await _gone(turn, unit)
    turn.end()
    await _confirm(turn, day)
    return [await _page(turn, unit, line("duty_year.kept", title=day.title, year=day.row.year, due=day.by_plan.due))]


@needs("duty.confirm")
async def keep_all(turn: Turn) -> list[Message]:
    """Whatever waits is due as the plan says."""
    unit = await _top(turn, turn.press.object)
    turn.end()
    kept = 0
    for each in await duty_years.listed(turn.session, turn.library, turn.now):
        day = await duty_years.find(turn.session, turn.library, each.row.id, turn.now)
        if day is not None and not day.is_confirmed:
            await _confirm(turn, day)
            kept += 1
    return [await _page(turn, unit, line("duty_year.kept_all", count=kept))]


@needs("duty.confirm")
async def ask_day(turn: Turn) -> list[Message]:
    unit = await _top(turn, turn.press.object)
    day = await _chosen(turn, turn.press.arg)
    if day is None or stale(turn, day.row.version):
        return await _gone(turn, unit)
    return [_question(turn, unit, day)]


@needs("duty.confirm")
async def take_day(turn: Turn) -> list[Message]:
    unit = await _top(turn, int(turn.talk.data.get("unit", 0)))
    day = await _chosen(turn, str(turn.talk.data.get("day", "")))
    if day is None or day.row.version != turn.talk.data.get("version"):
        return await _gone(turn, unit)
    try:
        due_on = read_due_on(_typed(turn), day.by_plan, turn.now, turn.zone)
    except Refusal as no:
        return [_question(turn, unit, day, refusal_line(no))]
    turn.end()
    await duty_years.confirm(turn.session, day, due_on, by=turn.person_id, now=turn.now)
    moved = await duty_years.find(turn.session, turn.library, day.row.id, turn.now)
    due = moved.due if moved is not None else day.due
    return [await _page(turn, unit, line("duty_year.moved", title=day.title, year=day.row.year, due=due))]


def _typed(turn: Turn) -> str:
    return turn.text if turn.incoming.kind == "text" else ""


async def _chosen(turn: Turn, number: str) -> YearDay | None:
    """The day that a button or a talk names, held; None: there is none, or its period is open."""
    if not (number.isascii() and number.isdigit()):
        return None
    return await duty_years.find(turn.session, turn.library, int(number[:18]), turn.now)


async def _confirm(turn: Turn, day: YearDay) -> None:
    due_on = local_day(day.by_plan.due, turn.zone)
    await duty_years.confirm(turn.session, day, due_on, by=turn.person_id, now=turn.now)


async def _gone(turn: Turn, unit: Unit) -> list[Message]:
    """What was pressed was drawn for other days: those of now, and that nothing changed."""
    turn.end()
    if not await duty_years.listed(turn.session, turn.library, turn.now):
        return await menu.stale(turn)
    return [await _page(turn, unit, line("access.stale"))]


async def _page(turn: Turn, unit: Unit, *before: Line) -> Message:
    days = await duty_years.listed(turn.session, turn.library, turn.now)
    return duty_years.page(unit.id, days, before=list(before))


def _question(turn: Turn, unit: Unit, day: YearDay, *before: Line) -> Message:
    turn.ask(DAY, unit=unit.id, day=day.row.id, version=day.row.version)
    _first, last = limits(day.by_plan, turn.zone)
    values = {
        "before": list(before),
        "title": day.title,
        "year": day.row.year,
        "due": day.due,
        "example": last.replace(day=10),
    }
    back = Button("duty_year.button_list", "duty_year.list", unit.id)
    return Message("duty_year.ask_day", values, ((back, go("huy")),), "text", place=place_of(turn))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {DAY: take_day}
ACTIONS: dict[str, Handler] = {
    "duty_year.list": show,
    "duty_year.keep": keep,
    "duty_year.all": keep_all,
    "duty_year.move": ask_day,
}
