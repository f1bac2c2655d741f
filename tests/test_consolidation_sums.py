"""The sums of a report made of reports: as the plain rules say whatever changed, each report where it was filed."""

from __future__ import annotations

import random
from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from models import reports, trees, unit_changes
from models.database import Database
from models.reports import Sheet
from models.rules import Refusal
from models.rules.consolidation import Piece, Place, add_parts, held_by, uncovered
from models.rules.forms import Indicator, Value
from models.rules.totals import Total
from models.rules.trees import ids_of
from models.rules.unit_changes import MERGE, MOVE, Plan
from models.tables import Answer, PeriodRow, Report, Role, Unit
from tests.office import MONTHLY, Office, at, open_office

MONTH, YEARLY, TOP = "DE-AN-CDS/BC-THANG-XA", "DE-AN-CDS/BC-NAM", "DE-AN-CDS/BC-NAM-TINH"
CHAIN = {YEARLY: [MONTH, MONTHLY], TOP: [YEARLY, MONTH, MONTHLY]}
MONTHS = ("2026-05", "2026-06", "2026-07", "2026-08")
JULY = date(2026, 7, 1)
NOW = at("2026-08-28")


@pytest.fixture
async def office(db: Database) -> Office:
    """A province (1), communes 2 to 4 with coordinators, two teams each (5 and 8 in commune 2, 6 and 9 in 3, …)."""
    office = await open_office(db, communes=3, teams=6, levels=True)
    async with db.write() as session:
        for unit in (2, 3, 4):
            session.add(Role(person_id=unit + 3, unit_id=unit, kind="coordinator", since=at("2026-01-02")))
    for month in ("2026-05", "2026-06", "2026-07", "2026-08"):
        await office.tick(at(f"{month}-20"), deliver=False)
    return office


async def the_year(office: Office, unit: int) -> Sheet:
    period = await office.period("2026", TOP if unit == 1 else YEARLY)
    async with office.db.write() as session:
        report_id = await reports.begin(session, period, unit, person_id=1, now=NOW)
        sheet = await reports.load(session, office.library, report_id)
    assert sheet is not None
    return sheet


async def amount(office: Office, unit: int, code: str = "DVC01") -> Decimal | None:
    sheet = await the_year(office, unit)
    assert sheet.parts is not None
    return sheet.parts.total(sheet.form.indicator(code)).number


async def move(office: Office, team: int, into: int, day: date = JULY) -> None:
    async with office.db.write() as session:
        await unit_changes.decide(session, Plan(MOVE, day, (team,), into=into), by=1, now=NOW)


# --- by the plain rules -----------------------------------------------------------------------------------------------


async def plain(session: AsyncSession, unit_id: int, indicators: list[Indicator]) -> dict[str, Total]:
    """The same with every filed report read one by one."""
    duty = TOP if unit_id == 1 else YEARLY
    year = (await session.scalars(select(PeriodRow).where(PeriodRow.duty == duty, PeriodRow.key == "2026"))).one()
    found: list[tuple[int, Place, bool]] = []
    for level, name in enumerate(CHAIN[duty]):
        rows = select(Report, PeriodRow, Unit).join(PeriodRow, PeriodRow.id == Report.period_id)
        rows = rows.join(Unit, Unit.id == Report.unit_id).where(PeriodRow.duty == name)
        for report, period, unit in (await session.execute(rows)).all():
            if year.starts_on <= period.ends_on <= year.ends_on and report.submitted_at and report.state != "returned":
                path = await _path(session, unit, period.ends_on)
                left = unit_id not in ids_of(await _path(session, unit, year.ends_on))
                if unit_id in ids_of(path):
                    found.append((report.id, Place(path, period.starts_on, period.ends_on, level), left))
    counted = [each for each, is_part in zip(found, uncovered([each[1] for each in found]), strict=True) if is_part]
    values: dict[tuple[int, str], Value] = {}
    for row in await session.scalars(select(Answer)):
        values[row.report_id, row.indicator] = Value(row.number, row.denominator)
    return {
        each.code: add_parts(
            each, [Piece(place, values.get((report, each.code), Value()), left) for report, place, left in counted]
        )
        for each in indicators
    }


async def _path(session: AsyncSession, unit: Unit, day: date) -> str:
    past = (await trees.pasts_after(session, day)).get(unit.id)
    if past is None:
        return unit.path
    young = set(await session.scalars(select(Unit.id).where(Unit.opened_on > day))) & set(ids_of(unit.path))
    ceased = select(Unit.path).where(Unit.closed_on.is_not(None), Unit.id.in_(ids_of(past.path)))
    taken_over = {each for path in await session.scalars(ceased) for each in ids_of(path)}
    return held_by(past.path, young | taken_over) if past.path != unit.path else unit.path


class Chance:
    """Files, corrects, sends back, moves and merges, as it comes."""

    def __init__(self, office: Office, seed: int) -> None:
        self.office, self.random = office, random.Random(seed)

    async def deed(self, session: AsyncSession, indicators: list[Indicator]) -> None:
        kind = self.random.choices(("team", "month", "year", "change", "flip", "move", "merge"), (9, 3, 1, 4, 3, 1, 1))
        match kind[0]:
            case "team":
                await self.file(session, MONTHLY, self.random.randrange(5, 11), indicators)
            case "month":
                await self.file(session, MONTH, self.random.randrange(2, 5), indicators)
            case "year":
                await self.file(session, YEARLY, self.random.randrange(2, 5), indicators)
            case "move" | "merge":
                await self.change_units(session, kind[0])
            case _:
                await self.change_report(session, kind[0])

    async def file(self, session: AsyncSession, duty: str, unit: int, indicators: list[Indicator]) -> None:
        key = "2026" if duty == YEARLY else self.random.choice(MONTHS)
        known = select(Report.id).join(PeriodRow, PeriodRow.id == Report.period_id)
        if await session.scalar(known.where(PeriodRow.duty == duty, PeriodRow.key == key, Report.unit_id == unit)):
            return
        some = self.random.sample(indicators, self.random.randrange(len(indicators)))
        values = {each.code: (self.number(), self.number()) if each.is_rate else self.number() for each in some}
        await self.office.filed(session, unit, NOW, key, duty=duty, **values)

    def number(self) -> Decimal | None:
        return None if self.random.random() < 0.1 else Decimal(self.random.randrange(10**6)) / 1000

    async def change_report(self, session: AsyncSession, kind: str) -> None:
        filed = (await session.scalars(select(Report).where(Report.submitted_at.is_not(None)))).all()
        if not filed:
            return
        report = self.random.choice(filed)
        report.version += 1
        if kind == "flip":
            report.state = "submitted" if report.state == "returned" else "returned"
            return
        for row in await session.scalars(select(Answer).where(Answer.report_id == report.id)):
            row.number = self.number()

    async def change_units(self, session: AsyncSession, kind: str) -> None:
        day = date(2026, 5, 1) + timedelta(days=self.random.randrange(115))
        units, into = [self.random.randrange(5, 11)], self.random.randrange(2, 5)
        if kind == "merge":
            units, into = [self.random.randrange(2, 5)], self.random.randrange(2, 5)
        try:
            async with session.begin_nested():
                plan = Plan(MOVE if kind == "move" else MERGE, day, tuple(units), into=into)
                await unit_changes.decide(session, plan, by=1, now=NOW)
        except Refusal:
            return


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_the_kept_sums_are_those_of_the_plain_rules(office: Office, seed: int) -> None:
    numbers = [each for each in (await the_year(office, 1)).form.indicators if each.is_number]
    ways = {(each.adds, each.over_time): each for each in numbers}
    indicators = [*ways.values(), *numbers[:3]]
    chance = Chance(office, seed)
    for _ in range(12):
        async with office.db.write() as session:
            for _ in range(6):
                await chance.deed(session, indicators)
                await session.flush()
        for unit in (1, 2, 3):
            sheet = await the_year(office, unit)
            assert sheet.parts is not None
            async with office.db.read() as session:
                wanted = await plain(session, unit, indicators)
            assert {each.code: sheet.parts.total(each) for each in indicators} == wanted, unit


# --- a team that moves ------------------------------------------------------------------------------------------------


async def twelve_and_thirty(office: Office) -> None:
    """Team 5 files 12 in June and 30 in July; team 6 of commune 3 files 100 in both."""
    for key, values in {"2026-06": (12, 100), "2026-07": (30, 100)}.items():
        await office.submit(5, NOW, key, DVC01=values[0])
        await office.submit(6, NOW, key, DVC01=values[1])


async def test_a_team_that_moves_in_july_counts_in_each_commune_for_its_time_and_once_in_the_province(
    office: Office,
) -> None:
    await twelve_and_thirty(office)
    assert [await amount(office, unit) for unit in (1, 2, 3)] == [242, 42, 200]
    await move(office, 5, into=3)
    assert [await amount(office, unit) for unit in (1, 2, 3)] == [242, 12, 230]


async def test_what_a_commune_reported_holds_the_team_that_left_it_later(office: Office) -> None:
    await twelve_and_thirty(office)
    await move(office, 5, into=3)
    await office.submit(2, NOW, "2026-06", duty=MONTH, DVC01=13)  # 12 of the team, one of its own
    assert [await amount(office, unit) for unit in (1, 2, 3)] == [243, 13, 230]
    await office.submit(3, NOW, "2026", duty=YEARLY, DVC01=230)
    assert await amount(office, 1) == 243


async def test_a_number_that_holds_on_is_counted_where_the_team_is_in_the_end(office: Office) -> None:
    sheet = await the_year(office, 1)
    last = next(each for each in sheet.form.indicators if each.adds == "last").code
    await office.submit(5, NOW, "2026-06", **{last: 7})
    await office.submit(8, NOW, "2026-06", **{last: 2})
    assert [await amount(office, unit, last) for unit in (1, 2, 3)] == [9, 9, None]
    await move(office, 5, into=3)
    assert [await amount(office, unit, last) for unit in (1, 2, 3)] == [9, 2, None]
    await office.submit(5, NOW, "2026-07", **{last: 8})
    assert [await amount(office, unit, last) for unit in (1, 2, 3)] == [10, 2, 8]


async def test_a_commune_that_took_over_another_answers_for_its_whole_year(office: Office) -> None:
    await twelve_and_thirty(office)
    async with office.db.write() as session:
        await unit_changes.decide(session, Plan(MERGE, JULY, (2,), into=3), by=1, now=NOW)
    assert [await amount(office, unit) for unit in (1, 3)] == [242, 242]
    await office.submit(3, NOW, "2026", duty=YEARLY, DVC01=250)
    assert await amount(office, 1) == 250


async def test_a_commune_made_of_two_answers_for_the_whole_year_of_both(office: Office) -> None:
    if not office.db.is_sqlite:  # the office was written with its own numbers
        async with office.db.write() as session:
            await session.execute(text("SELECT setval(pg_get_serial_sequence('unit', 'id'), 1000)"))
    await twelve_and_thirty(office)
    await office.submit(7, NOW, "2026-06", DVC01=1000)
    async with office.db.write() as session:
        plan = Plan(MERGE, JULY, (2, 3), names=("Xã Mới",), under=1)
        await unit_changes.decide(session, plan, by=1, now=NOW)
        new = (await session.scalars(select(Unit.id).where(Unit.name == "Xã Mới"))).one()
        role = select(Role).where(Role.unit_id == new)
        assert (await session.scalars(role)).first() is not None
    await office.tick(at("2026-08-29"), deliver=False)
    assert [await amount(office, unit) for unit in (1, new)] == [1242, 242]
