"""Reports made of reports: which parts count, and what they come to. What is missing is told, never counted as zero.

How many different people stand behind a sum of people cannot be known from sums: whoever was counted by two teams is in
it twice. The sum is offered as what it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from models.rules.forms import Indicator, Value
from models.rules.totals import Total, total_over_units


@dataclass(frozen=True, slots=True)
class Place:
    """Where and when a report was filed: the path of its unit, the days of its period, how far below it lies.

    `level` 0 is the duty named as the source, 1 the source of that one, and so on.
    """

    path: str
    starts: date
    ends: date
    level: int


@dataclass(frozen=True, slots=True)
class Piece:
    """What one part says of one indicator."""

    place: Place
    value: Value


def is_covered(place: Place, filed: Iterable[Place]) -> bool:
    """Whether a filed report of a nearer level already contains what was reported there and then."""
    return any(
        each.level < place.level and place.path.startswith(each.path) and each.starts <= place.ends <= each.ends
        for each in filed
    )


def uncovered(places: Sequence[Place]) -> list[bool]:
    """Of filed reports, which ones are parts: nothing is counted twice, neither by two levels nor for two times."""
    by_unit: dict[str, list[Place]] = {}
    for place in places:
        by_unit.setdefault(place.path, []).append(place)
    return [not is_covered(place, _on_the_way_up(place.path, by_unit)) for place in places]


def add_parts(indicator: Indicator, pieces: Iterable[Piece]) -> Total:
    """What an indicator comes to over all parts, in whatever order they come.

    A sum adds every part. A last value (and a rate that says `over_time: last`) is, of each unit, the latest one that
    is whole; a later one from a unit above or below it takes its place, for the two speak of the same thing.
    """
    found = list(pieces)
    if indicator.adds == "sum" or indicator.over_time == "sum":
        return total_over_units(indicator, [piece.value for piece in found])
    whole = [piece for piece in found if indicator.is_whole(piece.value)]
    empty = {piece.place.path for piece in found} - {piece.place.path for piece in whole}
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


def _latest(pieces: Sequence[Piece]) -> list[Piece]:
    by_unit: dict[str, Piece] = {}
    for piece in pieces:
        known = by_unit.get(piece.place.path)
        if known is None or piece.place.ends > known.place.ends:
            by_unit[piece.place.path] = piece
    ends = {path: piece.place.ends for path, piece in by_unit.items()}
    highest: dict[str, date] = {}  # by the path of a unit, the latest value anywhere below it
    for path, end in ends.items():
        for above in paths_above(path):
            highest[above] = max(end, highest.get(above, end))
    return [
        piece
        for path, piece in by_unit.items()
        if ends[path] >= highest.get(path, ends[path])
        and all(ends[path] >= ends.get(above, ends[path]) for above in paths_above(path))
    ]


def _on_the_way_up(path: str, by_unit: Mapping[str, list[Place]]) -> list[Place]:
    return [place for each in (path, *paths_above(path)) for place in by_unit.get(each, ())]


def paths_above(path: str) -> list[str]:
    """The paths of the units above: "/1/2/3/" lies below "/1/2/" and "/1/"."""
    parts = path.strip("/").split("/")
    return [f"/{'/'.join(parts[:count])}/" for count in range(1, len(parts))]
