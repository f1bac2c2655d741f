"""Who may do what to which unit. One table of actions, one question: `may(actor, action, path)`.

A role is held in a unit and reaches down its subtree and nowhere else. Unit paths look like `/1/34/567/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from models.rules import Refusal

Reach = Literal["own", "subtree"]

ADMINISTRATOR, COORDINATOR, FOUNDER, LEADER, DEPUTY, MEMBER = (
    "administrator",
    "coordinator",
    "founder",  # invited by a commune to found a team; may register one, nothing else
    "leader",
    "deputy",
    "member",
)
ROLES = (ADMINISTRATOR, COORDINATOR, FOUNDER, LEADER, DEPUTY, MEMBER)

_OFFICE: Mapping[str, Reach] = {ADMINISTRATOR: "subtree", COORDINATOR: "subtree"}
_HEADS: Mapping[str, Reach] = {LEADER: "own", DEPUTY: "own"}
_TEAM: Mapping[str, Reach] = {**_HEADS, MEMBER: "own"}

GRANTS: Mapping[str, Mapping[str, Reach]] = {
    # the office reads every report below it but never writes a team's numbers (features F21)
    "report.write": {**_HEADS, COORDINATOR: "own"},
    "report.read": {**_OFFICE, **_TEAM},
    "calendar.read": {**_OFFICE, **_TEAM},
    "board.read": {**_OFFICE, **_TEAM},
    "reminder.send": _OFFICE,
    "unit.read": {**_OFFICE, **_TEAM, FOUNDER: "own"},
    "unit.invite": {**_OFFICE, LEADER: "own"},
    "invitation.revoke": {**_OFFICE, LEADER: "own"},
    "team.register": {**_OFFICE, FOUNDER: "own"},
    "team.confirm": _OFFICE,
    "member.remove": {**_OFFICE, LEADER: "own"},
}

# whom a holder of a role may bring in: never more than they hold themselves (reliability S4)
MAY_INVITE: Mapping[str, tuple[str, ...]] = {
    ADMINISTRATOR: (ADMINISTRATOR, COORDINATOR, FOUNDER, LEADER, DEPUTY, MEMBER),
    COORDINATOR: (COORDINATOR, FOUNDER, LEADER, DEPUTY, MEMBER),
    LEADER: (DEPUTY, MEMBER),
}


@dataclass(frozen=True, slots=True)
class Held:
    """One role of a person: its kind, and the unit it is held in."""

    kind: str
    unit_id: int
    path: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Somebody who acts. A stranger has no person and no roles."""

    person_id: int | None
    roles: tuple[Held, ...] = ()

    def holds(self, *kinds: str) -> bool:
        return any(held.kind in kinds for held in self.roles)

    def units(self, *kinds: str) -> tuple[int, ...]:
        """The units in which any of these roles is held, in the order they were granted."""
        return tuple(dict.fromkeys(held.unit_id for held in self.roles if held.kind in kinds))


def may(actor: Actor, action: str, path: str) -> bool:
    """Whether any role of the actor allows `action` on the unit at `path`. An unknown action is nobody's."""
    grants = GRANTS.get(action, {})
    for held in actor.roles:
        reach = grants.get(held.kind)
        if reach == "subtree" and path.startswith(held.path):
            return True
        if reach == "own" and path == held.path:
            return True
    return False


def authorize(actor: Actor, action: str, path: str | None) -> None:
    """Refuse when the actor may not.

    "Not yours" and "not there" (`path` None) look the same, so that nothing can be probed.
    """
    if path is None or not may(actor, action, path):
        raise Refusal("permission.not_found")


def may_invite(actor: Actor, role: str, path: str) -> bool:
    """Whether the actor may bring somebody into the unit at `path` in this role."""
    for held in actor.roles:
        reach = GRANTS["unit.invite"].get(held.kind)
        inside = path == held.path if reach == "own" else path.startswith(held.path)
        if reach and inside and role in MAY_INVITE.get(held.kind, ()):
            return True
    return False
