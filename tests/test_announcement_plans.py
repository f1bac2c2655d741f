"""Announcements that come again: once for each moment, whatever stops in between, in somebody's charge or not."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from models import (
    announcement_consent,
    announcement_limits,
    announcement_plan_runs,
    announcement_plans,
    announcement_runs,
    announcement_schedule,
    announcements,
    days_off,
)
from models.announcement_plans import Planned
from models.database import Database
from models.days_off import OfficeCalendar
from models.rules.announcing import AnnouncingPolicy
from models.rules.audiences import Audience
from models.rules.periods import local_day
from models.rules.recurrence import MONTHLY, WEEKLY, YEARLY, Recurrence
from models.tables import Announcement, AnnouncementPlan, Audit, Outbox, PeriodRow, Role, Unit
from models.zone import VIETNAM
from scheduler.jobs import tick
from tests.announcing import AUTHOR, POLICY, Sender
from tests.office import at, open_office

CALENDAR = OfficeCalendar()
START = at("2026-11-20", "09:00")  # a Friday
MONDAYS = Recurrence(WEEKLY, 1, time(8))


async def kept(db: Database, rule: Recurrence = MONDAYS, now: datetime = START, **body: Any) -> int:
    """A plan of the province to everybody below it."""
    about = {"text": "Giao ban thứ Hai.", "audience": Audience(units=(1,)).as_dict(), **body}
    async with db.write() as session:
        unit = await session.get_one(Unit, 1)
        made = await announcements.begin(session, unit, AUTHOR, now, about)
        draft = await announcements.find(session, made.id)
        assert draft is not None
        plan = await announcement_plans.keep(session, CALENDAR, draft, "Giao ban", rule, by=AUTHOR, now=now)
        return plan.id


async def carry_out(db: Database, now: datetime, policy: AnnouncingPolicy = POLICY) -> int:
    return await announcement_plan_runs.carry_out(db, CALENDAR, policy, now)


async def made(db: Database, plan_id: int) -> list[Announcement]:
    async with db.read() as session:
        mine = select(Announcement).where(Announcement.plan_id == plan_id, Announcement.occurs_at.is_not(None))
        return list(await session.scalars(mine.order_by(Announcement.id)))


async def plan_of(db: Database, plan_id: int) -> Planned:
    async with db.read() as session:
        found = await announcement_plans.find(session, plan_id)
        assert found is not None
        return found


async def days_of(db: Database, plan_id: int) -> list[date]:
    return [local_day(each.occurs_at, VIETNAM) for each in await made(db, plan_id) if each.occurs_at]


async def test_each_moment_of_a_year_makes_one_announcement(db: Database) -> None:
    await open_office(db, teams=2)
    plans = {
        WEEKLY: await kept(db),
        MONTHLY: await kept(db, Recurrence(MONTHLY, 31, time(7, 30))),
        YEARLY: await kept(db, Recurrence(YEARLY, 26, time(8), 3)),
    }
    now = START
    for _ in range(366 * 2):
        now += timedelta(hours=12)
        await carry_out(db, now)
        await carry_out(db, now)  # the same moment twice
    weekly = await days_of(db, plans[WEEKLY])
    assert (len(weekly), len(set(weekly))) == (52, 52)
    assert {day for day in weekly if day.isoweekday() != 1} == {date(2027, 2, 11), date(2027, 5, 4)}  # Tết, 1/5
    assert len(await days_of(db, plans[MONTHLY])) == 12
    assert await days_of(db, plans[YEARLY]) == [date(2027, 3, 26)]
    async with db.read() as session:
        off = [day for day, mark in (await CALENDAR.marks(session, (2026, 2027))).items() if mark.is_off]
    assert not {*weekly, *await days_of(db, plans[MONTHLY])} & set(off)


async def test_what_a_moment_makes_goes_out_to_everybody_of_that_day(db: Database) -> None:
    office = await open_office(db, teams=2)
    plan_id = await kept(db)
    monday = at("2026-11-23", "08:00")
    async with db.write() as session:  # somebody leaves before
        left = update(Role).where(Role.unit_id == office.teams[0]).values(until=monday - timedelta(hours=1))
        await session.execute(left)
    await carry_out(db, monday)
    await announcement_runs.carry_out(db, POLICY, monday)
    await Sender(db).send_all(monday)
    await announcement_runs.carry_out(db, POLICY, monday)
    async with db.read() as session:
        result = (await announcement_schedule.results(session, [plan_id]))[plan_id]
    assert (result.state, result.total, result.sent) == ("sent", 2, 2)  # the other leader, and the author
    (one,) = await made(db, plan_id)
    assert (one.text, one.expected, one.occurs_at) == ("Giao ban thứ Hai.", 2, monday)
    assert one.progress["account"] == AUTHOR


async def test_after_an_outage_one_comes_and_the_missed_are_counted(db: Database) -> None:
    await open_office(db, teams=1)
    plan_id = await kept(db)
    await carry_out(db, at("2026-11-23", "08:01"))
    await carry_out(db, at("2027-01-27", "10:00"))  # nine Mondays later
    assert await days_of(db, plan_id) == [date(2026, 11, 23), date(2027, 1, 25)]
    plan = (await plan_of(db, plan_id)).plan
    assert (plan.missed, plan.next_at) == (8, at("2027-02-01", "08:00"))
    await carry_out(db, at("2027-02-01", "08:00"))
    assert (await plan_of(db, plan_id)).plan.missed == 0


async def test_what_is_due_at_night_waits_for_the_morning(db: Database) -> None:
    await open_office(db, teams=1)
    plan_id = await kept(db)
    await carry_out(db, at("2026-11-24", "02:00"))  # an outage ended at night
    (one,) = await made(db, plan_id)
    assert (one.state, one.send_at) == ("planned", at("2026-11-24", "07:00"))


async def test_two_processes_at_one_moment_make_one(db: Database) -> None:
    await open_office(db, teams=2)
    plan_id = await kept(db)
    now = at("2026-11-23", "08:00")
    await asyncio.gather(*(carry_out(db, now) for _ in range(4)))
    assert len(await made(db, plan_id)) == 1


async def test_the_database_itself_takes_no_second_one_of_a_moment(db: Database) -> None:
    await open_office(db, teams=1)
    plan_id = await kept(db)
    await carry_out(db, at("2026-11-23", "08:00"))
    (one,) = await made(db, plan_id)
    with pytest.raises(IntegrityError):
        async with db.write() as session:
            twin = {"unit_id": 1, "plan_id": plan_id, "occurs_at": one.occurs_at, "created_at": START}
            session.add(Announcement(**twin))


async def test_a_clock_that_is_set_back_makes_nothing_twice(db: Database) -> None:
    await open_office(db, teams=1)
    plan_id = await kept(db)
    await carry_out(db, at("2026-11-23", "08:00"))
    async with db.write() as session:  # somebody lets it go on at an hour that comes again
        plan = await session.get_one(AnnouncementPlan, plan_id)
        await announcement_plans.pause(session, plan, START, by=AUTHOR)
        await announcement_plans.resume(session, CALENDAR, plan, by=AUTHOR, now=at("2026-11-23", "07:00"))
    await carry_out(db, at("2026-11-23", "08:00"))
    assert len(await made(db, plan_id)) == 1
    assert (await plan_of(db, plan_id)).plan.next_at == at("2026-11-30", "08:00")


async def test_a_day_that_becomes_a_holiday_makes_it_wait(db: Database) -> None:
    await open_office(db, teams=1)
    plan_id = await kept(db)
    async with db.write() as session:
        await days_off.mark(session, date(2026, 11, 23), True, "Nghỉ bù", by=AUTHOR, now=START)
    await carry_out(db, at("2026-11-23", "08:00"))
    assert await made(db, plan_id) == []
    assert (await plan_of(db, plan_id)).plan.next_at == at("2026-11-25", "08:00")  # the 24th is off too
    await carry_out(db, at("2026-11-25", "08:00"))
    assert await days_of(db, plan_id) == [date(2026, 11, 25)]


async def test_without_its_author_in_charge_it_pauses_and_the_office_is_told(db: Database) -> None:
    await open_office(db, teams=1)
    plan_id = await kept(db)
    async with db.write() as session:
        await session.execute(update(Role).where(Role.person_id == AUTHOR).values(until=START))
        heir = Role(person_id=4, unit_id=1, kind="coordinator", since=START)
        session.add(heir)
    now = at("2026-11-23", "08:00")
    await carry_out(db, now)
    await carry_out(db, now + timedelta(minutes=1))
    assert await made(db, plan_id) == []
    plan = (await plan_of(db, plan_id)).plan
    assert (plan.is_paused, plan.reason, plan.next_at) == (True, "author", None)
    async with db.read() as session:
        told = (await session.scalars(select(Outbox).where(Outbox.once.startswith("announcement_plan:")))).all()
    assert [(row.address, row.body["key"]) for row in told] == [("4", "announcement_plan.paused_by_itself")]
    async with db.write() as session:  # whoever took over lets it go on
        mine = await session.get_one(AnnouncementPlan, plan_id)
        await announcement_plans.resume(session, CALENDAR, mine, by=4, now=now)
    await carry_out(db, at("2026-11-30", "08:00"))
    assert [each.author_id for each in await made(db, plan_id)] == [4]


async def test_a_closed_unit_sends_nothing_any_more(db: Database) -> None:
    await open_office(db, teams=1)
    plan_id = await kept(db)
    async with db.write() as session:
        await session.execute(update(Unit).where(Unit.id == 1).values(closed_on=date(2026, 11, 22)))
    await carry_out(db, at("2026-11-23", "08:00"))
    assert (await plan_of(db, plan_id)).plan.reason == "closed"


async def test_each_time_a_second_person_is_asked_where_the_rules_say_so(db: Database) -> None:
    await open_office(db, teams=2)
    plan_id = await kept(db, link={"label": "Xem", "url": "https://bit.ly/x"})
    await carry_out(db, at("2026-11-23", "08:00"))  # nobody else is there to agree
    assert (await plan_of(db, plan_id)).plan.reason == "nobody"
    async with db.write() as session:
        session.add(Role(person_id=5, unit_id=1, kind="coordinator", since=START))
        plan = await session.get_one(AnnouncementPlan, plan_id)
        await announcement_plans.resume(session, CALENDAR, plan, by=AUTHOR, now=at("2026-11-23", "09:00"))
    await carry_out(db, at("2026-11-30", "08:00"))
    await carry_out(db, at("2026-12-07", "08:00"))
    assert [each.state for each in await made(db, plan_id)] == ["cancelled", "cancelled", "asked"]
    async with db.write() as session:
        told = (await session.scalars(select(Outbox.body).where(Outbox.once.like("announcement:%:asked")))).all()
        assert [each["key"] for each in told] == ["announcement_plan.asked"] * 2, "the author, each time"
        announced = await announcements.find(session, (await made(db, plan_id))[-1].id)
        assert announced is not None
        await announcement_consent.approve(session, announced, POLICY, 5, "Người 5", at("2026-12-07", "08:05"))
    await announcement_runs.carry_out(db, POLICY, at("2026-12-07", "08:10"))
    assert [each.state for each in await made(db, plan_id)][-1] == "sending"


@pytest.mark.parametrize(("day", "keys"), [(20, ["2026-11", "2026-12"]), (27, ["2026-11", "2026-12"])])
async def test_who_is_late_is_asked_of_another_period_each_time(db: Database, day: int, keys: list[str]) -> None:
    """Before the deadline of the 25th as after it: of the month in which it goes out."""
    office = await open_office(db, teams=2)
    await office.tick(START)
    audience = Audience(units=(1,), late=await office.period("2026-11"))
    start = at("2026-11-19", "09:00")
    plan_id = await kept(db, Recurrence(MONTHLY, day, time(8)), start, audience=audience.as_dict())
    for when in (f"2026-11-{day}", f"2026-12-{day}", f"2026-12-{day + 1}"):  # the 27th of December is a Sunday
        await tick(office.world, at(when, "08:00"))
    async with db.read() as session:
        late = [await session.get_one(PeriodRow, each.audience["late"]) for each in await made(db, plan_id)]
    assert [each.key for each in late] == keys


async def test_a_draft_is_kept_as_the_plan_it_words_anew(db: Database) -> None:
    await open_office(db, teams=1)
    plan_id = await kept(db)
    async with db.write() as session:
        planned = await announcement_plans.find(session, plan_id, held=True)
        assert planned is not None
        draft = await announcement_plans.reword(session, planned, by=AUTHOR, now=START)
        again = await announcement_plans.reword(session, planned, by=AUTHOR, now=START)
        assert draft.id == again.id
        await announcements.change(session, draft, START, text="Giao ban thứ Năm.")
        announced = await announcements.find(session, draft.id)
        assert announced is not None
        thursday = Recurrence(WEEKLY, 4, time(9))
        same = await announcement_plans.keep(
            session, CALENDAR, announced, "Giao ban", thursday, by=AUTHOR, now=START, replaces=planned
        )
        assert (same.id, draft.state) == (plan_id, "cancelled")
    await carry_out(db, at("2026-11-26", "09:00"))
    assert [(each.text, each.occurs_at) for each in await made(db, plan_id)] == [
        ("Giao ban thứ Năm.", at("2026-11-26", "09:00"))
    ]


async def test_what_comes_again_does_not_count_against_the_limit_of_a_day(db: Database) -> None:
    await open_office(db, teams=1)
    for _ in range(4):
        await kept(db)
    now = at("2026-11-23", "08:00")
    assert await carry_out(db, now) == 4
    async with db.read() as session:
        assert await announcement_limits.left_on(session, AUTHOR, POLICY, now) == POLICY.daily_limit


async def test_the_list_shows_all_that_will_be_sent_in_the_order_of_time(db: Database) -> None:
    await open_office(db, teams=1)
    weekly, yearly = await kept(db), await kept(db, Recurrence(YEARLY, 26, time(8), 3))
    paused, ended = await kept(db), await kept(db)
    async with db.write() as session:
        await announcement_plans.pause(session, await session.get_one(AnnouncementPlan, paused), START, by=AUTHOR)
        await announcement_plans.end(session, await session.get_one(AnnouncementPlan, ended), by=AUTHOR, now=START)
        unit = await session.get_one(Unit, 1)
        one = await announcements.begin(session, unit, AUTHOR, START, {"text": "Họp."})
        await announcement_runs.plan(session, one, expected=1, send_at=at("2026-11-25", "14:00"), now=START)
    async with db.read() as session:
        found = await announcement_schedule.listed(session, CALENDAR, "/1/", 14, START)
    shown = [(each.at, each.planned.plan.id if each.planned else 0) for each in found]
    assert shown == [
        (at("2026-11-23", "08:00"), weekly),
        (at("2026-11-25", "14:00"), 0),
        (at("2026-11-30", "08:00"), weekly),
        (at("2027-03-26", "08:00"), yearly),
        (None, paused),
    ]


async def test_every_deed_is_written_down(db: Database) -> None:
    await open_office(db, teams=1)
    plan_id = await kept(db)
    async with db.write() as session:
        plan = await session.get_one(AnnouncementPlan, plan_id)
        await announcement_plans.pause(session, plan, START, by=AUTHOR)
        await announcement_plans.resume(session, CALENDAR, plan, by=AUTHOR, now=START)
        await announcement_plans.end(session, plan, by=AUTHOR, now=START)
    async with db.read() as session:
        noted = select(Audit.action).where(Audit.object == f"announcement_plan:{plan_id}").order_by(Audit.id)
        assert [each.partition(".")[2] for each in await session.scalars(noted)] == ["keep", "pause", "resume", "end"]
