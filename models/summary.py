"""A period added up: what every unit of a subtree filed, branch by branch, with difficulties and proposals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import due_changes
from models.board import Counts, count
from models.branches import Bough, boughs
from models.due_changes import Moved
from models.owings import FILED, Owing
from models.programmes import Library
from models.report_sheet import ADDED, line_of
from models.rules.folding import fold
from models.rules.form_versions import joined
from models.rules.forms import Form, Indicator, Value
from models.rules.reports import report_code
from models.rules.totals import Total, total_over_units
from models.tables import Answer, ListEntry, PeriodRow, Remark, Report, Unit
from models.ties import Ties, ties
from models.trees import name_on
from models.units import below


@dataclass(frozen=True, slots=True)
class Line:
    """One unit with what it filed; nothing counts before it is filed, or while it is sent back.

    `notes`: the reason given for a value, by question. `counted`: what of a number the bot had counted from visits.
    """

    owing: Owing
    values: Mapping[str, Value]
    notes: Mapping[str, str] = field(default_factory=dict)
    counted: Mapping[str, Decimal] = field(default_factory=dict)

    @property
    def code(self) -> str:
        """The code of its report, empty while there is none."""
        return report_code(self.owing.period_key, self.owing.report_id) if self.owing.report_id else ""


@dataclass(frozen=True, slots=True)
class Branch:
    """The units below one child of the summary's unit. `single`: the child itself is what owes."""

    name: str
    lines: tuple[Line, ...]
    single: bool


@dataclass(frozen=True, slots=True)
class Said:
    """A difficulty or a proposal, with the words of its code."""

    line: Line
    kind: str
    code: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Listed:
    """A list of the form with every line that was filed: whose branch, whose report, what stands in it."""

    listing: Indicator
    rows: tuple[tuple[str, Line, Mapping[str, Value]], ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """A period of a subtree. `indicators`: what its units are asked, and whatever else somebody answered."""

    key: str
    title: str
    starts_on: date
    ends_on: date
    due_at: datetime
    unit_name: str
    form: Form
    indicators: tuple[Indicator, ...]
    branches: tuple[Branch, ...]
    said: tuple[Said, ...]
    counts: Counts
    ties: Ties
    listed: tuple[Listed, ...] = ()
    moved: tuple[Moved, ...] = ()  # for whom the deadline was moved, the date of most units first

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for branch in self.branches for line in branch.lines)

    def total(self, code: str, lines: Iterable[Line] | None = None) -> Total:
        """What an indicator comes to over these units, or over all."""
        counted = self.lines if lines is None else lines
        return total_over_units(self.form.indicator(code), (line.values.get(code) for line in counted))


async def summary(
    session: AsyncSession, library: Library, period_id: int, path: str, now: datetime, scope: str = ""
) -> Summary | None:
    """The summary of a period in the subtree at `path` ("/": everything); None when there is no such period.

    Units stand and are called as on the period's last day; `scope` is that of `models.branches.boughs`.
    """
    period = await session.get(PeriodRow, period_id)
    if period is None:
        return None
    programme = await library.get(session, period.programme_id)
    form = await _form(session, library, period, programme.form(period.form))
    found = await boughs(session, now, period_id=period_id, path=path, scope=scope)
    answers = await _answers(session, period_id, scope or path)
    notes = await _notes(session, period_id, scope or path)
    counted = await _counted(session, period_id, scope or path) if form.visited else {}
    branches = [_branch(bough, answers, notes, counted) for bough in found]
    lines = [line for branch in branches for line in branch.lines]
    return Summary(
        key=period.key,
        title=programme.duty(period.duty.partition("/")[2]).title,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        due_at=period.due_at,
        unit_name=await _name(session, path, period.ends_on),
        form=form,
        indicators=_asked(form, lines),
        branches=tuple(sorted(branches, key=lambda branch: (not branch.single, fold(branch.name)))),
        said=await _said(session, period_id, scope or path, form, lines),
        counts=count(line.owing for line in lines),
        ties=await ties(session, scope or path, period.ends_on),
        listed=await _listed(session, period_id, form, branches),
        moved=await due_changes.moved(session, period_id, [line.owing for line in lines]),
    )


async def periods_called(session: AsyncSession, key: str) -> Sequence[PeriodRow]:
    """Every period of that name: there may be several duties with a month of 2026-11."""
    return (await session.scalars(select(PeriodRow).where(PeriodRow.key == key).order_by(PeriodRow.id))).all()


async def known_periods(session: AsyncSession, limit: int) -> list[str]:
    """The names of the latest periods, latest first."""
    statement = select(PeriodRow.key, PeriodRow.due_at).order_by(PeriodRow.due_at.desc(), PeriodRow.id.desc())
    return list(dict.fromkeys(key for key, _ in await session.execute(statement.limit(limit))))


async def whole_tree(session: AsyncSession) -> str:
    """The path that covers every unit: that of the root, or "/" when there are several."""
    roots = (await session.scalars(select(Unit.path).where(Unit.parent_id.is_(None)).limit(2))).all()
    return roots[0] if len(roots) == 1 else "/"


async def _name(session: AsyncSession, path: str, day: date) -> str:
    """What the unit at `path` was called on a day; nothing for all of several trees."""
    unit = await session.get(Unit, int(path.rstrip("/").rpartition("/")[2] or 0))
    return "" if unit is None else await name_on(session, unit, day)


async def _answers(session: AsyncSession, period_id: int, path: str) -> dict[int, dict[str, Value]]:
    statement = (
        select(Answer.report_id, Answer.indicator, Answer.number, Answer.denominator, Answer.text)
        .join(Report, Report.id == Answer.report_id)
        .join(Unit, Unit.id == Report.unit_id)
        .where(Report.period_id == period_id, Report.submitted_at.is_not(None), below(path))
    )
    found: dict[int, dict[str, Value]] = {}
    for report_id, indicator, number, of, text in await session.execute(statement):
        found.setdefault(report_id, {})[indicator] = Value(number, of, text)
    return found


async def _notes(session: AsyncSession, period_id: int, path: str) -> dict[int, dict[str, str]]:
    """The reasons given for values, of which there are few."""
    statement = (
        select(Answer.report_id, Answer.indicator, Answer.note)
        .join(Report, Report.id == Answer.report_id)
        .join(Unit, Unit.id == Report.unit_id)
        .where(Report.period_id == period_id, Report.submitted_at.is_not(None), Answer.note != "", below(path))
    )
    found: dict[int, dict[str, str]] = {}
    for report_id, indicator, note in await session.execute(statement):
        found.setdefault(report_id, {})[indicator] = note
    return found


async def _counted(session: AsyncSession, period_id: int, path: str) -> dict[int, dict[str, Decimal]]:
    """What of the numbers was counted from visits."""
    statement = (
        select(Answer.report_id, Answer.indicator, Answer.counted)
        .join(Report, Report.id == Answer.report_id)
        .join(Unit, Unit.id == Report.unit_id)
        .where(
            Report.period_id == period_id, Report.submitted_at.is_not(None), Answer.counted.is_not(None), below(path)
        )
    )
    found: dict[int, dict[str, Decimal]] = {}
    for report_id, indicator, counted in await session.execute(statement):
        found.setdefault(report_id, {})[indicator] = counted or Decimal(0)
    return found


async def _form(session: AsyncSession, library: Library, period: PeriodRow, form: Form) -> Form:
    """The form of the period, with whatever only another version asks: reports of several add up by code."""
    versions = select(Report.programme_id).where(Report.period_id == period.id).distinct()
    others = [each for each in await session.scalars(versions) if each != period.programme_id]
    return joined(form, [(await library.get(session, each)).form(form.code) for each in sorted(others)])


async def _listed(session: AsyncSession, period_id: int, form: Form, branches: Iterable[Branch]) -> tuple[Listed, ...]:
    """The lines of every list, in the order of the units. Nothing is asked of the database where there is no list."""
    if not form.lists:
        return ()
    statement = (
        select(ListEntry)
        .join(Report, Report.id == ListEntry.report_id)
        .where(Report.period_id == period_id, ListEntry.pending != ADDED)
        .order_by(ListEntry.id)
    )
    entries: dict[tuple[int, str], list[ListEntry]] = {}
    for entry in await session.scalars(statement):
        entries.setdefault((entry.report_id, entry.list), []).append(entry)
    filed = [(branch.name, line) for branch in branches for line in branch.lines if line.owing.state in FILED]
    found = [
        Listed(
            listing,
            tuple(
                (name, line, line_of(entry))
                for name, line in filed
                for entry in entries.get((line.owing.report_id or 0, listing.code), ())
            ),
        )
        for listing in form.lists
    ]
    return tuple(each for each in found if each.rows)


async def _said(
    session: AsyncSession, period_id: int, path: str, form: Form, lines: Sequence[Line]
) -> tuple[Said, ...]:
    labels = {each.code: each.label for each in (*form.difficulties, *form.proposals)}
    by_report = {line.owing.report_id: line for line in lines if line.owing.state in FILED}
    statement = (
        select(Remark.report_id, Remark.kind, Remark.code, Remark.text)
        .join(Report, Report.id == Remark.report_id)
        .join(Unit, Unit.id == Report.unit_id)
        .where(Report.period_id == period_id, below(path))
        .order_by(Remark.kind, Unit.path, Remark.id)
    )
    return tuple(
        Said(by_report[report_id], kind, code, labels.get(code, code), text)
        for report_id, kind, code, text in await session.execute(statement)
        if report_id in by_report
    )


def _asked(form: Form, lines: Sequence[Line]) -> tuple[Indicator, ...]:
    """In the order of the form. An answer to a question that this version no longer asks is not shown."""
    kinds = {line.owing.unit_kind for line in lines}
    wanted = {each.code for kind in kinds for each in form.indicators_for(kind)}
    wanted |= {code for line in lines for code in line.values}
    return tuple(each for each in form.indicators if each.code in wanted and each.type != "note")


def _branch(
    bough: Bough,
    answers: Mapping[int, Mapping[str, Value]],
    notes: Mapping[int, Mapping[str, str]],
    counted: Mapping[int, Mapping[str, Decimal]],
) -> Branch:
    """Its units by name; nothing counts before it is filed."""
    lines = [
        Line(each, answers.get(number, {}), notes.get(number, {}), counted.get(number, {}))
        if each.state in FILED and (number := each.report_id or 0)
        else Line(each, {})
        for each in sorted(bough.owings, key=lambda owing: fold(owing.unit_name))
    ]
    return Branch(bough.name, tuple(lines), len(lines) == 1 and lines[0].owing.unit_id == bough.unit_id)
