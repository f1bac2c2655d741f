"""Rounds of reporting on the real databases: who owes them, who is told what when, and nobody beyond the office."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy import select

from models import coming, deadlines, rounds
from models.database import Database
from models.rounds import Round, Wish
from models.rules.periods import END_OF_DAY, moment_of
from models.rules.rounds import Whom
from models.tables import Obligation, ProgrammeRow, Team, Unit
from models.zone import VIETNAM
from tests.office import Office, at, open_office

NOW = at("2026-11-20", "09:00")
TEAMS = Whom(("team",))


@pytest.fixture
async def office(db: Database) -> Office:
    office = await open_office(db, communes=2, teams=4)
    await office.tick(at("2026-11-01"), deliver=False)
    return office


async def opened(
    office: Office, whom: Whom = TEAMS, unit_id: int = 1, due: str = "2026-12-04", now: datetime = NOW
) -> tuple[Round, int]:
    async with office.db.write() as session:
        unit = await session.get_one(Unit, unit_id)
        choice = (await rounds.forms(session, office.library))[0]
        moment = moment_of(datetime.fromisoformat(due).date(), END_OF_DAY, VIETNAM)
        wish = Wish("Báo cáo ra quân", choice.programme_id, choice.form.code, whom, moment)
        return await rounds.open_round(session, office.library, unit, wish, by=1, now=now)


async def owers(office: Office, found: Round) -> list[int]:
    async with office.db.read() as session:
        wanted = select(Obligation.unit_id).where(Obligation.period_id == found.period.id).order_by(Obligation.unit_id)
        return list(await session.scalars(wanted))


async def states(office: Office, found: Round, now: datetime) -> dict[str, str]:
    async with office.db.read() as session:
        return {each.unit_name: each.state for each in await deadlines.pending(session, now, period_id=found.period.id)}


async def test_whoever_owes_a_round_is_told_once_and_by_day(office: Office) -> None:
    found, told = await opened(office, now=at("2026-11-20", "22:30"))
    assert (await owers(office, found), told) == (office.teams, 4)
    await office.deliver(at("2026-11-20", "22:31"))
    assert office.reminders() == []
    await office.deliver(at("2026-11-21", "07:00"))
    assert sorted(each.account for each in office.reminders()) == office.teams
    first = office.reminders()[0].message
    assert (first.key, first.values["by"]) == ("reminder.round", "Tỉnh Đoàn Đồng Tháp")
    assert first.values["items"][0]["title"] == "Báo cáo ra quân"


async def test_an_office_reaches_nobody_outside_its_subtree(office: Office) -> None:
    found, _ = await opened(office, unit_id=2)
    assert await owers(office, found) == office.teams[::2]
    async with office.db.read() as session:
        commune = await session.get_one(Unit, 2)
        picked = await rounds.of_units(session, commune, office.teams)
        assert len(picked.codes) == 2
        beside = (await session.scalars(select(Unit.code).where(Unit.id == office.teams[1]))).one()
    forged, _ = await opened(office, Whom(("team",), (*picked.codes, beside)), unit_id=2)
    assert await owers(office, forged) == office.teams[::2]


async def test_units_picked_by_hand_are_the_only_ones_that_owe(office: Office) -> None:
    async with office.db.read() as session:
        province = await session.get_one(Unit, 1)
        whom = await rounds.of_units(session, province, [3, office.teams[0]])
    assert whom.kinds == ("commune", "team")
    found, _ = await opened(office, whom)
    assert await owers(office, found) == [3, office.teams[0]]


async def test_a_team_confirmed_before_the_deadline_owes_an_open_round_too(office: Office) -> None:
    async with office.db.write() as session:
        (await session.get_one(Team, office.teams[0])).state = "waiting"
    found, _ = await opened(office)
    assert office.teams[0] not in await owers(office, found)
    async with office.db.write() as session:
        team = await session.get_one(Team, office.teams[0])
        team.state, team.decided_at = "confirmed", at("2026-11-25")
    await office.tick(at("2026-11-26"), deliver=False)
    assert await owers(office, found) == office.teams


async def test_the_preview_tells_how_many_owe_and_whom_nobody_can_tell(office: Office) -> None:
    async with office.db.read() as session:
        unit = await session.get_one(Unit, 1)
        choice = (await rounds.forms(session, office.library))[0]
        wish = Wish("Báo cáo ra quân", choice.programme_id, choice.form.code, Whom(("commune", "team")), NOW)
        found = await rounds.preview(session, office.library, unit, wish, NOW)
        assert (found.units, found.silent) == (6, 2)  # the communes have nobody yet
        assert (await session.scalars(select(ProgrammeRow.code).where(ProgrammeRow.code.startswith("DOT")))).all() == []


async def test_short_notice_leaves_only_the_steps_still_ahead(office: Office) -> None:
    """Opened on the 20th, due on the 22nd: the news of it, then the day before, the day itself, and after."""
    await opened(office, due="2026-11-22")
    team = office.teams[0]
    for day, clock in (("20", "09:30"), ("21", "07:30"), ("22", "08:00"), ("22", "16:00"), ("23", "07:30")):
        await office.tick(at(f"2026-11-{day}", clock))
    about = [
        each
        for each in office.reminders()
        if each.account == team and any(item["title"] == "Báo cáo ra quân" for item in each.message.values["items"])
    ]
    days = [each.at.astimezone(VIETNAM).strftime("%d %H:%M") for each in about]
    assert set(days) == {"20 09:30", "21 07:30", "22 08:00", "22 16:00", "23 07:30"}
    assert [each.message.key for each in about].count("reminder.round") == 1


async def test_a_moved_deadline_is_told_to_those_who_still_owe_and_keeps_what_was_filed(office: Office) -> None:
    found, _ = await opened(office)
    await office.deliver(NOW)
    duty, key = found.period.duty, found.period.key
    await office.submit(office.teams[0], NOW, key, duty=duty, DVC01=5)
    office.post.clear()
    async with office.db.write() as session:
        unit = await session.get_one(Unit, 1)
        again = await rounds.find(session, office.library, unit, found.period.id)
        assert again is not None
        told = await rounds.move(session, office.library, unit, again, at("2026-12-08", "23:59"), by=1, now=NOW)
    await office.deliver(NOW)
    assert (told, sorted(each.account for each in office.reminders())) == (3, office.teams[1:])
    assert {each.message.key for each in office.reminders()} == {"reminder.moved"}
    await office.tick(at("2026-12-05"), deliver=False)  # opening again must not open a second period
    async with office.db.read() as session:
        all_rounds = await rounds.rounds_of(session, office.library, await session.get_one(Unit, 1))
    assert [(each.period.key, each.period.id) for each in all_rounds] == [(key, found.period.id)]
    stands = await states(office, found, at("2026-12-06"))
    assert stands["Đội 0001"] == "submitted"


async def test_a_round_closed_early_is_owed_by_nobody_and_keeps_what_was_filed(office: Office) -> None:
    found, _ = await opened(office)
    await office.submit(office.teams[0], NOW, found.period.key, duty=found.period.duty, DVC01=5)
    async with office.db.write() as session:
        unit = await session.get_one(Unit, 1)
        freed = await rounds.close(session, unit, found, by=1, now=NOW)
    assert sorted(freed) == office.teams[1:]
    assert await states(office, found, NOW) == {
        "Đội 0001": "submitted", "Đội 0002": "waived", "Đội 0003": "waived", "Đội 0004": "waived"
    }  # fmt: skip
    await office.tick(at("2026-12-01"))
    assert not any(each.message.key == "reminder.round" for each in office.reminders())
    async with office.db.read() as session:
        listed = await rounds.rounds_of(session, office.library, await session.get_one(Unit, 1))
        assert [each.open for each in listed] == [False]


async def test_each_office_lists_its_own_rounds_and_every_round_has_its_own_number(office: Office) -> None:
    first, _ = await opened(office)
    second, _ = await opened(office)
    third, _ = await opened(office, unit_id=2)
    assert [each.period.duty for each in (first, second, third)] == ["DOT-1-1/BC", "DOT-1-2/BC", "DOT-2-1/BC"]
    async with office.db.read() as session:
        province, commune = await session.get_one(Unit, 1), await session.get_one(Unit, 2)
        assert {each.period.id for each in await rounds.rounds_of(session, office.library, province)} == {
            first.period.id,
            second.period.id,
        }
        assert await rounds.find(session, office.library, commune, first.period.id) is None
        forms = await rounds.forms(session, office.library)
        assert len({each.form.code for each in forms}) == len(forms)  # a round's copy is no further form


async def test_a_round_stands_in_nobody_elses_calendar(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db)
    await office.tick(at("2026-11-01"), deliver=False)
    before = await _coming(office)
    await opened(office)
    assert await _coming(office) == before


async def _coming(office: Office) -> list[str]:
    async with office.db.read() as session:
        return [each.title for each in await coming.coming(session, office.library, NOW)]
