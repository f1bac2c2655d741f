"""Photos of a report: taken at any moment, counted, and taken back."""

from __future__ import annotations

from handlers.access import needs, stale
from handlers.report_pages import current, finishing, stale_screen, start_page
from handlers.report_sheet import Line, act, ask, is_same_talk, line, talked_of, working
from handlers.turn import Turn
from models import evidence
from models.messages import Message
from models.reports import Sheet
from models.rules.reports import MOST_PHOTOS

PHOTOS = ("image/", "application/pdf")


async def take_photos(turn: Turn, sheet: Sheet) -> list[Message]:
    """Photos are taken at any moment of a report; the screen that was there comes again."""
    said = await taken(turn, sheet)
    if turn.talk.flow == "report.photos":
        return await _photos_page(turn, sheet, said)
    return await current(turn, sheet, said)


async def taken(turn: Turn, sheet: Sheet) -> Line:
    """Keep what fits of the files that came, and say what became of them."""
    fitting = [file for file in turn.files if file.mime.startswith(PHOTOS)]
    if not fitting:
        return line("report.photo_wanted")
    taken = await evidence.add(turn.session, sheet, fitting, person_id=turn.person_id, now=turn.now)
    counts = {"new": taken.new, "known": taken.known, "over": taken.over, "count": taken.count}
    return line("report.photos_taken", most=MOST_PHOTOS, **counts)


async def _photos_page(turn: Turn, sheet: Sheet, *before: Line) -> list[Message]:
    ask(turn, sheet, "report.photos")
    count = len(await evidence.of_report(turn.session, sheet.report.id))
    last = (act(sheet, "button_unphoto", "unphoto"),) if count else ()
    values = {"before": list(before), "count": count, "most": MOST_PHOTOS, "amending": sheet.is_submitted}
    rows = (last, finishing(sheet)) if sheet.is_submitted else ((*last, *finishing(sheet)),)
    return [Message("report.photos", values, tuple(row for row in rows if row), expects="photo")]


@needs("report.write")
async def photos(turn: Turn) -> list[Message]:
    return await _photos_page(turn, await working(turn, turn.press.object))


@needs("report.write")
async def drop_photo(turn: Turn) -> list[Message]:
    sheet = await working(turn, turn.press.object)
    if stale(turn, sheet.report.version):
        return await stale_screen(turn, sheet)
    await evidence.drop_last(turn.session, sheet, person_id=turn.person_id, now=turn.now)
    return await _photos_page(turn, sheet, line("report.photo_dropped"))


@needs("report.write")
async def at_photos(turn: Turn) -> list[Message]:
    sheet = await talked_of(turn)
    if not is_same_talk(turn, sheet):
        return start_page(turn, sheet, line("report.filed_meanwhile"))
    if turn.incoming.kind in ("photo", "file"):
        return await take_photos(turn, sheet)
    return await _photos_page(turn, sheet, line("report.photo_wanted"))
