"""The moment at which an announcement begins: looked at once more, for days may have passed since it was sent off.

Whoever it is for, its author's office and the second person's word may have changed meanwhile.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import alerts, announcement_sending, announcements, audit, chats, outbox, people
from models.announcement_listing import locked
from models.announcement_plan_news import in_charge
from models.announcement_sending import Sending
from models.announcements import ASKED, CANCELLED, DRAFT, PLANNED, SENDING
from models.database import Database
from models.messages import Button, Message
from models.outbox import NIGHT
from models.rules.announcement_progress import has_grown
from models.rules.announcement_text import plain
from models.rules.announcing import AnnouncingPolicy
from models.rules.folding import shorten
from models.rules.permissions import may
from models.tables import Announcement, Unit
from models.zone import zone_of

QUOTED = 200  # characters of the text, for whoever has to decide what becomes of it


async def begin(db: Database, announcement_id: int, policy: AnnouncingPolicy, now: datetime) -> None:
    """Its time has come, unless it was taken back or moved a moment ago.

    It waits for a second person when one is needed by now; it is a draft again when it would reach clearly more than
    its author was shown; it is called off when its author may not speak for the unit any more. Looked at beside the
    writers: what was changed meanwhile is looked at the next time.
    """
    async with db.read() as session:
        announced = await announcements.find(session, announcement_id)
        if announced is None:
            return
        version = announced.announcement.version
        sending = await announcement_sending.look(session, announced, policy, {}, now)
    async with db.write() as session:
        announcement = await locked(session, announcement_id)
        is_due = announcement.send_at is not None and announcement.send_at <= now
        if announcement.state == PLANNED and is_due and announcement.version == version:
            await _begin(session, announcement, sending, now)


async def _begin(session: AsyncSession, announcement: Announcement, sending: Sending, now: datetime) -> None:
    unit = await session.get_one(Unit, announcement.unit_id)
    was, count = announcement.expected, sending.preview.total
    if not await _may_speak(session, announcement, unit, now):
        await call_off(session, announcement, now)
    elif sending.needs_consent and not is_agreed(announcement, count):
        announcement.state, announcement.asked_at, announcement.send_at = ASKED, now, None
        announcement.expected = count
        await _held(session, announcement, "announcement_held.asked", now, was=was, count=count)
    elif has_grown(was, count):
        announcement.state, announcement.send_at = DRAFT, None
        await _held(session, announcement, "announcement_held.grown", now, was=was, count=count)
    else:
        announcement.state, announcement.started_at = SENDING, now
        announcement.version += 1


def is_agreed(announcement: Announcement, count: int) -> bool:
    """Whether somebody else has agreed to send it to so many."""
    is_decided = announcement.decided_by is not None and announcement.decided_by != announcement.author_id
    return is_decided and not has_grown(announcement.expected, count)


async def call_off(session: AsyncSession, announcement: Announcement, now: datetime) -> None:
    """It does not go out, for nobody is left who speaks in it; whoever is in charge there hears what it said."""
    unit = await session.get_one(Unit, announcement.unit_id)
    text = shorten(plain(announcement.text), QUOTED)
    values = {"number": announcement.id, "unit": unit.name, "send_at": announcement.send_at, "text": text}
    announcement.state, announcement.ended_at, announcement.progress = CANCELLED, now, {}
    announcement.version += 1
    _note(session, announcement, "call_off", now)
    told = Message(
        "announcement_held.called_off", values, ((Button("announcement_held.button_home", "go", arg="thongbao"),),)
    )
    at = NIGHT.quiet_until(now, zone_of(session))
    for person_id, address in (await in_charge(session, unit, now, but=announcement.author_id or 0)).items():
        account = await chats.find(session, address.account_id)
        once = f"announcement:{announcement.id}:called_off:{person_id}"
        if account is not None:
            await outbox.promise(
                session, told, account=account, once=once, kind=outbox.NEWS, lane=outbox.ALERT, at=at, now=now
            )


async def _may_speak(session: AsyncSession, announcement: Announcement, unit: Unit, now: datetime) -> bool:
    if announcement.author_id is None:
        return False
    return may(await people.actor_of(session, announcement.author_id, now), "announcement.send", unit.path)


async def _held(
    session: AsyncSession, announcement: Announcement, key: str, now: datetime, *, was: int, count: int
) -> None:
    """It goes no further, nobody having agreed to what it would do now; its author hears why."""
    announcement.decided_by, announcement.decided_at, announcement.progress = None, None, {}
    announcement.version += 1
    _note(session, announcement, "hold", now, {"was": was, "count": count})
    show = Button("announcement_held.button_card", "announcement.show", announcement.id)
    told = Message(key, {"number": announcement.id, "was": was, "count": count}, ((show,),))
    once = f"announcement:{announcement.id}:{announcement.version}:held"
    await session.flush()
    await alerts.alert(session, [announcement.author_id or 0], told, once=once, now=now)


def _note(
    session: AsyncSession, announcement: Announcement, action: str, now: datetime, detail: dict[str, int] | None = None
) -> None:
    thing, unit_id = f"announcement:{announcement.id}", announcement.unit_id
    audit.note(
        session, at=now, person_id=None, action=f"announcement.{action}", object=thing, unit_id=unit_id, detail=detail
    )
