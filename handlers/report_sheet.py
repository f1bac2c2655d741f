"""How every part of the report comes to its sheet: load, ask for permission, remember where the talk stands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from handlers.turn import Turn
from models import locks, reports, visit_counts
from models.messages import Button
from models.reports import Sheet
from models.rules import Refusal
from models.rules.folding import shorten
from models.rules.forms import SHORT_LABEL, Indicator, Value
from models.rules.locks import Closed
from models.rules.periods import local_day
from models.rules.reports import shown

Line = dict[str, Any]
SHOWN_ABLE = 2  # of those who may open a locked report again
RECENT = 6  # typed answers whose message, if edited, is still recognised


async def reading(turn: Turn, report_id: int) -> Sheet:
    """A report to look at."""
    sheet = await reports.load(turn.session, turn.library, report_id)
    turn.allow("report.read", sheet.unit.path if sheet else None)
    assert sheet is not None
    sheet.today = local_day(turn.now, turn.zone)
    return sheet


async def opened(turn: Turn, report_id: int) -> Sheet:
    """A report for those who write it, held against a second writer until the turn ends."""
    sheet = await reports.load(turn.session, turn.library, report_id, lock=True)
    turn.allow("report.write", sheet.unit.path if sheet else None)
    assert sheet is not None
    sheet.today = local_day(turn.now, turn.zone)
    if sheet.is_submitted and sheet.parts is None:  # what was counted since belongs into a correction
        await visit_counts.read(turn.session, sheet)
    return sheet


async def working(turn: Turn, report_id: int) -> Sheet:
    """A report to write in. Raises one of the three refusals of `closed_line` when it no longer takes any change."""
    sheet = await opened(turn, report_id)
    await refuse_closed(turn, sheet)
    return sheet


async def refuse_closed(turn: Turn, sheet: Sheet) -> None:
    """Raises one of the three refusals of `closed_line` when the report no longer takes any change."""
    if closed := sheet.closed(turn.now):
        able = await locks.unlockers(turn.session, sheet.unit.path, turn.now)
        said = closed_line(closed, [{"role": each.role.kind, "name": each.person.name} for each in able[:SHOWN_ABLE]])
        raise Refusal(said["key"], **said["fill"])


def closed_line(closed: Closed, able: Sequence[Mapping[str, str]] = ()) -> Line:
    """Why nothing can be written, since when, and who may open it again: unlock.locked, .reopening_over or .waived."""
    return line(f"unlock.{closed.reason}", since=closed.since, why=closed.why, able=list(able))


def label_of(sheet: Sheet, code: str) -> str:
    """What a question is called; "" when the whole report is meant."""
    return sheet.form.indicator(code).short_label if sheet.form.has(code) else ""


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


def remember(turn: Turn, code: str, typed: str) -> None:
    """This message gave the answer `typed` to the question `code`: editing it later proposes a change."""
    if turn.incoming.kind != "text" or not turn.incoming.message_ref:
        return
    recent = [*turn.talk.data.get("recent", []), [turn.incoming.message_ref, code, typed]]
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


def keep(
    sheet: Sheet, action: str, value: Value | None, arg: str | int = "", indicator: Indicator | None = None
) -> Button:
    """A button that leaves what is there; an empty answer is no value to be shown on it."""
    is_empty = value is None or value.is_empty
    amount = shorten(shown(value, indicator), SHORT_LABEL)
    return show(sheet, "button_keep_empty" if is_empty else "button_keep", action, arg, amount=amount)


def position_meant(sheet: Sheet, where: str) -> int | None:
    """The position (from 1) that a button carries as a number or as the code of a question; None when not asked."""
    if where.isdecimal():
        return int(where) if 1 <= int(where) <= len(sheet.asked) else None
    return next((place for place, each in enumerate(sheet.asked, start=1) if each.code == where), None)


def place_of(turn: Turn, sheet: Sheet) -> int | None:
    """Where the question of the talk stands now: another answer may have moved it. None when it is asked no more."""
    code, at = turn.talk.data.get("code"), int(turn.talk.data["at"])
    if sheet.form.is_plain or code is None:
        return at
    return next((place for place, each in enumerate(sheet.asked, start=1) if each.code == code), None)
