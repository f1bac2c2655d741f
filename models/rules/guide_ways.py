"""Where the steps of a guide lead, and which guides have to be done before others: nobody is led round in a circle."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from models.rules import Refusal
from models.rules.entries import Entry, Path
from models.rules.guides import END, Guide, Option, Step


def check_ways(entry: Entry, steps: tuple[Step, ...]) -> None:
    """Every step can be come to, and from each something leads to the end or to an officer.

    Raises Refusal guide_file.unknown_step, unreachable_step, endless_step.
    """
    codes = {each.code for each in steps}
    for at, step in enumerate(steps):
        for place, code in _named(step):
            if code not in codes and code != END:
                raise entry.refusal("guide_file.unknown_step", "steps", at, *place, code=code)
    on = {step.code: _ways_on(steps, at) for at, step in enumerate(steps)}
    reached, ending = _reached(steps[0].code, on), _reached(END, _reversed(on))
    for at, step in enumerate(steps):
        if step.code not in reached:
            raise entry.refusal("guide_file.unreachable_step", "steps", at, code=step.code)
        if step.code not in ending:
            raise entry.refusal("guide_file.endless_step", "steps", at, code=step.code)


def check_prerequisites(guides: Sequence[Guide]) -> None:
    """Every guide that another asks for is there, and none has to be done before itself.

    Raises Refusal guide_file.unknown_guide, circle with `guide`, `where` and `path`.
    """
    before = {guide.code: {code for _, code in _asked(guide)} for guide in guides}
    for guide in guides:
        for path, code in _asked(guide):
            if code not in before:
                raise in_guide(guide, "guide_file.unknown_guide", *path, code=code)
            if guide.code in _reached(code, before):
                raise in_guide(guide, "guide_file.circle", *path, code=code)


def in_guide(guide: Guide, moment: str, *at: str | int, **values: object) -> Refusal:
    """The refusal `moment` about what stands at `at` in that guide."""
    place = {"where": "/".join(map(str, at)), "path": at, "file": "", "line": 0}
    return Refusal(moment, guide=guide.code, **place, **values)


def _named(step: Step) -> Iterator[tuple[Path, str]]:
    """The steps that a step leads to by name, and where it names them."""
    if step.next:
        yield ("next",), step.next
    for at, option in _options(step):
        if option.to:
            yield ("fork", "options", at, "to"), option.to


def _asked(guide: Guide) -> Iterator[tuple[Path, str]]:
    """The guides that a guide asks for, and where."""
    for at, step in enumerate(guide.steps):
        if step.guide:
            yield ("steps", at, "guide"), step.guide
        for number, option in _options(step):
            if option.guide:
                yield ("steps", at, "fork", "options", number, "guide"), option.guide


def _options(step: Step) -> Iterator[tuple[int, Option]]:
    return enumerate(step.fork.options if step.fork else ())


def _ways_on(steps: tuple[Step, ...], at: int) -> set[str]:
    step = steps[at]
    onward = step.next or (steps[at + 1].code if at + 1 < len(steps) else END)
    if step.fork is None:
        return {onward}
    return {END if option.officer else option.to or onward for option in step.fork.options}


def _reversed(on: Mapping[str, Collection[str]]) -> dict[str, set[str]]:
    back: dict[str, set[str]] = {}
    for code, ways in on.items():
        for way in ways:
            back.setdefault(way, set()).add(code)
    return back


def _reached(start: str, on: Mapping[str, Iterable[str]]) -> set[str]:
    """Where the ways lead from `start`, itself among them."""
    found, waiting = {start}, [start]
    while waiting:
        for way in on.get(waiting.pop(), ()):
            if way not in found:
                found.add(way)
                waiting.append(way)
    return found
