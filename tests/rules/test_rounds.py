"""The name of a round, and the plan it is kept as."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

import pytest

from models.rules import Refusal
from models.rules.periods import Once
from models.rules.programmes import parse_programme
from models.rules.rounds import Whom, as_programme, code_of, read_title
from tests.shipped import plans

PLAN = next(each for each in plans() if each.code == "DE-AN-CDS")


@pytest.mark.parametrize("text", ["", "26", "20/3/2026", "ab c", "…"])
def test_a_title_needs_words(text: str) -> None:
    with pytest.raises(Refusal, match=r"round\.title_unclear"):
        read_title(text)


def test_a_title_is_kept_as_typed_without_extra_blanks_and_not_too_long() -> None:
    assert read_title("  Báo cáo   ra quân 26/3 ") == "Báo cáo ra quân 26/3"
    with pytest.raises(Refusal, match=r"round\.title_too_long"):
        read_title("Báo cáo " * 20)


def test_a_round_is_a_small_plan_that_survives_being_kept_as_json() -> None:
    made = as_programme(
        PLAN,
        "BC-CĐS-TN",
        code=code_of(34, 2),
        title="Báo cáo ra quân",
        office=("28261", "Đoàn phường Mỹ Tho"),
        whom=Whom(("team",), ("28261-1",)),
        due=date(2026, 3, 19),
        today=date(2026, 3, 1),
    )
    kept = parse_programme(json.loads(json.dumps(made.as_dict())))
    assert kept == made
    duty = kept.duty("BC")
    rule = duty.timing()
    assert isinstance(rule, Once)
    assert (kept.code, kept.opened_by, duty.units, duty.parts_from) == ("DOT-34-2", "28261", ("28261-1",), "")
    assert (rule.day, rule.opens) == (date(2026, 3, 19), date(2026, 3, 1))
    assert kept.steps() == PLAN.steps()


def test_a_round_lies_within_its_own_validity() -> None:
    whom = Whom(("team",))
    made = as_programme(
        PLAN, "BC-CĐS-TN", code="DOT-1-1", title="Đợt thử nghiệm", office=("87", "Tỉnh Đoàn"), whom=whom,
        due=date(2027, 1, 5), today=datetime(2026, 12, 30, tzinfo=UTC).date(),
    )  # fmt: skip
    assert made.duties_on(date(2027, 1, 5)) == made.duties
    assert made.duties_on(date(2026, 12, 29)) == ()
