"""Sending a report back: for which question, why, until when; the team is told at once and lands on that question."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from handlers.access import needs, stale
from handlers.report_sheet import Line, label_of, line, refusal_line
from handlers.report_view import show_report
from handlers.review import judged, next_one
from handlers.turn import Handler, Turn
from models import locks, reviews
from models.alerts import alert_writers
from models.messages import Button, Message
from models.reports import Sheet
from models.rules import Refusal
from models.rules.locks import closes_at
from models.rules.reports import shown
from models.rules.reviews import WHOLE, item_named, may_be_returned, read_reason, return_ends
from models.rules.until import read_until

ITEMS = 8  # questions on one page
ALL = "-"  # on a button: the whole report


@needs("report.review")
async def begin(turn: Turn) -> list[Message]:
    """Ask for which question; `arg` turns the page."""
    sheet = await judged(turn, turn.press.object)
    changed = await _changed(turn, sheet, turn.press.version)
    if changed is not None:
        return changed
    return _items(turn, sheet, page=int(turn.press.arg or 0))


async def _changed(turn: Turn, sheet: Sheet, version: int) -> list[Message] | None:
    """The card instead, when the report was changed meanwhile or can be corrected no more."""
    if version not in (0, sheet.report.version) or not may_be_returned(sheet.report.state):
        turn.end()
        return [await show_report(turn, sheet.report.id, line("review.changed"))]
    if sheet.closed(turn.now):
        turn.end()
        return [await show_report(turn, sheet.report.id, line("review.closed"))]
    return None


def _items(turn: Turn, sheet: Sheet, *before: Line, page: int = 0) -> list[Message]:
    turn.ask("review.item", report=sheet.report.id, version=sheet.report.version)
    pages = max((len(sheet.asked) + ITEMS - 1) // ITEMS, 1)
    page = max(0, min(page, pages - 1))
    filed = sheet.filed
    items = [
        (_act(sheet, "button_item", "item", each.code, n=n, text=each.short_label, amount=shown(filed.get(each.code))),)
        for n, each in enumerate(sheet.asked, start=1)
    ][page * ITEMS : (page + 1) * ITEMS]
    turns = [_act(sheet, "button_before", "return", page - 1)] if page else []
    turns += [_act(sheet, "button_after", "return", page + 1)] if page + 1 < pages else []
    values = {"unit": sheet.unit.name, "code": sheet.code, "before": list(before), "total": len(sheet.asked)}
    whole = (_act(sheet, "button_whole", "item", ALL), _card(sheet))
    rows = (*items, tuple(turns), whole)
    return [Message("review.which", values, tuple(row for row in rows if row), expects="text")]


def _act(sheet: Sheet, label: str, action: str, arg: str | int = "", **values: Any) -> Button:
    return Button(f"review.{label}", f"review.{action}", sheet.report.id, sheet.report.version, str(arg), values)


def _card(sheet: Sheet) -> Button:
    return Button("review.button_card", "report.view", sheet.report.id)


@needs("report.review")
async def at_item(turn: Turn) -> list[Message]:
    """The number or the code of the question, typed; or "cả báo cáo"."""
    sheet = await judged(turn, int(turn.talk.data["report"]))
    changed = await _changed(turn, sheet, int(turn.talk.data["version"]))
    if changed is not None:
        return changed
    try:
        code = item_named(turn.text, sheet.asked) if turn.incoming.kind == "text" else None
    except Refusal as refusal:
        return _items(turn, sheet, refusal_line(refusal))
    if code is None:
        return _items(turn, sheet, line("review.choose", total=len(sheet.asked)))
    return _ask_reason(turn, sheet, code)


@needs("report.review")
async def choose_item(turn: Turn) -> list[Message]:
    sheet = await judged(turn, turn.press.object)
    changed = await _changed(turn, sheet, turn.press.version)
    if changed is not None:
        return changed
    code = turn.press.arg if any(each.code == turn.press.arg for each in sheet.asked) else WHOLE
    return _ask_reason(turn, sheet, code)


def _ask_reason(turn: Turn, sheet: Sheet, code: str, *before: Line) -> list[Message]:
    turn.ask("review.reason", report=sheet.report.id, version=sheet.report.version, item=code)
    values = {"unit": sheet.unit.name, "label": label_of(sheet, code), "before": list(before)}
    values["amount"] = shown(sheet.filed.get(code)) if code else ""
    back = _act(sheet, "button_other", "return")
    return [Message("review.ask_reason", values, ((back, _card(sheet)),), expects="text")]


@needs("report.review")
async def take_reason(turn: Turn) -> list[Message]:
    """The reason, without which nothing is sent back."""
    sheet = await judged(turn, int(turn.talk.data["report"]))
    changed = await _changed(turn, sheet, int(turn.talk.data["version"]))
    if changed is not None:
        return changed
    code = str(turn.talk.data.get("item", WHOLE))
    try:
        reason = read_reason(turn.text if turn.incoming.kind == "text" else "")
    except Refusal as refusal:
        return _ask_reason(turn, sheet, code, refusal_line(refusal))
    usual, _ = await _ends(turn, sheet)
    return _check(turn, sheet, code, reason, usual)


async def _ends(turn: Turn, sheet: Sheet) -> tuple[datetime, datetime]:
    """When the correction is awaited by itself, and at the latest."""
    clocks = await locks.clocks_of(turn.session, turn.library, sheet.period)
    closing = closes_at(sheet.period.locks_at, sheet.report.unlocked_until, turn.now)
    return return_ends(clocks, turn.now, turn.zone, closing)


def _check(turn: Turn, sheet: Sheet, code: str, reason: str, until: datetime, *before: Line) -> list[Message]:
    """Everything before it is sent; a day typed here moves the day for the correction."""
    kept = {"report": sheet.report.id, "version": sheet.report.version, "item": code, "reason": reason}
    turn.ask("review.until", **kept, until=until.isoformat())
    values: dict[str, Any] = {"unit": sheet.unit.name, "code": sheet.code, "label": label_of(sheet, code)}
    values |= {"reason": reason, "until": until, "before": list(before)}
    rows = ((_act(sheet, "button_send", "send"),), (_act(sheet, "button_other", "return"), _card(sheet)))
    return [Message("review.check", values, rows, expects="text")]


@needs("report.review")
async def take_until(turn: Turn) -> list[Message]:
    sheet = await judged(turn, int(turn.talk.data["report"]))
    data = turn.talk.data
    changed = await _changed(turn, sheet, int(data["version"]))
    if changed is not None:
        return changed
    usual, latest = await _ends(turn, sheet)
    until = datetime.fromisoformat(data["until"]) if "until" in data else usual
    said: tuple[Line, ...] = ()
    try:
        until = read_until(turn.text, turn.now, turn.zone, turn.now, latest)
    except Refusal as refusal:
        said = (refusal_line(refusal),)
    return _check(turn, sheet, str(data["item"]), str(data.get("reason", "")), until, *said)


@needs("report.review")
async def send(turn: Turn) -> list[Message]:
    """Send it back, and tell everybody who writes the team's report."""
    sheet = await judged(turn, turn.press.object)
    data = turn.talk.data
    changed = await _changed(turn, sheet, turn.press.version)
    if changed is not None:
        return changed
    if turn.talk.flow != "review.until" or data.get("report") != sheet.report.id or stale(turn, data["version"]):
        return _items(turn, sheet)
    code, reason, until = str(data["item"]), str(data["reason"]), datetime.fromisoformat(data["until"])
    turn.end()
    said = await reviews.send_back(turn.session, sheet, code, reason, until, person_id=turn.person_id, now=turn.now)
    about: dict[str, Any] = {"unit": sheet.unit.name, "key": sheet.period.key, "title": sheet.title}
    about |= {"code": sheet.code, "by": turn.name}
    values = about | {"label": label_of(sheet, code), "reason": reason, "until": until}
    mend = Button("report.button_mend", "report.amend", sheet.report.id, arg=code)
    told = Message("review.returned", values, ((mend,),))
    once = f"review:{said.id}"
    await alert_writers(turn.session, sheet.unit, told, once=once, now=turn.now, but=turn.person_id)
    return await next_one(turn, "review.sent_back", sheet)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"review.item": at_item, "review.reason": take_reason, "review.until": take_until}
ACTIONS: dict[str, Handler] = {"review.return": begin, "review.item": choose_item, "review.send": send}
