"""Questions to an office (hỏi đáp): what can be asked, and how long an office has before the next one is asked."""

from __future__ import annotations

from datetime import timedelta

from models.rules import Refusal
from models.rules.folding import clean, fold

# working hours an office has (features F58); after them the question goes to the level above
ANSWERED_WITHIN = timedelta(hours=24)
MOST_OPEN = 5  # of one asker; more would bury the office
LONGEST_QUESTION = 600  # characters, with all that is added
LONGEST_ANSWER = 1500
SHORTEST = 8  # letters

_NO = frozenset(("khong", "ko", "k", "chua", "khong phai", "khong co", "hoi tiep", "van hoi", "van muon hoi"))
_YES = frozenset(("dung", "dung roi", "co", "phai", "u", "vang", "da", "xem", "xem tra loi"))


def read_question(text: str, before: str = "") -> str:
    """What is asked, `before` included (a line that is added to it).

    Raises Refusal question.too_short, question.too_long (`most`, `length`).
    """
    typed = _tidy(text)
    if not before and is_short(typed):
        raise Refusal("question.too_short")
    return _fitting("question.too_long", f"{before}\n{typed}" if before else typed, LONGEST_QUESTION)


def is_short(text: str) -> bool:
    """Whether the words are too few to ask anything by themselves."""
    return sum(each.isalpha() for each in text) < SHORTEST


def read_answer(text: str) -> str:
    """What an office answers. Raises Refusal question.empty_answer, question.too_long_answer (`most`, `length`)."""
    typed = _tidy(text)
    if sum(each.isalnum() for each in typed) < 2:
        raise Refusal("question.empty_answer")
    return _fitting("question.too_long_answer", typed, LONGEST_ANSWER)


def means_no(text: str) -> bool:
    """Whether the words turn down what is offered: "không phải", "vẫn hỏi"."""
    return _bare(text) in _NO


def means_yes(text: str) -> bool:
    """Whether the words take what is offered: "đúng rồi", "xem"."""
    return _bare(text) in _YES


def _tidy(text: str) -> str:
    lines = (" ".join(line.split()) for line in clean(text).split("\n"))
    return "\n".join(line for line in lines if line)


def _fitting(key: str, text: str, most: int) -> str:
    if len(text) > most:
        raise Refusal(key, most=most, length=len(text))
    return text


def _bare(text: str) -> str:
    return fold(text).strip(" .,!?")
