"""Pictures and papers of an announcement: kept once by what they hold, listed, taken out again."""

from __future__ import annotations

from handlers.access import needs, stale, takes_files
from handlers.announcement_pages import acts, back, named_files, reach_draft, talked_of
from handlers.guide_pages import place_of
from handlers.report_photos import PAPERS
from handlers.report_sheet import Line, line
from handlers.turn import Handler, Turn
from models import announcements
from models.announcements import Announced
from models.messages import Message

FILES = "announcement_draft.files"


async def attach(turn: Turn, announced: Announced) -> Line:
    """Keep what fits of the files that came, and say what became of them."""
    announcement, most = announced.announcement, turn.announcing.files_limit
    fitting = [file for file in turn.files if file.mime.startswith(PAPERS)]
    if not fitting:
        return line("announcement_draft.file_kind")
    known = {each["sha256"] for each in announcement.files}
    new = list({file.sha256: file for file in fitting if file.sha256 not in known}.values())
    kept = new[: max(most - len(known), 0)]
    rows = [{"sha256": file.sha256, "name": file.name, "mime": file.mime, "size": file.size} for file in kept]
    if rows:
        files = [*announcement.files, *rows]
        await announcements.change(turn.session, announcement, turn.now, files=files)
    counts = {"new": len(kept), "over": len(new) - len(kept), "count": len(announcement.files), "most": most}
    return line("announcement_draft.files_taken", known=not new, **counts)


@needs("announcement.send")
async def ask_files(turn: Turn) -> list[Message]:
    return [_page(turn, await reach_draft(turn, turn.press.object))]


@needs("announcement.send")
@takes_files
async def take_files(turn: Turn) -> list[Message]:
    announced = await talked_of(turn)
    if not turn.files:
        return [_page(turn, announced, line("announcement_draft.files_wanted"))]
    return [_page(turn, announced, await attach(turn, announced))]


@needs("announcement.send")
async def drop(turn: Turn) -> list[Message]:
    """Take one out: `arg` is its place in the list."""
    announced = await reach_draft(turn, turn.press.object)
    announcement = announced.announcement
    if stale(turn, announcement.version):
        return [_page(turn, announced, notice="access.stale")]
    left = [each for at, each in enumerate(announcement.files) if str(at) != turn.press.arg]
    await announcements.change(turn.session, announcement, turn.now, files=left)
    return [_page(turn, announced, notice="announcement_draft.file_dropped")]


def _page(turn: Turn, announced: Announced, *before: Line, notice: str = "") -> Message:
    named, most = named_files(announced.announcement), turn.announcing.files_limit
    turn.ask(FILES, announcement=announced.announcement.id)
    drops = [
        (acts(announced, "button_drop_file", "announcement.drop_file", str(at), **each),)
        for at, each in enumerate(named)
    ]
    values = {
        "before": list(before),
        "number": announced.announcement.id,
        "files": named,
        "most": most,
    }
    rows = (*drops, (back(announced, "button_files_done"),))
    return Message("announcement_draft.files", values, rows, "photo", notice=notice, place=place_of(turn))


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {FILES: take_files}
ACTIONS: dict[str, Handler] = {"announcement.files": ask_files, "announcement.drop_file": drop}
