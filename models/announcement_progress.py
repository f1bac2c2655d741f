"""The author's card while an announcement goes out: the same card with new numbers, at the end the final ones.

A row of the outbox edits the card; its words are made at the second of sending.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, astuple
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    announcement_corrections,
    announcement_pauses,
    announcement_recall,
    announcement_runs,
    announcements,
    outbox,
    people,
)
from models.announcements import ASKED, PLANNED, RECALLED, REFUSED, REPLACED, SENDING, SENT, STOPPED, Announced
from models.messages import Button, Message
from models.rules import announcement_progress as rules
from models.rules.announcement_endings import Tally
from models.rules.announcing import AnnouncingPolicy
from models.tables import Account, Announcement, Outbox

KIND = "announced_progress"
CARD = "announcement_progress.card"
BEGUN = (SENDING, SENT, STOPPED, RECALLED, REPLACED)
LOOKED_BACK = timedelta(days=1)  # whatever ended before was told, or nobody can be told
SOON = timedelta(minutes=5)  # what goes out so soon was just sent off: it is undone; later it is called off
REPLIES = 50  # of the author since then, among which the one that took the card's place is looked for

Rows = tuple[tuple[Button, ...], ...]
Ways = Callable[[Announcement, Tally], Rows]  # what else can be done with it, as buttons


def watch(announcement: Announcement, account_id: int, now: datetime, *, card: str = "", once: str = "") -> None:
    """From now on this card shows how it goes. `card`: the channel's handle; `once`: of the row of the outbox that
    becomes the card; neither: the first numbers make one."""
    told = int(announcement.progress.get("told", 0))
    at = now.isoformat()
    announcement.progress = {"account": account_id, "card": card, "once": once, "since": at, "next": at, "told": told}


async def watched(session: AsyncSession, now: datetime) -> list[int]:
    """The announcements whose cards may be due for new numbers."""
    ended = and_(Announcement.state.in_(BEGUN), Announcement.ended_at > now - LOOKED_BACK)
    columns = (Announcement.id, Announcement.ended_at, Announcement.progress)
    statement = select(*columns).where(or_(Announcement.state == SENDING, ended)).order_by(Announcement.id)
    return [
        announcement_id
        for announcement_id, ended_at, kept in await session.execute(statement)
        if kept and not kept.get("is_over")
        if ended_at is not None or datetime.fromisoformat(kept["next"]) <= now
    ]


async def refresh(session: AsyncSession, ids: Sequence[int], policy: AnnouncingPolicy, now: datetime) -> int:
    """Owe the cards, of those watched, that show other numbers than there are now. Returns how many."""
    owed = 0
    for announcement_id in ids:
        announcement = await announcements.lock(session, announcement_id)
        if announcement is not None and announcement.progress:
            owed += await _refresh(session, announcement, policy, now)
    return owed


async def _refresh(session: AsyncSession, announcement: Announcement, policy: AnnouncingPolicy, now: datetime) -> bool:
    kept, is_over = announcement.progress, announcement.ended_at is not None
    last = await session.scalar(select(Outbox).where(Outbox.once == kept["once"])) if kept["once"] else None
    if last is not None and last.state in ("ready", "sending"):
        return False  # one at a time: the next will say it all
    tally = await announcement_runs.tally(session, announcement.id)
    shown = [announcement.state, is_over, announcement.listed_at is not None, *astuple(tally)]
    if shown == kept.get("shown"):
        return False
    account = await _reader(session, announcement)
    if account is None:
        return False
    card = (last.message_ref if last is not None else "") or kept["card"]
    if account.id != kept["account"]:
        card = ""
    if card and await _is_left(session, account, card, datetime.fromisoformat(kept["since"])):
        if not is_over:
            return False
        card = ""
    told = int(kept["told"]) + 1
    once = f"announcement:{announcement.id}:progress:{told}"
    announcement.progress = kept | {
        "account": account.id,
        "card": card,
        "once": once,
        "next": (now + timedelta(seconds=policy.progress_seconds)).isoformat(),
        "told": told,
        "shown": shown,
        "is_over": is_over,
    }
    extra = {"announcement": announcement.id, "card": card}
    row = outbox.promise(
        session, Message(CARD), account=account, once=once, kind=KIND, lane=outbox.ALERT, at=now, extra=extra
    )
    return await row


async def _reader(session: AsyncSession, announcement: Announcement) -> Account | None:
    """The chat whose card it is while it is its author's, else the author's next one."""
    if announcement.author_id is None:
        return None
    account = await session.get(Account, announcement.progress["account"])
    if account is not None and not account.unreachable and account.person_id == announcement.author_id:
        return account
    return await people.account_of(session, announcement.author_id)


async def _is_left(session: AsyncSession, account: Account, card: str, since: datetime) -> bool:
    """Whether its reader has gone on to another screen on that very card: it must not be taken from under them."""
    statement = (
        select(Outbox.body)
        .where(Outbox.channel == account.channel, Outbox.address == account.address)
        .where(Outbox.lane == outbox.REPLY, Outbox.created_at >= since)
        .order_by(Outbox.id.desc())
        .limit(REPLIES)
    )
    replies = (await session.scalars(statement)).all()
    last = next((body for body in replies if body.get("card") == card), None)
    return last is not None and last.get("key") != CARD


async def compose(session: AsyncSession, body: dict[str, Any], now: datetime, ways: Ways) -> Message | None:
    """The card as it is now."""
    announced = await announcements.find(session, int(body["announcement"]))
    if announced is None:
        return None
    return await card_of(session, announced, now, ways, reader_id=announced.announcement.author_id)


async def card_of(
    session: AsyncSession, announced: Announced, now: datetime, ways: Ways, *, reader_id: int | None
) -> Message:
    """The card of an announcement that was sent off: numbers by state, until when, what can be done now.

    One that was refused is its author's alone to mend.
    """
    announcement = announced.announcement
    tally = await announcement_runs.tally(session, announcement.id)
    values = _values(announced, tally, now) | await _mended(session, announcement)
    values["is_author"] = is_author = announcement.author_id == reader_id
    if announcement.state == REFUSED and not is_author:
        return Message(CARD, values, ((Button("menu.button_menu", "go", arg="menu"),),))
    kept_back = await announcement_pauses.kept_back(session, announcement)
    return Message(CARD, values, (*_rows(announcement, kept_back, now), *ways(announcement, tally)))


async def _mended(session: AsyncSession, announcement: Announcement) -> dict[str, Any]:
    """How those who had it heard of its recall; or, of a correction that is out, how they got it in its stead."""
    corrects = {"replaces": announcement.replaces_id, "replaced_by": await _successor(session, announcement)}
    if announcement.state == RECALLED:
        mended = await announcement_recall.ways(session, announcement.id)
    elif announcement.replaces_id is not None and announcement.ended_at is not None:
        mended = await announcement_corrections.ways(session, announcement)
    else:
        return corrects | {"ways": None}
    return corrects | {"ways": asdict(mended)}


async def _successor(session: AsyncSession, announcement: Announcement) -> int | None:
    """The number of what holds in its place."""
    if announcement.state != REPLACED:
        return None
    found = await announcement_corrections.on_its_way(session, announcement.id)
    return None if found is None else found.announcement.id


def _values(announced: Announced, tally: Tally, now: datetime) -> dict[str, Any]:
    announcement = announced.announcement
    done = tally.sent + tally.failed + tally.unknown
    started, is_listed = announcement.started_at, announcement.listed_at is not None
    is_sending = announcement.state == SENDING and started is not None and is_listed
    ends_at = rules.ends_at(started, now, done, tally.waiting) if is_sending and started else None
    total = tally.total if is_listed else announcement.expected
    return {
        "before": [],
        "number": announcement.id,
        "unit": announced.unit.name,
        "author": announced.author,
        "state": announcement.state,
        "send_at": announcement.send_at,
        "undo_until": announcement.send_at if announcement.state == PLANNED else None,
        "started_at": started,
        "ended_at": announcement.ended_at,
        "ends_at": ends_at,
        "reason": announcement.reason,
        "asks_proof": announcement.asks_proof,
        "total": total,
        "done": done,
        "expected": announcement.expected if is_listed and rules.differs(announcement.expected, total) else None,
        "is_late": bool(announcement.audience.get("late")),
        "tally": {name: getattr(tally, name) for name in tally.__slots__},
    }


def _rows(announcement: Announcement, kept_back: int, now: datetime) -> Rows:
    """What belongs to sending itself; the rest is done by `ways`."""
    if announcement.state == PLANNED and announcement.send_at is not None:
        label = "button_undo" if announcement.send_at - now <= SOON else "button_call_off"
        undo = _act(announcement, label, "announcement.undo")
        return ((undo, _act(announcement, "button_move", "announcement.move")),)
    if announcement.state == SENDING:
        again = Button("announcement_progress.button_refresh", "announcement.show", announcement.id)
        return ((_act(announcement, "button_stop", "announcement.stop"), again),)
    if announcement.state == STOPPED:
        return _after_stop(announcement, kept_back)
    if announcement.state in (ASKED, REFUSED):
        label = "button_take_back" if announcement.state == ASKED else "button_mend"
        return ((_act(announcement, label, "announcement.mend"),),)
    return ()


def _after_stop(announcement: Announcement, kept_back: int) -> Rows:
    """It can be given up for good only once it is known who was kept back."""
    go_on = _act(announcement, "button_go_on", "announcement.go_on")
    if announcement.listed_at is None:
        return ((go_on,),)
    return ((go_on, _act(announcement, "button_give_up", "announcement.give_up")),) if kept_back else ()


def _act(announcement: Announcement, label: str, action: str) -> Button:
    return Button(f"announcement_progress.{label}", action, announcement.id, announcement.version)
