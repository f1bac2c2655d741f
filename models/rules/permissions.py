"""Who may do what to which unit. One table of actions, one question: `may(actor, action, path)`.

A role is held in a unit and reaches down its subtree and nowhere else. Unit paths look like `/1/34/567/`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from models.rules import Refusal

Reach = Literal["own", "below", "subtree"]  # the very unit; what lies below it; both

ADMINISTRATOR, COORDINATOR, SECRETARY, OFFICER, FOUNDER, LEADER, DEPUTY, COMMANDER, MEMBER = (
    "administrator",
    "coordinator",
    "secretary",  # Bí thư, Phó Bí thư phụ trách: the first to be told when a unit below is late
    "officer",  # of a Ban chuyên môn: looks after the units of a subtree, of a group, or after one field
    "founder",  # invited by a commune to found a team; may register one, nothing else
    "leader",
    "deputy",
    "commander",  # of the team's Ban Chỉ huy: writes with the leader
    "member",
)
ROLES = (ADMINISTRATOR, COORDINATOR, SECRETARY, OFFICER, FOUNDER, LEADER, DEPUTY, COMMANDER, MEMBER)
OFFICE_ROLES = (ADMINISTRATOR, COORDINATOR, SECRETARY, OFFICER)  # whoever looks over units from above
TEAM_WRITERS = (LEADER, DEPUTY, COMMANDER)  # whoever writes a team's reports

_OFFICE: Mapping[str, Reach] = {ADMINISTRATOR: "subtree", COORDINATOR: "subtree"}
_ABOVE: Mapping[str, Reach] = {ADMINISTRATOR: "below", COORDINATOR: "below"}  # nobody judges their own unit's report
_WATCH: Mapping[str, Reach] = {SECRETARY: "subtree", OFFICER: "subtree"}
_HEADS: Mapping[str, Reach] = {LEADER: "own", DEPUTY: "own", COMMANDER: "own"}
_TEAM: Mapping[str, Reach] = {**_HEADS, MEMBER: "own"}
# below a team lie the teams that became part of it: their reports stay readable, and nobody writes them any more
_TEAM_READS: Mapping[str, Reach] = dict.fromkeys(_TEAM, "subtree")
_WRITERS: Mapping[str, Reach] = {**_HEADS, COORDINATOR: "own"}

GRANTS: Mapping[str, Mapping[str, Reach]] = {
    # the office reads every report below it but never writes a team's numbers (features F21)
    "report.write": _WRITERS,
    "report.read": {**_OFFICE, **_WATCH, **_TEAM_READS},
    "report.review": {**_ABOVE, OFFICER: "subtree"},
    # a right of its own (features F22): whoever chases a report is not the one who opens it again after the lock
    "report.unlock": {ADMINISTRATOR: "below", SECRETARY: "below"},
    "extension.ask": _WRITERS,
    "extension.decide": {**_ABOVE, OFFICER: "subtree"},
    # the deadline of a whole subtree, announced to all in it
    "due.move": _OFFICE,
    "section.ask": _WRITERS,
    "section.write": {**_TEAM, COORDINATOR: "own"},
    "round.open": _OFFICE,
    "form.load": {ADMINISTRATOR: "subtree"},
    # walking through a guide with a citizen, so that it counts for that very unit
    "visit.make": {**_TEAM, **dict.fromkeys(OFFICE_ROLES, "own")},
    # an office answers what was asked of it or of one below; whoever asked may be anybody
    "question.answer": {**_OFFICE, **_WATCH},
    "poster.make": {**_OFFICE, **_WATCH, **_TEAM},
    # guides are everybody's: any office says what is wrong in them and holds them against the portal, but what is
    # changed is decided by somebody else at the top of the tree; a note holds in its unit alone
    "guide.propose": _OFFICE,
    "guide.approve": _OFFICE,
    "guide.note": _OFFICE,
    "calendar.read": {**_OFFICE, **_WATCH, **_TEAM},
    # which days are off, at the top of the tree: they are everybody's
    "calendar.edit": _OFFICE,
    # on which day a yearly duty falls next year, at the top of the tree as well
    "duty.confirm": _OFFICE,
    "board.read": {**_OFFICE, **_WATCH, **_TEAM},
    "reminder.send": {**_OFFICE, **_WATCH},
    "unit.read": {**_OFFICE, **_WATCH, **_TEAM_READS, FOUNDER: "own"},
    "unit.change": _ABOVE,
    "unit.invite": {**_OFFICE, LEADER: "own"},
    "invitation.revoke": {**_OFFICE, LEADER: "own"},
    # an announcement speaks in the name of its unit to whoever is below; somebody else at or above it agrees to it
    "announcement.send": _OFFICE,
    "announcement.approve": _OFFICE,
    # which unit a chat of several people belongs to: its announcements and its numbers go there
    "group_chat.bind": {**_OFFICE, LEADER: "own", DEPUTY: "own"},
    "group.read": {**_OFFICE, **_WATCH},
    "group.manage": _OFFICE,
    "team.register": {**_OFFICE, FOUNDER: "own"},
    "team.confirm": _OFFICE,
    "roster.read": {**_OFFICE, **_WATCH, **_HEADS},
    "roster.write": {**_OFFICE, LEADER: "own", DEPUTY: "own"},
    "unit.hand_over": {**_OFFICE, LEADER: "own"},
    "member.remove": {**_OFFICE, LEADER: "own"},
}

# a judgement about a whole report is not for whoever looks after one field of it
WHOLE = frozenset({"report.review", "extension.decide"})

# whom a holder of a role may bring in: never more than they hold themselves (reliability S4)
MAY_INVITE: Mapping[str, tuple[str, ...]] = {
    ADMINISTRATOR: ROLES,
    COORDINATOR: (COORDINATOR, SECRETARY, OFFICER, FOUNDER, LEADER, DEPUTY, COMMANDER, MEMBER),
    LEADER: (DEPUTY, COMMANDER, MEMBER),
}


@dataclass(frozen=True, slots=True)
class Held:
    """One role of a person: its kind, and the unit it is held in.

    An officer of a group holds the role once for each unit of the group: `path` is that unit's. `field`: the one
    field of the forms an officer looks after; empty for all.
    """

    kind: str
    unit_id: int
    path: str
    field: str = ""


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
    return any(_reaches(reach_of(held, action), held.path, path) for held in actor.roles)


def reach_of(held: Held, action: str) -> Reach | None:
    """How far a role carries `action`; None: not at all."""
    if held.field and action in WHOLE:
        return None
    return GRANTS.get(action, {}).get(held.kind)


def _reaches(reach: Reach | None, held: str, path: str) -> bool:
    if path == held:
        return reach in ("own", "subtree")
    return reach in ("below", "subtree") and path.startswith(held)


def authorize(actor: Actor, action: str, path: str | None) -> None:
    """Refuse when the actor may not.

    "Not yours" and "not there" (`path` None) look the same, so that nothing can be probed.
    """
    if path is None or not may(actor, action, path):
        raise Refusal("permission.not_found")


def fields_of(actor: Actor, action: str, path: str) -> frozenset[str] | None:
    """The fields (lĩnh vực) to which `action` on the unit at `path` is limited for the actor.

    None: all of them. Empty: the actor may not do it at all.
    """
    reaching = [held for held in actor.roles if _reaches(reach_of(held, action), held.path, path)]
    if any(not held.field for held in reaching):
        return None
    return frozenset(held.field for held in reaching)


def may_invite(actor: Actor, role: str, path: str) -> bool:
    """Whether the actor may bring somebody into the unit at `path` in this role."""
    for held in actor.roles:
        reach = GRANTS["unit.invite"].get(held.kind)
        if _reaches(reach, held.path, path) and role in MAY_INVITE.get(held.kind, ()):
            return True
    return False
