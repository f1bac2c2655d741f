"""The words around a number: units and courtesies leave it as it is, any other word is asked about."""

from __future__ import annotations

import re

from models.rules.folding import fold

UNITS = frozenset({
    "an pham", "ap", "bai", "bai dang", "bai viet", "ban", "buoi", "ca", "ca nhan", "cai", "can bo",
    "cau", "cau hoi", "clip", "co so", "cong dan", "cong trinh", "cong ty", "cuoc", "diem", "doan vien",
    "doanh nghiep", "doi hinh", "don vi", "giay to", "gio", "ho", "ho dan", "ho so", "hoat dong",
    "hoc sinh", "hoi nghi", "hoi vien", "hop tac xa", "htx", "khu pho", "lan", "lop", "luot",
    "luot ho tro", "luot nguoi", "may tinh", "mo hinh", "ngay", "nguoi", "nguoi dan", "phan viec",
    "phien", "phuong", "san pham", "tai khoan", "tap huan", "tap the", "thanh nien", "thanh vien",
    "thiet bi", "thon", "tin", "tin bai", "tinh nguyen vien", "tnv", "to", "to roi", "trang trai",
    "truong", "tuyen", "video", "xa", "y kien",
})  # fmt: skip
MONEY_UNITS = frozenset({"d", "dong", "vnd", "vn dong"})

# Typed in full: without its mark the first may be "about", the second a letter.
_HAVE, _YES = "c\u00f3", "\u1ea1"
_BEFORE = re.compile(r"(?:da|vang|thua|la|duoc|tong|tong so|tong cong|cong|=|:| )*")
_BEFORE_LAST = frozenset({"vua", "tuan", "thang", "nam"})  # "last week", "last month": here the word is no courtesy
_BEHIND = frozenset({"nhe", "nha", "roi", "em", "anh", "chi", "da"})


def is_courtesy(before: str) -> bool:
    """Whether what stands before a number says nothing about it: "yes, there are", "in total:"."""
    words = ["" if word == _HAVE else word for word in before.lower().split()]
    return _BEFORE.fullmatch(fold(" ".join(words))) is not None


def without_courtesy(behind: str) -> str:
    """What stands behind a number, without the full stop and the polite words that end a sentence."""
    words = behind.strip(" .!").split()
    while words and _is_polite(words[-1]) and fold("".join(words[-2:-1])) not in _BEFORE_LAST:
        words.pop()
    return " ".join(words).strip(" .!")


def _is_polite(word: str) -> bool:
    return word.lower().strip(".!") == _YES or fold(word).strip(".!") in _BEHIND


def is_usual(unit: str, asked: str | None, *, whole: bool, money: bool) -> bool:
    """Whether the unit typed behind a number raises no doubt; `asked` is the unit of the question, if known.

    A unit with other accents is another word ("a pair" for "a team"); one without any is typed in a hurry.
    """
    if not unit:
        return True
    if asked is not None:
        return unit.lower() == asked.lower() or (unit.isascii() and fold(unit) == fold(asked))
    if unit == "%":
        return not whole
    return fold(unit) in UNITS or (money and fold(unit) in MONEY_UNITS)
