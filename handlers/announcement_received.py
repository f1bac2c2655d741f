"""The announcements that came to somebody of late: to be read again, and confirmed there."""

from __future__ import annotations

from handlers.access import public
from handlers.announcement_proof import over
from handlers.guide_pages import place_of
from handlers.menu import go
from handlers.turn import Handler, Turn
from models import received_announcements
from models.announcement_messages import message_of
from models.announcement_proof import arrived
from models.messages import Button, Message
from models.received_announcements import Received
from models.rules import Refusal
from models.rules.announcement_text import plain
from models.rules.folding import shorten

ROWS = 6  # announcements on one screen
SHOWN = 34  # characters of a text on a button


@public
async def show_list(turn: Turn) -> list[Message]:
    """`arg` is the page."""
    return [await page(turn, int(turn.press.arg) if turn.press.arg.isdecimal() else 0)]


@public
async def read(turn: Turn) -> list[Message]:
    """One of them as it came, with its files and its buttons; of one that holds no more, what became of it."""
    who = turn.actor.person_id
    received = None
    if who is not None:
        received = await received_announcements.find(turn.session, who, turn.press.object)
    if received is None:
        raise Refusal("permission.not_found")
    turn.end()
    if not received.holds:
        return [await over(turn, received)]
    recipient = received.recipient
    arrived(recipient)
    shown = message_of(
        received.announced,
        recipient_id=recipient.id,
        replaces=received.announced.announcement.replaces_id or 0,
        confirmed_at=recipient.confirmed_at,
    )
    return [shown]


async def page(turn: Turn, wanted: int) -> Message:
    """The list, those that wait for being confirmed first."""
    turn.end()
    who = turn.actor.person_id
    total, waiting = (0, 0) if who is None else await received_announcements.count(turn.session, who)
    at = min(wanted, max(total - 1, 0) // ROWS)
    found = [] if who is None else await received_announcements.latest(turn.session, who, at * ROWS, ROWS)
    around = [
        Button(label, "announcement.received", arg=str(to))
        for label, to in (
            ("announcement_received.button_before", at - 1),
            ("announcement_received.button_after", at + 1),
        )
        if 0 <= to * ROWS < total
    ]
    newer = await received_announcements.replaced_by(turn.session, [each.number for each in found if not each.holds])
    rows = (*((_line(each, newer.get(each.number, 0)),) for each in found), tuple(around), (go("menu"),))
    values = {"total": total, "waiting": waiting}
    return Message("announcement_received.list", values, tuple(row for row in rows if row), place=place_of(turn))


def _line(received: Received, newer: int) -> Button:
    announcement = received.announced.announcement
    values = {
        "number": announcement.id,
        "text": shorten(plain(announcement.text), SHOWN),
        "state": announcement.state,
        "newer": newer,
        "is_open": received.is_open,
        "confirmed": received.recipient.confirmed_at is not None,
    }
    return Button("announcement_received.button_line", "announcement.read", received.recipient.id, values=values)


COMMANDS: dict[str, Handler] = {}
FLOWS: dict[str, Handler] = {}
ACTIONS: dict[str, Handler] = {"announcement.received": show_list, "announcement.read": read}
