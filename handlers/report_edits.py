"""Somebody edits a message that gave an answer: propose the change, never make it silently."""

from __future__ import annotations

from handlers.report_pages import current
from handlers.report_sheet import act, ask, is_same_talk, keep, line, refusal_line
from handlers.turn import Turn
from models.messages import Message
from models.reports import Sheet
from models.rules import Refusal
from models.rules.answers import is_half
from models.rules.folding import shorten
from models.rules.forms import SHORT_LABEL, Value
from models.rules.reports import shown, write_value
from models.rules.written_answers import read_answer


async def edited(turn: Turn, sheet: Sheet) -> list[Message]:
    """What an edited message gets: a proposal when it gave an answer of the open report, else why not."""
    if not is_same_talk(turn, sheet) or (sheet.is_submitted and turn.talk.flow == "report.left"):
        return await current(turn, sheet, line("report.edit_closed"))
    given = [each for each in turn.talk.data.get("recent", []) if each[0] == turn.incoming.message_ref]
    codes = [each.code for each in sheet.asked]
    if not given or given[-1][1] not in codes:
        return await current(turn, sheet, line("report.edit_unknown"))
    position = codes.index(given[-1][1]) + 1
    try:
        understood = read_answer(turn.text, sheet.asked[position - 1], sheet.today or sheet.period.ends_on)
    except Refusal as refusal:
        return await current(turn, sheet, refusal_line(refusal), _kept(sheet, position))
    if not understood.sure or is_half(understood.value, sheet.asked[position - 1]):
        return await current(turn, sheet, _kept(sheet, position))
    return await _propose(turn, sheet, position, understood.value)


def _kept(sheet: Sheet, position: int) -> dict[str, object]:
    indicator = sheet.asked[position - 1]
    amount = shown(sheet.values.get(indicator.code), indicator)
    return line("report.edit_kept", label=indicator.short_label, amount=amount, n=position)


def _place(turn: Turn) -> dict[str, object]:
    """Where the talk stood, so that it goes on from there."""
    kept = ("at", "code", "seen", "back", "numerator", "page")
    return {key: turn.talk.data[key] for key in kept if key in turn.talk.data}


async def _propose(turn: Turn, sheet: Sheet, position: int, value: Value) -> list[Message]:
    indicator = sheet.asked[position - 1]
    old = sheet.values.get(indicator.code)
    if old == value:
        return await current(turn, sheet, _kept(sheet, position))
    ask(turn, sheet, "report.offer", **_place(turn), offered=write_value(value))
    amount = shown(value, indicator)
    values = {"label": indicator.short_label, "unit": indicator.unit, "old": shown(old, indicator), "new": amount}
    # words do not fit a button: what was proposed waits in the talk
    arg = f"{position}:{write_value(value)}" if indicator.is_typed_number else str(position)
    change = act(sheet, "button_change", "set", arg, amount=shorten(amount, SHORT_LABEL))
    rows = ((change, keep(sheet, "current", old, indicator=indicator)),)
    return [Message("report.edit_offer", values, rows, expects="number")]
