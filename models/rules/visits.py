"""The way of one visit through a guide: which step is on the screen, what follows, how far it is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from models.rules.folding import fold
from models.rules.guides import END, Guide, Option, Step, Trouble

PREPARATION = ""  # the place before the first step
DONE, SKIPPED, TROUBLE, PRIOR = "done", "skipped", "trouble", "prior"

OUTCOMES = FINISHED, FILED, UNFINISHED = ("done", "filed", "unfinished")
SUCCESSES = (FINISHED, FILED)
OFFICER = "officer"
REASONS = ("papers", "level", "data", "system", "busy", OFFICER, "other")  # why a visit ends unfinished
SKIP_REASONS = ("needless", "already", "later")

MOST = 50  # people or applications of one visit: more at once is a class, and that is reported otherwise

# a phone laid aside is no work: a step at the counter (an OTP awaited, a photo taken again) is over sooner than this
IDLE = timedelta(minutes=10)
# no citizen comes back to the counter after a month and finds the same papers in hand
GIVEN_UP_AFTER = timedelta(days=30)

# what may be typed instead of pressing a button, folded
_WORDS = {
    "done": ("xong", "tiep", "tiep tuc", "roi", "da xong", "xong roi", "tiep theo", "du roi", "bat dau", "ok"),
    "back": ("quay lai", "lui", "lui lai", "truoc"),
    "skip": ("bo qua", "qua"),
    "trouble": (
        *("truc trac", "gap truc trac", "loi", "bi loi", "gap loi", "bao loi", "may bao loi", "vuong", "bi vuong"),
        *("khong duoc", "chua duoc", "khong thay", "khong co", "khong hien"),
    ),
    "pause": ("tam dung", "dung", "dung lai", "de sau"),
    "finish": ("ket thuc", "het"),
}
WAYS = {word: way for way, words in _WORDS.items() for word in words}


@dataclass(frozen=True, slots=True)
class Mark:
    """What happened at a step. `how`: done, skipped, trouble (met there), prior (what had to come first is done).

    `which`: the number of the option taken, why it was skipped, the code of the trouble or of the guide.
    """

    step: str
    how: str
    which: str = ""

    @property
    def is_passed(self) -> bool:
        return self.how in (DONE, SKIPPED)


@dataclass(frozen=True, slots=True)
class Progress:
    """Step `number` of `total`, on the longest way that is still open from here: a choice may shorten it."""

    number: int
    total: int


@dataclass(frozen=True, slots=True)
class Way:
    """Where a visit stands in a guide, and how it came there. A step is never passed twice: coming back undoes it.

    Each move gives the way after it; a move that makes no sense where the visit stands changes nothing.
    `lost`: the step it stood at is no longer in the guide, so it stands at the nearest one before.
    """

    guide: Guide
    step: str = PREPARATION
    marks: tuple[Mark, ...] = ()
    lost: bool = False

    @classmethod
    def of(cls, guide: Guide, step: str, trail: Iterable[Sequence[Any]]) -> Way:
        """The way as it was kept, on the guide as it is now."""
        there = {each.code for each in guide.steps}
        kept = tuple(Mark(*map(str, each)) for each in trail if each[0] in there)
        way = cls(guide, step, kept)
        return way if step in there or step in (PREPARATION, END) else replace(way.back(), lost=True)

    @property
    def trail(self) -> list[list[str]]:
        """The marks as they are kept."""
        return [[each.step, each.how, each.which] for each in self.marks]

    @property
    def passed(self) -> tuple[Mark, ...]:
        return tuple(each for each in self.marks if each.is_passed)

    @property
    def here(self) -> Step | None:
        """The step on the screen; None before the first and behind the last."""
        return None if self.step in (PREPARATION, END) else self.guide.step(self.step)

    @property
    def progress(self) -> Progress:
        number = len(self.passed) + 1
        if self.here is None:
            number -= 1
        return Progress(number, number + max(_left(self.guide, self.step, self._been) - 1, 0))

    @property
    def officer(self) -> str:
        """Why only an officer can go on, when the last choice said so; empty otherwise."""
        last = self.passed[-1] if self.passed else None
        if self.step != END or last is None or last.how != DONE:
            return ""
        option = _option(self.guide.step(last.step), last.which)
        return option.officer if option else ""

    def leads(self, way: str) -> bool:
        """Whether a way (done, back, skip, trouble, pause, finish) makes sense here; at a fork an answer is needed."""
        if way in ("back", "pause"):
            return True
        if self.step == END:
            return False
        if self.here is None:
            return way in ("done", "finish")
        return self.here.fork is None or way not in ("done", "skip")

    def prior(self) -> str:
        """The code of the guide that has to be done before this step; empty when there is none or it is done."""
        step = self.here
        if step is None or Mark(step.code, PRIOR, step.guide) in self.marks:
            return ""
        return step.guide

    def option(self, which: str) -> Option | None:
        """The answer of the fork on the screen that has this number; None when there is none."""
        return _option(self.here, which) if self.here else None

    def done(self) -> Way:
        """The thing to do is done. At a fork only an answer leads on."""
        if self.step == PREPARATION:
            return self._to(self.guide.steps[0].code)
        step = self.here
        return self if step is None or step.fork else self._pass(step, DONE, "", _after(self.guide, step))

    def skip(self, reason: str) -> Way:
        step = self.here
        if step is None or step.fork or reason not in SKIP_REASONS:
            return self
        return self._pass(step, SKIPPED, reason, _after(self.guide, step))

    def choose(self, which: str) -> Way:
        """The answer of a fork, by its number; what that answer makes necessary first has been done."""
        step, option = self.here, self.option(which)
        return (
            self if step is None or option is None else self._pass(step, DONE, which, _beyond(self.guide, step, option))
        )

    def back(self) -> Way:
        """At the step before, as if it had not been passed."""
        if not self.passed:
            return replace(self, step=PREPARATION, lost=False)
        return self._to(self.passed[-1].step)

    def meet(self, trouble: str) -> Way:
        """A trouble came up at this step; the same one is noted once."""
        known = {each.code for each in self.troubles}
        return self._note(TROUBLE, trouble) if trouble in known else self

    def first(self, guide: str) -> Way:
        """What had to be done before this step is done."""
        return self._note(PRIOR, guide) if self.here else self

    def through(self, guide: str) -> Way:
        """The guide that had to be done first is done: beyond the fork whose answer asked for it, else at its step."""
        options = self.here.fork.options if self.here and self.here.fork else ()
        asked = [str(at) for at, option in enumerate(options) if option.guide == guide]
        return self.choose(asked[0]) if asked else self.first(guide)

    def finish(self) -> Way:
        """Straight to the end, wherever it stands."""
        return replace(self, step=END, lost=False)

    @property
    def troubles(self) -> tuple[Trouble, ...]:
        """What often goes wrong at this step, then what may go wrong anywhere."""
        mine = [each for each in self.guide.troubles if self.step in each.steps]
        return (*mine, *(each for each in self.guide.troubles if not each.steps))

    @property
    def _been(self) -> frozenset[str]:
        return frozenset(each.step for each in self.passed)

    def _note(self, how: str, which: str) -> Way:
        mark = Mark(self.step, how, which)
        return self if self.here is None or mark in self.marks else replace(self, marks=(*self.marks, mark))

    def _pass(self, step: Step, how: str, which: str, to: str) -> Way:
        return replace(self, marks=(*self.marks, Mark(step.code, how, which)))._to(to)

    def _to(self, step: str) -> Way:
        """At this step; when it was passed before, it and what came after are to be passed again."""
        codes = [each.step if each.is_passed else "" for each in self.marks]
        if step in codes:
            at = codes.index(step)
            kept = tuple(each for place, each in enumerate(self.marks) if place < at or not each.is_passed)
            return replace(self, step=step, marks=kept, lost=False)
        return replace(self, step=step, lost=False)


def way_meant(text: str) -> str:
    """Which way on somebody named in their own words: done, back, skip, trouble, pause, finish; empty when none."""
    return WAYS.get(" ".join(fold(text).strip(" .!,").replace(",", " ").split()), "")


def outcomes_of(guide: Guide) -> tuple[str, ...]:
    """How a visit of the guide may come out."""
    return OUTCOMES if guide.files else (FINISHED, UNFINISHED)


def asked_at_end(outcome: str, reason: str, files: int, *, counted: bool) -> str:
    """What has to be said before a visit is over: outcome, reason, files, people; empty when nothing more.

    `counted`: it counts for a unit; a guest's people are nobody's. A prerequisite is asked too: a family may need it.
    """
    if outcome not in OUTCOMES:
        return "outcome"
    if outcome == UNFINISHED and reason not in REASONS:
        return "reason"
    if outcome == FILED and not files:
        return "files"
    return "people" if counted else ""


def worked(seconds: int, since: datetime | None, now: datetime) -> int:
    """The seconds of work up to `now`: of the time since the last tap no more than `IDLE` counts."""
    if since is None or now <= since:
        return seconds
    return seconds + int(min(now - since, IDLE).total_seconds())


def _option(step: Step, which: str) -> Option | None:
    options = step.fork.options if step.fork else ()
    return options[int(which)] if which.isascii() and which.isdigit() and int(which) < len(options) else None


def _after(guide: Guide, step: Step) -> str:
    """The code of the step that follows when nothing is chosen."""
    if step.next:
        return step.next
    codes = [each.code for each in guide.steps]
    at = codes.index(step.code) + 1
    return codes[at] if at < len(codes) else END


def _beyond(guide: Guide, step: Step, option: Option) -> str:
    return END if option.officer else option.to or _after(guide, step)


def _followers(guide: Guide, step: Step) -> set[str]:
    if step.fork is None:
        return {_after(guide, step)}
    return {_beyond(guide, step, option) for option in step.fork.options}


def _left(guide: Guide, step: str, been: frozenset[str]) -> int:
    """How many steps, this one too, lie on the longest way from here to the end that comes to none of `been`."""
    if step == END:
        return 0
    if step == PREPARATION:
        return 1 + _left(guide, guide.steps[0].code, been)
    mine = been | {step}
    onward = _followers(guide, guide.step(step)) - mine
    return 1 + max((_left(guide, each, mine) for each in onward), default=0)
