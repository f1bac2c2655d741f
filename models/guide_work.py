"""What somebody did to keep the guides right, as it is shown to them, and forgotten when they are."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models import guide_changes, guide_checks, guide_faults, guide_notes


async def facts(session: AsyncSession, person_id: int) -> list[dict[str, Any]]:
    """The steps they reported, their corrections, notes and checks, and what they decided."""
    found: list[dict[str, Any]] = []

    def add(deed: str, guide: str, text: str, at: datetime | None) -> None:
        found.append({"kind": "guide", "deed": deed, "guide": guide, "text": text, "at": at})

    for fault in await guide_faults.of_person(session, person_id):
        if fault.person_id == person_id:
            add("reported", fault.guide, fault.text, fault.at)
        if fault.settled_by == person_id:
            add("settled", fault.guide, fault.answer or fault.text, fault.settled_at)
    for change in await guide_changes.of_person(session, person_id):
        if change.proposed_by == person_id:
            add("proposed", change.guide, change.reason, change.proposed_at)
        if change.decided_by == person_id:
            add("decided", change.guide, change.answer or change.reason, change.decided_at)
    for note in await guide_notes.of_person(session, person_id):
        add("noted", note.guide, note.text, note.at)
    for check in await guide_checks.of_person(session, person_id):
        add("checked", check.guide, check.app, check.at)
    return found


async def forget(session: AsyncSession, person_id: int) -> None:
    """Corrections, notes and reports are the office's and stay; whose they were is known no more."""
    for each in (guide_changes, guide_faults, guide_notes, guide_checks):
        await each.forget(session, person_id)
