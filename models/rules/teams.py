"""What a team says of itself when it is registered: one field after the other, each with what it accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from models.rules import Refusal
from models.rules.dates import read_date
from models.rules.folding import clean, shorten
from models.rules.names import UNIT_ROOM, is_useful_name, tidy_name
from models.rules.numbers import read_number

STEPS = ("name", "number", "date", "members")
MAY_SKIP = frozenset({"number", "date"})  # a team founded yesterday may still wait for its decision
MOST_MEMBERS = 2000
MOST_REASON = 300  # characters
_NUMBER_ROOM = 80
_OLDEST = date(1931, 3, 26)  # the youth union itself


@dataclass(frozen=True, slots=True)
class TeamCard:
    """A team as declared. An empty decision number or date was skipped: it is not known, not none."""

    name: str
    number: str
    date: date | None
    members: int

    @classmethod
    def of(cls, draft: Mapping[str, Any]) -> TeamCard:
        """The card in a finished draft, in which dates are kept as ISO text."""
        founded = draft.get("date")
        return cls(
            draft["name"], draft.get("number") or "", date.fromisoformat(founded) if founded else None, draft["members"]
        )


def read_step(step: str, text: str, today: date) -> str | int:
    """What was typed for one step, as a draft keeps it (a date in ISO form).

    Raises Refusal team.name_unclear, .number_unclear, .date_future, .date_too_old, .members_range, .doubt_date,
    .doubt_number, or date.* and number.* as their readers do.
    """
    match step:
        case "name":
            return _name(text)
        case "number":
            return _decision_number(text)
        case "date":
            return _date(text, today)
    return _members(text)


def step_after(step: str, reviewed: bool) -> str:
    """The step that follows; `review` at the end, or at once when a single field is being corrected."""
    place = STEPS.index(step) + 1
    return "review" if reviewed or place == len(STEPS) else STEPS[place]


def step_before(step: str, reviewed: bool) -> str | None:
    """The step before; None in front of the first one."""
    if step == "review":
        return STEPS[-1]
    if reviewed:
        return "review"
    place = STEPS.index(step)
    return STEPS[place - 1] if place else None


def _name(text: str) -> str:
    name = tidy_name(text, UNIT_ROOM)
    if not is_useful_name(name):
        raise Refusal("team.name_unclear", text=shorten(name, 40))
    return name


def _decision_number(text: str) -> str:
    number = " ".join(clean(text).split())
    if not any(letter.isdigit() for letter in number) or len(number) > _NUMBER_ROOM:
        raise Refusal("team.number_unclear", text=shorten(number, 40))
    return number


def _date(text: str, today: date) -> str:
    reading = read_date(text, today=today, past=True)
    if reading.value > today:
        raise Refusal("team.date_future", value=reading.value)
    if reading.value < _OLDEST:
        raise Refusal("team.date_too_old", value=reading.value)
    if not reading.sure:
        raise Refusal("team.doubt_date", value=reading.value)
    return reading.value.isoformat()


def _members(text: str) -> int:
    reading = read_number(text, whole=True)
    if not 1 <= reading.value <= MOST_MEMBERS:
        raise Refusal("team.members_range", value=reading.value, most=MOST_MEMBERS)
    if not reading.sure:
        raise Refusal("team.doubt_number", value=int(reading.value))
    return int(reading.value)


def read_reason(text: str) -> str:
    """Why a team is returned, in one line of 3 to 300 characters. Raises Refusal team.reason_unclear (`most`)."""
    reason = " ".join(clean(text).split())
    if not is_useful_name(reason) or not 3 <= len(reason) <= MOST_REASON:
        raise Refusal("team.reason_unclear", most=MOST_REASON)
    return reason
