"""What holds for a guide in one place: a fee fixed by the province, the address of the centre."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.rules import Refusal
from models.rules.guide_remarks import MOST_NOTES
from models.rules.trees import ids_of
from models.tables import GuideNote, Unit


async def of(session: AsyncSession, guide: str, paths: Iterable[str]) -> list[tuple[GuideNote, str]]:
    """The notes about that guide of the units at these paths and of all above them, each with its unit's name.

    The widest first: the province's before the commune's.
    """
    ids = {unit_id for path in paths for unit_id in ids_of(path)}
    if not ids:
        return []
    statement = (
        select(GuideNote, Unit.name)
        .join(Unit, Unit.id == GuideNote.unit_id)
        .where(GuideNote.guide == guide, GuideNote.unit_id.in_(ids), GuideNote.removed_at.is_(None))
        .order_by(func.length(Unit.path), GuideNote.id)
    )
    return [(note, name) for note, name in await session.execute(statement)]


async def find(session: AsyncSession, note_id: int) -> tuple[GuideNote, Unit] | None:
    """A note that still stands, with its unit; nobody else changes it until this transaction ends."""
    statement = (
        select(GuideNote, Unit)
        .join(Unit, Unit.id == GuideNote.unit_id)
        .where(GuideNote.id == note_id, GuideNote.removed_at.is_(None))
        .with_for_update(of=GuideNote)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else (row[0], row[1])


async def of_unit(session: AsyncSession, guide: str, unit: Unit) -> Sequence[GuideNote]:
    """What the very unit says about the guide."""
    mine = (GuideNote.guide == guide, GuideNote.unit_id == unit.id, GuideNote.removed_at.is_(None))
    return (await session.scalars(select(GuideNote).where(*mine).order_by(GuideNote.id))).all()


async def add(
    session: AsyncSession, guide: str, unit: Unit, kind: str, text: str, *, by: int, now: datetime
) -> GuideNote:
    """Raises Refusal guide_note.too_many (`most`)."""
    await session.execute(select(Unit.id).where(Unit.id == unit.id).with_for_update())
    if len(await of_unit(session, guide, unit)) >= MOST_NOTES:
        raise Refusal("guide_note.too_many", most=MOST_NOTES)
    row = GuideNote(guide=guide, unit_id=unit.id, kind=kind, text=text, person_id=by, at=now, version=1)
    session.add(row)
    await session.flush()
    _note(session, row, "guide_note.add", by, now)
    return row


async def remove(session: AsyncSession, row: GuideNote, *, by: int, now: datetime) -> None:
    row.removed_at = now
    row.version += 1
    _note(session, row, "guide_note.remove", by, now)
    await session.flush()


def _note(session: AsyncSession, row: GuideNote, action: str, by: int, now: datetime) -> None:
    detail = {"guide": row.guide, "kind": row.kind}
    about = f"guide_note:{row.id}"
    audit.note(session, at=now, person_id=by, action=action, object=about, unit_id=row.unit_id, detail=detail)


async def of_person(session: AsyncSession, person_id: int) -> Sequence[GuideNote]:
    """What somebody wrote, as far as it still stands."""
    mine = (GuideNote.person_id == person_id, GuideNote.removed_at.is_(None))
    return (await session.scalars(select(GuideNote).where(*mine).order_by(GuideNote.id))).all()


async def forget(session: AsyncSession, person_id: int) -> None:
    """Somebody is erased: the note is their office's and stays."""
    bare = update(GuideNote).where(GuideNote.person_id == person_id).values(person_id=None)
    await session.execute(bare.execution_options(synchronize_session=False))
