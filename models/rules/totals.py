"""Adding up answers over periods and over units: what is missing is told, never counted as zero."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from models.rules.forms import Indicator, Value

NOTHING = Value()


@dataclass(frozen=True, slots=True)
class Total:
    """What some answers come to.

    `value`: the number to show, for a rate in percent; None when nothing was answered or a rate is of 0.
    `number`, `of`: the raw numbers behind it (`of` only for a rate). `counted` answers went in, `missing`
    did not.
    `as_of`: the period a last value is from; "" for anything else.
    """

    value: Decimal | None
    number: Decimal | None
    of: Decimal | None
    counted: int
    missing: int
    as_of: str = ""

    @property
    def is_complete(self) -> bool:
        return self.missing == 0


def add_up(indicator: Indicator, values_by_period: Mapping[str, Value]) -> Total:
    """One unit's answers over periods. The keys are periods whose names sort in time ("2026-09", "2026-10").

    A sum adds those that are there; a last value is that of the latest period that has one. A rate is of the
    sums of its two raw numbers, or, where the indicator says `over_time: last`, of those of the latest period
    that has both.
    """
    known = {key: value for key, value in sorted(values_by_period.items()) if indicator.is_whole(value)}
    missing = len(values_by_period) - len(known)
    if indicator.adds == "sum" or indicator.over_time == "sum" or not known:
        return _of_sums(indicator, known.values(), missing)
    latest = max(known)
    last = _of_sums(indicator, [known[latest]], 0)
    return Total(last.value, last.number, last.of, len(known), missing, as_of=latest)


def total_over_units(indicator: Indicator, values: Iterable[Value | None]) -> Total:
    """Several units' answers for the same time: sums, and for a rate the rate of the sums, in whatever order.

    None is a unit that filed nothing. A rate with one of its numbers missing is missing whole: half of it
    would move the rate of the others.
    """
    all_values = [value or NOTHING for value in values]
    known = [value for value in all_values if indicator.is_whole(value)]
    return _of_sums(indicator, known, len(all_values) - len(known))


def _of_sums(indicator: Indicator, known: Iterable[Value], missing: int) -> Total:
    """The total of answers that are all whole."""
    values = list(known)
    if not values:
        return Total(None, None, None, 0, missing)
    number = sum((value.number for value in values if value.number is not None), Decimal(0))
    if not indicator.is_rate:
        return Total(number, number, None, len(values), missing)
    of = sum((value.of for value in values if value.of is not None), Decimal(0))
    rate = number * 100 / of if of else None
    return Total(rate, number, of, len(values), missing)
