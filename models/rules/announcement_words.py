"""What people type about an announcement they got: that they know it (đã nắm), that they answer it (trả lời)."""

from __future__ import annotations

import re

from models.rules import Refusal
from models.rules.folding import clean, fold

LONGEST_REPLY = 600  # characters, as of a question

_NUMBER = r"(?: (?:thong bao|tb))?(?: so)? (\d{1,9})"
_CONFIRMED = re.compile(rf"da nam(?: ro)?(?:(?: thong bao| tb)|{_NUMBER})?[.!]?")
_REPLY = re.compile(r"tra loi (?:thong bao|tb)(?:(?: so)? (\d{1,9}))?[.:]?")


def confirmed_number(text: str) -> int | None:
    """The number of the announcement that the words confirm: "đã nắm", "Đã nắm thông báo số 12"; 0: none is named.

    None when they say something else.
    """
    found = _CONFIRMED.fullmatch(fold(text))
    return int(found[1] or 0) if found else None


def replied_number(text: str) -> int | None:
    """The number of the announcement that somebody wants to answer: "trả lời thông báo", "trả lời thông báo 12"; 0:
    none is named. None when the words say something else.
    """
    found = _REPLY.fullmatch(fold(text))
    return int(found[1] or 0) if found else None


def read_reply(text: str) -> str:
    """What is answered; short is enough here: "Dạ rõ".

    Raises Refusal announcement_reply.empty, announcement_reply.too_long (`most`, `length`).
    """
    lines = (" ".join(line.split()) for line in clean(text).split("\n"))
    typed = "\n".join(line for line in lines if line)
    if sum(each.isalnum() for each in typed) < 2:
        raise Refusal("announcement_reply.empty")
    if len(typed) > LONGEST_REPLY:
        raise Refusal("announcement_reply.too_long", most=LONGEST_REPLY, length=len(typed))
    return typed


def percent(part: int, whole: int) -> int:
    """Of a hundred, rounded down: 100 is said when nobody is missing. 0 of nothing."""
    return part * 100 // whole if whole else 0
