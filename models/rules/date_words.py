"""The ways in which Vietnamese people write a day, folded: "25/3", "25 thang 3", "thu tu, 25-3-2026", "hom qua"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from models.rules.number_words import read_words

_DAY_WORD = r"(?:(?P<lead>ngay|hom|bua|mung|mong) )?"
_MONTH_WORD = r"(?:thang|thg|th)\.?"
_NUMBER_WORDS = "[a-z]+(?: [a-z]+){0,3}"
_SAME_MARKS = re.compile(
    rf"{_DAY_WORD}(?P<day>[0-9]{{1,2}})(?P<mark>[/.-])(?P<month>[0-9]{{1,2}})"
    r"(?:(?:(?P=mark)| nam )(?P<year>[0-9]{4}|[0-9]{2}))?"
)
_YEAR_FIRST = re.compile(r"(?P<year>[0-9]{4})(?P<mark>[/.-])(?P<month>[0-9]{1,2})(?P=mark)(?P<day>[0-9]{1,2})")
_MONTH_NAMED = re.compile(
    rf"{_DAY_WORD}(?P<day>[0-9]{{1,2}})[ /]*{_MONTH_WORD} ?(?P<month>[0-9]{{1,2}})"
    r"(?:[ ,/-]*nam (?P<short>[0-9]{2})|[ ,/-]*(?:nam )?(?P<year>[0-9]{4}))?"
)
_LOOSE = (  # read, but always asked about
    re.compile(r"(?P<day>[0-9]{1,2}) ?t(?P<month>[0-9]{1,2})(?P<year>(?!))?"),
    re.compile(r"(?P<day>[0-9]{1,2}) (?P<month>[0-9]{1,2})(?: (?P<year>[0-9]{4}))?"),
    re.compile(r"(?P<day>[0-9]{1,2})[/.-](?P<month>[0-9]{1,2})[/., -]+(?P<year>[0-9]{4})"),
    re.compile(r"(?P<day>[0-9]{2})(?P<month>[0-9]{2})(?P<year>(?:19|20)[0-9]{2})"),
    re.compile(r"(?P<day>[0-9]{1,2}),(?P<month>[0-9]{1,2})(?:,(?P<year>[0-9]{4}))?"),
)
_SPELLED = re.compile(
    rf"{_DAY_WORD}(?P<day>[0-9]{{1,2}}|{_NUMBER_WORDS}) thang (?P<month>[0-9]{{1,2}}|{_NUMBER_WORDS}?)"
    r"(?: nam (?P<year>[0-9]{4}))?"
)
_DAY_ONLY = re.compile(rf"{_DAY_WORD}(?P<day>[0-9]{{1,2}})")
_DAY_OF_MONTH = re.compile(
    rf"{_DAY_WORD}(?P<day>[0-9]{{1,2}}) {_MONTH_WORD} (?:(?P<this>nay)|(?P<next>sau|toi)|truoc|roi|vua roi|vua qua)"
)
_YEAR_NAMED = re.compile(r"[ ,]*\bnam (?:(nay)|(ngoai|truoc|roi)|sau|toi)$")
_AGO = re.compile(r"(?:cach day )?([0-9]{1,2}) (?:ngay|hom) truoc|cach day ([0-9]{1,2}) (?:ngay|hom)")
_NEAR = {"hom nay": 0, "nay": 0, "bua nay": 0, "hom qua": -1, "qua": -1, "bua qua": -1, "mai": 1}
_WEEKDAY = r"(?:(?:thu|t) ?(?P<name>hai|ba|tu|nam|sau|bay|[2-7])|(?P<sunday>chu nhat|cn))"
_WEEKDAY_ALONE = re.compile(
    rf"{_WEEKDAY}(?: (?:(?P<this>tuan nay)|(?P<last>tuan truoc|tuan roi)|vua roi|vua qua|nay))?"
)
_WEEKDAY_BEFORE = re.compile(rf"{_WEEKDAY}[ ,]+(?=[0-9nmhb])")
_WEEKDAY_BEHIND = re.compile(rf"(?:[ ,]+\(|[ ,]+(?!t ?[2-7])){_WEEKDAY}\)?$")  # a bare "t3" is March as well
_WEEKDAYS = {"hai": 1, "ba": 2, "tu": 3, "nam": 4, "sau": 5, "bay": 6} | {str(day): day - 1 for day in range(2, 8)}
ONE_DATE = re.compile(r"(?<![0-9])[0-9]{1,2}[/.-][0-9]{1,2}(?:[/.-](?:[0-9]{4}|[0-9]{2}))?(?![0-9])")


@dataclass(frozen=True, slots=True)
class Written:
    """The numbers of a day as written; `usual` when nobody writes anything else in that way."""

    day: int
    month: int | None = None
    year: int | None = None
    usual: bool = True


def read_written(text: str) -> Written | None:
    """The day in the folded text, or nothing when it is written in no known way. No check that the day exists."""
    for pattern in (_SAME_MARKS, _YEAR_FIRST, _MONTH_NAMED):
        if match := pattern.fullmatch(text):
            found = match.groupdict()
            year = found["year"] or found.get("short")
            return _written(found["day"], found["month"], year, usual=found.get("lead") not in ("mung", "mong"))
    for pattern in _LOOSE:
        if match := pattern.fullmatch(text):
            return _written(match["day"], match["month"], match["year"], usual=False)
    if match := _DAY_ONLY.fullmatch(text):
        return _written(match["day"], None, None, usual=match["lead"] in ("ngay", "hom", "bua"))
    return _read_spelled(text)


def read_relative(text: str, today: date) -> tuple[date, bool] | None:
    """A day told by its distance from today, and whether it can only be that day."""
    near = text.removeprefix("ngay ")
    if near in _NEAR:
        return today + timedelta(days=_NEAR[near]), True
    if near in ("hom kia", "bua kia"):  # two days ago or three, by an accent that many leave out
        return today - timedelta(days=2), False
    if match := _AGO.fullmatch(text):
        return today - timedelta(days=int(match[1] or match[2])), True
    if match := _WEEKDAY_ALONE.fullmatch(text):
        return _last_weekday(match, today), False
    return None


def with_named_month(text: str, today: date) -> str:
    """ "25 thang nay" as "25/3/2026", "25/3 nam ngoai" as "25/3 nam 2025"."""
    if match := _DAY_OF_MONTH.fullmatch(text):
        months = today.year * 12 + today.month - 1 + (0 if match["this"] else 1 if match["next"] else -1)
        return f"{match['day']}/{months % 12 + 1}/{months // 12:04d}"
    if match := _YEAR_NAMED.search(text):
        year = today.year + (0 if match[1] else -1 if match[2] else 1)
        return f"{text[: match.start()]} nam {year:04d}"
    return text


def without_weekday(text: str) -> tuple[str, int | None]:
    """The text without the day of the week around it, and that day (1 for Monday to 7)."""
    if match := _WEEKDAY_BEFORE.match(text):
        return text[match.end() :], _weekday(match)
    if match := _WEEKDAY_BEHIND.search(text):
        return text[: match.start()], _weekday(match)
    return text, None


def _written(day: str, month: str | None, year: str | None, *, usual: bool) -> Written:
    full = year if year is None or len(year) == 4 else f"20{year}"
    return Written(int(day), int(month) if month else None, int(full) if full else None, usual)


def _read_spelled(text: str) -> Written | None:
    match = _SPELLED.fullmatch(text)
    if match is None:
        return None
    numbers = [read_words(match[part].split()) for part in ("day", "month")]
    if any(len(values) != 1 or values[0] != int(values[0]) for values in numbers):
        return None
    return Written(int(numbers[0][0]), int(numbers[1][0]), int(match["year"]) if match["year"] else None, usual=False)


def _last_weekday(match: re.Match[str], today: date) -> date:
    """The day of the named week, or else the last such day up to today."""
    wanted = _weekday(match)
    monday = today - timedelta(days=today.weekday())
    if match["this"] or match["last"]:
        return monday + timedelta(days=wanted - 1 - (7 if match["last"] else 0))
    return today - timedelta(days=(today.isoweekday() - wanted) % 7)


def _weekday(match: re.Match[str]) -> int:
    return _WEEKDAYS[match["name"]] if match["name"] else 7
