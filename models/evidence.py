"""Photos and papers of a report. The same one twice is one; what was sent by mistake can be taken back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.reports import Sheet
from models.rules.reports import MOST_PHOTOS
from models.tables import Evidence


class Stored(Protocol):
    """A file that is already kept under DATA_DIR by the hash of its content."""

    @property
    def sha256(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def mime(self) -> str: ...
    @property
    def size(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of some files: how many are new, were there already, or are over the limit; `count` in all now."""

    new: int
    known: int
    over: int
    count: int


async def of_report(session: AsyncSession, report_id: int) -> Sequence[Evidence]:
    """All photos of a report in the order they came."""
    wanted = select(Evidence).where(Evidence.report_id == report_id).order_by(Evidence.id)
    return (await session.scalars(wanted)).all()


async def hashes(session: AsyncSession, mime: str) -> set[str]:
    """The content of every file of this kind that stands in a report."""
    return set(await session.scalars(select(Evidence.sha256).where(Evidence.mime == mime).distinct()))


async def add(
    session: AsyncSession, sheet: Sheet, files: Iterable[Stored], *, person_id: int, now: datetime, note: str = ""
) -> Taken:
    """Keep photos and papers with a report, up to MOST_PHOTOS beside those that answer a question of the form.

    `note`: what was written under them.
    """
    kept = await of_report(session, sheet.report.id)
    there, loose = {each.sha256 for each in kept}, sum(not each.indicator for each in kept)
    new = known = over = 0
    for file in files:
        if file.sha256 in there:
            known += 1
        elif loose >= MOST_PHOTOS:
            over += 1
        else:
            new += 1
            loose += 1
            there.add(file.sha256)
            session.add(_row(sheet, file, person_id, now, note))
    if new:
        _note(session, sheet, "report.photo", person_id, now)
        await session.flush()
    return Taken(new, known, over, loose)


async def drop_last(session: AsyncSession, sheet: Sheet, *, person_id: int, now: datetime) -> bool:
    """Take the photo that came last back, but for those that answer a question. Returns whether there was one."""
    there = [each for each in await of_report(session, sheet.report.id) if not each.indicator]
    if not there:
        return False
    await session.delete(there[-1])
    _note(session, sheet, "report.unphoto", person_id, now)
    await session.flush()
    return True


def _row(sheet: Sheet, file: Stored, person_id: int, now: datetime, note: str) -> Evidence:
    return Evidence(
        report_id=sheet.report.id,
        sha256=file.sha256,
        name=file.name[:120],
        mime=file.mime[:60],
        size=file.size,
        note=note,
        person_id=person_id,
        at=now,
    )


def _note(session: AsyncSession, sheet: Sheet, action: str, person_id: int, now: datetime) -> None:
    sheet.report.version += 1
    audit.note_report(session, sheet.report, action, at=now, person_id=person_id)
