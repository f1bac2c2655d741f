"""The days of yearly duties: asked of the office at the top before the year begins, kept, and put into force.

Whoever opens a period and whoever chooses its day hold the same row, so that a year has one deadline whatever the
order in which they come.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import String, cast, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, outbox
from models.days_off import OfficeCalendar
from models.heads import Head, officials
from models.insertion import insert_once
from models.messages import Button, Message, pack
from models.programmes import Library
from models.rules.duty_years import ChosenDays, year_ahead
from models.rules.periods import Period, Yearly, local_day, period_of
from models.rules.programmes import Programme
from models.rules.reminders import Quiet
from models.tables import DutyYear, Outbox, PeriodRow, Unit
from models.zone import zone_of

QUIET = Quiet()


@dataclass(frozen=True, slots=True)
class YearDay:
    """A yearly duty in a year that has not begun for it: `by_plan` is the plan's deadline, `due` the one that holds."""

    row: DutyYear
    title: str
    rule: Yearly
    by_plan: Period
    due: datetime

    @property
    def is_confirmed(self) -> bool:
        return self.row.person_id is not None


async def chosen_days(session: AsyncSession) -> ChosenDays:
    """What was confirmed, for every year."""
    chosen = select(DutyYear.duty, DutyYear.year, DutyYear.due_on).where(DutyYear.person_id.is_not(None))
    return ChosenDays({(duty, str(year)): day for duty, year, day in await session.execute(chosen)})


async def moments(session: AsyncSession) -> dict[tuple[str, str], datetime]:
    """When each day was confirmed last, by duty and year."""
    chosen = select(DutyYear.duty, DutyYear.year, DutyYear.at).where(DutyYear.person_id.is_not(None))
    return {(duty, str(year)): at for duty, year, at in await session.execute(chosen)}


async def settled(session: AsyncSession, duty: str, rule: Yearly, period: Period, now: datetime) -> Period:
    """The period as it is opened now; nobody chooses another day for it until this transaction ends, nor after."""
    day = local_day(period.due, zone_of(session))
    await insert_once(session, DutyYear, _new_row(duty, period, day, now))
    wanted = select(DutyYear).where(DutyYear.duty == duty, DutyYear.year == int(period.key)).with_for_update()
    row = (await session.scalars(wanted.execution_options(populate_existing=True))).one()
    if row.person_id is None:
        return period
    return ChosenDays({(duty, period.key): row.due_on}).period(duty, rule, period, zone_of(session))


def _new_row(duty: str, period: Period, day: date, now: datetime) -> dict[str, Any]:
    return {"duty": duty, "year": int(period.key), "due_on": day, "person_id": None, "at": now, "version": 1}


# --- a year draws near ----------------------------------------------------------------------------------------------


async def ask(session: AsyncSession, library: Library, calendar: OfficeCalendar, now: datetime) -> int:
    """Ask the office at the top about the days of a year that draws near. Returns how many people are told."""
    near = [
        (f"{programme.code}/{code}", period)
        for _, programme in await library.current(session)
        for code, rule in _yearly(programme)
        if (period := year_ahead(rule, now, calendar.rhythm.year_days, zone_of(session))) is not None
        if _holds(programme, code, local_day(period.due, zone_of(session)))
    ]
    if not near:
        return 0
    rows = [_new_row(duty, period, local_day(period.due, zone_of(session)), now) for duty, period in near]
    if not await insert_once(session, DutyYear, rows):
        return 0
    return await _tell(session, library, now)


async def _tell(session: AsyncSession, library: Library, now: datetime) -> int:
    """One message to each person at the top, with all that waits."""
    waiting = [each for each in await listed(session, library, now) if not each.is_confirmed]
    top = select(Unit.id).where(Unit.parent_id.is_(None), Unit.closed_on.is_(None))
    found = await officials(session, top, now) if waiting else {}
    people = {head.person_id: (unit_id, head) for unit_id, heads in found.items() for head in heads}
    rows = [row for unit_id, head in people.values() if (row := _owed(waiting, unit_id, head, session, now))]
    return await insert_once(session, Outbox, rows)


def _owed(
    waiting: Sequence[YearDay], unit_id: int, head: Head, session: AsyncSession, now: datetime
) -> dict[str, Any] | None:
    to = head.address
    if to is None:
        return None
    return {
        "once": f"duty_year:{max(each.row.id for each in waiting)}:{head.person_id}",
        "channel": to.channel,
        "address": to.address,
        "lane": outbox.REMINDER,
        "kind": outbox.NEWS,
        "body": pack(page(unit_id, waiting, "duty_year.asked")) | {"account": to.account_id},
        "due_at": QUIET.quiet_until(now, zone_of(session)),
        "created_at": now,
    }


def _yearly(programme: Programme) -> Iterable[tuple[str, Yearly]]:
    if programme.opened_by:  # a round has its own days
        return
    for duty in programme.duties:
        rule = duty.timing()
        if isinstance(rule, Yearly):
            yield duty.code, rule


def _holds(programme: Programme, code: str, day: date) -> bool:
    return any(duty.code == code for duty in programme.duties_on(day))


# --- the office at the top chooses ----------------------------------------------------------------------------------


async def listed(session: AsyncSession, library: Library, now: datetime) -> list[YearDay]:
    """The days that can still be chosen: of plans in force, not opened yet, not over. The earliest first."""
    opened = exists().where(PeriodRow.duty == DutyYear.duty, PeriodRow.key == cast(DutyYear.year, String))
    rows = (await session.scalars(select(DutyYear).where(~opened).order_by(DutyYear.year, DutyYear.id))).all()
    found = [await _described(session, library, row) for row in rows]
    return sorted((each for each in found if each is not None and each.due > now), key=lambda each: each.due)


async def find(session: AsyncSession, library: Library, row_id: int, now: datetime) -> YearDay | None:
    """One of them, held against everybody else until the turn ends; None when its period was opened meanwhile."""
    wanted = select(DutyYear).where(DutyYear.id == row_id).with_for_update()
    row = (await session.scalars(wanted.execution_options(populate_existing=True))).one_or_none()
    if row is None:
        return None
    return next((each for each in await listed(session, library, now) if each.row.id == row_id), None)


async def confirm(session: AsyncSession, day: YearDay, due_on: date, *, by: int, now: datetime) -> None:
    """From now on the duty is due on that day of that year. `day` is held."""
    row = day.row
    row.due_on, row.person_id, row.at = due_on, by, now
    row.version += 1
    detail = {"duty": row.duty, "year": row.year, "due_on": due_on.isoformat()}
    about = f"duty_year:{row.id}"
    audit.note(session, at=now, person_id=by, action="duty_year.confirm", object=about, detail=detail)
    await session.flush()


async def _described(session: AsyncSession, library: Library, row: DutyYear) -> YearDay | None:
    """None when no plan in force has the duty as a yearly one any more."""
    code, _, name = row.duty.partition("/")
    plan = next((each for _, each in await library.current(session) if each.code == code), None)
    rule = dict(_yearly(plan)).get(name) if plan is not None else None
    if plan is None or rule is None:
        return None
    tz = zone_of(session)
    by_plan = period_of(rule, str(row.year), tz)
    if not _holds(plan, name, local_day(by_plan.due, tz)):
        return None
    days = {} if row.person_id is None else {(row.duty, by_plan.key): row.due_on}
    due = ChosenDays(days).period(row.duty, rule, by_plan, tz).due
    return YearDay(row, plan.duty(name).title, rule, by_plan, due)


def page(unit_id: int, days: Sequence[YearDay], key: str = "duty_year.list", **values: Any) -> Message:
    """The days with what can be done about each; `unit_id`: the top of the tree."""
    several = len(days) > 1
    rows = [_ways(unit_id, day, place if several else 0) for place, day in enumerate(days, start=1)]
    waiting = sum(not each.is_confirmed for each in days)
    if waiting > 1:
        rows.append((Button("duty_year.button_all", "duty_year.all", unit_id, values={"count": waiting}),))
    shown = [_line(day) for day in days]
    values = {"days": shown, "several": several, "waiting": waiting, "before": []} | values
    home = (Button("duty_year.button_back", "go", arg="lich"), Button("menu.button_menu", "go", arg="menu"))
    return Message(key, values, (*rows, home))


def _line(day: YearDay) -> dict[str, Any]:
    moved = day.due != day.by_plan.due
    return {
        "year": day.row.year,
        "title": day.title,
        "due": day.due,
        "confirmed": day.is_confirmed,
        "by_plan": day.by_plan.due if moved else None,
    }


def _ways(unit_id: int, day: YearDay, number: int) -> tuple[Button, ...]:
    def way(name: str) -> Button:
        label, values = f"duty_year.button_{name}", {"number": number}
        return Button(label, f"duty_year.{name}", unit_id, day.row.version, str(day.row.id), values)

    return (way("move"),) if day.is_confirmed else (way("keep"), way("move"))
