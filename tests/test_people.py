"""Who is speaking, in two statements; roles with dates; names as hostile as they come."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import people, units
from models.database import Database
from models.rules import Refusal
from models.rules.folding import fold
from models.rules.names import folded_name, is_useful_name, read_person_name, tidy_name
from models.rules.permissions import Held, fields_of, may
from models.scopes import Scope
from models.tables import Account, Audit, Group, GroupUnit, Person, Talk, Unit
from tests.databases import counted

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


async def tree(session: AsyncSession) -> tuple[Unit, Unit, Unit]:
    root = await units.add(session, code="TW", name="Trung ương Đoàn", kind="central", parent=None)
    commune = await units.add(session, code="X", name="Đoàn xã Một", kind="commune", parent=root)
    team = await units.add(session, code="T", name="Đội Sen", kind="team", parent=commune)
    return root, commune, team


async def person(session: AsyncSession, name: str, *, at: str = "") -> Person:
    account, _, _, _ = await people.meet(session, "telegram", at or name, name, NOW)
    return await people.introduce(session, account, NOW)


async def test_a_stranger_is_written_down_and_known_the_next_time(db: Database) -> None:
    async with db.write() as session:
        account, who, actor, talk = await people.meet(session, "telegram", "5", "Lan", NOW)
        assert (who, actor.person_id, actor.roles, talk.flow) == (None, None, (), "")
        first = account.id
    async with db.write() as session:
        account, _, _, _ = await people.meet(session, "telegram", "5", "Lan", LATER)
        assert account.id == first
        assert account.seen_at == LATER
    async with db.read() as session:
        assert len((await session.scalars(select(Talk))).all()) == 1


async def test_somebody_known_costs_one_statement(db: Database) -> None:
    async with db.write() as session:
        _, commune, team = await tree(session)
        lan = await person(session, "Lan", at="5")
        await people.grant(session, lan.id, team.id, "leader", by=None, now=NOW)
        await people.grant(session, lan.id, commune.id, "coordinator", by=None, now=NOW)
    with counted(db) as seen:
        async with db.write() as session:
            _, who, actor, _ = await people.meet(session, "telegram", "5", "Lan", NOW)
    assert who is not None
    assert [(held.kind, held.path) for held in actor.roles] == [("leader", team.path), ("coordinator", commune.path)]
    asked = [statement for statement in seen if not statement.startswith("BEGIN")]
    assert len(asked) == 1, asked


async def test_an_officer_of_a_group_holds_the_role_in_each_unit_of_it_today_and_nowhere_else(db: Database) -> None:
    async with db.write() as session:
        root, commune, team = await tree(session)
        other = await units.add(session, code="Y", name="Đoàn xã Hai", kind="commune", parent=root)
        gone = await units.add(session, code="Z", name="Đoàn xã Ba", kind="commune", parent=root)
        group = Group(unit_id=root.id, kind="cluster", name="Cụm 1", name_folded="cum 1", created_at=NOW)
        session.add(group)
        await session.flush()
        today, tomorrow = NOW.date(), NOW.date() + timedelta(days=1)
        for unit, since, until in ((commune, today, None), (other, tomorrow, None), (gone, date(2026, 1, 1), today)):
            session.add(GroupUnit(group_id=group.id, unit_id=unit.id, since=since, until=until))
        lan = await person(session, "Lan", at="5")
        await people.grant(session, lan.id, root.id, "officer", by=None, now=NOW, scope=Scope(group.id))
    with counted(db) as seen:
        async with db.write() as session:
            *_, actor, _ = await people.meet(session, "telegram", "5", "Lan", NOW)
    assert actor.roles == (Held("officer", commune.id, commune.path),)
    assert may(actor, "report.read", team.path)
    assert not any(may(actor, "report.read", path) for path in (root.path, other.path, gone.path))
    assert len([statement for statement in seen if not statement.startswith("BEGIN")]) == 2
    async with db.read() as session:
        later = await people.actor_of(session, lan.id, NOW + timedelta(days=1))
    assert {held.path for held in later.roles} == {commune.path, other.path}


async def test_an_officer_of_two_fields_holds_both_and_either_ends_alone(db: Database) -> None:
    async with db.write() as session:
        root, _, team = await tree(session)
        lan = await person(session, "Lan", at="5")
        for field in ("y-te", "giao-duc", "y-te"):
            role, _ = await people.grant(
                session, lan.id, root.id, "officer", by=None, now=NOW, scope=Scope(field=field)
            )
        actor = await people.actor_of(session, lan.id, NOW)
        assert fields_of(actor, "report.read", team.path) == frozenset({"y-te", "giao-duc"})
        await people.end_role(session, role, by=None, now=NOW)
        await session.flush()
        assert fields_of(await people.actor_of(session, lan.id, NOW), "report.read", team.path) == frozenset(
            {"giao-duc"}
        )


async def test_a_role_holds_from_its_grant_until_its_end(db: Database) -> None:
    async with db.write() as session:
        _, _, team = await tree(session)
        lan = await person(session, "Lan")
        role, is_new = await people.grant(session, lan.id, team.id, "leader", by=None, now=NOW)
        assert is_new
        assert (await people.grant(session, lan.id, team.id, "leader", by=None, now=NOW))[1] is False
        await people.end_role(session, role, by=lan.id, now=LATER)
        await session.flush()
        assert len((await people.actor_of(session, lan.id, NOW)).roles) == 1
        assert (await people.actor_of(session, lan.id, LATER)).roles == ()
        assert await people.membership(session, role.id, LATER) is None
        _, is_new = await people.grant(session, lan.id, team.id, "leader", by=None, now=LATER)
        assert is_new
        await session.flush()
        deeds = (await session.scalars(select(Audit.action).order_by(Audit.id))).all()
    assert deeds == ["role.grant", "role.end", "role.grant"]


async def test_the_account_last_used_and_not_blocked_is_written_to(db: Database) -> None:
    async with db.write() as session:
        old, _, _, _ = await people.meet(session, "telegram", "5", "Lan", NOW)
        lan = await people.introduce(session, old, NOW)
        new, _, _, _ = await people.meet(session, "zalo", "z5", "Lan", LATER)
        new.person_id = lan.id
        await session.flush()
        assert await people.account_of(session, lan.id) is new
        new.unreachable = "blocked"
        await session.flush()
        assert await people.account_of(session, lan.id) is old
        old.unreachable = "blocked"
        await session.flush()
        assert await people.account_of(session, lan.id) is None
        await people.meet(session, "zalo", "z5", "Lan", LATER)
        assert new.unreachable == ""


async def test_whoever_answers_for_a_unit_is_found_upwards(db: Database) -> None:
    async with db.write() as session:
        root, commune, team = await tree(session)
        admin, cadre, lan, an = [await person(session, name) for name in ("Quản Trị", "Cán Bộ", "Lan", "An")]
        await people.grant(session, admin.id, root.id, "administrator", by=None, now=NOW)
        await people.grant(session, lan.id, team.id, "leader", by=None, now=NOW)
        await people.grant(session, an.id, team.id, "member", by=None, now=NOW)
        assert await people.heads_of(session, team, NOW) == [lan]
        assert await people.heads_above(session, team, NOW, but=an.id) == [lan]
        assert await people.heads_above(session, team, NOW, but=lan.id) == [admin]
        await people.grant(session, cadre.id, commune.id, "coordinator", by=None, now=NOW)
        assert await people.heads_above(session, team, NOW, but=lan.id) == [cadre]
        assert await people.heads_above(session, root, NOW, but=admin.id) == []
        assert await people.count_people(session, commune.path, NOW) == 3
        account = await people.account_of(session, an.id)
        assert account is not None
        account.unreachable = "blocked"  # has written, and cannot be written to any more
        await session.flush()
        assert await people.count_people(session, commune.path, NOW) == 3
        account.unreachable = people.NEVER_OPENED
        await session.flush()
        assert await people.count_people(session, commune.path, NOW) == 2
        assert await people.people_with_role(session, [team.id], ["leader", "member"], NOW) == [lan, an]


HOSTILE = [
    "",
    " ",
    "\x00",
    "Ng\u0000uyễn",
    "\u202eevil",
    "a\u200bb",
    "Nguye\u0302\u0303n Va\u0306n A",
    "👨‍👩‍👧‍👦" * 60,
    "Z\u0351" * 500,
    "\ud800 lone",
    "\ufdfa" * 200,
    "ß" * 120,
    "ﬃ" * 120,
    "'; DROP TABLE person; --",
    "<b>x</b>{{ 7*7 }}",
    "=HYPERLINK(1)",
    "a" * 5000,
    "line\nbreak\r\nname\u2028end",
]


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_are_kept_short_and_on_one_line(db: Database, name: str) -> None:
    async with db.write() as session:
        account, _, _, _ = await people.meet(session, "telegram", "5", name, NOW)
        who = await people.introduce(session, account, NOW)
    async with db.read() as session:
        kept = await session.get_one(Person, who.id)
        again = await session.scalar(select(Account).where(Account.person_id == who.id))
    assert again is not None
    assert "\n" not in kept.name
    assert len(kept.name) <= 120
    assert len(kept.name_folded) <= 120
    assert kept.name == again.name == tidy_name(name)


@given(st.text(st.characters(), max_size=300))
@settings(max_examples=3000, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_name_fits_and_is_found_however_it_is_composed(name: str) -> None:
    kept = tidy_name(name)
    assert len(kept) <= 120
    assert tidy_name(kept) == kept
    assert len(folded_name(kept)) <= 120
    assert fold(kept).startswith(folded_name(kept))
    kept.encode("utf-8")
    if is_useful_name(kept) and not any(char.isdigit() for char in kept):
        assert read_person_name(name) == kept
    else:
        with pytest.raises(Refusal, match=r"start\.name_unclear"):
            read_person_name(name)


def test_a_useless_name_is_asked_again() -> None:
    assert [is_useful_name(name) for name in ("", ".", "A", "🌸🌸", "12", "An", "李明")] == [False] * 5 + [True] * 2
