"""A small province to try the bot in: real communes, a few teams, last month's reports.

What is in it is content/demo.yaml.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy.ext.asyncio import AsyncSession

from bot import programmes
from bot.channels.webchat import Persona
from bot.units import find_province, province_rows, root_row
from models import answers, deadlines, group_members, groups, people, reports, submissions, teams, units, webchat
from models import programmes as library
from models.database import Database
from models.programmes import Library
from models.rules.forms import Value
from models.rules.periods import Monthly, Period, local_day, period_at, period_of, previous_key
from models.rules.permissions import ADMINISTRATOR, COORDINATOR, MEMBER, OFFICER, SECRETARY, TEAM_WRITERS
from models.rules.teams import TeamCard
from models.tables import Account, Person, Unit
from models.zone import zone_of

PLAN = Path(__file__).parent / "content" / "demo.yaml"
CHANNEL = "webchat"


@dataclass(slots=True)
class World:
    """What has been built so far, by the short names of the plan."""

    session: AsyncSession
    plan: Mapping[str, Any]
    channel: str
    units: dict[str, Unit]
    people: dict[str, Person]


def read_plan(path: Path = PLAN) -> Mapping[str, Any]:
    plan: Mapping[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return plan


async def build(db: Database, now: datetime, plan: Mapping[str, Any], zone: tzinfo, channel: str = CHANNEL) -> None:
    """Build the province unless it is there already, as if it had been working since the start of last period."""
    async with db.write() as session:
        if await units.root(session) is not None:
            return
        current, previous = _periods(plan, now, zone)
        for programme in programmes.read_all():
            await library.store(session, programme.as_dict(), previous.opens)
        world = World(session, plan, channel, {}, {})
        await _units(world, previous.opens)
        await _people_and_teams(world, previous.opens)
        await _groups(world, previous.opens)
        await _reports(world, "previous", previous.due - timedelta(days=2))
        await _reports(world, "current", max(current.opens, now - timedelta(days=1)))
        await deadlines.open_periods(session, Library(), now)


def _periods(plan: Mapping[str, Any], now: datetime, zone: tzinfo) -> tuple[Period, Period]:
    """The period around `now` and the one before it, of the duty that the plan's reports are for."""
    duties = {f"{each.code}/{duty.code}": duty for each in programmes.read_all() for duty in each.duties}
    rule = duties[plan["duty"]].timing()
    assert isinstance(rule, Monthly)
    current = period_at(rule, local_day(now, zone), zone)
    key = previous_key(rule, current.key)
    assert key is not None
    return current, period_of(rule, key, zone)


async def _units(world: World, now: datetime) -> None:
    province = find_province(world.plan["province"])
    root = root_row()
    await units.load(world.session, [root, *province_rows(province, root.code)], now)
    for unit in await units.subtree(world.session, "/"):
        world.units[unit.name] = unit


async def _people_and_teams(world: World, then: datetime) -> None:
    for short, entry in world.plan["people"].items():
        world.people[short] = await _person(world, short, entry, then)
    office = next(iter(world.people.values())).id
    for entry in world.plan["teams"]:
        card = TeamCard(entry["name"], entry["decision"], entry["founded"], entry["members"])
        parent = world.units[entry["commune"]]
        registered = await teams.register(world.session, parent, card, by=office, confirmed=True, now=then)
        world.units[entry["name"]] = registered.unit
        for kind in (*TEAM_WRITERS, MEMBER):
            for short in entry.get(kind, ()):
                await people.grant(world.session, world.people[short].id, registered.unit.id, kind, by=office, now=then)
    offices = (
        (ADMINISTRATOR, "administrators"),
        (COORDINATOR, "coordinators"),
        (SECRETARY, "secretaries"),
        (OFFICER, "officers"),
    )
    for kind, plural in offices:
        for short, unit in world.plan.get(plural, {}).items():
            await people.grant(world.session, world.people[short].id, world.units[unit].id, kind, by=None, now=then)


async def _groups(world: World, then: datetime) -> None:
    """The clusters and blocks of the province, from that day on."""
    for entry in world.plan.get("groups", ()):
        owner = world.units[entry["of"]]
        group = await groups.make(world.session, owner, entry["kind"], entry["name"], by=None, now=then)
        ids = [world.units[name].id for name in entry["units"]]
        await group_members.admit(world.session, group, ids, local_day(then, zone_of(world.session)), by=None, now=then)


async def _person(world: World, short: str, entry: Mapping[str, Any], then: datetime) -> Person:
    if entry.get("phone", True):
        address = entry.get("address", short)
        account, *_ = await people.meet(world.session, world.channel, address, entry["name"], then)
    else:  # somebody who has not opened the bot yet
        account = Account(channel=world.channel, address=f"not-yet-{short}", name=entry["name"], seen_at=then)
        account.unreachable = people.NEVER_OPENED
        world.session.add(account)
        await world.session.flush()
    return await people.introduce(world.session, account, then)


async def _reports(world: World, month: str, then: datetime) -> None:
    """Write the reports that the plan has for a period, at a moment in it."""
    session, shelf = world.session, Library()
    listed: Sequence[Mapping[str, Any]] = world.plan["reports"].get(month, ())
    await deadlines.open_periods(session, shelf, then)
    await session.flush()
    for entry in listed:
        unit = world.units[entry["team"]]
        due = await reports.due_reports(session, [unit.id], then)
        writer = world.people[entry["by"]].id
        report_id = await reports.begin(session, due[0].owed.period_id, unit.id, person_id=writer, now=then)
        sheet = await reports.load(session, shelf, report_id)
        assert sheet is not None
        for code, number in entry["values"].items():
            answers.keep(session, sheet, code, Value(Decimal(number)), person_id=writer, now=then)
            await session.flush()
            sheet = await reports.load(session, shelf, report_id)
            assert sheet is not None
        if entry.get("submitted", True):
            answers.skip_open(session, sheet, person_id=writer, now=then)
            await submissions.submit(session, sheet, person_id=writer, at=then, now=then)
        await session.flush()


async def personas(db: Database, plan: Mapping[str, Any], now: datetime) -> Sequence[Persona]:
    """The phones that hold a role, as they hold it now, and those of the plan: a phone without one is a stranger's."""
    names = {short: entry["name"] for short, entry in plan["people"].items() if "role" in entry}
    async with db.read() as session:
        names |= {one["address"]: one["name"] for one in await webchat.phones(session)}
        held = await webchat.roles_held(session, CHANNEL, now)
    return [Persona(address, name, *_role_line(held.get(address))) for address, name in names.items()]


def _role_line(held: tuple[str, str] | None) -> tuple[str, str]:
    """Text key of the role, name of the unit."""
    return (f"role.{held[0]}", held[1]) if held else ("webchat.stranger_role", "")
