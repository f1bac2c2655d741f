"""What need not be kept: raw events, the words of messages long settled, wrong codes typed. That they happened
stays."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from sqlalchemy import String, cast, delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.tables import Guess, Inbox, LinkCode, Memo, Outbox

EVENTS_FOR = timedelta(days=30)
MESSAGES_FOR = timedelta(days=90)
CODES_FOR = timedelta(days=30)  # as long as the words in which they were typed
GUESSES_FOR = timedelta(days=1)  # a lock of wrong codes lasts an hour
EMPTY = "{}"


async def forget_old(session: AsyncSession, now: datetime) -> dict[str, int]:
    """Empty payloads and bodies that have outlived their use; the rows stay, for their keys keep things from
    happening twice.

    Returns how many events, messages and guesses were forgotten.
    """
    events = await session.execute(
        update(Inbox)
        .where(Inbox.state != "new", Inbox.received_at < now - EVENTS_FOR, cast(Inbox.payload, String) != EMPTY)
        .values(payload={})
        .returning(Inbox.id)
    )
    messages = await session.execute(
        update(Outbox)
        .where(Outbox.state.not_in(("ready", "sending")), Outbox.created_at < now - MESSAGES_FOR)
        .where(cast(Outbox.body, String) != EMPTY)
        .values(body={})
        .returning(Outbox.id)
    )
    await session.execute(delete(LinkCode).where(LinkCode.expires_at < now - CODES_FOR))
    guesses = await session.execute(delete(Guess).where(Guess.at < now - GUESSES_FOR).returning(Guess.id))
    return {"events": len(events.all()), "messages": len(messages.all()), "guesses": len(guesses.all())}


async def done_on(session: AsyncSession, job: str) -> date | None:
    """The day of the office on which a daily job last ended well."""
    memo = await session.get(Memo, _name(job))
    return date.fromisoformat(memo.value["on"]) if memo is not None else None


async def note_done(session: AsyncSession, job: str, day: date) -> None:
    memo = await session.get(Memo, _name(job))
    if memo is None:
        session.add(Memo(name=_name(job), value={"on": day.isoformat()}))
    else:
        memo.value = {"on": day.isoformat()}


def _name(job: str) -> str:
    return f"daily_{job}"
