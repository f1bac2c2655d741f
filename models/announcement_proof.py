"""Proof of reading: whoever an announcement was for says that they know it (đã nắm), once, from whichever chat."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, outbox
from models.received_announcements import OUT, Received, chosen
from models.rules.announcement_endings import FAILED, MUTED, SENT, UNKNOWN, UNREACHABLE, WAITING
from models.tables import Announcement, Outbox, Recipient, Talk

MAY_HAVE_COME = (WAITING, SENT, UNKNOWN)  # what the channel says of a message comes a little after it
LOOKED_THROUGH = 20  # of one person's announcements that wait for their word, the latest first


async def find(session: AsyncSession, recipient_id: int) -> Received | None:
    """One row of the ledger with its announcement."""
    found = await chosen(session, Recipient.id == recipient_id)
    return found[0] if found else None


async def own(session: AsyncSession, recipient_id: int, person_id: int | None) -> Received | None:
    """The same when it is this very person's; nobody else changes it until this transaction ends."""
    held = select(Recipient).where(Recipient.id == recipient_id, Recipient.person_id == person_id).with_for_update()
    if person_id is None or await session.scalar(held.execution_options(populate_existing=True)) is None:
        return None
    return await find(session, recipient_id)


async def own_of(session: AsyncSession, announcement_id: int, person_id: int) -> Received | None:
    """What the person has of the announcement of this number, be it taken back or replaced since."""
    mine = (Recipient.announcement_id == announcement_id, Recipient.person_id == person_id)
    found = await chosen(session, *mine)
    return found[0] if found else None


async def unconfirmed_of(session: AsyncSession, person_id: int) -> list[Received]:
    """The announcements that may have reached somebody and wait for their word, the latest first."""
    mine = (Recipient.person_id == person_id, Recipient.confirmed_at.is_(None), Recipient.state.in_(MAY_HAVE_COME))
    waits = (Announcement.asks_proof.is_(True), Announcement.state.in_(OUT))
    return await chosen(session, *mine, *waits, limit=LOOKED_THROUGH)


async def latest_of(session: AsyncSession, person_id: int, limit: int) -> list[Received]:
    """The announcements that may have reached somebody, the latest first."""
    mine = (Recipient.person_id == person_id, Recipient.state.in_(MAY_HAVE_COME), Announcement.state.in_(OUT))
    return await chosen(session, *mine, limit=limit)


async def shown_last(session: AsyncSession, channel: str, address: str, talk: Talk, now: datetime) -> int:
    """The recipient's number of an announcement that came into this chat after the talk's last screen; 0: none did."""
    statement = (
        select(Outbox.kind, Outbox.body)
        .where(Outbox.channel == channel, Outbox.address == address, Outbox.state.in_(("sent", "unknown")))
        .where(Outbox.lane > outbox.REPLY, Outbox.settled_at > talk.updated_at, Outbox.settled_at <= now)
        .order_by(Outbox.settled_at.desc(), Outbox.id.desc())
        .limit(1)
    )
    row = (await session.execute(statement)).one_or_none()
    return _recipient_in(row.kind, row.body) if row is not None else 0


async def answered_message(session: AsyncSession, channel: str, address: str, message_ref: str) -> int:
    """The recipient's number of the announcement that is this very message of the chat; 0: it is something else."""
    statement = (
        select(Outbox.kind, Outbox.body)
        .where(Outbox.channel == channel, Outbox.address == address, Outbox.state == "sent")
        .where(Outbox.message_ref == message_ref, Outbox.lane > outbox.REPLY)
        .limit(1)
    )
    row = (await session.execute(statement)).one_or_none()
    return _recipient_in(row.kind, row.body) if row is not None else 0


def _recipient_in(kind: str, body: dict[str, Any]) -> int:
    return int(body.get("recipient", 0)) if kind in outbox.OF_ANNOUNCEMENTS else 0


async def confirm(session: AsyncSession, received: Received, now: datetime) -> bool:
    """Write down that the person knows it. Returns False when they had said so before."""
    recipient = received.recipient
    if recipient.confirmed_at is not None:
        return False
    recipient.confirmed_at = now
    arrived(recipient)
    about = f"announcement:{received.number}"
    unit_id = received.announced.unit.id
    audit.note(
        session, at=now, person_id=recipient.person_id, action="announcement.confirm", object=about, unit_id=unit_id
    )
    await session.flush()
    return True


def arrived(recipient: Recipient) -> None:
    """Whoever acts on it has it, whatever the channel could say about that."""
    if recipient.state in (WAITING, UNKNOWN, FAILED, UNREACHABLE, MUTED):
        recipient.state, recipient.reason = SENT, ""
