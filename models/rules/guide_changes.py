"""A correction of one place of a guide: where texts stand, how long each may be, and the guide with a new one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from models.rules import Refusal
from models.rules.folding import clean, fold
from models.rules.guide_files import MOST
from models.rules.guides import Guide, Step

FACTS = ("for_whom", "prepare", "fees", "time_limits", "hotlines", "legal_basis")
STEP_TEXTS = ("title", "do", "see", "if_not")
TROUBLE_TEXTS = ("when", "mend")
# the places of a guide as they are offered to whoever looks for one
GROUPS = ("about", "keywords", "for_whom", "prepare", "fees", "time_limits", "steps", "troubles", "officer", "basis")
LONGEST_SOURCE = 300
SOURCE_LETTERS = 4  # beside the day
_GROUP_OF = {"officer_when": "officer", "hotlines": "officer", "legal_basis": "basis", "sources": "basis"}
_ROOM = {"portal": 120, "source_title": 200, "source_on": 60, "url": 300}  # where the loader has the number itself
_EMPTIED = frozenset(("see", "if_not", "portal", "on", "url"))
_ADDRESS = re.compile(r"https?://[^\s\"'<>]+\.[^\s\"'<>]+")
_DAY = re.compile(r"(?<![0-9])([0-9]{1,2})[/.-]([0-9]{1,2})[/.-]([0-9]{4})(?![0-9])")


def places(guide: Guide) -> Iterator[str]:
    """Every place of the guide that can be corrected, in the order in which it is read."""
    yield from ("title", "short_title", "summary", "portal")
    yield from (f"keywords.{at}" for at in range(len(guide.keywords)))
    for key in FACTS:
        yield from (f"{key}.{at}.text" for at in range(len(getattr(guide, key))))
    yield from (place for step in guide.steps for place in places_of_step(step))
    yield from (f"troubles.{each.code}.{key}" for each in guide.troubles for key in TROUBLE_TEXTS)
    yield from (f"officer_when.{at}" for at in range(len(guide.officer_when)))
    yield from (f"sources.{each.code}.{key}" for each in guide.sources for key in ("title", "on", "url"))


def places_of_step(step: Step) -> Iterator[str]:
    """Those of one step: its words, the answers of its fork, the rows of its drawing."""
    at = f"steps.{step.code}"
    yield from (f"{at}.{key}" for key in STEP_TEXTS)
    if step.fork:
        yield f"{at}.fork.question"
        for number, option in enumerate(step.fork.options):
            yield f"{at}.fork.options.{number}.label"
            if option.officer:
                yield f"{at}.fork.options.{number}.officer"
    if step.screen:
        yield f"{at}.screen.title"
        yield from (f"{at}.screen.rows.{number}" for number in range(len(step.screen.rows)))


def group_of(place: str) -> str:
    """Under which of GROUPS a place is offered."""
    first = place.partition(".")[0]
    return _GROUP_OF.get(first, first if first in GROUPS else "about")


def kind_of(place: str) -> str:
    """What stands there, for its name in a list: the place without numbers and codes, "steps_fork_options_label"."""
    first, *rest = place.split(".")
    named = first if first not in ("steps", "troubles", "sources") else f"{first}_{'_'.join(rest[1:])}"
    return re.sub(r"_[0-9]+", "", named)


def text_at(guide: Guide, place: str) -> str | None:
    """What stands there; None when the guide has no such place. A step's `see` that says nothing is there, empty."""
    return _read(guide, place.split(".")) if place in places(guide) else None


def text_in(guide: Guide, place: str) -> str:
    """The same for one of its `places`, known to be there."""
    return str(_read(guide, place.split(".")))


def corrected(guide: Guide, place: str, new: str, on: date, basis: str = "") -> Guide:
    """The guide with `new` at `place`; a fact corrected `on` that day was confirmed then, by what `basis` names.

    Raises Refusal guide_change.no_place, empty, too_long (`most`, `length`), twice (`text`), no_address.
    """
    path, text = place.split("."), tidy(new)
    old = text_at(guide, place)
    if old is None:
        raise Refusal("guide_change.no_place", place=place)
    _check_text(guide, path, text)
    changed = _put(guide, path, text)
    if is_fact(place):
        fact = replace(_read(changed, path[:2]), checked_on=on, unconfirmed=False, basis=basis)
        changed = _put(changed, path[:2], fact)
    if path[0] == "steps":
        step = _drawn_anew(guide.step(path[1]), changed.step(path[1]), path[2:])
        _check_step(step)
        changed = _put(changed, path[:2], step)
    assert isinstance(changed, Guide)
    return changed


def tidy(text: str) -> str:
    """A text of a guide stands on one line."""
    return " ".join(clean(text).split())


def is_fact(place: str) -> bool:
    return place.partition(".")[0] in FACTS


def needs_source(place: str, old: str, new: str) -> bool:
    """Whether the correction must say on what day and by what paper: a fact with figures or dates is never hearsay."""
    return is_fact(place) and bool(re.search(r"[0-9]", old + new))


def read_source(text: str) -> str:
    """The day and the paper, in one line as typed.

    Raises Refusal guide_change.source_without_day, source_without_name, too_long (`most`, `length`).
    """
    typed = tidy(text)
    if len(typed) > LONGEST_SOURCE:
        raise Refusal("guide_change.too_long", length=len(typed), most=LONGEST_SOURCE)
    if not any(_is_day(*map(int, found.groups())) for found in _DAY.finditer(typed)):
        raise Refusal("guide_change.source_without_day")
    if sum(each.isalpha() for each in _DAY.sub("", typed)) < SOURCE_LETTERS:
        raise Refusal("guide_change.source_without_name")
    return typed


def _is_day(day: int, month: int, year: int) -> bool:
    try:
        return date(year, month, day).year > 1900
    except ValueError:
        return False


def _read(value: Any, path: Sequence[str]) -> Any:
    for part in path:
        value = value[_index(value, part)] if isinstance(value, tuple) else getattr(value, part)
    return value


def _put(value: Any, path: Sequence[str], new: Any) -> Any:
    """The same with `new` at the path; what lies around it is not touched."""
    first, rest = path[0], path[1:]
    after = _put(_read(value, [first]), rest, new) if rest else new
    if isinstance(value, tuple):
        at = _index(value, first)
        return (*value[:at], after, *value[at + 1 :])
    return replace(value, **{first: after})


def _index(values: tuple[Any, ...], part: str) -> int:
    """Steps, troubles and sources go by their code, everything else by its number."""
    if values and hasattr(values[0], "code"):
        return [each.code for each in values].index(part)
    return int(part)


def _check_text(guide: Guide, path: Sequence[str], text: str) -> None:
    if not text and path[-1] not in _EMPTIED:
        raise Refusal("guide_change.empty")
    most = _room(guide, path)
    if len(text) > most:
        raise Refusal("guide_change.too_long", length=len(text), most=most)
    if text and path[-1] in ("portal", "url") and not _ADDRESS.fullmatch(text):
        raise Refusal("guide_change.no_address")


def _check_step(step: Step) -> None:
    labels = [fold(each.label) for each in step.fork.options] if step.fork else []
    twice = next((each for each in labels if labels.count(each) > 1), "")
    if twice:  # two buttons of one name: whoever types it could mean either
        raise Refusal("guide_change.twice")


def _room(guide: Guide, path: Sequence[str]) -> int:
    """How many characters may stand there; in a step also no more than its other texts leave on the screen."""
    match list(path):
        case ["steps", code, key] if key in STEP_TEXTS:
            others = sum(len(getattr(guide.step(code), each)) for each in STEP_TEXTS if each != key)
            return min(MOST["step_title" if key == "title" else key], MOST["step"] - others)
        case ["steps", _, "screen", *_]:
            return MOST["row"]
        case ["sources", _, key]:
            return _ROOM["url" if key == "url" else f"source_{key}"]
        case ["keywords", _]:
            return MOST["keyword"]
        case ["officer_when", _]:
            return MOST["officer_when"]
        case [facts, _, _] if facts in FACTS:
            return MOST["fact"]
    return _ROOM.get(path[-1]) or MOST[path[-1]]


def _drawn_anew(before: Step, step: Step, path: Sequence[str]) -> Step:
    """The row to tap keeps its mark when it is renamed; the drawing goes when the words no longer say to tap it."""
    if step.screen is None or before.screen is None or not step.screen.tap:
        return step
    tap = step.screen.tap
    if tap not in step.screen.rows:
        return replace(step, screen=replace(step.screen, tap=step.screen.rows[int(path[-1])]))
    outdated = path[-1] == "do" and fold(tap) in fold(before.do) and fold(tap) not in fold(step.do)
    return replace(step, screen=None) if outdated else step
