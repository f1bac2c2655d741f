"""Digits with dots, commas and blanks between them: every value that such a text can mean in Viet Nam.

The dot and the blank group thousands, the comma is the decimal mark; many write it the English way round.
"""

from __future__ import annotations

import re
from decimal import Decimal

_HEAD = "[1-9][0-9]{0,2}"
_PLAIN = re.compile("[0-9]+")
_DOTS = re.compile(rf"{_HEAD}(?:\.[0-9]{{3}})+")
_BLANKS = re.compile(rf"{_HEAD}(?: [0-9]{{3}})+")
_COMMAS = re.compile(rf"{_HEAD}(?:,[0-9]{{3}})+")
_FRACTION = re.compile(
    rf"(?P<head>[0-9]+|{_HEAD}(?:\.[0-9]{{3}})+(?=,)|{_HEAD}(?:,[0-9]{{3}})+(?=\.)|{_HEAD}(?: [0-9]{{3}})+)"
    r"(?P<mark>[.,])(?P<tail>[0-9]+)"
)


def joined(text: str) -> Decimal:
    """The digits of the text as one whole number, whatever stands between them."""
    return Decimal(re.sub("[^0-9]", "", text))


def read_marks(text: str, *, whole: bool) -> tuple[tuple[Decimal, ...], bool]:
    """What the text can mean, likeliest first, and whether that needs no question; nothing if misgrouped.

    With `whole` a value with a fraction may still come back: then the text has no whole reading.
    """
    if _PLAIN.fullmatch(text):
        return (Decimal(text),), text == "0" or not text.startswith("0")
    if _DOTS.fullmatch(text):
        if whole or text.count(".") > 1:
            return (joined(text),), True
        return (joined(text), Decimal(text)), False
    if _BLANKS.fullmatch(text):
        # "100 200" may be two numbers of one size; "1 234" is how one number is written.
        return (joined(text),), re.fullmatch("[0-9]{3} [0-9]{3}", text) is None
    if _COMMAS.fullmatch(text):
        if whole or text.count(",") > 1:
            return (joined(text),), False
        return (Decimal(text.replace(",", ".")), joined(text)), False
    return _read_fraction(text, whole=whole)


def _read_fraction(text: str, *, whole: bool) -> tuple[tuple[Decimal, ...], bool]:
    match = _FRACTION.fullmatch(text)
    if match is None:
        return (), False
    head, mark, tail = match["head"], match["mark"], match["tail"]
    value = Decimal(f"{joined(head)}.{tail}")
    looks_grouped = mark == "." and head.isdigit() and not head.startswith("0") and len(tail) >= 3
    if whole:
        return ((), False) if looks_grouped else ((value,), False)
    if looks_grouped and len(tail) == 3:  # "1234.567": a fraction, or one dot forgotten
        return (value, joined(text)), False
    leading_zero = head.startswith("0") and head != "0"
    return (value,), not leading_zero and "," not in head
