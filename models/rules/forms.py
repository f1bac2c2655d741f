"""A report form: its indicators in sections, which kind of unit is asked which, and in what order.

A form is data of a programme. Each version is kept as plain JSON (`as_dict`) and parsed again (`parse_form`),
so that a draft begun on one version is finished on it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, cast

from models.rules.entries import Entry, keys_of, plain
from models.rules.expressions import Expression, read_expression
from models.rules.indicators import (
    SHORT_LABEL,
    SILENT,
    Adds,
    Choice,
    Indicator,
    Origin,
    Type,
    Value,
    parse_choices,
    parse_indicator,
)

__all__ = [
    "SHORT_LABEL",
    "UNIT_KINDS",
    "Adds",
    "Choice",
    "Definition",
    "Form",
    "Indicator",
    "Origin",
    "Outliers",
    "Section",
    "Type",
    "Value",
    "parse_form",
]

UNIT_KINDS = ("central", "province", "district", "commune", "affiliated", "team")


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the form (mảng); `field` (lĩnh vực) is that of its indicators unless one names its own."""

    code: str
    label: str
    field: str
    indicators: tuple[Indicator, ...]


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
    """One version of a form. `short_for`: the kinds of unit asked only the indicators marked short; none: all alike."""

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
    def lists(self) -> tuple[Indicator, ...]:
        return tuple(each for each in self.indicators if each.type == "list")

    @cached_property
    def visited(self) -> tuple[Indicator, ...]:
        """Those for which the bot counts visits."""
        return tuple(each for each in self.indicators if each.counts)

    @cached_property
    def names(self) -> frozenset[str]:
        """What its expressions may refer to: every question, those of the lists too."""
        inner = {one.code for each in self.lists for one in each.questions}
        return frozenset({each.code for each in self.indicators} | inner)

    @cached_property
    def is_plain(self) -> bool:
        """Whether everybody of a kind is asked the same, whatever they answer."""
        return not any(each.relevant or each.type in (*SILENT, "list") for each in self.indicators)

    @cached_property
    def _places(self) -> Mapping[str, int]:
        return {each.code: place for place, each in enumerate(self.indicators)}

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

    def next_open(
        self, values: Mapping[str, Value], kind: str, after: str = "", asked: tuple[Indicator, ...] | None = None
    ) -> Indicator | None:
        """The next one not answered yet, from the one `after` on and then from the beginning, or None.

        A skipped one stands in `values` with an empty Value and is not open; half a rate is. `asked`: what these
        answers leave to be asked, where the form has skip logic.
        """
        asked = self.indicators_for(kind) if asked is None else asked
        passed = self._places.get(after, -1)
        start = next((place for place, each in enumerate(asked) if self._places[each.code] > passed), 0)
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
    fields = parse_choices(entry, "fields")
    form = Form(
        code=entry.code(),
        version=entry.whole("version", least=1),
        title=entry.text("title"),
        source=entry.text("source"),
        short_for=entry.some_of("short_for", UNIT_KINDS) if entry.data.get("short_for") else (),
        outliers=Outliers(outliers.whole("percent", 1, 1000), outliers.whole("times", 2, 1000)),
        max=entry.whole("max", least=1),
        definitions=tuple(_definition(each) for each in entry.entries("definitions", required=False)),
        fields=fields,
        difficulties=parse_choices(entry, "difficulties"),
        proposals=parse_choices(entry, "proposals"),
        nothing=parse_choices(entry, "nothing"),
        sections=_sections(entry, tuple(each.code for each in fields), entry.whole("max", least=1)),
    )
    if form.short_for and not form.indicators_for(form.short_for[0]):
        raise entry.refusal("programme.no_short_form", "short_for", kind=form.short_for[0])
    _check_expressions(entry, form)
    return form


def _is_open(indicator: Indicator, values: Mapping[str, Value]) -> bool:
    value = values.get(indicator.code)
    if value is None:
        return True
    return indicator.is_rate and (value.number is None) != (value.of is None)


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
    indicators = tuple(parse_indicator(each, fields, field, largest) for each in entry.entries("indicators"))
    return Section(entry.code(), entry.text("label", SHORT_LABEL), field, indicators)


def _check_expressions(entry: Entry, form: Form) -> None:
    """Raises Refusal programme.expression_*: an expression must be readable and look back, never ahead."""
    earlier: set[str] = set()
    for part, section in zip(entry.entries("sections"), form.sections, strict=True):
        for place, each in zip(part.entries("indicators"), section.indicators, strict=True):
            _check(place, each, form.names, earlier)
            within = set(earlier)
            for below, one in zip(place.entries("questions", required=False), each.questions, strict=True):
                if one.code in earlier:
                    raise below.refusal("programme.repeated_code", "code", code=one.code)
                _check(below, one, form.names, within)
                within.add(one.code)
            earlier |= within | {each.code}


def _check(entry: Entry, indicator: Indicator, names: frozenset[str], earlier: set[str]) -> None:
    for key in ("relevant", "constraint", "calculation"):
        text = getattr(indicator, key)
        if not text:
            continue
        itself = key == "constraint"
        read = entry.read_by(key, read=_reader(names, itself=itself), value=text)
        for name in read.names:
            if name not in earlier and not (itself and name == indicator.code):
                raise entry.refusal("programme.expression_later", key, text=text, name=name)


def _reader(names: frozenset[str], *, itself: bool) -> Callable[[object], Expression]:
    return lambda text: read_expression(str(text), names, itself=itself)
