"""Which of the answers given before may answer a new question: by the words that both have in common."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from models.rules.folding import fold

MOST_OFFERED = 3
_ALIKE = 84  # of 100, rapidfuzz's ratio: a slip of the finger in one word
# what stands in any question and so tells nothing; "khong" and "chua" too: they end half of all questions
_FILLERS = (
    "a ah ai anh bao bi bo cac cai can cho chi chua co con cua cung cu da dang dau day de den di do duoc em gi giup ha"
    " hay hoi hom i k khi khong la lai lam lan len luc ma may minh moi mot mua muon nao nay neu ngay nha nhe nhi nhieu"
    " nhu nhung nua o phai qua ra roi sao se tai the thi toi trong tu u va van vao vay ve vi viec voi vua xin"
)
_EMPTY = frozenset(_FILLERS.split())
_ENOUGH, _ENOUGH_HERE = 0.6, 0.4  # of the words of the shorter one; less when both are about the same guide


@dataclass(frozen=True, slots=True)
class Answerable:
    """A known answer as far as it can be found by: its number, its guide, the question it answered."""

    id: int
    guide: str
    text: str
    helped: int = 0


def fitting(question: str, guide: str, known: Iterable[Answerable]) -> list[int]:
    """The ids of those that may answer the question, the best first, at most MOST_OFFERED."""
    asked = _words(question)
    scored = [(_likeness(asked, guide, each), each.helped, each.id) for each in known]
    likely = sorted((each for each in scored if each[0] > 0), key=lambda each: (-each[0], -each[1], each[2]))
    return [known_id for _, _, known_id in likely[:MOST_OFFERED]]


def holds_words(text: str, wanted: str) -> bool:
    """Whether every word that is looked for stands in the text, with or without marks."""
    folded = fold(text)
    return all(word in folded for word in fold(wanted).split())


def _likeness(asked: Sequence[str], guide: str, known: Answerable) -> float:
    """How much of the shorter of the two stands in the other; 0 when too little, or when about different guides."""
    words = _words(known.text)
    here = guide != "" and guide == known.guide
    if not asked or not words or (guide and known.guide and not here):
        return 0.0
    common = sum(any(_same(one, other) for other in words) for one in asked)
    share = min(1.0, common / min(len(asked), len(words)))
    if common < (1 if here else 2) or share < (_ENOUGH_HERE if here else _ENOUGH):
        return 0.0
    return share + (0.2 if here else 0.0)


def _same(one: str, other: str) -> bool:
    return one == other or (min(len(one), len(other)) >= 4 and fuzz.ratio(one, other) >= _ALIKE)


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(word for word in re.findall(r"\w+", fold(text)) if word not in _EMPTY))
