"""Which button is meant by what somebody types."""

from __future__ import annotations

import pytest

from models.rules.choices import choice_meant

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
