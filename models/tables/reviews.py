"""The life of a report after it was begun: parts asked of others, lists, reviews, more time."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.columns import Base, Id


class ListEntry(Base):
    """One line of a list inside a report, e.g. an activity: what was answered to each question of the list."""

    __tablename__ = "list_entry"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)
    list: Mapped[str] = mapped_column(String(40))  # the code of the list in the form
    values: Mapped[dict[str, Any]]  # question code -> value as written in a snapshot
    pending: Mapped[str] = mapped_column(String(8), default="")  # added removed: by a correction that is not sent yet
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class SectionRequest(Base):
    """A leader asks a member for one section of a report."""

    __tablename__ = "section_request"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)
    section: Mapped[str] = mapped_column(String(40))
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    asked_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[str] = mapped_column(String(10), default="asked")  # asked done declined withdrawn closed
    settled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Review(Base):
    """What the level above decided about a submitted revision: accepted, returned, unlocked for a while."""

    __tablename__ = "review"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)
    revision: Mapped[int]  # the number of the revision that was looked at
    kind: Mapped[str] = mapped_column(String(10))  # accepted returned unlocked
    indicator: Mapped[str] = mapped_column(String(40), default="")  # the question a return is about
    reason: Mapped[str] = mapped_column(String(300), default="")
    until: Mapped[datetime | None]  # the correction is awaited by then; the unlocking ends then
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Extension(Base):
    """More time that a leader asks for, with a reason; the coordinator grants or refuses it."""

    __tablename__ = "extension"
    __table_args__ = (Index("ix_extension_asked", "state", "obligation_id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"), index=True)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300))
    wanted_until: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="asked")  # asked granted refused withdrawn
    until: Mapped[datetime | None]  # the moment granted, which may be another than the one asked for
    answer: Mapped[str] = mapped_column(String(300), default="")
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Part(Base):
    """What one report below brought into a consolidated report when that was sent up: later changes show beside it."""

    __tablename__ = "part"
    __table_args__ = (UniqueConstraint("report_id", "revision", "from_report_id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))  # the consolidated one
    revision: Mapped[int]
    from_report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)
    from_revision: Mapped[int]
