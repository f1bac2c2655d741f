"""Skip logic: which questions some answers leave to be asked, and what is worked out from them.

One walk over the form, in its order: an expression looks back only, so that the walk ends and nothing depends on
itself. An answer to a question that is not asked any more counts as missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from models.rules.expression_words import number_of, words_of
from models.rules.expressions import Plain, holds, remembered
from models.rules.folding import clean
from models.rules.forms import Form
from models.rules.indicators import Indicator, Value

LARGEST = Decimal(10**12)
LONGEST = 500  # characters of a text that was worked out

Line = Mapping[str, Value]  # what was answered to each question of a list, once


@dataclass(frozen=True, slots=True)
class Filled:
    """What was answered so far: `lines` of each list, and the day it is."""

    values: Mapping[str, Value]
    lines: Mapping[str, Sequence[Line]]
    today: date


@dataclass(slots=True)
class Course:
    """What the answers make of the form.

    `asked`: the questions, in order. `notes`: what is said just before a question; under "" what comes at the end.
    `calculated`: what is worked out. `known`: every answer as the expressions see it.
    """

    names: frozenset[str]
    today: date
    asked: list[Indicator] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=dict)
    calculated: dict[str, Value] = field(default_factory=dict)
    known: dict[str, Plain] = field(default_factory=dict)

    def is_relevant(self, indicator: Indicator, line: Line | None = None) -> bool:
        return not indicator.relevant or holds(self._of(indicator.relevant, line))

    def breaks(self, indicator: Indicator, value: Value, line: Line | None = None) -> bool:
        """Whether an answer is against the question's constraint; an empty one never is. `line`: a complete one."""
        if not indicator.constraint or value.is_empty:
            return False
        return not holds(self._of(indicator.constraint, line, value))

    def asked_of(self, listing: Indicator, line: Line) -> tuple[Indicator, ...]:
        """The questions of a line that what stands in it leaves to be asked."""
        found: list[Indicator] = []
        seen = complete(listing, {})
        for each in listing.questions:
            if self.is_relevant(each, seen):
                found.append(each)
                seen[each.code] = line.get(each.code, Value())
        return tuple(found)

    def _of(self, text: str, line: Line | None, value: Value | None = None) -> Plain:
        known = self.known if line is None else {**self.known, **{code: plain(one) for code, one in line.items()}}
        expression = remembered(text, self.names, value is not None)
        return expression.value(known, self.today, plain(value) if value is not None else "")

    def take(self, indicator: Indicator, filled: Filled) -> None:
        """Go on over one question."""
        if not self.is_relevant(indicator):
            return
        if indicator.type == "note":
            self.notes.setdefault("", []).append(indicator.label)
        elif indicator.type == "calculate":
            result = _worked_out(self._of(indicator.calculation, None), indicator)
            self.calculated[indicator.code] = result
            self.known[indicator.code] = plain(result)
        else:
            self._ask(indicator, filled)

    def _ask(self, indicator: Indicator, filled: Filled) -> None:
        self.asked.append(indicator)
        if "" in self.notes:
            self.notes[indicator.code] = self.notes.pop("")
        self.known[indicator.code] = plain(filled.values.get(indicator.code))
        if indicator.type == "list":
            lines = filled.lines.get(indicator.code, ())
            self.known[indicator.code] = [Decimal(number + 1) for number in range(len(lines))]
            for each in indicator.questions:
                self.known[each.code] = [plain(line.get(each.code)) for line in lines]


def course(form: Form, kind: str, filled: Filled) -> Course:
    """What these answers make of the form for a unit of that kind."""
    found = Course(form.names, filled.today)
    for each in form.indicators_for(kind):
        found.take(each, filled)
    return found


def complete(listing: Indicator, line: Line) -> dict[str, Value]:
    """The line with a missing answer where nothing was answered."""
    return {each.code: line.get(each.code, Value()) for each in listing.questions}


def is_whole_line(found: Course, listing: Indicator, line: Line) -> bool:
    """Whether everything that is asked of this line was answered or skipped."""
    return all(each.code in line for each in found.asked_of(listing, line))


def counted(found: Course, values: Mapping[str, Value]) -> dict[str, Value]:
    """What of the answers counts: those to questions that are asked, and what is worked out from them."""
    asked = {each.code for each in found.asked}
    return {code: value for code, value in values.items() if code in asked} | found.calculated


def plain(value: Value | None) -> Plain:
    """An answer as the expressions see it; an empty text for a missing one."""
    if value is None:
        return ""
    return value.text if value.number is None else value.number


def dropped(before: Iterable[Indicator], after: Iterable[Indicator], values: Mapping[str, Value]) -> list[Indicator]:
    """The answered questions that an answer has just made needless."""
    still = {each.code for each in after}
    return [
        each for each in before if each.code not in still and each.code in values and not values[each.code].is_empty
    ]


def _worked_out(result: Plain, indicator: Indicator) -> Value:
    if indicator.is_number:
        number = number_of(result)
        if number is None or abs(number) > LARGEST:
            return Value()
        return Value(number.quantize(Decimal("0.001")).normalize() + 0)
    text = words_of(result) if not isinstance(result, bool | list) else ""
    return Value(text=clean(text)[:LONGEST])
