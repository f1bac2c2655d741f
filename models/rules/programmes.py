"""A programme: a plan document turned into data: what is owed by whom, what is aimed at, and on which forms.

Every duty and target names the paragraph it comes from, so that anyone can hold it against the document.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, cast

from models.rules.duties import Duty, check_parts, escalation_rows, ladder_rows, parse_duty, validity
from models.rules.entries import Entry, keys_of, plain
from models.rules.escalations import ABOVE, USUAL, Rises, parse_escalation
from models.rules.forms import UNIT_KINDS, Form, parse_form
from models.rules.reminders import Ladder, Quiet, parse_ladder

Comparator = Literal["at_least", "at_most", "exactly"]
Measure = Literal["count", "rate", "units", "survey"]


@dataclass(frozen=True, slots=True)
class Target:
    """A figure the plan aims at in `year`, and in later years too when it is `carried`.

    `measure`: a count or a rate of `indicators`, a number of units, or only a survey. `denominator`: what a
    share is a share of; `denominator_note`: what is not known about it.
    """

    code: str
    title: str
    number: Decimal
    unit: str
    comparator: Comparator
    measure: Measure
    year: int
    source: str
    indicators: tuple[str, ...] = ()
    denominator: str = ""
    denominator_note: str = ""
    note: str = ""
    carried: bool = False

    def holds_in(self, year: int) -> bool:
        return year == self.year or (self.carried and year > self.year)


@dataclass(frozen=True, slots=True)
class Mapped:
    """What a body the plan names `was`, and the kind of unit it is `now`."""

    was: str
    now: str
    note: str


@dataclass(frozen=True, slots=True)
class Programme:
    """A plan. `ladder`, `quiet`: its default reminders; a step missed for `stale_after_days` is let go.

    `escalation`: its steps up after a deadline, where they are others than the usual ones.
    `opened_by`: no plan but a round of reporting, opened by the unit of this code: nothing is owed outside its subtree.
    """

    code: str
    title: str
    short_title: str
    issued_by: str
    valid_from: date
    source: str
    ladder: tuple[Mapping[str, Any], ...]
    quiet: Quiet
    stale_after_days: int
    forms: tuple[Form, ...]
    duties: tuple[Duty, ...]
    targets: tuple[Target, ...] = ()
    mapping: tuple[Mapped, ...] = ()
    basis: tuple[str, ...] = ()
    note: str = ""
    valid_until: date | None = None
    opened_by: str = ""
    escalation: tuple[Mapping[str, Any], ...] = ()

    def form(self, code: str) -> Form:
        """The form of that code; KeyError when the programme has none."""
        return {each.code: each for each in self.forms}[code]

    def duty(self, code: str) -> Duty:
        """The duty of that code; KeyError when the programme has none."""
        return {each.code: each for each in self.duties}[code]

    def parts_of(self, code: str) -> tuple[Duty, ...]:
        """The duties whose reports make up that one, the nearest first; empty when it is not consolidated."""
        duty, found = self.duty(code), []
        while duty.parts_from:
            duty = self.duty(duty.parts_from)
            found.append(duty)
        return tuple(found)

    def steps(self, duty: str = "") -> Ladder:
        """The reminders of a duty, in the order of time; the default ones where it has none of its own."""
        own = next((each.ladder for each in self.duties if each.code == duty), ())
        return parse_ladder([dict(each) for each in own or self.ladder])

    def rises(self, duty: str = "") -> Rises:
        """When word of what is late goes up, and to whom; of a round of reporting no further than right above."""
        own = next((each.escalation for each in self.duties if each.code == duty), ()) or self.escalation
        found = parse_escalation([dict(each) for each in own]) if own else USUAL
        return tuple(each for each in found if each.to == ABOVE) if self.opened_by else found

    def duties_on(self, day: date) -> tuple[Duty, ...]:
        """What is owed at all on that day, whatever the hour it is due."""
        if day < self.valid_from or (self.valid_until is not None and day > self.valid_until):
            return ()
        return tuple(each for each in self.duties if each.holds_on(day))

    def targets_in(self, year: int) -> tuple[Target, ...]:
        return tuple(each for each in self.targets if each.holds_in(year))

    def as_dict(self) -> dict[str, Any]:
        """Plain JSON that `parse_programme` reads back as an equal programme."""
        return cast(dict[str, Any], plain(self))


def parse_programme(data: object) -> Programme:
    """The programme from plain data.

    Raises Refusal programme.* with `where` and `path` for the first thing missing, unknown, of the wrong sort
    or there twice, or that names a form or an indicator which is not there.
    """
    entry = Entry(data)
    entry.only(keys_of(Programme))
    valid_from, valid_until = validity(entry)
    forms = tuple(parse_form(each.data, each) for each in entry.entries("forms"))
    entry.unique((each.code for each in forms), "forms")
    return Programme(
        code=entry.code(),
        title=entry.text("title"),
        short_title=entry.text("short_title", 40),
        issued_by=entry.text("issued_by", 120),
        basis=entry.texts("basis"),
        valid_from=valid_from,
        valid_until=valid_until,
        opened_by=entry.text_or_empty("opened_by", 40),
        note=entry.text_or_empty("note", 1000),
        source=entry.text("source"),
        mapping=tuple(_mapped(each) for each in entry.entries("mapping", required=False)),
        ladder=ladder_rows(entry),
        quiet=_quiet(entry.entry("quiet")),
        escalation=escalation_rows(entry),
        stale_after_days=entry.whole("stale_after_days", 1, 30),
        forms=forms,
        duties=_duties(entry, forms),
        targets=_targets(entry, forms),
    )


def _mapped(entry: Entry) -> Mapped:
    entry.only(keys_of(Mapped))
    return Mapped(entry.text("was", 120), entry.one_of("now", UNIT_KINDS), entry.text("note"))


def _quiet(entry: Entry) -> Quiet:
    entry.only(keys_of(Quiet))
    return Quiet(entry.clock("start"), entry.clock("end"), entry.yes("on_holidays"))


def _duties(entry: Entry, forms: tuple[Form, ...]) -> tuple[Duty, ...]:
    entries = entry.entries("duties")
    found = tuple(parse_duty(each, tuple(form.code for form in forms)) for each in entries)
    entry.unique((each.code for each in found), "duties")
    check_parts(entries, found)
    return found


def _targets(entry: Entry, forms: tuple[Form, ...]) -> tuple[Target, ...]:
    found = tuple(_target(each, forms) for each in entry.entries("targets", required=False))
    entry.unique((each.code for each in found), "targets")
    return found


def _target(entry: Entry, forms: tuple[Form, ...]) -> Target:
    entry.only(keys_of(Target))
    measure = cast(Measure, entry.one_of("measure", ("count", "rate", "units", "survey")))
    unit = entry.text("unit", 40)
    return Target(
        code=entry.code(most=20),
        title=entry.text("title", 200),
        number=entry.number("number"),
        unit=unit,
        comparator=cast(Comparator, entry.one_of("comparator", ("at_least", "at_most", "exactly"))),
        measure=measure,
        indicators=_indicators(entry, measure, forms),
        denominator=entry.text("denominator") if unit == "%" else entry.text_or_empty("denominator"),
        denominator_note=entry.text_or_empty("denominator_note"),
        note=entry.text_or_empty("note"),
        year=entry.whole("year", 2000, 2100),
        carried=entry.yes("carried"),
        source=entry.text("source"),
    )


def _indicators(entry: Entry, measure: Measure, forms: tuple[Form, ...]) -> tuple[str, ...]:
    """The codes a target is measured by: all must exist, a rate needs one rate, a count must not have any."""
    codes = entry.texts("indicators")
    if measure in ("count", "rate") and not codes:
        raise entry.refusal("programme.missing", "indicators")
    for index, code in enumerate(codes):
        indicator = next((form.indicator(code) for form in forms if form.has(code)), None)
        if indicator is None:
            raise entry.refusal("programme.unknown_indicator", "indicators", index, code=code)
        if measure in ("count", "rate") and indicator.is_rate != (measure == "rate"):
            moment = "programme.rate_needs_a_rate" if measure == "rate" else "programme.count_needs_a_count"
            raise entry.refusal(moment, "indicators", index, code=code)
    if measure == "rate" and len(codes) > 1:
        raise entry.refusal("programme.rate_needs_a_rate", "indicators", 1, code=codes[1])
    return codes
