"""The photos and papers of a report, shown back to whoever may read it."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from handlers.access import needs
from handlers.report_pages import facts
from handlers.report_sheet import label_of, reading, show
from handlers.turn import Handler, Turn
from models import evidence
from models.messages import Button, Message
from models.reports import Sheet
from models.rules.permissions import fields_of, may
from models.tables import Evidence


@needs("report.read")
async def show_all(turn: Turn) -> list[Message]:
    """All of them at once, with what was written under each; an officer of one field sees what concerns it."""
    sheet = await reading(turn, turn.press.object)
    fields = fields_of(turn.actor, "report.read", sheet.unit.path)
    there = await evidence.of_report(turn.session, sheet.report.id)
    shown = [each for each in there if _concerns(sheet, each, fields)]
    values = facts(turn, sheet) | {
        "rows": [_row(sheet, each) for each in shown],
        "evidence_files": [{"sha256": each.sha256, "name": each.name} for each in shown],
    }
    return [Message("evidence.shown", values, ((_back(turn, sheet),),), expects="photo", place="new")]


def _concerns(sheet: Sheet, each: Evidence, fields: Collection[str] | None) -> bool:
    if fields is None or not sheet.form.has(each.indicator):
        return True
    return sheet.form.indicator(each.indicator).field in fields


def _row(sheet: Sheet, each: Evidence) -> dict[str, Any]:
    is_photo = each.mime.startswith("image/")
    return {"name": "" if is_photo else each.name, "note": each.note, "label": label_of(sheet, each.indicator)}


def _back(turn: Turn, sheet: Sheet) -> Button:
    """To where it was opened: the page of the photos while they are being sent, else the card."""
    sends = turn.talk.flow == "report.photos" and turn.talk.data.get("report") == sheet.report.id
    if sends and may(turn.actor, "report.write", sheet.unit.path):
        return show(sheet, "button_back", "photos")
    return show(sheet, "button_view", "view")


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"evidence.show": show_all}
