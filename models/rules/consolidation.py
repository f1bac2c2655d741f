"""Reports made of reports: which parts count, and what they come to. What is missing is told, never counted as zero.

How many different people stand behind a sum of people cannot be known from sums: whoever was counted by two teams is in
it twice. The sum is offered as what it is.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from models.rules.forms import Indicator, Value
from models.rules.totals import Total, total_over_units
from models.rules.trees import ids_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a report was filed: the path of its unit (see `held_by`), the days of its period, how far below
    it lies.

    `level` 0 is the duty named as the source, 1 the source of that one, and so on.
    """

    path: str
    starts: date
    ends: date
    level: int

    @property
    def unit(self) -> int:
        return ids_of(self.path)[-1]


@dataclass(frozen=True, slots=True)
class Piece:
    """What one part says of one indicator. `left`: its unit was somewhere else at the end of the whole time."""

    place: Place
    value: Value
    left: bool = False


def held_by(then: str, heirs: Collection[int]) -> str:
    """The path of a unit on a day, and in it those who answer for that time now: a commune answers for the whole year
    of one that became part of it.
    """
    ids = ids_of(then)
    later = sorted(set(heirs) - set(ids))
    return f"/{'/'.join(map(str, (*ids[:-1], *later, ids[-1])))}/" if later else then


def is_covered(place: Place, filed: Iterable[Place]) -> bool:
    """Whether a filed report of a nearer level already contains what was reported there and then."""
    above = ids_of(place.path)
    return any(
        each.level < place.level and each.unit in above and each.starts <= place.ends <= each.ends for each in filed
    )


def uncovered(places: Sequence[Place]) -> list[bool]:
    """Of filed reports, which ones are parts: nothing is counted twice, neither by two levels nor for two times."""
    by_unit: dict[int, list[Place]] = {}
    for place in places:
        by_unit.setdefault(place.unit, []).append(place)
    return [
        not is_covered(place, [one for unit in ids_of(place.path) for one in by_unit.get(unit, ())]) for place in places
    ]


def add_parts(indicator: Indicator, pieces: Iterable[Piece]) -> Total:
    """What an indicator comes to over all parts, in whatever order they come.

    A sum adds every part. A last value (and a rate that says `over_time: last`) is, of each unit, the latest one that
    is whole; a later one from a unit above or below it takes its place, for the two speak of the same thing. Whoever
    has left is counted where they are now.
    """
    found = list(pieces)
    if is_summed(indicator):
        return total_over_units(indicator, [piece.value for piece in found])
    found = [piece for piece in found if not piece.left]
    whole = [piece for piece in found if indicator.is_whole(piece.value)]
    empty = {piece.place.unit for piece in found} - {piece.place.unit for piece in whole}
    latest = _latest(whole)
    return total_over_units(indicator, [*(piece.value for piece in latest), *(None for _ in empty)])


def moved(value: Value, old: Value, new: Value) -> Value:
    """What was reported, after its parts changed from `old` to `new`: what the officer added of their own stays."""
    if value.number is None or old.number is None or new.number is None:
        return new
    number = max(value.number + new.number - old.number, new.number * 0)
    if value.of is None or old.of is None or new.of is None:
        return Value(number, value.of)
    return Value(number, max(value.of + new.of - old.of, new.of * 0))


def own_part(value: Value | None, total: Value | None) -> Value | None:
    """How far a reported number lies from the sum of its parts; None when it does not, or nothing can be said.

    A rate has no such part: its two numbers may differ in two ways.
    """
    if value is None or total is None or value.number is None or total.number is None or value.of is not None:
        return None
    difference = value.number - total.number
    return Value(difference) if difference else None


def value_of(total: Total) -> Value:
    """The raw numbers of a total, as an answer."""
    return Value(total.number, total.of)


def is_summed(indicator: Indicator) -> bool:
    """Whether every part counts, and not only the latest of each unit."""
    return indicator.adds == "sum" or indicator.over_time == "sum"


def _latest(pieces: Sequence[Piece]) -> list[Piece]:
    by_unit: dict[int, Piece] = {}
    for piece in pieces:
        known = by_unit.get(piece.place.unit)
        if known is None or piece.place.ends > known.place.ends:
            by_unit[piece.place.unit] = piece
    ends = {unit: piece.place.ends for unit, piece in by_unit.items()}
    highest: dict[int, date] = {}  # by unit, the latest value anywhere below it
    for unit, piece in by_unit.items():
        for above in ids_of(piece.place.path)[:-1]:
            highest[above] = max(ends[unit], highest.get(above, ends[unit]))
    return [
        piece
        for unit, piece in by_unit.items()
        if ends[unit] >= highest.get(unit, ends[unit])
        and all(ends[unit] >= ends.get(above, ends[unit]) for above in ids_of(piece.place.path)[:-1])
    ]
