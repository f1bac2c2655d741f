"""What is quoted of a pasted line beside its number: enough to find it again, and always the number itself."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.report_paste_pages import BEHIND, QUOTE, _quoted


@pytest.mark.parametrize(
    ("piece", "amount", "quoted"),
    [
        ("VNeID mức 2: 18 người", "18", "VNeID mức 2: 18 người"),
        ("Hướng dẫn dịch vụ công: 1.245 lượt (tháng trước 980)", "1.245", "…dẫn dịch vụ công: 1.245 lượt…"),
        ("Cả 15 thành viên đội hình đi ra quân: 5", "5", "…nh viên đội hình đi ra quân: 5"),
        (
            "ba mươi lượt người dân được hướng dẫn trong tháng",
            "30",
            "ba mươi lượt người dân được hướng dẫn trong tháng",
        ),
    ],
)
def test_the_number_stands_in_its_quote(piece: str, amount: str, quoted: str) -> None:
    assert _quoted(piece, amount) == quoted


@given(st.text(max_size=80), st.integers(0, 9_999_999), st.text(max_size=80))
def test_whatever_stands_around_it(before: str, number: int, behind: str) -> None:
    piece = f"{before}{number}{behind}"
    said = _quoted(piece, str(number))
    assert str(number) in said
    assert len(said) <= max(len(piece) if len(piece) <= QUOTE else 0, QUOTE + 2) or said == piece
    assert BEHIND < QUOTE
