"""What came in, what goes out, and what was done."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.columns import Base, Id


class Inbox(Base):
    """A raw event, stored before the channel is told that we have it."""

    __tablename__ = "inbox"
    __table_args__ = (
        UniqueConstraint("channel", "event_id"),
        Index("ix_inbox_waiting", "state", "id"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(12))
    event_id: Mapped[str] = mapped_column(String(80))
    chat: Mapped[str] = mapped_column(String(80))
    payload: Mapped[dict[str, Any]]
    album: Mapped[str] = mapped_column(String(80), default="")  # what was sent together is answered together
    state: Mapped[str] = mapped_column(String(8), default="new")  # new done poison
    tries: Mapped[int] = mapped_column(default=0)
    received_at: Mapped[datetime]
    error: Mapped[str] = mapped_column(String(40), default="")


class Outbox(Base):
    """A message that we owe to somebody. `once` names the fact behind it, so owing it twice does nothing."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index("ix_outbox_due", "state", "lane", "due_at", "id"),
        Index("ix_outbox_chat", "channel", "address", "state"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    once: Mapped[str] = mapped_column(String(120), unique=True)
    channel: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(80))
    lane: Mapped[int]  # 0 reply, 1 alert, 5 reminder, 9 announcement
    kind: Mapped[str] = mapped_column(String(20))
    body: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), default="ready")  # ready sending sent failed unknown cancelled
    due_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_until: Mapped[datetime | None]
    message_ref: Mapped[str] = mapped_column(String(40), default="")
    error: Mapped[str] = mapped_column(String(200), default="")
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]


class Audit(Base):
    """Who did what to what, written in the transaction of the deed; the database refuses to change or delete a row."""

    __tablename__ = "audit"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    at: Mapped[datetime]
    person_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(40))
    object: Mapped[str] = mapped_column(String(60))
    unit_id: Mapped[int | None] = mapped_column(index=True)
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class Memo(Base):
    """A single fact about the running of the bot: the last tick, the demo's clock."""

    __tablename__ = "memo"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[dict[str, Any]]


class WebMessage(Base):
    """A bubble of the web chat, either side; a restart shows the same conversation."""

    __tablename__ = "web_message"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    address: Mapped[str] = mapped_column(String(80), index=True)
    mine: Mapped[bool]
    body: Mapped[dict[str, Any]]  # html, buttons, files
    at: Mapped[datetime]
    edited_at: Mapped[datetime | None]
    change: Mapped[int] = mapped_column(
        index=True
    )  # grows with every new or edited bubble: the page asks for what came after
