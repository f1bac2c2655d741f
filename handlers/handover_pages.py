"""What a hand-over that was arranged looks like: where it stands, its code, and how it came to an end."""

from __future__ import annotations

from handlers.access import stale
from handlers.invitation_card import links_of
from handlers.menu import go
from handlers.turn import Turn
from handlers.unit_pages import back_to
from models.invitations import Issued
from models.messages import Button, Message
from models.rules.handovers import LIVE
from models.transfers import Transfer

CANCEL = Button("start.button_cancel", "go", arg="huy")


def is_settling(turn: Turn, found: Transfer) -> bool:
    """Whether there is something to look at instead of asking anew: who gave a unit up may still name somebody."""
    return found.row.state != "open" or (found.giver.id == turn.person_id and not turn.press.arg)


def status_page(turn: Turn, found: Transfer, key: str = "handover.status", notice: str = "") -> Message:
    """Where a hand-over stands, and what whoever arranged it can still do."""
    row = found.row
    values = found.facts | {"own": found.giver.id == turn.actor.person_id}
    rows: list[tuple[Button, ...]] = []
    if row.state == "open":
        rows.append((Button("handover.button_name", "handover.begin", found.unit.id, arg=str(found.giver.id)),))
        rows.append((Button("handover.button_still_me", "handover.cancel", row.id, row.version),))
    elif row.state in LIVE:
        if values["by_code"] and found.receiver is None:
            rows.append((Button("handover.button_code", "handover.code", row.id, row.version),))
        rows.append((Button("handover.button_cancel", "handover.cancel", row.id, row.version),))
    return Message(key, values, (*rows, (*back_to(found.unit), go("menu"))), notice=notice)


def code_page(turn: Turn, found: Transfer, issued: Issued) -> Message:
    """The code for whoever takes the unit over: shown once."""
    values = found.facts | {"code": issued.code, "expires": issued.invitation.expires_at, **links_of(turn, issued.code)}
    cancel = Button("handover.button_cancel", "handover.cancel", found.row.id, found.row.version)
    return Message("handover.code", values, ((cancel,), (*back_to(found.unit), go("menu"))), place="new")


def is_over(turn: Turn, found: Transfer, *states: str) -> bool:
    """Whether the pressed button no longer fits what became of the hand-over."""
    return found.row.state not in states or stale(turn, found.row.version)
