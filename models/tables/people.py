"""Units, people and what ties them together."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.tables.columns import Base, Id, Path


class Unit(Base):
    """A node of the one tree. `path` holds the ids from the root down, e.g. `/1/34/567/`.

    A closed unit keeps its history.
    """

    __tablename__ = "unit"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    name_folded: Mapped[str] = mapped_column(String(200), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # central province commune affiliated team district
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"), index=True)
    path: Mapped[str] = mapped_column(Path, index=True)
    opened_on: Mapped[date | None]
    closed_on: Mapped[date | None]
    successor_id: Mapped[int | None] = mapped_column(ForeignKey("unit.id"))


class Team(Base):
    """What a unit of kind team adds: its founding decision, and whether the coordinator has confirmed it."""

    __tablename__ = "team"
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), primary_key=True)
    decision_number: Mapped[str] = mapped_column(String(80), default="")
    decision_date: Mapped[date | None]
    decision_file: Mapped[str] = mapped_column(String(64), default="")  # its content's hash, under DATA_DIR
    decision_file_name: Mapped[str] = mapped_column(String(120), default="")
    members: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(12))  # waiting confirmed refused
    registered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    registered_at: Mapped[datetime]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(String(300), default="")
    version: Mapped[int] = mapped_column(default=1)


class Person(Base):
    """Somebody we know. `merged_into`: the person who they turned out to be, whose number everything now bears."""

    __tablename__ = "person"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    name_folded: Mapped[str] = mapped_column(String(120))
    created_at: Mapped[datetime]
    erased_at: Mapped[datetime | None]
    merged_into: Mapped[int | None] = mapped_column(index=True)


class Account(Base):
    """One chat identity on one channel. `person_id` is empty for a stranger who has not joined yet."""

    __tablename__ = "account"
    __table_args__ = (UniqueConstraint("channel", "address"),)
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    channel: Mapped[str] = mapped_column(String(12))
    address: Mapped[str] = mapped_column(String(80))
    name: Mapped[str] = mapped_column(String(120), default="")
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    seen_at: Mapped[datetime]
    unreachable: Mapped[str] = mapped_column(String(40), default="")  # why the channel refuses; empty when it does not
    menu: Mapped[str] = mapped_column(String(20), default="")  # the command menu this chat was last given


class Role(Base):
    """A person in a unit, with dates; it reaches the whole subtree of the unit and nothing outside.

    An officer's role may be narrower: only the units of a group (`group_id`), only one field of the forms (`field`).
    """

    __tablename__ = "role"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"), index=True)
    kind: Mapped[str] = mapped_column(String(20))  # as models.rules.permissions names them
    group_id: Mapped[int | None] = mapped_column(ForeignKey("unit_group.id"))
    field: Mapped[str] = mapped_column(String(20), default="")
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    granted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class Invitation(Base):
    """A code that lets people join a unit in a role. Only its hash is kept."""

    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    unit_id: Mapped[int] = mapped_column(ForeignKey("unit.id"))
    role: Mapped[str] = mapped_column(String(20))
    group_id: Mapped[int | None] = mapped_column(ForeignKey("unit_group.id"))  # as of the role it will give
    field: Mapped[str] = mapped_column(String(20), default="")
    uses_left: Mapped[int]
    expires_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class LinkCode(Base):
    """A code that ties another chat to the person who asked for it; used once, soon, and kept only as a hash."""

    __tablename__ = "link_code"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    code_hash: Mapped[str] = mapped_column(String(64), unique=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))  # the chat that asked for it
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[int | None] = mapped_column(ForeignKey("account.id"))


class Guess(Base):
    """A wrong code typed: enough of them in an hour lock further tries, even right ones."""

    __tablename__ = "guess"
    id: Mapped[int] = mapped_column(Id, primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    at: Mapped[datetime] = mapped_column(index=True)


class Talk(Base):
    """What a chat is being asked: the flow, its draft, and the choices on the screen (so that a typed label works like
    its button).
    """

    __tablename__ = "talk"
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    flow: Mapped[str] = mapped_column(String(40), default="")
    data: Mapped[dict[str, Any]] = mapped_column(default=dict)
    expects: Mapped[str] = mapped_column(String(10), default="choice")
    choices: Mapped[list[Any]] = mapped_column(default=list)  # [label, data] in the order shown
    updated_at: Mapped[datetime]
