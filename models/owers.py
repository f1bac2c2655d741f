"""Which units owe a duty in a period: by their kind, their place, their dates, and whether anybody there could file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from sqlalchemy import Date, Select, and_, bindparam, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models.rules.duties import Duty
from models.rules.periods import Period
from models.rules.programmes import Programme
from models.tables import Obligation, Role, Team, Unit
from models.tables.columns import Moment


async def new_owers(
    session: AsyncSession, programme: Programme, duty: Duty, period: Period, period_id: int | None
) -> Sequence[int]:
    """Each unit that owes and has no obligation yet: open on the last day of the period, a team confirmed before it was
    due; where a duty is `owed_with` a role, a unit in which somebody got that role before it was due."""
    statement = _owing(bool(duty.owed_with), bool(duty.units), bool(programme.opened_by))
    values: dict[str, Any] = {
        "period": period_id or 0,
        "kinds": list(duty.owed_by),
        "ends": period.ends,
        "due": period.due,
    }
    if duty.owed_with:
        values["role"] = duty.owed_with
    if duty.units:
        values["codes"] = list(duty.units)
    if programme.opened_by:  # none outside the unit that opened the round
        path = await session.scalar(select(Unit.path).where(Unit.code == programme.opened_by)) or "-"
        values |= {"path": path, "path_end": path[:-1] + "0"}
    return (await session.scalars(statement, values)).all()


@cache
def _owing(with_role: bool, listed: bool, within: bool) -> Select[int]:
    """Asked at every look at the timetable for every duty, so built once: building it costs more than the asking."""
    confirmed_at = func.coalesce(Team.decided_at, Team.registered_at)
    ends, due = bindparam("ends", type_=Date()), bindparam("due", type_=Moment())
    statement = (
        select(Unit.id)
        .outerjoin(Team, Team.unit_id == Unit.id)
        .outerjoin(Obligation, and_(Obligation.unit_id == Unit.id, Obligation.period_id == bindparam("period")))
        .where(Obligation.id.is_(None), Unit.kind.in_(bindparam("kinds", expanding=True)))
        .where(or_(Unit.opened_on.is_(None), Unit.opened_on <= ends))
        .where(or_(Unit.closed_on.is_(None), Unit.closed_on > ends))
        # a team from a list has no registration to confirm
        .where(or_(Team.unit_id.is_(None), and_(Team.state == "confirmed", confirmed_at <= due)))
    )
    if with_role:
        held = and_(Role.unit_id == Unit.id, Role.kind == bindparam("role"), Role.since <= due)
        statement = statement.where(exists().where(held, or_(Role.until.is_(None), Role.until > due)))
    if listed:
        statement = statement.where(Unit.code.in_(bindparam("codes", expanding=True)))
    if within:
        statement = statement.where(Unit.path >= bindparam("path"), Unit.path < bindparam("path_end"))
    return statement
