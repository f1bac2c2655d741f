"""The tree of units on a day: made of what each unit is now and of its pasts."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache


@dataclass(frozen=True, slots=True)
class Node:
    """A unit as the tree sees it. `changed_on`: the latest day from which it has been what it is."""

    id: int
    name: str
    kind: str
    parent_id: int | None
    path: str
    opened_on: date | None = None
    closed_on: date | None = None
    successor_id: int | None = None
    changed_on: date | None = None

    def is_there(self, day: date) -> bool:
        opened = self.opened_on is None or self.opened_on <= day
        return opened and (self.closed_on is None or self.closed_on > day)


@dataclass(frozen=True, slots=True)
class Past:
    """What a unit was until a day, that day not included."""

    until: date
    name: str
    kind: str
    parent_id: int | None
    path: str


def as_it_was(node: Node, pasts: Iterable[Past], day: date) -> Node:
    """The unit on a day: as its earliest past that ends after the day says, else as it is now."""
    later = min((past for past in pasts if past.until > day), key=lambda past: past.until, default=None)
    if later is None:
        return node
    return replace(node, name=later.name, kind=later.kind, parent_id=later.parent_id, path=later.path)


def tree_of(nodes: Iterable[Node], pasts: Mapping[int, Sequence[Past]], day: date) -> dict[int, Node]:
    """The tree of a day: every unit that was there, as it was then."""
    return {node.id: as_it_was(node, pasts.get(node.id, ()), day) for node in nodes if node.is_there(day)}


@lru_cache(maxsize=65_536)
def ids_of(path: str) -> tuple[int, ...]:
    """The units on a path, the root first."""
    return tuple(int(part) for part in path.strip("/").split("/") if part)


def branch_at(place: str, top: int, inside: Collection[int]) -> int:
    """Under which unit a board of `top` lists something that stood at `place`: the one right below, or `top` itself.

    When `top` was not yet above it on that day, the highest unit above it that lies inside the board today.
    """
    ids = ids_of(place)
    if top in ids:
        return ids[ids.index(top) + 1] if ids[-1] != top else top
    return next((each for each in ids if each != top and (not top or each in inside)), top)


def open_children(tree: Mapping[int, Node], unit_id: int) -> list[Node]:
    return [each for each in tree.values() if each.parent_id == unit_id and each.closed_on is None]


def placed(tree: Mapping[int, Node]) -> dict[int, Node]:
    """Every path anew from the parents, those above the tree handed in taken as they stand."""
    paths: dict[int, str] = {}

    def path_of(node: Node) -> str:
        if node.id not in paths:
            parent = tree.get(node.parent_id or 0)
            stem = path_of(parent) if parent is not None else node.path[: -len(f"{node.id}/")]
            paths[node.id] = f"{stem}{node.id}/"
        return paths[node.id]

    return {node.id: replace(node, path=path_of(node)) for node in tree.values()}
