"""Numbers as people type them. In numbers.tsv `1234 unit` is taken, `?1234|1.234` is asked, `!key` is refused."""

from __future__ import annotations

import csv
import re
import unicodedata
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from jinja2 import StrictUndefined, Template

from models.rules import Refusal
from models.rules.numbers import Reading, far_from, format_number, read_number

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def typed_as(text: str) -> str:
    """The text of a table cell, where what cannot be seen is written as an escape."""
    return re.sub(
        r"\\(u[0-9a-f]{4}|n|t)",
        lambda found: {"n": "\n", "t": "\t"}.get(found[1]) or chr(int(found[1][1:], 16)),
        text,
    )


def golden_rows() -> list[dict[str, str]]:
    with (HERE / "numbers.tsv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE, restval=""))


GOLDEN = golden_rows()


def read_row(row: dict[str, str]) -> Reading:
    return read_number(typed_as(row["typed"]), whole=row["field"] != "decimal", money=row["field"] == "money")


def outcome_of(row: dict[str, str]) -> str:
    try:
        reading = read_row(row)
    except Refusal as refusal:
        return "!" + refusal.key.removeprefix("number.")
    values = "|".join(format(value, "f") for value in (reading.value, *reading.alternatives))
    return ("" if reading.sure else "?") + f"{values} {reading.unit}".strip()


def as_numbers(outcome: str) -> tuple[str, list[Decimal], str]:
    """The outcome with its values as numbers, so that 1.50 and 1.5 are the same."""
    if outcome.startswith("!"):
        return outcome, [], ""
    values, _, unit = outcome.removeprefix("?").partition(" ")
    return outcome[:1] if outcome.startswith("?") else "", [Decimal(value) for value in values.split("|")], unit


@pytest.mark.parametrize("row", GOLDEN, ids=lambda row: f"{row['field']}: {row['typed']}")
def test_each_line_of_the_golden_table(row: dict[str, str]) -> None:
    assert as_numbers(outcome_of(row)) == as_numbers(row["outcome"])


def test_the_golden_table_has_300_lines() -> None:
    assert len(GOLDEN) >= 300
    assert len({(row["typed"], row["field"]) for row in GOLDEN}) == len(GOLDEN)


def test_four_of_five_ordinary_answers_need_no_question() -> None:
    """Ordinary: digits as forms are filled in, grouped or not, with unit and courtesies; some words and "none"."""
    ordinary = [row for row in GOLDEN if row["ordinary"]]
    understood = [row for row in ordinary if outcome_of(row)[0] not in "?!"]
    assert len(ordinary) >= 100
    assert len(understood) >= 0.8 * len(ordinary)


DIGIT_WORDS = ["không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín"]


def spelled(number: int) -> str:
    """The number from 0 to 999.999 in full Vietnamese words, by the grammar of schoolbooks."""
    if number >= 1000:
        rest = f" {spelled_hundreds(number % 1000, full=True)}" if number % 1000 else ""
        return f"{spelled_hundreds(number // 1000)} nghìn{rest}"
    return spelled_hundreds(number)


def spelled_hundreds(number: int, *, full: bool = False) -> str:
    hundreds, rest = divmod(number, 100)
    if not hundreds and not full:
        return spelled_tens(rest)
    if not rest:
        return f"{DIGIT_WORDS[hundreds]} trăm"
    return f"{DIGIT_WORDS[hundreds]} trăm {'linh ' if rest < 10 else ''}{spelled_tens(rest)}"


def spelled_tens(number: int) -> str:
    tens, ones = divmod(number, 10)
    if tens == 0:
        return DIGIT_WORDS[ones]
    last = {0: "", 5: " lăm", 1: " một" if tens == 1 else " mốt"}.get(ones, f" {DIGIT_WORDS[ones]}")
    return f"mười{last}" if tens == 1 else f"{DIGIT_WORDS[tens]} mươi{last}"


def fold_plainly(text: str) -> str:
    bare = unicodedata.normalize("NFD", text)
    return "".join(char for char in bare if unicodedata.category(char) != "Mn").replace("đ", "d")


@given(st.integers(0, 10**12 - 1), st.sampled_from([".", "", " ", "\u00a0"]), st.sampled_from(["", " người", " ạ"]))
@settings(max_examples=300, deadline=None)
def test_a_whole_number_is_read_as_it_was_written(number: int, mark: str, behind: str) -> None:
    reading = read_number(f"{number:,}".replace(",", mark) + behind, whole=True)
    assert reading.value == number
    assert reading.sure or mark in (" ", "\u00a0")


@given(st.integers(0, 10**12 - 1), st.sampled_from([".", "", " ", ","]))
@settings(max_examples=300, deadline=None)
def test_in_a_decimal_field_the_number_is_read_or_offered(number: int, mark: str) -> None:
    reading = read_number(f"{number:,}".replace(",", mark), whole=False)
    assert reading.value == number if reading.sure else number in (reading.value, *reading.alternatives)


@given(st.integers(0, 999_999), st.booleans())
@settings(max_examples=300, deadline=None)
def test_words_are_read_exactly_and_always_confirmed(number: int, with_marks: bool) -> None:
    words = spelled(number)
    reading = read_number(words if with_marks else fold_plainly(words), whole=True)
    assert reading.value == number
    assert not reading.sure


@given(st.decimals(0, 10**9, places=4), st.booleans())
@settings(max_examples=300, deadline=None)
def test_what_we_write_reads_back_as_the_same_number(value: Decimal, negative: bool) -> None:
    reading = read_number(format_number(value), whole=False)
    assert reading.value == value if reading.sure else value in (reading.value, *reading.alternatives)
    assert format_number(-value).removeprefix("-") == format_number(value)


NOISE = st.text(st.sampled_from("0123456789 .,-~+/đktr\t\n\u200b\u202e%()٣²") | st.characters(), max_size=30)
WORDY = st.lists(
    st.sampled_from(["0", "1", "25", "100", "1.234", "1,5", ",", "-", "và", *spelled(545_101).split()]), max_size=12
)


@given(NOISE | st.text() | WORDY.map(" ".join), st.booleans(), st.booleans())
@settings(max_examples=500, deadline=None)
def test_any_text_is_read_or_refused(text: str, whole: bool, money: bool) -> None:
    try:
        reading = read_number(text, whole=whole, money=money)
    except Refusal:
        return
    assert 0 <= reading.value < 10**12
    assert not whole or reading.value == int(reading.value)
    if reading.sure:
        digits = re.sub("[^0-9]", "", unicodedata.normalize("NFKC", text))
        assert re.sub("[^0-9]", "", f"{reading.value:f}").strip("0") in digits


@pytest.mark.parametrize(
    ("typed", "asked", "sure"),
    [
        ("12 người", "người", True),
        ("12 nguoi", "người", True),
        ("12", "người", True),
        ("12 lượt", "người", False),
        ("5 đôi", "đội", False),
        ("5 đội", "đội", True),
        ("5 ki-ốt", "ki-ốt", True),
        ("5 ki-ốt", None, False),
    ],
)
def test_another_unit_than_the_one_asked_for_is_a_question(typed: str, asked: str | None, sure: bool) -> None:
    assert read_number(typed, whole=True, asked_unit=asked).sure is sure


def test_the_limit_of_digits_is_the_callers() -> None:
    assert read_number("999", whole=True, max_digits=3).value == 999
    with pytest.raises(Refusal) as refused:
        read_number("1.000", whole=True, max_digits=3)
    assert refused.value.key == "number.too_large"


@pytest.mark.parametrize(
    ("typed", "suggestion"),
    [("1.23.456", "123.456"), ("100+", "100"), ("khoảng 1234 người", "1.234"), ("hơn trăm", ""), ("vài chục", "")],
)
def test_a_refusal_suggests_what_was_probably_meant(typed: str, suggestion: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_number(typed, whole=True)
    assert refused.value.values == {"text": typed, "suggestion": suggestion}


def test_a_long_answer_is_quoted_shortened() -> None:
    with pytest.raises(Refusal) as refused:
        read_number("báo cáo " * 100, whole=True)
    assert len(refused.value.values["text"]) <= 40


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0, "0"),
        (999, "999"),
        (1234, "1.234"),
        (1234567, "1.234.567"),
        (Decimal("1234.50"), "1.234,5"),
        (-1234, "-1.234"),
        (Decimal("0.05"), "0,05"),
        (Decimal("-0.5"), "-0,5"),
        (Decimal("1E+3"), "1.000"),
        (Decimal("12.00"), "12"),
    ],
)
def test_numbers_are_written_the_vietnamese_way(value: Decimal | int, shown: str) -> None:
    assert format_number(value) == shown


@pytest.mark.parametrize(
    ("value", "last", "far"),
    [
        (150, 100, False),
        (151, 100, True),
        (50, 100, False),
        (49, 100, True),
        (4200, 42, True),
        (42, 42, False),
        (3, 1, False),
        (5, 1, False),
        (6, 1, True),
        (0, 4, False),
        (0, 40, True),
        (5, 0, True),
        (4, 0, False),
        (9, None, False),
    ],
)
def test_a_value_far_from_last_month_is_worth_a_question(value: int, last: int | None, far: bool) -> None:
    assert far_from(value, last) is far


def test_ten_times_is_far_even_where_the_form_allows_wide_changes() -> None:
    assert not far_from(90, 10, share=Decimal(20))
    assert far_from(100, 10, share=Decimal(20))
    assert far_from(10, 100, share=Decimal(20))
    assert not far_from(2, 1, share=Decimal("0.1"), least=5)
    assert far_from(2, 1, share=Decimal("0.1"), least=1)


def test_every_refusal_has_its_sentence() -> None:
    source = (ROOT / "models/rules/numbers.py").read_text(encoding="utf-8")
    raised = set(re.findall(r'refuse\(\s*"(\w+)"', source)) | set(re.findall(r'Refusal\("number\.(\w+)"', source))
    raised |= {"several", "range", "not_a_number", "approximate"}
    texts = yaml.safe_load((ROOT / "bot/content/texts/number.yaml").read_text(encoding="utf-8"))
    assert raised == set(texts)
    for moment, text in texts.items():
        shown = Template(text, autoescape=True, undefined=StrictUndefined).render(text="<5>", suggestion="12")
        assert "&lt;5&gt;" in shown, moment
