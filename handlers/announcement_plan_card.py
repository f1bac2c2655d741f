"""One announcement that comes again: when next, how it went last; paused, gone on with, worded anew, called off."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from handlers import announcement_pages
from handlers.access import needs, stale
from handlers.announcement_pages import SPEAK
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.report_sheet import Line, line
from handlers.turn import Handler, Turn
from models import announcement_plans, announcement_schedule
from models.announcement_plans import Planned
from models.announcement_schedule import Result
from models.audiences import describe
from models.messages import Button, Message
from models.rules.announcement_text import plain
from models.rules.audiences import audience_of
from models.rules.folding import shorten
from models.rules.recurrence import Occurrence, Recurrence
from models.tables import Unit

SHOWN = 300  # characters of the text


@needs("announcement.send")
async def show(turn: Turn) -> list[Message]:
    return [await plan_card(turn, await _reached(turn))]


@needs("announcement.send")
async def pause(turn: Turn) -> list[Message]:
    planned = await _reached(turn)
    if stale(turn, planned.plan.version) or planned.plan.is_paused:
        return [await plan_card(turn, planned, line("access.stale"))]
    await announcement_plans.pause(turn.session, planned.plan, turn.now, by=turn.person_id)
    return [await plan_card(turn, planned, line("announcement_plan_card.paused_now"))]


@needs("announcement.send")
async def resume(turn: Turn) -> list[Message]:
    """It goes on in the name of whoever lets it."""
    planned = await _reached(turn)
    if stale(turn, planned.plan.version) or not planned.plan.is_paused or planned.unit.closed_on is not None:
        return [await plan_card(turn, planned, line("access.stale"))]
    await announcement_plans.resume(turn.session, turn.calendar, planned.plan, by=turn.person_id, now=turn.now)
    again = await announcement_plans.find(turn.session, planned.plan.id)
    assert again is not None
    return [await plan_card(turn, again, line("announcement_plan_card.resumed"))]


@needs("announcement.send")
async def edit(turn: Turn) -> list[Message]:
    """A draft of it; the plan goes on as it is until the draft is kept."""
    planned = await _reached(turn)
    if planned.unit.closed_on is not None:
        return [await plan_card(turn, planned, line("access.stale"))]
    made = await announcement_plans.reword(turn.session, planned, by=turn.person_id, now=turn.now)
    draft = await announcement_pages.reach_draft(turn, made.id)
    said = line("announcement_plan_card.wording", title=planned.plan.title)
    return [await announcement_pages.card(turn, draft, said)]


@needs("announcement.send")
async def ask_end(turn: Turn) -> list[Message]:
    planned = await _reached(turn)
    turn.end()
    keep_it = Button("announcement_plan_card.button_back", "announcement_plan.show", planned.plan.id)
    values = {"title": planned.plan.title, "rule": rule_values(planned.rule)}
    rows = ((_act(planned, "button_end_sure", "announcement_plan.end_now"),), (keep_it,))
    return [Message("announcement_plan_card.ask_end", values, rows, place=place_of(turn))]


@needs("announcement.send")
async def end(turn: Turn) -> list[Message]:
    planned = await _reached(turn)
    if stale(turn, planned.plan.version):
        return [await plan_card(turn, planned, line("access.stale"))]
    await announcement_plans.end(turn.session, planned.plan, by=turn.person_id, now=turn.now)
    turn.end()
    rows = ((_schedule_of(planned.unit), go("menu")),)
    return [Message("announcement_plan_card.ended", {"title": planned.plan.title}, rows, place=place_of(turn))]


async def plan_card(turn: Turn, planned: Planned, *before: Line) -> Message:
    turn.end()
    plan, unit = planned.plan, planned.unit
    results = await announcement_schedule.results(turn.session, [plan.id])
    coming = await announcement_schedule.moments_of(
        turn.session, turn.calendar, planned, announcement_plans.SHOWN, turn.now
    )
    described = await describe(turn.session, audience_of(plan.body["audience"]), unit)
    values = {
        "before": list(before),
        "title": plan.title,
        "unit": unit.name,
        "author": planned.author,
        "rule": rule_values(planned.rule),
        "text": shorten(plain(plan.body["text"]), SHOWN),
        "audience": described.values(),
        "is_paused": plan.is_paused,
        "reason": plan.reason,
        "coming": moments(coming),
        "last": result_values(planned, results.get(plan.id)),
    }
    return Message("announcement_plan_card.card", values, _rows(planned, results.get(plan.id)), place=place_of(turn))


def rule_values(rule: Recurrence) -> dict[str, Any]:
    """A rule, for wording."""
    return {"every": rule.every, "day": rule.day, "month": rule.month, "at": rule.at.strftime("%H:%M")}


def moments(coming: Iterable[Occurrence]) -> list[dict[str, Any]]:
    """The next moments, for wording."""
    return [{"at": each.at, "is_moved": each.is_moved, "day": each.day.strftime("%d/%m")} for each in coming]


def result_values(planned: Planned, result: Result | None) -> dict[str, Any]:
    """How it went last, for wording; empty while it has not."""
    if result is None:
        return {}
    about = {"at": result.at, "state": result.state, "total": result.total, "sent": result.sent}
    return about | {"missed": planned.plan.missed}


def _rows(planned: Planned, last: Result | None) -> tuple[tuple[Button, ...], ...]:
    way = ("button_resume", "resume") if planned.plan.is_paused else ("button_pause", "pause")
    turned = _act(planned, way[0], f"announcement_plan.{way[1]}")
    reworded = _act(planned, "button_edit", "announcement_plan.edit")
    end_it = _act(planned, "button_end", "announcement_plan.end")
    first = () if planned.unit.closed_on is not None else (turned, reworded)
    seen = (
        ()
        if last is None
        else (Button("announcement_plan_card.button_last", "announcement.show", last.announcement_id),)
    )
    rows = (first, (end_it, *seen), (_schedule_of(planned.unit), go("menu")))
    return tuple(row for row in rows if row)


def _act(planned: Planned, label: str, action: str) -> Button:
    return Button(f"announcement_plan_card.{label}", action, planned.plan.id, planned.plan.version)


def _schedule_of(unit: Unit) -> Button:
    return Button("announcement_schedule.button_open", "announcement_schedule.list", unit.id, arg="0")


async def _reached(turn: Turn) -> Planned:
    """A plan of an office that the speaker speaks for, held."""
    planned = await announcement_plans.find(turn.session, turn.press.object, held=True)
    turn.allow(SPEAK, None if planned is None else planned.unit.path)
    assert planned is not None
    return planned


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "announcement_plan.show": show,
    "announcement_plan.pause": pause,
    "announcement_plan.resume": resume,
    "announcement_plan.edit": edit,
    "announcement_plan.end": ask_end,
    "announcement_plan.end_now": end,
}
