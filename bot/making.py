"""Files that a message promises and that are made once its transaction is over: a QR picture, the month's sheet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from bot import announcement_sheets, export, files, form_sheets, poster, report_template, roster_sheets, visit_sheets
from bot.qr import make_qr
from models.messages import Document
from models.rules import Refusal
from models.rules.guide_links import GuideLink, payload_of
from models.rules.guides import Screen
from models.visits import Speaker

if TYPE_CHECKING:
    from bot.app import App

log = structlog.get_logger("making")


async def _qr(app: App, link: str) -> Document:
    return make_qr(app.settings.data_dir, link)


async def _month(app: App, wanted: Mapping[str, Any]) -> Document:
    """The sheet of a period for a unit with its subtree."""
    return await export.sheet(
        app.db, app.library, app.words, app.settings.data_dir, wanted["period"], wanted["path"], app.clock.now(),
        wanted.get("scope", ""),
    )  # fmt: skip


async def _roster(app: App, wanted: Mapping[str, Any]) -> Document:
    return await roster_sheets.template(app.db, app.words, app.settings.data_dir, wanted["unit"], app.clock.now())


async def _register(app: App, wanted: Mapping[str, Any]) -> Document:
    return await roster_sheets.register(app.db, app.words, app.settings.data_dir, wanted["unit"], app.clock.now())


async def _ledger(app: App, wanted: Mapping[str, Any]) -> Document:
    """Everybody an announcement was for."""
    where, now = app.settings.data_dir, app.clock.now()
    return await announcement_sheets.document(
        app.db, app.words, where, wanted["announcement"], now, phones=wanted["phones"]
    )


async def _report(app: App, wanted: Mapping[str, Any]) -> Document:
    return await report_template.template(app.db, app.library, app.words, app.settings.data_dir, wanted["report"])


async def _form(app: App, wanted: Mapping[str, Any]) -> Document:
    """A form in force as a file to be changed."""
    async with app.db.read() as session:
        plans = [programme for _, programme in await app.library.current(session)]
    plan = next(each for each in plans if each.code == wanted["programme"])
    return form_sheets.document(app.settings.data_dir, plan.form(wanted["form"]), app.words.label)


async def _own_visits(app: App, wanted: Mapping[str, Any]) -> Document:
    speaker = Speaker(wanted["account"], wanted["person"])
    return await visit_sheets.document(app.db, app.guides, app.words, app.settings.data_dir, speaker, wanted["name"])


async def _calendar(app: App, wanted: Mapping[str, Any]) -> Document:
    """The speaker's deadlines for the calendar of a phone."""
    from bot import calendar_file  # its library is wanted only when somebody asks for the file

    return await calendar_file.document(
        app.db, app.library, app.words, app.settings.data_dir, wanted["person"], app.clock.now()
    )


async def _poster(app: App, wanted: Mapping[str, Any]) -> Document:
    guide, unit = await poster.subject(app.db, app.guides, wanted["guide"], wanted["unit"])
    payload = payload_of(GuideLink(guide.code, unit.code))
    links = {name: app.turns.link(name, payload) for name in poster.CHANNELS}
    return await poster.document(app, guide, unit, links, is_demo="webchat" in app.channels)


async def _screen(app: App, wanted: Mapping[str, Any]) -> Document:
    """A step's screen in outline."""
    from bot import screen_drawing  # Pillow is wanted only when somebody looks at a picture

    screen = Screen(wanted["title"], tuple(wanted["rows"]), wanted["tap"])
    name = f"{wanted['name']}.png"
    return await asyncio.to_thread(screen_drawing.picture, app.settings.data_dir, screen, name)


async def _kept(app: App, wanted: Mapping[str, Any]) -> Document:
    """A photo or paper as somebody once sent it."""
    data_dir = app.settings.data_dir
    found = await asyncio.to_thread(files.kept_path, data_dir, wanted["sha256"])
    if found is None:
        raise Refusal("trouble.file_lost")
    return Document(found.relative_to(data_dir).as_posix(), wanted["name"], files.mime_of(found))


async def _all_kept(app: App, wanted: Sequence[Mapping[str, Any]]) -> tuple[Document, ...]:
    """Photos and papers of a report or an announcement; one that lies here no more is left out."""
    found: list[Document] = []
    for each in wanted:
        try:
            found.append(await _kept(app, each))
        except Refusal:
            log.error("file lost", sha256=each["sha256"])
    return tuple(found)


# what a message's values may ask for, and how it is made
MAKERS: Mapping[str, Callable[[App, Any], Awaitable[Document | tuple[Document, ...]]]] = {
    "qr": _qr,
    "sheet": _month,
    "roster_file": _roster,
    "register_file": _register,
    "ledger_file": _ledger,
    "report_file": _report,
    "kept_file": _kept,
    "evidence_files": _all_kept,
    "announcement_files": _all_kept,
    "form_file": _form,
    "own_visits_file": _own_visits,
    "calendar_file": _calendar,
    "poster_file": _poster,
    "screen_file": _screen,
}


async def make(app: App, wanted: Mapping[str, Any]) -> tuple[Document, ...]:
    """The documents that a message's values ask for."""
    made: list[Document] = []
    for name, value in wanted.items():
        one = await MAKERS[name](app, value)
        made += one if isinstance(one, tuple) else (one,)
    return tuple(made)
