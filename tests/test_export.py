"""The month as a table, read back: numbers are numbers, sums are the board's, and no text ever becomes a formula."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import select, update
from xlsxwriter import Workbook

from bot.export import export, sheet
from bot.workbook import FORMATS, Sheet
from models.database import Database
from models.rules import Refusal
from models.summary import summary
from models.tables import Answer, Report, Unit
from models.zone import VIETNAM
from tests.office import Office, at, open_office
from tests.shipped import words_in

NOW = at("2026-11-27", "09:00")
WORDS = words_in()
HOSTILE = (
    "=1+1",
    '=HYPERLINK("http://a.vn","x")',
    "+84 900",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "{=1}",
    "=cmd|' /C calc'!A0",
    "0123",
    "1e5",
    "http://a.vn",
    "a\x00b\x0bc",
    "\ud800lone",
    "\ufffe\uffff",
    "\u202eevil",
    "é" * 40_000,
    "<b>&amp;</b>",
)


@pytest.fixture
async def office(db: Database) -> Office:
    office = await open_office(db, communes=2, teams=6, decided_at=at("2026-11-01"))
    await office.tick(at("2026-11-10"))
    one, two, three, four, *_ = office.teams
    await office.submit(one, at("2026-11-25", "08:12"), LL02=15, DVC01=1234, DVC04=(30, 40))
    await office.submit(two, at("2026-11-24"), LL02=7, DVC01=None, DVC04=(10, 60))
    await office.submit(three, at("2026-11-27", "07:00"), LL02="2.5", DVC01=6)
    await office.submit(four, at("2026-11-25"), no_activity="mưa lũ")
    return office


async def written(office: Office, folder: Path, scope: str | None = None) -> Any:
    paths = await export(office.db, office.library, WORDS, "2026-11", folder, NOW, scope)
    assert [path.name for path in paths] == ["de-an-cds-bc-thang-2026-11.xlsx"]
    return load_workbook(paths[0])


def columns(page: Worksheet) -> dict[str, int]:
    """Stable code of a column → its number."""
    return {str(cell.value): cell.column for cell in page[3] if cell.value}


def row_of(page: Worksheet, name: str) -> int:
    return next(cell.row for row in page.iter_rows() for cell in row[:3] if cell.value == name)


def worked_out(page: Worksheet, text: str) -> Decimal:
    """What Excel would make of a SUM of cells, ranges and further sums, worked out from the cells themselves."""
    total = Decimal(0)
    for part in text.removeprefix("=SUM(").removesuffix(")").split(","):
        first, _, last = part.partition(":")
        for row in page[first : last or first] if last else ((page[first],),):
            for cell in row:
                if isinstance(cell.value, str):
                    total += worked_out(page, cell.value)
                elif cell.value is not None:
                    total += Decimal(str(cell.value))
    return total


async def test_the_sums_are_formulas_and_come_to_what_the_summary_says(office: Office, tmp_path: Path) -> None:
    page = (await written(office, tmp_path))[WORDS.label("export.sheet_totals")]
    shown = load_workbook(next(tmp_path.glob("*.xlsx")), data_only=True)[page.title]
    async with office.db.read() as session:
        found = await summary(session, office.library, await office.period(), "/1/", NOW)
    assert found is not None
    total = row_of(page, "Tổng cộng")
    for code in ("LL02", "DVC01"):
        formula = page.cell(total, columns(page)[code]).value
        assert re.fullmatch(r"=SUM\([A-Z0-9:,]+\)", formula)
        assert worked_out(page, formula) == found.total(code).number
        assert Decimal(str(shown.cell(total, columns(page)[code]).value)) == found.total(code).number
    assert found.total("LL02").number == Decimal("24.5")
    assert worked_out(page, page.cell(row_of(page, "Cộng Xã 001"), columns(page)["LL02"]).value) == Decimal("17.5")


async def test_every_number_is_a_number_and_what_is_missing_stays_empty(office: Office, tmp_path: Path) -> None:
    page = (await written(office, tmp_path))[WORDS.label("export.sheet_totals")]
    at_column = columns(page)
    values = {name: page.cell(row_of(page, name), at_column["LL02"]) for name in ("Đội 0001", "Đội 0003", "Đội 0005")}
    assert [(cell.value, cell.data_type) for cell in values.values()] == [(15, "n"), (2.5, "n"), (None, "n")]
    assert page.cell(row_of(page, "Đội 0002"), at_column["DVC01"]).value is None
    for row in page.iter_rows(min_row=5, min_col=5):
        for cell in row:
            assert cell.value is None or cell.data_type in ("n", "f")


async def test_a_rate_shows_both_numbers_and_the_share_is_that_of_the_sums(office: Office, tmp_path: Path) -> None:
    page = (await written(office, tmp_path))[WORDS.label("export.sheet_totals")]
    shown = load_workbook(next(tmp_path.glob("*.xlsx")), data_only=True)[page.title]
    at_column, one, total = columns(page), row_of(page, "Đội 0001"), row_of(page, "Tổng cộng")
    parts = [page.cell(one, at_column[code]).value for code in ("DVC04.tu", "DVC04.mau", "DVC04.tyle")]
    assert parts == [30, 40, 0.75]
    assert page.cell(one, at_column["DVC04.tyle"]).number_format == "0.0%"
    assert shown.cell(total, at_column["DVC04.tyle"]).value == 0.4  # 40 of 100, not the middle of 75 % and 17 %


async def test_the_reason_given_for_a_number_hangs_on_its_cell(office: Office, tmp_path: Path) -> None:
    async with office.db.write() as session:
        of_the_first = select(Report.id).where(Report.unit_id == office.teams[0])
        await session.execute(
            update(Answer)
            .where(Answer.indicator == "DVC01", Answer.report_id.in_(of_the_first))
            .values(note="=có đợt ra quân cao điểm")
        )
    page = (await written(office, tmp_path))[WORDS.label("export.sheet_totals")]
    at_column, one = columns(page), row_of(page, "Đội 0001")
    noted = page.cell(one, at_column["DVC01"])
    assert noted.value == 1234
    assert noted.comment is not None
    assert noted.comment.text == "=có đợt ra quân cao điểm"
    assert page.cell(one, at_column["LL02"]).comment is None


async def test_a_draft_counts_for_nothing_before_it_is_filed(office: Office, tmp_path: Path) -> None:
    report = await office.submit(office.teams[4], at("2026-11-25"), LL02=1000)
    await office.set_state(report, "returned")
    page = (await written(office, tmp_path))[WORDS.label("export.sheet_totals")]
    assert page.cell(row_of(page, "Đội 0005"), columns(page)["LL02"]).value is None
    assert page.cell(row_of(page, "Đội 0005"), 4).value == "Trả lại"


async def test_the_progress_has_real_dates_and_days_late(office: Office, tmp_path: Path) -> None:
    page = (await written(office, tmp_path))[WORDS.label("export.sheet_progress")]
    on_time, late, missing = (row_of(page, name) for name in ("Đội 0001", "Đội 0003", "Đội 0005"))
    assert page.cell(on_time, 6).value == datetime(2026, 11, 25, 8, 12)  # noqa: DTZ001  (a sheet knows no zones)
    assert [page.cell(row, 4).value for row in (on_time, late, missing)] == ["Đúng hạn", "Trễ", "Chưa có"]
    assert [page.cell(row, 7).value for row in (on_time, late, missing)] == [0, 2, 2]
    assert page.cell(missing, 6).value is None
    assert page.cell(row_of(page, "Đội 0004"), 9).value == "mưa lũ"
    assert page.freeze_panes == "A2"


async def test_hostile_texts_stay_texts_and_the_export_succeeds(office: Office, tmp_path: Path) -> None:
    remarks = [("difficulty", "KK0", text.replace("\x00", "").replace("\ud800", "")) for text in HOSTILE]
    await office.submit(office.teams[5], at("2026-11-25"), LL02=1, remarks=remarks, no_activity="=1+1")
    async with office.db.write() as session:
        for team, name in zip(office.teams, ("=A1", "+A1", "-A1", "@A1"), strict=False):
            await session.execute(update(Unit).where(Unit.id == team).values(name=name, code=f"{name}{team}"))
    book = await written(office, tmp_path)
    for page in book.worksheets:
        for row in page.iter_rows():
            for cell in row:
                assert cell.data_type != "f" or re.match(r"=(SUM\(|IF\(N\()", str(cell.value))
                assert not isinstance(cell.value, str) or len(cell.value) <= 32_767
    texts = [cell.value for cell in book[WORDS.label("export.sheet_remarks")]["E"]][1:]
    assert len(texts) >= len(HOSTILE) - 1
    assert {"=1+1", "+84 900", "@SUM(A1)", "0123", "1e5"} <= set(texts)
    quoted = next(cell for cell in book[WORDS.label("export.sheet_remarks")]["E"] if cell.value == "@SUM(A1)")
    assert quoted.quotePrefix


@pytest.mark.parametrize("text", HOSTILE)
def test_any_text_can_be_written(text: str, tmp_path: Path) -> None:
    with Workbook(str(tmp_path / "a.xlsx"), {"constant_memory": True}) as book:
        page = Sheet(book, "A", {name: book.add_format(style) for name, style in FORMATS.items()}, VIETNAM)
        page.text(0, text)
        page.row += 1
        page.text(0, "after")
    read = load_workbook(tmp_path / "a.xlsx")["A"]
    assert read["A2"].value == "after"
    assert read["A1"].data_type in ("s", "n")
    assert read["A1"].value is None or isinstance(read["A1"].value, str)


async def test_the_sheet_of_a_commune_holds_nobody_elses_team(office: Office, tmp_path: Path) -> None:
    page = (await written(office, tmp_path, "/1/2/"))[WORDS.label("export.sheet_totals")]
    names = {cell.value for cell in page["C"]}
    assert {"Đội 0001", "Đội 0003", "Đội 0005"} <= names
    assert not names & {"Đội 0002", "Đội 0004", "Đội 0006"}
    total = page.cell(row_of(page, "Tổng cộng"), columns(page)["LL02"]).value
    assert worked_out(page, total) == Decimal("17.5")


async def test_cannot_export_a_period_that_is_not_there_and_is_told_which_are(office: Office, tmp_path: Path) -> None:
    with pytest.raises(Refusal) as no:
        await export(office.db, office.library, WORDS, "2026-13", tmp_path, NOW)
    assert "2026-11" in WORDS.label(no.value.key, no.value.values)
    assert list(tmp_path.iterdir()) == []


async def test_a_chat_gets_the_table_as_a_document(office: Office, tmp_path: Path) -> None:
    made = await sheet(office.db, office.library, WORDS, tmp_path, await office.period(), "/1/2/", NOW)
    again = await sheet(office.db, office.library, WORDS, tmp_path, await office.period(), "/1/2/", NOW)
    assert made == again
    assert made.name == "bao-cao-2026-11-xa-001.xlsx"
    assert [path.name for path in (tmp_path / "exports").iterdir()] == [Path(made.path).name]
    assert load_workbook(tmp_path / made.path).sheetnames[0] == "Tổng hợp"


async def test_an_empty_period_still_makes_a_table(sqlite_db: Database, tmp_path: Path) -> None:
    office = await open_office(sqlite_db, teams=0)
    await office.tick(at("2026-11-10"))
    page = (await written(office, tmp_path))["Tổng hợp"]
    assert page.max_row == 4
