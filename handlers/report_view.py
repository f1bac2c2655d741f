"""The card of a report, for whoever may read it."""

from __future__ import annotations

from typing import Any

from handlers import consolidation_words
from handlers.doors import READER_DOORS, report_ways
from handlers.menu import go
from handlers.report_pages import facts
from handlers.report_receipt import change_rows, review_rows
from handlers.report_rows import read_rows
from handlers.report_sheet import Line, reading, show
from handlers.turn import Turn
from models import evidence, remarks, reports, reviews, submissions, trees
from models.messages import Button, Message
from models.reports import Sheet
from models.rules.permissions import fields_of, may
from models.rules.reports import LINE_MARK


async def show_report(turn: Turn, report_id: int, *before: Line) -> Message:
    """A report to read: its values, difficulties, proposals, how many photos, what was corrected when, what was said.

    Raises the refusal of "not there" unless the speaker may read it. Values not sent yet are not shown.
    """
    sheet = await reading(turn, report_id)
    fields = fields_of(turn.actor, "report.read", sheet.unit.path)
    said = await remarks.of_report(turn.session, report_id)
    photos = len(await evidence.of_report(turn.session, report_id))
    labels = {each.code: each.label for each in (*sheet.form.difficulties, *sheet.form.proposals)}
    values = facts(turn, sheet) | {
        "team": await trees.name_on(turn.session, sheet.unit, sheet.period.ends_on),  # old reports keep the old name
        "no_activity": sheet.report.no_activity,
        "rows": read_rows(sheet, fields),
        "fields": [each.label for each in sheet.form.fields if fields is not None and each.code in fields],
        "remarks": [{"kind": each.kind, "label": labels.get(each.code, each.code), "text": each.text} for each in said],
        "photos": photos,
        "corrections": await _corrections(turn, sheet, fields),
        "before": [*before, *consolidation_words.moved_lines(sheet, fields)],
        "said": review_rows(sheet, await reviews.history(turn.session, report_id)),
    }
    return Message("report.view", values, _ways(turn, sheet, photos))


def _ways(turn: Turn, sheet: Sheet, photos: int) -> tuple[tuple[Button, ...], ...]:
    """On to correcting it for whoever writes it; back to the unit on the board for the office, else to one's own."""
    board = go("tiendo")
    if may(turn.actor, "reminder.send", sheet.unit.path):
        board = Button("report.button_board", "board.open", sheet.unit.id, arg=f"{sheet.period.id}.0")
    write: tuple[Button, ...] = ()
    if may(turn.actor, "report.write", sheet.unit.path) and sheet.closed(turn.now) is None:
        on = ("button_amend_this", "amend") if sheet.is_submitted else ("button_continue", "start")
        write = (show(sheet, *on), *(each for row in consolidation_words.update_rows(sheet) for each in row))
    ways = report_ways(turn, sheet, READER_DOORS)
    pairs = [tuple(ways[at : at + 2]) for at in range(0, len(ways), 2)]
    parts: tuple[Button, ...] = (consolidation_words.show_parts(sheet),) if sheet.parts is not None else ()
    if photos:
        parts += (Button("evidence.button_show", "evidence.show", sheet.report.id, values={"count": photos}),)
    return tuple(row for row in (*pairs, parts, write, (board, go("menu"))) if row)


async def _corrections(turn: Turn, sheet: Sheet, fields: frozenset[str] | None) -> list[dict[str, Any]]:
    sent = (await submissions.revisions(turn.session, sheet.report.id))[1:]
    names = await reports.names_of(turn.session, {each.person_id for each in sent if each.person_id is not None})
    return [
        {
            "at": each.at,
            "who": None if each.person_id is None else names.get(each.person_id, ""),
            "note": each.note,
            "changes": change_rows(sheet, [one for one in each.changes if _concerns(sheet, one[0], fields)]),
        }
        for each in sent
    ]


def _concerns(sheet: Sheet, code: str, fields: frozenset[str] | None) -> bool:
    """Whether a change is the reader's to see: one of a number, only within the fields they look after."""
    code = code.removesuffix(LINE_MARK)
    return fields is None or not sheet.form.has(code) or sheet.form.indicator(code).field in fields
