"""Names in the order of Vietnamese lists."""

from __future__ import annotations

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from models.rules.names import name_order
from models.rules.rosters import COMMANDER, DEPUTY, LEADER, MEMBER, RosterLine, list_order

IN_ORDER = (
    "Lê Quốc An",
    "Trần An",
    "Phạm Hồng Ánh",
    "Nguyễn Văn Ân",
    "Võ Thanh Bình",
    "Đinh Văn Dũng",
    "Nguyễn Tấn Đạt",
    "Trần Văn Hoa",
    "Trần Văn Hoà",
    "Trần Văn Hoá",
    "Lê Văn Ớt",
    "Phạm Minh Uyên",
    "Nguyễn Thị Ước",
)


def test_people_stand_by_given_name_in_the_order_of_the_alphabet() -> None:
    mixed = list(IN_ORDER)
    Random(7).shuffle(mixed)
    assert sorted(mixed, key=name_order) == list(IN_ORDER)


def test_whoever_leads_stands_before_the_members() -> None:
    lines = [
        RosterLine("An", MEMBER),
        RosterLine("Bình", COMMANDER),
        RosterLine("Chi", DEPUTY),
        RosterLine("Yến", LEADER),
    ]
    assert [each.name for each in sorted(lines, key=list_order)] == ["Yến", "Chi", "Bình", "An"]


@given(st.lists(st.text(max_size=12), max_size=6))
def test_any_text_has_a_place(names: list[str]) -> None:
    assert sorted(sorted(names, key=name_order), key=name_order) == sorted(names, key=name_order)
