"""The pages of a report: where it starts, the review of everything, the card for those who only read it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from handlers import consolidation_words, visit_count_words
from handlers.doors import WRITER_DOORS, report_ways
from handlers.menu import go
from handlers.report_lists import line_again
from handlers.report_questions import question
from handlers.report_rows import answer_rows
from handlers.report_sheet import Line, act, ask, back_of, closed_line, is_same_talk, label_of, line, place_of, show
from handlers.report_words import notes_before
from handlers.turn import Turn
from models import evidence, remarks, submissions, visit_counts
from models.messages import Button, Message
from models.reports import Sheet
from models.rules.deadlines import days_left, standing
from models.rules.reports import LINE_MARK, progress, write_value

LINES = 12  # indicators on one page of the review
NUMBERS = 6  # in one row of buttons


def facts(turn: Turn, sheet: Sheet) -> dict[str, Any]:
    """What every page says of a report: whose, which period, until when, how far."""
    report, period = sheet.report, sheet.period
    stands = standing(period.due_at, report.submitted_at, turn.now, turn.zone, sheet.extended_until)
    due = max(period.due_at, sheet.extended_until or period.due_at)
    closed = sheet.closed(turn.now)
    done, total = progress(sheet.asked, sheet.values)
    return {
        "code": sheet.code,
        "key": period.key,
        "title": sheet.title,
        "team": sheet.unit.name,
        "starts": period.starts_on,
        "ends": period.ends_on,
        "due": due,
        "days_left": days_left(due, turn.now, turn.zone),
        "extended": stands.extended,
        "standing": stands.kind,
        "days": stands.days,
        "state": report.state,
        "submitted_at": report.submitted_at,
        "corrected_at": report.corrected_at,
        "done": done,
        "total": total,
        "no_activity": sheet.no_activity,
        "closed": closed_line(closed) if closed else None,
        "unlocked_until": None if closed else report.unlocked_until,
        "returned": _returned(sheet),
    }


def _returned(sheet: Sheet) -> dict[str, Any] | None:
    """What it was sent back for, while it is."""
    review = sheet.returned
    if review is None:
        return None
    return {"label": label_of(sheet, review.indicator), "reason": review.reason, "until": review.until}


async def start_page(turn: Turn, sheet: Sheet, *before: Line) -> list[Message]:
    """Where a report begins, goes on, or is opened again for a correction."""
    if sheet.is_submitted:
        return filed_page(turn, sheet, *before)
    ask(turn, sheet, "report.start")
    values, others = facts(turn, sheet), show(sheet, "button_periods", "periods")
    if values["closed"]:
        values |= {"before": [*before, *consolidation_words.start_lines(sheet)]}
        return [Message("report.start", values, ((show(sheet, "button_view", "view"), others), (go("menu"),)))]
    await visit_counts.read(turn.session, sheet)
    values |= {"before": [*before, *consolidation_words.start_lines(sheet), *visit_count_words.start_lines(sheet)]}
    sums = (*consolidation_words.start_rows(sheet), *visit_count_words.start_rows(sheet))
    begun = values["done"] > 0
    onward = show(sheet, "button_continue" if begun else "button_begin", "continue")
    paste = Button("paste.button_open", "paste.open", sheet.report.id)
    rows = (
        *sums,
        (onward, paste),
        (act(sheet, "button_nothing", "nothing"), show(sheet, "button_review", "review")),
        *_more(turn, sheet),
        (others, go("menu")),
    )
    return [Message("report.start", values, rows)]


def filed_page(turn: Turn, sheet: Sheet, *before: Line) -> list[Message]:
    """A report that was sent, and the way to correct it."""
    ask(turn, sheet, "report.start")
    said = [*before, *consolidation_words.start_lines(sheet)]
    values = facts(turn, sheet) | {"before": said, "has_correction": sheet.correction is not None}
    amend: tuple[Button, ...] = (show(sheet, "button_view", "view"),)
    follow: tuple[tuple[Button, ...], ...] = ()
    if not values["closed"]:
        said += visit_count_words.moved_lines(sheet)
        follow = visit_count_words.moved_rows(sheet)
        wanted = sheet.returned.indicator if sheet.returned else ""
        amend = (show(sheet, "button_mend" if sheet.returned else "button_amend", "amend", wanted), *amend)
    away = (show(sheet, "button_periods", "periods"), go("menu"))
    rows = (*consolidation_words.start_rows(sheet), *follow, amend, *_more(turn, sheet), away)
    return [Message("report.filed", values, rows)]


def _more(turn: Turn, sheet: Sheet) -> tuple[tuple[Button, ...], ...]:
    ways = report_ways(turn, sheet, WRITER_DOORS)
    if len(ways) > 1:
        return ((show(sheet, "button_more", "more"),),)
    return (tuple(ways),) if ways else ()


def more_page(turn: Turn, sheet: Sheet) -> Message:
    """The other ways to fill in a report, and what else is done with it."""
    rows = [(button,) for button in report_ways(turn, sheet, WRITER_DOORS)]
    return Message("report.more", facts(turn, sheet), (*rows, (show(sheet, "button_back", "start"),)))


async def review(turn: Turn, sheet: Sheet, *before: Line, page: int = 0) -> list[Message]:
    """Every answer in few lines, the way to change any one, and the way to send."""
    ask(turn, sheet, "report.review", page=page)
    said = await remarks.of_report(turn.session, sheet.report.id)
    changed = await submissions.changed(turn.session, sheet) if sheet.is_submitted else []
    waiting = [code for code, _old, _new in changed if sheet.form.has(code.removesuffix(LINE_MARK))]
    at_once = [code for code, _old, _new in changed if code not in (*waiting, "no_activity")]
    await visit_counts.read(turn.session, sheet)
    rows = answer_rows(sheet)
    pages = max(1, (len(rows) + LINES - 1) // LINES)
    page = max(0, min(page, pages - 1))
    values = facts(turn, sheet) | {
        "before": [*before, *visit_count_words.moved_lines(sheet), *notes_before(sheet, "")],
        "rows": rows[page * LINES : (page + 1) * LINES],
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


def _review_rows(sheet: Sheet, page: int, pages: int, values: dict[str, Any]) -> tuple[tuple[Button, ...], ...]:
    wanted = [row["n"] for row in values["rows"] if row["n"]]  # what is worked out is not mended by hand
    asked = sheet.asked
    where = {n: n if sheet.form.is_plain else asked[n - 1].code for n in wanted}
    numbers = [show(sheet, "button_number", "edit", where[n], n=n) for n in wanted]
    rows = [tuple(numbers[at : at + NUMBERS]) for at in range(0, len(numbers), NUMBERS)]
    turns = []
    if page > 0:
        turns.append(show(sheet, "button_earlier", "review", page - 1))
    if page + 1 < pages:
        turns.append(show(sheet, "button_later", "review", page + 1))
    rows += [tuple(turns)] if turns else []
    rows += visit_count_words.moved_rows(sheet)
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
    following = sheet.next_open(after)
    if following is None:
        return await review(turn, sheet, *before)
    return await question(turn, sheet, sheet.asked.index(following) + 1, *before, extra=extra)


async def current(turn: Turn, sheet: Sheet, *before: Line) -> list[Message]:
    """The screen this person is on, as it is now; after somebody else's answer, the next open question."""
    data, flow = turn.talk.data, turn.talk.flow
    if not is_same_talk(turn, sheet):
        return await start_page(turn, sheet, *before)
    if "at" in data:
        return await _current_question(turn, sheet, *before)
    if flow in ("report.review", "report.note", "report.remark", "report.remarks", "report.photos", "report.offer"):
        return await review(turn, sheet, *before, page=data.get("page", 0))
    if flow == "report.list":
        return await onward(turn, sheet, 0, *before)
    return await start_page(turn, sheet, *before)


async def _current_question(turn: Turn, sheet: Sheet, *before: Line) -> list[Message]:
    data, place = turn.talk.data, place_of(turn, sheet)
    if place is None:
        return await onward(turn, sheet, 0, *before)
    if turn.talk.flow == "report.line":
        return line_again(turn, sheet, sheet.asked[place - 1], *before)
    value = sheet.values.get(sheet.asked[place - 1].code)
    if (None if value is None else write_value(value)) != data.get("seen"):
        return await onward(turn, sheet, place, *before)
    numerator, chosen = data.get("numerator", ""), data.get("chosen")
    return await question(turn, sheet, place, *before, back=data.get("back", ""), numerator=numerator, chosen=chosen)


def filed_screen(turn: Turn, sheet: Sheet) -> list[Message] | None:
    """The page of a report filed since the pressed button was drawn; None while it is open or being corrected."""
    resting = turn.talk.flow in ("report.start", "report.left")
    if sheet.is_submitted and (resting or not is_same_talk(turn, sheet)):
        return filed_page(turn, sheet)
    return None


async def stale_screen(turn: Turn, sheet: Sheet) -> list[Message]:
    """An old button was pressed: nothing happens, the current screen comes with the reason."""
    messages = await current(turn, sheet, line("access.stale"))
    return [replace(messages[0], notice="access.stale")]
