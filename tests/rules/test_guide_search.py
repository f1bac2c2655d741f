"""A search finds the guide that somebody means, says so when two may be meant, and finds nothing in small talk."""

from __future__ import annotations

import unicodedata
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.guides import read_all, read_words
from models.rules import Refusal
from models.rules.folding import fold
from models.rules.guide_search import GuideIndex
from models.rules.guides import Guide
from models.rules.search_index import Entry, Hit, SearchIndex, is_clear
from models.rules.search_words import SearchWords, parse_search_words
from tests.guide_queries import SETS, misses, quality, queries

FIRST, THREE, SILENT = 0.92, 0.98, 0.95  # of all our queries
NAMES = [
    (guide.code, name)
    for guide in read_all()
    for name in (guide.title, guide.short_title, *guide.keywords)
    if " " in name  # a word with another tone is another word
]
MARKS = {unicodedata.lookup(f"COMBINING {name}") for name in ("GRAVE ACCENT", "ACUTE ACCENT", "TILDE", "DOT BELOW")}


@cache
def shipped() -> GuideIndex:
    return GuideIndex(read_all(), read_words())


def codes(index: SearchIndex, text: str) -> list[str]:
    return [hit.code for hit in index.find(text)]


def entries(*names: str) -> SearchIndex:
    """An index of entries A, B, … with one name each."""
    return SearchIndex([Entry(chr(65 + at), (name,)) for at, name in enumerate(names)])


# Quality


def test_there_are_enough_queries_of_every_kind_and_none_twice() -> None:
    asked = queries()
    assert len(asked) >= 240
    assert sum(not each.right for each in asked) >= 30
    assert sum(each.set == "held_out" for each in asked) >= 80
    assert len({each.text for each in asked}) == len(asked)
    known = {guide.code for guide in read_all()}
    assert set().union(*(each.right for each in asked)) == known


def test_the_right_guide_comes_first_and_small_talk_finds_none() -> None:
    found = quality(shipped(), queries())
    assert found.first >= FIRST
    assert found.three >= THREE
    assert found.silent >= SILENT


@pytest.mark.parametrize("name", SETS)
def test_each_set_alone_finds_the_right_guide_first(name: str) -> None:
    assert quality(shipped(), (each for each in queries() if each.set == name)).first >= FIRST


def test_a_miss_is_named_with_what_was_found_instead() -> None:
    assert list(misses(SearchIndex([]), queries()[:1])) == [(queries()[0], [])]


@pytest.mark.parametrize("guide", read_all(), ids=lambda guide: guide.code)
def test_a_title_finds_its_guide_first_however_it_is_typed(guide: Guide) -> None:
    code, titles = guide.code, (guide.title, guide.short_title, guide.code)
    for title in titles:
        for text in (title, title.upper(), fold(title), unicodedata.normalize("NFD", title)):
            assert codes(shipped(), text)[:1] == [code], text


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(NAMES), st.data())
def test_a_name_finds_its_guide_with_any_of_its_tones_left_out(named: tuple[str, str], data: st.DataObject) -> None:
    code, name = named
    chars = unicodedata.normalize("NFD", name)
    dropped = data.draw(st.sets(st.sampled_from([at for at, char in enumerate(chars) if char in MARKS] or [-1])))
    text = "".join(char for at, char in enumerate(chars) if at not in dropped)
    assert code in codes(shipped(), text)[:5], text


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_searched_and_finds_each_guide_once_and_always_the_same(text: str) -> None:
    found = shipped().find(text)
    assert found == shipped().find(text) == shipped().find(unicodedata.normalize("NFC", text))
    assert len({hit.code for hit in found}) == len(found)
    assert all(0 <= hit.covered <= 1 + 1e-9 and hit.score > 0 for hit in found)


# What is meant


def test_the_exact_tone_comes_first() -> None:
    index = entries("đường quê", "Dương Quế")
    assert codes(index, "đường quê") == ["A", "B"]
    assert codes(index, "dương quế") == ["B", "A"]
    assert set(codes(index, "duong que")) == {"A", "B"}


def test_one_that_is_exactly_named_comes_before_one_that_holds_the_words() -> None:
    index = entries("Đăng ký tạm trú cho sinh viên", "Tạm trú", "Gia hạn tạm trú")
    found = index.find("tam tru")
    assert (found[0].code, [hit.exact for hit in found]) == ("B", [True, False, False])


@pytest.mark.parametrize(
    "text",
    [
        "dang ky tma tru",
        "ddawng ky tamj trus",
        "dda8ng ky1 ta5m tru1",
        "tamtru",
        "tam chu",
        "đăng ki tạm trú",
        "TẠM-TRÚ",
    ],
)
def test_slips_keys_and_sounds_are_understood(text: str) -> None:
    assert codes(shipped(), text)[0] == "G08"


@pytest.mark.parametrize(
    "text", ["", " ", "42", "1.234", "25/11/2026", "012345678901", "8079", "156", "?!", "😀", "\u200b", "x" * 5000]
)
def test_numbers_and_signs_find_nothing(text: str) -> None:
    assert shipped().find(text) == []


def test_so_much_of_a_guide_is_no_accident_and_less_is_offered_to_who_is_looking() -> None:
    assert codes(shipped(), "thi lý thuyết lái xe xong bao lâu có bằng")[:1] == ["G14"]
    assert codes(shipped(), "bán cá khô lên sàn") == []
    assert "G29" in [hit.code for hit in shipped().find("bán cá khô lên sàn", looking=True)]


def test_a_long_text_is_searched_by_its_beginning() -> None:
    assert codes(shipped(), "đăng ký tạm trú " + "và nhiều việc khác nữa " * 500)[0] == "G08"


def test_two_that_fit_as_well_are_both_offered() -> None:
    found = shipped().find("HKD")
    assert {hit.code for hit in found[:2]} == {"G16", "G17"}
    assert not is_clear(found)
    assert is_clear(shipped().find("đăng ký tạm trú"))


@pytest.mark.parametrize(
    ("hits", "clear"),
    [
        ([], False),
        ([Hit("A", 3.0, 1.0, False)], True),
        ([Hit("A", 3.0, 0.2, False)], False),
        ([Hit("A", 3.0, 1.0, True), Hit("B", 2.9, 1.0, False)], True),
        ([Hit("A", 3.0, 1.0, True), Hit("B", 2.9, 1.0, True)], False),
        ([Hit("A", 3.0, 1.0, False), Hit("B", 1.0, 1.0, False)], True),
    ],
)
def test_one_is_clear_when_it_is_about_most_of_the_text_and_far_ahead(hits: list[Hit], clear: bool) -> None:
    assert is_clear(hits) is clear


def test_anything_with_names_can_be_searched() -> None:
    index = SearchIndex(
        [Entry("7", ("Chủ trọ không xác nhận thì sao?",), body=("Mang hợp đồng thuê đến Công an xã.",))]
    )
    assert codes(index, "chu tro khong xac nhan") == ["7"]
    assert codes(index, "hop dong thue") == []  # said only in its body, which is not enough for a guess


# Words that mean the same


WORDS = SearchWords.of(
    ["là", "gì"], {"giấy phép lái xe": ["GPLX", "bằng lái"], "khai sinh": ["KS"], "khách sạn": ["KS"]}
)


@pytest.mark.parametrize("title", ["Đổi GPLX", "Đổi bằng lái", "Đổi giấy phép lái xe"])
@pytest.mark.parametrize("text", ["doi gplx", "đổi bằng lái", "đổi giấy phép lái xe là gì", "doi bang lai"])
def test_a_short_name_finds_the_long_one_and_the_other_way_round(title: str, text: str) -> None:
    assert codes(SearchIndex([Entry("A", (title,)), Entry("B", ("Nộp thuế",))], WORDS), text) == ["A"]


def test_a_short_name_of_two_things_finds_both() -> None:
    index = SearchIndex([Entry("A", ("Khai sinh",)), Entry("B", ("Khách sạn",)), Entry("C", ("Thuế",))], WORDS)
    assert set(codes(index, "KS")) == {"A", "B"}


def test_a_word_that_says_nothing_is_another_word_with_other_marks() -> None:
    index = SearchIndex([Entry("A", ("Đường link lạ",))], WORDS)
    assert codes(index, "link lạ") == codes(index, "link la") == ["A"]
    assert codes(index, "link là gì") == []


@pytest.mark.parametrize(
    ("data", "path"),
    [
        (None, ()),
        ({"silent": []}, ()),
        ({"silent": "là", "same": {}}, ("silent",)),
        ({"silent": [1], "same": {}}, ("silent",)),
        ({"silent": [], "same": []}, ("same",)),
        ({"silent": [], "same": {"căn cước": "CCCD"}}, ("same", "căn cước")),
        ({"silent": [], "same": {"căn cước": ["?"]}}, ("same", "căn cước")),
    ],
)
def test_a_broken_word_list_is_refused_with_its_place(data: object, path: tuple[str, ...]) -> None:
    with pytest.raises(Refusal) as no:
        parse_search_words(data)
    assert (no.value.key, no.value.values["path"]) == ("guide_file.words", path)
