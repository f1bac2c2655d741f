"""A team's list of members (danh sách đội hình): who stands on it, who of them joined the bot, who counts how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, String, case, cast, func, select, true, union, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, people
from models.rules import Refusal
from models.rules.folding import fold
from models.rules.names import PERSON_ROOM
from models.rules.roster_plans import KnownLine, RosterPlan
from models.rules.rosters import MOST_LINES, RosterLine, list_order
from models.tables import Person, Role, RosterEntry, Unit
from models.units import below

ENDED = RosterEntry.until.is_not(None)


@dataclass(frozen=True, slots=True)
class Listed:
    """A line, and whether its bearer is in the team's bot now."""

    entry: RosterEntry
    joined: bool


@dataclass(frozen=True, slots=True)
class Shares:
    """How many lines a list has, and how many of their bearers are in the team's bot."""

    lines: int
    joined: int


def line_of(entry: RosterEntry) -> RosterLine:
    return RosterLine(entry.name, entry.duty, entry.birth_year, entry.phone, entry.note)


async def lines(
    session: AsyncSession, unit_id: int, now: datetime, *, offset: int = 0, limit: int | None = None, part: str = ""
) -> list[Listed]:
    """The current lines, by duty and name, those whose name holds `part` (folded) alone when it is given."""
    here = select(Role.id).where(
        Role.person_id == RosterEntry.person_id, Role.unit_id == RosterEntry.unit_id, people.is_current(now)
    )
    statement = (
        select(RosterEntry, here.exists())
        .where(RosterEntry.unit_id == unit_id, ~ENDED, _named(part))
        .order_by(RosterEntry.number, RosterEntry.id)
    )
    found = [Listed(*row) for row in await session.execute(statement)]  # a list is short, MOST_LINES at the most
    found.sort(key=lambda each: list_order(line_of(each.entry)))
    return found[offset : None if limit is None else offset + limit]


async def known_lines(session: AsyncSession, unit_id: int) -> list[KnownLine]:
    """The list as a plan compares it, in the order in which it is read out."""
    statement = select(RosterEntry).where(RosterEntry.unit_id == unit_id, ~ENDED)
    found = await session.scalars(statement.order_by(RosterEntry.number, RosterEntry.id))
    return sorted((KnownLine(entry.id, line_of(entry)) for entry in found), key=lambda each: list_order(each.line))


async def shares(session: AsyncSession, unit_id: int, now: datetime, part: str = "") -> Shares:
    here = select(Role.id).where(
        Role.person_id == RosterEntry.person_id, Role.unit_id == RosterEntry.unit_id, people.is_current(now)
    )
    statement = select(func.count(), func.count().filter(here.exists())).select_from(RosterEntry)
    found = await session.execute(statement.where(RosterEntry.unit_id == unit_id, ~ENDED, _named(part)))
    return Shares(*found.one())


async def find(session: AsyncSession, unit_id: int, entry_id: int) -> RosterEntry | None:
    """A current line, when it is on this very list."""
    return await session.scalar(
        select(RosterEntry).where(RosterEntry.id == entry_id, RosterEntry.unit_id == unit_id, ~ENDED)
    )


def _named(part: str) -> ColumnElement[bool]:
    wanted = fold(part)[:PERSON_ROOM]
    return RosterEntry.name_folded.contains(wanted, autoescape=True) if wanted else true()


# --- changing ---------------------------------------------------------------------------------------------------------


async def lock(session: AsyncSession, unit_id: int) -> None:
    """Others who would change this list wait until this transaction ends."""
    await session.execute(select(Unit.id).where(Unit.id == unit_id).with_for_update())


async def add(session: AsyncSession, unit_id: int, line: RosterLine, *, by: int, now: datetime) -> RosterEntry:
    """A new line at the end of the list. Raises Refusal roster.full (`most`, `count`)."""
    await lock(session, unit_id)
    current = RosterEntry.unit_id == unit_id, ~ENDED
    count, last = (await session.execute(select(func.count(), func.max(RosterEntry.number)).where(*current))).one()
    if count >= MOST_LINES:
        raise Refusal("roster.full", most=MOST_LINES, count=count + 1)
    entry = _new(unit_id, (last or 0) + 1, line, now)
    session.add(entry)
    await session.flush()
    _note(session, "roster.add", [entry], by, now)
    await link_lines(session, [entry], by=by, now=now)
    return entry


async def mend(session: AsyncSession, entry: RosterEntry, line: RosterLine, *, by: int, now: datetime) -> None:
    """Say of a line what it ought to say."""
    is_renamed = line.folded != entry.name_folded
    _write(entry, line)
    await session.flush()
    _note(session, "roster.mend", [entry], by, now)
    if is_renamed and entry.person_id is None:
        await link_lines(session, [entry], by=by, now=now)


async def strike(session: AsyncSession, entry: RosterEntry, *, by: int, now: datetime) -> None:
    """Take a line off the list from now on; that it stood there is kept."""
    entry.until = now
    entry.version += 1
    _note(session, "roster.strike", [entry], by, now)
    await session.flush()


async def carry_out(session: AsyncSession, unit_id: int, plan: RosterPlan, *, by: int, now: datetime) -> None:
    """Add and mend what a plan says, made in this transaction under `lock`."""
    statement = select(RosterEntry).where(RosterEntry.unit_id == unit_id, ~ENDED)
    there = {entry.id: entry for entry in await session.scalars(statement)}
    last = max((entry.number for entry in there.values()), default=0)
    mended = [there[each.number] for each in plan.mended]
    for entry, each in zip(mended, plan.mended, strict=True):
        _write(entry, each.after)
    new = [_new(unit_id, last + number, line, now) for number, line in enumerate(plan.new, 1)]
    session.add_all(new)
    await session.flush()
    if new:
        _note(session, "roster.add", new, by, now)
    if mended:
        _note(session, "roster.mend", mended, by, now)
    await link_lines(session, [*new, *(entry for entry in mended if entry.person_id is None)], by=by, now=now)


def _new(unit_id: int, number: int, line: RosterLine, now: datetime) -> RosterEntry:
    entry = RosterEntry(unit_id=unit_id, number=number, since=now, version=0)
    _write(entry, line)
    return entry


def _write(entry: RosterEntry, line: RosterLine) -> None:
    entry.name, entry.name_folded, entry.duty = line.name, line.folded, line.duty
    entry.birth_year, entry.phone, entry.note = line.year, line.phone, line.note
    entry.version += 1


# --- who joined the bot -----------------------------------------------------------------------------------------------


async def strangers(session: AsyncSession, unit_id: int, now: datetime) -> list[Person]:
    """Whoever is in the team's bot and on no line of its list, by name."""
    listed = select(RosterEntry.person_id).where(
        RosterEntry.unit_id == unit_id, ~ENDED, RosterEntry.person_id.is_not(None)
    )
    statement = (
        select(Person)
        .join(Role, Role.person_id == Person.id)
        .where(Role.unit_id == unit_id, people.is_current(now), Person.id.not_in(listed))
        .order_by(Person.name_folded, Person.id)
        .distinct()
    )
    return list(await session.scalars(statement))


async def link(session: AsyncSession, entry: RosterEntry, person_id: int, *, by: int | None, now: datetime) -> None:
    """Say that this person of the bot stands on this line."""
    entry.person_id = person_id
    entry.version += 1
    _note(session, "roster.link", [entry], by, now)
    await session.flush()


async def unlink(session: AsyncSession, entry: RosterEntry, *, by: int, now: datetime) -> None:
    entry.person_id = None
    entry.version += 1
    _note(session, "roster.unlink", [entry], by, now)
    await session.flush()


async def link_person(session: AsyncSession, person: Person, unit_id: int, now: datetime) -> RosterEntry | None:
    """Put somebody who has just come in, or said their name, on the one line of that name; not when there are several.

    Returns the line; None when the list has none, or the person stands on one already.
    """
    if not person.name_folded:
        return None
    named = RosterEntry.name_folded == person.name_folded
    mine = RosterEntry.person_id == person.id
    statement = select(RosterEntry).where(RosterEntry.unit_id == unit_id, ~ENDED, named | mine)
    found = (await session.scalars(statement)).all()
    if len(found) != 1 or found[0].person_id is not None:
        return None
    await link(session, found[0], person.id, by=person.id, now=now)
    return found[0]


async def link_everywhere(session: AsyncSession, person: Person, now: datetime) -> None:
    """The same in every team that the person is in, after they said what they are called."""
    mine = select(Role.unit_id).where(Role.person_id == person.id, people.is_current(now)).distinct()
    for unit_id in (await session.scalars(mine)).all():
        await link_person(session, person, unit_id, now)


async def link_lines(session: AsyncSession, entries: Sequence[RosterEntry], *, by: int, now: datetime) -> None:
    """Put on new lines whoever is in the team's bot already under that name, when line and person are the only ones."""
    if not entries:
        return
    unit_id = entries[0].unit_id
    free: dict[str, list[Person]] = {}
    for person in await strangers(session, unit_id, now):
        free.setdefault(person.name_folded, []).append(person)
    statement = select(RosterEntry.name_folded).where(RosterEntry.unit_id == unit_id, ~ENDED)
    names = list(await session.scalars(statement))
    for entry in entries:
        meant = free.get(entry.name_folded, [])
        if len(meant) == 1 and names.count(entry.name_folded) == 1:
            await link(session, entry, meant[0].id, by=by, now=now)


async def forget(session: AsyncSession, person_id: int) -> None:
    """Take out what lines know of somebody who wants to be forgotten.

    The name stays on the team's own list, which is part of its founding decision, and no longer leads to the person.
    """
    mine = update(RosterEntry).where(RosterEntry.person_id == person_id)
    bare = {"person_id": None, "birth_year": None, "phone": "", "note": "", "version": RosterEntry.version + 1}
    await session.execute(mine.values(bare).execution_options(synchronize_session=False))


# --- counting ---------------------------------------------------------------------------------------------------------


async def count_people(session: AsyncSession, path: str) -> int:
    """How many people stand on the lists of the open teams of a subtree, each once (`rules.rosters.count_people`)."""
    year = RosterEntry.name_folded + "|y" + cast(RosterEntry.birth_year, String)
    phone = RosterEntry.name_folded + "|p" + RosterEntry.phone
    has_year, has_phone = RosterEntry.birth_year.is_not(None), RosterEntry.phone != ""
    here = (
        select(
            RosterEntry.id,
            RosterEntry.person_id,
            case((has_year, year)).label("year"),
            case((has_phone, phone)).label("phone"),
        )
        .join(Unit, Unit.id == RosterEntry.unit_id)
        .where(below(path), Unit.closed_on.is_(None), ~ENDED)
    ).cte("here")
    seen = (
        union(
            *(select(each.label("mark")).where(here.c.person_id.is_not(None)) for each in (here.c.year, here.c.phone))
        )
    ).cte("seen")
    mark = func.coalesce(here.c.year, here.c.phone)
    strangers_only = here.c.person_id.is_(None)
    joined = select(func.count(here.c.person_id.distinct())).scalar_subquery()
    marked = (
        select(func.count(mark.distinct()))
        .select_from(here)
        .outerjoin(seen, seen.c.mark == mark)
        .where(strangers_only, seen.c.mark.is_(None))
    )
    bare = select(func.count()).select_from(here).where(strangers_only, mark.is_(None))
    statement = select(joined + marked.scalar_subquery() + bare.scalar_subquery())
    return await session.scalar(statement) or 0


def _note(session: AsyncSession, action: str, entries: Sequence[RosterEntry], by: int | None, now: datetime) -> None:
    """One row a deed, without a name: the audit is never erased."""
    unit_id = entries[0].unit_id
    detail = {"lines": [entry.id for entry in entries]}
    audit.note(session, at=now, person_id=by, action=action, object=f"roster:{unit_id}", unit_id=unit_id, detail=detail)
