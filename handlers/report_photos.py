"""Photos and papers of a report: taken at any moment with what was written under them, counted, and taken back."""

from __future__ import annotations

from handlers.access import needs, stale
from handlers.report_pages import current, finishing, stale_screen, start_page
from handlers.report_sheet import Line, act, ask, is_same_talk, line, refusal_line, talked_of, working
from handlers.turn import StoredFile, Turn
from models import evidence
from models.messages import Button, Message
from models.reports import Sheet
from models.rules import Refusal
from models.rules.reports import LONGEST_LINE, MOST_PHOTOS, sentence

PHOTOS = ("image/", "application/pdf")
OFFICE = "application/vnd.openxmlformats-officedocument."
PAPERS = (*PHOTOS, OFFICE + "wordprocessingml.document", OFFICE + "spreadsheetml.sheet")


async def take_photos(turn: Turn, sheet: Sheet) -> list[Message]:
    """Photos are taken at any moment of a report; the screen that was there comes again."""
    said = await taken(turn, sheet)
    if turn.talk.flow == "report.photos":
        return await _photos_page(turn, sheet, said)
    return await current(turn, sheet, said)


async def taken(turn: Turn, sheet: Sheet) -> Line:
    """Keep what fits of the files that came, and say what became of them."""
    fitting = [file for file in turn.files if file.mime.startswith(PAPERS)]
    if not fitting:
        return line("report.photo_wanted")
    note, no = _written_under(turn)
    taken = await evidence.add(turn.session, sheet, fitting, person_id=turn.person_id, now=turn.now, note=note)
    counts = {"new": taken.new, "known": taken.known, "over": taken.over, "count": taken.count}
    said = {"what": _what(fitting), "note": note if taken.new else "", "problem": no}
    return line("report.photos_taken", most=MOST_PHOTOS, **counts, **said)


def _what(files: list[StoredFile]) -> str:
    """What came, for the sentence that says so: photos, papers or both."""
    photos = sum(file.mime.startswith("image/") for file in files)
    return "photos" if photos == len(files) else "both" if photos else "papers"


def _written_under(turn: Turn) -> tuple[str, Line | None]:
    """A short caption is the note of what came with it; one that cannot be kept is said to be left out, and why."""
    if not turn.text.strip():
        return "", None
    try:
        return sentence(turn.text, LONGEST_LINE), None
    except Refusal as refusal:
        return "", refusal_line(refusal)


async def _photos_page(turn: Turn, sheet: Sheet, *before: Line) -> list[Message]:
    ask(turn, sheet, "report.photos")
    count = len(await evidence.of_report(turn.session, sheet.report.id))
    back = Button("evidence.button_show", "evidence.show", sheet.report.id, values={"count": count})
    last = (back, act(sheet, "button_unphoto", "unphoto")) if count else ()
    values = {"before": list(before), "count": count, "most": MOST_PHOTOS, "amending": sheet.is_submitted}
    rows = (last, finishing(sheet))
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
        return await start_page(turn, sheet, line("report.filed_meanwhile"))
    if turn.incoming.kind in ("photo", "file"):
        return await take_photos(turn, sheet)
    return await _photos_page(turn, sheet, line("report.photo_wanted"))
