"""What a search knows of the language: words that say nothing, and names that mean the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from models.rules import Refusal
from models.rules.typed_words import Word, words_of

Words = tuple[Word, ...]
Bare = tuple[str, ...]
MOST_READINGS = 3  # one short form has no more meanings


@dataclass(frozen=True, slots=True)
class SearchWords:
    """`silent`: words that say nothing, with their marks; `same`: by its bare words, a name and what it may mean."""

    silent: frozenset[str] = frozenset()
    same: Mapping[Bare, Sequence[tuple[Words, Words]]] = field(default_factory=dict)
    silent_bare: frozenset[str] = frozenset()
    longest: int = 0

    @classmethod
    def of(cls, silent: Iterable[str], same: Mapping[str, Iterable[str]]) -> SearchWords:
        """From words that say nothing, and from the name that guides use to the other names for it."""
        quiet = {word for text in silent for word in words_of(text)}
        meant: dict[Bare, list[tuple[Words, Words]]] = {}
        for name, others in same.items():
            for other in map(words_of, others):
                meant.setdefault(_bare(other), []).append((other, words_of(name)))
        longest = max(map(len, meant), default=0)
        return cls(frozenset(each.toned for each in quiet), meant, frozenset(each.bare for each in quiet), longest)

    def says_nothing(self, word: Word) -> bool:
        return word.toned in self.silent if word.marked else word.bare in self.silent_bare

    def readings(self, words: Words) -> list[Words]:
        """The words, then what they may mean with every other name replaced; names longest first."""
        found = [words]
        for choice in range(MOST_READINGS):
            read = self._replaced(words, choice)
            if read not in found:
                found.append(read)
        return found

    def _replaced(self, words: Words, choice: int) -> Words:
        read: list[Word] = []
        at = 0
        while at < len(words):
            length, meant = self._meant(words, at)
            read += meant[min(choice, len(meant) - 1)] if meant else words[at : at + 1]
            at += length
        return tuple(read)

    def _meant(self, words: Words, at: int) -> tuple[int, list[Words]]:
        for length in range(min(self.longest, len(words) - at), 0, -1):
            here = words[at : at + length]
            meant = [name for other, name in self.same.get(_bare(here), ()) if _may_be(here, other)]
            if meant:
                return length, meant
        return 1, []


def parse_search_words(data: Any) -> SearchWords:
    """From the plain data of guide_words.yaml. Raises Refusal guide_file.words with `path`."""
    if not isinstance(data, dict) or set(data) != {"silent", "same"}:
        raise Refusal("guide_file.words", path=())
    silent, same = data["silent"], data["same"]
    if not _are_texts(silent):
        raise Refusal("guide_file.words", path=("silent",))
    if not isinstance(same, dict):
        raise Refusal("guide_file.words", path=("same",))
    for name, others in same.items():
        if not _are_texts(others) or not all(map(words_of, (name, *others))):
            raise Refusal("guide_file.words", path=("same", name))
    return SearchWords.of(silent, same)


def _are_texts(data: Any) -> bool:
    return isinstance(data, list) and all(isinstance(each, str) for each in data)


def _bare(words: Iterable[Word]) -> Bare:
    return tuple(each.bare for each in words)


def _may_be(typed: Sequence[Word], name: Sequence[Word]) -> bool:
    """Whether marks, where they were typed, are those of the name."""
    return all(not word.marked or word.toned == other.toned for word, other in zip(typed, name, strict=True))
