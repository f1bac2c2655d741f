"""Units into a group and out of it: named in one message, everything unclear asked, and shown before it is done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from handlers import menu
from handlers.access import needs
from handlers.group_pages import group_page, last_day, reach_group, today_of
from handlers.start import CANCEL
from handlers.turn import Handler, Turn
from models import group_members, groups, units
from models.group_members import Move, Named
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.groups import read_day, split_names
from models.tables import Group, Unit

FLOW = "group.units"
SHOWN = 6  # names of one sort on a screen


async def ask(turn: Turn, group: Group, owner: Unit, deed: str, notice: str = "") -> Message:
    """Begin to ask which units: `deed` is add or drop."""
    turn.ask(FLOW, group=group.id, deed=deed, day=today_of(turn).isoformat(), chosen=[], open=[])
    return await _question(turn, group, owner, notice=notice)


@needs("group.manage")
async def begin(turn: Turn) -> list[Message]:
    group, owner = await reach_group(turn, "group.manage", turn.press.object)
    if group.closed_on is not None:
        return [await group_page(turn, group, owner, notice="access.stale")]
    return [await ask(turn, group, owner, turn.press.action.partition(".")[2])]


@needs("group.manage")
async def take(turn: Turn) -> list[Message]:
    """Names, a day, or both, typed or pasted; what is clear is kept whatever else is not."""
    group, owner = await reach_group(turn, "group.manage", turn.talk.data["group"])
    if turn.incoming.kind != "text":
        return [await _question(turn, group, owner)]
    found: list[Named] = []
    try:
        texts, day = split_names(turn.text)
        if not texts and not day:
            raise Refusal("group.names_unclear")
        found = await _find(turn, group, owner, texts)
        _keep(turn, found)
        if day:
            turn.talk.data = {**turn.talk.data, "day": read_day(day, today_of(turn)).isoformat()}
    except Refusal as no:
        return [await _question(turn, group, owner, found, no)]
    return [await _question(turn, group, owner, found)]


async def _find(turn: Turn, group: Group, owner: Unit, texts: Sequence[str]) -> list[Named]:
    if turn.talk.data["deed"] == "add":
        return await group_members.named(turn.session, owner, texts)
    inside = await groups.members(turn.session, group.id, today_of(turn))
    return group_members.named_among(inside, owner, texts)


def _keep(turn: Turn, found: Sequence[Named]) -> None:
    data = turn.talk.data
    clear = [each.units[0].id for each in found if each.is_clear]
    doubtful = [
        [each.text[:60], [unit.id for unit in each.units], each.is_there]
        for each in found
        if each.units and not each.is_clear
    ]
    chosen = list(dict.fromkeys([*data["chosen"], *clear]))
    turn.talk.data = {**data, "chosen": chosen, "open": [*data["open"], *doubtful]}


@needs("group.manage")
async def pick(turn: Turn) -> list[Message]:
    """Which unit a doubtful name means; no unit at all when it is left out."""
    if turn.talk.flow != FLOW:
        return await menu.stale(turn)
    data = turn.talk.data
    group, owner = await reach_group(turn, "group.manage", data["group"])
    unit_id = turn.press.object
    if not data["open"] or (unit_id and unit_id not in data["open"][0][1]):
        return [await _question(turn, group, owner, notice="access.stale")]
    chosen = list(dict.fromkeys([*data["chosen"], unit_id])) if unit_id else data["chosen"]
    turn.talk.data = {**data, "chosen": chosen, "open": data["open"][1:]}
    return [await _question(turn, group, owner)]


@needs("group.manage")
async def carry_out(turn: Turn) -> list[Message]:
    if turn.talk.flow != FLOW:
        return await menu.stale(turn)
    data = turn.talk.data
    group, owner = await reach_group(turn, "group.manage", data["group"])
    if group.closed_on is not None or data["open"] or not data["chosen"]:
        return [await _question(turn, group, owner, notice="access.stale")]
    day = date.fromisoformat(data["day"])
    who: dict[str, Any] = {"by": turn.person_id, "now": turn.now}
    if data["deed"] == "add":
        moves = await group_members.admit(turn.session, group, data["chosen"], day, **who)
        names = [move.unit.name for move in moves]
    else:
        names = [unit.name for unit in await group_members.dismiss(turn.session, group, data["chosen"], day, **who)]
    values = {"group": group.name, "day": day, "count": len(names), **_some("names", names)}
    key = "group.added" if data["deed"] == "add" else "group.dropped"
    turn.end()
    open_it = Button("group.button_back_to_group", "group.show", group.id)
    return [Message(key, values, ((open_it, menu.go("menu")),))]


async def _question(
    turn: Turn, group: Group, owner: Unit, found: Sequence[Named] = (), no: Refusal | None = None, notice: str = ""
) -> Message:
    """What has been understood so far, and what is to be typed or chosen next."""
    data = turn.talk.data
    values: dict[str, Any] = {
        "group": group.name,
        "day": date.fromisoformat(data["day"]),
        "unit": owner.name,
        "doubtful": data["open"][0][0] if data["open"] else "",
        "is_there": data["open"][0][2] if data["open"] else True,
        "problem": no.key if no else "",
        "details": no.values if no else {},
        **_some("missing", [each.text[:60] for each in found if not each.units]),
    }
    moves = await _moves(turn, group)
    fresh = [move for move in moves if not move.entry.is_same]
    values |= _some("chosen", [move.unit.name for move in fresh])
    values |= _some("same", [move.unit.name for move in moves if move.entry.is_same])
    values |= _some("moves", [_move(move) for move in fresh if move.left or _ends(move)])
    rows = await _rows(turn, owner, len(fresh))
    leave = (Button("unit.button_back", "group.show", group.id), CANCEL)
    place: Any = "new" if turn.incoming.kind == "text" else "card"
    return Message(f"group.ask_{data['deed']}", values, (*rows, leave), expects="text", notice=notice, place=place)


async def _moves(turn: Turn, group: Group) -> list[Move]:
    data = turn.talk.data
    day = date.fromisoformat(data["day"])
    if data["deed"] == "add":
        return await group_members.plan(turn.session, group, data["chosen"], day)
    return await group_members.plan_leaving(turn.session, group, data["chosen"], day)


async def _rows(turn: Turn, owner: Unit, count: int) -> list[tuple[Button, ...]]:
    data = turn.talk.data
    if data["open"]:
        candidates = [await _candidate(turn, owner, unit_id) for unit_id in data["open"][0][1]]
        return [*[(each,) for each in candidates], (Button("group.button_skip", "group.pick"),)]
    if not count:
        return []
    return [(Button(f"group.button_{data['deed']}_now", "group.carry_out", values={"count": count}),)]


async def _candidate(turn: Turn, owner: Unit, unit_id: int) -> Button:
    """A unit to choose; one further down says where it is, for several may be called alike."""
    unit = await units.find(turn.session, unit_id)
    assert unit is not None
    above = await units.find(turn.session, unit.parent_id or 0) if unit.parent_id != owner.id else None
    place = above.name if above else ""
    return Button("group.button_candidate", "group.pick", unit.id, values={"name": unit.name, "place": place})


def _move(move: Move) -> dict[str, Any]:
    return {"unit": move.unit.name, "left": list(move.left), "last": last_day(_ends(move))}


def _ends(move: Move) -> date | None:
    return move.entry.added.until if move.entry.added else None


def _some(name: str, listed: Sequence[Any]) -> dict[str, Any]:
    """As many as a phone shows, and how many there are beside them."""
    return {name: list(listed[:SHOWN]), f"{name}_more": max(len(listed) - SHOWN, 0)}


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {FLOW: take}
ACTIONS: dict[str, Handler] = {
    "group.add": begin,
    "group.drop": begin,
    "group.pick": pick,
    "group.carry_out": carry_out,
}
