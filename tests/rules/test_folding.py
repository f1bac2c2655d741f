"""Text made safe to keep, to compare and to show."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.rules.folding import clean, fold, has_hidden, shorten

ANY = st.text(st.characters(exclude_categories=()), max_size=60)  # lone surrogates and non-characters included
FAMILY = "👨\u200d👩\u200d👧"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Nguyễn Văn An \n", "Nguyễn Văn An"),
        ("a\u202eb\u2066c\u2069", "abc"),
        ("\ufeffa\u200bb", "ab"),
        ("a\x00b\x07c", "abc"),
        ("a\r\nb\rc", "a\nb\nc"),
        ("12\t15", "12 15"),
        (unicodedata.normalize("NFD", "Hoà"), "Hoà"),
        (FAMILY, FAMILY),
        ("a\ud800b", "ab"),
        ("a\uffffb", "ab"),
        ("a\u2028b", "a\nb"),
        ("\u200e \u00a0x", "x"),
        ("", ""),
    ],
)
def test_only_what_can_be_seen_is_kept(typed: str, kept: str) -> None:
    assert clean(typed) == kept


@given(ANY)
@settings(max_examples=500, deadline=None)
def test_cleaned_text_can_be_stored_and_is_clean(text: str) -> None:
    kept = clean(text)
    assert clean(kept) == kept
    assert unicodedata.is_normalized("NFC", kept)
    assert kept.encode("utf-8").decode("utf-8") == kept
    assert not has_hidden(kept)


@pytest.mark.parametrize(
    ("typed", "folded"),
    [
        ("Đội hình", "doi hinh"),
        ("BÁO  CÁO", "bao cao"),
        ("hoà", "hoa"),
        ("hòa", "hoa"),
        ("Thuỷ Thủy", "thuy thuy"),
        ("Nguyễn\u00a0Thị\nHồng", "nguyen thi hong"),
        ("ƯỚC", "uoc"),
        ("Ðà Nẵng", "da nang"),
        ("", ""),
    ],
)
def test_folding_drops_diacritics_capitals_and_blanks(typed: str, folded: str) -> None:
    assert fold(typed) == folded


@given(ANY)
@settings(max_examples=500, deadline=None)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(ANY)
@settings(max_examples=500, deadline=None)
def test_composed_and_decomposed_text_fold_alike(text: str) -> None:
    assert fold(unicodedata.normalize("NFD", text)) == fold(unicodedata.normalize("NFC", text)) == fold(text)


@pytest.mark.parametrize(
    ("text", "graphemes", "shown"),
    [
        ("Hà Nội", 6, "Hà Nội"),
        ("Hà Nội", 5, "Hà N…"),
        ("Hà Nội", 4, "Hà…"),
        (FAMILY * 3, 2, FAMILY + "…"),
        ("🇻🇳🇻🇳", 2, "🇻🇳🇻🇳"),
        ("👍🏽👍🏽👍🏽", 2, "👍🏽…"),
        (unicodedata.normalize("NFD", "ộộộ"), 3, unicodedata.normalize("NFD", "ộộộ")),
        ("abc", 0, ""),
    ],
)
def test_shortening_counts_what_a_reader_counts(text: str, graphemes: int, shown: str) -> None:
    assert shorten(text, graphemes) == shown


def test_a_pile_of_accents_does_not_grow_without_end() -> None:
    assert len(shorten("a" + "\u0301" * 5000, 10)) <= 16


@given(ANY, st.integers(0, 20))
@settings(max_examples=300, deadline=None)
def test_shortened_text_is_short_and_starts_as_the_text(text: str, graphemes: int) -> None:
    shown = shorten(text, graphemes)
    assert len(shown) <= 16 * graphemes
    assert shorten(shown, graphemes) == shown
