"""Announcements for tests: one that is planned, and a sender that delivers what it is told to deliver."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import announcement_runs, announcements, chats, outbox
from models.database import Database
from models.outbox import Settled
from models.rules.announcement_endings import Tally
from models.rules.announcing import AnnouncingPolicy
from models.rules.audiences import Audience
from models.tables import Account, Announcement, Outbox, Recipient, Unit
from tests.office import LOADED, at

NOW = at("2026-11-20", "08:00")
POLICY = AnnouncingPolicy()
AUTHOR = 1  # the coordinator of the province of tests.office


async def planned(db: Database, now: datetime = NOW, audience: Audience | None = None, **fields: Any) -> int:
    """An announcement of the province to everybody below it, due now."""
    body = {"text": "Họp lúc 8 giờ.", "audience": (audience or Audience(units=(1,))).as_dict()}
    async with db.write() as session:
        unit = await session.get_one(Unit, 1)
        made = await announcements.begin(session, unit, AUTHOR, now, body)
        for name, value in fields.items():
            setattr(made, name, value)
        await announcement_runs.plan(session, made, expected=0, send_at=now, now=now)
        return made.id


async def tally(db: Database, announcement_id: int) -> Tally:
    async with db.read() as session:
        return await announcement_runs.tally(session, announcement_id)


async def rows(db: Database, announcement_id: int) -> dict[int, tuple[str, str]]:
    """State and reason by person; a group chat by its number below zero."""
    async with db.read() as session:
        found = await session.scalars(select(Recipient).where(Recipient.announcement_id == announcement_id))
        return {each.person_id or -(each.group_chat_id or 0): (each.state, each.reason) for each in found}


async def count_rows(db: Database, announcement_id: int) -> int:
    async with db.read() as session:
        statement = select(func.count()).where(Recipient.announcement_id == announcement_id)
        return await session.scalar(statement) or 0


async def found(db: Database, announcement_id: int) -> Announcement:
    async with db.read() as session:
        return await session.get_one(Announcement, announcement_id)


async def another_chat(db: Database, person_id: int) -> int:
    """A second chat of somebody, used longer ago than the first."""
    async with db.write() as session:
        address = f"spare-{person_id}"
        then = LOADED - timedelta(days=1)
        spare = Account(id=9000 + person_id, channel="telegram", address=address, person_id=person_id, seen_at=then)
        session.add(spare)
        await session.flush()
        return spare.id


@dataclass
class Sender:
    """Claims and settles as bot.delivery does. `got`: how often a message reached a chat, or may have, by person."""

    db: Database
    got: Counter[int | None] = field(default_factory=Counter)
    claimed: list[Outbox] = field(default_factory=list)

    async def claim(self, now: datetime, most: int = 1000) -> list[Outbox]:
        """Claimed and put into words: those come back that are still to be sent."""
        async with self.db.write() as session:
            taken = await outbox.claim(session, now, most)
            kept = []
            for row in taken:
                if await announcement_runs.compose(session, row.body, now):
                    kept.append(row)
                else:
                    await outbox.settle(session, [Settled(row.id, "cancelled", now, error="no longer owed")])
        self.claimed += kept
        return kept

    async def end(self, now: datetime, outcome: str, most: int = 1000) -> int:
        """What was claimed ends: sent, unknown, blocked (nobody is there), or with any other word as refused."""
        ending, self.claimed = self.claimed[:most], self.claimed[most:]
        for row in ending:
            async with self.db.write() as session:
                await self._settle(session, row, outcome, now)
        return len(ending)

    async def _settle(self, session: AsyncSession, row: Outbox, outcome: str, now: datetime) -> None:
        if outcome in ("sent", "unknown"):
            recipient = await session.get_one(Recipient, row.body["recipient"])
            self.got[recipient.person_id] += 1
            await outbox.settle(session, [Settled(row.id, outcome, now)])
            return
        await outbox.settle(session, [Settled(row.id, "failed", now, error=outcome)])
        if outcome == "blocked":
            await chats.refused(session, row.channel, row.address, now, outcome, [row.id])

    async def send_all(self, now: datetime = NOW, outcome: str = "sent") -> int:
        """Claim and end until nothing is due."""
        count = 0
        while await self.claim(now):
            count += await self.end(now, outcome)
        return count
