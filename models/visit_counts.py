"""Visits as numbers: what a unit's ended visits come to in a period, and the visits behind a number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Select, bindparam, false, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.report_sheet import Sheet, value_of
from models.rules.indicators import Counts
from models.rules.periods import moment_of
from models.rules.visit_counts import COUNTED_OUTCOMES, VisitSum, numbers_of
from models.rules.visits import SUCCESSES
from models.tables import Person, Visit
from models.tables.columns import Moment
from models.zone import zone_of

AHEAD = "visits added up ahead"  # where a session keeps them
Asked = tuple[int, date, date]  # a unit, the first and the last day

_OUTER = aliased(Visit, name="outer_visit")  # the visit during which another became necessary


@dataclass(frozen=True, slots=True)
class Counted:
    """One visit behind a number. `name`: of whoever made it; empty once they had their data erased."""

    visit: Visit
    name: str


def _counted(session: AsyncSession, unit_id: int, starts_on: date, ends_on: date) -> tuple[ColumnElement[bool], ...]:
    """Those of a unit that count from the first to the last day: by the local day on which they ended."""
    zone = zone_of(session)
    return (
        Visit.unit_id == unit_id,
        Visit.state == "ended",
        Visit.outcome.in_(COUNTED_OUTCOMES),
        Visit.ended_at >= moment_of(starts_on, time(), zone),
        Visit.ended_at < moment_of(ends_on + timedelta(days=1), time(), zone),
    )


@cache
def _adding_up(late: bool) -> Select[int | None, str, str, str, int, int, int]:
    """Asked at every question that visits are counted for, so built once: building it costs more than the asking."""
    within = func.coalesce(_OUTER.guide, "").label("within")
    totals = (func.sum(Visit.turns), func.sum(Visit.people), func.sum(Visit.files))
    moments = {name: bindparam(name, type_=Moment()) for name in ("starts", "ends", "after")}
    statement = (
        select(Visit.unit_id, Visit.guide, Visit.outcome, within, *totals)
        .outerjoin(_OUTER, _OUTER.id == Visit.parent_id)
        .where(Visit.unit_id.in_(bindparam("units", expanding=True)))
        .where(Visit.state == "ended", Visit.outcome.in_(COUNTED_OUTCOMES))
        .where(Visit.ended_at >= moments["starts"], Visit.ended_at < moments["ends"])
        .group_by(Visit.unit_id, Visit.guide, Visit.outcome, within)
    )
    return statement.where(Visit.ended_at > moments["after"]) if late else statement


async def sums(
    session: AsyncSession, unit_id: int, starts_on: date, ends_on: date, after: datetime | None = None
) -> list[VisitSum]:
    """The visits of a unit that ended from `starts_on` to `ends_on`, added up by guide and outcome.

    `after`: only those that ended later than this moment.
    """
    ahead: dict[Asked, list[VisitSum]] = session.info.get(AHEAD, {})
    if after is None and (unit_id, starts_on, ends_on) in ahead:
        return ahead[unit_id, starts_on, ends_on]
    return (await _sums_of(session, [unit_id], starts_on, ends_on, after)).get(unit_id, [])


async def read_ahead(session: AsyncSession, asked: Iterable[Asked]) -> None:
    """Add up at once what `sums` is about to be asked for one by one, until `forget_ahead`: as long as nothing that
    happens in this transaction ends a visit.
    """
    units: dict[tuple[date, date], set[int]] = {}
    for unit_id, starts_on, ends_on in asked:
        units.setdefault((starts_on, ends_on), set()).add(unit_id)
    ahead: dict[Asked, list[VisitSum]] = {}
    for (starts_on, ends_on), unit_ids in units.items():
        found = await _sums_of(session, sorted(unit_ids), starts_on, ends_on)
        ahead |= {(unit_id, starts_on, ends_on): found.get(unit_id, []) for unit_id in unit_ids}
    session.info[AHEAD] = ahead


def forget_ahead(session: AsyncSession) -> None:
    """From here on visits may end: every question is asked anew."""
    session.info.pop(AHEAD, None)


async def _sums_of(
    session: AsyncSession, unit_ids: Sequence[int], starts_on: date, ends_on: date, after: datetime | None = None
) -> dict[int | None, list[VisitSum]]:
    zone = zone_of(session)
    values: dict[str, Any] = {
        "units": unit_ids,
        "starts": moment_of(starts_on, time(), zone),
        "ends": moment_of(ends_on + timedelta(days=1), time(), zone),
    }
    if after is not None:
        values["after"] = after
    found: dict[int | None, list[VisitSum]] = {}
    for unit_id, guide, outcome, part, *totals in await session.execute(_adding_up(after is not None), values):
        found.setdefault(unit_id, []).append(VisitSum(guide, outcome, part, *map(int, totals)))
    return found


async def read(session: AsyncSession, sheet: Sheet) -> None:
    """Put what the bot counted for the report's period into `sheet.visits`, unless it is there."""
    if sheet.visits is None and sheet.form.visited:
        days = (sheet.unit.id, sheet.period.starts_on, sheet.period.ends_on)
        sheet.visits = numbers_of(sheet.form.visited, await sums(session, *days))
        if sheet.sent_at is not None:
            sheet.late_visits = numbers_of(sheet.form.visited, await sums(session, *days, after=sheet.sent_at))


async def settle(session: AsyncSession, sheet: Sheet) -> None:
    """Before a report is sent for the first time: say of each number what the bot counted of it, where nobody did."""
    await read(session, sheet)
    for code in sheet.visits or ():
        row = sheet.answers.get(code)
        if row is not None and row.counted is None:
            row.counted = sheet.part_counted(code, value_of(row))


async def behind(
    session: AsyncSession, unit_id: int, starts_on: date, ends_on: date, counts: Counts, *, start: int, most: int
) -> Sequence[Counted]:
    """The visits that make up a number, latest first: `most` of them from the one at `start` on."""
    statement = (
        select(Visit, Person.name)
        .outerjoin(Person, Person.id == Visit.person_id)
        .where(*_counted(session, unit_id, starts_on, ends_on))
        .order_by(Visit.ended_at.desc(), Visit.id.desc())
    )
    if counts.guides:
        statement = statement.where(Visit.guide.in_(counts.guides))
    match counts.measure:
        case "files":
            statement = statement.where(Visit.files > 0)
        case "people":
            statement = statement.outerjoin(_OUTER, _OUTER.id == Visit.parent_id).where(Visit.outcome.in_(SUCCESSES))
            apart = _OUTER.guide.not_in(counts.guides) if counts.guides else false()
            statement = statement.where(or_(Visit.parent_id.is_(None), apart))
    rows = await session.execute(statement.offset(start).limit(most))
    return [Counted(visit, name or "") for visit, name in rows]
