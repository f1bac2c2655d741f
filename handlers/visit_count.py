"""The numbers that the bot counted from visits: taking them, adding to them, looking at what is behind them."""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Any

from handlers import visit_count_words
from handlers.access import needs, stale
from handlers.consolidation import readable
from handlers.menu import go
from handlers.report_answer import accept, no_text
from handlers.report_pages import onward, review, stale_screen
from handlers.report_sheet import (
    Line,
    ask,
    back_of,
    line,
    position_meant,
    reading,
    refusal_line,
    show,
    talked_of,
    working,
)
from handlers.report_ways import follow
from handlers.turn import Handler, Turn
from models import answers, audit, visit_counts
from models.guides import GuideBook
from models.messages import Button, Message
from models.quick_logs import QUICK
from models.reports import Sheet
from models.rules import Refusal
from models.rules.answers import understand
from models.rules.forms import Value
from models.rules.indicators import Counts
from models.rules.numbers import format_number
from models.rules.permissions import may
from models.rules.reports import shown, write_value
from models.visit_counts import Counted

FLOW = "report.extra"
SHOWN = 8  # visits on one page
ALL = Counts("turns")


@needs("report.write")
async def take_all(turn: Turn) -> list[Message]:
    """Every counted number becomes the answer, where nobody has answered yet; each can be changed afterwards."""
    sheet = await working(turn, turn.press.object)
    await visit_counts.read(turn.session, sheet)
    if stale(turn, sheet.report.version) or sheet.is_submitted:
        return await stale_screen(turn, sheet)
    taken = visit_count_words.takeable(sheet)
    for code, value in taken.items():
        answers.keep(turn.session, sheet, code, value, person_id=turn.person_id, now=turn.now)
    _note(turn, sheet, "report.take_counted", taken)
    ask(turn, sheet, "report.start")
    return await onward(turn, sheet, 0, line("visit_count.taken", count=len(taken)))


@needs("report.write")
async def take(turn: Turn) -> list[Message]:
    """The counted number as it is now becomes the answer to one question."""
    sheet = await working(turn, turn.press.object)
    position = await _counted_position(turn, sheet, turn.press.arg)
    if stale(turn, sheet.report.version) or position is None:
        return await stale_screen(turn, sheet)
    code = sheet.asked[position - 1].code
    value = Value(Decimal((sheet.visits or {})[code]))
    answers.keep(turn.session, sheet, code, value, person_id=turn.person_id, now=turn.now)
    indicator = sheet.form.indicator(code)
    kept = line("report.kept", label=indicator.short_label, amount=shown(value), unit=indicator.unit, note="")
    return await onward(turn, sheet, position, kept)


async def _counted_position(turn: Turn, sheet: Sheet, code: str) -> int | None:
    """Where a question stands for which the bot has counted something; None when there is none (any more)."""
    await visit_counts.read(turn.session, sheet)
    return position_meant(sheet, code) if sheet.parts is None and (sheet.visits or {}).get(code) else None


@needs("report.write")
async def extra(turn: Turn) -> list[Message]:
    """Ask how much was done without the bot."""
    sheet = await working(turn, turn.press.object)
    position = await _counted_position(turn, sheet, turn.press.arg)
    if position is None:
        return await stale_screen(turn, sheet)
    return [_extra_question(turn, sheet, position)]


def _extra_question(turn: Turn, sheet: Sheet, position: int, *before: Line) -> Message:
    indicator = sheet.asked[position - 1]
    value = sheet.values.get(indicator.code)
    seen = None if value is None else write_value(value)
    ask(turn, sheet, FLOW, at=position, code=indicator.code, seen=seen, back=back_of(turn, sheet))
    values = {
        "before": list(before),
        "label": indicator.short_label,
        "unit": indicator.unit,
        "counted": (sheet.visits or {}).get(indicator.code, 0),
    }
    rows = ((show(sheet, "button_back", "go", position), visit_count_words.show_visits(sheet, indicator.code)),)
    return Message("visit_count.extra", values, rows, expects="number")


@needs("report.write")
async def take_extra(turn: Turn) -> list[Message]:
    """What was done without the bot: the answer is both together, and it is kept which is which."""
    sheet = await talked_of(turn)
    other = await no_text(turn, sheet)
    if other is not None:
        return other
    position = await _counted_position(turn, sheet, str(turn.talk.data["code"]))
    if position is None:
        return await stale_screen(turn, sheet)
    try:
        typed = understand(turn.text, sheet.asked[position - 1])
    except Refusal as refusal:
        way = await follow(turn, sheet, position)
        return way or [_extra_question(turn, sheet, position, refusal_line(refusal))]
    if not typed.sure:
        return [_extra_question(turn, sheet, position, line("visit_count.unclear"))]
    indicator, beside = sheet.asked[position - 1], typed.value.number or Decimal(0)
    total = beside + (sheet.visits or {})[indicator.code]
    if total > indicator.max:
        too_large = line("report.too_large", text=turn.text[:40], most=format_number(Decimal(indicator.max)))
        return [_extra_question(turn, sheet, position, too_large)]
    return await accept(turn, sheet, position, Value(total))


@needs("report.write")
async def update(turn: Turn) -> list[Message]:
    """The counted parts of a draft as they are now; what was declared beside them stays."""
    sheet = await working(turn, turn.press.object)
    await visit_counts.read(turn.session, sheet)
    found = visit_count_words.moves(sheet)
    if stale(turn, sheet.report.version) or not found:
        return await stale_screen(turn, sheet)
    for code, (_old, new) in found.items():
        note = sheet.notes.get(code, "")
        answers.keep(turn.session, sheet, code, Value(new), person_id=turn.person_id, now=turn.now, note=note)
    _note(turn, sheet, "report.follow_counted", found)
    return await review(turn, sheet, line("visit_count.updated", count=len(found)))


@needs("report.read")
async def behind(turn: Turn) -> list[Message]:
    """The visits behind a number, or behind the report; who made them only for whoever may see the members."""
    sheet = await reading(turn, turn.press.object)
    code, _, number = turn.press.arg.rpartition(".")
    indicator = readable(turn, sheet, code)
    counts = (indicator.counts if indicator else None) or ALL
    page = max(0, int(number)) if number.isdecimal() else 0
    days = (sheet.period.starts_on, sheet.period.ends_on)
    found = await visit_counts.behind(turn.session, sheet.unit.id, *days, counts, start=page * SHOWN, most=SHOWN + 1)
    book, named = await turn.guides.current(turn.session), may(turn.actor, "roster.read", sheet.unit.path)
    rows = [_row(each, book, named=named) for each in found[:SHOWN]]
    values: dict[str, Any] = {"label": indicator.short_label if indicator else "", "unit": sheet.unit.name}
    values |= {"rows": rows, "starts": days[0], "ends": days[1], "page": page + 1, "measure": counts.measure}
    turns = _turns(sheet, code, page, len(found) > SHOWN)
    buttons = tuple(row for row in (turns, _back(turn, sheet, code)) if row)
    # a number typed here still answers the question that was left open
    is_asked = turn.talk.flow in ("report.number", FLOW)
    return [Message("visit_count.list", values, buttons, expects="number" if is_asked else "choice")]


def _row(each: Counted, book: GuideBook, *, named: bool) -> dict[str, Any]:
    visit, guide = each.visit, book.get(each.visit.guide)
    return {
        "at": visit.ended_at,
        "guide": guide.short_title if guide else visit.guide,
        "name": each.name if named else "",
        "quick": visit.kind == QUICK,
        "outcome": visit.outcome,
        "turns": visit.turns,
        "people": visit.people,
        "files": visit.files,
    }


def _turns(sheet: Sheet, code: str, page: int, more: bool) -> tuple[Button, ...]:
    wanted = [("board.button_before", page - 1)] if page else []
    wanted += [("board.button_after", page + 1)] if more else []
    return tuple(Button(label, "visit_count.list", sheet.report.id, arg=f"{code}.{at}") for label, at in wanted)


def _back(turn: Turn, sheet: Sheet, code: str) -> tuple[Button, ...]:
    if sheet.is_submitted or not may(turn.actor, "report.write", sheet.unit.path):
        return (show(sheet, "button_view", "view"), go("menu"))
    if code in [each.code for each in sheet.asked]:
        return (show(sheet, "button_back", "go", code), go("menu"))
    return (show(sheet, "button_back", "start"), go("menu"))


def _note(turn: Turn, sheet: Sheet, action: str, codes: Collection[str]) -> None:
    detail: dict[str, Any] = {"indicators": list(codes)}
    audit.note_report(turn.session, sheet.report, action, at=turn.now, person_id=turn.person_id, detail=detail)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {FLOW: take_extra}
ACTIONS: dict[str, Handler] = {
    "visit_count.take_all": take_all,
    "visit_count.take": take,
    "visit_count.extra": extra,
    "visit_count.update": update,
    "visit_count.list": behind,
}
