"""A text that somebody typed, read with the words that an index knows: mended, and cut into what must be found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Protocol

from rapidfuzz import process
from rapidfuzz.distance import OSA

from models.rules.search_words import SearchWords
from models.rules.typed_words import Word, decoded, sound, words_of

OTHER_TONE, NO_TONE, ALIKE = 0.6, 0.7, 0.55  # how much it is worth when the word differs only in this
SLIP = {3: 0.5, 4: 0.7, 5: 0.75}  # one wrong key, by the length of the word; in a shorter one it is another word
TWO_SLIPS, LONG = 0.6, 8
MOST_SLIPS, MOST_MENDED = 3, 8  # candidates for one word; words of one text
LONGEST_JOINED = 5  # words written as one
PAIR = 0.6  # what two words in a row are worth beside the two words


Spellings = Sequence[tuple[str, float]]


class Lexicon(Protocol):
    """The words of an index. A word with its marks stands there as "=" and the word; two in a row with a blank."""

    words: SearchWords

    def frequency(self, term: str) -> int: ...
    def worth(self, term: str) -> float: ...
    def long_as(self, length: int) -> Sequence[str]: ...
    def alike(self, key: str) -> Sequence[str]: ...
    def is_name(self, words: Sequence[Word]) -> bool: ...


@dataclass(frozen=True, slots=True)
class Slot:
    """Something to be found: the terms that would do, each with how well, and what it is worth when found.

    `alone`: a single word, which counts when asking how much of the text was found.
    """

    worth: float
    ways: tuple[tuple[str, float], ...]
    alone: bool


@dataclass(frozen=True, slots=True)
class Query:
    """`words`: what is looked for in order, each as its best spelling; `said`: with the words that say nothing."""

    said: tuple[Word, ...]
    words: tuple[Word, ...]
    slots: tuple[Slot, ...]


def read_query(text: str, lexicon: Lexicon) -> list[Query]:
    """The text as it stands and, where it holds short or other names, as what they mean; none for mere numbers."""
    words = words_of(text)
    if all(word.bare.isdigit() for word in words):
        return []
    mended = tuple(_mended(words, lexicon))
    reader = _Reader(lexicon, any(word.marked for word in words))
    queries = [reader.query(reading) for reading in lexicon.words.readings(mended)]
    return [query for query in queries if query.words or lexicon.is_name(query.said)]


def _mended(words: Sequence[Word], lexicon: Lexicon) -> Iterator[Word]:
    """Words written apart joined, written as one parted, and keys of an input method read."""
    at = 0
    while at < len(words):
        joined = _joined(words[at : at + 3], lexicon)
        if joined:
            yield joined[0]
            at += joined[1]
            continue
        yield from _parted(words[at], lexicon)
        at += 1


def _joined(words: Sequence[Word], lexicon: Lexicon) -> tuple[Word, int] | None:
    for length in range(len(words), 1, -1):
        bare = "".join(word.bare for word in words[:length])
        strange = any(len(word.bare) == 1 or not _is_known(word, lexicon) for word in words[:length])
        if strange and len(bare) >= 4 and lexicon.frequency(bare):
            return Word(bare, bare), length
    return None


def _parted(word: Word, lexicon: Lexicon) -> Sequence[Word]:
    if _is_known(word, lexicon):
        return (word,)
    meant = decoded(word)
    if meant and _is_known(meant, lexicon) and (meant.bare.isalpha() and _fits(meant, word, lexicon)):
        return (meant,)
    letters = word.bare.rstrip("0123456789")
    if letters and letters != word.bare and lexicon.frequency(letters):
        number = word.bare[len(letters) :]
        return (Word(letters, letters), Word(number, number))
    return _chain(word.bare, lexicon) or (word,)


def _fits(meant: Word, typed: Word, lexicon: Lexicon) -> bool:
    """Keys that are digits may be numbers: "muc2" is no word with that tone."""
    return typed.bare.isalpha() or lexicon.frequency("=" + meant.toned) > 0 or meant.toned in lexicon.words.silent


def _chain(letters: str, lexicon: Lexicon, before: str = "", most: int = LONGEST_JOINED) -> tuple[Word, ...]:
    """The letters as known words of which each follows the one before somewhere."""
    for length in range(len(letters) if before else len(letters) - 1, 1, -1):
        first, rest = letters[:length], letters[length:]
        first = first[:-1] + "i" if first.endswith("y") and lexicon.frequency(first[:-1] + "i") else first
        if not lexicon.frequency(f"{before} {first}" if before else first):
            continue
        if not rest:
            return (Word(first, first),)
        if most > 1 and (others := _chain(rest, lexicon, first, most - 1)):
            return (Word(first, first), *others)
    return ()


def _is_known(word: Word, lexicon: Lexicon) -> bool:
    bare = word.bare
    return lexicon.frequency(bare) > 0 or bare in lexicon.words.silent_bare or (bare,) in lexicon.words.same


class _Reader:
    def __init__(self, lexicon: Lexicon, marked: bool) -> None:
        self.lexicon = lexicon
        self.marked = marked  # somebody who types marks means a word without any
        self.mended: dict[str, Spellings] = {}

    def query(self, words: Sequence[Word]) -> Query:
        kept = [words[at] for at in range(len(words)) if not self._says_nothing(words, at)]
        spelled = [self._spellings(word) for word in kept]
        slots = [self._alone(word, ways) for word, ways in zip(kept, spelled, strict=True)]
        both = zip(pairwise(kept), pairwise(spelled), strict=True)
        slots += [slot for words_, ways in both if (slot := self._pair(*words_, *ways))]
        return Query(tuple(words), self._best(kept, spelled), tuple(dict.fromkeys(slots)))

    def _best(self, words: Sequence[Word], spelled: Sequence[Spellings]) -> tuple[Word, ...]:
        """Each word as it is most likely meant beside the others."""
        best: list[Word] = []
        for at, (word, ways) in enumerate(zip(words, spelled, strict=True)):
            after = spelled[at + 1] if at + 1 < len(words) else []
            near = [(each.bare, "") for each in best[-1:]] + [("", bare) for bare, _ in after]
            bare, _ = max(ways, key=lambda way: way[1] + self._is_usual(way[0], near))
            best.append(word if bare == word.bare else Word(bare, bare))
        return tuple(best)

    def _is_usual(self, bare: str, near: Sequence[tuple[str, str]]) -> bool:
        pairs = (f"{before} {bare}" if before else f"{bare} {after}" for before, after in near)
        return any(self.lexicon.frequency(pair) for pair in pairs)

    def _says_nothing(self, words: Sequence[Word], at: int) -> bool:
        """A word that says nothing may be another one without its marks: beside its usual neighbour it is."""
        word = words[at]
        if not self.lexicon.words.says_nothing(word):
            return False
        if word.marked:
            return True
        own = self._forms(words, at)
        before, after = (self._forms(words, each, telling=True) for each in (at - 1, at + 1))
        pairs = [*product(before, own), *product(own, after)]
        return not any(self._belong(first, second) for first, second in pairs)

    def _belong(self, first: str, second: str) -> bool:
        """Whether one of the two often stands beside the other."""
        rarer = min(self.lexicon.frequency(first), self.lexicon.frequency(second))
        return 0 < rarer <= 4 * self.lexicon.frequency(f"{first} {second}")

    def _forms(self, words: Sequence[Word], at: int, telling: bool = False) -> Sequence[str]:
        if not 0 <= at < len(words) or (telling and self.lexicon.words.says_nothing(words[at])):
            return ()
        return [bare for bare, _ in self._spellings(words[at])]

    def _spellings(self, word: Word) -> Spellings:
        """The known words that may be meant, the likeliest first; the word itself when none is."""
        bare, known = word.bare, self.lexicon.frequency(word.bare) > 0
        heard = [(each, ALIKE) for each in self.lexicon.alike(sound(bare)) if each != bare]
        if known:
            return [(bare, 1.0), *heard[:2]]
        if bare not in self.mended:
            slips = self._slips(word) if len(self.mended) < MOST_MENDED else []
            slips = sorted({**dict(slips), **dict(heard)}.items(), key=lambda way: -way[1])
            self.mended[bare] = slips[:MOST_SLIPS] or [(bare, 1.0)]
        return self.mended[bare]

    def _slips(self, word: Word) -> list[tuple[str, float]]:
        bare = word.bare
        if len(bare) < min(SLIP) + word.marked or not bare.isascii():  # with its marks a short word is meant as it is
            return []
        most = 2 if len(bare) >= LONG else 1
        near = [
            each for length in range(len(bare) - most, len(bare) + most + 1) for each in self.lexicon.long_as(length)
        ]
        found = process.extract(bare, near, scorer=OSA.distance, score_cutoff=most, limit=MOST_SLIPS, processor=None)
        one = SLIP[min(len(bare), max(SLIP))]
        return [(each, one if distance < 2 else TWO_SLIPS) for each, distance, _ in found]

    def _alone(self, word: Word, spelled: Spellings) -> Slot:
        ways = [way for bare, quality in spelled for way in self._toned(word, bare, quality)]
        worth = max(self.lexicon.worth(term) for term, _ in ways)
        return Slot(worth, tuple(ways), alone=True)

    def _toned(self, word: Word, bare: str, quality: float) -> list[tuple[str, float]]:
        if bare != word.bare or not self.marked:
            return [(bare, quality)]
        exact = "=" + word.toned
        looser = OTHER_TONE if word.marked else NO_TONE
        return [(exact, quality), (bare, quality * looser)] if self.lexicon.frequency(exact) else [(bare, looser)]

    def _pair(self, first: Word, second: Word, before: Spellings, after: Spellings) -> Slot | None:
        found = [(f"{one} {two}", quality * other) for (one, quality), (two, other) in product(before, after)]
        ways = [(term, quality) for term, quality in found if self.lexicon.frequency(term)]
        if not ways:
            return None
        worth = max(self.lexicon.worth(term) for term, _ in ways) * PAIR
        exact = f"={first.toned} {second.toned}"
        if self.marked and self.lexicon.frequency(exact):
            ways = [(exact, 1.0), *((term, quality * OTHER_TONE) for term, quality in ways)]
        return Slot(worth, tuple(ways), alone=False)
