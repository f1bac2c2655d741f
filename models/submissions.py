"""Filing a report and correcting it. Every submission is kept whole; on time is judged by the first one for good."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, consolidation_sent, evidence, list_lines, remarks, visit_counts
from models.reports import CORRECTING, Sheet
from models.rules import Refusal
from models.rules.reports import changes, snapshot
from models.rules.reviews import RETURNED, SUBMITTED
from models.settling import lists_of, settle
from models.tables import Answer, Revision


async def contents(session: AsyncSession, sheet: Sheet) -> dict[str, Any]:
    """The report whole as it stands now, with what was changed since the last submission."""
    said = await remarks.of_report(session, sheet.report.id)
    photos = await evidence.of_report(session, sheet.report.id)
    return snapshot(
        sheet.counted,
        sheet.notes,
        [(each.kind, each.code, each.text) for each in said],
        [each.sha256 for each in photos],
        sheet.no_activity,
        lists_of(sheet) if sheet.form.lists else None,
        {code: int(each) for code, each in sheet.parts_counted.items() if code in sheet.counted},
    )


async def revisions(session: AsyncSession, report_id: int) -> Sequence[Revision]:
    """What was submitted, first to last; a correction that was not sent is not among them."""
    wanted = select(Revision).where(Revision.report_id == report_id, Revision.number > CORRECTING)
    return (await session.scalars(wanted.order_by(Revision.number))).all()


async def changed(session: AsyncSession, sheet: Sheet) -> list[list[str]]:
    """What a correction sent now would change, as [indicator or kind, old, new]."""
    sent = await revisions(session, sheet.report.id)
    return changes(sent[-1].snapshot, await contents(session, sheet)) if sent else []


async def submit(
    session: AsyncSession,
    sheet: Sheet,
    *,
    person_id: int,
    at: datetime,
    now: datetime,
    dropped: dict[str, Any] | None = None,
) -> None:
    """File a report for the first time. `at` is when the person said so; a clock ahead of ours counts as now.

    `dropped`: answers and notes taken out of it, which the audit row keeps.
    """
    report = sheet.report
    report.state, report.submitted_at, report.submitted_by = SUBMITTED, min(at, now), person_id
    report.version += 1
    await visit_counts.settle(session, sheet)
    whole = await contents(session, sheet)
    gone = await settle(session, sheet, now)
    dropped = dropped or ({"answers": gone, "notes": {}} if gone else None)
    session.add(
        Revision(report_id=report.id, number=1, snapshot=whole, changes=[], note="", person_id=person_id, at=now)
    )
    detail = {"nothing": bool(report.no_activity)} | ({"dropped": dropped} if dropped else {})
    audit.note_report(session, report, "report.submit", at=now, person_id=person_id, detail=detail)
    await consolidation_sent.freeze(session, report.id, 1, sheet.parts)
    await session.flush()


async def submit_nothing(
    session: AsyncSession, sheet: Sheet, reason: str, *, person_id: int, at: datetime, now: datetime
) -> None:
    """File "nothing to report" with its reason. Numbers typed before are taken out, for the two would contradict.

    What is taken out stays readable in the audit row, as `dropped`: {"answers": …, "notes": …} as in a snapshot.
    """
    whole = await contents(session, sheet)
    dropped = {part: whole[part] for part in ("answers", "notes")} if sheet.answers else None
    for row in sheet.answers.values():
        await session.delete(row)
    sheet.answers = {}
    await list_lines.drop_all(session, sheet)
    sheet.report.no_activity = reason
    await submit(session, sheet, person_id=person_id, at=at, now=now, dropped=dropped)


async def resubmit(
    session: AsyncSession, sheet: Sheet, note: str, *, person_id: int, at: datetime, now: datetime
) -> Revision:
    """Send a correction: a new revision with what changed, to be looked at anew.

    Raises Refusal report.no_changes when nothing did; what was returned may come back unchanged, with the line on why.
    """
    sent = await revisions(session, sheet.report.id)
    whole = await contents(session, sheet)
    found = changes(sent[-1].snapshot, whole) if sent else []
    if not found and sheet.report.state != RETURNED:
        raise Refusal("report.no_changes")
    await _file_corrected(session, sheet, person_id, now)
    await settle(session, sheet, now)
    revision = Revision(
        report_id=sheet.report.id,
        number=sent[-1].number + 1,
        snapshot=whole,
        changes=found,
        note=note,
        person_id=person_id,
        at=now,
    )
    session.add(revision)
    detail = {"revision": revision.number, "changes": len(found), "was": sheet.report.state}
    sheet.report.state, sheet.report.corrected_at = SUBMITTED, min(at, now)
    sheet.report.return_due_at, sheet.returned = None, None
    sheet.report.version += 1
    audit.note_report(session, sheet.report, "report.correct", at=now, person_id=person_id, detail=detail)
    await consolidation_sent.freeze(session, sheet.report.id, revision.number, sheet.parts)
    await session.flush()
    return revision


async def _file_corrected(session: AsyncSession, sheet: Sheet, person_id: int, now: datetime) -> None:
    """What waited in the correction becomes what counts."""
    values, notes, filed, counted = sheet.values, sheet.notes, sheet.filed, sheet.parts_counted
    sheet.report.no_activity = sheet.no_activity
    for code, value in values.items():
        if filed.get(code) == value:
            continue
        row = sheet.answers.get(code)
        if row is None:
            row = sheet.answers[code] = Answer(report_id=sheet.report.id, indicator=code)
            session.add(row)
        row.number, row.denominator, row.text = value.number, value.of, value.text
        row.note, row.counted = notes.get(code, ""), counted.get(code)
        row.person_id, row.at = sheet.author(code) or person_id, now
    if sheet.correction is not None:
        await session.delete(sheet.correction)
        sheet.correction = None
