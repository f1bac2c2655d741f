"""What a promise says: put together at the second of sending, for what it tells of may have changed since."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels import Channel
from handlers.announcement_doors import announcement_ways
from models import (
    announcement_chases,
    announcement_consent,
    announcement_progress,
    announcement_recall,
    announcement_runs,
    correction_news,
    deadlines,
    escalations,
    outbox,
    question_news,
    weekly_notes,
)
from models.days_off import OfficeCalendar
from models.guides import GuideShelf
from models.messages import Message, unpack
from models.programmes import Library
from models.tables import Outbox


class Composer:
    """Called with a claimed promise; None when nothing is owed any more. Most are kept in words already."""

    def __init__(
        self, library: Library, guides: GuideShelf, calendar: OfficeCalendar, channels: Mapping[str, Channel]
    ) -> None:
        self._library, self._guides, self._calendar, self._channels = library, guides, calendar, channels

    async def __call__(self, session: AsyncSession, row: Outbox, now: datetime) -> Message | None:
        if row.kind in announcement_runs.KINDS:
            return await announcement_runs.compose(session, row.body, now, self._private_chat(row.channel))
        if row.kind == announcement_progress.KIND:
            return await announcement_progress.compose(session, row.body, now, announcement_ways)
        if row.kind == announcement_consent.KIND:
            return await announcement_consent.compose(session, row.body)
        if row.kind in announcement_recall.KINDS:
            return await announcement_recall.compose(session, row.body)
        if row.kind in correction_news.KINDS:
            return await correction_news.compose(session, row.body)
        if row.kind == outbox.CHASED:
            return await announcement_chases.compose(session, row.body)
        return await self._other(session, row, now)

    async def _other(self, session: AsyncSession, row: Outbox, now: datetime) -> Message | None:
        library, calendar, body = self._library, self._calendar, row.body
        if row.kind == "reminder":
            return await deadlines.compose_reminder(session, library, calendar, body["account"], body, now)
        if row.kind == escalations.KIND:
            return await escalations.compose(session, library, calendar, body, now)
        if row.kind == weekly_notes.KIND:
            return await weekly_notes.compose(session, library, body, now)
        if row.kind == question_news.KIND:
            return await question_news.compose(session, self._guides, body)
        return unpack(body)

    def _private_chat(self, name: str) -> str:
        channel = self._channels.get(name)
        return channel.link("") if channel is not None else ""
