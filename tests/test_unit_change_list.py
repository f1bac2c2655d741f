"""The list of a resolution: merged communes, districts that end; whole or not at all, every fault by row and column."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.unit_changes import load_changes
from bot.units import load_units
from models import people, trees, units
from models.database import Database
from models.people import actor_of
from models.rules.permissions import may
from models.tables import Person, Unit, UnitChange, UnitPast
from tests.shipped import words_in

NOW = datetime(2025, 7, 5, 2, tzinfo=UTC)
JULY = date(2025, 7, 1)
WORDS = words_in()
# a province as it stood until 30/6/2025, and what the resolutions of that summer made of it
BEFORE = """Mã;Tên;Loại;Mã cấp trên
P;Tỉnh Đoàn Tiền Giang;tỉnh;TW
H1;Huyện Đoàn Cái Bè;huyện;P
H2;Thị Đoàn Cai Lậy;thị xã;P
X1;Đoàn xã Hậu Mỹ Bắc A;xã;H1
X2;Đoàn xã Hậu Mỹ Bắc B;xã;H1
X3;Đoàn thị trấn Cái Bè;thị trấn;H1
X4;Đoàn xã Hoà Khánh;xã;H1
X5;Đoàn phường 1;phường;H2
X6;Đoàn xã Tân Bình;xã;H2
DH;Đội hình cấp huyện Cái Bè;đội hình;H1
D1;Đội Hậu Mỹ;đội hình;X1
D2;Đội chợ Cái Bè;đội hình;X3
D5;Đội phường 1;đội hình;X5
"""
CHANGES = """Loại;Đơn vị cũ;Đơn vị mới;Ngày;Căn cứ;Mã mới
sáp nhập;Đoàn xã Hậu Mỹ Bắc A + Đoàn xã Hậu Mỹ Bắc B;Đoàn xã Hậu Mỹ;1/7/2025;NQ 1663/NQ-UBTVQH15;28414
Gộp;X3 | X4;X3;1/7/2025;NQ 1663/NQ-UBTVQH15;
đổi tên;X3;Đoàn xã Cái Bè;01/07/2025;NQ 1663/NQ-UBTVQH15;
chuyển;DH;Đoàn xã Cái Bè;1/7/2025;;
giải thể;Huyện Đoàn Cái Bè;P;1/7/2025;Luật 72/2025/QH15;
giải thể;H2;Tỉnh Đoàn Tiền Giang;1/7/2025;Luật 72/2025/QH15;
tách;X6;"Đoàn xã Tân Bình|Đoàn phường Nhị Quý";1/1/2026;;
"""


def written(folder: Path, text: str, name: str = "thay-doi.csv") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8-sig")
    return file


async def changed(db: Database, folder: Path, text: str, **how: Any) -> tuple[bool, dict[str, Any], str]:
    outcome = await load_changes(db, WORDS.label, file=written(folder, text), now=NOW, **how)
    return outcome.done, dict(outcome.data), "\n".join(outcome.lines)


@pytest.fixture
async def land(db: Database, tmp_path: Path) -> Database:
    assert (await load_units(db, WORDS.label, file=written(tmp_path, BEFORE), now=NOW)).done
    async with db.write() as session:
        codes = {unit.code: unit for unit in await session.scalars(select(Unit))}
        for code in ("H1", "X1", "X2"):
            person = Person(name=f"Cán bộ {code}", name_folded=f"can bo {code}", created_at=NOW)
            session.add(person)
            await session.flush()
            await people.grant(session, person.id, codes[code].id, "coordinator", by=None, now=NOW)
    return db


async def test_a_dry_run_tells_all_and_writes_nothing(land: Database, tmp_path: Path) -> None:
    done, data, said = await changed(land, tmp_path, CHANGES, dry=True)
    assert done, said
    assert (data["changes"], data["planned"]) == (7, 1)
    assert "Dòng 2: Đoàn xã Hậu Mỹ Bắc A, Đoàn xã Hậu Mỹ Bắc B → Đoàn xã Hậu Mỹ" in said
    assert "chuyển theo 1 đơn vị; 2 người tiếp tục" in said
    assert "Dòng 6: Huyện Đoàn Cái Bè giải thể; Tỉnh Đoàn Tiền Giang nhận từ 01/07/2025; chuyển theo 2 đơn vị" in said
    assert "(hẹn)" in said
    assert "<" not in said
    async with land.read() as session:
        assert await session.scalar(select(func.count()).select_from(UnitChange)) == 0
        assert await session.scalar(select(func.count()).select_from(UnitPast)) == 0
        assert await session.scalar(select(func.count()).select_from(Unit).where(Unit.closed_on.is_not(None))) == 0


async def test_a_province_with_districts_becomes_one_of_two_levels(land: Database, tmp_path: Path) -> None:
    done, data, said = await changed(land, tmp_path, CHANGES)
    assert done, said
    assert (data["changes"], data["planned"]) == (7, 1)
    async with land.read() as session:
        (province,) = await units.by_code_or_name(session, "P")
        (new,) = await units.by_code_or_name(session, "28414")
        june = await trees.tree_on(session, date(2025, 6, 30), "/")
        july = await trees.tree_on(session, JULY, "/")
        everybody = list(await session.scalars(select(Unit)))
        left = await session.scalar(select(Person).where(Person.name == "Cán bộ H1"))
        assert left is not None
        district_officer = await actor_of(session, left.id, NOW)
        went = {unit.code: unit.successor_id for unit in everybody if unit.closed_on is not None}
    assert (new.name, new.parent_id, new.opened_on) == ("Đoàn xã Hậu Mỹ", province.id, JULY)
    assert sorted(node.kind for node in june.values()).count("district") == 2
    assert "district" not in {node.kind for node in july.values()}
    assert {node.name for node in july.values() if node.kind == "commune"} == {
        "Đoàn xã Hậu Mỹ", "Đoàn xã Cái Bè", "Đoàn phường 1", "Đoàn xã Tân Bình",
    }  # fmt: skip
    assert {node.parent_id for node in july.values() if node.kind == "commune"} == {province.id}
    for tree in (june, july):
        for node in tree.values():
            above = tree[node.parent_id].path if node.parent_id else "/"
            assert node.path == f"{above}{node.id}/"
    assert len(everybody) == 1 + 13 + 1  # the root, the list, the new commune: nothing is ever deleted
    assert set(went) == {"H1", "H2", "X1", "X2", "X4"}
    assert not district_officer.roles  # nobody rises to the province because a district ends
    assert not may(district_officer, "board.read", province.path)


async def test_the_old_list_loaded_again_changes_nothing(land: Database, tmp_path: Path) -> None:
    """A list that still names closed units neither opens nor moves them."""
    merged = "Loại;Đơn vị cũ;Đơn vị mới;Ngày\nsáp nhập;X1+X2;X1;1/7/2025\n"
    assert (await changed(land, tmp_path, merged))[0]
    outcome = await load_units(land, WORDS.label, file=written(tmp_path, BEFORE, "cu.csv"), now=NOW)
    assert outcome.done, outcome.lines
    assert (outcome.data["added"], outcome.data["changed"]) == (0, 0)


async def test_faults_are_told_by_row_and_column_and_nothing_is_done(land: Database, tmp_path: Path) -> None:
    broken = (
        "Loại;Đơn vị cũ;Đơn vị mới;Ngày;Căn cứ\n"
        "sát nhập nhầm;X1;X2;1/7/2025;\n"
        "sáp nhập;;Đoàn xã Mới;1/7/2025;\n"
        "đổi tên;X1;;1/7/2025;\n"
        "đổi tên;X1;12;1/7/2025;\n"
        "chuyển;D1;X2;32/7/2025;\n"
    )
    done, data, said = await changed(land, tmp_path, broken)
    assert not done
    assert [(each["row"], each["column"]) for each in data["faults"]] == [
        (2, "kind"), (3, "old"), (4, "new"), (5, "new"), (6, "day"),
    ]  # fmt: skip
    assert "Dòng 6, cột ngày" in said
    assert "chưa thay đổi gì" in said
    resolved = (
        "Loại;Đơn vị cũ;Đơn vị mới;Ngày\n"
        "đổi tên;X1;Đoàn xã Khác;1/7/2025\n"
        "giải thể;X9;X1;1/7/2025\n"
        "chuyển;D1;Đội phường 1;1/7/2025\n"
        "giải thể;X5;;1/7/2025\n"
    )
    done, data, said = await changed(land, tmp_path, resolved)
    assert not done
    assert [(each["row"], each["key"].partition(".")[2]) for each in data["faults"]] == [
        (3, "unknown_unit"), (4, "cannot_hold"), (5, "has_children"),
    ]  # fmt: skip
    assert "<" not in said
    async with land.read() as session:
        assert (await units.by_code_or_name(session, "X1"))[0].name == "Đoàn xã Hậu Mỹ Bắc A"


async def test_every_fault_of_the_file_has_a_sentence(sqlite_db: Database, tmp_path: Path) -> None:
    for text in ("", "Loại;Ngày\n", "Loại;Đơn vị cũ;Đơn vị mới;Ngày\n"):
        done, _, said = await changed(sqlite_db, tmp_path, text)
        assert not done
        assert said
    missing = await load_changes(sqlite_db, WORDS.label, file=tmp_path / "khong-co.csv", now=NOW)
    assert "Chưa đọc được tệp" in missing.lines[0]
