"""Late is not locked: four clocks, and three reasons why nothing can be written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.clocks import Clocks
from models.rules.deadlines import standing
from models.rules.extensions import latest_extension, refuse_pointless
from models.rules.locks import Closed, closes_at, locking_moment, unlocking_ends, why_closed
from models.rules.reviews import return_ends

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
DUE = datetime(2026, 11, 25, 16, 59, 59, tzinfo=UTC)
LOCK = datetime(2027, 1, 9, 16, 59, 59, tzinfo=UTC)
MOMENTS = st.integers(0, 120 * 24 * 60).map(lambda minutes: DUE - timedelta(days=24) + timedelta(minutes=minutes))


def test_a_period_locks_at_the_end_of_a_day_counted_from_the_day_it_is_due() -> None:
    assert locking_moment(DUE, Clocks(locks_after_days=45), VIETNAM) == LOCK
    assert locking_moment(DUE, Clocks(), VIETNAM) is None


def test_the_last_second_is_open_and_the_next_is_locked() -> None:
    assert why_closed(LOCK, None, LOCK) is None
    assert why_closed(LOCK, None, LOCK + timedelta(seconds=1)) == Closed("locked", LOCK)
    assert why_closed(None, None, LOCK + timedelta(days=400)) is None


def test_opened_again_it_closes_by_itself_and_says_another_reason() -> None:
    until = LOCK + timedelta(days=3)
    assert why_closed(LOCK, until, until) is None
    assert why_closed(LOCK, until, until + timedelta(seconds=1)) == Closed("reopening_over", until)


def test_what_is_not_owed_after_all_says_the_third_reason_unless_it_was_filed() -> None:
    assert why_closed(LOCK, None, DUE, "sáp nhập vào Xã B") == Closed("waived", why="sáp nhập vào Xã B")
    assert why_closed(LOCK, None, DUE, "sáp nhập vào Xã B", filed=True) is None


@given(MOMENTS, st.none() | MOMENTS)
def test_before_the_lock_nothing_is_ever_locked(now: datetime, unlocked_until: datetime | None) -> None:
    closed = why_closed(LOCK, unlocked_until, now)
    assert (closed is not None) == (now > LOCK and (unlocked_until is None or now > unlocked_until))
    if closed is None:
        end = closes_at(LOCK, unlocked_until, now)
        assert end is not None
        assert end >= now


@given(MOMENTS, st.integers(1, 60), st.integers(1, 60))
def test_more_time_lies_between_the_deadline_and_the_lock(now: datetime, most: int, locks_after: int) -> None:
    clocks = Clocks(locks_after_days=locks_after, extension_days=most)
    lock = locking_moment(DUE, clocks, VIETNAM)
    assert lock is not None
    latest = latest_extension(DUE, lock, clocks, VIETNAM)
    assert DUE <= latest < lock
    assert latest <= DUE + timedelta(days=most)
    if latest <= max(DUE, now):
        with pytest.raises(Refusal, match="too_late"):
            refuse_pointless(DUE, latest, False, now)
    else:
        refuse_pointless(DUE, latest, False, now)
        assert standing(DUE, None, latest, VIETNAM, latest).kind == "due"


def test_a_report_that_is_there_needs_no_more_time() -> None:
    with pytest.raises(Refusal) as no:
        refuse_pointless(DUE, LOCK, True, DUE)
    assert no.value.key == "extension.filed"


@given(MOMENTS)
def test_a_correction_is_never_awaited_after_the_report_has_closed(now: datetime) -> None:
    usual, latest = return_ends(Clocks(), now, VIETNAM, LOCK if now <= LOCK else None)
    assert usual <= latest
    assert now > LOCK or latest <= LOCK


@given(MOMENTS)
def test_an_unlocking_ends_by_itself_and_never_lasts_longer_than_the_plan_says(now: datetime) -> None:
    usual, latest = unlocking_ends(Clocks(unlock_days=30, unlock_most_days=5), now, VIETNAM)
    assert now < usual == latest < now + timedelta(days=6)
