"""Sections of reports that leaders ask of members: who is asked for what, and how each request ended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import and_, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.people import is_current
from models.programmes import Library
from models.report_sheet import Sheet
from models.rules.permissions import GRANTS
from models.rules.section_requests import ASKED, CLOSED, WITHDRAWN
from models.tables import Account, PeriodRow, Person, Report, Role, SectionRequest, Unit


@dataclass(frozen=True, slots=True)
class Standing:
    """A request with the name of whoever is asked."""

    request: SectionRequest
    name: str


@dataclass(frozen=True, slots=True)
class Owed:
    """A section that somebody is asked for: of which unit's report, of which period, what the form calls it."""

    request: SectionRequest
    unit_name: str
    unit_path: str
    period_key: str
    label: str


async def report_of(session: AsyncSession, request_id: int) -> int | None:
    """The report that a request is about."""
    return await session.scalar(select(SectionRequest.report_id).where(SectionRequest.id == request_id))


async def find(session: AsyncSession, request_id: int) -> SectionRequest | None:
    """A request as it is now; its report is to be held before, so that it does not end meanwhile."""
    wanted = select(SectionRequest).where(SectionRequest.id == request_id)
    return await session.scalar(wanted.execution_options(populate_existing=True))


async def open_of_report(session: AsyncSession, report_id: int) -> list[Standing]:
    """The requests of a report that wait for their answers, oldest first."""
    wanted = (
        select(SectionRequest, Person.name)
        .join(Person, Person.id == SectionRequest.person_id)
        .where(SectionRequest.report_id == report_id, SectionRequest.state == ASKED)
        .order_by(SectionRequest.id)
    )
    return [Standing(*row) for row in await session.execute(wanted.execution_options(populate_existing=True))]


async def open_for(session: AsyncSession, library: Library, person_id: int) -> list[Owed]:
    """What somebody is asked for and has not given yet, oldest first; of units they have left since, too."""
    wanted = (
        select(SectionRequest, Unit.name, Unit.path, PeriodRow.key, PeriodRow.form, Report.programme_id)
        .join(Report, Report.id == SectionRequest.report_id)
        .join(Unit, Unit.id == Report.unit_id)
        .join(PeriodRow, PeriodRow.id == Report.period_id)
        .where(SectionRequest.person_id == person_id, SectionRequest.state == ASKED)
        .order_by(SectionRequest.id)
    )
    found = []
    for request, unit_name, path, key, form, programme_id in await session.execute(wanted):
        sections = (await library.get(session, programme_id)).form(form).sections
        label = next((each.label for each in sections if each.code == request.section), request.section)
        found.append(Owed(request, unit_name, path, key, label))
    return found


async def members(session: AsyncSession, unit_id: int, now: datetime, but: int) -> dict[int, str]:
    """Name by person of whoever in this very unit may be asked: they have joined the bot and can be written to."""
    reached = exists().where(and_(Account.person_id == Person.id, Account.unreachable == ""))
    wanted = (
        select(Person.id, Person.name)
        .join(Role, Role.person_id == Person.id)
        .where(Role.unit_id == unit_id, Role.kind.in_(GRANTS["section.write"]), is_current(now))
        .where(Person.id != but, Person.erased_at.is_(None), reached)
        .order_by(Person.name_folded, Person.id)
    )
    return {person_id: name for person_id, name in await session.execute(wanted)}


async def ask(
    session: AsyncSession, sheet: Sheet, section: str, people: Sequence[int], note: str, *, by: int, now: datetime
) -> list[SectionRequest]:
    """Ask these people for a section; whoever is asked for it already is not asked twice. Returns the new requests."""
    there = await open_of_report(session, sheet.report.id)
    asked = {each.request.person_id for each in there if each.request.section == section}
    new = [
        SectionRequest(
            report_id=sheet.report.id, section=section, person_id=person_id, asked_by=by, asked_at=now, note=note,
            state=ASKED,
        )
        for person_id in people if person_id not in asked
    ]  # fmt: skip
    session.add_all(new)
    await session.flush()
    for each in new:
        _note(session, each, sheet.unit.id, "section.ask", by, now)
    return new


async def settle(
    session: AsyncSession, request: SectionRequest, state: str, unit_id: int, *, by: int, now: datetime
) -> None:
    """End a request: done, declined, withdrawn, or closed because the report was sent."""
    request.state, request.settled_at = state, now
    request.version += 1
    _note(session, request, unit_id, f"section.{state}", by, now)
    await session.flush()


async def close(session: AsyncSession, sheet: Sheet, *, by: int, now: datetime) -> list[SectionRequest]:
    """The report is sent: nothing more is asked of anybody. Returns what was still open."""
    still = [each.request for each in await open_of_report(session, sheet.report.id)]
    for request in still:
        await settle(session, request, CLOSED, sheet.unit.id, by=by, now=now)
    return still


async def forget(session: AsyncSession, person_id: int, now: datetime) -> None:
    """Whoever has their data erased is asked for nothing any more, and what they wrote to others goes."""
    mine = or_(SectionRequest.person_id == person_id, SectionRequest.asked_by == person_id)
    for request in await session.scalars(select(SectionRequest).where(mine)):
        if request.asked_by == person_id:
            request.note = ""
        if request.state == ASKED and request.person_id == person_id:
            request.state, request.settled_at = WITHDRAWN, now
            request.version += 1


def _note(session: AsyncSession, request: SectionRequest, unit_id: int, action: str, by: int, now: datetime) -> None:
    audit.note(
        session,
        at=now,
        person_id=by,
        action=action,
        object=f"section_request:{request.id}",
        unit_id=unit_id,
        detail={"report": request.report_id, "section": request.section, "person": request.person_id},
    )
