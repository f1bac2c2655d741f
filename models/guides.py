"""The guides in force: those of the files, with what people corrected and others approved laid over them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules import Refusal
from models.rules.guide_changes import corrected, text_at
from models.rules.guide_search import GuideIndex
from models.rules.guides import Check, Guide, GuideField
from models.rules.search_words import SearchWords
from models.tables import GuideChange, GuideCheck
from models.zone import zone_of

# how many corrections were approved, when the last one was, and which: one that was rolled back leaves no trace
Stamp = tuple[int, datetime | None, int]


@dataclass(frozen=True)  # no slots: the index is kept beside the fields
class GuideBook:
    """Guides by code. `outdated`: ids of approved corrections whose place now reads otherwise, so that they do nothing.

    A new object whenever anything in it changed. `words`: what a search knows of the language.
    """

    all: tuple[Guide, ...]
    fields: tuple[GuideField, ...]
    outdated: tuple[int, ...] = ()
    words: SearchWords = field(default_factory=SearchWords, repr=False)
    _by_code: Mapping[str, Guide] = field(default_factory=dict, repr=False)
    _by_address: Mapping[str, Guide] = field(default_factory=dict, repr=False)

    @classmethod
    def of(
        cls,
        guides: Iterable[Guide],
        fields: Sequence[GuideField],
        outdated: Sequence[int] = (),
        words: SearchWords | None = None,
    ) -> GuideBook:
        listed = tuple(guides)
        by_code, by_address = {each.code: each for each in listed}, {each.address: each for each in listed}
        return cls(listed, tuple(fields), tuple(outdated), words or SearchWords(), by_code, by_address)

    @cached_property
    def index(self) -> GuideIndex:
        """For searching these guides; made when somebody first searches this book."""
        return GuideIndex(self.all, self.words)

    def get(self, code: str) -> Guide | None:
        return self._by_code.get(code)

    def at(self, address: str) -> Guide | None:
        """The guide with that part of a web address."""
        return self._by_address.get(address)

    def in_field(self, code: str) -> tuple[Guide, ...]:
        return tuple(each for each in self.all if each.field == code)


class GuideShelf:
    """Keeps the book in force; one small statement sees whether a correction was approved since."""

    def __init__(
        self, guides: Sequence[Guide] = (), fields: Sequence[GuideField] = (), words: SearchWords | None = None
    ) -> None:
        self._files = GuideBook.of(guides, fields, words=words)
        self._book = self._files
        self._stamp: Stamp = (0, None, 0)

    @property
    def files(self) -> GuideBook:
        """The guides as the files have them, without any correction."""
        return self._files

    async def current(self, session: AsyncSession) -> GuideBook:
        """The guides in force, as this transaction sees them."""
        approved = GuideChange.state == "approved"
        marks = (func.count(), func.max(GuideChange.decided_at), func.sum(GuideChange.id))
        count, latest, numbers = (await session.execute(select(*marks).where(approved))).one()
        stamp: Stamp = (count, latest, int(numbers or 0))
        if stamp != self._stamp:
            order = (GuideChange.decided_at, GuideChange.id)
            changes = (await session.scalars(select(GuideChange).where(approved).order_by(*order))).all()
            self._book, self._stamp = _laid_over(self._files, changes, session), stamp
        return self._book


def _laid_over(files: GuideBook, changes: Sequence[GuideChange], session: AsyncSession) -> GuideBook:
    guides, outdated = {each.code: each for each in files.all}, []
    for change in changes:
        guide = guides.get(change.guide)
        if guide is None or change.decided_at is None or text_at(guide, change.place) != change.old:
            outdated.append(change.id)
            continue
        try:
            day = change.decided_at.astimezone(zone_of(session)).date()
            guides[guide.code] = corrected(guide, change.place, change.new, day, change.source)
        except Refusal:  # what was short enough once may be too long beside the newer texts of the file
            outdated.append(change.id)
    # those that do nothing count too: an edition never goes back
    approved = Counter(change.guide for change in changes)
    editions = (replace(each, edition=each.edition + approved[each.code]) for each in guides.values())
    return GuideBook.of(editions, files.fields, outdated, files.words)


async def checked_days(session: AsyncSession) -> dict[str, date]:
    """The last day on which somebody held each guide against the portal; one that nobody did is not in it."""
    statement = select(GuideCheck.guide, func.max(GuideCheck.checked_on)).group_by(GuideCheck.guide)
    return {code: day for code, day in await session.execute(statement)}


async def check_of(session: AsyncSession, guide: Guide) -> Check:
    """The guide's check as it is now: the last day it was held against the portal, and the application then seen."""
    statement = select(GuideCheck.checked_on, GuideCheck.app).where(GuideCheck.guide == guide.code)
    latest = statement.order_by(GuideCheck.checked_on.desc(), GuideCheck.id.desc()).limit(1)
    row = (await session.execute(latest)).first()
    if row is None or row[0] < guide.check.on:
        return guide.check
    return replace(guide.check, on=row[0], app=row[1] or guide.check.app)
