"""Who may be taken out of a unit, so that no unit is left without somebody who answers for it."""

from __future__ import annotations

from models.rules import Refusal
from models.rules.permissions import (
    ADMINISTRATOR,
    COORDINATOR,
    GRANTS,
    LEADER,
    Actor,
    may_invite,
)

HEADS = (ADMINISTRATOR, COORDINATOR, LEADER)  # the roles that answer for a unit

# the head roles of each kind of unit; whoever is told when somebody joins it
OFFICE_HEADS, TEAM_HEADS = (COORDINATOR, ADMINISTRATOR), (LEADER,)


def head_kinds(unit_kind: str) -> tuple[str, ...]:
    """The roles that answer for a unit of this kind."""
    return TEAM_HEADS if unit_kind == "team" else OFFICE_HEADS


def may_remove(actor: Actor, role: str, path: str) -> bool:
    """Whether the actor may end such a role in the unit at `path`: only one that they could also have given."""
    return may_invite(actor, role, path)


def refuse_removal(actor: Actor, role: str, path: str, heads: int) -> None:
    """Refuse to end a role of the unit at `path`, which has `heads` people answering for it.

    Raises Refusal permission.not_found when the actor could not have given the role; member.last_head when a
    unit would be left to nobody. Whoever answers for a unit above may remove even its last head (a wrong person
    came in by a leaked code) and answers for it meanwhile; nobody stands above the root, so its last one stays.
    """
    if not may_remove(actor, role, path):
        raise Refusal("permission.not_found")
    if role in HEADS and heads <= 1 and not _stands_above(actor, path):
        raise Refusal("member.last_head")


def _stands_above(actor: Actor, path: str) -> bool:
    office = GRANTS["member.remove"]
    return any(
        office.get(held.kind) == "subtree" and path != held.path and path.startswith(held.path) for held in actor.roles
    )
