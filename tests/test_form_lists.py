"""Lists, skip logic and calculations in the database: what is kept, what counts once sent, what is corrected."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from openpyxl import load_workbook
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from bot.workbook import write
from handlers.turn import StoredFile
from models import answers, evidence, list_lines, photo_answers, programmes, reports, settling, submissions
from models.database import Database
from models.messages import Button
from models.programmes import Library
from models.report_sheet import line_of
from models.reports import Sheet
from models.rules import Refusal
from models.rules.forms import Form, Value
from models.rules.programmes import parse_programme
from models.summary import summary
from models.tables import (
    Answer,
    Audit,
    Evidence,
    ListEntry,
    Obligation,
    PeriodRow,
    ProgrammeRow,
    Revision,
    Unit,
)
from models.zone import VIETNAM
from tests.desk import Desk, open_desk
from tests.shipped import words_in

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=ZoneInfo("Asia/Ho_Chi_Minh"))
CODE = "hoat_dong"


@pytest.fixture
async def desk(db: Database) -> Desk:
    """The world of the transcripts with one round on the form that has everything, on both kinds of database."""
    desk = await open_desk(db)
    async with db.write() as session:
        plan = (await session.scalars(select(ProgrammeRow).where(ProgrammeRow.is_current.is_(True)))).one()
        dates = {"starts_on": date(2026, 11, 1), "ends_on": date(2026, 11, 30), "due_at": NOW + timedelta(days=10)}
        round_ = PeriodRow(programme_id=plan.id, duty="DE-AN-CDS/BC-RA-QUAN", form="PHIEU-RA-QUAN", key="RQ", **dates)
        session.add(round_)
        await session.flush()
        for unit_id in await session.scalars(select(Unit.id).where(Unit.kind == "team")):
            session.add(Obligation(period_id=round_.id, unit_id=unit_id))
    return desk


async def opened(session: AsyncSession, place: int = 0) -> Sheet:
    """The report of a team in the round, held as a writer holds it."""
    period = (await session.scalars(select(PeriodRow).where(PeriodRow.key == "RQ"))).one()
    teams = (await session.scalars(select(Unit.id).where(Unit.kind == "team").order_by(Unit.id))).all()
    report_id = await reports.begin(session, period.id, teams[place], person_id=1, now=NOW)
    sheet = await reports.load(session, Library(), report_id, lock=True)
    assert sheet is not None
    sheet.today = NOW.date()
    return sheet


def keep(session: AsyncSession, sheet: Sheet, **values: Any) -> None:
    for code, value in values.items():
        kept = Value(Decimal(value)) if isinstance(value, int) else Value(text=value)
        answers.keep(session, sheet, code, kept, person_id=1, now=NOW)


async def add(session: AsyncSession, sheet: Sheet, **values: Any) -> ListEntry:
    entry = await list_lines.begin(session, sheet, CODE, person_id=1, now=NOW)
    return await mend(session, sheet, entry, **values)


async def mend(session: AsyncSession, sheet: Sheet, entry: ListEntry, **values: Any) -> ListEntry:
    for code, value in values.items():
        kept = Value(Decimal(value)) if isinstance(value, int) else Value(text=value)
        entry = await list_lines.answer(session, sheet, entry, code, kept, person_id=1, now=NOW)
    return entry


async def fill(session: AsyncSession, sheet: Sheet, *people: int) -> None:
    """A whole report with an activity for each of these numbers of people."""
    keep(session, sheet, co_hoat_dong="co", noi_dung="dvc vneid", tinh_nguyen_vien=15)
    for number, count in enumerate(people):
        await add(session, sheet, ten=f"=Hoạt động {number}", ngay="2026-11-20", noi_lam="ấp 2", luot_dan=count, anh="")
    answers.skip_open(session, sheet, person_id=1, now=NOW)
    await session.flush()


async def send(session: AsyncSession, sheet: Sheet) -> None:
    await submissions.submit(session, sheet, person_id=1, at=NOW, now=NOW)


async def rows(session: AsyncSession, report_id: int) -> dict[str, Any]:
    found = await session.scalars(select(Answer).where(Answer.report_id == report_id))
    return {each.indicator: each.number if each.number is not None else each.text for each in found}


async def test_a_list_is_answered_when_each_of_its_lines_is_whole(desk: Desk) -> None:
    async with desk.db.write() as session:
        sheet = await opened(session)
        keep(session, sheet, co_hoat_dong="co", noi_dung="dvc", tinh_nguyen_vien=15)
        assert CODE not in sheet.values
        line = await add(session, sheet, ten="Ra quân", ngay="2026-11-20")
        assert CODE not in sheet.values
        assert sheet.next_open("tinh_nguyen_vien") == sheet.form.indicator(CODE)
        await mend(session, sheet, line, noi_lam="ấp 2", luot_dan=40, anh="")
        assert sheet.values[CODE] == Value(Decimal(1))
        assert sheet.course.calculated["tong_luot"] == Value(Decimal(40))
    async with desk.db.write() as session:
        again = await opened(session)
        assert [line_of(each)["ten"].text for each in again.lines(CODE)] == ["Ra quân"]


async def test_only_what_is_asked_and_what_is_worked_out_stands_in_a_report_once_sent(desk: Desk) -> None:
    async with desk.db.write() as session:
        sheet = await opened(session)
        await fill(session, sheet, 50, 30)
        keep(session, sheet, noi_dung="khac", noi_dung_khac="tặng QR")
        keep(session, sheet, noi_dung="dvc")
        await send(session, sheet)
        kept = await rows(session, sheet.report.id)
        assert kept["tong_luot"] == 80
        assert kept[CODE] == 2
        assert "noi_dung_khac" not in kept
        sent = (await session.scalars(select(Revision).where(Revision.report_id == sheet.report.id))).one().snapshot
        assert sent["answers"]["noi_dung"] == '"dvc'
        assert [each["luot_dan"] for each in sent["lists"][CODE]] == ["50", "30"]
        noted = (await session.scalars(select(Audit).where(Audit.action == "report.submit").order_by(Audit.id))).all()
        assert noted[-1].detail["dropped"]["answers"] == {"noi_dung_khac": '"tặng QR'}


async def test_turning_to_no_activity_leaves_the_lines_out_when_it_is_sent(desk: Desk) -> None:
    async with desk.db.write() as session:
        sheet = await opened(session)
        await fill(session, sheet, 50)
        keep(session, sheet, co_hoat_dong="khong", ly_do_khong="mưa bão")
        answers.skip_open(session, sheet, person_id=1, now=NOW)
        assert len(sheet.lines(CODE)) == 1
        await send(session, sheet)
        assert set(await rows(session, sheet.report.id)) == {"co_hoat_dong", "ly_do_khong", "ngay_bu"}
        assert (await session.scalars(select(ListEntry))).all() == []


async def test_a_correction_of_a_list_counts_only_when_it_is_sent(desk: Desk) -> None:
    async with desk.db.write() as session:
        sheet = await opened(session)
        await fill(session, sheet, 50, 30)
        await send(session, sheet)
    async with desk.db.write() as session:
        sheet = await opened(session)
        first, second = sheet.lines(CODE)
        await mend(session, sheet, first, luot_dan=55)
        await list_lines.remove(session, sheet, second, person_id=1, now=NOW)
        await add(session, sheet, ten="Mới", ngay="2026-11-21", noi_lam="chợ", luot_dan=5, anh="")
        assert [line_of(each)["luot_dan"].number for each in sheet.lines(CODE)] == [55, 5]
        assert [line_of(each)["luot_dan"].number for each in sheet.filed_lines(CODE)] == [50, 30]
        assert (await rows(session, sheet.report.id))["tong_luot"] == 80
        assert sheet.counted["tong_luot"] == Value(Decimal(60))
        told = await submissions.changed(session, sheet)
        assert [each[0] for each in told] == ["tong_luot", "hoat_dong#", "hoat_dong#", "hoat_dong#", "hoat_dong#"]
    async with desk.db.write() as session:
        sheet = await opened(session)
        await submissions.resubmit(session, sheet, "đếm lại", person_id=1, at=NOW, now=NOW)
        assert (await rows(session, sheet.report.id))["tong_luot"] == 60
    async with desk.db.write() as session:
        sheet = await opened(session)
        assert [line_of(each)["luot_dan"].number for each in sheet.filed_lines(CODE)] == [55, 5]
        assert {each.pending for each in sheet.entries} == {""}


async def test_a_list_that_must_have_a_line_is_open_again_without_one(desk: Desk) -> None:
    async with desk.db.write() as session:
        sheet = await opened(session)
        await fill(session, sheet, 50)
        assert CODE in sheet.values
        await list_lines.remove(session, sheet, sheet.lines(CODE)[0], person_id=1, now=NOW)
        assert CODE not in sheet.values


async def test_a_summary_shows_no_line_that_was_not_sent(desk: Desk) -> None:
    async with desk.db.write() as session:
        sheet = await opened(session)
        await fill(session, sheet, 50)
        await send(session, sheet)
    async with desk.db.write() as session:
        sheet = await opened(session)
        await add(session, sheet, ten="Chưa gửi", ngay="2026-11-21", noi_lam="chợ", luot_dan=5, anh="")
    async with desk.db.read() as session:
        found = await summary(session, Library(), sheet.period.id, "/", NOW)
    assert found is not None
    assert [row[2]["ten"].text for each in found.listed for row in each.rows] == ["=Hoạt động 0"]


async def test_a_correction_given_up_leaves_every_line_as_it_was_sent(desk: Desk) -> None:
    async with desk.db.write() as session:
        sheet = await opened(session)
        await fill(session, sheet, 50, 30)
        await send(session, sheet)
        before = [each.values for each in sheet.filed_lines(CODE)]
    async with desk.db.write() as session:
        sheet = await opened(session)
        first, second = sheet.lines(CODE)
        await mend(session, sheet, first, luot_dan=55)
        await list_lines.remove(session, sheet, second, person_id=1, now=NOW)
        await settling.discard_correction(session, sheet, person_id=1, now=NOW)
    async with desk.db.write() as session:
        sheet = await opened(session)
        assert [each.values for each in sheet.lines(CODE)] == before
        assert sheet.correction is None


async def test_nothing_to_report_takes_the_lines_out(desk: Desk) -> None:
    async with desk.db.write() as session:
        sheet = await opened(session)
        await fill(session, sheet, 50)
        await submissions.submit_nothing(session, sheet, "mưa lũ cả tháng", person_id=1, at=NOW, now=NOW)
        assert (await session.scalars(select(ListEntry))).all() == []
        assert await rows(session, sheet.report.id) == {}


async def test_the_photo_of_a_line_goes_with_the_line(desk: Desk) -> None:
    async with desk.db.write() as session:
        sheet = await opened(session)
        await fill(session, sheet, 50)
        (line,) = sheet.lines(CODE)
        photo = StoredFile("ab" * 32, "ap-2.jpg", "image/jpeg", 10)
        value = await photo_answers.keep(session, sheet, photo, "anh", line.id, person_id=1, now=NOW)
        await mend(session, sheet, line, anh=value.text)
        kept = (await session.scalars(select(Evidence))).one()
        assert (kept.indicator, kept.list_entry_id) == ("anh", line.id)
        await list_lines.remove(session, sheet, line, person_id=1, now=NOW)
        assert (await session.scalars(select(Evidence))).all() == []


async def test_a_photo_that_answers_a_question_is_not_the_last_photo_to_be_taken_back(desk: Desk) -> None:
    async with desk.db.write() as session:
        sheet = await opened(session)
        answer, beside = (StoredFile(mark * 32, "a.jpg", "image/jpeg", 10) for mark in ("ab", "cd"))
        await evidence.add(session, sheet, [beside], person_id=1, now=NOW)
        await photo_answers.keep(session, sheet, answer, "anh_chung", None, person_id=1, now=NOW)
        assert await evidence.drop_last(session, sheet, person_id=1, now=NOW)
        assert not await evidence.drop_last(session, sheet, person_id=1, now=NOW)
        assert [each.sha256 for each in await evidence.of_report(session, sheet.report.id)] == [answer.sha256]


async def test_a_line_of_another_report_is_not_there(desk: Desk) -> None:
    async with desk.db.write() as session:
        mine, other = await opened(session, 0), await opened(session, 1)
        await fill(session, other, 50)
        assert list_lines.find(mine, CODE, other.lines(CODE)[0].id) is None
        assert list_lines.find(other, "khac", other.lines(CODE)[0].id) is None


async def test_an_answer_to_a_question_that_another_made_needless_is_not_kept(desk: Desk) -> None:
    async with desk.db.write() as session:
        sheet = await opened(session)
        keep(session, sheet, co_hoat_dong="co")
        report = sheet.report.id
    for who in ("lan", "minh"):
        await desk.tap(who, Button("report.button_continue", "report.continue", report))
        assert "Đợt này làm những nội dung nào?" in desk.text(who)
    await desk.tap("minh", Button("report.button_number", "report.edit", report, arg="co_hoat_dong"))
    await desk.say("minh", "không")
    await desk.say("lan", "1, 2")
    assert "không còn phải trả lời" in desk.text("lan")
    assert "Vì sao chưa ra quân được?" in desk.text("lan")
    async with desk.db.read() as session:
        assert set(await rows(session, report)) == {"co_hoat_dong"}


async def test_a_number_typed_where_answers_moved_lands_in_its_own_question(desk: Desk) -> None:
    async with desk.db.write() as session:
        sheet = await opened(session)
        keep(session, sheet, co_hoat_dong="co", noi_dung="khac", noi_dung_khac="tặng QR")
        report = sheet.report.id
    await desk.tap("lan", Button("report.button_continue", "report.continue", report))
    assert "Số tình nguyện viên" in desk.text("lan")
    await desk.tap("minh", Button("report.button_number", "report.edit", report, arg="noi_dung"))
    await desk.say("minh", "1")
    await desk.say("lan", "18")
    async with desk.db.read() as session:
        assert (await rows(session, report))["tinh_nguyen_vien"] == 18


async def test_a_line_taken_out_by_another_takes_no_answer(desk: Desk) -> None:
    async with desk.db.write() as session:
        sheet = await opened(session)
        keep(session, sheet, co_hoat_dong="co", noi_dung="dvc", tinh_nguyen_vien=15)
        report = sheet.report.id
    await desk.tap("lan", Button("report.button_continue", "report.continue", report))
    await desk.press("lan", "Thêm hoạt động")
    async with desk.db.write() as session:
        sheet = await opened(session)
        await list_lines.remove(session, sheet, sheet.lines(CODE)[0], person_id=1, now=NOW)
    await desk.say("lan", "Hỗ trợ hồ sơ")
    assert "Chưa có hoạt động nào" in desk.text("lan")
    async with desk.db.read() as session:
        assert (await session.scalars(select(ListEntry))).all() == []


async def test_a_plain_report_asks_the_database_for_no_lists(desk: Desk) -> None:
    await desk.say("lan", "/baocao")
    await desk.press("lan", "Bắt đầu")
    assert desk.statements
    assert not any("list_entry" in each for each in desk.statements)


async def test_a_summary_shows_labels_days_and_lines_and_adds_numbers_only(desk: Desk, tmp_path: Path) -> None:
    async with desk.db.write() as session:
        for place, people in enumerate(((50, 30), (7,))):
            sheet = await opened(session, place)
            await fill(session, sheet, *people)
            await send(session, sheet)
    async with desk.db.read() as session:
        period = (await session.scalars(select(PeriodRow).where(PeriodRow.key == "RQ"))).one()
        found = await summary(session, Library(), period.id, "/", NOW)
    assert found is not None
    assert found.total("tong_luot").number == 87
    assert found.total(CODE).number == 3
    assert found.total("noi_dung").number is None
    assert "luu_y" not in [each.code for each in found.indicators]
    words = words_in()
    write(found, words, tmp_path / "a.xlsx", NOW, VIETNAM)
    book = load_workbook(tmp_path / "a.xlsx")
    listed = [list(row) for row in book["1. Hoạt động"].iter_rows(values_only=True)]
    assert sorted(str(row[4]) for row in listed[1:]) == ["=Hoạt động 0", "=Hoạt động 0", "=Hoạt động 1"]
    assert all(cell.data_type != "f" for row in book["1. Hoạt động"].iter_rows() for cell in row)
    assert [row[5] for row in listed[1:]] == [datetime(2026, 11, 20)] * 3  # noqa: DTZ001 - a day in a sheet has no zone
    assert sorted(str(row[7]) for row in listed[1:]) == ["30", "50", "7"]
    totals = [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]
    codes = totals[2]
    assert totals[4][codes.index("noi_dung")] == "Dịch vụ công trực tuyến, Cài, kích hoạt VNeID"


async def test_reports_of_two_versions_in_one_period_add_up_by_code(desk: Desk) -> None:
    async with desk.db.write() as session:
        first = await opened(session, 0)
        await fill(session, first, 50)
        await send(session, first)
        plan = (await session.scalars(select(ProgrammeRow).where(ProgrammeRow.is_current.is_(True)))).one()
        body = parse_programme(plan.body).as_dict()
        form = next(each for each in body["forms"] if each["code"] == "PHIEU-RA-QUAN")
        form["version"] = 2
        form["sections"][0]["indicators"].append(
            {"code": "moi", "label": "Số xã đi", "short_label": "Số xã", "unit": "xã", "adds": "sum", "origins": ["K"],
             "example": 1, "hint": "x", "source": "x"})  # fmt: skip
        newer, is_new = await programmes.store(session, body, NOW)
        assert is_new
        second = await opened(session, 1)
        second.report.programme_id = newer
        await session.flush()
        second = await opened(session, 1)
        assert second.form.version == 2
        await fill(session, second, 30)
        keep(session, second, moi=3)
        await send(session, second)
        assert first.period.programme_id == plan.id
    async with desk.db.read() as session:
        found = await summary(session, Library(), first.period.id, "/", NOW)
    assert found is not None
    assert found.total("tong_luot").number == 80
    assert found.total("moi").number == 3


async def test_an_open_draft_and_the_running_period_keep_their_version(desk: Desk) -> None:
    async with desk.db.write() as session:
        before = await opened(session)
        plan = parse_programme((await session.get_one(ProgrammeRow, before.report.programme_id)).body)
        form = plan.form("PHIEU-RA-QUAN")
        await programmes.store_form(session, plan.code, _next(form), by=1, now=NOW)
        current = [each for _, each in await Library().current(session) if each.code == plan.code]
        assert [each.form(form.code).version for each in current] == [2]
    async with desk.db.write() as session:
        assert (await opened(session, 0)).form.version == 1
        assert (await opened(session, 1)).form.version == 1
        noted = (await session.scalars(select(Audit).where(Audit.action == "form.load"))).one()
        assert noted.detail == {"form": "PHIEU-RA-QUAN", "version": 2}


def _next(form: Form) -> Form:
    return replace(form, version=form.version + 1)


async def test_a_loaded_form_survives_the_next_start_with_the_same_plans(desk: Desk) -> None:
    async with desk.db.write() as session:
        row = (await session.scalars(select(ProgrammeRow).where(ProgrammeRow.is_current.is_(True)))).one()
        shipped, plan = row.body, parse_programme(row.body)
        await programmes.store_form(session, plan.code, _next(plan.form("PHIEU-RA-QUAN")), by=None, now=NOW)
        for body in (shipped, {**shipped, "title": "Kế hoạch sửa tên"}):
            await programmes.store_shipped(session, body, NOW)
        current = (await Library().current(session))[0][1]
        assert (current.title, current.form("PHIEU-RA-QUAN").version) == ("Kế hoạch sửa tên", 2)


async def test_what_an_office_loaded_is_not_undone_by_the_next_start(desk: Desk) -> None:
    async with desk.db.write() as session:
        row = (await session.scalars(select(ProgrammeRow).where(ProgrammeRow.is_current.is_(True)))).one()
        await programmes.store(session, {**row.body, "title": "Kế hoạch của tỉnh"}, NOW)
        _, is_new = await programmes.store_shipped(session, row.body, NOW)
        assert not is_new
        assert (await Library().current(session))[0][1].title == "Kế hoạch của tỉnh"


async def test_a_programme_with_a_code_of_another_meaning_is_not_stored(desk: Desk) -> None:
    async with desk.db.write() as session:
        row = (await session.scalars(select(ProgrammeRow).where(ProgrammeRow.is_current.is_(True)))).one()
        body = parse_programme(row.body).as_dict()
        body["forms"][0]["sections"][0]["indicators"][0]["unit"] = "cái"
        with pytest.raises(Refusal) as no:
            await programmes.store(session, body, NOW)
        assert no.value.key == "form.meaning_changed"
