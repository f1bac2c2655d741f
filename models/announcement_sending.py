"""Before an announcement goes out: whom it reaches now, and whether somebody else must agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import announcement_corrections, announcement_limits, audiences, audit
from models.announcements import Announced
from models.rules.announcement_hosts import hosts_in
from models.rules.announcing import AnnouncingPolicy
from models.rules.reaches import Preview
from models.tables import Announcement


@dataclass(frozen=True, slots=True)
class Sending:
    """What sending it off would mean now. `strange`: hosts it leads to that nobody knows; `needs_consent`: somebody
    else has to agree. `rival`: another correction of the same announcement, sent off before this one; 0: there is none.
    `full_day`: its author has none left on the day of this moment, so that somebody else has to agree too.
    `apart`: of a correction: it changes nothing where the old one stands, for one of the two has files.
    """

    preview: Preview
    strange: tuple[str, ...]
    needs_consent: bool
    rival: int = 0
    full_day: datetime | None = None
    apart: bool = False

    @property
    def asks_second(self) -> bool:
        """Whether it goes out only when a second person agrees."""
        return self.needs_consent or self.full_day is not None


async def look(
    session: AsyncSession,
    announced: Announced,
    policy: AnnouncingPolicy,
    rates: Mapping[str, float],
    now: datetime,
    at: datetime | None = None,
) -> Sending:
    """Only reads. `rates`: messages a second per channel; `at`: when it would go out, else as it says, else now."""
    announcement = announced.announcement
    reaches = await announcement_corrections.reached_by(session, announcement, announced.unit, policy, now)
    preview = audiences.preview(reaches, rates, policy.sample_names)
    hosts = hosts_in(announcement.text, announcement.link.get("url", ""))
    strange = tuple(host for host in hosts if not policy.is_open(host))
    needs = policy.needs_second_person(preview.teams, strange[0] if strange else "")
    day = at or announcement.send_at or now
    full = await announcement_limits.is_full(session, announcement, policy, day)
    apart = await announcement_corrections.has_files(session, announcement)
    return Sending(preview, strange, needs, await _rival(session, announcement), day if full else None, apart)


async def _rival(session: AsyncSession, announcement: Announcement) -> int:
    if announcement.replaces_id is None:
        return 0
    first = await announcement_corrections.on_its_way(session, announcement.replaces_id)
    return first.announcement.id if first is not None and first.announcement.id != announcement.id else 0


async def move(session: AsyncSession, announcement: Announcement, send_at: datetime, by: int, now: datetime) -> None:
    """A planned one goes out at another time."""
    announcement.send_at = send_at
    announcement.version += 1
    audit.note(
        session,
        at=now,
        person_id=by,
        action="announcement.move",
        object=f"announcement:{announcement.id}",
        unit_id=announcement.unit_id,
        detail={"at": send_at.isoformat()},
    )
    await session.flush()
