"""More time for one unit's report: asked for by whoever writes it, granted or refused by the level above."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.reviews import inside
from models.rules.reviews import Scope
from models.tables import Extension, Obligation, PeriodRow, Person, Report, Unit

ASKED, GRANTED, REFUSED, WITHDRAWN = "asked", "granted", "refused", "withdrawn"


@dataclass(frozen=True, slots=True)
class Case:
    """What more time is asked for: the obligation of a unit for a period, and its report when it was begun."""

    obligation: Obligation
    period: PeriodRow
    unit: Unit
    report: Report | None

    @property
    def is_filed(self) -> bool:
        return self.report is not None and self.report.submitted_at is not None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request with what it is about, and the name of whoever asks ("": had their data erased)."""

    extension: Extension
    case: Case
    name: str


async def case_of(session: AsyncSession, period_id: int, unit_id: int) -> Case | None:
    statement = _cases().where(Obligation.period_id == period_id, Obligation.unit_id == unit_id)
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Case(*row)


async def path_of(session: AsyncSession, unit_id: int) -> str | None:
    """Where a unit lies; None when there is none."""
    return await session.scalar(select(Unit.path).where(Unit.id == unit_id))


def _cases() -> Select[Obligation, PeriodRow, Unit, Report]:
    return (
        select(Obligation, PeriodRow, Unit, Report)
        .join(PeriodRow, PeriodRow.id == Obligation.period_id)
        .join(Unit, Unit.id == Obligation.unit_id)
        .outerjoin(Report, (Report.period_id == PeriodRow.id) & (Report.unit_id == Unit.id))
    )


async def find(session: AsyncSession, extension_id: int, *, lock: bool = False) -> Asked | None:
    """A request, held against a second decision until the turn ends when `lock`."""
    extension = await session.get(Extension, extension_id, with_for_update=lock or None, populate_existing=lock)
    if extension is None:
        return None
    row = (await session.execute(_cases().where(Obligation.id == extension.obligation_id))).one()
    person = await session.get(Person, extension.asked_by) if extension.asked_by else None
    return Asked(extension, Case(*row), person.name if person else "")


async def open_one(session: AsyncSession, obligation_id: int) -> Extension | None:
    """The request about this obligation that waits for an answer."""
    wanted = select(Extension).where(Extension.obligation_id == obligation_id, Extension.state == ASKED)
    return await session.scalar(wanted.limit(1))


async def waiting(session: AsyncSession, scopes: Sequence[Scope]) -> Sequence[Asked]:
    """The requests there that wait for an answer, the longest waiting first."""
    if not scopes:
        return []
    statement = (
        select(Extension, Obligation, PeriodRow, Unit, Report, Person.name)
        .join(Obligation, Obligation.id == Extension.obligation_id)
        .join(PeriodRow, PeriodRow.id == Obligation.period_id)
        .join(Unit, Unit.id == Obligation.unit_id)
        .outerjoin(Report, (Report.period_id == PeriodRow.id) & (Report.unit_id == Unit.id))
        .outerjoin(Person, Person.id == Extension.asked_by)
        .where(Extension.state == ASKED, inside(scopes), _matters())
        .order_by(Extension.asked_at, Extension.id)
    )
    rows = await session.execute(statement)
    return [Asked(row[0], Case(row[1], row[2], row[3], row[4]), row[5] or "") for row in rows]


def _matters() -> ColumnElement[bool]:
    """Once the report is there, more time changes nothing unless it came after the deadline."""
    return or_(Report.submitted_at.is_(None), Report.submitted_at > PeriodRow.due_at)


async def count_waiting(session: AsyncSession, scopes: Sequence[Scope]) -> int:
    if not scopes:
        return 0
    statement = (
        select(func.count())
        .select_from(Extension)
        .join(Obligation, Obligation.id == Extension.obligation_id)
        .join(PeriodRow, PeriodRow.id == Obligation.period_id)
        .join(Unit, Unit.id == Obligation.unit_id)
        .outerjoin(Report, (Report.period_id == PeriodRow.id) & (Report.unit_id == Unit.id))
        .where(Extension.state == ASKED, inside(scopes), _matters())
    )
    return await session.scalar(statement) or 0


async def ask(
    session: AsyncSession, case: Case, reason: str, until: datetime, *, person_id: int, now: datetime
) -> Extension:
    """Ask for more time; an earlier request that waits is replaced by this one."""
    earlier = await open_one(session, case.obligation.id)
    if earlier is not None:
        await _settle(session, earlier, case, WITHDRAWN, person_id=person_id, now=now)
    found = Extension(
        obligation_id=case.obligation.id,
        asked_by=person_id,
        asked_at=now,
        reason=reason,
        wanted_until=until,
        state=ASKED,
        answer="",
        version=1,
    )
    session.add(found)
    await session.flush()
    _note(session, found, case, "extension.ask", person_id, now)
    return found


async def grant(session: AsyncSession, asked: Asked, until: datetime, *, person_id: int, now: datetime) -> None:
    """Give more time, until the moment asked for or another one: from now on the unit is late only after it."""
    extension, obligation = asked.extension, asked.case.obligation
    extension.until = until
    obligation.extended_until, obligation.extended_at = until, now
    await _settle(session, extension, asked.case, GRANTED, person_id=person_id, now=now)


async def refuse(session: AsyncSession, asked: Asked, answer: str, *, person_id: int, now: datetime) -> None:
    asked.extension.answer = answer
    await _settle(session, asked.extension, asked.case, REFUSED, person_id=person_id, now=now)


async def withdraw(session: AsyncSession, asked: Asked, *, person_id: int, now: datetime) -> None:
    await _settle(session, asked.extension, asked.case, WITHDRAWN, person_id=person_id, now=now)


async def _settle(
    session: AsyncSession, extension: Extension, case: Case, state: str, *, person_id: int, now: datetime
) -> None:
    extension.state, extension.decided_by, extension.decided_at = state, person_id, now
    extension.version += 1
    _note(session, extension, case, f"extension.{state}", person_id, now)
    await session.flush()


def _note(session: AsyncSession, extension: Extension, case: Case, action: str, person_id: int, now: datetime) -> None:
    until = extension.until or extension.wanted_until
    audit.note(
        session,
        at=now,
        person_id=person_id,
        action=action,
        object=f"extension:{extension.id}",
        unit_id=case.unit.id,
        detail={"until": until.isoformat(), "period": case.period.key},
    )
