"""What goes with the numbers: difficulties and proposals, beside the photos; and "nothing to report" in their place."""

from __future__ import annotations

from hashlib import sha256

from handlers import visit_count_words
from handlers.access import needs, stale
from handlers.report_edits import edited
from handlers.report_pages import filed_screen, finishing, review, stale_screen, start_page
from handlers.report_photos import at_photos, drop_photo, photos, taken
from handlers.report_receipt import receipt
from handlers.report_sheet import Line, act, ask, is_same_talk, line, refusal_line, show, talked_of, working
from handlers.section_news import close_all
from handlers.turn import Handler, Turn
from models import remarks, submissions, visit_counts
from models.messages import Button, Message
from models.reports import Sheet
from models.rules import Refusal
from models.rules.forms import Choice
from models.rules.reports import LONGEST_SENTENCE, reason, sentence, way_meant


def _choices(sheet: Sheet, kind: str) -> tuple[Choice, ...]:
    return sheet.form.difficulties if kind == remarks.DIFFICULTY else sheet.form.proposals


def _held(turn: Turn, sheet: Sheet, kind: str) -> str:
    """The sentence typed at this list that still waits for its code."""
    data = turn.talk.data
    here = is_same_talk(turn, sheet) and turn.talk.flow == "report.remarks" and data.get("kind") == kind
    return str(data.get("held", "")) if here else ""


async def _remarks_page(turn: Turn, sheet: Sheet, kind: str, *before: Line, held: str = "") -> list[Message]:
    """What was written so far, each with its way out, and the codes to add another."""
    ask(turn, sheet, "report.remarks", kind=kind, held=held)
    choices = _choices(sheet, kind)
    labels = {each.code: each.label for each in choices}
    there = [each for each in await remarks.of_report(turn.session, sheet.report.id) if each.kind == kind]
    items = [
        {"n": n, "label": labels.get(each.code, each.code), "text": each.text} for n, each in enumerate(there, start=1)
    ]
    drops = tuple(act(sheet, "button_drop", "drop", f"{kind[0]}:{each.id}", n=n) for n, each in enumerate(there, 1))
    adds = [show(sheet, "button_choice", "remark", f"{kind[0]}:{n}", text=each.label) for n, each in enumerate(choices)]
    rows = [tuple(adds[at : at + 2]) for at in range(0, len(adds), 2)]
    rows += [drops[at : at + 5] for at in range(0, len(drops), 5)]
    values = {"before": list(before), "items": items, "held": held}
    return [Message(f"{kind}.list", values, (*rows, finishing(sheet)))]


@needs("report.write")
async def list_remarks(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    kind = turn.press.arg
    return await _remarks_page(turn, sheet, kind, held=_held(turn, sheet, kind))


@needs("report.write")
async def at_remarks(turn: Turn) -> list[Message]:
    """A sentence typed at the list of remarks, before its code, waits for the code that is pressed next."""
    sheet = await talked_of(turn)
    if turn.incoming.kind == "edit":
        return await edited(turn, sheet)
    if not is_same_talk(turn, sheet):
        return await start_page(turn, sheet, line("report.filed_meanwhile"))
    kind = str(turn.talk.data["kind"])
    held = _held(turn, sheet, kind)
    if turn.incoming.kind in ("photo", "file"):
        return await _remarks_page(turn, sheet, kind, await taken(turn, sheet), held=held)
    if way_meant(turn.text) or not any(letter.isalpha() for letter in turn.text):
        return await _remarks_page(turn, sheet, kind, line("report.choose_below"), held=held)
    try:
        longer = sentence(f"{held}; {turn.text}" if held else turn.text, LONGEST_SENTENCE)
    except Refusal as refusal:
        return await _remarks_page(turn, sheet, kind, refusal_line(refusal), held=held)
    return await _remarks_page(turn, sheet, kind, held=longer)


def _pointed(turn: Turn) -> tuple[str, int]:
    """The kind of remark and the number that a button carries: `d:3`."""
    letter, _, number = turn.press.arg.partition(":")
    return remarks.DIFFICULTY if letter == "d" else remarks.PROPOSAL, int(number)


@needs("report.write")
async def choose_remark(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    kind, index = _pointed(turn)
    held = _held(turn, sheet, kind)
    if not held:
        return _ask_sentence(turn, sheet, kind, index)
    try:
        return await _add(turn, sheet, kind, index, held)
    except Refusal as refusal:
        return await _remarks_page(turn, sheet, kind, refusal_line(refusal), held=held)


def _ask_sentence(turn: Turn, sheet: Sheet, kind: str, index: int, *before: Line) -> list[Message]:
    choice = _choices(sheet, kind)[index]
    ask(turn, sheet, "report.remark", kind=kind, index=index)
    back = show(sheet, "button_back", "remarks", kind)
    bare = () if choice.needs_note else (act(sheet, "button_bare", "bare", f"{kind[0]}:{index}"),)
    values = {"before": list(before), "label": choice.label}
    return [Message(f"{kind}.ask", values, ((*bare, back),), expects="text")]


@needs("report.write")
async def add_bare_remark(turn: Turn) -> list[Message]:
    """A difficulty by its code alone."""
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version):
        return await stale_screen(turn, sheet)
    kind, index = _pointed(turn)
    return await _add(turn, sheet, kind, index, "")


@needs("report.write")
async def take_sentence(turn: Turn) -> list[Message]:
    """The sentence of a difficulty or a proposal; photos may come in between."""
    sheet = await talked_of(turn)
    if not is_same_talk(turn, sheet):
        return await start_page(turn, sheet, line("report.filed_meanwhile"))
    kind, index = str(turn.talk.data["kind"]), int(turn.talk.data["index"])
    if turn.incoming.kind in ("photo", "file"):
        return _ask_sentence(turn, sheet, kind, index, await taken(turn, sheet))
    try:
        return await _add(turn, sheet, kind, index, sentence(turn.text, LONGEST_SENTENCE))
    except Refusal as refusal:
        return _ask_sentence(turn, sheet, kind, index, refusal_line(refusal))


async def _add(turn: Turn, sheet: Sheet, kind: str, index: int, text: str) -> list[Message]:
    choice = _choices(sheet, kind)[index]
    await remarks.add(turn.session, sheet, kind, choice.code, text, person_id=turn.person_id, now=turn.now)
    return await _remarks_page(turn, sheet, kind, line(f"{kind}.added", label=choice.label))


@needs("report.write")
async def drop_remark(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version):
        return await stale_screen(turn, sheet)
    kind, remark_id = _pointed(turn)
    held = _held(turn, sheet, kind)
    await remarks.drop(turn.session, sheet, remark_id, person_id=turn.person_id, now=turn.now)
    return await _remarks_page(turn, sheet, kind, line(f"{kind}.dropped"), held=held)


@needs("report.write")
async def nothing(turn: Turn) -> list[Message]:
    """ "Nothing to report": ask why, from the form's list or in the person's own words."""
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version):
        return await stale_screen(turn, sheet)
    await visit_counts.read(turn.session, sheet)
    return _ask_reason(turn, sheet, *visit_count_words.nothing_lines(sheet))


def _ask_reason(turn: Turn, sheet: Sheet, *before: Line, listed: bool = True) -> list[Message]:
    ask(turn, sheet, "report.nothing")
    rows: list[tuple[Button, ...]] = []
    if listed:
        rows = [
            (act(sheet, "button_choice", "reason", index, text=each.label),)
            for index, each in enumerate(sheet.form.nothing)
        ]
    values = {"before": list(before), "listed": listed, "numbers": _numbers(sheet)}
    rows.append((show(sheet, "button_back", "start"),))
    return [Message("report.nothing", values, tuple(rows), expects="text")]


def _numbers(sheet: Sheet) -> int:
    return sum(each.number is not None for each in sheet.values.values())


@needs("report.write")
async def choose_reason(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version):
        return await stale_screen(turn, sheet)
    choice = sheet.form.nothing[int(turn.press.arg)]
    if choice.needs_note:
        return _ask_reason(turn, sheet, listed=False)
    return await _with_reason(turn, sheet, choice.label)


@needs("report.write")
async def take_reason(turn: Turn) -> list[Message]:
    """The reason in the person's own words; photos may come in between."""
    sheet = await talked_of(turn)
    if turn.incoming.kind == "edit":
        return await edited(turn, sheet)
    if not is_same_talk(turn, sheet) or sheet.is_submitted:
        return await start_page(turn, sheet, line("report.filed_meanwhile"))
    if turn.incoming.kind in ("photo", "file"):
        return _ask_reason(turn, sheet, await taken(turn, sheet))
    try:
        return await _with_reason(turn, sheet, reason(turn.text))
    except Refusal as refusal:
        return _ask_reason(turn, sheet, refusal_line(refusal))


async def _with_reason(turn: Turn, sheet: Sheet, why: str) -> list[Message]:
    """File at once when nothing is lost by it; where numbers stand, only after one more press."""
    numbers = _numbers(sheet)
    if not numbers:
        return await _file_nothing(turn, sheet, why)
    ask(turn, sheet, "report.nothing", why=why)
    rows = ((act(sheet, "button_send_nothing", "none", _mark(why)),), (show(sheet, "button_back_to_report", "start"),))
    # "text", for on a screen that throws numbers away a number must never be taken for a button
    return [Message("report.nothing_sure", {"numbers": numbers, "why": why}, rows, expects="text")]


def _mark(why: str) -> str:
    """Ties a button to the reason on its card."""
    return sha256(why.encode()).hexdigest()[:8]


@needs("report.write")
async def send_nothing(turn: Turn) -> list[Message]:
    """Yes: the numbers go, the reason is filed."""
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version) or sheet.is_submitted:
        return await stale_screen(turn, sheet)
    why = str(turn.talk.data.get("why", "")) if is_same_talk(turn, sheet) else ""
    if not why or turn.press.arg != _mark(why):
        return _ask_reason(turn, sheet, line("access.stale"))
    return await _file_nothing(turn, sheet, why)


async def _file_nothing(turn: Turn, sheet: Sheet, why: str) -> list[Message]:
    await submissions.submit_nothing(
        turn.session, sheet, why, person_id=turn.person_id, at=turn.incoming.at, now=turn.now
    )
    await close_all(turn, sheet)
    return [receipt(turn, sheet)]


@needs("report.write")
async def show_review(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    return filed_screen(turn, sheet) or await review(turn, sheet, page=int(turn.press.arg or 0))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {
    "report.photos": at_photos,
    "report.remarks": at_remarks,
    "report.remark": take_sentence,
    "report.nothing": take_reason,
}
ACTIONS: dict[str, Handler] = {
    "report.photos": photos,
    "report.unphoto": drop_photo,
    "report.remarks": list_remarks,
    "report.remark": choose_remark,
    "report.bare": add_bare_remark,
    "report.drop": drop_remark,
    "report.nothing": nothing,
    "report.reason": choose_reason,
    "report.none": send_nothing,
    "report.review": show_review,
}
