"""Holding guides against the portal and the applications again: which are due, and who found which right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.guides import GuideBook, checked_days
from models.rules.guides import Guide
from models.tables import GuideCheck, Unit


@dataclass(frozen=True, slots=True)
class Due:
    """A guide that nobody has held against the portal for longer than it says; `days`: how long ago it was."""

    guide: Guide
    on: date
    days: int


async def due(session: AsyncSession, book: GuideBook, today: date) -> list[Due]:
    """The guides to look at again, the longest overdue first."""
    days = await checked_days(session)
    found = []
    for guide in book.all:
        check = replace(guide.check, on=max(days.get(guide.code, guide.check.on), guide.check.on))
        if check.is_overdue(today):
            found.append((check.last_day, Due(guide, check.on, (today - check.on).days)))
    return [due for _, due in sorted(found, key=lambda each: (each[0], each[1].guide.code))]


async def check(
    session: AsyncSession, guide: Guide, today: date, app: str, unit: Unit, *, by: int, now: datetime
) -> None:
    """The guide was found right today; `app`: which version of the application was looked at, empty: as before."""
    row = GuideCheck(guide=guide.code, checked_on=today, app=app, unit_id=unit.id, person_id=by, at=now)
    session.add(row)
    await session.flush()
    detail = {"guide": guide.code, "app": app}
    about = f"guide_check:{row.id}"
    audit.note(session, at=now, person_id=by, action="guide.check", object=about, unit_id=unit.id, detail=detail)


async def of_person(session: AsyncSession, person_id: int) -> Sequence[GuideCheck]:
    mine = select(GuideCheck).where(GuideCheck.person_id == person_id).order_by(GuideCheck.id)
    return (await session.scalars(mine)).all()


async def forget(session: AsyncSession, person_id: int) -> None:
    bare = update(GuideCheck).where(GuideCheck.person_id == person_id).values(person_id=None)
    await session.execute(bare.execution_options(synchronize_session=False))
