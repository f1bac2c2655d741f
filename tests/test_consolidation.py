"""Reports made of reports, on the real databases: what counts, what is frozen when sent, what changed since."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select, update

from bot.export import export
from models import consolidation_sent, deadlines, reports, submissions
from models.database import Database
from models.reports import Sheet
from models.rules.forms import Value
from models.tables import Answer, Obligation, Part, PeriodRow, Report, Revision, Role, Unit
from tests.databases import counted
from tests.office import Office, at, open_office
from tests.shipped import words_in

MONTH, YEARLY, TOP = "DE-AN-CDS/BC-THANG-XA", "DE-AN-CDS/BC-NAM", "DE-AN-CDS/BC-NAM-TINH"
NOW = at("2026-11-24")


@pytest.fixture
async def office(db: Database) -> Office:
    """A province (1), communes 2 and 3 with two teams each; commune 2 and the province have a coordinator."""
    office = await open_office(db, communes=2, teams=4, levels=True)
    async with db.write() as session:
        session.add(Role(person_id=1, unit_id=2, kind="coordinator", since=at("2026-01-02")))
    await office.tick(at("2026-11-20"), deliver=False)
    return office


async def opened(office: Office, unit: int, duty: str, key: str) -> Sheet:
    """The report of a unit, begun when it is not there yet."""
    period = await office.period(key, duty)
    async with office.db.write() as session:
        report_id = await reports.begin(session, period, unit, person_id=1, now=NOW)
        sheet = await reports.load(session, office.library, report_id)
    assert sheet is not None
    return sheet


async def number(office: Office, code: str, unit: int = 2, duty: str = MONTH, key: str = "2026-11") -> Decimal | None:
    sheet = await opened(office, unit, duty, key)
    assert sheet.parts is not None
    return sheet.parts.total(sheet.form.indicator(code)).number


async def send(office: Office, sheet: Sheet, when: datetime = NOW, /, **values: int) -> None:
    """File a report with these numbers, as the officer would."""
    async with office.db.write() as session:
        for code, amount in values.items():
            session.add(Answer(report_id=sheet.report.id, indicator=code, number=Decimal(amount), at=when))
        await session.flush()
        found = await reports.load(session, office.library, sheet.report.id)
        assert found is not None
        await submissions.submit(session, found, person_id=1, at=when, now=when)


async def correct(office: Office, report_id: int, code: str, amount: int) -> None:
    """A team sends a correction: the answer changes, and a revision with it."""
    async with office.db.write() as session:
        revisions = await submissions.revisions(session, report_id)
        last = revisions[-1]
        whole = {**last.snapshot, "answers": {**last.snapshot["answers"], code: str(amount)}}
        session.add(Revision(report_id=report_id, number=last.number + 1, snapshot=whole, changes=[], note="", at=NOW))
        answer = await session.get(Answer, (report_id, code))
        assert answer is not None
        answer.number = Decimal(amount)
        report = await session.get_one(Report, report_id)
        report.version += 1


async def team_files(office: Office, team: int, key: str = "2026-11", **values: int) -> int:
    sheet = await opened(office, team, "DE-AN-CDS/BC-THANG", key)
    await send(office, sheet, **values)
    return sheet.report.id


async def test_only_units_in_which_somebody_can_file_owe_a_consolidated_report(office: Office) -> None:
    async with office.db.read() as session:
        rows = await session.execute(
            select(PeriodRow.duty, PeriodRow.key, Obligation.unit_id)
            .join(Obligation, Obligation.period_id == PeriodRow.id)
            .where(PeriodRow.duty.in_([MONTH, YEARLY, TOP]), PeriodRow.key.in_(["2026-11", "2026"]))
        )
        assert sorted(tuple(row) for row in rows) == [(YEARLY, "2026", 2), (TOP, "2026", 1), (MONTH, "2026-11", 2)]


async def test_a_coordinator_invited_before_the_deadline_owes_from_then_on_and_not_after_it(office: Office) -> None:
    async with office.db.write() as session:
        session.add(Role(person_id=1, unit_id=3, kind="coordinator", since=at("2026-11-26")))
        await session.flush()
        await deadlines.open_periods(session, office.library, at("2026-11-27"))
        owing = select(PeriodRow.key).join(Obligation, Obligation.period_id == PeriodRow.id)
        keys = await session.scalars(owing.where(Obligation.unit_id == 3, PeriodRow.duty == MONTH))
        assert keys.all() == ["2026-12"]


async def test_the_sum_is_of_what_was_filed_and_the_rest_is_awaited(office: Office) -> None:
    one, _, three, _ = office.teams
    await office.submit(one, NOW, DVC01=120, LL02=15)
    await office.begin(three, NOW)
    sheet = await opened(office, 2, MONTH, "2026-11")
    assert sheet.parts is not None
    total = sheet.parts.total(sheet.form.indicator("DVC01"))
    assert (total.number, total.counted, total.missing) == (Decimal(120), 1, 0)
    assert [each.unit_name for each in sheet.parts.awaited] == ["Đội 0003"]
    assert sheet.parts.total(sheet.form.indicator("DVC02")).number is None


async def test_what_was_sent_back_does_not_count_until_it_is_sent_again(office: Office) -> None:
    one, _, three, _ = office.teams
    back = await office.submit(one, NOW, DVC01=120)
    await office.submit(three, NOW, DVC01=30)
    await office.set_state(back, "returned")
    sheet = await opened(office, 2, MONTH, "2026-11")
    assert sheet.parts is not None
    assert [(each.unit_name, each.state) for each in sheet.parts.awaited] == [("Đội 0001", "returned")]
    assert await number(office, "DVC01") == 30
    await office.set_state(back, "submitted")
    assert await number(office, "DVC01") == 150


async def test_a_units_sum_never_holds_what_lies_beside_it(office: Office) -> None:
    _, two, three, _ = office.teams
    await office.submit(two, NOW, DVC01=1000)  # of the other commune
    await office.submit(three, NOW, DVC01=5)
    assert await number(office, "DVC01") == 5


async def test_the_year_of_the_province_takes_each_place_once_at_the_nearest_level(office: Office) -> None:
    one, two, three, four = office.teams
    for team, amount in ((one, 10), (two, 20), (three, 30), (four, 40)):
        await office.submit(team, NOW, DVC01=amount)
        await office.submit(team, NOW, "2026-10", DVC01=1)
    assert await number(office, "DVC01", 1, TOP, "2026") == 104
    await send(office, await opened(office, 2, MONTH, "2026-11"), DVC01=50)  # 10 and 30 from its teams, 10 of its own
    assert await number(office, "DVC01", 2, YEARLY, "2026") == 52
    assert await number(office, "DVC01", 1, TOP, "2026") == 114
    await send(office, await opened(office, 2, YEARLY, "2026"), DVC01=60)
    assert await number(office, "DVC01", 1, TOP, "2026") == 60 + 20 + 40 + 2
    sheet = await opened(office, 1, TOP, "2026")
    assert sheet.parts is not None
    assert sorted(each.unit_name for each in sheet.parts.parts) == ["Xã 001", *["Đội 0002"] * 2, *["Đội 0004"] * 2]


async def test_a_closed_team_is_not_awaited_and_what_it_filed_counts(office: Office) -> None:
    one, _, three, _ = office.teams
    await office.submit(one, NOW, DVC01=7)
    async with office.db.write() as session:
        closing = update(Unit).where(Unit.id.in_([one, three])).values(closed_on=at("2026-11-22").date())
        await session.execute(closing)
    sheet = await opened(office, 2, MONTH, "2026-11")
    assert sheet.parts is not None
    assert ([each.unit_id for each in sheet.parts.parts], sheet.parts.awaited) == ([one], ())


async def test_sending_freezes_which_revision_of_which_part_stands_behind_it(office: Office) -> None:
    one, _, three, _ = office.teams
    first = await team_files(office, one, DVC01=120)
    second = await team_files(office, three, DVC01=30)
    await correct(office, second, "DVC01", 31)
    sheet = await opened(office, 2, MONTH, "2026-11")
    await send(office, sheet, DVC01=151)
    async with office.db.read() as session:
        rows = await session.execute(select(Part.revision, Part.from_report_id, Part.from_revision))
        assert sorted(tuple(row) for row in rows) == [(1, first, 1), (1, second, 2)]
    again = await opened(office, 2, MONTH, "2026-11")
    assert again.moved is not None
    assert again.moved.count == 0


async def test_a_part_corrected_after_the_sending_is_told_old_and_new_and_the_sent_number_stays(office: Office) -> None:
    one, _, three, _ = office.teams
    part = await team_files(office, one, DVC01=120)
    await team_files(office, three, DVC01=30)
    await send(office, await opened(office, 2, MONTH, "2026-11"), DVC01=160)
    await correct(office, part, "DVC01", 150)
    sheet = await opened(office, 2, MONTH, "2026-11")
    assert sheet.moved is not None
    assert [each.unit_id for each in sheet.moved.changed] == [one]
    old, new = sheet.moved.totals["DVC01"]
    assert (old.number, new.number, list(sheet.moved.totals)) == (Decimal(150), Decimal(180), ["DVC01"])
    assert sheet.filed["DVC01"] == Value(Decimal(160))


async def test_a_part_filed_late_and_one_sent_back_are_changes_too(office: Office) -> None:
    one, _, three, _ = office.teams
    part = await team_files(office, one, DVC01=120)
    await send(office, await opened(office, 2, MONTH, "2026-11"), DVC01=120)
    await team_files(office, three, DVC01=30)
    await office.set_state(part, "returned")
    sheet = await opened(office, 2, MONTH, "2026-11")
    assert sheet.moved is not None
    assert [each.unit_id for each in sheet.moved.new] == [three]
    assert [(each.unit_id, each.state) for each in sheet.moved.gone] == [(one, "returned")]
    old, new = sheet.moved.totals["DVC01"]
    assert (old.number, new.number, sheet.moved.count) == (Decimal(120), Decimal(30), 2)


async def test_the_report_of_a_team_asks_nothing_more_than_before(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, levels=True)
    await office.tick(at("2026-11-20"), deliver=False)
    report = await office.begin(office.teams[0], NOW)
    async with office.db.read() as session:
        await reports.load(session, office.library, report)  # the plan is parsed once
        with counted(office.db) as asked:
            sheet = await reports.load(session, office.library, report)
    assert sheet is not None
    assert (sheet.parts, sheet.moved, len(asked)) == (None, None, 2)


async def test_a_report_begun_by_nobody_has_no_parts_frozen(office: Office) -> None:
    sheet = await opened(office, 2, MONTH, "2026-11")
    async with office.db.write() as session:
        await consolidation_sent.freeze(session, sheet.report.id, 1, None)
        assert (await session.scalars(select(Part.id))).all() == []
        assert await session.scalar(select(Report.state).where(Report.id == sheet.report.id)) == "draft"


async def test_an_export_writes_each_level_apart(sqlite_db: Database, tmp_path: Path) -> None:
    office = await open_office(sqlite_db, levels=True)
    async with sqlite_db.write() as session:
        session.add(Role(person_id=1, unit_id=2, kind="coordinator", since=at("2026-01-02")))
    await office.tick(at("2026-11-20"), deliver=False)
    words = words_in()
    files = await export(sqlite_db, office.library, words, "2026-11", tmp_path, NOW)
    assert sorted(each.name for each in files) == [
        "de-an-cds-bc-thang-2026-11.xlsx",
        "de-an-cds-bc-thang-xa-2026-11.xlsx",
    ]
