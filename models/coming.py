"""What the plans ask for in the weeks ahead: deadlines with a date, and duties that wait for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from models.programmes import Library
from models.rules.deadlines import days_left
from models.rules.duties import Duty
from models.rules.periods import BeforeActivity, Dated, Period, local_day, next_period, period_at, periods_open
from models.rules.programmes import Programme
from models.zone import zone_of

AHEAD = timedelta(days=60)
NOW_ON = timedelta()


@dataclass(frozen=True, slots=True)
class Coming:
    """One deadline of one duty; without a date (`due` None) either a notice sets it, or each activity does.

    `days`: until the deadline, or how many days before an activity its plan is due.
    """

    title: str
    kind: Literal["dated", "notice", "activity"]
    key: str
    due: datetime | None
    days: int


async def coming(session: AsyncSession, library: Library, now: datetime) -> list[Coming]:
    """Every deadline within sixty days by date, then the duties without one, of all programmes in force."""
    found = [
        each
        for _, programme in await library.current(session)
        if not programme.opened_by  # a round is told to those who owe it
        for duty in programme.duties
        for each in _of_duty(programme, duty, now, zone_of(session))
    ]
    return sorted(found, key=lambda each: (each.due is None, each.due or now, each.kind))


def _of_duty(programme: Programme, duty: Duty, now: datetime, tz: tzinfo) -> list[Coming]:
    rule = duty.timing()
    today = local_day(now, tz)
    if rule is None or isinstance(rule, BeforeActivity):
        if duty not in programme.duties_on(today):
            return []
        days = rule.days if rule is not None else 0
        return [Coming(duty.title, "notice" if rule is None else "activity", "", None, days)]
    return [
        Coming(duty.title, "dated", period.key, period.due, days_left(period.due, now, tz))
        for period in _periods(rule, now, tz)
        if duty in programme.duties_on(local_day(period.due, tz))
    ]


def _periods(rule: Dated, now: datetime, tz: tzinfo) -> list[Period]:
    """The periods due from now on and within sixty days."""
    begun = periods_open(rule, now, tz, NOW_ON)
    period: Period | None = begun[0] if begun else period_at(rule, local_day(now, tz), tz)
    found = []
    while period is not None and period.due <= now + AHEAD:
        if period.due >= now:
            found.append(period)
        period = next_period(rule, period, tz)
    return found
