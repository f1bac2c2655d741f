"""A line of a team's list of members: what each field accepts, and when two lines are the same person."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from models.rules import Refusal
from models.rules.folding import clean, fold, shorten
from models.rules.names import NameOrder, folded_name, is_person_name, name_order, tidy_name
from models.rules.reports import looks_like_identity

LEADER, DEPUTY, COMMANDER, MEMBER = "leader", "deputy", "commander", "member"
DUTIES = (LEADER, DEPUTY, COMMANDER, MEMBER)  # in the order a list names them
FIELDS = ("name", "duty", "year", "phone", "note")
MOST_LINES = 500  # of one list: the largest team of the plans has far fewer
MOST_NOTE = 200  # characters
YOUNGEST, OLDEST = 10, 100  # years

# duties as offices write them, folded
_DUTY_WORDS: Mapping[str, str] = {
    **{word: LEADER for word in ("doi truong", "to truong", "truong doi", "truong nhom", "dt", "truong")},
    **{word: DEPUTY for word in ("doi pho", "to pho", "pho doi truong", "pho doi", "pho to truong", "dp", "pho")},
    **{
        word: COMMANDER
        for word in (
            "ban chi huy", "bch", "uy vien ban chi huy", "uy vien bch", "uv bch", "uvbch", "uv ban chi huy",
            "thanh vien ban chi huy", "thanh vien bch", "chi huy", "chi huy truong", "chi huy pho", "uy vien",
        )
    },
    **{
        word: MEMBER
        for word in (
            "thanh vien", "doi vien", "to vien", "doan vien", "tinh nguyen vien", "tnv", "tv", "thanh nien", "hoi vien",
            "dvtn",
        )
    },
}  # fmt: skip
_YEAR = re.compile(r"(?:sinh nam |nam sinh |sinh |nam |sn |ns )?(?:[0-9]{1,2}[/.-][0-9]{1,2}[/.-])?([0-9]{4})")
_PHONE = re.compile(r"0[0-9]{9,10}")
_BETWEEN = re.compile(r"[ .()\-\u2013\u2014_']+")


@dataclass(frozen=True, slots=True)
class RosterLine:
    """What a list says of one person. `number` and `phone` empty: not known. The phone is digits alone."""

    name: str
    duty: str = MEMBER
    year: int | None = None
    phone: str = ""
    note: str = ""

    @property
    def folded(self) -> str:
        return folded_name(self.name)


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who stands on a line, as far as it tells: `number` is the line's own; `person` whoever joined the bot."""

    number: int
    name: str  # folded
    year: int | None = None
    phone: str = ""
    person: int | None = None

    @property
    def marks(self) -> tuple[tuple[str, str], ...]:
        """By what else than the bot the bearer is known, the surest first. A name alone is shared by hundreds."""
        year = (("year", f"{self.name}|{self.year}"),) if self.year is not None else ()
        phone = (("phone", f"{self.name}|{self.phone}"),) if self.phone else ()
        return year + phone


def same_person(one: Bearer, other: Bearer) -> bool:
    """Whether two lines are about one person, so that somebody in two teams counts once.

    Two who joined the bot are who they are there. Else the name and the birth year must agree, or the name and the
    phone where a year is missing; a name alone proves nothing.
    """
    if one.person is not None and other.person is not None:
        return one.person == other.person
    if one.number == other.number:
        return True
    if one.person is None and other.person is None:
        return bool(one.marks and other.marks) and one.marks[0] == other.marks[0]
    known, stranger = (one, other) if one.person is not None else (other, one)
    return bool(stranger.marks) and stranger.marks[0] in known.marks


def count_people(lines: Iterable[Bearer]) -> int:
    """How many people stand on these lines, each counted once."""
    kept = list(lines)
    joined = {line.person for line in kept if line.person is not None}
    known = {mark for line in kept if line.person is not None for mark in line.marks}
    strangers = {
        line.marks[0] if line.marks else ("line", str(line.number))
        for line in kept
        if line.person is None and not (line.marks and line.marks[0] in known)
    }
    return len(joined) + len(strangers)


def read_field(field: str, text: str, this_year: int) -> str | int | None:
    """What was typed or stands in a cell for a field, as the list keeps it; empty text where the field may be empty.

    Raises Refusal roster.name_unclear, .duty_unclear, .year_unclear, .phone_unclear, .note_long or .note_identity.
    """
    match field:
        case "name":
            return read_name(text)
        case "duty":
            return read_duty(text)
        case "year":
            return read_year(text, this_year)
        case "phone":
            return read_phone(text)
    return read_note(text)


def read_name(text: str) -> str:
    """A full name. Raises Refusal roster.name_unclear (`text`)."""
    name = tidy_name(text)
    if not is_person_name(name):
        raise Refusal("roster.name_unclear", text=shorten(name, 40))
    return name


def read_duty(text: str) -> str:
    """One of DUTIES; a member when nothing is said. Raises Refusal roster.duty_unclear (`text`)."""
    typed = " ".join(re.sub(r"[^a-z0-9]+", " ", fold(text)).split())
    if not typed:
        return MEMBER
    if typed in _DUTY_WORDS:
        return _DUTY_WORDS[typed]
    found = {duty for word, duty in _DUTY_WORDS.items() if len(word) > 5 and word in typed}
    if len(found) == 1:
        return found.pop()
    if found == {DEPUTY, LEADER}:  # "pho doi truong" holds the word for a leader
        return DEPUTY
    raise Refusal("roster.duty_unclear", text=shorten(clean(text), 40))


def read_year(text: str, this_year: int) -> int | None:
    """A birth year, alone or at the end of a day of birth; None when nothing is said.

    Raises Refusal roster.year_unclear (`text`, `oldest`, `youngest`).
    """
    typed = fold(text)
    if not typed:
        return None
    found = _YEAR.fullmatch(typed)
    if found is None or not this_year - OLDEST <= int(found[1]) <= this_year - YOUNGEST:
        bounds = {"oldest": this_year - OLDEST, "youngest": this_year - YOUNGEST}
        raise Refusal("roster.year_unclear", text=shorten(clean(text), 40), **bounds)
    return int(found[1])


def read_phone(text: str) -> str:
    """The digits of a phone number, with the 0 that a spreadsheet drops; empty when nothing is said.

    Raises Refusal roster.phone_unclear (`text`).
    """
    digits = _BETWEEN.sub("", clean(text)).removeprefix("+")
    if not digits:
        return ""
    if digits.startswith("84") and len(digits) in (11, 12):
        digits = "0" + digits[2:]
    elif len(digits) in (9, 10) and not digits.startswith("0"):
        digits = "0" + digits
    if not _PHONE.fullmatch(digits):
        raise Refusal("roster.phone_unclear", text=shorten(clean(text), 40))
    return digits


def read_note(text: str) -> str:
    """A short note. Raises Refusal roster.note_long (`most`), roster.note_identity."""
    note = " ".join(clean(text).split())
    if len(note) > MOST_NOTE:
        raise Refusal("roster.note_long", most=MOST_NOTE)
    if looks_like_identity(note):
        raise Refusal("roster.note_identity")
    return note


def is_same_bearer(one: RosterLine, other: RosterLine) -> bool:
    """Whether two lines of one list name the same person: the same name, and nothing that tells them apart."""
    if one.folded != other.folded:
        return False
    if one.year is not None and other.year is not None:
        return one.year == other.year
    return not one.phone or not other.phone or one.phone == other.phone


def list_order(line: RosterLine) -> tuple[int, NameOrder]:
    """Sorts a list of members as it is read out: by duty, the captain first, and within it by name."""
    return DUTIES.index(line.duty) if line.duty in DUTIES else len(DUTIES), name_order(line.name)
