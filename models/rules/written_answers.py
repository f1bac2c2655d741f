"""A typed answer to a question of any type: a number, words, a day, what was chosen from a list."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from models.rules import Refusal
from models.rules.answers import MOST_OFFERED, Understood, understand
from models.rules.dates import read_date
from models.rules.folding import clean, fold, shorten
from models.rules.indicators import Choice, Indicator, Value
from models.rules.reports import LONGEST_SENTENCE, sentence

_BETWEEN = re.compile(r"[,;\n+]|\bva\b|\bv\u00e0\b", re.IGNORECASE)
_SHORTEST_PART = 3  # letters of a label that may stand for it


def read_answer(text: str, indicator: Indicator, today: date, numerator: Decimal | None = None) -> Understood:
    """What was typed at a question, likeliest first.

    Raises what `answers.understand`, `dates.read_date` and `reports.sentence` raise, Refusal
    report.no_such_choice(text, example) and report.photo_only.
    """
    match indicator.type:
        case "text":
            return Understood((Value(text=sentence(text, LONGEST_SENTENCE)),), True)
        case "date":
            reading = read_date(text, today=today)
            return Understood((Value(text=reading.value.isoformat()),), reading.sure)
        case "select_one":
            return _one_of(text, indicator)
        case "select_multiple":
            return _some_of(text, indicator)
        case "image" | "list" | "note" | "calculate":
            raise Refusal("report.photo_only", label=indicator.short_label)
    return understand(text, indicator, numerator)


def chosen_text(codes: Sequence[str], indicator: Indicator) -> str:
    """The chosen codes as an answer keeps them: in the order of the form, each once."""
    return " ".join(each.code for each in indicator.choices if each.code in codes)


def _one_of(text: str, indicator: Indicator) -> Understood:
    found = _meant(text, indicator.choices)
    if not found:
        raise _no_such(text, indicator)
    sure = len(found) == 1 and _is_named(text, found[0], indicator.choices)
    return Understood(tuple(Value(text=each.code) for each in found[:MOST_OFFERED]), sure)


def _some_of(text: str, indicator: Indicator) -> Understood:
    """Several, parted by commas; each must be named without doubt, for a list is not asked about twice."""
    whole = _meant(text, indicator.choices)
    if len(whole) == 1 and _is_named(text, whole[0], indicator.choices):
        return Understood((Value(text=whole[0].code),), True)
    codes = []
    for part in (clean(each) for each in _BETWEEN.split(_between_numbers(text))):
        found = _meant(part, indicator.choices)
        if part and len(found) != 1:
            raise _no_such(part, indicator)
        codes += [each.code for each in found]
    if not codes:
        raise _no_such(text, indicator)
    return Understood((Value(text=chosen_text(codes, indicator)),), True)


def _between_numbers(text: str) -> str:
    """ "1 3 4" names three places in the list."""
    return ",".join(text.split()) if re.fullmatch(r"[0-9]{1,2}(?:\s+[0-9]{1,2})+", text.strip()) else text


def _meant(text: str, choices: Sequence[Choice]) -> list[Choice]:
    """The choices a text may mean: the one it names, else those whose label it is a part of."""
    typed = fold(text).strip(" .")
    named = [each for each in choices if _is_named(text, each, choices)]
    if named:
        return named[:1]
    long_enough = sum(letter.isalpha() for letter in typed) >= _SHORTEST_PART
    return [each for each in choices if long_enough and typed in fold(each.label)]


def _is_named(text: str, choice: Choice, choices: Sequence[Choice]) -> bool:
    """By its label, its code, or its place in the list (from 1)."""
    typed = fold(text).strip(" .")
    if typed in (fold(choice.label), choice.code.casefold()):
        return True
    codes = [each.code.casefold() for each in choices]
    return typed.isdecimal() and typed not in codes and typed == str(codes.index(choice.code.casefold()) + 1)


def _no_such(text: str, indicator: Indicator) -> Refusal:
    return Refusal("report.no_such_choice", text=shorten(clean(text), 40), example=indicator.choices[0].label)
