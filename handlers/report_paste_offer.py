"""A whole report that comes where something else was asked, or out of the blue: recognised, and offered to be read."""

from __future__ import annotations

from typing import Any

from handlers import menu
from handlers.access import needs
from handlers.menu import go
from handlers.report_pages import start_page
from handlers.report_paste_pages import Draft, beside, button, draft_of, keep_draft, review_page
from handlers.report_questions import question
from handlers.report_sheet import Line, is_same_talk, line, opened, place_of, talked_of, working
from handlers.turn import Handler, Turn
from models import owings, reports, units
from models.messages import Button, Message
from models.reports import Due, Sheet
from models.rules.pasting import LONGEST, looks_pasted
from models.rules.pasting_identities import hide_identities

OFFER, WHICH = "paste.offer", "paste.which"
LEAST = 3  # numbers recognised before it is worth a question
MOST_UNITS = 4
PLACE = ("at", "code", "back")


async def offered(turn: Turn, sheet: Sheet) -> list[Message] | None:
    """Ask whether what was typed is the whole report; None when too little of one is recognised in it."""
    if turn.incoming.kind != "text" or not looks_pasted(turn.text):
        return None
    draft = Draft().joined(turn.text)
    count = len(draft.read(sheet).found)
    if count < LEAST:
        return None
    return _offer(turn, sheet, draft, count)


def _offer(turn: Turn, sheet: Sheet, draft: Draft, count: int, *before: Line) -> list[Message]:
    """`turn.talk` still says where the text was typed, so that a "no" leads back there."""
    place: dict[str, Any] = {key: turn.talk.data[key] for key in PLACE if key in turn.talk.data}
    keep_draft(turn, sheet, OFFER, draft, count=count, **place)
    values = {
        "before": list(before),
        "team": sheet.unit.name,
        "starts": sheet.period.starts_on,
        "ends": sheet.period.ends_on,
        "count": count,
        "total": len(sheet.asked),
    }
    rows = ((button(sheet, "button_read", "review"),), (button(sheet, "button_no", "no"),))
    return [Message("paste.offer", values, rows)]


@needs("report.write")
async def at_offer(turn: Turn) -> list[Message]:
    """Typed while the question is open: more of the same, or an answer in words."""
    sheet = await talked_of(turn)
    if not is_same_talk(turn, sheet):
        return await start_page(turn, sheet, line("report.filed_meanwhile"))
    draft = draft_of(turn, sheet)
    if turn.incoming.kind == "text" and looks_pasted(turn.text):
        return review_page(turn, sheet, draft.joined(turn.text))
    said = line("report.choose_below") if turn.incoming.kind == "text" else await beside(turn, sheet)
    return _offer(turn, sheet, draft, int(turn.talk.data.get("count", 0)), said)


@needs("report.write")
async def refuse(turn: Turn) -> list[Message]:
    """It is no report: back to where the text was typed."""
    sheet = await working(turn, turn.press.object)
    if turn.talk.flow == OFFER and is_same_talk(turn, sheet) and "at" in turn.talk.data:
        position = place_of(turn, sheet)
        if position is not None:
            return await question(turn, sheet, position, back=str(turn.talk.data.get("back", "")))
    return await start_page(turn, sheet)


# --- out of the blue --------------------------------------------------------------------------------------------------


def may_be_report(turn: Turn) -> bool:
    """Whether a text that nothing is waiting for may be somebody's report."""
    return turn.incoming.kind == "text" and looks_pasted(turn.text) and turn.actor.holds(*owings.WRITERS)


@needs("report.write")
async def out_of_the_blue(turn: Turn) -> list[Message]:
    """Offer to read a text that came where nothing was asked; no report is begun before somebody agrees."""
    due = await reports.due_reports(turn.session, turn.actor.units(*owings.WRITERS), turn.now)
    open_ones = [each for each in due if not each.owed.is_submitted and not each.owed.is_locked] or due
    first = _first_of_each_unit(open_ones)[:MOST_UNITS]
    if not first:
        return await menu.lost(turn)
    text, hidden = hide_identities(turn.text[:LONGEST])
    turn.ask(WHICH, text=text, hidden=hidden, unit=first[0].owed.unit_id)
    return [_which(first)]


def _first_of_each_unit(due: list[Due]) -> list[Due]:
    """The oldest open report of each unit."""
    return list({each.owed.unit_id: each for each in due}.values())


def _which(due: list[Due]) -> Message:
    rows = tuple(
        (
            Button(
                "paste.button_take",
                "paste.take",
                each.owed.period_id,
                arg=str(each.owed.unit_id),
                values={
                    "name": each.unit_name, "starts": each.owed.starts_on, "ends": each.ends_on, "count": len(due)
                },
            ),
        )
        for each in due
    )  # fmt: skip
    values = {"count": len(due), "name": due[0].unit_name, "starts": due[0].owed.starts_on, "ends": due[0].ends_on}
    return Message("paste.which", values, (*rows, (go("menu", "paste.button_no"),)))


@needs("report.write")
async def at_which(turn: Turn) -> list[Message]:
    """Typed while it is open which report is meant: more of it is kept, and the question stays."""
    unit = await units.find(turn.session, int(turn.talk.data.get("unit", 0)))
    turn.allow("report.write", unit.path if unit else None)
    data = turn.talk.data
    if may_be_report(turn):
        more, hidden = hide_identities(turn.text)
        text = f"{data.get('text', '')}\n{more}"[:LONGEST]
        turn.talk.data = data | {"text": text, "hidden": int(data.get("hidden", 0)) + hidden}
    due = await reports.due_reports(turn.session, turn.actor.units(*owings.WRITERS), turn.now)
    first = _first_of_each_unit([each for each in due if not each.owed.is_locked])[:MOST_UNITS]
    return [_which(first)] if first else await menu.lost(turn)


@needs("report.write")
async def take(turn: Turn) -> list[Message]:
    """The report that the text is for: the button carries the period and the unit."""
    unit_id = int(turn.press.arg)
    if unit_id not in turn.actor.units(*owings.WRITERS):
        turn.allow("report.write", None)
    due = await reports.due_reports(turn.session, [unit_id], turn.now)
    if turn.press.object not in [each.owed.period_id for each in due]:
        turn.allow("report.write", None)
    text, hidden = "", 0
    if turn.talk.flow == WHICH:
        text, hidden = str(turn.talk.data.get("text", "")), int(turn.talk.data.get("hidden", 0))
    report_id = await reports.begin(turn.session, turn.press.object, unit_id, person_id=turn.person_id, now=turn.now)
    sheet = await opened(turn, report_id)
    if sheet.closed(turn.now) or not text:
        return await start_page(turn, sheet)
    return review_page(turn, sheet, Draft(text, hidden=hidden))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {OFFER: at_offer, WHICH: at_which}
ACTIONS: dict[str, Handler] = {"paste.no": refuse, "paste.take": take}
