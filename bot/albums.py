"""An album: photos sent as one, which the channel delivers one by one and which are answered once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from models.messages import Incoming
from models.tables import Inbox

QUIET = timedelta(seconds=1)  # so long after its newest photo an album counts as whole; Telegram sends them in one go


def gathered(events: Sequence[Inbox]) -> list[tuple[Inbox, ...]]:
    """The events in order, those of one album together at the place of its first."""
    sent: dict[tuple[str, str, str], list[Inbox]] = {}
    for event in events:
        sent.setdefault((event.channel, event.chat, event.album or f"event {event.id}"), []).append(event)
    return [tuple(each) for each in sent.values()]


def is_whole(events: Sequence[Inbox], now: datetime) -> bool:
    """Whether nothing more of what was sent together is awaited."""
    return not events[0].album or now - max(event.received_at for event in events) >= QUIET


def as_one(parts: Sequence[Incoming]) -> Incoming:
    """What was sent together as one event: every file, and what was written under any of them."""
    if len(parts) == 1:
        return parts[0]
    text = "\n".join(part.text for part in parts if part.text)
    return replace(parts[0], text=text, attachments=tuple(file for part in parts for file in part.attachments))
