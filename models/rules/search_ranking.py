"""Which entries of an index fit a query, and how well."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from models.rules.search_query import OTHER_TONE, Query, Slot
from models.rules.typed_words import Word, bare_of, toned_of

TITLE, OTHER_NAME, BODY = 1.0, 0.9, 0.2  # what a word counts where it stands
BODY_FOUND = 0.4  # of a word that stands only in the body, when asking how much of the text was found
NAMED, EXACT = 0.7, 1.5  # what a whole name is worth beside its words; and when nothing else was typed
# the part of the text that must be found: beside a whole name, with two words that stand so in a name, and else
ENOUGH_NAMED, ENOUGH, ENOUGH_APART = 0.12, 0.5, 0.75
# or else so much of it that it is no accident, in words that stand in a single entry; less for who is looking
MUCH, MUCH_LOOKING, MUCH_OF = 2.0, 1.3, 0.25
LONGEST_NAME = 8  # words
SPECIAL, FEW = 4, 5  # letters, entries
# words that stand nearly everywhere find nothing new: after so many postings only the best so far are looked at
TOUCHED, KEPT = 900, 80


class Postings(Protocol):
    """What is asked of an index."""

    def postings(self, term: str) -> Mapping[int, float]: ...
    def named(self, name: str) -> Mapping[int, float]: ...
    def frequency(self, term: str) -> int: ...
    def worth(self, term: str) -> float: ...
    def rarest(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Found:
    """`covered`: the part of the query that was found, by its worth; `exact`: the query is a name and nothing else."""

    score: float
    covered: float
    exact: bool


class Ranking:
    """One query over one index; entries by number. `looking`: the text is surely meant for a search."""

    def __init__(self, index: Postings, query: Query, looking: bool) -> None:
        self._index, self._query = index, query
        self._much = (MUCH_LOOKING if looking else MUCH) * index.rarest()
        self._scores: dict[int, float] = {}
        self._covered: dict[int, float] = {}
        self._words: dict[int, int] = {}
        self._paired: set[int] = set()
        self._named: set[int] = set()
        self._exact: set[int] = set()
        self._among: set[int] | None = None
        self._touched = 0

    def found(self) -> dict[int, Found]:
        """The entries that fit well enough."""
        self._take_names()
        sized = sorted((sum(self._index.frequency(term) for term, _ in slot.ways), at, slot)
                       for at, slot in enumerate(self._query.slots))  # fmt: skip
        for size, _, slot in sized:
            self._touched += size
            if self._touched > TOUCHED and self._scores and self._among is None:
                self._among = set(heapq.nlargest(KEPT, self._scores, key=lambda at: self._scores[at]))
            self._take(slot)
        asked = sum(slot.worth for slot in self._query.slots if slot.alone) or 1.0
        every = self._scores if self._among is None else self._among
        read = ((at, self._read(at, asked)) for at in every)
        return {at: found for at, found in read if self._is_enough(at, found)}

    def _read(self, at: int, asked: float) -> Found:
        exact = at in self._exact
        return Found(self._scores[at], 1.0 if exact else self._covered.get(at, 0.0) / asked, exact)

    def _is_enough(self, at: int, found: Found) -> bool:
        if at in self._named:
            return found.covered >= ENOUGH_NAMED
        if len(self._query.said) == 1:
            return found.covered >= ENOUGH
        if self._words.get(at, 0) < 2:
            return False
        if found.score >= self._much and found.covered >= MUCH_OF:
            return True
        return found.covered >= (ENOUGH if at in self._paired else ENOUGH_APART)

    def _take(self, slot: Slot) -> None:
        gained: dict[int, float] = {}
        covered: dict[int, float] = {}
        for term, quality in slot.ways:
            postings = self._index.postings(term)
            for at in postings if self._among is None else self._among & postings.keys():
                weight = postings[at] * quality
                if weight > gained.get(at, 0.0):
                    gained[at] = weight
                    covered[at] = quality * quality * (BODY_FOUND if postings[at] == BODY else 1.0)
        for at, weight in gained.items():
            self._scores[at] = self._scores.get(at, 0.0) + slot.worth * weight
        if slot.alone:
            for at, part in covered.items():
                self._covered[at] = self._covered.get(at, 0.0) + slot.worth * part
                self._words[at] = self._words.get(at, 0) + 1
        else:
            self._paired.update(at for at, weight in gained.items() if weight > BODY)

    def _take_names(self) -> None:
        gained: dict[int, float] = {}
        for part in self._parts():
            whole = part in (self._query.words, self._query.said)
            bearers = self._bearers(part)
            if whole:
                self._exact |= bearers.keys()
            if whole or len(part) > 1 or self._is_special(part[0]):
                self._named |= bearers.keys()
            for at, worth in bearers.items():
                gained[at] = max(gained.get(at, 0.0), worth * (EXACT if whole else NAMED))
        self._scores.update(gained)

    def _parts(self) -> Iterable[tuple[Word, ...]]:
        """What may be a name: words in a row, and the text as it was said."""
        words = self._query.words
        spans = ((first, last) for first in range(len(words)) for last in range(first + 1, first + LONGEST_NAME + 1))
        return {words[first:last] for first, last in spans if last <= len(words)} | {self._query.said}

    def _is_special(self, word: Word) -> bool:
        """A name of one word (VNeID, OCOP) that stands in few entries; others have one within another word."""
        return len(word.bare) >= SPECIAL and self._index.frequency(word.bare) <= FEW

    def _bearers(self, part: Sequence[Word]) -> dict[int, float]:
        """The entries of which this is a whole name, and what that is worth."""
        bare = self._index.named(bare_of(part))
        if not bare:
            return {}
        marked = any(word.marked for word in part)
        exact = self._index.named("=" + toned_of(part)) if marked else bare
        loose = {} if marked and len(part) == 1 else bare
        worth = sum(self._index.worth(word.bare) for word in part)
        return {at: worth * weight * (1.0 if at in exact else OTHER_TONE) for at, weight in {**loose, **exact}.items()}
