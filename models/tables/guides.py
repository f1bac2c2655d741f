"""Guides at work: visits, what is corrected in them, what is asked about them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.columns import Base, Id


class Visit(Base):
    """One citizen, one service, one sitting (lượt hỗ trợ). Nothing says who the citizen was.

    Without a unit (a guest reads on their own) it is counted nowhere. `turns` and `people` are above 1 for a family
    helped in one go, and differ only in what was noted down afterwards (`kind` quick). `parent_id`: a prerequisite
    walked through during that visit: a turn of its own, not another person. Only an ended visit counts: undone ones
    were taken back, dropped ones given up.
    """

    __tablename__ = "visit"
    __table_args__ = (Index("ix_visit_counted", "unit_id", "ended_at"), Index("ix_visit_open", "account_id", "state"))
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(8), default="walked")  # walked quick
    guide: Mapped[str] = mapped_column(String(12))
    edition: Mapped[int]  # of the guide that was walked through
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("visit.id"), index=True)
    state: Mapped[str] = mapped_column(String(8), default="open")  # open paused ended undone dropped
    step: Mapped[str] = mapped_column(String(40), default="")  # the step on the screen; empty: the preparation; "end"
    trail: Mapped[list[Any]] = mapped_column(default=list)  # [step, done|skipped|trouble|prior, which or why] in order
    outcome: Mapped[str] = mapped_column(String(10), default="")  # done filed unfinished
    reason: Mapped[str] = mapped_column(String(12), default="")  # why unfinished, by code
    turns: Mapped[int] = mapped_column(default=1)
    people: Mapped[int] = mapped_column(default=1)
    files: Mapped[int] = mapped_column(default=0)  # applications whose code the citizen saw
    seconds: Mapped[int] = mapped_column(default=0)  # of work, pauses left out, up to `touched_at`
    started_at: Mapped[datetime]
    touched_at: Mapped[datetime | None]  # the last tap of it; none for what was noted down in one go
    ended_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class GuideChange(Base):
    """A correction of one place of a guide: proposed with a reason, approved by somebody else."""

    __tablename__ = "guide_change"
    __table_args__ = (Index("ix_guide_change_state", "state", "guide"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    guide: Mapped[str] = mapped_column(String(12))
    place: Mapped[str] = mapped_column(String(80))  # e.g. fee.0.text, steps.kich-hoat.do
    old: Mapped[str] = mapped_column(Text)
    new: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(String(300))
    # the day and the paper behind a fact with figures, as typed: 25/11/2026, Nghị quyết 12/2026/NQ-HĐND
    source: Mapped[str] = mapped_column(String(300), default="")
    state: Mapped[str] = mapped_column(String(10), default="proposed")  # proposed approved refused withdrawn
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))  # the office that proposed it
    proposed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(String(300), default="")
    version: Mapped[int] = mapped_column(default=1)


class GuideCheck(Base):
    """Somebody held a guide against the portal or the application and found it right on that day."""

    __tablename__ = "guide_check"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    guide: Mapped[str] = mapped_column(String(12), index=True)
    checked_on: Mapped[date] = mapped_column(Date)
    app: Mapped[str] = mapped_column(String(60), default="")  # the application's version that was looked at
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]


class GuideNote(Base):
    """What holds in one unit and below it: a fee fixed by the province, the address of the centre."""

    __tablename__ = "guide_note"
    __table_args__ = (Index("ix_guide_note_place", "guide", "unit_id"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    guide: Mapped[str] = mapped_column(String(12))
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    kind: Mapped[str] = mapped_column(String(10))  # fee address other
    text: Mapped[str] = mapped_column(String(400))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class GuideFault(Base):
    """ "Bước này sai": somebody found a step wrong; it stays open until an office has settled it."""

    __tablename__ = "guide_fault"
    __table_args__ = (Index("ix_guide_fault_state", "state", "guide"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    guide: Mapped[str] = mapped_column(String(12))
    edition: Mapped[int]
    step: Mapped[str] = mapped_column(String(40))
    text: Mapped[str] = mapped_column(String(400))
    unit_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="open")  # open settled
    answer: Mapped[str] = mapped_column(String(300), default="")
    change_id: Mapped[int | None] = mapped_column(ForeignKey("guide_change.id"))  # the correction that settled it
    settled_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    settled_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class Question(Base):
    """Something asked of an office (hỏi đáp): who asked, which unit has it now, until when, and the answer."""

    __tablename__ = "question"
    __table_args__ = (Index("ix_question_waiting", "state", "moves_at"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("account.id"), index=True)  # where the answer goes
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))  # from where it was asked
    holder_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)  # the office that has it now
    guide: Mapped[str] = mapped_column(String(12), default="")
    step: Mapped[str] = mapped_column(String(40), default="")
    announcement_id: Mapped[int | None] = mapped_column(ForeignKey("announcement.id"), index=True)  # the one it answers
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default="open")  # open answered withdrawn
    asked_at: Mapped[datetime]
    moves_at: Mapped[datetime | None]  # unanswered by then, it goes to the level above; none at the top
    answer: Mapped[str] = mapped_column(Text, default="")
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class KnownAnswer(Base):
    """An answer worth giving again (câu hỏi thường gặp), for the unit that keeps it and everybody below."""

    __tablename__ = "known_answer"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    guide: Mapped[str] = mapped_column(String(12), default="")
    question_id: Mapped[int | None] = mapped_column(ForeignKey("question.id"))
    text: Mapped[str] = mapped_column(Text)
    answer: Mapped[str] = mapped_column(Text)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    helped: Mapped[int] = mapped_column(default=0)  # how many found it enough
    version: Mapped[int] = mapped_column(default=1)
