"""Days off, deadlines that were moved, and reminders put off."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.columns import Base, Id


class DayOff(Base):
    """What an administrator says about a day, over the calendar of public holidays: off, or worked after all."""

    __tablename__ = "day_off"
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    is_off: Mapped[bool]
    name: Mapped[str] = mapped_column(String(120))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Snooze(Base):
    """ "Nhắc lại lúc …": until then a person hears nothing of what they owe, then once what still is owed."""

    __tablename__ = "snooze"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    until: Mapped[datetime] = mapped_column(index=True)
    at: Mapped[datetime]


class DueChange(Base):
    """A deadline that a coordinator moved, for a unit with all below it, with the reason that everybody is told."""

    __tablename__ = "due_change"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    was: Mapped[datetime]
    due_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(300))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class MissedReminder(Base):
    """A step of the reminders that nobody heard of, for the bot stood still until it was too late to say it."""

    __tablename__ = "missed_reminder"
    __table_args__ = (UniqueConstraint("obligation_id", "step", "due_at"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    obligation_id: Mapped[int] = mapped_column(ForeignKey("obligation.id"))
    step: Mapped[str] = mapped_column(String(16))
    due_at: Mapped[datetime]  # the deadline that it was about: another one has steps of its own
    at: Mapped[datetime] = mapped_column(index=True)  # when it was found out
