"""The deadlines of the year ahead for one person, as a calendar keeps them: each once, under a name that stays."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import coming, duty_years, owings
from models.owings import FILED, KEPT_FOR, Owing
from models.people import is_current
from models.programmes import Library
from models.rules.duties import Duty
from models.rules.permissions import MEMBER, OFFICE_ROLES
from models.rules.programmes import Programme
from models.rules.trees import ids_of
from models.tables import DueChange, Obligation, PeriodRow, Role, Team, Unit
from models.units import below

AHEAD = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class DueDate:
    """A deadline. `uid` is its name for good; `changed_at` when it was last moved or done with, None: as it was made.

    `unit`: whose it is; empty where it is everybody's below an office.
    """

    uid: str
    title: str
    key: str
    due: datetime
    unit: str = ""
    filed: bool = False
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Post:
    """A role of the person in a unit."""

    kind: str
    unit: Unit
    is_team_confirmed: bool


async def year_ahead(session: AsyncSession, library: Library, person_id: int, now: datetime) -> list[DueDate]:
    """What this person files (a member: what the team does), and for an office the days of everybody below, once each.

    From what was due lately, so that what was filed since shows as done, until a year from now; the earliest first.
    """
    posts = await _posts(session, person_id, now)
    found = await _own(session, library, person_id, posts, now)
    offices = [each.unit for each in posts if each.kind in OFFICE_ROLES]
    own = {(duty, key) for duty, key, _ in found}
    if offices:
        found |= {
            (duty, key, 0): due
            for (duty, key), due in (await _below(session, library, offices, now)).items()
            if (duty, key) not in own
        }
    return sorted(found.values(), key=lambda each: (each.due, each.uid))


_Found = dict[tuple[str, str, int], DueDate]  # by duty, period and unit


async def _posts(session: AsyncSession, person_id: int, now: datetime) -> list[_Post]:
    statement = (
        select(Role.kind, Unit, Team.state)
        .join(Unit, Unit.id == Role.unit_id)
        .outerjoin(Team, Team.unit_id == Unit.id)
        .where(Role.person_id == person_id, is_current(now))
        .order_by(Role.id)
    )
    return [_Post(kind, unit, state in (None, "confirmed")) for kind, unit, state in await session.execute(statement)]


async def _own(
    session: AsyncSession, library: Library, person_id: int, posts: Sequence[_Post], now: datetime
) -> _Found:
    owed = await owings.pending(session, now, person_id=person_id)
    for each in posts:
        if each.kind == MEMBER:
            owed += await owings.pending(session, now, path=each.unit.path)
    near = [each for each in owed if each.is_expected and each.deadline >= now - KEPT_FOR]
    titles = await owings.titles(session, library, near)
    chosen = await duty_years.moments(session)
    found = {
        (each.duty, each.period_key, each.unit_id): _owed(each, titles[each.period_id], chosen)
        for each in near
        if not each.gone
    }
    for post in posts:
        if post.kind in (*owings.WRITERS, MEMBER) and post.is_team_confirmed:
            later = await _to_come(session, library, post, now)
            found = {(each[0], each[1], post.unit.id): due for each, due in later.items()} | found
    return found


def _owed(owing: Owing, title: str, chosen: dict[tuple[str, str], datetime]) -> DueDate:
    filed = owing.state in FILED
    changes = [chosen.get((owing.duty, owing.period_key)), owing.corrected_at]
    changes += [owing.announced_at] if owing.is_moved or owing.state == "returned" else []
    changes += [owing.submitted_at] if filed else []
    known = [each for each in changes if each is not None]
    uid = _uid(owing.duty, owing.period_key, owing.unit_id)
    return DueDate(uid, title, owing.period_key, owing.deadline, owing.unit_name, filed, max(known, default=None))


def _uid(duty: str, key: str, unit_id: int = 0) -> str:
    whose = f"-{unit_id}" if unit_id else ""
    return f"{duty.replace('/', '.')}-{key}{whose}@sotayso"


async def _to_come(
    session: AsyncSession, library: Library, post: _Post, now: datetime
) -> dict[tuple[str, str], DueDate]:
    """What the unit will owe in periods that are not open yet."""
    plans = {programme.code: programme for _, programme in await library.current(session)}
    chosen = await duty_years.moments(session)
    opened = select(PeriodRow.duty, PeriodRow.key).where(PeriodRow.due_at >= now)
    known = {(duty, key) for duty, key in await session.execute(opened)}
    found = {}
    for each in await coming.coming(session, library, now, AHEAD):
        code, _, name = each.duty.partition("/")
        if each.due is None or (each.duty, each.key) in known or not _will_owe(plans[code], name, post):
            continue
        uid = _uid(each.duty, each.key, post.unit.id)
        changed_at = chosen.get((each.duty, each.key))
        found[each.duty, each.key] = DueDate(uid, each.title, each.key, each.due, post.unit.name, False, changed_at)
    return found


def _will_owe(programme: Programme, name: str, post: _Post) -> bool:
    duty: Duty = programme.duty(name)
    unit = post.unit
    listed = not duty.units or unit.code in duty.units
    return bool(duty.form) and listed and unit.kind in duty.owed_by and duty.owed_with in ("", post.kind)


async def _below(
    session: AsyncSession, library: Library, offices: Sequence[Unit], now: datetime
) -> dict[tuple[str, str], DueDate]:
    """Everybody's days: of the plans in force, of what is open below these offices, with the time that was added."""
    chosen = await duty_years.moments(session)
    found = {
        (each.duty, each.key): DueDate(
            _uid(each.duty, each.key), each.title, each.key, each.due, changed_at=chosen.get((each.duty, each.key))
        )
        for each in await coming.coming(session, library, now, AHEAD)
        if each.due is not None
    }
    for period in await _open_below(session, offices, now):
        moved = await _moved(session, period, offices)
        programme = await library.get(session, period.programme_id)
        title = programme.duty(period.duty.partition("/")[2]).title
        due, changed_at = (moved.due_at, moved.at) if moved is not None else (period.due_at, None)
        changed_at = changed_at or chosen.get((period.duty, period.key))
        place = (period.duty, period.key)
        found[place] = DueDate(_uid(*place), title, period.key, due, changed_at=changed_at)
    return found


async def _open_below(session: AsyncSession, offices: Sequence[Unit], now: datetime) -> list[PeriodRow]:
    found: dict[int, PeriodRow] = {}
    for office in offices:
        owed = (
            exists()
            .where(Obligation.period_id == PeriodRow.id, Obligation.unit_id == Unit.id, below(office.path))
            .select_from(Obligation, Unit)
        )
        wanted = select(PeriodRow).where(PeriodRow.due_at >= now - KEPT_FOR, owed)
        found |= {each.id: each for each in await session.scalars(wanted)}
    return list(found.values())


async def _moved(session: AsyncSession, period: PeriodRow, offices: Sequence[Unit]) -> DueChange | None:
    """The longest time that was added for the whole of an office: made there or above."""
    whole = {each for office in offices for each in ids_of(office.path)}
    wanted = select(DueChange).where(DueChange.period_id == period.id, DueChange.unit_id.in_(whole))
    return await session.scalar(wanted.order_by(DueChange.due_at.desc()).limit(1))
