"""Lists of members and the register of teams on a real database: linking, counting, changing, forgetting, exporting."""

from __future__ import annotations

import asyncio
import io
import os
import random
import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from bot import files, roster_sheets
from bot.files import XLSX
from bot.sheets_in import read_table
from handlers.turn import Press, StoredFile
from models import deadlines, decisions, own_data, people, privacy, programmes, registers, rosters, teams, units
from models.database import Database
from models.messages import Message
from models.programmes import Library
from models.rules import Refusal
from models.rules.roster_plans import RosterPlan, plan_roster
from models.rules.roster_tables import read_pasted, read_sheet
from models.rules.rosters import MOST_LINES, Bearer, RosterLine, count_people
from models.rules.teams import TeamCard
from models.tables import Audit, Obligation, Person, RosterEntry, Team, Unit
from tests import photos
from tests.desk import Desk, open_desk
from tests.sheets import read_back
from tests.shipped import plans, words_in

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
WORDS = words_in()
AN = RosterLine("Lê Văn An", "leader", 1999, "0911111111", "học sinh")
BINH = RosterLine("Võ Bình")


async def place(session: AsyncSession, names: Sequence[str] = ("Đội Sen", "Đội Lúa")) -> list[Unit]:
    """A commune with confirmed teams; the commune comes first."""
    root = await units.add(session, code="TW", name="Trung ương Đoàn", kind="central", parent=None)
    commune = await units.add(session, code="X", name="Đoàn xã Một", kind="commune", parent=root)
    who = await person(session, "Cán Bộ")
    found = [commune]
    for number, name in enumerate(names):
        card = TeamCard(name, f"{number}-QĐ" if number else "", date(2026, 1, 5) if number else None, 9)
        found.append((await teams.register(session, commune, card, by=who.id, confirmed=True, now=NOW)).unit)
    return found


async def person(session: AsyncSession, name: str) -> Person:
    account, *_ = await people.meet(session, "webchat", name, name, NOW)
    return await people.introduce(session, account, NOW)


async def joined(session: AsyncSession, name: str, unit: Unit, role: str = "member") -> Person:
    who = await person(session, name)
    await people.grant(session, who.id, unit.id, role, by=None, now=NOW)
    return who


async def linked(session: AsyncSession, unit: Unit) -> dict[str, int | None]:
    return {each.entry.name: each.entry.person_id for each in await rosters.lines(session, unit.id, NOW)}


# --- who is who -------------------------------------------------------------------------------------------------------


async def test_whoever_comes_in_is_put_on_the_one_line_of_that_name(db: Database) -> None:
    async with db.write() as session:
        _, team, _ = await place(session)
        for line in (AN, BINH, RosterLine("Hồ Cúc", year=1999), RosterLine("Hồ Cúc", year=2001)):
            await rosters.add(session, team.id, line, by=1, now=NOW)
        for name in ("LE VAN AN", "Hồ Cúc", "Người Lạ"):
            await rosters.link_person(session, await joined(session, name, team), team.id, NOW)
        found = [each.entry.person_id is not None for each in await rosters.lines(session, team.id, NOW)]
        assert found == [True, False, False, False]  # of the two Hồ Cúc nobody knows which


async def test_a_second_person_of_that_name_takes_no_line_away(db: Database) -> None:
    async with db.write() as session:
        _, team, _ = await place(session)
        await rosters.add(session, team.id, AN, by=1, now=NOW)
        first = await joined(session, "Lê Văn An", team)
        await rosters.link_person(session, first, team.id, NOW)
        other = Person(name="Lê Văn An", name_folded="le van an", created_at=NOW)
        session.add(other)
        await session.flush()
        assert await rosters.link_person(session, other, team.id, NOW) is None
        assert await linked(session, team) == {"Lê Văn An": first.id}


async def test_a_new_line_finds_who_is_in_the_bot_already(db: Database) -> None:
    async with db.write() as session:
        _, team, _ = await place(session)
        who = await joined(session, "Võ Bình", team)
        await rosters.add(session, team.id, BINH, by=1, now=NOW)
        assert await linked(session, team) == {"Võ Bình": who.id}


async def test_who_leaves_the_bot_stays_on_the_list_and_is_shown_as_gone(db: Database) -> None:
    async with db.write() as session:
        _, team, _ = await place(session)
        who = await joined(session, "Võ Bình", team)
        await rosters.add(session, team.id, BINH, by=1, now=NOW)
        assert await rosters.shares(session, team.id, NOW) == rosters.Shares(1, 1)
        (held,) = await people.memberships(session, [team.id], ("member",), NOW)
        await people.end_role(session, held.role, by=1, now=NOW)
        await session.flush()
        assert await rosters.shares(session, team.id, NOW + timedelta(seconds=1)) == rosters.Shares(1, 0)
        assert await linked(session, team) == {"Võ Bình": who.id}


# --- counting ---------------------------------------------------------------------------------------------------------


async def test_somebody_in_two_teams_counts_once_above_them(db: Database) -> None:
    async with db.write() as session:
        commune, one, other = await place(session)
        for team in (one, other):
            await rosters.add(session, team.id, AN, by=1, now=NOW)
            await rosters.add(session, team.id, BINH, by=1, now=NOW)
        assert await rosters.count_people(session, one.path) == 2
        assert await rosters.count_people(session, commune.path) == 3  # nothing says that the two Bình are one
        entry = (await rosters.lines(session, other.id, NOW))[0].entry
        await rosters.strike(session, entry, by=1, now=NOW)
        other.closed_on = date(2026, 11, 1)
        await session.flush()
        assert await rosters.count_people(session, commune.path) == 2


@pytest.mark.parametrize("seed", range(4))
async def test_the_database_counts_as_the_rule_does(db: Database, seed: int) -> None:
    chance = random.Random(seed)
    async with db.write() as session:
        commune, *found = await place(session, [f"Đội {name}" for name in "ABCD"])
        ids = [(await person(session, f"Người {name}")).id for name in "XYZ"]
        for number in range(60):
            name = chance.choice(["an", "binh", "cuc"])
            session.add(
                RosterEntry(
                    unit_id=chance.choice(found).id, number=number, name=name, name_folded=name, duty="member",
                    birth_year=chance.choice([None, None, 1999, 2000, 2001]), since=NOW,
                    phone=chance.choice(["", "", "0911111111", "0922222222"]),
                    person_id=chance.choice([None, None, None, *ids]),
                )
            )  # fmt: skip
        await session.flush()
        rows = await session.scalars(select(RosterEntry))
        lines = [Bearer(r.id, r.name_folded, r.birth_year, r.phone, r.person_id) for r in rows]
        assert await rosters.count_people(session, commune.path) == count_people(lines)


# --- changing ---------------------------------------------------------------------------------------------------------


async def test_a_plan_adds_at_the_end_and_mends_in_place(db: Database) -> None:
    async with db.write() as session:
        _, team, _ = await place(session)
        await rosters.add(session, team.id, AN, by=1, now=NOW)
        await rosters.add(session, team.id, BINH, by=1, now=NOW)
        table = read_pasted("Võ Bình, 2001, đội phó\nHồ Cúc, 2003", 2026)
        plan = plan_roster(table, await rosters.known_lines(session, team.id))
        await rosters.carry_out(session, team.id, plan, by=1, now=NOW)
        kept = [rosters.line_of(each.entry) for each in await rosters.lines(session, team.id, NOW)]
        assert kept == [AN, RosterLine("Võ Bình", "deputy", 2001), RosterLine("Hồ Cúc", "member", 2003)]


async def test_a_line_struck_out_is_kept_and_no_longer_shown(db: Database) -> None:
    async with db.write() as session:
        _, team, _ = await place(session)
        entry = await rosters.add(session, team.id, AN, by=1, now=NOW)
        await rosters.strike(session, entry, by=1, now=NOW)
        assert await rosters.lines(session, team.id, NOW) == []
        assert await rosters.find(session, team.id, entry.id) is None
        assert (await session.get_one(RosterEntry, entry.id)).until == NOW


async def test_two_who_add_at_once_get_a_place_each_and_never_more_than_fit(db: Database) -> None:
    async with db.write() as session:
        _, team, _ = await place(session)
        team_id = team.id
        many = tuple(RosterLine(f"Người {number}") for number in range(MOST_LINES - 1))
        await rosters.carry_out(session, team_id, RosterPlan(many, (), 0, 0, ()), by=1, now=NOW)

    async def add(name: str) -> str:
        async with db.write() as session:
            try:
                await rosters.add(session, team_id, RosterLine(name), by=1, now=NOW)
            except Refusal as no:
                return no.key
        return "added"

    assert sorted(await asyncio.gather(add("Một"), add("Hai"))) == ["added", "roster.full"]


async def test_the_audit_names_lines_and_nobody(db: Database) -> None:
    async with db.write() as session:
        _, team, _ = await place(session)
        who = await joined(session, "Lê Văn An", team)
        entry = await rosters.add(session, team.id, AN, by=who.id, now=NOW)
        await rosters.mend(session, entry, BINH, by=who.id, now=NOW)
        await rosters.unlink(session, entry, by=who.id, now=NOW)
        await rosters.strike(session, entry, by=who.id, now=NOW)
        rows = (await session.scalars(select(Audit).where(Audit.action.like("roster.%")).order_by(Audit.id))).all()
        assert [row.action for row in rows] == [
            "roster.add", "roster.link", "roster.mend", "roster.unlink", "roster.strike",
        ]  # fmt: skip
        assert all(row.detail == {"lines": [entry.id]} and row.unit_id == team.id for row in rows)


# --- to see and to be forgotten ---------------------------------------------------------------------------------------


async def test_a_person_sees_their_line_and_is_taken_out_of_it(db: Database) -> None:
    async with db.write() as session:
        _, team, _ = await place(session)
        who = await joined(session, "Lê Văn An", team)
        entry = await rosters.add(session, team.id, AN, by=1, now=NOW)
        facts = [each for each in await own_data.facts(session, who.id) if each["kind"] == "roster"]
        assert [(each["unit"], each["year"], each["phone"], each["note"]) for each in facts] == [
            ("Đội Sen", 1999, "0911111111", "học sinh")
        ]
        page = WORDS.say("account.data", {"facts": facts, "page": 1, "pages": 1})
        assert "Danh sách Đội Sen: Lê Văn An, đội trưởng, sinh năm 1999, điện thoại 0911111111" in page
        await privacy.erase(session, who.id, event=("webchat", "1"), now=NOW)
        await session.refresh(entry)
        assert (entry.person_id, entry.birth_year, entry.phone, entry.note) == (None, None, "", "")
        assert (entry.name, entry.until) == ("Lê Văn An", None)


# --- decisions and the register ---------------------------------------------------------------------------------------


async def test_a_paper_is_kept_and_the_one_before_stays_in_the_audit(db: Database) -> None:
    async with db.write() as session:
        _, team, _ = await place(session)
        first, second = (StoredFile(mark * 64, f"{mark}.pdf", "application/pdf", 9) for mark in "ab")
        answers = [await decisions.keep_paper(session, team, each, by=1, now=NOW) for each in (first, first, second)]
        assert answers == [False, False, True]
        kept = await session.get_one(Team, team.id)
        assert (kept.decision_file, kept.decision_file_name) == ("b" * 64, "b.pdf")
        rows = await session.scalars(select(Audit).where(Audit.action == "decision.paper").order_by(Audit.id))
        assert [(row.detail["before"], row.detail["after"]) for row in rows] == [("", "a" * 64), ("a" * 64, "b" * 64)]


async def test_a_team_from_a_list_owes_as_before_once_its_decision_is_known(db: Database) -> None:
    async with db.write() as session:
        for programme in plans():
            await programmes.store(session, programme.as_dict(), datetime(2026, 1, 1, tzinfo=UTC))
        commune, *_ = await place(session, ())
        team = await units.add(session, code="T9", name="Đội từ danh sách", kind="team", parent=commune)
        await decisions.write_number(session, team, "9-QĐ", date(2026, 3, 1), by=1, now=NOW + timedelta(days=30))
        await session.flush()
        await deadlines.open_periods(session, Library(), NOW)
        owed = select(func.count()).select_from(Obligation).where(Obligation.unit_id == team.id)
        assert await session.scalar(owed)
        assert (await registers.register(session, commune.path, NOW)).lacking["decision"] == 0


async def test_the_register_says_what_each_team_lacks(db: Database) -> None:
    async with db.write() as session:
        commune, one, other = await place(session)
        await units.add(session, code="T9", name="Đội từ danh sách", kind="team", parent=commune)
        who = await person(session, "Chờ Lâu")
        waiting = TeamCard("Đội chờ", "", None, 3)
        await teams.register(session, commune, waiting, by=who.id, confirmed=False, now=NOW)
        await joined(session, "Lê Văn An", one, "leader")
        await rosters.add(session, other.id, BINH, by=1, now=NOW)
        await decisions.keep_paper(session, one, StoredFile("a" * 64, "a.pdf", "application/pdf", 9), by=1, now=NOW)
        await session.flush()
        found = await registers.register(session, commune.path, NOW)
        assert (found.teams, dict(found.lacking)) == (3, {"decision": 2, "file": 2, "head": 2, "roster": 2})
        names = {
            gap: [unit.name for unit in await registers.lacking(session, commune.path, gap, NOW)]
            for gap in registers.GAPS
        }
        assert names == {
            "decision": ["Đội Sen", "Đội từ danh sách"], "file": ["Đội Lúa", "Đội từ danh sách"],
            "head": ["Đội Lúa", "Đội từ danh sách"], "roster": ["Đội Sen", "Đội từ danh sách"],
        }  # fmt: skip
        assert (await registers.register(session, one.path, NOW)).teams == 1


# --- files ------------------------------------------------------------------------------------------------------------


async def furnished(db: Database) -> tuple[Unit, Unit]:
    async with db.write() as session:
        commune, _, team = await place(session)
        await rosters.add(session, team.id, AN, by=1, now=NOW)
        await rosters.add(session, team.id, RosterLine("=Cộng Bình", "deputy"), by=1, now=NOW)
        return commune, team


async def test_the_template_sent_back_untouched_changes_nothing(db: Database, tmp_path: Path) -> None:
    _, team = await furnished(db)
    made = await roster_sheets.template(db, WORDS, tmp_path, team.id, NOW)
    content = (tmp_path / made.path).read_bytes()
    table = read_sheet(read_table(content, XLSX), 2026)
    async with db.read() as session:
        plan = plan_roster(table, await rosters.known_lines(session, team.id))
    assert (plan.changes, plan.same, plan.left, plan.faults) == (0, 2, 0, ())
    assert made.name == "danh-sach-doi-lua.xlsx"


async def test_the_template_keeps_its_headings_and_opens_what_is_to_be_filled(db: Database, tmp_path: Path) -> None:
    _, team = await furnished(db)
    made = await roster_sheets.template(db, WORDS, tmp_path, team.id, NOW)
    page = load_workbook(tmp_path / made.path).worksheets[0]
    heads = [cell.value for cell in page[5]]
    assert heads == ["TT", "Họ và tên", "Năm sinh", "Chức vụ", "Điện thoại", "Ghi chú", "Mã dòng"]
    assert page.protection.sheet
    assert all(cell.protection.locked for cell in page[5])
    assert not any(cell.protection.locked for cell in page[7][1:6])
    assert page.column_dimensions["G"].hidden
    assert page["E6"].value == "0911111111"  # a text: the zero stays
    assert page["B7"].data_type == "s"
    rules = {str(rule.sqref): rule.type for rule in page.data_validations.dataValidation}
    assert rules == {"C6:C505": "whole", "D6:D505": "list"}


async def test_the_register_lists_teams_and_then_their_members(db: Database, tmp_path: Path) -> None:
    commune, _ = await furnished(db)
    path = await roster_sheets.into_folder(db, WORDS, commune.id, tmp_path / "so", NOW)
    assert path.name == "so-doi-hinh-x.xlsx"
    pages = read_back(path.read_bytes())
    teams_page, members = pages["Danh sách đội hình"], pages["Thành viên"]
    assert teams_page[0][0] == "Danh sách đội hình: Đoàn xã Một (đến ngày 20/11/2026)"
    assert teams_page[2] == [
        "TT", "Tên đội hình", "Đơn vị", "Số và ngày quyết định", "Đội trưởng", "Số thành viên", "Ban Chỉ huy",
        "Ghi chú",
    ]  # fmt: skip
    assert teams_page[3] == [
        1, "Đội Lúa", "Đoàn xã Một", "1-QĐ, ngày 05/01/2026", "Lê Văn An", 2, "=Cộng Bình (đội phó)",
        "Chưa có tệp quyết định",
    ]  # fmt: skip
    assert teams_page[4][5:] == [9, None, "Chưa có tệp quyết định; chưa có danh sách"]
    assert members[3] == [1, "Đội Lúa", "Đoàn xã Một", "Lê Văn An", 1999, "Đội trưởng", "0911111111", "học sinh"]
    book = load_workbook(io.BytesIO(path.read_bytes()))
    assert {cell.data_type for sheet in book for row in sheet for cell in row if cell.value} <= {"s", "n"}


def test_tables_with_names_in_them_are_forgotten_after_a_week(tmp_path: Path) -> None:
    for folder in (files.TABLES, files.EXPORTS):
        (tmp_path / folder).mkdir()
        for name, days in (("old.xlsx", 8), ("new.xlsx", 6)):
            (tmp_path / folder / name).write_bytes(b"x")
            os.utime(tmp_path / folder / name, (time.time() - days * 86_400,) * 2)
    photo = files.keep(tmp_path, photos.photo("a.jpg"), "a.jpg")
    os.utime(files.path_of(tmp_path, photo.sha256, photo.mime), (0, 0))
    files.forget_tables(tmp_path)
    assert sorted(path.parent.name for path in tmp_path.rglob("new.xlsx")) == [files.EXPORTS, files.TABLES]
    assert not list(tmp_path.rglob("old.xlsx"))
    assert files.kept_path(tmp_path, photo.sha256) is not None


# --- at the chat ------------------------------------------------------------------------------------------------------


async def at_list(desk: Desk, who: str) -> Message:
    await desk.say(who, "/donvi")
    return await desk.press(who, "Việc khác", "Danh sách thành viên")


async def test_a_line_of_another_team_is_not_there(sqlite_db: Database) -> None:
    desk = await open_desk(sqlite_db)
    await at_list(desk, "binh")
    await desk.say("binh", "Người Cao Lãnh, 1999")
    await desk.press("binh", "Ghi 1 dòng")
    theirs = desk.button("binh", "Người Cao Lãnh")
    await at_list(desk, "lan")
    ours = desk.screens["lan"].buttons[-2][0].object
    for action in ("roster.line", "roster.ask_strike", "roster.strike", "roster.strangers", "roster.unlink"):
        await desk.turn("lan", "button", press=Press(action, ours, 1, theirs.arg))
        assert "Người Cao Lãnh" not in desk.text("lan")
    await desk.turn("lan", "button", press=Press("roster.edit", ours, 1, f"name:{theirs.arg}"))
    assert "Người Cao Lãnh" not in desk.text("lan")
    assert await desk.count(RosterEntry, RosterEntry.until.is_(None)) == 1


async def test_a_line_changed_meanwhile_is_not_struck_by_an_old_button(sqlite_db: Database) -> None:
    desk = await open_desk(sqlite_db)
    await at_list(desk, "lan")
    await desk.say("lan", "Lê An, 1999")
    await desk.press("lan", "Ghi 1 dòng", "Lê An", "Gạch tên")
    sure = desk.button("lan", "Gạch tên khỏi danh sách")
    await at_list(desk, "minh")
    await desk.press("minh", "Lê An", "Sửa ghi chú")
    await desk.say("minh", "trưởng ấp")
    shown = await desk.tap("lan", sure)
    assert shown.notice == "access.stale"
    assert await desk.count(RosterEntry, RosterEntry.until.is_(None)) == 1


async def commander(db: Database) -> Desk:
    """Minh reads the list of the team and may not write it."""
    desk = await open_desk(db)
    async with db.write() as session:
        minh = await session.scalar(select(Person).where(Person.name_folded == "pham minh"))
        assert minh is not None
        (held,) = await privacy.roles_of(session, minh.id, desk.now)
        held.role.kind = "commander"
    return desk


async def test_whoever_only_reads_the_list_sends_no_decision(sqlite_db: Database) -> None:
    desk = await commander(sqlite_db)
    await desk.say("minh", "/donvi")
    await desk.press("minh", "Việc khác", "Quyết định thành lập")
    await desk.turn("minh", "photo", files=(StoredFile("a" * 64, "a.jpg", "image/jpeg", 9),))
    assert "Tệp: chưa có" in desk.text("minh")
    assert await desk.count(Team, Team.decision_file != "") == 0


async def test_whoever_only_reads_the_list_cannot_send_one(sqlite_db: Database) -> None:
    desk = await commander(sqlite_db)
    await at_list(desk, "minh")
    await desk.say("minh", "Lê An, 1999, đội phó")
    assert "thêm và sửa là việc của đội trưởng" in desk.text("minh")
    assert await desk.count(RosterEntry) == 0
