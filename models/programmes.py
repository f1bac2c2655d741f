"""Loaded plans: stored whole in every version, parsed once."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.consolidation_periods import Kept
from models.rules.form_versions import check_versions, with_form, with_later_forms
from models.rules.forms import Form
from models.rules.programmes import Programme, parse_programme
from models.tables import ProgrammeRow


class Library:
    """Parsed programmes by row id. A stored version never changes, so what was parsed once stays true.

    `kept`: the sums of reports made of reports, which know by themselves when they no longer are.
    """

    def __init__(self) -> None:
        self._parsed: dict[int, Programme] = {}
        self.kept = Kept()

    async def get(self, session: AsyncSession, programme_id: int) -> Programme:
        if programme_id not in self._parsed:
            body = await session.scalar(select(ProgrammeRow.body).where(ProgrammeRow.id == programme_id))
            if body is None:
                raise LookupError(f"programme {programme_id}")
            self._parsed[programme_id] = parse_programme(body)
        return self._parsed[programme_id]

    async def current(self, session: AsyncSession) -> list[tuple[int, Programme]]:
        """The version in force of each programme, oldest first."""
        ids = await session.scalars(
            select(ProgrammeRow.id).where(ProgrammeRow.is_current.is_(True)).order_by(ProgrammeRow.id)
        )
        return [(row_id, await self.get(session, row_id)) for row_id in ids]


async def store(session: AsyncSession, body: dict[str, Any], now: datetime) -> tuple[int, bool]:
    """Keep a programme; the same content again changes nothing. Returns its row id and whether it is new.

    Raises Refusal form.meaning_changed when a question of a form is to mean another thing under the same code.
    A changed body becomes the next version and is in force from now on; drafts go on with the version they were begun
    on.
    """
    programme = parse_programme(body)
    latest = await session.scalar(
        select(ProgrammeRow).where(ProgrammeRow.code == body["code"]).order_by(ProgrammeRow.version.desc()).limit(1)
    )
    if latest is not None and latest.body == body:
        return latest.id, False
    if latest is not None:
        check_versions(parse_programme(latest.body).forms, programme.forms)
    await session.execute(update(ProgrammeRow).where(ProgrammeRow.code == body["code"]).values(is_current=False))
    row = ProgrammeRow(
        code=body["code"], version=latest.version + 1 if latest else 1, body=body, loaded_at=now, is_current=True
    )
    session.add(row)
    await session.flush()
    return row.id, True


async def store_shipped(session: AsyncSession, body: dict[str, Any], now: datetime) -> tuple[int, bool]:
    """Keep a programme that comes with the program, unless it was kept before: what was loaded since stays in force."""
    rows = select(ProgrammeRow).where(ProgrammeRow.code == body["code"]).order_by(ProgrammeRow.version)
    known = (await session.scalars(rows)).all()
    if not known:
        return await store(session, body, now)
    if any(row.body == body for row in known):
        return known[-1].id, False
    return await store(session, with_later_forms(body, known[-1].body), now)


async def store_form(session: AsyncSession, code: str, form: Form, by: int | None, now: datetime) -> int:
    """Put a new version of a form into force in the programme of that code: from the next period on.

    Returns the programme's new row. Raises Refusal form.meaning_changed, LookupError when there is no such programme.
    """
    wanted = select(ProgrammeRow).where(ProgrammeRow.code == code, ProgrammeRow.is_current.is_(True))
    row = (await session.scalars(wanted.with_for_update())).one_or_none()
    if row is None:
        raise LookupError(f"programme {code}")
    row_id, _ = await store(session, with_form(row.body, form), now)
    detail = {"form": form.code, "version": form.version}
    audit.note(session, at=now, person_id=by, action="form.load", object=f"programme:{row_id}", detail=detail)
    return row_id
