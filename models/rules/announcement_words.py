"""What people type about an announcement they got: that they know it (đã nắm), that they answer it (trả lời)."""

from __future__ import annotations

import re

from models.rules import Refusal
from models.rules.folding import clean, fold

LONGEST_REPLY = 600  # characters, as of a question

_NUMBER = r"(?: (?:thong bao|tb))?(?: so)? (\d{1,9})"
_BEFORE = r"(?:(?:da|vang|ok|oke|okie|em|toi|minh)[,.]? )*"
_AFTER = r"(?: (?:roi|nhe|nha|a|anh|chi))*"
_CONFIRMED = re.compile(rf"{_BEFORE}da nam(?: ro)?(?:(?: thong bao| tb)|{_NUMBER})?{_AFTER}[.!]*")
_ASSENT = re.compile(rf"{_BEFORE}(?:da ro|da biet|da nhan|ro|ok|oke|okie|vang|da|nhat tri){_AFTER}[.!]*")
_REPLY = re.compile(r"tra loi (?:thong bao|tb)(?:(?: so)? (\d{1,9}))?[.:]?")


def confirmed_number(text: str) -> int | None:
    """The number of the announcement that the words confirm: "đã nắm", "Đã nắm thông báo số 12"; 0: none is named.

    None when they say something else.
    """
    found = _CONFIRMED.fullmatch(fold(text))
    return int(found[1] or 0) if found else None


def is_assent(text: str) -> bool:
    """Whether the words say yes to what was just shown, without saying what it is: "ok", "dạ rõ", "vâng ạ".

    They mean an announcement only right below one.
    """
    return _ASSENT.fullmatch(fold(text)) is not None


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
    """Of a hundred, rounded; 100 is said only when nobody is missing, 0 when nobody is there. 0 of nothing."""
    if part in (0, whole):
        return 100 if part else 0
    return min(max((part * 200 + whole) // (whole * 2), 1), 99)
