"""Groups: one cluster a day, names as people type and paste them, and the nearest cluster counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.folding import fold
from models.rules.groups import (
    BLOCK,
    CLUSTER,
    Candidate,
    Span,
    Tie,
    enter,
    groups_over,
    leave,
    looks_like,
    meant,
    place_in_list,
    read_day,
    read_group_name,
    split_names,
)

TODAY = date(2026, 11, 20)
DAYS = st.integers(0, 40).map(lambda n: TODAY + timedelta(days=n))
ENTERING = st.tuples(st.just("enter"), st.integers(1, 3), DAYS, st.none() | st.integers(1, 15))
LEAVING = st.tuples(st.just("leave"), st.integers(1, 3), DAYS, st.none())
ALL_DAYS = [TODAY + timedelta(days=n) for n in range(-1, 60)]


def entered(spans: Sequence[Span], wish: Span) -> list[Span]:
    """The memberships after a unit has entered, as the database would keep them."""
    entry = enter(wish, [each for each in spans if each.until is None or each.until > each.since])
    changed = {each.id: each for each in entry.changed}
    kept = [changed.get(each.id, each) for each in spans]
    return [*kept, replace(entry.added, id=len(spans) + 1)] if entry.added else kept


def left(spans: Sequence[Span], group: int, day: date) -> list[Span]:
    return [
        leave(each, day) if each.group_id == group and (each.until is None or each.until > day) else each
        for each in spans
    ]


@given(st.lists(ENTERING | LEAVING, max_size=12))
def test_a_unit_is_never_in_two_clusters_of_one_owner_on_one_day(
    deeds: list[tuple[str, int, date, int | None]],
) -> None:
    spans: list[Span] = []
    for deed, group, day, days in deeds:
        if deed == "leave":
            spans = left(spans, group, day)
            assert not any(
                each.group_id == group and each.holds_on(later) for each in spans for later in ALL_DAYS if later >= day
            )
        else:
            until = day + timedelta(days=days) if days else None
            spans = entered(spans, Span(group, day, until))
            assert [each.group_id for each in spans if each.holds_on(day)] == [group]
        for each_day in ALL_DAYS:
            assert sum(each.holds_on(each_day) for each in spans) <= 1


@given(st.lists(ENTERING, max_size=8), ENTERING)
def test_entering_twice_is_entering_once(
    before: list[tuple[str, int, date, int | None]], last: tuple[str, int, date, int | None]
) -> None:
    spans: list[Span] = []
    for _, group, day, days in [*before, last]:
        spans = entered(spans, Span(group, day, day + timedelta(days=days) if days else None))
    _, group, day, days = last
    assert entered(spans, Span(group, day, day + timedelta(days=days) if days else None)) == spans


def test_a_move_ends_the_older_membership_on_that_day() -> None:
    old = Span(1, date(2026, 1, 1), id=7)
    entry = enter(Span(2, TODAY), [old])
    assert entry.changed == (replace(old, until=TODAY),)
    assert entry.added == Span(2, TODAY)


def test_what_was_decided_for_later_stays_as_it_was_decided() -> None:
    planned = Span(2, date(2026, 12, 1), id=7)
    entry = enter(Span(1, TODAY), [planned])
    assert entry.changed == ()
    assert entry.added == Span(1, TODAY, date(2026, 12, 1))


def test_two_clusters_from_the_same_day_leave_the_one_named_last() -> None:
    first = Span(1, TODAY, id=7)
    entry = enter(Span(2, TODAY), [first])
    assert entry.changed == (replace(first, until=TODAY),)
    assert not entry.changed[0].holds_on(TODAY)


def test_a_unit_counts_in_its_nearest_cluster_and_in_every_block() -> None:
    ties = {
        2: [Tie(10, 1, CLUSTER), Tie(20, 1, BLOCK)],  # the commune
        5: [Tie(11, 1, CLUSTER), Tie(21, 1, BLOCK)],  # a team of it, in another cluster
        1: [Tie(30, 9, CLUSTER)],  # the province, in a cluster of the central office
    }
    assert groups_over("/1/2/4/", ties) == (10, 20, 30)
    assert groups_over("/1/2/5/", ties) == (11, 21, 20, 30)
    assert groups_over("/1/3/6/", ties) == (30,)
    assert groups_over("/", ties) == ()


@pytest.mark.parametrize(
    "text, names, day",
    [
        ("Mỹ Tho; Cao Lãnh; Sa Đéc", ["Mỹ Tho", "Cao Lãnh", "Sa Đéc"], ""),
        ("Mỹ Tho, Cao Lãnh từ 01/12", ["Mỹ Tho", "Cao Lãnh"], "01/12"),
        ("1. Mỹ Tho\n2) Cao Lãnh\n- Sa Đéc.\n\n• Gò Công", ["Mỹ Tho", "Cao Lãnh", "Sa Đéc", "Gò Công"], ""),
        ("Mỹ Tho (từ ngày 1/12/2026)\nCao Lãnh", ["Mỹ Tho", "Cao Lãnh"], "1/12/2026"),
        ("Mỹ Tho từ 01/12; Cao Lãnh từ 01/12", ["Mỹ Tho", "Cao Lãnh"], "01/12"),
        ("TỪ 01/12", [], "01/12"),
        ("Từ Sơn; Tứ Kỳ", ["Từ Sơn", "Tứ Kỳ"], ""),
        ("Mỹ Tho; mỹ tho; MỸ  THO", ["Mỹ Tho"], ""),
        ("  ; , \n", [], ""),
        ("28261, 28262", ["28261", "28262"], ""),
    ],
)
def test_names_in_one_message_however_they_stand(text: str, names: list[str], day: str) -> None:
    assert split_names(text) == (names, day)


def test_two_days_in_one_message_and_endless_lists_are_refused() -> None:
    with pytest.raises(Refusal, match=r"group\.several_days"):
        split_names("Mỹ Tho từ 01/12; Cao Lãnh từ 02/12")
    with pytest.raises(Refusal, match=r"group\.too_many"):
        split_names("\n".join(f"Xã {n}" for n in range(201)))


@given(st.text(max_size=300))
def test_no_text_breaks_the_reading_of_names(text: str) -> None:
    try:
        names, day = split_names(text)
    except Refusal:
        return
    assert all(fold(name) for name in names)
    assert not day or day[0].isdigit() or fold(day)[0].isdigit()


@pytest.mark.parametrize(
    "text, day",
    [("01/12", date(2026, 12, 1)), ("1/7", date(2026, 7, 1)), ("01/07/2025", date(2025, 7, 1)), ("20/11", TODAY)],
)
def test_a_day_gone_or_to_come_is_taken(text: str, day: date) -> None:
    assert read_day(text, TODAY) == day


def test_a_day_of_which_year_is_asked_about() -> None:
    with pytest.raises(Refusal) as no:
        read_day("5/1", TODAY)
    assert (no.value.key, no.value.values["value"]) == ("group.doubt_day", date(2027, 1, 5))
    with pytest.raises(Refusal, match=r"date\.no_such_day"):
        read_day("31/2", TODAY)


UNITS = [
    Candidate(number, name, fold(name), f"28{number}", is_near=number < 90)
    for number, name in [
        (1, "Đoàn phường Mỹ Tho"),
        (2, "Đoàn xã Mỹ Thọ"),
        (3, "Đoàn xã Tân Phú"),
        (4, "Đoàn xã Tân Phú Đông"),
        (5, "Đoàn phường Cao Lãnh"),
        (90, "Đội hình chuyển đổi số Mỹ Tho"),
        (91, "Đội Sen Hồng"),
        (92, "Đội Sen Hồng"),
    ]
]


@pytest.mark.parametrize(
    "text, ids",
    [
        ("Mỹ Tho", [1]),  # whoever types the marks means them
        ("Mỹ Thọ", [2]),
        ("my tho", [1, 2]),  # without them it may be either
        ("phường mỹ tho", [1]),
        ("tan phu", [3]),  # a name that ends so, not one that only holds it
        ("tân phú đông", [4]),
        ("Cao Lảnh", [5]),  # a wrong mark is still that name
        ("cao", [5]),
        ("Đội hình chuyển đổi số Mỹ Tho", [90]),
        ("sen hồng", [91, 92]),
        ("285", [5]),  # a code
        ("Trường Sa", []),
    ],
)
def test_which_unit_a_name_means_and_which_are_asked_about(text: str, ids: list[int]) -> None:
    assert [each.id for each in meant(text, UNITS)] == ids


def test_a_slip_of_the_finger_finds_what_comes_close_and_nothing_else() -> None:
    assert [each.id for each in looks_like("Cao Lahn", UNITS, 3)] == [5]
    assert looks_like("Hoàng Sa", UNITS, 3) == ()


def test_groups_stand_as_people_count_them() -> None:
    names = [
        ("block", "khoi a"),
        ("cluster", "cum 10"),
        ("cluster", "cum 2"),
        ("cluster", "cum xa 1b"),
        ("cluster", ""),
    ]
    assert [name for _, name in sorted(names, key=lambda each: place_in_list(*each))] == [
        "", "cum 2", "cum 10", "cum xa 1b", "khoi a"
    ]  # fmt: skip


@given(st.lists(st.tuples(st.sampled_from(["cluster", "block"]), st.text().map(fold)), max_size=5))
def test_any_names_can_be_put_in_order(names: list[tuple[str, str]]) -> None:
    assert sorted(names, key=lambda each: place_in_list(*each))[:1] or not names


def test_a_group_is_called_by_words() -> None:
    assert read_group_name("  Cụm  thi đua\u200b số 1 ") == "Cụm thi đua số 1"
    for text in ("", "12", "…", "\u202e"):
        with pytest.raises(Refusal, match=r"group\.name_unclear"):
            read_group_name(text)
