"""Which button somebody meant by typing, on channels with buttons and on those without."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from models.rules.folding import fold

LONGEST_LABEL = 100  # characters; whoever types more is not naming a button
_NONE = frozenset({"khong", "ko", "k", "chua", "hok"})  # "không phát sinh" where a number is asked says: none


def choice_meant(text: str, labels: Sequence[str], expects: str) -> int | None:
    """The index of the choice that `text` names by its label, or when a choice is what is being asked by its number
    or by the first words of one label alone ("đồng ý" of "Đồng ý bàn giao").

    While a number, a sentence or a photo is awaited a digit is never a choice: "1" must be one, not the first button.
    A single word is too little to begin a label with: "không" is an answer, not "Không phát sinh".
    """
    typed = fold(text)
    if not typed:
        return None
    words = _words(text)
    for index, label in enumerate(labels):
        if words and _words(label) == words:
            return index
    if expects == "choice" and typed.isascii() and typed.isdigit() and not typed.startswith("0"):
        number = int(typed[:4])
        return number - 1 if number <= len(labels) else None
    begun = [index for index, label in enumerate(labels) if _words(label).startswith(f"{words} ")]
    return begun[0] if expects == "choice" and " " in words and len(begun) == 1 else None


def may_name_pushed(text: str, expects: str, is_asked: bool) -> bool:
    """Whether what was typed may be the label of a button that came with a message of its own accord.

    Where a sentence is awaited it is the sentence. Where a number or a photo is, only several words without a digit
    and without a "no" in front are no answer; where anything is asked, a single word is too little.
    """
    if expects == "text" or len(text) > LONGEST_LABEL or not any(letter.isalpha() for letter in text):
        return False
    words = _words(text)
    if expects != "choice" and (any(letter.isdigit() for letter in words) or words.split(" ")[0] in _NONE):
        return False
    return bool(words) and (not is_asked or " " in words)


@lru_cache(maxsize=1000)  # the same labels at every turn
def _words(label: str) -> str:
    """A label without its ornaments: "✅ Gửi báo cáo" is meant by "gui bao cao"."""
    kept = "".join(letter if letter.isalnum() else " " for letter in fold(label))
    return " ".join(kept.split())
