"""Sending the report, and correcting it afterwards."""

from __future__ import annotations

from handlers.access import needs, stale
from handlers.report_edits import edited
from handlers.report_pages import current, review, stale_screen, start_page
from handlers.report_paste_offer import offered
from handlers.report_photos import take_photos
from handlers.report_questions import question
from handlers.report_receipt import change_rows, receipt, tell_reviewers
from handlers.report_sheet import Line, act, ask, is_same_talk, line, refusal_line, show, talked_of, working
from handlers.report_ways import follow_beside
from handlers.section_news import close_all
from handlers.turn import Handler, Turn
from handlers.visit_count_words import follows_only
from models import answers, settling, submissions
from models.messages import Button, Message
from models.reports import Sheet
from models.rules import Refusal
from models.rules.reports import item_meant, may_submit, way_meant
from models.rules.reviews import read_reason
from models.rules.visit_counts import FOLLOWED

ANYWAY = "anyway"


@needs("report.write")
async def submit(turn: Turn) -> list[Message]:
    """Send, once everything was answered or skipped; empty answers are asked about once."""
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version) or sheet.is_submitted:
        return await stale_screen(turn, sheet)
    return await _sent(turn, sheet, anyway=turn.press.arg == ANYWAY)


async def _sent(turn: Turn, sheet: Sheet, *, anyway: bool = False) -> list[Message]:
    try:
        empty = may_submit(sheet.asked, sheet.values)
    except Refusal as refusal:
        others: tuple[Button, ...] = (show(sheet, "button_review", "review"),)
        if any(each.code not in sheet.values and not each.required for each in sheet.asked):
            others = (act(sheet, "button_skip_rest", "skiprest"), *others)
        return [Message(refusal.key, refusal.values, ((show(sheet, "button_rest", "continue"),), others))]
    if empty and not anyway:
        labels = [each.short_label for each in empty]
        rows = ((act(sheet, "button_anyway", "submit", ANYWAY),), (show(sheet, "button_review", "review"),))
        return [Message("report.empty_ones", {"labels": labels, "total": len(sheet.asked)}, rows)]
    await submissions.submit(turn.session, sheet, person_id=turn.person_id, at=turn.incoming.at, now=turn.now)
    await close_all(turn, sheet)
    return [receipt(turn, sheet)]


@needs("report.write")
async def skip_rest(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version) or sheet.is_submitted:
        return await stale_screen(turn, sheet)
    count = answers.skip_open(turn.session, sheet, person_id=turn.person_id, now=turn.now)
    return await review(turn, sheet, line("report.rest_skipped", count=count))


@needs("report.write")
async def at_review(turn: Turn) -> list[Message]:
    """Typed at the review: "5", "sua 5", a code, "gui"; photos are taken."""
    sheet = await talked_of(turn)
    if turn.incoming.kind == "edit":
        return await edited(turn, sheet)
    if not is_same_talk(turn, sheet):
        return await start_page(turn, sheet, line("report.filed_meanwhile"))
    if turn.incoming.kind in ("photo", "file"):
        return await take_photos(turn, sheet)
    try:
        wanted = item_meant(turn.text, sheet.asked, digits=True)
    except Refusal as refusal:
        return await current(turn, sheet, refusal_line(refusal))
    if wanted is not None:
        return await question(turn, sheet, wanted, back="review")
    if way_meant(turn.text) == "send":
        return await (_why(turn, sheet) if sheet.is_submitted else _sent(turn, sheet))
    choose = line("report.choose_item", total=len(sheet.asked))
    return await follow_beside(turn, sheet) or await offered(turn, sheet) or await current(turn, sheet, choose)


@needs("report.write")
async def amend(turn: Turn) -> list[Message]:
    """Open a submitted report for a correction, at the question it was returned for; nothing counts before it is
    sent.
    """
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version):
        return await stale_screen(turn, sheet)
    why = () if sheet.returned is None else (line("report.why_returned", reason=sheet.returned.reason),)
    codes = [each.code for each in sheet.asked]
    if sheet.is_submitted and turn.press.arg in codes:
        return await question(turn, sheet, codes.index(turn.press.arg) + 1, *why, back="review")
    return await review(turn, sheet, *why)


@needs("report.write")
async def ask_note(turn: Turn) -> list[Message]:
    """Before a correction is sent: one line on why."""
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version) or not sheet.is_submitted:
        return await stale_screen(turn, sheet)
    return await _why(turn, sheet)


async def _why(turn: Turn, sheet: Sheet) -> list[Message]:
    changes = await submissions.changed(turn.session, sheet)
    if not changes and sheet.returned is None:
        return await review(turn, sheet, line("report.no_changes"))
    if not sheet.form.is_plain:  # a changed answer may have opened questions that nobody has seen yet
        try:
            may_submit(sheet.asked, sheet.values)
        except Refusal as refusal:
            return await review(turn, sheet, refusal_line(refusal))
    return _note_page(turn, sheet, changes)


def _note_page(turn: Turn, sheet: Sheet, changes: list[list[str]], *before: Line) -> list[Message]:
    ask(turn, sheet, "report.note")
    reason = Button("visit_count.button_reason", "report.counted", sheet.report.id, sheet.report.version)
    counted = ((reason,),) if follows_only(sheet, changes) else ()
    values = {"before": list(before), "changes": change_rows(sheet, changes), "returned": sheet.returned is not None}
    return [Message("report.note", values, (*counted, (show(sheet, "button_review", "review"),)), expects="text")]


@needs("report.write")
async def take_note(turn: Turn) -> list[Message]:
    """The line on why: the correction is sent with it."""
    sheet = await talked_of(turn)
    if not is_same_talk(turn, sheet):
        return await start_page(turn, sheet, line("report.filed_meanwhile"))
    try:
        return await _send(turn, sheet, read_reason(turn.text))
    except Refusal as refusal:
        changes = await submissions.changed(turn.session, sheet)
        if not changes and sheet.returned is None:
            return await review(turn, sheet, refusal_line(refusal))
        return _note_page(turn, sheet, changes, refusal_line(refusal))


@needs("report.write")
async def send_counted(turn: Turn) -> list[Message]:
    """A correction that only follows the visits needs no words of one's own."""
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version) or not sheet.is_submitted:
        return await stale_screen(turn, sheet)
    if not follows_only(sheet, await submissions.changed(turn.session, sheet)):
        return await stale_screen(turn, sheet)
    return await _send(turn, sheet, FOLLOWED)


async def _send(turn: Turn, sheet: Sheet, note: str) -> list[Message]:
    """The correction is sent, and the coordinator told. Raises Refusal report.no_changes."""
    was = sheet.report.state
    revision = await submissions.resubmit(
        turn.session, sheet, note, person_id=turn.person_id, at=turn.incoming.at, now=turn.now
    )
    await tell_reviewers(turn, sheet, revision, was)
    return [receipt(turn, sheet, revision)]


@needs("report.write")
async def discard(turn: Turn) -> list[Message]:
    """Give a correction up; what was sent stays."""
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version):
        return await stale_screen(turn, sheet)
    await settling.discard_correction(turn.session, sheet, person_id=turn.person_id, now=turn.now)
    await turn.session.flush()
    kept = bool(await submissions.changed(turn.session, sheet))
    return await start_page(turn, sheet, line("report.discarded", kept=kept))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"report.review": at_review, "report.note": take_note}
ACTIONS: dict[str, Handler] = {
    "report.submit": submit,
    "report.skiprest": skip_rest,
    "report.amend": amend,
    "report.resubmit": ask_note,
    "report.counted": send_counted,
    "report.discard": discard,
}
