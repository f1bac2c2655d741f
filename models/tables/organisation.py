"""What real organisations need around the tree: its history, groups across it, rosters, hand-overs."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.columns import Base, Id, Path


class UnitPast(Base):
    """What a unit was until a day (that day no longer counts): its name, kind and place in the tree.

    The tree of a day is made of each unit's earliest past that ends after it, else of the unit as it is now.
    """

    __tablename__ = "unit_past"
    __table_args__ = (UniqueConstraint("unit_id", "until"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    until: Mapped[date] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(200))  # whoever searches by the old name finds the unit
    kind: Mapped[str] = mapped_column(String(20))
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))
    path: Mapped[str] = mapped_column(Path)


class UnitChange(Base):
    """A merger, split, renaming, closing or move of units, decided for a day; carried out when that day has come."""

    __tablename__ = "unit_change"
    __table_args__ = (Index("ix_unit_change_planned", "state", "on_day"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))  # merge split rename close move
    on_day: Mapped[date]
    body: Mapped[dict[str, Any]]  # which units, and what becomes of them
    reason: Mapped[str] = mapped_column(String(300), default="")  # the resolution it comes from
    state: Mapped[str] = mapped_column(String(10), default="planned")  # planned done cancelled
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)  # the unit in whose subtree it happens
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Group(Base):
    """Units tied together across the tree: a cluster of emulation (Cụm thi đua) or a block (khối)."""

    __tablename__ = "unit_group"
    __table_args__ = (UniqueConstraint("unit_id", "name_folded"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))  # whose group it is: its members lie below
    kind: Mapped[str] = mapped_column(String(10))  # cluster block
    name: Mapped[str] = mapped_column(String(120))
    name_folded: Mapped[str] = mapped_column(String(120))
    closed_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class GroupUnit(Base):
    """A unit in a group from a day on, until a day (that day no longer counts)."""

    __tablename__ = "group_unit"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    group_id: Mapped[int] = mapped_column(ForeignKey("unit_group.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    since: Mapped[date]
    until: Mapped[date | None]


class RosterEntry(Base):
    """A line of a team's list of members (danh sách đội hình); `person_id` once its bearer has joined the bot."""

    __tablename__ = "roster_entry"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    number: Mapped[int]  # its place in the list
    name: Mapped[str] = mapped_column(String(120))
    name_folded: Mapped[str] = mapped_column(String(120))
    birth_year: Mapped[int | None]
    phone: Mapped[str] = mapped_column(String(20), default="")  # digits only
    duty: Mapped[str] = mapped_column(String(20))  # leader deputy commander member
    note: Mapped[str] = mapped_column(String(200), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class HandOver(Base):
    """A leader (or coordinator) hands a unit over to somebody on a day: known already, or whoever takes the code.

    `state`: open (the one before is no longer in charge and knows no successor), asked (waits for the receiver's word
    or for the code to be taken), planned (waits for its day), done, declined, cancelled.
    """

    __tablename__ = "hand_over"
    __table_args__ = (Index("ix_hand_over_planned", "state", "on_day"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    role: Mapped[str] = mapped_column(String(20))
    from_person: Mapped[int] = mapped_column(ForeignKey("person.id"))
    to_person: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    invitation_id: Mapped[int | None] = mapped_column(ForeignKey("invitation.id"))
    on_day: Mapped[date]
    stays: Mapped[bool]  # whether the one before remains as a member
    state: Mapped[str] = mapped_column(String(10), default="asked")
    reason: Mapped[str] = mapped_column(String(300), default="")
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
