"""What an office sees and does about announcements that come again, and about the list of what will be sent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import announcement_plan_runs, announcement_plans, announcements
from models.database import Database
from models.days_off import OfficeCalendar
from models.messages import Button, unpack
from models.rules import Refusal
from models.rules.audiences import Audience
from models.rules.recurrence import WEEKLY, Recurrence
from models.rules.working_hours import WorkingTime
from models.tables import AnnouncementPlan, Audit, Outbox, Person, Role, Unit
from tests.announcing import POLICY
from tests.desk import WORDS, Desk, open_desk
from tests.office import at

PROVINCE = "Tỉnh Đoàn Đồng Tháp"
MONDAY = at("2026-11-23", "08:00")
RULE = Recurrence(WEEKLY, 1, MONDAY.time())


async def kept(desk: Desk, title: str = "Giao ban") -> int:
    """A plan of the province, of its coordinator Lê Quốc An."""
    async with desk.db.write() as session:
        unit = (await session.scalars(select(Unit).where(Unit.name == PROVINCE))).one()
        author = await person(session, "Lê Quốc An")
        body = {"text": f"{title} lúc 8 giờ.", "audience": Audience(units=(unit.id,)).as_dict()}
        made = await announcements.begin(session, unit, author, desk.now, body)
        draft = await announcements.find(session, made.id)
        assert draft is not None
        plan = await announcement_plans.keep(session, OfficeCalendar(), draft, title, RULE, by=author, now=desk.now)
        return plan.id


async def person(session: AsyncSession, name: str) -> int:
    return (await session.scalars(select(Person.id).where(Person.name == name))).one()


async def test_whoever_takes_over_learns_of_the_pause_and_lets_it_go_on(db: Database) -> None:
    desk = await open_desk(db)
    plan_id = await kept(desk)
    async with db.write() as session:
        unit_id = (await session.get_one(AnnouncementPlan, plan_id)).unit_id
        an, phuc = await person(session, "Lê Quốc An"), await person(session, "Mai Hồng Phúc")
        await session.execute(update(Role).where(Role.person_id == an).values(until=desk.now))
        session.add(Role(person_id=phuc, unit_id=unit_id, kind="coordinator", since=desk.now))
    await announcement_plan_runs.carry_out(db, OfficeCalendar(), POLICY, MONDAY)
    async with db.read() as session:
        row = (await session.scalars(select(Outbox).where(Outbox.once.startswith("announcement_plan:")))).one()
    told = unpack(row.body)
    assert row.address == "phuc"
    assert "Người lập lịch không còn phụ trách" in WORDS.say(told.key, told.values)
    desk.now = MONDAY + timedelta(hours=1)
    await desk.tap("phuc", told.buttons[0][0])
    assert "Đang tạm dừng" in desk.text("phuc")
    await desk.press("phuc", "Chạy tiếp")
    assert "từ nay mang tên anh/chị" in desk.text("phuc")
    assert "08:00 thứ Hai 30/11/2026" in desk.text("phuc")
    async with db.read() as session:
        assert (await session.get_one(AnnouncementPlan, plan_id)).person_id == phuc


async def test_a_button_of_an_older_card_changes_nothing(db: Database) -> None:
    desk = await open_desk(db)
    plan_id = await kept(desk)
    await desk.tap("an", Button("x", "announcement_plan.show", plan_id))
    old = {label: desk.button("an", label) for label in ("Tạm dừng", "Huỷ lịch")}
    await desk.press("an", "Huỷ lịch")
    sure = desk.button("an", "Huỷ hẳn")
    await desk.tap("an", old["Tạm dừng"])
    await desk.tap("an", sure)
    assert "Đang tạm dừng" in desk.text("an")
    await desk.tap("an", old["Tạm dừng"])
    assert await desk.count(AnnouncementPlan, AnnouncementPlan.ended_at.is_not(None)) == 0
    assert await desk.count(Audit, Audit.action == "announcement_plan.pause") == 1


async def test_a_plan_that_has_ended_is_not_there(db: Database) -> None:
    desk = await open_desk(db)
    plan_id = await kept(desk)
    await desk.tap("an", Button("x", "announcement_plan.end", plan_id))
    await desk.press("an", "Huỷ hẳn")
    for action in ("show", "pause", "resume", "edit", "end", "end_now"):
        with pytest.raises(Refusal) as no:
            await desk.tap("an", Button("x", f"announcement_plan.{action}", plan_id))
        assert no.value.key == "permission.not_found"


async def test_what_is_paused_while_the_clock_looks_is_not_sent(db: Database) -> None:
    desk = await open_desk(db)
    first, second = await kept(desk), await kept(desk, "Ra quân")

    class Pausing(OfficeCalendar):
        """Somebody pauses the second plan while the first is dealt with."""

        async def working_time(self, session: AsyncSession, now: datetime, years: int = 1) -> WorkingTime:
            plan = await session.get_one(AnnouncementPlan, second)
            if not plan.is_paused:
                await announcement_plans.pause(session, plan, now, by=None)
            return await super().working_time(session, now, years)

    await announcement_plan_runs.carry_out(db, Pausing(), POLICY, MONDAY)
    async with db.read() as session:
        plans = [await session.get_one(AnnouncementPlan, each) for each in (first, second)]
    assert [each.next_at for each in plans] == [MONDAY + timedelta(days=7), None]


async def test_the_list_has_pages_and_a_button_to_each_once(db: Database) -> None:
    desk = await open_desk(db)
    for number in range(4):
        await kept(desk, f"Việc {number}")
    async with db.read() as session:
        unit_id = (await session.scalars(select(Unit.id).where(Unit.name == PROVINCE))).one()
    screen = await desk.tap("an", Button("x", "announcement_schedule.list", unit_id, arg="0"))
    assert desk.text("an").count("🔁") == 5
    assert desk.text("an").count("<b>thứ Hai") == 2
    plans = [button.object for row in screen.buttons for button in row if button.action == "announcement_plan.show"]
    assert len(plans) == len(set(plans)) == 4
    assert len(desk.text("an").splitlines()) <= 14
    await desk.press("an", "Tiếp ›")
    assert desk.text("an").count("🔁") == 3
