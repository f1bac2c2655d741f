"""Forms as .xlsx: written and read back the same, and every mistake told by its sheet, row and cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.files import XLSX
from bot.form_sheets import write_form
from bot.forms import load_form, write_template
from bot.office import Failed, Office
from bot.sheets_in import read_table
from bot.xlsforms import FormReader
from handlers.turn import StoredFile
from models import programmes
from models.database import Database
from models.programmes import Library
from models.rules import Refusal
from models.rules.forms import Form
from tests.office import LOADED
from tests.sheets import xlsx
from tests.shipped import plans, words_in

WORDS = words_in()
FORMS = [form for plan in plans() for form in plan.forms]
HEADS = ["type", "name", "label::Vietnamese (vi)", "required", "relevant", "constraint", "calculation", "đơn vị tính"]
CHOICES = [["list_name", "name", "label::Vietnamese (vi)"], ["yn", "co", "Có"], ["yn", "khong", "Không"]]
SETTINGS = [["form_title", "form_id"], ["Phiếu", "PHIEU-A"]]


def read(content: bytes, bases: Sequence[Form] = FORMS) -> Form:
    reader = FormReader(lambda _: read_table(content, XLSX), WORDS.label)
    return reader(StoredFile("", "phieu.xlsx", XLSX, len(content)), bases)


def sheet(*rows: Sequence[Any], heads: Sequence[str] = HEADS, settings: Sequence[Any] = SETTINGS) -> bytes:
    return xlsx([heads, *rows], CHOICES, settings, titles=("survey", "choices", "settings"))


def refused(content: bytes) -> Refusal:
    with pytest.raises(Refusal) as no:
        read(content)
    assert WORDS.say(no.value.key, no.value.values)
    return no.value


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.code)
def test_a_form_written_and_read_back_is_the_same_in_its_next_version(form: Form) -> None:
    assert read(write_form(form, WORDS.label)) == replace(form, version=form.version + 1)


def test_a_small_form_needs_only_a_name_a_label_and_a_unit() -> None:
    form = read(sheet(
        ["select_one yn", "co_hd", "Có hoạt động không?", "yes"],
        ["begin_group", "g", "Kết quả", "", "${co_hd} = 'co'"],
        ["integer", "so_buoi", "Số buổi", "", "${co_hd} != ''", ". <= 31", "", "buổi"],
        ["decimal", "gio", "Số giờ", "", "", "", "", "giờ"],
        ["end_group"],
        [],
        ["begin_repeat", "hd", "Hoạt động", "", "", "", "", "hoạt động"],
        ["text", "ten", "Tên", "true()"],
        ["select_multiple yn", "nd", "Nội dung"],
        ["end_repeat"],
        ["calculate", "tong", "", "", "", "", "${so_buoi} * 2", "buổi"],
        ["note", "n", "Cảm ơn"],
        ["image", "anh", "Ảnh"],
    ))  # fmt: skip
    assert (form.code, form.version, form.title, form.short_for) == ("PHIEU-A", 1, "Phiếu", ())
    assert [each.type for each in form.indicators] == [
        "select_one", "integer", "decimal", "list", "calculate", "note", "image",
    ]  # fmt: skip
    assert form.indicator("so_buoi").relevant == "(${co_hd} = 'co') and (${co_hd} != '')"
    assert form.indicator("gio").relevant == "${co_hd} = 'co'"
    assert [(each.code, each.required) for each in form.indicator("hd").questions] == [("ten", True), ("nd", False)]
    assert [each.label for each in form.sections] == ["Nội dung báo cáo", "Kết quả", "Nội dung báo cáo"]


def test_of_several_languages_the_vietnamese_one_is_taken() -> None:
    heads = ["type", "name", "label::English (en)", "label::Vietnamese (vi)"]
    assert read(sheet(["text", "a", "Name", "Tên"], heads=heads)).indicator("a").label == "Tên"


def test_columns_that_a_file_does_not_have_stay_as_they_were() -> None:
    before = next(each for each in FORMS if each.code == "BC-CĐS-TN")
    settings = [["form_title", "form_id"], ["Báo cáo", before.code]]
    form = read(sheet(["integer", "DVC01", "Lượt người dân", "", "", "", "", "lượt"], settings=settings))
    was, now = before.indicator("DVC01"), form.indicator("DVC01")
    assert (now.origins, now.also, now.source, now.field) == (was.origins, was.also, was.source, was.field)
    assert form.version == before.version + 1


@pytest.mark.parametrize("rows, key, line, where, name", [
    ([["text", "a", "A", "", "${b} = 1"]], "form.unknown_name", 2, "relevant (E2)", "b"),
    ([["text", "buoi", "A"], ["text", "b", "B", "", "${boi} = 1"]], "form.unknown_name", 3, "relevant (E3)", "boi"),
    ([["text", "a", "A", "", "${a"]], "form.bad_reference", 2, "relevant (E2)", ""),
    ([["intger", "a", "A"]], "form.unknown_type", 2, "type (A2)", "intger"),
    ([["select_one zz", "a", "A"]], "form.unknown_list", 2, "type (A2)", "zz"),
    ([["text", "a", "A"], ["text", "a", "B"]], "form.repeated_name", 3, "name (B3)", "a"),
    ([["text", "", "A"]], "form.no_name", 2, "name (B2)", ""),
    ([["text", "a b", "A"]], "form.bad_name", 2, "name (B2)", ""),
    ([["calculate", "c", "C"]], "form.no_calculation", 2, "calculation (G2)", ""),
    ([["text", "a"]], "form.no_label", 2, "label::Vietnamese (vi) (C2)", "a"),
    ([["begin_group", "g", "G"]], "form.unmatched", 2, "type (A2)", "begin_group"),
    ([["text", "a", "A"], ["end_group"]], "form.unmatched", 3, "type (A3)", "end_group"),
    ([["geopoint", "a", "A"]], "form.type_not_taken", 2, "type (A2)", "geopoint"),
    ([["integer", "a", "A"]], "form.no_unit", 2, "đơn vị tính (H2)", None),
    ([["text", "a", "A", "maybe"]], "form.not_yes", 2, "required (D2)", "maybe"),
    ([["text", "a", "A", "", "pulldata('x') = 1"]], "programme.expression_function", 2, "relevant (E2)", "pulldata"),
    ([["text", "a", "A", "", "${b} = 1"], ["text", "b", "B"]], "programme.expression_later", 2, "relevant (E2)", "b"),
    ([["text", "a", "A", "", "", "regex(., '(a+)+')"]], "programme.expression_pattern", 2, "constraint (F2)", "(a+)+"),
    ([["text", "x", "X"], ["text", "a", "A", "", "${x} ="]], "programme.expression_broken", 3, "relevant (E3)", None),
    ([["text", "a" * 50, "A"]], "programme.too_long", 2, "name (B2)", None),
    ([["begin_group", "g", "G"], ["begin_group", "h", "H"], ["text", "a", "A"], ["end_group"], ["end_group"]],
     "form.empty_group", 2, "name (B2)", None),
    ([["begin_repeat", "r", "R", "", "", "", "", "dòng"], ["note", "n", "N"], ["end_repeat"]],
     "programme.not_one_of", 3, "type (A3)", None),
    ([["begin_repeat", "r", "R"], ["text", "a", "A"], ["end_repeat"]], "form.no_unit", 2, "đơn vị tính (H2)", None),
])  # fmt: skip
def test_a_mistake_is_told_by_its_row_and_cell(
    rows: list[list[str]], key: str, line: int, where: str, name: str | None
) -> None:
    no = refused(sheet(*rows))
    assert (no.key, no.values["line"], no.values["where"]) == (key, line, where)
    assert no.values["file"] == "phieu.xlsx, survey"
    assert name is None or no.values["name"] == name
    assert "phieu.xlsx, survey" in WORDS.say(no.key, no.values)


def test_the_nearest_name_and_type_are_offered() -> None:
    no = refused(sheet(["text", "so_buoi", "A"], ["text", "b", "B", "", "${so_boi} = 1"]))
    assert no.values["near"] == "so_buoi"
    assert refused(sheet(["intger", "a", "A"])).values["near"] == "integer"


def test_a_column_that_means_nothing_here_is_refused_when_something_stands_in_it() -> None:
    heads = ["type", "name", "label", "default", "appearance"]
    assert read(sheet(["text", "a", "A", "", ""], heads=heads)).has("a")
    no = refused(sheet(["text", "a", "A", "", "minimal"], heads=heads))
    assert (no.key, no.values["line"], no.values["where"]) == ("form.unknown_column", 2, "appearance (E2)")


def test_a_file_without_the_sheets_of_a_form_is_told_so() -> None:
    assert refused(xlsx([["Họ và tên"], ["An"]], titles=("Trang 1",))).key == "form.no_survey"
    assert refused(xlsx([HEADS, ["text", "a", "A"]], titles=("survey",))).key == "form.no_id"
    rows = [HEADS, ["select_one yn", "a", "A"]]
    assert refused(xlsx(rows, SETTINGS, titles=("survey", "settings"))).key in ("form.no_choices", "form.unknown_list")


cells = st.one_of(
    st.sampled_from(["text", "integer", "begin_group", "end_group", "begin_repeat", "end_repeat", "calculate", "note"]),
    st.sampled_from(["select_one yn", "a", "b", "${a}", "${a} = 1", "yes", "người", ". > 1", "", "sum(${a})"]),
    st.text(max_size=6),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(cells, max_size=8), min_size=1, max_size=5))
def test_whatever_stands_in_the_cells_is_a_form_or_a_refusal_that_can_be_said(rows: list[list[str]]) -> None:
    kept = [[cell.replace("\x00", "") for cell in row] for row in rows]
    try:
        content = sheet(*kept)
    except Exception:
        return
    try:
        read(content)
    except Refusal as no:
        WORDS.say(no.key, no.values)


@pytest.fixture
async def office(db: Database, tmp_path: Path) -> Office:
    async with db.write() as session:
        for plan in plans():
            await programmes.store(session, plan.as_dict(), LOADED)
    return Office(None, db, _Clock(), WORDS)  # type: ignore[arg-type]


class _Clock:
    def now(self) -> Any:
        return LOADED


async def test_the_command_writes_a_template_and_loads_it_again(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "mau.xlsx"
    assert (await write_template(office, target, "")).data["form"] == "PHIEU-RA-QUAN"
    same = await load_form(office, target, "DE-AN-CDS", dry=False)
    assert same.done
    assert same.data["new"] == same.data["gone"] == []
    target.write_bytes(sheet(["text", "a", "A"]))
    dry = await load_form(office, target, "DE-AN-CDS", dry=True)
    assert dry.data["new"] == ["a"]
    assert await _codes(office) == ["BC-CĐS-TN", "PHIEU-RA-QUAN"]
    assert (await load_form(office, target, "DE-AN-CDS", dry=False)).done
    assert await _codes(office) == ["BC-CĐS-TN", "PHIEU-RA-QUAN", "PHIEU-A"]


async def test_the_command_says_what_is_wrong_without_markup(office: Office, tmp_path: Path) -> None:
    target = tmp_path / "phieu.xlsx"
    target.write_bytes(sheet(["text", "so_buoi", "A"], ["text", "a", "A", "", "${so_boi} = 1"]))
    outcome = await load_form(office, target, "DE-AN-CDS", dry=False)
    assert not outcome.done
    assert "dòng 3, cột relevant (E3)" in outcome.lines[0]
    assert "<" not in outcome.lines[0]
    for code, file in (("KHAC", target), ("DE-AN-CDS", tmp_path / "khong-co.xlsx")):
        with pytest.raises(Failed):
            await load_form(office, file, code, dry=False)


async def _codes(office: Office) -> list[str]:
    async with office.db.read() as session:
        return [form.code for _, plan in await Library().current(session) for form in plan.forms]


def test_several_faults_are_told_at_once_and_none_that_follows_from_another() -> None:
    no = refused(sheet(
        ["integer", "a", "Số A", "", "", "", "", ""],
        ["integer", "b", "Số B", "", "${khong_co} > 1", "", "", "lượt"],
        ["intege", "c", "Số C", "", "", "", "", "lượt"],
        ["integer", "d", "Số D", "", "${c} > 1", "", "", "lượt"],
        ["select_one zz", "e", "Mục E", "", "", "", "", ""],
        ["integer", "f", "", "", "", "", "", "lượt"],
        ["integer", "b", "Số B lần hai", "", "", "", "", "lượt"],
        ["calculate", "g", "Số G", "", "", "", "", ""],
        ["integer", "h", "Số H", "", "pulldata(${a}) > 1", "", "", "lượt"],
    ))  # fmt: skip
    told = [(each["fill"]["line"], each["key"]) for each in no.values["faults"]]
    assert [line for line, _ in told] == [2, 3, 4, 6, 7, 8, 9, 10]
    assert [key for _, key in told][:4] == [
        "form.no_unit",
        "form.unknown_name",
        "form.unknown_type",
        "form.unknown_list",
    ]


def test_at_most_ten_faults_are_told() -> None:
    rows = [["integer", f"so_{number}", f"Số {number}", "", "", "", "", ""] for number in range(14)]
    no = refused(sheet(*rows))
    assert (no.key, len(no.values["faults"])) == ("form.faults", 10)
    assert "ít nhất 10 chỗ" in WORDS.say(no.key, no.values)
