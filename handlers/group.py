"""Clusters and blocks of an office ("Cụm, khối" on its page): listing, making, renaming and closing them."""

from __future__ import annotations

from handlers import group_members
from handlers.access import needs
from handlers.group_pages import group_page, list_page, reach_group, today_of
from handlers.start import CANCEL
from handlers.turn import Handler, Turn
from handlers.unit_pages import page_number, reach
from models import groups
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.groups import KINDS, read_group_name
from models.tables import Group, Unit


@needs("group.read")
async def show_list(turn: Turn) -> list[Message]:
    unit = await reach(turn, "group.read", turn.press.object)
    turn.end()
    return [await list_page(turn, unit)]


@needs("group.read")
async def show(turn: Turn) -> list[Message]:
    group, owner = await reach_group(turn, "group.read", turn.press.object)
    turn.end()
    return [await group_page(turn, group, owner, number=page_number(turn))]


@needs("group.manage")
async def begin(turn: Turn) -> list[Message]:
    """A new group, of the kind whose button was pressed: what is it called?"""
    unit = await reach(turn, "group.manage", turn.press.object)
    kind = turn.press.arg
    if kind not in KINDS:
        raise Refusal("permission.not_found")
    turn.ask("group.name", unit=unit.id, group_kind=kind)
    return [_name_question(unit, kind)]


@needs("group.manage")
async def take_name(turn: Turn) -> list[Message]:
    """The name of a new group; then its units are asked for at once."""
    unit = await reach(turn, "group.manage", turn.talk.data["unit"])
    kind = turn.talk.data["group_kind"]
    try:
        name = read_group_name(_typed(turn))
        group = await groups.make(turn.session, unit, kind, name, by=turn.person_id, now=turn.now)
    except Refusal as no:
        return [_name_question(unit, kind, no)]
    return [await group_members.ask(turn, group, unit, "add", notice="group.made")]


@needs("group.manage")
async def ask_rename(turn: Turn) -> list[Message]:
    group, owner = await reach_group(turn, "group.manage", turn.press.object)
    if group.closed_on is not None:
        return [await group_page(turn, group, owner, notice="access.stale")]
    turn.ask("group.rename", group=group.id)
    return [_rename_question(group)]


@needs("group.manage")
async def take_rename(turn: Turn) -> list[Message]:
    group, owner = await reach_group(turn, "group.manage", turn.talk.data["group"])
    try:
        name = read_group_name(_typed(turn))
        await groups.rename(turn.session, group, owner, name, by=turn.person_id, now=turn.now)
    except Refusal as no:
        return [_rename_question(group, no)]
    turn.end()
    return [await group_page(turn, group, owner, notice="group.renamed")]


@needs("group.manage")
async def ask_close(turn: Turn) -> list[Message]:
    """Before anything happens: what closing means."""
    group, owner = await reach_group(turn, "group.manage", turn.press.object)
    if group.closed_on is not None:
        return [await group_page(turn, group, owner, notice="access.stale")]
    inside = await groups.units_of(turn.session, group.id, today_of(turn))
    sure = Button("group.button_close_sure", "group.close_now", group.id)
    keep = Button("group.button_keep", "group.show", group.id)
    values = {"group": group.name, "count": len(inside), "day": today_of(turn)}
    return [Message("group.ask_close", values, ((sure,), (keep,)))]


@needs("group.manage")
async def close(turn: Turn) -> list[Message]:
    group, owner = await reach_group(turn, "group.manage", turn.press.object)
    if group.closed_on is not None:
        return [await group_page(turn, group, owner, notice="access.stale")]
    await groups.close(turn.session, group, by=turn.person_id, day=today_of(turn), now=turn.now)
    turn.end()
    values = {"group": group.name, "day": group.closed_on}
    back = Button("unit.button_back", "group.list", owner.id)
    return [Message("group.closed", values, ((back,),))]


def _typed(turn: Turn) -> str:
    return turn.text if turn.incoming.kind == "text" else ""


def _name_question(unit: Unit, kind: str, no: Refusal | None = None) -> Message:
    back = Button("unit.button_back", "group.list", unit.id)
    values = {"unit": unit.name, "kind": kind} | _problem(no)
    return Message("group.ask_name", values, ((back, CANCEL),), expects="text", place="new" if no else "card")


def _rename_question(group: Group, no: Refusal | None = None) -> Message:
    back = Button("unit.button_back", "group.show", group.id)
    values = {"group": group.name} | _problem(no)
    return Message("group.ask_rename", values, ((back, CANCEL),), expects="text", place="new" if no else "card")


def _problem(no: Refusal | None) -> dict[str, object]:
    return {"problem": no.key if no else "", "details": no.values if no else {}}


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"group.name": take_name, "group.rename": take_rename}
ACTIONS: dict[str, Handler] = {
    "group.list": show_list,
    "group.show": show,
    "group.begin": begin,
    "group.rename": ask_rename,
    "group.close": ask_close,
    "group.close_now": close,
}
