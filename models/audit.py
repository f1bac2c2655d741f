"""Who did what: one row in the transaction of the deed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models.tables import Audit, Report


def note(
    session: AsyncSession,
    *,
    at: datetime,
    person_id: int | None,
    action: str,
    object: str,
    unit_id: int | None = None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write down a deed; it is kept exactly when the deed itself is."""
    session.add(Audit(at=at, person_id=person_id, action=action, object=object, unit_id=unit_id, detail=detail or {}))


def note_report(
    session: AsyncSession,
    report: Report,
    action: str,
    *,
    at: datetime,
    person_id: int | None,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write down a deed done to a report, under its unit."""
    thing = f"report:{report.id}"
    note(session, at=at, person_id=person_id, action=action, object=thing, unit_id=report.unit_id, detail=detail)
