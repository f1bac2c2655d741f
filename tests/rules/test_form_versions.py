"""A new version of a form: what it changes, and what it must not."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from bot.programmes import FOLDER, read
from models.rules import Refusal
from models.rules.form_versions import check_measured, compare, joined, with_form, with_later_forms
from models.rules.forms import Form, parse_form
from models.rules.programmes import parse_programme

PLAN = read(FOLDER / "de-an-chuyen-doi-so.yaml")
PAPER = PLAN.form("PHIEU-RA-QUAN")


def changed(code: str, **values: Any) -> Form:
    """The form with some parts of one question replaced."""
    data = copy.deepcopy(PAPER.as_dict())
    for section in data["sections"]:
        for each in section["indicators"]:
            for one in (each, *each.get("questions", ())):
                if one["code"] == code:
                    one |= values
    return parse_form(data)


def without(code: str, form: Form = PAPER) -> Form:
    sections = tuple(
        replace(each, indicators=tuple(one for one in each.indicators if one.code != code)) for each in form.sections
    )
    return replace(form, sections=sections)


def test_the_same_form_changes_nothing() -> None:
    assert compare(PAPER, parse_form(PAPER.as_dict())).is_empty


def test_labels_are_free_to_change_and_questions_to_come_and_go() -> None:
    assert compare(PAPER, changed("ngay_bu", label="Hẹn ngày nào?")).renamed == (
        ("Dự kiến ra quân bù vào ngày nào?", "Hẹn ngày nào?"),
    )
    assert [each.code for each in compare(PAPER, without("anh_chung")).gone] == ["anh_chung"]
    assert [each.code for each in compare(without("anh_chung"), PAPER).new] == ["anh_chung"]
    assert [each.code for each in compare(PAPER, changed("ngay_bu", required=True)).asked_otherwise] == ["ngay_bu"]


@pytest.mark.parametrize("code, values", [
    ("tinh_nguyen_vien", {"unit": "lượt"}),
    ("tinh_nguyen_vien", {"adds": "last"}),
    ("tinh_nguyen_vien", {"type": "decimal"}),
    ("luot_dan", {"unit": "người"}),
    ("ngay_bu", {"type": "text"}),
])  # fmt: skip
def test_a_code_cannot_come_to_mean_something_else(code: str, values: dict[str, Any]) -> None:
    with pytest.raises(Refusal) as no:
        compare(PAPER, changed(code, **values))
    assert (no.value.key, no.value.values["code"]) == ("form.meaning_changed", code)


def test_a_question_that_measures_a_target_cannot_go() -> None:
    form = PLAN.form("BC-CĐS-TN")
    check_measured(PLAN, without("LL02", form))
    with pytest.raises(Refusal) as no:
        check_measured(PLAN, without("DVC04", form))
    assert (no.value.key, no.value.values["code"]) == ("form.measured", "DVC04")


def test_two_versions_are_joined_by_code() -> None:
    old, new = without("ngay_bu"), without("anh_chung")
    assert {each.code for each in joined(new, [old]).indicators} == {each.code for each in PAPER.indicators}
    assert joined(new, [new]) is new


def test_a_form_is_put_in_the_place_of_its_earlier_version_or_beside_the_others() -> None:
    body = PLAN.as_dict()
    newer = replace(PAPER, version=2)
    assert [each["version"] for each in with_form(body, newer)["forms"]] == [1, 2]
    other = replace(PAPER, code="PHIEU-KHAC")
    assert [each["code"] for each in with_form(body, other)["forms"]] == ["BC-CĐS-TN", "PHIEU-RA-QUAN", "PHIEU-KHAC"]
    assert parse_programme(with_form(body, other)).form("PHIEU-KHAC") == other


def test_a_shipped_plan_keeps_the_forms_that_somebody_loaded_since() -> None:
    shipped = PLAN.as_dict()
    loaded = with_form(with_form(shipped, replace(PAPER, version=5)), replace(PAPER, code="PHIEU-KHAC"))
    kept = with_later_forms({**shipped, "title": "Tên mới"}, loaded)
    assert kept["title"] == "Tên mới"
    assert [(each["code"], each["version"]) for each in kept["forms"]] == [
        ("BC-CĐS-TN", 1),
        ("PHIEU-RA-QUAN", 5),
        ("PHIEU-KHAC", 1),
    ]
    assert with_later_forms(with_form(shipped, replace(PAPER, version=9)), loaded)["forms"][1]["version"] == 9
