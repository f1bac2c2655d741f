"""Messages that came by themselves: which buttons they brought, for whoever types a label instead of pressing it.

A talk remembers the buttons of its own last screen alone; a reminder between two screens leaves it as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import outbox
from models.messages import Button, Message, buttons_in, pack_buttons
from models.tables import Outbox

REMEMBERED = timedelta(days=1)  # an older message is scrolled away: its words are no longer meant
MOST = 5  # messages looked through, the newest first
_SEEN = ("sent", "sending", "unknown")  # it stands in the chat, or may


@dataclass(frozen=True, slots=True)
class PushedButton:
    """A button of a message that came at `at`."""

    at: datetime
    button: Button


def keep_buttons(row: Outbox, message: Message) -> None:
    """Note which buttons a message has whose words were found only as it was sent; nothing else of it is copied."""
    buttons = pack_buttons(message)
    if buttons != row.body.get("buttons"):
        row.body = {**row.body, "buttons": buttons}


async def buttons_sent(session: AsyncSession, channel: str, address: str, now: datetime) -> list[PushedButton]:
    """The buttons of the last messages pushed to a chat, the newest message first; links are none."""
    statement = (
        select(Outbox.body, Outbox.settled_at, Outbox.due_at)
        .where(Outbox.channel == channel, Outbox.address == address, Outbox.state.in_(_SEEN))
        .where(Outbox.lane > outbox.REPLY, Outbox.due_at > now - REMEMBERED)
        .order_by(Outbox.due_at.desc(), Outbox.id.desc())
        .limit(MOST)
    )
    return [
        PushedButton(settled_at or due_at, button)
        for body, settled_at, due_at in await session.execute(statement)
        for row in buttons_in(body)
        for button in row
        if button.action
    ]
