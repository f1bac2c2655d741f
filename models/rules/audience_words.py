"""The words of a line that says whom an announcement is for: "Bí thư xã thuộc Cụm 2 chưa nộp tháng 11 trừ Đất Mũi".

Those with a fixed meaning are told from the names between them, which are looked up afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from models.rules.folding import clean, fold
from models.rules.permissions import (
    ADMINISTRATOR,
    COMMANDER,
    COORDINATOR,
    DEPUTY,
    FOUNDER,
    LEADER,
    MEMBER,
    OFFICER,
    SECRETARY,
    TEAM_WRITERS,
)

Sort = Literal["role", "kind", "everybody", "late", "less", "joint", "all", "name", "rest"]
Start = Literal["", "add", "less"]

LONGEST_LINE = 500  # characters
_TOKEN = re.compile(r"[^\s,;()“”«»\"]+|[,;()“”«»\"]+")
_ROLES: Mapping[str, tuple[str, ...]] = {
    "bi thu": (SECRETARY,),
    "bi thu phu trach": (SECRETARY,),
    "pho bi thu": (SECRETARY,),
    "can bo": (COORDINATOR,),
    "can bo phu trach": (COORDINATOR,),
    "nguoi phu trach": (COORDINATOR,),
    "can bo ban": (OFFICER,),
    "can bo ban chuyen mon": (OFFICER,),
    "can bo chuyen mon": (OFFICER,),
    "quan tri vien": (ADMINISTRATOR,),
    "nguoi lap doi": (FOUNDER,),
    "doi truong": (LEADER,),
    "to truong": (LEADER,),
    "doi pho": (DEPUTY,),
    "to pho": (DEPUTY,),
    "ban chi huy": TEAM_WRITERS,
    "ban chi huy doi": TEAM_WRITERS,
    "bch": TEAM_WRITERS,
    "uy vien": (COMMANDER,),
    "uy vien ban chi huy": (COMMANDER,),
    "thanh vien": (MEMBER,),
    "doi vien": (MEMBER,),
    "tinh nguyen vien": (MEMBER,),
    "tnv": (MEMBER,),
}
_KINDS: Mapping[str, tuple[str, ...]] = {
    "xa": ("commune",),
    "phuong": ("commune",),
    "dac khu": ("commune",),
    "xa phuong": ("commune",),
    "xa phuong dac khu": ("commune",),
    "doan xa": ("commune",),
    "cap xa": ("commune",),
    "truc thuoc": ("affiliated",),
    "don vi truc thuoc": ("affiliated",),
    "doan truc thuoc": ("affiliated",),
    "doi": ("team",),
    "doi hinh": ("team",),
    "tinh": ("province",),
    "cap tinh": ("province",),
    "tinh doan": ("province",),
}
_PROVINCE_WIDE = frozenset(("toan tinh", "ca tinh", "khap tinh", "toan tinh doan"))
_EVERYBODY = _PROVINCE_WIDE | {"tat ca", "tat ca moi nguoi", "moi nguoi", "toan bo", "toan the", "toan don vi"}
_LATE = frozenset(("chua nop", "chua nop bao cao", "chua bao cao", "con no", "con no bao cao", "no bao cao", "tre han"))
_LESS = frozenset(("tru", "ngoai tru", "tru ra", "khong gom", "khong gui"))
_ALL = ("các", "những", "mọi", "tất cả các", "tất cả những", "toàn bộ các")
_JOINTS = (
    "thuộc",
    "ở",
    "của",
    "tại",
    "trong",
    "cho",
    "gửi",
    "đến",
    "tới",
    "và",
    "với",
    "cùng",
    "đơn vị",
    "người",
    "ai",
)
_ADD = re.compile(r"(thêm|them)\s+", re.IGNORECASE)
_GROUPS = ("cum", "khoi")  # with which their names begin
_MOST_WORDS = 16  # of a name or a phrase
_PERIOD = re.compile(
    r"(?:(?:bao cao )?(?:(?:thang|ky) )?(?P<month>1[0-2]|0?[1-9])(?:/(?P<year>20\d\d))?"
    r"|(?:bao cao )?nam (?P<whole>20\d\d)|(?:bao cao )?(?:thang|ky) nay|bao cao)(?= |$)"
)


@dataclass(frozen=True, slots=True)
class Name:
    """A name in the line, as typed. `bare`: without the "xã", "đội" in front, when there is one."""

    text: str
    bare: str
    without: bool


@dataclass(slots=True)
class Parts:
    """A line taken apart. `late`: what was said of the period ("11", "11/2026", "2026"; "": which one was not said).
    `province_wide`: the words that mean everybody of the province, as typed.
    """

    start: Start = ""
    roles: list[str] = field(default_factory=list)
    but_roles: list[str] = field(default_factory=list)
    kinds: list[str] = field(default_factory=list)
    everybody: bool = False
    province_wide: str = ""
    late: str | None = None
    late_as_typed: str = ""
    names: list[Name] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)

    @property
    def says_nothing(self) -> bool:
        return self == Parts(self.start)


@dataclass(frozen=True, slots=True)
class _Piece:
    sort: Sort
    words: tuple[str, ...]
    value: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return " ".join(self.words)


def parts_of(text: str, names: Iterable[str]) -> Parts:
    """`names`: folded, by which offices and groups may be called in the line; the longest that fits counts."""
    known, parts = frozenset(names), Parts()
    without, is_first = False, True
    line = clean(text)[:LONGEST_LINE]
    if added := _ADD.match(line):
        parts.start, is_first, line = "add", False, line[added.end() :]
    is_plain = line.casefold() == fold(line)
    for chunk in _chunks(line):
        for piece in _joined(_pieces(chunk, known, is_plain)):
            if piece.sort == "less":
                parts.start = "less" if is_first else parts.start
                without = True
            else:
                _put(parts, piece, without)
            is_first = False
    return parts


def _put(parts: Parts, piece: _Piece, without: bool) -> None:
    match piece.sort:
        case "role":
            (parts.but_roles if without else parts.roles).extend(piece.value)
        case "kind" if not without:
            parts.kinds.extend(piece.value)
        case "everybody" if not without:
            parts.everybody = True
            parts.province_wide = parts.province_wide or (piece.text if fold(piece.text) in _PROVINCE_WIDE else "")
        case "late" if not without:
            parts.late, parts.late_as_typed = piece.value[0], piece.text
        case "name" | "rest":
            parts.names.append(Name(piece.text, piece.value[0] if piece.value else piece.text, without))
        case "kind" | "late" | "everybody":
            parts.unknown.append(piece.text)


def _chunks(text: str) -> list[list[str]]:
    """The words between commas, brackets and quotes."""
    found: list[list[str]] = [[]]
    for token in _TOKEN.findall(text):
        if token[0] in ',;()“”«»"':
            found.append([])
        elif word := token.strip(".:!?"):
            found[-1].append(word)
    return [chunk for chunk in found if chunk]


def _pieces(words: Sequence[str], known: frozenset[str], is_plain: bool) -> list[_Piece]:
    found: list[_Piece] = []
    folded, at = [fold(word) for word in words], 0
    while at < len(words):
        piece = _longest(words, folded, at, known, is_plain)
        found.append(piece)
        at += len(piece.words)
    return found


def _longest(words: Sequence[str], folded: Sequence[str], at: int, known: frozenset[str], is_plain: bool) -> _Piece:
    for end in range(min(len(words), at + _MOST_WORDS), at, -1):
        phrase, typed = " ".join(folded[at:end]), " ".join(words[at:end]).casefold()
        taken = tuple(words[at:end])
        if phrase in _LATE:
            said = _PERIOD.match(" ".join(folded[end:]))
            more = len(said[0].split()) if said else 0
            return _Piece("late", tuple(words[at : end + more]), (_said(said),))
        if sort := _sort(phrase, typed, known, is_plain):
            return _Piece(sort, taken, _ROLES.get(phrase) or _KINDS.get(phrase) or ())
    return _Piece("rest", (words[at],))


def _sort(phrase: str, typed: str, known: frozenset[str], is_plain: bool) -> Sort | None:
    """Little words count only as typed, for "Chợ Mới" is no "cho mọi"; in a line without any marks they may be bare."""
    if phrase in _ROLES:
        return "role"
    if phrase in _EVERYBODY:
        return "everybody"
    if phrase in _LESS:
        return "less"
    if phrase in known or plain_name(phrase) in known:
        return "name"
    if phrase in _KINDS:
        return "kind"
    if typed in _ALL or (is_plain and phrase in {fold(each) for each in _ALL}):
        return "all"
    return "joint" if typed in _JOINTS or (is_plain and phrase in {fold(each) for each in _JOINTS}) else None


def _said(found: re.Match[str] | None) -> str:
    if found is None:
        return ""
    if found["whole"]:
        return found["whole"]
    return f"{int(found['month'])}/{found['year']}" if found["year"] else found["month"] or ""


def _joined(pieces: Sequence[_Piece]) -> list[_Piece]:
    """Names whole again: a word that means nothing by itself makes a name of everything it touches ("Đội hình chuyển
    đổi số Mỹ Tho"); "các xã" is a kind of unit all the same."""
    found: list[_Piece] = []
    run: list[_Piece] = []
    for place, piece in enumerate(pieces):
        is_plural = place > 0 and pieces[place - 1].sort == "all"
        if piece.sort in ("rest", "name") or (piece.sort == "kind" and not is_plural):
            run.append(piece)
            continue
        found += [*_whole(run), piece]
        run = []
    return [piece for piece in [*found, *_whole(run)] if piece.sort not in ("all", "joint")]


def _whole(run: Sequence[_Piece]) -> list[_Piece]:
    """What pieces standing side by side mean: one name, or names known as such with what they are addressed by."""
    if any(piece.sort == "rest" for piece in run):
        ahead = next(place for place, piece in enumerate(run) if piece.sort != "kind")
        bare = " ".join(piece.text for piece in run[ahead:])
        return [_Piece("rest", tuple(word for piece in run for word in piece.words), (bare,))]
    return [
        piece
        for piece, after in zip(run, [*run[1:], None], strict=False)
        if piece.sort != "kind" or after is None or after.sort != "name" or _is_group(after)
    ]


def _is_group(piece: _Piece) -> bool:
    return fold(piece.words[0]) in _GROUPS


def plain_name(folded: str) -> str:
    """A group's name as people say it: "cum thi dua so 2" is "cum 2"."""
    words = folded.split()
    if not words or words[0] not in _GROUPS:
        return folded
    return " ".join(word for word in words if word not in ("thi", "dua", "so"))


def called_by(folded: str) -> list[str]:
    """The ways in which a unit or a group of this name may be called: whole, or by its end from the second word on."""
    words = folded.split()
    ends = [" ".join(words[at:]) for at in range(1, len(words) - 1)]
    return [folded, plain_name(folded), *ends]
