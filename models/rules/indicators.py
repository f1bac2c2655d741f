"""One question of a form: what it asks, of which type, how it adds up, and when it is asked at all."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, cast

from models.rules.entries import Entry, keys_of

Adds = Literal["sum", "last", "rate", "none"]
Measure = Literal["turns", "people", "files"]
Origin = Literal["M", "K", "C"]  # counted by the machine, declared by the unit, with evidence
Type = Literal[
    "integer", "decimal", "text", "select_one", "select_multiple", "date", "image", "note", "calculate", "list"
]

TYPES = ("integer", "decimal", "text", "select_one", "select_multiple", "date", "image", "note", "calculate", "list")
MEASURES = ("turns", "people", "files")
SELECTS = ("select_one", "select_multiple")
NUMBERS = ("integer", "decimal")
IN_A_LIST = (*NUMBERS, "text", *SELECTS, "date", "image")
SILENT = ("note", "calculate")  # nobody is asked these
SHORT_LABEL = 32  # characters that fit a button or a line of a phone
MOST_CHOICES = 30  # to choose from on one screen
MOST_QUESTIONS = 12  # of one line of a list: a phone is no spreadsheet


@dataclass(frozen=True, slots=True)
class Value:
    """What a unit answered: `number`, and for a rate the raw `of` it is part of. None: missing, never 0.

    `text`: an answer that is no number: words, a day ("2026-11-25"), the codes chosen joined by blanks, a photo's hash.
    """

    number: Decimal | None = None
    of: Decimal | None = None
    text: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether it was asked and left empty."""
        return self.number is None and not self.text


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list to choose from; `needs_note` asks for a sentence with it."""

    code: str
    label: str
    needs_note: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """What visits (lượt hỗ trợ) give an indicator: their turns, people or files; of these guides, none: of all."""

    measure: Measure
    guides: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Indicator:
    """One question of a form.

    `adds`: how it adds up over periods (a sum, the last value, a rate of two raw numbers; none: it is no number).
    `over_time`, of a rate: whether its two numbers are those of the last period ("last") or summed over periods
    ("sum"). `max`: no larger number is taken. `short`: asked also of the kinds of unit that fill in the short form.
    `also`: other names people give it in the reports they write themselves.

    `relevant`, `constraint`, `calculation`: expressions over the questions before it (rules/expressions.py): asked only
    when, taken only if (else `constraint_message` is said), worked out instead of asked. `questions`: of a list, what
    is asked of each line. `required`: it cannot be left empty. `counts`: which visits the bot counts for it.
    """

    code: str
    label: str
    short_label: str
    unit: str
    adds: Adds
    origins: tuple[Origin, ...]
    example: int
    hint: str
    source: str
    field: str = ""
    max: int = 0
    short: bool = False
    numerator: str = ""
    denominator: str = ""
    example_of: int = 0
    over_time: str = ""
    also: tuple[str, ...] = ()
    type: Type = "integer"
    required: bool = False
    relevant: str = ""
    constraint: str = ""
    constraint_message: str = ""
    calculation: str = ""
    choices: tuple[Choice, ...] = ()
    questions: tuple[Indicator, ...] = ()
    counts: Counts | None = None

    @property
    def is_rate(self) -> bool:
        return self.adds == "rate"

    @property
    def is_number(self) -> bool:
        """Whether its answers can be added up: numbers, the number of lines of a list, a calculation with a unit."""
        return self.adds != "none"

    @property
    def is_typed_number(self) -> bool:
        """Whether it is answered by typing a number."""
        return self.type in NUMBERS

    def is_whole(self, value: Value) -> bool:
        """Whether everything that makes up the number is there."""
        return value.number is not None and (not self.is_rate or value.of is not None)

    def label_of(self, code: str) -> str:
        """What a chosen code is called; the code itself when this version does not know it."""
        return next((each.label for each in self.choices if each.code == code), code)


def parse_indicator(entry: Entry, fields: tuple[str, ...], field: str, largest: int) -> Indicator:
    """One question from plain data; of type integer unless it says another. Raises Refusal programme.*."""
    entry.only(keys_of(Indicator))
    kind = cast(Type, entry.one_of("type", TYPES)) if "type" in entry.data else "integer"
    top = entry.whole("max", least=1) if "max" in entry.data else largest
    adds = _adds(entry, kind)
    is_rate, is_number = adds == "rate", adds != "none"
    _refuse_of_other_types(entry, kind, adds)
    return Indicator(
        code=entry.code(most=40 if kind not in NUMBERS else 20),
        label=entry.text("label", 160),
        short_label=entry.text("short_label", SHORT_LABEL),
        unit=entry.text("unit", SHORT_LABEL) if is_number else "",
        adds=adds,
        origins=cast(tuple[Origin, ...], entry.some_of("origins", ("M", "K", "C"))),
        example=entry.whole("example", most=top) if kind in NUMBERS else 0,
        hint=entry.text("hint", 200) if kind in NUMBERS else _optional(entry, "hint", 200),
        source=entry.text("source"),
        field=entry.one_of("field", fields) if "field" in entry.data else field,
        max=top,
        short=entry.yes("short"),
        numerator=entry.text("numerator", 80) if is_rate else "",
        denominator=entry.text("denominator", 80) if is_rate else "",
        example_of=entry.whole("example_of", 1, top) if is_rate else 0,
        over_time=entry.one_of("over_time", ("last", "sum")) if is_rate else "",
        also=entry.texts("also", 80),
        type=kind,
        required=entry.yes("required"),
        relevant=_optional(entry, "relevant", 1000),
        constraint=_optional(entry, "constraint", 500),
        constraint_message=_optional(entry, "constraint_message", 200),
        calculation=entry.text("calculation", 500) if kind == "calculate" else "",
        choices=parse_choices(entry, "choices", MOST_CHOICES) if kind in SELECTS else (),
        questions=_questions(entry, fields, field, largest) if kind == "list" else (),
        counts=_counts(entry.entry("counts")) if entry.data.get("counts") else None,
    )


def parse_choices(entry: Entry, key: str, most: int = 200) -> tuple[Choice, ...]:
    """The choices of the list that stands at `key`: at least one, at most `most`, no code twice."""
    found = tuple(_choice(each) for each in entry.entries(key))
    entry.unique((each.code for each in found), key)
    if len(found) > most:
        raise entry.refusal("programme.too_many", key, count=len(found), most=most)
    return found


def _choice(entry: Entry) -> Choice:
    entry.only(keys_of(Choice))
    return Choice(entry.code(most=20), entry.text("label", SHORT_LABEL), entry.yes("needs_note"))


def _counts(entry: Entry) -> Counts:
    entry.only(keys_of(Counts))
    measure = cast(Measure, entry.one_of("measure", MEASURES))
    return Counts(measure, entry.texts("guides", 12))


def _adds(entry: Entry, kind: Type) -> Adds:
    """How it adds up: a whole number in one of three ways, a list by its lines, a calculation when it has a unit."""
    if kind == "calculate" and not entry.data.get("unit"):
        return "none"
    if kind not in (*NUMBERS, "calculate", "list"):
        return "none"
    ways = ("sum", "last", "rate") if kind == "integer" else ("sum", "last")
    return cast(Adds, entry.one_of("adds", ways))


def _questions(entry: Entry, fields: tuple[str, ...], field: str, largest: int) -> tuple[Indicator, ...]:
    entries = entry.entries("questions")
    for each in entries:
        each.one_of("type", IN_A_LIST)
        if each.data.get("adds") == "rate":
            raise each.refusal("programme.not_one_of", "adds", got="rate", allowed=["sum", "last"])
    found = tuple(parse_indicator(each, fields, field, largest) for each in entries)
    entry.unique((each.code for each in found), "questions")
    if len(found) > MOST_QUESTIONS:
        raise entry.refusal("programme.too_many", "questions", count=len(found), most=MOST_QUESTIONS)
    return found


def _optional(entry: Entry, key: str, most: int) -> str:
    return entry.text(key, most) if entry.data.get(key) else ""


def _refuse_of_other_types(entry: Entry, kind: Type, adds: Adds) -> None:
    """Raises Refusal programme.only_for_rate, .only_for_type: what nobody would ever be asked is a mistake."""
    for key in ("numerator", "denominator", "example_of", "over_time"):
        if key in entry.data and adds != "rate":
            raise entry.refusal("programme.only_for_rate", key, adds=entry.data.get("adds", "none"))
    # visits of a period are summed; they know nothing of what lasts
    if entry.data.get("counts") and kind == "integer" and adds != "sum":
        raise entry.refusal("programme.not_one_of", "adds", got=adds, allowed=["sum"])
    of_types = {
        "choices": SELECTS,
        "questions": ("list",),
        "calculation": ("calculate",),
        "constraint": tuple(each for each in IN_A_LIST if each != "image"),
        "required": (*IN_A_LIST, "list"),
        "counts": ("integer",),
    }
    for key, kinds in of_types.items():
        if entry.data.get(key) and kind not in kinds:
            raise entry.refusal("programme.only_for_type", key, kind=kind, kinds=list(kinds))
