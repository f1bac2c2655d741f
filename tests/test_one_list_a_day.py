"""Two duties due a day apart: one list a day says all of it, and nothing is forgotten by that."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from datetime import date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from models import rounds
from models.database import Database
from models.outbox import Settled, settle
from models.rounds import Round, Wish
from models.rules.periods import END_OF_DAY, moment_of
from models.rules.rounds import Whom
from models.tables import Outbox, Unit
from models.zone import VIETNAM
from tests.office import Office, at, every, open_office

MINUTES = timedelta(minutes=10)
MONTHS = (3, 5, 6, 7)  # whose 25th lies in no holiday


@pytest.fixture
async def office(db: Database) -> Office:
    office = await open_office(db, communes=1, teams=2, decided_at=at("2026-11-01"))
    await office.tick(at("2026-11-01"), deliver=False)
    return office


async def opened(office: Office, due: date, now: datetime, title: str = "Báo cáo ra quân") -> Round:
    async with office.db.write() as session:
        unit = await session.get_one(Unit, 1)
        choice = (await rounds.forms(session, office.library))[0]
        moment = moment_of(due, END_OF_DAY, VIETNAM)
        wish = Wish(title, choice.programme_id, choice.form.code, Whom(("team",)), moment)
        found, _ = await rounds.open_round(session, office.library, unit, wish, by=1, now=now)
        return found


async def lived(office: Office, start: datetime, end: datetime) -> list[tuple[datetime, list[str]]]:
    """What the first team's leader heard meanwhile: when, and of which periods."""
    office.post.clear()
    for now in every(start, end, MINUTES):
        await office.tick(now)
    mine = [each for each in office.reminders() if each.account == office.teams[0]]
    return [(each.at, sorted(item["key"] for item in each.message.values["items"])) for each in mine]


async def test_steps_of_one_day_at_two_hours_are_one_list(office: Office) -> None:
    await opened(office, date(2026, 11, 26), at("2026-11-10", "09:00"))
    await office.deliver(at("2026-11-10", "09:01"))
    both = ["2026-11", "2026-11-26"]
    assert await lived(office, at("2026-11-25", "07:00"), at("2026-11-25", "20:50")) == [
        (at("2026-11-25", "07:30"), both),  # the round is due tomorrow; the month today, of which 08:00 says no more
        (at("2026-11-25", "16:00"), both),
    ]
    assert await lived(office, at("2026-11-26", "07:00"), at("2026-11-26", "20:50")) == [
        (at("2026-11-26", "07:30"), both),
        (at("2026-11-26", "16:00"), both),
    ]


async def test_the_news_of_a_round_speaks_for_the_step_of_that_morning(office: Office) -> None:
    await opened(office, date(2026, 11, 26), at("2026-11-22", "07:10"))
    heard = await lived(office, at("2026-11-22", "07:10"), at("2026-11-22", "20:50"))
    assert heard == [(at("2026-11-22", "07:10"), ["2026-11", "2026-11-26"])]
    assert await lived(office, at("2026-11-23", "07:00"), at("2026-11-23", "07:20")) == []


async def test_a_list_of_which_nothing_is_left_speaks_for_no_other_one(office: Office) -> None:
    found = await opened(office, date(2026, 11, 26), at("2026-11-10", "09:00"))
    await office.deliver(at("2026-11-10", "09:01"))
    office.post.clear()
    await office.tick(at("2026-11-25", "07:30"), deliver=False)
    duty, key = found.period.duty, found.period.key
    for team in office.teams:
        await office.submit(team, at("2026-11-25", "07:40"), key, duty=duty)
    await office.tick(at("2026-11-25", "08:00"), deliver=False)  # the first list is on its way: nothing more is owed
    await office.deliver(at("2026-11-25", "08:01"))
    await office.tick(at("2026-11-25", "08:02"))
    assert [each.at for each in office.reminders()] == [at("2026-11-25", "08:02")] * 2


async def test_a_list_whose_fate_is_unclear_counts_as_heard(office: Office) -> None:
    await opened(office, date(2026, 11, 26), at("2026-11-10", "09:00"))
    await office.deliver(at("2026-11-10", "09:01"))
    office.post.clear()
    await office.tick(at("2026-11-25", "07:30"), deliver=False)
    async with office.db.write() as session:
        ready = (await session.scalars(select(Outbox.id).where(Outbox.state == "ready"))).all()
        await settle(session, [Settled(each, "unknown", at("2026-11-25", "07:31")) for each in ready])
    for now in every(at("2026-11-25", "07:40"), at("2026-11-25", "15:50"), MINUTES):
        await office.tick(now)
    assert office.reminders() == []


@pytest.mark.slow
async def test_months_with_rounds_and_outages_bring_one_list_a_day(sqlite_db: Database) -> None:
    chance = random.Random(20261126)
    office = await open_office(sqlite_db, communes=1, teams=2)
    clocks = [time(7), time(7, 30), time(8), time(9, 10), time(13), time(16), time(20)]
    ticks: set[datetime] = set()
    for month in MONTHS:
        due_day = date(2026, month, 25)
        last = due_day + timedelta(days=chance.choice((-2, -1, 1, 2)))
        opens = datetime.combine(last - timedelta(days=chance.randint(2, 9)), chance.choice(clocks), VIETNAM)
        waiting = True
        out = datetime.combine(due_day, time(), VIETNAM) + timedelta(hours=chance.uniform(-200, 20))
        for day in range(-9, 7):
            for clock in clocks:
                now = datetime.combine(due_day + timedelta(days=day), clock, VIETNAM)
                if waiting and now >= opens:
                    await opened(office, last, now, f"Đợt {month}")
                    waiting = False
                if not out <= now < out + timedelta(hours=40):
                    await office.tick(now)
                    ticks.add(now)
    _check(office, ticks)


def _check(office: Office, ticks: set[datetime]) -> None:
    heard: dict[tuple[int, date], list[list[date]]] = defaultdict(list)
    for each in office.reminders():
        if not each.message.values["by"]:  # the office's own news comes when the office gives it
            dues = [item["due"].astimezone(VIETNAM).date() for item in each.message.values["items"]]
            heard[each.account, each.at.astimezone(VIETNAM).date()].append(dues)
    for (_, day), lists in heard.items():
        assert len(lists) <= (2 if any(day in dues for dues in lists) else 1)
    worked = Counter(tick.date() for tick in ticks)
    for month in MONTHS:
        for team in office.teams:  # nobody files: whoever leads a team hears of the month on its last day
            day = date(2026, month, 25)
            if worked[day] == 7:
                assert any(day in dues for dues in heard[team, day])
