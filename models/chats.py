"""The chats of one person: which of them is written to, what becomes of what is owed to one that is gone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, link_codes, outbox
from models.insertion import insert_once
from models.messages import Message, pack
from models.rules import Refusal
from models.rules.reminders import STEPS_BEGIN, once_key_in
from models.tables import Account, Announcement, Inbox, Outbox, Question, Recipient, Talk, Visit, WebMessage

MOST = 5  # chats of one person; more are forgotten phones
BLOCKED = "blocked"  # why an account is unreachable whose holder wants nothing from us
WEB_CHAT = "webchat"  # the channel whose bubbles we keep ourselves
LAST_USED = func.coalesce(Talk.updated_at, Account.seen_at)  # to the second; Account.seen_at alone is to ten minutes


async def of_person(session: AsyncSession, person_id: int) -> Sequence[Account]:
    """All chats of somebody, the one linked first at the head."""
    return (await session.scalars(select(Account).where(Account.person_id == person_id).order_by(Account.id))).all()


async def find(session: AsyncSession, account_id: int) -> Account | None:
    return await session.get(Account, account_id)


async def written_to(session: AsyncSession, person_id: int, but: int = 0) -> Account | None:
    """Where to write to somebody: of their reachable chats (`but` left out) the one used last. None: there is none."""
    statement = (
        select(Account)
        .outerjoin(Talk, Talk.account_id == Account.id)
        .where(Account.person_id == person_id, Account.unreachable == "", Account.id != but)
        .order_by(LAST_USED.desc(), Account.id.desc())
        .limit(1)
    )
    return await session.scalar(statement)


# --- a chat is gone -------------------------------------------------------------------------------------------------


async def refused(
    session: AsyncSession, channel: str, address: str, now: datetime, reason: str, under_way: Sequence[int] = ()
) -> None:
    """The channel takes no message for this chat any more: its holder's next chat takes over what is owed.

    `under_way`: promises already claimed that did not get there either.
    """
    account = await session.scalar(select(Account).where(Account.channel == channel, Account.address == address))
    if account is not None and account.person_id is not None:
        await _pass_on(session, account, account.person_id, now, under_way)
    await outbox.drop_for(session, channel, address, now, reason)


async def left(session: AsyncSession, account: Account, now: datetime) -> None:
    """Its holder says so before any send does: nothing more is for this chat, until they write again."""
    await refused(session, account.channel, account.address, now, BLOCKED)
    account.unreachable = BLOCKED


async def unlink(session: AsyncSession, person_id: int, account_id: int, now: datetime) -> Account | None:
    """Take a chat from somebody: it is a stranger's again, with nothing in it. None: it is not theirs.

    Raises Refusal link.last when nobody could write to them any more.
    """
    mine = await session.scalars(select(Account).where(Account.person_id == person_id).with_for_update())
    chats = {each.id: each for each in mine}
    gone = chats.pop(account_id, None)
    if gone is None:
        return None
    if not any(not each.unreachable for each in chats.values()):
        raise Refusal("link.last")
    await _pass_on(session, gone, person_id, now)
    gone.person_id = None
    await link_codes.end(session, person_id, now)  # whoever holds a lost phone may have asked for one just now
    await _take_along(session, gone, person_id)
    await empty(session, gone, 0, now)
    await clear_talks(session, [gone.id], now)
    audit.note(session, at=now, person_id=person_id, action="link.drop", object=f"account:{gone.id}")
    await session.flush()
    return gone


async def _take_along(session: AsyncSession, gone: Account, person_id: int) -> None:
    """What was asked and done in a chat stays the person's: its next holder neither sees it nor gets the answers."""
    for table in (Question, Visit):
        theirs = update(table).where(table.account_id == gone.id)
        values = {"account_id": None, "person_id": func.coalesce(table.person_id, person_id)}
        await session.execute(theirs.values(values).execution_options(synchronize_session=False))


async def _pass_on(
    session: AsyncSession, gone: Account, person_id: int, now: datetime, under_way: Sequence[int] = ()
) -> None:
    """What waits for a chat is owed to the next one instead; the steps it was told of count as told to the person."""
    heir = await written_to(session, person_id, but=gone.id)
    if heir is None:
        return
    sent_here = (Outbox.channel == gone.channel, Outbox.address == gone.address, Outbox.lane > outbox.REPLY)
    waits = and_(or_(Outbox.state == "ready", Outbox.id.in_(under_way)), Outbox.kind != outbox.RECALL_DELETION)
    waiting = (await session.scalars(select(Outbox).where(*sent_here, waits).order_by(Outbox.id))).all()
    rows = [_moved(row, heir, now) for row in waiting]
    is_told = (Outbox.once.startswith(STEPS_BEGIN), Outbox.state != "failed", ~waits)
    ending = {"body": {}, "state": "cancelled", "settled_at": now, "error": "told in another chat"}
    told = (await session.scalars(select(Outbox).where(*sent_here, *is_told).order_by(Outbox.id))).all()
    rows += [_moved(row, heir, now) | ending for row in told]
    await insert_once(session, Outbox, rows)
    await _ledgers_follow(session, [row for row in waiting if row.lane == outbox.ANNOUNCEMENT], heir)


async def _ledgers_follow(session: AsyncSession, moved: Sequence[Outbox], heir: Account) -> None:
    """Whoever is written to in another chat still waits for the announcement, or for word of its recall, and so it is
    not over."""
    quiet = {"synchronize_session": False}
    for row in moved:
        now_owed = select(Outbox.id).where(Outbox.once == _key_in(row, heir)).scalar_subquery()
        waits = (
            update(Recipient)
            .where(Recipient.outbox_id == row.id, Recipient.state.in_(("waiting", "failed")))
            .values(outbox_id=now_owed, account_id=heir.id, state="waiting", reason="")
            .returning(Recipient.announcement_id)
        )
        ids = (await session.scalars(waits.execution_options(**quiet))).all()
        recalled = update(Recipient).where(Recipient.id == row.body.get("recipient"), Recipient.follow_up_id == row.id)
        told = recalled.values(follow_up_id=now_owed, way="").returning(Recipient.announcement_id)
        ids = [*ids, *await session.scalars(told.execution_options(**quiet))]
        goes_on = case((Announcement.state == "sent", "sending"), else_=Announcement.state)
        reopened = update(Announcement).where(Announcement.id.in_(ids), Announcement.ended_at.is_not(None))
        await session.execute(reopened.values(state=goes_on, ended_at=None).execution_options(**quiet))


def _key_in(row: Outbox, heir: Account) -> str:
    return once_key_in(row.once, heir.id) if row.once.startswith(STEPS_BEGIN) else f"{row.once}:chat:{heir.id}"


def _moved(row: Outbox, heir: Account, now: datetime) -> dict[str, Any]:
    """The same fact, owed to another chat: a row of its own, for the first one says what became of it there.

    The message that it was to change stands in the first chat alone.
    """
    kept = {name: value for name, value in row.body.items() if name != "card"}
    return {
        "once": _key_in(row, heir),
        "channel": heir.channel,
        "address": heir.address,
        "lane": row.lane,
        "kind": row.kind,
        "body": {**kept, "account": heir.id},
        "state": "ready",
        "due_at": max(row.due_at, now),
        "expires_at": row.expires_at,
        "error": "",
        "created_at": now,
        "settled_at": None,
    }


# --- what a chat keeps ----------------------------------------------------------------------------------------------


async def empty(session: AsyncSession, account: Account, handled: int, now: datetime) -> None:
    """Take the words out of everything that came from a chat or went to it; what waits to be read is left to be read.

    An event stays "new" until its whole batch commits, so in the speaking chat those up to `handled` go as well.
    """
    quiet = {"synchronize_session": False}
    await session.execute(
        update(Inbox)
        .where(Inbox.channel == account.channel, Inbox.chat == account.address)
        .where(or_(Inbox.state != "new", Inbox.id <= handled))
        .values(payload={})
        .execution_options(**quiet)
    )
    owed = update(Outbox).where(Outbox.channel == account.channel, Outbox.address == account.address)
    waiting = Outbox.state.in_(("ready", "unknown"))  # an unclear one would be followed by a note with its text
    ending = {"state": "cancelled", "settled_at": now, "error": "erased"}
    await session.execute(owed.where(waiting).values(ending).execution_options(**quiet))
    # a neutral sentence and not {}: a send under way that a crash interrupts must still find something to say
    blank = pack(Message("account.withdrawn")) | {"account": None, "card": ""}
    await session.execute(owed.values(body=blank).execution_options(**quiet))
    if account.channel == WEB_CHAT:
        bubbles = delete(WebMessage).where(WebMessage.address == account.address)
        await session.execute(bubbles.execution_options(**quiet))


async def clear_talks(session: AsyncSession, account_ids: Sequence[int], now: datetime) -> None:
    """Nothing is being asked in these chats any more."""
    for talk in await session.scalars(select(Talk).where(Talk.account_id.in_(account_ids))):
        talk.flow, talk.data, talk.expects, talk.choices, talk.updated_at = "", {}, "choice", [], now
