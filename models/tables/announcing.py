"""Announcements with their ledger, what comes again by the calendar, chats of several people, and what is muted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.columns import Base, Id


class Announcement(Base):
    """One announcement (thông báo) of an office to people below it, from its draft to its proof of reading.

    `text` is as the author typed it, with its marks. `state`: draft; asked (waits for a second person); planned (begins
    at `send_at`; until then it can be undone); sending; sent (nobody waits any more); stopped, refused (by the second
    person), recalled, replaced (by a correction, which names it in `replaces_id`), cancelled.
    """

    __tablename__ = "announcement"
    __table_args__ = (
        UniqueConstraint("plan_id", "occurs_at"),
        Index("ix_announcement_state", "state", "send_at"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)  # in whose name it speaks
    author_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    kind: Mapped[str] = mapped_column(String(8), default="duty")  # duty: reaches everybody; news: may be muted
    is_urgent: Mapped[bool] = mapped_column(default=False)  # goes out at night too
    text: Mapped[str] = mapped_column(Text, default="")
    link: Mapped[dict[str, Any]] = mapped_column(default=dict)  # label, url of its button; empty: none
    files: Mapped[list[Any]] = mapped_column(default=list)  # each: sha256, name, mime, size
    audience: Mapped[dict[str, Any]] = mapped_column(default=dict)  # models.rules.audiences.Audience
    asks_proof: Mapped[bool] = mapped_column(default=False)  # with [Đã nắm]
    state: Mapped[str] = mapped_column(String(10), default="draft")
    send_at: Mapped[datetime | None]
    expected: Mapped[int] = mapped_column(default=0)  # how many recipients the preview showed when it was sent off
    asked_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")  # why it was refused, stopped, recalled
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("announcement.id"))
    # with `occurs_at`: made by this plan for that moment; a draft without: a new wording of the plan
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("announcement_plan.id"))
    occurs_at: Mapped[datetime | None]
    # the author's card that shows how it goes: account, card (the channel's handle), once (of the row that made it)
    progress: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    listed_at: Mapped[datetime | None]  # when the ledger was whole; until then the listing is gone on with
    ended_at: Mapped[datetime | None]
    chased_at: Mapped[datetime | None]  # when those who had not confirmed were last asked again
    version: Mapped[int] = mapped_column(default=1)


class Recipient(Base):
    """The ledger: one row for everybody an announcement is for, also for those whom no channel reaches.

    `state`: waiting, sent, failed, unknown (nobody can know), stopped, unreachable (no chat takes it), muted.
    `reason`: why it did not arrive, by code. A group chat is a recipient without a person. `unit_id`: for which unit it
    reaches this person. `follow_up_id`, `way`: the row of the outbox that corrected or took it back, and how: edited,
    replaced, deleted, told.
    """

    __tablename__ = "recipient"
    __table_args__ = (
        UniqueConstraint("announcement_id", "person_id"),
        UniqueConstraint("announcement_id", "group_chat_id"),
        Index("ix_recipient_state", "announcement_id", "state"),
    )
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    announcement_id: Mapped[int] = mapped_column(ForeignKey("announcement.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    group_chat_id: Mapped[int | None] = mapped_column(ForeignKey("group_chat.id"))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    outbox_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"), index=True)
    state: Mapped[str] = mapped_column(String(12), default="waiting")
    reason: Mapped[str] = mapped_column(String(40), default="")
    tries: Mapped[int] = mapped_column(default=1)  # how often it was sent off: 2 after one "send again"
    confirmed_at: Mapped[datetime | None]
    chased: Mapped[int] = mapped_column(default=0)  # how often this person was asked again to confirm
    follow_up_id: Mapped[int | None] = mapped_column(ForeignKey("outbox.id"))
    way: Mapped[str] = mapped_column(String(10), default="")


class AnnouncementTemplate(Base):
    """A text worth using again, for the unit that keeps it and everybody below it."""

    __tablename__ = "announcement_template"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[dict[str, Any]]  # text, link, files, kind, audience, asks_proof
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class AnnouncementPlan(Base):
    """An announcement that comes again by the calendar; each time a row of `announcement` is made from it.

    `reason`: why it is paused: "" by somebody, author (no longer in charge), closed (its unit), nobody (to agree).
    """

    __tablename__ = "announcement_plan"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    title: Mapped[str] = mapped_column(String(80))
    body: Mapped[dict[str, Any]]  # as of a template
    rule: Mapped[dict[str, Any]]  # weekly, monthly or yearly, on which day, at which hour
    next_at: Mapped[datetime | None] = mapped_column(index=True)  # None: paused or ended
    done_on: Mapped[date | None] = mapped_column(Date)  # days of the rule up to this one have had their turn
    missed: Mapped[int] = mapped_column(default=0)  # how many moments an outage swallowed right before the last
    is_paused: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str] = mapped_column(String(20), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # in whose name it goes out
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class GroupChat(Base):
    """A chat of several people bound to a unit: it gets announcements and the board, never personal data."""

    __tablename__ = "group_chat"
    __table_args__ = (UniqueConstraint("channel", "address"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(120), default="")
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)  # None: not bound (any more)
    bound_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    bound_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]  # since when the bot is no longer in it
    version: Mapped[int] = mapped_column(default=1)


class Mute(Base):
    """A kind of message a person does not want; what is due and what was returned cannot be muted."""

    __tablename__ = "mute"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    at: Mapped[datetime]


class DutyYear(Base):
    """The day on which a yearly duty falls in one year; made when that year draws near.

    `person_id`: who at the top confirmed or moved it; until somebody has, the plan's own day holds.
    """

    __tablename__ = "duty_year"
    __table_args__ = (UniqueConstraint("duty", "year"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    # programme code / duty code, as of a period: a new edition of the plan keeps what was confirmed
    duty: Mapped[str] = mapped_column(String(80))
    year: Mapped[int]
    due_on: Mapped[date] = mapped_column(Date)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
