"""The way of a visit: whatever is tapped, it stands at a step of its guide, counts truly, and comes to an end."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules.guides import END, Check, Fork, Guide, Option, Step, Trouble
from models.rules.visits import (
    IDLE,
    PREPARATION,
    PRIOR,
    SKIPPED,
    TROUBLE,
    Mark,
    Progress,
    Way,
    asked_at_end,
    way_meant,
    worked,
)

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)


def guide_of(*steps: Step, troubles: tuple[Trouble, ...] = ()) -> Guide:
    """A guide with these steps and nothing else worth naming."""
    check = Check(date(2026, 11, 20), 90, "high")
    return Guide(
        "G99", 1, "thu", "Bài thử", "Thử", "cu-tru", (), "", (), (), (), (), steps, troubles, (), (), "", (), (), check
    )  # fmt: skip


def line(count: int) -> Guide:
    return guide_of(*(Step(f"b{number}", f"Bước {number}", "Bấm") for number in range(count)))


FORKED = guide_of(
    Step("mo", "Mở", "Mở ứng dụng"),
    Step("co-chua", "Có chưa?", "Hỏi", fork=Fork("Có chưa?", (
        Option("Có rồi", to="nop"),
        Option("Chưa có", guide="G01", to="khai"),
        Option("Không có giấy", officer="Công an xã tra hồ sơ gốc"),
    ))),
    Step("khai", "Khai", "Khai", guide="G02"),
    Step("chup", "Chụp", "Chụp"),
    Step("nop", "Nộp", "Nộp", next="xem"),
    Step("xem", "Xem", "Xem", fork=Fork("Được chưa?", (Option("Được", to="end"), Option("Chưa", to="mo")))),
    troubles=(Trouble("mang", "Mất mạng", "Đổi mạng"), Trouble("anh-mo", "Ảnh mờ", "Chụp lại", steps=("chup",))),
)  # fmt: skip


@st.composite
def guides(draw: st.DrawFn) -> Guide:
    """A guide of up to nine steps, with forks that lead anywhere, back too, and each step with a way on."""
    codes = [f"b{number}" for number in range(draw(st.integers(1, 9)))]
    steps = []
    for number, code in enumerate(codes):
        anywhere = st.sampled_from([*codes, END, ""])
        ahead = st.sampled_from([*codes[number + 1 :], END])
        if draw(st.booleans()):
            options = [Option("Đi tiếp", to=draw(ahead))]
            options += [Option("Nơi khác", to=to) for to in draw(st.lists(anywhere, max_size=3))]
            options += [Option("Gặp cán bộ", officer="vì sao")] if draw(st.booleans()) else []
            steps.append(Step(code, code, "Hỏi", fork=Fork("Sao?", tuple(options))))
        else:
            steps.append(Step(code, code, "Bấm", next=draw(st.one_of(st.just(""), ahead))))
    return guide_of(*steps, troubles=(Trouble("mang", "Mất mạng", "Đổi mạng"),))


MOVES = st.lists(st.sampled_from(["done", "back", "skip", "0", "1", "2", "3", "9", "trouble", "prior"]), max_size=40)


def moved(way: Way, move: str) -> Way:
    named = {"done": way.done, "back": way.back}
    if move in named:
        return named[move]()
    if move == "skip":
        return way.skip("already")
    if move == "trouble":
        return way.meet("mang")
    return way.first("G01") if move == "prior" else way.choose(move)


def test_a_straight_way_is_counted_from_its_first_step_to_its_last() -> None:
    way, seen = Way(line(3)), []
    while way.step != END:
        way = way.done()
        seen.append((way.step, way.progress))
    assert seen == [
        ("b0", Progress(1, 3)),
        ("b1", Progress(2, 3)),
        ("b2", Progress(3, 3)),
        (END, Progress(3, 3)),
    ]


def test_a_choice_leads_where_it_says_and_shortens_the_total() -> None:
    asked = Way(FORKED).done().done()
    assert (asked.step, asked.progress) == ("co-chua", Progress(2, 6))
    straight = asked.choose("0")
    assert (straight.step, straight.progress) == ("nop", Progress(3, 4))
    assert (asked.choose("1").step, asked.choose("1").progress) == ("khai", Progress(3, 6))


def test_a_fork_is_left_by_an_answer_alone() -> None:
    asked = Way(FORKED).done().done()
    assert asked.done() is asked
    assert asked.skip("already") is asked
    assert asked.choose("7") is asked
    assert asked.choose("x") is asked


def test_an_answer_for_an_officer_ends_the_way_and_says_why() -> None:
    way = Way(FORKED).done().done().choose("2")
    assert (way.step, way.officer) == (END, "Công an xã tra hồ sơ gốc")
    assert way.back().step == "co-chua"
    assert way.back().officer == ""


def test_back_undoes_the_last_step_and_before_the_first_is_the_preparation() -> None:
    way = Way(FORKED).done().done().choose("1").skip("already")
    assert way.passed[-1] == Mark("khai", SKIPPED, "already")
    assert [way.back().step, way.back().back().step, way.back().back().back().step] == ["khai", "co-chua", "mo"]
    assert Way(FORKED).done().back().step == PREPARATION
    assert Way(FORKED).back() == Way(FORKED)


def test_an_answer_that_leads_back_is_no_second_passing() -> None:
    way = Way(FORKED).done().done().choose("0").done()
    assert (way.step, way.progress) == ("xem", Progress(4, 4))
    again = way.choose("1")
    assert (again.step, again.passed, again.progress) == ("mo", (), Progress(1, 6))


def test_troubles_of_the_step_come_first_and_one_met_is_noted_once() -> None:
    way = Way(FORKED).done().done().choose("1").done()
    assert [each.code for each in way.troubles] == ["anh-mo", "mang"]
    met = way.meet("anh-mo").meet("anh-mo").meet("không có")
    assert [each for each in met.marks if each.how == TROUBLE] == [Mark("chup", TROUBLE, "anh-mo")]
    assert met.progress == way.progress
    assert met.back().marks[-1].how == TROUBLE
    assert [each.code for each in Way(FORKED).done().troubles] == ["mang"]


def test_what_must_come_first_is_asked_for_until_it_is_done() -> None:
    way = Way(FORKED).done().done().choose("1")
    assert way.prior() == "G02"
    walked = way.first("G02")
    assert (walked.step, walked.prior(), walked.marks[-1].how) == ("khai", "", PRIOR)
    assert walked.done().back().prior() == ""


def test_a_kept_way_is_found_again_as_it_was() -> None:
    way = Way(FORKED).done().done().choose("1").meet("mang").done()
    assert Way.of(FORKED, way.step, way.trail) == way


def test_when_its_step_is_gone_it_stands_at_the_nearest_one_before() -> None:
    way = Way(FORKED).done().done().choose("1").done()
    without = replace(FORKED, steps=tuple(each for each in FORKED.steps if each.code not in ("chup", "khai")))
    found = Way.of(without, way.step, way.trail)
    assert (found.step, found.lost) == ("co-chua", True)
    assert not found.choose("0").lost
    alone = Way.of(guide_of(Step("khac", "Khác", "Bấm")), "chup", way.trail)
    assert (alone.step, alone.lost, alone.marks) == (PREPARATION, True, ())


@given(guides(), MOVES)
def test_whatever_is_tapped_the_visit_stands_at_a_step_of_its_guide_and_never_above_its_total(
    guide: Guide, moves: list[str]
) -> None:
    way = Way(guide)
    for move in moves:
        way = moved(way, move)
        assert way.here is None or way.here in guide.steps
        progress = way.progress
        assert 0 <= progress.number <= progress.total <= len(guide.steps)
        assert len({mark.step for mark in way.passed}) == len(way.passed)
        assert way == Way.of(guide, way.step, way.trail)


@given(guides(), MOVES)
def test_from_wherever_it_stands_going_on_comes_to_the_end(guide: Guide, moves: list[str]) -> None:
    way = Way(guide)
    for move in moves:
        way = moved(way, move)
    for _ in range(len(guide.steps) + 1):
        way = way.choose("0") if way.here and way.here.fork else way.done()
    assert way.step == END


@given(guides(), MOVES)
def test_the_total_never_grows_on_the_way_on(guide: Guide, moves: list[str]) -> None:
    way = Way(guide)
    for move in moves:
        further = moved(way, move)
        if len(further.passed) > len(way.passed):
            assert further.progress.total <= way.progress.total
        way = further


def test_only_time_near_a_tap_is_work() -> None:
    assert worked(30, NOW, NOW + timedelta(seconds=90)) == 120
    assert worked(30, NOW, NOW + timedelta(hours=9)) == 30 + IDLE.total_seconds()
    assert worked(30, None, NOW) == 30
    assert worked(30, NOW, NOW - timedelta(seconds=5)) == 30


@given(st.lists(st.integers(0, 100_000), max_size=10), st.integers(0, 1000))
def test_work_is_never_more_than_the_time_that_passed(gaps: list[int], seconds: int) -> None:
    total, at = seconds, NOW
    for gap in gaps:
        total, at = worked(total, at, at + timedelta(seconds=gap)), at + timedelta(seconds=gap)
    assert seconds <= total <= seconds + sum(gaps)
    assert total <= seconds + len(gaps) * IDLE.total_seconds()


@pytest.mark.parametrize("reason", ["", "vì thích"])
def test_a_step_is_skipped_for_a_known_reason(reason: str) -> None:
    way = Way(line(2)).done()
    assert way.skip(reason) is way
    assert way.skip("needless").passed == (Mark("b0", SKIPPED, "needless"),)


@pytest.mark.parametrize(
    "typed, way",
    [
        ("xong", "done"),
        ("Tiếp", "done"),
        ("xong rồi!", "done"),
        ("quay lại", "back"),
        ("BO QUA", "skip"),
        ("trục trặc", "trouble"),
        ("Tạm dừng.", "pause"),
        ("kết thúc", "finish"),
        ("xin chào", ""),
        ("", ""),
    ],
)
def test_a_way_is_named_by_its_usual_words(typed: str, way: str) -> None:
    assert way_meant(typed) == way


def test_the_end_asks_only_what_it_must() -> None:
    assert asked_at_end("", "", 0, counted=True) == "outcome"
    assert asked_at_end("unfinished", "", 0, counted=True) == "reason"
    assert asked_at_end("unfinished", "papers", 0, counted=True) == "people"
    assert asked_at_end("filed", "", 0, counted=False) == "files"
    assert asked_at_end("filed", "", 1, counted=False) == ""
    assert asked_at_end("done", "", 0, counted=True) == "people"
