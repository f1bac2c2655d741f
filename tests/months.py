"""Months in the life of an office, by chance: who files, who asks for more time, who sleeps, when the bot is down.

Everything really happens in the database, as people would do it; what happened is noted beside it, with how many
messages had been sent by then, so that each message can be judged by what was true as it left.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import chats, days_off, deadlines, due_changes, extensions, owings, snoozes
from models.insertion import insert_once
from models.rules import Refusal
from models.rules.snoozes import settle
from models.tables import Account, Obligation, PeriodRow, Role, Unit
from models.zone import VIETNAM
from tests.office import LOADED, Office, at

SECOND = 10_000  # the number of a person's second chat is that of the first and so much
STEP_DAYS = (-7, -3, -1, 0, 1, 3)  # of the plan's ladder; on others there is less to see
FROM, TO = -8, 8

Report = tuple[str, int]  # the month and the team
Deed = Callable[[AsyncSession, datetime], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Since:
    """Something that holds from the message of that number on; `at`: when it was done, `until`: what was said."""

    number: int
    at: datetime
    until: datetime


@dataclass
class Month:
    """What is going to happen around one deadline, in the order of time."""

    key: str
    due_day: datetime
    deeds: list[tuple[datetime, int, Deed]] = field(default_factory=list)
    down: list[tuple[datetime, datetime]] = field(default_factory=list)

    @property
    def due(self) -> datetime:
        return self.due_day.replace(hour=23, minute=59, second=59)

    def is_down(self, moment: datetime) -> bool:
        return any(start <= moment < end for start, end in self.down)


@dataclass
class Life:
    """An office with what was done in it so far."""

    office: Office
    chance: random.Random
    filed: dict[Report, int] = field(default_factory=dict)  # how many messages had been sent by then
    longer: dict[Report, list[Since]] = field(default_factory=lambda: defaultdict(list))
    slept: dict[int, list[Since]] = field(default_factory=lambda: defaultdict(list))
    ticks: list[tuple[int, datetime]] = field(default_factory=list)  # those after which the sender worked at once
    off: set[date] = field(default_factory=set)  # days that the office marked itself
    keys: list[str] = field(default_factory=list)

    @property
    def number(self) -> int:
        return len(self.office.post)

    def team_called(self, name: str) -> int:
        return self.office.teams[int(name.split()[1]) - 1]

    async def furnish(self) -> None:
        """One person leads two teams; every third one has two chats."""
        first, second = self.office.teams[:2]
        other = [
            {"id": team + SECOND, "channel": "webchat", "address": str(team + SECOND), "person_id": team}
            | {"seen_at": LOADED}
            for team in self.office.teams[::3]
        ]
        async with self.office.db.write() as session:
            role = {"person_id": first, "unit_id": second, "kind": "leader", "since": LOADED}
            await insert_once(session, Role, role)
            await insert_once(session, Account, other)

    # --- a month ------------------------------------------------------------------------------------------------------

    async def live(self, key: str) -> None:
        month = self._planned(key)
        self.keys.append(key)
        moments = self._moments(month)
        async with self.office.db.write() as session:
            await deadlines.open_periods(session, self.office.library, moments[0])
        for now in moments:
            if month.is_down(now):
                continue
            await self._catch_up(month, now)
            await self._tick(now)
            later = now + timedelta(minutes=self.chance.randint(1, 50))
            if self.chance.random() < 0.25 and not month.is_down(later):
                await self._catch_up(month, later)
                await self.office.deliver(later)
        await self._let_go(key)

    def _planned(self, key: str) -> Month:
        month = Month(key, at(f"{key}-25", "00:00"))
        chance, teams = self.chance, self.office.teams
        for _ in range(2):
            start = month.due_day + timedelta(hours=chance.uniform(-190, 110))
            month.down.append((start, start + timedelta(hours=chance.uniform(1, 72))))
        for team in teams:
            if chance.random() < 0.75:
                self._plan(month, -240, 200, self._files(month, team))
            if chance.random() < 0.15:
                self._plan(month, -150, 30, self._is_granted(month, team))
            for _ in range(chance.choice((0, 0, 1, 2))):
                self._plan(month, -180, 150, self._sleeps(team))
        for team in teams[::3]:
            self._plan(month, -180, 100, self._changes_chat(team))
        if chance.random() < 0.7:
            self._plan(month, -150, 20, self._is_moved(month, chance.choice(range(2, teams[0]))))
        self._plan(month, FROM * 24, FROM * 24 + 1, self._is_off(month))
        month.deeds.sort(key=lambda each: each[:2])
        return month

    def _plan(self, month: Month, first: float, last: float, deed: Deed) -> None:
        """So many hours before or after the day it is due."""
        moment = month.due_day + timedelta(hours=self.chance.uniform(first, last))
        month.deeds.append((moment, len(month.deeds), deed))

    def _moments(self, month: Month) -> list[datetime]:
        """When the timetable is looked at: often on the days of steps, at least by day and by night on others."""
        found: list[datetime] = []
        for day in range(FROM, TO):
            hours = (0, 7, 8, 11, 15, 16, 19, 21) if day in STEP_DAYS else (3, 13)
            for hour in hours:
                spread = timedelta(minutes=self.chance.randint(0, 59 if hour in (7, 15) else 110))
                found.append(month.due_day + timedelta(days=day, hours=hour) + spread)
        return sorted(found)

    async def _tick(self, now: datetime) -> None:
        if self.chance.random() < 0.08:  # the clock is set back for a while
            await self.office.tick(now - timedelta(minutes=self.chance.randint(1, 60)))
        at_once = self.chance.random() < 0.75
        self.ticks += [(self.number, now)] if at_once else []
        await self.office.tick(now, deliver=at_once)

    async def _catch_up(self, month: Month, now: datetime) -> None:
        """What people did since, in the order in which they did it."""
        if not month.deeds or month.deeds[0][0] > now:
            return
        async with self.office.db.write() as session:
            while month.deeds and month.deeds[0][0] <= now:
                moment, _, deed = month.deeds.pop(0)
                await deed(session, now if month.is_down(moment) else moment)

    async def _let_go(self, key: str) -> None:
        """What nobody filed is let go at the end, so that each month's reminders speak of that month."""
        async with self.office.db.write() as session:
            past = select(PeriodRow.id).where(PeriodRow.key == key).scalar_subquery()
            await session.execute(update(Obligation).where(Obligation.period_id == past).values(waived="miễn"))

    # --- what people do -----------------------------------------------------------------------------------------------

    def _files(self, month: Month, team: int) -> Deed:
        async def deed(session: AsyncSession, now: datetime) -> None:
            await self.office.filed(session, team, now, month.key)
            self.filed[month.key, team] = self.number

        return deed

    def _is_granted(self, month: Month, team: int) -> Deed:
        async def deed(session: AsyncSession, now: datetime) -> None:
            until = month.due + timedelta(days=self.chance.randint(1, 5))
            case = await extensions.case_of(session, await _period(session, month.key), team)
            if case is None or until <= self.deadline(month.key, team) or (month.key, team) in self.filed:
                return
            asked = await extensions.ask(session, case, "đi tập huấn", until, person_id=team, now=now)
            found = await extensions.find(session, asked.id)
            assert found is not None
            await extensions.grant(session, found, until, person_id=1, now=now)
            self.longer[month.key, team].append(Since(self.number, now, until))

        return deed

    def _is_moved(self, month: Month, commune: int) -> Deed:
        async def deed(session: AsyncSession, now: datetime) -> None:
            until = month.due + timedelta(days=self.chance.randint(1, 4))
            unit = await session.get_one(Unit, commune)
            period = await session.get_one(PeriodRow, await _period(session, month.key))
            await due_changes.move(session, self.office.library, unit, period, until, "bão", by=1, now=now)
            below = await session.scalars(select(Unit.id).where(Unit.parent_id == commune))
            for team in below:
                if until > self.deadline(month.key, team):
                    self.longer[month.key, team].append(Since(self.number, now, until))

        return deed

    def _sleeps(self, person: int) -> Deed:
        async def deed(session: AsyncSession, now: datetime) -> None:
            office = self.office
            owed = [each for each in await owings.pending(session, now, person_id=person) if each.is_owed]
            due, rest = await snoozes.limits(session, office.library, office.calendar, owed, now)
            wish = now + timedelta(hours=self.chance.uniform(0.5, 40))
            if rest is None:
                return
            try:
                until = settle(wish, now, due, rest, VIETNAM).until
            except Refusal:
                return
            await snoozes.put(session, person, until, now)
            self.slept[person].append(Since(self.number, now, until))

        return deed

    def _changes_chat(self, person: int) -> Deed:
        async def deed(session: AsyncSession, now: datetime) -> None:
            one, other = await session.get_one(Account, person), await session.get_one(Account, person + SECOND)
            used, left = (one, other) if self.chance.random() < 0.5 else (other, one)
            used.seen_at, used.unreachable = now, ""
            await session.flush()
            if self.chance.random() < 0.5:
                await chats.refused(session, left.channel, left.address, now, "blocked")

        return deed

    def _is_off(self, month: Month) -> Deed:
        async def deed(session: AsyncSession, now: datetime) -> None:
            day = month.due_day.date() + timedelta(days=self.chance.randint(-6, 3))
            if day.isoweekday() in (2, 3, 4):
                await days_off.mark(session, day, True, "Bão", by=1, now=now)
                self.off.add(day)

        return deed

    # --- what was true ------------------------------------------------------------------------------------------------

    def deadline(self, key: str, team: int, number: int | None = None) -> datetime:
        """Until when a team had time as the message of that number left; now, without one."""
        known = [each for each in self.longer[key, team] if number is None or each.number <= number]
        return max([at(f"{key}-25", "23:59:59"), *(each.until for each in known)])

    def told_at(self, key: str, team: int, number: int) -> datetime | None:
        """When the deadline that counts at that message came to be; None: it is the plan's."""
        last = self.deadline(key, team, number)
        return min((each.at for each in self.longer[key, team] if each.until == last), default=None)

    def sleeps_until(self, person: int, number: int) -> datetime | None:
        """What somebody wished last before that message."""
        wishes = [each.until for each in self.slept[person] if each.number <= number]
        return wishes[-1] if wishes else None


async def _period(session: AsyncSession, key: str) -> int:
    return (await session.scalars(select(PeriodRow.id).where(PeriodRow.key == key))).one()
