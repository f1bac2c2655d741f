"""The poster (tờ quét mã) of a guide for the office where it hangs: what stands on it, and where its codes lead."""

from __future__ import annotations

import asyncio
import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from bot.clock import Clock
from bot.export import in_ascii
from bot.files import EXPORTS
from bot.settings import Settings
from bot.whole_files import appearing
from bot.words import Words
from handlers.guide_pages import fact_values
from models import guide_notes, guides, units
from models.database import Database
from models.guides import GuideShelf
from models.messages import Document
from models.rules import Refusal
from models.rules.folding import shorten
from models.rules.guide_links import PAGES, page_of
from models.rules.guides import Fact, Guide
from models.rules.periods import local_day
from models.tables import GuideNote, Unit

PDF = "application/pdf"
CHANNELS = ("telegram", "zalo")  # in the order in which a poster shows them
CONDUCT = ("secrets", "own_hands", "official_app")
NOTES, HOTLINES = 2, 2  # of the small print


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what stands below it; `ticked`: things to get ready, each with a box to tick."""

    title: str
    items: tuple[str, ...]
    ticked: bool = False


@dataclass(frozen=True, slots=True)
class Code:
    """A link to scan: what stands below it, and below that its address to type, if it is short enough to be typed."""

    link: str
    words: str
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Poster:
    """What stands on the page, in words. `contact`: whom to ask; `more` says that the rest is behind the code."""

    place: str
    title: str
    summary: str
    sections: tuple[Section, ...]
    codes: tuple[Code, ...]
    conduct: Section
    contact: tuple[str, ...]
    foot: tuple[str, ...]
    more: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where the poster hangs, and what holds there: the notes of the unit and of those above, with their names."""

    unit: Unit
    notes: Sequence[tuple[GuideNote, str]] = ()

    def of_kind(self, kind: str) -> list[tuple[str, str]]:
        return [(note.text, name) for note, name in self.notes if note.kind == kind]


@dataclass(frozen=True, slots=True)
class Checked:
    """When the guide was last held against the portal, and whether that is too long ago."""

    on: date
    overdue: bool
    app: str = ""  # the application that was looked at


class Desk(Protocol):
    """What the making of a poster asks of the bot, or of a command."""

    @property
    def settings(self) -> Settings: ...
    @property
    def db(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def words(self) -> Words: ...


def base_of(settings: Settings, *, is_demo: bool) -> str:
    """Where the web pages of the guides are to be had; empty: nowhere."""
    return settings.public_url or (f"http://{settings.listen}" if is_demo else "")


async def subject(db: Database, shelf: GuideShelf, asked: str, unit_id: int) -> tuple[Guide, Unit]:
    """The guide, by its code or its address, and the unit. Raises Refusal poster.unknown_guide."""
    async with db.read() as session:
        book = await shelf.current(session)
        guide = book.get(asked.strip().upper()) or book.at(asked.strip().lower())
        unit = await units.find(session, unit_id)
    if guide is None or unit is None:
        raise Refusal("poster.unknown_guide", text=asked)
    return guide, unit


async def document(desk: Desk, guide: Guide, unit: Unit, links: Mapping[str, str], *, is_demo: bool) -> Document:
    """The poster, kept for some days by what stands on it. `links`: by channel, what opens the guide there.

    Raises Refusal poster.no_address when there is nowhere to lead to.
    """
    async with desk.db.read() as session:
        notes = await guide_notes.of(session, guide.code, [unit.path])
        check = await guides.check_of(session, guide)
    settings, words = desk.settings, desk.words
    overdue = check.is_overdue(local_day(desk.clock.now(), settings.zone))
    codes = codes_of(words, guide, unit, base_of(settings, is_demo=is_demo), links)
    poster = poster_of(words, guide, Place(unit, notes), Checked(check.on, overdue, check.app), codes)
    name = words.label("poster.file_name", {"code": guide.code, "place": in_ascii(unit.name)[:60]})
    return await asyncio.to_thread(_kept, settings.data_dir, poster, name)


async def into_folder(made: Document, data_dir: Path, folder: Path) -> Path:
    """A copy of the poster under the name it is shown by. Raises Refusal poster.no_folder."""
    target = folder / made.name
    try:
        await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
        await asyncio.to_thread(shutil.copyfile, data_dir / made.path, target)
    except OSError:
        raise Refusal("poster.no_folder", folder=str(folder)) from None
    return target


def codes_of(words: Words, guide: Guide, unit: Unit, base: str, links: Mapping[str, str]) -> tuple[Code, ...]:
    """The web page first, which needs no account; then each channel that has a link."""
    chats = [Code(links[name], words.label(f"poster.scan_{name}")) for name in CHANNELS if links.get(name)]
    if not base and not chats:
        raise Refusal("poster.no_address")
    if not base:
        return tuple(chats)
    short = f"{base}{PAGES}{guide.code.lower()}".partition("://")[2]
    page = Code(
        f"{base}{page_of(guide.address, unit.code)}",
        words.label("poster.scan_page"),
        words.label("poster.typed", {"address": short}),
    )
    return (page, *chats)


def poster_of(words: Words, guide: Guide, place: Place, checked: Checked, codes: tuple[Code, ...]) -> Poster:
    """What stands on the poster, in words."""
    listed = {"for_whom": guide.for_whom, "prepare": guide.prepare, "fees": guide.fees} | {
        "time_limits": guide.time_limits
    }
    sections = {kind: [_said(words, guide, fact) for fact in facts] for kind, facts in listed.items()}
    fees = place.of_kind("fee")
    sections["fees"] += [words.label("poster.fee_here", {"text": text, "unit": unit}) for text, unit in fees]
    sections["here"] = [text for text, _ in place.of_kind("other")]
    return Poster(
        place=place.unit.name,
        title=guide.title,
        summary=guide.summary,
        sections=tuple(
            Section(words.label(f"poster.{kind}"), tuple(items), kind == "prepare")
            for kind, items in sections.items()
            if items
        ),
        codes=codes,
        conduct=Section(
            words.label("poster.conduct"), tuple(words.label(f"poster.conduct_{rule}") for rule in CONDUCT)
        ),
        contact=tuple(_contact(words, guide, place)),
        foot=tuple(_foot(words, guide, checked)),
        more=words.label("poster.more"),
    )


def _contact(words: Words, guide: Guide, place: Place) -> list[str]:
    lines = [
        words.label("poster.address", {"text": shorten(text, 160)}) for text, _ in place.of_kind("address")[-NOTES:]
    ]
    sure = [_said(words, guide, each) for each in guide.hotlines if not each.unconfirmed]
    if sure:
        lines.append(words.label("poster.hotline", {"text": "; ".join(sure[:HOTLINES])}))
    return lines


def _foot(words: Words, guide: Guide, checked: Checked) -> list[str]:
    portal = [words.label("poster.portal", {"portal": guide.portal})] if guide.portal else []
    values = {"code": guide.code, "edition": guide.edition, "app": checked.app}
    values |= {"on": checked.on, "overdue": checked.overdue}
    return [*portal, words.label("poster.edition", values)]


def _said(words: Words, guide: Guide, fact: Fact) -> str:
    return words.label("guide.fact", fact_values(guide, fact))


def _kept(data_dir: Path, poster: Poster, name: str) -> Document:
    from bot.poster_page import as_pdf  # what writes PDF is wanted only when a poster is printed

    content = as_pdf(poster)
    path = f"{EXPORTS}/poster-{hashlib.sha256(content).hexdigest()[:40]}.pdf"
    target = data_dir / path
    if target.exists():
        target.touch()
    else:
        with appearing(target) as part:
            part.write_bytes(content)
    return Document(path, name, PDF)
