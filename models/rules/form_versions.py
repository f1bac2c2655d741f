"""A new version of a form beside the one in force: what is new, what is gone, what says something else.

Answers are added up by the code of their question, over versions too. So a label may change freely, and a code may go;
but a code that came to mean something else would add up two different things.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from models.rules import Refusal
from models.rules.forms import Form
from models.rules.indicators import Indicator
from models.rules.programmes import Programme


@dataclass(frozen=True, slots=True)
class FormChanges:
    """The questions that are new, gone, called otherwise, and those asked otherwise (when, of whom, which choices)."""

    new: tuple[Indicator, ...]
    gone: tuple[Indicator, ...]
    renamed: tuple[tuple[str, str], ...]  # (label before, label now)
    asked_otherwise: tuple[Indicator, ...]

    @property
    def is_empty(self) -> bool:
        return not (self.new or self.gone or self.renamed or self.asked_otherwise)


def compare(old: Form, new: Form) -> FormChanges:
    """What `new` changes.

    Raises Refusal form.meaning_changed(code, label, was, now) for a code that means another thing.
    """
    before, after = _questions(old), _questions(new)
    both = [(before[code], each) for code, each in after.items() if code in before]
    for was, now in both:
        if _meaning(was) != _meaning(now):
            raise Refusal("form.meaning_changed", code=now.code, label=was.label, was=_meaning(was), now=_meaning(now))
    return FormChanges(
        new=tuple(each for code, each in after.items() if code not in before),
        gone=tuple(each for code, each in before.items() if code not in after),
        renamed=tuple((was.label, now.label) for was, now in both if was.label != now.label),
        asked_otherwise=tuple(now for was, now in both if _manner(was) != _manner(now)),
    )


def _questions(form: Form) -> Mapping[str, Indicator]:
    found: dict[str, Indicator] = {}
    for each in form.indicators:
        found |= {each.code: each, **{one.code: one for one in each.questions}}
    return found


def _meaning(indicator: Indicator) -> tuple[str, ...]:
    """What answers to a question are: of which type, in which unit, added up how."""
    adds = f"{indicator.adds} {indicator.over_time}".strip()
    return (indicator.type, indicator.unit, adds)


def _manner(indicator: Indicator) -> Indicator:
    """All the rest, but for what it is called, where it comes from, and what the bot counts for it."""
    bare = replace(indicator, label="", short_label="", hint="", source="", also=(), example=0, example_of=0)
    return replace(bare, questions=(), counts=None)


def check_measured(programme: Programme, form: Form) -> None:
    """Raises Refusal form.measured(code, label, target) for a question that goes while a target is measured by it."""
    asked = {each.code for other in programme.forms if other.code != form.code for each in other.indicators}
    asked |= {each.code for each in form.indicators}
    for target in programme.targets:
        for code in target.indicators:
            if code not in asked:
                label = next(each.indicator(code).label for each in programme.forms if each.has(code))
                raise Refusal("form.measured", code=code, label=label, target=target.title)


def joined(form: Form, others: Iterable[Form]) -> Form:
    """The form with the questions that only another version asks, each at the end of the section it stands in."""
    sections = {each.code: each for each in form.sections}
    known = {each.code for each in form.indicators}
    for other in others:
        for section in other.sections:
            more = tuple(each for each in section.indicators if each.code not in known)
            known |= {each.code for each in more}
            there = sections.get(section.code, replace(section, indicators=()))
            if more:
                sections[section.code] = replace(there, indicators=(*there.indicators, *more))
    return form if len(known) == len(form.indicators) else replace(form, sections=tuple(sections.values()))


def check_versions(old: Iterable[Form], new: Iterable[Form]) -> None:
    """Raises Refusal form.meaning_changed when a form of the same code gives a code another meaning."""
    before = {each.code: each for each in old}
    for each in new:
        if each.code in before:
            compare(before[each.code], each)


def with_form(body: Mapping[str, Any], form: Form) -> dict[str, Any]:
    """A programme with this form in the place of the one of its code, or added to the others."""
    written, forms = form.as_dict(), list(body["forms"])
    places = [place for place, each in enumerate(forms) if each["code"] == form.code]
    if places:
        forms[places[0]] = written
    else:
        forms.append(written)
    return {**body, "forms": forms}


def with_later_forms(body: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    """A programme as it is shipped, with the forms that somebody loaded since: a higher version stays in force."""
    shipped = {each["code"]: each for each in body["forms"]}
    later = {each["code"]: each for each in stored["forms"]}
    forms = [later[code] if _is_later(later.get(code), each) else each for code, each in shipped.items()]
    return {**body, "forms": [*forms, *(each for code, each in later.items() if code not in shipped)]}


def _is_later(stored: Mapping[str, Any] | None, shipped: Mapping[str, Any]) -> bool:
    return stored is not None and stored["version"] > shipped["version"]
