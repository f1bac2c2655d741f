"""Groups in the database and on the boards: nobody twice, nobody forgotten, nobody beyond what is theirs."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.export import export
from bot.groups import load_groups, only_office
from handlers import board as board_screens
from handlers import field_board, group, group_board, group_members, report
from handlers.turn import Handler, Press, Turn
from models import board, groups, units
from models import group_board as boards
from models import group_members as entering
from models.database import Database
from models.fields import by_field
from models.insertion import insert_once
from models.messages import Incoming, Message
from models.people import actor_of
from models.rules import Refusal
from models.summary import summary
from models.tables import Account, Audit, Group, GroupUnit, PeriodRow, Person, Role, Talk, Unit, UnitPast
from tests.office import Office, at, open_office
from tests.shipped import words_in

NOW = at("2026-11-26", "09:00")
DAY = date(2026, 11, 1)
WORDS = words_in()
ACTIONS: dict[str, Handler] = {
    **board_screens.ACTIONS, **group_board.ACTIONS, **field_board.ACTIONS, **group.ACTIONS, **group_members.ACTIONS,
    **report.ACTIONS,
}  # fmt: skip


@pytest.fixture
async def office(db: Database) -> Office:
    """Four communes (2 to 5) of two teams (6 to 13): one cluster of 2 and 3, one of 4, a block of 3 and 5."""
    office = await open_office(db, communes=4, teams=8, decided_at=at("2026-10-01"))
    await office.tick(at("2026-11-10"))
    await office.submit(6, at("2026-11-25", "08:00"), LL02=10, DVC01=100)
    await office.submit(7, at("2026-11-26", "07:00"), LL02=5)
    await office.submit(9, at("2026-11-24"), LL02=7, DVC01=40)
    await office.begin(8, at("2026-11-20"))
    await found(office, "Cụm 1", "cluster", [2, 3])
    await found(office, "Cụm 2", "cluster", [4])
    await found(office, "Khối A", "block", [3, 5])
    return office


async def found(office: Office, name: str, kind: str, unit_ids: Sequence[int], since: date = DAY, of: int = 1) -> int:
    async with office.db.write() as session:
        owner = await units.find(session, of)
        assert owner is not None
        made = await groups.make(session, owner, kind, name, by=None, now=NOW)
        await entering.admit(session, made, unit_ids, since, by=None, now=NOW)
        return made.id


async def called(office: Office, name: str) -> int:
    async with office.db.read() as session:
        return (await session.scalars(select(Group.id).where(Group.name == name))).one()


async def press(office: Office, who: int, action: str = "", object: int = 0, arg: str = "") -> Message:
    handler = ACTIONS.get(action, board_screens.show)
    async with office.db.write() as session:
        account = await session.get(Account, who)
        assert account is not None
        talk = Talk(account_id=who, flow="", data={}, updated_at=NOW)
        incoming = Incoming("webchat", str(who), "e", "button", NOW)
        actor = await actor_of(session, who, NOW)
        turn = Turn(session, incoming, NOW, account, actor, talk, office.library, press=Press(action, object, 0, arg))
        return (await handler(turn))[0]


async def appoint(office: Office, who: int, unit: int, kind: str, **scope: Any) -> None:
    async with office.db.write() as session:
        person = {"id": who, "name": f"Người {who}", "name_folded": f"nguoi {who}", "created_at": NOW}
        account = {"id": who, "channel": "webchat", "address": str(who), "person_id": who, "seen_at": NOW}
        await insert_once(session, Person, person)
        await insert_once(session, Account, account)
        session.add(Role(person_id=who, unit_id=unit, kind=kind, since=NOW, **scope))


async def drawn(office: Office, key: str = "2026-11") -> boards.GroupBoard:
    async with office.db.read() as session:
        period = await session.get(PeriodRow, await office.period(key))
        owner = await units.find(session, 1)
        assert period is not None
        assert owner is not None
        return await boards.group_board(session, owner, period, NOW)


# --- memberships ------------------------------------------------------------------------------------------------------


async def test_a_unit_is_never_in_two_clusters_of_one_owner_on_one_day(db: Database) -> None:
    office = await open_office(db, communes=5, teams=0)
    chance = random.Random(20261120)
    made = [await found(office, f"Cụm {n}", "cluster", []) for n in range(4)]
    block = await found(office, "Khối", "block", [2, 3, 4, 5, 6])
    for _ in range(60):
        day = DAY + timedelta(days=chance.randrange(60))
        chosen = chance.sample(range(2, 7), chance.randrange(1, 4))
        async with office.db.write() as session:
            group = await session.get_one(Group, chance.choice(made))
            deed = chance.choice((entering.admit, entering.admit, entering.dismiss))
            await deed(session, group, chosen, day, by=None, now=NOW)
    async with office.db.read() as session:
        rows = (await session.scalars(select(GroupUnit).where(GroupUnit.group_id != block))).all()
        spans = [groups.span_of(row) for row in rows]
        units_of = [row.unit_id for row in rows]
        assert len(await groups.units_of(session, block, DAY + timedelta(days=300))) == 5
    for day in (DAY + timedelta(days=n) for n in range(90)):
        inside = [unit for unit, span in zip(units_of, spans, strict=True) if span.holds_on(day)]
        assert len(inside) == len(set(inside))


async def test_two_who_move_the_same_unit_at_once_leave_it_in_one_cluster(db: Database) -> None:
    office = await open_office(db, communes=2, teams=0)
    ids = [await found(office, f"Cụm {n}", "cluster", []) for n in range(3)]

    async def move(group_id: int) -> None:
        async with office.db.write() as session:
            group = await session.get_one(Group, group_id)
            await asyncio.sleep(0.01)
            await entering.admit(session, group, [2, 3], DAY, by=None, now=NOW)

    await asyncio.gather(*(move(each) for each in ids))
    async with office.db.read() as session:
        assert len(await groups.groups_of_unit(session, 2, DAY)) == 1
        assert len(await groups.member_paths(session, ids, DAY)) == 2


async def test_who_was_to_come_and_was_placed_elsewhere_for_that_day_is_no_longer_listed(office: Office) -> None:
    day = date(2026, 12, 1)
    async with office.db.write() as session:
        for name in ("Cụm 1", "Cụm 2"):
            group = await session.get_one(Group, await called_in(session, 1, name))
            await entering.admit(session, group, [5], day, by=None, now=NOW)
    async with office.db.read() as session:
        first = await groups.members(session, await called_in(session, 1, "Cụm 1"), NOW.date())
        second = await groups.members(session, await called_in(session, 1, "Cụm 2"), NOW.date())
    assert [each.unit.id for each in first] == [2, 3]
    assert [(each.unit.id, each.span.since) for each in second] == [(4, DAY), (5, day)]


async def test_closing_ends_the_memberships_and_the_past_stays(office: Office) -> None:
    async with office.db.write() as session:
        group = await session.get_one(Group, await called(office, "Cụm 1"))
        later = await units.find(session, 5)
        assert later is not None
        await entering.admit(session, group, [5], date(2026, 12, 1), by=None, now=NOW)
        await groups.close(session, group, by=1, day=date(2026, 11, 20), now=NOW)
    async with office.db.read() as session:
        assert await groups.units_of(session, group.id, date(2026, 11, 20)) == []
        assert await groups.units_of(session, group.id, date(2026, 12, 2)) == []
        assert [unit.id for unit in await groups.units_of(session, group.id, date(2026, 11, 19))] == [2, 3]
        names = [each.group.name for each in await groups.owned(session, 1, date(2026, 11, 20))]
        assert names == ["Cụm 2", "Khối A"]
        assert await session.scalar(select(func.count()).where(Audit.action == "group.close")) == 1


async def test_a_name_is_unique_in_the_office_and_a_closed_group_can_be_opened_again(office: Office) -> None:
    async with office.db.write() as session:
        owner = await session.get_one(Unit, 1)
        other = await session.get_one(Unit, 2)
        with pytest.raises(Refusal, match=r"group\.name_taken"):
            await groups.make(session, owner, "block", "CỤM 1", by=None, now=NOW)
        await groups.make(session, other, "cluster", "Cụm 1", by=None, now=NOW)
        old = await session.get_one(Group, await called_in(session, 1, "Cụm 1"))
        await groups.close(session, old, by=1, day=NOW.date(), now=NOW)
        again = await groups.make(session, owner, "cluster", "Cụm 1", by=None, now=NOW)
        assert (again.id, again.closed_on) == (old.id, None)


async def called_in(session: AsyncSession, unit: int, name: str) -> int:
    return (await session.scalars(select(Group.id).where(Group.name == name, Group.unit_id == unit))).one()


# --- the board --------------------------------------------------------------------------------------------------------


async def test_the_clusters_and_what_is_outside_come_to_the_whole_board(office: Office) -> None:
    shown = await drawn(office)
    async with office.db.read() as session:
        whole = (await board.board(session, "/1/", await office.period(), NOW)).counts
    clusters = [each for each in shown.lines if each.group.kind == "cluster"]
    assert [(each.group.name, each.units, each.counts.filed, each.counts.expected) for each in shown.lines] == [
        ("Cụm 1", 2, 2, 4),
        ("Cụm 2", 1, 0, 2),
        ("Khối A", 2, 2, 4),
    ]
    for name in ("expected", "on_time", "late", "draft", "missing", "returned"):
        parts = [getattr(each.counts, name) for each in clusters] + [getattr(shown.outside_counts, name)]
        assert sum(parts) == getattr(whole, name)
    assert [(each.unit_id, each.counts.filed) for each in shown.outside] == [(5, 1)]


async def test_a_board_shows_the_groups_of_the_last_day_of_its_period(office: Office) -> None:
    async with office.db.write() as session:
        group = await session.get_one(Group, await called(office, "Cụm 2"))
        await entering.admit(session, group, [2], date(2026, 11, 25), by=None, now=NOW)
        await entering.admit(session, group, [3], date(2026, 11, 26), by=None, now=NOW)
    assert [(each.group.name, each.units) for each in (await drawn(office)).lines][:2] == [("Cụm 1", 1), ("Cụm 2", 2)]


async def test_a_team_moved_away_since_still_counts_where_it_stood(office: Office) -> None:
    async with office.db.write() as session:
        past = {"name": "Đội 0001", "name_folded": "doi 0001", "kind": "team", "parent_id": 2, "path": "/1/2/6/"}
        session.add(UnitPast(unit_id=6, until=date(2026, 12, 1), **past))
        await session.execute(update(Unit).where(Unit.id == 6).values(parent_id=5, path="/1/5/6/"))
    assert {each.group.name: each.counts.expected for each in (await drawn(office)).lines}["Cụm 1"] == 4
    shown = await press(office, 1, "group_board.one", await called(office, "Cụm 1"), f"{await office.period()}.0")
    assert sorted((row["name"], row["expected"]) for row in shown.values["rows"]) == [("Xã 001", 2), ("Xã 002", 2)]


async def test_a_team_in_a_cluster_of_its_own_counts_there_and_not_with_its_commune(office: Office) -> None:
    await found(office, "Cụm đội", "cluster", [6])
    shown = {each.group.name: each.counts.expected for each in (await drawn(office)).lines}
    assert shown == {"Cụm 1": 3, "Cụm 2": 2, "Cụm đội": 1, "Khối A": 4}


async def test_a_unit_of_a_group_that_owes_nothing_is_shown_without_a_share(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, communes=3, teams=1, decided_at=at("2026-10-01"))
    await office.tick(at("2026-11-10"))
    await found(office, "Cụm 1", "cluster", [2, 3])
    shown = await press(office, 1, "group_board.one", await called(office, "Cụm 1"))
    assert [(row["name"], row["expected"], row["rate"]) for row in shown.values["rows"]] == [
        ("Xã 001", 1, 0),
        ("Xã 002", 0, None),
    ]
    assert "Xã 002: chưa có đội phải báo cáo" in WORDS.say(shown.key, shown.values)


async def test_the_fullest_board_by_groups_fits_a_phone(sqlite_db: Database) -> None:
    office = await open_office(sqlite_db, communes=12, teams=24, decided_at=at("2026-10-01"))
    await office.tick(at("2026-11-10"))
    for n in range(6):
        await found(office, f"Cụm thi đua số {n}", "cluster", [2 + n])
    first = await press(office, 1, "group_board.show", 1, f"{await office.period()}.0")
    assert (first.values["page"], first.values["pages"], len(first.values["rows"])) == (1, 2, 4)
    lines = [line for line in WORDS.say(first.key, first.values).splitlines() if line.strip()]
    assert len(lines) <= 13
    second = await press(office, 1, "group_board.show", 1, f"{await office.period()}.1")
    assert [row["name"] for row in second.values["rows"]] == ["Cụm thi đua số 4", "Cụm thi đua số 5"]


# --- officers ---------------------------------------------------------------------------------------------------------


async def test_an_officer_of_a_group_sees_the_board_of_exactly_that_group(office: Office) -> None:
    mine, other = await called(office, "Cụm 1"), await called(office, "Cụm 2")
    await appoint(office, 700, 1, "officer", group_id=mine)
    start = await press(office, 700)
    ways = {(button.action, button.object) for row in start.buttons for button in row}
    assert ("group_board.one", mine) in ways
    assert ("group_board.one", other) not in ways
    shown = await press(office, 700, "group_board.one", mine)
    assert sorted(row["name"] for row in shown.values["rows"]) == ["Xã 001", "Xã 002"]
    assert shown.values["expected"] == 4
    period = await office.period()
    for action, number in (
        ("group_board.one", other),
        ("group_board.one", await called(office, "Khối A")),  # it shares a unit with theirs
        ("group_board.show", 1),
        ("group_board.outside", 1),
        ("group.show", mine),
        ("board.open", 1),
        ("board.open", 4),
        ("board.open", 8),
        ("fields.show", 5),
        ("group_board.one", 99_999),
    ):
        with pytest.raises(Refusal, match=r"permission\.not_found"):
            await press(office, 700, action, number, f"{period}.0")
    for allowed in (2, 3, 6):
        assert (await press(office, 700, "board.open", allowed, f"{period}.0")).values["unit"]


async def test_an_officer_of_a_group_reads_the_reports_of_its_units_and_no_others(office: Office) -> None:
    await appoint(office, 700, 1, "officer", group_id=await called(office, "Cụm 1"))
    inside, outside = await office.submit(6, NOW), await office.submit(9, NOW)
    assert (await press(office, 700, "report.view", inside)).key
    with pytest.raises(Refusal, match=r"permission\.not_found"):
        await press(office, 700, "report.view", outside)


async def test_an_officer_loses_a_unit_on_the_day_it_leaves_the_group(office: Office) -> None:
    mine = await called(office, "Cụm 1")
    await appoint(office, 700, 1, "officer", group_id=mine)
    async with office.db.write() as session:
        group = await session.get_one(Group, await called(office, "Cụm 2"))
        await entering.admit(session, group, [3], NOW.date(), by=None, now=NOW)
    with pytest.raises(Refusal, match=r"permission\.not_found"):
        await press(office, 700, "board.open", 3, f"{await office.period()}.0")
    shown = await press(office, 700, "group_board.one", mine)
    assert [row["name"] for row in shown.values["rows"]] == ["Xã 001"]


# --- fields -----------------------------------------------------------------------------------------------------------


async def test_by_field_every_indicator_has_its_own_number_and_says_of_how_many(office: Office) -> None:
    async with office.db.read() as session:
        whole = await summary(session, office.library, await office.period(), "/1/", NOW)
    assert whole is not None
    fields = by_field(whole)
    numbers = {one.code: (total.number, total.counted) for each in fields for one, total in each.totals}
    assert set(numbers) == {each.code for each in whole.indicators}
    assert numbers["LL02"] == (Decimal(22), 3)
    assert numbers["DVC01"] == (Decimal(140), 2)
    assert numbers["DVC02"] == (None, 0)
    assert [each.code for each in by_field(whole, {"xa-hoi", "hanh-chinh-cong"})] == ["hanh-chinh-cong"]


async def test_an_officer_of_one_field_sees_that_field_only(office: Office) -> None:
    await appoint(office, 700, 1, "officer", field="hanh-chinh-cong")
    period = await office.period()
    shown = await press(office, 700, "fields.show", 1, f"{period}.0")
    assert [row["label"] for row in shown.values["rows"]] == ["Hành chính công"]
    with pytest.raises(Refusal, match=r"permission\.not_found"):
        await press(office, 700, "fields.one", 1, f"{period}.0.to-chuc")
    one = await press(office, 700, "fields.one", 1, f"{period}.0.hanh-chinh-cong")
    assert {"number": Decimal(140), "counted": 2, "asked": 8}.items() <= one.values["rows"][0].items()


# --- the table --------------------------------------------------------------------------------------------------------


async def written(office: Office, folder: Path, scope: str | None = None) -> Any:
    paths = await export(office.db, office.library, WORDS, "2026-11", folder, NOW, scope)
    return load_workbook(next(path for path in paths if "bc-thang-2026" in path.name))


def rows_of(page: Worksheet, *columns: int) -> list[tuple[Any, ...]]:
    return [tuple(row[column].value for column in columns) for row in page.iter_rows(min_row=2)]


async def test_the_table_names_the_cluster_and_the_block_of_each_unit(office: Office, tmp_path: Path) -> None:
    page = (await written(office, tmp_path))[WORDS.label("export.sheet_totals")]
    named = {row[2].value: (row[4].value, row[5].value) for row in page.iter_rows(min_row=5) if row[2].value}
    assert named["Đội 0001"] == ("Cụm 1", None)
    assert named["Đội 0002"] == ("Cụm 1", "Khối A")
    assert named["Đội 0004"] == (None, "Khối A")


async def test_the_sheet_by_groups_adds_up_to_the_whole_and_never_turns_missing_into_zero(
    office: Office, tmp_path: Path
) -> None:
    book = await written(office, tmp_path)
    page = book["Theo cụm"]
    codes = next(book[WORDS.label("export.sheet_totals")].iter_rows(min_row=3, max_row=3, values_only=True))
    column = codes.index("LL02")
    shown = load_workbook(next(tmp_path.glob("*bc-thang-2026*.xlsx")), data_only=True)["Theo cụm"]
    assert rows_of(shown, 0, 1, 2, 3, 4, 5, column) == [
        ("Cụm 1", "Xã 001", 2, 1, 0, 1, 10),
        ("Cụm 1", "Xã 002", 2, 0, 1, 1, 5),
        ("Cộng Cụm 1", None, 4, 1, 1, 2, 15),
        ("Cụm 2", "Xã 003", 2, 0, 0, 2, "—"),
        ("Cộng Cụm 2", None, 2, 0, 0, 2, None),
        ("Ngoài cụm", "Xã 004", 2, 1, 0, 1, 7),
        ("Cộng Ngoài cụm", None, 2, 1, 0, 1, 7),
        ("Tổng cộng", None, 8, 2, 1, 5, 22),
        ("Khối A", "Xã 002", 2, 0, 1, 1, 5),
        ("Khối A", "Xã 004", 2, 1, 0, 1, 7),
        ("Cộng Khối A", None, 4, 1, 1, 2, 12),
    ]
    formula = page.cell(9, column + 1).value
    assert re.fullmatch(r"=SUM\([A-Z0-9:,]+\)", formula)
    assert {part[-1] for part in re.findall(r"[A-Z]+[0-9]+", formula)} == {"4", "6", "8"}


async def test_the_table_of_a_commune_names_its_cluster_and_adds_up_no_cluster_of_others(
    office: Office, tmp_path: Path
) -> None:
    book = await written(office, tmp_path, "/1/2/")
    assert "Theo cụm" not in book.sheetnames
    assert book[WORDS.label("export.sheet_totals")]["E5"].value == "Cụm 1"


# --- the list ---------------------------------------------------------------------------------------------------------


def listed(folder: Path, *rows: str) -> Path:
    file = folder / "cum.csv"
    file.write_text("Nhóm;Loại;Đơn vị;Từ ngày;Đến ngày\n" + "\n".join(rows) + "\n", encoding="utf-8-sig")
    return file


async def load(office: Office, file: Path, *, dry: bool = False) -> tuple[bool, dict[str, Any], str]:
    outcome = await load_groups(office.db, WORDS.label, file=file, owner_id=1, dry=dry, now=NOW)
    return outcome.done, dict(outcome.data), "\n".join(outcome.lines)


ROWS = (
    "Cụm 3;cụm thi đua;Xã 001;01/01/2026;",
    "Cụm 4;cụm;Xã 001;01/07/2026;30/09/2026",
    "Khối B;khối;Xã 001;;",
    "Cụm 3;cụm;Xã 004;15/11/2026;",
)


async def test_a_list_moves_units_in_the_order_of_its_days_and_again_changes_nothing(
    db: Database, tmp_path: Path
) -> None:
    office = await open_office(db, communes=4, teams=0)
    file = listed(tmp_path, *ROWS)
    done, data, _ = await load(office, file)
    assert done
    assert (data["groups"], data["added"], data["changed"], data["same"]) == (3, 3, 1, 0)
    async with office.db.read() as session:
        on = {
            day: [each.name for each in await groups.groups_of_unit(session, 2, date.fromisoformat(day))]
            for day in ("2026-06-30", "2026-07-01", "2026-09-30", "2026-10-01", "2026-11-26")
        }
    assert on == {
        "2026-06-30": ["Cụm 3"],
        "2026-07-01": ["Cụm 4"],
        "2026-09-30": ["Cụm 4"],
        "2026-10-01": [],
        "2026-11-26": ["Khối B"],
    }
    done, data, said = await load(office, file)
    assert done
    assert (data["groups"], data["added"], data["changed"], data["same"]) == (0, 0, 0, 4)
    assert "bỏ qua 4" in said


async def test_a_dry_run_says_what_would_happen_and_nothing_does(db: Database, tmp_path: Path) -> None:
    office = await open_office(db, communes=4, teams=0)
    done, data, said = await load(office, listed(tmp_path, *ROWS), dry=True)
    assert done
    assert (data["dry"], data["added"], data["changed"]) == (True, 3, 1)
    assert "Chạy thử" in said
    assert "rời Cụm 3" in said
    async with office.db.read() as session:
        for table in (Group, GroupUnit, Audit):
            assert await session.scalar(select(func.count()).select_from(table)) == 0


async def test_an_excel_file_is_read_like_a_csv(sqlite_db: Database, tmp_path: Path) -> None:
    office = await open_office(sqlite_db, communes=2, teams=0)
    book = Workbook()
    page = book.create_sheet(index=0)
    page.append(["Tên cụm", "Loại", "Đơn vị", "Từ ngày"])
    page.append(["Cụm 1", "Cụm", "Xã 001", datetime(2026, 11, 1)])  # noqa: DTZ001  (a sheet knows no zones)
    book.save(tmp_path / "cum.xlsx")
    done, data, _ = await load(office, tmp_path / "cum.xlsx")
    assert done
    assert data["changes"][0]["since"] == date(2026, 11, 1)


async def test_a_list_with_faults_loads_nothing_and_names_each_by_row_and_column(
    sqlite_db: Database, tmp_path: Path
) -> None:
    office = await open_office(sqlite_db, communes=12, teams=0)
    await found(office, "Khối B", "block", [2])
    file = listed(
        tmp_path, "Cụm 3;cụm;Xã 999;;", "Cụm 3;cụm;Xã;;", "Khối B;cụm;Xã 001;;",
        "Cụm 3;cụm;Xã 002;;", "Cụm 4;cụm;Xã 002;;",
    )  # fmt: skip
    done, data, said = await load(office, file)
    assert not done
    assert [(each["row"], each["column"]) for each in data["faults"]] == [
        (2, "unit"), (3, "unit"), (4, "kind"), (6, "unit")
    ]  # fmt: skip
    assert "Dòng 2, cột đơn vị: Không có đơn vị nào là «Xã 999»" in said
    assert "chưa nạp dòng nào" in said
    async with office.db.read() as session:
        assert await session.scalar(select(func.count()).select_from(Group)) == 1


@pytest.mark.parametrize(
    "content",
    [
        "", "\n\n", "Nhóm;Loại\nA;cụm\n", "Nhóm;Loại;Đơn vị\n", "Nhóm;Loại;Đơn vị\n12;làng;\n",
        "Nhóm;Loại;Đơn vị;Từ ngày\nCụm 1;cụm;Xã 001;31/2/2026\nCụm 1;;Xã 002;5/1\n",
        "Nhóm;Loại;Đơn vị;Từ ngày;Đến ngày\nCụm 1;cụm;Xã 001;01/12/2026;30/11/2026\n", "PK\x03\x04 no zip",
    ],
)  # fmt: skip
async def test_every_fault_of_a_list_has_a_sentence(sqlite_db: Database, tmp_path: Path, content: str) -> None:
    office = await open_office(sqlite_db, communes=2, teams=0)
    file = tmp_path / "cum.csv"
    file.write_text(content, encoding="utf-8")
    done, _, said = await load(office, file)
    assert not done
    assert said
    for wrong in (tmp_path / "khong.csv", tmp_path):
        assert "Chưa đọc được tệp" in (await load(office, wrong))[2]


async def test_whose_groups_they_are_is_asked_when_there_are_several_provinces(sqlite_db: Database) -> None:
    async with sqlite_db.write() as session:
        root = await units.add(session, code="TW", name="Trung ương Đoàn", kind="central", parent=None)
        assert (await only_office(session)).id == root.id
        one = await units.add(session, code="A", name="Tỉnh Đoàn A", kind="province", parent=root)
        assert (await only_office(session)).id == one.id
        await units.add(session, code="B", name="Tỉnh Đoàn B", kind="province", parent=root)
        with pytest.raises(Refusal, match=r"group_list\.whose"):
            await only_office(session)
    assert "--of" in WORDS.label("group_list.whose")


def test_every_key_of_these_screens_is_worded() -> None:
    """The keys that the code names whole; those it composes are met by the transcripts."""
    files = ("handlers/group", "handlers/group_pages", "handlers/group_members", "handlers/group_board", "bot/groups")
    source = "".join(Path(f"{name}.py").read_text(encoding="utf-8") for name in (*files, "models/rules/groups"))
    named = set(re.findall(r'"((?:group|group_list|fields)\.[a-z_]+)"', source))
    named -= set(ACTIONS) | set(group.FLOWS) | {"group.read", "group.manage", "group.units"}
    assert named <= WORDS.keys
