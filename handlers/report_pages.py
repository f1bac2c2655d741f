"""The pages of a report: where it starts, the review of everything, the card for those who only read it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from handlers.menu import go
from handlers.report_questions import question
from handlers.report_sheet import LOCKED, Line, act, ask, back_of, is_same_talk, line, show
from handlers.turn import Turn
from models import evidence, remarks, submissions
from models.messages import Button, Message
from models.reports import Sheet
from models.rules.deadlines import days_left, standing
from models.rules.reports import progress, shown, write_value

LINES = 12  # indicators on one page of the review
NUMBERS = 6  # in one row of buttons


def facts(turn: Turn, sheet: Sheet) -> dict[str, Any]:
    """What every page says of a report: whose, which period, until when, how far."""
    report, period = sheet.report, sheet.period
    stands = standing(period.due_at, report.submitted_at, turn.now, turn.zone)
    done, total = progress(sheet.asked, sheet.values)
    return {
        "code": sheet.code,
        "team": sheet.unit.name,
        "starts": period.starts_on,
        "ends": period.ends_on,
        "due": period.due_at,
        "days_left": days_left(period.due_at, turn.now, turn.zone),
        "standing": stands.kind,
        "days": stands.days,
        "state": report.state,
        "submitted_at": report.submitted_at,
        "corrected_at": report.corrected_at,
        "done": done,
        "total": total,
        "no_activity": sheet.no_activity,
    }


def start_page(turn: Turn, sheet: Sheet, *before: Line) -> list[Message]:
    """Where a report begins, goes on, or is opened again for a correction."""
    values = facts(turn, sheet) | {"before": list(before), "has_correction": sheet.correction is not None}
    others = show(sheet, "button_periods", "periods")
    if sheet.is_submitted:
        ask(turn, sheet, "report.start")
        amend: tuple[Button, ...] = (show(sheet, "button_view", "view"),)
        if sheet.report.state != LOCKED:
            amend = (show(sheet, "button_amend", "amend"), *amend)
        return [Message("report.filed", values, (amend, (others, go("menu"))))]
    ask(turn, sheet, "report.start")
    begun = values["done"] > 0
    onward = show(sheet, "button_continue" if begun else "button_begin", "continue")
    rows = (
        (onward,),
        (act(sheet, "button_nothing", "nothing"), show(sheet, "button_review", "review")),
        (others, go("menu")),
    )
    return [Message("report.start", values, rows)]


async def review(turn: Turn, sheet: Sheet, *before: Line, page: int = 0) -> list[Message]:
    """Every answer in few lines, the way to change any one, and the way to send."""
    ask(turn, sheet, "report.review", page=page)
    said = await remarks.of_report(turn.session, sheet.report.id)
    changed = await submissions.changed(turn.session, sheet) if sheet.is_submitted else []
    at_once = [code for code, _old, _new in changed if not (sheet.form.has(code) or code == "no_activity")]
    pages = (len(sheet.asked) + LINES - 1) // LINES
    page = max(0, min(page, pages - 1))
    values = facts(turn, sheet) | {
        "before": list(before),
        "rows": answer_rows(sheet)[page * LINES : (page + 1) * LINES],
        "difficulties": sum(each.kind == remarks.DIFFICULTY for each in said),
        "proposals": sum(each.kind == remarks.PROPOSAL for each in said),
        "photos": len(await evidence.of_report(turn.session, sheet.report.id)),
        "amending": sheet.is_submitted,
        "changes": len(changed),
        "at_once": len(at_once),  # photos and remarks stand in the report at once; numbers wait to be sent
        "page": page + 1,
        "pages": pages,
    }
    return [Message("report.review", values, _review_rows(sheet, page, pages, values), expects="text")]


def answer_rows(sheet: Sheet) -> list[dict[str, Any]]:
    """Each indicator with its value: `amount` is "" when never answered, `was` what a correction would replace."""
    values, filed = sheet.values, sheet.filed
    found = []
    for number, each in enumerate(sheet.asked, start=1):
        value, before = values.get(each.code), filed.get(each.code)
        differs = sheet.is_submitted and value != before
        found.append(
            {
                "n": number,
                "label": each.short_label,
                "unit": each.unit,
                "amount": "" if value is None else shown(value),
                "was": shown(before) if differs else "",
                "note": sheet.notes.get(each.code, ""),
            }
        )
    return found


def _review_rows(sheet: Sheet, page: int, pages: int, values: dict[str, Any]) -> tuple[tuple[Button, ...], ...]:
    numbers = [show(sheet, "button_number", "edit", row["n"], n=row["n"]) for row in values["rows"]]
    rows = [tuple(numbers[at : at + NUMBERS]) for at in range(0, len(numbers), NUMBERS)]
    turns = []
    if page > 0:
        turns.append(show(sheet, "button_earlier", "review", page - 1))
    if page + 1 < pages:
        turns.append(show(sheet, "button_later", "review", page + 1))
    rows += [tuple(turns)] if turns else []
    difficulty, proposal = (show(sheet, f"button_{kind}", "remarks", kind) for kind in ("difficulty", "proposal"))
    rows.append((difficulty, proposal, show(sheet, "button_photos", "photos")))
    if sheet.is_submitted:
        send = act(sheet, "button_resubmit", "resubmit")
        away = show(sheet, "button_to_report" if values["changes"] else "button_back", "start")
        if sheet.correction:
            away = act(sheet, "button_discard", "discard")
        return (*rows, (send,), (away, show(sheet, "button_leave", "leave")))
    if values["done"] < values["total"]:
        rows.append((show(sheet, "button_rest", "continue"),))
    return (*rows, (act(sheet, "button_submit", "submit"),), (show(sheet, "button_leave", "leave"),))


def finishing(sheet: Sheet) -> tuple[Button, ...]:
    """From photos or remarks back to the whole; in a correction also straight on to sending it."""
    back = show(sheet, "button_review", "review")
    return (act(sheet, "button_resubmit", "resubmit"), back) if sheet.is_submitted else (back,)


async def left(turn: Turn, sheet: Sheet, *before: Line) -> list[Message]:
    """Everything is kept already; say so, and how to come back."""
    ask(turn, sheet, "report.left")
    changes = len(await submissions.changed(turn.session, sheet)) if sheet.is_submitted else 0
    values = facts(turn, sheet) | {"before": list(before), "amending": sheet.is_submitted, "changes": changes}
    return [Message("report.left", values, ((show(sheet, "button_continue", "start"), go("menu")),))]


async def onward(
    turn: Turn, sheet: Sheet, position: int, *before: Line, extra: tuple[Button, ...] = ()
) -> list[Message]:
    """After the question at `position`: back to the review if it was opened from there, else the next open one."""
    if back_of(turn, sheet):
        return await review(turn, sheet, *before)
    after = sheet.asked[position - 1].code if position else ""
    following = sheet.form.next_open(sheet.values, sheet.unit.kind, after)
    if following is None:
        return await review(turn, sheet, *before)
    return question(turn, sheet, sheet.asked.index(following) + 1, *before, extra=extra)


async def current(turn: Turn, sheet: Sheet, *before: Line) -> list[Message]:
    """The screen this person is on, as it is now; after somebody else's answer, the next open question."""
    data, flow = turn.talk.data, turn.talk.flow
    if not is_same_talk(turn, sheet):
        return start_page(turn, sheet, *before)
    if "at" in data:
        return await _current_question(turn, sheet, *before)
    if flow in ("report.review", "report.note", "report.remark", "report.remarks", "report.photos", "report.offer"):
        return await review(turn, sheet, *before, page=data.get("page", 0))
    if flow == "report.list":
        return await onward(turn, sheet, 0, *before)
    return start_page(turn, sheet, *before)


async def _current_question(turn: Turn, sheet: Sheet, *before: Line) -> list[Message]:
    data = turn.talk.data
    value = sheet.values.get(sheet.asked[data["at"] - 1].code)
    if (None if value is None else write_value(value)) != data.get("seen"):
        return await onward(turn, sheet, data["at"], *before)
    return question(turn, sheet, data["at"], *before, back=data.get("back", ""), numerator=data.get("numerator", ""))


def filed_screen(turn: Turn, sheet: Sheet) -> list[Message] | None:
    """The page of a report filed since the pressed button was drawn; None while it is open or being corrected."""
    resting = turn.talk.flow in ("report.start", "report.left")
    if sheet.is_submitted and (resting or not is_same_talk(turn, sheet)):
        return start_page(turn, sheet)
    return None


async def stale_screen(turn: Turn, sheet: Sheet) -> list[Message]:
    """An old button was pressed: nothing happens, the current screen comes with the reason."""
    messages = await current(turn, sheet, line("access.stale"))
    return [replace(messages[0], notice="access.stale")]
