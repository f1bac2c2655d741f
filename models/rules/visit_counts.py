"""What visits (lượt hỗ trợ) come to in a report: turns, people and files are three counts, never mixed.

A turn (lượt) is one person, one service, one sitting, finished or not. A file (hồ sơ) counts when the citizen saw its
code. People (người) are those for whom the thing was done (the monthly form's definitions, features F56).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from models.rules.indicators import Counts, Indicator
from models.rules.visits import SUCCESSES

COUNTED_OUTCOMES = ("done", "filed", "unfinished")
FOLLOWED = "counted"  # the reason of a correction that only follows the visits; one word is no reason of a person's own


@dataclass(frozen=True, slots=True)
class VisitSum:
    """Visits of one guide and one outcome together. `within`: the guide of the visit that each was a part of, for the
    same citizen; empty when of none.
    """

    guide: str
    outcome: str
    within: str
    turns: int
    people: int
    files: int


def come_to(counts: Counts, sums: Iterable[VisitSum]) -> int:
    """The number that these visits give."""
    return sum(_share(counts, each) for each in sums if not counts.guides or each.guide in counts.guides)


def _share(counts: Counts, each: VisitSum) -> int:
    match counts.measure:
        case "turns":
            return each.turns
        case "files":
            return each.files
        case "people":
            # of several guides together, whoever needed one of them first for another is still one person
            twice = each.within and (not counts.guides or each.within in counts.guides)
            return 0 if each.outcome not in SUCCESSES or twice else each.people


def numbers_of(indicators: Iterable[Indicator], sums: Iterable[VisitSum]) -> dict[str, int]:
    """The number of each indicator that counts visits; one without any is not in it: nothing counted is not zero."""
    there = tuple(sums)
    found = {each.code: come_to(each.counts, there) for each in indicators if each.counts}
    return {code: number for code, number in found.items() if number}


def part_counted(number: Decimal | None, counted: int | None) -> Decimal | None:
    """What of a number was counted by the bot, the rest being declared beside it.

    None when nothing was counted, or when the unit says less than that: then all of it is the unit's own word.
    """
    if not counted or number is None or number < counted:
        return None
    return Decimal(counted)


def moved(
    answers: Mapping[str, tuple[Decimal | None, Decimal | None]], now: Mapping[str, int]
) -> dict[str, tuple[Decimal, Decimal]]:
    """What became of answers (number, the part of it that was counted) since: by code the numbers before and now.

    What was declared beside the counted part stays as it is.
    """
    found = {}
    for code, (number, counted) in answers.items():
        if number is not None and counted is not None and counted != now.get(code, 0):
            found[code] = (number, declared(number, counted) + now.get(code, 0))
    return found


def added(
    answers: Mapping[str, Decimal | None], now: Mapping[str, int], late: Mapping[str, int]
) -> dict[str, tuple[Decimal | None, Decimal]]:
    """What `late` visits add to sent answers for which nothing had been counted then: the numbers before and now.

    Who said less than was counted, or nothing, keeps their own word.
    """
    return {
        code: (number, (number or 0) + Decimal(late[code]))
        for code, number in answers.items()
        if late.get(code) and late[code] == now.get(code)
    }


def declared(number: Decimal | None, counted: Decimal | None) -> Decimal:
    """What of a number the unit declared beside the counted part."""
    return (number or Decimal(0)) - (counted or 0)
