"""Handing a unit over: which role it is, from which day, to whom of those who are there, and when it is time."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta

from models.rules import Refusal
from models.rules.dates import read_date
from models.rules.folding import fold, shorten
from models.rules.permissions import COORDINATOR, LEADER

LONGEST_AHEAD = timedelta(days=183)  # a change of post is decided half a year before at most
LIVE = ("open", "asked", "planned")  # states in which a hand-over still waits for something
STEPS = ("to", "day", "stays", "confirm")

_FIRST_OF_MONTH = re.compile(r"(?:tu |ngay )?dau thang (?:(?P<next>sau|toi)|(?P<month>[0-9]{1,2}))")
_YES = frozenset({"co", "o lai", "o", "dong y", "van o", "van o lai", "tiep tuc"})
_NO = frozenset({"khong", "roi", "roi doi", "khong o lai", "khong o", "nghi", "thoi"})


def handed_role(unit_kind: str) -> str:
    """The role that is handed over in a unit of this kind: the one that answers for it."""
    return LEADER if unit_kind == "team" else COORDINATOR


def step_after(step: str, unit_kind: str) -> str:
    """The question that follows; only a team has members among whom the one before could stay."""
    following = STEPS[STEPS.index(step) + 1]
    return "confirm" if following == "stays" and unit_kind != "team" else following


def read_day(text: str, today: date) -> date:
    """The day from which the other answers for the unit: "hôm nay", "25/11", "đầu tháng sau".

    Raises Refusal handover.day_past (`value`), .day_far (`value`, `last`), .day_doubt (`value`), or date.* as
    `read_date` does.
    """
    first = _first_of_month(fold(text), today)
    if first is not None:
        return checked_day(first, today)
    reading = read_date(text.strip(), today=today, planned=True)
    day = checked_day(reading.value, today)
    if not reading.sure:
        raise Refusal("handover.day_doubt", value=day)
    return day


def checked_day(day: date, today: date) -> date:
    """The day itself. Raises Refusal handover.day_past (`value`) or .day_far (`value`, `last`)."""
    if day < today:
        raise Refusal("handover.day_past", value=day)
    if day > today + LONGEST_AHEAD:
        raise Refusal("handover.day_far", value=day, last=today + LONGEST_AHEAD)
    return day


def first_of_next_month(today: date) -> date:
    return (today.replace(day=1) + timedelta(days=32)).replace(day=1)


def read_stays(text: str) -> bool:
    """Whether the one before stays as a member. Raises Refusal handover.stays_unclear (`text`)."""
    said = fold(text).strip(" .,!")
    if said in _YES or said in _NO:
        return said in _YES
    raise Refusal("handover.stays_unclear", text=shorten(text, 40))


def people_meant(text: str, names: Mapping[int, str]) -> list[int]:
    """Of people by number with their folded names, those whose name holds what was typed; a whole name beats a part."""
    said = fold(text)
    if not said:
        return []
    whole = [number for number, name in names.items() if name == said]
    return whole or [number for number, name in names.items() if said in name]


def is_due(on_day: date, today: date) -> bool:
    """Whether the day of a hand-over has come."""
    return on_day <= today


def _first_of_month(said: str, today: date) -> date | None:
    match = _FIRST_OF_MONTH.fullmatch(said.strip(" .,!"))
    if match is None:
        return None
    following = first_of_next_month(today)
    if match["next"]:
        return following
    month = int(match["month"])
    if not 1 <= month <= 12:
        return None
    return date(following.year + (month < following.month), month, 1)
