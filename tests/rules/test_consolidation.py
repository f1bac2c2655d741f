"""Reports made of reports: nothing twice, nothing lost, nothing missing counted as zero, in whatever order."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from models.rules.consolidation import Piece, Place, add_parts, moved, own_part, uncovered, value_of
from models.rules.forms import Indicator, Value

YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def indicator(adds: Any = "sum", over_time: str = "") -> Indicator:
    return Indicator("X", "x", "x", "người", adds, ("K",), 1, "", "", over_time=over_time)


SUM, LAST, RATE = indicator(), indicator("last"), indicator("rate", "last")


def month(number: int) -> tuple[date, date]:
    """The period of a month: from the 26th of the one before."""
    ends = date(2026, number, 25)
    starts = (ends.replace(day=1) - timedelta(days=1)).replace(day=26)
    return starts, ends


def place(path: str, level: int = 0, when: tuple[date, date] = YEAR) -> Place:
    return Place(path, *when, level)


def value(number: int | None, of: int | None = None) -> Value:
    return Value(None if number is None else Decimal(number), None if of is None else Decimal(of))


def piece(path: str, number: int | None, when: tuple[date, date] = YEAR, of: int | None = None) -> Piece:
    return Piece(place(path, 0, when), value(number, of))


# teams, their communes and the province; months of a year; a number or none
paths = st.sampled_from(["/1/2/5/", "/1/2/6/", "/1/3/7/", "/1/3/8/", "/1/4/", "/1/2/", "/1/9/"])
numbers = st.one_of(st.none(), st.integers(0, 10**6))
pieces = st.lists(st.builds(piece, paths, numbers, st.builds(month, st.integers(1, 12))), max_size=30)
filed = st.lists(
    st.one_of(
        st.builds(place, st.sampled_from(["/1/2/", "/1/3/"]), st.just(0), st.just(YEAR)),
        st.builds(place, st.sampled_from(["/1/2/", "/1/3/"]), st.just(1), st.builds(month, st.integers(1, 12))),
        st.builds(
            place,
            st.sampled_from(["/1/2/5/", "/1/2/6/", "/1/3/7/", "/1/9/"]),
            st.just(2),
            st.builds(month, st.integers(1, 12)),
        ),
    ),
    unique=True,
    max_size=40,
)


@given(pieces, st.randoms(use_true_random=False))
def test_the_order_of_the_parts_does_not_matter(parts: list[Piece], chance: Any) -> None:
    other = list(parts)
    chance.shuffle(other)
    assert add_parts(SUM, parts) == add_parts(SUM, other)


@given(st.lists(st.builds(piece, paths, numbers), unique_by=lambda each: each.place.path), st.randoms())
def test_the_order_does_not_matter_for_last_values_either(parts: list[Piece], chance: Any) -> None:
    other = list(parts)
    chance.shuffle(other)
    assert add_parts(LAST, parts) == add_parts(LAST, other)


@given(pieces, st.lists(st.builds(piece, paths, st.none()), max_size=5))
def test_a_part_without_the_number_never_changes_a_sum_and_is_told(parts: list[Piece], empty: list[Piece]) -> None:
    before, after = add_parts(SUM, parts), add_parts(SUM, [*parts, *empty])
    assert (after.number, after.counted) == (before.number, before.counted)
    assert after.missing == before.missing + len(empty)


def test_nothing_reported_is_no_zero() -> None:
    assert add_parts(SUM, [piece("/1/2/5/", None)]).number is None
    assert add_parts(SUM, [piece("/1/2/5/", 0)]).number == 0


@given(st.lists(st.tuples(paths, st.integers(1, 12), st.integers(0, 10**6)), max_size=40))
def test_a_year_of_monthly_sums_is_the_sum_of_everything(given_: list[tuple[str, int, int]]) -> None:
    everything = [piece(path, number, month(which)) for path, which, number in given_]
    by_month = {
        which: add_parts(SUM, [each for each in everything if each.place.ends == month(which)[1]]).number
        for which in range(1, 13)
    }
    yearly = [Piece(place("/1/2/", 0, month(which)), Value(number)) for which, number in by_month.items()]
    total = add_parts(SUM, yearly).number
    assert (total or 0) == sum(number for *_, number in given_)


@given(filed)
def test_whatever_was_filed_is_in_exactly_one_part(places: list[Place]) -> None:
    """A report is a part itself, or it is contained in one of a nearer level; and no part contains another one."""
    counted = [each for each, is_part in zip(places, uncovered(places), strict=True) if is_part]
    for each in places:
        over = [
            one
            for one in counted
            if one.level < each.level and each.path.startswith(one.path) and one.starts <= each.ends <= one.ends
        ]
        assert (each in counted) != bool(over)


def test_a_commune_that_filed_its_month_stands_for_its_teams_and_only_for_that_month() -> None:
    october, november = month(10), month(11)
    places = [place("/1/2/", 1, october), place("/1/2/5/", 2, october), place("/1/2/5/", 2, november)]
    assert uncovered(places) == [True, False, True]


def test_the_last_values_of_teams_are_added_and_the_latest_of_each_is_taken() -> None:
    parts = [piece("/1/2/5/", 10, month(9)), piece("/1/2/5/", 12, month(11)), piece("/1/2/6/", 7, month(10))]
    assert add_parts(LAST, parts).number == 19


def test_a_later_value_of_the_unit_above_takes_the_place_of_those_below() -> None:
    parts = [piece("/1/2/5/", 10, month(9)), piece("/1/2/6/", 7, month(9)), piece("/1/2/", 20, month(10))]
    assert add_parts(LAST, parts).number == 20
    later_below = [piece("/1/2/", 20, month(9)), piece("/1/2/5/", 10, month(10)), piece("/1/2/6/", 7, month(10))]
    assert add_parts(LAST, later_below).number == 17


def test_an_empty_latest_month_does_not_hide_the_value_before_it() -> None:
    parts = [piece("/1/2/5/", 10, month(9)), piece("/1/2/5/", None, month(10))]
    total = add_parts(LAST, parts)
    assert (total.number, total.missing) == (Decimal(10), 0)


def test_a_rate_is_made_of_its_two_raw_numbers_and_half_of_one_is_missing() -> None:
    parts = [piece("/1/2/5/", 45, of=60), piece("/1/2/6/", 10, of=40), piece("/1/3/7/", 9)]
    total = add_parts(RATE, parts)
    assert (total.number, total.of, total.value, total.missing) == (Decimal(55), Decimal(100), Decimal(55), 1)


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_what_the_officer_added_stays_when_the_parts_change(own: int, old: int, new: int) -> None:
    assert moved(value(old + own), value(old), value(new)) == value(new + own)


def test_a_correction_below_never_makes_a_number_negative() -> None:
    assert moved(value(5), value(100), value(20)) == value(0)


def test_what_was_left_empty_follows_the_sum() -> None:
    assert moved(value(None), value(None), value(20)) == value(20)


def test_the_own_part_is_the_difference_and_nothing_is_said_of_a_rate() -> None:
    assert own_part(value(154), value(120)) == value(34)
    assert own_part(value(55), value(60)) == value(-5)
    assert own_part(value(60), value(60)) is None
    assert own_part(value(45, 60), value(40, 60)) is None
    assert own_part(value(45), value(None)) is None


def test_a_total_as_an_answer_keeps_the_raw_numbers() -> None:
    assert value_of(add_parts(RATE, [piece("/1/2/5/", 45, of=60)])) == value(45, 60)
