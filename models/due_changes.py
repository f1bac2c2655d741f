"""A deadline that a coordinator moved for a unit with all below it: kept, applied, and told to those it concerns.

Every unit below gets more time, exactly as if each had been granted it; so whatever judges or shows a deadline already
reads it, and what was on time without it can still be told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, locks, outbox
from models.heads import Address, heads_of_units
from models.insertion import insert_once
from models.messages import Button, Message, pack
from models.owings import Owing, pending
from models.programmes import Library
from models.reminders import owers_of, reminder_row
from models.rules.extensions import latest_extension
from models.rules.trees import ids_of
from models.tables import DueChange, Obligation, Outbox, PeriodRow, Unit
from models.units import below
from models.zone import zone_of

LASTS = timedelta(hours=36)  # word that could not be delivered for so long is overtaken by the reminders


@dataclass(frozen=True, slots=True)
class Moving:
    """What moving would mean: `due` until now, the `last` it may become; `units` owe it, `open` ones still do."""

    due: datetime
    last: datetime
    units: int
    open: int


@dataclass(frozen=True, slots=True)
class Moved:
    """How many `units` have until `due`, for the deadline was moved for them."""

    due: datetime
    units: int


async def moved(session: AsyncSession, period_id: int, owings: Iterable[Owing]) -> tuple[Moved, ...]:
    """Where the deadline of a period was moved for those who owe it here: each date, the one of most units first.

    More time that a unit was granted for itself is no moved deadline. One statement.
    """
    wanted = select(DueChange.due_at, Unit.path).join(Unit, Unit.id == DueChange.unit_id)
    changes = (await session.execute(wanted.where(DueChange.period_id == period_id))).all()
    found: Counter[datetime] = Counter()
    for owing in owings if changes else ():
        until = owing.extended_until or owing.due_at
        dates = [due for due, path in changes if owing.unit_path.startswith(path) and due <= until]
        if dates and owing.is_expected:
            found[max(dates)] += 1
    return tuple(Moved(due, units) for due, units in sorted(found.items(), key=lambda each: (-each[1], each[0])))


async def look(session: AsyncSession, library: Library, unit: Unit, period: PeriodRow, now: datetime) -> Moving:
    """How the deadline of that unit and all below it stands."""
    owings = await _owings(session, unit, period, now)
    moved = await _last_change(session, unit, period)
    due = moved.due_at if moved is not None else period.due_at
    clocks = await locks.clocks_of(session, library, period)
    last = latest_extension(period.due_at, period.locks_at, clocks, zone_of(session))
    return Moving(due, last, len(owings), len([each for each in owings if each.is_owed]))


async def hold(session: AsyncSession, period: PeriodRow) -> None:
    """Nobody else moves a deadline of this period until this transaction ends."""
    await session.execute(select(PeriodRow.id).where(PeriodRow.id == period.id).with_for_update())


async def move(
    session: AsyncSession,
    library: Library,
    unit: Unit,
    period: PeriodRow,
    due: datetime,
    reason: str,
    *,
    by: int,
    now: datetime,
) -> int:
    """Give everybody below until `due`, and tell whoever still owes and the offices. Returns how many are told."""
    was = (await look(session, library, unit, period, now)).due
    change = DueChange(period_id=period.id, unit_id=unit.id, was=was, due_at=due, reason=reason, person_id=by, at=now)
    session.add(change)
    await session.flush()
    await _apply(session, change, unit.path)
    told = await _tell(session, library, unit, period, change, now)
    detail = {"was": was.isoformat(), "due": due.isoformat(), "told": told}
    audit.note(
        session, at=now, person_id=by, action="due.move", object=f"period:{period.id}", unit_id=unit.id, detail=detail
    )
    return told


async def apply_all(session: AsyncSession, now: datetime) -> None:
    """Whoever came to owe a period after its deadline was moved has the same time."""
    wanted = (
        select(DueChange, Unit.path)
        .join(Unit, Unit.id == DueChange.unit_id)
        .where(DueChange.due_at > now)
        .order_by(DueChange.id)
    )
    for change, path in (await session.execute(wanted)).all():
        await _apply(session, change, path)


async def _apply(session: AsyncSession, change: DueChange, path: str) -> None:
    inside = select(Unit.id).where(below(path))
    sooner: ColumnElement[bool] = or_(
        Obligation.extended_until.is_(None), Obligation.extended_until < change.due_at
    )  # whoever was granted still more time keeps it
    longer = update(Obligation).where(
        Obligation.period_id == change.period_id, Obligation.unit_id.in_(inside), Obligation.waived == "", sooner
    )
    values = {"extended_until": change.due_at, "extended_at": change.at}
    await session.execute(longer.values(values).execution_options(synchronize_session=False))


async def _owings(session: AsyncSession, unit: Unit, period: PeriodRow, now: datetime) -> list[Owing]:
    found = await pending(session, now, path=unit.path, period_id=period.id)
    return [each for each in found if each.is_expected]


async def _last_change(session: AsyncSession, unit: Unit, period: PeriodRow) -> DueChange | None:
    """The latest change that reaches this unit, made here or above."""
    wanted = select(DueChange).where(DueChange.period_id == period.id, DueChange.unit_id.in_(ids_of(unit.path)))
    return await session.scalar(wanted.order_by(DueChange.due_at.desc()).limit(1))


# --- whoever is concerned is told -----------------------------------------------------------------------------------


async def _tell(
    session: AsyncSession, library: Library, unit: Unit, period: PeriodRow, change: DueChange, now: datetime
) -> int:
    """Whoever still owes gets the list with the new deadline; the offices below that owe nothing get a word."""
    programme = await library.get(session, period.programme_id)
    at = programme.quiet.quiet_until(now, zone_of(session))
    owed = {each.unit_id: each for each in await _owings(session, unit, period, now) if each.is_owed}
    heads = await heads_of_units(session, now, owers_of({period.id}))
    reached: dict[Address, list[int]] = {}
    for unit_id, owing in owed.items():
        for head in heads.get(unit_id, ()):
            if head.address is not None:
                reached.setdefault(head.address, []).append(owing.obligation_id)
    rows = [
        _news(reminder_row(_once(change, to), to, ids, at=at, now=now, expires=at + LASTS, by=unit.name), change)
        for to, ids in reached.items()
    ]
    title = programme.duty(period.duty.partition("/")[2]).title
    values = {"key": period.key, "title": title, "by": unit.name, "was": change.was, "due": change.due_at}
    message = Message("due_change.told", values | {"reason": change.reason}, ((_see(),),), place="new")
    offices = await _offices_below(session, unit, now, change.person_id)
    rows += [_word(change, to, message, at, now) for to in offices if to not in reached]
    return await insert_once(session, Outbox, rows) if rows else 0


def _news(row: dict[str, Any], change: DueChange) -> dict[str, Any]:
    return row | {"body": row["body"] | {"tone": "due_moved", "reason": change.reason}}


def _once(change: DueChange, to: Address) -> str:
    return f"due:{change.id}:{to.account_id}"


def _see() -> Button:
    return Button("due_change.button_board", "go", arg="tiendo")


async def _offices_below(session: AsyncSession, unit: Unit, now: datetime, but: int | None) -> Sequence[Address]:
    """The chats of whoever coordinates an office there; not of who moved it."""
    offices = select(Unit.id).where(below(unit.path), Unit.kind != "team", Unit.closed_on.is_(None))
    found = await heads_of_units(session, now, offices)
    heads = [head for many in found.values() for head in many if head.person_id != but]
    return list(dict.fromkeys(head.address for head in heads if head.address is not None))


def _word(change: DueChange, to: Address, message: Message, at: datetime, now: datetime) -> dict[str, Any]:
    return {
        "once": _once(change, to),
        "channel": to.channel,
        "address": to.address,
        "lane": outbox.ALERT,
        "kind": outbox.NEWS,
        "body": pack(message) | {"account": to.account_id},
        "state": "ready",
        "due_at": at,
        "expires_at": None,
        "error": "",
        "created_at": now,
        "settled_at": None,
    }
