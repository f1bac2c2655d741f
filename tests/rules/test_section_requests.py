"""A section asked of a member: how far it is, what comes next, whom a typed name means."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.forms import Form, Value
from models.rules.section_requests import next_open, part_of, person_meant, progress_of
from tests.shipped import plans

FORM: Form = plans()[0].form("BC-CĐS-TN")
SECTION = max(FORM.sections, key=lambda each: len(each.indicators))
PART = part_of(SECTION, FORM.indicators)
CODES = [each.code for each in PART]
NAMES = {1: "Trần Văn Hoà", 2: "Phạm Minh", 3: "Nguyễn Thị Minh Hoà", 4: ""}


def test_a_part_holds_what_is_asked_of_its_section_and_nothing_else() -> None:
    assert part_of(SECTION, FORM.indicators[:0]) == ()
    assert {each.code for each in PART} <= {each.code for each in SECTION.indicators}


@given(st.sets(st.sampled_from(CODES)), st.sampled_from(["", *CODES]))
def test_the_next_question_is_open_and_there_is_one_until_all_are_answered(done: set[str], after: str) -> None:
    values = {code: Value(Decimal(1)) for code in done}
    place = next_open(PART, values, after)
    assert (place is None) == (len(done) == len(CODES))
    assert place is None or CODES[place - 1] not in done
    assert progress_of(PART, values) == (len(done), len(CODES))


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Trần Văn Hoà", 1), ("tran van hoa", 1), ("phạm", 2), ("minh hoa", 3), ("hoà", None), ("minh", None),
        ("Bảo", None), ("", None), (".", None), ("h", None),
    ],
)  # fmt: skip
def test_a_typed_name_means_one_person_or_nobody(typed: str, meant: int | None) -> None:
    assert person_meant(typed, NAMES) == meant
