"""Units merge, split, close and move on a day: every period keeps its tree, its names and its sums."""

from __future__ import annotations

import asyncio
import json
import secrets
from datetime import date, datetime
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from handlers.unit_closed import refuse_closed
from models import board, group_members, groups, invitations, trees, unit_changes
from models.database import Database
from models.owings import Owing, pending
from models.people import actor_of, grant
from models.rules import Refusal
from models.rules.invitations import InvitationPolicy
from models.rules.permissions import may
from models.rules.unit_changes import CLOSE, MERGE, MOVE, RENAME, Plan
from models.summary import summary
from models.tables import Invitation, Obligation, Outbox, PeriodRow, RosterEntry, Unit, UnitChange
from models.unit_prospects import prospect
from scheduler.jobs import tick
from tests.office import Office, at, named, open_office

IS_MONTHLY = PeriodRow.duty == "DE-AN-CDS/BC-THANG"  # what the teams file
JULY = date(2026, 7, 1)
NOW = at("2026-07-05", "09:00")


@pytest.fixture
async def office(db: Database) -> Office:
    """Two communes (2, 3) of two teams each (4 and 6, 5 and 7), at work since May; all filed June."""
    office = await open_office(db, communes=2, teams=4)
    if not db.is_sqlite:  # the office was written with its own numbers
        async with db.write() as session:
            for table in ("unit", "person", "account", "role"):
                await session.execute(text(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), 1000)"))
    for day in ("2026-05-28", "2026-06-10", "2026-06-30"):
        await office.tick(at(day))
    for team in office.teams:
        await office.submit(team, at("2026-06-24"), "2026-06", LL02=team)
    return office


async def decide(office: Office, plan: Plan, now: datetime = NOW) -> UnitChange:
    async with office.db.write() as session:
        return await unit_changes.decide(session, plan, by=None, now=now)


async def shown(office: Office, key: str, path: str = "/1/", scope: str = "") -> dict[str, tuple[str, ...]]:
    """What a board lists: by branch, the names of the units that owe."""
    async with office.db.read() as session:
        period = (await session.scalars(select(PeriodRow.id).where(PeriodRow.key == key, IS_MONTHLY))).one()
        drawn = await board.board(session, path, period, at("2026-08-01"), scope)
    return {each.name: tuple(sorted(owing.unit_name for owing in each.owings)) for each in drawn.branches}


async def total(office: Office, key: str, code: str = "LL02", path: str = "/1/") -> Decimal | None:
    async with office.db.read() as session:
        period = (await session.scalars(select(PeriodRow.id).where(PeriodRow.key == key, IS_MONTHLY))).one()
        found = await summary(session, office.library, period, path, at("2026-09-01"))
    assert found is not None
    return found.total(code).number


async def unit_called(office: Office, name: str) -> Unit:
    async with office.db.read() as session:
        return (await session.scalars(select(Unit).where(Unit.name == name))).one()


async def test_two_communes_become_one_on_the_first_of_july(office: Office) -> None:
    assert await shown(office, "2026-07") == {"Xã 001": ("Đội 0001", "Đội 0003"), "Xã 002": ("Đội 0002", "Đội 0004")}
    await decide(office, Plan(MERGE, JULY, (2, 3), names=("Xã Mới",), under=1))
    new = await unit_called(office, "Xã Mới")
    assert await shown(office, "2026-06") == {"Xã 001": ("Đội 0001", "Đội 0003"), "Xã 002": ("Đội 0002", "Đội 0004")}
    assert await shown(office, "2026-07") == {"Xã Mới": ("Đội 0001", "Đội 0002", "Đội 0003", "Đội 0004")}
    # the successor's own office sees all of June too, by the communes of June
    assert await shown(office, "2026-06", new.path) == {
        "Xã 001": ("Đội 0001", "Đội 0003"),
        "Xã 002": ("Đội 0002", "Đội 0004"),
    }
    old = await unit_called(office, "Xã 001")
    assert (old.closed_on, old.successor_id, old.path) == (JULY, new.id, f"{new.path}2/")
    # looked down at from the province, June's commune has the teams it had then
    assert await shown(office, "2026-06", old.path, "/1/") == {"Đội 0001": ("Đội 0001",), "Đội 0003": ("Đội 0003",)}
    for team in office.teams:
        await office.submit(team, at("2026-07-25"), "2026-07", LL02=team)
    assert await total(office, "2026-06") == await total(office, "2026-07") == sum(office.teams)


async def test_two_teams_become_one_and_the_year_adds_up(office: Office) -> None:
    """Team 4 filed July early, team 6 had only begun; both become a new team on 10 July."""
    await office.submit(4, at("2026-07-03"), "2026-07", LL02=3)
    draft = await office.begin(6, at("2026-07-03"), "2026-07")
    await decide(office, Plan(MERGE, date(2026, 7, 10), (4, 6), names=("Đội Chung",), under=2), at("2026-07-10"))
    new = await unit_called(office, "Đội Chung")
    owed = {each.unit_name: each.state for each in await owings_of(office, "2026-07")}
    assert owed["Đội Chung"] == "missing"
    assert (owed["Đội 0001"], owed["Đội 0003"]) == ("submitted", "waived")
    assert owed["Đội 0002"] == owed["Đội 0004"] == "missing"
    async with office.db.read() as session:
        waived = await session.scalar(select(Obligation.waived).where(Obligation.unit_id == 6, Obligation.waived != ""))
        leader = await actor_of(session, 6, at("2026-07-11"))
        told = (await session.scalars(select(Outbox).where(Outbox.once.startswith("unit_change:")))).all()
    assert waived == "→ Đội Chung"
    assert [(held.unit_id, held.kind) for held in leader.roles] == [(new.id, "leader")]
    assert may(leader, "report.read", (await unit_called(office, "Đội 0003")).path)
    assert not may(leader, "report.write", (await unit_called(office, "Đội 0003")).path)
    assert sorted(row.body["account"] for row in told) == [4, 6]
    assert f'"report.view", {draft}' in json.dumps(told[0].body, ensure_ascii=False)
    await office.submit(new.id, at("2026-07-25"), "2026-07", LL02=20)
    assert await total(office, "2026-07") == 23
    assert await total(office, "2026-06") == 4 + 5 + 6 + 7
    assert await shown(office, "2026-07", "/1/2/") == {"Đội Chung": ("Đội 0001", "Đội Chung")}


async def test_a_merger_told_after_everybody_had_filed_leaves_nothing_owed(office: Office) -> None:
    for team in office.teams:
        await office.submit(team, at("2026-07-25"), "2026-07", LL02=1)
    await office.tick(at("2026-08-04"))
    await decide(office, Plan(MERGE, JULY, (4, 6), names=("Đội Chung",), under=2), at("2026-08-05"))
    await office.tick(at("2026-08-05", "10:00"))
    states = {each.unit_name: each.state for each in await owings_of(office, "2026-07")}
    assert (states["Đội Chung"], states["Đội 0001"]) == ("waived", "submitted")
    assert {each.unit_name: each.state for each in await owings_of(office, "2026-08")}["Đội Chung"] == "missing"
    assert await total(office, "2026-07") == 4


async def test_a_year_with_a_merger_in_it_has_the_sum_of_its_months(office: Office) -> None:
    months = ("2026-06", "2026-07", "2026-08")
    await decide(office, Plan(MERGE, JULY, (2,), into=3))
    await decide(office, Plan(MERGE, date(2026, 8, 1), (4,), into=6), at("2026-08-01"))
    await office.tick(at("2026-08-02"))
    for team in (5, 6, 7):
        await office.submit(team, at("2026-07-25"), "2026-07", LL02=10)
        await office.submit(team, at("2026-08-24"), "2026-08", LL02=100)
    await office.submit(4, at("2026-07-25"), "2026-07", LL02=10)
    assert [await total(office, key) for key in months] == [22, 40, 300]
    assert set(await shown(office, "2026-06")) == {"Xã 001", "Xã 002"}
    assert set(await shown(office, "2026-07")) == set(await shown(office, "2026-08")) == {"Xã 002"}


async def test_nobody_reaches_what_the_preview_did_not_say(office: Office) -> None:
    """Communes 2 and 3 merge: their coordinators reach both, a team's leader only what was theirs."""
    async with office.db.write() as session:
        for who, unit in ((4, 2), (5, 3)):
            await grant(session, who, unit, "coordinator", by=None, now=at("2026-06-01"))
    async with office.db.read() as session:
        paths = {unit.id: unit.path for unit in await session.scalars(select(Unit))}
        before = {who: await reach(session, who, paths) for who in (1, 4, 5, 6, 7)}
    async with office.db.write() as session:
        plan = Plan(MERGE, JULY, (2, 3), names=("Xã Mới",), under=1)
        said = (await prospect(session, plan, NOW)).bequest
        assert set(said.continuing) == {"Người 4", "Người 5"}
        await unit_changes.decide(session, plan, by=1, now=NOW)
    async with office.db.read() as session:
        paths = {unit.id: unit.path for unit in await session.scalars(select(Unit))}
        after = {who: await reach(session, who, paths) for who in (1, 4, 5, 6, 7)}
    new = max(paths)
    assert after[4] == after[5] == before[4] | before[5] | {new}
    assert (after[6], after[7]) == (before[6], before[7])
    assert after[1] == before[1] | {new}


async def reach(session: AsyncSession, who: int, paths: dict[int, str]) -> set[int]:
    actor = await actor_of(session, who, NOW)
    return {unit for unit, path in paths.items() if may(actor, "unit.read", path)}


async def test_a_planned_change_waits_for_its_day_and_two_processes_do_it_once(office: Office) -> None:
    day = date(2026, 8, 1)
    row = await decide(office, Plan(MERGE, day, (2, 3), names=("Xã Mới",), under=1), at("2026-07-10"))
    assert row.state == "planned"
    await tick(office.world, at("2026-07-31", "23:59"))
    assert (await unit_state(office, 2)).closed_on is None
    await asyncio.gather(*(tick(office.world, at("2026-08-01", "00:01")) for _ in range(4)))
    async with office.db.read() as session:
        made = (await session.scalars(select(Unit).where(Unit.name == "Xã Mới"))).all()
        done = (await session.scalars(select(UnitChange))).one()
        told = (await session.scalars(select(Outbox).where(Outbox.once.startswith("unit_change:")))).all()
    assert (len(made), done.state) == (1, "done")
    assert (await unit_state(office, 2)).closed_on == day
    assert len({each.once for each in told}) == len(told) == 4  # the leaders of the four teams
    assert {each.due_at for each in told} == {at("2026-08-01", "07:00")}


async def test_what_can_no_longer_be_done_is_called_off_and_its_planner_told(office: Office) -> None:
    async with office.db.write() as session:
        plan = Plan(RENAME, date(2026, 8, 1), (4,), names=("Đội Sen",))
        await unit_changes.decide(session, plan, by=1, now=at("2026-07-10"))
        await unit_changes.decide(session, Plan(CLOSE, date(2026, 7, 20), (4,)), by=1, now=at("2026-07-20"))
    await tick(office.world, at("2026-08-01", "08:00"))
    async with office.db.read() as session:
        states = (await session.scalars(select(UnitChange.state).order_by(UnitChange.id))).all()
        told = await session.scalar(select(Outbox).where(Outbox.once.contains(":failed:")))
    assert states == ["cancelled", "done"]
    assert told is not None
    assert told.body["values"]["problem"] == "unit_change.closed"


async def test_a_team_moves_with_its_reports_and_each_period_lists_it_where_it_was(office: Office) -> None:
    await decide(office, Plan(MOVE, JULY, (4,), into=3))
    assert await shown(office, "2026-06") == {"Xã 001": ("Đội 0001", "Đội 0003"), "Xã 002": ("Đội 0002", "Đội 0004")}
    assert await shown(office, "2026-07") == {"Xã 001": ("Đội 0003",), "Xã 002": ("Đội 0001", "Đội 0002", "Đội 0004")}
    # commune 2 no longer sees what is another's today; the province sees it there in June
    assert await shown(office, "2026-06", "/1/2/") == {"Đội 0003": ("Đội 0003",)}
    assert await shown(office, "2026-06", "/1/2/", "/1/") == {"Đội 0001": ("Đội 0001",), "Đội 0003": ("Đội 0003",)}
    assert await shown(office, "2026-06", "/1/3/", "/1/") == {"Đội 0002": ("Đội 0002",), "Đội 0004": ("Đội 0004",)}


async def test_old_names_stay_on_old_reports_and_find_the_unit(office: Office) -> None:
    await decide(office, Plan(RENAME, JULY, (4,), names=("Đội Sen Hồng",)))
    await decide(office, Plan(MERGE, JULY, (2,), into=3))
    june, july = await shown(office, "2026-06"), await shown(office, "2026-07")
    assert "Đội 0001" in june["Xã 001"]
    assert "Đội Sen Hồng" in july["Xã 002"]
    async with office.db.read() as session:
        found = [(each.unit.id, each.name) for each in await trees.former(session, "/1/", "doi 0001", None, 5)]
        communes = [(each.unit.id, each.name) for each in await trees.former(session, "/1/", "xã 001", None, 5)]
        nothing = await trees.former(session, "/9/", "doi 0001", None, 5)
        assert await trees.name_on(session, await session.get_one(Unit, 4), date(2026, 6, 30)) == "Đội 0001"
        tree = await trees.tree_on(session, date(2026, 6, 30), "/1/")
    assert (found, communes, nothing) == ([(4, "Đội 0001")], [(3, "Xã 001")], [])
    assert (tree[4].name, tree[4].parent_id) == ("Đội 0001", 2)


async def test_groups_codes_and_hand_overs_go_to_the_heir(office: Office) -> None:
    async with office.db.write() as session:
        province = await session.get_one(Unit, 1)
        clusters = [
            await groups.make(session, province, "cluster", f"Cụm {n}", by=None, now=at("2026-05-01")) for n in (1, 2)
        ]
        for cluster, commune in zip(clusters, (2, 3), strict=True):
            await group_members.admit(session, cluster, [commune], date(2026, 5, 1), by=None, now=at("2026-05-01"))
        issued = await invitations.issue(
            session, await session.get_one(Unit, 2), "coordinator", by=None, policy=InvitationPolicy(),
            random=secrets.randbelow, now=NOW,
        )  # fmt: skip
        plan = Plan(MERGE, JULY, (2, 3), names=("Xã Mới",), under=1)
        said = (await prospect(session, plan, NOW)).bequest
        assert (said.groups, said.invitations) == (2, 1)
        await unit_changes.decide(session, plan, by=None, now=NOW)
    new = await unit_called(office, "Xã Mới")
    async with office.db.read() as session:
        for cluster, commune in zip(clusters, (2, 3), strict=True):
            assert [u.id for u in await groups.units_of(session, cluster.id, date(2026, 6, 30))] == [commune]
        now_in = [[u.id for u in await groups.units_of(session, each.id, JULY)] for each in clusters]
        invitation = await session.get_one(Invitation, issued.invitation.id)
    assert now_in == [[new.id], []]  # of two clusters of one owner, that of the unit named first
    assert (invitation.unit_id, invitation.revoked_at) == (new.id, None)


async def test_the_lists_of_members_become_one_and_whoever_stands_in_both_stands_once(office: Office) -> None:
    async with office.db.write() as session:
        for team, number, name, born in (
            (4, 1, "Nguyễn Thị Lan", 2001),
            (6, 1, "Trần Hoà", 2003),
            (6, 2, "Nguyễn Thị Lan", 2001),
        ):
            session.add(
                RosterEntry(unit_id=team, number=number, duty="member", since=NOW, birth_year=born, **named(name))
            )
    await decide(office, Plan(MERGE, JULY, (4, 6), names=("Đội Chung",), under=2))
    new = await unit_called(office, "Đội Chung")
    async with office.db.read() as session:
        lines = (await session.scalars(select(RosterEntry).order_by(RosterEntry.id))).all()
    assert [(each.number, each.name) for each in lines if each.unit_id == new.id] == [
        (1, "Nguyễn Thị Lan"),
        (2, "Trần Hoà"),
    ]
    assert all(each.until is not None for each in lines if each.unit_id in (4, 6))


def test_what_was_closed_is_read_and_no_longer_worked_with() -> None:
    unit = Unit(id=2, name="Xã 001", closed_on=JULY)
    refuse_closed(unit, "report.read")
    with pytest.raises(Refusal) as no:
        refuse_closed(unit, "unit.invite")
    assert no.value.key == "unit_change.closed"


async def owings_of(office: Office, key: str) -> list[Owing]:
    async with office.db.read() as session:
        period = (await session.scalars(select(PeriodRow.id).where(PeriodRow.key == key, IS_MONTHLY))).one()
        return await pending(session, at("2026-08-10"), path="/1/", period_id=period)


async def unit_state(office: Office, unit_id: int) -> Unit:
    async with office.db.read() as session:
        return await session.get_one(Unit, unit_id)
