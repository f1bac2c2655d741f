"""The text of an announcement: its marks are read, and nothing anybody types is ever taken for markup."""

from __future__ import annotations

import unicodedata
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.words import Words
from models.rules import Refusal
from models.rules.announcement_text import plain, read_text, runs, units_of
from models.rules.delivery import pieces

WORDS = Words(ZoneInfo("Asia/Ho_Chi_Minh"))
MOST = 3500
MESSAGE = 4096  # UTF-16 units, Bot API sendMessage
# what breaks markup: marks side by side, tags, entities, quotes, letters in two halves, emoji, line ends
RAW = [
    "*",
    "_",
    "**",
    "__",
    " ",
    "\n",
    "- ",
    "<b>",
    "</b>",
    "<",
    ">",
    "&",
    "&lt;",
    '"',
    "'",
    "a",
    "ế",
    "e\u0302\u0301",
    "🎉",
]
typed = st.lists(st.one_of(st.sampled_from(RAW), st.text(max_size=8)), max_size=60).map("".join)


class Strict(HTMLParser):
    """Takes apart what Telegram would: only <b> and <i>, closed in their order and in their line."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.said = ""
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in ("b", "i"), tag
        assert not attrs
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        assert not (self.open and "\n" in data), "a cut between lines must leave whole tags"
        self.said += data


def worded(text: str) -> str:
    return WORDS.say("announcement.text", {"runs": [list(run) for run in runs(text)]})


@pytest.mark.parametrize(
    "text, html",
    [
        ("*Kính gửi* các _đội_", "<b>Kính gửi</b> các <i>đội</i>"),
        ("**Kính gửi** __đội__", "<b>Kính gửi</b> <i>đội</i>"),
        ("*_cả hai_* (*đậm*), _nghiêng_.", "<b><i>cả hai</i></b> (<b>đậm</b>), <i>nghiêng</i>."),
        ("- một\n– hai\n* ba", "• một\n• hai\n• ba"),
        ("2*3*4, ten_tep_moi, 5 * 6 * 7", "2*3*4, ten_tep_moi, 5 * 6 * 7"),
        ("*chưa đóng, _cũng chưa", "*chưa đóng, _cũng chưa"),
        ("*hai\ndòng*", "*hai\ndòng*"),
        ("https://a.gov.vn/_x_/*y* ?a_b=1&c_=2", "https://a.gov.vn/_x_/*y* ?a_b=1&amp;c_=2"),
        ("<b>đậm</b> <script>", "&lt;b&gt;đậm&lt;/b&gt; &lt;script&gt;"),
        ("*<a href='x'>*", "<b>&lt;a href=&#39;x&#39;&gt;</b>"),
    ],
)
def test_marks_are_read_and_what_is_none_stays_as_typed(text: str, html: str) -> None:
    assert worded(text) == html


@given(typed)
def test_no_text_can_bring_in_markup_of_its_own(text: str) -> None:
    read = Strict(worded(text))
    assert read.said == "".join(piece for _, piece in runs(text)).strip()


@given(typed)
def test_reading_the_marks_loses_nothing_but_the_marks(text: str) -> None:
    bare = str.maketrans("", "", "*_-–•+ \t\n\u00a0")
    said = "".join(piece for _, piece in runs(text)).translate(bare)
    assert "".join(said.split()) == "".join(text.translate(bare).split())


@given(st.lists(st.tuples(st.sampled_from("bi"), st.text("abcđế", min_size=1, max_size=5)), min_size=1, max_size=9))
def test_what_is_marked_word_by_word_is_read_word_by_word(words: list[tuple[str, str]]) -> None:
    marks = {"b": "*", "i": "_"}
    text = " ".join(f"{marks[style]}{word}{marks[style]}" for style, word in words)
    assert [run for run in runs(text) if run[1] != " "] == words


@given(typed)
def test_a_text_is_kept_in_one_form_and_within_the_limit(text: str) -> None:
    try:
        kept = read_text(text, 40)
    except Refusal:
        return
    assert unicodedata.is_normalized("NFC", kept)
    assert units_of("".join(piece for _, piece in runs(kept))) <= 40
    assert read_text(kept, 40) == kept


@given(st.text(st.sampled_from('*_"<&🎉ế \na'), min_size=1, max_size=9), st.booleans(), st.booleans())
def test_the_longest_announcement_goes_as_one_message(part: str, proof: bool, is_edit: bool) -> None:
    kept = ("a" + part * MOST)[: MOST // 2]  # however it is escaped and marked
    kept += "\n" + "b" * (MOST - 1 - units_of("".join(piece for _, piece in runs(kept))))
    assert units_of("".join(piece for _, piece in runs(kept))) <= MOST
    values = {"number": 999_999, "unit": "Đ" * 200, "is_test": True, "is_urgent": True, "replaces": 999_998}
    values |= {"is_edit": is_edit}
    shown = [list(run) for run in runs(kept)]
    html = WORDS.say("announcement.body", values | {"runs": shown, "asks_proof": proof, "confirmed_at": None})
    assert pieces(html, MESSAGE) == [html]


def test_a_text_too_long_says_by_how_much_as_telegram_counts() -> None:
    with pytest.raises(Refusal) as no:
        read_text("a" + "🎉" * 11, 20)
    assert (no.value.key, no.value.values) == ("announcement.too_long", {"most": 20, "length": 23, "over": 3})


def test_marks_take_no_room() -> None:
    assert read_text("*" + "a" * 20 + "*", 20)


def test_a_further_paragraph_comes_behind_and_counts() -> None:
    assert read_text("hai", 20, "một") == "một\n\nhai"
    with pytest.raises(Refusal) as no:
        read_text("hai", 7, "một")
    assert no.value.values["over"] == 1


@pytest.mark.parametrize("text", ["", "  ", "!!!", "\u200b", "***", "👍"])
def test_a_text_without_a_word_is_none(text: str) -> None:
    with pytest.raises(Refusal) as no:
        read_text(text, MOST)
    assert no.value.key == "announcement.empty"


def test_the_words_alone_stand_in_one_line() -> None:
    assert plain("*Kính gửi*\n\n- một\n- _hai_") == "Kính gửi • một • hai"
