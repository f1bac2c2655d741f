"""The real units of the country, loaded once or twice, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from vietnam_provinces import Province

from bot.units import find_province, load_units, province_rows, root_row
from models import units
from models.database import Database
from models.rules import Refusal
from models.rules.unit_list import UnitRow, read_units
from models.tables import Audit, Unit
from tests.shipped import words_in

NOW = datetime(2026, 11, 20, 1, tzinfo=UTC)
WORDS = words_in()


async def loaded(db: Database, **how: Any) -> tuple[bool, dict[str, Any], str]:
    outcome = await load_units(db, WORDS.label, now=NOW, **how)
    return outcome.done, dict(outcome.data), "\n".join(outcome.lines)


async def paths_are_right(db: Database) -> bool:
    async with db.read() as session:
        by_id = {unit.id: unit for unit in await session.scalars(select(Unit))}
    return all(
        unit.path == (by_id[unit.parent_id].path if unit.parent_id else "/") + f"{unit.id}/" for unit in by_id.values()
    )


async def test_a_province_loads_with_its_real_communes_and_again_without_change(db: Database) -> None:
    done, data, said = await loaded(db, province="dong thap")
    assert done
    assert (data["added"], data["changed"]) == (104, 0)  # the root, the province, 102 communes
    assert "104" in said
    async with db.read() as session:
        (commune,) = await units.by_code_or_name(session, "phuong my tho")
        (province,) = await units.by_code_or_name(session, "82")
        root = await units.root(session)
    assert root is not None
    assert (commune.name, commune.kind, commune.code) == ("Đoàn phường Mỹ Tho", "commune", "28261")
    assert (province.name, province.path) == ("Tỉnh Đoàn Đồng Tháp", f"/{root.id}/{province.id}/")
    assert commune.path == f"{province.path}{commune.id}/"
    done, data, _ = await loaded(db, province="Tỉnh Đồng Tháp")
    assert done
    assert (data["added"], data["changed"], data["same"]) == (0, 0, 104)


async def test_a_dry_run_tells_and_writes_nothing(db: Database) -> None:
    done, data, said = await loaded(db, province="Cà Mau", dry=True)
    assert done
    assert data["added"] > 1
    assert "Chạy thử" in said
    async with db.read() as session:
        assert await units.root(session) is None
        assert await session.scalar(select(func.count()).select_from(Audit)) == 0


async def test_all_34_provinces_hold_3321_communes(sqlite_db: Database) -> None:
    provinces = list(Province.iter_all())
    assert len(provinces) == 34
    async with sqlite_db.write() as session:
        rows = [root_row()] + [row for province in provinces for row in province_rows(province, "TW")]
        result = await units.load(session, rows, NOW)
    assert result.added == 1 + 34 + 3321
    async with sqlite_db.write() as session:
        again = await units.load(session, rows, NOW)
        root = await units.root(session)
        assert root is not None
        counted = await units.counts(session, root.path)
    assert (again.added, again.changed) == (0, 0)
    assert counted == units.Counts(communes=3321, confirmed=0, waiting=0)
    assert await paths_are_right(sqlite_db)


@pytest.mark.parametrize("text", ["Hồ Chí Minh", "ho chi minh", "TP. Hồ Chí Minh", "thành phố hồ chí minh", "79"])
def test_a_province_is_found_however_it_is_typed(text: str) -> None:
    found = find_province(text)
    assert found.name == "Thành phố Hồ Chí Minh"
    assert province_rows(found, "TW")[0] == UnitRow("79", "Thành Đoàn TP. Hồ Chí Minh", "province", "TW")


def test_every_province_is_found_by_its_own_name() -> None:
    for province in Province.iter_all():
        assert find_province(province.name) == province


def test_a_wrong_province_is_answered_with_near_ones() -> None:
    with pytest.raises(Refusal) as no:
        find_province("Đồng Tháo")
    assert no.value.key == "unit_list.no_such_province"
    assert "Đồng Tháp" in no.value.values["near"]


def write(folder: Path, rows: str) -> Path:
    file = folder / "don-vi.csv"
    file.write_text("Mã;Tên;Loại;Mã cấp trên\n" + rows, encoding="utf-8-sig")
    return file


async def test_a_list_adds_renames_and_moves_whole_subtrees(db: Database, tmp_path: Path) -> None:
    first = write(tmp_path, "P;Tỉnh Đoàn;tỉnh;TW\nX1;Đoàn xã Một;xã;P\nX2;Đoàn xã Hai;xã;P\nT;Đội Sen;đội hình;X1\n")
    assert (await loaded(db, file=first))[0]
    second = write(tmp_path, "T;Đội Sen Hồng;đội hình;X2\nX2;Đoàn xã Hai;xã;P\n")
    done, data, said = await loaded(db, file=second)
    assert done
    assert (data["added"], data["changed"], data["same"]) == (0, 1, 1)
    assert "«Đội Sen» → «Đội Sen Hồng»" in said
    async with db.read() as session:
        (team,) = await units.by_code_or_name(session, "sen hong")
        (commune,) = await units.by_code_or_name(session, "X2")
        assert [unit.code for unit in await units.teams_under(session, commune.path)] == ["T"]
        assert [unit.code for unit in await units.children(session, commune.id)] == ["T"]
    assert team.path == f"{commune.path}{team.id}/"
    assert await paths_are_right(db)


async def test_two_units_change_places(db: Database, tmp_path: Path) -> None:
    assert (await loaded(db, file=write(tmp_path, "A;Trường A;trực thuộc;TW\nB;Trường B;trực thuộc;A\n")))[0]
    assert (await loaded(db, file=write(tmp_path, "B;Trường B;trực thuộc;TW\nA;Trường A;trực thuộc;B\n")))[0]
    assert await paths_are_right(db)


async def test_a_list_with_faults_loads_nothing_and_names_them_all(sqlite_db: Database, tmp_path: Path) -> None:
    file = write(tmp_path, "P;Tỉnh Đoàn;tỉnh;TW\nX1;;xã;P\nX2;Đoàn xã Hai;làng;P\nX3;Đoàn xã Ba;xã;Q\n")
    done, data, said = await loaded(sqlite_db, file=file)
    assert not done
    assert len(data["faults"]) == 3
    assert "Dòng 3, cột tên (name): Thiếu tên" in said
    assert "chưa nạp đơn vị nào" in said
    async with sqlite_db.read() as session:
        assert await units.root(session) is None


async def test_every_fault_has_a_sentence(sqlite_db: Database, tmp_path: Path) -> None:
    assert (await loaded(sqlite_db, file=write(tmp_path, "P;Tỉnh Đoàn;tỉnh;TW\nX;Xã;xã;P\n")))[0]
    broken = (
        "a b;Tên;xã;P\nC;C;xã;C\nD;D;trung ương;\nE;E;tỉnh;\nX;Xã;đội hình;P\nF;F;đội;X\nG;G;;P\n;H;xã;P\nI;I;xã;P;1\n"
        f"K;{'k' * 201};xã;P\nL;L;xã;P\nL;L;xã;P\nM;M;ấp;P\nN;N;tỉnh;X\nO;O;xã;không có\n"
    )
    for content in (broken, "", '"'):
        done, _, said = await loaded(sqlite_db, file=write(tmp_path, content))
        assert not done
        assert said
    for name in ("khong-co.csv", "."):
        assert "Chưa đọc được tệp" in (await loaded(sqlite_db, file=tmp_path / name))[2]


async def test_search_takes_a_part_of_a_name_without_marks_and_never_a_wildcard(sqlite_db: Database) -> None:
    await loaded(sqlite_db, province="Đồng Tháp")
    async with sqlite_db.read() as session:
        found = await units.search(session, "/", "mỹ thọ", ["commune"], 8)
        assert [unit.name for unit in found[:2]] == ["Đoàn xã Mỹ Thọ", "Đoàn phường Mỹ Tho"]
        found = await units.search(session, "/", "Mỹ Tho", ["commune"], 8)
        assert found[0].name == "Đoàn phường Mỹ Tho"
        assert await units.search(session, "/", "%", None, 8) == []
        assert await units.search(session, "/", "_", None, 8) == []
        assert await units.search(session, "/99/", "my tho", None, 8) == []
        assert await units.by_code_or_name(session, "   ") == []


async def test_a_subtree_is_no_text_prefix(sqlite_db: Database) -> None:
    async with sqlite_db.write() as session:
        root = await units.add(session, code="TW", name="Gốc", kind="central", parent=None)
        made = [await units.add(session, code=f"X{n}", name=f"Xã {n}", kind="commune", parent=root) for n in range(40)]
        one = made[1]
        team = await units.add(session, code="T", name="Đội", kind="team", parent=one)
        assert [unit.id for unit in await units.subtree(session, one.path)] == [one.id, team.id]
        assert len(await units.subtree(session, root.path)) == 42


def test_the_register_itself_would_pass_as_a_list() -> None:
    lines = ["code,name,kind,parent_code", "TW,Trung ương Đoàn,trung ương,"]
    for province in Province.iter_all():
        lines += [f'{row.code},"{row.name}",{row.kind},{row.parent_code}' for row in province_rows(province, "TW")]
    listed = read_units("\n".join(lines).encode(), {})
    assert listed.faults == ()
    assert len(listed.rows) == 1 + 34 + 3321
