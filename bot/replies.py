"""What one event comes to: rows of the outbox that this process has claimed, and their words for after the commit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.channels import Rendered
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
    bulk: bool = False  # nobody waits for it: it goes by the rhythm over all chats


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
