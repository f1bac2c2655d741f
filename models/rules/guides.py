"""A guide (hướng dẫn): how a citizen gets one thing done. Every fact says when it was checked, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

Confidence = Literal["high", "medium", "low"]
END = "end"  # what follows the last step


@dataclass(frozen=True, slots=True)
class GuideField:
    """What guides are about (lĩnh vực), as the menu offers it."""

    code: str
    title: str


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from: a law, a page, with the day it bears."""

    code: str
    title: str
    url: str = ""
    on: str = ""  # as the source writes it: 25/2/2026, 02/2026, không ghi ngày


@dataclass(frozen=True, slots=True)
class Fact:
    """One statement. `unconfirmed`: nobody could confirm it, so it is never shown as true but as a thing to ask about.

    `checked_on`, `confidence`: those of the guide unless the fact says otherwise; `sources`: codes of the guide's.
    `basis`: the paper and its day by which the fact was corrected since its file was written.
    """

    text: str
    checked_on: date
    confidence: Confidence
    sources: tuple[str, ...] = ()
    unconfirmed: bool = False
    basis: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """One answer of a fork: to a step, through another guide first, or out to an officer (`officer`: why)."""

    label: str
    to: str = ""
    guide: str = ""
    officer: str = ""


@dataclass(frozen=True, slots=True)
class Fork:
    """A question on which the way depends."""

    question: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Screen:
    """What the phone shows, drawn by us in outline: its title, its rows, and the row to tap."""

    title: str
    rows: tuple[str, ...]
    tap: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One action on one screen. `do`: what to tap; `see`: what then shows; `if_not`: what to do when it does not.

    `care`: codes of the rules of conduct that matter here. `guide`: a guide that must be done before. `next`: the step
    that follows when it is not the one below; "end" ends the guide. `unconfirmed`: the names on the screen could not
    be checked.
    """

    code: str
    title: str
    do: str
    see: str = ""
    if_not: str = ""
    care: tuple[str, ...] = ()
    guide: str = ""
    fork: Fork | None = None
    next: str = ""
    screen: Screen | None = None
    unconfirmed: bool = False


@dataclass(frozen=True, slots=True)
class Trouble:
    """What often goes wrong, at which steps (none: anywhere), and how it is mended; `officer`: only an officer can."""

    code: str
    when: str
    mend: str
    steps: tuple[str, ...] = ()
    officer: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """When the whole was last held against the portal or the application, and how soon that must be done again."""

    on: date
    within_days: int
    confidence: Confidence
    app: str = ""  # the application and its version that the menu names were read from

    @property
    def last_day(self) -> date:
        """On this day it may still pass for checked; from the next one on it is overdue."""
        return self.on + timedelta(days=self.within_days)

    def is_overdue(self, today: date) -> bool:
        return today > self.last_day


@dataclass(frozen=True, slots=True)
class Guide:
    """How one thing is done. `address`: its part of a web address; it never changes. `open_points`: what to confirm.

    `files`: an application is filed in it; without, none can be counted.
    """

    code: str
    edition: int
    address: str
    title: str
    short_title: str
    field: str
    keywords: tuple[str, ...]
    summary: str
    for_whom: tuple[Fact, ...]
    prepare: tuple[Fact, ...]
    fees: tuple[Fact, ...]
    time_limits: tuple[Fact, ...]
    steps: tuple[Step, ...]
    troubles: tuple[Trouble, ...]
    officer_when: tuple[str, ...]
    hotlines: tuple[Fact, ...]
    portal: str
    legal_basis: tuple[Fact, ...]
    sources: tuple[Source, ...]
    check: Check
    open_points: tuple[str, ...] = ()
    files: bool = True

    def has_step(self, code: str) -> bool:
        return any(each.code == code for each in self.steps)

    def step(self, code: str) -> Step:
        """The step of that code; KeyError when the guide has none."""
        return {each.code: each for each in self.steps}[code]

    def following(self, code: str) -> str:
        """The code of the step that comes after that one when no fork says otherwise; "end" after the last."""
        at = [each.code for each in self.steps].index(code)
        return self.steps[at].next or (self.steps[at + 1].code if at + 1 < len(self.steps) else END)
