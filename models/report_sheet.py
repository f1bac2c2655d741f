"""A report as somebody works on it: the rows and the form, what was answered, what that leaves to be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from models.consolidation import Consolidated
from models.consolidation_sent import Moved
from models.rules.forms import Form, Indicator, Value
from models.rules.locks import Closed, why_closed
from models.rules.relevance import Course, Filled, Line, counted, course, is_whole_line
from models.rules.reports import read_value, report_code
from models.rules.visit_counts import part_counted
from models.tables import Answer, ListEntry, Obligation, PeriodRow, Report, Review, Revision, Unit

CORRECTING = 0  # the number of the revision that is being prepared and not sent yet
ADDED, REMOVED = "added", "removed"  # lines of a list, by a correction that is not sent yet


@dataclass(slots=True)
class Sheet:
    """A report as somebody works on it: the rows, the form it was begun on, and last period's values beside it.

    Once submitted, the rows in `answers` are what was filed; values not sent yet wait in `correction`. `returned`: why
    it was sent back, while it is. `entries`: the lines of its lists. `today`: the day it is for whoever works on it.
    `title`: of the duty. `parts`: the reports it is made of, where its duty says so; `moved`: how those differ from
    what they were when it was sent. `merged`: who the people in `correction` are by now. `visits`: what the bot
    counted, by indicator; None: nobody has asked for it yet; `late_visits`: what of it ended after the report was last
    sent.
    """

    report: Report
    period: PeriodRow
    unit: Unit
    form: Form
    answers: dict[str, Answer] = field(default_factory=dict)
    last: dict[str, Value] = field(default_factory=dict)
    last_is_adjacent: bool = False
    names: dict[int, str] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)
    correction: Revision | None = None
    obligation: Obligation | None = None
    returned: Review | None = None
    title: str = ""
    parts: Consolidated | None = None
    moved: Moved | None = None
    entries: list[ListEntry] = field(default_factory=list)
    today: date | None = None
    visits: Mapping[str, int] | None = None
    late_visits: Mapping[str, int] = field(default_factory=dict)
    _course: tuple[int, Course] | None = None

    def closed(self, now: datetime) -> Closed | None:
        """Why nothing can be written in it any more; None while it can."""
        waived = self.obligation.waived if self.obligation else ""
        return why_closed(self.period.locks_at, self.report.unlocked_until, now, waived, self.is_submitted)

    @property
    def extended_until(self) -> datetime | None:
        """The later moment granted to this unit alone."""
        return self.obligation.extended_until if self.obligation else None

    @property
    def asked(self) -> tuple[Indicator, ...]:
        """What this unit is asked, as far as the answers leave it to be asked."""
        return self.form.indicators_for(self.unit.kind) if self.form.is_plain else tuple(self.course.asked)

    @property
    def readable(self) -> tuple[Indicator, ...]:
        """What a reader sees of it: once filed what was filed, before that what is asked and worked out."""
        if self.form.is_plain:
            return self.asked
        there = self.answers if self.is_submitted else {*self.course.calculated, *(each.code for each in self.asked)}
        return tuple(each for each in self.form.indicators_for(self.unit.kind) if each.code in there)

    @property
    def course(self) -> Course:
        """What the answers make of the form; walked anew when one of them has changed."""
        if self._course is None or self._course[0] != self.report.version:
            lines = {each.code: [line_of(one) for one in self.lines(each.code)] for each in self.form.lists}
            filled = Filled(self.given, lines, self.today or self.period.ends_on)
            self._course = self.report.version, course(self.form, self.unit.kind, filled)
        return self._course[1]

    def lines(self, code: str) -> list[ListEntry]:
        """The lines of a list as they are being worked on."""
        return [each for each in self.entries if each.list == code and each.pending != REMOVED]

    def filed_lines(self, code: str) -> list[ListEntry]:
        """The lines of a list that count."""
        return [each for each in self.entries if each.list == code and each.pending != ADDED]

    @property
    def counted(self) -> dict[str, Value]:
        """The values that count once it is sent: of what is asked, and what is worked out from them."""
        return self.values if self.form.is_plain else counted(self.course, self.values)

    def next_open(self, after: str = "") -> Indicator | None:
        """The next question not answered yet, from the one `after` on; None when there is none."""
        return self.form.next_open(self.values, self.unit.kind, after, self.asked)

    @property
    def is_submitted(self) -> bool:
        return self.report.submitted_at is not None

    @property
    def sent_at(self) -> datetime | None:
        """When it was last sent, whole or corrected."""
        return self.report.corrected_at or self.report.submitted_at

    @property
    def code(self) -> str:
        return report_code(self.period.key, self.report.id)

    @property
    def filed(self) -> dict[str, Value]:
        """The values that count: before the submission the draft, after it what was last sent."""
        return {code: value_of(row) for code, row in self.answers.items()}

    @property
    def values(self) -> dict[str, Value]:
        """The values being worked on: those filed, with the correction laid over them. A list with a line that is not
        whole is not answered yet.
        """
        given = self.given
        return given if not self.form.lists else {code: each for code, each in given.items() if not self._is_half(code)}

    @property
    def given(self) -> dict[str, Value]:
        """The same, with the number of lines of a list whole or not."""
        return self.filed | {code: read_value(text) for code, text in self._corrected.items()}

    def _is_half(self, code: str) -> bool:
        listing = next((each for each in self.form.lists if each.code == code), None)
        if listing is None:
            return False
        if listing.required and not self.lines(code):
            return True
        return not all(is_whole_line(self.course, listing, line_of(each)) for each in self.lines(code))

    @property
    def notes(self) -> dict[str, str]:
        """The reason given for a value, where one was."""
        kept = {code: row.note for code, row in self.answers.items()}
        corrected = self.correction.snapshot["notes"] if self.correction else {}
        return {**kept, **dict.fromkeys(self._corrected, ""), **corrected}

    @property
    def no_activity(self) -> str:
        """The reason of "nothing to report"; a number typed in a correction takes it back."""
        return "" if self._corrected else self.report.no_activity

    @property
    def _corrected(self) -> dict[str, str]:
        return self.correction.snapshot["answers"] if self.correction else {}

    def part_counted(self, code: str, value: Value) -> Decimal | None:
        """What of a value the bot had counted, when it is kept now. A report made of reports has its own parts."""
        return None if self.parts is not None else part_counted(value.number, (self.visits or {}).get(code))

    @property
    def parts_counted(self) -> dict[str, Decimal]:
        """What of each value being worked on was counted from visits; where nothing was, the code is not in it."""
        filed = {code: row.counted for code, row in self.answers.items()}
        corrected = self.correction.snapshot.get("counted", {}) if self.correction else {}
        return {code: Decimal(each) for code, each in {**filed, **corrected}.items() if each is not None}

    def author(self, code: str) -> int | None:
        """Who gave the value of an indicator last."""
        if code in self._corrected and self.correction:
            found: int = self.correction.snapshot["people"].get(code)
            return self.merged.get(found, found)
        return self.answers[code].person_id if code in self.answers else None


def value_of(row: Answer) -> Value:
    return Value(row.number, row.denominator, row.text or "")  # a row not stored yet has no text


def line_of(entry: ListEntry) -> Line:
    """What was answered in one line of a list."""
    return {code: read_value(text) for code, text in entry.values.items()}
