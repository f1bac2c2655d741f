"""Which indicator a piece of somebody's own report is about, and how certain that is."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from functools import lru_cache
from itertools import pairwise, takewhile

from rapidfuzz import fuzz, process

from models.rules.forms import Form, Indicator
from models.rules.pasting_numbers import COMMA, is_month, parts
from models.rules.pasting_units import KNOWN, agreement, unit_of
from models.rules.pasting_words import CONTRARY, COURTESY, ELSEWHEN, FILLER, GENERAL, PART, PLACE, SOFT, TITLES, words

HINT = "?"  # ends a name that is never taken without asking
MOST_STRANGE = 4  # words beside a name that nobody knows: with more, the piece is about something else
_LONGEST_NAME = 80  # characters; no name is longer
_RATE = frozenset({"ti_le", "ty_le"})
_SO_FAR = frozenset({"den_nay", "hien_co"})  # of what adds up over the months, that is more than this month's
_ALIKE = 88  # of 100, rapidfuzz's ratio: a slip of the finger in a whole label


class Certainty(IntEnum):
    """How sure it is that a piece names an indicator."""

    GUESSED = 1  # by a name that needs a question
    NAMED = 2  # by its name, but something beside it raises a doubt
    SURE = 3


@dataclass(frozen=True, slots=True)
class Match:
    """The indicator that a piece names."""

    indicator: Indicator
    certainty: Certainty


@dataclass(frozen=True, slots=True)
class Window:
    """The words around one number: `before` and `after` it, and those of the line above (`inherited`)."""

    before: tuple[str, ...]
    after: tuple[str, ...]
    inherited: tuple[str, ...] = ()

    @property
    def unit(self) -> str:
        """The unit typed right behind the number, or "số lượt …" before it; empty when there is none."""
        if self.after and self.after[0] in KNOWN:
            return self.after[0]
        counted = [second for first, second in pairwise(self.before) if first in ("so", "tong") and second in KNOWN]
        return counted[0] if counted and not self.after else ""

    @property
    def words(self) -> frozenset[str]:
        return frozenset((*self.before, *self.after, *self.inherited))


@dataclass(frozen=True, slots=True)
class _Name:
    indicator: Indicator
    unit: str
    needed: frozenset[str]
    is_hint: bool
    text: str


@dataclass(frozen=True)
class Names:
    """Every name of every indicator of a form, ready to be looked up by any of its words."""

    by_word: dict[str, list[_Name]] = field(default_factory=dict)
    own_words: dict[str, frozenset[str]] = field(default_factory=dict)
    sections: frozenset[str] = frozenset()
    texts: dict[str, list[_Name]] = field(default_factory=dict)

    def match(self, window: Window) -> Match | None:
        """The one indicator that the words around a number name, or None: none, or several alike."""
        here = window.words
        if here & (CONTRARY | ELSEWHEN) or any(map(is_month, here)):
            return None
        found = [(each, self._certainty(each, window)) for each in self._covered(here)]
        graded = [(certainty, len(each.needed), each) for each, certainty in found if certainty is not None]
        if not graded:
            return self._alike(window)
        best = max((certainty, size) for certainty, size, _ in graded)
        codes = {each.indicator.code: each.indicator for certainty, size, each in graded if (certainty, size) == best}
        if len(codes) > 1:
            return None
        return Match(next(iter(codes.values())), best[0])

    def knows(self, word: str) -> bool:
        return word in self.by_word

    def fits(self, context: Collection[str], indicator: Indicator) -> bool:
        """Whether the heading above a piece may stand above this indicator."""
        own = self.own_words[indicator.code] | self.sections | FILLER | SOFT | GENERAL
        is_title = bool(TITLES & set(context))  # with names of places in it, of one syllable each
        others = (each for each in context if self.knows(each) and ("_" in each or (len(each) > 4 and not is_title)))
        if any(each in PART for each in context) or any(each not in own for each in others):
            return False
        narrower = any(not self.knows(each) and each not in own for each in context)  # "hướng dẫn đổi bằng lái:"
        same_thing = any(each not in FILLER and each in self.own_words[indicator.code] for each in context)
        return is_title or not (narrower and same_thing)

    def is_elsewhen(self, context: Collection[str]) -> bool:
        """Whether the heading above a piece says that it is about another time, or about what was not done."""
        return any(each in ELSEWHEN or each in CONTRARY or is_month(each) for each in context)

    def _covered(self, here: frozenset[str]) -> Iterator[_Name]:
        candidates = {id(each): each for word in here for each in self.by_word.get(word, ())}
        return (each for each in candidates.values() if each.needed <= here)

    def _certainty(self, name: _Name, window: Window) -> Certainty | None:
        typed = window.unit
        agrees = agreement(typed, name.unit) if typed and not name.indicator.is_rate else "same"
        if agrees == "other" and typed in name.needed and name.unit not in name.needed:
            agrees = "same"
        if agrees == "other":
            return None
        own = self.own_words[name.indicator.code] | name.needed
        strange = [
            each
            for each in (*window.before, *takewhile(lambda word: word not in PLACE, _polite(window.after)))
            if each not in own and each not in FILLER and each not in SOFT and each != typed
        ]
        strange += [each for each in window.inherited if each not in own | self.sections | GENERAL | KNOWN]
        strange = [each for each in strange if each not in FILLER and each not in SOFT]
        if len(strange) > MOST_STRANGE:
            return None
        odd = (_RATE & window.words and not name.indicator.is_rate) or (
            _SO_FAR & window.words and name.indicator.adds == "sum"
        )
        if name.is_hint or odd:
            return Certainty.GUESSED
        return Certainty.SURE if agrees == "same" and not strange else Certainty.NAMED

    def _alike(self, window: Window) -> Match | None:
        """A name with a slip of the finger in it: worth a question."""
        label = " ".join(each.replace("_", " ") for each in (*window.before, *window.after) if each not in FILLER)
        if window.inherited or not 8 <= len(label) <= _LONGEST_NAME:
            return None
        near = process.extractOne(label, self.texts.keys(), scorer=fuzz.ratio, score_cutoff=_ALIKE)
        if near is None:
            return None
        found = {each.indicator.code: each.indicator for each in self.texts[near[0]]}
        indicator = next(iter(found.values()))
        if len(found) > 1 or (window.unit and agreement(window.unit, unit_of(indicator.unit)) == "other"):
            return None
        return Match(indicator, Certainty.GUESSED)


def _polite(after: tuple[str, ...]) -> tuple[str, ...]:
    """What stands behind a number, without the courtesies at its end."""
    end = len(after)
    while end and after[end - 1] in COURTESY:
        end -= 1
    return after[:end]


@lru_cache(maxsize=8)
def names_of(form: Form) -> Names:
    """The names of a form's numbers: their labels, and what else they are called (`also`)."""
    made = Names(sections=frozenset(word for each in form.sections for word in words(each.label)))
    for indicator in (each for each in form.indicators if each.is_typed_number):
        unit = unit_of(indicator.unit)
        said = {each: _said(each) for each in (indicator.label, indicator.short_label, *indicator.also)}
        plain = [spoken for each, spoken in said.items() if not each.endswith(HINT)]
        made.own_words[indicator.code] = frozenset((unit, *(word for spoken in plain for word in spoken)))
        for each, spoken in said.items():
            needed = frozenset(spoken) - FILLER
            text = " ".join(word.replace("_", " ") for word in spoken if word not in FILLER)
            name = _Name(indicator, unit, needed, each.endswith(HINT), text)
            made.texts.setdefault(text, []).append(name)
            for word in needed:
                made.by_word.setdefault(word, []).append(name)
    return made


def _said(name: str) -> tuple[str, ...]:
    """The words of a name, read as those of a text are."""
    return tuple(each for each in parts(name) if isinstance(each, str) and each != COMMA)
