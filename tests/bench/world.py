"""A province with thousands of teams whose leaders have Telegram accounts, in a fresh database; what a leader says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncSession

from bot import programmes
from bot.units import root_row
from bot.words import Words
from models import announcement_runs, announcements, deadlines, schema, units
from models import programmes as library
from models.database import Database
from models.programmes import Library
from models.rules.audiences import Audience
from models.rules.menus import menu_kind
from models.rules.names import folded_name
from models.rules.permissions import COORDINATOR, LEADER, Actor, Held
from models.rules.programmes import Programme
from models.rules.unit_list import UnitRow
from models.tables import Account, Announcement, Person, Role, Talk, Team, Unit
from models.zone import VIETNAM as OFFICE

FIRST_CHAT = 1_000_001  # the leaders' Telegram accounts are numbered from here on, in the order of the teams
COMMUNES = 40
LONG_AGO = timedelta(days=40)  # the plan and the teams are older than any step of a reminder

Script = list[tuple[str, str]]


async def make(file: Path, teams: int, now: datetime) -> None:
    """A new SQLite file with one province, its communes and `teams` confirmed teams, the periods of `now` opened."""
    db = Database(f"sqlite+aiosqlite:///{file}")
    try:
        await schema.migrate(db)
        await settle(db, teams, now)
    finally:
        await db.close()


async def settle(db: Database, teams: int, now: datetime) -> None:
    """The same in a database that is there already, at the newest schema."""
    async with db.write() as session:
        await library.store(session, the_plan().as_dict(), now - LONG_AGO)
        await _fill(session, teams, now - LONG_AGO)
    async with db.write() as session:
        await deadlines.open_periods(session, Library(), now)


async def _fill(session: AsyncSession, teams: int, then: datetime) -> None:
    root = root_row()
    province = UnitRow("P82", "Tỉnh Đoàn", "province", root.code)
    communes = [UnitRow(f"X{n:03d}", f"Đoàn xã {n}", "commune", province.code) for n in range(COMMUNES)]
    listed = [
        UnitRow(f"D{n:05d}", f"Đội hình số {n}", "team", communes[n * COMMUNES // teams].code) for n in range(teams)
    ]
    await units.load(session, [root, province, *communes, *listed], then, dry=False)
    made = [unit for unit in await units.subtree(session, "/1/") if unit.kind == "team"]
    made.sort(key=lambda unit: unit.code)
    session.add_all(
        Team(unit_id=unit.id, state="confirmed", members=12, registered_at=then, decided_at=then) for unit in made
    )
    await _leaders(session, made, then)


async def _leaders(session: AsyncSession, teams: Sequence[Unit], then: datetime) -> None:
    names = [f"Trưởng {unit.name}" for unit in teams]
    people = [Person(name=name, name_folded=folded_name(name), created_at=then) for name in names]
    session.add_all(people)
    await session.flush()
    accounts = []
    for number, (unit, person) in enumerate(zip(teams, people, strict=True)):
        session.add(Role(person_id=person.id, unit_id=unit.id, kind=LEADER, since=then))
        menu = menu_kind(Actor(person.id, (Held(LEADER, unit.id, unit.path),)))
        chat = str(FIRST_CHAT + number)
        accounts.append(
            Account(channel="telegram", address=chat, name=person.name, person_id=person.id, seen_at=then, menu=menu)
        )
    session.add_all(accounts)
    await session.flush()
    session.add_all(Talk(account_id=account.id, updated_at=then) for account in accounts)
    await session.flush()


async def sent_off(
    session: AsyncSession, text: str, now: datetime, *, chats: bool = False, is_urgent: bool = False
) -> Announcement:
    """An announcement to everybody, due now: written by one coordinator of the whole, agreed to by another; neither of
    the two gets it.
    """
    root = await units.root(session)
    assert root is not None
    office = [Person(name=name, name_folded=folded_name(name), created_at=now) for name in ("Lê Thị Tư", "Võ Văn Năm")]
    session.add_all(office)
    await session.flush()
    session.add_all(Role(person_id=each.id, unit_id=root.id, kind=COORDINATOR, since=now - LONG_AGO) for each in office)
    author, second = office
    audience = Audience(units=(root.id,), chats=chats, but_people=(author.id, second.id)).as_dict()
    made = await announcements.begin(session, root, author.id, now, {"text": text, "audience": audience})
    made.asks_proof, made.is_urgent, made.decided_by, made.decided_at = True, is_urgent, second.id, now
    await announcement_runs.plan(session, made, expected=0, send_at=now, now=now)
    return made


def the_plan() -> Programme:
    """The plan with a monthly report by the teams that comes with the program."""
    return next(plan for plan in programmes.read_all() if any("team" in duty.owed_by for duty in plan.duties))


def report_script() -> Script:
    """A leader's monthly report, 15 turns: open, begin, twelve numbers, send; each with what the answer must hold."""
    words = Words(ZoneInfo("Asia/Ho_Chi_Minh"))
    asked = the_plan().forms[0].indicators_for("team")
    count = len(asked)
    script = [("/baocao", f"0/{count}"), (f"[{words.label('report.button_begin')}]", f"1/{count}")]
    for position, indicator in enumerate(asked, start=1):
        script.append((str(indicator.example), f"{min(position + 1, count)}/{count}"))
    return [*script, (f"[{words.label('report.button_submit')}]", "✅")]


def questions() -> dict[str, Any]:
    """The same form for the bots that we are measured against."""
    script, form = report_script(), the_plan().forms[0]
    asked = [
        {name: str(getattr(each, name)) for name in ("code", "label", "short_label", "unit", "hint", "example")}
        for each in form.indicators_for("team")
    ]
    return {"title": form.title, "begin": script[1][0][1:-1], "submit": script[-1][0][1:-1], "asked": asked}


def reminder_moment(now: datetime) -> datetime:
    """The next moment at which the plan reminds everybody of the monthly report, three days before it is due."""
    plan = the_plan()
    step = next(step for step in plan.steps() if step.offset_days == -3)
    due_day = next(duty.rule["day"] for duty in plan.duties if duty.rule.get("kind") == "monthly")
    day = now.astimezone(OFFICE).date()
    while True:
        moment = datetime.combine(day, step.at, OFFICE) + timedelta(seconds=5)
        if moment > now and (day - timedelta(days=step.offset_days)).day == due_day:
            return moment.astimezone(UTC)
        day += timedelta(days=1)
