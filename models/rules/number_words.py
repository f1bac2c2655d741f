"""Numbers in Vietnamese words, with or without digits among them: "hai muoi mot", "1 nghin 2", "1tr2".

All words are folded: people type them with and without diacritics. What comes out is always confirmed with
the person, because folding joins words that differ ("ba" is three or a grandmother) and speech drops small parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from models.rules.folding import fold
from models.rules.number_marks import read_marks

Values = tuple[Decimal, ...]

DIGITS = {
    "khong": 0, "mot": 1, "hai": 2, "ba": 3, "bon": 4, "tu": 4, "nam": 5, "lam": 5, "nham": 5,
    "sau": 6, "bay": 7, "tam": 8, "chin": 9,
}  # fmt: skip
SCALES: tuple[tuple[frozenset[str], int], ...] = (
    (frozenset({"ty", "ti"}), 1_000_000_000),
    (frozenset({"trieu", "tr"}), 1_000_000),
    (frozenset({"nghin", "ngan", "k"}), 1_000),
    (frozenset({"tram"}), 100),
    (frozenset({"ta"}), 12),
    (frozenset({"chuc", "muoi"}), 10),
)
SCALE_WORDS = frozenset[str]().union(*(words for words, _ in SCALES))
_AND = frozenset({"linh", "le"})  # "hai tram linh nam": the tens are empty, said aloud
_AFTER_TENS = frozenset({"mot", "lam", "nham", "tu"})  # "hai mot" is 21: forms that only follow tens
WORDS = SCALE_WORDS | DIGITS.keys() | _AND | {"ruoi", "nua"}
# The same words in full. With other marks it is another word: "station" is no hundred, "from" is no four.
_IN_FULL = frozenset({
    "kh\u00f4ng", "m\u1ed9t", "m\u1ed1t", "b\u1ed1n", "t\u01b0", "n\u0103m", "l\u0103m", "nh\u0103m",
    "s\u00e1u", "b\u1ea3y", "b\u1ea9y", "t\u00e1m", "ch\u00edn", "t\u1ef7", "t\u1ec9", "tri\u1ec7u",
    "ngh\u00ecn", "ng\u00e0n", "tr\u0103m", "t\u00e1", "ch\u1ee5c", "m\u01b0\u1eddi", "m\u01b0\u01a1i",
    "l\u1ebb", "r\u01b0\u1ee1i", "n\u1eeda",
})  # fmt: skip


def number_word(typed: str) -> str:
    """The folded number word that was typed, or nothing when it is none."""
    folded = fold(typed)
    return folded if folded in WORDS and (typed.isascii() or typed.lower() in _IN_FULL) else ""


def read_words(words: Sequence[str]) -> Values:
    """What folded words and digits mean together, likeliest first; nothing when that is no single number."""
    for names, size in SCALES:
        at = next((index for index, word in enumerate(words) if word in names), None)
        if at is not None:
            return _scaled(words[:at], words[at], size, words[at + 1 :])
    return _small(words)


def _scaled(before: Sequence[str], name: str, size: int, after: Sequence[str]) -> Values:
    if not before and name in ("k", "tr"):  # "k" and "tr" are written behind digits, never said alone
        return ()
    counts = read_words(before) if before else (Decimal(1),)
    rests = _rest(name, size, after)
    found = [count * size + rest for count in counts for rest in rests]
    if name == "muoi" and any(count >= 10 for count in counts):
        return ()
    return tuple(dict.fromkeys(found))


def _rest(name: str, size: int, words: Sequence[str]) -> Values:
    """What follows a scale: "mot nghin hai" is 1200 in speech, "mot nghin linh hai" 1002, "1tr25" 1250000."""
    if not words:
        return (Decimal(0),)
    if list(words) == ["ruoi"]:
        return (Decimal("0.5") if name == "muoi" else Decimal(size) / 2,)
    if words[0] in _AND:
        return tuple(value for value in _small(words[1:]) if value < 10) if size >= 100 else ()
    values = tuple(value for value in read_words(words) if value < size and value == value.to_integral_value())
    if not values or size < 100:
        return values
    return tuple(dict.fromkeys((*_spoken(size, words, values[0]), *values)))


def _spoken(size: int, words: Sequence[str], value: Decimal) -> Values:
    """The larger value that speech means by a short rest: the next smaller scale is left out."""
    if len(words) == 1 and words[0].isdecimal():
        length = len(words[0])
        return (value * size / 10**length,) if 10**length < size else ()
    if len(words) == 1 and words[0] in DIGITS:
        return (value * size / 10,)
    if size >= 1_000_000 and 10 <= value < 1000 and words[0] != "khong":
        return (value * size / 1000,)
    return ()


def _small(words: Sequence[str]) -> Values:
    """A number without any scale word."""
    if len(words) == 1:
        word = words[0]
        if word in DIGITS:
            return (Decimal(DIGITS[word]),)
        if word == "nua":
            return (Decimal("0.5"),)
        return read_marks(word, whole=False)[0]
    if len(words) == 2 and words[1] == "ruoi":
        return tuple(value + Decimal("0.5") for value in _small(words[:1]) if value == value.to_integral_value())
    if len(words) == 2 and words[1] in _AFTER_TENS and DIGITS.get(words[0], 0) >= 2:
        return (Decimal(DIGITS[words[0]] * 10 + DIGITS[words[1]]),)
    return ()
