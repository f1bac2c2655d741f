"""The weekly note (bản tin tuần) of whoever runs an office: owed once a week, made at the second of sending."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import coming, duty_years, extensions, memos, missed_reminders, mutes, outbox, questions
from models.days_off import OfficeCalendar
from models.heads import Address, heads_of_units, officials
from models.insertion import insert_once
from models.messages import Button, Message, pack
from models.owings import Owing, pending, titles
from models.people import is_current
from models.programmes import Library
from models.rules.mutes import WEEKLY
from models.rules.office_rhythm import end_of_week, week_name
from models.rules.periods import ONE_DAY, local_day
from models.rules.permissions import ADMINISTRATOR, COORDINATOR
from models.rules.reviews import Scope
from models.tables import Account, Outbox, Person, Role, Team, Unit
from models.units import below
from models.zone import zone_of

KIND = outbox.WEEKLY
DONE = "weekly_note"  # the memo that says which week's notes are owed already
SHOWN = 4  # deadlines in the note
UNDATED = 2
WEEK = timedelta(days=7)


async def promise(session: AsyncSession, calendar: OfficeCalendar, now: datetime) -> int:
    """Owe this week's note to everybody who runs an office, when its morning has come. Returns how many are new."""
    tz = zone_of(session)
    done = await memos.read(session, DONE)
    if not done:  # a bot that is new here has missed nothing
        begun = calendar.rhythm.has_begun(now, tz)
        await memos.write(session, DONE, {"week": week_name(local_day(now, tz)) if begun else "none"})
        return 0
    if done["week"] == week_name(local_day(now, tz)):
        return 0
    working = await calendar.working_time(session, now)
    monday = calendar.rhythm.note_due(now, working.is_off, outbox.NIGHT, tz)
    if monday is None:
        return 0
    week = week_name(monday)
    await memos.write(session, DONE, {"week": week})
    found = await _readers(session, now)
    rows = [_row(f"weekly:{week}:{who}", who, to, monday, end_of_week(monday, tz), now) for who, to in found.items()]
    return await insert_once(session, Outbox, rows)


async def _readers(session: AsyncSession, now: datetime) -> dict[int, Address]:
    """By person, where to write to; not those who want none."""
    offices = select(Unit.id).where(Unit.kind != "team", Unit.closed_on.is_(None))
    heads = [head for many in (await officials(session, offices, now)).values() for head in many]
    silent = await mutes.muted(session, select(Person.id), WEEKLY)
    return {head.person_id: head.address for head in heads if head.address is not None and head.person_id not in silent}


def _row(once: str, who: int, to: Address, monday: date, expires: datetime, now: datetime) -> dict[str, Any]:
    return {
        "once": once,
        "channel": to.channel,
        "address": to.address,
        "lane": outbox.REMINDER,
        "kind": KIND,
        "body": pack(Message("weekly.note")) | {"account": to.account_id, "person": who, "monday": monday.isoformat()},
        "due_at": now,
        "expires_at": expires,
        "created_at": now,
    }


# --- at the second of sending ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Desk:
    """An office that somebody runs, for its note."""

    session: AsyncSession
    library: Library
    unit: Unit
    now: datetime
    until: datetime

    async def owed(self) -> list[Owing]:
        """What is still owed there: overdue, or due until the end of the week."""
        found = [
            *await pending(self.session, self.now, path=self.unit.path),
            *await pending(self.session, self.now, path=self.unit.path, returned=True),
        ]
        listed = {each.obligation_id: each for each in found if each.is_owed}
        return [each for each in listed.values() if each.deadline <= self.until]

    async def counts(self) -> dict[str, int]:
        silent, left = await self._without_word()
        return {
            "extensions": await extensions.count_waiting(self.session, [Scope(self.unit.path, own=False)]),
            "left_alone": left,
            "silent": silent,
            "missed": await missed_reminders.count(self.session, self.unit.path, self.now - WEEK),
        }

    async def _without_word(self) -> tuple[int, int]:
        """How many teams there have leaders whom no chat reaches, and how many have nobody."""
        teams = (
            select(Unit.id)
            .outerjoin(Team, Team.unit_id == Unit.id)
            .where(below(self.unit.path), Unit.kind == "team", Unit.closed_on.is_(None))
            .where(Team.state.is_(None) | (Team.state == "confirmed"))
        )
        all_teams = (await self.session.scalars(teams)).all()
        heads = await heads_of_units(self.session, self.now, teams)
        silent = [each for each in heads.values() if all(head.address is None for head in each)]
        return len(silent), len(all_teams) - len(heads)


async def compose(session: AsyncSession, library: Library, body: dict[str, Any], now: datetime) -> Message | None:
    """The note as things stand now; None when there is nothing to say, or nobody to say it to."""
    account, person = await session.get(Account, body["account"]), await session.get(Person, body["person"])
    if person is not None and person.merged_into is not None:
        person = await session.get(Person, person.merged_into)
    if account is None or account.unreachable or person is None or account.person_id != person.id:
        return None
    if await mutes.muted(session, [person.id], WEEKLY):
        return None
    monday = date.fromisoformat(body["monday"])
    until = end_of_week(monday, zone_of(session))
    offices = await _offices(session, person.id, now)
    desks = [_Desk(session, library, unit, now, until) for unit in offices if not _lies_below(unit, offices)]
    values = await _summed(desks)
    values["questions"] = sum([await questions.count_waiting(session, unit) for unit in offices])
    values["years"] = await _years(session, library, offices, now)
    undated = await _undated(session, library, now) if monday.day <= WEEK.days else []  # they stand there every week
    values |= {"undated": undated[:UNDATED], "more_undated": max(len(undated) - UNDATED, 0)}
    if not desks or not any(values.values()):
        return None
    values |= {"name": person.name, "first": monday, "last": monday + 6 * ONE_DAY}
    return Message("weekly.note", values, _ways(offices, values), place="new")


async def _offices(session: AsyncSession, person_id: int, now: datetime) -> list[Unit]:
    statement = (
        select(Unit)
        .join(Role, Role.unit_id == Unit.id)
        .where(Role.person_id == person_id, Role.kind.in_((COORDINATOR, ADMINISTRATOR)), is_current(now))
        .where(Unit.kind != "team", Unit.closed_on.is_(None))
        .order_by(Unit.path)
    )
    return list({unit.id: unit for unit in await session.scalars(statement)}.values())


def _lies_below(unit: Unit, others: Sequence[Unit]) -> bool:
    return any(unit.path != each.path and unit.path.startswith(each.path) for each in others)


async def _summed(desks: Sequence[_Desk]) -> dict[str, Any]:
    """What is due in all these offices, by period, how much is overdue, and what else waits there."""
    owed = [each for desk in desks for each in await desk.owed()]
    overdue = [each for each in owed if each.standing.kind == "overdue"]
    owed = [each for each in owed if each.standing.kind != "overdue"]
    names = await titles(desks[0].session, desks[0].library, owed) if desks else {}
    periods: dict[int, list[Owing]] = {}
    for each in sorted(owed, key=lambda owing: (owing.deadline, owing.period_id)):
        periods.setdefault(each.period_id, []).append(each)
    due = [
        {"title": names[period_id], "key": many[0].period_key, "due": many[0].deadline, "units": len(many)}
        for period_id, many in periods.items()
    ]
    counts = [await desk.counts() for desk in desks]
    waiting = {name: sum(each[name] for each in counts) for name in ("extensions", "left_alone", "silent", "missed")}
    waiting |= {"overdue": len(overdue), "oldest": max((each.standing.days for each in overdue), default=0)}
    return {"due": due[:SHOWN], "more_due": max(len(due) - SHOWN, 0)} | waiting


async def _years(session: AsyncSession, library: Library, offices: Sequence[Unit], now: datetime) -> int:
    """How many days of the year ahead wait to be confirmed, for whoever runs the whole tree."""
    if all(unit.parent_id is not None for unit in offices):
        return 0
    return sum(not each.is_confirmed for each in await duty_years.listed(session, library, now))


async def _undated(session: AsyncSession, library: Library, now: datetime) -> list[str]:
    """What nobody is reminded of, for no day is set."""
    return [each.title for each in await coming.coming(session, library, now) if each.kind == "notice"]


def _ways(offices: Sequence[Unit], values: dict[str, Any]) -> tuple[tuple[Button, ...], ...]:
    rows: list[tuple[Button, ...]] = []
    if values["extensions"]:
        waiting = {"count": values["extensions"]}
        rows.append((Button("extension.button_list", "extension.list", offices[0].id, values=waiting),))
    if values["questions"]:
        rows.append((Button("weekly.button_questions", "go", arg="hoi"),))
    if values["years"]:
        rows.append((Button("weekly.button_years", "go", arg="lich"),))
    return (*rows, (Button("weekly.button_board", "go", arg="tiendo"), Button("mute.button_open", "mute.show")))
