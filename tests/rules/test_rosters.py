"""Lines of a team's list: what each field accepts, who is the same person, what a list that was sent would change."""

from __future__ import annotations

import string
from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.roster_plans import KnownLine, RosterPlan, plan_roster
from models.rules.roster_tables import RosterTable, is_list, read_pasted, read_sheet
from models.rules.rosters import (
    FIELDS,
    MOST_LINES,
    Bearer,
    RosterLine,
    count_people,
    is_same_bearer,
    read_duty,
    read_field,
    read_phone,
    read_year,
    same_person,
)
from models.rules.sheets import Cell, CellValue, SheetPage, SheetRows, cell_name

YEAR = 2026
HEAD = ("TT", "Họ và tên", "Năm sinh", "Chức vụ", "Điện thoại", "Ghi chú")


def sheet(*rows: tuple[CellValue, ...]) -> SheetRows:
    lines = [tuple(Cell(cell_name(at, column), each) for column, each in enumerate(row)) for at, row in enumerate(rows)]
    return SheetRows((SheetPage("Trang 1", tuple(lines)),))


def names(table: RosterTable) -> list[str]:
    return [each.line.name for each in table.lines]


def faults(table: RosterTable) -> list[tuple[str, str]]:
    return [(each.cell or str(each.row), each.key.partition(".")[2]) for each in table.faults]


def refusal(*rows: tuple[CellValue, ...]) -> str:
    with pytest.raises(Refusal) as refused:
        read_sheet(sheet(*rows), YEAR)
    return refused.value.key


# --- fields -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed, duty",
    [
        ("Đội trưởng", "leader"), ("TỔ TRƯỞNG", "leader"), ("đội phó", "deputy"), ("Phó Đội trưởng", "deputy"),
        ("phó đội trưởng thường trực", "deputy"), ("Uỷ viên Ban Chỉ huy", "commander"), ("UV.BCH", "commander"),
        ("thành viên Ban chỉ huy", "commander"), ("Đội viên", "member"), ("TNV", "member"), ("", "member"),
    ],
)  # fmt: skip
def test_duties_are_read_as_offices_write_them(typed: str, duty: str) -> None:
    assert read_duty(typed) == duty


@pytest.mark.parametrize("typed", ["thủ quỹ", "abc", "Bí thư chi đoàn"])
def test_a_duty_that_is_none_of_a_team_is_asked_about(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_duty(typed)
    assert refused.value.key == "roster.duty_unclear"


@pytest.mark.parametrize("typed", ["1999", "12/05/1999", "1-1-1999", "sinh năm 1999", " 1999 "])
def test_a_birth_year_is_read_from_a_year_or_a_day_of_birth(typed: str) -> None:
    assert read_year(typed, YEAR) == 1999


@pytest.mark.parametrize("typed", ["200", "99", "2024", "1899", "19999", "không rõ", "1999 hoặc 2000"])
def test_a_year_in_which_no_member_was_born_is_refused(typed: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_year(typed, YEAR)
    assert refused.value.values["oldest"] == 1926


@pytest.mark.parametrize(
    "typed, phone",
    [
        ("0912 345 678", "0912345678"), ("0912.345.678", "0912345678"), ("+84912345678", "0912345678"),
        ("84 912 345 678", "0912345678"), ("912345678", "0912345678"), ("(0296) 385 1234", "02963851234"), ("", ""),
    ],
)  # fmt: skip
def test_a_phone_is_kept_as_digits_with_the_zero_a_spreadsheet_drops(typed: str, phone: str) -> None:
    assert read_phone(typed) == phone


@given(st.text(string.digits + " .-+()/", max_size=25))
def test_a_phone_that_is_accepted_is_one_and_reads_back_the_same(typed: str) -> None:
    try:
        phone = read_phone(typed)
    except Refusal:
        return
    assert phone == "" or (phone.isdecimal() and phone.startswith("0") and len(phone) in (10, 11))
    assert read_phone(phone) == phone


@given(st.sampled_from(FIELDS), st.text(max_size=60))
def test_whatever_is_typed_is_read_or_refused_with_the_field_it_is_about(field: str, typed: str) -> None:
    try:
        read_field(field, typed, YEAR)
    except Refusal as no:
        assert no.key.startswith(f"roster.{field}_")  # noqa: PT017


# --- who is who -------------------------------------------------------------------------------------------------------

bearers = st.builds(
    Bearer,
    number=st.integers(1, 10_000),
    name=st.sampled_from(["an", "binh"]),
    year=st.sampled_from([None, 1999, 2000]),
    phone=st.sampled_from(["", "0911111111", "0922222222"]),
    person=st.sampled_from([None, None, 1, 2]),
)
lists = st.lists(bearers, max_size=7, unique_by=lambda each: each.number)


@given(bearers, bearers)
def test_being_one_person_holds_both_ways_and_of_oneself(one: Bearer, other: Bearer) -> None:
    assert same_person(one, one)
    assert same_person(one, other) == same_person(other, one)


@given(bearers, bearers)
def test_two_lines_count_once_exactly_when_they_are_one_person(one: Bearer, other: Bearer) -> None:
    if one.number != other.number:
        assert count_people([one, other]) == (1 if same_person(one, other) else 2)


@given(lists)
def test_people_are_counted_alike_in_any_order_and_never_more_often_than_they_are_listed(lines: list[Bearer]) -> None:
    counted = {count_people(order) for order in permutations(lines[:5])}
    assert len(counted) == 1
    assert bool(lines) <= count_people(lines) <= len(lines)
    assert count_people(lines) >= len({each.person for each in lines if each.person is not None})


def test_a_name_alone_makes_nobody_the_same() -> None:
    one, other = Bearer(1, "nguyen van an"), Bearer(2, "nguyen van an")
    assert not same_person(one, other)
    assert count_people([one, other]) == 2
    assert same_person(replace(one, year=1999), replace(other, year=1999))
    assert not same_person(replace(one, year=1999), replace(other, year=2000))
    assert same_person(replace(one, phone="0911111111"), replace(other, phone="0911111111"))


def test_somebody_who_joined_is_known_on_the_list_of_another_team_too() -> None:
    here, there = Bearer(1, "lan", 1996, "0911111111", person=7), Bearer(2, "lan", None, "0911111111")
    assert same_person(here, there)
    assert count_people([here, there, Bearer(3, "lan", 1996)]) == 1


# --- tables -----------------------------------------------------------------------------------------------------------


def test_a_table_is_read_below_its_headings_until_its_foot() -> None:
    table = read_sheet(
        sheet(
            ("ĐOÀN PHƯỜNG MỸ THO",),
            ("DANH SÁCH ĐỘI HÌNH",),
            HEAD,
            ("(1)", "(2)", "(3)", "(4)", "(5)", "(6)"),
            (Decimal(1), "Nguyễn Văn An", Decimal(1999), "Đội trưởng", Decimal(912345678), "học sinh"),
            (Decimal(2), None, None, None, None, None),
            (Decimal(3), "Trần Bình", None, None, None, None),
            (None, "Tổng cộng: 2 người"),
            (None, "Người lập danh sách"),
        ),
        YEAR,
    )
    assert names(table) == ["Nguyễn Văn An", "Trần Bình"]
    assert table.lines[0].line == RosterLine("Nguyễn Văn An", "leader", 1999, "0912345678", "học sinh")
    assert table.lines[1].said == frozenset({"name"})
    assert faults(table) == []


def test_a_surname_in_a_column_of_its_own_is_put_in_front() -> None:
    table = read_sheet(sheet(("STT", "Họ và tên đệm", "Tên"), (Decimal(1), "Nguyễn Văn", "An")), YEAR)
    assert names(table) == ["Nguyễn Văn An"]


def test_everything_wrong_in_a_row_is_told_with_its_cell() -> None:
    rows = (HEAD, (Decimal(1), "Lê 8", "200", "thủ quỹ", "123", "cccd 082099001234"), (Decimal(2), None, "1999"))
    assert faults(read_sheet(sheet(*rows), YEAR)) == [
        ("B2", "name_unclear"), ("D2", "duty_unclear"), ("C2", "year_unclear"), ("E2", "phone_unclear"),
        ("F2", "note_identity"), ("B3", "name_unclear"),
    ]  # fmt: skip


def test_a_formula_is_never_taken_for_what_it_came_to() -> None:
    page = sheet(HEAD, (Decimal(1), "An Văn"))
    row = (Cell("A2", Decimal(1), "=A1+1"), Cell("B2", "Lê An", '="Lê "&"An"'))
    table = read_sheet(SheetRows((SheetPage("", (page.pages[0].rows[0], row)),)), YEAR)
    assert faults(table) == [("B2", "formula")]


def test_one_person_twice_in_a_file_is_told_and_two_of_one_name_are_two() -> None:
    rows = (HEAD, (None, "Lê An", Decimal(1999)), (None, "LÊ AN", Decimal(1999)), (None, "Lê An", Decimal(2000)))
    table = read_sheet(sheet(*rows), YEAR)
    assert names(table) == ["Lê An", "Lê An"]
    assert faults(table) == [("B3", "twice_in_file")]


def test_what_is_no_list_is_refused() -> None:
    assert refusal(("Nội dung", "Số tiền"), ("Băng rôn", Decimal(5))) == "roster.no_heading"
    assert refusal(HEAD) == "roster.no_lines"
    many = [(Decimal(n), f"Lê {'A' * (n % 30 + 1)} {chr(65 + n % 26)}", None) for n in range(MOST_LINES + 1)]
    assert refusal(HEAD, *many) == "roster.too_many"


def test_pasted_lines_are_read_with_their_parts_in_any_order() -> None:
    table = read_pasted(
        "Danh sách đội:\n1. Nguyễn Văn An, 1999, đội phó, 0912 345 678\n2) Trần Thị Bình - sn 2001 - BCH\n"
        "Lê Văn Cường 1998 đội trưởng 0987654321\n- Võ Em; 200\nĐỗ Gia\t1997\tUỷ viên BCH\t0912345678\thọc sinh",
        YEAR,
    )
    assert [each.line for each in table.lines] == [
        RosterLine("Nguyễn Văn An", "deputy", 1999, "0912345678"),
        RosterLine("Trần Thị Bình", "commander", 2001),
        RosterLine("Lê Văn Cường", "leader", 1998, "0987654321"),
        RosterLine("Đỗ Gia", "commander", 1997, "0912345678", "học sinh"),
    ]
    assert faults(table) == [("5", "year_unclear")]


def test_a_duty_in_a_pasted_line_is_no_heading() -> None:
    table = read_pasted("1. Lê An - đội trưởng - 1998\n2) Võ Sáu\tThành viên\t2004\t0901234567", YEAR)
    assert [(each.line.name, each.line.duty, each.line.year) for each in table.lines] == [
        ("Lê An", "leader", 1998),
        ("Võ Sáu", "member", 2004),
    ]
    assert [each.line.name for each in read_pasted("Thành viên\nLê An\nVõ Sáu", YEAR).lines] == ["Lê An", "Võ Sáu"]


def test_a_table_pasted_from_a_spreadsheet_is_read_by_its_headings() -> None:
    table = read_pasted("STT\tChức vụ\tHọ tên\n1\tĐội trưởng\tLê An\n2\t\tVõ Bình", YEAR)
    assert [(each.line.name, each.line.duty) for each in table.lines] == [("Lê An", "leader"), ("Võ Bình", "member")]


@pytest.mark.parametrize(
    "typed, meant", [("Nguyễn Văn An", False), ("an", False), ("Lê An, 1999", True), ("A\nB", True)]
)
def test_a_name_alone_is_no_list(typed: str, meant: bool) -> None:
    assert is_list(typed) is meant


@given(st.text(max_size=300))
def test_whatever_is_pasted_is_read_or_refused(text: str) -> None:
    try:
        table = read_pasted(text, YEAR)
    except Refusal as no:
        assert no.key in ("roster.no_lines", "roster.no_heading")  # noqa: PT017
        return
    assert len(table.lines) + len({each.row for each in table.faults}) <= len(text.splitlines()) + 1


# --- plans ------------------------------------------------------------------------------------------------------------

AN, BINH = RosterLine("Lê An", "leader", 1999, "0911111111"), RosterLine("Võ Bình", "member", None, "", "học sinh")
KNOWN = [KnownLine(1, AN), KnownLine(2, BINH)]


def plan(*rows: tuple[CellValue, ...], known: Sequence[KnownLine] = KNOWN) -> RosterPlan:
    return plan_roster(read_sheet(sheet((*HEAD, "Mã dòng"), *rows), YEAR), known)


def test_the_same_list_sent_back_changes_nothing() -> None:
    same = plan(
        (Decimal(1), "Lê An", Decimal(1999), "Đội trưởng", "0911111111", None, Decimal(1)),
        (Decimal(2), "Võ Bình", None, "Thành viên", None, "học sinh", Decimal(2)),
    )
    assert (same.changes, same.same, same.left) == (0, 2, 0)


def test_an_empty_cell_takes_nothing_away_and_an_absent_line_stays() -> None:
    partly = plan((None, "lê an", None, None, None, "trưởng ấp", None))
    assert [(each.fields, each.after.year) for each in partly.mended] == [(("name", "note"), 1999)]
    assert partly.left == 1


def test_a_misspelt_name_is_mended_on_its_own_line_and_another_name_is_another_person() -> None:
    mended = plan(
        (None, "Lê Ân", None, None, None, None, Decimal(1)), (None, "Võ Bìn", None, None, None, None, Decimal(2))
    )
    assert [each.number for each in mended.mended] == [1, 2]
    written_over = plan((None, "Trần Thị Cúc", None, None, None, None, Decimal(1)))
    assert ([line.name for line in written_over.new], written_over.left) == (["Trần Thị Cúc"], 2)


def test_the_key_of_another_list_means_nothing() -> None:
    assert [line.name for line in plan((None, "Hồ Mới", None, None, None, None, Decimal(99))).new] == ["Hồ Mới"]


def test_a_list_never_grows_beyond_what_a_team_may_have() -> None:
    full = [KnownLine(n, RosterLine(f"Người {n}")) for n in range(MOST_LINES)]
    with pytest.raises(Refusal) as refused:
        plan((None, "Lê An"), known=full)
    assert refused.value.key == "roster.full"


def test_agreeing_to_one_change_agrees_to_no_other() -> None:
    one, other = plan((None, "Hồ Mới")), plan((None, "Hồ Mới", Decimal(2000)))
    assert one.mark != other.mark
    assert one.mark == plan((None, "Hồ Mới")).mark


lines_of_lists = st.lists(
    st.builds(
        RosterLine,
        name=st.sampled_from(["Lê An", "Võ Bình", "Hồ Cúc", "Trần Dũng"]),
        duty=st.sampled_from(["leader", "member"]),
        year=st.sampled_from([None, 1999, 2000]),
        note=st.sampled_from(["", "học sinh"]),
    ),
    max_size=5,
)


@given(lines_of_lists, lines_of_lists)
def test_every_line_sent_is_new_or_mended_or_the_same_and_none_of_the_list_is_lost(
    there: list[RosterLine], sent: list[RosterLine]
) -> None:
    known = [KnownLine(number, line) for number, line in enumerate(there, 1)]
    words = {"leader": "Đội trưởng", "member": "Thành viên"}
    rows = [
        (None, each.name, Decimal(each.year) if each.year else None, words[each.duty], None, each.note) for each in sent
    ]
    if not rows:
        return
    table = read_sheet(sheet(HEAD, *rows), YEAR)
    found = plan_roster(table, known)
    assert len(found.new) + len(found.mended) + found.same == len(table.lines)
    assert len(found.mended) + found.same + found.left == len(known)
    assert all(is_same_bearer(each.before, each.after) for each in found.mended)
