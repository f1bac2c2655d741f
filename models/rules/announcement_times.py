"""What people type to send an announcement off: the hour and day, the number of recipients; what buttons offer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from models.rules import Refusal
from models.rules.dates import read_date
from models.rules.folding import clean, fold, shorten
from models.rules.numbers import read_number
from models.rules.periods import ONE_DAY, local_day, moment_of
from models.rules.reminders import Quiet

FURTHEST = timedelta(days=366)
MORNING = time(7, 30)  # of a day that is named without an hour
SOON = timedelta(minutes=30)  # a button offers nothing nearer
_WEEK = timedelta(days=7)

_LEAD = re.compile(r"^(?:hen (?:gio )?|gui )?(?:luc |vao )?")
_SPAN = re.compile(r"(?:sau )?(?P<amount>[0-9]{1,3}) ?(?P<unit>phut|tieng|gio|ngay|tuan)(?: nua)?")
_SPANS = {
    "phut": timedelta(minutes=1),
    "tieng": timedelta(hours=1),
    "gio": timedelta(hours=1),
    "ngay": ONE_DAY,
    "tuan": _WEEK,
}
_HOUR = re.compile(
    r"(?<![0-9/.:-])(?P<hour>[0-9]{1,2}) ?(?:h|gio|:) ?(?P<minute>[0-9]{2}(?![0-9]))?(?: ?phut)?(?P<half> ?ruoi)?"
)
_PART = re.compile(r"\b(?P<part>sang|trua|chieu|toi)\b")
_PARTS = {"sang": MORNING, "trua": time(11, 30), "chieu": time(14), "toi": time(19)}
_FILLING = re.compile(r"^(?:luc|vao|ngay(?! ?(?:[0-9]|mai|kia|mot)))\b|\b(?:luc|vao)$")
_DAYS = {"": 0, "nay": 0, "hom nay": 0, "mai": 1, "ngay mai": 1, "hom sau": 1, "kia": 2, "ngay kia": 2, "mot": 2}
_WEEKDAY = re.compile(
    r"(?:thu |t)(?P<name>hai|ba|tu|nam|sau|bay|[2-7])(?P<next> tuan (?:sau|toi))?"
    r"|(?P<sunday>chu nhat|cn)(?P<sunday_next> tuan (?:sau|toi))?"
)
_NAMES = {"hai": 1, "ba": 2, "tu": 3, "nam": 4, "sau": 5, "bay": 6} | {str(day): day - 1 for day in range(2, 8)}


@dataclass(frozen=True, slots=True)
class SendTime:
    """When it goes out, in UTC. `moved`: silence lay where it was wished."""

    at: datetime
    moved: bool = False


def read_send_time(text: str, now: datetime, tz: tzinfo) -> datetime:
    """The moment that is meant, in UTC: "07:30 mai", "14:00 25/11", "sáng thứ Hai", "2 tiếng nữa".

    An hour without a day is the next one of that name; a day without an hour means its morning. A weekday is the next
    one. Raises Refusal announcement_send.unclear(typed), .past(moment), .too_far(moment), or date.* as the reader of
    dates does.
    """
    typed = shorten(" ".join(clean(text).split()), 40)
    said = " ".join(fold(text).replace(",", " ").split()).strip(" .!")
    said = _LEAD.sub("", said, count=1)
    if not said:
        raise Refusal("announcement_send.unclear", typed=typed)
    moment = _after_span(said, now) or _named(said, typed, now, tz)
    if moment <= now:
        raise Refusal("announcement_send.past", moment=moment)
    if moment > now + FURTHEST:
        raise Refusal("announcement_send.too_far", moment=moment)
    return moment


def on_button(minutes: str, now: datetime) -> datetime | None:
    """The moment that a button carries, in minutes since 1970; None when it is over, or none at all."""
    value = int(minutes) * 60 if minutes.isdecimal() and len(minutes) < 12 else 0
    moment = datetime.fromtimestamp(min(value, now.timestamp() + 2 * FURTHEST.total_seconds()), UTC)
    return moment if now < moment <= now + FURTHEST else None


def as_button(moment: datetime) -> str:
    """What `on_button` reads."""
    return str(int(moment.timestamp()) // 60)


def settle(moment: datetime, is_urgent: bool, tz: tzinfo, quiet: Quiet) -> SendTime:
    """The moment the wish becomes: whatever is not urgent waits for the morning."""
    wanted = moment.astimezone(UTC)
    at = wanted if is_urgent else quiet.quiet_until(wanted, tz)
    return SendTime(at, moved=at != wanted)


def offers(now: datetime, tz: tzinfo) -> list[datetime]:
    """What the buttons offer: this afternoon, tomorrow morning, Monday morning; none of them twice."""
    today = local_day(now, tz)
    monday = today + timedelta(days=8 - today.isoweekday())
    wanted = [
        moment_of(today, _PARTS["chieu"], tz),
        moment_of(today + ONE_DAY, MORNING, tz),
        moment_of(monday, MORNING, tz),
    ]
    return [each for each in dict.fromkeys(wanted) if each >= now + SOON]


def _after_span(said: str, now: datetime) -> datetime | None:
    """ "2 tiếng nữa"; "2 giờ" alone is two o'clock."""
    found = _SPAN.fullmatch(said)
    if found is None or (found["unit"] == "gio" and not said.endswith("nua") and not said.startswith("sau")):
        return None
    return now.astimezone(UTC) + int(found["amount"]) * _SPANS[found["unit"]]


def _named(said: str, typed: str, now: datetime, tz: tzinfo) -> datetime:
    """The moment that an hour, a part of the day and a day name, each at most once."""
    try:
        clock, rest = take_clock(said)
    except ValueError as error:
        raise Refusal("announcement_send.unclear", typed=typed) from error
    at = MORNING if clock is None else clock
    rest = _FILLING.sub("", rest).strip()
    today = local_day(now, tz)
    day, is_sure = _day(rest, typed, today)
    moment = moment_of(day, at, tz)
    if moment <= now and not is_sure:  # "8h" once eight is over; "thứ Sáu 8h" on a Friday afternoon
        moment = moment_of(day + (_WEEK if rest else ONE_DAY), at, tz)
    return moment


def take_clock(said: str) -> tuple[time | None, str]:
    """The hour that folded words name ("7h30", "2 giờ chiều", "sáng"; None: no hour), and the words without it.

    Raises ValueError when they name no hour that there is, or several.
    """
    hour, rest = _take(_HOUR, said)
    part, rest = _take(_PART, rest)
    if hour is None and part is None:
        return None, rest
    at = _clock(hour, part["part"] if part else "")
    if at is None or _HOUR.search(rest) or _PART.search(rest):
        raise ValueError(said)
    return at, rest


def _take(pattern: re.Pattern[str], said: str) -> tuple[re.Match[str] | None, str]:
    """The first match, and what is left without it."""
    found = pattern.search(said)
    if found is None:
        return None, said
    return found, " ".join(f"{said[: found.start()]} {said[found.end() :]}".split())


def _clock(hour: re.Match[str] | None, part: str) -> time | None:
    if hour is None:
        return _PARTS.get(part, MORNING)
    value = int(hour["hour"])
    minute = int(hour["minute"] or (30 if hour["half"] else 0))
    if part in ("chieu", "toi") and value < 12:
        value += 12
    if part == "trua" and value < 3:
        value += 12
    return time(value, minute) if value < 24 and minute < 60 else None


def _day(rest: str, typed: str, today: date) -> tuple[date, bool]:
    """The day, and whether none later can be meant when it is over."""
    if rest in _DAYS:
        return today + _DAYS[rest] * ONE_DAY, bool(rest)
    if found := _WEEKDAY.fullmatch(rest):
        wanted = 7 if found["sunday"] else _NAMES[found["name"]]
        ahead = (wanted - today.isoweekday()) % 7
        if found["next"] or found["sunday_next"]:  # the week after this one, whatever today is
            return today + timedelta(days=7 - today.isoweekday() + wanted), True
        return today + timedelta(days=ahead), False
    try:
        return read_date(rest, today=today, planned=True).value, True
    except Refusal as no:
        if no.key == "date.not_a_date":
            raise Refusal("announcement_send.unclear", typed=typed) from no
        raise Refusal(no.key, **{**no.values, "text": typed}) from no


def is_number(text: str, expected: int) -> bool:
    """Whether the very number was typed: "1.234", "1234" or "1234 người"."""
    try:
        return read_number(text, whole=True).value == expected
    except Refusal:
        return False
