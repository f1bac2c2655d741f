"""Being reminded again later: what people type for an hour, and how late it may be.

A snooze never moves a deadline; it is capped before the nearest one, and it never falls into a time of silence.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta, tzinfo

from models.rules import Refusal
from models.rules.folding import fold
from models.rules.periods import ONE_DAY, local_day, local_time, moment_of
from models.rules.reminders import Quiet, Rest

BEFORE_DUE = timedelta(hours=2)  # so much is left to do the work
LONGEST = timedelta(days=3)  # for what is overdue there is no deadline to stop before
SOONEST = timedelta(minutes=5)
BACK = timedelta(minutes=30)
EVENING, MORNING = time(19), time(7, 30)  # what the buttons offer

_CALL = re.compile(r"nhac lai(?: giup)?(?: (?:minh|em|anh|chi))?(?: (?:luc|vao))?(?= |$)")
_PARTS = {"sang": MORNING, "trua": time(11, 30), "chieu": time(14), "toi": EVENING}
_DAYS = {"nay": 0, "hom nay": 0, "mai": 1, "ngay mai": 1, "hom sau": 1, "ngay kia": 2, "mot": 2}
_DAY = r"(?P<day>hom nay|nay|ngay mai|mai|hom sau|ngay kia|mot)"
_PART = r"(?P<part>sang|trua|chieu|toi)"
_HOUR = r"(?P<hour>[0-9]{1,2})(?: ?(?:h|gio|:) ?(?P<minute>[0-9]{2})?(?: ?phut)?)"
_FORMS = tuple(
    re.compile(form)
    for form in (
        rf"{_HOUR}(?: {_PART})?(?: {_DAY})?",
        rf"(?:{_PART} )?(?:{_DAY} )?(?:luc )?{_HOUR}",
        rf"{_PART}(?: {_DAY})?",
        r"(?P<amount>[0-9]{1,2}) ?(?P<span>phut|tieng|gio|ngay) nua",
        r"(?P<day>ngay mai|mai|hom sau|ngay kia)",
    )
)
_SPANS = {"phut": timedelta(minutes=1), "tieng": timedelta(hours=1), "gio": timedelta(hours=1), "ngay": ONE_DAY}


@dataclass(frozen=True, slots=True)
class Snoozed:
    """Until when, in UTC. `capped`: it is earlier than was asked, for `due` is near. `moved`: silence lay there."""

    until: datetime
    capped: bool = False
    moved: bool = False
    due: datetime | None = None


def is_call(text: str) -> bool:
    """Whether the line asks for this and nothing else: "nhắc lại" alone or with a moment that can be read."""
    said = _said(text)
    called = _CALL.match(said)
    return called is not None and (called.end() == len(said) or _match(said[called.end() :].strip()) is not None)


def read_snooze(text: str, now: datetime, tz: tzinfo) -> datetime | None:
    """The moment that is meant: "nhắc lại 19h", "sáng mai", "2 tiếng nữa"; None when the line names none.

    An hour without a day is the next one of that name. Raises Refusal snooze.unclear(typed), snooze.past(moment).
    """
    said = _said(text)
    called = _CALL.match(said)
    rest = said[called.end() :].strip() if called else said
    if not rest:
        return None
    found = _match(rest)
    if found is None:
        raise Refusal("snooze.unclear", typed=" ".join(text.split())[:40])
    parts = found.groupdict()
    if parts.get("amount"):
        return now.astimezone(UTC) + int(parts["amount"]) * _SPANS[parts["span"]]
    at = _clock(parts)
    if at is None:
        raise Refusal("snooze.unclear", typed=" ".join(text.split())[:40])
    day = local_day(now, tz) + _DAYS.get(parts.get("day") or "nay", 0) * ONE_DAY
    moment = moment_of(day, at, tz)
    if moment <= now and not parts.get("day"):
        moment = moment_of(day + ONE_DAY, at, tz)
    if moment <= now:
        raise Refusal("snooze.past", moment=moment)
    return moment


def settle(moment: datetime, now: datetime, due: datetime | None, rest: Rest | Quiet, tz: tzinfo) -> Snoozed:
    """The moment that the wish becomes: out of silence, and before `due`, the nearest deadline still ahead.

    Raises Refusal snooze.too_near(due) when nothing is left between now and the work.
    """
    wanted = moment.astimezone(UTC)
    until = rest.quiet_until(max(wanted, now + SOONEST), tz)
    moved = until > wanted + SOONEST
    last = _latest(now, due, rest, tz)
    if last <= now:
        raise Refusal("snooze.too_near", due=due)
    if until <= last:
        return Snoozed(until, moved=moved, due=due)
    return Snoozed(last, capped=True, due=due)


def offers(now: datetime, due: datetime | None, rest: Rest | Quiet, tz: tzinfo) -> list[datetime]:
    """What the buttons offer: this evening, tomorrow morning, as far as each may be."""
    today = local_day(now, tz)
    wanted = [moment_of(today, EVENING, tz), moment_of(today + ONE_DAY, MORNING, tz)]
    last = _latest(now, due, rest, tz)
    return [each for each in wanted if now + timedelta(hours=1) <= each <= last and not rest.is_quiet(each, tz)]


def _latest(now: datetime, due: datetime | None, rest: Rest | Quiet, tz: tzinfo) -> datetime:
    """The last moment, on the half hour, at which a reminder still leaves time for the work; `now` when there is
    none."""
    if due is None or due <= now:
        return rest.quiet_until(now + LONGEST, tz)
    here = local_time(due - BEFORE_DUE, tz)
    last = here.replace(minute=here.minute // 30 * 30, second=0, microsecond=0).astimezone(UTC)
    while last > now and rest.is_quiet(last, tz):
        last -= BACK
    return max(last, now.astimezone(UTC))


def _said(text: str) -> str:
    return " ".join(fold(text).replace(",", " ").split()).strip(" .!")


def _match(rest: str) -> re.Match[str] | None:
    rest = re.sub(r"^(?:luc|vao) ", "", rest)
    return next((found for form in _FORMS if (found := form.fullmatch(rest)) and _clock(found.groupdict())), None)


def _clock(parts: dict[str, str | None]) -> time | None:
    """The time of day that is named; a part of the day without an hour has its usual one."""
    part, hour = parts.get("part"), parts.get("hour")
    if parts.get("amount") or not hour:
        return _PARTS.get(part or "sang", MORNING)
    value, minute = int(hour), int(parts.get("minute") or 0)
    if part in ("chieu", "toi") and value < 12:
        value += 12
    if part == "trua" and value < 3:
        value += 12
    return time(value, minute) if value < 24 and minute < 60 else None
