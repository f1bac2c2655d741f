"""A line about a guide is short and says something."""

from __future__ import annotations

import pytest

from models.rules import Refusal
from models.rules.guide_remarks import LONGEST, read_remark


@pytest.mark.parametrize("typed, read", [(" Nút\nđổi  tên ", "Nút đổi tên"), ("x" * LONGEST, "x" * LONGEST)])
def test_a_line_is_kept_as_typed_on_one_line(typed: str, read: str) -> None:
    assert read_remark(typed) == read


@pytest.mark.parametrize(
    "typed, key",
    [("", "too_short"), ("...", "too_short"), ("ờ à", "too_short"), ("x" * (LONGEST + 1), "too_long")],
)
def test_nothing_said_or_too_much_is_refused(typed: str, key: str) -> None:
    with pytest.raises(Refusal) as no:
        read_remark(typed)
    assert no.value.key == f"guide_remark.{key}"
