"""Numbers as people type them: a value nobody doubts, one to ask about, or a refusal. Never a silent guess."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from models.rules import Refusal
from models.rules.folding import clean, fold, has_hidden, shorten
from models.rules.number_marks import joined, read_marks
from models.rules.number_units import MONEY_UNITS, is_courtesy, is_usual, without_courtesy
from models.rules.number_words import DIGITS, SCALE_WORDS, number_word, read_words

MAX_DIGITS = 12  # whole digits: a national total in dong still fits
MAX_FRACTION = 6
_LONGEST = 200  # characters: an answer longer than this is not one number
_LONGEST_DIGITS = 24  # of one group of digits, so that decimal arithmetic stays exact

_BLANKS = re.compile(r"[^\S\n]+")
_TYPED_DIGITS = str.maketrans(
    {0xFF10 + digit: str(digit) for digit in range(10)}
    | {0xFF0C: ",", 0xFF0E: ".", 0xFF0D: "-", 0x2212: "-", 0x2013: "-", 0x2014: "-"}
)
_TOKEN = re.compile(r"[0-9]+(?:[., ][0-9]+)*|[^\W\d_]+|\S")
_NOTHING = re.compile(r"(?:da |vang )?(?:khong|ko|k|hok|chua)(?: co)?(?: phat sinh| ai| gi)?(?: a)?")
_ABOUT_IN_FULL = ("c\u1ee1", "t\u1ea7m")  # without marks these are "have" and "eight"
_SOME_IN_FULL = "m\u1ea5y"  # without its mark it is a machine
_ABOUT_BEFORE = re.compile(
    r"(?:^|.* )(?:khoang|gan|hon|tren|duoi|chung|do|ngot|xap xi|uoc|vai|may|nhieu|it nhat|toi da|toi thieu|dam"
    "|hang|ca|tam|[~<>\u2248\u2264\u2265\u00b1])[ =:]*"
)
_ABOUT_AFTER = re.compile(r"(?:\+|hon|tro len|tro xuong|tro lai|do lai|do len|\.\.\.|\u2026)(?: .*)?")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a typed number means.

    When not `sure`, ask "did you mean `value`?" first and offer `alternatives` (the other values it may mean)
    beside it. `unit` is the word typed behind the number, as typed.
    """

    value: Decimal
    sure: bool
    alternatives: tuple[Decimal, ...] = ()
    unit: str = ""


def read_number(
    text: str,
    *,
    whole: bool,
    money: bool = False,
    max_digits: int = MAX_DIGITS,
    asked_unit: str | None = None,
) -> Reading:
    """Read one number of zero or more.

    `whole`: no fraction is wanted. `money`: an amount in dong. `max_digits`: whole digits allowed.
    `asked_unit`: the unit of the question; another unit typed behind the number is asked about.
    Raises `Refusal` with `number.not_a_number`, `.whole_needed`, `.negative`, `.too_large`, `.too_precise`,
    `.range`, `.approximate`, `.several` or `.grouping`; values `text` (as typed, shortened) and `suggestion`
    (a number as we write it, or nothing).
    """
    typed = _Typed.of(text)
    if _NOTHING.fullmatch(fold(typed.plain)):
        return Reading(Decimal(0), sure=False)
    typed.refuse_what_is_no_number()
    reading = _read(typed, whole=whole, money=money, asked_unit=asked_unit)
    values = _fitting((reading.value, *reading.alternatives), typed, whole=whole, max_digits=max_digits)
    return Reading(values[0], reading.sure and not typed.hidden and len(values) == 1, values[1:], reading.unit)


def format_number(value: Decimal | int) -> str:
    """The number as Vietnamese people write it: "1.234", "1.234,5"."""
    whole, _, fraction = format(Decimal(value), "f").partition(".")
    grouped = f"{Decimal(whole):,}".replace(",", ".")
    fraction = fraction.rstrip("0")
    return f"{grouped},{fraction}" if fraction else grouped


def far_from(
    value: Decimal | int,
    last: Decimal | int | None,
    *,
    share: Decimal = Decimal("0.5"),
    times: int = 10,
    least: Decimal | int = 5,
) -> bool:
    """Whether a value is so far from last period's that it is worth one question.

    `share`: a change above this part of the last value is far (0.5: the form asks again above 50 %).
    `times`: a value this many times larger or smaller is far even where a form sets `share` wide, for it is a
    slipped digit. `least`: differences below it are never asked: a small team goes from 1 to 3 in a month.
    After nothing (None) no value is far; after zero every value from `least` up is.
    """
    if last is None:
        return False
    difference = abs(Decimal(value) - Decimal(last))
    if difference == 0 or difference < least:
        return False
    low, high = sorted((Decimal(value), Decimal(last)))
    return difference > share * abs(Decimal(last)) or high >= times * low


@dataclass(frozen=True, slots=True)
class _Typed:
    """The typed text: `plain` has single blanks and ASCII digits, `shown` is what a refusal quotes."""

    plain: str
    shown: str
    hidden: bool

    @classmethod
    def of(cls, text: str) -> _Typed:
        shown = shorten(clean(text), 40)
        rows = [row for row in re.split(r"[\t\n\r\v\f\x85\u2028\u2029]+", text.translate(_TYPED_DIGITS)) if clean(row)]
        if len([row for row in rows if re.search("[0-9]", row)]) > 1:  # cells or lines pasted together
            raise Refusal("number.several", text=shown, suggestion="")
        plain = _BLANKS.sub(" ", clean(" ".join(rows)))
        if not plain or len(plain) > _LONGEST:
            raise Refusal("number.not_a_number", text=shown, suggestion="")
        return cls(plain, shown, has_hidden(text))

    def refuse(self, moment: str, suggestion: str = "") -> Refusal:
        return Refusal(f"number.{moment}", text=self.shown, suggestion=suggestion)

    def refuse_what_is_no_number(self) -> None:
        if any(
            char.isnumeric() and not "0" <= char <= "9" for char in self.plain
        ):  # other scripts, exponents, fractions
            raise self.refuse("not_a_number")
        if re.match(r"-\s?[0-9]|(?:am|tru) [0-9]", fold(self.plain)):
            raise self.refuse("negative")
        if any(
            len(re.sub("[^0-9]", "", group)) > _LONGEST_DIGITS for group in re.findall("[0-9][0-9., ]*", self.plain)
        ):
            raise self.refuse("too_large")


@dataclass(frozen=True, slots=True)
class _Parts:
    """A text cut around its number: what stands before, its words or digits, what stands behind."""

    before: str
    words: tuple[str, ...]
    after: str

    @property
    def spoken(self) -> bool:
        return len(self.words) > 1 or not self.words[0][0].isdigit()


def _read(typed: _Typed, *, whole: bool, money: bool, asked_unit: str | None) -> Reading:
    parts = _cut(typed)
    values, sure = _values(parts, typed, whole=whole)
    _refuse_more_numbers(parts, typed)
    _refuse_about(parts, values, typed)
    unit = _unit(parts, values, typed)
    usual = is_usual(unit, asked_unit, whole=whole, money=money)
    named = parts.words[0].isalpha() and not is_courtesy(parts.before) and fold(parts.before) != "co"
    if named or (not usual and (parts.spoken or len(unit.split()) > 6)):  # it only sounds like a number: "tu van"
        raise typed.refuse("not_a_number", "" if parts.spoken else format_number(values[0]))
    if not usual and parts.after[:1].isalpha() and fold(unit) not in MONEY_UNITS:  # "1O": a slip, not a unit
        raise typed.refuse("not_a_number")
    if money and sure and 0 < values[0] < 1000 and not unit:  # "500" in money is mostly 500 thousand
        values, sure = (values[0], values[0] * 1000), False
    return Reading(values[0], sure and usual and is_courtesy(parts.before), values[1:], unit)


def _cut(typed: _Typed) -> _Parts:
    tokens = list(_TOKEN.finditer(typed.plain))
    words = [token[0] if token[0][0].isdigit() else number_word(token[0]) for token in tokens]
    for index, word in enumerate(words[:-1]):  # "about 50" typed without marks looks like "eight 50"
        if word == "tam" and words[index + 1][:1].isdigit():
            words[index] = ""
    digits = next((index for index, word in enumerate(words) if word[:1].isdigit()), None)
    first = digits if digits is not None else next((index for index, word in enumerate(words) if word), None)
    if first is None:
        raise typed.refuse("approximate" if _ABOUT_BEFORE.fullmatch(fold(typed.plain) + " ") else "not_a_number")
    last = first + 1
    if digits is None or (last < len(words) and words[last] in SCALE_WORDS | {"ruoi"}):
        while last < len(words) and words[last]:
            last += 1
    start, end = tokens[first].start(), tokens[last - 1].end()
    return _Parts(typed.plain[:start], tuple(words[first:last]), typed.plain[end:])


def _values(parts: _Parts, typed: _Typed, *, whole: bool) -> tuple[tuple[Decimal, ...], bool]:
    if len(parts.words) == 1 and parts.words[0][0].isdigit():
        digits = parts.words[0]
        values, sure = read_marks(digits, whole=whole)
        if not values:
            looks_like_two = " " in digits and all(read_marks(group, whole=False)[0] for group in digits.split())
            raise (
                typed.refuse("several") if looks_like_two else typed.refuse("grouping", format_number(joined(digits)))
            )
        return values, sure
    values = read_words(parts.words)
    if not values:
        neighbours = zip(parts.words, parts.words[1:], strict=False)
        raise typed.refuse("range" if any(a in DIGITS and b in DIGITS for a, b in neighbours) else "several")
    return values, False


def _refuse_about(parts: _Parts, values: tuple[Decimal, ...], typed: _Typed) -> None:
    around = f"{parts.before} {parts.after}".lower().split()
    about = any(word in _ABOUT_IN_FULL for word in around) or parts.after.lower().split()[:1] == [_SOME_IN_FULL]
    if about or _ABOUT_BEFORE.fullmatch(fold(parts.before) + " ") or _ABOUT_AFTER.fullmatch(fold(parts.after)):
        raise typed.refuse("approximate", "" if parts.spoken else format_number(values[0]))


def _refuse_more_numbers(parts: _Parts, typed: _Typed) -> None:
    after = fold(parts.after)
    joins = re.match(r"(?:-|~|den|toi|va|hoac|hay|,|;|/|\+|&)(?= |[0-9]|$)", after)
    in_words = joins is not None and any(number_word(word) for word in parts.after.split())
    if not in_words and not re.search("[0-9]", after):
        return
    if joins is None and not parts.after[:1].isspace():  # "0x10", "1e9", "1_000"
        raise typed.refuse("not_a_number")
    two = len(re.findall(r"[0-9][0-9.,]*", after)) <= 1
    raise typed.refuse("range" if two and re.match("[-~]|den |toi ", after) else "several")


def _unit(parts: _Parts, values: tuple[Decimal, ...], typed: _Typed) -> str:
    if re.search(r"[^\s:=]$", parts.before):  # "A12", ",5": a code or a slip, not a count
        raise typed.refuse("not_a_number")
    spelled = re.match(r"\(([^()]*)\)\s*(.*)", parts.after.strip())
    if spelled and (again := read_words(fold(spelled[1]).split())):  # "12 (muoi hai) nguoi", as in official papers
        if values[0] not in again:
            raise typed.refuse("several")
        return without_courtesy(spelled[2])
    return without_courtesy(parts.after)


def _fitting(values: tuple[Decimal, ...], typed: _Typed, *, whole: bool, max_digits: int) -> tuple[Decimal, ...]:
    """The values the question can take; refuses when the likeliest one is none of them."""
    if any(value >= Decimal(10) ** max_digits for value in values[:1]):
        raise typed.refuse("too_large")
    whole_values = tuple(value.to_integral_value() for value in values if value == value.to_integral_value())
    if whole:
        if not whole_values:
            raise typed.refuse("whole_needed")
        return whole_values
    if any(value != round(value, MAX_FRACTION) for value in values[:1]):
        raise typed.refuse("too_precise", format_number(round(values[0], MAX_FRACTION)))
    return values
