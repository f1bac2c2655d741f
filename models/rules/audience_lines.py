"""Whom an announcement is for, typed as one line and read: what is clear, and what has to be asked.

What is not understood or means several things is said, never guessed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from models.rules.audience_words import Name, Parts
from models.rules.audiences import TEAM, Audience, added
from models.rules.permissions import MEMBER, ROLES, TEAM_WRITERS

_HAS_A_PROVINCE = ("province", "central")  # kinds of unit


@dataclass(frozen=True, slots=True)
class Choice:
    """Something a name may mean: a row of `field` (units, groups, people) or a period (late). `place`: where it is."""

    field: str
    id: int
    name: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """What a name may mean. `is_there`: something is called so; else these only look alike and are asked about."""

    choices: tuple[Choice, ...] = ()
    is_there: bool = True

    @property
    def is_clear(self) -> bool:
        return self.is_there and len(self.choices) == 1


@dataclass(frozen=True, slots=True)
class PeriodName:
    """A period that is open or overdue: `key` as "2026-11", which kinds of unit owe its report."""

    id: int
    key: str
    title: str
    owed_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Doubt:
    """What a name may mean; nothing at all when it is not known."""

    text: str
    without: bool
    choices: tuple[Choice, ...] = ()
    is_there: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """What a line means as far as it is clear. With `doubts` it is not kept before each was answered."""

    audience: Audience
    doubts: tuple[Doubt, ...] = ()

    @property
    def unknown(self) -> tuple[str, ...]:
        """What nothing is called like; with it nothing of the line is kept."""
        return tuple(each.text for each in self.doubts if not each.choices)


def read_audience(
    parts: Parts, office: int, meant: Mapping[Name, Found], periods: Sequence[PeriodName], was: Audience
) -> Reading:
    """`office`: the unit that speaks, meant when no place is named. `meant`: what each name may mean. `was`: chosen
    before; "thêm …" adds to it and "trừ …" takes from it, anything else takes its place."""
    audience = was if parts.start else Audience(chats=was.chats)
    audience = replace(audience, roles=_roles(parts, audience), kinds=added(audience.kinds, parts.kinds))
    doubts = [Doubt(each, False) for each in parts.unknown]
    for name in parts.names:
        found = meant[name]
        if found.is_clear:
            choice = found.choices[0]
            audience = audience.with_choice(choice.field, choice.id, without=name.without)
        else:
            doubts.append(Doubt(name.text, name.without, found.choices, found.is_there))
    if parts.late is not None:
        open_ones = tuple(Choice("late", each.id, each.key, each.title) for each in _periods(parts, periods))
        if len(open_ones) == 1:
            audience = audience.with_choice("late", open_ones[0].id)
        else:
            doubts.append(Doubt(parts.late_as_typed, False, open_ones))
    has_place = any(not name.without for name in parts.names) or not audience.is_empty
    says_who = parts.everybody or parts.roles or parts.but_roles or parts.kinds or parts.late is not None
    if not has_place and says_who:
        audience = replace(audience, units=(office,))
    if audience.people and not (audience.units or audience.groups or audience.earlier or parts.start or doubts):
        audience = replace(audience, roles=(), kinds=())  # "đội trưởng Nguyễn Thị Lan" is one person
    return Reading(audience, tuple(doubts))


def is_beyond(parts: Parts, kind: str) -> bool:
    """Whether the line asks for more than an office of this kind of unit has: a ward that says "toàn tỉnh"."""
    return bool(parts.province_wide) and kind not in _HAS_A_PROVINCE


def _roles(parts: Parts, was: Audience) -> tuple[str, ...]:
    roles = added(was.roles, parts.roles)
    if parts.but_roles:
        roles = tuple(role for role in roles or ROLES if role not in parts.but_roles)
    return roles


def _periods(parts: Parts, periods: Sequence[PeriodName]) -> list[PeriodName]:
    """The periods that may be meant: of that month or year, owed by those kinds of unit when any of them is."""
    named = [each for each in periods if _is_of(each.key, parts.late or "")]
    kinds = {TEAM} if set(parts.roles) & {*TEAM_WRITERS, MEMBER} else set(parts.kinds)
    return [each for each in named if kinds & set(each.owed_by)] or named


def _is_of(key: str, said: str) -> bool:
    month, _, year = said.partition("/")
    if not said or len(month) == 4:
        return not said or key == month
    return key.endswith(f"-{int(month):02}") and (not year or key.startswith(year))
