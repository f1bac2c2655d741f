"""What is true of a report: its code, what is still open, what changed, what may not stand in it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from models.rules import Refusal
from models.rules.answers import is_reason
from models.rules.dates import format_date
from models.rules.folding import clean, fold, shorten
from models.rules.indicators import SELECTS, Indicator, Value
from models.rules.numbers import format_number, read_number

EMPTY = "—"
PHOTO = "✓"  # stands where a photo was sent
TEXT_MARK = '"'
LINE_MARK = "#"
LONGEST_SENTENCE = 500  # characters of a remark
LONGEST_LINE = 300  # characters of a reason or a note
MOST_PHOTOS = 10
MOST_REMARKS = 10  # of each kind
LOOKED_BACK = 400  # days: older periods are history

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_DIGIT_RUN = re.compile(r"(?<![0-9])\+?[0-9](?:[ .\-]?[0-9]){8,}(?![0-9])")
_THOUSANDS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_ITEM = re.compile(
    r"(?:(?:sua|doi|ve)(?: lai)?|(?:quay|tro|xem) lai)(?: cau| muc| so| chi so)? ?([a-z]*[0-9]+)|(?:cau|muc) ?([0-9]+)"
)

Way = Literal["next", "skip", "empty", "back", "review", "jump", "leave", "send"]

# Folded, so a word that folds like a number or like "right" is not among them: sau (later, six), dung (stop, right).
WAYS: Mapping[Way, frozenset[str]] = {
    "next": frozenset({"tiep", "tiep tuc", "tiep theo", "lam tiep", "di tiep", "cau sau", "cau tiep", "cau tiep theo"})
    | {"sang cau sau", "qua cau sau", "next"},
    "skip": frozenset({"bo qua", "chua co so", "chua co so lieu", "khong co so lieu", "skip"}),
    "empty": frozenset({"de trong", "bo trong"}),
    "back": frozenset({"quay lai", "quay lui", "tro lai", "lui lai", "cau truoc", "ve cau truoc", "back"}),
    "review": frozenset({"xem lai", "xem lai het", "xem lai bao cao"}),
    "jump": frozenset({"chuyen muc", "chuyen cau", "doi muc", "muc khac"}),
    "leave": frozenset({"luu", "luu lai", "luu de sau", "luu va thoat", "luu roi thoat", "de sau", "de lam sau"})
    | {"lam sau", "tam dung", "dung lai", "thoat", "save"},
    "send": frozenset({"gui", "gui di", "nop", "nop di", "nop bao cao", "gui bao cao"}),
}
_POLITE = frozenset({"a", "nhe", "nha", "di", "luon", "giup", "voi"})


@dataclass(frozen=True, slots=True)
class Owed:
    """One report that a unit owes or has filed: when its period began and is due, whether it was submitted (and
    not sent back since), whether it is locked.
    """

    period_id: int
    unit_id: int
    starts_on: date
    due_at: datetime
    is_submitted: bool
    is_locked: bool = False


def report_code(period: str, number: int) -> str:
    """What the receipt calls the report: `BC-2026-11-0042`."""
    return f"BC-{period}-{number:04d}"


def chosen(owed: Sequence[Owed], now: datetime) -> Owed | None:
    """The report to open first: the oldest overdue one, else the one due next, else the latest filed."""
    waiting = [each for each in owed if not each.is_submitted and not each.is_locked]
    waiting.sort(key=lambda each: each.starts_on)
    overdue = [each for each in waiting if each.due_at < now]
    if overdue:
        return overdue[0]
    if waiting:
        return min(waiting, key=lambda each: each.due_at)
    return max(owed, key=lambda each: each.starts_on, default=None)


def write_value(value: Value) -> str:
    """A value as it stands in a snapshot or on a button: `42`, `45/60`, `"2026-11-25`, nothing for a missing one.

    What is no number begins with a quotation mark, so that "42" as words is never the number. Only numbers, days and
    single choices are short enough for a button.
    """
    if value.text:
        return TEXT_MARK + value.text
    if value.number is None:
        return ""
    number = format(value.number, "f")
    return number if value.of is None else f"{number}/{value.of:f}"


def read_value(text: str) -> Value:
    """What `write_value` wrote."""
    if not text:
        return Value()
    if text.startswith(TEXT_MARK):
        return Value(text=text[len(TEXT_MARK) :])
    number, _, of = text.partition("/")
    return Value(Decimal(number), Decimal(of) if of else None)


def shown(value: Value | None, indicator: Indicator | None = None) -> str:
    """A value for people, without its unit: `1.234`, `45/60`, `25/11/2026`, the labels of what was chosen, `—`."""
    if value is None or value.is_empty:
        return EMPTY
    if value.number is None:
        return shown_text(value.text, indicator)
    number = format_number(value.number)
    return number if value.of is None else f"{number}/{format_number(value.of)}"


def shown_text(text: str, indicator: Indicator | None) -> str:
    """An answer that is no number: by the labels of its choices, a day as people write it, a photo as a tick."""
    if indicator is None:
        return text
    if indicator.type in SELECTS:
        return ", ".join(indicator.label_of(code) for code in text.split())
    if indicator.type == "date":
        return format_date(date.fromisoformat(text)) if _DAY.fullmatch(text) else text
    return PHOTO if indicator.type == "image" else text


def progress(asked: Sequence[Indicator], values: Mapping[str, Value]) -> tuple[int, int]:
    """(4, 12): four of twelve are answered or skipped."""
    return sum(each.code in values for each in asked), len(asked)


def may_submit(asked: Sequence[Indicator], values: Mapping[str, Value]) -> tuple[Indicator, ...]:
    """The indicators left empty on purpose. Raises Refusal report.unanswered(count, first) while one is open,
    report.required(labels) for one left empty that must not be.
    """
    open_ones = [each for each in asked if each.code not in values]
    if open_ones:
        raise Refusal("report.unanswered", count=len(open_ones), first=open_ones[0].short_label)
    needed = [each for each in asked if each.required and values[each.code].is_empty]
    if needed:
        raise Refusal("report.required", labels=[each.short_label for each in needed])
    return tuple(each for each in asked if values[each.code].is_empty)


def snapshot(
    values: Mapping[str, Value],
    notes: Mapping[str, str],
    remarks: Sequence[tuple[str, str, str]],
    photos: Sequence[str],
    no_activity: str,
    lists: Mapping[str, Sequence[Mapping[str, str]]] | None = None,
    counted: Mapping[str, int] | None = None,
) -> dict[str, Any]:
    """A report whole, as plain JSON: `answers` by indicator, `remarks` as [kind, code, text], `photos` by hash.

    `lists`, where the form has any: the lines of each, an answer by question. `counted`: what of a number the bot had
    counted.
    """
    whole: dict[str, Any] = {
        "answers": {code: write_value(value) for code, value in values.items()},
        "notes": {code: note for code, note in notes.items() if note},
        "remarks": [list(each) for each in remarks],
        "photos": list(photos),
        "no_activity": no_activity,
    }
    whole |= {"counted": dict(counted)} if counted else {}
    return whole if lists is None else {**whole, "lists": {code: list(lines) for code, lines in lists.items()}}


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[list[str]]:
    """What differs between two snapshots, as [indicator or kind, old, new]; an empty text is "nothing there"."""
    lists = {**old.get("lists", {}), **new.get("lists", {})}
    before, after = ({code: at for code, at in one["answers"].items() if code not in lists} for one in (old, new))
    found = [
        [code, before.get(code, ""), after.get(code, "")]
        for code in dict.fromkeys((*before, *after))
        if before.get(code, "") != after.get(code, "")
    ]
    for code in lists:
        found += _changed_lines(code, old.get("lists", {}).get(code, ()), new.get("lists", {}).get(code, ()))
    if old["no_activity"] != new["no_activity"]:
        found.append(["no_activity", old["no_activity"], new["no_activity"]])
    was, now = [tuple(each) for each in old["remarks"]], [tuple(each) for each in new["remarks"]]
    found += [[code, text or code, ""] for kind, code, text in was if (kind, code, text) not in now]
    found += [[code, "", text or code] for kind, code, text in now if (kind, code, text) not in was]
    if set(old["photos"]) != set(new["photos"]):
        found.append(["photos", str(len(old["photos"])), str(len(new["photos"]))])
    return found


def _changed_lines(code: str, old: Sequence[Any], new: Sequence[Any]) -> list[list[str]]:
    """The lines that went and that came, each whole as JSON under the code with LINE_MARK behind it."""
    was, now = ([json.dumps(line, ensure_ascii=False, sort_keys=True) for line in lines] for lines in (old, new))
    gone = [[code + LINE_MARK, line, ""] for line in was if line not in now]
    return gone + [[code + LINE_MARK, "", line] for line in now if line not in was]


def looks_like_identity(text: str) -> bool:
    """Whether a sentence holds what may be somebody's identity or telephone number: nine digits or more in a row.

    Blanks, dots and hyphens between the digits do not hide them; an amount such as 1.000.000.000 is none.
    """
    runs = (match[0] for match in _DIGIT_RUN.finditer(clean(text)))
    return any(_THOUSANDS.fullmatch(run) is None for run in runs)


def sentence(text: str, most: int) -> str:
    """Free text fit to be kept. Raises Refusal report.identity, report.too_long(most, length) or report.no_words."""
    kept = " ".join(clean(text).split())
    if not any(letter.isalnum() for letter in kept):
        raise Refusal("report.no_words")
    if len(kept) > most:
        raise Refusal("report.too_long", most=most, length=len(kept))
    if looks_like_identity(kept):
        raise Refusal("report.identity")
    return kept


def reason(text: str) -> str:
    """Why there is nothing to report, in a person's own words.

    Raises what `sentence` raises, and Refusal report.reason_wanted(text) for one word, a number or a way elsewhere.
    """
    kept = sentence(text, LONGEST_LINE)
    elsewhere = way_meant(kept) is not None or _ITEM.fullmatch(fold(kept)) is not None
    if elsewhere or not is_reason(kept, refused=not _has_number(kept)):
        raise Refusal("report.reason_wanted", text=shorten(kept, 40))
    return kept


def _has_number(text: str) -> bool:
    """Whether it reads as a number, or was meant as one: "khoang 45 luot" is refused as a number and yet is one."""
    try:
        read_number(text, whole=False)
    except Refusal as refusal:
        return refusal.key != "number.not_a_number"
    return True


def item_meant(text: str, asked: Sequence[Indicator], *, digits: bool = False, codes: bool = True) -> int | None:
    """The item (from 1) to be opened: "sua 5", "cau 5", with `codes` its code, with `digits` also "5" alone.

    None: none is named.

    Raises Refusal report.no_such_item(count) when "sua 99" names none.
    """
    typed = fold(text).strip(" .!")
    called = [each.code.casefold() for each in asked] if codes else []
    if typed in called:
        return called.index(typed) + 1
    match = _ITEM.fullmatch(typed)
    name = (match[1] or match[2]) if match else typed if digits and typed.isdecimal() else ""
    if not name:
        return None
    if name in called:
        return called.index(name) + 1
    if name.isdecimal() and 1 <= int(name[:6]) <= len(asked):
        return int(name[:6])
    raise Refusal("report.no_such_item", count=len(asked))


def way_meant(text: str) -> Way | None:
    """The way on or out that somebody typed in words where a number was asked: "tiep", "bo qua cau nay", "luu lai".

    None for anything else; a digit is never a way.
    """
    words = [word for word in re.split(r"[^a-z0-9]+", fold(text)) if word]
    while words and words[-1] in _POLITE:
        words.pop()
    typed = " ".join(words).removesuffix(" cau nay")
    return next((way for way, names in WAYS.items() if typed in names), None)
