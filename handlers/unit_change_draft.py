"""A change of units while it is being asked for: the talk's draft, and the plan it comes to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from handlers.turn import Turn
from handlers.unit_pages import reach
from models import units
from models.rules.permissions import ADMINISTRATOR, COORDINATOR
from models.rules.unit_changes import CLOSE, MERGE, MOVE, RENAME, SPLIT, Plan
from models.rules.unit_list import RANK, may_hang_under
from models.tables import Unit

FLOW = "unit_change."
STEPS: Mapping[str, tuple[str, ...]] = {
    MERGE: ("with", "into", "day", "basis"),
    SPLIT: ("parts", "shares", "day", "basis"),
    RENAME: ("name", "day", "basis"),
    CLOSE: ("heir", "day", "basis"),
    MOVE: ("parent", "day", "basis"),
}
REVIEW = "review"
ALL_STEPS = tuple(dict.fromkeys((*(step for many in STEPS.values() for step in many), REVIEW)))


@dataclass(slots=True)
class Draft:
    """The unit it begins with, the office that decides, and what was answered so far."""

    turn: Turn
    unit: Unit
    office: Unit

    @property
    def data(self) -> dict[str, Any]:
        return self.turn.talk.data

    @property
    def kind(self) -> str:
        kind: str = self.data["change"]
        return kind

    @property
    def step(self) -> str:
        return self.turn.talk.flow.removeprefix(FLOW)

    @property
    def together(self) -> list[int]:
        """The units of a merger, the one it began with first."""
        return [self.unit.id, *self.data.get("with", [])]

    def keep(self, **answers: Any) -> None:
        """A new dict: the row of the talk notices no change inside the old one."""
        self.turn.talk.data = {**self.data, **answers}

    def go(self, step: str) -> None:
        self.turn.talk.flow = FLOW + step

    def steps(self, has_children: bool = True) -> tuple[str, ...]:
        found = STEPS[self.kind]
        return found if has_children else tuple(step for step in found if step != "shares")

    def kinds(self, step: str) -> tuple[str, ...]:
        """Which kinds of unit may be named at a step."""
        own = self.unit.kind
        if step in ("with", "into"):
            return tuple(kind for kind, rank in RANK.items() if rank == RANK[own])
        if step == "heir":
            return tuple(kind for kind, rank in RANK.items() if rank <= RANK[own])
        return tuple(kind for kind in RANK if may_hang_under(own, kind))

    def plan(self) -> Plan:
        """What was answered, as a plan."""
        data, day, reason = self.data, date.fromisoformat(self.data["day"]), self.data.get("basis", "")
        names = tuple(data.get("names", ()))
        if self.kind == MERGE:
            into = data.get("into", 0)
            units_ = tuple(each for each in self.together if each != into)
            under = 0 if into else self.unit.parent_id or 0
            return Plan(MERGE, day, units_, into, () if into else names, under, reason=reason)
        if self.kind == SPLIT:
            shares = {int(child): part for child, part in data.get("shares", {}).items() if part}
            return Plan(SPLIT, day, (self.unit.id,), names=names, shares=shares, reason=reason)
        if self.kind == RENAME:
            return Plan(RENAME, day, (self.unit.id,), names=names, reason=reason)
        return Plan(self.kind, day, (self.unit.id,), data.get("into", 0), reason=reason)


async def draft_of(turn: Turn, unit_id: int) -> Draft:
    """The draft about a unit, when the speaker may change it; the refusal that tells nothing else."""
    unit = await reach(turn, "unit.change", unit_id)
    above = [
        held for held in turn.actor.roles
        if held.kind in (ADMINISTRATOR, COORDINATOR) and unit.path.startswith(held.path) and held.path != unit.path
    ]  # fmt: skip
    office = await units.find(turn.session, min(above, key=lambda held: len(held.path)).unit_id)
    assert office is not None
    return Draft(turn, unit, office)
