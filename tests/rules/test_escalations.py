"""The steps up after a deadline."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.escalations import ABOVE, USUAL, Rise, due_rises, parse_escalation
from models.rules.reminders import Quiet, Rest

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
DUE = datetime(2026, 11, 25, 16, 59, 59, tzinfo=UTC)
LET_GO = timedelta(days=3)


def test_steps_up_as_a_plan_states_them() -> None:
    read = parse_escalation([{"day": 7, "at": "09:00", "to": "province"}, {"day": 2, "at": "08:00", "to": "above"}])
    assert read == (Rise("T+2", 2, time(8), ABOVE), Rise("T+7", 7, time(9), "province"))


@pytest.mark.parametrize(
    "row",
    [
        {"day": 0, "at": "08:00", "to": "above"},
        {"day": 3, "to": "above"},
        {"day": 3, "at": "08:00", "to": "team"},
        {"day": 3, "at": "08:00", "to": "above", "name": "a:b"},
        {"day": 3, "at": "08:00", "to": "above", "who": "x"},
    ],
)
def test_cannot_read_a_wrong_step_up(row: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match=r"programme\.bad_escalation"):
        parse_escalation([row])


def test_cannot_have_two_steps_up_of_one_name() -> None:
    row = {"day": 3, "at": "08:00", "to": "above"}
    with pytest.raises(Refusal, match=r"programme\.bad_escalation"):
        parse_escalation([row, row])


@given(minutes=st.integers(0, 30 * 24 * 60), days=st.frozensets(st.dates(date(2026, 11, 25), date(2026, 12, 25))))
def test_nothing_goes_up_early_late_or_in_silence(minutes: int, days: frozenset[date]) -> None:
    now, rest = DUE + timedelta(minutes=minutes), Rest(Quiet(), days)
    for rise in due_rises(USUAL, DUE, now, rest, VIETNAM, LET_GO):
        assert not rest.is_quiet(now, VIETNAM)
        moment = rise.moment(DUE, VIETNAM)
        assert moment <= now <= rest.quiet_until(moment, VIETNAM) + LET_GO
        assert not any(moment < other.moment(DUE, VIETNAM) <= now for other in USUAL if other.to == rise.to)


@given(hours=st.integers(0, 72))
def test_each_step_up_is_due_within_its_time_by_day(hours: int) -> None:
    for rise in USUAL:
        now = rise.moment(DUE, VIETNAM) + timedelta(hours=hours)
        if not Quiet().is_quiet(now, VIETNAM):
            assert rise in due_rises(USUAL, DUE, now, Quiet(), VIETNAM, LET_GO)


def test_a_holiday_over_all_steps_holds_none_back_for_good() -> None:
    tet = frozenset(date(2026, 2, day) for day in range(14, 23))
    due, morning = (datetime(2026, 2, *at, tzinfo=VIETNAM) for at in ((12, 23, 59), (23, 7, 0)))
    assert due_rises(USUAL, due, morning, Rest(Quiet(), tet), VIETNAM, LET_GO) == USUAL


def test_of_two_missed_steps_to_one_office_only_the_later_one_is_due() -> None:
    again = (*USUAL, Rise("T+10", 10, time(8, 30), ABOVE))
    now = again[-1].moment(DUE, VIETNAM)
    assert due_rises(again, DUE, now, Quiet(), VIETNAM, timedelta(days=30)) == again[1:]
