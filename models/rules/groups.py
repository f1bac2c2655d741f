"""Groups across the tree: who is in which cluster (Cụm thi đua) or block (khối) on which day, and how they are typed.

A unit is in one cluster of the same owner at a time, and in as many blocks as there are. Days are whole: a membership
counts from `since` on, and on `until` no longer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from rapidfuzz import fuzz, process

from models.rules import Refusal
from models.rules.dates import read_date
from models.rules.folding import clean, fold, shorten
from models.rules.names import is_useful_name, tidy_name

Kind = Literal["cluster", "block"]
CLUSTER, BLOCK = "cluster", "block"
KINDS = (CLUSTER, BLOCK)
NAME_ROOM = 120  # code points the database has room for
MOST_NAMES = 200  # units in one message: a province has at most 168 communes
_CLOSE = 83  # of 100: one wrong letter in a name of six ("sa dek")
_ORNAMENT = re.compile(r"^(?:[-*+•–—]+|\d{1,3}[.)])\s+")
_APART = re.compile(r"[\n;,]+")
_FROM_DAY = re.compile(r"(?:^|.* )\(?tu (?:ngay )?(?=\d)")


@dataclass(frozen=True, slots=True)
class Span:
    """A unit's time in a group. `id` is that of the row; 0 for one that is not kept yet."""

    group_id: int
    since: date
    until: date | None = None
    id: int = 0

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class Entry:
    """What becomes of a unit's memberships when it enters a group.

    `added`: the membership to keep, None when it is there already. `changed`: those that end on another day than
    before; one that ends on the day it begins never was.
    """

    added: Span | None
    changed: tuple[Span, ...] = ()

    @property
    def is_same(self) -> bool:
        return self.added is None and not self.changed


def enter(wish: Span, held: Sequence[Span]) -> Entry:
    """The unit enters as `wish` says; `held` are the memberships of which it may have only one at a time.

    What it is in on that day ends on that day; what is to begin later stays as it was decided, so the new one ends
    when that begins.
    """
    later = [each.since for each in held if each.since > wish.since]
    until = min([day for day in (wish.until, *later) if day is not None], default=None)
    inside = [each for each in held if each.holds_on(wish.since)]
    if own := next((each for each in inside if each.group_id == wish.group_id), None):
        return Entry(None, () if own.until == until else (replace(own, until=until),))
    return Entry(replace(wish, until=until), tuple(replace(each, until=wish.since) for each in inside))


def leave(span: Span, day: date) -> Span:
    """The membership when it ends on `day`; one that had not begun by then never was."""
    return replace(span, until=max(span.since, day))


@dataclass(frozen=True, slots=True)
class Tie:
    """A unit's being in a group, as far as counting by groups needs it."""

    group_id: int
    owner_id: int
    kind: str


def groups_over(path: str, ties: Mapping[int, Sequence[Tie]]) -> tuple[int, ...]:
    """The groups that a unit at `path` counts in: its own and those of the units above it, the nearest first.

    Of the clusters of one owner only the nearest counts, so that nobody is added up twice.
    """
    found: dict[int, None] = {}
    settled: set[int] = set()
    for unit_id in reversed([int(part) for part in path.strip("/").split("/") if part]):
        here = ties.get(unit_id, ())
        found |= {tie.group_id: None for tie in here if tie.kind == BLOCK or tie.owner_id not in settled}
        settled |= {tie.owner_id for tie in here if tie.kind == CLUSTER}
    return tuple(found)


def place_in_list(kind: str, name_folded: str) -> tuple[bool, list[tuple[int, str]]]:
    """Sorts groups as people count them: clusters first, and "cụm 2" before "cụm 10"."""
    parts = re.split(r"([0-9]+)", name_folded)
    return kind != CLUSTER, [(int(part), "") if part.isascii() and part.isdigit() else (0, part) for part in parts]


def read_group_name(text: str) -> str:
    """What a group is to be called. Raises Refusal group.name_unclear (`text`)."""
    name = tidy_name(text, NAME_ROOM)
    if not is_useful_name(name):
        raise Refusal("group.name_unclear", text=shorten(name, 40))
    return name


def split_names(text: str) -> tuple[list[str], str]:
    """The names in a message, each once, and what stands behind "từ" (the day from which it counts; "" for none).

    Names stand on lines of their own or apart by `,` or `;`, with or without numbers in front. Raises Refusal
    group.several_days, group.too_many (`most`).
    """
    names: dict[str, str] = {}
    days: list[str] = []
    for part in _APART.split(clean(text)):
        name, day = _without_day(_ORNAMENT.sub("", part.strip()).rstrip(" ."))
        if day:
            days.append(day)
        if fold(name):
            names.setdefault(fold(name), name)
    if len({fold(day) for day in days}) > 1:
        raise Refusal("group.several_days")
    if len(names) > MOST_NAMES:
        raise Refusal("group.too_many", most=MOST_NAMES)
    return list(names.values()), days[0] if days else ""


def _without_day(part: str) -> tuple[str, str]:
    """ "Cao Lãnh từ 01/12" is Cao Lãnh, and 01/12."""
    words = part.split()
    found = _FROM_DAY.match(fold(part))
    if found is None:
        return part, ""
    behind = len(fold(part)[found.end() :].split())
    before = len(words) - behind - (2 if found[0].endswith("ngay ") else 1)
    return " ".join(words[:before]).strip(" (:-"), " ".join(words[-behind:]).strip(" ).")


def read_day(text: str, today: date) -> date:
    """The day from which a membership counts or does not; gone or to come, but beyond doubt.

    Raises Refusal group.doubt_day (`value`), or date.* as its reader does.
    """
    coming = read_date(text, today=today, planned=True)
    gone = read_date(text, today=today)
    if not coming.sure and not gone.sure:
        raise Refusal("group.doubt_day", value=gone.value)
    return coming.value if coming.sure else gone.value


@dataclass(frozen=True, slots=True)
class Candidate:
    """A unit that a typed name may mean. `is_near`: it stands right below the owner of the group."""

    id: int
    name: str
    name_folded: str
    code: str
    is_near: bool


def meant(text: str, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Which units a typed name may mean: one when there is no doubt, several to choose from, none.

    A code or a whole name goes before a name that ends so ("tân phú" is no "Tân Phú Đông"), that before one that only
    holds it; a unit right below goes before one further down. Whoever types the marks means them.
    """
    part = fold(text)
    ranks: dict[int, list[Candidate]] = {}
    for each in candidates:
        rank = _rank(part, each)
        if rank is not None:
            ranks.setdefault(rank, []).append(each)
    best = ranks[min(ranks)] if ranks else []
    typed = " ".join(clean(text).casefold().split())
    exact = [each for each in best if typed in each.name.casefold()] if typed != part else []
    return tuple(exact or best)


def _rank(part: str, each: Candidate) -> int | None:
    if part in (each.name_folded, fold(each.code)):
        return 0
    further = 0 if each.is_near else 2
    if each.name_folded.endswith(f" {part}"):
        return 1 + further
    return 2 + further if part in each.name_folded else None


def looks_like(text: str, candidates: Sequence[Candidate], most: int) -> tuple[Candidate, ...]:
    """The units whose names end almost as one that is not there ("Cao Lahn"), the closest first."""
    typed = fold(text)
    length = len(typed.split())
    tails = {each.id: " ".join(each.name_folded.split()[-length:]) for each in candidates}
    by_id = {each.id: each for each in candidates}
    found = process.extract(typed, tails, scorer=fuzz.ratio, limit=most, score_cutoff=_CLOSE)
    return tuple(by_id[unit_id] for *_, unit_id in found)
