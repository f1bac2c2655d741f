"""What every channel answers to: read an event, send a message or say why not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from models.messages import Document, Incoming
from models.rules.delivery import SendFailed

__all__ = ["Channel", "Choice", "RawEvent", "Receive", "Rendered", "SendFailed"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A button with its words: `data` comes back when pressed; `url` makes it a link."""

    label: str
    data: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message in words. `html` holds only <b>, <i>, <code>, <a> and line breaks, everything else escaped."""

    html: str
    rows: tuple[tuple[Choice, ...], ...] = ()
    files: tuple[Document, ...] = ()
    expects: str = "choice"
    notice: str = ""
    place: str = "new"
    keeps_files: bool = False  # of a card that is edited: its files stay with it
    is_bulk: bool = False  # one of many that nobody waits for


@dataclass(frozen=True, slots=True)
class RawEvent:
    """One event as the channel delivered it; `event_id` tells a repeat from a new one, `chat` keeps the order.

    `album`: the channel's name for what was sent together as one, when this is a part of it.
    """

    event_id: str
    chat: str
    payload: dict[str, Any]
    album: str = ""


# (channel name, events) -> returns once they are on disk
Receive = Callable[[str, Sequence[RawEvent]], Awaitable[None]]


class Channel(Protocol):
    name: str

    def read(self, payload: dict[str, Any]) -> Incoming | None:
        """The event in our terms; None when it is nothing to us (a service message)."""

    async def send(self, address: str, rendered: Rendered, *, card: str = "") -> str:
        """Send, or edit the message `card` in place. Returns the message's reference; raises SendFailed."""

    async def delete(self, address: str, ref: str) -> None:
        """Take away a message of ours; one that is not there any more is as good. Raises SendFailed."""

    async def notice(self, callback_ref: str, text: str) -> None:
        """The small line that answers a button press; failing is no matter."""

    async def set_menu(self, address: str, commands: Sequence[tuple[str, str]]) -> None:
        """Offer one chat the commands its person can use, as (word, what it does); failing is no matter."""

    async def fetch(self, ref: str) -> bytes:
        """The bytes of an attachment; raises SendFailed."""

    async def run(self, receive: Receive, stop: asyncio.Event) -> None:
        """Take events in until told to stop; a channel that is away keeps trying and disturbs no other."""

    async def close(self) -> None:
        """Let go of connections."""

    def is_group(self, address: str) -> bool:
        """Whether this is a chat of several people."""

    def link(self, code: str) -> str:
        """The address that opens this channel and joins with `code`; empty when there is none."""
