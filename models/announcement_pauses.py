"""An announcement that was stopped: those kept back get it after all, or never will."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import announcement_flow, audit
from models.changes import changed
from models.rules import Refusal
from models.rules.announcement_endings import GIVEN_UP, STOPPED, WAITING, WAS_STOPPED
from models.tables import Announcement, Recipient


async def kept_back(session: AsyncSession, announcement: Announcement) -> int:
    """How many would get it if it went on."""
    if announcement.state != STOPPED:
        return 0
    return await session.scalar(select(func.count()).select_from(Recipient).where(*_held(announcement))) or 0


async def go_on(session: AsyncSession, announcement: Announcement, by: int, now: datetime) -> int:
    """It goes on to those kept back, and to whoever was not listed yet. Returns how many of the ledger wait again.

    Raises Refusal announcement_progress.still_stopping while the channel has not said what became of the last ones:
    whoever it lets go then must be among those kept back.
    """
    if not await announcement_flow.settle(session, announcement, now):
        raise Refusal("announcement_progress.still_stopping")
    again = update(Recipient).where(*_held(announcement))
    again = again.values(state=WAITING, reason="", outbox_id=None, tries=Recipient.tries + 1)
    count = await changed(session, again)
    announcement.state, announcement.reason, announcement.ended_at = "sending", "", None
    announcement.version += 1
    if announcement.progress:
        announcement.progress = announcement.progress | {"is_over": False}
    _note(session, announcement, "go_on", by, now, count)
    await session.flush()
    return count


async def give_up(session: AsyncSession, announcement: Announcement, by: int, now: datetime) -> int:
    """Those kept back will never get it. Returns how many they are."""
    never = update(Recipient).where(*_held(announcement)).values(reason=GIVEN_UP)
    count = await changed(session, never)
    announcement.version += 1
    _note(session, announcement, "give_up", by, now, count)
    await session.flush()
    return count


def _held(announcement: Announcement) -> tuple[ColumnElement[bool], ...]:
    return (
        Recipient.announcement_id == announcement.id,
        Recipient.state == STOPPED,
        Recipient.reason == WAS_STOPPED,
        Recipient.confirmed_at.is_(None),
    )


def _note(session: AsyncSession, announcement: Announcement, action: str, by: int, now: datetime, count: int) -> None:
    audit.note(
        session, at=now, person_id=by, action=f"announcement.{action}", object=f"announcement:{announcement.id}",
        unit_id=announcement.unit_id, detail={"recipients": count},
    )  # fmt: skip
