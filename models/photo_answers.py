"""A photo that answers a question, of the report or of one line of a list; the answer itself is the photo's hash."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models.evidence import Stored
from models.report_sheet import Sheet
from models.rules.forms import Value
from models.tables import Evidence


async def keep(
    session: AsyncSession,
    sheet: Sheet,
    file: Stored,
    question: str,
    entry_id: int | None,
    *,
    person_id: int,
    now: datetime,
) -> Value:
    """Keep the photo with the report, once whatever it answers. Returns the answer."""
    wanted = select(Evidence).where(Evidence.report_id == sheet.report.id, Evidence.sha256 == file.sha256)
    if (await session.scalars(wanted)).first() is None:
        session.add(
            Evidence(
                report_id=sheet.report.id,
                sha256=file.sha256,
                name=file.name[:120],
                mime=file.mime[:60],
                size=file.size,
                indicator=question,
                list_entry_id=entry_id,
                person_id=person_id,
                at=now,
            )
        )
        await session.flush()
    return Value(text=file.sha256)
