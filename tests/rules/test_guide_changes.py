"""A correction of a guide changes the one place it names, and leaves a guide that the loader would take."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields as dataclass_fields
from dataclasses import is_dataclass, replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.guide_changes import GROUPS, corrected, group_of, kind_of, needs_source, places, read_source, text_at
from models.rules.guide_files import MOST, parse_guide
from models.rules.guides import Fact, Screen
from tests.rules.test_guide_files import GOOD

GUIDE = parse_guide(GOOD)
PLACES = tuple(places(GUIDE))
LATER = date(2027, 1, 5)


WORDS = tuple(each for each in PLACES if not each.endswith(("portal", "url")))


@given(st.sampled_from(WORDS), st.text("ăâđêôơư aAbB.", min_size=1, max_size=25).filter(str.strip))
def test_a_correction_changes_its_own_place_and_no_other(place: str, new: str) -> None:
    after = corrected(GUIDE, place, new, LATER)
    assert text_at(after, place) == " ".join(new.split())
    others = [each for each in PLACES if each != place and text_at(after, each) != text_at(GUIDE, each)]
    drawing = [each for each in PLACES if each.startswith("steps.mo.screen.")]
    assert others == (drawing if place == "steps.mo.do" else [])  # a drawing that the words no longer speak of goes
    assert text_at(corrected(after, place, text_at(GUIDE, place) or "x", LATER), place) == (
        text_at(GUIDE, place) or "x"
    )


def test_every_text_that_anybody_reads_is_a_place() -> None:
    """Each string of the guide but codes, links between steps and what is said by a code."""
    unread = {"code", "address", "field", "to", "guide", "next", "tap", "confidence", "app", "care", "basis"}

    def strings(value: Any, key: str = "") -> Iterator[str]:
        if isinstance(value, str) and value and key not in unread:
            yield value
        elif isinstance(value, tuple):
            for each in value:
                yield from strings(each, "code" if key in ("sources", "steps") and isinstance(each, str) else key)
        elif is_dataclass(value):
            for each in dataclass_fields(value):
                if each.name != "open_points" and not (isinstance(value, Fact) and each.name == "sources"):
                    yield from strings(getattr(value, each.name), each.name)

    read = sorted(text_at(GUIDE, each) or "" for each in PLACES if text_at(GUIDE, each))
    assert read == sorted(strings(GUIDE))
    assert len(set(PLACES)) == len(PLACES)
    assert {group_of(each) for each in PLACES} <= set(GROUPS)


def test_a_fact_that_was_corrected_was_confirmed_that_day() -> None:
    assert GUIDE.fees[0].unconfirmed
    fee = corrected(GUIDE, "fees.0.text", "Nộp muộn: 8.000 đồng", LATER, "NQ 1, 01/01/2027").fees[0]
    assert (fee.text, fee.checked_on, fee.unconfirmed) == ("Nộp muộn: 8.000 đồng", LATER, False)
    assert fee.basis == "NQ 1, 01/01/2027"


@pytest.mark.parametrize(
    "place",
    [
        "code",
        "steps.xa.do",
        "steps.mo.code",
        "steps.mo.next",
        "fees.9.text",
        "fees.-1.text",
        "troubles.xa.mend",
        "",
        "x.y",
    ],
)
def test_what_is_no_place_of_the_guide_is_refused(place: str) -> None:
    assert text_at(GUIDE, place) is None
    with pytest.raises(Refusal) as no:
        corrected(GUIDE, place, "Chữ mới", LATER)
    assert no.value.key == "guide_change.no_place"


@pytest.mark.parametrize(
    "place, most", [("title", 70), ("fees.0.text", 300), ("steps.mo.do", 200), ("troubles.mang.mend", 300)]
)
def test_nothing_longer_than_its_place_is_taken(place: str, most: int) -> None:
    assert text_at(corrected(GUIDE, place, "x" * most, LATER), place) == "x" * most
    with pytest.raises(Refusal) as no:
        corrected(GUIDE, place, "x" * (most + 1), LATER)
    assert (no.value.key, no.value.values["most"]) == ("guide_change.too_long", most)


def test_a_step_stays_short_enough_for_a_screen() -> None:
    full = corrected(corrected(GUIDE, "steps.mo.do", "x" * 200, LATER), "steps.mo.if_not", "x" * 180, LATER)
    room = MOST["step"] - 200 - 180 - len(GUIDE.step("mo").title)
    assert corrected(full, "steps.mo.see", "x" * room, LATER)
    with pytest.raises(Refusal):
        corrected(full, "steps.mo.see", "x" * (room + 1), LATER)


def test_only_what_may_be_missing_can_be_emptied() -> None:
    assert corrected(GUIDE, "steps.mo.see", " ", LATER).step("mo").see == ""
    for place in ("title", "steps.mo.do", "fees.0.text"):
        with pytest.raises(Refusal) as no:
            corrected(GUIDE, place, " ", LATER)
        assert no.value.key == "guide_change.empty"


def test_the_drawing_goes_when_the_words_no_longer_say_to_tap_its_row() -> None:
    drawn = replace(GUIDE.step("mo"), do='Bấm "Thủ tục".', screen=Screen("VNeID", ("Ví", "Thủ tục"), "Thủ tục"))
    guide = replace(GUIDE, steps=(GUIDE.steps[0], drawn, GUIDE.steps[2]))
    assert corrected(guide, "steps.mo.do", 'Bấm "Dịch vụ".', LATER).step("mo").screen is None
    assert corrected(guide, "steps.mo.do", 'Kéo xuống, bấm "Thủ tục".', LATER).step("mo").screen == drawn.screen


def test_a_renamed_row_stays_the_one_to_tap() -> None:
    screen = corrected(GUIDE, "steps.mo.screen.rows.1", "Dịch vụ công", LATER).step("mo").screen
    assert screen is not None
    assert (screen.rows, screen.tap) == (("Ví giấy tờ", "Dịch vụ công"), "Dịch vụ công")
    assert corrected(GUIDE, "steps.mo.screen.rows.0", "Ví", LATER).step("mo").screen == Screen(
        "VNeID", ("Ví", "Thủ tục"), "Thủ tục"
    )


def test_no_two_answers_of_a_fork_bear_one_name() -> None:
    with pytest.raises(Refusal) as no:
        corrected(GUIDE, "steps.da-co.fork.options.1.label", "co roi", LATER)
    assert no.value.key == "guide_change.twice"


def test_an_address_stays_one() -> None:
    assert corrected(GUIDE, "portal", "https://dichvucong.gov.vn/x", LATER).portal == "https://dichvucong.gov.vn/x"
    assert corrected(GUIDE, "portal", "", LATER).portal == ""
    for wrong in ("dichvucong", "javascript:alert(1)", 'https://a.vn/" onclick="x'):
        with pytest.raises(Refusal) as no:
            corrected(GUIDE, "portal", wrong, LATER)
        assert no.value.key == "guide_change.no_address"


@pytest.mark.parametrize(
    "place, old, new, asked",
    [
        ("fees.0.text", "Không mất phí", "Miễn phí", False),
        ("fees.0.text", "Không mất phí", "8.000 đồng", True),
        ("time_limits.0.text", "3 ngày", "Ngay trong ngày", True),
        ("steps.mo.do", "Bấm Gửi", "Bấm 2 lần", False),
    ],
)
def test_a_fact_with_figures_needs_a_day_and_a_paper(place: str, old: str, new: str, asked: bool) -> None:
    assert needs_source(place, old, new) is asked


@pytest.mark.parametrize(
    "typed, key",
    [
        ("25/11/2026, Nghị quyết 12/2026/NQ-HĐND", ""),
        ("Nghị quyết 12 ngày 1.12.2026", ""),
        ("Nghị quyết 12/2026/NQ-HĐND", "guide_change.source_without_day"),
        ("31/02/2026, Nghị quyết 12", "guide_change.source_without_day"),
        ("25/11/2026", "guide_change.source_without_name"),
        ("25/11/2026 " + "x" * 300, "guide_change.too_long"),
    ],
)
def test_the_line_about_the_source_has_a_day_and_a_name(typed: str, key: str) -> None:
    if not key:
        assert read_source(f" {typed}\n") == typed
        return
    with pytest.raises(Refusal) as no:
        read_source(typed)
    assert no.value.key == key


def test_a_place_is_called_by_what_stands_there() -> None:
    assert [kind_of(each) for each in ("title", "keywords.3", "fees.0.text", "officer_when.1")] == [
        "title",
        "keywords",
        "fees",
        "officer_when",
    ]
    assert kind_of("steps.mo.fork.options.1.label") == "steps_fork_options_label"
    assert kind_of("steps.buoc-2.screen.rows.0") == "steps_screen_rows"
