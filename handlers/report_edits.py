"""Somebody edits a message that gave an answer: propose the change, never make it silently."""

from __future__ import annotations

from handlers.report_pages import current
from handlers.report_sheet import act, ask, is_same_talk, keep, line, refusal_line
from handlers.turn import Turn
from models.messages import Message
from models.reports import Sheet
from models.rules import Refusal
from models.rules.answers import is_half, understand
from models.rules.forms import Value
from models.rules.reports import shown, write_value


async def edited(turn: Turn, sheet: Sheet) -> list[Message]:
    """What an edited message gets: a proposal when it gave an answer of the open report, else why not."""
    if not is_same_talk(turn, sheet) or (sheet.is_submitted and turn.talk.flow == "report.left"):
        return await current(turn, sheet, line("report.edit_closed"))
    given = [each for each in turn.talk.data.get("recent", []) if each[0] == turn.incoming.message_ref]
    if not given:
        return await current(turn, sheet, line("report.edit_unknown"))
    position = int(given[-1][1])
    try:
        understood = understand(turn.text, sheet.asked[position - 1])
    except Refusal as refusal:
        return await current(turn, sheet, refusal_line(refusal), _kept(sheet, position))
    if not understood.sure or is_half(understood.value, sheet.asked[position - 1]):
        return await current(turn, sheet, _kept(sheet, position))
    return await _propose(turn, sheet, position, understood.value)


def _kept(sheet: Sheet, position: int) -> dict[str, object]:
    indicator = sheet.asked[position - 1]
    amount = shown(sheet.values.get(indicator.code))
    return line("report.edit_kept", label=indicator.short_label, amount=amount, n=position)


def _place(turn: Turn) -> dict[str, object]:
    """Where the talk stood, so that it goes on from there."""
    return {key: turn.talk.data[key] for key in ("at", "seen", "back", "numerator", "page") if key in turn.talk.data}


async def _propose(turn: Turn, sheet: Sheet, position: int, value: Value) -> list[Message]:
    indicator = sheet.asked[position - 1]
    old = sheet.values.get(indicator.code)
    if old == value:
        return await current(turn, sheet, _kept(sheet, position))
    ask(turn, sheet, "report.offer", **_place(turn))
    values = {"label": indicator.short_label, "unit": indicator.unit, "old": shown(old), "new": shown(value)}
    change = act(sheet, "button_change", "set", f"{position}:{write_value(value)}", amount=shown(value))
    return [Message("report.edit_offer", values, ((change, keep(sheet, "current", old)),), expects="number")]
