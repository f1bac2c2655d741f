"""Inviting: into which role, into which unit; and the invitations that are open."""

from __future__ import annotations

from typing import Any

from handlers.access import needs
from handlers.invitation_card import make_card
from handlers.invitation_scope import scope_page
from handlers.start import CANCEL
from handlers.turn import Handler, Turn
from handlers.unit_pages import ROWS, back_to, page_number, reach, turning
from models import invitations, units
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.invitations import ROLE_KINDS, invited_roles
from models.rules.permissions import COORDINATOR, FOUNDER, OFFICER, ROLES, SECRETARY, may_invite
from models.tables import Invitation, Unit

ABREAST = 3  # short buttons in one row
_LEAVES = ("team", "commune", "affiliated")  # nobody is invited below these but into a team, from the team's own page


@needs("unit.invite")
async def choose_role(turn: Turn) -> list[Message]:
    unit = await reach(turn, "unit.invite", turn.press.object)
    turn.end()
    roles = _offered(turn, unit)
    rows = [(Button(f"invitation.button_{role}", "invite.role", unit.id, arg=role),) for role in roles]
    return [Message("invitation.choose_role", {"unit": unit.name, "kind": unit.kind}, (*rows, back_to(unit)))]


@needs("unit.invite")
async def choose_unit(turn: Turn) -> list[Message]:
    """After the role: the unit itself, or one below it found by a part of its name."""
    unit = await reach(turn, "unit.invite", turn.press.object)
    role = turn.press.arg
    if role not in _offered(turn, unit):
        raise Refusal("permission.not_found")
    if unit.kind in _LEAVES:
        return await _make(turn, unit, role)
    turn.ask("invite.where", unit=unit.id, role=role)
    return [_where(unit, role, [unit] if unit.kind in ROLE_KINDS[role] else [], "invitation.where", "")]


@needs("unit.invite")
async def take_unit(turn: Turn) -> list[Message]:
    """A part of a name, typed: the units it may mean."""
    unit = await reach(turn, "unit.invite", turn.talk.data["unit"])
    role = turn.talk.data["role"]
    found = await units.search(turn.session, unit.path, turn.text, ROLE_KINDS[role], ROWS)
    key = "invitation.where_found" if found else "invitation.where_not_found"
    return [_where(unit, role, found, key, turn.text[:40])]


@needs("unit.invite")
async def make(turn: Turn) -> list[Message]:
    unit = await reach(turn, "unit.invite", turn.press.object)
    return await _make(turn, unit, turn.press.arg)


@needs("unit.invite")
async def show_open(turn: Turn) -> list[Message]:
    """The invitations that would still let somebody into the unit or below it, a page at a time."""
    unit = await reach(turn, "unit.invite", turn.press.object)
    roles = [role for role in ROLES if may_invite(turn.actor, role, unit.path)]
    count = await invitations.count_open(turn.session, unit.path, roles, turn.now)
    number = min(page_number(turn), max(0, count - 1) // ROWS)
    found = await invitations.open_ones(turn.session, unit.path, roles, turn.now, number * ROWS, ROWS)
    buttons = [
        Button("invitation.button_revoke_one", "invite.revoke", each.id, arg=str(unit.id), values={"number": at})
        for at, (each, _) in enumerate(found, 1)
    ]
    rows = [tuple(buttons[at : at + ABREAST]) for at in range(0, len(buttons), ABREAST)]
    more = turning("invite.list", unit.id, number, (number + 1) * ROWS < count)
    values = {"unit": unit.name, "open": count, "number": number + 1, "shown": [_open_line(*each) for each in found]}
    return [Message("invitation.open", values, (*rows, *more, back_to(unit)))]


def _open_line(invitation: Invitation, unit: Unit) -> dict[str, Any]:
    return {
        "role": invitation.role,
        "unit": unit.name,
        "uses": invitation.uses_left,
        "expires": invitation.expires_at,
    }


@needs("invitation.revoke")
async def revoke(turn: Turn) -> list[Message]:
    found = await invitations.find(turn.session, turn.press.object)
    turn.allow("invitation.revoke", found[1].path if found else None)
    assert found is not None
    invitation, unit = found
    if not may_invite(turn.actor, invitation.role, unit.path):
        raise Refusal("permission.not_found")
    await invitations.revoke(turn.session, invitation, by=turn.person_id, now=turn.now)
    came_from = await reach(turn, "unit.invite", int(turn.press.arg)) if turn.press.arg.isdecimal() else unit
    row = (Button("unit.button_invitations", "invite.list", came_from.id), *back_to(came_from))
    return [Message("invitation.revoked_now", {"unit": unit.name, "role": invitation.role}, (row,))]


def _offered(turn: Turn, unit: Unit) -> tuple[str, ...]:
    """The roles to choose from on a unit's page; an office also invites into the units below it."""
    here = invited_roles(turn.actor, unit.kind, unit.path)
    if unit.kind == "team":
        return here
    further = tuple(role for role in (COORDINATOR, SECRETARY, FOUNDER) if may_invite(turn.actor, role, unit.path))
    return tuple(dict.fromkeys((*here, *further)))


def _where(unit: Unit, role: str, found: list[Unit], key: str, text: str) -> Message:
    rows = [
        (Button("unit.button_unit", "invite.make", each.id, arg=role, values={"unit": each.name}),) for each in found
    ]
    values = {"unit": unit.name, "role": role, "text": text}
    return Message(key, values, (*rows, (*back_to(unit), CANCEL)), expects="text", place="new" if text else "card")


async def _make(turn: Turn, unit: Unit, role: str) -> list[Message]:
    if role == OFFICER and role in invited_roles(turn.actor, unit.kind, unit.path):
        turn.end()
        return [scope_page(unit)]
    return [await make_card(turn, unit, role)]


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {"invite.where": take_unit}
ACTIONS: dict[str, Handler] = {
    "invite.begin": choose_role,
    "invite.role": choose_unit,
    "invite.make": make,
    "invite.list": show_open,
    "invite.revoke": revoke,
}
