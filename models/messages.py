"""What comes in and what goes out, as plain data: no channel, no database, no wording."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

# in a chat of several people: joined, left (the bot came or went; left also when a person blocks it), titled (the chat
# has another name), moved (it has another address, which is the text)
Kind = Literal["text", "button", "photo", "file", "edit", "joined", "left", "titled", "moved", "unsupported"]
Expects = Literal["choice", "text", "number", "photo"]


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file somebody sent: `ref` is the channel's own handle for fetching it later."""

    ref: str
    name: str
    mime: str
    size: int


@dataclass(frozen=True, slots=True)
class Incoming:
    """One event from one chat, whatever the channel.

    `address` is the channel's chat, `sender` the channel's person in it (the same in a private chat); `at` is the
    moment the person
    sent it, as the channel tells it: a report is on time by this moment, not by when we got round to reading it.
    """

    channel: str
    address: str
    event_id: str
    kind: Kind
    at: datetime
    text: str = ""  # what was typed, or the button's signed data
    name: str = ""  # how the sender calls themselves on the channel; of a chat of several people, its title
    sender: str = ""
    private: bool = True
    attachments: tuple[Attachment, ...] = ()
    message_ref: str = ""  # the channel's handle of the message (for an edit, a button's card)
    reply_ref: str = ""  # the message that this one was written as an answer to
    callback_ref: str = ""  # the channel's handle for the little notice that answers a button press


@dataclass(frozen=True, slots=True)
class Button:
    """`label` is a text key; pressing sends back `(action, object, version, arg)`, signed.

    `url` makes it a link instead.
    """

    label: str
    action: str = ""
    object: int = 0
    version: int = 0
    arg: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """A file to send: kept under DATA_DIR by `path` (relative), shown to people as `name`."""

    path: str
    name: str
    mime: str


@dataclass(frozen=True, slots=True)
class Message:
    """What to say, not how: a text key with its values, rows of buttons, and what kind of answer is awaited.

    `notice` is a text key for the small line that answers a button press. `place="card"` edits the
    card the button stood on where the channel can. `keeps_files`: the files that stand with that card stay there.
    """

    key: str
    values: Mapping[str, Any] = field(default_factory=dict)
    buttons: tuple[tuple[Button, ...], ...] = ()
    expects: Expects = "choice"
    documents: tuple[Document, ...] = ()
    notice: str = ""
    place: Literal["new", "card"] = "card"
    keeps_files: bool = False


def _pack(value: Any) -> Any:
    match value:
        case Decimal():
            return {"$": "decimal", "v": str(value)}
        case datetime():
            return {"$": "moment", "v": value.isoformat()}
        case date():
            return {"$": "date", "v": value.isoformat()}
        case Mapping():
            return {str(key): _pack(item) for key, item in value.items()}
        case list() | tuple():
            return [_pack(item) for item in value]
        case None | str() | int() | float() | bool():
            return value
    raise TypeError(f"{type(value).__name__} cannot stand in a message")


_READERS: Mapping[str, Callable[[str], Any]] = {
    "decimal": Decimal,
    "moment": datetime.fromisoformat,
    "date": date.fromisoformat,
}


def _unpack(value: Any) -> Any:
    if isinstance(value, dict):
        if "$" in value:
            return _READERS[value["$"]](value["v"])
        return {key: _unpack(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_unpack(item) for item in value]
    return value


def pack(message: Message) -> dict[str, Any]:
    """The message as JSON, so that it can wait in the outbox."""
    return {
        "key": message.key,
        "values": _pack(message.values),
        "buttons": pack_buttons(message),
        "expects": message.expects,
        "documents": [[d.path, d.name, d.mime] for d in message.documents],
    }


def pack_buttons(message: Message) -> list[list[list[Any]]]:
    """The rows of a message's buttons as `pack` keeps them."""
    return [[_pack_button(button) for button in row] for row in message.buttons]


def _pack_button(button: Button) -> list[Any]:
    return [
        button.label,
        button.action,
        button.object,
        button.version,
        button.arg,
        _pack(button.values),
        button.url,
    ]


def unpack(body: Mapping[str, Any]) -> Message:
    """The message that `pack` stored."""
    documents = tuple(Document(*d) for d in body["documents"])
    return Message(body["key"], _unpack(body["values"]), buttons_in(body), body["expects"], documents, place="new")


def buttons_in(body: Mapping[str, Any]) -> tuple[tuple[Button, ...], ...]:
    """The buttons of a message that `pack` stored; none when its words are forgotten."""
    return tuple(tuple(_unpack_button(*parts) for parts in row) for row in body.get("buttons", ()))


def _unpack_button(
    label: str, action: str, object: int, version: int, arg: str, values: dict[str, Any], url: str
) -> Button:
    return Button(label, action, object, version, arg, _unpack(values), url)
