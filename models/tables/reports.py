"""Programmes, what is owed, and the reports."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.columns import Base, Id


class ProgrammeRow(Base):
    """A loaded plan, whole, as data; forms keep every version, because an open draft finishes on its own."""

    __tablename__ = "programme"
    __table_args__ = (UniqueConstraint("code", "version"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40))
    version: Mapped[int]
    body: Mapped[dict[str, Any]]
    loaded_at: Mapped[datetime]
    is_current: Mapped[bool] = mapped_column(default=True)


class PeriodRow(Base):
    """One period of one duty, opened by the timetable: from when to when, due at which moment."""

    __tablename__ = "period"
    __table_args__ = (UniqueConstraint("duty", "key"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))
    duty: Mapped[str] = mapped_column(String(80))  # programme code / duty code
    form: Mapped[str] = mapped_column(String(40))
    key: Mapped[str] = mapped_column(String(20))
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    due_at: Mapped[datetime] = mapped_column(index=True)
    locks_at: Mapped[datetime | None]  # from then on nothing can be filed or corrected any more


class Obligation(Base):
    """A unit owes one report for one period."""

    __tablename__ = "obligation"
    __table_args__ = (UniqueConstraint("period_id", "unit_id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    waived: Mapped[str] = mapped_column(String(200), default="")  # why it is not owed after all
    extended_until: Mapped[datetime | None]  # more time granted to this unit alone
    extended_at: Mapped[datetime | None]  # when that was granted, and its reminders began anew
    nudged_at: Mapped[datetime | None]


class Report(Base):
    """One form, one unit, one period. `submitted_at` is the first submission, by the sender's own clock: on time is
    judged by it for good.
    """

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("period_id", "unit_id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    period_id: Mapped[int] = mapped_column(ForeignKey("period.id"))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    programme_id: Mapped[int] = mapped_column(ForeignKey("programme.id"))  # the version of the form it was begun on
    # draft submitted returned accepted; whether it is locked is asked of the clock (models.rules.locks)
    state: Mapped[str] = mapped_column(String(12), default="draft")
    version: Mapped[int] = mapped_column(default=1)  # grows with every change: a button drawn earlier is stale
    no_activity: Mapped[str] = mapped_column(String(300), default="")  # "Không phát sinh", with its reason
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[datetime | None]
    submitted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    corrected_at: Mapped[datetime | None]
    reviewed_at: Mapped[datetime | None]  # when it was last accepted or returned
    return_due_at: Mapped[datetime | None] = mapped_column(index=True)  # a returned report is awaited back by then
    unlocked_until: Mapped[datetime | None]  # after the period was locked


class Answer(Base):
    """One indicator of one report. An empty number was asked and skipped: missing is not zero."""

    __tablename__ = "answer"
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), primary_key=True)
    indicator: Mapped[str] = mapped_column(String(40), primary_key=True)
    number: Mapped[Decimal | None]
    denominator: Mapped[Decimal | None]  # for a rate
    counted: Mapped[Decimal | None]  # what of the number the bot had counted from visits; the rest was declared
    text: Mapped[str] = mapped_column(Text, default="")  # words, a date, the codes chosen: what is not a number
    note: Mapped[str] = mapped_column(String(300), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Remark(Base):
    """A difficulty (code KK0–KK9) or a proposal (to a level) in a report, with its sentence."""

    __tablename__ = "remark"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))  # difficulty proposal
    code: Mapped[str] = mapped_column(String(20))
    text: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Evidence(Base):
    """A photo or paper in a report, kept under DATA_DIR by the hash of its content.

    `list_entry_id`: it belongs to this line of a list; `indicator`: it answers this question. `note`: what was written
    under it.
    """

    __tablename__ = "evidence"
    __table_args__ = (UniqueConstraint("report_id", "sha256"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    sha256: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    mime: Mapped[str] = mapped_column(String(60))
    size: Mapped[int]
    indicator: Mapped[str] = mapped_column(String(40), default="")
    list_entry_id: Mapped[int | None] = mapped_column(ForeignKey("list_entry.id"))
    note: Mapped[str] = mapped_column(String(300), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class Revision(Base):
    """What was submitted each time, whole, with what changed since the time before."""

    __tablename__ = "revision"
    __table_args__ = (UniqueConstraint("report_id", "number"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("report.id"))
    number: Mapped[int]
    snapshot: Mapped[dict[str, Any]]
    changes: Mapped[list[Any]] = mapped_column(default=list)  # [indicator, old, new]
    note: Mapped[str] = mapped_column(String(300), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
