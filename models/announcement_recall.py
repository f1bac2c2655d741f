"""Taking an announcement back: its messages are deleted where the channel lets us, elsewhere their readers are told.

The promises are made in chunks with a transaction each, by the clock; whatever interrupts it, the next time goes on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, literal, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import announcement_flow, announcements, audit, outbox
from models.announcement_flow import untold
from models.announcement_holders import Holder, holders
from models.announcement_ledger import ARRIVED
from models.announcement_listing import CHUNK, ROWS, locked
from models.announcements import RECALLED, Announced
from models.changes import changed
from models.database import Database
from models.insertion import insert_once
from models.messages import Button, Message
from models.received_announcements import OUT
from models.rules.announcement_endings import UNDER_WAY
from models.rules.announcement_text import plain
from models.rules.announcement_ways import DELETED, FAILED, TOLD, UNKNOWN, Ways, ways_of
from models.rules.announcing import AnnouncingPolicy
from models.rules.folding import shorten
from models.tables import Announcement, Outbox, Recipient

DELETION = outbox.RECALL_DELETION
KINDS = (DELETION, outbox.RECALL, outbox.RECALL_URGENT)
QUOTED = 80  # characters of the announcement, so that its reader knows which one is meant


async def recall(session: AsyncSession, announcement: Announcement, by: int, reason: str, now: datetime) -> int:
    """From now on it holds no more and goes to nobody. Returns how many were still to get it.

    It takes back nothing (0) that is not out. Whoever has it hears so by `carry_on`.
    """
    if announcement.state not in OUT:
        return 0
    announcement.state, announcement.reason, announcement.ended_at = RECALLED, reason[:300], None
    announcement.version += 1
    kept_back = await announcement_flow.cancel_waiting(session, announcement, now)
    await announcement_flow.end_if_over(session, announcement, now)
    about, detail = f"announcement:{announcement.id}", {"kept_back": kept_back, "reason": announcement.reason}
    audit.note(
        session, at=now, person_id=by, action="announcement.recall", object=about, unit_id=announcement.unit_id,
        detail=detail,
    )  # fmt: skip
    await session.flush()
    return kept_back


async def ways(session: AsyncSession, announcement_id: int) -> Ways:
    """How those who had it heard that it holds no more."""
    statement = (
        select(Recipient.way, func.count())
        .where(Recipient.announcement_id == announcement_id, Recipient.state.in_(ARRIVED))
        .group_by(Recipient.way)
    )
    return ways_of({way: count for way, count in await session.execute(statement)})


# --- what the clock does --------------------------------------------------------------------------------------------


async def carry_on(db: Database, announcement_id: int, policy: AnnouncingPolicy, now: datetime) -> int:
    """Note how deletions and messages about it ended, and owe the next. Returns how many were owed or ended."""
    async with db.read() as session:
        endings = await _endings(session, announcement_id)
        is_owing = await session.scalar(_to_owe(announcement_id, Recipient.id).limit(1)) is not None
    done = 0
    if endings:
        async with db.write() as session:
            announcement = await locked(session, announcement_id)
            done += await _note(session, announcement, endings)
            await announcement_flow.end_if_over(session, announcement, now)
    while is_owing:
        async with db.write() as session:
            announcement = await locked(session, announcement_id)
            owed = await _owe_some(session, announcement, policy, now)
            await announcement_flow.end_if_over(session, announcement, now)
        done += owed
        is_owing = owed > 0
    return done


def _to_owe(announcement_id: int, *columns: Any) -> Any:
    return select(*columns).where(Recipient.announcement_id == announcement_id, *_UNOWED)


_REFUSED_DELETION = (
    select(Outbox.id)
    .where(Outbox.id == Recipient.follow_up_id, Outbox.kind == DELETION)
    .where(Outbox.state.not_in((*UNDER_WAY, "sent")))
    .exists()
)
_UNOWED = (*untold(), or_(Recipient.follow_up_id.is_(None), _REFUSED_DELETION))


async def _endings(session: AsyncSession, announcement_id: int) -> list[tuple[str, str, str]]:
    """Kind and state of what has ended and is not in the ledger yet, with the way that this was. A deletion that was
    refused is no end: its reader is told instead.
    """
    statement = (
        select(Outbox.kind, Outbox.state)
        .join(Recipient, Recipient.follow_up_id == Outbox.id)
        .where(Recipient.announcement_id == announcement_id, *untold(), Outbox.state.not_in(UNDER_WAY))
        .where(or_(Outbox.kind != DELETION, Outbox.state == "sent"))
        .distinct()
    )
    return [(kind, state, _way(kind, state)) for kind, state in await session.execute(statement)]


def _way(kind: str, state: str) -> str:
    if state == "sent":
        return DELETED if kind == DELETION else TOLD
    return UNKNOWN if state == "unknown" else FAILED


async def _note(session: AsyncSession, announcement: Announcement, endings: Sequence[tuple[str, str, str]]) -> int:
    ended = 0
    for kind, state, way in endings:
        statement = (
            update(Recipient)
            .where(Recipient.announcement_id == announcement.id, *untold())
            .where(Outbox.id == Recipient.follow_up_id, Outbox.kind == kind, Outbox.state == state)
            .values(way=way)
        )
        ended += await changed(session, statement)
    return ended


# --- what is owed ---------------------------------------------------------------------------------------------------


async def _owe_some(session: AsyncSession, announcement: Announcement, policy: AnnouncingPolicy, now: datetime) -> int:
    """A chunk of those who have it and were promised nothing yet, or whose message could not be deleted."""
    ids = (await session.scalars(_to_owe(announcement.id, Recipient.id).order_by(Recipient.id).limit(CHUNK))).all()
    if not ids:
        return 0
    refused = set(await session.scalars(select(Recipient.id).where(Recipient.id.in_(ids), _REFUSED_DELETION)))
    having = await holders(session, announcement.id, Recipient.id.in_(ids))
    there = [each for each in having if each.channel]
    deleted = [
        each for each in there if each.recipient_id not in refused and _can_delete(announcement, each, policy, now)
    ]
    told = [each for each in there if each not in deleted]
    for chosen, kind in ((deleted, DELETION), (told, _kind_of(announcement))):
        await insert_once(session, Outbox, [_row(announcement, each, kind, policy, now) for each in chosen])
        await _link(session, announcement, [each.recipient_id for each in chosen], kind)
    lost = set(ids) - {each.recipient_id for each in there}
    quiet = {"synchronize_session": False}
    nobody = update(Recipient).where(Recipient.id.in_(lost)).values(way=FAILED)
    await session.execute(nobody.execution_options(**quiet))
    session.info[outbox.PROMISED] = True
    return len(ids)


def _can_delete(announcement: Announcement, holder: Holder, policy: AnnouncingPolicy, now: datetime) -> bool:
    """Files stand in messages of their own that nobody knows: taking the text away alone would hide what they are."""
    if not holder.ref or holder.sent_at is None or announcement.files:
        return False
    return policy.may_delete(holder.channel, holder.sent_at, now)


def _kind_of(announcement: Announcement) -> str:
    return outbox.RECALL_URGENT if announcement.is_urgent else outbox.RECALL


def _row(
    announcement: Announcement, holder: Holder, kind: str, policy: AnnouncingPolicy, now: datetime
) -> dict[str, Any]:
    about = {"announcement": announcement.id, "recipient": holder.recipient_id, "account": holder.account_id}
    return {
        "once": f"{ROWS}{announcement.id}:{holder.recipient_id}:{kind}",
        "channel": holder.channel,
        "address": holder.address,
        "lane": outbox.ANNOUNCEMENT,
        "kind": kind,
        "body": about | ({"delete": holder.ref} if kind == DELETION else {}),
        "due_at": now,
        "expires_at": now + policy.lasts,
        "created_at": now,
    }


async def _link(session: AsyncSession, announcement: Announcement, ids: Sequence[int], kind: str) -> None:
    if not ids:
        return
    begins, ends = literal(f"{ROWS}{announcement.id}:", String), literal(f":{kind}", String)
    once: ColumnElement[str] = begins + cast(Recipient.id, String) + ends
    promised = select(Outbox.id).where(Outbox.once == once).scalar_subquery()
    linked = update(Recipient).where(Recipient.id.in_(ids)).values(follow_up_id=promised)
    await session.execute(linked.execution_options(synchronize_session=False))


# --- what they read -------------------------------------------------------------------------------------------------


async def compose(session: AsyncSession, body: Mapping[str, Any]) -> Message | None:
    """The word about it at the second of sending; of a deletion nothing is read. None: nobody needs it any more."""
    announced = await announcements.find(session, int(body.get("announcement", 0)))
    recipient = await session.get(Recipient, int(body.get("recipient", 0)))
    if announced is None or recipient is None or announced.announcement.state != RECALLED:
        return None
    return told_message(announced, is_group=recipient.person_id is None)


def told_message(announced: Announced, *, is_group: bool = False) -> Message:
    """That it holds no more, with enough of it to know which one is meant."""
    announcement = announced.announcement
    values = {
        "number": announcement.id,
        "unit": announced.unit.name,
        "reason": announcement.reason,
        "text": shorten(plain(announcement.text), QUOTED),
        "files": len(announcement.files),
    }
    rows = () if is_group else ((Button("menu.button_menu", "go", arg="menu"),),)
    return Message("announcement_recall.told", values, rows, place="new")
