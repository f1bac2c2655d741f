"""Visits noted down in one go on a busy day: "ghi nhanh 5 lượt VNeID", "5 lượt 4 người 2 hồ sơ tạm trú"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from models.rules import Refusal
from models.rules.folding import clean
from models.rules.search_index import Hit

# more in one line is a slip of the finger, or a class, which is reported otherwise
MOST_AT_ONCE = 200
FAR_AHEAD = 1.4  # times the score of the next: "khai sinh" means the birth certificate, not those who need one

_COUNT = re.compile(  # with diacritics or without
    r"(?<![\w.,])([0-9]{1,6})\s*"
    r"(?:(?P<turns>l[\u01b0u][\u1ee3o]t)|(?P<people>ng[\u01b0u][\u1eddo]i)|(?P<files>h[\u1ed3o]\s+s[\u01a1o]|hs))\b",
    re.IGNORECASE,
)
_LEADING = re.compile(r"([0-9]{1,6})\b(?![.,/])")
_LINE = re.compile(r"[0-9]{1,6}\s*l[\u01b0u][\u1ee3o]t[^\S\n]+[^\n]+\Z", re.IGNORECASE)
_CALLED = re.compile(r"ghi\s+nhanh\b[\s:,.]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class QuickLog:
    """What one line says: so many turns, for so many people, with so many applications filed. `words`: of what.

    `turns` 0: the line did not say how many.
    """

    turns: int
    people: int
    files: int
    words: str


def is_line(text: str) -> bool:
    """Whether it can be nothing else, though the two words were left out: "5 lượt VNeID"."""
    return _LINE.match(clean(text).strip()) is not None


def is_call(text: str) -> bool:
    """Whether the line asks for this, from wherever it is typed: the two words alone, or with a number near."""
    called = _CALLED.match(text.strip())
    return called is not None and (called.end() == len(text.strip()) or any(each.isdigit() for each in text))


def read_quick_log(text: str) -> QuickLog:
    """What the line says. Whoever names no people helped one at each turn.

    Raises Refusal log.too_many(most), log.more_people(turns, people), log.more_files(turns, files).
    """
    rest = _CALLED.sub("", clean(text), count=1)
    counts: dict[str, int] = {}
    for found in _COUNT.finditer(rest):
        counts.setdefault(str(found.lastgroup), int(found[1]))
    rest = " ".join(_COUNT.sub(" ", rest).split())
    leading = _LEADING.match(rest)
    if leading and "turns" not in counts:
        counts["turns"], rest = int(leading[1]), rest[leading.end() :]
    turns = counts.get("turns", 0) or max(counts.get("people", 0), counts.get("files", 0))
    log = QuickLog(turns, counts.get("people", turns) or turns, counts.get("files", 0), rest.strip(" .,:;-+"))
    return _checked(log)


def the_clear_one(hits: Sequence[Hit]) -> str:
    """The code of the guide that is meant beyond doubt, else empty: found alone, alone by its very name, or far ahead.

    What was noted is said back with a way to take it back, so a guide far ahead of the next is not asked about.
    """
    named = [each for each in hits if each.exact]
    if len(hits) == 1 or len(named) == 1:
        return (named or hits)[0].code
    ahead = len(hits) > 1 and not named and hits[0].score >= FAR_AHEAD * hits[1].score
    return hits[0].code if ahead else ""


def _checked(log: QuickLog) -> QuickLog:
    if log.turns > MOST_AT_ONCE:
        raise Refusal("log.too_many", most=MOST_AT_ONCE)
    if log.people > log.turns:
        raise Refusal("log.more_people", turns=log.turns, people=log.people)
    if log.files > log.turns:
        raise Refusal("log.more_files", turns=log.turns, files=log.files)
    return log


def written(log: QuickLog, guide: str = "") -> str:
    """A line as a button carries it: "5.4.2.G01"."""
    return f"{log.turns}.{log.people}.{log.files}.{guide}"


def read_written(text: str) -> tuple[QuickLog, str] | None:
    """What `written` wrote, with the code of the guide; None for anything else."""
    parts = text.split(".")
    if len(parts) != 4 or not all(each.isascii() and each.isdigit() for each in parts[:3]):
        return None
    turns, people, files = map(int, parts[:3])
    try:
        return (_checked(QuickLog(turns, people, files, "")), parts[3]) if turns and people else None
    except Refusal:
        return None
