"""Asking those again who have not confirmed an announcement, or of whom nobody knows whether it reached them.

Another text than the announcement, to these people alone; decided once more at the second of sending.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, String, cast, exists, func, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import announcement_proof, audit, outbox
from models.announcement_ledger import ARRIVED
from models.announcements import Announced
from models.chats import LAST_USED
from models.insertion import insert_selected, json_object
from models.messages import Button, Message
from models.received_announcements import Received
from models.rules.announcement_text import plain
from models.rules.announcing import AnnouncingPolicy
from models.rules.folding import shorten
from models.tables import Account, Announcement, Outbox, Person, Recipient, Talk
from models.zone import zone_of

QUOTED = 160  # characters of the announcement in a text about it
GOING_OUT = ("sending", "sent")
HAS_CHAT = exists().where(Account.person_id == Recipient.person_id, Account.unreachable == "")
OWED = (
    "once", "channel", "address", "lane", "kind", "body", "state", "attempts", "message_ref", "error", "due_at",
    "expires_at", "created_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chase:
    """Whom asking again would reach now: `people`. `silent` ones have no chat that takes it, `spent` ones were asked
    as often as may be. `again_at`: from when on it may be done; None: now. `sent_at`: when the messages go out."""

    people: int
    silent: int
    spent: int
    again_at: datetime | None
    sent_at: datetime


async def look(session: AsyncSession, announced: Announced, policy: AnnouncingPolicy, now: datetime) -> Chase:
    """What asking again would do now; nothing is written."""
    announcement = announced.announcement
    few = Recipient.chased < policy.chase_limit
    statement = (
        select(func.count().filter(few, HAS_CHAT), func.count().filter(few, ~HAS_CHAT), func.count().filter(~few))
        .select_from(Recipient)
        .join(Person, Person.id == Recipient.person_id)
        .where(*_wanted(announcement))
    )
    people, silent, spent = (await session.execute(statement)).one()
    again_at = announcement.chased_at + policy.between_chases if announcement.chased_at is not None else None
    waits = again_at if again_at is not None and again_at > now else None
    return Chase(people, silent, spent, waits, outbox.NIGHT.quiet_until(now, zone_of(session)))


async def chase(
    session: AsyncSession, announced: Announced, policy: AnnouncingPolicy, *, by: int, now: datetime
) -> Chase:
    """Owe the question to everybody whom `look` counts, unless they were asked a short while ago.

    The announcement is locked by the caller, so that two who press at once ask once.
    """
    plan = await look(session, announced, policy, now)
    if plan.again_at is not None or not plan.people:
        return plan
    announcement = announced.announcement
    await insert_selected(session, Outbox, OWED, _owed(session, announcement, policy, plan.sent_at, now))
    asked = update(Recipient).where(Recipient.id.in_(_to_ask(announcement, policy)))
    more = asked.values(chased=Recipient.chased + 1).execution_options(synchronize_session=False)
    await session.execute(more)
    session.info[outbox.PROMISED] = True
    announcement.chased_at = now
    about, detail = f"announcement:{announcement.id}", {"people": plan.people}
    audit.note(
        session, at=now, person_id=by, action="announcement.chase", object=about, unit_id=announcement.unit_id,
        detail=detail,
    )  # fmt: skip
    await session.flush()
    return plan


def _wanted(announcement: Announcement) -> tuple[ColumnElement[bool], ...]:
    """Of the announcement's recipients those to be asked: who has it and is silent; without proof, the unclear ones."""
    states = ARRIVED if announcement.asks_proof else ("unknown",)
    mine = (Recipient.announcement_id == announcement.id, Recipient.state.in_(states))
    return (*mine, Recipient.confirmed_at.is_(None), Person.erased_at.is_(None))


def _to_ask(announcement: Announcement, policy: AnnouncingPolicy) -> Select[int]:
    """The rows of those whom a chat can be written to and who were not asked as often as may be."""
    return (
        select(Recipient.id)
        .join(Person, Person.id == Recipient.person_id)
        .where(*_wanted(announcement), Recipient.chased < policy.chase_limit, HAS_CHAT)
    )


def _owed(
    session: AsyncSession, announcement: Announcement, policy: AnnouncingPolicy, at: datetime, now: datetime
) -> Select[*tuple[Any, ...]]:
    """The promises, one each, to the reachable chat used last: made by the database, for they may be 20,000."""
    latest = (LAST_USED.desc(), Account.id.desc())
    place = func.row_number().over(partition_by=Recipient.id, order_by=latest).label("place")
    chats = (
        select(Recipient.id, Recipient.announcement_id, Recipient.chased, place)
        .add_columns(Account.id.label("account_id"), Account.channel, Account.address)
        .select_from(Recipient)
        .join(Account, Account.person_id == Recipient.person_id)
        .outerjoin(Talk, Talk.account_id == Account.id)
        .where(Recipient.id.in_(_to_ask(announcement, policy)), Account.unreachable == "")
        .subquery()
    )
    mine, times = chats.c, chats.c.chased + 1
    parts = (cast(mine.announcement_id, String), cast(mine.id, String), "chase", cast(times, String))
    once: ColumnElement[str] = literal("ann", String)
    for part in parts:
        once = once + ":" + part
    about = {"announcement": mine.announcement_id, "recipient": mine.id, "account": mine.account_id, "times": times}
    moments = (_moment("due_at", at), _moment("expires_at", at + policy.lasts), _moment("created_at", now))
    values = (literal(outbox.REMINDER), literal(outbox.CHASED), json_object(session, about), literal("ready"))
    made = select(once, mine.channel, mine.address, *values, literal(0), literal(""), literal(""), *moments)
    return made.where(mine.place == 1)


def _moment(name: str, value: datetime) -> ColumnElement[datetime]:
    return literal(value, outbox.OUTBOX.c[name].type)


async def compose(session: AsyncSession, body: dict[str, Any]) -> Message | None:
    """The question as things stand now; None when it was confirmed, taken back or settled meanwhile."""
    received = await announcement_proof.find(session, int(body.get("recipient", 0)))
    account = await session.get(Account, body.get("account") or 0)
    if received is None or account is None or account.unreachable:
        return None
    recipient, announcement = received.recipient, received.announced.announcement
    if recipient.person_id is None or account.person_id != recipient.person_id:
        return None
    if recipient.confirmed_at is not None or announcement.state not in GOING_OUT:
        return None
    if not announcement.asks_proof and recipient.state != "unknown":
        return None
    return message_of(received, int(body["times"]))


def message_of(received: Received, times: int) -> Message:
    """The question itself, the `times`th; another text than the announcement's own."""
    recipient, announcement = received.recipient, received.announced.announcement
    see = Button("announcement_chase.button_see", "announcement.read", recipient.id)
    known = Button("announcement.button_confirm", "announcement.confirm", recipient.id)
    values = {
        "number": announcement.id,
        "unit": received.announced.unit.name,
        "times": times,
        "text": shorten(plain(announcement.text), QUOTED),
        "unsure": recipient.state == "unknown",
    }
    if announcement.asks_proof:
        return Message("announcement_chase.ask", values, ((known, see),), place="new")
    return Message("announcement_chase.unsure", values, ((see,),), place="new")
