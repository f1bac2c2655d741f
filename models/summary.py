"""A period added up: what every unit of a subtree filed, branch by branch, with difficulties and proposals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.board import Counts, count
from models.owings import FILED, Owing, pending
from models.programmes import Library
from models.rules.folding import fold
from models.rules.forms import Form, Indicator, Value
from models.rules.reports import report_code
from models.rules.totals import Total, total_over_units
from models.tables import Answer, PeriodRow, Remark, Report, Unit
from models.units import below


@dataclass(frozen=True, slots=True)
class Line:
    """One unit with what it filed; nothing counts before it is filed, or while it is sent back."""

    owing: Owing
    values: Mapping[str, Value]

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

    @property
    def lines(self) -> tuple[Line, ...]:
        return tuple(line for branch in self.branches for line in branch.lines)

    def total(self, code: str, lines: Iterable[Line] | None = None) -> Total:
        """What an indicator comes to over these units, or over all."""
        counted = self.lines if lines is None else lines
        return total_over_units(self.form.indicator(code), (line.values.get(code) for line in counted))


async def summary(session: AsyncSession, library: Library, period_id: int, path: str, now: datetime) -> Summary | None:
    """The summary of a period in the subtree at `path` ("/": everything); None when there is no such period."""
    period = await session.get(PeriodRow, period_id)
    if period is None:
        return None
    programme = await library.get(session, period.programme_id)
    form = programme.form(period.form)
    owings = [each for each in await pending(session, now, path=path, period_id=period_id) if each.is_expected]
    answers = await _answers(session, period_id, path)
    lines = [Line(each, answers.get(each.report_id or 0, {}) if each.state in FILED else {}) for each in owings]
    names = await _names(session, path)
    return Summary(
        key=period.key,
        title=programme.duty(period.duty.partition("/")[2]).title,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        due_at=period.due_at,
        unit_name=names.get(_top(path), ""),
        form=form,
        indicators=_asked(form, lines),
        branches=_branches(lines, path, names),
        said=await _said(session, period_id, path, form, lines),
        counts=count(owings),
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


def _top(path: str) -> int:
    return int(path.rstrip("/").rpartition("/")[2] or 0)


async def _names(session: AsyncSession, path: str) -> dict[int, str]:
    """The names of the unit at `path` and of those right below it."""
    top = _top(path)
    here = (Unit.parent_id == top) | (Unit.id == top) if top else Unit.parent_id.is_(None)
    return {unit_id: name for unit_id, name in await session.execute(select(Unit.id, Unit.name).where(here))}


async def _answers(session: AsyncSession, period_id: int, path: str) -> dict[int, dict[str, Value]]:
    statement = (
        select(Answer.report_id, Answer.indicator, Answer.number, Answer.denominator)
        .join(Report, Report.id == Answer.report_id)
        .join(Unit, Unit.id == Report.unit_id)
        .where(Report.period_id == period_id, Report.submitted_at.is_not(None), below(path))
    )
    found: dict[int, dict[str, Value]] = {}
    for report_id, indicator, number, of in await session.execute(statement):
        found.setdefault(report_id, {})[indicator] = Value(number, of)
    return found


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
    return tuple(each for each in form.indicators if each.code in wanted)


def _branches(lines: Sequence[Line], path: str, names: Mapping[int, str]) -> tuple[Branch, ...]:
    found: dict[int, list[Line]] = {}
    for line in lines:
        rest = line.owing.unit_path[len(path) :].partition("/")[0]
        found.setdefault(int(rest) if rest else _top(path), []).append(line)
    branches = [
        Branch(
            names.get(unit_id, ""),
            tuple(sorted(many, key=lambda line: fold(line.owing.unit_name))),
            len(many) == 1 and many[0].owing.unit_id == unit_id,
        )
        for unit_id, many in found.items()
    ]
    return tuple(sorted(branches, key=lambda branch: (not branch.single, fold(branch.name))))
