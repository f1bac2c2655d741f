"""The chats as Telegram keeps them: who is there, which messages stand in them, what may be edited."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.standin.refused import Refused

BLOCKED = "Forbidden: bot was blocked by the user"
DEACTIVATED = "Forbidden: user is deactivated"
KICKED = "Forbidden: bot was kicked from the group chat"
NOT_MODIFIED = (
    "Bad Request: message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)


@dataclass(slots=True)
class Stored:
    """A message as it stands now. `seq` grows with every change anywhere, so that "since then" has a meaning."""

    message_id: int
    chat: Chat
    sender: dict[str, Any]
    date: int
    text: str = ""
    entities: list[dict[str, Any]] = field(default_factory=list)
    markup: dict[str, Any] | None = None
    extra: dict[str, Any] = field(default_factory=dict)  # document, photo, reply_to_message, service fields
    reactions: list[str] = field(default_factory=list)  # the bot's
    edited: int = 0
    seq: int = 0

    @property
    def by_bot(self) -> bool:
        """Written by the bot, not by a person."""
        return bool(self.sender.get("is_bot"))

    def as_message(self) -> dict[str, Any]:
        """The Message object of the Bot API."""
        message: dict[str, Any] = {
            "message_id": self.message_id,
            "from": self.sender,
            "chat": self.chat.as_chat(),
            "date": self.date,
            **self.extra,
        }
        has_media = "document" in self.extra or "photo" in self.extra
        if self.text:
            message["caption" if has_media else "text"] = self.text
        if self.entities:
            message["caption_entities" if has_media else "entities"] = self.entities
        if self.markup and "inline_keyboard" in self.markup:
            message["reply_markup"] = self.markup
        if self.edited:
            message["edit_date"] = self.edited
        return message


@dataclass(slots=True)
class Notice:
    """The little line that answers a button press."""

    user: int
    text: str
    alert: bool
    seq: int


@dataclass(slots=True)
class Chat:
    """One chat. `refusal`: the 403 that every call to it is answered with; `heard`: monotonic moment it last spoke."""

    id: int
    kind: str
    title: str
    messages: dict[int, Stored] = field(default_factory=dict)
    notices: list[Notice] = field(default_factory=list)
    refusal: str = ""
    migrated_to: int | None = None
    heard: float = float("-inf")
    last_id: int = 0  # counted here only in a supergroup

    @property
    def is_group(self) -> bool:
        """A group of either kind."""
        return self.kind != "private"

    def as_chat(self) -> dict[str, Any]:
        """The Chat object of the Bot API."""
        name = "title" if self.is_group else "first_name"
        return {"id": self.id, "type": self.kind, name: self.title}


class Chats:
    """All chats of one bot account. `keep` bounds the messages remembered per chat (None: all)."""

    def __init__(self, clock: Callable[[], float] = time.time, keep: int | None = None) -> None:
        self.clock, self.keep = clock, keep
        self.open_doors = False  # whether unknown private chats count as started
        self.seq = 0
        self.known: dict[int, Chat] = {}
        self.on_change: list[Callable[[Stored], None]] = []
        self._last_id = 0
        self._waiting: list[asyncio.Future[None]] = []

    def open(self, id: int, title: str, kind: str = "private") -> Chat:
        """The chat, begun if it is new."""
        chat = self.known.get(id)
        if chat is None:
            chat = self.known[id] = Chat(id, kind, title)
        return chat

    def find(self, id: int) -> Chat:
        """The chat the bot wants to write to. Raises Refused: not found, moved, blocked."""
        chat = self.known.get(id)
        if chat is None:
            if not (self.open_doors and id > 0):
                raise Refused(400, "Bad Request: chat not found")
            chat = self.open(id, f"Người {id}")
        if chat.migrated_to is not None:
            text = "Bad Request: group chat was upgraded to a supergroup chat"
            raise Refused(400, text, migrate_to_chat_id=chat.migrated_to)
        if chat.refusal:
            raise Refused(403, chat.refusal)
        return chat

    def post(self, chat: Chat, sender: dict[str, Any], text: str = "", **more: Any) -> Stored:
        """A new message; `more` as in Stored."""
        message = Stored(self.next_id(chat), chat, sender, int(self.clock()), text, **more)
        chat.messages[message.message_id] = message
        if self.keep and len(chat.messages) > self.keep:
            del chat.messages[next(iter(chat.messages))]
        self._touch(message)
        return message

    def next_id(self, chat: Chat) -> int:
        """Message ids count per account in private chats and groups, per chat in supergroups."""
        if chat.kind == "supergroup":
            chat.last_id += 1
            return chat.last_id
        self._last_id += 1
        return self._last_id

    def editable(self, chat: Chat, message_id: int) -> Stored:
        """The bot's own message. Raises Refused: not there, or somebody else's."""
        message = chat.messages.get(message_id)
        if message is None:
            raise Refused(400, "Bad Request: message to edit not found")
        if not message.by_bot:
            raise Refused(400, "Bad Request: message can't be edited")
        return message

    def edit(self, message: Stored, **new: Any) -> Stored:
        """Puts new content (`text`, `entities`, `markup`) in place. Raises Refused when nothing would change."""
        if all(getattr(message, name) == value for name, value in new.items()):
            raise Refused(400, NOT_MODIFIED)
        for name, value in new.items():
            setattr(message, name, value)
        message.edited = int(self.clock())
        self._touch(message)
        return message

    def delete(self, chat: Chat, message_id: int) -> None:
        """Takes a message away. Raises Refused: not there, or older than 48 hours."""
        message = chat.messages.get(message_id)
        if message is None:
            raise Refused(400, "Bad Request: message to delete not found")
        if self.clock() - message.date > 48 * 3600:
            raise Refused(400, "Bad Request: message can't be deleted for everyone")
        del chat.messages[message_id]
        self._touch(message)

    def react(self, message: Stored, reactions: list[str]) -> None:
        """Puts the bot's emoji under a message."""
        message.reactions = reactions
        self._touch(message)

    def notify(self, chat: Chat, user: int, text: str, alert: bool) -> None:
        """Shows somebody the line that answers their button press."""
        self.seq += 1
        chat.notices.append(Notice(user, text, alert, self.seq))
        self._wake()

    def migrate(self, chat: Chat, new_id: int) -> Chat:
        """Turns a group into a supergroup with another id and its own message numbers."""
        chat.migrated_to = new_id
        return self.open(new_id, chat.title, "supergroup")

    async def changed(self, timeout: float) -> bool:
        """Waits for any change at all; False when none came in that many seconds."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(future)
        done, _ = await asyncio.wait([future], timeout=timeout)
        return bool(done)

    def _touch(self, message: Stored) -> None:
        self.seq += 1
        message.seq = self.seq
        for hook in self.on_change:
            hook(message)
        self._wake()

    def _wake(self) -> None:
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
