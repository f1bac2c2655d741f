"""The rule of a duty as a programme states it, and how a unit stands against a deadline."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from typing import Literal

from models.rules import Refusal
from models.rules.periods import (
    END_OF_DAY,
    BeforeActivity,
    Monthly,
    Once,
    Rule,
    Yearly,
    local_day,
    period_at,
)

Kind = Literal["on_time", "late", "due", "overdue"]


@dataclass(frozen=True, slots=True)
class Standing:
    """Submitted: `on_time` (0 days) or `late` by `days`. Else `due` in `days`, or `overdue` by `days`.

    Days are calendar days of the office. `extended` says that a longer deadline was granted and counted.
    """

    kind: Kind
    days: int
    extended: bool = False


def standing(
    due: datetime, submitted_at: datetime | None, now: datetime, tz: tzinfo, extended: datetime | None = None
) -> Standing:
    """How a unit stands against a deadline.

    `submitted_at` is the own date of the message that *first* submitted the report: neither a slow server nor
    a later correction makes it late. `extended` only ever lengthens.
    """
    last = max(due, extended or due)
    longer = last > due
    moment = now if submitted_at is None else submitted_at
    days = (local_day(moment, tz) - local_day(last, tz)).days
    if not is_past(last, moment):
        return Standing("due", -days, longer) if submitted_at is None else Standing("on_time", 0, longer)
    return Standing("overdue" if submitted_at is None else "late", max(days, 1), longer)


def is_past(due: datetime, moment: datetime) -> bool:
    """Whether the last good second is over; 23:59:59.7 still counts, for some channels tell whole seconds."""
    return moment.astimezone(UTC).replace(microsecond=0) > due


def days_left(due: datetime, now: datetime, tz: tzinfo) -> int:
    """Calendar days of the office until the day of the deadline: 0 on the day, negative after it."""
    return (local_day(due, tz) - local_day(now, tz)).days


def parse_rule(data: object) -> Rule:
    """The `rule` of a duty in a programme file, for example `{kind: monthly, day: 25, period_from_day: 26}`.

    Raises Refusal programme.bad_rule(field, value, expected) for the first thing wrong.
    """
    fields = Fields(data, "programme.bad_rule")
    rule = _KINDS[fields.choice("kind", tuple(_KINDS))](fields)
    fields.finish()
    if not isinstance(rule, BeforeActivity):
        _check_order(rule, fields)
    return rule


class Fields:
    """Reads one mapping of a programme file; the first wrong field is a Refusal(field, value, expected)."""

    def __init__(self, data: object, refusal: str) -> None:
        self.refusal = refusal
        if not isinstance(data, Mapping):
            raise Refusal(refusal, field="", value=data, expected="key: value")
        self.left: dict[object, object] = dict(data)
        self.taken: list[str] = []

    def refuse(self, name: str, value: object, expected: str) -> Refusal:
        return Refusal(self.refusal, field=name, value=value, expected=expected)

    def take(self, name: str) -> object:
        self.taken.append(name)
        return self.left.pop(name, None)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        value = self.take(name)
        if not isinstance(value, str) or value not in allowed:
            raise self.refuse(name, value, " | ".join(allowed))
        return value

    def number(self, name: str, low: int, high: int, default: int | None = None) -> int:
        value = self.take(name)
        value = default if value is None else value
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise self.refuse(name, value, f"{low}–{high}")
        return value

    def flag(self, name: str) -> bool:
        value = self.take(name)
        if value is not None and not isinstance(value, bool):
            raise self.refuse(name, value, "true | false")
        return bool(value)

    def day(self, name: str) -> date | None:
        """A date, as YAML reads one or quoted: 2026-11-25 or "25/11/2026"; None when it is not there."""
        value = self.take(name)
        if value is None:
            return None
        try:
            day = _as_day(value)
        except ValueError:
            raise self.refuse(name, value, "2026-11-25") from None
        if not 2000 <= day.year < 2200:
            raise self.refuse(name, value, "2000–2199")
        return day

    def clock(self, name: str) -> time | None:
        """A time of day such as "07:30"; None when it is not there."""
        value = self.take(name)
        if value is None:
            return None
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 24 * 60:
            return time(value // 60, value % 60)  # YAML 1.1 reads an unquoted 16:00 as base sixty: 960
        written = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", str(value))
        if written is None:
            raise self.refuse(name, value, '"07:30"')
        return time(int(written[1]), int(written[2]))

    def finish(self) -> None:
        for name, value in self.left.items():
            raise self.refuse(str(name), value, " | ".join(self.taken))


def _as_day(value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    local = re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", str(value))
    if local:
        return date(int(local[3]), int(local[2]), int(local[1]))
    return date.fromisoformat(str(value))


def _monthly(fields: Fields) -> Rule:
    day, before = fields.number("day", 1, 31), fields.flag("before")
    # Unless the programme says otherwise, a period ends on the day its report is due.
    first = day if before else day % 31 + 1
    period_from_day = fields.number("period_from_day", 1, 31, default=first)
    months_after = fields.number("months_after", 0, 11, default=0)
    return Monthly(day, period_from_day, before, months_after, _until(fields, before))


def _yearly(fields: Fields) -> Rule:
    month, day, before = fields.number("month", 1, 12), fields.number("day", 1, 31), fields.flag("before")
    years_after = fields.number("years_after", 0, 5, default=0)
    return Yearly(month, day, before, years_after, _until(fields, before))


def _once(fields: Fields) -> Rule:
    day, before = fields.day("date"), fields.flag("before")
    if day is None:
        raise fields.refuse("date", None, "2026-11-25")
    return Once(day, before, fields.day("opens"), _until(fields, before))


def _before_activity(fields: Fields) -> Rule:
    return BeforeActivity(fields.number("days", 0, 365), _until(fields, before=False))


_KINDS: dict[str, Callable[[Fields], Rule]] = {
    "monthly": _monthly,
    "yearly": _yearly,
    "once": _once,
    "before_activity": _before_activity,
}


def _until(fields: Fields, before: bool) -> time:
    until = fields.clock("until")
    # "trước 17:00 ngày 25" means the 25th itself, so the two together would have two meanings.
    if until is not None and before:
        raise fields.refuse("until", until.strftime("%H:%M"), "before: false")
    return until or END_OF_DAY


def _check_order(rule: Monthly | Yearly | Once, fields: Fields) -> None:
    """A report cannot be due before its period has begun ("before the 1st" of a period from the 1st)."""
    name = "opens" if isinstance(rule, Once) else "day"
    for month in range(1, 13):
        period = period_at(rule, date(2027, month, 15), UTC)
        if period.due < period.opens:
            raise fields.refuse(name, period.starts.isoformat(), f"≤ {period.due:%Y-%m-%d}")
