"""Visits by whoever made them: one's own, and those of a team's members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.own_visits import Made, months_back
from models.rules.periods import local_day, moment_of
from models.rules.visits import SUCCESSES
from models.tables import Person, Unit, Visit
from models.visits import ENDED, Speaker
from models.zone import zone_of


@dataclass(frozen=True, slots=True)
class Line:
    """One ended visit as its maker's own list tells it."""

    made: Made
    ended_at: datetime
    unit: str
    kind: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Share:
    """What one member did for a team in a period; no name: their data was erased."""

    name: str
    turns: int
    people: int
    files: int
    seconds: int


async def own(session: AsyncSession, speaker: Speaker, since: datetime | None = None) -> list[Line]:
    """The speaker's ended visits, the latest first; `since`: only those that ended from then on."""
    statement = (
        select(Visit, Unit.name)
        .outerjoin(Unit, Unit.id == Visit.unit_id)
        .where(speaker.owns, Visit.state == ENDED, Visit.ended_at.is_not(None))
        .order_by(Visit.ended_at.desc(), Visit.id.desc())
    )
    if since is not None:
        statement = statement.where(Visit.ended_at >= since)
    return [_line(session, visit, name) for visit, name in await session.execute(statement)]


def _line(session: AsyncSession, visit: Visit, unit: str | None) -> Line:
    assert visit.ended_at is not None
    made = Made(
        on=local_day(visit.ended_at, zone_of(session)),
        guide=visit.guide,
        within=visit.parent_id is not None,
        turns=visit.turns,
        people=visit.people if visit.outcome in SUCCESSES else 0,
        files=visit.files,
        seconds=visit.seconds,
    )
    return Line(made, visit.ended_at, unit or "", visit.kind, visit.outcome)


def year_before(session: AsyncSession, now: datetime) -> datetime:
    """Where the twelve months that end with this one begin."""
    zone = zone_of(session)
    return moment_of(months_back(local_day(now, zone), 11), time(), zone)


async def of_team(session: AsyncSession, unit_id: int, first: date, last: date) -> Sequence[Share]:
    """What each member did for the unit from the first to the last day, the busiest first."""
    zone = zone_of(session)
    starts, ends = moment_of(first, time(), zone), moment_of(last + timedelta(days=1), time(), zone)
    turns = func.sum(Visit.turns)
    alone = func.sum(case((Visit.parent_id.is_(None) & Visit.outcome.in_(SUCCESSES), Visit.people), else_=0))
    statement = (
        select(func.coalesce(Person.name, ""), turns, alone, func.sum(Visit.files), func.sum(Visit.seconds))
        .select_from(Visit)
        .outerjoin(Person, Person.id == Visit.person_id)
        .where(Visit.unit_id == unit_id, Visit.state == ENDED, Visit.ended_at >= starts, Visit.ended_at < ends)
        .group_by(Visit.person_id, Person.name)
        .order_by(turns.desc(), Visit.person_id)
    )
    return [Share(name, *map(int, sums)) for name, *sums in await session.execute(statement)]
