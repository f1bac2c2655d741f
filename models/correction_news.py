"""The word that an announcement was corrected: a message changed in place, far above, is seen by nobody.

One for each of those whose message was changed; whoever got the correction as a message of its own has seen it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, exists, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import announcements, outbox
from models.insertion import insert_selected, json_object
from models.messages import Button, Message
from models.received_announcements import OUT
from models.rules.announcement_endings import SENT
from models.rules.announcement_text import plain
from models.rules.folding import shorten
from models.tables import Announcement, Outbox, Recipient

KINDS = (outbox.CORRECTED, outbox.CORRECTED_URGENT)
QUOTED = 120  # characters of what it says now
OWED = (
    "once", "channel", "address", "lane", "kind", "body", "state", "attempts", "message_ref", "error", "due_at",
    "expires_at", "created_at",
)  # fmt: skip


async def owe(session: AsyncSession, correction: Announcement) -> None:
    """Owe it to everybody in whose chat the correction stands where the old announcement stood, each once."""
    if correction.replaces_id is None or correction.state not in OUT:
        return
    await insert_selected(session, Outbox, OWED, _owed(session, correction))
    session.info[outbox.PROMISED] = True


def _owed(session: AsyncSession, correction: Announcement) -> Select[*tuple[Any, ...]]:
    begins: ColumnElement[str] = literal(f"ann:{correction.id}:", String)
    once = begins + cast(Recipient.id, String) + ":corrected"
    kind = outbox.CORRECTED_URGENT if correction.is_urgent else outbox.CORRECTED
    about = {
        "announcement": Recipient.announcement_id,
        "recipient": Recipient.id,
        "account": Outbox.body["account"].as_integer(),
    }
    how = (literal(outbox.ANNOUNCEMENT), literal(kind), json_object(session, about), literal("ready"))
    moments = (Outbox.settled_at, Outbox.expires_at, Outbox.settled_at)
    told = outbox.OUTBOX.alias("told")
    return (
        select(once, Outbox.channel, Outbox.address, *how, literal(0), literal(""), literal(""), *moments)
        .select_from(Recipient)
        .join(Outbox, Outbox.id == Recipient.outbox_id)
        .where(Recipient.announcement_id == correction.id, Recipient.state == SENT, Recipient.confirmed_at.is_(None))
        .where(Outbox.message_ref != "", Outbox.message_ref == Outbox.body["card"].as_string())
        .where(~exists(select(told.c.id).where(told.c.once == once)))
    )


async def compose(session: AsyncSession, body: Mapping[str, Any]) -> Message | None:
    """The word at the second of sending; None when the correction holds no more, or its reader knows it already."""
    announced = await announcements.find(session, int(body.get("announcement", 0)))
    recipient = await session.get(Recipient, int(body.get("recipient", 0)))
    if announced is None or recipient is None or recipient.confirmed_at is not None:
        return None
    announcement, is_group = announced.announcement, recipient.person_id is None
    if announcement.state not in OUT:
        return None
    at_it = {"number": announcement.id}
    values = at_it | {
        "old": announcement.replaces_id,
        "unit": announced.unit.name,
        "text": shorten(plain(announcement.text), QUOTED),
        "asks_proof": announcement.asks_proof and not is_group,
        "is_group": is_group,
    }
    see = Button("announcement_proof.button_newer", "announcement.read", recipient.id, values=at_it)
    return Message("announcement_replace.told", values, () if is_group else ((see,),), place="new")
