"""Words as people type Vietnamese: with or without marks, marks left as Telex or VNI keys, letters that sound alike."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from models.rules.folding import clean

# Marks as VIQR writes them (RFC 1456): "tru+o+ng`". Unlike the letters, they compare wherever the tone was put.
_SHAPES = {"\u0302": "^", "\u031b": "+", "\u0306": "("}
_TONES = {"\u0301": "'", "\u0300": "`", "\u0309": "?", "\u0303": "~", "\u0323": "."}
_MARKS = re.compile(r"[\^+(\-'`?~.]")
_TOKEN = re.compile(r"[^\W_]+")
_MOST_LETTERS = 40  # longer is no word in any language
_MOST_WORDS = 60  # of one text: what is asked for is said by then

_Y_FOR_I = re.compile(r"^([bcdghklmnprstvx]{1,2}|qu)y(?![a-z])")  # ly and li are two ways to write one word
_VOWELS = frozenset("aeiouy")
_TELEX_TONES = {"s": "'", "f": "`", "r": "?", "x": "~", "j": "."}
_VNI_TONES = {"1": "'", "2": "`", "3": "?", "4": "~", "5": "."}
_VNI_SHAPES = {"6": ("^", "aeo"), "7": ("+", "uo"), "8": ("(", "a")}
_HOOKED = {"a": "(", "o": "+", "u": "+"}
# what is not told apart in speech, in the North or in the South
_SOUNDS = (("ngh", "ng"), ("gh", "g"), ("gi", "d"), ("tr", "ch"), ("x", "s"), ("r", "d"), ("k", "c"), ("q", "c"))


@dataclass(frozen=True, slots=True)
class Word:
    """`bare`: small letters and digits without any mark; `toned`: the same with its marks."""

    bare: str
    toned: str

    @property
    def marked(self) -> bool:
        return self.toned != self.bare


def words_of(text: str) -> tuple[Word, ...]:
    """The words of the text, without what stands between them; at most 60."""
    seen = text if text.isprintable() else clean(text)
    tokens = _TOKEN.findall(unicodedata.normalize("NFC", seen).casefold())
    return tuple(_word(token) for token in tokens[:_MOST_WORDS] if len(token) <= _MOST_LETTERS)


def decoded(word: Word) -> Word | None:
    """The word that these Telex or VNI keys stand for ("ddawng", "d9a8ng"); None when they are nothing but letters."""
    if word.marked or not word.bare.isascii():
        return None
    typed = _Typed()
    for key in word.bare:
        typed.take(key)
    toned = "".join(letter + shape for letter, shape in typed.letters) + typed.tone
    return _of(toned) if toned != word.bare else None


def bare_of(words: Iterable[Word]) -> str:
    return " ".join(word.bare for word in words)


def toned_of(words: Iterable[Word]) -> str:
    return " ".join(word.toned for word in words)


def sound(bare: str) -> str:
    """The same for words that many write for one another: tru and chu, xo and so."""
    for written, heard in _SOUNDS:
        if bare.startswith(written) and len(bare) > len(written):
            return heard + bare[len(written) :]
    return bare


@lru_cache(maxsize=8192)  # a language has few syllables
def _word(token: str) -> Word:
    letters, tone = "", ""
    for char in unicodedata.normalize("NFD", token):
        if char in _TONES:
            tone = _TONES[char]
        elif char in _SHAPES:
            letters += _SHAPES[char]
        elif unicodedata.category(char) != "Mn":
            letters += "d-" if char == "\u0111" else char
    return _of(letters + tone)


def _of(toned: str) -> Word:
    toned = _Y_FOR_I.sub(r"\1i", toned)
    return Word(_MARKS.sub("", toned), toned)


class _Typed:
    """A word growing key by key, as an input method would have made it."""

    def __init__(self) -> None:
        self.letters: list[list[str]] = []
        self.tone = ""

    def take(self, key: str) -> None:
        tone = _TELEX_TONES.get(key) or _VNI_TONES.get(key)
        if tone and any(letter in _VOWELS for letter, _ in self.letters):
            self.tone = tone
        elif not self._shaped(key):
            self.letters.append([key, ""])

    def _shaped(self, key: str) -> bool:
        if key == "w":
            return self._shape("uoa", _HOOKED)
        if key in _VNI_SHAPES:
            mark, on = _VNI_SHAPES[key]
            return self._shape(on, dict.fromkeys(on, mark))
        if key in "aeo":  # the vowel once more, at once or at the end of the word
            return self._shape(key, {key: "^"})
        if key == "9" or (key == "d" and self.letters):
            return self._shape("d", {"d": "-"})
        return False

    def _shape(self, letters: str, marks: dict[str, str]) -> bool:
        at = next((at for at in range(len(self.letters) - 1, -1, -1) if self.letters[at][0] in letters), None)
        if at is None or self.letters[at][1]:
            return False
        letter = self.letters[at][0]
        self.letters[at][1] = marks[letter]
        if letter == "o" and marks[letter] == "+" and at and self.letters[at - 1] == ["u", ""]:
            self.letters[at - 1][1] = "+"
        return True
