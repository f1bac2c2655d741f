"""A report form: its indicators in sections, which kind of unit is asked which, and in what order.

A form is data of a programme. Each version is kept as plain JSON (`as_dict`) and parsed again (`parse_form`),
so that a draft begun on one version is finished on it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any, Literal, cast

from models.rules.entries import Entry, keys_of, plain

Adds = Literal["sum", "last", "rate"]
Origin = Literal["M", "K", "C"]  # counted by the machine, declared by the unit, with evidence

UNIT_KINDS = ("central", "province", "district", "commune", "affiliated", "team")
SHORT_LABEL = 32  # characters that fit a button or a line of a phone


@dataclass(frozen=True, slots=True)
class Value:
    """What a unit answered: `number`, and for a rate the raw `of` it is part of. None: missing, never 0."""

    number: Decimal | None = None
    of: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Indicator:
    """One question of a form.

    `adds`: how it adds up over periods (a sum, the last value, a rate of two raw numbers). `over_time`, of a
    rate: whether its two numbers are those of the last period ("last") or summed over periods ("sum").
    `max`: no larger number is taken. `short`: asked also of the kinds of unit that fill in the short form.
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

    @property
    def is_rate(self) -> bool:
        return self.adds == "rate"

    def is_whole(self, value: Value) -> bool:
        """Whether everything that makes up the number is there."""
        return value.number is not None and (not self.is_rate or value.of is not None)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form (mảng); `field` (lĩnh vực) is that of its indicators unless one names its own."""

    code: str
    label: str
    field: str
    indicators: tuple[Indicator, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list to choose from; `needs_note` asks for a sentence with it."""

    code: str
    label: str
    needs_note: bool = False


@dataclass(frozen=True, slots=True)
class Definition:
    """A term of the form and what is counted under it."""

    term: str
    text: str


@dataclass(frozen=True, slots=True)
class Outliers:
    """A number is asked about once when it is more than `percent` off the last one, or `times` as large."""

    percent: int
    times: int


@dataclass(frozen=True)
class Form:
    """One version of a form. `short_for`: the kinds of unit asked only the indicators marked short."""

    code: str
    version: int
    title: str
    source: str
    short_for: tuple[str, ...]
    outliers: Outliers
    max: int
    definitions: tuple[Definition, ...]
    fields: tuple[Choice, ...]
    difficulties: tuple[Choice, ...]
    proposals: tuple[Choice, ...]
    nothing: tuple[Choice, ...]
    sections: tuple[Section, ...]

    @cached_property
    def indicators(self) -> tuple[Indicator, ...]:
        return tuple(each for section in self.sections for each in section.indicators)

    @cached_property
    def _short(self) -> tuple[Indicator, ...]:
        return tuple(each for each in self.indicators if each.short)

    @cached_property
    def _by_code(self) -> Mapping[str, Indicator]:
        return {each.code: each for each in self.indicators}

    def indicator(self, code: str) -> Indicator:
        """The indicator of that code; KeyError when this version has none."""
        return self._by_code[code]

    def has(self, code: str) -> bool:
        return code in self._by_code

    def indicators_for(self, kind: str) -> tuple[Indicator, ...]:
        """What a unit of that kind is asked, in order: the short ones or all."""
        return self._short if kind in self.short_for else self.indicators

    def sections_for(self, kind: str) -> tuple[tuple[Section, tuple[Indicator, ...]], ...]:
        """The sections of which a unit of that kind is asked something, with what it is asked."""
        asked = {each.code for each in self.indicators_for(kind)}
        found = [(each, tuple(one for one in each.indicators if one.code in asked)) for each in self.sections]
        return tuple((section, indicators) for section, indicators in found if indicators)

    def position(self, code: str, kind: str) -> tuple[int, int]:
        """(4, 12): the fourth of twelve that a unit of that kind is asked. ValueError when it is not."""
        codes = [each.code for each in self.indicators_for(kind)]
        return codes.index(code) + 1, len(codes)

    def next_open(self, values: Mapping[str, Value], kind: str, after: str = "") -> Indicator | None:
        """The next one not answered yet, from the one `after` on and then from the beginning, or None.

        A skipped one stands in `values` with an empty Value and is not open; half a rate is.
        """
        asked = self.indicators_for(kind)
        start = next((place + 1 for place, each in enumerate(asked) if each.code == after), 0)
        return next((each for each in (*asked[start:], *asked[:start]) if _is_open(each, values)), None)

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON that `parse_form` reads back as an equal form."""
        return cast(dict[str, Any], plain(self))


def parse_form(data: object, entry: Entry | None = None) -> Form:
    """The form from plain data (a file's or the database's).

    Raises Refusal programme.* with `where` and `path` for the first thing missing, unknown, of the wrong sort
    or there twice.
    """
    entry = entry or Entry(data)
    entry.only(keys_of(Form))
    outliers = entry.entry("outliers")
    outliers.only(keys_of(Outliers))
    fields = _choices(entry, "fields")
    form = Form(
        code=entry.code(),
        version=entry.whole("version", least=1),
        title=entry.text("title"),
        source=entry.text("source"),
        short_for=entry.some_of("short_for", UNIT_KINDS),
        outliers=Outliers(outliers.whole("percent", 1, 1000), outliers.whole("times", 2, 1000)),
        max=entry.whole("max", least=1),
        definitions=tuple(_definition(each) for each in entry.entries("definitions", required=False)),
        fields=fields,
        difficulties=_choices(entry, "difficulties"),
        proposals=_choices(entry, "proposals"),
        nothing=_choices(entry, "nothing"),
        sections=_sections(entry, tuple(each.code for each in fields), entry.whole("max", least=1)),
    )
    if not form.indicators_for(form.short_for[0]):
        raise entry.refusal("programme.no_short_form", "short_for", kind=form.short_for[0])
    return form


def _is_open(indicator: Indicator, values: Mapping[str, Value]) -> bool:
    value = values.get(indicator.code)
    if value is None:
        return True
    return indicator.is_rate and (value.number is None) != (value.of is None)


def _choices(entry: Entry, key: str) -> tuple[Choice, ...]:
    found = tuple(_choice(each) for each in entry.entries(key))
    entry.unique((each.code for each in found), key)
    return found


def _choice(entry: Entry) -> Choice:
    entry.only(keys_of(Choice))
    return Choice(entry.code(most=20), entry.text("label", SHORT_LABEL), entry.yes("needs_note"))


def _definition(entry: Entry) -> Definition:
    entry.only(keys_of(Definition))
    return Definition(entry.text("term", SHORT_LABEL), entry.text("text"))


def _sections(entry: Entry, fields: tuple[str, ...], largest: int) -> tuple[Section, ...]:
    entries = entry.entries("sections")
    found = tuple(_section(each, fields, largest) for each in entries)
    entry.unique((each.code for each in found), "sections")
    seen: set[str] = set()
    for each, section in zip(entries, found, strict=True):
        for index, code in enumerate(indicator.code for indicator in section.indicators):
            if code in seen:
                raise each.refusal("programme.repeated_code", "indicators", index, "code", code=code)
            seen.add(code)
    return found


def _section(entry: Entry, fields: tuple[str, ...], largest: int) -> Section:
    entry.only(keys_of(Section))
    field = entry.one_of("field", fields)
    indicators = tuple(_indicator(each, fields, field, largest) for each in entry.entries("indicators"))
    return Section(entry.code(), entry.text("label", SHORT_LABEL), field, indicators)


def _indicator(entry: Entry, fields: tuple[str, ...], field: str, largest: int) -> Indicator:
    entry.only(keys_of(Indicator))
    top = entry.whole("max", least=1) if "max" in entry.data else largest
    adds = cast(Adds, entry.one_of("adds", ("sum", "last", "rate")))
    is_rate = adds == "rate"
    if not is_rate:
        _refuse_parts_of_a_rate(entry)
    return Indicator(
        code=entry.code(most=20),
        label=entry.text("label", 160),
        short_label=entry.text("short_label", SHORT_LABEL),
        unit=entry.text("unit", SHORT_LABEL),
        adds=adds,
        origins=cast(tuple[Origin, ...], entry.some_of("origins", ("M", "K", "C"))),
        example=entry.whole("example", most=top),
        hint=entry.text("hint", 200),
        source=entry.text("source"),
        field=entry.one_of("field", fields) if "field" in entry.data else field,
        max=top,
        short=entry.yes("short"),
        numerator=entry.text("numerator", 80) if is_rate else "",
        denominator=entry.text("denominator", 80) if is_rate else "",
        example_of=entry.whole("example_of", 1, top) if is_rate else 0,
        over_time=entry.one_of("over_time", ("last", "sum")) if is_rate else "",
    )


def _refuse_parts_of_a_rate(entry: Entry) -> None:
    """Raises Refusal programme.only_for_rate: a numerator that nobody would ever be asked is a mistake."""
    for key in ("numerator", "denominator", "example_of", "over_time"):
        if key in entry.data:
            raise entry.refusal("programme.only_for_rate", key, adds=entry.data["adds"])
