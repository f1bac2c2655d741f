"""What a person is given after sending, and what the coordinator is told of a correction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from handlers.menu import go
from handlers.report_lists import written_line
from handlers.report_pages import facts
from handlers.report_sheet import ask, label_of, show
from handlers.turn import Turn
from models import outbox, people, reviews
from models.alerts import alert
from models.messages import Message
from models.reports import Sheet
from models.reviews import Said
from models.rules.permissions import COORDINATOR, may
from models.rules.reports import EMPTY, LINE_MARK, read_value, shown
from models.tables import Person, Revision, Unit


def receipt(turn: Turn, sheet: Sheet, correction: Revision | None = None) -> Message:
    """The code, the moment received, on time or not, and how to correct; after a correction, what changed."""
    ask(turn, sheet, "report.left")
    values = facts(turn, sheet) | {"changes": change_rows(sheet, correction.changes) if correction else []}
    rows = ((show(sheet, "button_amend_this", "amend"), show(sheet, "button_view", "view")), (go("menu"),))
    return Message("report.corrected" if correction else "report.receipt", values, rows)


def change_rows(sheet: Sheet, changes: list[Any]) -> list[dict[str, Any]]:
    """The changes of a revision with the names people know: `what` names a part of the report that is no indicator."""
    labels = {each.code: each.label for each in (*sheet.form.difficulties, *sheet.form.proposals)}
    rows = []
    for code, old, new in changes:
        if sheet.form.has(code):
            indicator = sheet.form.indicator(code)
            label, what = indicator.short_label, ""
            old, new = shown(read_value(old), indicator), shown(read_value(new), indicator)
        elif sheet.form.has(code.removesuffix(LINE_MARK)):
            listing = sheet.form.indicator(code.removesuffix(LINE_MARK))
            label, what = listing.short_label, ""
            old, new = (written_line(listing, each) for each in (old, new))
        else:
            label, what = labels.get(code, ""), "" if code in labels else code
        rows.append({"label": label, "what": what, "old": old or EMPTY, "new": new or EMPTY})
    return rows


def review_rows(sheet: Sheet, said: Sequence[Said]) -> list[dict[str, Any]]:
    """What the level above said of a report, as the card words it."""
    return [
        {
            "kind": each.review.kind,
            "at": each.review.at,
            "who": each.name,
            "label": label_of(sheet, each.review.indicator),
            "reason": each.review.reason,
            "until": each.review.until,
        }
        for each in said
    ]


async def tell_reviewers(turn: Turn, sheet: Sheet, revision: Revision, was: str) -> None:
    """Whoever coordinates the nearest unit above, and whoever accepted or returned it before, is told what changed:
    once per revision. `was`: the state before.
    """
    values = facts(turn, sheet) | {
        "person": turn.name,
        "note": revision.note,
        "was": was,
        "changes": change_rows(sheet, revision.changes),
    }
    message = Message("report.correction_alert", values, ((show(sheet, "button_view", "view"),),), place="new")
    once = f"report:{sheet.report.id}:revision:{revision.number}"
    await alert(turn.session, await _reviewers(turn, sheet), message, once=once, now=turn.now, kind=outbox.NEWS)


async def _reviewers(turn: Turn, sheet: Sheet) -> list[int]:
    """Whoever sends the correction need not be told, nor somebody who may no longer judge it."""
    found = [person.id for person in await coordinators_above(turn, sheet.unit)]
    last = await reviews.last_reviewer(turn.session, sheet.report.id)
    if last is not None and last not in found:
        actor = await people.actor_of(turn.session, last, turn.now)
        found += [last] if may(actor, "report.review", sheet.unit.path) else []
    return [person_id for person_id in found if person_id != turn.person_id]


async def coordinators_above(turn: Turn, unit: Unit) -> list[Person]:
    """Those of the deepest unit above that has any."""
    above = [int(part) for part in unit.path.strip("/").split("/")][:-1]
    held = await people.memberships(turn.session, above, [COORDINATOR], turn.now)
    for unit_id in reversed(above):
        found = {each.person.id: each.person for each in held if each.unit.id == unit_id}
        if found:
            return list(found.values())
    return []
