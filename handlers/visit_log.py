"""Visits of a busy day noted down in one line ("ghi nhanh 5 lượt VNeID"), and taken back."""

from __future__ import annotations

from typing import Any

from handlers.access import needs, public, stale
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.private_words import refused
from handlers.turn import Handler, Turn
from handlers.visit_pages import reach, speaker
from models import quick_logs, units, visits
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.folding import shorten
from models.rules.guide_search import hits
from models.rules.guides import Guide
from models.rules.quick_logs import MOST_AT_ONCE, QuickLog, read_quick_log, read_written, the_clear_one, written
from models.tables import Unit

FLOW = "log.line"
OFFERED = 4  # guides on one screen


@public
async def begin(turn: Turn) -> list[Message]:
    """The button, the two words alone, or the whole line."""
    if not await visits.units_for(turn.session, turn.actor, turn.now):
        return _no_team(turn)
    return await _read(turn, None) if turn.incoming.kind == "text" else [await _ask(turn, None)]


@public
async def take_line(turn: Turn) -> list[Message]:
    """What is typed while a line is waited for: the whole, or what the one before did not say."""
    if turn.incoming.kind != "text":  # what stands under a picture is not kept either
        found = await refused(turn)
        return [await _ask(turn, None, "log.private" if found else "menu.unsupported", kind=found)]
    kept = read_written(str(turn.talk.data.get("log", "")))
    return await _read(turn, kept[0] if kept else None)


async def _read(turn: Turn, before: QuickLog | None) -> list[Message]:
    """`before`: how many, when an earlier line said it and not of what."""
    if kind := await refused(turn):
        return [await _ask(turn, before, "log.private", kind=kind)]
    try:
        log = read_quick_log(turn.text)
    except Refusal as no:
        return [await _ask(turn, before, no.key, **no.values)]
    if before is not None and not log.turns:
        log = QuickLog(before.turns, before.people, before.files, log.words)
    if not log.turns:
        return [await _ask(turn, None, "log.how_many" if log.words else "")]
    book = await turn.guides.current(turn.session)
    seen = hits(book, log.words) if log.words else []
    if meant := book.get(the_clear_one(seen)):
        return await _for_team(turn, log, meant)
    found = [guide for each in seen if (guide := book.get(each.code))]
    told = {"wanted": shorten(log.words, 40)}
    key = "log.which" if found else "log.not_found" if log.words else "log.of_what"
    return [await _ask(turn, log, key, found[:OFFERED], **told)]


async def _ask(
    turn: Turn, log: QuickLog | None, before: str = "", found: list[Guide] | None = None, **told: Any
) -> Message:
    """What to type, and once it is known how many, the guides that may be meant: those found, else those used last."""
    turn.ask(FLOW, log=written(log) if log else "")
    rows: list[tuple[Button, ...]] = []
    if log is not None:
        offered = found or await _used(turn)
        rows = [(_pick(log, each),) for each in offered]
    values = {"before": before, "told": told, "turns": log.turns if log else 0, "most": MOST_AT_ONCE}
    return Message("log.ask", values, (*rows, (go("huongdan"), go("menu"))), expects="text", place=place_of(turn))


async def _used(turn: Turn) -> list[Guide]:
    book = await turn.guides.current(turn.session)
    codes = await quick_logs.guides_used(turn.session, speaker(turn), OFFERED)
    return [guide for code in codes if (guide := book.get(code))]


def _pick(log: QuickLog, guide: Guide) -> Button:
    return Button("log.button_guide", "log.pick", arg=written(log, guide.code), values={"guide": guide.short_title})


async def _for_team(turn: Turn, log: QuickLog, guide: Guide) -> list[Message]:
    """Noted for the speaker's one unit; with several it is asked for which. Where nothing is filed, no files count."""
    if log.files and not guide.files:
        bare = QuickLog(log.turns, log.people, 0, log.words)
        return [await _ask(turn, bare, "log.no_files", [guide], guide=guide.short_title)]
    mine = await visits.units_for(turn.session, turn.actor, turn.now)
    if not mine:
        return _no_team(turn)
    if len(mine) == 1:
        return await _note(turn, log, guide, mine[0])
    turn.ask(FLOW, log=written(log))
    values = {"turns": log.turns, "people": log.people, "files": log.files, "guide": guide.short_title}
    rows = [
        (Button("log.button_unit", "log.pick", unit.id, arg=written(log, guide.code), values={"unit": unit.name}),)
        for unit in mine
    ]
    return [Message("log.which_unit", values, (*rows, (go("menu"),)), place=place_of(turn))]


def _no_team(turn: Turn) -> list[Message]:
    """A guest may walk through any guide; for whom would their number count?"""
    turn.end()
    return [Message("log.no_team", {}, ((go("huongdan"), go("menu")),), place=place_of(turn))]


async def _note(turn: Turn, log: QuickLog, guide: Guide, unit: Unit) -> list[Message]:
    turn.allow("visit.make", unit.path)
    turn.end()
    visit = await quick_logs.note(turn.session, log, guide, speaker(turn), unit.id, turn.now)
    values = {
        "turns": log.turns,
        "people": log.people,
        "files": log.files,
        "guide": guide.short_title,
        "unit": unit.name,
        "today": await quick_logs.today(turn.session, speaker(turn), turn.now),
    }
    undo_it = Button("log.button_undo", "log.undo", visit.id, visit.version)
    rows = ((undo_it, Button("log.button_open", "log.open")), (Button("mine.button_open", "mine.show"), go("menu")))
    return [Message("log.noted", values, rows, place="new")]


@needs("visit.make")
async def pick(turn: Turn) -> list[Message]:
    """The guide, or the guide and the unit, by a button; what it carries is no more trusted than what is typed."""
    unit = await units.find(turn.session, turn.press.object) if turn.press.object else None
    if turn.press.object:
        turn.allow("visit.make", unit.path if unit and unit.closed_on is None else None)
    read = read_written(turn.press.arg)
    guide = (await turn.guides.current(turn.session)).get(read[1]) if read else None
    # noted once, the line waits no more: a second tap on the same button is no second visit
    is_waiting = read is not None and turn.talk.flow == FLOW and turn.talk.data.get("log") == written(read[0])
    if read is None or guide is None or not is_waiting:
        return [await _ask(turn, None, "access.stale")]
    if unit is None or (read[0].files and not guide.files):
        return await _for_team(turn, read[0], guide)
    return await _note(turn, read[0], guide, unit)


@public
async def undo(turn: Turn) -> list[Message]:
    """Only the one who noted it, only on the same day."""
    visit = await reach(turn, turn.press.object)
    rows = ((Button("log.button_open", "log.open"), Button("mine.button_open", "mine.show")), (go("menu"),))
    guide = (await turn.guides.current(turn.session)).get(visit.guide)
    values = {"turns": visit.turns, "guide": guide.short_title if guide else visit.guide}
    try:
        if stale(turn, visit.version):
            raise Refusal("log.already_undone")
        await quick_logs.undo(turn.session, visit, by=turn.actor.person_id, now=turn.now)
    except Refusal as no:
        if no.key == "permission.not_found":
            raise
        return [Message("log.not_undone", {"why": no.key, "told": no.values}, rows)]
    return [Message("log.undone", values, rows)]


COMMANDS: dict[str, Handler] = {"ghinhanh": begin}
FLOWS: dict[str, Handler] = {FLOW: take_line}
ACTIONS: dict[str, Handler] = {"log.open": begin, "log.pick": pick, "log.undo": undo}
