"""The guides as plain web pages under /guides/: for any phone, without account or script, and good to print.

Nothing is written and nothing is known of a reader. Of a unit only its name shows, and what it notes about a guide.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode

from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from bot.clock import Clock
from bot.poster import CHANNELS, CONDUCT
from bot.settings import Settings
from bot.words import Words
from handlers.guide_pages import fact_values
from models import guide_notes, guides, units
from models.database import Database
from models.guides import GuideBook, GuideShelf
from models.rules.folding import clean
from models.rules.guide_links import PAGES, PLACE, GuideLink, is_unit_code, payload_of
from models.rules.guide_search import find
from models.rules.guides import END, Fact, Guide, Option, Step
from models.rules.periods import local_day
from models.tables import Unit

TEMPLATES = Path(__file__).parent / "content" / "pages"
LONGEST = 100  # characters that are looked for
MOST = 10  # guides that a search shows
FACTS = ("for_whom", "prepare", "fees", "time_limits", "hotlines", "legal_basis")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    # a reader who comes back asks again after this many seconds, and is told in a few bytes that nothing has changed
    "Cache-Control": "public, max-age=300",
}
Link = Callable[[str, str], str]  # (channel, what stands behind /start) -> address; empty when the channel has none


class Library(Protocol):
    """What the pages ask of the running bot."""

    @property
    def settings(self) -> Settings: ...
    @property
    def db(self) -> Database: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def words(self) -> Words: ...
    @property
    def guides(self) -> GuideShelf: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request is about: the guides in force, and the unit whose poster brought the reader here, if any."""

    book: GuideBook
    unit: Unit | None

    @property
    def values(self) -> dict[str, Any]:
        """What every page needs; `here`: what keeps the unit in a link."""
        here = f"?{urlencode({PLACE: self.unit.code})}" if self.unit else ""
        return {"book": self.book, "unit": self.unit, "here": here}


def guide_routes(library: Library, link: Link) -> list[BaseRoute]:
    """Everything under /guides/. Links between the pages are relative: a proxy may serve them from a folder."""
    pages = Pages(library, link)
    return [
        Route(PAGES.rstrip("/"), pages.whole),
        Route(PAGES, pages.all),
        Route(f"{PAGES}style.css", pages.style),
        Route(f"{PAGES}{{address}}", pages.guide),
        Route(f"{PAGES}{{rest:path}}", pages.nothing),
    ]


class Pages:
    """The endpoints."""

    def __init__(self, library: Library, link: Link) -> None:
        self.library, self.link = library, link
        environment = library.words.pages(TEMPLATES)
        self._list, self._guide = environment.get_template("list.html"), environment.get_template("guide.html")

    async def whole(self, request: Request) -> Response:
        return RedirectResponse("guides/", 308)

    async def style(self, request: Request) -> Response:
        return FileResponse(TEMPLATES / "style.css", media_type="text/css", headers=HEADERS)

    async def all(self, request: Request) -> Response:
        wanted = clean(request.query_params.get("tim", "")[:LONGEST])
        async with self.library.db.read() as session:
            asked = await self._asked(session, request)
        found = [guide for code in find(asked.book, wanted) if (guide := asked.book.get(code))] if wanted else []
        values = {"wanted": wanted, "found": found[:MOST], "missing": False}
        return _page(request, self._list.render(**asked.values, **values))

    async def nothing(self, request: Request) -> Response:
        async with self.library.db.read() as session:
            asked = await self._asked(session, request)
        return self._missing(request, asked)

    async def guide(self, request: Request) -> Response:
        address = request.path_params["address"]
        async with self.library.db.read() as session:
            asked = await self._asked(session, request)
            guide = asked.book.at(address)
            named = asked.book.get(address.upper())  # a poster spells the short way for those who type it
            if guide is None and named is not None:
                return RedirectResponse(f"{named.address}{asked.values['here']}", 307)
            if guide is None:
                return self._missing(request, asked)
            notes = await guide_notes.of(session, guide.code, [asked.unit.path]) if asked.unit else []
            check = await guides.check_of(session, guide)
        overdue = check.is_overdue(local_day(self.library.clock.now(), self.library.settings.zone))
        checked = {"on": check.on, "overdue": overdue, "app": check.app, "confidence": check.confidence}
        values = {
            "guide": guide,
            "checked": checked,
            "notes": [note for note, _ in notes],
            "conduct": CONDUCT,
            "steps": self._steps(guide, asked.book),
            "ways": self._ways(guide, asked.unit),
            "linked": _linked,
            **{kind: _facts(guide, getattr(guide, kind)) for kind in FACTS},
        }
        return _page(request, self._guide.render(**asked.values, **values))

    def _missing(self, request: Request, asked: Asked) -> Response:
        return _page(request, self._list.render(**asked.values, wanted="", found=(), missing=True), 404)

    async def _asked(self, session: AsyncSession, request: Request) -> Asked:
        """A unit that is not there any more is as good as none."""
        code = request.query_params.get(PLACE, "")
        unit = await units.with_code(session, code) if is_unit_code(code) else None
        return Asked(await self.library.guides.current(session), unit if unit and unit.closed_on is None else None)

    def _steps(self, guide: Guide, book: GuideBook) -> list[dict[str, Any]]:
        return [
            {
                "number": number, "code": step.code, "title": step.title, "do": step.do, "see": step.see,
                "if_not": step.if_not, "care": step.care, "unconfirmed": step.unconfirmed,
                "prior": book.get(step.guide), "picture": self._picture(step),
                "question": step.fork.question if step.fork else "",
                "options": [_option(guide, step, each, book) for each in step.fork.options] if step.fork else [],
                "jump": _target(guide, step.next) if step.next else None,
            }
            for number, step in enumerate(guide.steps, 1)
        ]  # fmt: skip

    def _picture(self, step: Step) -> Markup | str:
        if step.screen is None:
            return ""
        from bot import screen_drawing  # Pillow, which measures letters, is wanted only when somebody reads a guide

        values = {"title": step.screen.title, "rows": list(step.screen.rows), "tap": step.screen.tap}
        return screen_drawing.as_svg(
            screen_drawing.drawn(step.screen), self.library.words.label("picture.about", values)
        )

    def _ways(self, guide: Guide, unit: Unit | None) -> list[dict[str, str]]:
        payload = payload_of(GuideLink(guide.code, unit.code if unit else ""))
        found = {name: self.link(name, payload) for name in CHANNELS}
        return [{"channel": name, "link": link} for name, link in found.items() if link]


def _page(request: Request, body: str, status: int = 200) -> Response:
    """The page, or word that the reader has it already: its mark follows from all that stands on it."""
    content = body.encode()
    mark = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {**HEADERS, "ETag": mark}
    known = request.headers.get("if-none-match", "").replace("W/", "")
    if status == 200 and mark in (each.strip() for each in known.split(",")):
        return Response(status_code=304, headers=headers)
    return Response(content, status, headers, media_type="text/html")


def _facts(guide: Guide, facts: Sequence[Fact]) -> list[dict[str, Any]]:
    return [fact_values(guide, each) for each in facts]


def _option(guide: Guide, step: Step, option: Option, book: GuideBook) -> Mapping[str, Any]:
    target = _target(guide, option.to or guide.following(step.code))
    return {"label": option.label, "officer": option.officer, "guide": book.get(option.guide), **target}


def _target(guide: Guide, code: str) -> dict[str, Any]:
    if code == END:
        return {"end": True, "code": "", "number": 0}
    return {"end": False, "code": code, "number": [each.code for each in guide.steps].index(code) + 1}


def _linked(address: str, text: str) -> Markup:
    """The text, as a link when there is an address of the web."""
    if not address.startswith(("https://", "http://")):
        return Markup("{}").format(text)
    return Markup('<a href="{}" rel="noopener nofollow">{}</a>').format(address, text)
