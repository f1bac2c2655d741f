"""What a list that was sent would change in the list that is there: told first, done only when somebody agrees."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz import fuzz

from models.rules import Refusal
from models.rules.roster_tables import Fault, RosterTable, TypedLine
from models.rules.rosters import FIELDS, MOST_LINES, RosterLine, is_same_bearer

ALIKE = 75  # of 100: a name mended on a template's line, rather than somebody else written over it


@dataclass(frozen=True, slots=True)
class KnownLine:
    """A line of the list as it is now."""

    number: int
    line: RosterLine


@dataclass(frozen=True, slots=True)
class Mended:
    """A line that would change."""

    number: int
    before: RosterLine
    after: RosterLine

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(name for name in FIELDS if getattr(self.before, name) != getattr(self.after, name))


@dataclass(frozen=True, slots=True)
class RosterPlan:
    """Who would be added and what would change; `same` lines say nothing new, `left` lines are not in what was sent.

    Nobody is struck out because a list does not name them, and an empty cell takes nothing away.
    """

    new: tuple[RosterLine, ...]
    mended: tuple[Mended, ...]
    same: int
    left: int
    faults: tuple[Fault, ...]

    @property
    def changes(self) -> int:
        return len(self.new) + len(self.mended)

    @property
    def mark(self) -> str:
        """A short sign of exactly these changes: agreeing to others is no agreement."""
        return hashlib.sha256(repr((self.new, self.mended)).encode()).hexdigest()[:10]


def plan_roster(table: RosterTable, known: Sequence[KnownLine]) -> RosterPlan:
    """Hold what was sent against the list as it is. Raises Refusal roster.full (`most`, `count`)."""
    waiting = {each.number: each for each in known}
    new, mended, same = [], [], 0
    for typed in table.lines:
        there = _meant(typed, waiting)
        if there is None:
            new.append(typed.line)
            continue
        del waiting[there.number]
        after = replace(there.line, **{name: getattr(typed.line, name) for name in typed.said})
        if after == there.line:
            same += 1
        else:
            mended.append(Mended(there.number, there.line, after))
    if len(known) + len(new) > MOST_LINES:
        raise Refusal("roster.full", most=MOST_LINES, count=len(known) + len(new))
    return RosterPlan(tuple(new), tuple(mended), same, len(waiting), table.faults)


def _meant(typed: TypedLine, waiting: dict[int, KnownLine]) -> KnownLine | None:
    """Which line of the list a line that was sent is about."""
    keyed = waiting.get(typed.key)
    if keyed is not None and fuzz.ratio(keyed.line.folded, typed.line.folded) >= ALIKE:
        return keyed
    return next((each for each in waiting.values() if is_same_bearer(each.line, typed.line)), None)
