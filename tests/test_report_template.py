"""The Excel file of a report as Excel sees it: keys hidden, labels locked, cells to fill in open and checked."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

from openpyxl import load_workbook
from sqlalchemy import select

from bot.files import XLSX
from bot.report_template import template
from bot.settings import Settings
from bot.sheets_in import read_table
from models import deadlines, people, programmes, reports, teams, units
from models.database import Database
from models.programmes import Library
from models.rules.report_template import VALUE_COLUMN, read_filled, template_keys
from models.rules.teams import TeamCard
from models.tables import PeriodRow
from tests.sheets import filled
from tests.shipped import plans, words_in

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)


async def made(db: Database, folder: Path) -> tuple[bytes, int]:
    """The file of a team's report for November."""
    library = Library()
    async with db.write() as session:
        for programme in plans():
            await programmes.store(session, programme.as_dict(), NOW)
        parent = await units.add(session, code="X", name="Đoàn xã Tân Hội", kind="commune", parent=None)
        account, *_ = await people.meet(session, "webchat", "lan", "Lan", NOW)
        who = await people.introduce(session, account, NOW)
        card = TeamCard("=Đội Tân Hội", "1", None, 9)
        team = (await teams.register(session, parent, card, by=who.id, confirmed=True, now=NOW)).unit
        await deadlines.open_periods(session, library, NOW)
        wanted = select(PeriodRow.id).where(PeriodRow.key == "2026-11", PeriodRow.duty == "DE-AN-CDS/BC-THANG")
        period = (await session.scalars(wanted)).one()
        report = await reports.begin(session, period, team.id, person_id=who.id, now=NOW)
    words = words_in(Settings(_env_file=None, data_dir=folder).zone)
    document = await template(db, library, words, folder, report)
    assert (document.name, document.mime) == ("mau-bao-cao-2026-11-doi-tan-hoi.xlsx", XLSX)
    return (folder / document.path).read_bytes(), report


async def test_only_the_cells_to_fill_in_are_open(db: Database, tmp_path: Path) -> None:
    content, _ = await made(db, tmp_path)
    sheet = load_workbook(io.BytesIO(content)).worksheets[0]
    assert sheet.protection.sheet
    assert sheet.protection.password is None
    assert sheet.row_dimensions[1].hidden
    assert sheet.column_dimensions["A"].hidden
    cells = [cell for row in sheet.iter_rows() for cell in row if not cell.protection.locked]
    assert len(cells) == 12
    assert {cell.column for cell in cells} == {VALUE_COLUMN + 1}
    rules = sheet.data_validations.dataValidation
    checked = {str(each.sqref): (each.type, each.formula1, each.formula2) for each in rules}
    assert {cell.coordinate for cell in cells} == set(checked)
    assert set(checked.values()) == {("whole", "0", "9999999")}


async def test_what_is_filled_in_comes_back(db: Database, tmp_path: Path) -> None:
    content, report = await made(db, tmp_path)
    async with db.read() as session:
        sheet = await reports.load(session, Library(), report)
    assert sheet is not None
    empty = read_table(content, XLSX)
    keys = template_keys(empty)
    assert (keys.report, keys.unit, keys.period) == (report, sheet.unit.id, "2026-11")
    assert keys.programme == sheet.report.programme_id
    assert read_filled(empty, sheet.asked).values == ()
    sent = read_table(filled(content, "LL02=15; TH01=không; C6=Tên khác"), XLSX)
    assert [code for code, _, _ in read_filled(sent, sheet.asked).values] == ["LL02", "TH01"]
    assert not any(cell.formula for row in empty.pages[0].rows for cell in row)
