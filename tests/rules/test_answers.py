"""One typed answer: what it can mean, and when it is worth a question."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from models.rules import Refusal
from models.rules.answers import MOST_OFFERED, doubt, is_half, is_reason, understand
from models.rules.forms import Indicator, Outliers, Value

OUTLIERS = Outliers(percent=50, times=10)


def indicator(**more: Any) -> Indicator:
    values: dict[str, Any] = {
        "code": "LL03",
        "label": "Lượt ra quân",
        "short_label": "Lượt",
        "unit": "lượt",
        "adds": "sum",
    }
    rest: dict[str, Any] = {"origins": ("K",), "example": 42, "hint": "", "source": "", "max": 9_999_999}
    return Indicator(**(values | rest | more))


COUNT = indicator()
RATE = indicator(code="LL05", unit="%", adds="rate", numerator="Đã cài", denominator="Tổng số", example_of=60)


def value(number: int, of: int | None = None) -> Value:
    return Value(Decimal(number), None if of is None else Decimal(of))


@pytest.mark.parametrize(("text", "number"), [("42", 42), ("1.234", 1234), ("42 lượt", 42), ("dạ 42 ạ", 42), ("0", 0)])
def test_a_plain_number_raises_no_question(text: str, number: int) -> None:
    understood = understand(text, COUNT)
    assert understood.sure
    assert understood.value == value(number)


@pytest.mark.parametrize("text", ["1,234", "42 người", "không", "hai mươi mốt"])
def test_what_may_mean_something_else_is_asked_about(text: str) -> None:
    assert not understand(text, COUNT).sure


def test_at_most_a_few_alternatives_are_offered() -> None:
    assert 1 <= len(understand("1.234/2,345", RATE).options) <= MOST_OFFERED


def test_cannot_take_a_telephone_number_for_a_count() -> None:
    with pytest.raises(Refusal) as refused:
        understand("0912345678", COUNT)
    assert refused.value.key == "report.too_large"
    assert refused.value.values["most"] == "9.999.999"


def test_the_largest_number_allowed_is_taken() -> None:
    assert understand("9999999", COUNT).value == value(9_999_999)


@pytest.mark.parametrize("text", ["45/60", "45 / 60", "45 trên 60", "45 tren 60"])
def test_a_rate_is_taken_in_one_go(text: str) -> None:
    understood = understand(text, RATE)
    assert understood.sure
    assert understood.value == value(45, 60)


def test_the_first_number_of_a_rate_is_half_an_answer() -> None:
    understood = understand("45", RATE)
    assert is_half(understood.value, RATE)
    whole = understand("60", RATE, Decimal(45))
    assert whole.value == value(45, 60)
    assert not is_half(whole.value, RATE)


def test_cannot_take_a_rate_of_nobody() -> None:
    for text, numerator in (("45/0", None), ("0", Decimal(0))):
        with pytest.raises(Refusal) as refused:
            understand(text, RATE, numerator)
        assert refused.value.key == "report.zero_denominator"


def test_a_fraction_is_no_count() -> None:
    with pytest.raises(Refusal):
        understand("3/25", COUNT)


@pytest.mark.parametrize(
    ("new", "last", "why"),
    [
        (value(42), value(40), ""),
        (value(4200), value(40), "far"),
        (value(10), value(40), "far"),
        (value(42), None, ""),
        (value(42), Value(), ""),
        (Value(), value(42), ""),
        (value(61, 60), None, "over"),
        (value(60, 60), None, ""),
        (value(45, 600), value(45, 60), "far"),
    ],
)
def test_a_value_far_from_the_last_or_above_its_whole_is_doubted(new: Value, last: Value | None, why: str) -> None:
    assert doubt(new, last, OUTLIERS) == why


@pytest.mark.parametrize(
    ("text", "refused", "reason"),
    [
        ("có đợt ra quân 2 tuần", False, True),
        ("hai mươi mốt", False, False),
        ("42 lượt ạ", False, False),
        ("ra quân hè", True, True),
        ("abc", True, False),
    ],
)
def test_a_reason_is_told_from_another_number(text: str, refused: bool, reason: bool) -> None:
    assert is_reason(text, refused) is reason
