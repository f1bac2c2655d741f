"""Vietnamese as people type it: marks anywhere, none, or left as the keys of an input method."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.folding import fold
from models.rules.typed_words import bare_of, decoded, sound, toned_of, words_of

ANY = st.text(st.characters(exclude_categories=()), max_size=60)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ddawng", "đăng"),
        ("DDawng", "đăng"),
        ("kys", "ký"),
        ("tamj", "tạm"),
        ("tajm", "tạm"),
        ("truws", "trứ"),
        ("thuwowngf", "thường"),
        ("thuongwf", "thường"),
        ("nguwowif", "người"),
        ("chieeus", "chiếu"),
        ("chieuse", "chiếu"),
        ("d9a8ng", "đăng"),
        ("dda8ng", "đăng"),
        ("thu7o7ng2", "thường"),
        ("thuong72", "thường"),
        ("chie6u1", "chiếu"),
        ("ba82ng", "bằng"),
        ("nuwowcs", "nước"),
    ],
)
def test_keys_of_telex_and_vni_are_read_as_the_word_they_stand_for(typed: str, meant: str) -> None:
    assert decoded(words_of(typed)[0]) == words_of(meant)[0]


@pytest.mark.parametrize("typed", ["bang", "khoa", "2026", "xin", "đăng", "thuế"])
def test_what_is_nothing_but_letters_is_not_read_as_keys(typed: str) -> None:
    assert decoded(words_of(typed)[0]) is None


@pytest.mark.parametrize(
    ("one", "other"),
    [("hoá đơn", "hóa đơn"), ("thuỷ lợi", "thủy lợi"), ("đăng kí", "đăng ký"), ("Lí lịch", "lý lịch"), ("quí", "quý")],
)
def test_two_ways_to_write_one_word_are_one_word(one: str, other: str) -> None:
    assert words_of(one) == words_of(other)


@pytest.mark.parametrize("word", ["thúy", "máy", "này", "ngày", "giấy"])
def test_a_y_that_is_no_i_stays(word: str) -> None:
    assert words_of(word)[0].bare.endswith("y")


def test_words_that_differ_in_their_marks_alone_are_two_words() -> None:
    duong, road = words_of("Dương đường")
    assert duong.bare == road.bare == "duong"
    assert duong.toned != road.toned


@pytest.mark.parametrize(("one", "other"), [("tru", "chu"), ("xo", "so"), ("gia", "da"), ("nghe", "nge"), ("ki", "ci")])
def test_what_sounds_alike_has_one_sound(one: str, other: str) -> None:
    assert sound(one) == sound(other)


@given(ANY)
def test_words_are_the_same_however_the_letters_are_composed_and_hold_no_mark_when_bare(text: str) -> None:
    words = words_of(text)
    assert words == words_of(unicodedata.normalize("NFC", text))
    assert len(words) <= 60
    for word in words:
        assert not any(char in "^+(-'`?~. " for char in word.bare)
        decoded(word)


@given(st.lists(st.sampled_from(["đăng", "ký", "tạm", "người", "hoá", "đơn", "bằng", "nước", "ngoài"]), min_size=1))
def test_text_without_marks_has_the_same_bare_words(words: list[str]) -> None:
    text = " ".join(words)
    assert bare_of(words_of(text)) == bare_of(words_of(fold(text))) == toned_of(words_of(fold(text)))
