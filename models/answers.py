"""Answers, one row each: kept the moment they are given; after the submission they wait in the correction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.reports import CORRECTING, Sheet
from models.rules.forms import Value
from models.rules.reports import write_value
from models.tables import Answer, Revision


def keep(
    session: AsyncSession, sheet: Sheet, code: str, value: Value, *, person_id: int, now: datetime, note: str = ""
) -> None:
    """Keep one answer; an empty value is a question skipped, which is not zero. What was there before is replaced."""
    old = sheet.values.get(code)
    if sheet.is_submitted:
        _correct(session, sheet, code, value, person_id, now, note)
    else:
        _draft(session, sheet, code, value, person_id, now, note)
    sheet.report.version += 1
    detail = {"indicator": code, "old": None if old is None else write_value(old), "new": write_value(value)}
    audit.note_report(session, sheet.report, "report.answer", at=now, person_id=person_id, detail=detail)


def skip_open(session: AsyncSession, sheet: Sheet, *, person_id: int, now: datetime) -> int:
    """Leave every question that was not answered yet empty, but for those that must be answered.

    Returns how many those were. What is left empty may open further questions; they are left empty too.
    """
    count = 0
    while open_codes := [each.code for each in sheet.asked if each.code not in sheet.values and not each.required]:
        for code in open_codes:
            keep(session, sheet, code, Value(), person_id=person_id, now=now)
        if any(code not in sheet.values for code in open_codes):  # a line of a list that is not whole stays open
            return count
        count += len(open_codes)
    return count


def _draft(
    session: AsyncSession, sheet: Sheet, code: str, value: Value, person_id: int, now: datetime, note: str
) -> None:
    row = sheet.answers.get(code)
    if row is None:
        row = Answer(report_id=sheet.report.id, indicator=code, at=now)
        sheet.answers[code] = row
        session.add(row)
    row.number, row.denominator, row.text, row.note = value.number, value.of, value.text, note
    row.counted = sheet.part_counted(code, value)
    row.person_id, row.at = person_id, now


def _correct(
    session: AsyncSession, sheet: Sheet, code: str, value: Value, person_id: int, now: datetime, note: str
) -> None:
    if sheet.correction is None:
        empty: dict[str, Any] = {"answers": {}, "notes": {}, "people": {}}
        sheet.correction = Revision(
            report_id=sheet.report.id, number=CORRECTING, snapshot=empty, changes=[], note="", at=now
        )
        session.add(sheet.correction)
    kept, counted = sheet.correction.snapshot, sheet.part_counted(code, value)
    sheet.correction.snapshot = {
        "answers": {**kept["answers"], code: write_value(value)},
        "counted": {**kept.get("counted", {}), code: None if counted is None else int(counted)},
        "notes": {**kept["notes"], code: note},
        "people": {**kept["people"], code: person_id},
    }
    sheet.correction.person_id, sheet.correction.at = person_id, now


async def discard_correction(session: AsyncSession, sheet: Sheet, *, person_id: int, now: datetime) -> None:
    """Forget what was changed since the last submission; what was sent stays as it is."""
    if sheet.correction is None:
        return
    await session.delete(sheet.correction)
    sheet.correction = None
    sheet.report.version += 1
    audit.note_report(session, sheet.report, "report.discard", at=now, person_id=person_id)
