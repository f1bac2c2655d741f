"""Opening a locked report again: why, until when; it closes by itself, and whoever writes it is told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from handlers.access import needs
from handlers.board_view import duty_words
from handlers.menu import go
from handlers.report_sheet import Line, line, refusal_line
from handlers.report_view import show_report
from handlers.turn import Handler, Turn
from models import board, extensions, locks, reports, reviews
from models.alerts import alert_writers
from models.extensions import Case
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.locks import unlocking_ends, why_closed
from models.rules.reviews import read_reason
from models.rules.until import read_until

PERMISSION = "report.unlock"


@needs("report.unlock")
async def of_report(turn: Turn) -> list[Message]:
    sheet = await reports.load(turn.session, turn.library, turn.press.object)
    turn.allow(PERMISSION, sheet.unit.path if sheet else None)
    assert sheet is not None
    return await _begin(turn, await _case(turn, sheet.period.id, sheet.unit.id))


@needs("report.unlock")
async def of_unit(turn: Turn) -> list[Message]:
    """A report that was never begun is named by its unit and its period (`arg`)."""
    turn.allow(PERMISSION, await extensions.path_of(turn.session, turn.press.object))
    period = await board.period(turn.session, int(turn.press.arg.partition(".")[0] or 0))
    return await _begin(turn, await _case(turn, period.id if period else 0, turn.press.object))


async def _case(turn: Turn, period_id: int, unit_id: int) -> Case:
    case = await extensions.case_of(turn.session, period_id, unit_id)
    turn.allow(PERMISSION, case.unit.path if case else None)
    assert case is not None
    return case


def is_locked(case: Case, now: datetime) -> bool:
    """Whether the lock is what keeps it closed."""
    until = case.report.unlocked_until if case.report else None
    return why_closed(case.period.locks_at, until, now) is not None


async def _begin(turn: Turn, case: Case) -> list[Message]:
    if not is_locked(case, turn.now):
        return [Message("unlock.open", await _facts(turn, case), ((go("tiendo"), go("menu")),))]
    return await _ask_reason(turn, case)


async def _facts(turn: Turn, case: Case) -> dict[str, Any]:
    filed = case.report.submitted_at if case.report else None
    title, _ = await duty_words(turn, case.period)
    about = {"unit": case.unit.name, "key": case.period.key, "title": title}
    return about | {"locks_at": case.period.locks_at, "filed_at": filed}


async def _ask_reason(turn: Turn, case: Case, *before: Line) -> list[Message]:
    turn.ask("unlock.reason", unit=case.unit.id, period=case.period.id)
    rows = ((go("tiendo"), go("menu")),)
    return [Message("unlock.ask_reason", await _facts(turn, case) | {"before": list(before)}, rows, expects="text")]


async def _talked_of(turn: Turn) -> Case:
    turn.allow(PERMISSION, await extensions.path_of(turn.session, int(turn.talk.data["unit"])))
    return await _case(turn, int(turn.talk.data["period"]), int(turn.talk.data["unit"]))


async def _ends(turn: Turn, case: Case) -> tuple[datetime, datetime]:
    clocks = await locks.clocks_of(turn.session, turn.library, case.period)
    return unlocking_ends(clocks, turn.now, turn.zone)


@needs("report.unlock")
async def take_reason(turn: Turn) -> list[Message]:
    case = await _talked_of(turn)
    try:
        reason = read_reason(turn.text if turn.incoming.kind == "text" else "")
    except Refusal as refusal:
        return await _ask_reason(turn, case, refusal_line(refusal))
    return await _check(turn, case, reason, (await _ends(turn, case))[0])


async def _check(turn: Turn, case: Case, reason: str, until: datetime, *before: Line) -> list[Message]:
    """Everything before it is done; a day typed here moves the end."""
    kept = {"unit": case.unit.id, "period": case.period.id, "reason": reason, "until": until.isoformat()}
    turn.ask("unlock.until", **kept)
    values = await _facts(turn, case) | {"reason": reason, "until": until, "before": list(before)}
    values |= {"last": (await _ends(turn, case))[1]}
    go_on = Button("unlock.button_go", "unlock.go", case.unit.id, arg=str(case.period.id))
    return [Message("unlock.check", values, ((go_on,), (go("tiendo"), go("menu"))), expects="text")]


@needs("report.unlock")
async def take_until(turn: Turn) -> list[Message]:
    case, data = await _talked_of(turn), turn.talk.data
    usual, latest = await _ends(turn, case)
    until = datetime.fromisoformat(data["until"]) if "until" in data else usual
    said: tuple[Line, ...] = ()
    try:
        until = read_until(turn.text, turn.now, turn.zone, turn.now, latest)
    except Refusal as refusal:
        said = (refusal_line(refusal),)
    return await _check(turn, case, str(data["reason"]), until, *said)


@needs("report.unlock")
async def unlock(turn: Turn) -> list[Message]:
    """Open it, begun or not, and tell whoever writes it."""
    turn.allow(PERMISSION, await extensions.path_of(turn.session, turn.press.object))
    case, data = await _case(turn, int(turn.press.arg), turn.press.object), turn.talk.data
    if not is_locked(case, turn.now):
        return [Message("unlock.open", await _facts(turn, case), ((go("tiendo"), go("menu")),))]
    if turn.talk.flow != "unlock.until" or (data["unit"], data["period"]) != (case.unit.id, case.period.id):
        return await _ask_reason(turn, case)
    reason, until = str(data["reason"]), datetime.fromisoformat(data["until"])
    turn.end()
    by = turn.person_id
    report_id = await reports.begin(turn.session, case.period.id, case.unit.id, person_id=by, now=turn.now)
    sheet = await reports.load(turn.session, turn.library, report_id, lock=True)
    assert sheet is not None
    number = await reviews.latest_revision(turn.session, report_id)
    said = await locks.unlock(turn.session, sheet, reason, until, person_id=by, revision=number, now=turn.now)
    values = await _facts(turn, case) | {"reason": reason, "until": until, "by": turn.name}
    report = Button("unlock.button_report", "report.start", report_id)
    told = Message("unlock.opened", values, ((report,),))
    await alert_writers(turn.session, case.unit, told, once=f"review:{said.id}", now=turn.now, but=by)
    return [await show_report(turn, report_id, line("unlock.done", unit=case.unit.name, until=until))]


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"unlock.reason": take_reason, "unlock.until": take_until}
ACTIONS: dict[str, Handler] = {"unlock.report": of_report, "unlock.unit": of_unit, "unlock.go": unlock}
