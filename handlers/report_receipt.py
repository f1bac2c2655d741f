"""What a person is given after sending, and what the coordinator is told of a correction."""

from __future__ import annotations

from typing import Any

from handlers.menu import go
from handlers.report_pages import facts
from handlers.report_sheet import ask, show
from handlers.turn import Turn
from models import outbox, people
from models.messages import Message
from models.reports import Sheet
from models.rules.permissions import COORDINATOR
from models.rules.reports import EMPTY, read_value, shown
from models.tables import Person, Revision


def receipt(turn: Turn, sheet: Sheet, changes: list[dict[str, Any]] | None = None) -> Message:
    """The code, the moment received, on time or not, and how to correct; after a correction, what changed."""
    ask(turn, sheet, "report.left")
    values = facts(turn, sheet) | {"changes": changes or []}
    rows = ((show(sheet, "button_amend_this", "amend"), show(sheet, "button_view", "view")), (go("menu"),))
    return Message("report.corrected" if changes else "report.receipt", values, rows)


def change_rows(sheet: Sheet, changes: list[Any]) -> list[dict[str, Any]]:
    """The changes of a revision with the names people know: `what` names a part of the report that is no indicator."""
    labels = {each.code: each.label for each in (*sheet.form.difficulties, *sheet.form.proposals)}
    rows = []
    for code, old, new in changes:
        if sheet.form.has(code):
            label, what = sheet.form.indicator(code).short_label, ""
            old, new = shown(read_value(old)), shown(read_value(new))
        else:
            label, what = labels.get(code, ""), "" if code in labels else code
        rows.append({"label": label, "what": what, "old": old or EMPTY, "new": new or EMPTY})
    return rows


async def tell_coordinators(turn: Turn, sheet: Sheet, revision: Revision) -> None:
    """Whoever coordinates the nearest unit above is told what changed, once per revision."""
    values = facts(turn, sheet) | {
        "person": turn.name,
        "note": revision.note,
        "changes": change_rows(sheet, revision.changes),
    }
    message = Message("report.correction_alert", values, ((show(sheet, "button_view", "view"),),), place="new")
    for person in await _coordinators(turn, sheet):
        account = await people.account_of(turn.session, person.id)
        if account is not None:
            once = f"report:{sheet.report.id}:revision:{revision.number}:person:{person.id}"
            await outbox.promise(
                turn.session, message, account=account, once=once, kind="alert", lane=outbox.ALERT, at=turn.now
            )


async def _coordinators(turn: Turn, sheet: Sheet) -> list[Person]:
    """Those of the deepest unit above the team that has any; whoever sends the correction need not be told."""
    above = [int(part) for part in sheet.unit.path.strip("/").split("/")][:-1]
    held = await people.memberships(turn.session, above, [COORDINATOR], turn.now)
    for unit_id in reversed(above):
        found = {each.person.id: each.person for each in held if each.unit.id == unit_id}
        if found:
            return [person for person in found.values() if person.id != turn.person_id]
    return []
