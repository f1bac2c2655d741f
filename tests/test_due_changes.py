"""A deadline that a coordinator moved: whom it reaches, who is told, what it does to the reminders and to on time."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import delete, select, update

from models import board, deadlines, due_changes, summary
from models.database import Database
from models.tables import Audit, DueChange, Obligation, PeriodRow, Role, Team, Unit
from models.zone import VIETNAM
from tests.office import Office, at, every, open_office
from tests.shipped import words_in

NOW = at("2026-11-20", "09:00")
MOVED = at("2026-11-28", "23:59:59")


@pytest.fixture
async def office(db: Database) -> Office:
    office = await open_office(db, decided_at=at("2026-11-01"))
    await office.tick(NOW)
    office.post.clear()
    return office


async def move(office: Office, unit_id: int, due: datetime = MOVED, now: datetime = NOW) -> int:
    period_id = await office.period()
    async with office.db.write() as session:
        unit, period = await session.get_one(Unit, unit_id), await session.get_one(PeriodRow, period_id)
        reason = "hạn cũ vào ngày nghỉ"
        return await due_changes.move(session, office.library, unit, period, due, reason, by=1, now=now)


async def moments(office: Office, now: datetime = NOW) -> dict[str, datetime]:
    async with office.db.read() as session:
        found = await deadlines.pending(session, now, period_id=await office.period())
    return {each.unit_name: each.deadline for each in found}


async def test_only_the_subtree_has_another_deadline(office: Office) -> None:
    was = (await moments(office))["Đội 0002"]
    await move(office, 2)
    assert await moments(office) == {"Đội 0001": MOVED, "Đội 0002": was, "Đội 0003": MOVED, "Đội 0004": was}
    async with office.db.read() as session:
        change = (await session.scalars(select(DueChange))).one()
        deeds = (await session.scalars(select(Audit.action).where(Audit.action == "due.move"))).all()
    assert (change.unit_id, change.was, change.due_at, len(deeds)) == (2, was, MOVED, 1)


async def test_whoever_still_owes_is_told_once_and_not_by_night(office: Office) -> None:
    await office.submit(office.teams[0], NOW)
    assert await move(office, 1, now=at("2026-11-20", "22:00")) == 3
    for now in every(at("2026-11-20", "22:00"), at("2026-11-21", "12:00"), timedelta(minutes=30)):
        await office.tick(now)
    news = [each for each in office.reminders() if each.message.key == "reminder.due_moved"]
    assert sorted(each.account for each in news) == office.teams[1:]
    assert {each.at for each in news} == {at("2026-11-21", "07:00")}
    assert {each.message.values["items"][0]["due"] for each in news} == {MOVED}
    assert {each.message.values["reason"] for each in news} == {"hạn cũ vào ngày nghỉ"}


async def test_reminders_follow_the_new_deadline(office: Office) -> None:
    await move(office, 1)
    for now in every(at("2026-11-21", "07:00"), at("2026-11-30", "12:00"), timedelta(hours=1)):
        await office.tick(now)
    mine = [each for each in office.reminders() if each.account == office.teams[0]]
    said = [(each.at, each.message.key) for each in mine if each.message.key != "reminder.due_moved"]
    # the new day is a Saturday: one step more on Friday, which is T-1 already
    assert said == [
        # T-7 is today: the news of 07:00 said it
        (at("2026-11-25", "08:00"), "reminder.before"),
        (at("2026-11-27", "08:00"), "reminder.before"),
        (at("2026-11-28", "08:00"), "reminder.today"),
        (at("2026-11-28", "16:00"), "reminder.today"),
        (at("2026-11-29", "08:00"), "reminder.late"),
    ]


async def test_filed_before_the_new_deadline_is_on_time_and_counted_apart(office: Office) -> None:
    await move(office, 1)
    await office.submit(office.teams[0], at("2026-11-27"))
    async with office.db.read() as session:
        counts = (await board.board(session, "/1/", await office.period(), at("2026-11-29"))).counts
    assert (counts.on_time, counts.late, counts.punctual) == (1, 0, 0)


async def test_a_team_confirmed_later_has_the_same_time_and_a_longer_extension_stays(office: Office) -> None:
    longer, period = at("2026-12-02", "23:59"), await office.period()
    async with office.db.write() as session:
        mine = update(Obligation).where(Obligation.period_id == period, Obligation.unit_id == office.teams[1])
        await session.execute(mine.values(extended_until=longer, extended_at=NOW))
        late = update(Team).where(Team.unit_id == office.teams[2])
        await session.execute(late.values(state="waiting"))
        gone = select(Obligation).where(Obligation.period_id == period, Obligation.unit_id == office.teams[2])
        await session.delete((await session.scalars(gone)).one())
    await move(office, 1)
    async with office.db.write() as session:
        decided = {"state": "confirmed", "decided_at": at("2026-11-22")}
        await session.execute(update(Team).where(Team.unit_id == office.teams[2]).values(**decided))
    await office.tick(at("2026-11-22", "10:00"))
    found = await moments(office)
    assert (found["Đội 0003"], found["Đội 0002"]) == (MOVED, longer)


async def test_word_to_the_offices_that_still_waits_at_nightfall_goes_out_in_the_morning(office: Office) -> None:
    async with office.db.write() as session:
        session.add(Role(person_id=office.teams[0], unit_id=2, kind="coordinator", since=at("2026-01-01")))
        await session.execute(delete(Role).where(Role.person_id == office.teams[0], Role.kind == "leader"))
    await move(office, 1, now=at("2026-11-20", "20:58"))

    def heard() -> list[datetime]:
        return [each.at for each in office.post if each.message.key == "due_change.told"]

    for clock in ("21:00", "23:30"):  # nobody could be reached before
        await office.tick(at("2026-11-20", clock))
        assert heard() == []
    await office.tick(at("2026-11-21", "07:00"))
    assert heard() == [at("2026-11-21", "07:00")]


async def said(office: Office, path: str, now: datetime = NOW) -> list[tuple[datetime, int]]:
    """What the head of a board says of the moved deadline."""
    async with office.db.read() as session:
        period = await office.period()
        found = await board.board(session, path, period, now)
        return [(each.due, each.units) for each in await due_changes.moved(session, period, found.owings)]


async def test_a_board_says_to_which_dates_for_how_many(office: Office) -> None:
    assert await said(office, "/1/") == []
    await move(office, 2)
    assert await said(office, "/1/") == [(MOVED, 2)]
    assert await said(office, "/1/2/") == [(MOVED, 2)]
    assert await said(office, "/1/3/") == []
    sooner = at("2026-11-27", "23:59:59")
    await move(office, 1, sooner)  # for all; whoever has longer keeps it
    assert await said(office, "/1/") == [(sooner, 2), (MOVED, 2)]


async def test_more_time_for_one_is_no_moved_deadline_and_whoever_is_excused_counts_nowhere(office: Office) -> None:
    period = await office.period()
    mine = [
        update(Obligation).where(Obligation.period_id == period, Obligation.unit_id == team) for team in office.teams
    ]
    async with office.db.write() as session:
        await session.execute(mine[1].values(extended_until=at("2026-12-02", "23:59"), extended_at=NOW))
        await session.execute(mine[2].values(waived="giải thể"))
    await move(office, 2)
    assert await said(office, "/1/") == [(MOVED, 1)]


async def test_the_sheet_of_the_month_says_it_too(office: Office) -> None:
    await move(office, 2)
    async with office.db.read() as session:
        found = await summary.summary(session, office.library, await office.period(), "/1/", NOW)
    assert found is not None
    assert [(each.due, each.units) for each in found.moved] == [(MOVED, 2)]
    values = {"starts": NOW, "ends": NOW, "due": NOW, "expected": 4, "filed": 0, "late": 0, "owed": 4}
    moved = [{"due": each.due, "units": each.units} for each in found.moved]
    words, key = words_in(VIETNAM), "export.how_far"
    assert "dời đến 23:59 thứ Bảy 28/11/2026 cho 2/4 nơi. Phải" in words.label(
        "export.how_far", values | {"moved": moved}
    )
    assert "dời" not in words.label(key, values | {"moved": []})
