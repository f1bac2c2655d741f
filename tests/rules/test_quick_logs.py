"""A line that notes down many visits: what it says, what it must not say, and how a button carries it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.guides import read_all, read_fields
from models.guides import GuideBook
from models.rules import Refusal
from models.rules.guide_search import hits as hits_of
from models.rules.quick_logs import (
    MOST_AT_ONCE,
    QuickLog,
    is_call,
    is_line,
    read_quick_log,
    read_written,
    the_clear_one,
    written,
)
from models.rules.search_index import Hit


@pytest.mark.parametrize("line, turns, people, files, words", [
    ("ghi nhanh 5 lượt VNeID", 5, 5, 0, "VNeID"),
    ("Ghi nhanh: 5 luot vneid", 5, 5, 0, "vneid"),
    ("GHI NHANH 3 khai sinh", 3, 3, 0, "khai sinh"),
    ("ghi nhanh VNeID mức 2 5 lượt", 5, 5, 0, "VNeID mức 2"),
    ("5 lượt 4 người 2 hồ sơ tạm trú", 5, 4, 2, "tạm trú"),
    ("tam tru 5 luot 4 nguoi 2 hs", 5, 4, 2, "tam tru"),
    ("4 người khai sinh", 4, 4, 0, "khai sinh"),
    ("2 hồ sơ khai sinh", 2, 2, 2, "khai sinh"),
    ("khai sinh", 0, 0, 0, "khai sinh"),
    ("VNeID mức 2", 0, 0, 0, "VNeID mức 2"),  # that 2 is no number of visits
    ("ghi nhanh", 0, 0, 0, ""),
    ("7 lượt", 7, 7, 0, ""),
])  # fmt: skip
def test_a_line_says_how_many_and_of_what(line: str, turns: int, people: int, files: int, words: str) -> None:
    assert read_quick_log(line) == QuickLog(turns, people, files, words)


@pytest.mark.parametrize("line, key", [
    ("201 lượt VNeID", "log.too_many"),
    ("999999 VNeID", "log.too_many"),
    ("3 lượt 4 người VNeID", "log.more_people"),
    ("3 lượt 4 hồ sơ VNeID", "log.more_files"),
])  # fmt: skip
def test_a_line_that_cannot_be_true_is_refused(line: str, key: str) -> None:
    with pytest.raises(Refusal) as no:
        read_quick_log(line)
    assert no.value.key == key


@pytest.mark.parametrize("line, called", [
    ("ghi nhanh", True),
    ("Ghi nhanh 5 lượt VNeID", True),
    ("ghi  nhanh: 3 khai sinh", True),
    ("ghi nhanh gọn giúp em", False),
    ("đã ghi nhanh 5 lượt", False),
    ("5 lượt VNeID", False),
])  # fmt: skip
def test_only_a_line_that_begins_so_is_one_from_anywhere(line: str, called: bool) -> None:
    assert is_call(line) is called


@pytest.mark.parametrize("line, is_one", [
    ("5 lượt VNeID", True),
    (" 12 luot 3 ho so khai sinh", True),
    ("5 lượt", False),
    ("VNeID 5 lượt", False),
    ("5 bước làm VNeID", False),
    ("120 lượt người dân\n60 hồ sơ", False),
])  # fmt: skip
def test_among_the_guides_turns_of_something_are_noted_without_the_two_words(line: str, is_one: bool) -> None:
    assert is_line(line) is is_one


@given(some.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    is_call(text)
    is_line(text)
    try:
        log = read_quick_log(text)
    except Refusal:
        return
    assert 0 <= log.files <= log.turns <= MOST_AT_ONCE
    assert log.people <= log.turns


@given(some.integers(1, MOST_AT_ONCE), some.integers(1, MOST_AT_ONCE), some.integers(0, MOST_AT_ONCE))
def test_a_button_carries_a_line_that_could_be_typed(turns: int, people: int, files: int) -> None:
    read = read_written(written(QuickLog(turns, people, files, ""), "G01"))
    fits = people <= turns and files <= turns
    assert read == ((QuickLog(turns, people, files, ""), "G01") if fits else None)


@pytest.mark.parametrize("text", ["", "G01", "0.0.0.G01", "201.1.0.G01", "-1.1.0.G01", "1.1.G01", "١.1.0.G01"])
def test_what_no_button_of_ours_carries_is_nothing(text: str) -> None:
    assert read_written(text) is None


def hit(code: str, score: float, exact: bool) -> Hit:
    return Hit(code=code, score=score, covered=1, exact=exact)


@pytest.mark.parametrize("hits, meant", [
    ([], ""),
    ([hit("G01", 1, False)], "G01"),
    ([hit("G01", 2, True), hit("G08", 9, False)], "G01"),  # by its very name
    ([hit("G01", 2, True), hit("G08", 2, True)], ""),  # two bear it
    ([hit("G03", 7, False), hit("G08", 5, False)], "G03"),
    ([hit("G05", 7, False), hit("G08", 6, False)], ""),
])  # fmt: skip
def test_a_guide_is_meant_beyond_doubt_when_alone_by_its_very_name_or_far_ahead(hits: list[Hit], meant: str) -> None:
    assert the_clear_one(hits) == meant


@pytest.mark.parametrize("words, meant", [
    ("VNeID", "G01"), ("vneid muc 2", "G01"), ("tạm trú", "G08"), ("tam tru", "G08"), ("khai sinh", "G03"),
    ("bằng lái", "G10"), ("đăng ký", ""), ("chuyện chưa ai hướng dẫn", ""),
])  # fmt: skip
def test_the_guides_of_a_busy_counter_are_meant_beyond_doubt(words: str, meant: str) -> None:
    book = GuideBook.of(read_all(), read_fields())
    assert the_clear_one(hits_of(book, words)) == meant
