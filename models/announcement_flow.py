"""What the outbox says about an announcement's messages, carried over into its ledger many at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, correction_news
from models.announcement_ledger import ARRIVED
from models.announcement_listing import locked
from models.announcements import RECALLED, REPLACED
from models.changes import changed
from models.database import Database
from models.received_announcements import OUT
from models.rules.announcement_endings import SENT, STOPPED, UNDER_WAY, UNKNOWN, WAITING, WAS_STOPPED, ending_of
from models.tables import Announcement, Outbox, Recipient

LATE = timedelta(hours=1)  # so long after an announcement is over its ledger is still put right

Ending = tuple[str, str]  # state and error of promises


async def carry_over(db: Database, announcement_id: int, now: datetime) -> int:
    """Bring the ledger of one announcement up to date, and end it when nobody waits any more. Returns how many of its
    recipients have come to an end.

    Looked for beside the writers, so that a tick at which nothing ended holds up nobody.
    """
    async with db.read() as session:
        endings = await _endings(session, announcement_id)
        is_open = await _open(session, announcement_id)
    if not endings and is_open:
        return 0
    async with db.write() as session:
        announcement = await locked(session, announcement_id)
        ended = await note(session, announcement, endings)
        await end_if_over(session, announcement, now)
    return ended


async def hear_late(db: Database, now: datetime) -> int:
    """Of what nobody could know of, some is known after all: a process that was taken for dead has said that it went
    through. Returns how many recipients that were.
    """
    closed = or_(Announcement.ended_at.is_(None), Announcement.ended_at > now - LATE)
    open_to_it = select(Announcement.id).where(Announcement.started_at.is_not(None), closed)
    arrived = (
        Recipient.announcement_id.in_(open_to_it),
        Recipient.state == UNKNOWN,
        exists().where(Outbox.id == Recipient.outbox_id, Outbox.state == SENT),
    )
    async with db.read() as session:
        if await session.scalar(select(Recipient.id).where(*arrived).limit(1)) is None:
            return 0
    mended = update(Recipient).where(*arrived).values(state=SENT, reason="").returning(Recipient.id)
    async with db.write() as session:
        return len((await session.execute(mended.execution_options(synchronize_session=False))).all())


async def note(session: AsyncSession, announcement: Announcement, endings: Sequence[Ending]) -> int:
    """Write these endings down, one statement for all that ended alike. Returns how many there were."""
    ended = 0
    for state, error in endings:
        new_state, reason = ending_of(state, error, is_cut=announcement.state != "sending")
        statement = (
            update(Recipient)
            .where(Recipient.announcement_id == announcement.id, Recipient.state == WAITING)
            .where(Outbox.id == Recipient.outbox_id, Outbox.state == state, Outbox.error == error)
            .values(state=new_state, reason=reason)
        )
        ended += await changed(session, statement)
    if ended:
        await correction_news.owe(session, announcement)
    return ended


async def end_if_over(session: AsyncSession, announcement: Announcement, now: datetime) -> None:
    """Over is what was listed whole when nobody of its ledger waits, be it for its recall."""
    is_cut = announcement.state != "sending"
    if not announcement.listed_at:
        return
    await session.flush()
    if await _open(session, announcement.id):
        return
    announcement.ended_at = now
    if not is_cut:
        announcement.state = "sent"
        announcement.version += 1


async def cancel_waiting(session: AsyncSession, announcement: Announcement, now: datetime) -> int:
    """Let go of every promise of it that nobody has claimed yet. Returns how many those were."""
    waits = select(Recipient.outbox_id).where(Recipient.announcement_id == announcement.id, Recipient.state == WAITING)
    statement = (
        update(Outbox)
        .where(Outbox.state == "ready", Outbox.id.in_(waits))
        .values(state="cancelled", settled_at=now, error=WAS_STOPPED)
    )
    await changed(session, statement)
    unowed = (
        update(Recipient)
        .where(Recipient.announcement_id == announcement.id, Recipient.state == WAITING, Recipient.outbox_id.is_(None))
        .values(state=STOPPED, reason=STOPPED)
    )
    kept_back = await changed(session, unowed)
    return kept_back + await note(session, announcement, [("cancelled", WAS_STOPPED)])


async def settle(session: AsyncSession, announcement: Announcement, now: datetime) -> bool:
    """Write down what has ended by now. Returns whether nobody of its ledger waits any more."""
    await note(session, announcement, await _endings(session, announcement.id))
    await end_if_over(session, announcement, now)
    return not await _open(session, announcement.id)


async def _endings(session: AsyncSession, announcement_id: int) -> list[Ending]:
    statement = (
        select(Outbox.state, Outbox.error)
        .join(Recipient, Recipient.outbox_id == Outbox.id)
        .where(Recipient.announcement_id == announcement_id, Recipient.state == WAITING)
        .where(Outbox.state.not_in(UNDER_WAY))
        .distinct()
    )
    return [(state, error) for state, error in await session.execute(statement)]


def untold() -> tuple[ColumnElement[bool], ...]:
    """Of a recalled one: who has it, or may, and has not heard so."""
    return Recipient.state.in_(ARRIVED), Recipient.way == ""


async def _open(session: AsyncSession, announcement_id: int) -> bool:
    """Whether somebody waits for the announcement, or has it and waits to hear of its recall."""
    of_it = select(Recipient.id).where(Recipient.announcement_id == announcement_id).limit(1)
    if await session.scalar(of_it.where(Recipient.state == WAITING)) is not None:
        return True
    recalled = of_it.join(Announcement, Announcement.id == Recipient.announcement_id)
    return await session.scalar(recalled.where(Announcement.state == RECALLED, *untold())) is not None


async def is_clear(db: Database, announcement_id: int, now: datetime) -> bool:
    """Whether the one it replaces goes out to nobody any more, so that everybody who has it can be written down.

    What waited of that one is kept back here, once.
    """
    async with db.read() as session:
        replaced = await session.scalar(select(Announcement.replaces_id).where(Announcement.id == announcement_id))
    if replaced is None:
        return True
    async with db.write() as session:
        old = await locked(session, replaced)
        if old.state in OUT:
            await _replace(session, old, announcement_id, now)
        still = select(Recipient.id).where(Recipient.announcement_id == replaced, Recipient.state == WAITING)
        return await session.scalar(still.limit(1)) is None


async def _replace(session: AsyncSession, old: Announcement, announcement_id: int, now: datetime) -> None:
    old.state = REPLACED
    old.version += 1
    await cancel_waiting(session, old, now)
    await end_if_over(session, old, now)
    about, detail = f"announcement:{old.id}", {"by": announcement_id}
    audit.note(
        session, at=now, person_id=None, action="announcement.replace", object=about, unit_id=old.unit_id, detail=detail
    )
