"""The lines of a list in a report: each answer kept when it is given; in a correction they wait until it is sent."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import answers, audit
from models.report_sheet import ADDED, REMOVED, Sheet
from models.rules.forms import Value
from models.rules.reports import write_value
from models.tables import Evidence, ListEntry

MOST_LINES = 50  # of one list: a report is no register


def find(sheet: Sheet, code: str, entry_id: int) -> ListEntry | None:
    """The line of that list and number, as it is being worked on; somebody else's line is none."""
    return next((each for each in sheet.lines(code) if each.id == entry_id), None)


async def begin(session: AsyncSession, sheet: Sheet, code: str, *, person_id: int, now: datetime) -> ListEntry:
    """A new line in which nothing is answered yet."""
    entry = ListEntry(
        report_id=sheet.report.id,
        list=code,
        values={},
        pending=ADDED if sheet.is_submitted else "",
        person_id=person_id,
        at=now,
    )
    session.add(entry)
    await session.flush()
    sheet.entries.append(entry)
    _count(session, sheet, code, person_id, now)
    return entry


async def answer(
    session: AsyncSession, sheet: Sheet, entry: ListEntry, code: str, value: Value, *, person_id: int, now: datetime
) -> ListEntry:
    """Keep one answer of a line. Returns the line: in a correction another one stands in for what was sent."""
    if sheet.is_submitted and entry.pending != ADDED:
        entry = await _stand_in(session, sheet, entry, person_id, now)
    old = entry.values.get(code)
    entry.values = {**entry.values, code: write_value(value)}
    entry.person_id, entry.at = person_id, now
    _note(session, sheet, entry, person_id, now, {"question": code, "old": old, "new": entry.values[code]})
    _count(session, sheet, entry.list, person_id, now)
    return entry


async def _stand_in(session: AsyncSession, sheet: Sheet, entry: ListEntry, person_id: int, now: datetime) -> ListEntry:
    entry.pending = REMOVED
    copy = ListEntry(
        report_id=sheet.report.id, list=entry.list, values=entry.values, pending=ADDED, person_id=person_id, at=now
    )
    session.add(copy)
    await session.flush()
    sheet.entries.insert(sheet.entries.index(entry), copy)
    return copy


async def remove(session: AsyncSession, sheet: Sheet, entry: ListEntry, *, person_id: int, now: datetime) -> None:
    """Take a line out; one that was sent stays until the correction is sent."""
    if sheet.is_submitted and entry.pending != ADDED:
        entry.pending = REMOVED
    else:
        await _drop(session, sheet, [entry])
    _note(session, sheet, entry, person_id, now, {"removed": entry.values})
    _count(session, sheet, entry.list, person_id, now)


async def settle(session: AsyncSession, sheet: Sheet) -> None:
    """It is sent: what a correction added counts; what it took out is gone, and so are the lines of lists not asked."""
    asked = {each.code for each in sheet.asked}
    await _drop(session, sheet, [each for each in sheet.entries if each.pending == REMOVED or each.list not in asked])
    for each in sheet.entries:
        each.pending = ""


async def drop_all(session: AsyncSession, sheet: Sheet) -> None:
    """There is nothing to report after all."""
    await _drop(session, sheet, list(sheet.entries))


async def discard(session: AsyncSession, sheet: Sheet) -> None:
    """The correction is given up: everything stands as it was sent."""
    await _drop(session, sheet, [each for each in sheet.entries if each.pending == ADDED])
    for each in sheet.entries:
        each.pending = ""


async def _drop(session: AsyncSession, sheet: Sheet, gone: list[ListEntry]) -> None:
    """Delete lines; a photo of theirs goes to the line that has it now, or goes too."""
    for entry in gone:
        sheet.entries.remove(entry)
        there = select(Evidence).where(Evidence.list_entry_id == entry.id)
        for photo in (await session.scalars(there)).all():
            photo.list_entry_id = next((each.id for each in sheet.entries if _has(each, photo.sha256)), None)
            if photo.list_entry_id is None:
                await session.delete(photo)
        await session.flush()
        await session.delete(entry)
    await session.flush()


def _has(entry: ListEntry, sha256: str) -> bool:
    return write_value(Value(text=sha256)) in entry.values.values()


def _count(session: AsyncSession, sheet: Sheet, code: str, person_id: int, now: datetime) -> None:
    """The answer to the list as a whole is how many lines it has; by it a correction is known to be under way."""
    value = Value(Decimal(len(sheet.lines(code))))
    sheet.report.version += 1
    if sheet.is_submitted or sheet.given.get(code) != value:
        answers.keep(session, sheet, code, value, person_id=person_id, now=now)


def _note(
    session: AsyncSession, sheet: Sheet, entry: ListEntry, person_id: int, now: datetime, detail: dict[str, object]
) -> None:
    whole = {"list": entry.list, "line": entry.id, **detail}
    audit.note_report(session, sheet.report, "report.line", at=now, person_id=person_id, detail=whole)
