"""Merging, splitting, renaming, closing and moving units on a day: how it is decided, and the tree afterwards.

Nothing is deleted. A unit that ceases is closed on the day, names its successor and stands below it from then on, so
that the successor's people read its history by the ordinary rule of the subtree; its past says where it stood.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from models.rules import Refusal
from models.rules.folding import clean, fold, shorten
from models.rules.names import UNIT_ROOM, is_useful_name, tidy_name
from models.rules.trees import Node, open_children, placed
from models.rules.unit_list import RANK

MERGE, SPLIT, RENAME, CLOSE, MOVE = KINDS = ("merge", "split", "rename", "close", "move")
BASIS_ROOM = 300  # characters of the document a change comes from
_LIST_MARKS = re.compile(r"[\n;,+|]+")


@dataclass(frozen=True, slots=True)
class Plan:
    """One change, decided. `units` are those changed (that cease, split, are renamed, or move).

    `into`: the unit that takes over (merge, close) or the parent to be (move); 0 when a merger makes a new one, called
    `names[0]` under `under`, or when nobody takes over. `names`: of the new unit, of the parts, or the name to be.
    `shares`: child → place in `names` of the part that gets it (split); a child not named goes to the first.
    `codes`: of the new units in their order, as the country's register has them; without one it is made.
    """

    kind: str
    day: date
    units: tuple[int, ...]
    into: int = 0
    names: tuple[str, ...] = ()
    under: int = 0
    shares: Mapping[int, int] = field(default_factory=dict)
    codes: tuple[str, ...] = ()
    reason: str = ""

    @property
    def about(self) -> tuple[int, ...]:
        """Every unit that the plan names."""
        named = (*self.units, self.into, self.under, *self.shares)
        return tuple(dict.fromkeys(each for each in named if each))

    def body(self) -> dict[str, Any]:
        """The plan without its day and reason, as JSON keeps it."""
        shares = {str(child): part for child, part in self.shares.items()}
        return {
            "units": list(self.units), "into": self.into, "names": list(self.names), "under": self.under,
            "shares": shares, "codes": list(self.codes),
        }  # fmt: skip

    @classmethod
    def of(cls, kind: str, day: date, reason: str, body: Mapping[str, Any]) -> Plan:
        shares = {int(child): part for child, part in body["shares"].items()}
        units, names, codes = (tuple(body[each]) for each in ("units", "names", "codes"))
        return cls(kind, day, units, body["into"], names, body["under"], shares, codes, reason)

    def kept_part(self, name: str) -> int | None:
        """Of a split: the place of the part that is the old unit itself, which then goes on; None when it ceases."""
        folded = [fold(each) for each in self.names]
        return folded.index(fold(name)) if self.kind == SPLIT and fold(name) in folded else None

    def new_names(self, tree: Mapping[int, Node]) -> tuple[str, ...]:
        """The units that have to be made, by name."""
        if self.kind == MERGE:
            return () if self.into else self.names
        if self.kind != SPLIT:
            return ()
        kept = self.kept_part(tree[self.units[0]].name)
        return tuple(name for place, name in enumerate(self.names) if place != kept)

    def parts(self, tree: Mapping[int, Node], made: Sequence[int]) -> tuple[int, ...]:
        """The units that a split ends in, in the order named."""
        ids = list(made)
        kept = self.kept_part(tree[self.units[0]].name)
        if kept is not None:
            ids.insert(kept, self.units[0])
        return tuple(ids)

    def ceasing(self, tree: Mapping[int, Node]) -> tuple[int, ...]:
        """The units that are no more from the day on."""
        if self.kind in (MERGE, CLOSE):
            return self.units
        return self.units if self.kind == SPLIT and self.kept_part(tree[self.units[0]].name) is None else ()


def read_names(text: str) -> list[str]:
    """Several names in one message: a line each, or with ; , + between them. Empty ones and repeats are dropped."""
    names = (" ".join(clean(part).split()) for part in _LIST_MARKS.split(clean(text)))
    return list({fold(name): name for name in names if fold(name)}.values())


def read_unit_name(text: str) -> str:
    """The name of a unit to be. Raises Refusal unit_change.name_unclear (`text`)."""
    name = tidy_name(text, UNIT_ROOM)
    if not is_useful_name(name):
        raise Refusal("unit_change.name_unclear", text=shorten(name, 40))
    return name


def read_basis(text: str) -> str:
    """The document that decides it, as on the paper. Raises Refusal unit_change.basis_unclear (`most`)."""
    basis = " ".join(clean(text).split())
    if not any(char.isalnum() for char in basis) or not 3 <= len(basis) <= BASIS_ROOM:
        raise Refusal("unit_change.basis_unclear", most=BASIS_ROOM)
    return basis


def carry(plan: Plan, tree: Mapping[int, Node], made: Sequence[int]) -> dict[int, Node]:
    """The units that the plan changes, as they are from its day on. `made`: the new units, already in the tree."""
    after = dict(tree)
    if plan.kind == RENAME:
        unit = plan.units[0]
        after[unit] = replace(after[unit], name=plan.names[0])
    elif plan.kind == MOVE:
        for unit in plan.units:
            after[unit] = replace(after[unit], parent_id=plan.into)
    elif plan.kind == SPLIT:
        _divide(plan, after, plan.parts(tree, made))
    else:
        heir = plan.into or (made[0] if made else 0)
        _hand_down(after, {unit: heir for unit in plan.units}, plan.day)
    return {each.id: each for each in placed(after).values() if each != tree[each.id]}


def _divide(plan: Plan, after: dict[int, Node], parts: Sequence[int]) -> None:
    unit = plan.units[0]
    for child in open_children(after, unit):
        after[child.id] = replace(child, parent_id=parts[plan.shares.get(child.id, 0)])
    if unit not in parts:
        after[unit] = replace(after[unit], closed_on=plan.day, successor_id=parts[0], parent_id=parts[0])


def _hand_down(after: dict[int, Node], heirs: Mapping[int, int], day: date) -> None:
    """Close units; what lies right below each goes to its heir, and the unit itself as well, to be read there."""
    for child in list(after.values()):
        heir = heirs.get(child.parent_id or 0, 0)
        if heir and child.closed_on is None:
            after[child.id] = replace(child, parent_id=heir)
    for unit, heir in heirs.items():
        old = after[unit]
        after[unit] = replace(old, closed_on=day, successor_id=heir or None, parent_id=heir or old.parent_id)


def roles_continue(old_kind: str, heir_kind: str) -> bool:
    """Whether roles go over to the heir: only among equals, for nobody rises to an office above by a closing."""
    return RANK[old_kind] == RANK[heir_kind]
