"""What an office may choose recipients from: its units, groups, people, periods and earlier announcements, by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models import units
from models.groups import order
from models.owings import KEPT_FOR
from models.people import is_current
from models.programmes import Library
from models.rules.audience_lines import Choice, Found, PeriodName
from models.rules.audience_words import Name, Parts, called_by, plain_name
from models.rules.folding import clean, fold
from models.rules.groups import Candidate, looks_like, meant
from models.tables import Announcement, Group, GroupChat, Obligation, PeriodRow, Person, Role, Unit
from models.units import below

MOST_READ = 60  # units or people that hold a name, before the rule chooses among them
MOST_SHOWN = 6
MOST_PERIODS = 6
_TITLES = ("anh", "chi", "ong", "ba", "dc", "d/c", "dong chi")  # before the name of a person


@dataclass(frozen=True, slots=True)
class Named:
    """The offices and groups of a subtree, as a line may name them; teams and people are looked up one by one."""

    offices: tuple[Candidate, ...]
    groups: tuple[Choice, ...]

    @property
    def ways(self) -> list[str]:
        """How each of them may be called, folded."""
        names = [each.name_folded for each in self.offices] + [fold(each.name) for each in self.groups]
        return [way for name in names for way in called_by(name)]


async def named(session: AsyncSession, office: Unit) -> Named:
    statement = (
        select(Unit.id, Unit.name, Unit.name_folded, Unit.code, Unit.parent_id)
        .where(below(office.path), Unit.kind != "team", Unit.closed_on.is_(None))
        .order_by(Unit.path)
    )
    rows = (await session.execute(statement)).all()
    offices = tuple(Candidate(row.id, row.name, row.name_folded, row.code, row.parent_id == office.id) for row in rows)
    return Named(offices, tuple(Choice("groups", each.id, each.name) for each in await groups(session, office)))


async def look_up(session: AsyncSession, office: Unit, known: Named, parts: Parts, now: datetime) -> dict[Name, Found]:
    """What each name in a line may mean: a group, a unit, else somebody with a role in the subtree."""
    return {name: await _found(session, office, known, name, now) for name in parts.names}


async def _found(session: AsyncSession, office: Unit, known: Named, name: Name, now: datetime) -> Found:
    plain = plain_name(fold(name.text))
    if called := tuple(each for each in known.groups if plain in (fold(each.name), plain_name(fold(each.name)))):
        return Found(called)
    people = await _people(session, office, name.text, now)
    for text in dict.fromkeys((name.text, name.bare)):
        teams = await units.search(session, office.path, text, ("team",), MOST_READ)
        among = [*known.offices, *(_candidate(unit, office) for unit in teams)]
        if found := meant(text, [each for each in among if _holds(text, each)]):
            is_whole = any(fold(text) in (each.name_folded, fold(each.code)) for each in found)
            others = () if is_whole else people[: MOST_SHOWN // 2]
            choices = await _with_places(session, found[: MOST_SHOWN - len(others)])
            return Found((*choices, *others), is_there=_is_typed_so(text, choices))
    if people:
        return Found(people, is_there=_is_typed_so(name.text, people))
    return Found(await _with_places(session, looks_like(name.text, known.offices, MOST_SHOWN)), is_there=False)


def _candidate(unit: Unit, office: Unit) -> Candidate:
    return Candidate(unit.id, unit.name, unit.name_folded, unit.code, unit.parent_id == office.id)


def _holds(text: str, each: Candidate) -> bool:
    """Whether its name holds these very words, or they are its code: "Lan" is nothing of "Cao Lãnh"."""
    part = fold(text)
    return f" {part} " in f" {each.name_folded} " or part == fold(each.code)


def _is_typed_so(text: str, choices: Sequence[Choice]) -> bool:
    """Whether something is called so with the very marks typed, as far as any were: "Mỹ Thọ" is not "Mỹ Tho"."""
    marked = {word for word in clean(text).casefold().split() if fold(word) not in (word, *_TITLES)}
    return any(marked <= set(each.name.casefold().split()) for each in choices)


async def _with_places(session: AsyncSession, found: Sequence[Candidate]) -> tuple[Choice, ...]:
    """Each with the unit right above: several may be called alike."""
    above = aliased(Unit)
    wanted = select(Unit.id, above.name).join(above, above.id == Unit.parent_id)
    rows = await session.execute(wanted.where(Unit.id.in_([each.id for each in found])))
    places = {unit_id: name for unit_id, name in rows}
    return tuple(Choice("units", each.id, each.name, places.get(each.id, "")) for each in found)


async def _people(session: AsyncSession, office: Unit, text: str, now: datetime) -> tuple[Choice, ...]:
    """Whoever holds a role in the subtree and is called so: the whole name before a part of one."""
    part = fold(text)
    for title in _TITLES:
        part = part.removeprefix(f"{title} ")
    if len(part) < 2:
        return ()
    statement = (
        select(Person.id, Person.name, func.min(Unit.name), Person.name_folded)
        .join(Role, Role.person_id == Person.id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(below(office.path), Unit.closed_on.is_(None), is_current(now), Person.erased_at.is_(None))
        .where((literal(" ") + Person.name_folded + " ").contains(f" {part} ", autoescape=True))  # whole words
        .group_by(Person.id, Person.name, Person.name_folded)
        .order_by(func.length(Person.name_folded), Person.name_folded, Person.id)
        .limit(MOST_READ)
    )
    rows = (await session.execute(statement)).all()
    typed = clean(text).casefold()  # whoever types the marks means them
    whole = [row for row in rows if row[3] == part]
    exact = [row for row in whole if row[1].casefold() == typed]
    return tuple(Choice("people", *row[:3]) for row in (exact or whole or rows)[:MOST_SHOWN])


async def groups(session: AsyncSession, office: Unit) -> list[Group]:
    """The open groups of all offices in the subtree, in their order."""
    owned = select(Group).join(Unit, Unit.id == Group.unit_id).where(below(office.path), Group.closed_on.is_(None))
    return sorted(await session.scalars(owned), key=order)


async def periods(session: AsyncSession, library: Library, office: Unit, now: datetime) -> list[PeriodName]:
    """The periods for which somebody in the subtree may still owe a report, the nearest deadline first."""
    owed = select(Obligation.period_id).join(Unit, Unit.id == Obligation.unit_id).where(below(office.path))
    statement = select(PeriodRow).where(PeriodRow.id.in_(owed), PeriodRow.due_at >= now - KEPT_FOR)
    rows = sorted(await session.scalars(statement), key=lambda row: (abs(row.due_at - now), row.id))
    found = []
    for row in rows[:MOST_PERIODS]:
        duty = (await library.get(session, row.programme_id)).duty(row.duty.partition("/")[2])
        found.append(PeriodName(row.id, row.key, duty.title, duty.owed_by))
    return found


async def earlier(session: AsyncSession, office: Unit, but: int, limit: int) -> list[Announcement]:
    """The announcements of this very office that have gone out, the latest first."""
    statement = select(Announcement).where(
        Announcement.unit_id == office.id, Announcement.id != but, Announcement.started_at.is_not(None)
    )
    return list(await session.scalars(statement.order_by(Announcement.id.desc()).limit(limit)))


async def count_chats(session: AsyncSession, office: Unit) -> int:
    """How many group chats are bound to units of the subtree."""
    bound = select(func.count(GroupChat.id)).join(Unit, Unit.id == GroupChat.unit_id)
    return await session.scalar(bound.where(below(office.path), GroupChat.left_at.is_(None))) or 0


async def is_inside(session: AsyncSession, office: Unit, name: str, number: int, now: datetime) -> bool:
    """Whether this row (`name`: units, groups, people, late, earlier) is one the office may choose."""
    inside = select(Unit.id).where(below(office.path))
    wanted: dict[str, Select[int]] = {
        "units": inside.where(Unit.id == number),
        "groups": select(Group.id).where(Group.id == number, Group.unit_id.in_(inside)),
        "people": select(Role.id).where(Role.person_id == number, Role.unit_id.in_(inside), is_current(now)),
        "late": select(Obligation.id).where(Obligation.period_id == number, Obligation.unit_id.in_(inside)),
        "earlier": select(Announcement.id).where(Announcement.id == number, Announcement.unit_id == office.id),
    }
    return await session.scalar(wanted[name].limit(1)) is not None
