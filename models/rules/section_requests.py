"""A section of a report asked of a member: what of it can be answered by message, how far it is, who is meant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from models.rules.folding import fold
from models.rules.forms import Indicator, Section, Value

ASKED, DONE, DECLINED, WITHDRAWN = "asked", "done", "declined", "withdrawn"
CLOSED = "closed"  # because the report was sent
NOT_ASKED_OF_OTHERS = ("list", "image")  # these take the report's own pages


def part_of(section: Section, asked: Sequence[Indicator]) -> tuple[Indicator, ...]:
    """What of a section a member is asked: of what is asked now, all that one message can answer."""
    codes = {each.code for each in section.indicators}
    return tuple(each for each in asked if each.code in codes and each.type not in NOT_ASKED_OF_OTHERS)


def progress_of(part: Sequence[Indicator], values: Mapping[str, Value]) -> tuple[int, int]:
    """(2, 4): two of four are answered or skipped."""
    return sum(each.code in values for each in part), len(part)


def next_open(part: Sequence[Indicator], values: Mapping[str, Value], after: str = "") -> int | None:
    """The place (from 1) of the next question not answered yet, from the one `after` on and around; None: all are."""
    codes = [each.code for each in part]
    start = codes.index(after) + 1 if after in codes else 0
    places = [*range(start, len(codes)), *range(start)]
    return next((place + 1 for place in places if codes[place] not in values), None)


def person_meant(text: str, names: Mapping[int, str]) -> int | None:
    """Whom a typed name means: the one of that name, else the only one in whose name the words stand; None: unclear."""
    typed = fold(text).strip(" .")
    whole = [person for person, name in names.items() if fold(name) == typed]
    found = whole or [person for person, name in names.items() if f" {typed} " in f" {fold(name)} "]
    return found[0] if typed and len(found) == 1 else None
