"""The card of a report, for whoever may read it."""

from __future__ import annotations

from typing import Any

from handlers.menu import go
from handlers.report_pages import facts
from handlers.report_receipt import change_rows
from handlers.report_sheet import LOCKED, reading, show
from handlers.turn import Turn
from models import evidence, remarks, reports, submissions
from models.messages import Button, Message
from models.reports import Sheet
from models.rules.permissions import may
from models.rules.reports import shown


async def show_report(turn: Turn, report_id: int) -> Message:
    """A report to read: its values, difficulties, proposals, how many photos, and what was corrected when.

    Raises the refusal of "not there" unless the speaker may read it. Values not sent yet are not shown.
    """
    sheet = await reading(turn, report_id)
    filed = sheet.filed
    said = await remarks.of_report(turn.session, report_id)
    labels = {each.code: each.label for each in (*sheet.form.difficulties, *sheet.form.proposals)}
    values = facts(turn, sheet) | {
        "no_activity": sheet.report.no_activity,
        "rows": [
            {"n": n, "label": each.short_label, "amount": shown(filed.get(each.code)), "note": _note(sheet, each.code)}
            for n, each in enumerate(sheet.asked, start=1)
        ],
        "remarks": [{"kind": each.kind, "label": labels.get(each.code, each.code), "text": each.text} for each in said],
        "photos": len(await evidence.of_report(turn.session, report_id)),
        "corrections": await _corrections(turn, sheet),
    }
    return Message("report.view", values, _ways(turn, sheet))


def _ways(turn: Turn, sheet: Sheet) -> tuple[tuple[Button, ...], ...]:
    """On to correcting it for whoever writes it; back to the unit on the board for the office, else to one's own."""
    board = go("tiendo")
    if may(turn.actor, "reminder.send", sheet.unit.path):
        board = Button("report.button_board", "board.open", sheet.unit.id, arg=f"{sheet.period.id}.0")
    write: tuple[Button, ...] = ()
    if may(turn.actor, "report.write", sheet.unit.path) and sheet.report.state != LOCKED:
        on = ("button_amend_this", "amend") if sheet.is_submitted else ("button_continue", "start")
        write = (show(sheet, *on),)
    return tuple(row for row in (write, (board, go("menu"))) if row)


def _note(sheet: Sheet, code: str) -> str:
    return sheet.answers[code].note if code in sheet.answers else ""


async def _corrections(turn: Turn, sheet: Sheet) -> list[dict[str, Any]]:
    sent = (await submissions.revisions(turn.session, sheet.report.id))[1:]
    names = await reports.names_of(turn.session, {each.person_id for each in sent if each.person_id is not None})
    return [
        {
            "at": each.at,
            "who": None if each.person_id is None else names.get(each.person_id, ""),
            "note": each.note,
            "changes": change_rows(sheet, each.changes),
        }
        for each in sent
    ]
