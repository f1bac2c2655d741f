"""Visits as numbers on the real databases: which count for which period, what a report keeps of them, who made them."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.export import export
from bot.guides import read_all, read_fields
from bot.visit_sheets import document
from handlers import visit_count_words
from models import answers, own_visits, quick_logs, reports, submissions, visit_counts
from models.database import Database
from models.guides import GuideShelf
from models.reports import Sheet
from models.rules import Refusal
from models.rules.forms import Value
from models.rules.indicators import Counts
from models.rules.quick_logs import QuickLog
from models.rules.visit_counts import FOLLOWED, come_to, numbers_of
from models.tables import Answer, Audit, Visit
from models.visits import Speaker
from tests.office import MONTHLY, Office, at, open_office
from tests.shipped import words_in
from tests.visits import ended_visit

TEAM, OTHER = 4, 5  # of the office below
FIRST, LAST = date(2026, 10, 26), date(2026, 11, 25)
GUIDES = ("G01", "G08", "G33")
NOW = at("2026-11-24")


@pytest.fixture
async def office(db: Database) -> Office:
    """A province (1), communes 2 and 3, teams 4 to 7 with their leaders; November is open."""
    office = await open_office(db, communes=2, teams=4)
    await office.tick(at("2026-11-20"), deliver=False)
    return office


async def sheet_of(office: Office, session: AsyncSession, unit: int = TEAM, key: str = "2026-11") -> Sheet:
    period = await office.period(key, MONTHLY)
    report_id = await reports.begin(session, period, unit, person_id=unit, now=NOW)
    sheet = await reports.load(session, office.library, report_id)
    assert sheet is not None
    return sheet


async def numbers(session: AsyncSession, sheet: Sheet) -> dict[str, int]:
    await visit_counts.read(session, sheet)
    return dict(sheet.visits or {})


async def test_the_counted_number_in_the_report_equals_the_visits(office: Office) -> None:
    async with office.db.write() as session:
        session.add_all([
            ended_visit(TEAM, "G01", at("2026-11-03")),
            ended_visit(TEAM, "G01", at("2026-11-04"), outcome="unfinished"),
            ended_visit(TEAM, "G08", at("2026-11-04"), outcome="filed", files=2),
            ended_visit(TEAM, "G33", at("2026-11-05"), kind="quick", turns=5, people=4),
            ended_visit(TEAM, "G01", at("2026-11-06"), state="undone", turns=50),
            ended_visit(TEAM, "G01", at("2026-11-06"), state="dropped", outcome=""),
            ended_visit(OTHER, "G01", at("2026-11-06"), turns=7),
            ended_visit(None, "G01", at("2026-11-06"), turns=9),  # a guest's
        ])  # fmt: skip
        await session.flush()
        sheet = await sheet_of(office, session)
        assert await numbers(session, sheet) == {"DVC01": 8, "DVC02": 2, "DVC03": 1, "DVC07": 4}


@pytest.mark.parametrize("ended, counted", [
    (at("2026-10-25", "23:59"), False),
    (at("2026-10-26", "00:00"), True),
    (at("2026-11-25", "23:59"), True),  # 16:59 UTC
    (at("2026-11-26", "00:00"), False),  # falls into December's
])  # fmt: skip
async def test_a_visit_counts_on_the_local_day_on_which_it_ended(
    office: Office, ended: datetime, counted: bool
) -> None:
    async with office.db.write() as session:
        session.add(ended_visit(TEAM, "G08", ended))
        await session.flush()
        assert bool(await numbers(session, await sheet_of(office, session))) is counted


async def test_what_ended_after_the_period_falls_into_the_next_one(office: Office) -> None:
    await office.tick(at("2026-11-27"), deliver=False)
    async with office.db.write() as session:
        begun = at("2026-11-25", "17:00")
        session.add(ended_visit(TEAM, "G01", at("2026-11-26"), started_at=begun))
        await session.flush()
        assert await numbers(session, await sheet_of(office, session)) == {}
        assert await numbers(session, await sheet_of(office, session, key="2026-12")) == {"DVC01": 1, "DVC03": 1}


async def scattered(session: AsyncSession, count: int = 200) -> None:
    """Visits of every sort, over the period and a little beyond it."""
    chance = random.Random(20261120)
    start = at("2026-10-20", "00:00")
    for _ in range(count):
        when = start + timedelta(minutes=chance.randrange(45 * 24 * 60))
        turns = chance.randint(1, 9)
        outcome = chance.choice(("done", "filed", "unfinished"))
        parent = chance.random() < 0.2
        visit = ended_visit(
            TEAM, chance.choice(GUIDES), when, outcome=outcome, turns=turns, people=chance.randint(1, turns),
            files=chance.randint(0, 2) if outcome == "filed" else 0, state=chance.choice(("ended", "ended", "undone")),
        )  # fmt: skip
        session.add(visit)
        await session.flush()
        if parent:
            visit.parent_id = visit.id - 1 if visit.id > 1 else None
    await session.flush()


async def test_over_any_split_of_the_days_the_parts_come_to_the_whole(office: Office) -> None:
    async with office.db.write() as session:
        await scattered(session)
        form = (await sheet_of(office, session)).form
        whole = numbers_of(form.visited, await visit_counts.sums(session, TEAM, FIRST, LAST))
        assert whole["DVC01"] > 100
        for days in range((LAST - FIRST).days):
            until = FIRST + timedelta(days=days)
            parts = [
                *await visit_counts.sums(session, TEAM, FIRST, until),
                *await visit_counts.sums(session, TEAM, until + timedelta(days=1), LAST),
            ]
            assert numbers_of(form.visited, parts) == whole


async def test_the_visits_behind_a_number_come_to_it(office: Office) -> None:
    async with office.db.write() as session:
        await scattered(session)
        found = await visit_counts.sums(session, TEAM, FIRST, LAST)
        for counts in (
            Counts("turns"),
            Counts("files"),
            Counts("people"),
            Counts("people", ("G01",)),
            Counts("people", ("G01", "G08")),
        ):
            rows = await visit_counts.behind(session, TEAM, FIRST, LAST, counts, start=0, most=1000)
            assert sum(getattr(each.visit, counts.measure) for each in rows) == come_to(counts, found)
            pages = [
                each
                for start in range(0, len(rows), 8)
                for each in await visit_counts.behind(session, TEAM, FIRST, LAST, counts, start=start, most=8)
            ]
            assert pages == list(rows)


async def test_asking_costs_one_statement_and_none_where_nothing_is_counted(office: Office) -> None:
    async with office.db.write() as session:
        sheet = await sheet_of(office, session)
        bind, said = session.get_bind(), []
        engine = getattr(bind, "engine", bind)
        event.listen(engine, "before_cursor_execute", lambda *given: said.append(given[2]))
        await visit_counts.read(session, sheet)
        await visit_counts.read(session, sheet)
        assert len(said) == 1
        assert "GROUP BY" in said[0]
        paper = await sheet_of(office, session)
        paper.form = (await office.library.current(session))[0][1].form("PHIEU-RA-QUAN")
        said.clear()
        await visit_counts.read(session, paper)
        assert [each for each in said if "visit" in each] == []


def parts(number: int, counted: int | None) -> list[Decimal | None]:
    return [Decimal(number), None if counted is None else Decimal(counted)]


async def test_a_report_keeps_what_was_counted_and_what_was_declared(office: Office) -> None:
    async with office.db.write() as session:
        session.add(ended_visit(TEAM, "G01", at("2026-11-03"), turns=45, people=40, kind="quick"))
        await session.flush()
        sheet = await sheet_of(office, session)
        answers.keep(
            session, sheet, "DVC01", Value(Decimal(55)), person_id=TEAM, now=NOW
        )  # pasted: nobody had looked at the count
        await visit_counts.read(session, sheet)
        answers.keep(session, sheet, "DVC03", Value(Decimal(30)), person_id=TEAM, now=NOW)  # fewer than were counted
        answers.keep(session, sheet, "LL02", Value(Decimal(15)), person_id=TEAM, now=NOW)
        await submissions.submit(session, sheet, person_id=TEAM, at=NOW, now=NOW)
    async with office.db.read() as session:
        rows = {row.indicator: [row.number, row.counted] for row in await session.scalars(select(Answer))}
        assert rows == {"DVC01": parts(55, 45), "DVC03": parts(30, None), "LL02": parts(15, None)}
        sent = await submissions.revisions(session, sheet.report.id)
        assert sent[0].snapshot["counted"] == {"DVC01": 45}


async def test_a_correction_keeps_the_parts_apart_until_it_is_sent(office: Office) -> None:
    async with office.db.write() as session:
        session.add(ended_visit(TEAM, "G01", at("2026-11-03"), turns=45, people=40, kind="quick"))
        await session.flush()
        sheet = await sheet_of(office, session)
        await visit_counts.read(session, sheet)
        answers.keep(session, sheet, "DVC01", Value(Decimal(55)), person_id=TEAM, now=NOW)
        await submissions.submit(session, sheet, person_id=TEAM, at=NOW, now=NOW)
        answers.keep(session, sheet, "DVC01", Value(Decimal(50)), person_id=TEAM, now=NOW)
        await session.flush()
        row = sheet.answers["DVC01"]
        assert [row.number, row.counted] == parts(55, 45)
        assert sheet.parts_counted == {"DVC01": Decimal(45)}
        await submissions.resubmit(session, sheet, "gõ nhầm", person_id=TEAM, at=NOW, now=NOW)
        assert [row.number, row.counted] == parts(50, 45)


async def test_what_ends_after_the_report_was_sent_is_offered_until_a_correction_has_it(office: Office) -> None:
    async with office.db.write() as session:
        session.add(ended_visit(TEAM, "G01", at("2026-11-03"), turns=45, people=40, kind="quick"))
        await session.flush()
        sheet = await sheet_of(office, session)
        for code, number in (("DVC01", 55), ("DVC02", 2), ("DVC03", 30)):  # of DVC02 nothing is counted yet
            answers.keep(session, sheet, code, Value(Decimal(number)), person_id=TEAM, now=NOW)
        await submissions.submit(session, sheet, person_id=TEAM, at=NOW, now=NOW)
        late = {"outcome": "filed", "files": 3, "turns": 3, "people": 3}
        session.add(ended_visit(TEAM, "G08", NOW + timedelta(hours=5), kind="quick", **late))
        session.add(ended_visit(TEAM, "G01", NOW + timedelta(hours=5), kind="quick", turns=2, people=2))
        session.add(ended_visit(TEAM, "G01", at("2026-11-26"), kind="quick", turns=9))  # of the next period
    async with office.db.write() as session:
        sheet = await sheet_of(office, session)
        await visit_counts.read(session, sheet)
        found = visit_count_words.moves(sheet)
        assert found == {"DVC01": (Decimal(55), Decimal(60)), "DVC02": (Decimal(2), Decimal(5))}
        for code, (_, new) in found.items():
            answers.keep(session, sheet, code, Value(new), person_id=TEAM, now=NOW)
        await session.flush()
        assert visit_count_words.moves(sheet) == {}
        assert visit_count_words.follows_only(sheet, await submissions.changed(session, sheet))
        later = NOW + timedelta(hours=6)
        await submissions.resubmit(session, sheet, FOLLOWED, person_id=TEAM, at=later, now=later)
    async with office.db.read() as session:
        sheet = await sheet_of(office, session)
        await visit_counts.read(session, sheet)
        assert visit_count_words.moves(sheet) == {}
        rows = {code: [row.number, row.counted] for code, row in sheet.answers.items()}
        assert rows == {"DVC01": parts(60, 50), "DVC02": parts(5, 3), "DVC03": parts(30, None)}


async def test_a_correction_of_another_number_has_a_reason_of_its_own(office: Office) -> None:
    async with office.db.write() as session:
        session.add(ended_visit(TEAM, "G01", at("2026-11-03"), turns=45, people=40, kind="quick"))
        await session.flush()
        sheet = await sheet_of(office, session)
        answers.keep(session, sheet, "DVC01", Value(Decimal(55)), person_id=TEAM, now=NOW)
        await submissions.submit(session, sheet, person_id=TEAM, at=NOW, now=NOW)
        answers.keep(session, sheet, "DVC01", Value(Decimal(50)), person_id=TEAM, now=NOW)
        await session.flush()
        assert not visit_count_words.follows_only(sheet, await submissions.changed(session, sheet))


async def test_a_line_noted_down_counts_until_it_is_taken_back_on_the_same_day(office: Office) -> None:
    guide, me = next(each for each in read_all() if each.code == "G01"), Speaker(TEAM, TEAM)
    async with office.db.write() as session:
        visit = await quick_logs.note(session, QuickLog(5, 4, 2, ""), guide, me, TEAM, NOW)
        await quick_logs.note(session, QuickLog(3, 3, 0, ""), guide, me, TEAM, NOW)
        assert await quick_logs.today(session, me, NOW) == 8
        assert await quick_logs.today(session, Speaker(OTHER, OTHER), NOW) == 0
        assert await numbers(session, await sheet_of(office, session)) == {"DVC01": 8, "DVC02": 2, "DVC03": 7}
        await quick_logs.undo(session, visit, by=TEAM, now=NOW + timedelta(hours=10))
        await session.flush()
        assert await numbers(session, await sheet_of(office, session)) == {"DVC01": 3, "DVC03": 3}
        with pytest.raises(Refusal, match="already_undone"):
            await quick_logs.undo(session, visit, by=TEAM, now=NOW)
        await session.flush()
        deeds = list(await session.scalars(select(Audit.action).where(Audit.object == f"visit:{visit.id}")))
        assert deeds == ["visit.log", "visit.undo"]


async def test_a_line_of_yesterday_or_a_visit_walked_through_is_not_taken_back(office: Office) -> None:
    guide = next(each for each in read_all() if each.code == "G01")
    async with office.db.write() as session:
        quick = await quick_logs.note(session, QuickLog(5, 5, 0, ""), guide, Speaker(TEAM, TEAM), TEAM, NOW)
        walked = ended_visit(TEAM, "G01", NOW)
        session.add(walked)
        await session.flush()
        with pytest.raises(Refusal, match="too_late"):
            await quick_logs.undo(session, quick, by=TEAM, now=NOW + timedelta(days=1))
        with pytest.raises(Refusal, match="not_found"):
            await quick_logs.undo(session, walked, by=TEAM, now=NOW)
        assert {quick.state, walked.state} == {"ended"}


async def test_ones_own_visits_are_ones_own_and_a_team_s_those_of_the_team(office: Office) -> None:
    async with office.db.write() as session:
        mine = {"person_id": TEAM, "account_id": TEAM}
        session.add_all([
            ended_visit(TEAM, "G01", at("2026-11-01"), seconds=600, **mine),
            ended_visit(OTHER, "G08", at("2026-11-02"), seconds=300, **mine),
            ended_visit(TEAM, "G08", at("2026-11-30", "23:30"), turns=4, people=4, person_id=OTHER),
            ended_visit(TEAM, "G08", at("2026-12-01", "00:30"), turns=9, people=9, person_id=OTHER),
            ended_visit(TEAM, "G08", at("2026-11-03"), turns=2, people=2),  # of somebody erased since
            ended_visit(TEAM, "G01", at("2026-11-03"), state="undone", **mine),
            ended_visit(TEAM, "G01", at("2026-10-31"), outcome="unfinished", **mine),
        ])  # fmt: skip
        await session.flush()
        own = await own_visits.own(session, Speaker(TEAM, TEAM))
        assert [(each.made.guide, each.made.seconds) for each in own[:2]] == [("G08", 300), ("G01", 600)]
        assert (own[2].made.turns, own[2].made.people) == (1, 0)  # as in the report: a turn, but nobody's thing is done
        shares = await own_visits.of_team(session, TEAM, date(2026, 11, 1), date(2026, 11, 30))
        assert [(each.turns, each.people, bool(each.name)) for each in shares] == [
            (4, 4, True), (2, 2, False), (1, 1, True),
        ]  # fmt: skip
        assert await session.scalar(select(Visit.id).where(Visit.state == "undone"))


async def test_the_table_of_the_month_keeps_the_counted_and_the_declared_apart(office: Office, tmp_path: Path) -> None:
    async with office.db.write() as session:
        session.add(ended_visit(TEAM, "G01", at("2026-11-03"), turns=45, people=40, kind="quick"))
        await session.flush()
        sheet = await sheet_of(office, session)
        answers.keep(session, sheet, "DVC01", Value(Decimal(55)), person_id=TEAM, now=NOW)
        await submissions.submit(session, sheet, person_id=TEAM, at=NOW, now=NOW)
    paths = await export(office.db, office.library, words_in(), "2026-11", tmp_path, NOW, None)
    page = load_workbook(paths[0])["Máy đếm, tự khai"]
    (row,) = page.iter_rows(min_row=2, values_only=True)
    assert (row[3], *row[5:]) == ("DVC01", 55, 45, 10)


async def test_ones_own_visits_as_a_table(office: Office, tmp_path: Path) -> None:
    async with office.db.write() as session:
        mine = {"person_id": TEAM, "account_id": TEAM}
        filed = {**mine, "outcome": "filed"}
        session.add_all([
            ended_visit(TEAM, "G01", at("2026-11-01", "23:30"), seconds=630, **mine),
            ended_visit(TEAM, "G99", at("2026-12-01"), kind="quick", turns=5, people=4, files=2, **filed),
            ended_visit(TEAM, "G01", at("2026-12-02"), person_id=OTHER),
        ])  # fmt: skip
    shelf = GuideShelf(read_all(), read_fields())
    made = await document(office.db, shelf, words_in(), tmp_path, Speaker(TEAM, TEAM), "=Lan")
    book = load_workbook(tmp_path / made.path)
    assert "Lan" not in f"{made.path} {book.properties.title}"  # it may lie there after she is erased
    months, visits = book.worksheets
    assert list(months.iter_rows(min_row=2, values_only=True)) == [
        ("12/2026", 5, 4, 2, 0, 1), ("11/2026", 1, 1, 0, 10, 1),
    ]  # fmt: skip
    rows = list(visits.iter_rows(min_row=2, values_only=True))
    assert [f"{row[0]:%d/%m %H:%M}" for row in rows] == ["01/12 08:00", "01/11 23:30"]
    assert [row[3:] for row in rows] == [
        ("Ghi nhanh", "Đã nộp hồ sơ", 5, 4, 2, 0),
        ("Làm từng bước", "Xong", 1, 1, 0, 10),
    ]
