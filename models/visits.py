"""Visits: begun, moved on, paused, ended, given up. A visit is its speaker's own, by account or by person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models import audit
from models.people import is_current
from models.rules.guides import END, Guide
from models.rules.permissions import MEMBER, OFFICE_ROLES, TEAM_WRITERS, Actor
from models.rules.visits import FILED, GIVEN_UP_AFTER, PREPARATION, UNFINISHED, Way, worked
from models.tables import Account, Role, Unit, Visit

OPEN, PAUSED, ENDED, DROPPED = "open", "paused", "ended", "dropped"
LIVE = (OPEN, PAUSED)


@dataclass(frozen=True, slots=True)
class Speaker:
    """Whose visits are meant: those of this chat, and those of the person behind it from any chat."""

    account_id: int
    person_id: int | None

    @property
    def owns(self) -> ColumnElement[bool]:
        mine = Visit.account_id == self.account_id
        return mine if self.person_id is None else or_(mine, Visit.person_id == self.person_id)


async def find(session: AsyncSession, visit_id: int, speaker: Speaker) -> Visit | None:
    """A visit of the speaker's own, locked so that no other chat of theirs moves it at the same time."""
    statement = select(Visit).where(Visit.id == visit_id, speaker.owns).with_for_update()
    return await session.scalar(statement)


async def unended(session: AsyncSession, speaker: Speaker, offset: int = 0, limit: int | None = None) -> list[Visit]:
    """The speaker's visits that wait to be gone on with, the last touched first.

    A visit that waits for what had to come first is not among them: that one is.
    """
    first = aliased(Visit)
    waits = select(first.id).where(first.parent_id == Visit.id, first.state.in_(LIVE)).exists()
    statement = (
        select(Visit)
        .where(speaker.owns, Visit.state.in_(LIVE), ~waits)
        .order_by(Visit.touched_at.desc(), Visit.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return list(await session.scalars(statement))


async def count_unended(session: AsyncSession, speaker: Speaker) -> int:
    statement = select(func.count()).select_from(Visit).where(speaker.owns, Visit.state.in_(LIVE))
    return await session.scalar(statement.where(Visit.parent_id.is_(None))) or 0


async def in_hand(session: AsyncSession, visit: Visit) -> Visit:
    """What is really being walked through: the visit, or what had to come first for it."""
    statement = select(Visit).where(Visit.parent_id == visit.id, Visit.state.in_(LIVE)).limit(1)
    first = await session.scalar(statement)
    return visit if first is None else await in_hand(session, first)


async def waiting_for(session: AsyncSession, visit: Visit) -> Visit | None:
    """The visit during which this one became necessary."""
    return await session.get(Visit, visit.parent_id) if visit.parent_id is not None else None


async def units_for(session: AsyncSession, actor: Actor, now: datetime) -> list[Unit]:
    """The units for which a visit of the actor's may count, the last chosen first: their teams, else their office."""
    if actor.person_id is None:
        return []
    ids = actor.units(*TEAM_WRITERS, MEMBER) or await _offices(session, actor.person_id, now)
    if not ids:
        return []
    found = {unit.id: unit for unit in await session.scalars(select(Unit).where(Unit.id.in_(ids), _open_unit()))}
    ordered = [found[unit_id] for unit_id in ids if unit_id in found]
    if len(ordered) > 1:
        last = await _last_unit(session, actor.person_id)
        ordered.sort(key=lambda unit: unit.id != last)
    return ordered


def _open_unit() -> ColumnElement[bool]:
    return Unit.closed_on.is_(None)


async def _offices(session: AsyncSession, person_id: int, now: datetime) -> tuple[int, ...]:
    """The offices somebody sits in; the units of a group they look after are not theirs."""
    statement = (
        select(Role.unit_id)
        .where(Role.person_id == person_id, Role.kind.in_(OFFICE_ROLES), Role.group_id.is_(None), is_current(now))
        .order_by(Role.id)
    )
    return tuple(dict.fromkeys(await session.scalars(statement)))


async def _last_unit(session: AsyncSession, person_id: int) -> int | None:
    statement = select(Visit.unit_id).where(Visit.person_id == person_id, Visit.unit_id.is_not(None))
    return await session.scalar(statement.order_by(Visit.id.desc()).limit(1))


# --- a visit's life -------------------------------------------------------------------------------------------------


async def begin(
    session: AsyncSession,
    guide: Guide,
    speaker: Speaker,
    unit_id: int | None,
    now: datetime,
    parent: Visit | None = None,
) -> Visit:
    """A new visit before its first step; `parent` waits for it. One begun and not yet touched is taken instead."""
    if parent is None:
        untouched = await _untouched(session, guide, speaker, unit_id)
        if untouched is not None:
            return untouched
    else:
        pause(parent, now)
    visit = Visit(
        guide=guide.code,
        edition=guide.edition,
        unit_id=unit_id,
        person_id=speaker.person_id,
        account_id=speaker.account_id,
        parent_id=parent.id if parent else None,
        state=OPEN,
        step=PREPARATION,
        trail=[],
        started_at=now,
        touched_at=now,
        version=1,
    )
    session.add(visit)
    await session.flush()
    _note(session, visit, "visit.begin", speaker.person_id, now)
    return visit


async def _untouched(session: AsyncSession, guide: Guide, speaker: Speaker, unit_id: int | None) -> Visit | None:
    """A second tap on the same button is no second citizen."""
    same = and_(Visit.guide == guide.code, Visit.state == OPEN, Visit.step == PREPARATION, Visit.parent_id.is_(None))
    unit = Visit.unit_id.is_(None) if unit_id is None else Visit.unit_id == unit_id
    found = await session.scalars(select(Visit).where(speaker.owns, same, unit).order_by(Visit.id.desc()).limit(1))
    visit = found.one_or_none()
    return visit if visit is not None and visit.version == 1 else None


def move(visit: Visit, way: Way, now: datetime) -> None:
    """Stand where `way` stands, on the edition that it was walked on."""
    _touch(visit, now)
    visit.step, visit.trail, visit.edition = way.step, way.trail, way.guide.edition
    if way.step != END:
        visit.outcome, visit.reason, visit.files = "", "", 0


def pause(visit: Visit, now: datetime) -> None:
    if visit.state == OPEN:
        _touch(visit, now)
        visit.state = PAUSED


async def pause_all(session: AsyncSession, speaker: Speaker, now: datetime) -> None:
    """Whatever the speaker had in hand waits until they come back to it."""
    for visit in await session.scalars(select(Visit).where(speaker.owns, Visit.state == OPEN)):
        pause(visit, now)


def resume(visit: Visit, now: datetime) -> None:
    if visit.state == PAUSED:
        visit.state, visit.touched_at = OPEN, now
        visit.version += 1


def say_outcome(visit: Visit, outcome: str, reason: str, now: datetime) -> None:
    """How it came out; `reason` when unfinished, as far as it is known yet."""
    _touch(visit, now)
    visit.outcome, visit.reason, visit.files = outcome, reason if outcome == UNFINISHED else "", 0


def say_files(visit: Visit, files: int, now: datetime) -> None:
    """How many applications the citizen saw the code of."""
    _touch(visit, now)
    visit.files = files if visit.outcome == FILED else 0


async def end(session: AsyncSession, visit: Visit, people: int, *, by: int | None, now: datetime) -> None:
    """The visit is over, for so many people, and counts from now on."""
    _touch(visit, now)
    visit.turns = visit.people = people  # one person, one service, one sitting is one turn
    visit.state, visit.ended_at = ENDED, now
    _note(session, visit, "visit.end", by, now, outcome=visit.outcome)
    await session.flush()


async def drop(session: AsyncSession, visit: Visit, *, by: int | None, now: datetime) -> None:
    """Give a visit up with whatever had to come first for it; it counts nowhere."""
    for first in await session.scalars(select(Visit).where(Visit.parent_id == visit.id, Visit.state.in_(LIVE))):
        await drop(session, first, by=by, now=now)
    visit.state, visit.ended_at = DROPPED, now
    visit.version += 1
    _note(session, visit, "visit.drop", by, now)


async def drop_forgotten(session: AsyncSession, now: datetime) -> int:
    """Give up what nobody has come back to for long. Returns how many."""
    left = select(Visit).where(Visit.state.in_(LIVE), Visit.touched_at < now - GIVEN_UP_AFTER)
    found = (await session.scalars(left.order_by(Visit.id))).all()
    for visit in found:
        visit.state, visit.ended_at = DROPPED, now
        visit.version += 1
        _note(session, visit, "visit.drop", None, now)
    await session.flush()
    return len(found)


def _touch(visit: Visit, now: datetime) -> None:
    if visit.state == OPEN:
        visit.seconds = worked(visit.seconds, visit.touched_at, now)
    visit.state, visit.touched_at = OPEN, now
    visit.version += 1


def _note(session: AsyncSession, visit: Visit, action: str, by: int | None, now: datetime, **detail: str) -> None:
    what = {"guide": visit.guide, **detail}
    audit.note(
        session, at=now, person_id=by, action=action, object=f"visit:{visit.id}", unit_id=visit.unit_id, detail=what
    )


# --- what is kept about whoever helped -------------------------------------------------------------------------------


async def counts_of(session: AsyncSession, person_id: int) -> Sequence[tuple[str | None, int, datetime, datetime]]:
    """For each unit (None: for none) how many visits somebody made there, the first and the last of them."""
    statement = (
        select(Unit.name, func.count(), func.min(Visit.started_at), func.max(Visit.started_at))
        .select_from(Visit)
        .outerjoin(Unit, Unit.id == Visit.unit_id)
        .where(Visit.person_id == person_id)
        .group_by(Visit.unit_id, Unit.name)
        .order_by(Visit.unit_id)
    )
    return [(unit, count, first, last) for unit, count, first, last in await session.execute(statement)]


async def forget(session: AsyncSession, person_id: int, now: datetime) -> None:
    """Somebody is erased: nobody can tell any more whose their visits were; for the unit they stay counted."""
    accounts = select(Account.id).where(Account.person_id == person_id)
    mine = or_(Visit.person_id == person_id, Visit.account_id.in_(accounts))
    unended = update(Visit).where(mine, Visit.state.in_(LIVE)).values(state=DROPPED, ended_at=now)
    quiet = {"synchronize_session": False}
    await session.execute(unended.execution_options(**quiet))
    bare = update(Visit).where(mine).values(person_id=None, account_id=None)
    await session.execute(bare.execution_options(**quiet))
