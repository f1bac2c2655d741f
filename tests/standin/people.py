"""People at their phones: they say, tap and send, and see what stands on their screen."""

from __future__ import annotations

import time
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.photos import photo
from tests.standin.bot_api import Query
from tests.standin.chats import BLOCKED, DEACTIVATED, KICKED, Chat, Notice, Stored

if TYPE_CHECKING:
    from tests.standin.bot_api import BotApi

_CALLBACK_QUEUE = 3 << 33  # button presses queue by person, apart from that chat's messages


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as it stands on the screen: plain text, and the labels of its buttons row by row."""

    message_id: int
    by_bot: bool
    text: str
    buttons: tuple[tuple[str, ...], ...] = ()
    document: str = ""
    is_notice: bool = False

    @property
    def labels(self) -> list[str]:
        """All button labels, in reading order."""
        return [label for row in self.buttons for label in row]

    def __str__(self) -> str:
        rows = "".join("\n  " + " ".join(f"[{label}]" for label in row) for row in self.buttons)
        who = "(thông báo) " if self.is_notice else "" if self.by_bot else "> "
        return f"{who}{self.text}{f' <{self.document}>' if self.document else ''}{rows}"


class Person:
    """Somebody with a Telegram account. `chat_id` is theirs; `group` puts them into a group, not the private chat.

    What the bot must answer counts from their last act: `sees` looks only at what appeared or changed since then.
    """

    def __init__(self, api: BotApi, chat_id: int, name: str = "Lan", group: int | None = None) -> None:
        self.api, self.id, self.name = api, chat_id, name
        self._group = group
        self.user = {"id": chat_id, "is_bot": False, "first_name": name, "language_code": "vi"}
        self.since = api.chats.seq
        self._queries = 0
        if group is None:
            api.chats.open(chat_id, name)

    @property
    def chat(self) -> Chat:
        """The chat they are in (the new one, after a group has moved)."""
        chat = self.api.chats.known[self.id if self._group is None else self._group]
        return chat if chat.migrated_to is None else self.api.chats.known[chat.migrated_to]

    def say(self, text: str, **fields: Any) -> int:
        """Types and sends; a leading "/command" is marked as one. `fields` join the message. Returns its id."""
        entities = []
        if text.startswith("/"):
            entities = [{"type": "bot_command", "offset": 0, "length": len(text.split()[0])}]
        return self._post(text, entities, fields)

    def send(self, **fields: Any) -> int:
        """Sends anything else: send(sticker={…}), send(contact={…}). Returns the message's id."""
        return self._post("", [], fields)

    def send_photo(self, data: bytes = photo("photo"), caption: str = "") -> int:
        """Sends a photo. Returns the message's id."""
        file_id = self.api.files.keep("photo.jpg", data, "image/jpeg")
        return self._post(caption, [], {"photo": self.api.files.photo(file_id)})

    def send_album(self, *photos: bytes, caption: str = "") -> list[int]:
        """Sends several photos as one: each is delivered by itself, the caption with the first. Returns the ids."""
        group = f"album{self.api.files.keep('photo.jpg', photos[0], 'image/jpeg')}"[:20]
        ids = []
        for number, data in enumerate(photos):
            file_id = self.api.files.keep("photo.jpg", data, "image/jpeg")
            fields = {"photo": self.api.files.photo(file_id), "media_group_id": group}
            ids.append(self._post("" if number else caption, [], fields))
        return ids

    def send_document(self, name: str, data: bytes, caption: str = "", mime: str = "application/octet-stream") -> int:
        """Sends a file. Returns the message's id."""
        return self._post(caption, [], {"document": self.api.files.document(self.api.files.keep(name, data, mime))})

    def edit(self, old: str | int, new: str) -> int:
        """Changes their newest message containing `old` (or the one with that id). Returns its id."""
        own = [m for m in self.chat.messages.values() if m.sender["id"] == self.id]
        found = [m for m in own if (m.message_id == old if isinstance(old, int) else old in m.text)]
        assert found, f"{self.name} never wrote {old!r}"
        self._act()
        self.api.chats.edit(found[-1], text=new)
        self.api.deliver("edited_message", found[-1])
        return found[-1].message_id

    def tap(self, label: str, message_id: int | None = None) -> str:
        """Taps the newest visible button with that label (on one message the whole label before a part of one).

        Case and diacritics do not matter. Returns the id of the press. Raises AssertionError when there is none.
        """
        messages = [m for m in reversed(self.chat.messages.values()) if m.by_bot and message_id in (None, m.message_id)]
        wanted = fold(label)
        for message in messages:
            found = [button for button in _buttons(message) if wanted in fold(button["text"])]
            for button in sorted(found, key=lambda button: fold(button["text"]) != wanted):
                assert "callback_data" in button, f"[{button['text']}] is a link, not a button"
                return self.press(message.message_id, button["callback_data"])
        raise AssertionError(f"{self.name} sees no button {label!r}:\n{self.picture()}")

    def link(self, label: str) -> str:
        """Where the newest visible link with that label leads. Raises AssertionError when there is none."""
        for message in reversed(self.chat.messages.values()):
            for button in _buttons(message):
                if "url" in button and fold(label) in fold(button["text"]):
                    return str(button["url"])
        raise AssertionError(f"{self.name} sees no link {label!r}:\n{self.picture()}")

    def press(self, message_id: int, data: str) -> str:
        """Presses a button by its data, on a message that may be old or gone. Returns the id of the press."""
        chat = self.chat
        self._act()
        self._queries += 1
        chat.heard = time.monotonic()
        query_id = f"{self.id}{self._queries:06d}"
        self.api.queries[query_id] = Query(self.id, chat, self.api.chats.clock())
        query: dict[str, Any] = {
            "id": query_id,
            "from": self.user,
            "chat_instance": str(chat.id),
            "data": data,
        }
        message = chat.messages.get(message_id)
        query["message"] = (
            message.as_message() if message else {"message_id": message_id, "chat": chat.as_chat(), "date": 0}
        )
        self.api.updates.add("callback_query", query, self.id + _CALLBACK_QUEUE)
        return query_id

    def block(self) -> None:
        """Blocks the bot."""
        self._set_member("kicked", BLOCKED)

    def unblock(self) -> None:
        """Takes the bot back."""
        self._set_member("member", "")

    def invite_bot(self) -> None:
        """Takes the bot into their group."""
        self._set_member("member", "")

    def remove_bot(self) -> None:
        """Throws the bot out of their group."""
        self._set_member("kicked", KICKED)

    def deactivate(self) -> None:
        """Deletes their account; the bot is not told."""
        self.chat.refusal = DEACTIVATED

    @property
    def screen(self) -> list[Shown]:
        """What stands in the chat now, oldest first, edits applied."""
        return [_shown(message) for message in self.chat.messages.values()]

    @property
    def last(self) -> Shown | None:
        """The bot's newest message."""
        return next((_shown(m) for m in reversed(self.chat.messages.values()) if m.by_bot), None)

    @property
    def notices(self) -> list[Shown]:
        """The little lines that answered their button presses."""
        return [_noticed(each) for each in self.chat.notices if each.user == self.id]

    def picture(self, last: int = 8) -> str:
        """The screen as text, for messages of failed tests."""
        return "\n".join(str(each) for each in self.screen[-last:]) or "(trống)"

    def news(self) -> list[Shown]:
        """What the bot has shown or changed since their last act, notices included."""
        standing = [m for m in self.chat.messages.values() if m.by_bot and m.seq > self.since]
        changed = [(message.seq, _shown(message)) for message in standing]
        changed += [
            (n.seq, _noticed(n)) for n in self.chat.notices if n.user == self.id and n.text and n.seq > self.since
        ]
        return [shown for _, shown in sorted(changed, key=lambda pair: pair[0])]

    async def sees(self, text: str, timeout: float = 5.0, anywhere: bool = False) -> Shown:
        """Waits until the text (any part of a message, or a button) is there, and returns that message.

        `anywhere` looks at the whole screen, not only at what is new. Raises AssertionError after `timeout` seconds.
        """
        until = time.monotonic() + timeout
        while True:
            for shown in reversed(self.screen if anywhere else self.news()):
                if shown.by_bot and (text in shown.text or text in shown.labels or text in shown.document):
                    return shown
            left = until - time.monotonic()
            if left <= 0 or not await self.api.chats.changed(left):
                raise AssertionError(f"{self.name} does not see {text!r}:\n{self.picture()}")

    async def hears(self, timeout: float = 5.0) -> Shown:
        """Waits for anything new from the bot and returns the newest. Raises AssertionError."""
        return await self.sees("", timeout)

    async def hears_nothing(self, seconds: float = 0.3) -> None:
        """Raises AssertionError if the bot shows anything new within that time."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self.news():
            await self.api.chats.changed(left)
        assert not self.news(), f"{self.name} was not to hear anything:\n{self.picture()}"

    def _post(self, text: str, entities: list[dict[str, Any]], extra: dict[str, Any]) -> int:
        self._act()
        message = self.api.chats.post(self.chat, self.user, text, entities=entities, extra=extra)
        if not self.chat.is_group or not self.api.privacy or self._is_meant(message):
            self.api.deliver("message", message)
        return message.message_id

    def _is_meant(self, message: Stored) -> bool:
        name = f"@{self.api.me['username']}"
        command = message.text.split()[0] if message.text.startswith("/") else ""
        answered = message.extra.get("reply_to_message", {}).get("from", {}).get("id")
        return name in message.text or (bool(command) and "@" not in command) or answered == self.api.me["id"]

    def _act(self) -> None:
        if self.chat.refusal == BLOCKED:
            self.unblock()
        self.since = self.api.chats.seq

    def _set_member(self, status: str, refusal: str) -> None:
        self.chat.refusal = refusal
        bot, was = self.api.user(), "member" if status == "kicked" else "kicked"
        change = {
            "chat": self.chat.as_chat(), "from": self.user, "date": int(self.api.chats.clock()),
            "old_chat_member": _member(bot, was), "new_chat_member": _member(bot, status),
        }  # fmt: skip
        self.api.updates.add("my_chat_member", change, self.chat.id)


def fold(text: str) -> str:
    """Without case and diacritics, as people search."""
    bare = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return " ".join("".join(letter for letter in bare if not unicodedata.combining(letter)).casefold().split())


def _member(user: dict[str, Any], status: str) -> dict[str, Any]:
    return {"user": user, "status": status, **({"until_date": 0} if status == "kicked" else {})}


def _buttons(message: Stored) -> list[dict[str, Any]]:
    return [button for row in (message.markup or {}).get("inline_keyboard", ()) for button in row]


def _shown(message: Stored) -> Shown:
    markup = message.markup or {}
    rows = markup.get("inline_keyboard") or markup.get("keyboard") or ()
    labels = tuple(tuple(b["text"] if isinstance(b, dict) else b for b in row) for row in rows)
    name = message.extra.get("document", {}).get("file_name", "") or ("photo" if "photo" in message.extra else "")
    return Shown(message.message_id, message.by_bot, message.text, labels, name)


def _noticed(notice: Notice) -> Shown:
    return Shown(0, True, notice.text, is_notice=True)
