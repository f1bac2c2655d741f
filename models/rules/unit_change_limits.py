"""What a change of units may not be: each limit says what stands in the way, by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from models.rules import Refusal
from models.rules.folding import fold
from models.rules.trees import Node, open_children
from models.rules.unit_changes import CLOSE, MERGE, MOVE, RENAME, SPLIT, Plan, carry
from models.rules.unit_list import RANK, may_hang_under

FARTHEST = timedelta(days=2 * 366)  # ahead: no resolution on units is passed longer before it takes effect
MOST_UNITS = 20  # in one merger or one split: the largest communes of 2025 were made of eleven


def check(plan: Plan, tree: Mapping[int, Node], today: date) -> None:
    """Refuse what cannot be. `tree` holds every unit that the plan names, with all that lies below those changed.

    Raises Refusal unit_change.* with the names concerned; the texts of these keys say how to mend it.
    """
    for each in plan.about:
        _refuse_absent(tree[each], plan.day)
    if plan.day - today > FARTHEST:
        raise Refusal("unit_change.too_far", day=plan.day, last=today + FARTHEST)
    units = [tree[each] for each in plan.units]
    if any(unit.parent_id is None for unit in units) and plan.kind != RENAME:
        raise Refusal("unit_change.root", name=units[0].name)
    _CHECKS[plan.kind](plan, tree)
    _refuse_out_of_turn(plan, tree)


def _refuse_out_of_turn(plan: Plan, tree: Mapping[int, Node]) -> None:
    """A past is written once: what has changed since the day cannot be changed as of that day any more."""
    kind = tree[plan.units[0]].kind
    # numbers below zero stand for the units that are still to be made
    made = {-n: Node(-n, name, kind, None, f"/{-n}/") for n, name in enumerate(plan.new_names(tree), start=1)}
    for each in carry(plan, {**tree, **made}, tuple(made)).values():
        before = tree.get(each.id)
        if before is not None and before.changed_on is not None and before.changed_on > plan.day:
            raise Refusal("unit_change.too_early", name=before.name, day=plan.day, last=before.changed_on)


def _refuse_absent(unit: Node, day: date) -> None:
    if unit.closed_on is not None:
        raise Refusal("unit_change.closed", name=unit.name, day=unit.closed_on)
    if unit.opened_on is not None and unit.opened_on > day:
        raise Refusal("unit_change.not_yet_open", name=unit.name, opened=unit.opened_on, day=day)


def _check_merge(plan: Plan, tree: Mapping[int, Node]) -> None:
    units = [tree[each] for each in plan.units]
    together = [*units, tree[plan.into]] if plan.into else units
    if len({each.id for each in together}) < 2:
        raise Refusal("unit_change.too_few", name=units[0].name)
    if len(together) > MOST_UNITS:
        raise Refusal("unit_change.too_many", most=MOST_UNITS)
    for other in together[1:]:
        if RANK[other.kind] != RANK[units[0].kind]:
            raise Refusal("unit_change.other_rank", name=units[0].name, other=other.name)
    if plan.into in plan.units:
        raise Refusal("unit_change.into_itself", name=tree[plan.into].name)
    _refuse_nested(units, tree.get(plan.into))
    for child in (each for unit in units for each in open_children(tree, unit.id)):
        _refuse_wrong_parent(child, tree.get(plan.into) or units[0])
    if not plan.into:
        _refuse_wrong_parent(units[0], tree[plan.under])
        _refuse_inside(tree[plan.under], units)


def _check_split(plan: Plan, tree: Mapping[int, Node]) -> None:
    unit = tree[plan.units[0]]
    if len({fold(name) for name in plan.names}) < 2:
        raise Refusal("unit_change.too_few_parts", name=unit.name)
    if len(plan.names) > MOST_UNITS:
        raise Refusal("unit_change.too_many", most=MOST_UNITS)
    strangers = [tree[child] for child in plan.shares if tree[child].parent_id != unit.id]
    if strangers:
        raise Refusal("unit_change.not_below", name=strangers[0].name, unit=unit.name)


def _check_rename(plan: Plan, tree: Mapping[int, Node]) -> None:
    unit = tree[plan.units[0]]
    if unit.name == plan.names[0]:
        raise Refusal("unit_change.same_name", name=unit.name)


def _check_close(plan: Plan, tree: Mapping[int, Node]) -> None:
    unit = tree[plan.units[0]]
    children = open_children(tree, unit.id)
    if not plan.into:
        if children:
            raise Refusal("unit_change.has_children", name=unit.name, children=len(children))
        return
    into = tree[plan.into]
    _refuse_inside(into, [unit])
    if RANK[into.kind] > RANK[unit.kind]:
        raise Refusal("unit_change.other_rank", name=unit.name, other=into.name)
    for child in children:
        _refuse_wrong_parent(child, into)


def _check_move(plan: Plan, tree: Mapping[int, Node]) -> None:
    into = tree[plan.into]
    units = [tree[each] for each in plan.units]
    _refuse_nested(units, None)
    for unit in units:
        if unit.parent_id == into.id:
            raise Refusal("unit_change.same_parent", name=unit.name, into=into.name)
        _refuse_wrong_parent(unit, into)
    _refuse_inside(into, units)


_CHECKS = {
    MERGE: _check_merge, SPLIT: _check_split, RENAME: _check_rename, CLOSE: _check_close, MOVE: _check_move,
}  # fmt: skip


def _refuse_wrong_parent(child: Node, parent: Node) -> None:
    if not may_hang_under(child.kind, parent.kind):
        raise Refusal("unit_change.cannot_hold", name=child.name, into=parent.name)


def _refuse_inside(inner: Node, outer: Iterable[Node]) -> None:
    for unit in outer:
        if inner.path.startswith(unit.path):
            raise Refusal("unit_change.inside", name=inner.name, unit=unit.name)


def _refuse_nested(units: Sequence[Node], into: Node | None) -> None:
    for place, unit in enumerate(units):
        _refuse_inside(unit, [*units[:place], *units[place + 1 :], *([into] if into else [])])
    if into is not None:
        _refuse_inside(into, units)


def touched(plan: Plan, tree: Mapping[int, Node]) -> tuple[str, ...]:
    """The paths over which whoever decides must hold the right to change units.

    A unit that only receives others is not changed itself, so the right is needed for what lies below it.
    """
    paths = [tree[each].path for each in plan.units]
    if plan.into:
        paths.append(tree[plan.into].path if plan.kind == MERGE else f"{tree[plan.into].path}0/")
    if plan.under:
        paths.append(f"{tree[plan.under].path}0/")
    return tuple(paths)
