"""What visits come to: turns, people and files apart; what of a number was counted, and what was declared beside it."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.programmes import FOLDER, read
from models.rules import Refusal
from models.rules.form_versions import compare
from models.rules.forms import parse_form
from models.rules.indicators import Counts, Indicator
from models.rules.programmes import parse_programme
from models.rules.visit_counts import VisitSum, added, come_to, moved, numbers_of, part_counted

PLAN = read(FOLDER / "de-an-chuyen-doi-so.yaml")
MONTH = PLAN.form("BC-CĐS-TN")

SUMS = some.builds(
    VisitSum,
    guide=some.sampled_from(["G01", "G08", "G33"]),
    outcome=some.sampled_from(["done", "filed", "unfinished"]),
    within=some.sampled_from(["", "G08", "G12"]),
    turns=some.integers(0, 200),
    people=some.integers(0, 200),
    files=some.integers(0, 200),
)


def one(outcome: str = "done", guide: str = "G01", within: str = "") -> VisitSum:
    return VisitSum(guide, outcome, within, turns=3, people=2, files=1)


def test_a_turn_counts_whether_or_not_it_was_finished() -> None:
    assert come_to(Counts("turns"), [one("done"), one("filed"), one("unfinished")]) == 9


def test_people_are_those_for_whom_it_was_done() -> None:
    assert come_to(Counts("people", ("G01",)), [one("done"), one("filed"), one("unfinished")]) == 4


def test_of_all_guides_together_whoever_needed_another_guide_first_is_one_person() -> None:
    visits = [one(guide="G08"), one(guide="G01", within="G08")]
    assert come_to(Counts("people"), visits) == 2
    assert come_to(Counts("people", ("G01",)), visits) == 2
    assert come_to(Counts("people", ("G01", "G08")), visits) == 2
    assert come_to(Counts("people", ("G01", "G33")), visits) == 2
    assert come_to(Counts("turns"), visits) == 6


def test_of_some_guides_only_those_count() -> None:
    assert come_to(Counts("turns", ("G01", "G33")), [one(guide="G01"), one(guide="G08"), one(guide="G33")]) == 6


def test_files_are_those_whose_code_was_seen() -> None:
    assert come_to(Counts("files"), [one("filed"), one("filed", "G08")]) == 2


def test_late_visits_are_added_where_nothing_was_counted_when_it_was_sent() -> None:
    ten, none = Decimal(10), None
    assert added({"A": ten}, {"A": 3}, {"A": 3}) == {"A": (ten, Decimal(13))}
    assert added({"A": none}, {"A": 3}, {"A": 3}) == {"A": (none, Decimal(3))}
    assert added({"A": ten, "B": none}, {"A": 15, "B": 15}, {"A": 3, "B": 3}) == {}  # their own word stands
    assert added({"A": ten}, {"A": 3}, {}) == {}


def test_nothing_counted_is_not_zero() -> None:
    assert numbers_of(MONTH.visited, []) == {}
    assert numbers_of(MONTH.visited, [one("unfinished", "G08")]) == {"DVC01": 3, "DVC02": 1}


@given(some.lists(SUMS), some.lists(SUMS), some.sampled_from(MONTH.visited))
def test_two_parts_of_a_time_come_to_what_the_whole_comes_to(
    first: list[VisitSum], second: list[VisitSum], indicator: Indicator
) -> None:
    assert indicator.counts is not None
    both = come_to(indicator.counts, [*first, *second])
    assert both == come_to(indicator.counts, first) + come_to(indicator.counts, second)


@pytest.mark.parametrize("number, counted, part", [
    ("55", 45, "45"),
    ("45", 45, "45"),
    ("40", 45, None),  # the unit says less: all of it is its own word
    ("40", None, None),
    ("40", 0, None),
    (None, 45, None),
])  # fmt: skip
def test_what_of_a_number_was_counted(number: str | None, counted: int | None, part: str | None) -> None:
    expected = None if part is None else Decimal(part)
    assert part_counted(None if number is None else Decimal(number), counted) == expected


@given(some.integers(0, 10**6), some.integers(1, 10**6), some.integers(0, 10**6))
def test_what_was_declared_stays_when_the_counted_part_moves(manual: int, before: int, now: int) -> None:
    found = moved({"DVC01": (Decimal(before + manual), Decimal(before))}, {"DVC01": now})
    assert found == ({} if before == now else {"DVC01": (Decimal(before + manual), Decimal(now + manual))})


def test_what_nobody_counted_does_not_move() -> None:
    assert moved({"DVC01": (Decimal(5), None), "DVC02": (None, None)}, {"DVC01": 9, "DVC02": 2}) == {}


def test_the_monthly_form_says_which_visits_give_which_number() -> None:
    found = {each.code: each.counts for each in MONTH.visited}
    assert found["DVC01"] == Counts("turns")
    assert found["DVC02"] == Counts("files")
    assert found["DVC03"] == Counts("people", ("G01",))
    assert all("M" in each.origins and each.adds == "sum" for each in MONTH.visited)


def test_counts_survive_the_database_and_change_no_meaning() -> None:
    assert parse_form(MONTH.as_dict()) == MONTH
    bare = MONTH.as_dict()
    for section in bare["sections"]:
        for each in section["indicators"]:
            each.pop("counts", None)
    old = parse_form(bare)
    assert not old.visited
    assert compare(old, MONTH).is_empty  # a programme stored before it counted anything goes on


@pytest.mark.parametrize("code, counts, where, key", [
    ("DVC01", {"measure": "heads"}, "measure", "programme.not_one_of"),
    ("DVC01", {"measure": "turns", "guide": ["G01"]}, "guide", "programme.unknown_key"),
    ("LL02", {"measure": "turns"}, "adds", "programme.not_one_of"),  # a last value is no sum
    ("co_hoat_dong", {"measure": "turns"}, "counts", "programme.only_for_type"),
])  # fmt: skip
def test_counts_that_make_no_sense_are_refused_by_their_place(
    code: str, counts: dict[str, object], where: str, key: str
) -> None:
    body = PLAN.as_dict()
    for form in body["forms"]:
        for section in form["sections"]:
            for each in section["indicators"]:
                if each["code"] == code:
                    each["counts"] = counts
    with pytest.raises(Refusal) as no:
        parse_programme(body)
    assert no.value.key == key
    assert where in no.value.values["path"]
