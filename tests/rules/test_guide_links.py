"""A link printed on a poster opens what it was made for, whatever the unit's code looks like."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.guide_links import ROOM, GuideLink, is_unit_code, page_of, payload_of, read_payload

CODES = st.from_regex(r"[0-9A-Za-z][0-9A-Za-z._/-]{0,39}", fullmatch=True)


@given(CODES)
def test_a_payload_is_read_back_and_fits_behind_start(code: str) -> None:
    payload = payload_of(GuideLink("G08", code))
    assert re.fullmatch(r"[A-Za-z0-9_-]{1,64}", payload)
    read = read_payload(payload)
    assert read is not None
    assert read.guide == "G08"
    assert read.unit in (code, "")
    marks = sum(char in "._/" for char in code)
    assert bool(read.unit) == (len("g-G08-") + len(code) + marks <= ROOM)


@pytest.mark.parametrize(
    "payload, link",
    [
        ("g-G01", GuideLink("G01")),
        ("g-g01-28261-3", GuideLink("G01", "28261-3")),
        ("G-G100-TW_dDT", GuideLink("G100", "TW.DT")),
        ("g-G01-A__d", GuideLink("G01", "A_d")),
        ("g-G1", None),
        ("g-G01-", None),
        ("g-G01 28261", None),
        ("ABCD2345", None),
    ],
)
def test_only_such_a_link_is_read_as_one(payload: str, link: GuideLink | None) -> None:
    assert read_payload(payload) == link


@pytest.mark.parametrize("unit", ["", "Phường An Phú", "a b", "-1", "x" * 60])
def test_a_code_that_cannot_be_written_is_left_out(unit: str) -> None:
    assert payload_of(GuideLink("G08", unit)) == "g-G08"


def test_the_page_of_a_guide_names_the_place() -> None:
    assert page_of("dang-ky-tam-tru") == "/guides/dang-ky-tam-tru"
    assert page_of("dang-ky-tam-tru", "28261/3") == "/guides/dang-ky-tam-tru?noi=28261%2F3"


@pytest.mark.parametrize("text", ["", "\0", "28261\0", "' or 1=1", "x" * 65, "Đoàn"])
def test_what_is_no_code_is_never_looked_up(text: str) -> None:
    assert not is_unit_code(text)
