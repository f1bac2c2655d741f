"""The timetable's work: periods are opened, what is owed is noted, whoever still owes is reminded (design §4.4)."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, due_changes, duty_years, outbox
from models.days_off import OfficeCalendar
from models.heads import Address, heads_of_units
from models.insertion import insert_once
from models.messages import Button, Message, pack
from models.nights import rest_at_night
from models.owers import new_owers
from models.owings import Owing, pending, still_owed
from models.programmes import Library
from models.reminder_facts import Fact
from models.reminders import (
    compose_reminder,
    due_reminders,
    owers_of,
    promise,
)
from models.rules.duties import Duty
from models.rules.duty_years import ChosenDays
from models.rules.locks import locking_moment
from models.rules.periods import Period, Yearly, local_day
from models.rules.programmes import Programme
from models.tables import Memo, Obligation, Outbox, PeriodRow, ProgrammeRow
from models.timings import timings
from models.zone import zone_of

GAP = timedelta(hours=23)  # Telegram keeps what it could not deliver for 24 hours; with an hour to spare
LAST_TICK = "last_tick"

__all__ = [
    "Fact",
    "Owing",
    "compose_reminder",
    "due_reminders",
    "open_periods",
    "outage",
    "pending",
    "promise",
    "promise_outage_notices",
    "remember_tick",
    "rest_at_night",
    "still_owed",
]


async def open_periods(session: AsyncSession, library: Library, now: datetime) -> int:
    """Open what has begun, and note who owes it; a team confirmed since gets its own. Returns how many obligations
    are new."""
    new, chosen = 0, await duty_years.chosen_days(session)
    for programme_id, programme in await library.current(session):
        known_from = await _first_loaded(session, programme.code)
        for duty, period in _periods(programme, chosen, now, zone_of(session)):
            if period.due < known_from:  # over before anybody had heard of it
                continue
            new += await _owe(session, programme_id, programme, duty, period, now)
    if new:
        await due_changes.apply_all(session, now)
    return new


def _periods(programme: Programme, chosen: ChosenDays, now: datetime, tz: tzinfo) -> list[tuple[Duty, Period]]:
    """What matters now of the duties that are filled in here; a duty without a form is only a line of the calendar."""
    rules = [(duty, duty.timing()) for duty in programme.duties if duty.form]
    return [
        (duty, period)
        for duty, rule in rules
        if rule is not None
        for period in chosen.periods_open(f"{programme.code}/{duty.code}", rule, now, tz)
        if duty in programme.duties_on(local_day(period.due, tz))
    ]


async def _first_loaded(session: AsyncSession, code: str) -> datetime:
    statement = select(ProgrammeRow.loaded_at).where(ProgrammeRow.code == code).order_by(ProgrammeRow.version)
    return (await session.scalars(statement.limit(1))).one()


async def _owe(
    session: AsyncSession, programme_id: int, programme: Programme, duty: Duty, period: Period, now: datetime
) -> int:
    """A row for each unit that owes and has none yet. What only some units can owe is not opened before one does."""
    name = f"{programme.code}/{duty.code}"
    known = await session.scalar(select(PeriodRow.id).where(PeriodRow.duty == name, PeriodRow.key == period.key))
    owers = await new_owers(session, programme, duty, period, known)
    if not owers and (known is not None or duty.owed_with):
        return 0
    period_id = known or await _opened(session, programme_id, name, duty, period, now)
    return await insert_once(session, Obligation, [{"period_id": period_id, "unit_id": unit_id} for unit_id in owers])


async def _opened(
    session: AsyncSession, programme_id: int, name: str, duty: Duty, period: Period, now: datetime
) -> int:
    rule = duty.timing()
    if isinstance(rule, Yearly):
        period = await duty_years.settled(session, name, rule, period, now)
    row = {"programme_id": programme_id, "duty": name, "form": duty.form, "key": period.key}
    locks_at = locking_moment(period.due, duty.clocks, zone_of(session))
    dates = {"starts_on": period.starts, "ends_on": period.ends, "due_at": period.due, "locks_at": locks_at}
    new = await insert_once(session, PeriodRow, row | dates)
    wanted = select(PeriodRow.id).where(PeriodRow.duty == name, PeriodRow.key == period.key)
    period_id = (await session.scalars(wanted)).one()
    if new:
        audit.note(session, at=now, person_id=None, action="period.open", object=f"period:{period_id}")
    return period_id


async def outage(session: AsyncSession, now: datetime) -> datetime | None:
    """Since when the timetable stood still, when that is so long that a channel may have thrown messages away."""
    memo = await session.get(Memo, LAST_TICK)
    last = datetime.fromisoformat(memo.value["at"]) if memo is not None else now
    return last if now - last > GAP else None


async def remember_tick(session: AsyncSession, now: datetime) -> None:
    """Note that the timetable was looked at."""
    memo = await session.get(Memo, LAST_TICK)
    if memo is None:
        session.add(Memo(name=LAST_TICK, value={"at": now.isoformat()}))
    else:
        memo.value = {"at": now.isoformat()}


async def promise_outage_notices(
    session: AsyncSession, library: Library, calendar: OfficeCalendar, now: datetime
) -> int:
    """After an outage, tell everybody with a report not filed yet that what they sent meanwhile may be lost.

    Once an outage, and not at night. Returns how many people are told.
    """
    since = await outage(session, now)
    if since is None:
        return 0
    owed = [owing for owing in await pending(session, now) if owing.is_owed]
    known = await timings(session, library, calendar, owed, now)
    morning = max((timing.nights.quiet_until(now, zone_of(session)) for timing in known.values()), default=now)
    heads = await heads_of_units(session, now, owers_of({owing.period_id for owing in owed}))
    people = {head.person_id: head.address for owing in owed for head in heads.get(owing.unit_id, ())}
    rows = [_notice(who, to, since, now, morning) for who, to in people.items() if to is not None]
    return await insert_once(session, Outbox, rows) if rows else 0


def _notice(who: int, to: Address, since: datetime, now: datetime, at: datetime) -> dict[str, Any]:
    buttons = ((Button("reminder.button_check", "go", arg="baocao"), Button("reminder.button_all", "go", arg="lich")),)
    message = Message("reminder.outage", {"since": since, "until": now}, buttons)
    return {
        "once": f"outage:{since:%Y%m%dT%H%M%S}:person:{who}",
        "channel": to.channel,
        "address": to.address,
        "lane": outbox.ALERT,
        "kind": outbox.NEWS,
        "body": pack(message) | {"account": to.account_id},
        "due_at": at,
        "created_at": now,
    }
