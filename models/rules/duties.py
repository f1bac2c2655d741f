"""What a plan makes units owe: who, when, on which form, and what the numbers of a consolidated report are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal, cast

from models.rules.clocks import USUAL, Clocks, parse_clocks
from models.rules.deadlines import parse_rule
from models.rules.entries import Entry, keys_of, plain
from models.rules.escalations import parse_escalation
from models.rules.forms import UNIT_KINDS
from models.rules.periods import Rule
from models.rules.permissions import ROLES
from models.rules.reminders import parse_ladder

DutyKind = Literal["report", "plan", "document", "event", "nomination"]

ON_NOTICE = "on_notice"


@dataclass(frozen=True, slots=True)
class Duty:
    """What units of some kinds owe, and when (`rule`, as the file states it).

    Nothing is owed outside `valid_from`–`valid_until` (both included): a duty of a past year is history.
    Without a `form` the duty is a line of the calendar and nothing is filled in here. `owed_with`: only units in which
    somebody holds this role owe it, for elsewhere nobody could file it. `units`: only the units with these codes.
    `parts_from`: the duty whose reports, from the same unit down and within the same time, make up this one.
    `ladder`, `escalation`: its reminders and its steps up, where they are others than the programme's.
    """

    code: str
    kind: DutyKind
    title: str
    owed_by: tuple[str, ...]
    rule: Mapping[str, Any]
    valid_from: date
    source: str
    summary: str
    form: str = ""
    goes_to: tuple[str, ...] = ()
    valid_until: date | None = None
    owed_with: str = ""
    units: tuple[str, ...] = ()
    parts_from: str = ""
    clocks: Clocks = USUAL
    ladder: tuple[Mapping[str, Any], ...] = ()
    escalation: tuple[Mapping[str, Any], ...] = ()

    @property
    def on_notice(self) -> bool:
        """Owed only when somebody sets a date: "theo Thông báo", "theo định kỳ" without a day."""
        return self.rule.get("kind") == ON_NOTICE

    def timing(self) -> Rule | None:
        """When it is owed; None while it waits for a notice."""
        return None if self.on_notice else parse_rule(self.rule)

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day <= self.valid_until)


def validity(entry: Entry) -> tuple[date, date | None]:
    first, last = entry.day("valid_from"), entry.day_or_none("valid_until")
    if last is not None and last < first:
        raise entry.refusal("programme.ends_before_it_begins", "valid_until", begins=first, ends=last)
    return first, last


def parse_duty(entry: Entry, forms: tuple[str, ...]) -> Duty:
    entry.only(keys_of(Duty))
    valid_from, valid_until = validity(entry)
    form = entry.text_or_empty("form")
    if form and form not in forms:
        raise entry.refusal("programme.unknown_form", "form", code=form, known=list(forms))
    return Duty(
        code=entry.code(most=30),
        kind=cast(DutyKind, entry.one_of("kind", ("report", "plan", "document", "event", "nomination"))),
        title=entry.text("title", 160),
        form=form,
        owed_by=entry.some_of("owed_by", UNIT_KINDS),
        owed_with=entry.one_of("owed_with", ROLES) if "owed_with" in entry.data else "",
        units=entry.texts("units", 40),
        parts_from=entry.text_or_empty("parts_from"),
        goes_to=entry.texts("goes_to"),
        rule=_rule(entry),
        valid_from=valid_from,
        valid_until=valid_until,
        source=entry.text("source"),
        summary=entry.text("summary"),
        clocks=parse_clocks(entry.entry("clocks")) if entry.data.get("clocks") else USUAL,
        ladder=ladder_rows(entry, required=False),
        escalation=escalation_rows(entry),
    )


def ladder_rows(entry: Entry, *, required: bool = True) -> tuple[Mapping[str, Any], ...]:
    """The `ladder` of a programme or a duty, as the file states it and `parse_ladder` reads it."""
    steps = [dict(each.data) for each in entry.entries("ladder", required=required)]
    for index, step in enumerate(steps):
        entry.read_by("ladder", index, read=lambda value: parse_ladder([value]), value=step)
    entry.read_by("ladder", read=parse_ladder, value=steps)
    return tuple(steps)


def escalation_rows(entry: Entry) -> tuple[Mapping[str, Any], ...]:
    """The `escalation` of a programme or a duty, as the file states it and `parse_escalation` reads it."""
    rises = [dict(each.data) for each in entry.entries("escalation", required=False)]
    for index, rise in enumerate(rises):
        entry.read_by("escalation", index, read=lambda value: parse_escalation([value]), value=rise)
    entry.read_by("escalation", read=parse_escalation, value=rises)
    return tuple(rises)


def check_parts(entries: Sequence[Entry], duties: Sequence[Duty]) -> None:
    """A report is made of parts on its own form, of a duty that stands above it in the list: so no circle can arise.

    Raises Refusal programme.unknown_parts(code, known).
    """
    for place, (entry, duty) in enumerate(zip(entries, duties, strict=True)):
        known = [each.code for each in duties[:place] if each.form and each.form == duty.form]
        if duty.parts_from and duty.parts_from not in known:
            raise entry.refusal("programme.unknown_parts", "parts_from", code=duty.parts_from, known=known)


def _rule(entry: Entry) -> Mapping[str, Any]:
    rule = entry.entry("rule")
    if rule.data.get("kind") == ON_NOTICE:
        rule.only(("kind",))
    else:
        entry.read_by("rule", read=parse_rule, value=rule.data)
    return cast(Mapping[str, Any], plain(rule.data))
