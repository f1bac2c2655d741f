"""Telegram's updates in our own terms."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from telegram import Message, Update
from telegram.constants import ChatMemberStatus, ChatType

from models.messages import Attachment, Incoming, Kind

UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]


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
                sender=str(sender), message_ref=str(ref),
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


def _full(first: str, person: dict[str, Any]) -> str:
    last = person.get("last_name")
    return f"{first} {last}" if last else first


def _any(update: Update) -> Incoming | None:
    number = str(update.update_id)
    if update.callback_query is not None:
        return _button(number, update)
    if update.my_chat_member is not None:
        return _membership(number, update)
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
        name=query.from_user.full_name, sender=str(query.from_user.id), private=chat.type == ChatType.PRIVATE,
        message_ref=str(query.message.message_id), callback_ref=query.id,
    )  # fmt: skip


def _membership(number: str, update: Update) -> Incoming | None:
    change = update.my_chat_member
    assert change is not None
    if change.chat.type != ChatType.PRIVATE or change.new_chat_member.status != ChatMemberStatus.BANNED:
        return None
    return Incoming("telegram", str(change.chat.id), number, "left", at=change.date, sender=str(change.from_user.id))


def _message(number: str, message: Message, *, edited: bool) -> Incoming | None:
    if message.from_user is None or message.from_user.is_bot:
        return None
    attachments = _attachments(message)
    text = message.text or message.caption or ""
    kind: Kind = (
        "edit" if edited else "photo" if message.photo else "file" if attachments else "text" if text else "unsupported"
    )
    return Incoming(
        "telegram", str(message.chat.id), number, kind, at=message.date, text=text, name=message.from_user.full_name,
        sender=str(message.from_user.id), private=message.chat.type == ChatType.PRIVATE,
        attachments=() if edited else attachments, message_ref=str(message.message_id),
    )  # fmt: skip


def _attachments(message: Message) -> tuple[Attachment, ...]:
    if message.photo:
        photo = message.photo[-1]
        return (Attachment(photo.file_id, "photo.jpg", "image/jpeg", photo.file_size or 0),)
    if (file := message.document) is not None:
        return (Attachment(file.file_id, file.file_name or "file", file.mime_type or "", file.file_size or 0),)
    return ()
