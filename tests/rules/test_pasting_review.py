"""What was read beside what the report holds: nothing is chosen that nobody chose."""

from __future__ import annotations

from decimal import Decimal

import pytest

from models.rules import Refusal
from models.rules.forms import Value
from models.rules.pasting import Found, read_paste
from models.rules.pasting_review import decided, items, says_file
from tests.pastes import form

ASKED = form().indicators_for("team")


def number(value: int) -> Value:
    return Value(Decimal(value))


SURE = Found("LL02", (number(15),), True, "TNV: 15")
ASKS = Found("TH01", (number(5), number(3)), False, "Tin: 5")


def test_only_what_is_sure_or_was_picked_is_chosen() -> None:
    assert [each.chosen for each in items([SURE, ASKS], ASKED, {}, {})] == [number(15), None]
    picked = items([SURE, ASKS], ASKED, {"TH01": number(3)}, {})
    assert [each.chosen for each in picked] == [number(15), number(3)]
    assert [each.position for each in picked] == [1, 12]


def test_a_line_left_out_is_not_chosen_and_one_typed_is_added() -> None:
    got = items([SURE], ASKED, {"LL02": Value(), "LL03": number(42)}, {})
    assert [(each.indicator.code, each.chosen) for each in got] == [("LL02", None), ("LL03", number(42))]


def test_what_the_report_holds_already_is_nothing_new() -> None:
    (same,) = items([SURE], ASKED, {}, {"LL02": number(15)})
    (other,) = items([SURE], ASKED, {}, {"LL02": number(14)})
    assert (same.is_new, other.is_new, other.old) == (False, True, number(14))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("3 = 45", ("DVC01", number(45))),
        ("câu 3: 1.045", ("DVC01", number(1045))),
        ("DVC01 = 45", ("DVC01", number(45))),
        ("bỏ 3", ("DVC01", Value())),
        ("xoá câu 12", ("TH01", Value())),
        ("cảm ơn", None),
        ("Lượt ra quân: 42", None),  # more of the report
        ("TNV: 15\nLượt ra quân: 42", None),
        ("45", None),
    ],
)
def test_a_line_is_decided_in_words(text: str, meant: object) -> None:
    assert decided(text, ASKED) == meant


@pytest.mark.parametrize("text", ["bỏ 99", "3 = mười mấy", "3 = 1,5", "3 = mười"])
def test_what_names_no_line_or_no_number_is_refused(text: str) -> None:
    with pytest.raises(Refusal):
        decided(text, ASKED)


def test_file_is_said_in_words() -> None:
    assert says_file("Ghi")
    assert says_file("ghi hết!")
    assert not says_file("ghi chú: nộp sau")


@pytest.mark.parametrize(
    ("text", "taken", "left"),
    [
        ("TNV: 14, ra quân 8 buổi", ["LL02"], ("ra quân 8 buổi",)),
        ("ra quân 8 buổi với 40 lượt", ["LL03"], ("ra quân 8 buổi với",)),
        ("TNV: 14, ra quân 40 lượt", ["LL02", "LL03"], ()),
    ],
)
def test_a_number_nobody_understood_is_shown_although_its_neighbour_was(
    text: str, taken: list[str], left: tuple[str, ...]
) -> None:
    read = read_paste(text, form(), ASKED)
    assert ([each.code for each in read.found], read.unknown) == (taken, left)
