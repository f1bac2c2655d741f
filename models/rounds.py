"""Rounds of reporting that offices open: kept as small plans, so that owing, board, reminders and titles just work."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from models import audit, deadlines, programmes
from models.groups import members
from models.heads import Address, heads_of_units
from models.insertion import insert_once
from models.owers import new_owers
from models.programmes import Library
from models.reminders import owers_of, reminder_row
from models.rules.forms import Form
from models.rules.periods import Once, local_day, period_at
from models.rules.programmes import Programme
from models.rules.rounds import DUTY, STEM, Whom, as_programme, code_of
from models.tables import Obligation, Outbox, PeriodRow, ProgrammeRow, Report, Unit
from models.units import below
from models.zone import zone_of

LASTS = timedelta(days=2)  # news that could not be delivered for so long is stale
SHOWN = 20  # rounds in one list
NAMED = 6  # units named on one screen


@dataclass(frozen=True, slots=True)
class FormChoice:
    """A form that a round may ask for, and the plan in force that it stands in."""

    programme_id: int
    form: Form


@dataclass(frozen=True, slots=True)
class Wish:
    """A round as it is being prepared. `due`: its last good second."""

    title: str
    programme_id: int
    form: str
    whom: Whom
    due: datetime


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom a round would reach: units that owe, those of them in which the bot can write to nobody, the first names."""

    units: int
    silent: int
    names: list[str]


@dataclass(frozen=True, slots=True)
class Round:
    """A round with its one period. `open`: not closed by hand."""

    period: PeriodRow
    title: str
    open: bool


async def forms(session: AsyncSession, library: Library) -> list[FormChoice]:
    """Every form of the plans in force, each once; those of rounds are copies."""
    found: dict[str, FormChoice] = {}
    for programme_id, programme in await library.current(session):
        for form in () if programme.opened_by else programme.forms:
            found.setdefault(form.code, FormChoice(programme_id, form))
    return list(found.values())


async def kinds_below(session: AsyncSession, unit: Unit) -> list[str]:
    """The kinds of the open units below an office."""
    statement = select(Unit.kind).where(below(unit.path), Unit.id != unit.id, Unit.closed_on.is_(None)).distinct()
    return sorted(await session.scalars(statement))


async def of_group(session: AsyncSession, group_id: int, now: datetime) -> Whom:
    """The units that are in a group today."""
    day = local_day(now, zone_of(session))
    inside = [each.unit for each in await members(session, group_id, day) if each.span.since <= day]
    return whom_of(inside)


async def of_units(session: AsyncSession, unit: Unit, unit_ids: Collection[int]) -> Whom:
    """Units picked by hand; whatever does not lie below the office is left out."""
    picked = select(Unit).where(Unit.id.in_(unit_ids), below(unit.path), Unit.closed_on.is_(None)).order_by(Unit.path)
    return whom_of((await session.scalars(picked)).all())


def whom_of(units: Sequence[Unit]) -> Whom:
    return Whom(tuple(sorted({each.kind for each in units})), tuple(each.code for each in units))


async def preview(session: AsyncSession, library: Library, unit: Unit, wish: Wish, now: datetime) -> Preview:
    """What opening it would come to; nothing is written."""
    programme = await _programme(session, library, unit, wish, code_of(unit.id, 1), now)
    owers = await _owers(session, programme)
    heads = await heads_of_units(session, now, owers) if owers else {}
    heard = sum(any(head.address is not None for head in heads.get(unit_id, ())) for unit_id in owers)
    return Preview(len(owers), len(owers) - heard, await names_of(session, owers))


async def names_of(session: AsyncSession, unit_ids: Collection[int]) -> list[str]:
    """What the first of these units are called, so that whoever opens a round sees whom was understood."""
    return list(await session.scalars(select(Unit.name).where(Unit.id.in_(unit_ids)).order_by(Unit.name).limit(NAMED)))


async def open_round(
    session: AsyncSession, library: Library, unit: Unit, wish: Wish, *, by: int, now: datetime
) -> tuple[Round, int]:
    """Open it, and tell whoever owes. Returns it with the number of people told."""
    await session.execute(select(Unit.id).where(Unit.id == unit.id).with_for_update())  # two rounds, two numbers
    number = await session.scalar(select(func.count(func.distinct(ProgrammeRow.code))).where(_mine(unit))) or 0
    programme = await _programme(session, library, unit, wish, code_of(unit.id, number + 1), now)
    await programmes.store(session, programme.as_dict(), now)
    await deadlines.open_periods(session, library, now)
    period = (await session.scalars(select(PeriodRow).where(PeriodRow.duty == f"{programme.code}/{DUTY}"))).one()
    told = await _tell(session, library, period, "round", unit.name, f"round:{period.id}", now)
    _note(session, "round.open", unit, period, by, now, {"due": wish.due.isoformat(), "told": told})
    return Round(period, wish.title, True), told


async def rounds_of(session: AsyncSession, library: Library, unit: Unit) -> list[Round]:
    """The rounds of an office, the one due last first."""
    rows = await session.execute(_rounds(unit).order_by(PeriodRow.due_at.desc(), PeriodRow.id.desc()).limit(SHOWN))
    return [await _round(session, library, *row) for row in rows]


async def find(session: AsyncSession, library: Library, unit: Unit, period_id: int) -> Round | None:
    """A round of that very office."""
    row = (await session.execute(_rounds(unit).where(PeriodRow.id == period_id))).one_or_none()
    return None if row is None else await _round(session, library, *row)


async def move(
    session: AsyncSession, library: Library, unit: Unit, found: Round, due: datetime, *, by: int, now: datetime
) -> int:
    """Give it another deadline, and tell whoever still owes. Returns how many people are told."""
    period, old = found.period, found.period.due_at
    period.due_at, period.ends_on = due, local_day(due, zone_of(session))
    await session.flush()
    told = await _tell(session, library, period, "moved", unit.name, f"round:{period.id}:{due:%Y%m%dT%H%M}", now)
    _note(session, "round.move", unit, period, by, now, {"old": old.isoformat(), "new": due.isoformat(), "told": told})
    return told


async def close(session: AsyncSession, unit: Unit, found: Round, *, by: int, now: datetime) -> list[int]:
    """Nobody owes it any more; what was filed stays. Returns the units that are let off."""
    code = found.period.duty.partition("/")[0]
    filed = exists().where(
        Report.period_id == Obligation.period_id, Report.unit_id == Obligation.unit_id, Report.submitted_at.is_not(None)
    )
    owing = (Obligation.period_id == found.period.id, Obligation.waived == "", ~filed)
    freed = list(await session.scalars(select(Obligation.unit_id).where(*owing)))
    let_off = update(Obligation).where(*owing).values(waived=code)
    await session.execute(let_off.execution_options(synchronize_session=False))
    await session.execute(update(ProgrammeRow).where(ProgrammeRow.code == code).values(is_current=False))
    _note(session, "round.close", unit, found.period, by, now, {"freed": len(freed)})
    return freed


async def heads_to_tell(session: AsyncSession, unit_ids: Sequence[int], now: datetime) -> list[int]:
    """The people who answer for these units, each once."""
    heads = await heads_of_units(session, now, unit_ids) if unit_ids else {}
    return list(dict.fromkeys(head.person_id for many in heads.values() for head in many))


def _mine(unit: Unit) -> ColumnElement[bool]:
    return ProgrammeRow.code.startswith(f"{STEM}-{unit.id}-", autoescape=True)


def _rounds(unit: Unit) -> Select[PeriodRow, bool]:
    kept = ProgrammeRow.id == PeriodRow.programme_id
    return select(PeriodRow, ProgrammeRow.is_current).join(ProgrammeRow, kept).where(_mine(unit))


async def _round(session: AsyncSession, library: Library, period: PeriodRow, is_current: bool) -> Round:
    programme = await library.get(session, period.programme_id)
    return Round(period, programme.duty(DUTY).title, is_current)


async def _programme(
    session: AsyncSession, library: Library, unit: Unit, wish: Wish, code: str, now: datetime
) -> Programme:
    zone = zone_of(session)
    return as_programme(
        await library.get(session, wish.programme_id),
        wish.form,
        code=code,
        title=wish.title,
        office=(unit.code, unit.name),
        whom=wish.whom,
        due=local_day(wish.due, zone),
        today=local_day(now, zone),
    )


async def _owers(session: AsyncSession, programme: Programme) -> Sequence[int]:
    duty = programme.duty(DUTY)
    rule = duty.timing()
    assert isinstance(rule, Once)
    return await new_owers(session, programme, duty, period_at(rule, rule.day, zone_of(session)), None)


async def _tell(
    session: AsyncSession, library: Library, period: PeriodRow, tone: str, by: str, once: str, now: datetime
) -> int:
    """One message a person about all units they answer for, by day; nothing to whoever has filed when it goes out."""
    owed = {
        owing.unit_id: owing.obligation_id
        for owing in await deadlines.pending(session, now, period_id=period.id)
        if owing.is_owed
    }
    heads = await heads_of_units(session, now, owers_of({period.id}))
    reached: dict[Address, list[int]] = {}
    for unit_id, obligation_id in owed.items():
        for head in heads.get(unit_id, ()):
            if head.address is not None:
                reached.setdefault(head.address, []).append(obligation_id)
    programme = await library.get(session, period.programme_id)
    at = programme.quiet.quiet_until(now, zone_of(session))
    rows = []
    for to, ids in reached.items():
        row = reminder_row(f"{once}:{to.account_id}", to, ids, at=at, now=now, expires=at + LASTS, by=by)
        rows.append(row | {"body": row["body"] | {"tone": tone}})
    return await insert_once(session, Outbox, rows) if rows else 0


def _note(
    session: AsyncSession, action: str, unit: Unit, period: PeriodRow, by: int, now: datetime, detail: dict[str, Any]
) -> None:
    about = f"period:{period.id}"
    audit.note(session, at=now, person_id=by, action=action, object=about, unit_id=unit.id, detail=detail)
