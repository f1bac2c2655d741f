"""Pasted numbers far from last month's: each is asked about once, one after the other, before it is written."""

from __future__ import annotations

from handlers.access import needs, stale
from handlers.report_pages import onward, start_page
from handlers.report_paste_pages import beside, button
from handlers.report_sheet import Line, ask, is_same_talk, line, refusal_line, talked_of, working
from handlers.turn import Handler, Turn
from models import answers
from models.messages import Message
from models.reports import Sheet
from models.rules import Refusal
from models.rules.answers import doubt, is_reason, understand
from models.rules.forms import Indicator, Value
from models.rules.reports import LONGEST_LINE, read_value, sentence, shown, way_meant, write_value

FLOW = "paste.doubt"
Waiting = list[list[str]]  # [indicator, value], each to be asked about


def ask_doubts(turn: Turn, sheet: Sheet, waiting: Waiting, *before: Line) -> list[Message]:
    """Ask about the first of those that wait."""
    code, written = waiting[0]
    indicator, value = sheet.form.indicator(code), read_value(written)
    ask(turn, sheet, FLOW, waiting=waiting)
    values = {
        "before": list(before),
        "label": indicator.short_label,
        "unit": indicator.unit,
        "amount": shown(value),
        "last": shown(sheet.last.get(code)),
        "last_is_adjacent": sheet.last_is_adjacent,
        "numerator": indicator.numerator,
        "denominator": indicator.denominator,
    }
    yes = button(sheet, "button_yes", "yes", code, acts=True)
    rows = ((yes, button(sheet, "button_leave_open", "leave", code, acts=True)),)
    return [Message(f"report.{_why(sheet, indicator, value)}", values, rows, expects="number")]


def _why(sheet: Sheet, indicator: Indicator, value: Value) -> str:
    return doubt(value, sheet.last.get(indicator.code), sheet.form.outliers) or "far"


def _waiting(turn: Turn, sheet: Sheet) -> Waiting:
    """Those that still wait; none when the talk has gone elsewhere."""
    if turn.talk.flow != FLOW or not is_same_talk(turn, sheet):
        return []
    asked = {each.code for each in sheet.asked}
    return [list(each) for each in turn.talk.data.get("waiting", []) if each[0] in asked]


async def _on(turn: Turn, sheet: Sheet, waiting: Waiting, *before: Line) -> list[Message]:
    return ask_doubts(turn, sheet, waiting, *before) if waiting else await onward(turn, sheet, 0, *before)


async def _keep(turn: Turn, sheet: Sheet, waiting: Waiting, value: Value, note: str = "") -> list[Message]:
    indicator = sheet.form.indicator(waiting[0][0])
    answers.keep(turn.session, sheet, indicator.code, value, person_id=turn.person_id, now=turn.now, note=note)
    said = line("report.kept", label=indicator.short_label, amount=shown(value), unit=indicator.unit, note=note)
    return await _on(turn, sheet, waiting[1:], said)


@needs("report.write")
async def agree(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    waiting = _waiting(turn, sheet)
    if stale(turn, sheet.report.version) or not waiting or waiting[0][0] != turn.press.arg:
        return await _on(turn, sheet, waiting, line("access.stale"))
    return await _keep(turn, sheet, waiting, read_value(waiting[0][1]))


@needs("report.write")
async def leave_open(turn: Turn) -> list[Message]:
    """The number is not written; its question stays open."""
    sheet = await working(turn, turn.press.object)
    waiting = _waiting(turn, sheet)
    if stale(turn, sheet.report.version) or not waiting or waiting[0][0] != turn.press.arg:
        return await _on(turn, sheet, waiting, line("access.stale"))
    return await _left_open(turn, sheet, waiting)


async def _left_open(turn: Turn, sheet: Sheet, waiting: Waiting) -> list[Message]:
    amount = shown(read_value(waiting[0][1]))
    return await _on(turn, sheet, waiting[1:], line("report.doubted_dropped", amount=amount))


@needs("report.write")
async def at_doubt(turn: Turn) -> list[Message]:
    """Typed at "is that right?": another number, the reason why it is right, or a way past it."""
    sheet = await talked_of(turn)
    waiting = _waiting(turn, sheet)
    if not waiting:
        return await start_page(turn, sheet, line("report.filed_meanwhile"))
    if turn.incoming.kind != "text":
        return ask_doubts(turn, sheet, waiting, await beside(turn, sheet))
    if way_meant(turn.text) in ("skip", "next", "empty"):
        return await _left_open(turn, sheet, waiting)
    try:
        return await _typed(turn, sheet, waiting)
    except Refusal as refusal:
        return ask_doubts(turn, sheet, waiting, refusal_line(refusal))


async def _typed(turn: Turn, sheet: Sheet, waiting: Waiting) -> list[Message]:
    indicator, doubted = sheet.form.indicator(waiting[0][0]), read_value(waiting[0][1])
    try:
        understood = understand(turn.text, indicator)
    except Refusal:
        if not is_reason(turn.text, refused=True):
            raise
        return await _keep(turn, sheet, waiting, doubted, note=sentence(turn.text, LONGEST_LINE))
    if is_reason(turn.text, refused=False):
        return await _keep(turn, sheet, waiting, doubted, note=sentence(turn.text, LONGEST_LINE))
    value = understood.value
    if not understood.sure or not indicator.is_whole(value):
        return ask_doubts(turn, sheet, waiting, line("paste.unsure", text=turn.text[:40]))
    if value != doubted and doubt(value, sheet.last.get(indicator.code), sheet.form.outliers):
        return ask_doubts(turn, sheet, [[indicator.code, write_value(value)], *waiting[1:]])
    return await _keep(turn, sheet, waiting, value)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {FLOW: at_doubt}
ACTIONS: dict[str, Handler] = {"paste.yes": agree, "paste.leave": leave_open}
