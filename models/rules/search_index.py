"""An index of short texts with names: which of them somebody means who types a few words."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import log

from models.rules.search_query import read_query
from models.rules.search_ranking import BODY, ENOUGH, OTHER_NAME, TITLE, Found, Ranking
from models.rules.search_words import SearchWords
from models.rules.typed_words import Word, bare_of, sound, toned_of, words_of

FAR = 0.35  # of the best: what scores less is not offered
CLEAR = 1.6  # so many times the next: no doubt
NOWHERE = 3  # a word that is in no entry says as much as one that is in so many
NONE: Mapping[int, float] = {}


@dataclass(frozen=True, slots=True)
class Entry:
    """What can be found: by its titles, by other names for it, and a little by its body."""

    code: str
    titles: tuple[str, ...]
    names: tuple[str, ...] = ()
    body: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """`covered`: the part of the text that it is about, 0 to 1; `exact`: the text is a name of it and nothing else."""

    code: str
    score: float
    covered: float
    exact: bool


class SearchIndex:
    """Built once from its entries; `find` asks it. Of two that fit as well the one named first comes first."""

    def __init__(self, entries: Iterable[Entry], words: SearchWords | None = None) -> None:
        self.words = words or SearchWords()
        self.codes: list[str] = []
        self._postings: dict[str, dict[int, float]] = defaultdict(dict)
        self._names: dict[str, dict[int, float]] = defaultdict(dict)
        for at, entry in enumerate(entries):
            self.codes.append(entry.code)
            self._take(at, entry)
        self._lengths: dict[int, list[str]] = defaultdict(list)
        self._sounds: dict[str, list[str]] = defaultdict(list)
        for term in self._postings:
            if term.isalnum():
                self._lengths[len(term)].append(term)
                self._sounds[sound(term)].append(term)

    def find(self, text: str, looking: bool = False) -> list[Hit]:
        """What the text may mean, the best first; empty when it says nothing of any entry.

        `looking`: the text is surely meant for a search, so that less is enough to be offered.
        """
        best: dict[int, Found] = {}
        for query in read_query(text, self):
            for at, found in Ranking(self, query, looking).found().items():
                if at not in best or (found.exact, found.score) > (best[at].exact, best[at].score):
                    best[at] = found
        least = FAR * max((found.score for found in best.values()), default=0.0)
        ranked = sorted((-found.exact, -found.score, at) for at, found in best.items() if found.score >= least)
        return [Hit(self.codes[at], best[at].score, best[at].covered, best[at].exact) for *_, at in ranked]

    def frequency(self, term: str) -> int:
        """How many entries have it."""
        return len(self.postings(term))

    def postings(self, term: str) -> Mapping[int, float]:
        """The entries that have it, by number, with how much it counts there."""
        return self._postings.get(term, NONE)

    def named(self, name: str) -> Mapping[int, float]:
        """The entries with that name: bare words, or "=" and words with their marks."""
        return self._names.get(name, NONE)

    def worth(self, term: str) -> float:
        """What finding it says: the rarer the more."""
        return log(1 + len(self.codes) / (self.frequency(term) or NOWHERE))

    def rarest(self) -> float:
        """What a word that stands in a single entry is worth."""
        return log(1 + len(self.codes))

    def long_as(self, length: int) -> Sequence[str]:
        return self._lengths.get(length, ())

    def alike(self, key: str) -> Sequence[str]:
        return self._sounds.get(key, ())

    def is_name(self, words: Sequence[Word]) -> bool:
        return bare_of(words) in self._names

    def _take(self, at: int, entry: Entry) -> None:
        for text in (entry.code, *entry.titles):
            self._take_name(at, text, TITLE)
        for text in entry.names:
            self._take_name(at, text, OTHER_NAME)
        body: set[str] = set()
        for text in entry.body:
            bare = [word.bare for word in words_of(text)]
            body.update(bare, map(" ".join, pairwise(bare)))
        for term in body:
            self._postings[term].setdefault(at, BODY)

    def _take_name(self, at: int, text: str, weight: float) -> None:
        for reading in self.words.readings(words_of(text)):
            telling = tuple(word for word in reading if word.toned not in self.words.silent)
            for words in {reading, telling}:
                self._take_words(at, words, weight)
                if len(words) > 1 or words == reading:  # one word of several is no name
                    _note(self._names[bare_of(words)], at, weight)
                    _note(self._names["=" + toned_of(words)], at, weight)

    def _take_words(self, at: int, words: Sequence[Word], weight: float) -> None:
        terms = {term for word in words for term in (word.bare, "=" + word.toned)}
        for first, second in pairwise(words):
            terms |= {f"{first.bare} {second.bare}", f"={first.toned} {second.toned}"}
        for term in terms:
            _note(self._postings[term], at, weight)


def is_clear(hits: Sequence[Hit]) -> bool:
    """Whether the first is meant beyond doubt."""
    if not hits or hits[0].covered < ENOUGH:
        return False
    if len(hits) == 1:
        return True
    first, second = hits[0], hits[1]
    return first.exact if first.exact != second.exact else first.score >= CLEAR * second.score


def _note(postings: dict[int, float], at: int, weight: float) -> None:
    if weight > postings.get(at, 0.0):
        postings[at] = weight
