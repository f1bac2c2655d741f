"""The register of teams (sổ đội hình) of an office: what each team still lacks, and the list that the plan demands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models import audit, people
from models.rules.permissions import LEADER
from models.rules.rosters import RosterLine, list_order
from models.tables import Person, Role, RosterEntry, Team, Unit
from models.units import below

GAPS = ("decision", "file", "head", "roster")  # what a team may lack, in the order of founding one


@dataclass(frozen=True, slots=True)
class Register:
    """How many confirmed teams a subtree has, and how many of them lack what."""

    teams: int
    lacking: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Entered:
    """A team as the register shows it. `declared`: how many members it was registered with; empty when nobody said.

    `heads` are its leaders in the bot, `lines` the list of its members.
    """

    code: str
    name: str
    parent: str
    number: str
    date: date | None
    has_file: bool
    declared: int | None
    heads: tuple[str, ...]
    lines: tuple[RosterLine, ...]


async def register(session: AsyncSession, path: str, now: datetime) -> Register:
    lacking = [func.count().filter(_lacks(gap, now)) for gap in GAPS]
    counted = select(func.count(), *lacking).select_from(Unit).outerjoin(Team, Team.unit_id == Unit.id)
    teams, *numbers = (await session.execute(counted.where(*_teams(path)))).one()
    return Register(teams, dict(zip(GAPS, numbers, strict=True)))


async def lacking(
    session: AsyncSession, path: str, gap: str, now: datetime, offset: int = 0, limit: int | None = None
) -> list[Unit]:
    """The confirmed teams of a subtree that lack one of GAPS, by name."""
    statement = select(Unit).outerjoin(Team, Team.unit_id == Unit.id).where(*_teams(path), _lacks(gap, now))
    return list(await session.scalars(statement.order_by(Unit.name_folded, Unit.id).offset(offset).limit(limit)))


def _teams(path: str) -> tuple[ColumnElement[bool], ...]:
    settled = Team.unit_id.is_(None) | (Team.state == "confirmed")
    return below(path), Unit.kind == "team", Unit.closed_on.is_(None), settled


def _lacks(gap: str, now: datetime) -> ColumnElement[bool]:
    match gap:
        case "decision":
            return func.coalesce(Team.decision_number, "") == ""
        case "file":
            return func.coalesce(Team.decision_file, "") == ""
        case "head":
            return ~select(Role.id).where(Role.unit_id == Unit.id, Role.kind == LEADER, people.is_current(now)).exists()
        case "roster":
            return ~select(RosterEntry.id).where(RosterEntry.unit_id == Unit.id, RosterEntry.until.is_(None)).exists()
    raise KeyError(gap)


# --- the list ---------------------------------------------------------------------------------------------------------


async def entered(session: AsyncSession, path: str, now: datetime) -> list[Entered]:
    """Every confirmed team of a subtree with its list of members, teams of one unit together."""
    above = aliased(Unit)
    statement = (
        select(Unit, above.name, Team)
        .outerjoin(Team, Team.unit_id == Unit.id)
        .outerjoin(above, above.id == Unit.parent_id)
        .where(*_teams(path))
        .order_by(above.name_folded, above.id, Unit.name_folded, Unit.id)
    )
    heads, lines = await _heads(session, path, now), await _lines(session, path)
    return [
        Entered(
            unit.code, unit.name, parent or "", team.decision_number if team else "",
            team.decision_date if team else None, bool(team and team.decision_file), team.members if team else None,
            tuple(heads.get(unit.id, ())), tuple(lines.get(unit.id, ())),
        )
        for unit, parent, team in await session.execute(statement)
    ]  # fmt: skip


async def _heads(session: AsyncSession, path: str, now: datetime) -> dict[int, list[str]]:
    statement = (
        select(Role.unit_id, Person.name)
        .join(Person, Person.id == Role.person_id)
        .join(Unit, Unit.id == Role.unit_id)
        .where(below(path), Role.kind == LEADER, people.is_current(now))
        .order_by(Role.id)
    )
    found: dict[int, list[str]] = {}
    for unit_id, name in await session.execute(statement):
        found.setdefault(unit_id, []).append(name)
    return found


async def _lines(session: AsyncSession, path: str) -> dict[int, list[RosterLine]]:
    each = RosterEntry
    statement = (
        select(each.unit_id, each.name, each.duty, each.birth_year, each.phone, each.note)
        .join(Unit, Unit.id == each.unit_id)
        .where(below(path), each.until.is_(None))
        .order_by(each.unit_id, each.number, each.id)
    )
    found: dict[int, list[RosterLine]] = {}
    for unit_id, name, duty, year, phone, note in await session.execute(statement):
        found.setdefault(unit_id, []).append(RosterLine(name, duty, year, phone, note))
    return {unit_id: sorted(lines, key=list_order) for unit_id, lines in found.items()}


def note_handed_out(session: AsyncSession, unit: Unit, what: str, *, by: int, now: datetime) -> None:
    """Somebody took a list with names and telephone numbers out of the bot."""
    audit.note(session, at=now, person_id=by, action=f"{what}.export", object=f"unit:{unit.id}", unit_id=unit.id)
