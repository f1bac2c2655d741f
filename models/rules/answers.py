"""One typed answer to one indicator: what it means, and whether it is worth a question before it is kept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import Literal

from models.rules import Refusal
from models.rules.folding import clean, shorten
from models.rules.forms import Indicator, Outliers, Value
from models.rules.numbers import Reading, far_from, format_number, read_number

MOST_OFFERED = 3  # alternatives on one screen
_PARTS = re.compile(r"(.+?)\s*(?:/|\btr\u00ean\b|\btren\b)\s*(.+)", re.IGNORECASE | re.DOTALL)

Doubt = Literal["", "far", "over"]


@dataclass(frozen=True, slots=True)
class Understood:
    """What was typed can mean `options`, likeliest first; `sure` when there is nothing to ask."""

    options: tuple[Value, ...]
    sure: bool

    @property
    def value(self) -> Value:
        return self.options[0]


def understand(text: str, indicator: Indicator, numerator: Decimal | None = None) -> Understood:
    """Read an answer. For a rate "45/60" is whole at once, "45" is its first number, and with `numerator` its second.

    Raises the refusals of `numbers.read_number`, and report.too_large(text, most), report.zero_denominator.
    """
    if not indicator.is_rate:
        reading = _read(text, indicator, indicator.unit)
        return _understood([_values(reading, indicator, text)], reading.sure)
    parts = _PARTS.fullmatch(clean(text))
    if parts:
        first, second = _read(parts[1], indicator, None), _read(parts[2], indicator, None)
        found = [_values(first, indicator, text), _values(second, indicator, text)]
        return _understood(found, first.sure and second.sure)
    reading = _read(text, indicator, None)
    values = _values(reading, indicator, text)
    return _understood([values] if numerator is None else [(numerator,), values], reading.sure)


def doubt(value: Value, last: Value | None, outliers: Outliers) -> Doubt:
    """Why a value is asked about once: `over` a part larger than its whole, `far` from the last period's."""
    if value.number is not None and value.of is not None and value.number > value.of:
        return "over"
    if value.number is None or last is None or last.number is None:
        return ""
    share = Decimal(outliers.percent) / 100
    pairs = [(value.number, last.number)]
    if value.of is not None and last.of is not None:
        pairs.append((value.of, last.of))
    return "far" if any(far_from(new, old, share=share, times=outliers.times) for new, old in pairs) else ""


def is_half(value: Value, indicator: Indicator) -> bool:
    """Whether the second number of a rate is still to be asked."""
    return indicator.is_rate and value.number is not None and value.of is None


def is_reason(text: str, refused: bool) -> bool:
    """Whether what was typed at "is that right?" is a reason, not another number. `refused`: it reads as none."""
    words = len(re.findall(r"[^\W\d_]+", clean(text)))
    return words >= 2 if refused else words >= 3 and any(letter.isdecimal() for letter in text)


def is_reason_for(text: str, indicator: Indicator) -> bool:
    """The same for what was typed about a doubted value of this question."""
    try:
        understand(text, indicator)
    except Refusal:
        return is_reason(text, refused=True)
    return is_reason(text, refused=False)


def _read(text: str, indicator: Indicator, unit: str | None) -> Reading:
    return read_number(text, whole=True, asked_unit=unit)


def _values(reading: Reading, indicator: Indicator, text: str) -> tuple[Decimal, ...]:
    fitting = tuple(
        each for each in (reading.value, *reading.alternatives) if not indicator.max or each <= indicator.max
    )
    if not fitting:
        raise Refusal("report.too_large", text=shorten(clean(text), 40), most=format_number(indicator.max))
    return fitting


def _understood(numbers: list[tuple[Decimal, ...]], sure: bool) -> Understood:
    if len(numbers) == 1:
        options = [Value(number) for number in numbers[0]]
    else:
        options = [Value(number, of) for number, of in product(*numbers)]
    if all(each.of == 0 for each in options):
        raise Refusal("report.zero_denominator")
    kept = tuple(each for each in options if each.of != 0)[:MOST_OFFERED]
    return Understood(kept, sure and len(kept) == 1)
