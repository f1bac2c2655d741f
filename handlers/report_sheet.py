"""How every part of the report comes to its sheet: load, ask for permission, remember where the talk stands."""

from __future__ import annotations

from typing import Any

from handlers.turn import Turn
from models import reports
from models.messages import Button
from models.reports import Sheet
from models.rules import Refusal
from models.rules.forms import Value
from models.rules.reports import shown

Line = dict[str, Any]
LOCKED = "locked"
RECENT = 6  # typed answers whose message, if edited, is still recognised


async def reading(turn: Turn, report_id: int) -> Sheet:
    """A report to look at."""
    sheet = await reports.load(turn.session, turn.library, report_id)
    turn.allow("report.read", sheet.unit.path if sheet else None)
    assert sheet is not None
    return sheet


async def opened(turn: Turn, report_id: int) -> Sheet:
    """A report for those who write it, held against a second writer until the turn ends."""
    sheet = await reports.load(turn.session, turn.library, report_id, lock=True)
    turn.allow("report.write", sheet.unit.path if sheet else None)
    assert sheet is not None
    return sheet


async def working(turn: Turn, report_id: int) -> Sheet:
    """A report to write in. Raises Refusal report.locked when it no longer takes any change."""
    sheet = await opened(turn, report_id)
    if sheet.report.state == LOCKED:
        raise Refusal("report.locked", code=sheet.code)
    return sheet


async def talked_of(turn: Turn) -> Sheet:
    """The report that the talk is about."""
    return await working(turn, int(turn.talk.data.get("report", 0)))


def line(key: str, **fill: Any) -> Line:
    """A sentence to stand above a screen; the screen's own text words it."""
    return {"key": key, "fill": fill}


def refusal_line(refusal: Refusal) -> Line:
    return line(refusal.key, **refusal.values)


def ask(turn: Turn, sheet: Sheet, flow: str, **data: Any) -> None:
    """Go on in a flow of this report, keeping what is known of the messages typed last."""
    same = turn.talk.data.get("report") == sheet.report.id
    recent = turn.talk.data.get("recent", []) if same else []
    turn.ask(flow, report=sheet.report.id, amending=sheet.is_submitted, recent=recent, **data)


def remember(turn: Turn, position: int, typed: str) -> None:
    """This message gave the answer `typed` at `position`: editing it later proposes a change."""
    if turn.incoming.kind != "text" or not turn.incoming.message_ref:
        return
    recent = [*turn.talk.data.get("recent", []), [turn.incoming.message_ref, position, typed]]
    turn.talk.data = {**turn.talk.data, "recent": recent[-RECENT:]}


def is_same_talk(turn: Turn, sheet: Sheet) -> bool:
    """Whether the talk is about this report, and nobody filed it meanwhile."""
    data = turn.talk.data
    return data.get("report") == sheet.report.id and data.get("amending") == sheet.is_submitted


def back_of(turn: Turn, sheet: Sheet) -> str:
    """The screen to return to once the question is answered; a correction always returns to its review."""
    if sheet.is_submitted:
        return "review"
    return str(turn.talk.data.get("back", "")) if is_same_talk(turn, sheet) else ""


def act(sheet: Sheet, label: str, action: str, arg: str | int = "", **values: Any) -> Button:
    """A button that changes the report: stale once anything in it has changed."""
    return Button(f"report.{label}", f"report.{action}", sheet.report.id, sheet.report.version, str(arg), values)


def show(sheet: Sheet, label: str, action: str, arg: str | int = "", **values: Any) -> Button:
    """A button that only shows something: always good."""
    return Button(f"report.{label}", f"report.{action}", sheet.report.id, 0, str(arg), values)


def keep(sheet: Sheet, action: str, value: Value | None, arg: str | int = "") -> Button:
    """A button that leaves what is there; an empty answer is no value to be shown on it."""
    is_empty = value is None or value.number is None
    return show(sheet, "button_keep_empty" if is_empty else "button_keep", action, arg, amount=shown(value))
