"""Answers that are no numbers: what was chosen, which day, words; and how they are kept, shown and written down."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.forms import Value
from models.rules.reports import changes, read_value, shown, snapshot, write_value
from models.rules.written_answers import chosen_text, read_answer
from tests.rules.test_relevance import PAPER

TODAY = date(2026, 11, 20)
ONE, SOME = PAPER.indicator("co_hoat_dong"), PAPER.indicator("noi_dung")
DAY, WORDS, PHOTO = PAPER.indicator("ngay_bu"), PAPER.indicator("ly_do_khong"), PAPER.indicator("anh_chung")


def text(typed: str, indicator: object = ONE) -> str:
    found = read_answer(typed, indicator, TODAY)  # type: ignore[arg-type]
    assert found.sure
    return found.value.text


@pytest.mark.parametrize("typed, code", [
    ("Có", "co"), ("co", "co"), ("KHÔNG", "khong"), ("2", "khong"), ("1.", "co"), ("khong ", "khong"),
])  # fmt: skip
def test_one_choice_by_its_label_its_code_or_its_place(typed: str, code: str) -> None:
    assert text(typed) == code


@pytest.mark.parametrize("typed", ["có lẽ", "3", "0", "", "c"])
def test_what_names_no_choice_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Refusal) as no:
        read_answer(typed, ONE, TODAY)
    assert (no.value.key, no.value.values["example"]) == ("report.no_such_choice", "Có")


@pytest.mark.parametrize("typed, codes", [
    ("1, 3", "dvc thanh_toan"),
    ("3 1", "dvc thanh_toan"),
    ("vneid; an toàn trên mạng", "vneid an_toan"),
    ("cài, kích hoạt vneid", "vneid"),
    ("Dịch vụ công trực tuyến và nội dung khác", "dvc khac"),
    ("1+1", "dvc"),
])  # fmt: skip
def test_several_choices_in_one_line(typed: str, codes: str) -> None:
    assert text(typed, SOME) == codes


@pytest.mark.parametrize("typed", ["1, 9", "vneid, xyz", "toán, toàn"])
def test_one_unknown_piece_refuses_the_whole(typed: str) -> None:
    with pytest.raises(Refusal) as no:
        read_answer(typed, SOME, TODAY)
    assert no.value.key == "report.no_such_choice"


def test_a_part_of_a_label_is_asked_about() -> None:
    found = read_answer("mạng", PAPER.indicator("noi_dung"), TODAY)
    assert found.value.text == "an_toan"


def test_a_day_is_kept_as_a_day_and_one_to_come_is_asked_about() -> None:
    assert text("19/11", DAY) == "2026-11-19"
    assert text("hôm qua", DAY) == "2026-11-19"
    assert not read_answer("6/12", DAY, TODAY).sure


def test_words_hold_no_identity_and_a_photo_is_no_text() -> None:
    assert text("  mưa   bão ", WORDS) == "mưa bão"
    for typed, indicator, key in (("gọi 0912345678", WORDS, "report.identity"), ("ảnh", PHOTO, "report.photo_only")):
        with pytest.raises(Refusal) as no:
            read_answer(typed, indicator, TODAY)
        assert no.value.key == key


values = st.one_of(
    st.builds(Value),
    st.builds(lambda number: Value(Decimal(number) / 1000), st.integers(-(10**12), 10**12)),
    st.builds(lambda a, b: Value(Decimal(a), Decimal(b)), st.integers(0, 10**9), st.integers(0, 10**9)),
    st.builds(lambda words: Value(text=words), st.text(min_size=1, max_size=40)),
)


@given(values)
def test_a_written_value_is_read_back(value: Value) -> None:
    assert read_value(write_value(value)) == value


def test_words_that_look_like_a_number_stay_words() -> None:
    assert read_value(write_value(Value(text="42"))) == Value(text="42")
    assert read_value("42") == Value(Decimal(42))


def test_answers_are_shown_by_label_and_day() -> None:
    assert shown(Value(text="khong"), ONE) == "Không"
    assert shown(Value(text="dvc khac"), SOME) == "Dịch vụ công trực tuyến, Nội dung khác"
    assert shown(Value(text="cu"), ONE) == "cu"
    assert shown(Value(text="2026-12-06"), DAY) == "06/12/2026"
    assert shown(Value(text="abc"), DAY) == "abc"
    assert shown(Value(text="0" * 64), PHOTO) == "✓"
    assert shown(Value(), WORDS) == "—"


@given(st.lists(st.sampled_from([each.code for each in SOME.choices])))
def test_chosen_codes_are_kept_once_in_the_order_of_the_form(codes: list[str]) -> None:
    kept = chosen_text(codes, SOME).split()
    assert set(kept) == set(codes)
    assert kept == sorted(kept, key=[each.code for each in SOME.choices].index)


def test_changed_lines_of_a_list_are_told_line_by_line() -> None:
    was = snapshot({"l": Value(Decimal(2))}, {}, [], [], "", {"l": [{"a": '"x'}, {"a": '"y'}]})
    now = snapshot({"l": Value(Decimal(2))}, {}, [], [], "", {"l": [{"a": '"x'}, {"a": '"z'}]})
    assert changes(was, now) == [["l#", '{"a": "\\"y"}', ""], ["l#", "", '{"a": "\\"z"}']]
    assert changes(was, was) == []


def test_a_snapshot_of_before_there_were_lists_is_still_read() -> None:
    old = {"answers": {"A": "1"}, "notes": {}, "remarks": [], "photos": [], "no_activity": ""}
    assert changes(old, snapshot({"A": Value(Decimal(2))}, {}, [], [], "")) == [["A", "1", "2"]]
