"""What an officer who is invited will look after: the whole unit with all below it, the units of a group, a field."""

from __future__ import annotations

from handlers.access import needs
from handlers.invitation_card import make_card
from handlers.turn import Handler, Turn
from handlers.unit_pages import ROWS, back_to, page_number, reach, turning
from models import groups, scopes
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.invitations import invited_roles
from models.rules.periods import local_day
from models.rules.permissions import OFFICER
from models.scopes import EVERYTHING, Scope
from models.tables import Unit


def scope_page(unit: Unit) -> Message:
    """The three kinds of scope, one button each."""
    rows = (
        (Button("invitation.button_whole", "invite.whole", unit.id),),
        (Button("invitation.button_groups", "invite.groups", unit.id, arg="0"),),
        (Button("invitation.button_fields", "invite.fields", unit.id),),
        back_to(unit),
    )
    return Message("invitation.scope", {"unit": unit.name}, rows)


@needs("unit.invite")
async def whole(turn: Turn) -> list[Message]:
    return [await make_card(turn, await _unit(turn), OFFICER, EVERYTHING)]


@needs("unit.invite")
async def list_groups(turn: Turn) -> list[Message]:
    """The clusters and blocks of the unit, a page at a time."""
    unit, number = await _unit(turn), page_number(turn)
    today = local_day(turn.now, turn.zone)
    found = [each.group for each in await groups.owned(turn.session, unit.id, today, number * ROWS, ROWS + 1)]
    rows = [
        (Button("unit.button_unit", "invite.group", unit.id, arg=str(group.id), values={"unit": group.name}),)
        for group in found[:ROWS]
    ]
    more = turning("invite.groups", unit.id, number, len(found) > ROWS)
    back = Button("unit.button_back", "invite.role", unit.id, arg=OFFICER)
    return [Message("invitation.groups", {"unit": unit.name, "shown": len(rows)}, (*rows, *more, (back,)))]


@needs("unit.invite")
async def of_group(turn: Turn) -> list[Message]:
    unit = await _unit(turn)
    found = await groups.find(turn.session, int(turn.press.arg))
    if found is None or found[1].id != unit.id or found[0].closed_on is not None:
        raise Refusal("permission.not_found")
    return [await make_card(turn, unit, OFFICER, Scope(group_id=found[0].id), found[0].name)]


@needs("unit.invite")
async def list_fields(turn: Turn) -> list[Message]:
    """The fields of the forms in force."""
    unit = await _unit(turn)
    known = await scopes.fields_known(turn.session, turn.library)
    buttons = [
        Button("unit.button_unit", "invite.field", unit.id, arg=code, values={"unit": label})
        for code, label in known.items()
    ]
    rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
    back = Button("unit.button_back", "invite.role", unit.id, arg=OFFICER)
    return [Message("invitation.fields", {"unit": unit.name}, (*rows, (back,)))]


@needs("unit.invite")
async def of_field(turn: Turn) -> list[Message]:
    unit, code = await _unit(turn), turn.press.arg
    known = await scopes.fields_known(turn.session, turn.library)
    if code not in known:
        raise Refusal("permission.not_found")
    return [await make_card(turn, unit, OFFICER, Scope(field=code), known[code])]


async def _unit(turn: Turn) -> Unit:
    unit = await reach(turn, "unit.invite", turn.press.object)
    if OFFICER not in invited_roles(turn.actor, unit.kind, unit.path):
        raise Refusal("permission.not_found")
    return unit


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {
    "invite.whole": whole,
    "invite.groups": list_groups,
    "invite.group": of_group,
    "invite.fields": list_fields,
    "invite.field": of_field,
}
