"""The ladder of reminders, the hours of silence, and the nudge by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.reminders import (
    Ladder,
    Quiet,
    Rest,
    Step,
    before_rest,
    due_step,
    next_reminder,
    nudge_allowed,
    once_key,
    parse_ladder,
    rest_days,
    with_working_day,
)

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")
NIGHT = Quiet()
DUE = datetime(2026, 11, 25, 16, 59, 59, tzinfo=UTC)
LADDER = parse_ladder(
    [
        {"day": -7, "at": "07:30"},
        {"day": -3, "at": "07:30"},
        {"day": -1, "at": "07:30"},
        {"day": 0, "at": "08:00"},
        {"day": 0, "at": "16:00", "name": "T-chieu"},
        {"day": 1, "at": "07:30"},
        {"day": 3, "at": "07:30"},
    ]
)


def on(day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A moment of November 2026 in Việt Nam."""
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM)


def step_at(now: datetime, ladder: Ladder = LADDER, announced_at: datetime | None = None) -> str | None:
    step = due_step(ladder, DUE, now, NIGHT, VIETNAM, announced_at)
    return step.name if step else None


@pytest.mark.parametrize(
    "now, name",
    [
        (on(18, 7, 29), None),
        (on(18, 7, 30), "T-7"),
        (on(20, 12), "T-7"),
        (on(22, 7, 30), "T-3"),
        (on(24, 20, 59), "T-1"),
        (on(25, 8), "T"),
        (on(25, 16), "T-chieu"),
        (on(26, 7, 30), "T+1"),
        (on(28, 7, 30), "T+3"),
    ],
)
def test_the_latest_step_that_has_passed_is_due(now: datetime, name: str | None) -> None:
    assert step_at(now) == name


def test_a_step_older_than_three_days_is_not_said_any_more() -> None:
    assert step_at(on(21, 7, 30)) == "T-7"
    assert step_at(on(21, 7, 31)) is None
    assert step_at(datetime(2026, 12, 1, 7, 31, tzinfo=VIETNAM)) is None


@pytest.mark.parametrize("hour, minute", [(21, 0), (23, 59), (0, 0), (6, 59)])
def test_nothing_is_sent_at_night(hour: int, minute: int) -> None:
    assert step_at(on(24, hour, minute)) is None
    assert step_at(on(26, hour, minute)) is None


def test_at_the_end_of_the_night_the_latest_step_counts() -> None:
    ladder = (Step("evening", -1, time(22)), Step("midnight", 0, time(0)), Step("noon", 0, time(12)))
    assert step_at(on(25, 6, 59), ladder) is None
    assert step_at(on(25, 7), ladder) == "midnight"


@pytest.mark.parametrize("back_at", [on(27, 8), on(27, 22), on(28, 6), on(28, 7)])
def test_after_three_days_down_over_the_25th_one_reminder_comes_on_return(back_at: datetime) -> None:
    told, now = set(), back_at
    while now < back_at + timedelta(hours=12):
        told.add(step_at(now))
        now += timedelta(minutes=10)
    assert len(told - {None}) == 1


def test_a_step_missed_by_hours_gives_way_to_the_next_one_close_by() -> None:
    assert step_at(on(26, 7, 5)) is None  # "today is the day" of yesterday 16:00, with "one day late" 25 minutes away
    assert step_at(on(25, 13, 59)) == "T"
    assert step_at(on(25, 14, 1)) is None


def test_steps_close_together_are_each_sent_when_nothing_is_missed() -> None:
    ladder = tuple(Step(f"h{hour}", 0, time(hour)) for hour in range(8, 12))
    assert [step_at(on(25, hour, 10), ladder) for hour in range(8, 12)] == ["h8", "h9", "h10", "h11"]


def test_the_last_step_of_a_ladder_is_told_after_an_outage_even_past_the_deadline() -> None:
    assert step_at(on(27, 9), LADDER[:5]) == "T-chieu"


def test_short_notice_shortens_the_ladder() -> None:
    announced = on(22, 9)
    assert step_at(on(22, 10), announced_at=announced) is None
    assert step_at(on(24, 7, 30), announced_at=announced) == "T-1"


def test_a_duty_announced_after_the_last_step_reminds_nobody() -> None:
    assert step_at(on(28, 12), announced_at=on(28, 9)) is None
    assert next_reminder(LADDER, DUE, on(28, 12), NIGHT, VIETNAM, on(28, 9)) is None


def test_an_empty_ladder_reminds_nobody() -> None:
    assert step_at(on(25, 9), parse_ladder([])) is None
    assert next_reminder((), DUE, on(1), NIGHT, VIETNAM) is None


@pytest.mark.parametrize(
    "now, expected",
    [
        (on(1), on(18, 7, 30)),
        (on(18, 7, 30), on(22, 7, 30)),
        (on(25, 9), on(25, 16)),
        (on(25, 22), on(26, 7, 30)),
        (on(28, 7, 30), None),
    ],
)
def test_the_next_reminder_is_the_next_step(now: datetime, expected: datetime | None) -> None:
    assert next_reminder(LADDER, DUE, now, NIGHT, VIETNAM) == expected


def test_the_next_reminder_of_a_night_step_is_shown_for_the_morning() -> None:
    ladder = (Step("evening", -1, time(22)),)
    assert next_reminder(ladder, DUE, on(24, 21), NIGHT, VIETNAM) == on(25, 7)
    assert next_reminder(ladder, DUE, on(25, 3), NIGHT, VIETNAM) == on(25, 7)


def test_quiet_ends_in_the_morning_of_the_right_day() -> None:
    assert NIGHT.quiet_until(on(24, 21), VIETNAM) == on(25, 7)
    assert NIGHT.quiet_until(on(25, 3), VIETNAM) == on(25, 7)
    assert NIGHT.quiet_until(on(25, 7), VIETNAM) == on(25, 7)
    assert NIGHT.quiet_until(on(25, 20, 59), VIETNAM) == on(25, 20, 59)


def test_quiet_hours_within_a_day_and_none_at_all() -> None:
    noon = Quiet(time(12), time(13))
    assert [noon.is_quiet(on(1, hour), VIETNAM) for hour in (11, 12, 13, 0)] == [False, True, False, False]
    assert noon.quiet_until(on(1, 12, 30), VIETNAM) == on(1, 13)
    assert not any(Quiet(time(7), time(7)).is_quiet(on(1, hour), VIETNAM) for hour in range(24))


def test_a_deadline_on_a_sunday_adds_a_step_on_friday_and_stays_where_it_is() -> None:
    sunday = datetime(2026, 10, 25, 16, 59, 59, tzinfo=UTC)
    ladder = with_working_day(LADDER, sunday, VIETNAM, lambda day: day.weekday() >= 5)
    assert [step.name for step in ladder] == ["T-7", "T-3", "T-lam-viec", "T-1", "T", "T-chieu", "T+1", "T+3"]
    assert ladder[2].moment(sunday, VIETNAM) == datetime(2026, 10, 23, 7, 30, tzinfo=VIETNAM)


def test_a_deadline_on_a_working_day_or_with_a_step_on_the_last_one_adds_nothing() -> None:
    assert with_working_day(LADDER, DUE, VIETNAM, lambda day: day.weekday() >= 5) == LADDER
    assert with_working_day(LADDER, DUE, VIETNAM, lambda day: day == date(2026, 11, 25)) == LADDER
    assert with_working_day(LADDER[3:], DUE, VIETNAM, lambda day: day.day > 20) == LADDER[3:]
    assert with_working_day(LADDER, DUE, VIETNAM, lambda day: True) == LADDER


def test_a_coordinator_may_nudge_once_an_hour() -> None:
    assert nudge_allowed(None, on(25, 9))
    assert not nudge_allowed(on(25, 9), on(25, 9, 59))
    assert nudge_allowed(on(25, 9), on(25, 10))


def test_a_once_key_names_the_fact_and_an_extension_is_another_fact() -> None:
    assert once_key("2026-11", Step("T-1", -1, time(7)), 4, 31) == "remind:2026-11:T-1:4:31"
    extended = once_key("2026-11", Step("T-1", -1, time(7)), 4, 31, date(2026, 11, 28))
    assert extended == "remind:2026-11+2026-11-28:T-1:4:31"


def test_a_ladder_is_put_in_the_order_of_time() -> None:
    ladder = parse_ladder([{"day": 1, "at": "07:30"}, {"day": -3, "at": 960}, {"day": -3, "at": "8:00", "name": "x"}])
    assert ladder == (Step("x", -3, time(8)), Step("T-3", -3, time(16)), Step("T+1", 1, time(7, 30)))


@pytest.mark.parametrize(
    "data, field",
    [
        ("T-7", ""),
        (["T-7"], ""),
        ([{"at": "07:30"}], "day"),
        ([{"day": -91, "at": "07:30"}], "day"),
        ([{"day": -7}], "at"),
        ([{"day": -7, "at": "7h30"}], "at"),
        ([{"day": -7, "at": "07:30", "name": "a:b"}], "name"),
        ([{"day": -7, "at": "07:30", "text": "…"}], "text"),
        ([{"day": 0, "at": "08:00"}, {"day": 0, "at": "16:00"}], "name"),
        ([{"day": 0, "at": "08:00"}, {"day": 0, "at": "08:00", "name": "again"}], "at"),
    ],
)
def test_cannot_state_a_ladder_that_means_nothing(data: object, field: str) -> None:
    with pytest.raises(Refusal) as refused:
        parse_ladder(data)
    assert (refused.value.key, refused.value.values["field"]) == ("programme.bad_ladder", field)
    assert refused.value.values["expected"]


# --- days on which an office is left in peace -------------------------------------------------------------------------

WEEKEND = (5, 6)
TET = frozenset(date(2026, 2, day) for day in (16, 17, 18, 19, 20))  # Monday to Friday


def is_off(day: date) -> bool:
    return day in TET or day.weekday() in WEEKEND


def test_the_weekends_around_a_holiday_belong_to_it() -> None:
    assert rest_days(TET, is_off) == {date(2026, 2, day) for day in range(14, 23)}
    assert rest_days([date(2026, 11, 24)], lambda day: day == date(2026, 11, 24)) == {date(2026, 11, 24)}


def test_a_holiday_that_is_worked_after_all_is_none() -> None:
    assert rest_days([date(2026, 2, 18)], lambda day: False) == set()


def test_a_rest_ends_in_the_morning_of_the_first_day_after_it() -> None:
    rest = Rest(NIGHT, rest_days(TET, is_off))
    eve = datetime(2026, 2, 13, 22, tzinfo=VIETNAM)
    assert rest.quiet_until(eve, VIETNAM) == datetime(2026, 2, 23, 7, tzinfo=VIETNAM)
    assert rest.quiet_until(datetime(2026, 2, 13, 20, tzinfo=VIETNAM), VIETNAM) == datetime(
        2026, 2, 13, 20, tzinfo=VIETNAM
    )


@given(
    moment=st.integers(0, 2 * 365 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    days=st.frozensets(st.dates(date(2026, 1, 1), date(2027, 12, 31)), max_size=40),
)
def test_a_rest_is_quiet_until_its_end_and_no_longer(moment: datetime, days: frozenset[date]) -> None:
    rest = Rest(NIGHT, days)
    end = rest.quiet_until(moment, VIETNAM)
    assert end >= moment
    assert not rest.is_quiet(end, VIETNAM)
    assert (end == moment) == (not rest.is_quiet(moment, VIETNAM))
    assert end == moment or rest.is_quiet(end - timedelta(seconds=1), VIETNAM)


def test_a_step_within_tet_is_said_once_when_it_ends_however_long_it_was() -> None:
    due = datetime(2026, 2, 18, 16, 59, 59, tzinfo=UTC)
    rest = Rest(NIGHT, rest_days(TET, is_off))
    moments = [datetime(2026, 2, 14, tzinfo=VIETNAM) + timedelta(hours=hour) for hour in range(240)]
    said = {step.name for now in moments if (step := due_step(LADDER, due, now, rest, VIETNAM))}
    assert said == {"T+3"}
    assert next_reminder(LADDER, due, moments[0], rest, VIETNAM) == datetime(2026, 2, 23, 7, tzinfo=VIETNAM)


def test_a_step_on_a_holiday_comes_on_the_last_day_before_it_under_its_own_name() -> None:
    ladder = before_rest(LADDER, DUE, VIETNAM, {date(2026, 11, 24)})
    assert [step.name for step in ladder] == [step.name for step in LADDER]
    assert {step.name: step.moment(DUE, VIETNAM) for step in ladder}["T-1"] == on(23, 7, 30)
    rest = Rest(NIGHT, frozenset({date(2026, 11, 24)}))
    assert due_step(ladder, DUE, on(23, 9), rest, VIETNAM) == Step("T-1", -2, time(7, 30))
    assert next_reminder(ladder, DUE, on(22, 9), rest, VIETNAM) == on(23, 7, 30)


def test_a_day_that_has_a_step_gets_no_second_one_for_a_holiday() -> None:
    on_the_22nd = before_rest(LADDER, DUE, VIETNAM, {date(2026, 11, day) for day in (23, 24)})
    assert [step.name for step in on_the_22nd] == ["T-7", "T-3", "T", "T-chieu", "T+1", "T+3"]
    on_the_20th = before_rest(LADDER, DUE, VIETNAM, {date(2026, 11, day) for day in range(21, 26)})
    assert [(step.name, step.offset_days) for step in on_the_20th] == [("T-7", -7), ("T-3", -5), ("T+1", 1), ("T+3", 3)]


@given(
    due=st.dates(date(2026, 1, 1), date(2027, 12, 31)),
    days=st.frozensets(st.dates(date(2025, 12, 1), date(2028, 1, 31)), max_size=60),
)
def test_no_step_before_a_deadline_lies_on_a_holiday_or_makes_a_day_louder(due: date, days: frozenset[date]) -> None:
    deadline = datetime(due.year, due.month, due.day, 23, 59, tzinfo=VIETNAM)
    ladder = before_rest(LADDER, deadline, VIETNAM, days)
    placed = [(step.name, step.offset_days) for step in ladder]
    own = [(step.name, step.offset_days) for step in LADDER]
    assert all(due + timedelta(days=offset) not in days for _, offset in placed if offset <= 0)
    assert {step for step in own if step[1] > 0} <= set(placed)
    for _, moved in [step for step in placed if step not in own]:
        assert [offset for _, offset in placed].count(moved) == 1
