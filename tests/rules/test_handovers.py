"""From which day a unit is handed over, to whom among namesakes, and whether one stays: as people say it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.dates import format_date
from models.rules.folding import fold
from models.rules.handovers import (
    LONGEST_AHEAD,
    first_of_next_month,
    handed_role,
    is_due,
    people_meant,
    read_day,
    read_stays,
    step_after,
)

TODAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    "text, day",
    [
        ("hôm nay", TODAY),
        ("hom nay", TODAY),
        ("mai", date(2026, 11, 21)),
        ("25/11", date(2026, 11, 25)),
        ("ngày 25/11/2026", date(2026, 11, 25)),
        ("ngày 25", date(2026, 11, 25)),
        ("đầu tháng sau", date(2026, 12, 1)),
        ("Từ đầu tháng tới", date(2026, 12, 1)),
        ("đầu tháng 12", date(2026, 12, 1)),
        ("đầu tháng 1", date(2027, 1, 1)),
        ("đầu tháng 3.", date(2027, 3, 1)),
    ],
)
def test_a_day_is_read_as_it_is_said(text: str, day: date) -> None:
    assert read_day(text, TODAY) == day


@pytest.mark.parametrize(
    "text, key",
    [
        ("hôm qua", "handover.day_past"),
        ("19/11", "handover.day_past"),
        ("25/11/2027", "handover.day_far"),
        ("25", "handover.day_doubt"),  # a bare number may be meant otherwise
        ("ngày 5", "handover.day_doubt"),  # the 5th of next month, most likely
        ("đầu tháng 13", "date."),
        ("giữa tháng sau", "date.vague"),
        ("31/11", "date.no_such_day"),
        ("khi nào cũng được", "date.not_a_date"),
        ("", "date.not_a_date"),
    ],
)
def test_what_is_no_day_to_come_is_asked_again(text: str, key: str) -> None:
    with pytest.raises(Refusal) as no:
        read_day(text, TODAY)
    assert no.value.key.startswith(key)


@given(st.dates(date(2025, 1, 1), date(2035, 12, 31)), st.integers(-400, 400))
def test_every_whole_date_is_taken_or_refused_for_its_distance(today: date, distance: int) -> None:
    day = today + timedelta(days=distance)
    if 0 <= distance <= LONGEST_AHEAD.days:
        assert read_day(format_date(day), today) == day
        assert is_due(day, today) == (distance == 0)
        return
    with pytest.raises(Refusal, match=r"handover\.day_past" if distance < 0 else r"handover\.day_far"):
        read_day(format_date(day), today)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_the_first_of_next_month_is_the_next_first(today: date) -> None:
    first = first_of_next_month(today)
    assert first.day == 1
    assert today < first <= today + timedelta(days=31)
    assert read_day("đầu tháng sau", today) == first


@given(st.text(max_size=60), st.dates(date(2020, 1, 1), date(2040, 1, 1)))
def test_no_text_brings_it_down(text: str, today: date) -> None:
    for read in (lambda: read_day(text, today), lambda: read_stays(text)):
        try:
            found = read()
        except Refusal:
            continue
        assert isinstance(found, bool) or today <= found <= today + LONGEST_AHEAD


def test_staying_is_said_in_several_ways() -> None:
    assert [read_stays(text) for text in ("ở lại", "Có", "O LAI")] == [True] * 3
    assert [read_stays(text) for text in ("rời", "không", "Rời đội.")] == [False] * 3
    with pytest.raises(Refusal, match=r"handover\.stays_unclear"):
        read_stays("để xem đã")


def test_a_whole_name_beats_a_part_and_namesakes_are_all_meant() -> None:
    names = {1: fold("Phạm Minh"), 2: fold("Trần Minh Hoà"), 3: fold("Minh")}
    assert people_meant("minh", names) == [3]
    assert people_meant("Minh Hoà", names) == [2]
    assert people_meant("m", names) == [1, 2, 3]
    assert people_meant("lan", names) == people_meant("  ", names) == []


def test_only_a_team_asks_whether_one_stays() -> None:
    assert [step_after("day", kind) for kind in ("team", "commune")] == ["stays", "confirm"]
    assert [handed_role(kind) for kind in ("team", "commune", "province")] == ["leader", "coordinator", "coordinator"]
