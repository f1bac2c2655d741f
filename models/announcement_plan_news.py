"""Word of a plan: paused by itself, to the office in whose name it speaks, else the nearest one above; waiting for a
second person, to its author."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import chats, outbox, people
from models.heads import Address, officials
from models.messages import Button, Message
from models.outbox import NIGHT
from models.rules.trees import ids_of
from models.tables import Announcement, AnnouncementPlan, Unit
from models.zone import zone_of


async def tell(session: AsyncSession, plan: AnnouncementPlan, unit: Unit, now: datetime) -> int:
    """Owe the word to everybody in charge there, not at night. Returns to how many."""
    values = {"title": plan.title, "unit": unit.name, "reason": plan.reason}
    button = Button("announcement_plan.button_see", "announcement_plan.show", plan.id)
    message = Message("announcement_plan.paused_by_itself", values, ((button,),))
    told, at = 0, NIGHT.quiet_until(now, zone_of(session))
    for person_id, address in (await in_charge(session, unit, now)).items():
        account = await chats.find(session, address.account_id)
        once = f"announcement_plan:{plan.id}:{plan.version}:paused:{person_id}"
        if account is not None:
            told += await outbox.promise(
                session, message, account=account, once=once, kind=outbox.NEWS, lane=outbox.ALERT, at=at, now=now
            )
    return told


async def tell_asked(
    session: AsyncSession, plan: AnnouncementPlan, made: Announcement, names: Sequence[str], office: Unit, now: datetime
) -> None:
    """Its author learns that it waits for one of these people of that office; not at night."""
    account = await people.account_of(session, plan.person_id) if plan.person_id else None
    if account is None:
        return
    values = {"title": plan.title, "number": made.id, "names": list(names), "unit": office.name}
    see = Button("announcement_plan.button_made", "announcement.show", made.id)
    message = Message("announcement_plan.asked", values, ((see,),))
    once, at = f"announcement:{made.id}:asked", NIGHT.quiet_until(now, zone_of(session))
    await outbox.promise(
        session, message, account=account, once=once, kind=outbox.NEWS, lane=outbox.ALERT, at=at, now=now
    )


async def in_charge(session: AsyncSession, unit: Unit, now: datetime, but: int = 0) -> dict[int, Address]:
    """By person, where to write to those of the nearest office in which anybody else (`but`) can be reached."""
    upwards = ids_of(unit.path)[::-1]
    found = await officials(session, upwards, now)
    heads = ([head for head in found.get(each, ()) if head.person_id != but] for each in upwards)
    offices = ({head.person_id: to for head in office if (to := head.address)} for office in heads)
    return next((each for each in offices if each), {})
