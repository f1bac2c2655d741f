"""Messages we owe: promise · claim · settle.

`once` names the fact, so owing it twice does nothing (design §3, §4.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from models.insertion import insert_once
from models.messages import Message, pack, unpack
from models.rules.reminders import Quiet
from models.tables import Account, Outbox
from models.zone import zone_of

REPLY, ALERT, REMINDER, ANNOUNCEMENT = 0, 1, 5, 9
OUTBOX = cast(Table, Outbox.__table__)
ON_ITS_WAY = ("ready", "sending", "sent")
OWED = "reminder"  # the kind of every list of what somebody owes
NEWS = "news"  # the kind of word that answers nothing its reader did: none of it is sent at night
ANNOUNCED = "announcement"  # nor is this, unless its author calls it urgent
ANNOUNCED_URGENT = "announcement_now"
RECALL_DELETION = "recall_deletion"  # takes a message away, at any hour: nobody hears it
RECALL = "recall"  # says that an announcement holds no more; of an urgent one at night too
RECALL_URGENT = "recall_now"
CORRECTED = "corrected"  # says that an announcement was changed where it stands; of an urgent one at night too
CORRECTED_URGENT = "corrected_now"
CHASED = "chase"  # asks again of whom an announcement had no word
OF_ANNOUNCEMENTS = (ANNOUNCED, ANNOUNCED_URGENT, CHASED)
WEEKLY = "weekly"  # the note to whoever runs an office
SENT_BY_DAY = (NEWS, ANNOUNCED, RECALL, CORRECTED, CHASED, WEEKLY)
NIGHT = Quiet()
PAGES = ("reply", "note")  # kinds that show where the conversation stands
PROMISED = "promised"
LEASE = timedelta(minutes=2)  # longer than any single send may take


@dataclass(frozen=True, slots=True)
class Settled:
    """How a send ended: state `sent`, `failed`, `unknown`, `cancelled`, or `ready` to be claimed again.

    `due_at`: not before; None: from the moment at which it was due already.
    """

    id: int
    state: str
    at: datetime
    message_ref: str = ""
    error: str = ""
    due_at: datetime | None = None


async def promise(
    session: AsyncSession,
    message: Message,
    *,
    account: Account,
    once: str,
    kind: str,
    lane: int,
    at: datetime,
    now: datetime | None = None,
    expires: datetime | None = None,
    extra: dict[str, Any] | None = None,
) -> bool:
    """Owe a message to an account from `at` on, until `expires`. Returns whether it is a new promise.

    `extra` is kept beside the message for its composer.
    """
    row = {
        "once": once,
        "channel": account.channel,
        "address": account.address,
        "lane": lane,
        "kind": kind,
        "body": pack(message) | {"account": account.id} | (extra or {}),
        "due_at": at,
        "expires_at": expires,
        "created_at": now or at,
    }
    session.info[PROMISED] = True
    return await insert_once(session, Outbox, row) == 1


def has_promised(session: AsyncSession) -> bool:
    """Whether anything was promised in this session."""
    return PROMISED in session.info


async def owe_replies(session: AsyncSession, rows: list[dict[str, Any]]) -> Sequence[int]:
    """Replies of this transaction, already claimed by this process: it sends them right after the commit."""
    if not rows:
        return []
    # found again by what they are once: asked for in the order of the rows, SQLite would be told them one by one
    made = await session.execute(insert(OUTBOX).returning(OUTBOX.c.once, OUTBOX.c.id), rows)
    ids: dict[str, int] = {once: row_id for once, row_id in made}
    return [ids[row["once"]] for row in rows]


async def claim(
    session: AsyncSession,
    now: datetime,
    limit: int,
    busy: Sequence[tuple[str, str]] = (),
    lane: int = ANNOUNCEMENT,
    silent: Sequence[str] = (),
) -> Sequence[Outbox]:
    """Take due promises up to `lane` for sending; committed before the network is touched, so that two processes never
    send one twice. To `busy` chats and on `silent` channels only replies; no news at night.
    """
    due = (
        select(Outbox.id)
        .where(Outbox.state == "ready", Outbox.due_at <= now, Outbox.lane <= lane)
        .where(or_(Outbox.expires_at.is_(None), Outbox.expires_at > now))
        .order_by(Outbox.lane, Outbox.due_at, Outbox.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    if NIGHT.is_quiet(now, zone_of(session)):
        due = due.where(Outbox.kind.not_in(SENT_BY_DAY))
    if busy:
        is_busy = (Outbox.channel + ":" + Outbox.address).in_([f"{c}:{a}" for c, a in busy])
        due = due.where(or_(Outbox.lane == REPLY, ~is_busy))
    if silent:
        due = due.where(or_(Outbox.lane == REPLY, Outbox.channel.not_in(silent)))
    # a CTE: a subquery with a lock may be asked again for every row, and PostgreSQL would take more than `limit`
    chosen = select(due.cte("chosen").c.id)
    statement = (
        update(Outbox)
        .where(Outbox.id.in_(chosen), Outbox.state == "ready")
        .values(state="sending", lease_until=now + LEASE, attempts=Outbox.attempts + 1)
        .returning(Outbox)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    rows = (await session.scalars(statement)).all()
    return sorted(rows, key=lambda row: (row.lane, row.due_at, row.id))


async def renew(session: AsyncSession, ids: Sequence[int], now: datetime) -> None:
    """Whoever claimed these holds them still."""
    running_out = (Outbox.state == "sending", Outbox.lease_until < now + LEASE / 2)
    statement = update(Outbox).where(Outbox.id.in_(ids), *running_out).values(lease_until=now + LEASE)
    await session.execute(statement.execution_options(synchronize_session=False))


async def settle(session: AsyncSession, settled: Sequence[Settled]) -> None:
    """Write down how sends ended, many at once."""
    for one in settled:
        values: dict[str, Any] = {"state": one.state, "settled_at": one.at, "error": one.error[:200]}
        if one.message_ref:
            values["message_ref"] = one.message_ref[:40]
        if one.due_at is not None:
            values |= {"due_at": one.due_at, "lease_until": None}
        await session.execute(update(OUTBOX).where(OUTBOX.c.id == one.id).values(**values))


_SENT = (
    update(OUTBOX)
    .where(OUTBOX.c.id == bindparam("row"))
    .values(state="sent", settled_at=bindparam("moment"), message_ref=bindparam("ref"), error="")
)


async def sent(session: AsyncSession, settled: Sequence[Settled]) -> None:
    """The ordinary ending, in one statement for all."""
    if not settled:
        return
    rows = [{"row": one.id, "moment": one.at, "ref": one.message_ref[:40]} for one in settled]
    await session.execute(_SENT, rows)


async def drop_expired(session: AsyncSession, now: datetime) -> int:
    """A reminder whose time has passed is never sent late; it is marked as such."""
    result = await session.execute(
        update(Outbox)
        .where(Outbox.state == "ready", Outbox.expires_at <= now)
        .values(state="cancelled", settled_at=now, error="expired")
        .returning(Outbox.id)
    )
    return len(result.all())


async def interrupted(session: AsyncSession, now: datetime, *, everything: bool) -> Sequence[Outbox]:
    """Sends that nobody finished: `everything` for the only process at its start, else those whose lease ran out."""
    statement = select(Outbox).where(Outbox.state == "sending").order_by(Outbox.id)
    if not everything:
        statement = statement.where(Outbox.lease_until < now)
    return (await session.scalars(statement)).all()


async def is_overtaken(session: AsyncSession, row: Outbox, states: Sequence[str] = ("sending", "sent")) -> bool:
    """Whether a later page of the talk has reached this chat or is about to: an older one must not follow it."""
    later = aliased(Outbox)
    statement = (
        select(later.id)
        .where(later.channel == row.channel, later.address == row.address, later.state.in_(states))
        .where(later.id > row.id, later.lane == REPLY, later.kind.in_(PAGES))
        .limit(1)
    )
    return row.kind in PAGES and await session.scalar(statement) is not None


async def last_page(session: AsyncSession, channel: str, address: str) -> Message | None:
    """What this chat was shown last in its talk; None when its words are forgotten."""
    of_chat = (Outbox.channel == channel, Outbox.address == address, Outbox.lane == REPLY, Outbox.kind == "reply")
    body = await session.scalar(select(Outbox.body).where(*of_chat).order_by(Outbox.id.desc()).limit(1))
    return unpack(body) if body else None


async def unclear_replies(session: AsyncSession) -> Sequence[Outbox]:
    """Replies that may or may not have arrived and that no note has followed yet."""
    return (
        await session.scalars(select(Outbox).where(Outbox.state == "unknown", Outbox.lane == REPLY).order_by(Outbox.id))
    ).all()


async def mark_superseded(session: AsyncSession, ids: Sequence[int], now: datetime) -> None:
    """A note has taken the place of these unclear replies."""
    await session.execute(update(Outbox).where(Outbox.id.in_(ids)).values(state="superseded", settled_at=now))


async def move_address(session: AsyncSession, channel: str, old: str, new: str) -> None:
    """A group became a supergroup: everything still owed goes to its new address."""
    await session.execute(
        update(Outbox)
        .where(Outbox.channel == channel, Outbox.address == old, Outbox.state.in_(("ready", "sending")))
        .values(address=new)
    )
    is_known = select(Account.id).where(Account.channel == channel, Account.address == new)
    if await session.scalar(is_known) is None:  # else the new group has spoken already
        moved = update(Account).where(Account.channel == channel, Account.address == old).values(address=new)
        await session.execute(moved)


async def drop_for(session: AsyncSession, channel: str, address: str, now: datetime, reason: str) -> None:
    """Somebody blocked the bot: their other messages wait for nobody, and the coordinator can see why."""
    await session.execute(
        update(Outbox)
        .where(Outbox.channel == channel, Outbox.address == address, Outbox.state == "ready")
        .values(state="failed", settled_at=now, error=reason[:200])
    )
    await session.execute(
        update(Account).where(Account.channel == channel, Account.address == address).values(unreachable=reason[:40])
    )


async def counts(session: AsyncSession) -> dict[str, int]:
    """How many messages are in each state, for the health page."""
    rows = await session.execute(select(Outbox.state, func.count()).group_by(Outbox.state))
    return {state: number for state, number in rows}
