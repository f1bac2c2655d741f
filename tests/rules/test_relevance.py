"""Skip logic: what answers leave to be asked. It never asks what is irrelevant, and it always ends."""

from __future__ import annotations

import copy
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.programmes import FOLDER, read
from models.rules import Refusal
from models.rules.forms import Form, Value, parse_form
from models.rules.relevance import Course, Filled, complete, counted, course, dropped, is_whole_line
from models.rules.reports import may_submit
from tests.rules.test_forms import FORM

TODAY = date(2026, 11, 20)
PAPER = read(FOLDER / "de-an-chuyen-doi-so.yaml").form("PHIEU-RA-QUAN")
INNER = [each.code for each in PAPER.indicator("hoat_dong").questions]
YES, NO = Value(text="co"), Value(text="khong")


def asked(form: Form, values: dict[str, Value], lines: dict[str, Any] | None = None) -> Course:
    return course(form, "team", Filled(values, lines or {}, TODAY))


def codes(found: Course) -> list[str]:
    return [each.code for each in found.asked]


def words(text: str) -> Value:
    return Value(text=text)


def number(value: int) -> Value:
    return Value(Decimal(value))


def made(*questions: dict[str, Any]) -> Form:
    """A form of these questions, each with what every question has."""
    data = copy.deepcopy(FORM)
    usual = {"label": "Câu hỏi", "short_label": "Câu hỏi", "origins": ["K"], "source": "I"}
    data["short_for"] = []
    data["sections"] = [{**data["sections"][0], "indicators": [{**usual, **each} for each in questions]}]
    return parse_form(data)


def test_no_activity_ends_in_three_answers() -> None:
    assert codes(asked(PAPER, {})) == ["co_hoat_dong"]
    assert codes(asked(PAPER, {"co_hoat_dong": NO})) == ["co_hoat_dong", "ly_do_khong", "ngay_bu"]
    done = {"co_hoat_dong": NO, "ly_do_khong": words("mưa"), "ngay_bu": Value()}
    assert [each.code for each in may_submit(asked(PAPER, done).asked, done)] == ["ngay_bu"]


def test_an_answer_opens_the_questions_that_hang_on_it() -> None:
    values = {"co_hoat_dong": YES, "noi_dung": words("dvc khac")}
    assert "noi_dung_khac" in codes(asked(PAPER, values))
    assert "noi_dung_khac" not in codes(asked(PAPER, {**values, "noi_dung": words("dvc")}))


def test_an_answer_to_what_is_not_asked_any_more_counts_as_missing() -> None:
    form = made(
        {"code": "a", "type": "text"},
        {"code": "b", "type": "text", "relevant": "${a} = 'co'"},
        {"code": "c", "type": "text", "relevant": "${b} = 'co'"},
    )
    answers = {"a": words("khong"), "b": words("co"), "c": words("x")}
    found = asked(form, answers)
    assert codes(found) == ["a"]
    assert counted(found, answers) == {"a": words("khong")}
    assert [each.code for each in dropped(asked(form, {**answers, "a": YES}).asked, found.asked, answers)] == ["b", "c"]


def test_what_is_worked_out_follows_the_lines_of_a_list() -> None:
    values = {"co_hoat_dong": YES}
    lines = [{"ten": words("a"), "luot_dan": number(50)}, {"ten": words("b")}, {"luot_dan": number(30)}]
    assert asked(PAPER, values, {"hoat_dong": lines}).calculated["tong_luot"] == number(80)
    assert asked(PAPER, values, {"hoat_dong": lines[1:2]}).calculated["tong_luot"] == Value()


def test_a_calculation_without_a_unit_is_words_and_one_with_a_unit_a_number() -> None:
    form = made(
        {"code": "a", "unit": "người", "adds": "sum", "example": 1, "hint": "x"},
        {"code": "b", "type": "calculate", "calculation": "concat('Tổng: ', ${a})"},
        {"code": "c", "type": "calculate", "calculation": "${a} div 3", "unit": "người", "adds": "last"},
        {"code": "d", "type": "calculate", "calculation": "'x'", "unit": "người", "adds": "last"},
        {"code": "e", "type": "calculate", "calculation": "1000000 * 1000000 * 1000000", "unit": "x", "adds": "sum"},
    )
    found = asked(form, {"a": number(10)}).calculated
    assert found == {"b": words("Tổng: 10"), "c": Value(Decimal("3.333")), "d": Value(), "e": Value()}


def test_a_note_is_said_before_the_next_question() -> None:
    form = made(
        {"code": "n", "type": "note", "label": "Nhớ ghi đủ"},
        {"code": "a", "type": "text"},
        {"code": "m", "type": "note", "label": "Hết"},
    )
    assert asked(form, {}).notes == {"a": ["Nhớ ghi đủ"], "": ["Hết"]}
    assert codes(asked(form, {})) == ["a"]


def test_a_constraint_of_a_line_sees_its_line() -> None:
    listing = PAPER.indicator("hoat_dong")
    day = next(each for each in listing.questions if each.code == "ngay")
    found = asked(PAPER, {"co_hoat_dong": YES})
    assert found.breaks(day, words("2026-11-21"), complete(listing, {}))
    assert not found.breaks(day, words("2026-11-20"), complete(listing, {}))
    assert not found.breaks(day, Value(), complete(listing, {}))


@pytest.mark.parametrize("relevant, key, name", [
    ("${b} = 'co'", "later", "b"),
    ("${a} = 'co'", "later", "a"),
    ("${zz} = 'co'", "name", "zz"),
])  # fmt: skip
def test_an_expression_looks_back_only(relevant: str, key: str, name: str) -> None:
    with pytest.raises(Refusal) as no:
        made({"code": "a", "type": "text", "relevant": relevant}, {"code": "b", "type": "text"})
    assert (no.value.key, no.value.values["name"]) == (f"programme.expression_{key}", name)
    assert no.value.values["where"].endswith("a/relevant")


def test_a_line_cannot_look_at_what_follows_in_it() -> None:
    inner = {"label": "x", "short_label": "x", "origins": ["K"], "source": "I", "type": "text"}
    with pytest.raises(Refusal) as no:
        made({"code": "l", "type": "list", "unit": "dòng", "adds": "sum", "questions": [
            {**inner, "code": "p", "relevant": "${q} = ''"}, {**inner, "code": "q"}]})  # fmt: skip
    assert no.value.key == "programme.expression_later"


def test_within_a_line_what_is_not_asked_counts_as_missing_too() -> None:
    inner = {"label": "x", "short_label": "x", "origins": ["K"], "source": "I", "type": "text"}
    form = made({"code": "l", "type": "list", "unit": "dòng", "adds": "sum", "questions": [
        {**inner, "code": "p"},
        {**inner, "code": "q", "relevant": "${p} = 'co'"},
        {**inner, "code": "r", "relevant": "${q} = 'co'"},
    ]})  # fmt: skip
    line, listing = {"p": NO, "q": YES, "r": words("x")}, form.indicator("l")
    other = {"p": YES, "q": YES, "r": words("x")}
    found = asked(form, {}, {"l": [line, other]})
    assert [each.code for each in found.asked_of(listing, line)] == ["p"]
    assert [each.code for each in found.asked_of(listing, other)] == ["p", "q", "r"]
    assert [each.code for each in found.asked_of(listing, {})] == ["p"]


CODES = ("a", "b", "c", "d", "e", "f")


@st.composite
def forms(draw: st.DrawFn) -> Form:
    """Six questions; any of them may hang on any before it, some are worked out."""
    questions: list[dict[str, Any]] = []
    whether: st.SearchStrategy[bool] = st.booleans()
    for place, code in enumerate(CODES):
        before = [each["code"] for each in questions]
        kind = draw(st.sampled_from(["text", "text", "calculate"])) if place else "text"
        question: dict[str, Any] = {"code": code, "type": kind}
        hangs: bool = draw(whether)
        if before and hangs:
            names = st.sampled_from(before)
            one = f"${{{draw(names)}}} {draw(st.sampled_from(['=', '!=']))} '{draw(st.sampled_from(['co', '']))}'"
            two = f"${{{draw(names)}}} = ''"
            question["relevant"] = one if draw(whether) else f"{one} {draw(st.sampled_from(['and', 'or']))} {two}"
        if kind == "calculate":
            question["calculation"] = f"${{{draw(st.sampled_from(before))}}}"
        questions.append(question)
    return made(*questions)


given_answers = st.dictionaries(st.sampled_from(CODES), st.sampled_from([YES, NO, Value()]))


@given(forms(), given_answers)
def test_a_report_filled_question_by_question_always_ends_and_asks_only_what_is_relevant(
    form: Form, whims: dict[str, Value]
) -> None:
    values: dict[str, Value] = {}
    for _ in range(len(CODES) + 1):
        found = asked(form, values)
        following = form.next_open(values, "team", asked=tuple(found.asked))
        if following is None:
            break
        assert found.is_relevant(following)
        assert following.type == "text"
        values[following.code] = whims.get(following.code, Value())
    assert form.next_open(values, "team", asked=tuple(asked(form, values).asked)) is None


@given(forms(), given_answers, given_answers)
def test_what_is_not_asked_changes_nothing(form: Form, values: dict[str, Value], others: dict[str, Value]) -> None:
    found = asked(form, values)
    hidden = {code: value for code, value in others.items() if code not in codes(found)}
    again = asked(form, {**values, **hidden})
    assert (again.asked, again.calculated) == (found.asked, found.calculated)
    assert counted(again, {**values, **hidden}) == counted(found, values)


@given(st.lists(st.dictionaries(st.sampled_from(INNER), st.sampled_from([number(3), Value()]))))
def test_a_list_is_whole_when_each_of_its_lines_is(lines: list[dict[str, Value]]) -> None:
    found, listing = asked(PAPER, {"co_hoat_dong": YES}, {"hoat_dong": lines}), PAPER.indicator("hoat_dong")
    for line in lines:
        assert is_whole_line(found, listing, line) == (len(line) == len(listing.questions))
        assert is_whole_line(found, listing, complete(listing, line))
