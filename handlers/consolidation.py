"""A report made of reports: taking the sums, looking at the parts, following what changed below since it was sent."""

from __future__ import annotations

from handlers.access import needs, stale
from handlers.consolidation_words import part_row, sources, takeable, to_question
from handlers.menu import go
from handlers.report_pages import onward, review, stale_screen
from handlers.report_sheet import ask, line, reading, show, working
from handlers.turn import Handler, Turn
from models import answers, audit
from models.consolidation import Source
from models.consolidation import answers as answers_of
from models.messages import Button, Expects, Message
from models.reports import Sheet
from models.rules.consolidation import moved, value_of
from models.rules.forms import Indicator, Value
from models.rules.permissions import fields_of, may
from models.rules.reports import shown

PARTS = 8  # on one page


@needs("report.write")
async def take_all(turn: Turn) -> list[Message]:
    """Every sum becomes the answer of the unit, where it has not answered itself; it may change each of them."""
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version) or sheet.is_submitted or sheet.parts is None:
        return await stale_screen(turn, sheet)
    taken = takeable(sheet)
    for code, value in taken.items():
        answers.keep(turn.session, sheet, code, value, person_id=turn.person_id, now=turn.now)
    _note(turn, sheet, "report.take_sums", list(taken))
    ask(turn, sheet, "report.start")
    return await onward(turn, sheet, 0, line("consolidation.taken", count=len(taken)))


@needs("report.write")
async def update(turn: Turn) -> list[Message]:
    """The sums as they are now go into a correction, with what the unit had added; it is sent like any other."""
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version) or sheet.moved is None:
        return await stale_screen(turn, sheet)
    asked = {each.code for each in sheet.asked}
    found = {code: pair for code, pair in sheet.moved.totals.items() if code in asked}
    for code, (old, new) in found.items():
        filed = sheet.filed.get(code)
        value = value_of(new) if filed is None else moved(filed, value_of(old), value_of(new))
        answers.keep(turn.session, sheet, code, value, person_id=turn.person_id, now=turn.now)
    await turn.session.flush()
    _note(turn, sheet, "report.follow_sums", list(found))
    return await review(turn, sheet, line("consolidation.updated", count=len(found)))


@needs("report.read")
async def parts(turn: Turn) -> list[Message]:
    """The reports behind the sums, or behind one of them; each opens."""
    sheet = await reading(turn, turn.press.object)
    if sheet.parts is None:
        turn.allow("report.read", None)
    assert sheet.parts is not None
    code, _, number = turn.press.arg.rpartition(".")
    indicator = readable(turn, sheet, code)
    listed = [*sheet.parts.parts, *sheet.parts.awaited]
    pages = max((len(listed) + PARTS - 1) // PARTS, 1)
    page = max(0, min(int(number or 0), pages - 1))
    shown_now = listed[page * PARTS : (page + 1) * PARTS]
    counted = [each.report_id or 0 for each in shown_now if indicator and each.counts]
    said = await answers_of(turn.session, counted)
    amounts = {each: said.get(each, {}).get(code, Value()) for each in counted}
    values = sources(sheet) | {
        "unit": sheet.unit.name,
        "label": indicator.short_label if indicator else "",
        "total": shown(value_of(sheet.parts.total(indicator))) if indicator else "",
        "rows": [part_row(sheet, each, amounts.get(each.report_id or 0)) for each in shown_now],
        "page": page + 1,
        "pages": pages,
    }
    rows = (*_part_buttons(sheet, shown_now), _turns(sheet, code, page, pages), _back(turn, sheet, code))
    # a number typed here still answers the question that was left open
    expects: Expects = "number" if turn.talk.flow == "report.number" else "choice"
    return [Message("consolidation.parts", values, tuple(row for row in rows if row), expects=expects)]


def readable(turn: Turn, sheet: Sheet, code: str) -> Indicator | None:
    """The indicator of that code; None for whoever looks after other fields of the form."""
    fields = fields_of(turn.actor, "report.read", sheet.unit.path)
    indicator = sheet.form.indicator(code) if sheet.form.has(code) else None
    return None if indicator is None or (fields is not None and indicator.field not in fields) else indicator


def _part_buttons(sheet: Sheet, listed: list[Source]) -> list[tuple[Button, ...]]:
    buttons: list[tuple[Button, ...]] = []
    for each in listed:
        if each.report_id is not None and each.submitted_at is not None and not each.left:
            row = part_row(sheet, each, None)
            values = {"name": row["name"] or sheet.unit.name, "key": row["key"]}
            buttons.append((Button("consolidation.button_part", "report.view", each.report_id, values=values),))
    return buttons


def _turns(sheet: Sheet, code: str, page: int, pages: int) -> tuple[Button, ...]:
    stem = f"{code}." if code else ""
    labels = (("board.button_before", page - 1), ("board.button_after", page + 1))
    return tuple(
        Button(label, "consolidation.parts", sheet.report.id, arg=f"{stem}{number}")
        for label, number in labels
        if 0 <= number < pages
    )


def _back(turn: Turn, sheet: Sheet, code: str) -> tuple[Button, ...]:
    if not may(turn.actor, "report.write", sheet.unit.path) or sheet.is_submitted:
        return (show(sheet, "button_view", "view"), go("menu"))
    if code in [each.code for each in sheet.asked]:
        return (to_question(sheet, code), go("menu"))
    return (show(sheet, "button_back", "start"), go("menu"))


def _note(turn: Turn, sheet: Sheet, action: str, codes: list[str]) -> None:
    audit.note(
        turn.session,
        at=turn.now,
        person_id=turn.person_id,
        action=action,
        object=f"report:{sheet.report.id}",
        unit_id=sheet.unit.id,
        detail={"indicators": codes},
    )


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "consolidation.take_all": take_all,
    "consolidation.update": update,
    "consolidation.parts": parts,
}
