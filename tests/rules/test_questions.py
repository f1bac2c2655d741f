"""What can be asked of an office and answered: not nothing, not a book; short words at an offer are yes or no."""

from __future__ import annotations

import pytest

from models.rules import Refusal
from models.rules.questions import (
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    means_no,
    means_yes,
    read_answer,
    read_question,
)


def test_a_question_keeps_its_lines_and_loses_its_blanks() -> None:
    assert read_question("  Khai sinh   cho con \n\n nộp ở đâu? ") == "Khai sinh cho con\nnộp ở đâu?"


@pytest.mark.parametrize("text", ["", "alo", "???????????", "123456789012"])
def test_too_little_is_no_question(text: str) -> None:
    with pytest.raises(Refusal, match="too_short"):
        read_question(text)


def test_a_line_may_be_added_however_short_until_the_whole_is_too_long() -> None:
    before = "Khai sinh cho con nộp ở đâu?"
    assert read_question("con 3 tuổi", before) == f"{before}\ncon 3 tuổi"
    with pytest.raises(Refusal) as no:
        read_question("x" * LONGEST_QUESTION, before)
    assert no.value.values == {"most": LONGEST_QUESTION, "length": LONGEST_QUESTION + len(before) + 1}


def test_an_answer_may_be_one_word_but_not_a_dot() -> None:
    assert read_answer("Có") == "Có"
    for text, key in ((".", "empty_answer"), ("x" * (LONGEST_ANSWER + 1), "too_long_answer")):
        with pytest.raises(Refusal, match=key):
            read_answer(text)


@pytest.mark.parametrize("text", ["Không", "không phải.", "KO", "vẫn hỏi"])
def test_a_short_no_turns_the_offer_down(text: str) -> None:
    assert means_no(text)
    assert not means_yes(text)


@pytest.mark.parametrize("text", ["Đúng", "đúng rồi", "Xem", "ừ"])
def test_a_short_yes_takes_it(text: str) -> None:
    assert means_yes(text)
    assert not means_no(text)
