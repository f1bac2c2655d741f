"""Who was reminded today already: one message a day lists all that somebody owes, whatever steps fall on that day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import outbox
from models.heads import Head
from models.rules.periods import local_day, moment_of
from models.tables import Outbox
from models.zone import zone_of

PROMISED_WITHIN = timedelta(days=3)  # what was sent today was due no longer ago

Chat = tuple[str, str]  # channel and address


@dataclass(frozen=True, slots=True)
class Heard:
    """Chats that got a list lately, and when last; chats for which one is on its way. Today begins at `midnight`."""

    midnight: datetime
    sent: Mapping[Chat, datetime]
    waiting: frozenset[Chat]

    def at(self, head: Head) -> datetime | None:
        """When somebody heard last today, in any of their chats."""
        last = self.last(head)
        return last if last is not None and last >= self.midnight else None

    def last(self, head: Head) -> datetime | None:
        """When somebody heard last, as far back as was looked."""
        return max((self.sent[chat] for chat in _chats(head) if chat in self.sent), default=None)

    def is_waiting(self, head: Head) -> bool:
        return any(chat in self.waiting for chat in _chats(head))


def _chats(head: Head) -> Sequence[Chat]:
    return [(each.channel, each.address) for each in head.addresses]


async def today(session: AsyncSession, now: datetime, since: datetime | None = None) -> Heard:
    """Lists of what is owed, sent today (and from `since` on) or about to be; those by hand count as well, for they
    list the same."""
    midnight = moment_of(local_day(now, zone_of(session)), time(), zone_of(session))
    ours = (Outbox.lane == outbox.REMINDER, Outbox.kind == outbox.OWED, Outbox.due_at > midnight - PROMISED_WITHIN)
    ends = or_(Outbox.settled_at.is_(None), Outbox.settled_at >= min(midnight, since or midnight))
    states = Outbox.state.in_(("ready", "sending", "sent", "unknown"))
    statement = select(Outbox.channel, Outbox.address, Outbox.settled_at).where(*ours, states, ends)
    sent: dict[Chat, datetime] = {}
    waiting: set[Chat] = set()
    for channel, address, at in await session.execute(statement):
        chat = (channel, address)
        if at is None:
            waiting.add(chat)
        else:
            sent[chat] = max(at, sent.get(chat, at))
    return Heard(midnight, sent, frozenset(waiting))
