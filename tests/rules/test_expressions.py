"""Expressions of forms: what they come to, what is refused at loading, and that they never fail in a chat."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.expression_words import FUNCTIONS
from models.rules.expressions import LONGEST, holds, read_expression
from models.rules.patterns import is_quick, matches

TODAY = date(2026, 11, 20)
NAMES = frozenset({"x", "y", "LL-02", "hoạt_động"})


def come_to(text: str, itself: Any = "", **values: Any) -> Any:
    return read_expression(text, NAMES, itself=True).value(values, TODAY, itself)


def refused(text: str, *, itself: bool = False) -> Refusal:
    with pytest.raises(Refusal) as no:
        read_expression(text, NAMES, itself=itself)
    return no.value


D = Decimal


@pytest.mark.parametrize("text, values, result", [
    ("${x} + 1", {"x": D(5)}, D(6)),
    ("${x}-1", {"x": D(5)}, D(4)),
    ("-${x} * 2 + 1", {"x": D(5)}, D(-9)),
    ("10 - 2 - 3", {}, D(5)),
    ("2 + 3 * 4", {}, D(14)),
    ("${x} div 4", {"x": D(5)}, D("1.25")),
    ("${x} mod 3", {"x": D(5)}, D(2)),
    ("${ LL-02 } + 1", {"LL-02": D(3)}, D(4)),
    ("0.1 + 0.2", {}, D("0.3")),
    ("${x} + ${y}", {"x": D(5)}, ""),
    ("${x} div 0", {"x": D(5)}, ""),
    ("${x} > 3 and ${y} = 'co'", {"x": D(5), "y": "co"}, True),
    ("${x} > 3 or ${y} = 'co'", {"y": "co"}, True),
    ("not(${y} = 'co')", {"y": "khong"}, True),
    ("${x} > 3", {}, False),
    ("${x} < 3", {}, False),
    ("${x} = ''", {}, True),
    ("${x} != ''", {"x": D(0)}, True),
    ("${x} = '3'", {"x": D(3)}, True),
    ("selected(${y}, 'b')", {"y": "a b"}, True),
    ("selected(${y}, 'b')", {"y": "ab"}, False),
    ("count-selected(${y})", {"y": "a b"}, D(2)),
    ("count-selected(${y})", {}, D(0)),
    ("if(${x} > 3, 'cao', 'thấp')", {"x": D(4)}, "cao"),
    ("coalesce(${x}, 7)", {}, D(7)),
    ("coalesce(${x}, 7)", {"x": D(0)}, D(0)),
    ("string-length(${y})", {"y": "đội"}, D(3)),
    ("int(2.9)", {}, D(2)),
    ("int(-2.9)", {}, D(-2)),
    ("number('12')", {}, D(12)),
    ("number('mười hai')", {}, ""),
    ("round(2.5)", {}, D(3)),
    ("round(2.345, 2)", {}, D("2.35")),
    ("today() = '2026-11-20'", {}, True),
    ("${y} <= today()", {"y": "2026-11-20"}, True),
    ("${y} > today()", {"y": "2026-11-21"}, True),
    ("${y} >= today() - 7", {"y": "2026-11-12"}, False),
    ("date('2026-12-01') - today()", {}, D(11)),
    ("date('hôm qua')", {}, ""),
    ("sum(${x})", {"x": [D(1), "", D(2)]}, D(3)),
    ("sum(${x})", {"x": ["", ""]}, ""),
    ("count(${x})", {"x": ["", D(1)]}, D(2)),
    ("count(${x})", {"x": []}, D(0)),
    ("sum(${x}) div count(${x})", {"x": [D(4), D(3)]}, D("3.5")),
    ("concat(${y}, '!')", {"y": "chào"}, "chào!"),
    ("contains(${y}, 'ào')", {"y": "chào"}, True),
])  # fmt: skip
def test_what_an_expression_comes_to(text: str, values: dict[str, Any], result: Any) -> None:
    found = come_to(text, **values)
    assert found == result
    assert isinstance(found, bool) == isinstance(result, bool)


@pytest.mark.parametrize("text, itself, fits", [
    (". <= 31", D(31), True),
    (". <= 31", D(32), False),
    (".>=0 and .<31", D(30), True),
    ("regex(., '[A-Z]{2,3}-[0-9]+')", "AB-12", True),
    ("regex(., '[A-Z]{2,3}-[0-9]+')", "AB-12 ", False),
    ("string-length(.) < 5", "đội", True),
    (". = ${x}", D(3), False),
])  # fmt: skip
def test_a_constraint_speaks_of_the_answer_itself(text: str, itself: Any, fits: bool) -> None:
    assert holds(come_to(text, itself)) is fits


@pytest.mark.parametrize("text, key, name, near", [
    ("${zz} > 1", "name", "zz", ""),
    ("${LL-2} > 1", "name", "LL-2", "LL-02"),
    ("pulldata('a', 'b')", "function", "pulldata", ""),
    ("slected(${y}, 'a')", "function", "slected", "selected"),
    ("//x", "piece", "//", ""),
    ("../x = 1", "piece", "..", ""),
    ("y = 1", "piece", "y", ""),
    ("$x", "piece", "$", ""),
    (". > 1", "piece", ".", ""),
    ("@x", "piece", "@", ""),
    ("${x}[1]", "piece", "[", ""),
    ("self::node()", "function", "node", ""),
    ("document('file:/etc/passwd')", "function", "document", "count"),
    ("position()", "function", "position", ""),
    ("regex(${y}, '(a+)+')", "pattern", "(a+)+", ""),
    ("regex(${y}, ${x})", "pattern", "regex(${y}, ${x})", ""),
])  # fmt: skip
def test_what_leads_out_of_the_answers_is_refused_when_the_form_is_loaded(
    text: str, key: str, name: str, near: str
) -> None:
    no = refused(text)
    assert (no.key, no.values["name"]) == (f"programme.expression_{key}", name)
    assert no.values.get("near", "") == near


@pytest.mark.parametrize("text", ["1 +", "", "(", "if(1)", "count(1, 2)", "'open", "* = 1", "1 2", "div(1)"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    assert refused(text).key == "programme.expression_broken"


def test_a_long_or_deep_expression_is_refused_not_run() -> None:
    assert refused("1" * (LONGEST + 1)).key == "programme.expression_long"
    deep = "(" * 240 + "1" + ")" * 240
    assert read_expression(deep, NAMES).value({}, TODAY) in (1, "")


@pytest.mark.parametrize("pattern", [
    "(a+)+", "(a|aa)*", "(a?){30}", "a*a*a*a*b", r"(\w+)\1", "(?=a)b", "a{999}", "[", "a**", "(ab){2,}c",
])  # fmt: skip
def test_a_pattern_that_might_never_end_is_refused(pattern: str) -> None:
    assert not is_quick(pattern)


def test_an_honest_pattern_is_taken() -> None:
    assert matches("AB-12", r"[A-Z]{2,3}-\d+")
    assert matches("0912345678", "0[0-9]{9}")
    assert not matches("a" * 201, "a*")


anything = st.one_of(
    st.decimals(allow_nan=False, allow_infinity=False), st.text(max_size=30), st.booleans(), st.just(""),
    st.lists(st.one_of(st.decimals(allow_nan=False, allow_infinity=False), st.text(max_size=5)), max_size=4),
)  # fmt: skip
SIGNS = ("-", "+", "*", " div ", " mod ", " and ", " or ", "=", "!=", "<", ">=", "(", ")", ", ")
CALLS = tuple(f"{name}(" for name in sorted(FUNCTIONS))
pieces = st.sampled_from(["${x}", "${y}", ".", "'a'", "12", "0.5", "today()", "true()", *SIGNS, *CALLS])


@pytest.mark.parametrize("text", ["not(${x})", "${x} and 1", "${x} or 0"])
def test_what_elementpath_cannot_work_out_is_missing_never_an_error(text: str) -> None:
    assert come_to(text, x=[D(1), "hai", D(3)]) == ""


@given(st.lists(pieces, min_size=1, max_size=14).map("".join), anything, anything, anything)
def test_whatever_was_taken_at_loading_never_fails_in_a_chat(text: str, x: Any, y: Any, itself: Any) -> None:
    try:
        expression = read_expression(text, NAMES, itself=True)
    except Refusal:
        return
    holds(expression.value({"x": x, "y": y}, TODAY, itself))


@given(st.text(max_size=40))
def test_whatever_is_typed_as_an_expression_is_taken_or_refused(text: str) -> None:
    try:
        expression = read_expression(text, NAMES, itself=True)
    except Refusal:
        return
    holds(expression.value({}, TODAY))


@given(st.integers(-(10**9), 10**9), st.integers(-(10**9), 10**9))
def test_arithmetic_is_exact(a: int, b: int) -> None:
    x, y = Decimal(a) / 1000, Decimal(b) / 1000
    assert come_to("${x} + ${y} - ${y}", x=x, y=y) == x
    assert come_to("${x} * 2 = ${x} + ${x}", x=x) is True
    assert come_to("(${x} < ${y}) or (${x} >= ${y})", x=x, y=y) is True


@given(st.dates(date(1900, 1, 1), date(2100, 1, 1)), st.integers(-1000, 1000))
def test_days_count_like_the_calendar(day: date, days: int) -> None:
    other = day + timedelta(days=days)
    assert come_to("${y} - ${x}", x=day.isoformat(), y=other.isoformat()) == days
    assert come_to("${x} <= ${y}", x=day.isoformat(), y=other.isoformat()) is (days >= 0)
