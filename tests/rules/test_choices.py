"""Which button is meant by what somebody types."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.choices import choice_meant, may_name_pushed

LABELS = ("✅ Đồng ý bàn giao", "Không phát sinh", "Kỳ tháng 10/2026", "Kỳ tháng 9/2026", "Huỷ")


@pytest.mark.parametrize(
    ("text", "expects", "index"),
    [
        ("dong y ban giao", "text", 0),
        ("Đồng ý", "choice", 0),
        ("đồng ý", "text", None),  # while a sentence is asked, its first words are a sentence
        ("dong", "choice", None),
        ("không", "choice", None),  # an answer, not the whole of a label
        ("không phát", "choice", 1),
        ("kỳ tháng", "choice", None),  # two labels begin so
        ("kỳ tháng 9", "choice", 3),
        ("đồng ý bàn giao ngay", "choice", None),
        ("2", "choice", 1),
        ("2", "number", None),
        ("6", "choice", None),
        ("huỷ", "number", 4),
        ("…", "choice", None),
    ],
)
def test_a_label_is_meant_by_its_words_or_by_the_first_of_them(text: str, expects: str, index: int | None) -> None:
    assert choice_meant(text, LABELS, expects) == index


@pytest.mark.parametrize(
    ("text", "expects", "is_asked", "may"),
    [
        ("Báo cáo ngay", "choice", False, True),
        ("Báo cáo ngay", "choice", True, True),
        ("Xem", "choice", False, True),
        ("xem", "choice", True, False),  # a word alone may be the answer to what is asked
        ("Đã nắm", "number", True, True),
        ("Đã nắm", "photo", True, True),
        ("Đã nắm", "text", True, False),
        ("báo cáo ngay", "text", False, False),
        ("12", "number", True, False),
        ("12", "choice", False, False),
        ("mười hai người", "number", True, True),  # no button says so: it is asked of the database and is a number then
        ("12 người", "number", True, False),
        ("không có ai", "number", True, False),
        ("không phát sinh", "number", True, False),
        ("không phát sinh", "choice", True, True),
        ("👍", "choice", False, False),
        ("báo cáo " * 20, "choice", False, False),
    ],
)
def test_a_label_of_an_earlier_message_is_meant_only_where_it_can_be_no_answer(
    text: str, expects: str, is_asked: bool, may: bool
) -> None:
    assert may_name_pushed(text, expects, is_asked) is may


@given(st.text(max_size=30), st.booleans())
def test_what_is_typed_where_a_sentence_is_awaited_is_the_sentence(text: str, is_asked: bool) -> None:
    assert not may_name_pushed(text, "text", is_asked)


@given(st.from_regex(r"[0-9][0-9., ]{0,8}( ?[a-z]{1,8})?", fullmatch=True), st.booleans())
def test_a_number_is_no_label_while_a_number_is_asked(text: str, is_asked: bool) -> None:
    assert not may_name_pushed(text, "number", is_asked)
