"""Where files are named: a file under DATA_DIR stays for as long as anything here says the hash of its content."""

from __future__ import annotations

import re
from collections.abc import Iterable

from sqlalchemy import ColumnElement, Select, String, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from models.tables import (
    Announcement,
    AnnouncementPlan,
    AnnouncementTemplate,
    Answer,
    Audit,
    Evidence,
    Inbox,
    ListEntry,
    Outbox,
    Revision,
    Talk,
    Team,
    WebMessage,
)

HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")
AT_ONCE = 500  # rows: whoever writes meanwhile is answered between them


def _said(column: InstrumentedAttribute[object], *where: ColumnElement[bool]) -> Select[str]:
    text = cast(column, String)
    return select(text).where(func.length(text) >= 64, *where)


# every column in which a hash may stand, the one that names most files first; an event or a message that is settled
# has done its work with the file
PLACES: dict[InstrumentedAttribute[object], Select[str]] = {
    column: _said(column, *where)
    for column, *where in (
        (Evidence.sha256,),
        (Announcement.files,),
        (AnnouncementTemplate.body,),
        (AnnouncementPlan.body,),
        (Team.decision_file,),
        (Answer.text,),
        (ListEntry.values,),
        (Talk.data,),
        (Inbox.payload, Inbox.state != "done"),
        (Outbox.body, Outbox.state.in_(("ready", "sending"))),
        (WebMessage.body,),
        (Revision.snapshot,),
        (Audit.detail,),
    )
}


async def in_announcements(session: AsyncSession, mime: str) -> set[str]:
    """What is sent along with announcements that have a file of this kind, with their templates and plans."""
    named: set[str] = set()
    for column in (Announcement.files, AnnouncementTemplate.body, AnnouncementPlan.body):
        for text in await session.scalars(PLACES[column].where(cast(column, String).contains(mime))):
            named.update(HASH.findall(text))
    return named


async def unnamed(session: AsyncSession, hashes: Iterable[str]) -> set[str]:
    """Those of these files that nothing names."""
    left = set(hashes)
    for said in PLACES.values():
        if not left:
            break
        async for text in await session.stream_scalars(said, execution_options={"yield_per": AT_ONCE}):
            left.difference_update(HASH.findall(text))
    return left
