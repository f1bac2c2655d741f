"""The days off of a year (ngày nghỉ): what the law says, and what whoever runs the whole system says over it."""

from __future__ import annotations

from datetime import date
from typing import Any

from handlers.access import needs
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.menu import stale as gone
from handlers.turn import Handler, Turn
from handlers.unit_pages import reach
from models import days_off, questions
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.dates import read_date
from models.rules.folding import clean, shorten
from models.rules.periods import local_day
from models.rules.permissions import ADMINISTRATOR, COORDINATOR
from models.rules.trees import ids_of
from models.rules.working_hours import DayMark, WorkingTime
from models.tables import Unit

PAGE = 8  # days on a screen
NAME = 100  # characters
YEARS = 2  # so far ahead, and one back, days may be marked
DAY, CALLED = "days_off.day", "days_off.name"  # the flows: the day, then what it is called


def door(turn: Turn) -> tuple[Button, ...]:
    """The way in, for whoever runs the whole tree."""
    for held in turn.actor.roles:
        if held.kind in (ADMINISTRATOR, COORDINATOR) and len(ids_of(held.path)) == 1:
            return (Button("days_off.button_open", "days_off.show", held.unit_id),)
    return ()


async def _top(turn: Turn, unit_id: int) -> Unit:
    """The top of the tree: a day off is everybody's."""
    unit = await reach(turn, "calendar.edit", unit_id)
    if unit.parent_id is not None:
        raise Refusal("days_off.not_here")
    return unit


@needs("calendar.edit")
async def show(turn: Turn) -> list[Message]:
    """A year, from the page that holds the next day off on: `arg` is "", "2026" or "2026.8"."""
    unit = await _top(turn, turn.press.object)
    turn.end()
    return [await _page(turn, unit, turn.press.arg)]


@needs("calendar.edit")
async def ask_day(turn: Turn) -> list[Message]:
    """Which day is off, or worked after all: `arg` is "off" or "work"."""
    unit = await _top(turn, turn.press.object)
    turn.ask(DAY, unit=unit.id, off=turn.press.arg != "work")
    return [_day_question(turn)]


@needs("calendar.edit")
async def take_day(turn: Turn) -> list[Message]:
    unit = await _top(turn, int(turn.talk.data.get("unit", 0)))
    today = local_day(turn.now, turn.zone)
    try:
        day = _read(turn.text if turn.incoming.kind == "text" else "", today)
    except Refusal as no:
        return [_day_question(turn, no)]
    turn.ask(CALLED, unit=unit.id, off=turn.talk.data.get("off", True), day=day.isoformat())
    return [_name_question(turn)]


@needs("calendar.edit")
async def take_name(turn: Turn) -> list[Message]:
    unit = await _top(turn, int(turn.talk.data.get("unit", 0)))
    name = " ".join(clean(turn.text).split())
    if turn.incoming.kind != "text" or not any(each.isalpha() for each in name):
        return [_name_question(turn, "days_off.no_name")]
    day, is_off = date.fromisoformat(str(turn.talk.data["day"])), bool(turn.talk.data["off"])
    before = await turn.calendar.working_time(turn.session, turn.now)
    await days_off.mark(turn.session, day, is_off, shorten(name, NAME), by=turn.person_id, now=turn.now)
    await _keep_time(turn, before)
    turn.end()
    return [await _page(turn, unit, str(day.year), "days_off.marked", day=day, off=is_off)]


@needs("calendar.edit")
async def remove(turn: Turn) -> list[Message]:
    """What was said about a day in the chat no longer counts; `arg` is the day."""
    unit = await _top(turn, turn.press.object)
    try:
        day = date.fromisoformat(turn.press.arg)
    except ValueError:
        return await gone(turn)
    before = await turn.calendar.working_time(turn.session, turn.now)
    there = await days_off.unmark(turn.session, day, by=turn.person_id, now=turn.now)
    await _keep_time(turn, before)
    turn.end()
    return [await _page(turn, unit, str(day.year), "days_off.unmarked" if there else "access.stale", day=day)]


async def _keep_time(turn: Turn, before: WorkingTime) -> None:
    """Offices have as much working time left for what was asked of them as before."""
    after = await turn.calendar.working_time(turn.session, turn.now)
    await questions.keep_time(turn.session, before, after, turn.now)


def _read(text: str, today: date) -> date:
    """Raises Refusal date.*, days_off.doubt, days_off.too_far (`day`, `first`, `last`)."""
    reading = read_date(text, today=today, planned=True)
    first, last = date(today.year - 1, 1, 1), date(today.year + YEARS, 12, 31)
    if not first <= reading.value <= last:
        raise Refusal("days_off.too_far", day=reading.value, first=first, last=last)
    if not reading.sure:
        raise Refusal("days_off.doubt", day=reading.value)
    return reading.value


async def _page(turn: Turn, unit: Unit, arg: str, before: str = "", **told: Any) -> Message:
    today = local_day(turn.now, turn.zone)
    typed, _, place = arg.partition(".")
    year = int(typed) if typed.isascii() and typed.isdigit() else today.year
    year = min(max(year, today.year - 1), today.year + YEARS)
    marks = list((await turn.calendar.year_marks(turn.session, year)).items())
    at = int(place) if place.isascii() and place.isdigit() else _begins(marks, told.get("day", today))
    shown = marks[at : at + PAGE]
    values = {
        "before": before,
        "told": told,
        "year": year,
        "days": [_line(day, mark) for day, mark in shown],
        "page": at // PAGE + 1,
        "pages": max(1, -(-len(marks) // PAGE)),
    }
    rows = [_around(unit, year, at, len(marks)), *_removals(unit, shown)]
    rows.append(tuple(Button(f"days_off.button_{each}", "days_off.ask", unit.id, arg=each) for each in ("off", "work")))
    years = [each for each in (year - 1, year + 1) if today.year - 1 <= each <= today.year + YEARS]
    rows.append(tuple(_to_year(unit, each) for each in years))
    rows.append((go("lich"), go("menu")))
    return Message("days_off.show", values, tuple(row for row in rows if row), place=place_of(turn))


def _begins(marks: list[tuple[date, DayMark]], day: date) -> int:
    """Where the page begins that holds the first mark from that day on."""
    past = sum(each < day for each, _ in marks)
    return min(past, max(0, len(marks) - 1)) // PAGE * PAGE


def _line(day: date, mark: DayMark) -> dict[str, Any]:
    return {"day": day, "off": mark.is_off, "name": mark.name, "ours": mark.source == days_off.OFFICE}


def _removals(unit: Unit, shown: list[tuple[date, DayMark]]) -> list[tuple[Button, ...]]:
    ours = [day for day, mark in shown if mark.source == days_off.OFFICE]
    return [
        (Button("days_off.button_remove", "days_off.remove", unit.id, arg=day.isoformat(), values={"day": day}),)
        for day in ours
    ]


def _around(unit: Unit, year: int, at: int, count: int) -> tuple[Button, ...]:
    before = (
        [Button("days_off.button_before", "days_off.show", unit.id, arg=f"{year}.{max(0, at - PAGE)}")] if at else []
    )
    after = [Button("days_off.button_after", "days_off.show", unit.id, arg=f"{year}.{at + PAGE}")]
    return (*before, *(after if count > at + PAGE else ()))


def _to_year(unit: Unit, year: int) -> Button:
    return Button("days_off.button_year", "days_off.show", unit.id, arg=str(year), values={"year": year})


def _day_question(turn: Turn, no: Refusal | None = None) -> Message:
    values = {
        "off": turn.talk.data.get("off", True),
        "problem": no.key if no else "",
        "details": no.values if no else {},
        "example": date(local_day(turn.now, turn.zone).year, 12, 31),
    }
    return Message("days_off.ask_day", values, ((go("huy"),),), "text", place=place_of(turn))


def _name_question(turn: Turn, before: str = "") -> Message:
    data = turn.talk.data
    values = {"before": before, "off": data["off"], "day": date.fromisoformat(str(data["day"]))}
    return Message("days_off.ask_name", values, ((go("huy"),),), "text", place=place_of(turn))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {DAY: take_day, CALLED: take_name}
ACTIONS: dict[str, Handler] = {
    "days_off.show": show,
    "days_off.ask": ask_day,
    "days_off.remove": remove,
}
