"""Word about guides that are kept right: to whoever decides, to the author, to whoever reported a wrong step."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import outbox, people, question_desks
from models.messages import Message
from models.people import actor_of
from models.rules.permissions import may
from models.rules.reminders import Quiet
from models.tables import Unit
from models.zone import zone_of

QUIET = Quiet()


async def tell(
    session: AsyncSession, person_ids: Iterable[int | None], message: Message, *, once: str, now: datetime
) -> int:
    """Owe it to each one's reachable chat, at night in the morning. Returns how many have one."""
    told = 0
    at = QUIET.quiet_until(now, zone_of(session))
    for person_id in dict.fromkeys(person_ids):
        account = await people.account_of(session, person_id) if person_id is not None else None
        if account is not None:
            key = f"{once}:person:{person_id}"
            await outbox.promise(
                session, message, account=account, once=key, kind=outbox.NEWS, lane=outbox.ALERT, at=at, now=now
            )
            told += 1
    return told


async def office_above(session: AsyncSession, unit: Unit, now: datetime, but: int | None) -> list[int]:
    """Who is told of a wrong step: in the nearest office from the unit up, whoever may propose a correction there."""
    for desk in await question_desks.desks_from(session, unit, now, but):
        held = [
            each for each in desk.people if may(await actor_of(session, each, now), "guide.propose", desk.unit.path)
        ]
        if held:
            return held
    return []
