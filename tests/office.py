"""An office to test the timetable with: communes, confirmed teams with their leaders; and a post that delivers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import deadlines, escalations, outbox, programmes, weekly_notes
from models.database import Database
from models.days_off import OfficeCalendar
from models.insertion import insert_once
from models.messages import Message, unpack
from models.outbox import Settled
from models.programmes import Library
from models.rules.folding import fold
from models.tables import Account, Answer, Obligation, Outbox, PeriodRow, Person, Remark, Report, Role, Team, Unit
from models.zone import VIETNAM as OFFICE
from scheduler.jobs import World, tick
from tests.shipped import plans

MONTHLY = "DE-AN-CDS/BC-THANG"  # what the teams owe
LOADED = datetime(2026, 1, 1, tzinfo=UTC)


def at(day: str, clock: str = "08:00") -> datetime:
    """A moment at the office: at("2026-11-25", "07:30")."""
    return datetime.combine(date.fromisoformat(day), time.fromisoformat(clock), OFFICE)


async def _no_backup(now: datetime) -> None:
    raise AssertionError("nobody asked for a copy")


@dataclass(slots=True)
class Delivered:
    """One reminder that reached a chat."""

    account: int
    at: datetime
    message: Message
    kind: str

    @property
    def units(self) -> list[str]:
        return [item["unit"] for item in self.message.values.get("items", ())]


@dataclass(slots=True)
class Office:
    db: Database
    library: Library = field(default_factory=Library)
    calendar: OfficeCalendar = field(default_factory=OfficeCalendar)
    province: str = "/1/"
    teams: list[int] = field(default_factory=list)
    post: list[Delivered] = field(default_factory=list)

    @property
    def world(self) -> World:
        return World(self.db, self.library, _no_backup, calendar=self.calendar)

    async def tick(self, now: datetime, *, deliver: bool = True) -> None:
        await tick(self.world, now)
        if deliver:
            await self.deliver(now)

    async def deliver(self, now: datetime) -> None:
        """What the sender does: claim, decide again, send."""
        async with self.db.write() as session:
            await outbox.drop_expired(session, now)
            endings = []
            for row in await outbox.claim(session, now, 100_000):
                message = await self._composed(session, row, now)
                if message is not None:
                    self.post.append(Delivered(row.body["account"], now, message, row.kind))
                endings.append(Settled(row.id, "sent" if message else "cancelled", now))
            await outbox.settle(session, endings)

    async def _composed(self, session: AsyncSession, row: Outbox, now: datetime) -> Message | None:
        if row.kind == escalations.KIND:
            return await escalations.compose(session, self.library, self.calendar, row.body, now)
        if row.kind == weekly_notes.KIND:
            return await weekly_notes.compose(session, self.library, row.body, now)
        if row.kind != "reminder":
            return unpack(row.body)
        body = row.body
        return await deadlines.compose_reminder(session, self.library, self.calendar, body["account"], body, now)

    async def period(self, key: str = "2026-11", duty: str = MONTHLY) -> int:
        async with self.db.read() as session:
            wanted = select(PeriodRow.id).where(PeriodRow.key == key, PeriodRow.duty == duty)
            return (await session.scalars(wanted)).one()

    async def submit(self, unit_id: int, when: datetime, key: str = "2026-11", **values: Any) -> int:
        """File the report of a unit at `when`, with numbers by indicator."""
        async with self.db.write() as session:
            return await self.filed(session, unit_id, when, key, **values)

    async def filed(
        self, session: AsyncSession, unit_id: int, when: datetime, key: str = "2026-11", **values: Any
    ) -> int:
        report = await self._begun(session, unit_id, when, key, values.pop("duty", MONTHLY))
        report.state, report.submitted_at = "submitted", when
        report.no_activity = values.pop("no_activity", "")
        for kind, code, text in values.pop("remarks", ()):
            session.add(Remark(report_id=report.id, kind=kind, code=code, text=text, at=when))
        for code, number in values.items():
            parts = number if isinstance(number, tuple) else (number, None)
            exact = [None if part is None else Decimal(part) for part in parts]
            session.add(Answer(report_id=report.id, indicator=code, number=exact[0], denominator=exact[1], at=when))
        await session.flush()
        return report.id

    async def begin(self, unit_id: int, when: datetime, key: str = "2026-11") -> int:
        """Open a report and skip its first question."""
        report_id = await self.open(unit_id, when, key)
        async with self.db.write() as session:
            session.add(Answer(report_id=report_id, indicator="LL02", at=when))
        return report_id

    async def open(self, unit_id: int, when: datetime, key: str = "2026-11") -> int:
        """Open a report and put nothing in."""
        async with self.db.write() as session:
            return (await self._begun(session, unit_id, when, key)).id

    async def _begun(
        self, session: AsyncSession, unit_id: int, when: datetime, key: str, duty: str = MONTHLY
    ) -> Report:
        wanted = select(PeriodRow).where(PeriodRow.key == key, PeriodRow.duty == duty)
        period = (await session.scalars(wanted)).one()
        report = await session.scalar(select(Report).where(Report.period_id == period.id, Report.unit_id == unit_id))
        if report is None:
            report = Report(period_id=period.id, unit_id=unit_id, programme_id=period.programme_id, created_at=when)
            session.add(report)
            await session.flush()
        return report

    async def set_state(self, report_id: int, state: str) -> None:
        async with self.db.write() as session:
            await session.execute(update(Report).where(Report.id == report_id).values(state=state))

    async def count(self, table: type[Obligation] | type[Outbox] | type[PeriodRow]) -> int:
        async with self.db.read() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0

    def reminders(self) -> list[Delivered]:
        return [each for each in self.post if each.kind == "reminder"]

    def told(self) -> Counter[int]:
        """How many reminders each account got."""
        return Counter(each.account for each in self.reminders())


def named(name: str) -> dict[str, str]:
    return {"name": name, "name_folded": fold(name)}


async def open_office(
    db: Database,
    *,
    communes: int = 2,
    teams: int = 4,
    decided_at: datetime = LOADED,
    leaders: int = 1,
    levels: bool = False,
) -> Office:
    """A province with that many communes and teams (in turn), and `leaders` people with a chat at each team.

    With `levels` the communes and the province owe their reports too, wherever they have a coordinator.
    Ids are known: the province is 1, communes follow, then teams; a team's first leader and their chat have its own id.
    """
    office = Office(db)
    async with db.write() as session:
        for programme in plans():
            duties = tuple(each for each in programme.duties if levels or not each.parts_from)
            await programmes.store(session, replace(programme, duties=duties).as_dict(), LOADED)
        below = [{"id": 2 + n, **_unit(f"Xã {n + 1:03d}", "commune", 1, f"/1/{2 + n}/")} for n in range(communes)]
        first = 2 + communes
        for n in range(teams):
            parent = 2 + n % communes
            path = f"/1/{parent}/{first + n}/"
            below.append({"id": first + n, **_unit(f"Đội {n + 1:04d}", "team", parent, path)})
        await insert_once(session, Unit, {"id": 1, **_unit("Tỉnh Đoàn Đồng Tháp", "province", None, "/1/")})
        await insert_once(session, Unit, below)
        office.teams = [first + n for n in range(teams)]
        registered = [{"unit_id": each, "state": "confirmed", "registered_at": decided_at} for each in office.teams]
        await insert_once(session, Team, [row | {"decided_at": decided_at} for row in registered])
        for extra in range(leaders):
            await _leaders(session, office.teams, extra, first + teams)
        await _leaders(session, [1], 0, 0, kind="coordinator")
    return office


async def _leaders(session: AsyncSession, units: list[int], extra: int, room: int, kind: str = "leader") -> None:
    ids = {unit: unit + extra * room for unit in units}
    people = [{"id": who, **named(f"Người {who}"), "created_at": LOADED} for who in ids.values()]
    await insert_once(session, Person, people)
    accounts = [
        {"id": who, "channel": "webchat", "address": str(who), "person_id": who, "seen_at": LOADED}
        for who in ids.values()
    ]
    await insert_once(session, Account, accounts)
    kinds = "deputy" if extra else kind
    roles = [{"person_id": who, "unit_id": unit, "kind": kinds, "since": LOADED} for unit, who in ids.items()]
    await insert_once(session, Role, roles)


def _unit(name: str, kind: str, parent: int | None, path: str) -> dict[str, Any]:
    return {**named(name), "code": path.strip("/").replace("/", "-"), "kind": kind, "parent_id": parent, "path": path}


def is_night(moment: datetime) -> bool:
    return not 7 <= moment.astimezone(OFFICE).hour < 21


def every(start: datetime, end: datetime, step: timedelta) -> list[datetime]:
    found = []
    while start < end:
        found.append(start)
        start += step
    return found
