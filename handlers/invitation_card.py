"""The invitation itself: made, and shown as link, picture and code."""

from __future__ import annotations

from handlers.turn import Turn
from handlers.unit_pages import back_to
from models import invitations
from models.messages import Button, Message
from models.rules import Refusal
from models.rules.invitations import invited_roles
from models.scopes import EVERYTHING, Scope
from models.tables import Unit

CHANNELS = ("telegram", "zalo", "webchat")  # in the order in which an invitation shows their links


async def make_card(turn: Turn, unit: Unit, role: str, scope: Scope = EVERYTHING, within: str = "") -> Message:
    """Invite into a unit; `within` is the group or field to which an officer is limited, by name."""
    if role not in invited_roles(turn.actor, unit.kind, unit.path) or unit.closed_on is not None:
        raise Refusal("permission.not_found")
    issued = await invitations.issue(
        turn.session, unit, role, by=turn.person_id, policy=turn.policy, random=turn.random, now=turn.now, scope=scope
    )
    turn.end()
    values = {
        "unit": unit.name,
        "role": role,
        "within": within,
        "code": issued.code,
        "uses": issued.invitation.uses_left,
        "expires": issued.invitation.expires_at,
        **links_of(turn, issued.code),
    }
    again = Button("invitation.button_revoke", "invite.revoke", issued.invitation.id)
    return Message("invitation.card", values, ((again, *back_to(unit)),), place="new")


def links_of(turn: Turn, code: str) -> dict[str, object]:
    """One link a channel that has one; the picture shows the link of the channel we are on, else the first."""
    found = [(channel, turn.links(channel, code)) for channel in CHANNELS]
    links = [{"channel": channel, "link": link} for channel, link in found if link.startswith("http")]
    own = [entry["link"] for entry in links if entry["channel"] == turn.incoming.channel]
    best = (own or [entry["link"] for entry in links] or [""])[0]
    return {"links": links} | ({"qr": best} if best else {})
