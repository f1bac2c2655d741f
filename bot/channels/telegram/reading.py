"""Telegram's updates in our own terms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from telegram import Chat, Message, Update, User
from telegram.constants import ChatMemberStatus, ChatType

from models.messages import Attachment, Incoming, Kind

UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)
GONE = (ChatMemberStatus.LEFT, ChatMemberStatus.BANNED)


def chat_of(update: dict[str, Any]) -> str:
    """The chat whose order an update belongs to, read without understanding the rest of it."""
    carrier: dict[str, Any] = next((update[kind] for kind in UPDATES if kind in update), {})
    message = carrier.get("message", carrier)
    return str(message.get("chat", {}).get("id") or carrier.get("from", {}).get("id", 0))


def album_of(update: dict[str, Any]) -> str:
    """What Telegram calls the album that a photo or file belongs to; empty when it was sent alone."""
    message = update.get("message")
    return str(message.get("media_group_id", ""))[:80] if isinstance(message, dict) else ""


def incoming_of(payload: dict[str, Any]) -> Incoming | None:
    """The update as an Incoming; None when it is nothing to us. Whatever cannot be parsed raises and is set aside."""
    if "my_chat_member" in payload:
        return _membership(payload)
    return _usual(payload) or _any(Update.de_json(payload, None))


def _usual(payload: dict[str, Any]) -> Incoming | None:
    """A text in a private chat or a press on a card there, read as it is: PTB's objects cost more than the reading.

    None for everything else, which is PTB's to understand.
    """
    match payload:
        case {
            "update_id": int(number),
            "message": {
                "message_id": int(ref), "date": int(date), "chat": {"id": int(chat), "type": "private"},
                "from": {"id": int(sender), "is_bot": False, "first_name": str(name)} as person, "text": str(text),
            },
        }:  # fmt: skip
            at = datetime.fromtimestamp(date, UTC)
            return Incoming(
                "telegram", str(chat), str(number), "text", at=at, text=text, name=_full(name, person),
                sender=str(sender), message_ref=str(ref), reply_ref=_replied(payload["message"]),
            )  # fmt: skip
        case {
            "update_id": int(number),
            "callback_query": {
                "id": str(query), "data": str(data),
                "from": {"id": int(sender), "first_name": str(name)} as person,
                "message": {"message_id": int(ref), "chat": {"id": int(chat), "type": "private"}},
            },
        }:  # fmt: skip
            return Incoming(
                "telegram", str(chat), str(number), "button", at=datetime.now(UTC), text=data,
                name=_full(name, person), sender=str(sender), message_ref=str(ref), callback_ref=query,
            )  # fmt: skip
    return None


def _replied(message: dict[str, Any]) -> str:
    """The message that this one was written as an answer to; empty when it was to none."""
    answered = message.get("reply_to_message")
    return str(answered.get("message_id", "")) if isinstance(answered, dict) else ""


def _full(first: str, person: dict[str, Any]) -> str:
    last = person.get("last_name")
    return f"{first} {last}" if last else first


def _any(update: Update) -> Incoming | None:
    number = str(update.update_id)
    if update.callback_query is not None:
        return _button(number, update)
    message = update.message or update.edited_message
    return _message(number, message, edited=update.edited_message is not None) if message else None


def _button(number: str, update: Update) -> Incoming | None:
    query = update.callback_query
    assert query is not None
    if query.message is None or query.data is None:
        return None
    chat = query.message.chat
    return Incoming(
        "telegram", str(chat.id), number, "button", at=datetime.now(UTC), text=query.data,
        name=_name_in(chat, query.from_user), sender=str(query.from_user.id), private=chat.type == ChatType.PRIVATE,
        message_ref=str(query.message.message_id), callback_ref=query.id,
    )  # fmt: skip


def _membership(payload: dict[str, Any]) -> Incoming | None:
    """The bot came, went, or was blocked. Read as it is: PTB asks for every right that a member may have, and a server
    of another age names others.
    """
    change = payload["my_chat_member"]
    chat, sender = change["chat"], change["from"]
    kind = _came_or_went(chat["type"], change["old_chat_member"], change["new_chat_member"])
    if kind is None:
        return None
    at = datetime.fromtimestamp(change["date"], UTC)
    return Incoming(
        "telegram", str(chat["id"]), str(payload["update_id"]), kind, at=at, name=chat.get("title", ""),
        sender=str(sender["id"]), private=chat["type"] == ChatType.PRIVATE,
    )  # fmt: skip


def _came_or_went(chat_type: str, before: dict[str, Any], after: dict[str, Any]) -> Kind | None:
    """None for what is nothing to us: a right more or less, a private chat begun, a channel."""
    if chat_type == ChatType.PRIVATE:
        return "left" if after["status"] == ChatMemberStatus.BANNED else None
    if chat_type not in GROUPS or _is_in(before) == _is_in(after):
        return None
    return "joined" if _is_in(after) else "left"


def _is_in(member: dict[str, Any]) -> bool:
    return member["status"] not in GONE and bool(member.get("is_member", True))


def _message(number: str, message: Message, *, edited: bool) -> Incoming | None:
    if service := _service(number, message):
        return service
    if message.from_user is None or (message.from_user.is_bot and not _is_the_group(message)):
        return None
    attachments = _attachments(message)
    text = message.text or message.caption or ""
    kind: Kind = (
        "edit" if edited else "photo" if message.photo else "file" if attachments else "text" if text else "unsupported"
    )
    return Incoming(
        "telegram", str(message.chat.id), number, kind, at=message.date, text=text,
        name=_name_in(message.chat, message.from_user),
        sender=str(message.from_user.id), private=message.chat.type == ChatType.PRIVATE,
        attachments=() if edited else attachments, message_ref=str(message.message_id),
        reply_ref=str(message.reply_to_message.message_id) if message.reply_to_message else "",
    )  # fmt: skip


def _service(number: str, message: Message) -> Incoming | None:
    """What a group says about itself: another title, another address. Its new address says the latter again."""
    kind: Kind = "moved" if message.migrate_to_chat_id else "titled"
    if kind == "titled" and not message.new_chat_title:
        return None
    text = str(message.migrate_to_chat_id or "")
    title = message.new_chat_title or message.chat.title or ""
    return Incoming(
        "telegram", str(message.chat.id), number, kind, at=message.date, text=text, name=title, private=False
    )


def _is_the_group(message: Message) -> bool:
    """Whether an administrator of the group speaks in its name: Telegram then names a bot of its own as the sender."""
    return message.sender_chat is not None and message.sender_chat.id == message.chat.id


def _name_in(chat: Chat, user: User) -> str:
    """What stands for the chat: the person's name, or the title of a group, where no person's name is to be kept."""
    return user.full_name if chat.type == ChatType.PRIVATE else chat.title or ""


def _attachments(message: Message) -> tuple[Attachment, ...]:
    if message.photo:
        photo = message.photo[-1]
        return (Attachment(photo.file_id, "photo.jpg", "image/jpeg", photo.file_size or 0),)
    if (file := message.document) is not None:
        return (Attachment(file.file_id, file.file_name or "file", file.mime_type or "", file.file_size or 0),)
    return ()
