"""Which guides a text asks for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from models.rules.guides import Guide
from models.rules.search_index import Entry, Hit, SearchIndex
from models.rules.search_words import SearchWords


class GuideIndex(SearchIndex):
    """The index of these guides: by code, title and other names, and a little by what stands in them."""

    def __init__(self, guides: Iterable[Guide], words: SearchWords | None = None) -> None:
        super().__init__(map(_entry, guides), words)


class Book(Protocol):
    """Guides to search in."""

    @property
    def index(self) -> GuideIndex: ...


def find(book: Book, text: str) -> list[str]:
    """The codes of the guides that the text may mean, the best first."""
    return [hit.code for hit in hits(book, text)]


def hits(book: Book, text: str, looking: bool = False) -> list[Hit]:
    """The same, with how well each fits. `looking`: the text is surely meant for a search, so less is enough."""
    return book.index.find(text, looking)


def _entry(guide: Guide) -> Entry:
    facts = (fact.text for fact in (*guide.for_whom, *guide.prepare))
    said = (*(step.title for step in guide.steps), *(trouble.when for trouble in guide.troubles))
    return Entry(guide.code, (guide.title, guide.short_title), guide.keywords, (guide.summary, *facts, *said))
