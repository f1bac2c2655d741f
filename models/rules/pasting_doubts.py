"""What in a sentence makes its numbers doubtful, although every word beside them is known.

Such a sentence is asked about, never taken: a slip that is mended, a question, an average, what is owed or hoped for,
a sum that does not come out, the number of somebody else.
"""

from __future__ import annotations

import math
import re
from decimal import Decimal

from models.rules import Refusal
from models.rules.numbers import read_number
from models.rules.pasting_words import flat

_NUMBER = r"\d+(?:[.,]\d+)*"
_EACH = "ngay|buoi|tuan|thang|nam|quy|nguoi|ban|doi|xa|ap|to|ca|lan|lop|dot|hoat dong"
_COUNTED = " ?[a-z]{0,12}(?: [a-z]{1,12})?"  # what a number counts
# In words without marks.
_MENDED = re.compile(
    r"\b(?:nham|nhap sai|ghi sai|sai so|sua|dinh chinh|chinh lai|tinh lai|dem lai|so cu|quen|hinh nhu|khong nho|ko nho"
    r"|chua chac|khong chac|ko chac|kiem tra lai|xem lai|hom truoc|hoi nay|ban dau)\b"
)
_OWED = re.compile(
    r"\b(?:phai|it nhat|toi thieu|toi da|uoc|du kien|phan dau|yeu cau|quy dinh|duoc giao|giao \d"
    r"|(?<!chia )se|muon|chuan bi|chac|mong|de nghi cap"
    rf"|binh quan|trung binh|(?:moi|mot|tung) (?:{_EACH})|theo (?:cong van|ke hoach|chi tieu)"
    r"|thi dua|cam ket|kinh phi|so tien|(?:thang|ky|dot|tuan|bua|lan) (?:vua )?roi"
    r"|doi ban|doi khac|don vi khac|don vi ban|xa ban|nhac)\b"
)
_BESIDE = re.compile(
    rf"\d{_COUNTED} ?(?:\bhay\b|\bhoac\b) ?\d"  # 42 hay 43
    rf"|[a-z] ?/ ?\d|\d{_COUNTED} ?/ ?(?:{_EACH}|ke hoach|kh|chi tieu|ct|tong|thang)\b"  # 42 lượt/5 buổi
    r"|[:=] ?[+\-\u2013\u2212] ?\d"  # +5
    rf"|\d{_COUNTED} ?(?:[*\u00d7]|x(?= ?\d)) ?\d|(?<![a-z])(?<![a-z]\d)\d ?= ?\d"  # 6 người x 7 buổi
    r"|\?(?:\s|$)|\b(?:phai|dung) khong\b"
)
# What is left out of a number, or is not final: said behind it or in brackets.
_PARTIAL = re.compile(
    r"\b(?:chua|khong|ko|chi) (?:tinh|ke|gom|bao gom)\b|\btru (?:dot|cac|chi doan|doi|ap)\b|\b(?:tam tinh|so bo)\b"
    rf"|\(tam\)|\d{_COUNTED} (?:thanh|len|xuong) \d"  # 30 thành 40
)
# In words with marks: without them they are too many other words.
_MARKED = re.compile(r"\b(?:c\u1ea7n|ch\u1edd|s\u1eafp|th\u00eam|c\u1ee1|(?:cho|xin|mu\u1ed1n)(?: \w+)? h\u1ecfi)\b")
_WIDER = re.compile(
    r"\b(?:toan|ca|chung|cua) (?:xa|phuong|dac khu|thi tran|huyen|thanh pho|tinh|cum|doan)\b"
    r"|\b(?:trong do|rieng)(?: co)? (?:doi|to|nhom)\b"
)
_WIDEST = re.compile(r"\b(?:toan|ca|chung) (?:huyen|thanh pho|tinh|cum)\b")
_SUM = re.compile(r"\bt\u1ed5ng\b|\bc\u1ed9ng\b(?! (?:\u0111\u1ed3ng|t\u00e1c))|\b(?:tong|tong cong)\b|^\W*cong ?:")
_NUMBERED = re.compile(
    r"\b(?:doi|to)(?: (?:hinh|ap|khom|thon|xom))?(?: so)? (\d{1,2})\b(?! (?:tinh nguyen|thanh vien|tnv))"
)
_NAMED = re.compile(
    r"^[^a-z0-9\n]*((?:doi|chi doan|to) (?!hinh|cong nghe|cn)[a-z0-9 ]{1,30}?) ?: ?(?=[a-z]).*\d", re.MULTILINE
)
_HEADED = re.compile(
    r"^[^a-z0-9\n]*((?:doi|chi doan|ap|khom|thon|xom|tuan|dot|nhom) (?!hinh|truong|pho)[a-z0-9 ]{1,30}?)[^a-z0-9\n]*$",
    re.MULTILINE,
)
_AFTERTHOUGHT = re.compile(
    r"(?:^|[.!;,])\W{0,8}(?:\u00e0|\u1ea5y|nh\u1ea7m|nham|s\u1eeda|sua"
    r"|dinh chinh|\u0111\u00ednh ch\u00ednh|\u00fd em l\u00e0)\b",
    re.MULTILINE,
)
_WORKED_OUT = re.compile(
    rf"(?P<terms>{_NUMBER}(?: [^\W\d_]+){{0,2}}(?: ?[+*x\u00d7] ?{_NUMBER}(?: [^\W\d_]+){{0,2}}){{1,9}})"
    rf" ?= ?(?P<result>{_NUMBER})"
    rf"|(?P<first>{_NUMBER})(?: [^\W\d_]+)? ?= ?(?P<behind>{_NUMBER}(?: ?\+ ?{_NUMBER}){{1,9}})"
)


def is_doubtful(sentence: str) -> bool:
    """Whether something in a sentence speaks against taking its numbers without asking."""
    low = flat(sentence)
    return any(each.search(low) for each in (_MENDED, _OWED, _BESIDE)) or _MARKED.search(sentence.lower()) is not None


def is_partial(sentence: str) -> bool:
    """Whether a sentence, with what stands in its brackets, says that its number is not the whole or not final."""
    return _PARTIAL.search(flat(sentence)) is not None


def is_mended(line: str) -> bool:
    """Whether a line takes back a number: what stands before the slip is as doubtful as what stands behind it."""
    return _MENDED.search(flat(line)) is not None


def is_of_others(sentence: str, *, of_team: bool) -> bool:
    """Whether a sentence is about more than the unit itself: a whole commune for a team, a province for a commune."""
    return (_WIDER if of_team else _WIDEST).search(flat(sentence)) is not None


def is_sum(sentence: str) -> bool:
    """Whether a sentence calls its numbers a total."""
    return _SUM.search(sentence.lower()) is not None


def mends_itself(text: str) -> bool:
    """Whether a line of a text takes back what other lines said."""
    return _AFTERTHOUGHT.search(text.lower()) is not None


def names_several_parts(text: str) -> bool:
    """Whether a text gives the numbers of more than one team, week or place, so that none of them is the report's."""
    low = flat(text)
    return any(len(set(each.findall(low))) > 1 for each in (_NUMBERED, _NAMED, _HEADED))


def without_terms(text: str) -> str:
    """A text with "12 + 15 + 8 = 35" or "201 = 80 + 71 + 50" as its result alone, where the sum comes out."""
    return _WORKED_OUT.sub(_result, text) if "=" in text else text


def _result(found: re.Match[str]) -> str:
    terms, result = found["terms"] or found["behind"], found["result"] or found["first"]
    numbers = [_number(each) for each in re.findall(_NUMBER, terms)]
    total = sum(numbers) if "+" in terms else Decimal(math.prod(numbers))
    return result if total == _number(result) else found[0]


def _number(text: str) -> Decimal:
    try:
        return read_number(text, whole=True).value
    except Refusal:
        return Decimal(-1)
