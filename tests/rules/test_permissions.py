"""Nobody acts outside the subtree of a role, and nobody brings in more than they hold."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.rules import Refusal
from models.rules.membership import HEADS, may_remove, refuse_removal
from models.rules.permissions import (
    GRANTS,
    MAY_INVITE,
    ROLES,
    Actor,
    Held,
    authorize,
    fields_of,
    may,
    may_invite,
)
from models.rules.reviews import scopes_of

# the unit of the role, and where others stand seen from it; ids chosen so that one path begins like another's text
HOME = "/1/3/8/"
PLACES = {
    "own": HOME,
    "parent": "/1/3/",
    "root": "/1/",
    "sibling": "/1/3/9/",
    "child": "/1/3/8/21/",
    "grandchild": "/1/3/8/21/40/",
    "foreign": "/1/4/",
    "foreign child": "/1/4/8/",
    "alike": "/1/3/80/",
    "alike parent": "/1/34/",
    "alike parent's child": "/1/34/8/",
}


def holder(role: str, path: str = HOME) -> Actor:
    return Actor(7, (Held(role, int(path.strip("/").split("/")[-1]), path),))


@pytest.mark.parametrize("action, role, place", list(product(GRANTS, ROLES, PLACES)))
def test_a_role_reaches_its_own_subtree_at_most(action: str, role: str, place: str) -> None:
    allowed = may(holder(role), action, PLACES[place])
    reach = GRANTS[action].get(role)
    below = ("child", "grandchild")
    expected = {None: (), "own": ("own",), "below": below, "subtree": ("own", *below)}[reach]
    assert allowed == (place in expected)


# written by hand from what the office wants, not from the table: action, role, the places it may act on
EXPECTED = [
    ("report.write", "leader", {"own"}),
    ("report.write", "deputy", {"own"}),
    ("report.write", "member", set()),
    ("report.write", "administrator", set()),
    ("report.write", "coordinator", {"own"}),
    ("report.read", "coordinator", {"own", "child", "grandchild"}),
    ("report.read", "member", {"own", "child", "grandchild"}),
    ("report.read", "founder", set()),
    ("team.confirm", "coordinator", {"own", "child", "grandchild"}),
    ("team.confirm", "founder", set()),
    ("team.confirm", "leader", set()),
    ("team.register", "founder", {"own"}),
    ("unit.invite", "leader", {"own"}),
    ("unit.invite", "deputy", set()),
    ("unit.invite", "member", set()),
    ("member.remove", "member", set()),
    ("member.remove", "leader", {"own"}),
    ("reminder.send", "leader", set()),
    ("report.write", "commander", {"own"}),
    ("report.write", "secretary", set()),
    ("report.write", "officer", set()),
    ("report.read", "secretary", {"own", "child", "grandchild"}),
    ("unit.invite", "secretary", set()),
    ("unit.invite", "commander", set()),
    ("unit.hand_over", "leader", {"own"}),
    ("unit.hand_over", "deputy", set()),
    ("unit.hand_over", "secretary", set()),
    ("unit.hand_over", "coordinator", {"own", "child", "grandchild"}),
    ("poster.make", "member", {"own"}),
    ("poster.make", "founder", set()),
    ("poster.make", "officer", {"own", "child", "grandchild"}),
    ("guide.propose", "coordinator", {"own", "child", "grandchild"}),
    ("guide.propose", "leader", set()),
    ("guide.propose", "officer", set()),
    ("guide.approve", "administrator", {"own", "child", "grandchild"}),
    ("guide.approve", "secretary", set()),
    ("guide.note", "coordinator", {"own", "child", "grandchild"}),
    ("guide.note", "member", set()),
]


@pytest.mark.parametrize("action, role, places", EXPECTED)
def test_who_may_do_what_as_the_office_wants_it(action: str, role: str, places: set[str]) -> None:
    assert {place for place, path in PLACES.items() if may(holder(role), action, path)} == places


@pytest.mark.parametrize("action", GRANTS)
def test_a_stranger_may_nothing_and_an_unknown_action_is_nobodys(action: str) -> None:
    assert not any(may(Actor(None), action, path) for path in PLACES.values())
    assert not any(may(holder(role), action + "x", HOME) for role in ROLES)


def test_cannot_take_one_number_for_the_beginning_of_another() -> None:
    coordinator = holder("coordinator", "/1/3/")
    assert may(coordinator, "report.read", "/1/3/")
    assert not may(coordinator, "report.read", "/1/34/")
    assert not may(coordinator, "report.read", "/1/34/3/")


def test_not_yours_and_not_there_look_the_same() -> None:
    said = []
    for path in (None, "/1/4/"):
        with pytest.raises(Refusal) as no:
            authorize(holder("leader"), "report.read", path)
        said.append((no.value.key, no.value.values))
    assert said[0] == said[1] == ("permission.not_found", {})


RANK = {"administrator": 5, "coordinator": 4, "secretary": 3, "officer": 3, "founder": 3, "leader": 3, "deputy": 2}
RANK |= {"commander": 2, "member": 1}


@pytest.mark.parametrize("giver, role, place", list(product(ROLES, ROLES, PLACES)))
def test_cannot_bring_in_anybody_above_oneself_or_outside_ones_units(giver: str, role: str, place: str) -> None:
    if may_invite(holder(giver), role, PLACES[place]):
        assert RANK[role] <= RANK[giver]
        assert place in ("own", "child", "grandchild")


def test_the_table_of_invitations_climbs_nowhere() -> None:
    for giver, roles in MAY_INVITE.items():
        assert all(RANK[role] <= RANK[giver] for role in roles)


PATHS = ("/1/", "/1/3/", "/1/3/8/")  # a tree of three levels
Holding = tuple[str, str]  # role, path


def grants_from(holdings: frozenset[Holding]) -> list[Holding]:
    """Everything that somebody with these roles could hand out."""
    actor = Actor(1, tuple(Held(role, index, path) for index, (role, path) in enumerate(sorted(holdings))))
    return [(role, path) for role in ROLES for path in PATHS if may_invite(actor, role, path)]


@pytest.mark.parametrize("first", list(product(ROLES, PATHS)))
def test_no_four_changes_of_role_end_above_the_one_who_began(first: Holding) -> None:
    """Each who comes in hands on whatever they can, four times over, a person's roles added up."""
    reached = {first}
    for _ in range(4):
        reached |= {given for held in reached for given in grants_from(frozenset({held}))}
        reached |= set(grants_from(frozenset(reached)))
    for role, path in reached:
        assert RANK[role] <= RANK[first[0]]
        assert path.startswith(first[1])


def test_no_four_removals_leave_a_unit_to_nobody() -> None:
    """Every order of four removals by people of the unit itself keeps at least one who answers for it."""
    people = {1: "leader", 2: "leader", 3: "deputy", 4: "member"}
    for order in product(product(people, people), repeat=4):
        left = dict(people)
        for giver, target in order:
            if giver in left and target in left:
                heads = sum(role in HEADS for role in left.values())
                try:
                    refuse_removal(holder(left[giver]), left[target], HOME, heads)
                except Refusal:
                    continue
                del left[target]
        assert any(role in HEADS for role in left.values())


def test_no_four_removals_among_coordinators_leave_an_office_empty() -> None:
    for order in product(product((1, 2, 3), repeat=2), repeat=4):
        left = {1, 2, 3}
        for giver, target in order:
            if giver in left and target in left:
                try:
                    refuse_removal(holder("coordinator"), "coordinator", HOME, len(left))
                except Refusal:
                    continue
                left.discard(target)
        assert left


def test_only_whoever_stands_above_removes_the_last_head() -> None:
    refuse_removal(holder("coordinator", "/1/3/"), "leader", HOME, 1)
    with pytest.raises(Refusal, match=r"member\.last_head"):
        refuse_removal(holder("coordinator"), "coordinator", HOME, 1)
    with pytest.raises(Refusal, match=r"member\.last_head"):
        refuse_removal(holder("administrator", "/1/"), "administrator", "/1/", 1)


def test_cannot_remove_what_one_could_not_have_given() -> None:
    assert may_remove(holder("leader"), "member", HOME)
    assert not may_remove(holder("leader"), "leader", HOME)
    assert not may_remove(holder("coordinator"), "administrator", HOME)
    with pytest.raises(Refusal, match=r"permission\.not_found"):
        refuse_removal(holder("leader", "/1/3/9/"), "member", HOME, 2)


FIELDS = ("", "y-te", "giao-duc")
PLACED = st.tuples(st.sampled_from(ROLES), st.sampled_from(list(PLACES.values())), st.sampled_from(FIELDS))


@given(st.lists(PLACED, max_size=4), st.sampled_from(sorted(GRANTS)), st.sampled_from(list(PLACES.values())))
def test_a_field_narrows_what_is_seen_and_never_widens_who_may(
    holdings: list[tuple[str, str, str]], action: str, path: str
) -> None:
    actor = Actor(1, tuple(Held(role, index, place, field) for index, (role, place, field) in enumerate(holdings)))
    fields = fields_of(actor, action, path)
    assert (fields == frozenset()) == (not may(actor, action, path))
    alone = [fields_of(Actor(1, (held,)), action, path) for held in actor.roles]
    if any(each is None for each in alone):  # one role without a limit, and all is seen
        assert fields is None
    else:
        assert fields == frozenset().union(*[each for each in alone if each is not None])


def test_an_officer_of_a_field_sees_it_and_a_leader_of_the_unit_sees_all() -> None:
    officer = Held("officer", 1, "/1/", "y-te")
    assert fields_of(Actor(1, (officer,)), "report.read", "/1/3/8/") == frozenset({"y-te"})
    assert fields_of(Actor(1, (officer, Held("officer", 1, "/1/", "giao-duc"))), "report.read", HOME) == frozenset(
        FIELDS[1:]
    )
    assert fields_of(Actor(1, (officer, Held("member", 8, HOME))), "report.read", HOME) is None
    assert fields_of(Actor(1, (officer, Held("member", 9, "/1/3/9/"))), "report.read", HOME) == frozenset({"y-te"})


def test_whoever_looks_after_one_field_judges_no_whole_report() -> None:
    officer = Actor(1, (Held("officer", 1, "/1/3/", "y-te"),))
    assert may(officer, "report.read", "/1/3/8/")
    assert not any(may(officer, action, "/1/3/8/") for action in ("report.review", "extension.decide"))
    assert scopes_of(officer, "report.review") == ()
    both = Actor(1, (*officer.roles, Held("officer", 1, "/1/3/8/")))
    assert may(both, "report.review", "/1/3/8/")
    assert [scope.path for scope in scopes_of(both, "report.review")] == ["/1/3/8/"]
