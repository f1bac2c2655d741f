"""Whom an announcement is for: never beyond the office, never who was taken out, and a line read without guessing."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handlers.announcement_audience_lists import ROLES_SHOWN
from models.rules.audience_lines import Choice, Found, PeriodName, Reading, is_beyond, read_audience
from models.rules.audience_words import Name, Parts, called_by, parts_of
from models.rules.audiences import Audience, Post, Selection, audience_of, debtors_of
from models.rules.folding import fold
from models.rules.permissions import COORDINATOR, LEADER, MEMBER, OFFICE_ROLES, ROLES, SECRETARY, TEAM_WRITERS
from models.rules.reaches import Reach, preview

OFFICE = 1
UNITS = {10: "Đoàn phường Mỹ Tho", 11: "Đoàn xã Đất Mũi", 12: "Đoàn xã Chợ Mới", 13: "Đoàn xã Ô Lâm"}
GROUPS = {2: "Cụm thi đua số 2", 12: "Cụm thi đua số 12", 3: "Khối trường học"}
TEAMS = {21: "Đội hình chuyển đổi số Mỹ Tho"}
PEOPLE = {31: "Nguyễn Thị Lan"}
PERIODS = (
    PeriodName(7, "2026-11", "Báo cáo tháng của đội", ("team",)),
    PeriodName(8, "2026-11", "Báo cáo tháng của xã", ("commune", "affiliated")),
    PeriodName(9, "2026-10", "Báo cáo tháng của đội", ("team",)),
    PeriodName(5, "2026", "Báo cáo năm", ("commune",)),
)
WAYS = [way for name in (*UNITS.values(), *GROUPS.values()) for way in called_by(fold(name))]


def found(name: Name) -> Found:
    """As the office would look it up."""
    said = fold(name.text)
    for field, table in (("groups", GROUPS), ("units", UNITS), ("units", TEAMS), ("people", PEOPLE)):
        hits = [Choice(field, number, each) for number, each in table.items() if said in called_by(fold(each))]
        if hits:
            return Found(tuple(hits))
    return Found()


def read(text: str, was: Audience | None = None) -> Reading:
    parts = parts_of(text, WAYS)
    meant = {name: found(name) for name in parts.names}
    return read_audience(parts, OFFICE, meant, PERIODS, was or Audience())


@pytest.mark.parametrize(
    "text, wanted",
    [
        (
            "Bí thư xã thuộc Cụm 2 chưa nộp tháng 11",
            Audience(groups=(2,), kinds=("commune",), roles=(SECRETARY,), late=8),
        ),
        (
            "bi thu xa thuoc cum 2 chua nop thang 11",
            Audience(groups=(2,), kinds=("commune",), roles=(SECRETARY,), late=8),
        ),
        ("đội trưởng các xã trừ xã Đất Mũi", Audience((1,), kinds=("commune",), roles=(LEADER,), but_units=(11,))),
        ("tất cả đội trưởng", Audience((1,), roles=(LEADER,))),
        ("Tất cả", Audience((1,))),
        ("mọi người toàn tỉnh", Audience((1,))),
        ("mọi người ở Mỹ Tho, Đất Mũi", Audience((10, 11))),
        ("đội trưởng xã Chợ Mới", Audience((12,), roles=(LEADER,))),
        ("doi truong xa cho moi", Audience((12,), roles=(LEADER,))),
        ("ban chỉ huy xã Ô Lâm", Audience((13,), roles=TEAM_WRITERS)),
        ("cụm thi đua số 12 trừ Chợ Mới", Audience(groups=(12,), but_units=(12,))),
        ("đội trưởng chưa nộp kỳ 10/2026", Audience((1,), roles=(LEADER,), late=9)),
        ("các xã chưa nộp năm 2026", Audience((1,), kinds=("commune",), late=5)),
        ("tnv Đội hình chuyển đổi số Mỹ Tho", Audience((21,), roles=(MEMBER,))),
        ("đội trưởng Nguyễn Thị Lan", Audience(people=(31,))),
        ("cán bộ xã Mỹ Tho", Audience((10,), roles=(COORDINATOR,))),
        ("cán bộ các xã Mỹ Tho", Audience((10,), kinds=("commune",), roles=(COORDINATOR,))),
        ("tất cả trừ Nguyễn Thị Lan", Audience((1,), but_people=(31,))),
        ("tất cả trừ thành viên", Audience((1,), roles=tuple(role for role in ROLES if role != MEMBER))),
        ("đội trưởng «xã Đất Mũi»; phường Mỹ Tho.", Audience((11, 10), roles=(LEADER,))),
    ],
)
def test_a_line_says_whom(text: str, wanted: Audience) -> None:
    reading = read(text)
    assert (reading.doubts, reading.audience) == ((), wanted)


@pytest.mark.parametrize(
    "text, unknown",
    [
        ("đội trưởng xã Không Có", "xã Không Có"),
        ("đội trưởng trừ xã Không Có", "xã Không Có"),
        ("đội trưởng chưa nộp tháng 3", "chưa nộp tháng 3"),
        ("đội trưởng nhé", "nhé"),
        ("tất cả trừ các xã", "xã"),
        ("tất cả trừ ai chưa nộp", "chưa nộp"),
    ],
)
def test_what_is_not_understood_is_said(text: str, unknown: str) -> None:
    assert read(text).unknown == (unknown,)


@pytest.mark.parametrize(
    "kind, beyond", [("province", False), ("central", False), ("commune", True), ("affiliated", True)]
)
def test_the_whole_province_is_not_a_wards_to_write_to(kind: str, beyond: bool) -> None:
    assert is_beyond(parts_of("mọi người toàn tỉnh", WAYS), kind) is beyond
    assert is_beyond(parts_of("ban chi huy TOAN TINH", WAYS), kind) is beyond
    assert not is_beyond(parts_of("tất cả mọi người", WAYS), kind)


def test_a_period_that_may_be_two_is_asked() -> None:
    reading = read("ai chưa nộp tháng 11")
    assert [[each.id for each in doubt.choices] for doubt in reading.doubts] == [[7, 8]]
    assert reading.unknown == ()


def test_a_name_that_only_looks_alike_is_asked_even_when_there_is_but_one() -> None:
    parts = parts_of("trừ Mỹ Thoo", WAYS)
    near = Found((Choice("units", 10, UNITS[10]),), is_there=False)
    reading = read_audience(parts, OFFICE, dict.fromkeys(parts.names, near), PERIODS, Audience((1,)))
    assert reading.audience == Audience((1,))
    assert [(doubt.text, doubt.without) for doubt in reading.doubts] == [("Mỹ Thoo", True)]


def test_more_and_less_change_what_was_chosen_and_any_other_line_takes_its_place() -> None:
    was = Audience((10,), roles=(LEADER,))
    assert read("thêm xã Đất Mũi", was).audience == replace(was, units=(10, 11))
    assert read("trừ xã Đất Mũi", was).audience == replace(was, but_units=(11,))
    assert read("thêm xã Đất Mũi", replace(was, but_units=(11,))).audience == replace(was, units=(10, 11))
    assert read("xã Đất Mũi", was).audience == Audience((11,))


@given(
    st.text(max_size=80) | st.lists(st.sampled_from(sorted({*WAYS, "trừ", "các", "xã", "bí thư", ","}))).map(" ".join)
)
def test_any_line_is_read_and_no_word_is_lost(text: str) -> None:
    parts = parts_of(text, WAYS)
    assert isinstance(parts, Parts)
    assert all(name.text.strip() and name.bare.strip() for name in parts.names)
    read(text)


# --- what an audience takes -----------------------------------------------------------------------------------------

TREE = {10: "/1/10/", 11: "/1/11/", 20: "/1/10/20/", 21: "/1/10/21/", 22: "/1/11/22/", 99: "/9/99/"}
KIND = {10: "commune", 11: "commune", 20: "team", 21: "team", 22: "team", 99: "team"}
UNIT_IDS = st.sampled_from(sorted({1, 9, *TREE}))
PERSON_IDS = st.integers(1, 6)
FIELDS = st.tuples(st.sampled_from(("units", "people", "groups")), UNIT_IDS, st.booleans())


@st.composite
def posts(draw: st.DrawFn) -> Post:
    unit = draw(st.sampled_from(sorted(TREE)))
    over = "commune" if KIND[unit] == "team" else "province"
    role = draw(st.sampled_from(ROLES))
    named = draw(st.booleans())
    return Post(draw(PERSON_IDS), role, unit, TREE[unit], KIND[unit], over, named, named and draw(st.booleans()))


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    roots, but = draw(st.frozensets(UNIT_IDS, max_size=3)), draw(st.frozensets(UNIT_IDS, max_size=3))
    kinds = draw(st.frozensets(st.sampled_from(("commune", "team"))))
    roles = draw(st.frozensets(st.sampled_from(ROLES), max_size=3))
    owing = draw(st.none() | st.frozensets(st.sampled_from(sorted(TREE))))
    debtors = None if owing is None else debtors_of([TREE[each] for each in owing], but)
    return Selection("/1/", roots, but, kinds, roles, draw(st.frozensets(PERSON_IDS, max_size=2)), debtors)


@given(selections(), posts())
def test_nobody_outside_and_nobody_taken_out_is_ever_meant(chosen: Selection, post: Post) -> None:
    within = {int(part) for part in post.path.strip("/").split("/")}
    is_out = bool(within & chosen.but)
    if not post.path.startswith("/1/") or post.person_id in chosen.but_people or (is_out and not post.by_hand):
        assert not chosen.takes(post)
    elif post.by_hand:
        assert chosen.takes(post)  # whatever else is taken out
    if not post.path.startswith("/1/") or post.person_id in chosen.but_people or is_out:
        assert not chosen.takes_chat(post.unit_id, post.path, post.kind, True) or post.person_id in chosen.but_people


@pytest.mark.parametrize("named", [True, False])
def test_a_name_or_a_root_outside_the_office_brings_nobody_in(named: bool) -> None:
    chosen = Selection("/1/", frozenset({1, 9, 99}))
    assert not chosen.takes(Post(1, LEADER, 99, TREE[99], "team", "commune", named))
    assert not chosen.takes_chat(99, TREE[99], "team", named)


@given(selections(), posts(), UNIT_IDS)
def test_more_exclusions_never_bring_anybody_in(chosen: Selection, post: Post, unit: int) -> None:
    if not chosen.takes(post):
        assert not replace(chosen, but=chosen.but | {unit}).takes(post)
        assert not replace(chosen, but_people=chosen.but_people | {unit}).takes(post)


@given(st.lists(FIELDS, max_size=6, unique_by=lambda each: each[:2]), st.randoms())
def test_the_order_of_adding_and_taking_out_does_not_matter(
    choices: list[tuple[str, int, bool]], chance: Random
) -> None:
    def built(order: list[tuple[str, int, bool]]) -> dict[str, set[int]]:
        audience = Audience()
        for field, number, without in order:
            audience = audience.with_choice(field, number, without=without)
        kept = audience.as_dict()
        return {name: set(value) for name, value in kept.items() if isinstance(value, list)}

    shuffled = list(choices)
    chance.shuffle(shuffled)
    assert built(choices) == built(shuffled)


def test_a_thing_is_either_added_or_taken_out() -> None:
    audience = Audience().with_choice("units", 5).with_choice("units", 5, without=True)
    assert (audience.units, audience.but_units) == ((), (5,))
    assert audience.with_choice("units", 5) == Audience((5,))


@given(st.sampled_from(sorted(OFFICE_ROLES)), st.sampled_from([10, 11]))
def test_an_office_asked_for_by_its_role_answers_for_what_is_owed_below(role: str, owing: int) -> None:
    team = {10: 20, 11: 22}[owing]
    chosen = Selection("/1/", frozenset({1}), roles=frozenset({role}), debtors=debtors_of([TREE[team]], frozenset()))
    assert [each for each in (10, 11) if chosen.takes(Post(1, role, each, TREE[each], "commune"))] == [owing]
    assert not replace(chosen, roles=frozenset()).takes(Post(1, role, owing, TREE[owing], "commune"))


def test_leaders_of_communes_are_those_of_the_teams_there() -> None:
    chosen = Selection("/1/", frozenset({1}), kinds=frozenset({"commune"}), roles=frozenset({LEADER}))
    assert chosen.takes(Post(1, LEADER, 20, TREE[20], "team", "commune"))
    assert not chosen.takes(Post(1, LEADER, 20, TREE[20], "team", "affiliated"))
    assert not replace(chosen, roles=frozenset()).takes(Post(1, LEADER, 20, TREE[20], "team", "commune"))


@given(st.builds(Audience, units=st.lists(UNIT_IDS).map(tuple), late=st.integers(0, 9), chats=st.booleans()))
def test_an_audience_is_kept_as_it_was(audience: Audience) -> None:
    assert audience_of(audience.as_dict()) == audience
    assert audience_of({**audience.as_dict(), "of a later version": 1}) == audience


def test_every_role_can_be_chosen() -> None:
    assert set(ROLES_SHOWN) == set(ROLES)


STATES = st.sampled_from(("waiting", "unreachable", "muted"))
REACHES = st.lists(st.tuples(STATES, st.sampled_from(("telegram", "webchat")), st.booleans()))


@given(REACHES, st.integers(0, 40))
def test_the_numbers_of_a_preview_add_up(found: list[tuple[str, str, bool]], rate: int) -> None:
    reaches = [
        Reach(None if chat else at, at if chat else None, 1, None, channel, "", state, "", f"{at}", "team")  # type: ignore[arg-type]
        for at, (state, channel, chat) in enumerate(found)
    ]
    seen = preview(reaches, {"telegram": rate})
    assert len(seen.names) == min(5, sum(each.state == "waiting" and each.person_id is not None for each in reaches))
    assert set(seen.names) <= {each.name for each in reaches if each.state == "waiting"}
    assert seen.reached == sum(seen.by_channel.values())
    assert seen.total == len(reaches) == sum(seen.by_channel.values()) + seen.unreachable + seen.muted
    telegram = seen.by_channel.get("telegram", 0)
    assert seen.duration.total_seconds() == pytest.approx(telegram / rate if rate else 0, abs=1e-5)
