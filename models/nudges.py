"""A coordinator nudges by hand: whom it would reach, and when it may be done again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit
from models.branches import boughs
from models.heads import Address, Head, heads_of_units
from models.insertion import insert_once
from models.owings import KEPT_FOR, OWED, Owing
from models.programmes import Library
from models.reminders import reminder_row
from models.rules.reminders import nudge_allowed
from models.tables import Obligation, Outbox, Unit
from models.units import below
from models.zone import zone_of

EVERY = timedelta(hours=1)
LASTS = timedelta(hours=12)  # a nudge that could not be delivered for so long is not worth delivering


@dataclass(frozen=True, slots=True)
class Nudge:
    """`people` get a message about `units`; `silent` units have nobody the bot can write to; `recent` ones were nudged
    less than an hour ago and may be again at `again_at`. `sent_at`: when the messages go out, later than now at
    night. `over`: how many never filed and cannot any more, for the unit is gone or the period is locked."""

    people: int
    units: int
    silent: int
    recent: int
    again_at: datetime | None
    sent_at: datetime
    over: int = 0


@dataclass(frozen=True, slots=True)
class _Reach:
    owing: Owing
    addresses: tuple[Address, ...]


async def plan_nudge(
    session: AsyncSession, library: Library, path: str, period_id: int, now: datetime, scope: str = ""
) -> Nudge:
    """What a nudge would do now; nothing is written. `scope` is that of `models.branches.boughs`."""
    return (await _plan(session, library, path, period_id, now, scope))[0]


async def nudge(
    session: AsyncSession,
    library: Library,
    path: str,
    period_id: int,
    now: datetime,
    *,
    by: str,
    person_id: int,
    scope: str = "",
) -> Nudge:
    """Promise a reminder to whoever still owes on the board, unless their unit was nudged within the hour."""
    plan, reached = await _plan(session, library, path, period_id, now, scope)
    owed: dict[Address, list[Owing]] = {}
    for each in reached:
        for address in each.addresses:
            owed.setdefault(address, []).append(each.owing)
    stamp = f"{now:%Y%m%dT%H%M}"
    rows = [
        reminder_row(
            f"nudge:{period_id}:{many[0].unit_id}:{to.account_id}:{stamp}",
            to,
            [owing.obligation_id for owing in many],
            at=plan.sent_at,
            now=now,
            expires=plan.sent_at + LASTS,
            by=by,
        )
        for to, many in owed.items()
    ]
    if rows:
        await insert_once(session, Outbox, rows)
        await _stamp(session, reached, now)
        detail = {"people": plan.people, "units": plan.units, "path": path}
        audit.note(
            session, at=now, person_id=person_id, action="reminder.send", object=f"period:{period_id}", detail=detail
        )
    return plan


async def _plan(
    session: AsyncSession, library: Library, path: str, period_id: int, now: datetime, scope: str
) -> tuple[Nudge, list[_Reach]]:
    found = await boughs(session, now, period_id=period_id, path=path, scope=scope)
    missing = [each for bough in found for each in bough.owings if each.state in OWED]
    owed = [each for each in missing if each.is_owed]
    free = [each for each in owed if nudge_allowed(each.nudged_at, now, EVERY)]
    recent = [each.nudged_at for each in owed if each.nudged_at is not None and each not in free]
    heads = await _heads(session, scope or path, period_id, now)
    reached = [_Reach(each, _addresses(heads.get(each.unit_id, []))) for each in free]
    reached = [each for each in reached if each.addresses]
    programmes = [await library.get(session, each) for each in {owing.programme_id for owing in owed}]
    plan = Nudge(
        people=len({address for each in reached for address in each.addresses}),
        units=len(reached),
        silent=len(free) - len(reached),
        recent=len(recent),
        again_at=min(recent) + EVERY if recent else None,
        sent_at=max((each.quiet.quiet_until(now, zone_of(session)) for each in programmes), default=now),
        over=len(missing) - len(owed),
    )
    return plan, reached


async def _heads(session: AsyncSession, path: str, period_id: int, now: datetime) -> dict[int, list[Head]]:
    owers = select(Obligation.unit_id).join(Unit, Unit.id == Obligation.unit_id)
    return await heads_of_units(session, now, owers.where(Obligation.period_id == period_id, below(path)))


def _addresses(heads: Sequence[Head]) -> tuple[Address, ...]:
    return tuple(head.address for head in heads if head.address is not None)


async def _stamp(session: AsyncSession, reached: Sequence[_Reach], now: datetime) -> None:
    ids = [each.owing.obligation_id for each in reached]
    for start in range(0, len(ids), 500):
        await session.execute(
            update(Obligation)
            .where(Obligation.id.in_(ids[start : start + 500]))
            .where(or_(Obligation.nudged_at.is_(None), Obligation.nudged_at <= now - EVERY))
            .values(nudged_at=now)
            .execution_options(synchronize_session=False)
        )


def may_nudge(due_at: datetime, now: datetime) -> bool:
    """Whether the timetable still cares about a period; a nudge about older ones would find nothing to say."""
    return now - due_at <= KEPT_FOR
