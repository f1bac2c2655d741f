"""A list of units is read whole: every fault at once, with row, column and mend, or every row."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.folding import clean
from models.rules.unit_list import UnitRow, read_units

ROOT = UnitRow("TW", "Trung ương Đoàn", "central", "")
KNOWN = {"TW": ROOT}
GOOD = "code,name,kind,parent_code\n82,Tỉnh Đoàn Đồng Tháp,tỉnh,TW\n28261,Đoàn phường Mỹ Tho,phường,82\n"


def faults(text: str, known: dict[str, UnitRow] | None = None) -> list[tuple[int, str, str]]:
    listed = read_units(text.encode(), KNOWN if known is None else known)
    assert not (listed.rows and listed.faults)
    return [(fault.row, fault.column, fault.key.removeprefix("unit_list.")) for fault in listed.faults]


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.replace("\n", "\r\n"),
        GOOD.replace("code,name,kind,parent_code", "Mã đơn vị,Tên đơn vị,LOẠI,Mã cấp trên"),
        GOOD.replace("code,name,kind,parent_code", "ma,ten,loai,ma don vi cap tren"),
        "\n" + GOOD + "\n,,,\n",
    ],
)
def test_an_office_may_save_its_list_as_it_likes(text: str) -> None:
    listed = read_units(text.encode(), KNOWN)
    assert listed.faults == ()
    assert listed.rows == (
        UnitRow("82", "Tỉnh Đoàn Đồng Tháp", "province", "TW"),
        UnitRow("28261", "Đoàn phường Mỹ Tho", "commune", "82"),
    )


def test_children_may_stand_before_their_parents() -> None:
    text = "code,name,kind,parent_code\nT1,Đội Một,đội hình,X1\nX1,Đoàn xã Một,xã,P\nP,Tỉnh Đoàn,tỉnh,TW\n"
    assert [row.code for row in read_units(text.encode(), KNOWN).rows] == ["P", "X1", "T1"]


def test_every_fault_is_told_at_once_and_nothing_is_loaded() -> None:
    text = (
        "code,name,kind,parent_code\n"
        "82,Tỉnh Đoàn Đồng Tháp,tỉnh,TW\n"
        ",Đoàn xã không mã,xã,82\n"
        "X2,,xã,82\n"
        "X3,Đoàn xã Ba,làng,82\n"
        "X4,Đoàn xã Bốn,xã,99\n"
        "82,Tỉnh Đoàn trùng,tỉnh,TW\n"
        "X 5,Đoàn xã Năm,xã,82\n"
        "X6,Đoàn xã Sáu,xã,\n"
        "X7,Đoàn xã Bảy,xã,82,thừa\n"
    )
    assert faults(text) == [
        (3, "code", "no_code"),
        (4, "name", "no_name"),
        (5, "kind", "unknown_kind"),
        (6, "parent_code", "unknown_parent"),
        (7, "code", "code_twice"),
        (8, "code", "bad_code"),
        (9, "parent_code", "no_parent"),
        (10, "", "too_many_cells"),
    ]


@pytest.mark.parametrize(
    "rows, fault",
    [
        ("A,Đơn vị A,xã,A", (2, "parent_code", "circle")),
        ("TW2,Trung ương khác,trung ương,", (2, "parent_code", "second_root")),
        ("T,Đội,đội hình,X\nX,Đoàn xã,xã,T", (3, "parent_code", "circle")),
        ("T,Đội,đội hình,TW\nT2,Đội con,đội hình,T", (3, "parent_code", "wrong_parent")),
        ("P,Tỉnh Đoàn,tỉnh,X\nX,Đoàn xã,xã,TW", (2, "parent_code", "wrong_parent")),
        ("A," + "a" * 201 + ",xã,TW", (2, "name", "long_name")),
        ("B" * 41 + ",Tên,xã,TW", (2, "code", "bad_code")),
        ("=cmd,Tên,xã,TW", (2, "code", "bad_code")),
    ],
)
def test_cannot_break_the_tree(rows: str, fault: tuple[int, str, str]) -> None:
    assert fault in faults("code,name,kind,parent_code\n" + rows + "\n")


def test_cannot_change_a_kind_so_that_what_hangs_below_no_longer_fits() -> None:
    known = {**KNOWN, "X": UnitRow("X", "Đoàn xã", "commune", "TW"), "T": UnitRow("T", "Đội", "team", "X")}
    assert faults("code,name,kind,parent_code\nX,Đoàn xã,đội hình,TW\n", known) == [(2, "kind", "wrong_for_child")]


def test_two_known_units_may_change_places() -> None:
    known = {
        **KNOWN,
        "A": UnitRow("A", "Trường A", "affiliated", "TW"),
        "B": UnitRow("B", "Trường B", "affiliated", "A"),
    }
    assert faults("code,name,kind,parent_code\nB,Trường B,trực thuộc,TW\nA,Trường A,trực thuộc,B\n", known) == []


@pytest.mark.parametrize(
    "content, key",
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"code,name,kind,parent_code\n", "empty"),
        (b"PK\x03\x04\x00\x00", "not_a_table"),
        ("Mã,Tên".encode("utf-16"), "not_utf8"),
        ('code,name,kind,parent_code\n1,"chưa đóng,xã,TW\n'.encode(), "not_a_table"),
        (b"a,b,c\n1,2,3\n", "no_column"),
        (b"code,code,name,kind,parent_code\n1,2,3,xa,TW\n", "column_twice"),
    ],
)
def test_a_file_that_is_no_list_is_told_how_to_become_one(content: bytes, key: str) -> None:
    listed = read_units(content, KNOWN)
    assert listed.rows == ()
    assert {fault.key for fault in listed.faults} == {f"unit_list.{key}"}


@given(st.binary(max_size=200))
def test_no_bytes_bring_it_down(content: bytes) -> None:
    listed = read_units(content, KNOWN)
    assert listed.rows or listed.faults


@given(st.text(st.characters(exclude_characters=[], exclude_categories=["Cs"]), max_size=60))
def test_a_good_row_keeps_its_name_whatever_it_is(name: str) -> None:
    quoted = '"' + name.replace('"', '""') + '"'
    listed = read_units(f"code,name,kind,parent_code\nX,{quoted},xã,TW\n".encode(), KNOWN)
    assert all(row.name == " ".join(clean(name).split()) for row in listed.rows)
    assert listed.rows or listed.faults
