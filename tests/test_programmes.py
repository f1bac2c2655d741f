"""The plan we ship, held against the document it comes from, and what a mistake in such a file is answered with."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import jinja2
import pytest
import yaml

from bot.programmes import FOLDER, read, read_all
from models.rules import Refusal
from models.rules.forms import Form
from models.rules.periods import Yearly, period_of
from models.rules.programmes import Programme, parse_programme
from models.zone import VIETNAM

FILE = FOLDER / "de-an-chuyen-doi-so.yaml"
TEXTS = FOLDER.parent / "texts" / "programme.yaml"
SOURCE = FILE.read_text(encoding="utf-8")
TODAY = date(2026, 11, 20)
SHORT = ["LL02", "LL03", "DVC01", "DVC02", "DVC03", "DVC07", "TT05", "TT06", "TM01", "AT01", "BD02", "TH01"]

RULES = (
    "periods", "entries", "expressions", "indicators", "forms", "programmes", "duties", "deadlines", "reminders",
    "escalations",
)  # fmt: skip

# A paragraph of the plan: a Roman section, or one within it, then which dash and which plus.
PARAGRAPH = re.compile(r"(I|II|III|IV\.[123])(,.*)?, gạch đầu dòng \d")


@pytest.fixture(scope="module")
def plan() -> Programme:
    return read(FILE)


@pytest.fixture(scope="module")
def form(plan: Programme) -> Form:
    return plan.form("BC-CĐS-TN")


def refused(tmp_path: Path, text: str) -> Refusal:
    path = tmp_path / "ke-hoach.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Refusal) as no:
        read(path)
    return no.value


def with_change(old: str, new: str) -> tuple[str, int]:
    """The shipped file with the one place `old` replaced, and the line it is on."""
    assert SOURCE.count(old) == 1, old
    return SOURCE.replace(old, new), SOURCE[: SOURCE.index(old)].count("\n") + 1


def worded(no: Refusal) -> str:
    texts = yaml.safe_load(TEXTS.read_text(encoding="utf-8"))
    template = texts[no.key.removeprefix("programme.")]
    return jinja2.Environment(undefined=jinja2.StrictUndefined, autoescape=True).from_string(template).render(no.values)


# The plan we ship


def test_every_plan_in_the_folder_can_be_read() -> None:
    assert [each.code for each in read_all()] == ["DE-AN-CDS"]


def test_the_form_has_46_indicators_and_a_team_is_asked_exactly_12(form: Form) -> None:
    assert len({each.code for each in form.indicators}) == len(form.indicators) == 46
    assert [each.code for each in form.indicators_for("team")] == SHORT
    assert form.position("DVC02", "team") == (4, 12)
    assert all(len(form.indicators_for(kind)) == 46 for kind in ("commune", "affiliated", "province"))


def test_what_is_counted_in_people_is_never_called_turns(form: Form) -> None:
    for each in form.indicators:
        assert ("lượt" in each.label.lower()) <= (each.unit == "lượt"), each.code
        assert (each.unit == "%") == each.is_rate, each.code


def test_an_example_of_a_rate_is_a_possible_one(form: Form) -> None:
    assert all(each.example <= each.example_of for each in form.indicators if each.is_rate)


def test_the_difficulties_are_the_ten_codes_of_the_form(form: Form) -> None:
    assert {each.code for each in form.difficulties} == {f"KK{number}" for number in range(10)}


def test_every_target_and_duty_cites_a_paragraph(plan: Programme) -> None:
    cited = [(each.code, each.source) for each in plan.targets] + [(each.code, each.source) for each in plan.duties]
    assert [one for one in cited if not PARAGRAPH.match(one[1])] == []


def test_all_the_figures_of_section_three_are_targets(plan: Programme) -> None:
    figures = [int(each.number) for each in plan.targets if each.source.startswith("III,")]
    assert figures == [100, 1, 1, 100, 5000, 60, 50, 100, 70, 80, 60, 30, 80, 3, 4, 1, 11, 7]


def test_every_percentage_says_of_what_and_what_is_not_known_of_it(plan: Programme) -> None:
    for each in plan.targets:
        if each.unit == "%" and each.measure != "units":
            assert each.denominator
            assert each.denominator_note.startswith("Chưa có mẫu số"), each.code


def test_no_duty_of_2023_is_owed_today(plan: Programme) -> None:
    owed = {each.code for each in plan.duties_on(TODAY)}
    assert owed == {
        "BC-THANG",
        "BC-THANG-XA",
        "BC-NAM",
        "BC-NAM-TINH",
        "PA-HOAT-DONG",
        "QD-DOI",
        "BC-DINH-KY",
        "BC-RA-QUAN",
        "BC-LINH-VUC",
        "HS-KHEN-THUONG",
    }
    assert {each.code for each in plan.duties if "2023" in each.code} == {
        each.code for each in plan.duties if each.valid_until == date(2023, 12, 31)
    }


def test_a_date_in_a_rule_lies_within_the_duty(plan: Programme) -> None:
    for each in plan.duties:
        if each.rule["kind"] == "once":
            assert each.holds_on(date.fromisoformat(each.rule["date"])), each.code


def test_every_level_reports_on_one_form_and_is_made_of_the_level_below(plan: Programme) -> None:
    assert [(each.code, each.owed_by, each.owed_with, each.parts_from) for each in plan.duties if each.parts_from] == [
        ("BC-THANG-XA", ("commune", "affiliated"), "coordinator", "BC-THANG"),
        ("BC-NAM", ("commune", "affiliated"), "coordinator", "BC-THANG-XA"),
        ("BC-NAM-TINH", ("province",), "coordinator", "BC-NAM"),
    ]
    assert [each.code for each in plan.parts_of("BC-NAM-TINH")] == ["BC-NAM", "BC-THANG-XA", "BC-THANG"]
    assert plan.parts_of("BC-THANG") == ()


def test_the_yearly_report_of_the_province_is_due_at_the_end_of_14_december(plan: Programme) -> None:
    rule = plan.duty("BC-NAM-TINH").timing()
    assert isinstance(rule, Yearly)
    period = period_of(rule, "2026", VIETNAM)
    assert (period.due, period.ends) == (datetime(2026, 12, 14, 16, 59, 59, tzinfo=UTC), date(2026, 12, 31))


def test_a_duty_without_a_date_waits_for_a_notice(plan: Programme) -> None:
    assert plan.duty("BC-DINH-KY").timing() is None
    assert all((each.timing() is None) == each.on_notice for each in plan.duties)


def test_targets_of_the_abolished_districts_are_not_carried_on(plan: Programme) -> None:
    assert {each.code for each in plan.targets_in(2023)} - {each.code for each in plan.targets_in(2026)} == {
        "CT08",
        "CT17",
    }


def test_the_ladder_and_the_quiet_hours_are_those_of_the_office(plan: Programme) -> None:
    assert [(each.offset_days, each.at.hour) for each in plan.steps()] == [
        (-7, 7), (-3, 7), (-1, 7), (0, 8), (0, 16), (1, 7), (3, 7),
    ]  # fmt: skip
    assert (plan.quiet.start, plan.quiet.end, plan.stale_after_days) == (time(21), time(7), 3)


def test_a_plan_survives_being_kept_as_json(plan: Programme) -> None:
    assert parse_programme(json.loads(json.dumps(plan.as_dict()))) == plan


# Mistakes in a file

MISTAKES = [
    ("ladder:\n  - {name: T-7,", "lader:\n  - {name: T-7,", "programme.unknown_key", "lader"),
    ("kind: before_activity, days: 10", "kind: before_activity, days: 400", "programme.bad_rule",
     "duties/PA-HOAT-DONG/rule/days"),
    ("{name: T-3, day: -3,", "{name: T-3, day: x,", "programme.bad_ladder", "ladder/1/day"),
    ("form: BC-CĐS-TN\n    owed_by: [team]", "form: BC-CDS\n    owed_by: [team]",
     "programme.unknown_form", "duties/BC-THANG/form"),
    ("indicators: [BD05]", "indicators: [BD99]", "programme.unknown_indicator", "targets/CT05/indicators/0"),
    ("indicators: [XH02]", "indicators: [XH01]", "programme.count_needs_a_count", "targets/CT14/indicators/0"),
    ("indicators: [NN03]", "indicators: [XH02]", "programme.rate_needs_a_rate", "targets/CT08/indicators/0"),
    ("number: 5000", "number: 5.000,0", "programme.not_a_number", "targets/CT05/number"),
    ("short_for: [team]", "short_fro: [team]", "programme.unknown_key", "forms/BC-CĐS-TN/short_fro"),
    ("short_label: Hồ sơ nộp thành công", "short_label: 35", "programme.not_text",
     "forms/BC-CĐS-TN/sections/HCC/indicators/DVC02/short_label"),
    ("parts_from: BC-THANG-XA", "parts_from: BC-NAM", "programme.unknown_parts", "duties/BC-NAM/parts_from"),
    ("- code: CT02", "- code: CT01", "programme.repeated_code", "targets/1"),
    ("code: DE-AN-CDS", "code: DE-AN-CDS\ncode: KHAC", "programme.repeated_key", "code"),
    ('quiet: {start: "21:00"', 'quiet: {start: 9pm', "programme.not_a_time", "quiet/start"),
    ("stale_after_days: 3", "stale_after_days: !!python/name:os.system 3", "programme.tag", "stale_after_days"),
]  # fmt: skip


@pytest.mark.parametrize("old, new, key, where", MISTAKES, ids=[each[3] for each in MISTAKES])
def test_a_mistake_is_told_by_file_line_and_place(tmp_path: Path, old: str, new: str, key: str, where: str) -> None:
    text, line = with_change(old, new)
    line += key == "programme.repeated_key"  # there the mistake is the second line of the change
    no = refused(tmp_path, text)
    assert (no.key, no.values["where"], no.values["file"], no.values["line"]) == (key, where, "ke-hoach.yaml", line)
    assert f"ke-hoach.yaml, dòng {line}" in worded(no)


def test_a_part_that_contains_itself_is_refused_not_read_for_ever(tmp_path: Path) -> None:
    text, line = with_change("mapping:\n", "mapping: &all\n  - *all\n")
    no = refused(tmp_path, text)
    assert (no.key, no.values["line"]) == ("programme.alias", line)
    assert worded(no)


def test_a_missing_key_is_told_by_the_line_of_the_entry_it_is_missing_from(tmp_path: Path) -> None:
    text, line = with_change("  - code: CT03\n    title: Đội thanh niên", "  - code: CT03\n    titel: Đội thanh niên")
    text = text.replace("    titel:", "    note:")
    no = refused(tmp_path, text)
    assert (no.key, no.values["where"], no.values["line"]) == ("programme.missing", "targets/CT03/title", line)


def test_a_duty_cannot_end_before_it_begins(tmp_path: Path) -> None:
    old = "  - code: NS-BCH-2023"
    text = SOURCE.replace(old, "@@").split("@@")
    no = refused(tmp_path, text[0] + old + text[1].replace("valid_until: 2023-12-31", "valid_until: 2022-12-31", 1))
    assert (no.key, no.values["where"]) == ("programme.ends_before_it_begins", "duties/NS-BCH-2023/valid_until")
    assert "31/12/2022" in worded(no)


@pytest.mark.parametrize("text, key, line", [
    ("", "programme.not_a_mapping", 1),
    ("- a\n- b\n", "programme.not_a_mapping", 1),
    ("code: A\ntitle: [1, 2\nnote: x\n", "programme.broken_yaml", 3),
    ("code: A\n\ttitle: B\n", "programme.broken_yaml", 2),
    ("code: A\ntitle: a\x07b\n", "programme.broken_yaml", 2),
    ("code: A\n---\ncode: B\n", "programme.broken_yaml", 2),
])  # fmt: skip
def test_what_is_not_a_plan_at_all_is_told_so(tmp_path: Path, text: str, key: str, line: int) -> None:
    no = refused(tmp_path, text)
    assert (no.key, no.values["line"]) == (key, line)
    assert worded(no)


def test_a_file_that_is_not_there_or_not_text_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as gone:
        read(tmp_path / "gone.yaml")
    (tmp_path / "old.yaml").write_bytes("title: Kế hoạch".encode("utf-16"))
    with pytest.raises(Refusal) as old:
        read(tmp_path / "old.yaml")
    assert (gone.value.key, old.value.key) == ("programme.no_file", "programme.not_utf8")
    assert worded(gone.value)
    assert worded(old.value)


def test_two_files_cannot_have_the_same_programme(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_text(SOURCE, encoding="utf-8")
    with pytest.raises(Refusal) as no:
        read_all(tmp_path)
    assert (no.value.key, no.value.values["file"], no.value.values["other"]) == (
        "programme.two_files",
        "b.yaml",
        "a.yaml",
    )


def test_every_refusal_of_a_plan_has_a_sentence_and_every_sentence_a_refusal() -> None:
    root = FOLDER.parents[2]
    files = ["bot/programmes.py", *(f"models/rules/{name}.py" for name in RULES)]
    raised: set[Any] = set()
    for name in files:
        raised |= set(re.findall(r'"programme\.(\w+)"', (root / name).read_text(encoding="utf-8")))
    assert raised == set(yaml.safe_load(TEXTS.read_text(encoding="utf-8")))
