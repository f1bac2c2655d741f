"""Templates of announcements (mẫu thông báo): texts worth using again, of an office for itself and those below."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.rules.folding import fold
from models.rules.trees import ids_of
from models.tables import AnnouncementTemplate, Unit


@dataclass(frozen=True, slots=True)
class Kept:
    """A template with the unit that keeps it."""

    template: AnnouncementTemplate
    unit: Unit


async def find(session: AsyncSession, template_id: int, *, lock: bool = False) -> Kept | None:
    """One that was not removed. `lock`: held until the transaction ends."""
    if lock:
        held = select(AnnouncementTemplate).where(AnnouncementTemplate.id == template_id).with_for_update()
        await session.execute(held.execution_options(populate_existing=True))
    statement = (
        select(AnnouncementTemplate, Unit)
        .join(Unit, Unit.id == AnnouncementTemplate.unit_id)
        .where(AnnouncementTemplate.id == template_id, AnnouncementTemplate.removed_at.is_(None))
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Kept(row[0], row[1])


async def known_to(session: AsyncSession, unit: Unit, offset: int, limit: int) -> list[Kept]:
    """What the office may use: its own, then those of the offices above, the nearest first."""
    statement = (
        select(AnnouncementTemplate, Unit)
        .join(Unit, Unit.id == AnnouncementTemplate.unit_id)
        .where(AnnouncementTemplate.unit_id.in_(ids_of(unit.path)), AnnouncementTemplate.removed_at.is_(None))
        .order_by(func.length(Unit.path).desc(), AnnouncementTemplate.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [Kept(template, office) for template, office in await session.execute(statement)]


async def count(session: AsyncSession, unit: Unit) -> int:
    known = AnnouncementTemplate.unit_id.in_(ids_of(unit.path))
    statement = select(func.count()).where(known, AnnouncementTemplate.removed_at.is_(None))
    return await session.scalar(statement) or 0


async def titled(session: AsyncSession, unit_id: int, title: str, but: int = 0) -> AnnouncementTemplate | None:
    """The unit's own template of that name, however it is written; `but`: not this one."""
    own = select(AnnouncementTemplate).where(
        AnnouncementTemplate.unit_id == unit_id,
        AnnouncementTemplate.removed_at.is_(None),
        AnnouncementTemplate.id != but,
    )
    wanted = fold(title)
    return next(
        (each for each in await session.scalars(own.order_by(AnnouncementTemplate.id)) if fold(each.title) == wanted),
        None,
    )


async def keep(
    session: AsyncSession, unit_id: int, title: str, body: Mapping[str, Any], *, by: int, now: datetime
) -> AnnouncementTemplate:
    """Keep it under this title, in the place of the one that is called so."""
    template = await titled(session, unit_id, title)
    if template is None:
        template = AnnouncementTemplate(unit_id=unit_id, at=now, version=0)
        session.add(template)
    template.title, template.body, template.person_id, template.at = title, dict(body), by, now
    await _changed(session, template, "keep", by, now)
    return template


async def rename(session: AsyncSession, template: AnnouncementTemplate, title: str, *, by: int, now: datetime) -> None:
    template.title = title
    await _changed(session, template, "rename", by, now)


async def remove(session: AsyncSession, template: AnnouncementTemplate, *, by: int, now: datetime) -> None:
    template.removed_at = now
    await _changed(session, template, "remove", by, now)


async def _changed(session: AsyncSession, template: AnnouncementTemplate, action: str, by: int, now: datetime) -> None:
    template.version += 1
    await session.flush()
    thing, detail = f"announcement_template:{template.id}", {"title": template.title}
    done = f"announcement_template.{action}"
    audit.note(session, at=now, person_id=by, action=done, object=thing, unit_id=template.unit_id, detail=detail)
