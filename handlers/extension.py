"""Asking for more time: why, until when; from a reminder, from the calendar, from the report itself."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from handlers import menu
from handlers.access import needs, stale
from handlers.board_view import duty_words
from handlers.menu import go
from handlers.report_receipt import coordinators_above
from handlers.report_sheet import Line, line, refusal_line
from handlers.turn import Handler, Turn
from models import extensions, locks, outbox, reports
from models.alerts import alert
from models.extensions import Case
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.extensions import latest_extension, refuse_pointless
from models.rules.periods import local_day
from models.rules.reviews import read_reason
from models.rules.until import read_until
from models.tables import Extension

OFFERED = 3  # days on buttons


@needs("extension.ask")
async def begin(turn: Turn) -> list[Message]:
    """The button carries the period and the unit."""
    return await _begin(turn, await _case(turn, turn.press.object, int(turn.press.arg)))


@needs("extension.ask")
async def of_report(turn: Turn) -> list[Message]:
    """The same from a report."""
    sheet = await reports.load(turn.session, turn.library, turn.press.object)
    turn.allow("extension.ask", sheet.unit.path if sheet else None)
    assert sheet is not None
    return await _begin(turn, await _case(turn, sheet.period.id, sheet.unit.id))


async def _case(turn: Turn, period_id: int, unit_id: int) -> Case:
    case = await extensions.case_of(turn.session, period_id, unit_id)
    turn.allow("extension.ask", case.unit.path if case else None)
    assert case is not None
    return case


async def _begin(turn: Turn, case: Case) -> list[Message]:
    try:
        refuse_pointless(case.period.due_at, await latest(turn, case), case.is_filed, turn.now)
    except Refusal as no:
        return [Message(no.key, no.values, ((_to_report(case), go("lich")), (go("menu"),)))]
    waiting = await extensions.open_one(turn.session, case.obligation.id)
    if waiting is not None and turn.press.version == 0:
        return [await _waits(turn, case, waiting)]
    return await _ask_reason(turn, case)


async def latest(turn: Turn, case: Case) -> datetime:
    """The latest moment to which this deadline may be moved."""
    clocks = await locks.clocks_of(turn.session, turn.library, case.period)
    return latest_extension(case.period.due_at, case.period.locks_at, clocks, turn.zone)


async def facts(turn: Turn, case: Case) -> dict[str, Any]:
    """What every page says of what more time is asked for."""
    title, _ = await duty_words(turn, case.period)
    due = max(case.period.due_at, case.obligation.extended_until or case.period.due_at)
    return {"unit": case.unit.name, "key": case.period.key, "title": title, "due": due}


async def _waits(turn: Turn, case: Case, waiting: Extension) -> Message:
    """A request that has no answer yet: it may be taken back, or replaced by another one."""
    values = await facts(turn, case) | {
        "wanted": waiting.wanted_until,
        "reason": waiting.reason,
        "asked_at": waiting.asked_at,
    }
    take_back = Button("extension.button_withdraw", "extension.withdraw", waiting.id, waiting.version)
    anew = Button("extension.button_anew", "extension.ask", case.period.id, 1, arg=str(case.unit.id))
    return Message("extension.waits", values, ((take_back, anew), (go("lich"), go("menu"))))


async def _ask_reason(turn: Turn, case: Case, *before: Line) -> list[Message]:
    turn.ask("extension.reason", unit=case.unit.id, period=case.period.id)
    rows = ((_to_report(case), go("menu")),)
    return [Message("extension.ask_reason", await facts(turn, case) | {"before": list(before)}, rows, expects="text")]


def _to_report(case: Case) -> Button:
    return Button("extension.button_report", "report.open", case.period.id, arg=str(case.unit.id))


async def _talked_of(turn: Turn) -> Case:
    return await _case(turn, int(turn.talk.data.get("period", 0)), int(turn.talk.data["unit"]))


@needs("extension.ask")
async def take_reason(turn: Turn) -> list[Message]:
    case = await _talked_of(turn)
    try:
        reason = read_reason(turn.text if turn.incoming.kind == "text" else "")
    except Refusal as refusal:
        return await _ask_reason(turn, case, refusal_line(refusal))
    return await _ask_until(turn, case, reason)


async def _ask_until(turn: Turn, case: Case, reason: str, *before: Line, meant: date | None = None) -> list[Message]:
    """Until when: a few days to choose from, any other one typed. `meant`: the day a doubtful text may mean."""
    turn.ask("extension.until", unit=case.unit.id, period=case.period.id, reason=reason)
    last = local_day(await latest(turn, case), turn.zone)
    first = max(local_day(turn.now, turn.zone), local_day(case.period.due_at, turn.zone)) + timedelta(days=1)
    days = [first + timedelta(days=ahead) for ahead in range(OFFERED) if first + timedelta(days=ahead) <= last]
    buttons = tuple((_day_button(case, day),) for day in days if day != meant)
    sure = (_day_button(case, meant, "extension.button_meant"),) if meant else ()
    values = await facts(turn, case) | {
        "reason": reason,
        "before": list(before),
        "last": last,
        "example": days[-1] if days else last,
    }
    rows = tuple(row for row in (sure, *buttons, (_to_report(case), go("menu"))) if row)
    return [Message("extension.ask_until", values, rows, expects="text")]


def _day_button(case: Case, day: date, label: str = "extension.button_day") -> Button:
    return Button(label, "extension.day", case.unit.id, arg=day.isoformat(), values={"day": day})


@needs("extension.ask")
async def take_until(turn: Turn) -> list[Message]:
    return await _take_day(turn, await _talked_of(turn), turn.text if turn.incoming.kind == "text" else "")


@needs("extension.ask")
async def take_day(turn: Turn) -> list[Message]:
    """A day on a button; what it is for stands in the talk."""
    data = turn.talk.data
    period_id = int(data.get("period", 0)) if data.get("unit") == turn.press.object else 0
    case = await _case_or_unit(turn, period_id)
    if case is None or turn.talk.flow != "extension.until":
        return await menu.stale(turn)
    return await _take_day(turn, case, date.fromisoformat(turn.press.arg).strftime("%d/%m/%Y"))


async def _case_or_unit(turn: Turn, period_id: int) -> Case | None:
    """What the talk is about, once the speaker may ask for this unit at all."""
    path = await extensions.path_of(turn.session, turn.press.object)
    turn.allow("extension.ask", path)
    return await extensions.case_of(turn.session, period_id, turn.press.object)


async def _take_day(turn: Turn, case: Case, text: str) -> list[Message]:
    reason = str(turn.talk.data["reason"])
    most = await latest(turn, case)
    refuse_pointless(case.period.due_at, most, case.is_filed, turn.now)
    try:
        until = read_until(text, turn.now, turn.zone, case.period.due_at, most)
    except Refusal as refusal:
        meant = refusal.values["day"] if refusal.key == "until.doubt" else None
        return await _ask_until(turn, case, reason, refusal_line(refusal), meant=meant)
    turn.end()
    found = await extensions.ask(turn.session, case, reason, until, person_id=turn.person_id, now=turn.now)
    told = await _ask_deciders(turn, case, found)
    values = await facts(turn, case) | {"wanted": until, "reason": reason, "told": told}
    return [Message("extension.sent", values, ((_to_report(case), go("lich")), (go("menu"),)))]


async def _ask_deciders(turn: Turn, case: Case, found: Extension) -> int:
    """Whoever coordinates the nearest unit above decides."""
    people = [person.id for person in await coordinators_above(turn, case.unit)]
    message = Message("extension.asked", await asked_facts(turn, case, found, turn.name), answers(found))
    once = f"extension:{found.id}:asked"
    return await alert(turn.session, people, message, once=once, now=turn.now, kind=outbox.NEWS)


async def asked_facts(turn: Turn, case: Case, found: Extension, name: str) -> dict[str, Any]:
    """A request as whoever decides it reads it."""
    return await facts(turn, case) | {
        "due": case.period.due_at,
        "by": name,
        "reason": found.reason,
        "wanted": found.wanted_until,
        "state": found.state,
        "until": found.until,
        "filed_at": case.report.submitted_at if case.report else None,
    }


def answers(found: Extension) -> tuple[tuple[Button, ...], ...]:
    """Yes; another day; no."""
    ways = (("button_grant", "grant"), ("button_other", "other"), ("button_refuse", "refuse"))
    buttons = [Button(f"extension.{label}", f"extension.{act}", found.id, found.version) for label, act in ways]
    return ((buttons[0],), tuple(buttons[1:]))


@needs("extension.ask")
async def withdraw(turn: Turn) -> list[Message]:
    asked = await extensions.find(turn.session, turn.press.object, lock=True)
    turn.allow("extension.ask", asked.case.unit.path if asked else None)
    assert asked is not None
    rows = ((_to_report(asked.case), go("lich")), (go("menu"),))
    if asked.extension.state != extensions.ASKED or stale(turn, asked.extension.version):
        values = await asked_facts(turn, asked.case, asked.extension, asked.name) | {"before": [line("access.stale")]}
        return [Message("extension.settled", values, rows)]
    await extensions.withdraw(turn.session, asked, person_id=turn.person_id, now=turn.now)
    return [Message("extension.withdrawn", await facts(turn, asked.case), rows)]


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"extension.reason": take_reason, "extension.until": take_until}
ACTIONS: dict[str, Handler] = {
    "extension.ask": begin,
    "extension.report": of_report,
    "extension.day": take_day,
    "extension.withdraw": withdraw,
}
