"""Teams: registered by whoever founds them, confirmed or returned by the coordinator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, people, units
from models.rules import Refusal
from models.rules.names import UNIT_ROOM, folded_name
from models.rules.permissions import ADMINISTRATOR, COORDINATOR, FOUNDER, LEADER
from models.rules.teams import TeamCard
from models.rules.unit_list import CODE_ROOM
from models.tables import Person, Role, Team, Unit


@dataclass(frozen=True, slots=True)
class Registered:
    """A team with its unit."""

    unit: Unit
    team: Team


async def find(session: AsyncSession, unit_id: int) -> Registered | None:
    statement = select(Unit, Team).join(Team, Team.unit_id == Unit.id).where(Unit.id == unit_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Registered(*row)


async def waiting(session: AsyncSession, path: str, offset: int = 0, limit: int | None = None) -> list[Registered]:
    """Teams of the subtree that wait for a coordinator's word, the longest waiting first."""
    statement = (
        select(Unit, Team)
        .join(Team, Team.unit_id == Unit.id)
        .where(units.below(path), Team.state == "waiting", Unit.closed_on.is_(None))
        .order_by(Team.registered_at, Unit.id)
        .offset(offset)
        .limit(limit)
    )
    return [Registered(*row) for row in await session.execute(statement)]


async def unsettled_of(session: AsyncSession, person_id: int, parent_id: int | None = None) -> list[Registered]:
    """What this person registered (under this unit) and nobody has confirmed yet, the newest first."""
    statement = (
        select(Unit, Team)
        .join(Team, Team.unit_id == Unit.id)
        .where(Team.registered_by == person_id, Team.state != "confirmed", Unit.closed_on.is_(None))
        .order_by(Unit.id.desc())
    )
    if parent_id is not None:
        statement = statement.where(Unit.parent_id == parent_id)
    return [Registered(*row) for row in await session.execute(statement)]


async def register(
    session: AsyncSession, parent: Unit, card: TeamCard, *, by: int, confirmed: bool, now: datetime
) -> Registered:
    """A new team; `confirmed` when a coordinator adds it. Raises Refusal team.name_taken (`name`, `parent`)."""
    await session.execute(select(Unit.id).where(Unit.id == parent.id).with_for_update())
    await refuse_same_name(session, parent, card.name)
    unit = await units.add(
        session, code=await free_code(session, parent), name=card.name, kind="team", parent=parent, opened_on=card.date
    )
    team = Team(unit_id=unit.id, state="waiting", registered_by=by, registered_at=now, version=1)
    _write(team, card)
    if confirmed:
        team.state, team.decided_by, team.decided_at = "confirmed", by, now
    session.add(team)
    await session.flush()
    _note(session, team, "team.register", by, now)
    return Registered(unit, team)


async def correct(session: AsyncSession, found: Registered, card: TeamCard, *, by: int, now: datetime) -> None:
    """Send a returned team again, as declared now. Raises Refusal team.name_taken (`name`, `parent`)."""
    unit, team = found.unit, found.team
    parent = await session.get_one(Unit, unit.parent_id)
    await refuse_same_name(session, parent, card.name, but=unit.id)
    unit.name, unit.name_folded, unit.opened_on = card.name, folded_name(card.name, UNIT_ROOM), card.date
    _write(team, card)
    team.state, team.registered_at, team.reason = "waiting", now, ""
    team.version += 1
    _note(session, team, "team.correct", by, now)


async def confirm(session: AsyncSession, found: Registered, *, by: int, now: datetime) -> Person | None:
    """Accept a waiting team: who registered it becomes its leader and is returned, and no longer founds teams."""
    team = found.team
    _decide(team, "confirmed", "", by, now)
    _note(session, team, "team.confirm", by, now)
    if team.registered_by is None:
        return None
    await people.grant(session, team.registered_by, team.unit_id, LEADER, by=by, now=now)
    await _end_founding(session, team.registered_by, found.unit.parent_id, by, now)
    return await people.find(session, team.registered_by)


async def refuse(session: AsyncSession, found: Registered, reason: str, *, by: int, now: datetime) -> Person | None:
    """Return a waiting team with the reason; whoever registered it is returned and may correct it."""
    _decide(found.team, "refused", reason, by, now)
    _note(session, found.team, "team.refuse", by, now)
    if found.team.registered_by is None:
        return None
    return await people.find(session, found.team.registered_by)


async def deciders(session: AsyncSession, parent: Unit, now: datetime) -> list[Person]:
    """Who is asked to confirm a team: the coordinators from `parent` up to the province, else the administrators."""
    ids = [int(part) for part in parent.path.strip("/").split("/")]
    held = await people.memberships(session, ids, (COORDINATOR, ADMINISTRATOR), now)
    near = [each for each in held if each.role.kind == COORDINATOR and each.unit.kind != "central"]
    return list({each.person.id: each.person for each in near or held}.values())


async def _end_founding(session: AsyncSession, person_id: int, parent_id: int | None, by: int, now: datetime) -> None:
    await session.flush()
    if parent_id is None or await unsettled_of(session, person_id, parent_id):
        return
    statement = select(Role).where(
        Role.person_id == person_id, Role.unit_id == parent_id, Role.kind == FOUNDER, people.is_current(now)
    )
    for role in await session.scalars(statement):
        await people.end_role(session, role, by=by, now=now)


async def refuse_same_name(session: AsyncSession, parent: Unit, name: str, but: int = 0) -> None:
    """Raises Refusal team.name_taken (`name`, `parent`) when another team (not `but`) of `parent` is called so."""
    statement = select(Unit.id).where(
        Unit.parent_id == parent.id,
        Unit.kind == "team",
        Unit.closed_on.is_(None),
        Unit.name_folded == folded_name(name, UNIT_ROOM),
        Unit.id != but,
    )
    if await session.scalar(statement.limit(1)) is not None:
        raise Refusal("team.name_taken", name=name, parent=parent.name)


async def free_code(session: AsyncSession, parent: Unit) -> str:
    """The code of the unit above with the next free number: "28261-3"."""
    stem = parent.code[: CODE_ROOM - 8]
    teams = select(func.count()).where(Unit.parent_id == parent.id, Unit.kind == "team")
    number = (await session.scalar(teams) or 0) + 1
    while await session.scalar(select(Unit.id).where(Unit.code == f"{stem}-{number}")) is not None:
        number += 1
    return f"{stem}-{number}"


def _write(team: Team, card: TeamCard) -> None:
    team.decision_number, team.decision_date, team.members = card.number, card.date, card.members


def _decide(team: Team, state: str, reason: str, by: int, now: datetime) -> None:
    team.state, team.reason, team.decided_by, team.decided_at = state, reason, by, now
    team.version += 1


def _note(session: AsyncSession, team: Team, action: str, by: int, now: datetime) -> None:
    audit.note(
        session,
        at=now,
        person_id=by,
        action=action,
        object=f"team:{team.unit_id}",
        unit_id=team.unit_id,
        detail={"version": team.version},
    )
