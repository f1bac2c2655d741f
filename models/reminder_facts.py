"""What is due to be said to one account, and what of it is said today: one list a day names all that somebody owes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import heard as heard_of
from models.heads import Address, Head
from models.heard import Heard
from models.owings import Owing
from models.rules.periods import local_day
from models.zone import zone_of


@dataclass(frozen=True, slots=True)
class Fact:
    """That a step about one obligation is due to one account: what must not be said twice.

    `again`: it is meant to be said on a day on which its reader was reminded already. `wished`: the moment at which
    they wished to hear of it. `told`: that was done, so that it is only written down.
    """

    key: str
    owing: Owing
    to: Address
    expires: datetime
    again: bool = False
    wished: datetime | None = None
    told: bool = False


async def once_a_day(session: AsyncSession, unsaid: Sequence[tuple[Head, Fact]], now: datetime) -> list[Fact]:
    """Whoever heard today of all they owe hears no more of it, but for what is meant to be said again.

    A list on its way is waited for: perhaps nothing is left of it. What came to be after the list was told on its own,
    so it waits for tomorrow unless that is too late.
    """
    wished = min((fact.wished for _, fact in unsaid if fact.wished is not None), default=None)
    heard = await heard_of.today(session, now, wished) if unsaid else None
    if heard is None:
        return []
    today = local_day(now, zone_of(session))
    found = (
        _wished(fact, head, heard)
        if fact.wished is not None
        else _due(fact, head, heard, local_day(fact.owing.deadline, zone_of(session)) == today)
        for head, fact in unsaid
    )
    return [fact for fact in found if fact is not None]


def _wished(fact: Fact, head: Head, heard: Heard) -> Fact | None:
    """Any list since the wished moment is the one that was wished for."""
    if heard.is_waiting(head):
        return None
    at = heard.last(head)
    return replace(fact, told=at is not None and fact.wished is not None and at >= fact.wished)


def _due(fact: Fact, head: Head, heard: Heard, is_last_day: bool) -> Fact | None:
    at = heard.at(head)
    if fact.again or (at is None and not heard.is_waiting(head)):
        return fact
    if at is not None and fact.owing.announced_at <= at:
        return replace(fact, told=True)
    return fact if at is not None and is_last_day else None
