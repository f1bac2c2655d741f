"""Who is in a unit, and taking somebody out of it."""

from __future__ import annotations

from typing import Any

from handlers.access import needs
from handlers.turn import Handler, Turn
from handlers.unit_pages import MENU, ROWS, back_to, page_number, reach, turning
from models import outbox, people, scopes
from models.messages import Button, Message
from models.people import Membership
from models.rules import Refusal
from models.rules.membership import may_remove, refuse_removal
from models.rules.permissions import may


@needs("unit.read")
async def show_list(turn: Turn) -> list[Message]:
    unit = await reach(turn, "unit.read", turn.press.object)
    held = await people.memberships(turn.session, [unit.id], None, turn.now)
    number = page_number(turn)
    shown = held[number * ROWS : (number + 1) * ROWS]
    rows = [(_remove_button(each),) for each in shown if _removable(turn, each)]
    more = len(held) > (number + 1) * ROWS
    within = await scopes.described(turn.session, turn.library, [each.role for each in shown])
    values = {
        "unit": unit.name,
        "people": [
            {"name": each.person.name, "role": each.role.kind, "within": within.get(each.role.id, "")} for each in shown
        ],
        "first": number * ROWS,
        "all": len(held),
        "removable": bool(rows),
    }
    return [Message("unit.members", values, (*rows, *turning("member.list", unit.id, number, more), back_to(unit)))]


@needs("member.remove")
async def ask_removal(turn: Turn) -> list[Message]:
    """Show whom it concerns before anything happens."""
    found = await _reach(turn)
    if isinstance(found, Message):
        return [found]
    sure = Button("unit.button_remove_sure", "member.remove", found.role.id)
    keep = Button("unit.button_keep", "member.list", found.unit.id, arg="0")
    return [Message("unit.ask_removal", _values(found), ((sure,), (keep,)))]


@needs("member.remove")
async def remove(turn: Turn) -> list[Message]:
    found = await _reach(turn)
    if isinstance(found, Message):
        return [found]
    await people.end_role(turn.session, found.role, by=turn.person_id, now=turn.now)
    account = await people.account_of(turn.session, found.person.id)
    if account is not None and found.person.id != turn.person_id:
        once = f"leave:{found.role.id}:{account.id}"
        told = Message("unit.you_were_removed", _values(found), (MENU,))
        await outbox.promise(
            turn.session, told, account=account, once=once, kind="alert", lane=outbox.ALERT, at=turn.now
        )
    return [Message("unit.removed", _values(found), (back_to(found.unit),))]


async def _reach(turn: Turn) -> Membership | Message:
    """The role pressed, when it is still held and the speaker may end it; looking refuses as the deed would.

    Of the last one who answers for a unit, the way to hand it over instead.
    """
    found = await people.membership(turn.session, turn.press.object, turn.now)
    turn.allow("member.remove", found.unit.path if found else None)
    assert found is not None
    heads = await people.lock_heads(turn.session, found.unit, turn.now)
    try:
        refuse_removal(turn.actor, found.role.kind, found.unit.path, heads)
    except Refusal as no:
        if no.key != "member.last_head" or not may(turn.actor, "unit.hand_over", found.unit.path):
            raise
        way = Button("handover.button_begin", "handover.begin", found.unit.id)
        return Message(no.key, no.values, ((way,), back_to(found.unit)))
    return found


def _removable(turn: Turn, each: Membership) -> bool:
    return each.person.id != turn.actor.person_id and may_remove(turn.actor, each.role.kind, each.unit.path)


def _remove_button(each: Membership) -> Button:
    return Button("unit.button_remove", "member.ask", each.role.id, values={"name": each.person.name})


def _values(found: Membership) -> dict[str, Any]:
    return {"name": found.person.name, "role": found.role.kind, "unit": found.unit.name}


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "member.list": show_list,
    "member.ask": ask_removal,
    "member.remove": remove,
}
