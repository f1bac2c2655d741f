"""What one event comes to: rows of the outbox that this process has claimed, and their words for after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.channels import Channel, Rendered
from bot.making import MAKERS
from models import outbox
from models.messages import Message
from models.tables import Inbox


@dataclass(frozen=True, slots=True)
class OwedReply:
    """A reply that is on disk and may now be sent."""

    id: int
    channel: str
    address: str
    rendered: Rendered
    card: str = ""
    callback_ref: str = ""
    to_make: Mapping[str, Any] = field(default_factory=dict)  # files made after the commit: {"qr": link}, {"sheet": …}
    attempts: int = 1
    composed_at: datetime | None = None  # of a promise: when its words were found; None of a reply
    delete: str = ""  # the message to be taken away; nothing is said then

    @property
    def bulk(self) -> bool:
        """Whether nobody waits for it: it goes by the rhythm over all chats."""
        return self.composed_at is not None

    @property
    def changes(self) -> bool:
        """Whether it changes a message that stands there, or takes it away: doing so twice comes to the same."""
        return bool(self.card or self.delete)

    async def hand_over(self, channel: Channel, rendered: Rendered) -> str:
        """Give it to the channel, once. Returns the message's reference; raises SendFailed."""
        if self.delete:
            await channel.delete(self.address, self.delete)
            return ""
        return await channel.send(self.address, rendered, card=self.card)


@dataclass(slots=True)
class Done:
    """What one event came to: the rows to owe and their words."""

    event: Inbox
    rows: list[dict[str, Any]] = field(default_factory=list)
    replies: list[OwedReply] = field(default_factory=list)


def reply_row(event: Inbox, address: str, now: datetime, number: int, body: dict[str, Any]) -> dict[str, Any]:
    return {
        "once": f"reply:{event.channel}:{event.event_id}:{number}",
        "channel": event.channel,
        "address": address,
        "lane": outbox.REPLY,
        "kind": "reply",
        "body": body,
        "state": "sending",
        "attempts": 1,
        "due_at": now,
        "lease_until": now + outbox.LEASE,
        "created_at": now,
    }


def made_later(message: Message) -> dict[str, Any]:
    """What a message asks to be made into a file once its transaction is over."""
    return {name: message.values[name] for name in MAKERS if name in message.values}
