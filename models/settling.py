"""What a report comes to when it is sent: only what is asked counts, and what is worked out stands beside it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import answers, list_lines
from models.report_sheet import Sheet, line_of, value_of
from models.rules.forms import Value
from models.rules.reports import write_value
from models.tables import Answer

Lists = Mapping[str, list[dict[str, str]]]


def lists_of(sheet: Sheet) -> Lists:
    """The lines of every list that is asked, as a snapshot keeps them: only what is asked of each line."""
    return {
        listing.code: [
            {each.code: entry.values[each.code] for each in asked if each.code in entry.values}
            for entry in sheet.lines(listing.code)
            if (asked := sheet.course.asked_of(listing, line_of(entry)))
        ]
        for listing in sheet.asked
        if listing.type == "list"
    }


async def settle(session: AsyncSession, sheet: Sheet, now: datetime) -> dict[str, str]:
    """Take out the answers that nothing asks for any more, and keep what is worked out from the others.

    Returns what was taken out, as a snapshot keeps it.
    """
    if sheet.form.is_plain:
        return {}
    await session.flush()  # a row that this very turn made can only be taken out once it is there
    counted, calculated = sheet.counted, sheet.course.calculated
    gone = {code: write_value(value_of(row)) for code, row in sheet.answers.items() if code not in counted}
    for code in gone:
        await session.delete(sheet.answers.pop(code))
    for code, value in calculated.items():
        _keep(session, sheet, code, value, now)
    await list_lines.settle(session, sheet)
    return gone


def _keep(session: AsyncSession, sheet: Sheet, code: str, value: Value, now: datetime) -> None:
    row = sheet.answers.get(code)
    if row is None:
        row = sheet.answers[code] = Answer(report_id=sheet.report.id, indicator=code, note="")
        session.add(row)
    row.number, row.text, row.at = value.number, value.text, now


async def discard_correction(session: AsyncSession, sheet: Sheet, *, person_id: int, now: datetime) -> None:
    """Forget what was changed since the last submission, in the lists too; what was sent stays as it is."""
    await list_lines.discard(session, sheet)
    await answers.discard_correction(session, sheet, person_id=person_id, now=now)
