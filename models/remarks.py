"""Difficulties and proposals of a report."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.reports import Sheet
from models.rules import Refusal
from models.rules.reports import MOST_REMARKS
from models.tables import Remark

DIFFICULTY, PROPOSAL = "difficulty", "proposal"


async def of_report(session: AsyncSession, report_id: int) -> Sequence[Remark]:
    """All remarks of a report in the order they were written."""
    return (await session.scalars(select(Remark).where(Remark.report_id == report_id).order_by(Remark.id))).all()


async def add(
    session: AsyncSession, sheet: Sheet, kind: str, code: str, text: str, *, person_id: int, now: datetime
) -> None:
    """Add a remark; the same one again changes nothing. Raises Refusal report.too_many_remarks(most)."""
    there = [each for each in await of_report(session, sheet.report.id) if each.kind == kind]
    if any((each.code, each.text) == (code, text) for each in there):
        return
    if len(there) >= MOST_REMARKS:
        raise Refusal("report.too_many_remarks", most=MOST_REMARKS)
    session.add(Remark(report_id=sheet.report.id, kind=kind, code=code, text=text, person_id=person_id, at=now))
    _note(session, sheet, "report.remark", code, person_id, now)
    await session.flush()


async def drop(session: AsyncSession, sheet: Sheet, remark_id: int, *, person_id: int, now: datetime) -> bool:
    """Take a remark of this report back. Returns whether there was one."""
    wanted = select(Remark).where(Remark.id == remark_id, Remark.report_id == sheet.report.id)
    remark = await session.scalar(wanted)
    if remark is None:
        return False
    await session.delete(remark)
    _note(session, sheet, "report.unremark", remark.code, person_id, now)
    await session.flush()
    return True


def _note(session: AsyncSession, sheet: Sheet, action: str, code: str, person_id: int, now: datetime) -> None:
    sheet.report.version += 1
    audit.note_report(session, sheet.report, action, at=now, person_id=person_id, detail={"code": code})
