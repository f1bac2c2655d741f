"""What the level above may do with a report, and what it should look at first."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.forms import Value
from models.rules.permissions import COORDINATOR, LEADER, MEMBER, OFFICER, Actor, Held, may
from models.rules.reviews import (
    WHOLE,
    Scope,
    concerns,
    item_named,
    may_be_accepted,
    may_be_returned,
    read_reason,
    scopes_of,
)
from tests.shipped import plans

FORM = next(each for each in plans() if each.code == "DE-AN-CDS").form("BC-CĐS-TN")
ASKED = FORM.indicators_for("team")
FULL = {each.code: Value(Decimal(10), Decimal(20) if each.is_rate else None) for each in ASKED}
CALM: dict[str, Any] = {"no_activity": "", "is_late": False, "is_corrected": False}


def kinds(values: dict[str, Value], last: dict[str, Value], **how: Any) -> list[str]:
    return [each.kind for each in concerns(ASKED, values, {}, last, FORM.outliers, **(CALM | how))]


def test_a_full_report_like_last_time_gives_no_cause_to_be_read() -> None:
    assert kinds(FULL, FULL) == []
    assert kinds(FULL, {}) == []  # nothing to compare with is no cause either


def test_each_cause_is_named_and_none_hides_another() -> None:
    one, two = ASKED[0].code, ASKED[1].code
    values = FULL | {one: Value(Decimal(1000)), two: Value()}
    assert kinds(values, FULL, is_late=True, is_corrected=True) == ["outlier", "empty", "late", "corrected"]


def test_a_far_number_counts_although_its_reason_was_given() -> None:
    code = ASKED[0].code
    found = concerns(ASKED, FULL | {code: Value(Decimal(1000))}, {code: "ra quân"}, FULL, FORM.outliers, **CALM)
    assert [(each.kind, each.note) for each in found] == [("outlier", "ra quân")]


def test_nothing_to_report_is_one_cause_and_not_twelve_empty_questions() -> None:
    assert kinds({}, FULL, no_activity="đội thi học kỳ") == ["nothing"]


@given(st.sampled_from(["draft", "submitted", "returned", "accepted"]))
def test_what_was_never_sent_is_neither_accepted_nor_returned(state: str) -> None:
    assert may_be_accepted(state) == (state == "submitted")
    assert may_be_returned(state) == (state in ("submitted", "accepted"))


@pytest.mark.parametrize(
    "text, code",
    [
        ("2", ASKED[1].code),
        ("câu 2", ASKED[1].code),
        (ASKED[3].code, ASKED[3].code),
        ("cả báo cáo", WHOLE),
        ("CA BAO CAO", WHOLE),
        ("xem lại giúp", None),
    ],
)
def test_the_question_of_a_return_is_named_in_words(text: str, code: str | None) -> None:
    assert item_named(text, ASKED) == code


@pytest.mark.parametrize("text", ["", "sai", "123", "...", "ok 12", "gọi 0912345678 để hỏi"])
def test_a_reason_needs_words_and_no_identity(text: str) -> None:
    with pytest.raises(Refusal):
        read_reason(text)
    assert read_reason("  thiếu   tuần 3 ") == "thiếu tuần 3"


PATHS = ["/1/", "/1/2/", "/1/2/5/", "/1/3/", "/1/3/6/", "/9/"]
HELD = st.builds(Held, st.sampled_from([COORDINATOR, OFFICER, LEADER, MEMBER]), st.just(1), st.sampled_from(PATHS))


@given(st.lists(HELD, max_size=4), st.sampled_from(["/", *PATHS]))
def test_the_scopes_are_exactly_the_units_whose_reports_somebody_judges(held: list[Held], within: str) -> None:
    actor = Actor(1, tuple(held))
    scopes = scopes_of(actor, "report.review", within)

    def covered(path: str, scope: Scope) -> bool:
        return path.startswith(scope.path) and (scope.own or path != scope.path)

    for path in PATHS:
        wanted = path.startswith(within) and may(actor, "report.review", path)
        assert any(covered(path, scope) for scope in scopes) == wanted, path
