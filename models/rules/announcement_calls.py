"""What people type to come to an announcement or to a place of announcements: "thông báo số 6", "mẫu thông báo"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from models.rules.folding import fold

Place = Literal["home", "write", "templates", "schedule", "received", "one", "unconfirmed"]

_A = "(?:thong bao|tb)"
_NUMBER = r"(?: so)? (?P<number>\d{1,9})"
_PLACES: tuple[tuple[Place, re.Pattern[str]], ...] = (
    ("write", re.compile(rf"(?:toi muon |muon )?(?:soan|viet|tao|gui|lap|ra)(?: mot)? {_A}(?: moi)?")),
    ("home", re.compile(rf"(?:xem |quan ly )?(?:cac |danh sach )?{_A}(?: da gui)?|ai chua (?:xac nhan|nam|da nam)")),
    ("templates", re.compile(rf"(?:xem )?(?:cac )?mau {_A}")),
    ("schedule", re.compile(rf"(?:xem )?lich gui(?: {_A})?|lich {_A}")),
    ("received", re.compile(rf"(?:{_A} |tin )(?:cua toi|da nhan|nhan duoc)|(?:{_A} |tin )?toi (?:da )?nhan(?: duoc)?")),
    ("unconfirmed", re.compile(rf"ai chua (?:xac nhan|nam|da nam)(?: {_A})?{_NUMBER}")),
    ("one", re.compile(rf"(?:(?:xem|mo|doc|sua|thu hoi|thay the|thay|dung gui|dung) )?{_A}{_NUMBER}")),
    ("one", re.compile(r"(?:thu hoi|thay the|dung gui) so (?P<number>\d{1,9})")),
)


@dataclass(frozen=True, slots=True)
class Call:
    """`number`: of the announcement that is meant; 0 where none is."""

    place: Place
    number: int = 0


def read_call(text: str) -> Call | None:
    """Where the line leads; None for any other: "thông báo lưu trú" is about a service."""
    said = fold(text).strip(" .!?")
    for place, pattern in _PLACES:
        if found := pattern.fullmatch(said):
            return Call(place, int(found.groupdict().get("number") or 0))
    return None
