"""Everything that an office and those below it will send, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.access import needs
from handlers.announcement_pages import SPEAK
from handlers.announcement_plan_card import result_values, rule_values
from handlers.guide_pages import pairs, place_of
from handlers.menu import go
from handlers.turn import Handler, Turn
from handlers.unit_pages import reach
from models import announcement_schedule
from models.announcement_schedule import Coming, Result
from models.messages import Button, Message
from models.rules.announcement_titles import plain_title, title_from
from models.rules.folding import shorten
from models.rules.periods import local_day
from models.tables import Unit

ROWS = 5  # lines on one screen
SHOWN = 30  # characters of a title on a button


@needs("announcement.send")
async def show(turn: Turn) -> list[Message]:
    """`arg`: the page."""
    unit = await reach(turn, SPEAK, turn.press.object)
    turn.end()
    days = turn.announcing.plan_days
    listed = await announcement_schedule.listed(turn.session, turn.calendar, unit.path, days, turn.now)
    page = int(turn.press.arg) if turn.press.arg.isdecimal() else 0
    at = min(page, max(len(listed) - 1, 0) // ROWS)
    shown = listed[at * ROWS : (at + 1) * ROWS]
    plans = {each.planned.plan.id for each in shown if each.planned is not None}
    results = await announcement_schedule.results(turn.session, plans)
    values = {"unit": unit.name, "days": days, "count": len(listed), "lines": _lines(turn, shown, results, unit)}
    around = _around(unit, at, len(listed))
    home = (Button("announcement_home.button_back", "announcement.home", unit.id), go("menu"))
    rows = tuple(row for row in (*pairs(_buttons(shown)), around, home) if row)
    return [Message("announcement_schedule.list", values, rows, place=place_of(turn))]


def _lines(turn: Turn, shown: Sequence[Coming], results: dict[int, Result], unit: Unit) -> list[dict[str, Any]]:
    """The lines, of which the first of each day says so, and the first of each plan how it went last."""
    lines: list[dict[str, Any]] = []
    told: set[int] = set()
    before: Any = None
    for each in shown:
        day = None if each.at is None else local_day(each.at, turn.zone)
        place = each.planned or each.announced
        assert place is not None
        about = {"at": each.at, "is_new_day": not lines or day != before, "is_moved": each.is_moved}
        about |= {"unit": "" if place.unit.id == unit.id else place.unit.name}
        lines.append(about | _what(each, results, told))
        before = day
    return lines


def _what(each: Coming, results: dict[int, Result], told: set[int]) -> dict[str, Any]:
    if each.planned is None:
        assert each.announced is not None
        announcement = each.announced.announcement
        title = title_from(announcement.text)
        return {"number": announcement.id, "title": title, "state": announcement.state, "rule": {}, "last": {}}
    plan = each.planned.plan
    last = {} if plan.id in told else result_values(each.planned, results.get(plan.id))
    told.add(plan.id)
    return {"number": 0, "title": plan.title, "state": "", "rule": rule_values(each.planned.rule), "last": last}


def _buttons(shown: Sequence[Coming]) -> list[Button]:
    """To each announcement and each plan of the page, once."""
    buttons: dict[tuple[str, int], Button] = {}
    for each in shown:
        if each.planned is not None:
            values = {"title": shorten(each.planned.plan.title, SHOWN)}
            label, action, number = "button_plan", "announcement_plan.show", each.planned.plan.id
        else:
            assert each.announced is not None
            announcement = each.announced.announcement
            values = {"title": shorten(plain_title(announcement.text), SHOWN), "number": str(announcement.id)}
            label, action, number = "button_once", "announcement.show", announcement.id
        buttons.setdefault((action, number), Button(f"announcement_schedule.{label}", action, number, values=values))
    return list(buttons.values())


def _around(unit: Unit, at: int, count: int) -> tuple[Button, ...]:
    ways = (("announcement_home.button_before", at - 1), ("announcement_home.button_after", at + 1))
    return tuple(
        Button(label, "announcement_schedule.list", unit.id, arg=str(to))
        for label, to in ways
        if 0 <= to * ROWS < count
    )


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"announcement_schedule.list": show}
