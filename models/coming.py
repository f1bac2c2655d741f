"""What the plans ask for in the weeks ahead: deadlines with a date, and duties that wait for one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Literal

from sqlalchemy.ext.asyncio import AsyncSession

from models import duty_years
from models.programmes import Library
from models.rules.deadlines import days_left
from models.rules.duties import Duty
from models.rules.duty_years import ChosenDays
from models.rules.periods import BeforeActivity, Dated, Period, local_day, next_period, period_at
from models.rules.programmes import Programme
from models.zone import zone_of

AHEAD = timedelta(days=60)
NOW_ON = timedelta()


@dataclass(frozen=True, slots=True)
class Coming:
    """One deadline of one duty; without a date (`due` None) either a notice sets it, or each activity does.

    `days`: until the deadline, or how many days before an activity its plan is due. `duty`: "programme/duty".
    """

    title: str
    kind: Literal["dated", "notice", "activity"]
    key: str
    due: datetime | None
    days: int
    duty: str


async def coming(session: AsyncSession, library: Library, now: datetime, ahead: timedelta = AHEAD) -> list[Coming]:
    """Every deadline within sixty days by date, then the duties without one, of all programmes in force."""
    look = _Look(await duty_years.chosen_days(session), now, now + ahead, zone_of(session))
    found = [
        each
        for _, programme in await library.current(session)
        if not programme.opened_by  # a round is told to those who owe it
        for duty in programme.duties
        for each in look.of_duty(programme, duty)
    ]
    return sorted(found, key=lambda each: (each.due is None, each.due or now, each.kind))


@dataclass(frozen=True, slots=True)
class _Look:
    """A look ahead from `now` until `last`, by the days that were chosen for yearly duties."""

    chosen: ChosenDays
    now: datetime
    last: datetime
    tz: tzinfo

    def of_duty(self, programme: Programme, duty: Duty) -> list[Coming]:
        rule, name = duty.timing(), f"{programme.code}/{duty.code}"
        if rule is None or isinstance(rule, BeforeActivity):
            if duty not in programme.duties_on(local_day(self.now, self.tz)):
                return []
            days = rule.days if rule is not None else 0
            return [Coming(duty.title, "notice" if rule is None else "activity", "", None, days, name)]
        return [
            Coming(duty.title, "dated", each.key, each.due, days_left(each.due, self.now, self.tz), name)
            for each in self._periods(name, rule)
            if duty in programme.duties_on(local_day(each.due, self.tz))
        ]

    def _periods(self, name: str, rule: Dated) -> list[Period]:
        """The periods due from now on and until the last moment."""
        begun = self.chosen.periods_open(name, rule, self.now, self.tz, NOW_ON)
        period: Period | None = begun[0] if begun else period_at(rule, local_day(self.now, self.tz), self.tz)
        found = []
        while period is not None:
            held = self.chosen.period(name, rule, period, self.tz)
            if held.due > self.last:
                break
            if held.due >= self.now:
                found.append(held)
            period = next_period(rule, period, self.tz)
        return found
