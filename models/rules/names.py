"""Names of people and units as they are kept: one line, in NFC, short enough for every screen, sheet and database."""

from __future__ import annotations

import unicodedata

from models.rules import Refusal
from models.rules.folding import clean, fold, shorten

MOST_GRAPHEMES = 80  # of a name, as a reader counts (reliability F20)
_MARKS = {0x0306: 1, 0x0302: 2, 0x031B: 3}  # breve, circumflex, horn: in the alphabet right behind the bare letter
_TONES = (0x0300, 0x0309, 0x0303, 0x0301, 0x0323)  # in the order of the dictionaries
_BARRED_D = 0x0111  # the one letter that is not a bare one with a mark
Letters = tuple[int, ...]
NameOrder = tuple[tuple[Letters, Letters], ...]
PERSON_ROOM, UNIT_ROOM = 120, 200  # code points the database has room for


def tidy_name(text: str, room: int = PERSON_ROOM) -> str:
    """The name on one line without anything invisible; possibly empty. Never longer than `room` code points."""
    line = shorten(" ".join(clean(text).split()), MOST_GRAPHEMES)
    return clean(line[:room])


def folded_name(name: str, room: int = PERSON_ROOM) -> str:
    """The name for searching; folding may lengthen ("ß" → "ss"), so it is cut to `room` again."""
    return fold(name)[:room].rstrip()


def is_useful_name(name: str) -> bool:
    """Whether a coordinator can tell by it who this is: at least two letters, of whatever script."""
    return sum(unicodedata.category(char).startswith("L") for char in name) >= 2


def is_person_name(name: str) -> bool:
    """Whether somebody may really be called so: "Khách 1" or "Lan 2k5" is how a phone or an account is called."""
    return is_useful_name(name) and not any(char.isdigit() for char in name)


def read_person_name(text: str) -> str:
    """What somebody typed as their own name. Raises Refusal start.name_unclear (`text`) when nobody is called so."""
    name = tidy_name(text)
    if not is_person_name(name):
        raise Refusal("start.name_unclear", text=shorten(name, 40))
    return name


def name_order(name: str) -> NameOrder:
    """Sorts people as Vietnamese lists do: by the given name, which stands last, then from the family name on."""
    words = [_letters(word) for word in name.split()]
    return (*words[-1:], *words[:-1])


def _letters(word: str) -> tuple[Letters, Letters]:
    """The places of the letters in the alphabet; what differs by tone alone stands by the tone."""
    letters: list[int] = []
    tones: list[int] = []
    for point in map(ord, unicodedata.normalize("NFD", word.casefold())):
        if point in _TONES:
            tones.append(_TONES.index(point))
        elif point in _MARKS and letters:
            letters[-1] += _MARKS[point]
        else:
            letters.append(ord("d") * 10 + 1 if point == _BARRED_D else point * 10)
    return tuple(letters), tuple(tones)
