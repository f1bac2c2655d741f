"""The ledger of an announcement, to be read: how many are in which state, who they are, why it did not reach them.

Whoever was erased since is still counted, without a name; a unit that left the office's subtree is listed apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, ScalarSelect, Select, case, func, not_, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.announcement_endings import STATES
from models.rules.trees import ids_of
from models.tables import Account, GroupChat, Outbox, Person, Recipient, Role, RosterEntry, Unit
from models.units import below

CONFIRMED, UNCONFIRMED = "confirmed", "open"  # parts of the ledger across its states, of people alone
PARTS = (*STATES, CONFIRMED, UNCONFIRMED)
ARRIVED = ("sent", "unknown")  # it stands in their chat, or may
ELSEWHERE = 0  # in place of a unit's number: all that no longer lie below the office that sent it
CHUNK = 10_000  # ids a question: a database takes some 32,000


@dataclass(frozen=True, slots=True)
class Place:
    """Where recipients are looked for: the subtree of the unit, or with `alone` that very unit; None: elsewhere."""

    unit: Unit | None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit right below the one looked at (or that one itself) with how many recipients of a part belong to it."""

    unit_id: int
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One recipient. `name`: of the person, or the title of a group chat; empty when the person was erased.

    `phone`: of the team's own list; empty when it has none, or none that an office of this subtree may read.
    """

    id: int
    name: str
    is_chat: bool
    unit: str
    state: str
    reason: str
    confirmed_at: datetime | None
    chased: int
    phone: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """How many people it was for, how many of them confirmed, and how many have not though it may have arrived."""

    people: int
    confirmed: int
    arrived: int

    @property
    def missing(self) -> int:
        return self.people - self.confirmed

    @property
    def got(self) -> int:
        """Who has it, or may; whoever confirmed it has it."""
        return self.confirmed + self.arrived


def part_of(part: str) -> tuple[ColumnElement[bool], ...]:
    """The condition that a row belongs to a part of the ledger; one nobody knows is empty."""
    if part == CONFIRMED:
        return (Recipient.confirmed_at.is_not(None),)
    if part == UNCONFIRMED:
        return (Recipient.group_chat_id.is_(None), Recipient.confirmed_at.is_(None))
    return (Recipient.state == part,)


async def proof(session: AsyncSession, announcement_id: int) -> Proof:
    """How far the proof of reading is; group chats confirm nothing."""
    unsaid = Recipient.confirmed_at.is_(None)
    statement = select(
        func.count(),
        func.count(Recipient.confirmed_at),
        func.count().filter(unsaid, Recipient.state.in_(ARRIVED)),
    ).where(Recipient.announcement_id == announcement_id, Recipient.group_chat_id.is_(None))
    people, confirmed, arrived = (await session.execute(statement)).one()
    return Proof(people, confirmed, arrived)


async def reasons(session: AsyncSession, announcement_id: int, part: str) -> dict[str, int]:
    """How many for which reason, the most frequent first."""
    statement = (
        select(Recipient.reason, func.count())
        .where(Recipient.announcement_id == announcement_id, *part_of(part))
        .group_by(Recipient.reason)
    )
    counted = Counter({reason: number for reason, number in await session.execute(statement)})
    return dict(counted.most_common())


async def reasons_of(session: AsyncSession, ids: Sequence[int]) -> dict[str, int]:
    """The same for these very rows."""
    counted: Counter[str] = Counter()
    for start in range(0, len(ids), CHUNK):
        mine = select(Recipient.reason).where(Recipient.id.in_(ids[start : start + CHUNK]))
        counted.update(await session.scalars(mine))
    return dict(counted)


async def branches(session: AsyncSession, announcement_id: int, office: Unit, part: str, top: Unit) -> list[Branch]:
    """Where the recipients of a part belong, right below `top`, most of them first.

    `office`: whose announcement it is. Seen from there, what lies elsewhere by now is a branch of its own.
    """
    statement = (
        select(Unit.id, Unit.path, func.count())
        .select_from(Recipient)
        .outerjoin(Unit, Unit.id == Recipient.unit_id)
        .where(Recipient.announcement_id == announcement_id, *part_of(part))
        .group_by(Unit.id, Unit.path)
    )
    if top.id != office.id:
        statement = statement.where(below(top.path))
    counted: Counter[int] = Counter()
    for _, path, number in await session.execute(statement):
        counted[_branch(path or "/", top)] += number
    names = await _names(session, list(counted))
    found = [Branch(unit_id, names.get(unit_id, ""), number) for unit_id, number in counted.items()]
    return sorted(found, key=lambda each: (not each.unit_id, -each.count, each.name))


def _branch(path: str, top: Unit) -> int:
    ids = ids_of(path)
    if top.id not in ids:
        return ELSEWHERE
    return ids[min(ids.index(top.id) + 1, len(ids) - 1)]


async def _names(session: AsyncSession, unit_ids: Sequence[int]) -> dict[int, str]:
    names: dict[int, str] = {}
    for start in range(0, len(unit_ids), CHUNK):
        wanted = select(Unit.id, Unit.name).where(Unit.id.in_(unit_ids[start : start + CHUNK]))
        names |= {unit_id: name for unit_id, name in await session.execute(wanted)}
    return names


async def count(session: AsyncSession, announcement_id: int, office: Unit, part: str, place: Place) -> int:
    """How many of a part belong to that place."""
    statement = (
        select(func.count())
        .select_from(Recipient)
        .outerjoin(Unit, Unit.id == Recipient.unit_id)
        .where(Recipient.announcement_id == announcement_id, *part_of(part), _in(office, place))
    )
    return await session.scalar(statement) or 0


async def entries(
    session: AsyncSession, announcement_id: int, office: Unit, part: str, place: Place, offset: int, limit: int
) -> list[Entry]:
    """The recipients of a part who belong to that place, unit by unit, by name."""
    statement = (
        _listed(_phone(office))
        .where(Recipient.announcement_id == announcement_id, *part_of(part), _in(office, place))
        .order_by(Unit.path, Person.name_folded, Recipient.id)
        .offset(offset)
        .limit(limit)
    )
    return [_entry(row) for row in await session.execute(statement)]


def _in(office: Unit, place: Place) -> ColumnElement[bool]:
    if place.unit is None:
        return or_(Unit.id.is_(None), not_(below(office.path)))
    if place.alone:
        return Unit.id == place.unit.id
    return true() if place.unit.id == office.id else below(place.unit.path)


def _listed(phone: ColumnElement[str]) -> Select[*tuple[Any, ...]]:
    known = (Recipient.state, Recipient.reason, Recipient.confirmed_at, Recipient.chased)
    return (
        select(Recipient.id, Recipient.group_chat_id, Person.name, GroupChat.title, Unit.name, *known, phone)
        .select_from(Recipient)
        .outerjoin(Person, Person.id == Recipient.person_id)
        .outerjoin(GroupChat, GroupChat.id == Recipient.group_chat_id)
        .outerjoin(Unit, Unit.id == Recipient.unit_id)
    )


def _phone(office: Unit) -> ColumnElement[str]:
    """The number on a team's list below the office that bears this person."""
    place = Unit.__table__.alias("place")
    within = (place.c.path >= office.path) & (place.c.path < office.path[:-1] + "0")
    return (
        select(func.max(RosterEntry.phone))
        .join(place, place.c.id == RosterEntry.unit_id)
        .where(RosterEntry.person_id == Recipient.person_id, RosterEntry.until.is_(None), within)
        .correlate(Recipient)
        .scalar_subquery()
    )


def _entry(row: Sequence[Any]) -> Entry:
    number, chat_id, name, title, unit, state, reason, confirmed_at, chased, phone = row
    is_chat = chat_id is not None
    shown = title if is_chat else name
    return Entry(number, shown or "", is_chat, unit or "", state, reason, confirmed_at, chased, phone or "")


# --- as a table -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A recipient as the sheet lists them. `parent`: the unit above theirs. `channel`: empty when none took it."""

    entry: Entry
    parent: str
    role: str
    channel: str
    sent_at: datetime | None


async def sheet_rows(session: AsyncSession, announcement_id: int, office: Unit) -> list[SheetRow]:
    """Everybody the announcement was for, unit by unit, by name."""
    parent = Unit.__table__.alias("parent")
    sent_at = case((Recipient.state == "sent", Outbox.settled_at))
    channel = func.coalesce(Account.channel, GroupChat.channel)
    statement = (
        _listed(_phone(office))
        .add_columns(parent.c.name, _role(), channel, sent_at)
        .outerjoin(parent, parent.c.id == Unit.parent_id)
        .outerjoin(Account, Account.id == Recipient.account_id)
        .outerjoin(Outbox, Outbox.id == Recipient.outbox_id)
        .where(Recipient.announcement_id == announcement_id)
        .order_by(Unit.path, Person.name_folded, Recipient.id)
    )
    found = (await session.execute(statement)).all()
    return [_sheet_row(row[:-4], *row[-4:]) for row in found]


def _sheet_row(entry: Sequence[Any], parent: Any, role: Any, channel: Any, sent_at: datetime | None) -> SheetRow:
    return SheetRow(_entry(entry), parent or "", role or "", channel or "", sent_at)


def _role() -> ScalarSelect[str]:
    """What somebody is, or was last, in the unit for which it reached them."""
    return (
        select(Role.kind)
        .where(Role.person_id == Recipient.person_id, Role.unit_id == Recipient.unit_id)
        .order_by(Role.until.is_not(None), Role.id.desc())
        .limit(1)
        .correlate(Recipient)
        .scalar_subquery()
    )
