"""What is late goes up: to whom, when, once, and with what was said last."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import select, update

from models import days_off, merging, snoozes
from models.database import Database
from models.insertion import insert_once
from models.tables import Account, Extension, HandOver, Obligation, Outbox, Person, Role, RosterEntry
from tests.office import Delivered, Office, at, every, is_night, named, open_office

PROVINCE, COMMUNE = 1, 2
SECRETARY, CLERK = 901, 902  # at the first commune


@pytest.fixture
async def office(db: Database) -> Office:
    return await furnished(db)


async def furnished(db: Database) -> Office:
    """Two communes with two teams each; the first one has a secretary and a coordinator."""

    office = await open_office(db, decided_at=at("2026-11-01"))
    async with office.db.write() as session:
        for who, kind in ((SECRETARY, "secretary"), (CLERK, "coordinator")):
            await insert_once(session, Person, {"id": who, **named(f"Cán bộ {who}"), "created_at": at("2026-01-01")})
            chat = {"id": who, "channel": "webchat", "address": str(who), "person_id": who, "seen_at": at("2026-01-01")}
            await insert_once(session, Account, chat)
            role = {"person_id": who, "unit_id": COMMUNE, "kind": kind, "since": at("2026-01-01")}
            await insert_once(session, Role, role)
    await office.tick(at("2026-11-20"))
    return office


def lists(office: Office, who: int) -> list[Delivered]:
    return [each for each in office.post if each.kind == "escalation" and each.account == who]


def units_of(delivered: Delivered) -> list[str]:
    return [row["unit"] for row in delivered.message.values["rows"]]


async def run(office: Office, start: datetime, end: datetime) -> None:
    for now in every(start, end, timedelta(hours=1)):
        await office.tick(now)


async def test_after_three_days_the_office_above_and_its_secretary_hear_after_seven_the_province(
    office: Office,
) -> None:
    await run(office, at("2026-11-25", "08:30"), at("2026-12-06"))
    for who in (SECRETARY, CLERK):
        (only,) = lists(office, who)
        assert only.at == at("2026-11-28", "08:30")
        assert units_of(only) == ["Đội 0001", "Đội 0003"]
    first, second = lists(office, PROVINCE)  # the second commune has nobody: the province hears at once
    assert (first.at, units_of(first)) == (at("2026-11-28", "08:30"), ["Đội 0002", "Đội 0004"])
    assert (second.at, len(units_of(second))) == (at("2026-12-02", "08:30"), 4)


async def test_whoever_files_before_the_sending_stands_in_no_list(office: Office) -> None:
    await office.tick(at("2026-11-28", "08:30"), deliver=False)
    await office.submit(office.teams[0], at("2026-11-28", "08:31"))
    await office.deliver(at("2026-11-28", "08:32"))
    assert units_of(lists(office, CLERK)[0]) == ["Đội 0003"]


async def test_a_list_of_which_nothing_is_left_is_not_sent(office: Office) -> None:
    await office.tick(at("2026-11-28", "08:30"), deliver=False)
    for team in office.teams:
        await office.submit(team, at("2026-11-28", "08:31"))
    await office.deliver(at("2026-11-28", "08:32"))
    assert [each for each in office.post if each.kind == "escalation"] == []


async def test_the_same_tick_twice_owes_one_list(office: Office) -> None:
    for _ in range(2):
        await office.tick(at("2026-11-28", "08:30"), deliver=False)
    async with office.db.read() as session:
        keys = (await session.scalars(select(Outbox.once).where(Outbox.kind == "escalation"))).all()
    assert len(keys) == len(set(keys)) == 3


async def test_after_an_outage_over_both_steps_the_later_one_is_told_and_not_by_night(office: Office) -> None:
    await office.tick(at("2026-11-26"))
    await run(office, at("2026-12-02", "22:30"), at("2026-12-03", "12:00"))
    told = [each for each in office.post if each.kind == "escalation"]
    assert [(each.account, each.at, each.message.values["count"]) for each in told] == [
        (PROVINCE, at("2026-12-03", "07:30"), 4)
    ]
    assert not any(is_night(each.at) for each in told)


async def test_a_list_waits_for_the_end_of_a_holiday(office: Office) -> None:
    async with office.db.write() as session:
        for day in (28, 29, 30):
            await days_off.mark(session, date(2026, 11, day), True, "Lễ", by=1, now=at("2026-11-20"))
    await run(office, at("2026-11-26", "07:00"), at("2026-12-01", "20:00"))
    assert [each.at for each in lists(office, CLERK)] == [at("2026-12-01", "07:00")]


async def test_a_holiday_over_both_steps_keeps_neither_office_from_hearing(office: Office) -> None:
    async with office.db.write() as session:
        for day in range(26, 35):  # 28/11 and 02/12 lie within
            off = date(2026, 11, 26) + timedelta(days=day - 26)
            await days_off.mark(session, off, True, "Lễ", by=1, now=at("2026-11-20"))
    await run(office, at("2026-12-06", "18:00"), at("2026-12-09", "12:00"))
    assert [(each.at, units_of(each)) for each in lists(office, CLERK)] == [
        (at("2026-12-07", "07:00"), ["Đội 0001", "Đội 0003"])
    ]
    (only,) = lists(office, PROVINCE)  # both steps bring it the second commune's teams: each stands there once
    assert (only.at, only.message.values["count"], len(set(units_of(only)))) == (at("2026-12-07", "07:00"), 4, 4)


async def test_more_time_granted_moves_the_steps_along(office: Office) -> None:
    period = await office.period()
    async with office.db.write() as session:
        mine = update(Obligation).where(Obligation.period_id == period, Obligation.unit_id == office.teams[0])
        await session.execute(mine.values(extended_until=at("2026-11-29", "23:59"), extended_at=at("2026-11-26")))
    await run(office, at("2026-11-28", "08:30"), at("2026-12-03", "12:00"))
    assert [(each.at, units_of(each)) for each in lists(office, CLERK)] == [
        (at("2026-11-28", "08:30"), ["Đội 0003"]),
        (at("2026-12-02", "08:30"), ["Đội 0001"]),
    ]


async def test_the_last_answer_stands_beside_each_name(office: Office) -> None:
    one, two, three, _ = office.teams
    period, now = await office.period(), at("2026-11-27", "09:00")
    async with office.db.write() as session:
        found = await session.execute(select(Obligation.unit_id, Obligation.id).where(Obligation.period_id == period))
        obligations = {unit_id: obligation_id for unit_id, obligation_id in found}
        asked = {"obligation_id": obligations[one], "asked_by": one, "asked_at": now, "reason": "bận"}
        await insert_once(
            session, Extension, asked | {"wanted_until": at("2026-12-01"), "state": "asked", "version": 1}
        )
        await snoozes.put(session, one, at("2026-11-27", "19:00"), now - timedelta(hours=1))  # said before that
        gone = {"unit_id": two, "role": "leader", "from_person": two, "on_day": date(2026, 11, 27), "stays": False}
        await insert_once(session, HandOver, gone | {"state": "open", "reason": "", "created_at": now, "version": 1})
        await session.execute(update(Account).where(Account.id == three).values(unreachable="blocked"))
        entry = {
            "unit_id": three,
            "number": 1,
            **named("Người 6"),
            "duty": "leader",
            "since": now,
            "phone": "0912345678",
        }
        await insert_once(session, RosterEntry, entry | {"person_id": three, "note": "", "version": 1})
    await run(office, at("2026-12-02", "08:30"), at("2026-12-02", "09:00"))
    rows = {row["unit"]: row for row in lists(office, PROVINCE)[0].message.values["rows"]}
    assert (rows["Đội 0001"]["said"], rows["Đội 0001"]["until"]) == ("asked", at("2026-12-01"))
    assert (rows["Đội 0002"]["said"], rows["Đội 0002"]["head"]) == ("resigned", f"Người {two}")
    assert (rows["Đội 0003"]["reachable"], rows["Đội 0003"]["phone"]) == (False, "0912345678")
    assert (rows["Đội 0004"]["said"], rows["Đội 0004"]["phone"]) == ("nothing", "")


async def test_whoever_was_made_one_with_another_hears_nothing_twice_and_what_waits_still(office: Office) -> None:
    await office.tick(at("2026-11-28", "08:30"), deliver=False)
    async with office.db.write() as session:
        whole, gone = await session.get_one(Person, SECRETARY), await session.get_one(Person, CLERK)
        await merging._merge(session, whole, gone, at("2026-11-28", "08:31"))
        whole_to = update(Outbox).where(Outbox.once.endswith(f":person:{SECRETARY}"))  # only the one merged away waits
        await session.execute(whole_to.values(once="escalate:elsewhere"))
    await run(office, at("2026-11-28", "08:32"), at("2026-11-29", "08:00"))
    assert len(lists(office, CLERK)) == 1
    async with office.db.read() as session:
        keys = set(await session.scalars(select(Outbox.once).where(Outbox.kind == "escalation")))
    assert f"escalate:T+3:2026-11-25:person:{CLERK}" in keys
    assert f"escalate:T+3:2026-11-25:person:{SECRETARY}" not in keys
