"""Nobody acts outside the subtree of a role, and nobody brings in more than they hold."""

from __future__ import annotations

from itertools import product

import pytest

from models.rules import Refusal
from models.rules.membership import HEADS, may_remove, refuse_removal
from models.rules.permissions import (
    GRANTS,
    MAY_INVITE,
    ROLES,
    Actor,
    Held,
    authorize,
    may,
    may_invite,
)

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
    expected = {None: (), "own": ("own",), "subtree": ("own", "child", "grandchild")}[reach]
    assert allowed == (place in expected)


# written by hand from what the office wants, not from the table: action, role, the places it may act on
EXPECTED = [
    ("report.write", "leader", {"own"}),
    ("report.write", "deputy", {"own"}),
    ("report.write", "member", set()),
    ("report.write", "administrator", set()),
    ("report.write", "coordinator", {"own"}),
    ("report.read", "coordinator", {"own", "child", "grandchild"}),
    ("report.read", "member", {"own"}),
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


RANK = {"administrator": 5, "coordinator": 4, "founder": 3, "leader": 3, "deputy": 2, "member": 1}


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
