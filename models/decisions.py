"""The founding decision of a team: its number, its date, and the paper itself as it was sent."""

from __future__ import annotations

from datetime import UTC, date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.evidence import Stored
from models.tables import Team, Unit

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)  # since when a listed team is known: it owes whatever it owed before


async def find(session: AsyncSession, unit_id: int) -> Team | None:
    return await session.get(Team, unit_id)


async def keep_paper(session: AsyncSession, unit: Unit, paper: Stored, *, by: int, now: datetime) -> bool:
    """Keep the paper with the team. Returns whether another one was there before; that one stays in the audit."""
    team = await _team(session, unit, by, now)
    before = team.decision_file
    if before == paper.sha256:
        return False
    team.decision_file, team.decision_file_name = paper.sha256, paper.name[:120]
    team.version += 1
    _note(session, team, "decision.paper", by, now, {"before": before, "after": paper.sha256})
    await session.flush()
    return bool(before)


async def write_number(
    session: AsyncSession, unit: Unit, number: str, day: date | None, *, by: int, now: datetime
) -> None:
    """Say by which decision the team was founded, and of which day."""
    team = await _team(session, unit, by, now)
    said = team.decision_date.isoformat() if team.decision_date else ""
    before = [team.decision_number, said]
    team.decision_number, team.decision_date = number, day
    team.version += 1
    _note(session, team, "decision.number", by, now, {"before": before})
    await session.flush()


async def _team(session: AsyncSession, unit: Unit, by: int, now: datetime) -> Team:
    """The team's own row; one that came with a list of units gets it here, for a listed team is a confirmed one."""
    team = await session.get(Team, unit.id, with_for_update=True)
    if team is None:
        team = Team(unit_id=unit.id, state="confirmed", registered_at=ALWAYS, decided_at=ALWAYS, version=1)
        team.decision_number, team.decision_file = "", ""
        session.add(team)
        await session.flush()
    return team


def _note(session: AsyncSession, team: Team, action: str, by: int, now: datetime, detail: dict[str, object]) -> None:
    audit.note(
        session, at=now, person_id=by, action=action, object=f"team:{team.unit_id}", unit_id=team.unit_id,
        detail=detail | {"version": team.version},
    )  # fmt: skip
