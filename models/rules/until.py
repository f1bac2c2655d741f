"""Until when: a day typed as the end of something, "hết 27/11", "trước ngày 28/11", "5 ngày"."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, tzinfo

from models.rules import Refusal
from models.rules.dates import Period, read_date
from models.rules.folding import clean, fold
from models.rules.locks import end_of
from models.rules.periods import ONE_DAY, local_day

_LEAD = re.compile(r"(?:xin )?(?:(?:gia )?han |lui |doi )?(?:den |toi )?(?:het |cuoi )?(?:ngay )?(?=[0-9a-z])")
_BEFORE = re.compile(r"truoc (?:ngay )?")
_WEEKDAY = re.compile(r"(?:thu|t[2-7]|cn|chu nhat)\b")
_SPAN = re.compile(r"(?:them )?([0-9]{1,2}) (?:ngay|hom)(?: nua)?")


def read_until(
    text: str, now: datetime, tz: tzinfo, earliest: datetime, latest: datetime, within: Period | None = None
) -> datetime:
    """The end of the day that was typed: "trước 28/11" is the end of the 27th; "5 ngày" counts from `earliest`.

    A day without a year is one of `within` (first and last day), else the nearest. Raises Refusal until.too_early,
    until.too_far, until.doubt (another day may be meant), each with `day`, `first` and `last`, the days to choose from;
    or date.* as the reader of dates does.
    """
    today = local_day(now, tz)
    last = local_day(latest, tz)
    first = max(today, local_day(earliest, tz))
    day, sure = _day(text, today, first, within)
    if end_of(first, tz) <= max(earliest, now):
        first += ONE_DAY
    shown = {"day": day, "first": first, "last": last}
    if day < first:
        raise Refusal("until.too_early", **shown)
    if day > last:
        raise Refusal("until.too_far", **shown)
    if not sure:
        raise Refusal("until.doubt", **shown)
    return min(end_of(day, tz), latest)


def _day(text: str, today: date, first: date, within: Period | None) -> tuple[date, bool]:
    """The day, and whether no other can be meant."""
    said = " ".join(clean(text).split()).strip(" .,!")
    typed = fold(said)
    if span := _SPAN.fullmatch(typed):
        return first + timedelta(days=int(span[1])), False
    before = _BEFORE.match(typed)
    lead = before or _LEAD.match(typed)
    spoken = said if len(said) == len(typed) else typed  # so that a refusal names the words as they were typed
    rest = spoken[lead.end() :] if lead else spoken
    reading = read_date(rest, today=today, period=within, planned=True)
    day = reading.value
    if not reading.sure and _WEEKDAY.match(fold(rest)) and timedelta() < today - day < timedelta(days=7):
        day += timedelta(days=7)  # "thứ Bảy" is read as the last one, and here the next one is meant
    return (day - ONE_DAY if before else day), reading.sure


def working_days_on(day: date, days: int) -> date:
    """The day that many working days after `day`; Saturdays and Sundays are none."""
    while days:
        day += ONE_DAY
        days -= day.isoweekday() < 6
    return day
