"""What somebody typed and should not have: taken out of what we keep, in the transaction that refuses it."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models.chats import WEB_CHAT
from models.tables import Inbox, WebMessage

RECENT = 20  # own bubbles looked through: the words came a moment ago
TAKEN_OUT = "\u2022\u2022\u2022"


async def forget_event(session: AsyncSession, channel: str, address: str, event_id: str) -> None:
    """Empty the event with this id, and its bubble in the web chat; that it came stays known."""
    emptied = update(Inbox).where(Inbox.channel == channel, Inbox.event_id == event_id).values(payload={})
    await session.execute(emptied.execution_options(synchronize_session=False))
    if channel == WEB_CHAT:
        own = select(WebMessage).where(WebMessage.address == address, WebMessage.mine.is_(True))
        for bubble in await session.scalars(own.order_by(WebMessage.id.desc()).limit(RECENT)):
            if bubble.body.get("nonce") == event_id:
                bubble.body = {**bubble.body, "html": TAKEN_OUT}
