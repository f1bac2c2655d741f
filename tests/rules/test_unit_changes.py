"""A tree that changes again and again loses no unit, grows no circle, and keeps the tree of every day."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.trees import Node, Past, as_it_was, branch_at, tree_of
from models.rules.unit_change_limits import FARTHEST, check, touched
from models.rules.unit_changes import (
    CLOSE,
    MERGE,
    MOVE,
    RENAME,
    SPLIT,
    Plan,
    carry,
    read_basis,
    read_names,
    read_unit_name,
    roles_continue,
)  # fmt: skip

TODAY = date(2026, 7, 5)
DAY = date(2026, 7, 1)


@dataclass
class Country:
    """A tree with its pasts, changed as the database changes it."""

    tree: dict[int, Node]
    pasts: dict[int, list[Past]] = field(default_factory=dict)
    next_id: int = 1000

    def change(self, plan: Plan) -> None:
        check(plan, self.tree, TODAY)
        made = []
        for name in plan.new_names(self.tree):
            first = self.tree[plan.units[0]]
            above = self.tree[plan.under or first.parent_id or 0]
            self.next_id += 1
            made.append(self.next_id)
            path = f"{above.path}{self.next_id}/"
            self.tree[self.next_id] = Node(self.next_id, name, first.kind, above.id, path, plan.day)
        for node in carry(plan, self.tree, made).values():
            old = self.tree[node.id]
            if (old.name, old.parent_id, old.path) != (node.name, node.parent_id, node.path):
                known = self.pasts.setdefault(old.id, [])
                if plan.day not in {past.until for past in known}:
                    known.append(Past(plan.day, old.name, old.kind, old.parent_id, old.path))
                node = replace(node, changed_on=max(plan.day, old.changed_on or plan.day))
            self.tree[node.id] = node

    def on(self, day: date) -> dict[int, Node]:
        return tree_of(self.tree.values(), self.pasts, day)


def country(provinces: int = 2, districts: int = 0, communes: int = 4, teams: int = 2) -> Country:
    """A root (1), provinces, perhaps districts, communes of a province in turn, teams of each commune."""
    tree = {1: Node(1, "TW", "central", None, "/1/")}

    def add(unit_id: int, name: str, kind: str, parent: int) -> None:
        tree[unit_id] = Node(unit_id, name, kind, parent, f"{tree[parent].path}{unit_id}/")

    for p in range(provinces):
        add(2 + p, f"Tỉnh {p}", "province", 1)
        for d in range(districts):
            add(10 + p * 10 + d, f"Huyện {p}.{d}", "district", 2 + p)
    for c in range(communes):
        p = c % provinces
        above = 10 + p * 10 + c // provinces % districts if districts else 2 + p
        add(100 + c, f"Xã {c}", "commune", above)
        for t in range(teams):
            add(300 + c * teams + t, f"Đội {c}.{t}", "team", 100 + c)
    return Country(tree)


def is_sound(tree: dict[int, Node]) -> bool:
    """Each path is that of the parent with the own number behind, so there is no circle either."""
    return all(
        node.path == (tree[node.parent_id].path if node.parent_id else "/") + f"{node.id}/" for node in tree.values()
    )


def test_a_merger_closes_and_hands_on_and_the_day_before_stands_as_it_was() -> None:
    land = country(provinces=1)
    before = land.on(DAY - timedelta(days=1))
    land.change(Plan(MERGE, DAY, (100, 101), names=("Xã Mới",), under=2))
    new = land.next_id
    assert [land.tree[100].successor_id, land.tree[100].closed_on, land.tree[100].path] == [
        new,
        DAY,
        f"/1/2/{new}/100/",
    ]
    assert {each.name: each.parent_id for each in land.on(DAY).values() if each.kind == "commune"} == {
        "Xã Mới": 2, "Xã 2": 2, "Xã 3": 2,
    }  # fmt: skip
    assert [land.on(DAY)[team].parent_id for team in (300, 301, 302, 303)] == [new] * 4
    assert {k: (n.name, n.path) for k, n in land.on(DAY - timedelta(days=1)).items()} == {
        k: (n.name, n.path) for k, n in before.items()
    }


def test_a_split_gives_each_part_what_it_was_promised_and_keeps_the_unit_that_is_named_again() -> None:
    land = country(provinces=1)
    land.change(Plan(SPLIT, DAY, (100,), names=("Xã 0", "Xã Hai"), shares={301: 1}))
    assert (land.tree[100].closed_on, land.tree[300].parent_id, land.tree[301].parent_id) == (None, 100, land.next_id)
    land.change(Plan(SPLIT, DAY, (101,), names=("Xã A", "Xã B"), shares={302: 1}))
    assert (land.tree[101].successor_id, land.tree[303].parent_id, land.tree[302].parent_id) == (1002, 1002, 1003)


def test_closing_a_district_brings_its_communes_to_the_province() -> None:
    land = country(provinces=1, districts=3, communes=6)
    for district in (10, 11, 12):
        land.change(Plan(CLOSE, DAY, (district,), into=2))
    now = land.on(DAY)
    assert {each.parent_id for each in now.values() if each.kind == "commune"} == {2}
    assert not [each for each in now.values() if each.kind == "district"]
    assert len([each for each in land.on(DAY - timedelta(days=1)).values() if each.kind == "district"]) == 3
    assert is_sound(land.tree)


def test_roles_go_on_among_equals_only() -> None:
    assert roles_continue("commune", "affiliated")
    assert not roles_continue("district", "province")


@pytest.mark.parametrize(
    ("plan", "key"),
    [
        (Plan(MERGE, DAY, (100,), names=("A",), under=2), "too_few"),
        (Plan(MERGE, DAY, (100, 300), into=102), "other_rank"),
        (Plan(MERGE, DAY, (100, 101), into=100), "into_itself"),
        (Plan(MERGE, DAY, (100, 101), names=("A",), under=300), "cannot_hold"),
        (Plan(MERGE, DAY, tuple(range(100, 122)), names=("A",), under=2), "too_many"),
        (Plan(SPLIT, DAY, (100,), names=("A", "a")), "too_few_parts"),
        (Plan(SPLIT, DAY, (100,), names=("A", "B"), shares={302: 1}), "not_below"),
        (Plan(RENAME, DAY, (100,), names=("Xã 0",)), "same_name"),
        (Plan(CLOSE, DAY, (100,)), "has_children"),
        (Plan(CLOSE, DAY, (100,), into=300), "inside"),
        (Plan(CLOSE, DAY, (2,), into=100), "inside"),
        (Plan(CLOSE, DAY, (100,), into=304), "other_rank"),
        (Plan(CLOSE, DAY, (1,), into=2), "root"),
        (Plan(MOVE, DAY, (300,), into=100), "same_parent"),
        (Plan(MOVE, DAY, (100,), into=101), "cannot_hold"),
        (Plan(MOVE, DAY, (2,), into=300), "cannot_hold"),
        (Plan(RENAME, TODAY + FARTHEST + timedelta(days=1), (100,), names=("A",)), "too_far"),
    ],
)
def test_what_cannot_be_is_refused(plan: Plan, key: str) -> None:
    land = country(provinces=1, communes=30)
    before = dict(land.tree)
    with pytest.raises(Refusal) as no:
        land.change(plan)
    assert no.value.key == f"unit_change.{key}"
    assert land.tree == before


def test_the_past_is_written_once() -> None:
    land = country(provinces=1)
    land.change(Plan(RENAME, DAY, (300,), names=("Đội Sen",)))
    for plan, key in (
        (Plan(MERGE, DAY - timedelta(days=9), (100, 101), into=102), "too_early"),
        (Plan(RENAME, DAY - timedelta(days=1), (300,), names=("Khác",)), "too_early"),
    ):
        with pytest.raises(Refusal) as no:
            land.change(plan)
        assert no.value.key == f"unit_change.{key}"
    land.change(Plan(MERGE, DAY, (100, 101), into=102))  # on the same day the first past stays
    with pytest.raises(Refusal) as no:
        land.change(Plan(RENAME, DAY, (100,), names=("Khác",)))
    assert no.value.key == "unit_change.closed"
    assert as_it_was(land.tree[300], land.pasts[300], DAY - timedelta(days=1)).name == "Đội 0.0"


def test_the_right_is_needed_over_whatever_is_changed() -> None:
    tree = country(provinces=1).tree
    assert touched(Plan(MERGE, DAY, (100,), into=101), tree) == ("/1/2/100/", "/1/2/101/")
    assert touched(Plan(MERGE, DAY, (100, 101), names=("A",), under=2), tree)[-1] == "/1/2/0/"
    assert touched(Plan(MOVE, DAY, (300,), into=101), tree) == ("/1/2/100/300/", "/1/2/101/0/")


def test_a_branch_is_found_in_the_tree_of_its_day() -> None:
    assert branch_at("/1/2/100/300/", 2, ()) == 100
    assert branch_at("/1/2/100/", 100, ()) == 100
    assert branch_at("/1/2/100/300/", 500, {100, 300}) == 100  # 500 took over 100 later
    assert branch_at("/1/2/100/300/", 500, {300}) == 300  # only the team came to 500
    assert branch_at("/1/2/100/", 0, ()) == 1


def test_a_plan_survives_its_body() -> None:
    plan = Plan(SPLIT, DAY, (7,), names=("A", "B"), shares={8: 1}, codes=("X",), reason="NQ")
    assert Plan.of(plan.kind, plan.day, plan.reason, plan.body()) == plan


def test_names_and_documents_as_people_type_them() -> None:
    assert read_names("Tân Phú; tân hội\n Tân Phú + ; ") == ["Tân Phú", "tân hội"]
    assert read_unit_name("  Đoàn xã\tTân Hoà ") == "Đoàn xã Tân Hoà"
    for reader, text, key in ((read_unit_name, "12", "name_unclear"), (read_basis, "??", "basis_unclear")):
        with pytest.raises(Refusal) as no:
            reader(text)
        assert no.value.key == f"unit_change.{key}"


@st.composite
def plans(draw: st.DrawFn, land: Country, day: date) -> Plan:
    """Any change of what is open, possible or not."""
    open_ones = [each.id for each in land.tree.values() if each.closed_on is None and each.parent_id]
    kind = draw(st.sampled_from((MERGE, SPLIT, RENAME, CLOSE, MOVE)))
    unit = draw(st.sampled_from(open_ones))
    other = draw(st.sampled_from(open_ones))
    name = f"Tên {draw(st.integers(0, 10**6))}"
    if kind == MERGE:
        into = draw(st.sampled_from((0, other)))
        units = tuple(dict.fromkeys((unit, draw(st.sampled_from(open_ones)))))
        return Plan(MERGE, day, units, into, (name,), 0 if into else land.tree[unit].parent_id or 0)
    if kind == SPLIT:
        children = [each.id for each in land.tree.values() if each.parent_id == unit and each.closed_on is None]
        shares = {child: draw(st.integers(0, 1)) for child in children}
        return Plan(SPLIT, day, (unit,), names=(draw(st.sampled_from((land.tree[unit].name, name + "a"))), name),
                    shares=shares)  # fmt: skip
    if kind == RENAME:
        return Plan(RENAME, day, (unit,), names=(name,))
    return Plan(kind, day, (unit,), into=draw(st.sampled_from((0, other))) if kind == CLOSE else other)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_is_done_every_day_keeps_its_tree(data: st.DataObject) -> None:
    land = country(provinces=2, districts=2, communes=8, teams=2)
    seen: dict[date, dict[int, tuple[str, str]]] = {}
    teams = {each.id for each in land.tree.values() if each.kind == "team"}
    done = 0
    for step in range(12):
        day = DAY + timedelta(days=step // 2)
        plan = data.draw(plans(land, day))
        before, count = land.on(day - timedelta(days=1)), len(land.tree)
        seen.setdefault(day - timedelta(days=1), {each.id: (each.name, each.path) for each in before.values()})
        try:
            land.change(plan)
            done += 1
        except Refusal:
            assert len(land.tree) == count
        assert is_sound(land.tree)  # of today, closed units included
        assert teams <= land.tree.keys()  # nothing is ever lost
    for day, then in seen.items():  # the days before stand for good, each a sound tree of what was there
        assert {each.id: (each.name, each.path) for each in land.on(day).values()} == then
        assert is_sound(land.on(day))


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False))
def test_three_hundred_units_merge_and_every_period_keeps_its_sum(random: object) -> None:
    """Numbers belong to units; by the tree of each day, branch sums add up to the same whole."""
    land = country(provinces=3, communes=60, teams=4)
    assert len(land.tree) > 300
    filed = {unit: unit % 97 for unit, node in land.tree.items() if node.kind == "team"}
    communes = [unit for unit, node in land.tree.items() if node.kind == "commune"]
    random.shuffle(communes)  # type: ignore[attr-defined]
    june = _sums(land, DAY - timedelta(days=1), filed)
    for place in range(0, 60, 3):
        group = sorted(communes[place : place + 3])
        land.change(
            Plan(MERGE, DAY, tuple(group), names=(f"Xã mới {place}",), under=land.tree[group[0]].parent_id or 0)
        )
    assert _sums(land, DAY - timedelta(days=1), filed) == june
    july = _sums(land, DAY, filed)
    assert len(july) == 20
    assert sum(july.values()) == sum(june.values()) == sum(filed.values())
    assert is_sound(land.tree)
    assert is_sound(land.on(DAY))


def _sums(land: Country, day: date, filed: dict[int, int]) -> dict[str, int]:
    tree, sums = land.on(day), dict[str, int]()
    for team, number in filed.items():
        commune = tree[tree[team].parent_id or 0]
        sums[commune.name] = sums.get(commune.name, 0) + number
    return sums
