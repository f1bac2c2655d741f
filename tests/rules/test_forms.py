"""The form: who is asked what, in what order, and how answers add up."""

from __future__ import annotations

import copy
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.forms import Form, Indicator, Value, parse_form
from models.rules.totals import add_up, total_over_units

FORM: dict[str, Any] = {
    "code": "BC",
    "version": 1,
    "title": "Báo cáo tháng",
    "source": "IV.3",
    "short_for": ["team"],
    "outliers": {"percent": 50, "times": 10},
    "max": 9999999,
    "fields": [{"code": "to-chuc", "label": "Tổ chức"}, {"code": "y-te", "label": "Y tế"}],
    "difficulties": [{"code": "KK0", "label": "Khác", "needs_note": True}],
    "proposals": [{"code": "XA", "label": "UBND xã"}],
    "nothing": [{"code": "KHAC", "label": "Lý do khác"}],
    "sections": [
        {
            "code": "TC",
            "label": "Tổ chức",
            "field": "to-chuc",
            "indicators": [
                {
                    "code": "LL01",
                    "label": "Đội hình đang hoạt động",
                    "short_label": "Đội hình",
                    "unit": "đội",
                    "adds": "last",
                    "origins": ["K"],
                    "example": 3,
                    "hint": "Tính đến cuối kỳ.",
                    "source": "III",
                },
                {
                    "code": "LL03",
                    "label": "Lượt ra quân",
                    "short_label": "Lượt ra quân",
                    "unit": "lượt",
                    "adds": "sum",
                    "origins": ["M", "K"],
                    "example": 42,
                    "short": True,
                    "hint": "Một người một buổi là một lượt.",
                    "source": "II",
                },
            ],
        },
        {
            "code": "YT",
            "label": "Y tế",
            "field": "y-te",
            "indicators": [
                {
                    "code": "YT09",
                    "label": "Tỷ lệ có sổ sức khỏe điện tử",
                    "short_label": "Có sổ sức khỏe",
                    "unit": "%",
                    "adds": "rate",
                    "over_time": "last",
                    "numerator": "Người đã có",
                    "denominator": "Tổng số người",
                    "origins": ["C"],
                    "example": 30,
                    "example_of": 40,
                    "short": True,
                    "hint": "Tính đến cuối kỳ.",
                    "source": "I",
                },
            ],
        },
    ],
}


def changed(*path: Any, to: Any) -> dict[str, Any]:
    """The form above with one value replaced, or with `to=...` removed."""
    data = copy.deepcopy(FORM)
    place: Any = data
    for step in path[:-1]:
        place = place[step]
    if to is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return data


def refused(data: object) -> Refusal:
    with pytest.raises(Refusal) as no:
        parse_form(data)
    return no.value


def form() -> Form:
    return parse_form(FORM)


def of_kind(adds: str, over_time: str = "last") -> Indicator:
    data = {"sum": "LL03", "last": "LL01", "rate": "YT09"}
    data_form = parse_form(changed("sections", 1, "indicators", 0, "over_time", to=over_time))
    return data_form.indicator(data[adds])


def value(number: int | None, of: int | None = None) -> Value:
    return Value(None if number is None else Decimal(number), None if of is None else Decimal(of))


# Asking


def test_a_team_is_asked_the_short_form_and_everybody_else_all_of_it() -> None:
    assert [each.code for each in form().indicators_for("team")] == ["LL03", "YT09"]
    assert [each.code for each in form().indicators_for("commune")] == ["LL01", "LL03", "YT09"]


def test_sections_without_a_question_for_the_unit_are_left_out() -> None:
    shown = parse_form(changed("sections", 0, "indicators", 1, "short", to=False)).sections_for("team")
    assert [(section.code, [each.code for each in asked]) for section, asked in shown] == [("YT", ["YT09"])]


def test_the_position_is_counted_among_what_this_unit_is_asked() -> None:
    assert form().position("YT09", "team") == (2, 2)
    assert form().position("YT09", "province") == (3, 3)
    with pytest.raises(ValueError):
        form().position("LL01", "team")


def test_an_indicator_is_of_the_field_of_its_section_unless_it_names_its_own() -> None:
    assert form().indicator("LL03").field == "to-chuc"
    other = parse_form({**changed("sections", 0, "indicators", 1, "field", to="y-te")})
    assert other.indicator("LL03").field == "y-te"


def test_the_next_open_question_follows_the_last_and_comes_round_to_those_before() -> None:
    one, two, three = "LL01", "LL03", "YT09"
    assert form().next_open({}, "commune") == form().indicator(one)
    assert form().next_open({two: value(4)}, "commune", after=one) == form().indicator(three)
    assert form().next_open({two: value(4), three: value(1, 2)}, "commune", after=two) == form().indicator(one)
    assert form().next_open({one: value(1), two: value(4), three: value(1, 2)}, "commune", after=two) is None


def test_a_skipped_question_is_not_asked_again_but_half_a_rate_is() -> None:
    assert form().next_open({"LL03": value(None)}, "team") == form().indicator("YT09")
    assert form().next_open({"LL03": value(None), "YT09": value(3)}, "team") == form().indicator("YT09")
    assert form().next_open({"LL03": value(None), "YT09": value(None)}, "team") is None


def test_a_form_survives_being_kept_as_json() -> None:
    assert parse_form(json.loads(json.dumps(form().as_dict()))) == form()


# Reading


LL03 = ("sections", 0, "indicators", 1)


@pytest.mark.parametrize(
    "data, key, where",
    [
        (changed("title", to=...), "programme.missing", "title"),
        (changed(*LL03, "unit", to=...), "programme.missing", "sections/TC/indicators/LL03/unit"),
        (changed(*LL03, "unit", to=" "), "programme.missing", "sections/TC/indicators/LL03/unit"),
        (changed(*LL03, "unti", to="lượt"), "programme.unknown_key", "sections/TC/indicators/LL03/unti"),
        (changed(*LL03, "example", to="4O"), "programme.not_whole", "sections/TC/indicators/LL03/example"),
        (changed(*LL03, "example", to=True), "programme.not_whole", "sections/TC/indicators/LL03/example"),
        (changed(*LL03, "short", to="yes"), "programme.not_yes_or_no", "sections/TC/indicators/LL03/short"),
        (changed(*LL03, "adds", to="avg"), "programme.not_one_of", "sections/TC/indicators/LL03/adds"),
        (changed(*LL03, "origins", to=["X"]), "programme.not_one_of", "sections/TC/indicators/LL03/origins/0"),
        (changed(*LL03, "origins", to="M"), "programme.not_a_list", "sections/TC/indicators/LL03/origins"),
        (changed(*LL03, "short_label", to="x" * 33), "programme.too_long", "sections/TC/indicators/LL03/short_label"),
        (changed(*LL03, "numerator", to="a"), "programme.only_for_rate", "sections/TC/indicators/LL03/numerator"),
        (changed("sections", 0, "field", to="nope"), "programme.not_one_of", "sections/TC/field"),
        (changed("sections", 0, "code", to="T C"), "programme.bad_code", "sections/T C/code"),
        (changed("sections", 1, "code", to="TC"), "programme.repeated_code", "sections/1"),
        (changed("sections", 1, to="YT"), "programme.not_a_mapping", "sections/2"),
        (changed("sections", 1, "indicators", 0, "denominator", to=...), "programme.missing",
         "sections/YT/indicators/YT09/denominator"),
        (changed("sections", 1, "indicators", 0, "code", to="LL03"), "programme.repeated_code",
         "sections/YT/indicators/0/code"),
        (changed("short_for", to=["village"]), "programme.not_one_of", "short_for/0"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_its_place(data: object, key: str, where: str) -> None:
    no = refused(data)
    assert (no.key, no.values["where"]) == (key, where)


def test_a_mistyped_key_is_answered_with_the_nearest_one() -> None:
    assert refused(changed(*LL03, "unti", to="lượt")).values["near"] == "unit"


def test_a_form_that_would_ask_a_team_nothing_is_refused() -> None:
    data = changed(*LL03, "short", to=False)
    data["sections"][1]["indicators"][0]["short"] = False
    assert refused(data).key == "programme.no_short_form"


# Adding up

counts = st.integers(min_value=0, max_value=10**9)
answers = st.one_of(st.just(Value()), counts.map(value))
rates = st.one_of(
    st.just(Value()),
    counts.map(value),
    st.builds(lambda of: Value(None, Decimal(of)), counts),
    st.builds(value, counts, counts),
)
months = st.integers(min_value=1, max_value=12).map(lambda month: f"2026-{month:02}")


@given(st.dictionaries(months, answers))
def test_missing_months_are_never_counted_as_zero(values: dict[str, Value]) -> None:
    there = [each.number for each in values.values() if each.number is not None]
    total = add_up(of_kind("sum"), values)
    assert total.value == (sum(there) if there else None)
    assert (total.counted, total.missing) == (len(there), len(values) - len(there))


@given(st.lists(st.one_of(st.none(), answers)))
def test_units_that_filed_nothing_are_counted_as_missing_not_as_zero(values: list[Value | None]) -> None:
    there = [each.number for each in values if each is not None and each.number is not None]
    total = total_over_units(of_kind("last"), values)
    assert total.value == (sum(there) if there else None)
    assert total.missing == len(values) - len(there)


@given(st.lists(st.one_of(st.none(), rates)), st.randoms(use_true_random=False), st.sampled_from(["sum", "rate"]))
def test_the_order_of_the_units_does_not_matter(values: list[Value | None], chance: Any, adds: str) -> None:
    shuffled = list(values)
    chance.shuffle(shuffled)
    assert total_over_units(of_kind(adds), shuffled) == total_over_units(of_kind(adds), values)


@given(st.lists(st.builds(value, counts, counts), min_size=1))
def test_the_rate_of_several_units_is_the_rate_of_their_sums(values: list[Value]) -> None:
    number = sum(each.number for each in values if each.number is not None)
    of = sum(each.of for each in values if each.of is not None)
    total = total_over_units(of_kind("rate"), values)
    assert (total.number, total.of) == (number, of)
    assert total.value == (Decimal(number) * 100 / of if of else None)


@given(st.lists(st.builds(value, counts, counts)), rates.filter(lambda each: None in (each.number, each.of)))
def test_half_a_rate_moves_nothing(values: list[Value], half: Value) -> None:
    whole, with_half = (total_over_units(of_kind("rate"), each) for each in (values, [*values, half]))
    assert with_half.value == whole.value
    assert with_half.missing == whole.missing + 1


def test_the_rate_of_sums_is_not_the_mean_of_rates() -> None:
    total = total_over_units(of_kind("rate"), [value(1, 10), value(90, 100)])
    assert total.value == Decimal(91) * 100 / 110


def test_a_rate_of_nobody_is_missing_not_zero() -> None:
    total = total_over_units(of_kind("rate"), [value(0, 0)])
    assert total.value is None
    assert (total.number, total.of) == (Decimal(0), Decimal(0))


def test_a_last_value_is_of_the_latest_month_that_has_one_whatever_the_order() -> None:
    total = add_up(of_kind("last"), {"2026-11": value(None), "2026-10": value(15), "2026-09": value(20)})
    assert (total.value, total.as_of, total.missing) == (Decimal(15), "2026-10", 1)


def test_zero_is_an_answer() -> None:
    assert add_up(of_kind("sum"), {"2026-10": value(0)}).value == 0
    assert add_up(of_kind("last"), {"2026-10": value(4), "2026-11": value(0)}).value == 0


def test_nothing_answered_is_not_a_number() -> None:
    for adds in ("sum", "last", "rate"):
        assert add_up(of_kind(adds), {}).value is None
        assert add_up(of_kind(adds), {"2026-10": value(None)}).value is None


def test_a_rate_of_stocks_over_months_is_the_last_one_and_of_flows_that_of_the_sums() -> None:
    values = {"2026-09": value(10, 100), "2026-10": value(80, 100), "2026-11": value(5)}
    last, summed = (add_up(of_kind("rate", over_time), values) for over_time in ("last", "sum"))
    assert (last.value, last.as_of, last.missing) == (Decimal(80), "2026-10", 1)
    assert (summed.value, summed.as_of, summed.missing) == (Decimal(45), "", 1)
